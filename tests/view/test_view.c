/* What a reader sees of numbers, and who stands where on a board. */
#include "render/view/view.h"
#include "render/view/json.h"
#include "render/view/number.h"
#include "render/view/pages.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bx_arena a;

static void numbers_are_shown_as_the_style_asks(void **state)
{
    (void)state;
    static const struct {
        char *(*show)(struct bx_arena *, double);
        double v;
        const char *expected;
    } cases[] = {
        {bx_show_percent, 0.4738, "47.4"},
        {bx_show_percent, 0, "0.0"},
        {bx_show_percent, 1, "100.0"},
        {bx_show_percent, -0.0123, "\u22121.2"},
        {bx_show_percent, -0.0001, "0.0"},
        {bx_show_percent, NAN, NULL},
        {bx_show_signed, 0.002, "+0.2"},
        {bx_show_signed, -0.032, "\u22123.2"},
        {bx_show_signed, 0.0004, "0.0"},
        {bx_show_signed, -0.0004, "0.0"},
        {bx_show_cost, 118.2, "118"},
        {bx_show_cost, 68.44, "68.4"},
        {bx_show_cost, 6.5, "6.5"},
        {bx_show_cost, 99.96, "100"},
        {bx_show_cost, 0.996, "1.0"},
        {bx_show_cost, 0.5312, "0.53"},
        {bx_show_cost, 0.0213, "0.021"},
        {bx_show_cost, 0.00213, "0.0021"},
        {bx_show_cost, 0.00049, "0.00049"},
        {bx_show_cost, 0.000062, "0.000062"},
        {bx_show_cost, 0, "0"},
        {bx_show_cost, INFINITY, NULL},
        {bx_show_count, 0, "0"},
        {bx_show_count, 999, "999"},
        {bx_show_count, 1000, "1,000"},
        {bx_show_count, 1234567, "1,234,567"},
        {bx_show_count, -1234, "\u22121,234"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = cases[i].show(&a, cases[i].v);
        if (!cases[i].expected)
            assert_null(got);
        else
            assert_string_equal(got, cases[i].expected);
    }
    assert_string_equal(bx_show_plural(&a, 1, "image", "images"), "1 image");
    assert_string_equal(bx_show_plural(&a, 3120, "image", "images"), "3,120 images");
}

/* What counts as equal is what is printed alike, also at the middle of two tenths. */
static void tenths_are_those_that_are_printed(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const double exact = (double)(seed >> 33 & 2047) / 1000; /* every other one of its halves is a middle */
        const double v = i % 3 == 0 ? exact + .0005 : i % 3 == 1 ? exact : (double)(seed >> 11) / 9007199254740992.0;
        char text[32];
        snprintf(text, sizeof text, "%.1f", (i % 7 ? v : -v) * 100);
        assert_int_equal(bx_shown_tenths(i % 7 ? v : -v), lround(atof(text) * 10));
    }
}

static void times_are_shown_in_utc(void **state)
{
    (void)state;
    const int64_t night = 1795407120000; /* date -u -d @1795407120: 2026-11-23 04:12:00 */
    assert_string_equal(bx_show_date(&a, night), "23 Nov 2026");
    assert_string_equal(bx_show_clock(&a, night), "04:12");
    assert_string_equal(bx_show_iso(&a, night), "2026-11-23T04:12:00.000Z");
    assert_string_equal(bx_show_duration(&a, 3 * 86400000), "3 days");
    assert_string_equal(bx_show_duration(&a, 86400000), "1 day");
    assert_string_equal(bx_show_duration(&a, 90 * 60000), "90 minutes");
    assert_string_equal(bx_show_duration(&a, 2500), "2 seconds");
    assert_string_equal(bx_show_duration(&a, 0), "0 seconds");
}

static void text_of_others_holds_nothing_that_is_not_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool lines;
        const char *expected;
    } cases[] = {
        {"plain é 日本", false, "plain é 日本"},
        {"a\nb\tc\x01", false, "a b c "},
        {"a\xff\xc3", false, "a\uFFFD\uFFFD"},
        {"\xEF\xBF\xBF", false, "\uFFFD"},
        {"\u202Ecod.exe", false, "[U+202E]cod.exe"},
        {"pay\u200Bpal \u00ADx\uFEFF\U000E0041", false, "pay[U+200B]pal [U+00AD]x[U+FEFF][U+E0041]"},
        {"می\u200Cخواهم 👩\u200D🚀", false, "می\u200Cخواهم 👩\u200D🚀"}, /* joiners that join */
        {"/m/01yrx", false, "/m/01yrx"},
        {"Traceback:\n  File \"/home/u/my models/run.py\", line 3\n'/unclosed\nsee https://example.org/a/b or file:///srv/x", true,
         "Traceback:\n  File \"run.py\", line 3\n'unclosed\nsee https://example.org/a/b or file:x"},
        {"A=/srv/a:/srv/b/ n/a 1/2 / //x/y\n/\x1b[31mred", true, "A=a:b/ n/a 1/2 / y\nred"},
        {"one\r\ntwo\n", true, "one\ntwo\n"},
        {"start\n 10%\r 20%\r100%\ndone", true, "start\n100%\ndone"},
        {"100%\r", true, "100%"},
        {"\x1b[1;31mred\x1b[0m \x1b[", true, "red "},
        {"\x1b", true, ""},
        {"a\tb\x07", true, "a\tb "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(bx_show_text(&a, cases[i].text, cases[i].lines), cases[i].expected);
    assert_null(bx_show_text(&a, NULL, true));
}

/* Models whose only number is their mAP. */
static struct bx_view_board board_of(const double *map, size_t n)
{
    struct bx_view_board b = {.slug = "b", .title = "B", .max_age_ms = 86400000, .as_of_ms = 1795407120000, .nmodels = n};
    b.models = BX_NEW(&a, struct bx_view_model, n);
    for (size_t i = 0; i < n; i++) {
        struct bx_report *r = BX_NEW(&a, struct bx_report, 1);
        struct bx_view_evaluation *e = BX_NEW(&a, struct bx_view_evaluation, 1);
        bx_report_init(r, 0, &a);
        bx_report_set(r, BX_METRIC_MAP, -1, map[i]);
        e->ended_ms = b.as_of_ms - (int64_t)i * 20 * 3600000;
        b.models[i] = (struct bx_view_model){.slug = bx_printf(&a, "m%zu", i),
                                             .name = bx_printf(&a, "M%zu", i),
                                             .report = r,
                                             .current = e,
                                             .last = e,
                                             .complete = true,
                                             .latency_ms = NAN,
                                             .reported_map = NAN,
                                             .config = {.parameters = NAN, .flops = NAN, .operating_confidence = NAN}};
    }
    return b;
}

static void equal_as_displayed_is_an_equal_rank(void **state)
{
    (void)state;
    static const double map[] = {0.3004, 0.5, 0.49951, 0.3, 0.2, 0.49949};
    static const struct {
        const char *slug;
        unsigned rank;
        bool shared;
    } expected[] = {{"m1", 1, true}, {"m2", 1, true}, {"m5", 3, false}, {"m0", 4, true}, {"m3", 4, true}, {"m4", 6, false}};
    struct bx_view_board b = board_of(map, 6);
    bx_view_rank(&b);
    assert_int_equal(b.nranked, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(b.models[i].slug, expected[i].slug);
        assert_int_equal(b.models[i].rank, expected[i].rank);
        assert_int_equal(b.models[i].shared, expected[i].shared);
    }
    /* ages: 20 hours apart, one day is fresh enough */
    assert_false(b.models[0].overdue);
    assert_true(b.models[1].overdue && b.models[1].age_days == 1);
}

static char *words(cJSON *sentence)
{
    char *s = bx_strdup(&a, "");
    const cJSON *p;
    cJSON_ArrayForEach(p, cJSON_GetObjectItemCaseSensitive(sentence, "parts")) s =
        bx_printf(&a, "%s%s", s, cJSON_GetObjectItemCaseSensitive(p, "text")->valuestring);
    cJSON_Delete(sentence);
    return s;
}

/* Resamples around its mAP: sd 0 for what never differs; models of one phase are resampled alike. */
static void resampled(struct bx_view_model *m, enum bx_metric metric, double spread, double phase)
{
    enum { B = 200 };
    struct bx_resamples *r = BX_NEW(&a, struct bx_resamples, 1);
    *r = (struct bx_resamples){.B = B, .n = 1, .metric = BX_NEW(&a, enum bx_metric, 1), .value = BX_NEW(&a, double, B)};
    r->metric[0] = metric;
    for (int k = 0; k < B; k++)
        r->value[k] = bx_report_get(m->report, metric, -1) + spread * sin(k + phase);
    m->resamples = r;
}

/* The SD of spread * sin is spread / √2: of a difference of two that are a quarter turn apart it is spread. */
static void ranks_are_what_the_test_set_can_tell_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n;
        struct {
            double map, spread, phase;
        } m[4];
        bool certain;
        const char *ranks[4];
        const char *verdict;
    } cases[] = {
        {"one", 1, {{.5, .02, 0}}, true, {"1–1"}, "M0 is the only ranked model, with 50.0% mAP. "},
        {"two that cannot be told apart, and one that can",
         3,
         {{.5, .02, 0}, {.49, .02, 1.57}, {.3, .02, 0}},
         true,
         {"1–2=", "1–2=", "3–3"},
         "M0 has the highest mAP, 50.0%; M1 may be as good. "},
        {"near, but resampled alike", 2, {{.5, .02, 0}, {.49, .02, 0}}, true, {"1–1", "2–2"}, "M0 leads with 50.0% mAP. "},
        {"none can be",
         4,
         {{.5, .1, 0}, {.49, .1, 1.57}, {.48, .1, 3.14}, {.47, .1, 4.71}},
         true,
         {"1–4=", "1–4=", "1–4=", "1–4="},
         "M0 has the highest mAP, 50.0%; M1 and 2 more may be as good. "},
        {"all equal",
         3,
         {{.5, 0, 0}, {.5, 0, 0}, {.5, 0, 0}},
         true,
         {"1–3=", "1–3=", "1–3="},
         "All 3 ranked models have the same mAP, 50.0%. "},
        {"the second would end at rank 2, below a first that may be third: ranks never contradict the table",
         3,
         {{.5, .2, 0}, {.49, .001, 1.57}, {.48, .001, 1.57}},
         true,
         {"1–3=", "1–3=", "2–3"},
         "M0 has the highest mAP, 50.0%; M1 may be as good. "},
        {"one has none yet: by what is displayed",
         3,
         {{.5, .02, 0}, {.49, .02, 1.57}, {.3, -1, 0}},
         false,
         {"1–1", "2–2", "3–3"},
         "M0 leads with 50.0% mAP. "},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double map[4];
        for (size_t i = 0; i < cases[c].n; i++)
            map[i] = cases[c].m[i].map;
        struct bx_view_board b = board_of(map, cases[c].n);
        for (size_t i = 0; i < cases[c].n; i++)
            if (cases[c].m[i].spread >= 0)
                resampled(&b.models[i], BX_METRIC_MAP, cases[c].m[i].spread, cases[c].m[i].phase);
        bx_view_rank(&b);
        print_message("%s\n", cases[c].name);
        assert_int_equal(b.certain, cases[c].certain);
        for (size_t i = 0; i < cases[c].n; i++) {
            const struct bx_view_model *m = &b.models[i];
            assert_string_equal(bx_printf(&a, "%u–%u%s", m->rank, m->rank_last, m->shared ? "=" : ""), cases[c].ranks[i]);
        }
        const char *said = words(bx_view_board_verdict(&b, &a));
        assert_memory_equal(said, cases[c].verdict, strlen(cases[c].verdict));
    }
}

static void how_far_numbers_go_is_said(void **state)
{
    (void)state;
    const double map[] = {.5, .49, .3};
    struct bx_view_board b = board_of(map, 3);
    b.nimages = 5000;
    b.classes = BX_NEW(&a, struct bx_view_class, 3);
    b.nclasses = 3;
    for (size_t i = 0; i < 3; i++)
        b.classes[i] = (struct bx_view_class){.name = "c", .objects = 20, .images = i ? 9 : 10};
    bx_view_rank(&b);
    assert_string_equal(bx_view_interval_words(&b, &a),
                        "There is no interval yet, so ranks are by the displayed number. The next night makes "
                        "what is missing, as “boxscore rescore” does.");
    assert_null(bx_view_resolution_words(&b, &a));
    for (size_t i = 0; i < 2; i++)
        resampled(&b.models[i], BX_METRIC_MAP, .02, (double)i * 1.57);
    bx_view_rank(&b);
    assert_string_equal(bx_view_interval_words(&b, &a),
                        "1 of 3 ranked models have no interval yet, so ranks are by the displayed number. The next "
                        "night makes what is missing, as “boxscore rescore” does.");
    resampled(&b.models[2], BX_METRIC_MAP, .02, 0);
    b.models[2].resamples = memcpy(BX_NEW(&a, struct bx_resamples, 1), b.models[2].resamples, sizeof *b.models[2].resamples);
    ((struct bx_resamples *)b.models[2].resamples)->nclasses = 3;
    ((struct bx_resamples *)b.models[2].resamples)->class_sd = (double[]){.01, .01, NAN};
    bx_view_rank(&b);
    assert_string_equal(bx_view_interval_words(&b, &a),
                        "Another test set of this size would give a number within so much of it, 19 times in 20. "
                        "Rough here: fewer than half of the classes are on 10 images or more.");
    b.classes[1].images = 10;
    assert_string_equal(bx_view_interval_words(&b, &a),
                        "Another test set of this size would give a number within so much of it, 19 times in 20.");
    /* 1.96 times 0.02, the SD of either difference of neighbours */
    assert_string_equal(bx_view_resolution_words(&b, &a),
                        "Of two neighbours in this table these 5,000 images tell differences from about 3.9 points of "
                        "mAP on. To tell half of that takes four times as many.");
    assert_true(fabs(bx_view_half(&b.models[0], BX_METRIC_MAP) - 1.96 * .02 / sqrt(2)) < 1e-3);
    assert_true(isnan(bx_view_half(&b.models[0], BX_METRIC_F1)));
    assert_true(fabs(bx_view_class_half(&b, &b.models[2], 0) - .0196) < 1e-4);
    b.classes[1].images = 9;
    assert_true(isnan(bx_view_class_half(&b, &b.models[2], 1)) && isnan(bx_view_class_half(&b, &b.models[2], 2)));
}

static void only_complete_numbers_of_a_present_model_are_ranked(void **state)
{
    (void)state;
    static const double map[] = {0.5, 0.4, 0.6, 0.7};
    struct bx_view_board b = board_of(map, 4);
    b.models[2].complete = false; /* numbers of an older version */
    b.models[2].status = BX_VIEW_CHANGED;
    b.models[3].status = BX_VIEW_RETIRED;
    b.models[1].status = BX_VIEW_FAILED; /* its last attempt failed, but the numbers are of its current version */
    bx_view_rank(&b);
    assert_int_equal(b.nranked, 2);
    assert_int_equal(b.nretired, 1);
    static const char *const order[] = {"m0", "m1", "m2", "m3"};
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(b.models[i].slug, order[i]);
    assert_int_equal(b.models[2].rank, 0);
}

static void verdicts_say_what_the_numbers_say(void **state)
{
    (void)state;
    static const double map[] = {0.541, 0.538, 0.474, 0.2};
    struct bx_view_board none = board_of(map, 0), b = board_of(map, 4);
    bx_view_rank(&none);
    assert_string_equal(words(bx_view_board_verdict(&none, &a)), "There is no model yet.");
    b.models[0].latency_ms = 18.4;
    b.models[1].latency_ms = 41.7;
    b.models[2].latency_ms = 5.6;
    b.models[3].latency_ms = 0.1;
    bx_view_rank(&b);
    assert_string_equal(words(bx_view_board_verdict(&b, &a)),
                        "M0 leads with 54.1% mAP. M2 keeps 88% of its accuracy in under a third of the time.");
    assert_string_equal(words(bx_view_model_verdict(&b, &b.models[0], &a)), "The most accurate model of this board. ");
    assert_string_equal(words(bx_view_model_verdict(&b, &b.models[1], &a)), "It ranks 2 of 4. M0 is both more accurate and faster. ");
    assert_string_equal(words(bx_view_model_verdict(&b, &b.models[2], &a)),
                        "The most accurate model under 15 ms per image. It ranks 3 of 4. ");
    assert_string_equal(words(bx_view_plots_verdict(&none, &a)), "There is no model yet.");
    static const char time[] = "Accuracy costs time: of the models whose names are in bold, the Pareto front, none is beaten in both. ";
    assert_string_equal(words(bx_view_plots_verdict(&b, &a)), time); /* none of the four has numbers by COCO's sizes */
    b.size_images[0] = b.size_images[2] = BX_VIEW_ENOUGH;
    for (size_t i = 0; i < 2; i++) {
        struct bx_report *r = BX_NEW(&a, struct bx_report, 1);
        *r = *b.models[i].report;
        bx_report_set(r, BX_METRIC_MAP_SMALL, -1, 0.2);
        bx_report_set(r, BX_METRIC_MAP_LARGE, -1, i ? 0.1 : 0.3);
        b.models[i].report = r;
    }
    assert_string_equal(words(bx_view_plots_verdict(&b, &a)),
                        bx_printf(&a, "%s1 of 2 models is worse at small objects than at large ones.", time));
    static const double twins[] = {0.5, 0.5001};
    b = board_of(twins, 2);
    b.models[0].latency_ms = 10;
    b.models[1].latency_ms = 4;
    bx_view_rank(&b);
    assert_string_equal(words(bx_view_board_verdict(&b, &a)), "M1 and M0 share first place with 50.0% mAP. ");
    assert_string_equal(words(bx_view_model_verdict(&b, &b.models[0], &a)),
                        "As accurate as every other ranked model of this board. It shares rank 1 with M0 and needs 40% of its time. ");
    b.models[0].latency_ms = 0.01; /* 0.25% of it */
    assert_string_equal(
        words(bx_view_model_verdict(&b, &b.models[0], &a)),
        "As accurate as every other ranked model of this board. It shares rank 1 with M0 and needs less than 1% of its time. ");
}

/* Each board, with its models in order: mAP, latency, mAP small, mAP large, AP of class "hook"; 0 of `images`: too few to speak of. */
static void sentences_are_true_of_every_board(void **state)
{
    (void)state;
    struct odd {
        double map, ms, small, large, hook;
    };
    static const struct {
        const char *name;
        struct odd m[4];
        size_t n;
        uint64_t small, large, hook; /* images */
        const char *board, *plots, *first, *last;
    } cases[] = {
        {"one",
         {{.473, 5, .2, .6, .4}},
         1,
         99,
         99,
         99,
         "M0 is the only ranked model, with 47.3% mAP. ",
         "The model is worse at small objects than at large ones.",
         "The only ranked model of this board. ",
         "The only ranked model of this board. "},
        {"one, 0.0",
         {{0, NAN, 0, 0, 0}},
         1,
         99,
         99,
         99,
         "M0 is the only ranked model, with 0.0% mAP. ",
         "Accuracy of 1 ranked model against cost, and by object size.",
         "Its mAP is 0.0%. ",
         "Its mAP is 0.0%. "},
        {"no strength at small objects: 0.0, and nobody else has any",
         {{.5, NAN, NAN, .5, .4}, {.4, NAN, 0, .5, .4}},
         2,
         99,
         99,
         99,
         "M0 leads with 50.0% mAP. ",
         "The model is worse at small objects than at large ones.",
         "The most accurate model of this board. ",
         "It ranks 2 of 2. "},
        {"two, 0.0",
         {{0, NAN, 0, 0, 0}, {0, NAN, 0, 0, 0}},
         2,
         99,
         99,
         99,
         "Both ranked models have the same mAP, 0.0%. ",
         "Accuracy of 2 ranked models against cost, and by object size.",
         "Its mAP is 0.0%. It shares rank 1 with M1. ",
         "Its mAP is 0.0%. It shares rank 1 with M0. "},
        {"all 0.0",
         {{0, 5, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 2, 0, 0, 0}},
         3,
         99,
         99,
         99,
         "All 3 ranked models have the same mAP, 0.0%. ",
         "Accuracy of 3 ranked models against cost, and by object size.",
         "Its mAP is 0.0%. It shares rank 1 with M1 and 1 more. ",
         "Its mAP is 0.0%. It shares rank 1 with M0 and 1 more. "},
        {"all equal",
         {{.5, 5, .2, .2, .5}, {.5, 5, .2, .2, .5}, {.5, 5, .2, .2, .5}, {.5, 5, .2, .2, .5}},
         4,
         99,
         99,
         99,
         "All 4 ranked models have the same mAP, 50.0%. ",
         "Accuracy of 4 ranked models against cost, and by object size.",
         "As accurate as every other ranked model of this board. It shares rank 1 with M1 and 2 more. ",
         "As accurate as every other ranked model of this board. It shares rank 1 with M0 and 2 more. "},
        {"two",
         {{.5, 10, .1, .6, .5}, {.4996, 4, .3, .5, .2}},
         2,
         99,
         99,
         99,
         "M0 and M1 share first place with 50.0% mAP. ",
         "Both models are worse at "
         "small objects than at large ones.",
         "As accurate as every other ranked model of this board. It shares rank 1 with M1 and needs 2.5 times its time. It loses most on "
         "small objects (10.0, best 30.0).",
         "As accurate as every other ranked model of this board. It shares rank 1 with M0 and needs 40% of its time. It loses most on "
         "large objects (50.0, best 60.0) and on class hook (20.0, best 50.0)."},
        {"beaten",
         {{.5, 2, .1, .6, .5}, {.4, 3, .1, .5, .5}, {.3, 4, .3, .2, .5}},
         3,
         99,
         99,
         99,
         "M0 leads with 50.0% mAP. M2 is the best at small objects.",
         "The most accurate model is also the fastest. 2 of 3 models are worse at small objects than at large ones.",
         "The most accurate model of this board. It loses most on small objects (10.0, best 30.0).",
         "The best at small objects. It ranks 3 of 3. M0 and 1 more are both more accurate and faster. It loses most on large objects "
         "(20.0, best 60.0)."},
        {"nothing rests on few images",
         {{.5, 2, .1, .6, .5}, {.4, 3, .1, .5, .1}, {.3, 4, .3, .2, .9}},
         3,
         9,
         9,
         9,
         "M0 leads with 50.0% mAP. ",
         "The most accurate model is also the fastest. ",
         "The most accurate model of this board. ",
         "It ranks 3 of 3. M0 and 1 more are both more accurate and faster. "},
        {"nearly all",
         {{.5410, 20, NAN, NAN, NAN}, {.5399, 8, NAN, NAN, NAN}},
         2,
         0,
         0,
         0,
         "M0 leads with 54.1% mAP. M1 keeps 99% of its accuracy in under half of the time.",
         "Accuracy costs time: of the models whose names are in bold, the Pareto front, none is beaten in both. ",
         "The most accurate model of this board. ",
         "The most accurate model under 20 ms per image. It ranks 2 of 2. "},
        {"the quick one is the best at small objects",
         {{.541, 20, .2, NAN, NAN}, {.50, 8, .3, NAN, NAN}},
         2,
         10,
         0,
         0,
         "M0 leads with 54.1% mAP. M1 keeps 92% of its accuracy in under half of the time and is the best at small objects.",
         "Accuracy costs time: of the models whose names are in bold, the Pareto front, none is beaten in both. ",
         "The most accurate model of this board. It loses most on small objects (20.0, best 30.0).",
         "The most accurate model under 20 ms per image. It ranks 2 of 2. "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double map[4];
        for (size_t k = 0; k < cases[i].n; k++)
            map[k] = cases[i].m[k].map;
        struct bx_view_board b = board_of(map, cases[i].n);
        struct bx_view_class hook = {.name = "hook", .objects = 99, .images = cases[i].hook};
        b.classes = &hook;
        b.nclasses = b.nscored = 1;
        b.size_images[0] = cases[i].small;
        b.size_images[2] = cases[i].large;
        for (size_t k = 0; k < cases[i].n; k++) {
            struct bx_report *r = BX_NEW(&a, struct bx_report, 1);
            bx_report_init(r, 1, &a);
            bx_report_set(r, BX_METRIC_MAP, -1, cases[i].m[k].map);
            bx_report_set(r, BX_METRIC_MAP_SMALL, -1, cases[i].m[k].small);
            bx_report_set(r, BX_METRIC_MAP_LARGE, -1, cases[i].m[k].large);
            bx_report_set(r, BX_METRIC_MAP, 0, cases[i].m[k].hook);
            b.models[k].report = r;
            b.models[k].latency_ms = cases[i].m[k].ms;
        }
        bx_view_rank(&b);
        const char *got[] = {words(bx_view_board_verdict(&b, &a)), words(bx_view_plots_verdict(&b, &a)),
                             words(bx_view_model_verdict(&b, &b.models[0], &a)),
                             words(bx_view_model_verdict(&b, &b.models[cases[i].n - 1], &a))},
                   *expected[] = {cases[i].board, cases[i].plots, cases[i].first, cases[i].last};
        for (size_t k = 0; k < 4; k++)
            if (strcmp(got[k], expected[k]) != 0)
                fail_msg("%s: '%s', expected '%s'", cases[i].name, got[k], expected[k]);
    }
}

static void trees_keep_all_digits_and_stay_json(void **state)
{
    (void)state;
    cJSON *t = bx_tree();
    bx_put_num(t, "third", 1. / 3);
    bx_put_num(t, "nan", NAN);
    bx_put_str(t, "text", "a\"b\\\n\x01<é>");
    bx_put_str(t, "none", NULL);
    struct bx_buf BX_CLEANUP_BUF out = {0};
    bx_tree_print(t, &out);
    cJSON_Delete(t);
    t = cJSON_Parse(bx_buf_str(&out));
    assert_non_null(t);
    assert_true(cJSON_GetObjectItemCaseSensitive(t, "third")->valuedouble == 1. / 3);
    assert_true(cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(t, "nan")) && cJSON_IsNull(cJSON_GetObjectItemCaseSensitive(t, "none")));
    assert_string_equal(cJSON_GetObjectItemCaseSensitive(t, "text")->valuestring, "a\"b\\\n\x01<é>");
    cJSON_Delete(t);
}

static void what_was_reported_belongs_to_one_of_the_test_sets_names(void **state)
{
    (void)state;
    static const char *const names[] = {"COCO val2017", "COCO minival"};
    static const struct bx_reported list[] = {{"Other", "map", NULL, 0.9},
                                              {"coco VAL2017", "map_50", NULL, 0.7},
                                              {"COCO minival", "map", NULL, 0.5},
                                              {"COCO val2017", "map", NULL, 0.4}};
    const struct bx_view_board b = {.names = names, .nnames = 2};
    const struct bx_view_model m = {.config = {.reported = list, .nreported = 4}};
    const struct bx_reported *r = NULL;
    for (size_t i = 1; i < 4; i++) {
        r = bx_view_reported(&b, &m, r);
        assert_ptr_equal(r, &list[i]);
    }
    assert_null(bx_view_reported(&b, &m, r));
}

static int release(void **state)
{
    (void)state;
    bx_arena_release(&a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_shown_as_the_style_asks),
        cmocka_unit_test(tenths_are_those_that_are_printed),
        cmocka_unit_test(times_are_shown_in_utc),
        cmocka_unit_test(text_of_others_holds_nothing_that_is_not_text),
        cmocka_unit_test(equal_as_displayed_is_an_equal_rank),
        cmocka_unit_test(ranks_are_what_the_test_set_can_tell_apart),
        cmocka_unit_test(how_far_numbers_go_is_said),
        cmocka_unit_test(only_complete_numbers_of_a_present_model_are_ranked),
        cmocka_unit_test(verdicts_say_what_the_numbers_say),
        cmocka_unit_test(sentences_are_true_of_every_board),
        cmocka_unit_test(trees_keep_all_digits_and_stay_json),
        cmocka_unit_test(what_was_reported_belongs_to_one_of_the_test_sets_names),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
