/* Who is near: no annotation that a detection overlaps is left out, and in a scattered set most others are. */
#include "tests/metric/made.h"
#include "core/metric/near.h"
#include <math.h>
#include <stdlib.h>
#include "tests/random.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MOST     500
#define ASKING   60 /* detections */

static double between(double low, double high)
{
    return low + (high - low) * (any(1u << 30) / 1073741824.0);
}

static void box(double out[4], double x, double y, double w, double h)
{
    memcpy(out, (double[4]){x, y, w, h}, 4 * sizeof *out);
}
static void scattered(double b[4])
{
    box(b, between(0, 10000), between(0, 10000), between(5, 200), between(5, 200));
}
static void clustered(double b[4])
{
    static const double at[][2] = {{100, 100}, {5000, 200}, {5010, 230}, {9000, 9000}};
    const double *c = at[any(COUNT(at))];
    box(b, c[0] + between(-30, 30), c[1] + between(-30, 30), between(1, 20), between(1, 20));
}
static void identical(double b[4])
{
    box(b, 17.25, 33.5, 12, 9);
}
static void degenerate(double b[4])
{
    scattered(b);
    b[0] = any(100);
    b[1] = any(100);
    b[2] = any(3) ? any(100) : 0;
    b[3] = any(3) ? 0 : any(100);
}
static void on_a_line(double b[4])
{
    box(b, any(300), 50, any(20), 4);
}
static void below_zero(double b[4])
{
    box(b, between(-5000, 100), between(-5000, 100), between(0, 300), between(0, 300));
}
static void huge_among_small(double b[4])
{
    if (any(10) == 0)
        box(b, -1e6, -1e6, 4e6, 4e6);
    else
        scattered(b);
}
/* Sides that meet are the hardest: rounded to f32, neighbours may share something. */
static void tiles(double b[4])
{
    double size = 33.3;
    box(b, size * any(20), size * any(20), size, size);
}
static void tiles_far_out(double b[4])
{
    double size = 1 / 3.;
    box(b, 1e6 + size * any(20), -1e6 + size * any(20), size, size);
}
static void very_far_apart(double b[4])
{
    static const double far[] = {1, 1e3, 1e9, 1e15, 1e300};
    double at = far[any(COUNT(far))];
    box(b, between(-at, at), between(-at, at), between(0, at), between(0, at));
}
static void anything(double b[4])
{
    static void (*const kinds[])(double *) = {scattered, clustered, identical, degenerate, below_zero, huge_among_small, tiles};
    kinds[any(COUNT(kinds))](b);
}

static const struct {
    const char *name;
    void (*box)(double *);
} kinds[] = {
    {"scattered", scattered},
    {"clustered", clustered},
    {"identical", identical},
    {"degenerate", degenerate},
    {"on a line", on_a_line},
    {"negative coordinates", below_zero},
    {"huge ones among small", huge_among_small},
    {"tiles", tiles},
    {"tiles far out", tiles_far_out},
    {"very far apart", very_far_apart},
    {"of all kinds", anything},
};
static const size_t sizes[] = {1, 2, 15, 16, 17, 31, 63, 64, 65, 255, 256, 257, 300, MOST};

/* The box turned about its middle; some quads are points or lines. */
static void turn(const double b[4], double q[8])
{
    double angle = between(0, 6.3), c = cos(angle), s = sin(angle), x = b[0] + b[2] / 2, y = b[1] + b[3] / 2;
    static const double side[4][2] = {{-1, -1}, {1, -1}, {1, 1}, {-1, 1}};
    for (int i = 0; i < 4; i++) {
        double dx = side[i][0] * b[2] / 2, dy = side[i][1] * b[3] / 2;
        q[2 * i] = x + dx * c - dy * s;
        q[2 * i + 1] = y + dx * s + dy * c;
    }
}

struct set {
    struct made m;
    struct bx_scene s;
    uint32_t list[MOST]; /* annotations of the second image, in any order */
    size_t n, ndets;
};

/* Of n annotations of one image, between those of two others. */
static void make_set(struct set *v, size_t kind, size_t n, bool oriented)
{
    struct gt g[MOST + 6];
    struct dt d[ASKING];
    size_t ng = 0;
    for (uint32_t image = 0; image < 3; image++)
        for (size_t i = 0; i < (image == 1 ? n : 3); i++) {
            g[ng] = (struct gt){.image = image};
            kinds[kind].box(g[ng++].box);
        }
    for (size_t i = 0; i < ASKING; i++) {
        d[i] = (struct dt){.image = 1, .score = .5};
        if (i % 3 == 0)
            memcpy(d[i].box, g[3 + any((uint32_t)n)].box, sizeof d[i].box);
        else
            kinds[i % 3 == 1 ? kind : COUNT(kinds) - 1].box(d[i].box);
    }
    make(&v->m, 3, 1, g, ng, d, ASKING);
    struct bx_metric_input in = {.testset = &v->m.t, .detections = &v->m.d, .class_of = v->m.class_of, .geometry = BX_GEOM_BOX};
    if (oriented) {
        struct bx_arena *a = &v->m.arena;
        in.geometry = BX_GEOM_OBB;
        v->m.t.ann_obb = BX_NEW(a, double, 8 * ng);
        v->m.d.obb = BX_NEW(a, double, 8 * ASKING);
        for (size_t i = 0; i < ng; i++)
            turn(g[i].box, v->m.t.ann_obb + 8 * i);
        for (size_t i = 0; i < ASKING; i++)
            turn(d[i].box, v->m.d.obb + 8 * i);
    }
    struct bx_err e;
    if (!bx_scene_make(&in, &v->s, &v->m.arena, &e))
        fail_msg("%s", e.text);
    v->n = n;
    for (size_t i = 0; i < n; i++)
        v->list[i] = (uint32_t)(3 + i);
    for (size_t i = n; i > 1; i--) {
        uint32_t k = any((uint32_t)i), t = v->list[i - 1];
        v->list[i - 1] = v->list[k];
        v->list[k] = t;
    }
}

static bool hulls_overlap(const struct set *v, uint32_t d, uint32_t g)
{
    double p[4];
    const double *q = (v->s.in.geometry == BX_GEOM_BOX ? v->m.t.ann_box : v->s.ann_hull) + 4 * (size_t)g;
    bx_scene_hull(&v->s, d, p);
    return fmin(p[0] + p[2], q[0] + q[2]) > fmax(p[0], q[0]) && fmin(p[1] + p[3], q[1] + q[3]) > fmax(p[1], q[1]);
}

/* By its hull, or by any of the ways that the metrics have to compare the two. */
static bool overlap(const struct set *v, uint32_t d, uint32_t g)
{
    double iou;
    float iou32, rounded;
    bx_scene_iou(&v->s, d, &g, 1, true, &iou);
    bx_scene_iou32(&v->s, d, &g, 1, 0, &iou32);
    bx_scene_iou_rounded(&v->s, d, &g, 1, &rounded);
    return hulls_overlap(v, d, g) || iou > 0 || iou32 > 0 || rounded > 0;
}

/* Returns how many of all pairs the answers hold. */
static size_t ask(const struct set *v, const struct bx_near *near, const char *name)
{
    size_t all = 0;
    uint32_t *out = malloc(v->n * sizeof *out); /* exactly, so that one too many is seen */
    for (uint32_t d = 0; d < ASKING; d++) {
        size_t n = bx_near_find(near, &v->s, d, out), at = 0;
        assert_true(n <= v->n);
        for (size_t i = 0; i < n; i++)
            if (out[i] >= v->n || (i && out[i] <= out[i - 1]))
                fail_msg("%s, %zu: place %u behind %u", name, v->n, out[i], i ? out[i - 1] : 0);
        for (uint32_t i = 0; i < v->n; i++) {
            bool found = at < n && out[at] == i;
            at += found;
            if (!found && overlap(v, d, v->list[i]))
                fail_msg("%s, %zu: detection %u overlaps the annotation at place %u, which was left out", name, v->n, d, i);
        }
        all += n;
    }
    free(out);
    return all;
}

static void everything_that_overlaps_is_found(void **state)
{
    bool oriented = *state != NULL;
    struct bx_near near = {0};
    for (size_t kind = 0; kind < COUNT(kinds); kind++)
        for (size_t i = 0; i < COUNT(sizes); i++) {
            struct set v;
            make_set(&v, kind, sizes[i], oriented);
            bx_near_make(&near, &v.s, v.list, v.n);
            ask(&v, &near, kinds[kind].name);
            bx_arena_release(&v.m.arena);
        }
    bx_near_free(&near);
}

static void a_room_serves_sets_of_changing_size(void **state)
{
    bool oriented = *state != NULL;
    struct bx_near near = {0};
    for (int round = 0; round < 100; round++) {
        struct set v;
        size_t kind = any(COUNT(kinds));
        make_set(&v, kind, 1 + any(any(2) ? 20 : MOST), oriented);
        bx_near_make(&near, &v.s, v.list, v.n);
        ask(&v, &near, kinds[kind].name);
        bx_arena_release(&v.m.arena);
    }
    bx_near_free(&near);
}

static void of_a_scattered_set_few_are_given(void **state)
{
    bool oriented = *state != NULL;
    struct bx_near near = {0};
    struct set v;
    make_set(&v, 0, MOST, oriented);
    for (size_t i = 0; i < ASKING; i++) { /* none of them covers all */
        scattered(v.m.d.box + 4 * i);
        if (oriented)
            turn(v.m.d.box + 4 * i, v.m.d.obb + 8 * i);
    }
    bx_near_make(&near, &v.s, v.list, v.n);
    assert_in_range(ask(&v, &near, "scattered"), 0, ASKING * MOST / 100);
    bx_near_free(&near);
    bx_arena_release(&v.m.arena);
}

static void of_a_short_list_all_are_given(void **state)
{
    bool oriented = *state != NULL;
    struct bx_near near = {0};
    struct bx_near_row row = {0};
    static const size_t lengths[] = {0, 1, 10, BX_NEAR_LEAST - 1, BX_NEAR_LEAST, 200, 0, 5, 300};
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct set v;
        make_set(&v, 0, lengths[i] ? lengths[i] : 1, oriented);
        v.n = lengths[i];
        bx_near_make_long(&near, &v.s, v.list, v.n);
        for (uint32_t d = 0; d < ASKING; d++) {
            uint32_t want[MOST];
            bx_near_row(&near, &v.s, d, v.list, v.n, &row);
            size_t n = v.n < BX_NEAR_LEAST ? v.n : bx_near_find(&near, &v.s, d, want);
            assert_int_equal(row.n, n);
            for (size_t k = 0; k < n; k++) {
                size_t place = v.n < BX_NEAR_LEAST ? k : want[k];
                assert_int_equal(bx_near_place(&near, &row, k), place);
                assert_int_equal(row.ann[k], v.list[place]);
            }
        }
        bx_arena_release(&v.m.arena);
    }
    bx_near_row_free(&row);
    bx_near_free(&near);
}

/* What cocoapi makes of a coordinate that is no number is for its IoU to say. */
static void of_no_number_all_are_given(void **state)
{
    (void)state;
    struct bx_near near = {0};
    struct set v;
    uint32_t out[MOST];
    make_set(&v, 0, MOST, false);
    bx_near_make(&near, &v.s, v.list, v.n);
    for (size_t i = 0; i < 4; i++) {
        v.m.d.box[i] = NAN;
        assert_int_equal(bx_near_find(&near, &v.s, 0, out), MOST);
        for (uint32_t k = 0; k < MOST; k++)
            assert_int_equal(out[k], k);
        v.m.d.box[i] = 1;
    }
    bx_near_free(&near);
    bx_arena_release(&v.m.arena);
}

static char oriented_boxes[] = "oriented boxes";
#define BOTH(f)                                                                                                                            \
    {#f ": boxes", f, NULL, NULL, NULL},                                                                                                   \
    {                                                                                                                                      \
#f ": oriented boxes", f, NULL, NULL, oriented_boxes                                                                               \
    }
int main(void)
{
    const struct CMUnitTest tests[] = {
        BOTH(everything_that_overlaps_is_found), BOTH(a_room_serves_sets_of_changing_size),    BOTH(of_a_scattered_set_few_are_given),
        BOTH(of_a_short_list_all_are_given),     cmocka_unit_test(of_no_number_all_are_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
