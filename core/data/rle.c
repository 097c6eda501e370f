/* rle.c: run lengths: text, merging, boxes and IoU, as cocoapi's maskApi has them. */
#include "core/data/rle.h"
#include <string.h>

bool bx_rle_from_string(const char *s, size_t n, uint32_t h, uint32_t w, struct bx_rle *out, struct bx_arena *a, struct bx_err *e)
{
    uint32_t *counts = BX_NEW(a, uint32_t, n);
    size_t m = 0;
    for (size_t p = 0; p < n;) {
        size_t begin = p;
        int64_t x = 0;
        unsigned c = 0x20, shift = 0;
        while (c & 0x20) {
            if (p == n)
                return bx_fail(e, BX_DATA, "run lengths end within a count, at byte %zu", begin);
            c = (unsigned char)s[p] - 48u;
            if (c > 63)
                return bx_fail(e, BX_DATA, "found byte %u in the run lengths at byte %zu, expected 48 to 111", (unsigned char)s[p], p);
            if (shift > 30)
                return bx_fail(e, BX_DATA, "found a count too large in the run lengths at byte %zu", begin);
            x |= (int64_t)(c & 31) << shift;
            shift += 5;
            p++;
        }
        if (c & 0x10)
            x -= (int64_t)1 << shift;
        if (m > 2)
            x += counts[m - 2];
        if (x < 0 || x > UINT32_MAX)
            return bx_fail(e, BX_DATA, "found the count %lld in the run lengths at byte %zu, expected 0 to 4294967295", (long long)x, begin);
        counts[m++] = (uint32_t)x;
    }
    *out = (struct bx_rle){h, w, m, counts};
    return true;
}

char *bx_rle_to_string(const struct bx_rle *r, struct bx_arena *a)
{
    char *s = bx_alloc(a, r->n * 7 + 1, 1);
    size_t p = 0;
    for (size_t i = 0; i < r->n; i++) {
        int64_t x = r->counts[i];
        if (i > 2)
            x -= r->counts[i - 2];
        for (bool more = true; more;) {
            unsigned c = (unsigned)(x & 31);
            x = x >= 0 ? x / 32 : -((31 - x) / 32);
            more = c & 0x10 ? x != -1 : x != 0;
            s[p++] = (char)((more ? c | 0x20 : c) + 48);
        }
    }
    s[p] = 0;
    return s;
}

bool bx_rle_valid(const struct bx_rle *r, struct bx_err *e)
{
    uint64_t sum = 0, size = (uint64_t)r->h * r->w;
    for (size_t i = 0; i < r->n; i++)
        sum += r->counts[i];
    if (size > UINT32_MAX - 1)
        return bx_fail(e, BX_DATA, "found a mask of %u x %u pixels, expected fewer than 4294967295 in all", r->w, r->h);
    if (sum != size)
        return bx_fail(e, BX_DATA, "found run lengths of %llu pixels, expected %u x %u = %llu", (unsigned long long)sum, r->w, r->h,
                       (unsigned long long)size);
    return true;
}

uint32_t bx_rle_area(const struct bx_rle *r)
{
    uint32_t area = 0;
    for (size_t i = 1; i < r->n; i += 2)
        area += r->counts[i];
    return area;
}

void bx_rle_box(const struct bx_rle *r, double box[4])
{
    uint32_t x0 = r->w, y0 = r->h, x1 = 0, y1 = 0, end = 0;
    bool any = false;
    for (size_t i = 0; r->h && i + 1 < r->n; i += 2) { /* an odd last count is background */
        uint32_t begin = end + r->counts[i], length = r->counts[i + 1];
        end = begin + length;
        if (!length)
            continue;
        uint32_t xa = begin / r->h, xb = (end - 1) / r->h, ya = begin % r->h, yb = (end - 1) % r->h;
        if (xa < xb) {
            ya = 0;
            yb = r->h - 1;
        }
        x0 = xa < x0 ? xa : x0;
        x1 = xb > x1 ? xb : x1;
        y0 = ya < y0 ? ya : y0;
        y1 = yb > y1 ? yb : y1;
        any = true;
    }
    box[0] = any ? x0 : 0;
    box[1] = any ? y0 : 0;
    box[2] = any ? x1 - x0 + 1 : 0;
    box[3] = any ? y1 - y0 + 1 : 0;
}

/* Two masks read side by side: step() moves on by the longest stretch in which neither changes. */
struct walk {
    const struct bx_rle *r;
    size_t next;
    uint32_t left;
    bool on;
};

static struct walk walk_begin(const struct bx_rle *r)
{
    return (struct walk){r, 1, r->n ? r->counts[0] : 0, false};
}

static inline void walk_on(struct walk *w, uint32_t by)
{
    w->left -= by;
    if (!w->left && w->next < w->r->n) {
        w->left = w->r->counts[w->next++];
        w->on = !w->on;
    }
}

static struct bx_rle merge_two(const struct bx_rle *p, const struct bx_rle *q, bool intersect, struct bx_arena *a)
{
    uint32_t *counts = BX_NEW(a, uint32_t, p->n + q->n + 1), run = 0;
    struct walk x = walk_begin(p), y = walk_begin(q);
    size_t m = 0;
    bool on = false;
    for (bool more = true; more;) {
        uint32_t step = x.left < y.left ? x.left : y.left;
        run += step;
        walk_on(&x, step);
        walk_on(&y, step);
        more = x.left || y.left;
        bool was = on;
        on = intersect ? x.on && y.on : x.on || y.on;
        if (on != was || !more) {
            counts[m++] = run;
            run = 0;
        }
    }
    return (struct bx_rle){p->h, p->w, m, counts};
}

struct bx_rle bx_rle_merge(const struct bx_rle *r, size_t n, bool intersect, struct bx_arena *a)
{
    if (!n)
        return (struct bx_rle){0, 0, 0, NULL};
    struct bx_rle m = r[0];
    for (size_t i = 1; i < n; i++) {
        if (r[i].h != m.h || r[i].w != m.w)
            return (struct bx_rle){0, 0, 0, NULL};
        m = merge_two(&m, &r[i], intersect, a);
    }
    return m;
}

double bx_rle_iou(const struct bx_rle *d, const struct bx_rle *g, bool crowd)
{
    if (d->h != g->h || d->w != g->w)
        return -1;
    struct walk x = walk_begin(d), y = walk_begin(g);
    uint32_t both = 0, either = 0;
    for (bool more = true; more;) {
        uint32_t step = x.left < y.left ? x.left : y.left;
        if (x.on || y.on)
            either += step;
        if (x.on && y.on)
            both += step;
        walk_on(&x, step);
        walk_on(&y, step);
        more = x.left || y.left;
    }
    if (!both)
        return 0;
    return (double)both / (double)(crowd ? bx_rle_area(d) : either);
}
