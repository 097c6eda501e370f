/* Masks: by hand, against the reference library's own numbers where they are at hand, and torn apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/file.h"
#include "core/data/rle.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct bx_arena arena;

static void polygons_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double xy[8];
        uint32_t h, w;
        size_t n;
        uint32_t counts[8];
    } table[] = {
        {"the whole image", {0, 0, 0, 2, 3, 2, 3, 0}, 2, 3, 2, {0, 6}},
        {"one pixel", {1, 1, 1, 2, 2, 2, 2, 1}, 3, 3, 3, {4, 1, 4}},
        {"outside", {9, 9, 9, 12, 12, 12, 12, 9}, 3, 3, 1, {9}},
        {"reaching out on all sides", {-5, -5, -5, 9, 9, 9, 9, -5}, 3, 3, 2, {0, 9}},
        {"very far out", {-1e300, -1e300, -1e300, 1e300, 1e300, 1e300, 1e300, -1e300}, 3, 3, 2, {0, 9}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_rle r = bx_rle_from_polygon(table[i].xy, 4, table[i].h, table[i].w, &arena);
        if (r.n != table[i].n || memcmp(r.counts, table[i].counts, r.n * sizeof *r.counts) != 0)
            fail_msg("%s: %zu runs, the first %u", table[i].name, r.n, r.counts[0]);
    }
}

static void bad_strings_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"X", "0T", "!", "\x7F", "oooooooooooooooo0", "N"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct bx_rle r;
        struct bx_err e;
        assert_false(bx_rle_from_string(bad[i], strlen(bad[i]), 9, 9, &r, &arena, &e));
        assert_int_equal(e.code, BX_DATA);
    }
}

static void lengths_must_fill_the_mask(void **state)
{
    (void)state;
    uint32_t counts[] = {4, 1, 4};
    struct bx_rle good = {3, 3, 3, counts}, bad = {3, 4, 3, counts};
    struct bx_err e;
    assert_true(bx_rle_valid(&good, &e));
    assert_false(bx_rle_valid(&bad, &e));
}

static void iou_by_hand(void **state)
{
    (void)state;
    uint32_t left[] = {0, 6, 3}, right[] = {3, 6}, none[] = {9};
    struct bx_rle l = {3, 3, 3, left}, r = {3, 3, 2, right}, n = {3, 3, 1, none}, other = {9, 1, 1, none};
    assert_true(bx_rle_iou(&l, &r, false) == 3 / 9.);
    assert_true(bx_rle_iou(&l, &r, true) == 3 / 6.);
    assert_true(bx_rle_iou(&l, &l, false) == 1);
    assert_true(bx_rle_iou(&l, &n, false) == 0);
    assert_true(bx_rle_iou(&n, &n, false) == 0);
    assert_true(bx_rle_iou(&l, &other, false) == -1);
    struct bx_rle both[] = {l, r}, u = bx_rle_merge(both, 2, false, &arena), i = bx_rle_merge(both, 2, true, &arena);
    assert_int_equal(bx_rle_area(&u), 9);
    assert_int_equal(bx_rle_area(&i), 3);
}

static uint64_t seed = 0x2545F4914F6CDD1Du;
static uint32_t any(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % below;
}

/* Random bytes and random mutations of good strings must be read or refused, nothing else; what is read writes the same again. */
static void hostile_strings(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char s[40];
        size_t n = any(sizeof s);
        for (size_t i = 0; i < n; i++)
            s[i] = (char)(round & 1 ? 48 + any(64) : any(256));
        struct bx_rle r;
        struct bx_err e;
        double box[4];
        if (!bx_rle_from_string(s, n, any(2000), any(2000), &r, &arena, &e))
            continue;
        bx_rle_box(&r, box);
        bx_rle_area(&r);
        bx_rle_valid(&r, &e);
        bx_rle_iou(&r, &r, round & 2);
        static uint32_t last[64];
        static size_t last_n;
        struct bx_rle before = {r.h, r.w, last_n, last}; /* masks that do not fill their size, side by side */
        bx_rle_iou(&r, &before, false);
        bx_rle_iou(&before, &r, true);
        if (r.n && before.n)
            bx_rle_merge((struct bx_rle[2]){r, before}, 2, round & 4, &arena);
        if (bx_rle_plain(&r) && bx_rle_plain(&before)) {
            uint32_t both = bx_rle_intersection(&r, &before), either = bx_rle_area(&r) + bx_rle_area(&before) - both;
            assert_true(bx_rle_iou(&r, &before, false) == (both ? (double)both / either : 0));
        }
        last_n = r.n < 64 ? r.n : 0;
        if (last_n)
            memcpy(last, r.counts, last_n * sizeof *last);
        struct bx_rle again;
        char *text = bx_rle_to_string(&r, &arena);
        assert_true(bx_rle_from_string(text, strlen(text), r.h, r.w, &again, &arena, &e));
        assert_int_equal(again.n, r.n);
        assert_memory_equal(again.counts, r.counts, r.n * sizeof *r.counts);
    }
    bx_arena_release(&arena);
}

/* Polygons of any shape, anywhere, fill their image exactly. */
static void hostile_polygons(void **state)
{
    (void)state;
    static const double far[] = {1e3, 1e9, 1e300, 50};
    for (int round = 0; round < 5000; round++) {
        double xy[24], size = far[any(4)];
        uint32_t h = any(60), w = any(60);
        size_t n = 3 + any(9);
        for (size_t i = 0; i < 2 * n; i++)
            xy[i] = any(3) ? any(600) / 10. : ((double)any(1000) / 500 - 1) * size;
        struct bx_rle r = bx_rle_from_polygon(xy, n, h, w, &arena), shifted;
        struct bx_err e;
        assert_true(bx_rle_valid(&r, &e));
        for (size_t i = 0; i < 2 * n; i++)
            xy[i] += 3;
        shifted = bx_rle_from_polygon(xy, n, h, w, &arena);
        if (h && w && bx_rle_plain(&r) && bx_rle_plain(&shifted)) {
            uint32_t both = bx_rle_intersection(&r, &shifted), either = bx_rle_area(&r) + bx_rle_area(&shifted) - both;
            assert_true(bx_rle_iou(&r, &shifted, false) == (both ? (double)both / either : 0));
        }
    }
    bx_arena_release(&arena);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* cocoapi's rleFrPoly as it stands: every point of the outline at five times the size, then the columns' borders, sorted. */
static struct bx_rle every_point(const double *xy, size_t k, uint32_t h, uint32_t w)
{
    size_t m = 0, cap = 1, n = 0;
    for (size_t j = 0; j < k; j++)
        cap += (size_t)(fabs(xy[2 * j] - xy[2 * ((j + 1) % k)]) + fabs(xy[2 * j + 1] - xy[2 * ((j + 1) % k) + 1])) * 5 + 12;
    int *u = BX_NEW(&arena, int, cap), *v = BX_NEW(&arena, int, cap);
    for (size_t j = 0; j < k; j++) {
        int xs = (int)(5 * xy[2 * j] + .5), ys = (int)(5 * xy[2 * j + 1] + .5);
        int xe = (int)(5 * xy[2 * ((j + 1) % k)] + .5), ye = (int)(5 * xy[2 * ((j + 1) % k) + 1] + .5);
        int dx = abs(xe - xs), dy = abs(ye - ys), t;
        bool flip = (dx >= dy && xs > xe) || (dx < dy && ys > ye);
        if (flip) {
            t = xs, xs = xe, xe = t;
            t = ys, ys = ye, ye = t;
        }
        double s = dx >= dy ? (double)(ye - ys) / dx : (double)(xe - xs) / dy;
        for (int d = 0; d <= (dx >= dy ? dx : dy); d++) {
            t = flip ? (dx >= dy ? dx : dy) - d : d;
            u[m] = dx >= dy ? t + xs : (int)(xs + s * t + .5);
            v[m++] = dx >= dy ? (dx ? (int)(ys + s * t + .5) : ys) : t + ys;
        }
    }
    uint32_t *at = BX_NEW(&arena, uint32_t, m + 1), *counts = BX_NEW(&arena, uint32_t, m + 1), p = 0;
    for (size_t j = 1; j < m; j++)
        if (u[j] != u[j - 1]) {
            double x = (double)(u[j] < u[j - 1] ? u[j] : u[j] - 1), y = (double)(v[j] < v[j - 1] ? v[j] : v[j - 1]);
            x = (x + .5) / 5 - .5;
            if (floor(x) != x || x < 0 || x > w - 1)
                continue;
            y = (y + .5) / 5 - .5;
            y = ceil(y < 0 ? 0 : y > h ? h : y);
            at[n++] = (uint32_t)((int)x * (int)h + (int)y);
        }
    at[n++] = h * w;
    qsort(at, n, sizeof *at, by_value);
    for (size_t j = 0; j < n; j++) {
        uint32_t t = at[j];
        at[j] -= p;
        p = t;
    }
    size_t j = 1, runs = 1;
    counts[0] = at[0];
    while (j < n)
        if (at[j] > 0)
            counts[runs++] = at[j++];
        else if (++j < n)
            counts[runs - 1] += at[j++];
    return (struct bx_rle){h, w, runs, counts};
}

/* Outlines that pass the image hundreds of times, drawn as the original draws them. */
static void scribbles_are_drawn_to_the_pixel(void **state)
{
    (void)state;
    for (int round = 0; round < 300; round++) {
        uint32_t h = 1 + any(40), w = 1 + any(40), narrow = 1 + any(3);
        size_t n = 3 + any(round % 3 ? 400 : 12);
        double *xy = BX_NEW(&arena, double, 2 * n);
        for (size_t i = 0; i < n; i++) {
            xy[2 * i] = any(w * 40 / narrow) / 40.;
            xy[2 * i + 1] = any(h * 44) / 40.;
        }
        struct bx_rle got = bx_rle_from_polygon(xy, n, h, w, &arena), want = every_point(xy, n, h, w);
        assert_int_equal(got.n, want.n);
        assert_memory_equal(got.counts, want.counts, want.n * sizeof *want.counts);
        bx_arena_release(&arena);
    }
}

/* On an image of 200 x 150, as 200 kB and 2.5 MB of text give them: edges from side to side, from top to bottom, and all in one column. */
static void a_long_outline_takes_no_time(void **state)
{
    (void)state;
    static const size_t points[] = {25000, 312500};
    clock_t begin = clock();
    for (size_t i = 0; i < 6; i++) {
        size_t n = points[i / 3];
        double *xy = BX_NEW(&arena, double, 2 * n);
        for (size_t k = 0; k < n; k++) {
            xy[2 * k] = i % 3 == 0 ? (double)(k % 2 * 199) : i % 3 == 1 ? any(2000) / 10. : 10 + (double)(k % 2);
            xy[2 * k + 1] = i % 3 == 2 ? any(1500) / 10. : i % 3 == 1 ? (double)(k % 2 * 149) : any(1500) / 10.;
        }
        struct bx_rle r = bx_rle_from_polygon(xy, n, 150, 200, &arena);
        struct bx_err e;
        assert_true(bx_rle_valid(&r, &e));
        assert_true(r.n <= 150 * 200 + 1);
        bx_arena_release(&arena);
    }
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 5); /* once it was minutes; sanitizers and a busy machine take their share */
}

/* On a large image, as long as its list may become: each column from its bottom to its top, so that all of it is to be sorted. */
static void a_list_in_the_worst_order_takes_no_time(void **state)
{
    (void)state;
    enum { SIDE = 3000, POINTS = 280000 };
    double *xy = BX_NEW(&arena, double, 2 * POINTS);
    for (size_t k = 0; k < POINTS; k++) {
        xy[2 * k] = 100 + (double)(k % 2);
        xy[2 * k + 1] = SIDE - 1 - (double)k * (SIDE - 1) / POINTS;
    }
    clock_t begin = clock();
    struct bx_rle r = bx_rle_from_polygon(xy, POINTS, SIDE, SIDE, &arena);
    struct bx_err e;
    assert_true(bx_rle_valid(&r, &e));
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 5); /* its square would be half a minute */
    bx_arena_release(&arena);
}

static void many_rings_are_one_mask(void **state)
{
    (void)state;
    enum { RINGS = 100000, H = 150, W = 200 };
    struct bx_rle *ring = BX_NEW(&arena, struct bx_rle, RINGS);
    clock_t begin = clock();
    for (size_t i = 0; i < RINGS; i++) {
        double x = (double)(i % (W / 2) * 2), y = (double)(i / (W / 2) % (H / 2) * 2), xy[8] = {x, y, x + 1, y, x + 1, y + 1, x, y + 1};
        ring[i] = bx_rle_from_polygon(xy, 4, H, W, &arena);
    }
    struct bx_rle r = bx_rle_merge(ring, RINGS, false, &arena);
    assert_int_equal(bx_rle_area(&r), H / 2 * (W / 2));
    assert_true((double)(clock() - begin) / CLOCKS_PER_SEC < 5);
    bx_arena_release(&arena);
}

static cJSON *oracle(struct bx_buf *text)
{
    const char *shared = getenv("SHARED");
    struct bx_err e;
    char *path = bx_printf(&arena, "%s/metrics/cases/unit_rle/expected.json", shared ? shared : "/nonexistent");
    if (!bx_file_read(path, 1 << 24, text, &e)) {
        print_message("skipped: no oracle cases\n");
        skip();
    }
    return cJSON_Parse(bx_buf_str(text));
}

static double number(const cJSON *o, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(o, key)->valuedouble;
}

static void check_rle(const cJSON *o, const struct bx_rle *r, const char *string)
{
    const cJSON *counts = cJSON_GetObjectItemCaseSensitive(o, "counts"), *c;
    size_t i = 0;
    if (counts) {
        assert_int_equal(r->n, cJSON_GetArraySize(counts));
        cJSON_ArrayForEach(c, counts) assert_true(r->counts[i++] == c->valuedouble);
    }
    assert_string_equal(bx_rle_to_string(r, &arena), cJSON_GetObjectItemCaseSensitive(o, string)->valuestring);
    double box[4];
    bx_rle_box(r, box);
    assert_true(bx_rle_area(r) == number(o, "area"));
    for (int k = 0; k < 4 && cJSON_GetObjectItemCaseSensitive(o, "bbox"); k++)
        assert_true(box[k] == cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(o, "bbox"), k)->valuedouble);
}

/* The strings of a list as masks. */
static size_t masks(const cJSON *o, const char *key, struct bx_rle *out)
{
    const cJSON *s;
    size_t n = 0;
    struct bx_err e;
    cJSON_ArrayForEach(s, cJSON_GetObjectItemCaseSensitive(o, key)) assert_true(bx_rle_from_string(
        s->valuestring, strlen(s->valuestring), (uint32_t)number(o, "h"), (uint32_t)number(o, "w"), &out[n++], &arena, &e));
    return n;
}

static void check_iou(const cJSON *o)
{
    struct bx_rle d[64], g[64];
    size_t nd = masks(o, "dt", d), ng = masks(o, "gt", g);
    const cJSON *rows = cJSON_GetObjectItemCaseSensitive(o, "iou_dt_x_gt"), *crowd = cJSON_GetObjectItemCaseSensitive(o, "iscrowd");
    for (size_t i = 0; i < nd; i++)
        for (size_t j = 0; j < ng; j++) {
            double want = cJSON_GetArrayItem(cJSON_GetArrayItem(rows, (int)i), (int)j)->valuedouble;
            assert_true(bx_rle_iou(&d[i], &g[j], cJSON_GetArrayItem(crowd, (int)j)->valuedouble != 0) == want);
        }
    struct bx_rle any_gt = bx_rle_merge(g, ng, false, &arena), both_dt = bx_rle_merge(d + 2, 2, true, &arena);
    const cJSON *or_gt = cJSON_GetObjectItemCaseSensitive(o, "merge_or_gt"), *and_dt = cJSON_GetObjectItemCaseSensitive(o, "merge_and_dt");
    if (cJSON_IsString(or_gt))
        assert_string_equal(bx_rle_to_string(&any_gt, &arena), or_gt->valuestring);
    if (cJSON_IsString(and_dt))
        assert_string_equal(bx_rle_to_string(&both_dt, &arena), and_dt->valuestring);
}

static void pycocotools_own(void **state)
{
    (void)state;
    struct bx_buf text = {0};
    cJSON *root = oracle(&text), *o;
    struct bx_err e;
    assert_non_null(root);
    cJSON_ArrayForEach(o, cJSON_GetObjectItemCaseSensitive(root, "polygons"))
    {
        const cJSON *list = cJSON_GetObjectItemCaseSensitive(o, "xy"), *v;
        double xy[512];
        size_t n = 0;
        cJSON_ArrayForEach(v, list) xy[n++] = v->valuedouble;
        struct bx_rle r = bx_rle_from_polygon(xy, n / 2, (uint32_t)number(o, "h"), (uint32_t)number(o, "w"), &arena);
        check_rle(o, &r, "rle");
    }
    cJSON_ArrayForEach(o, cJSON_GetObjectItemCaseSensitive(root, "rle_strings"))
    {
        const char *s = cJSON_GetObjectItemCaseSensitive(o, "string")->valuestring;
        struct bx_rle r;
        assert_true(bx_rle_from_string(s, strlen(s), (uint32_t)number(o, "h"), (uint32_t)number(o, "w"), &r, &arena, &e));
        check_rle(o, &r, "string");
    }
    cJSON_ArrayForEach(o, cJSON_GetObjectItemCaseSensitive(root, "iou")) check_iou(o);
    cJSON_Delete(root);
    bx_buf_free(&text);
    bx_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polygons_by_hand),
        cmocka_unit_test(bad_strings_are_refused),
        cmocka_unit_test(lengths_must_fill_the_mask),
        cmocka_unit_test(iou_by_hand),
        cmocka_unit_test(hostile_strings),
        cmocka_unit_test(hostile_polygons),
        cmocka_unit_test(scribbles_are_drawn_to_the_pixel),
        cmocka_unit_test(a_long_outline_takes_no_time),
        cmocka_unit_test(a_list_in_the_worst_order_takes_no_time),
        cmocka_unit_test(many_rings_are_one_mask),
        cmocka_unit_test(pycocotools_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
