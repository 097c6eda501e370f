/* The board's report and supervision's scores on small sets, by hand. */
#include "tests/metric/made.h"
#include "core/metric/metric.h"
#include "core/metric/supervision.h"

#define SQUARE                                                                                                                             \
    {                                                                                                                                      \
        10, 10, 50, 50                                                                                                                     \
    }
#define NEARLY                                                                                                                             \
    {                                                                                                                                      \
        10, 10, 50, 40                                                                                                                     \
    } /* IoU 0.8 with SQUARE */
#define ELSEWHERE                                                                                                                          \
    {                                                                                                                                      \
        200, 200, 50, 50                                                                                                                   \
    }
#define NOWHERE                                                                                                                            \
    {                                                                                                                                      \
        400, 0, 50, 50                                                                                                                     \
    }

/* Class a: one of two objects found above 0.5, one false positive at 0.3. Class b: found at 0.6, crowd beside it. Class c: nothing to find,
 * a false positive. */
static const struct gt objects[] = {
    {0, 0, SQUARE, 0, 0}, {0, 0, ELSEWHERE, 0, 0}, {1, 1, SQUARE, 0, 0}, {1, 1, ELSEWHERE, BX_ANN_CROWD, 0}};
static const struct dt found[] = {
    {0, 0, SQUARE, .9}, {0, 0, NOWHERE, .3}, {0, 2, NOWHERE, .8}, {1, 1, SQUARE, .6}, {1, 1, {210, 210, 20, 20}, .7}, {1, 4, SQUARE, 1}};

static void report_of(double operating, struct made *m, struct bx_report *r)
{
    struct bx_metric_options o = {BX_GEOM_BOX, operating, 2, NULL};
    struct bx_err e;
    make(m, 3, 3, objects, 4, found, 6);
    assert_true(bx_metric_report(&m->t, &m->d, m->class_of, &o, r, &m->arena, &e));
}

static void scalars(void **state)
{
    (void)state;
    static const struct {
        double operating;
        enum bx_metric metric;
        int32_t k;
        double value; /* NaN: absent */
    } table[] = {
        {.5, BX_METRIC_MAP, -1, (51 / 101. + 1) / 2}, /* class c has nothing to find and is left out */
        {.5, BX_METRIC_MAP, 0, 51 / 101.},
        {.5, BX_METRIC_MAP, 2, NAN},
        {.5, BX_METRIC_F1, 0, 2 / 3.}, /* 1 TP, 1 FN */
        {.2, BX_METRIC_F1, 0, 2 / 4.}, /* and 1 FP */
        {.5, BX_METRIC_F1, 1, 1},      /* the detection in the crowd is left out */
        {.61, BX_METRIC_F1, 1, 0},     /* the hit is below */
        {.6, BX_METRIC_F1, 1, 1},      /* at the confidence counts */
        {.5, BX_METRIC_F1, -1, (2 / 3. + 1) / 2},
        {.5, BX_METRIC_F1_MICRO, -1, 4 / 6.}, /* 2 TP, 1 FP of class c, 1 FN */
        {.5, BX_METRIC_F1_SMALL, -1, NAN},
        {.5, BX_METRIC_F1_MEDIUM, -1, (2 / 3. + 1) / 2},
        {.5, BX_METRIC_PRECISION, -1, 1},
        {.5, BX_METRIC_RECALL, -1, .75},
        {NAN, BX_METRIC_MAX_F1, -1, (2 / 3. + 1) / 2},
        {NAN, BX_METRIC_MAX_F1_CONFIDENCE, -1, .6},
        {NAN, BX_METRIC_OPERATING_CONFIDENCE, -1, .6},
        {.5, BX_METRIC_MAX_F1, 1, 1},
        {.5, BX_METRIC_OBJECTS, -1, 3},
        {.5, BX_METRIC_OBJECTS, 1, 1},
        {.5, BX_METRIC_IMAGES, -1, 3},
        {.5, BX_METRIC_IMAGES, 0, 1},
        {.5, BX_METRIC_IMAGES, 2, 0},
        {.5, BX_METRIC_DETECTIONS, -1, 5},
        {.5, BX_METRIC_SV_F1_MICRO_50, -1, 4 / 9.}, /* the crowd is an object like others, and every detection counts: 2 TP, 3 FP, 2 FN */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made m;
        struct bx_report r;
        report_of(table[i].operating, &m, &r);
        double got = bx_report_get(&r, table[i].metric, table[i].k), want = table[i].value;
        if (!(isnan(want) ? isnan(got) : fabs(got - want) < 1e-12))
            fail_msg("%s of class %d at %g: found %.17g, expected %.17g", bx_metrics[table[i].metric].name, (int)table[i].k,
                     table[i].operating, got, want);
        assert_int_equal(r.operating_is_max_f1, isnan(table[i].operating));
        bx_arena_release(&m.arena);
    }
}

static void images_count_themselves(void **state)
{
    (void)state;
    struct made m;
    struct bx_report r;
    report_of(.5, &m, &r);
    static const struct bx_image_result want[] = {{1, 1, 1}, {1, 0, 0}, {0, 0, 0}};
    assert_int_equal(r.nimages, 3);
    assert_memory_equal(r.images, want, sizeof want);
    bx_arena_release(&m.arena);
}

static void nothing_at_all_gives_only_counts(void **state)
{
    (void)state;
    struct made m;
    struct bx_report r;
    struct bx_metric_options o = {BX_GEOM_BOX, NAN, 0, NULL};
    struct bx_err e;
    make(&m, 1, 2, objects, 0, found, 0);
    assert_true(bx_metric_report(&m.t, &m.d, m.class_of, &o, &r, &m.arena, &e));
    assert_true(isnan(bx_report_get(&r, BX_METRIC_MAP, -1)));
    assert_true(isnan(bx_report_get(&r, BX_METRIC_F1, -1)));
    assert_true(bx_report_get(&r, BX_METRIC_OBJECTS, -1) == 0);
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++)
        assert_true(!isinf(bx_report_get(&r, i, -1)));
    bx_arena_release(&m.arena);
}

static void curves_keep_the_maximum_and_both_ends(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct gt g[N];
    static struct dt d[N];
    for (uint32_t i = 0; i < N; i++) {
        g[i] = (struct gt){i, 0, SQUARE, 0, 0};
        d[i] = (struct dt){i, 0, SQUARE, 1 - i * 1e-4};
        if (i > 3333)
            memcpy(d[i].box, (double[4])NOWHERE, sizeof d[i].box);
    }
    struct made m;
    struct bx_report r;
    struct bx_metric_options o = {BX_GEOM_BOX, NAN, 1, NULL};
    struct bx_err e;
    make(&m, N, 1, g, N, d, N);
    assert_true(bx_metric_report(&m.t, &m.d, m.class_of, &o, &r, &m.arena, &e));
    bool seen = false;
    for (size_t i = 0; i < r.ncurves; i++) {
        const struct bx_curve *c = &r.curves[i];
        if (strcmp(c->name, "conf_f1") != 0)
            continue;
        seen = true;
        float best = 0;
        for (size_t j = 0; j < c->n; j++) {
            best = c->y[j] > best ? c->y[j] : best;
            assert_true(j == 0 || c->x[j] > c->x[j - 1]);
        }
        assert_in_range(c->n, 900, 1000);
        assert_true(c->x[0] == (float)d[N - 1].score && c->x[c->n - 1] == 1);
        assert_true(best == (float)bx_report_get(&r, BX_METRIC_MAX_F1, -1));
    }
    assert_true(seen);
    bx_arena_release(&m.arena);
}

/* Of two detections on one object supervision takes the better box, whatever the scores. */
static void supervision_assigns_by_iou(void **state)
{
    (void)state;
    struct gt g[] = {{0, 0, SQUARE, 0, 0}};
    struct dt d[] = {{0, 0, NEARLY, .9}, {0, 0, SQUARE, .1}};
    struct made m;
    struct bx_scene s;
    struct bx_sv v;
    make(&m, 1, 1, g, 1, d, 2);
    make_scene(&m, &s);
    bx_sv_eval(&s, false, 1, &v, &m.arena);
    assert_true(fabs(bx_sv_overall(&v, BX_SV_F1, BX_SV_MACRO, BX_SIZE_ALL, 9) - 2 / 3.) < 1e-12); /* at 0.95 */
    assert_true(bx_sv_mar(&v, 0, BX_SIZE_ALL) == .7);                                             /* the best score alone: up to IoU 0.8 */
    assert_true(bx_sv_mar(&v, 2, BX_SIZE_ALL) == 1);
    bx_arena_release(&m.arena);
}

/* A mask is sized by its pixels and a box by itself, whatever was sent beside: what an export says, which has but the one of them. */
static void a_box_beside_a_mask_sizes_no_mask(void **state)
{
    (void)state;
    static const struct gt g[] = {{0, 0, SQUARE, 0, 100}};
    static const struct dt d[] = {{0, 0, NOWHERE, .9}, {0, 0, SQUARE, .8}}; /* a small mask on nothing, with a box of medium size; a hit */
    static const struct {
        enum bx_geometry geometry;
        bool given;
        double small;
    } table[] = {{BX_GEOM_MASK, true, .5}, {BX_GEOM_MASK, false, .5}, {BX_GEOM_BOX, true, 1}, {BX_GEOM_BOX, false, 1}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made m;
        struct bx_report r;
        struct bx_err e;
        struct bx_metric_options o = {table[i].geometry, .5, 1, NULL};
        make(&m, 1, 1, g, 1, d, 2);
        struct bx_rle *object = BX_NEW(&m.arena, struct bx_rle, 1), *mask = BX_NEW(&m.arena, struct bx_rle, 2);
        object[0] = mask[1] = bx_rle_from_box(g[0].box, 480, 640, &m.arena);
        mask[0] = bx_rle_from_box((const double[]){400, 0, 5, 5}, 480, 640, &m.arena);
        m.t.ann_mask = object;
        m.d.mask = mask;
        m.d.box_given = BX_NEW(&m.arena, uint8_t, 2);
        m.d.box_given[0] = m.d.box_given[1] = table[i].given;
        assert_true(bx_metric_report(&m.t, &m.d, m.class_of, &o, &r, &m.arena, &e));
        const double got = bx_report_get(&r, BX_METRIC_MAP_SMALL, -1);
        if (fabs(got - table[i].small) > 1e-12)
            fail_msg("row %zu: found a mAP of small objects of %.17g, expected %.17g", i, got, table[i].small);
        bx_arena_release(&m.arena);
    }
}

/* The report has what test_ultralytics.c works out, and nothing where there is nothing to find, or the rules are a board's own. */
static void ultralytics_stands_beside(void **state)
{
    (void)state;
    static const struct gt g[] = {{0, 0, SQUARE, 0, 0}};
    static const struct dt d[] = {{0, 0, SQUARE, .9}};
    const struct bx_rules own = {.max_detections = 10};
    static const struct {
        size_t ng;
        bool own;
        double map, f1;
    } table[] = {{1, false, .995, 1}, {0, false, NAN, NAN}, {1, true, NAN, NAN}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made m;
        struct bx_report r;
        struct bx_err e;
        struct bx_metric_options o = {BX_GEOM_BOX, NAN, 1, table[i].own ? &own : NULL};
        make(&m, 1, 1, g, table[i].ng, d, 1);
        assert_true(bx_metric_report(&m.t, &m.d, m.class_of, &o, &r, &m.arena, &e));
        const double map = bx_report_get(&r, BX_METRIC_UL_MAP, -1), f1 = bx_report_get(&r, BX_METRIC_UL_F1, -1);
        assert_true(isnan(table[i].map) ? isnan(map) && isnan(f1) : fabs(map - table[i].map) < 1e-12 && fabs(f1 - table[i].f1) < 1e-12);
        bx_arena_release(&m.arena);
    }
}

static void the_catalogue_is_sound(void **state)
{
    (void)state;
    size_t per_class = 0;
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++) {
        assert_int_equal(bx_metric_find(bx_metrics[i].name), i);
        assert_true(i == 0 || bx_metrics[i].group >= bx_metrics[i - 1].group);
        assert_true(i == 0 || strcmp(bx_metrics[bx_metrics_by_name()[i]].name, bx_metrics[bx_metrics_by_name()[i - 1]].name) > 0);
        assert_true(strlen(bx_metrics[i].definition) > 20);
        per_class += bx_metrics[i].per_class;
    }
    assert_in_range(per_class, 1, 10);
    assert_int_equal(per_class, BX_NCLASS_METRICS);
    static const char *const none[] = {"", "ma", "mapp", "map_5", "nonsense", "~"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_int_equal(bx_metric_find(none[i]), BX_NMETRICS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars),
        cmocka_unit_test(images_count_themselves),
        cmocka_unit_test(nothing_at_all_gives_only_counts),
        cmocka_unit_test(curves_keep_the_maximum_and_both_ends),
        cmocka_unit_test(supervision_assigns_by_iou),
        cmocka_unit_test(a_box_beside_a_mask_sizes_no_mask),
        cmocka_unit_test(ultralytics_stands_beside),
        cmocka_unit_test(the_catalogue_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
