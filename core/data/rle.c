/* rle.c: run lengths: text, merging, boxes and IoU, as cocoapi's maskApi has them. */
#include "core/data/rle.h"
#include <string.h>

#define BACKSLASH 44u /* as a byte of run lengths: '\\' - 48, which says that more follow */

/* The next count of a compressed text at *p. What a text may hold is checked: false fills e. `begin` is only for messages. */
static inline bool next_count(const char *begin, const char *end, const char **p, bool escaped, int64_t *out, struct bx_err *e)
{
    const char *q = *p;
    int64_t x = 0;
    unsigned shift = 0, c;
    do {
        if (q == end)
            return bx_fail(e, BX_DATA, "run lengths end within a count, at byte %zu", (size_t)(*p - begin));
        c = (unsigned char)*q - 48u;
        if (c > 63)
            return bx_fail(e, BX_DATA, "found byte %u in the run lengths at byte %zu, expected 48 to 111", (unsigned char)*q,
                           (size_t)(q - begin));
        if (shift > 30)
            return bx_fail(e, BX_DATA, "found a count too large in the run lengths at byte %zu", (size_t)(*p - begin));
        q++;
        if (escaped && c == BACKSLASH && (q == end || *q++ != '\\'))
            return bx_fail(e, BX_DATA, "found an escape other than '\\\\' in the run lengths at byte %zu", (size_t)(q - begin));
        x |= (int64_t)(c & 31) << shift;
        shift += 5;
    } while (c & 0x20);
    if (c & 0x10)
        x -= (int64_t)1 << shift;
    *out = x;
    *p = q;
    return true;
}

static bool bad_count(int64_t x, size_t at, struct bx_err *e)
{
    return bx_fail(e, BX_DATA, "found the count %lld in the run lengths before byte %zu, expected 0 to 4294967295", (long long)x, at);
}

uint64_t bx_rle_text_runs(const char *p, size_t n)
{
    uint64_t runs = 0;
    for (size_t i = 0; i < n; i++)
        runs += !(((unsigned char)p[i] - 48u) & 0x20); /* every count ends in such a byte */
    return runs;
}

bool bx_rle_from_string(const char *s, size_t n, uint32_t h, uint32_t w, struct bx_rle *out, struct bx_arena *a, struct bx_err *e)
{
    const char *p = s;
    size_t m = 0;
    int64_t x = 0;
    uint32_t *counts = BX_NEW(a, uint32_t, bx_rle_text_runs(s, n));
    while (p < s + n) {
        if (!next_count(s, s + n, &p, false, &x, e))
            return false;
        if (m > 2)
            x += counts[m - 2];
        if (x < 0 || x > UINT32_MAX)
            return bad_count(x, (size_t)(p - s), e);
        counts[m++] = (uint32_t)x;
    }
    *out = (struct bx_rle){h, w, m, counts};
    return true;
}

/* The box of foreground runs, one after the other, without a division a run: where in the columns the run begins is carried along. */
struct boxing {
    uint32_t h, x, y; /* the place of the next pixel */
    uint32_t x0, y0, x1, y1;
    bool any;
};

static inline void move_on(struct boxing *b, uint32_t by)
{
    if (by < b->h - b->y) {
        b->y += by;
        return;
    }
    by -= b->h - b->y;
    b->x++;
    b->y = by;
    if (by >= b->h) {
        b->x += by / b->h;
        b->y = by % b->h;
    }
}

static inline void take_run(struct boxing *b, uint32_t length)
{
    uint32_t x = b->x, y = b->y;
    if (!length)
        return;
    move_on(b, length - 1);
    uint32_t ya = x < b->x ? 0 : y, yb = x < b->x ? b->h - 1 : b->y;
    b->x0 = !b->any || x < b->x0 ? x : b->x0;
    b->y0 = !b->any || ya < b->y0 ? ya : b->y0;
    b->x1 = !b->any || b->x > b->x1 ? b->x : b->x1;
    b->y1 = !b->any || yb > b->y1 ? yb : b->y1;
    b->any = true;
    move_on(b, 1);
}

/* A compressed text being read: the counts one and two before, the place of the next pixel, and what the foreground has covered. */
struct text_walk {
    const char *begin, *p, *end;
    int64_t old, older;
    uint64_t rows, y, x, sum, area;
    uint64_t x0, x1, y0, y1;
};

static inline bool step_count(struct text_walk *t, bool difference, bool escaped, int64_t *out, struct bx_err *e)
{
    unsigned c = (unsigned char)*t->p - 48u;
    int64_t count = 0;
    if (__builtin_expect(c < 32, 1)) { /* one byte, most often */
        count = (int64_t)(c & 15) - (int64_t)(c & 16);
        t->p++;
    } else if (!next_count(t->begin, t->end, &t->p, escaped, &count, e))
        return false;
    if (difference)
        count += t->older;
    if (__builtin_expect((uint64_t)count > UINT32_MAX, 0))
        return bad_count(count, (size_t)(t->p - t->begin), e);
    t->older = t->old;
    t->old = count;
    t->sum += (uint64_t)count;
    *out = count;
    return true;
}

static inline void wrap_rows(struct text_walk *t)
{
    if (t->y < t->rows)
        return;
    if (__builtin_expect(t->y < 2 * t->rows, 1)) {
        t->x++;
        t->y -= t->rows;
    } else {
        t->x += t->y / t->rows;
        t->y %= t->rows;
    }
}

static inline void take_foreground(struct text_walk *t, uint64_t count)
{
    if (!count)
        return;
    t->x0 = t->x < t->x0 ? t->x : t->x0;
    t->area += count;
    t->y0 = t->y < t->y0 ? t->y : t->y0;
    t->y += count - 1;
    if (__builtin_expect(t->y >= t->rows, 0)) { /* on into the next column: all rows are covered */
        wrap_rows(t);
        t->y0 = 0;
        t->y1 = t->rows - 1;
    }
    t->y1 = t->y > t->y1 ? t->y : t->y1;
    t->x1 = t->x;
    t->y++;
    wrap_rows(t);
}

/* Pairs of background and foreground whose counts are one byte each and not 0, as nearly all of a mask are, once its first run was seen:
 * the same steps without the questions. */
static inline void walk_short_pairs(struct text_walk *t)
{
    const char *p = t->p;
    const uint64_t rows = t->rows;
    int64_t back = t->older, fore = t->old;
    uint64_t x = t->x, y = t->y, y0 = t->y0, y1 = t->y1, x1 = t->x1, area = 0, sum = 0;
    while (t->end - p >= 2) {
        unsigned a = (unsigned char)p[0] - 48u, b = (unsigned char)p[1] - 48u;
        int64_t more_back = back + (int64_t)(a & 15) - (int64_t)(a & 16), more_fore = fore + (int64_t)(b & 15) - (int64_t)(b & 16);
        if ((a | b) > 31 || ((uint64_t)(more_back - 1) | (uint64_t)(more_fore - 1)) >> 32 ||
            ((uint64_t)more_back | (uint64_t)more_fore) >> 32)
            break;
        p += 2;
        back = more_back;
        fore = more_fore;
        sum += (uint64_t)back;
        area += (uint64_t)fore;
        y += (uint64_t)back;
        if (y >= rows) {
            y -= rows;
            x++;
            if (__builtin_expect(y >= rows, 0)) {
                x += y / rows;
                y %= rows;
            }
        }
        y0 = y < y0 ? y : y0;
        y += (uint64_t)fore - 1;
        if (__builtin_expect(y >= rows, 0)) {
            x += y / rows;
            y %= rows;
            y0 = 0;
            y1 = rows - 1;
        }
        y1 = y > y1 ? y : y1;
        x1 = x;
        y++;
    }
    t->p = p;
    t->older = back;
    t->old = fore;
    t->x = x;
    t->y = y;
    t->y0 = y0;
    t->y1 = y1;
    t->x1 = x1;
    t->area += area;
    t->sum += sum + area;
    wrap_rows(t);
}

static inline bool walk_text(const char *s, size_t n, uint32_t h, uint32_t w, bool escaped, struct bx_rle_text *out, uint64_t *sum,
                             struct bx_err *e)
{
    struct text_walk t = {.begin = s, .p = s, .end = s + n, .rows = h ? h : UINT64_MAX / 4, .x0 = UINT64_MAX, .y0 = UINT64_MAX};
    int64_t count = 0;
    const uint32_t most = (1u << 30) - 1;
    bool empty = false; /* a run of length zero behind the first */
    if (n > most)
        return bx_fail(e, BX_DATA, "found %zu bytes of run lengths, expected fewer than 1073741824", n);
    for (size_t m = 0; t.p < t.end; m += 2) { /* background, foreground */
        if (m > 2 && t.area) {
            walk_short_pairs(&t);
            if (t.p == t.end)
                break;
        }
        if (!step_count(&t, m > 2, escaped, &count, e))
            return false;
        t.y += (uint64_t)count;
        empty = empty || (!count && m);
        wrap_rows(&t);
        if (t.p == t.end)
            break;
        if (!step_count(&t, m > 1, escaped, &count, e))
            return false;
        empty = empty || !count;
        take_foreground(&t, (uint64_t)count);
    }
    *sum = t.sum;
    *out = (struct bx_rle_text){.p = s, .n = n & most, .escaped = escaped, .h = h, .w = w, .area = (uint32_t)t.area};
    out->plain = !empty && t.sum == (uint64_t)h * w && t.sum < UINT32_MAX;
    if (t.area && h)
        memcpy(out->box, (uint32_t[4]){(uint32_t)t.x0, (uint32_t)t.y0, (uint32_t)(t.x1 - t.x0 + 1), (uint32_t)(t.y1 - t.y0 + 1)},
               sizeof out->box);
    return true;
}

bool bx_rle_text_read(const char *s, size_t n, uint32_t h, uint32_t w, struct bx_rle_text *out, uint64_t *sum, struct bx_err *e)
{
    return walk_text(s, n, h, w, false, out, sum, e);
}

bool bx_rle_text_scan(const char *p, const char *end, uint32_t h, uint32_t w, struct bx_rle_text *out, uint64_t *sum)
{
    struct bx_err unsaid;
    return walk_text(p, (size_t)(end - p), h, w, true, out, sum, &unsaid);
}

struct bx_rle bx_rle_text_counts(const struct bx_rle_text *t, uint32_t *counts)
{
    const char *p = t->p, *end = p + t->n;
    int64_t old = 0, older = 0; /* the counts one and two before; the first three are no differences */
    size_t m = 0;
    for (; p < end; m++) {
        unsigned c = (unsigned char)*p++ - 48u, shift = 5;
        int64_t x = (int64_t)(c & 15) - (int64_t)(c & 16);
        if (__builtin_expect(c > 31, 0)) { /* more than one byte */
            x = c & 31;
            p += t->escaped && c == BACKSLASH;
            for (; c & 0x20 && p < end && shift < 40; shift += 5) {
                c = (unsigned char)*p++ - 48u;
                p += t->escaped && c == BACKSLASH;
                x |= (int64_t)(c & 31) << shift;
            }
            if (c & 0x10)
                x -= (int64_t)1 << shift;
        }
        x += m > 2 ? older : 0;
        older = old;
        old = x;
        counts[m] = (uint32_t)x;
    }
    return (struct bx_rle){t->h, t->w, m, counts};
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
    struct boxing b = {.h = r->h};
    for (size_t i = 0; r->h && i + 1 < r->n; i += 2) { /* an odd last count is background */
        move_on(&b, r->counts[i]);
        take_run(&b, r->counts[i + 1]);
    }
    box[0] = b.any ? b.x0 : 0;
    box[1] = b.any ? b.y0 : 0;
    box[2] = b.any ? b.x1 - b.x0 + 1 : 0;
    box[3] = b.any ? b.y1 - b.y0 + 1 : 0;
}

/* Two masks read side by side, by the longest stretch in which neither changes. A mask that ends early, which pycocotools never gets past,
 * is background from there on. */
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
    if (!w->left && w->next >= w->r->n) {
        w->on = false;
        return;
    }
    w->left -= by;
    if (!w->left && w->next < w->r->n) {
        w->left = w->r->counts[w->next++];
        w->on = !w->on;
    }
}

static inline uint32_t common_stretch(const struct walk *x, const struct walk *y)
{
    if (!x->left && x->next >= x->r->n)
        return y->left;
    if (!y->left && y->next >= y->r->n)
        return x->left;
    return x->left < y->left ? x->left : y->left;
}

static struct bx_rle merge_two(const struct bx_rle *p, const struct bx_rle *q, bool intersect, struct bx_arena *a)
{
    uint32_t *counts = BX_NEW(a, uint32_t, p->n + q->n + 1), run = 0;
    struct walk x = walk_begin(p), y = walk_begin(q);
    size_t m = 0;
    bool on = false;
    for (bool more = true; more;) {
        uint32_t step = common_stretch(&x, &y);
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

/* Of plain masks, in any order: the result is the same, and so each run is walked over log n times and not n. */
static struct bx_rle merge_halves(const struct bx_rle *r, size_t n, bool intersect, struct bx_arena *a)
{
    if (n == 1)
        return r[0];
    struct bx_rle x = merge_halves(r, n / 2, intersect, a), y = merge_halves(r + n / 2, n - n / 2, intersect, a);
    return merge_two(&x, &y, intersect, a);
}

struct bx_rle bx_rle_merge(const struct bx_rle *r, size_t n, bool intersect, struct bx_arena *a)
{
    if (!n)
        return (struct bx_rle){0, 0, 0, NULL};
    bool plain = n > 2;
    for (size_t i = 0; i < n; i++) {
        if (r[i].h != r[0].h || r[i].w != r[0].w)
            return (struct bx_rle){0, 0, 0, NULL};
        plain = plain && bx_rle_plain(&r[i]);
    }
    if (plain)
        return merge_halves(r, n, intersect, a);
    struct bx_rle m = r[0];
    for (size_t i = 1; i < n; i++)
        m = merge_two(&m, &r[i], intersect, a);
    return m;
}

double bx_rle_iou(const struct bx_rle *d, const struct bx_rle *g, bool crowd)
{
    if (d->h != g->h || d->w != g->w)
        return -1;
    struct walk x = walk_begin(d), y = walk_begin(g);
    uint32_t both = 0, either = 0;
    for (bool more = true; more;) {
        uint32_t step = common_stretch(&x, &y);
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

bool bx_rle_plain(const struct bx_rle *r)
{
    uint64_t sum = r->n ? r->counts[0] : 0;
    for (size_t i = 1; i < r->n; i++) {
        if (!r->counts[i])
            return false;
        sum += r->counts[i];
    }
    return sum == (uint64_t)r->h * r->w && sum < UINT32_MAX;
}

struct bx_rle bx_rle_made_plain(const struct bx_rle *r, struct bx_arena *a)
{
    uint32_t *counts = BX_NEW(a, uint32_t, r->n + 1);
    size_t m = 0;
    uint64_t end = 0;
    for (size_t i = 0; i < r->n; i++) {
        bool on = i % 2;
        end += r->counts[i];
        if (r->counts[i] == 0 && i > 0)
            continue;
        if (m && (m - 1) % 2 == on)
            counts[m - 1] += r->counts[i];
        else
            counts[m++] = r->counts[i];
    }
    if (end < (uint64_t)r->h * r->w) { /* what is not said is background */
        if (m % 2 == 0)
            counts[m++] = 0;
        counts[m - 1] += (uint32_t)((uint64_t)r->h * r->w - end);
    }
    return (struct bx_rle){r->h, r->w, m, counts};
}

uint32_t bx_rle_intersection(const struct bx_rle *d, const struct bx_rle *g)
{
    const uint32_t *p = d->counts, *p_end = p + d->n / 2 * 2, *q = g->counts, *q_end = q + g->n / 2 * 2; /* pairs: background, foreground */
    uint32_t both = 0;
    if (p == p_end || q == q_end)
        return 0;
    uint32_t p0 = p[0], p1 = p0 + p[1], q0 = q[0], q1 = q0 + q[1];
    for (;;) {
        uint32_t low = p0 > q0 ? p0 : q0, high = p1 < q1 ? p1 : q1;
        both += high > low ? high - low : 0;
        if (p1 < q1) {
            if ((p += 2) == p_end)
                return both;
            p0 = p1 + p[0];
            p1 = p0 + p[1];
        } else {
            if ((q += 2) == q_end)
                return both;
            q0 = q1 + q[0];
            q1 = q0 + q[1];
        }
    }
}
