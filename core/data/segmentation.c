/* segmentation.c: from JSON to a box, an oriented box, a mask. */
#include "core/data/segmentation.h"
#include "core/data/quick.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct numbers {
    double *at;
    size_t n, cap;
};

static bool read_numbers(struct bx_json *r, struct numbers *v)
{
    v->n = 0;
    if (!bx_json_array(r))
        return false;
    while (bx_json_element(r)) {
        v->at = bx_grow(v->at, &v->cap, v->n + 1, sizeof *v->at);
        const char *p = bx_quick_number(r->p, r->end, &v->at[v->n]);
        if (p)
            r->p = p;
        else if (!bx_json_double(r, &v->at[v->n]))
            return false;
        v->n++;
    }
    return !r->failed;
}

static void widen(double corner[4], const double *xy, size_t points)
{
    for (size_t i = 0; i < points; i++) {
        corner[0] = fmin(corner[0], xy[2 * i]);
        corner[1] = fmin(corner[1], xy[2 * i + 1]);
        corner[2] = fmax(corner[2], xy[2 * i]);
        corner[3] = fmax(corner[3], xy[2 * i + 1]);
    }
}

static bool is_near(struct bx_json *r, const struct bx_segmentation_rules *rules, const char *at, const struct numbers *v)
{
    double far = 2.0 * (rules->w > rules->h ? rules->w : rules->h);
    for (size_t i = 0; i < v->n; i++)
        if (!(fabs(v->at[i]) <= far))
            return bx_json_fail(r, at, "found the coordinate %g, far outside the image of %u x %u", v->at[i], rules->w, rules->h);
    return true;
}

uint64_t bx_segmentation_bound(uint32_t h, uint32_t w)
{
    return 4 * (uint64_t)h * w + 65536;
}

/* Whether a ring of n numbers may stand there, the first or a later one. */
static bool ring_may_be(const struct bx_segmentation_rules *rules, size_t n, bool first)
{
    if (n >= 6 && n % 2 == 0)
        return true;
    return n > 4 ? rules->labels || rules->reference : rules->labels && !(rules->reference && first);
}

static bool read_polygons(struct bx_json *r, const struct bx_segmentation_rules *rules, struct bx_segmentation *out, struct bx_arena *a)
{
    struct numbers v = {0};
    struct bx_rle *parts = NULL;
    size_t n = 0, cap = 0, few = 0;
    const char *few_at = NULL; /* the first ring that makes no outline, and how many numbers it has; none does yet */
    bool outlined = false;
    double corner[4] = {INFINITY, INFINITY, -INFINITY, -INFINITY};
    bool draw = rules->draw && rules->h && rules->w;
    const char *list = r->p;
    struct bx_arena scratch = {0};
    bool ok = bx_json_array(r);
    while (ok && bx_json_element(r)) {
        const char *at = r->p;
        if (bx_json_peek(r) != BX_JSON_ARRAY)
            ok = bx_json_fail(r, at, "found a segmentation that is a flat list, expected a list of polygons [[x1, y1, x2, y2, ...]]");
        else
            ok = read_numbers(r, &v);
        if (ok && rules->loose && v.n < 6)
            continue;
        if (ok && !ring_may_be(rules, v.n, n == 0 && !few_at))
            ok = bx_json_fail(r, at, "found a polygon of %zu numbers, expected an even number, at least 6", v.n);
        ok = ok && (!rules->near || is_near(r, rules, at, &v));
        if (!ok)
            break;
        outlined = outlined || v.n > 4;
        out->stray += v.n < 6 || v.n % 2;
        if (v.n < 5) {
            few = few_at ? few : v.n;
            few_at = few_at ? few_at : at;
            continue;
        }
        widen(corner, v.at, v.n / 2);
        if (draw && rules->crossings) {
            out->crossings += bx_rle_polygon_crossings(v.at, v.n / 2, rules->w);
            if (out->crossings > rules->crossings) {
                ok = bx_json_fail(r, at, "found an outline that passes %llu times through a column of pixels, expected at most %llu",
                                  (unsigned long long)out->crossings, (unsigned long long)rules->crossings);
                break;
            }
        }
        if (draw) {
            parts = bx_grow(parts, &cap, n + 1, sizeof *parts);
            parts[n] = bx_rle_from_polygon(v.at, v.n / 2, rules->h, rules->w, &scratch);
        }
        n++;
    }
    ok = ok && !r->failed;
    if (ok && few_at && !outlined)
        ok = bx_json_fail(r, few_at, "found a polygon of %zu numbers, expected an even number, at least 6", few);
    if (ok && n) {
        out->present = out->polygon = true;
        memcpy(out->hull, (double[4]){corner[0], corner[1], corner[2] - corner[0], corner[3] - corner[1]}, sizeof out->hull);
        if (draw) {
            out->mask = bx_rle_merge(parts, n, false, &scratch);
            out->mask.counts = bx_memdup(a, out->mask.counts, out->mask.n * sizeof *out->mask.counts);
        } else if (rules->draw)
            ok = bx_json_fail(r, list, "found a polygon on an image without width and height");
    }
    free(v.at);
    free(parts);
    bx_arena_release(&scratch);
    return ok;
}

static bool read_size(struct bx_json *r, uint32_t size[2])
{
    const char *at = r->p;
    int64_t v = 0;
    size_t n = 0;
    if (!bx_json_array(r))
        return false;
    while (bx_json_element(r)) {
        const char *number = r->p;
        if (!bx_json_int(r, &v))
            return false;
        if (v < 0 || v > UINT32_MAX)
            return bx_json_fail(r, number, "found %lld, expected a height or width of at most 4294967295 pixels", (long long)v);
        if (n < 2)
            size[n] = (uint32_t)v;
        n++;
    }
    if (!r->failed && n != 2)
        return bx_json_fail(r, at, "found %zu numbers, expected [height, width]", n);
    return !r->failed;
}

static bool too_many_runs(struct bx_json *r, const char *at, uint64_t most)
{
    return bx_json_fail(r, at, "found more than %llu run lengths, expected at most one more than the mask has pixels",
                        (unsigned long long)most);
}

static bool read_counts(struct bx_json *r, uint64_t most, struct bx_rle *m, struct bx_arena *a)
{
    const char *list = r->p;
    uint32_t *v = NULL;
    size_t n = 0, cap = 0;
    bool ok = bx_json_array(r);
    while (ok && bx_json_element(r)) {
        const char *at = r->p;
        int64_t c;
        ok = bx_json_int(r, &c);
        if (ok && (c < 0 || c > UINT32_MAX))
            ok = bx_json_fail(r, at, "found the count %lld, expected 0 to 4294967295", (long long)c);
        if (ok && n == most)
            ok = too_many_runs(r, list, most);
        if (!ok)
            break;
        v = bx_grow(v, &cap, n + 1, sizeof *v);
        v[n++] = (uint32_t)c;
    }
    m->counts = bx_memdup(a, v, n * sizeof *v);
    m->n = n;
    free(v);
    return ok && !r->failed;
}

/* The counts as text, once the size is known: what is in them, and do they fill the mask. */
static bool finish_text(struct bx_json *r, const struct bx_segmentation_rules *rules, struct bx_segmentation *out, const char *at)
{
    uint64_t sum, size = (uint64_t)out->mask.h * out->mask.w;
    struct bx_err inner = {0};
    if (!bx_rle_text_read(out->text.p, out->text.n, out->mask.h, out->mask.w, &out->text, &sum, &inner))
        return bx_json_fail(r, at, "%s", inner.text);
    if (!rules->reference && (sum != size || size >= UINT32_MAX))
        return bx_json_fail(r, at, "found run lengths of %llu pixels, expected %u x %u = %llu", (unsigned long long)sum, out->mask.w,
                            out->mask.h, (unsigned long long)size);
    return true;
}

/* Encoders that leave out the last run, of background, are understood by all readers: to them what does not come is 0. */
static bool fill_up(struct bx_rle *m, struct bx_arena *a)
{
    uint64_t sum = 0, size = (uint64_t)m->h * m->w;
    for (size_t i = 0; i < m->n; i++)
        sum += m->counts[i];
    if (sum >= size || size >= UINT32_MAX)
        return false;
    uint32_t *grown = bx_alloc(a, m->n + 1, sizeof *grown);
    if (m->n)
        memcpy(grown, m->counts, m->n * sizeof *grown);
    m->n += m->n % 2 == 0;
    grown[m->n - 1] += (uint32_t)(size - sum);
    m->counts = grown;
    return true;
}

static bool read_rle(struct bx_json *r, const struct bx_segmentation_rules *rules, struct bx_segmentation *out, struct bx_arena *a)
{
    const char *begin = r->p, *counts_at = NULL;
    uint32_t size[2] = {0, 0};
    struct bx_slice key, text;
    struct bx_err inner = {0};
    bool sized = false;
    /* Told at once where the image is known, which the mask must be as large as; otherwise when the size is. */
    const uint64_t bound = !rules->reference && rules->h && rules->w ? bx_rle_most_runs(rules->h, rules->w) : UINT64_MAX;
    uint64_t runs = 0;
    if (!bx_json_object(r))
        return false;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "size")) {
            sized = read_size(r, size);
        } else if (bx_slice_is(key, "counts")) {
            bool list = bx_json_peek(r) == BX_JSON_ARRAY;
            counts_at = r->p;
            if (list && rules->compressed_only)
                return bx_json_fail(
                    r, counts_at,
                    "found counts as a list, expected compressed run lengths (a string), as pycocotools needs them in results");
            if (list)
                out->text = (struct bx_rle_text){0}; /* the last holds */
            else
                out->mask = (struct bx_rle){0};
            if (list ? !read_counts(r, bound, &out->mask, a) : !bx_json_string(r, &text))
                return false;
            runs = list ? out->mask.n : bx_rle_text_runs(text.p, text.n);
            if (runs > bound)
                return too_many_runs(r, counts_at, bound);
            if (!list && !rules->lazy && !bx_rle_from_string(text.p, text.n, 0, 0, &out->mask, a, &inner))
                return bx_json_fail(r, counts_at, "%s", inner.text);
            if (!list && rules->lazy) {
                if (text.n >= 1u << 30)
                    return bx_json_fail(r, counts_at, "found %zu bytes of run lengths, expected fewer than 1073741824", text.n);
                out->text.p = bx_memdup(a, text.p, text.n);
                out->text.n = text.n & ((1u << 30) - 1);
            }
        } else
            bx_json_skip(r);
    }
    if (r->failed)
        return false;
    if (!sized || !counts_at)
        return bx_json_fail(r, begin, "found a segmentation without '%s', expected polygons or {\"size\": [h, w], \"counts\": ...}",
                            sized ? "counts" : "size");
    out->mask.h = size[0];
    out->mask.w = size[1];
    if (!rules->reference && runs > bx_rle_most_runs(size[0], size[1]))
        return too_many_runs(r, counts_at, bx_rle_most_runs(size[0], size[1]));
    if (out->text.p && !finish_text(r, rules, out, counts_at))
        return false;
    if (!out->text.p && !rules->reference && rules->labels)
        out->stray += fill_up(&out->mask, a);
    if (!out->text.p && !rules->reference && !bx_rle_valid(&out->mask, &inner))
        return bx_json_fail(r, counts_at, "%s", inner.text);
    if (!rules->reference && rules->h && rules->w && (size[0] != rules->h || size[1] != rules->w))
        return bx_json_fail(r, begin, "found a mask of %u x %u pixels, expected the image's %u x %u", size[1], size[0], rules->w, rules->h);
    out->present = true;
    if (!out->text.p)
        bx_rle_box(&out->mask, out->hull);
    for (int i = 0; out->text.p && i < 4; i++)
        out->hull[i] = out->text.box[i];
    return true;
}

bool bx_segmentation_read(struct bx_json *r, const struct bx_segmentation_rules *rules, struct bx_segmentation *out, struct bx_arena *a)
{
    *out = (struct bx_segmentation){0};
    switch (bx_json_peek(r)) {
    case BX_JSON_NULL:
        return bx_json_null(r);
    case BX_JSON_OBJECT:
        return read_rle(r, rules, out, a);
    case BX_JSON_ARRAY:
        return read_polygons(r, rules, out, a);
    default:
        return bx_json_fail(r, NULL, "found neither a list nor an object, expected a segmentation: polygons, or run lengths");
    }
}

bool bx_box_fits(struct bx_json *r, const char *at, const double box[4])
{
    if (box[2] < 0 || box[3] < 0)
        return bx_json_fail(r, at, "found a box of %g x %g pixels, expected no negative size", box[2], box[3]);
    return true;
}

bool bx_box_read(struct bx_json *r, bool any, double box[4], bool *has)
{
    const char *at = r->p;
    return bx_json_numbers(r, box, 4, has, "[x, y, width, height]") && (any || !*has || bx_box_fits(r, at, box));
}

bool bx_corners_read(struct bx_json *r, double box[4], bool *has)
{
    double c[4];
    const char *at = r->p;
    if (!bx_json_numbers(r, c, 4, has, "[x1, y1, x2, y2]") || !*has)
        return !r->failed;
    memcpy(box, (double[4]){c[0], c[1], c[2] - c[0], c[3] - c[1]}, 4 * sizeof *box);
    if (!(box[2] >= 0 && box[3] >= 0))
        return bx_json_fail(r, at, "found [%g, %g, %g, %g], expected x1 <= x2 and y1 <= y2", c[0], c[1], c[2], c[3]);
    return (isfinite(box[2]) && isfinite(box[3])) || bx_json_fail(r, at, "found a box that is too large for a number");
}

/* The numbers of a list that was checked, however its lists lie in each other; they may be text. *rings: lists that hold numbers. */
static size_t numbers_of(struct bx_slice text, double *out, size_t most, size_t *rings)
{
    size_t n = 0;
    bool begun = false;
    *rings = 0;
    for (const char *p = text.p, *end = p + text.n; p < end;) {
        if (*p == ',' || strchr(" \t\r\n\"", *p))
            p++;
        else if (*p == '[' || *p == ']') {
            begun = false;
            p++;
        } else {
            double v;
            if (!bx_number_parse(p, end, &v, &p) || !isfinite(v))
                return SIZE_MAX;
            *rings += !begun;
            begun = true;
            if (n < most)
                out[n] = v;
            n++;
        }
    }
    return n;
}

static bool four_corners(const double *v, size_t n, double corners[8])
{
    if (n != 8 && !(n == 10 && !memcmp(v, v + 8, 2 * sizeof *v)))
        return false;
    memcpy(corners, v, 8 * sizeof *v);
    return true;
}

bool bx_quadrilateral(struct bx_slice text, double corners[8])
{
    double v[10];
    size_t rings, n = numbers_of(text, v, 10, &rings);
    return rings == 1 && four_corners(v, n, corners);
}

bool bx_obb_read(struct bx_json *r, double obb[8], bool *has)
{
    const char *at;
    if (bx_json_peek(r) == BX_JSON_ARRAY) {
        for (at = r->p + 1; at < r->end && strchr(" \t\r\n", *at) && *at;)
            at++;
        if (at < r->end && *at == '[') { /* [[x1, y1], …], or a list of one polygon */
            struct bx_slice text;
            double v[10];
            size_t rings, n;
            at = r->p;
            if (!bx_json_raw(r, &text))
                return false;
            n = numbers_of(text, v, 10, &rings);
            *has = four_corners(v, n, obb);
            return *has || n == 0 ||
                   bx_json_fail(r, at, "found lists that are no four corners, expected [[x1, y1], [x2, y2], [x3, y3], [x4, y4]]");
        }
    }
    return bx_json_numbers(r, obb, 8, has, "[x1, y1, x2, y2, x3, y3, x4, y4]");
}

void bx_turned_corners(const double rbox[5], double obb[8])
{
    double c = cos(rbox[4]), s = sin(rbox[4]), ux = rbox[2] / 2 * c, uy = rbox[2] / 2 * s, vx = -rbox[3] / 2 * s, vy = rbox[3] / 2 * c;
    for (int k = 0; k < 4; k++) {
        double u = k < 2 ? 1 : -1, v = k % 3 ? -1 : 1;
        obb[2 * k] = rbox[0] + u * ux + v * vx;
        obb[2 * k + 1] = rbox[1] + u * uy + v * vy;
    }
}

void bx_points_box(const double *xy, size_t n, double box[4])
{
    double x0 = xy[0], y0 = xy[1], x1 = x0, y1 = y0;
    for (size_t i = 1; i < n; i++) {
        x0 = fmin(x0, xy[2 * i]);
        x1 = fmax(x1, xy[2 * i]);
        y0 = fmin(y0, xy[2 * i + 1]);
        y1 = fmax(y1, xy[2 * i + 1]);
    }
    box[0] = x0, box[1] = y0, box[2] = x1 - x0, box[3] = y1 - y0;
}
