/* test_rules.c: a report by a board's own rules, against one by COCO's on what those rules leave. */
#include "tests/metric/made.h"
#include "core/metric/metric.h"
#include "core/metric/scope.h"
#include "tests/random.h"

#define IMAGES  24
#define CLASSES 4

/* Objects of all sizes, found well and badly, with crowds and detections that hit nothing. The same at every call. */
static void make_any(struct made *m)
{
    static struct gt g[IMAGES * 12];
    static struct dt d[IMAGES * 40];
    size_t ng = 0, nd = 0;
    seed = 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < IMAGES; i++) {
        for (uint32_t j = any(12); j > 0; j--) {
            static const double sides[] = {8, 16, 16, 32, 32, 96, 150};
            double side = sides[any(7)];
            struct gt *o = &g[ng++];
            *o = (struct gt){i, any(CLASSES), {any(400), any(300), side, any(2) ? side : side + any(9)}, 0, 0};
            o->flags = any(10) ? 0 : BX_ANN_CROWD;
            for (uint32_t hits = any(3); hits > 0; hits--)
                d[nd++] = (struct dt){i,
                                      any(6) ? o->class_index : any(CLASSES),
                                      {o->box[0] + any(5), o->box[1] + any(5), o->box[2] + any(4), o->box[3]},
                                      any(100) / 100.0};
        }
        for (uint32_t j = any(8); j > 0; j--)
            d[nd++] = (struct dt){i, any(CLASSES + 1), {any(400), any(300), 10 + any(90), 10 + any(90)}, any(100) / 100.0};
    }
    make(m, IMAGES, CLASSES, g, ng, d, nd);
}

static void report_by(struct made *m, const struct bx_rules *rules, struct bx_report *r)
{
    struct bx_metric_options o = {.geometry = BX_GEOM_BOX, .operating_confidence = 0.4, .threads = 1, .rules = rules};
    struct bx_err e = {0};
    if ((rules && !bx_rules_check(rules, &e)) || !bx_metric_report(&m->t, &m->d, m->class_of, &o, r, &m->arena, &e))
        fail_msg("%s", e.text);
}

static void assert_same(const struct bx_report *r, enum bx_metric m, int32_t k, const struct bx_report *s, enum bx_metric n, int32_t l)
{
    double x = bx_report_get(r, m, k), y = bx_report_get(s, n, l);
    if (!(isnan(x) ? isnan(y) : x == y))
        fail_msg("%s of class %d: found %.17g, expected %.17g", bx_metrics[m].name, (int)k, x, y);
}

static const char *two[] = {"b", "d"}, *one[] = {"c"};
static const struct bx_rules many[] = {
    {0},
    {.max_detections = 500},
    {.max_detections = 2},
    {.max_detections = 10},
    {.nsizes = 2, .size = {{"tiny", 0, 256}, {"rest", 256, 1e10}}},
    {.nsizes = 6, .size = {{"a", 0, 1024}, {"b", 1024, 9216}, {"c", 9216, 1e10}, {"d", 0, 1024}, {"e", 1024, 9216}, {"f", 9216, 1e10}}},
    {.nsizes = 4, .relative = true, .size = {{"a", 0, 0.001}, {"b", 0.001, 0.01}, {"c", 0.01, 1}, {"any", 0, 1}}},
    {.niou = 2, .iou = {0.3, 0.75}},
    {.niou = 3, .iou = {0.4, 0.5, 0.6}},
    {.niou = 20, .iou = {.05, .1, .15, .2, .25, .3, .35, .4, .45, .5, .55, .6, .65, .7, .75, .8, .85, .9, .95, 1}},
    {.classes = two, .nclasses = 2},
    {.ignore = one, .nignore = 1},
    {.regions = one, .nregions = 1},
};
#define MANY (sizeof many / sizeof *many)

static void a_report_has_what_its_rules_give(void **state)
{
    (void)state;
    struct made m;
    make_any(&m);
    for (size_t i = 0; i < MANY; i++) {
        struct bx_report r;
        report_by(&m, &many[i], &r);
        assert_string_equal(r.protocol, bx_rules_protocol(&many[i], &m.arena));
        for (enum bx_metric k = 0; k < BX_NMETRICS; k++)
            if (isnan(bx_report_get(&r, k, -1)) == bx_rules_give(&many[i], k))
                fail_msg("%s: %s is %s", r.protocol, bx_metrics[k].name, bx_rules_give(&many[i], k) ? "absent" : "there");
    }
    bx_arena_release(&m.arena);
}

/* F1, its curves and the counts of images are at IoU 0.5, without a limit and of all sizes. */
static void f1_does_not_depend_on_grid_limit_or_sizes(void **state)
{
    (void)state;
    static const enum bx_metric metrics[] = {BX_METRIC_F1,     BX_METRIC_F1_MICRO,          BX_METRIC_PRECISION, BX_METRIC_RECALL,
                                             BX_METRIC_MAX_F1, BX_METRIC_MAX_F1_CONFIDENCE, BX_METRIC_OBJECTS,   BX_METRIC_DETECTIONS};
    struct made m;
    struct bx_report cocos, r;
    make_any(&m);
    report_by(&m, NULL, &cocos);
    assert_true(bx_report_get(&cocos, BX_METRIC_F1, -1) > 0.1);
    for (size_t i = 0; i < 10; i++) {
        report_by(&m, &many[i], &r);
        for (size_t j = 0; j < sizeof metrics / sizeof *metrics; j++)
            for (int32_t k = -1; k < CLASSES; k++)
                assert_same(&r, metrics[j], k, &cocos, metrics[j], k);
        assert_memory_equal(r.images, cocos.images, IMAGES * sizeof *r.images);
        size_t found = 0;
        for (size_t j = 0; j < r.ncurves; j++)
            for (size_t k = 0; k < cocos.ncurves; k++)
                if (!strcmp(r.curves[j].name, cocos.curves[k].name) && r.curves[j].class_index == cocos.curves[k].class_index &&
                    !strncmp(r.curves[j].name, "conf_", 5)) {
                    assert_int_equal(r.curves[j].n, cocos.curves[k].n);
                    assert_memory_equal(r.curves[j].y, cocos.curves[k].y, r.curves[j].n * sizeof(float));
                    found++;
                }
        assert_int_equal(found, 4);
    }
    bx_arena_release(&m.arena);
}

static void sizes_of_ones_own_are_cocos_where_they_say_the_same(void **state)
{
    (void)state;
    struct made m;
    struct bx_report cocos, r;
    make_any(&m);
    report_by(&m, NULL, &cocos);
    report_by(&m, &many[5], &r);
    for (int i = 0; i < 6; i++) {
        assert_same(&r, (enum bx_metric)(BX_METRIC_MAP_SIZE_1 + i), -1, &cocos, (enum bx_metric)(BX_METRIC_MAP_SMALL + i % 3), -1);
        assert_same(&r, (enum bx_metric)(BX_METRIC_AR_SIZE_1 + i), -1, &cocos, (enum bx_metric)(BX_METRIC_AR_SMALL + i % 3), -1);
        assert_same(&r, (enum bx_metric)(BX_METRIC_F1_SIZE_1 + i), -1, &cocos, (enum bx_metric)(BX_METRIC_F1_SMALL + i % 3), -1);
    }
    struct bx_rules share = {.nsizes = 3, .relative = true, .size = {{"a", 0, 1024 / 307200.}, {"b", 1024 / 307200., .03}, {"c", .03, 1}}};
    report_by(&m, &share, &r); /* 9216 / 307200 is 0.03; all images have one size */
    assert_same(&r, BX_METRIC_MAP_SIZE_1, -1, &cocos, BX_METRIC_MAP_SMALL, -1);
    assert_same(&r, BX_METRIC_MAP_SIZE_2, -1, &cocos, BX_METRIC_MAP_MEDIUM, -1);
    assert_same(&r, BX_METRIC_MAP_SIZE_3, -1, &cocos, BX_METRIC_MAP_LARGE, -1);
    bx_arena_release(&m.arena);
}

static void a_class_alone_is_what_it_was_among_others(void **state)
{
    (void)state;
    struct made m;
    struct bx_report cocos, r;
    make_any(&m);
    report_by(&m, NULL, &cocos);
    report_by(&m, &many[10], &r);
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++)
        for (int32_t k = 0; k < CLASSES; k++)
            if (k % 2)
                assert_same(&r, i, k, &cocos, i, k);
            else
                assert_true(isnan(bx_report_get(&r, i, k)));
    double mean = (bx_report_get(&cocos, BX_METRIC_F1, 1) + bx_report_get(&cocos, BX_METRIC_F1, 3)) / 2;
    assert_true(fabs(bx_report_get(&r, BX_METRIC_F1, -1) - mean) < 1e-15);
    bx_arena_release(&m.arena);
}

/* Every third image, and the same images as a test set of their own. */
static void a_subset_is_a_test_set_of_its_own(void **state)
{
    (void)state;
    struct made m, less;
    struct bx_report r, s;
    make_any(&m);
    struct gt g[IMAGES * 12];
    struct dt d[IMAGES * 40];
    size_t ng = 0, nd = 0;
    uint8_t sha[IMAGES / 3][32];
    for (uint32_t i = 0; i < IMAGES; i += 3) {
        memcpy(sha[IMAGES / 3 - 1 - i / 3], m.t.image_sha[i], 32);
        for (size_t j = m.t.ann_begin[i]; j < m.t.ann_begin[i + 1]; j++) {
            const double *b = m.t.ann_box + 4 * j;
            g[ng++] = (struct gt){i / 3, m.t.ann_class[j], {b[0], b[1], b[2], b[3]}, m.t.ann_flags[j], 0};
        }
        for (size_t j = m.d.image_begin[i]; j < m.d.image_begin[i + 1]; j++) {
            const double *b = m.d.box + 4 * j;
            d[nd++] = (struct dt){i / 3, (uint32_t)(*m.d.names[m.d.name[j]] - 'a'), {b[0], b[1], b[2], b[3]}, m.d.score[j]};
        }
    }
    make(&less, IMAGES / 3, CLASSES, g, ng, d, nd);
    struct bx_rules rules = {.images = sha, .nimages = IMAGES / 3};
    report_by(&m, &rules, &r);
    report_by(&less, NULL, &s);
    for (enum bx_metric i = 0; i < BX_NMETRICS; i++)
        for (int32_t k = -1; k < CLASSES; k++)
            assert_same(&r, i, k, &s, i, k);
    assert_int_equal(r.nimages, IMAGES);
    for (size_t i = 0; i < IMAGES; i++) {
        static const struct bx_image_result nothing;
        assert_memory_equal(&r.images[i], i % 3 ? &nothing : &s.images[i / 3], sizeof nothing);
    }
    bx_arena_release(&m.arena);
    bx_arena_release(&less.arena);
}

/* What is to be ignored, by hand: an object of class b, hit by two detections of class a. */
static void an_ignored_object_excuses_one_detection_of_each_class(void **state)
{
    (void)state;
    static const struct gt g[] = {{0, 0, {0, 0, 50, 50}, 0, 0}, {0, 1, {100, 100, 50, 50}, 0, 0}, {0, 2, {200, 0, 50, 50}, 0, 0}};
    static const struct dt d[] = {{0, 0, {0, 0, 50, 50}, .9},     {0, 0, {100, 100, 50, 49}, .8}, {0, 0, {100, 100, 50, 48}, .7},
                                  {0, 1, {100, 100, 50, 50}, .9}, {0, 2, {100, 100, 50, 50}, .9}, {0, 2, {200, 0, 50, 50}, .8}};
    static const char *b[] = {"b"};
    struct bx_rules rules = {.ignore = b, .nignore = 1};
    struct made m;
    struct bx_report r;
    make(&m, 1, 3, g, 3, d, 6);
    report_by(&m, &rules, &r);
    assert_true(bx_report_get(&r, BX_METRIC_PRECISION, 0) == 0.5); /* a hit, one excused, one wrong */
    assert_true(bx_report_get(&r, BX_METRIC_PRECISION, 2) == 1);   /* excused too */
    assert_true(isnan(bx_report_get(&r, BX_METRIC_PRECISION, 1)) && isnan(bx_report_get(&r, BX_METRIC_OBJECTS, 1)));
    assert_true(bx_report_get(&r, BX_METRIC_OBJECTS, -1) == 2 && bx_report_get(&r, BX_METRIC_DETECTIONS, -1) == 5);
    assert_true(r.images[0].tp == 2 && r.images[0].fp == 1 && r.images[0].fn == 0);
    bx_arena_release(&m.arena);
}

/* Objects to be ignored are there for the classes whose detections can meet them, in the geometry that is scored: no more, and no fewer. */
static void an_ignored_object_is_there_for_whom_it_can_excuse_alone(void **state)
{
    (void)state;
    enum { FAR = 100 };
    static struct gt g[FAR + 2];
    static struct dt d[2 * FAR];
    static const char *b[] = {"b"};
    struct bx_rules rules = {.ignore = b, .nignore = 1};
    struct bx_err e;
    struct bx_scope box, mask, all, low;
    struct made m;
    for (uint32_t i = 0; i < FAR; i++) {
        g[i] = (struct gt){0, 1, {4.0 * i, 0, 4, 4}, 0, 0};
        d[2 * i] = (struct dt){0, 0, {4.0 * i, 8, 4, 4}, 0.5};
        d[2 * i + 1] = (struct dt){0, 2, {4.0 * i, 4, 4, 4}, 0.5};
    }
    g[FAR] = (struct gt){0, 1, {0, 100, 10, 10}, 0, 0}; /* IoU 0.5 of a box of class a, and 0.1 of one of c */
    g[FAR + 1] = (struct gt){0, 1, {0, 100, 10, 20}, BX_ANN_CROWD, 0};
    d[0] = (struct dt){0, 0, {0, 100, 10, 5}, 0.5};
    d[1] = (struct dt){0, 2, {0, 109, 10, 1}, 0.5};
    make(&m, 1, 3, g, FAR + 2, d, 2 * FAR);
    assert_true(bx_scope_make(&rules, &m.t, &m.d, m.class_of, BX_GEOM_BOX, false, &box, &m.arena, &e));
    assert_int_equal(box.testset->nanns, 3); /* a region is a share of the detection alone: for both classes */
    rules.iou[0] = 0.1;
    rules.niou = 1;
    assert_true(bx_scope_make(&rules, &m.t, &m.d, m.class_of, BX_GEOM_BOX, false, &low, &m.arena, &e));
    assert_int_equal(low.testset->nanns, 4);
    assert_true(bx_scope_make(&rules, &m.t, &m.d, m.class_of, BX_GEOM_BOX, true, &all, &m.arena, &e));
    assert_int_equal(all.testset->nanns, 2 * (FAR + 2));

    /* A box that was sent beside a mask says nothing of where it is. */
    struct bx_rle *object = BX_NEW(&m.arena, struct bx_rle, m.t.nanns), *answer = BX_NEW(&m.arena, struct bx_rle, m.d.n);
    for (size_t i = 0; i < m.t.nanns; i++)
        object[i] = bx_rle_from_box(m.t.ann_box + 4 * i, 480, 640, &m.arena);
    for (size_t i = 0; i < m.d.n; i++)
        answer[i] = bx_rle_from_box((const double[]){600, 400, 5, 5}, 480, 640, &m.arena);
    answer[1] = object[5];
    m.t.ann_mask = object;
    m.d.mask = answer;
    rules.niou = 0;
    assert_true(bx_scope_make(&rules, &m.t, &m.d, m.class_of, BX_GEOM_MASK, false, &mask, &m.arena, &e));
    assert_int_equal(mask.testset->nanns, 1);
    assert_int_equal(mask.testset->ann_class[0], 2);
    assert_int_equal(mask.testset->ann_flags[0], BX_ANN_IGNORE);
    bx_arena_release(&m.arena);
}

/* The same boxes as outlines, drawn as masks, or turned by a right angle's worth of nothing: whole pixels, so all three agree. */
static void as_every_geometry(struct made *m)
{
    struct bx_rle *object = BX_NEW(&m->arena, struct bx_rle, m->t.nanns), *answer = BX_NEW(&m->arena, struct bx_rle, m->d.n);
    m->t.ann_obb = BX_NEW(&m->arena, double, 8 * m->t.nanns);
    m->d.obb = BX_NEW(&m->arena, double, 8 * m->d.n);
    for (size_t i = 0; i < m->t.nanns + m->d.n; i++) {
        const bool ann = i < m->t.nanns;
        const size_t k = ann ? i : i - m->t.nanns;
        const double *b = (ann ? m->t.ann_box : m->d.box) + 4 * k, x = b[0] + b[2], y = b[1] + b[3];
        memcpy((ann ? m->t.ann_obb : m->d.obb) + 8 * k, ((double[8]){x, b[1], x, y, b[0], y, b[0], b[1]}), 8 * sizeof(double));
        (ann ? object : answer)[k] = bx_rle_from_box(b, 480, 640, &m->arena);
    }
    m->t.ann_mask = object;
    m->d.mask = answer;
}

/* By hand: regions from 0 to 80 and 40 high, as two halves of which one is there twice. Named by a rule, or marked by the reader. */
static void what_lies_mostly_in_regions_is_out(void **state)
{
    (void)state;
    static const struct {
        struct dt d;
        bool stays;
    } cases[] = {
        {{0, 0, {0, 0, 20, 20}, .9}, false},    /* wholly within */
        {{0, 0, {60, 60, 20, 20}, .9}, true},   /* beside */
        {{0, 0, {70, 0, 20, 40}, .9}, false},   /* half of it */
        {{0, 0, {71, 0, 20, 40}, .9}, true},    /* 9 / 20 */
        {{0, 0, {20, 0, 40, 100}, .9}, true},   /* 800 and 800 of 4000: the half that is there twice counts once */
        {{0, 2, {20, 0, 40, 70}, .9}, false},   /* 800 and 800 of 2800, neither alone being half; another class */
        {{0, 0, {100, 100, 0, 40}, .9}, true},  /* of no area */
        {{0, 0, {200, 200, 20, 20}, .9}, true}, /* on an object */
        {{1, 0, {0, 0, 20, 20}, .9}, true},     /* on another image */
        {{0, 1, {300, 300, 20, 20}, .9}, true}, /* of the regions' own class */
    };
    enum { N = sizeof cases / sizeof *cases };
    static const struct gt g[] = {
        {0, 1, {0, 0, 40, 40}, 0, 0},
        {0, 1, {0, 0, 40, 40}, 0, 0},
        {0, 1, {40, 0, 40, 40}, 0, 0},
        {0, 0, {5, 5, 10, 10}, 0, 0},
        {0, 0, {200, 200, 20, 20}, 0, 0},
        {0, 0, {75, 0, 12, 40}, 0, 0},
        {0, 2, {400, 0, 40, 40}, BX_ANN_CROWD, 0},
        {1, 0, {0, 0, 20, 20}, 0, 0},
    };
    static const char *b[] = {"b"};
    static const enum bx_geometry geometries[] = {BX_GEOM_BOX, BX_GEOM_OBB, BX_GEOM_MASK};
    struct dt d[N];
    for (size_t i = 0; i < N; i++)
        d[i] = cases[i].d;
    for (size_t way = 0; way < 6; way++) {
        const bool marked = way >= 3;
        const struct bx_rules rules = {.regions = b, .nregions = !marked};
        struct bx_scope s;
        struct bx_err e;
        struct made m;
        make(&m, 2, 3, g, 8, d, N);
        as_every_geometry(&m);
        for (size_t k = 0; k < 3; k++)
            m.t.ann_flags[k] = marked ? BX_ANN_CROWD | BX_ANN_REGION : 0;
        assert_true(bx_scope_make(&rules, &m.t, &m.d, m.class_of, geometries[way % 3], false, &s, &m.arena, &e));
        assert_int_equal(s.testset->nanns, 4); /* the object on the rim has 5 of its 12 within */
        assert_true(s.testset->ann_box[0] == 200 && s.testset->ann_box[4] == 75 && s.testset->ann_flags[2] == BX_ANN_CROWD);
        size_t left = 0; /* the columns go by image */
        for (size_t i = 0; i < m.d.n; i++) {
            const double *box = m.d.box + 4 * i;
            for (size_t c = 0; c < N; c++)
                if (cases[c].d.image == (i >= m.d.image_begin[1]) && !memcmp(cases[c].d.box, box, sizeof cases[c].d.box)) {
                    bool kept = left < s.detections->n && !memcmp(s.detections->box + 4 * left, box, 4 * sizeof *box);
                    if (kept != cases[c].stays)
                        fail_msg("way %zu, case %zu: %s", way, c, kept ? "stays" : "is out");
                    left += kept;
                }
        }
        assert_int_equal(left, s.detections->n);
        assert_true(!marked == (s.scored != NULL && !s.scored[1]));
        bx_arena_release(&m.arena);
    }
}

/* Neither right nor wrong, and before the limit of detections is. */
static void a_detection_in_a_region_leaves_no_trace(void **state)
{
    (void)state;
    enum { PILE = 150 };
    struct dt d[PILE + 1];
    static const struct gt g[] = {{0, 1, {0, 0, 300, 300}, BX_ANN_CROWD | BX_ANN_REGION, 0}, {0, 0, {400, 0, 50, 50}, 0, 0}};
    for (size_t i = 0; i < PILE; i++)
        d[i] = (struct dt){0, 0, {(double)i, 0, 20, 20}, .9};
    d[PILE] = (struct dt){0, 0, {400, 0, 50, 50}, .6};
    struct made m;
    struct bx_report r;
    make(&m, 1, 3, g, 2, d, PILE + 1);
    report_by(&m, NULL, &r);
    assert_true(bx_report_get(&r, BX_METRIC_MAP, -1) > 0.999);
    assert_true(r.images[0].tp == 1 && !r.images[0].fp && !r.images[0].fn);
    bx_arena_release(&m.arena);
}

static void what_a_test_set_lacks_is_said(void **state)
{
    (void)state;
    static const char *x[] = {"x"};
    struct bx_rules rules = {.classes = x, .nclasses = 1};
    struct bx_metric_options o = {.geometry = BX_GEOM_BOX, .threads = 1, .rules = &rules};
    struct bx_report r;
    struct bx_err e;
    struct made m;
    make_any(&m);
    assert_false(bx_metric_report(&m.t, &m.d, m.class_of, &o, &r, &m.arena, &e));
    assert_int_equal(e.code, BX_CONFIG);
    assert_string_equal(e.text, "classes: found 'x', expected a class of the test set");
    bx_arena_release(&m.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_has_what_its_rules_give),
        cmocka_unit_test(f1_does_not_depend_on_grid_limit_or_sizes),
        cmocka_unit_test(sizes_of_ones_own_are_cocos_where_they_say_the_same),
        cmocka_unit_test(a_class_alone_is_what_it_was_among_others),
        cmocka_unit_test(a_subset_is_a_test_set_of_its_own),
        cmocka_unit_test(an_ignored_object_excuses_one_detection_of_each_class),
        cmocka_unit_test(an_ignored_object_is_there_for_whom_it_can_excuse_alone),
        cmocka_unit_test(what_lies_mostly_in_regions_is_out),
        cmocka_unit_test(a_detection_in_a_region_leaves_no_trace),
        cmocka_unit_test(what_a_test_set_lacks_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
