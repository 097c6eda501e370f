/* The sentence above a plot, its alt text and its table say what the plot shows. */
#include "render/chart/chart.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct bx_arena arena;

static struct bx_chart_words words_of(struct bx_plot p)
{
    struct bx_chart_words w;
    bx_chart_words(&p, &arena, &w);
    return w;
}

/* "a|b|c" of a row's cells */
static char *row(const struct bx_chart_words *w, size_t r)
{
    struct bx_buf b = {0};
    for (size_t c = 0; c < w->table.cols; c++)
        bx_buf_addf(&b, "%s%s", c ? "|" : "", w->table.rows[r].cells[c]);
    char *text = bx_strndup(&arena, bx_buf_str(&b), b.n);
    bx_buf_free(&b);
    return text;
}

static void the_front_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct bx_plot_point at[4];
        size_t n;
        enum bx_plot_cost cost;
        const char *finding;
    } cases[] = {
        {"none", {{0}}, 0, BX_COST_LATENCY, "No model has a latency from this machine yet."},
        {"only without a cost", {{"A", NAN, .5, NAN, NAN, NULL}}, 1, BX_COST_PARAMETERS, "No model states its parameters."},
        {"all zero", {{"A", 1, 0, NAN, NAN, NULL}, {"B", 2, .0001, NAN, NAN, NULL}}, 2, BX_COST_LATENCY, "Every model has 0.0%."},
        {"one", {{"A", 12.34, .5, NAN, NAN, NULL}}, 1, BX_COST_LATENCY, "A reaches 50.0% at 12.3 ms."},
        {"one beats all",
         {{"A", 1, .5, NAN, NAN, NULL}, {"B", 2, .4, NAN, NAN, NULL}},
         2,
         BX_COST_LATENCY,
         "A is the most accurate and needs the least time."},
        {"one beats all in size",
         {{"A", 1, .5, NAN, NAN, NULL}, {"B", 2, .4, NAN, NAN, NULL}},
         2,
         BX_COST_PARAMETERS,
         "A is the most accurate and is the smallest."},
        {"all on the front",
         {{"A", 1, .4, NAN, NAN, NULL}, {"B", 2, .5, NAN, NAN, NULL}},
         2,
         BX_COST_LATENCY,
         "Each of the two models is the most accurate for its time."},
        {"some",
         {{"A", 1, .4, NAN, NAN, NULL}, {"B", 2, .5, NAN, NAN, NULL}, {"C", 3, .5, NAN, NAN, NULL}},
         3,
         BX_COST_PARAMETERS,
         "Two models give the most accuracy for their size."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(words_of((struct bx_plot){BX_PLOT_SCATTER, .scatter = {cases[i].cost, NULL, cases[i].at, cases[i].n}}).finding,
                            cases[i].finding);
}

static void the_scatter_table_is_by_cost_with_the_missing_last(void **state)
{
    (void)state;
    const struct bx_plot_point at[] = {{"Slow", 118.2, .541, .532, .55, NULL},
                                       {"None", NAN, .6, NAN, NAN, NULL},
                                       {"Fast", 2.71, .3899, NAN, NAN, NULL},
                                       {"Old", 8, .35, NAN, NAN, NULL}};
    struct bx_chart_words w = words_of((struct bx_plot){BX_PLOT_SCATTER, .scatter = {BX_COST_LATENCY, NULL, at, 4}});
    static const char *const expected[] = {"Fast|2.7|39.0|–|–", "Old|8.0|35.0|–|–", "Slow|118|54.1|53.2|55.0", "None|–|60.0|–|–"};
    static const size_t items[] = {2, 3, 0, 1};
    assert_int_equal(w.table.n, 4);
    for (size_t r = 0; r < 4; r++) {
        assert_string_equal(row(&w, r), expected[r]);
        assert_int_equal(w.table.rows[r].item, items[r]);
        assert_int_equal(w.table.rows[r].strong, r == 0 || r == 2);
    }
    assert_string_equal(
        w.alt,
        "mAP 50:95 in percent against latency, ms per image, log scale, for 3 models. Two models give the most accuracy for their time. "
        "The Pareto "
        "front, cheapest first: Fast 39.0% at 2.7 ms, Slow 54.1% at 118 ms. 1 is in the table only: a value is missing.");
}

static void who_leads_by_size_is_told(void **state)
{
    (void)state;
    static const struct {
        struct bx_plot_size_row at[3];
        size_t n;
        bool f1;
        const char *finding;
    } cases[] = {
        {{{0}}, 0, false, "No model has numbers by object size."},
        {{{"A", {.3, .5, .7}, 1, NULL}}, 1, false, "A 30.0 on small, 50.0 on medium, 70.0 on large objects."},
        {{{"A", {NAN, .5, NAN}, 1, NULL}}, 1, true, "A 50.0 on medium objects."},
        {{{"A", {0, 0, 0}, 1, NULL}, {"B", {0, 0, .0001}, 1, NULL}}, 2, false, "Every model has 0.0 at every size."},
        {{{"A", {.3, .5, .7}, 1, NULL}, {"B", {.2, .4, .6}, 2, NULL}}, 2, false, "A leads at every size."},
        {{{"A", {.3, .5, .7}, 1, NULL}, {"B", {.4, .4, .6}, 2, NULL}}, 2, false, "B leads on small objects, A on the others."},
        {{{"A", {.3, .5, .7}, 1, NULL}, {"B", {.4, .4, .6}, 2, NULL}, {"C", {.1, .6, .1}, 3, NULL}},
         3,
         false,
         "B leads on small objects, C on medium, A on large."},
        {{{"A", {.3, .5, .7}, 1, NULL}, {"B", {.30001, .4, .6}, 1, NULL}},
         2,
         false,
         "A and B lead on small objects, A on the others."}, /* equal as shown */
        {{{"A", {NAN, .5, NAN}, 1, NULL}, {"B", {NAN, .4, NAN}, 2, NULL}}, 2, false, "A leads on medium objects."},
        {{{"A", {.3, NAN, .7}, 1, NULL}, {"B", {.2, NAN, .8}, 2, NULL}}, 2, false, "A leads on small objects, B on large."},
        {{{"A", {.9, .9, .9}, 0, NULL}, {"B", {.2, .3, .4}, 1, NULL}}, 2, false, "B leads at every size."}, /* not ranked: never the best */
        {{{"A", {.3, .5, .7}, 1, NULL}, {"B", {.2, .4, .4}, 2, NULL}},
         2,
         true,
         "A leads at every size; every model loses 50% or more from large objects to small."},
        {{{"A", {.68, .5, .7}, 1, NULL}, {"B", {.2, .4, .6}, 2, NULL}}, 2, true, "A leads at every size."},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_plot_by_size d = {.at = cases[i].at, .n = cases[i].n};
        struct bx_plot p =
            cases[i].f1 ? (struct bx_plot){BX_PLOT_F1_BY_SIZE, .f1_by_size = d} : (struct bx_plot){BX_PLOT_MAP_BY_SIZE, .map_by_size = d};
        assert_string_equal(words_of(p).finding, cases[i].finding);
    }
    static const struct bx_plot_size_row two[] = {{"A", {.68, .5, .7}, 1, NULL}, {"B", {.2, .6, .6}, 2, NULL}},
                                         none[] = {{"A", {0, 0, 0}, 1, NULL}, {"B", {0, 0, 0}, 1, NULL}};
    static const struct {
        struct bx_plot_by_size d;
        const char *finding;
    } nobody[] = {{{two, 2, {true, false, false}}, "B leads on medium objects, A on large."},
                  {{two, 2, {true, true, true}}, "mAP by object size."},
                  {{two, 1, {false, false, false}}, "A 68.0 on small, 50.0 on medium, 70.0 on large objects."},
                  {{none, 2, {false, false, false}}, "Every model has 0.0 at every size."}};
    for (size_t i = 0; i < sizeof nobody / sizeof *nobody; i++)
        assert_string_equal(words_of((struct bx_plot){BX_PLOT_MAP_BY_SIZE, .map_by_size = nobody[i].d}).finding, nobody[i].finding);
}

static void a_models_curves_are_told(void **state)
{
    (void)state;
    const double y[] = {1, .8, 0}, x[] = {.2, .4, .9};
    const struct bx_plot_iou ious[] = {{.5, .646, {NULL, y, 3}}, {.75, .514, {NULL, y, 3}}, {NAN, .474, {NULL, y, 3}}};
    struct bx_chart_words w = words_of((struct bx_plot){BX_PLOT_PR, .pr = {ious, 3, NULL}});
    assert_string_equal(w.finding, "AP is 64.6 at IoU .50, 51.4 at .75 and 47.4 at .50:.95.");
    assert_int_equal(w.table.n, 21);
    assert_string_equal(w.table.head[3], "at IoU .50:.95");
    assert_string_equal(row(&w, 5), "0.25|90.0|90.0|90.0"); /* half way between 1 and 0.8 */

    w = words_of((struct bx_plot){BX_PLOT_PR, .pr = {ious + 2, 1, "0.60, 0.80"}}); /* by a board's own thresholds */
    assert_string_equal(w.finding, "AP is 47.4 at IoU 0.60, 0.80.");
    assert_string_equal(w.table.head[1], "at IoU 0.60, 0.80");

    const struct bx_plot_class classes[] = {
        {"hook", .319, {NULL, y, 3}, false}, {"crane", .738, {NULL, y, 3}, false}, {"none", NAN, {NULL, NULL, 0}, false}};
    w = words_of((struct bx_plot){BX_PLOT_PR_BY_CLASS, .pr_by_class = {.5, classes, 3}});
    assert_string_equal(w.finding, "Best at crane (AP50 73.8), worst at hook (31.9).");
    assert_string_equal(row(&w, 0), "crane|73.8|90.0|80.0|40.0|50.0");
    assert_string_equal(row(&w, 2), "none|–|–|–|–|–");

    struct bx_plot_confidence c = {{x, y, 3}, {x, y, 3}, {x, y, 3}, .649, .39, .25, .612};
    w = words_of((struct bx_plot){BX_PLOT_CONFIDENCE, .confidence = c});
    assert_string_equal(w.finding, "F1 is best, 64.9, at confidence 0.39; at the operating 0.25 it is 61.2.");
    assert_string_equal(row(&w, 0), "0.00|100.0|100.0|100.0"); /* every threshold up to the lowest confidence */
    assert_string_equal(row(&w, 8), "0.40|80.0|80.0|80.0");
    assert_string_equal(row(&w, 9), "0.45|0.0|0.0|0.0"); /* a threshold's value is that of the next confidence up */
    assert_string_equal(row(&w, 19), "0.95|–|–|–");
    c.operating = .39;
    assert_string_equal(words_of((struct bx_plot){BX_PLOT_CONFIDENCE, .confidence = c}).finding,
                        "F1 is best, 64.9, at confidence 0.39, where it operates.");
    c.operating = NAN;
    assert_string_equal(words_of((struct bx_plot){BX_PLOT_CONFIDENCE, .confidence = c}).finding, "F1 is best, 64.9, at confidence 0.39.");
}

static void latencies_are_told_with_their_quantiles(void **state)
{
    (void)state;
    double ms[101];
    for (int i = 0; i <= 100; i++)
        ms[i] = 100 - i; /* order does not matter: 0…100, so that the p-th percentile is p */
    struct bx_chart_words w = words_of((struct bx_plot){BX_PLOT_LATENCY, .latency = {ms, 101, NAN}});
    assert_string_equal(w.finding, "Half of the images take up to 50.0 ms, one in a hundred more than 99.0.");
    assert_non_null(strstr(w.alt, "of 101 images"));
    assert_non_null(strstr(w.alt, "95% take up to 95.0 ms. The longest is 100 ms."));
    size_t sum = 0;
    for (size_t r = 0; r < w.table.n; r++) {
        size_t count;
        assert_int_equal(sscanf(w.table.rows[r].cells[2], "%zu", &count), 1);
        sum += count;
    }
    assert_int_equal(sum, 101); /* every image is in some row */
    assert_string_equal(words_of((struct bx_plot){BX_PLOT_LATENCY, .latency = {ms, 5, NAN}}).finding,
                        "Half of the images take up to 98.0 ms.");
    assert_string_equal(words_of((struct bx_plot){BX_PLOT_LATENCY, .latency = {NULL, 0, NAN}}).finding, "No latency was measured.");
}

static int release(void **state)
{
    (void)state;
    bx_arena_release(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_is_told),
        cmocka_unit_test(the_scatter_table_is_by_cost_with_the_missing_last),
        cmocka_unit_test(who_leads_by_size_is_told),
        cmocka_unit_test(a_models_curves_are_told),
        cmocka_unit_test(latencies_are_told_with_their_quantiles),
    };
    return cmocka_run_group_tests_name("chart_words", tests, NULL, release);
}
