/* results_quick.c: a detection as nearly every program writes it. */
#include "core/data/results_quick.h"
#include "core/base/number.h"
#include <string.h>

#define LONGEST_KEY 16

static inline char at(const char *p, const char *end)
{
    return p < end ? *p : '\0';
}

static inline const char *space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* The first n of eight bytes of digits as a number. */
static inline uint64_t first_digits(uint64_t v, unsigned n)
{
    return n == 8 ? bx_eight_value(v) : bx_eight_value(v << (64 - 8 * n) | 0x3030303030303030u >> 8 * n);
}

/* Up to eight digits with a point among them, not negative: read in one go. The quotient of two exact doubles is the nearest one. NULL:
 * another kind. */
static inline const char *short_number(const char *p, const char *end, double *out)
{
    if (end - p < 20)
        return NULL;
    uint64_t v = bx_load8(p), stop = bx_no_digits(v);
    unsigned before = stop ? (unsigned)__builtin_ctzll(stop) / 8 : 8;
    if (before == 0 || before > 6 || p[before] != '.' || (*p == '0' && before > 1))
        return NULL;
    uint64_t fraction = bx_load8(p + before + 1), stop2 = bx_no_digits(fraction);
    unsigned after = stop2 ? (unsigned)__builtin_ctzll(stop2) / 8 : 8, n = before + after;
    if (after == 0 || n > 8)
        return NULL;
    p += n + 1;
    if ((*p | 0x20) == 'e')
        return NULL;
    v = (v & (((uint64_t)1 << 8 * before) - 1)) | fraction << 8 * before;
    *out = (double)first_digits(v, n) / bx_exact_tens[after];
    return p;
}

/* Digits, and a fraction; NULL for an exponent, for more digits than 64 bits hold, and for what is no number. */
static inline const char *number(const char *p, const char *end, double *out)
{
    const char *behind = short_number(p, end, out);
    if (behind)
        return behind;
    struct bx_scan s = {.text = p, .negative = at(p, end) == '-'};
    p += s.negative;
    const char *digits = p;
    p = bx_scan_digits(p, end, &s.w);
    long count = p - digits;
    if (count == 0 || (*digits == '0' && count > 1))
        return NULL;
    if (at(p, end) == '.') {
        const char *fraction = p + 1;
        p = bx_scan_digits(fraction, end, &s.w);
        if (p == fraction)
            return NULL;
        s.q = fraction - p;
        count += p - fraction;
    }
    if (count > 19 || (at(p, end) | 0x20) == 'e')
        return NULL;
    s.after = p;
    return bx_number_value(&s, out) ? p : NULL;
}

static inline const char *whole(const char *p, const char *end, int64_t *out)
{
    uint64_t w = 0;
    bool negative = at(p, end) == '-';
    p += negative;
    const char *digits = p;
    p = bx_scan_digits(p, end, &w);
    if (p == digits || p - digits > 18 || (*digits == '0' && p - digits > 1) || at(p, end) == '.' || (at(p, end) | 0x20) == 'e')
        return NULL;
    *out = negative ? -(int64_t)w : (int64_t)w;
    return p;
}

static inline const char *list(const char *p, const char *end, double *out, int n)
{
    if (at(p++, end) != '[')
        return NULL;
    for (int i = 0; i < n; i++) {
        p = number(space(p, end), end, &out[i]);
        if (!p)
            return NULL;
        p = space(p, end);
        if (at(p++, end) != (i + 1 < n ? ',' : ']'))
            return NULL;
    }
    return p;
}

/* Past `name` and the colon; NULL when this is another key. */
#define KEY(p, name) (!memcmp((p), name "\"", sizeof name) ? colon((p) + sizeof name, end) : NULL)
static inline const char *colon(const char *p, const char *end)
{
    p = space(p, end);
    return at(p, end) == ':' ? space(p + 1, end) : NULL;
}

static inline const char *member(const char *p, const char *end, struct bx_quick *q, bool *segmentation)
{
    const char *v;
    double skipped;
    if (end - p < LONGEST_KEY)
        return NULL;
    switch (*p) {
    case 'i':
        if ((v = KEY(p, "image_id")) != NULL) {
            q->seen |= BX_QUICK_IMAGE;
            return whole(v, end, &q->image);
        }
        if ((v = KEY(p, "id")) != NULL || (v = KEY(p, "iscrowd")) != NULL)
            return number(v, end, &skipped);
        return NULL;
    case 'c':
        if ((v = KEY(p, "category_id")) == NULL)
            return NULL;
        q->seen |= BX_QUICK_CATEGORY;
        return whole(v, end, &q->category);
    case 'b':
        if ((v = KEY(p, "bbox")) == NULL)
            return NULL;
        q->seen |= BX_QUICK_BOX;
        return list(v, end, q->box, 4);
    case 's':
        if ((v = KEY(p, "score")) != NULL) {
            q->seen |= BX_QUICK_SCORE;
            return number(v, end, &q->score);
        }
        v = KEY(p, "segmentation");
        *segmentation = v != NULL;
        return v;
    case 'o':
        if ((v = KEY(p, "obb")) == NULL)
            return NULL;
        q->seen |= BX_QUICK_OBB;
        return list(v, end, q->obb, 8);
    case 'a':
        return (v = KEY(p, "area")) != NULL ? number(v, end, &skipped) : NULL;
    default:
        return NULL;
    }
}

static const char *members(const char *p, const char *end, struct bx_quick *q, bool *segmentation)
{
    for (;;) {
        p = space(p, end);
        if (at(p, end) != '"')
            return NULL;
        p = member(p + 1, end, q, segmentation);
        if (!p || *segmentation)
            return p;
        p = space(p, end);
        if (at(p, end) == '}')
            return p + 1;
        if (at(p++, end) != ',')
            return NULL;
    }
}

const char *bx_quick_begin(const char *p, const char *end, struct bx_quick *q, bool *segmentation)
{
    q->seen = 0;
    *segmentation = false;
    return at(p, end) == '{' ? members(p + 1, end, q, segmentation) : NULL;
}

const char *bx_quick_resume(const char *p, const char *end, struct bx_quick *q, bool *segmentation)
{
    *segmentation = false;
    p = space(p, end);
    if (at(p, end) == '}')
        return p + 1;
    return at(p, end) == ',' ? members(p + 1, end, q, segmentation) : NULL;
}

const char *bx_quick_rle(const char *p, const char *end, uint32_t size[2])
{
    int64_t v[2];
    if (at(p++, end) != '{')
        return NULL;
    p = space(p, end);
    if (end - p < LONGEST_KEY || *p++ != '"' || (p = KEY(p, "size")) == NULL || at(p++, end) != '[')
        return NULL;
    for (int i = 0; i < 2; i++) {
        p = whole(space(p, end), end, &v[i]);
        if (!p || v[i] < 0 || v[i] > UINT32_MAX)
            return NULL;
        size[i] = (uint32_t)v[i];
        p = space(p, end);
        if (at(p++, end) != (i ? ']' : ','))
            return NULL;
    }
    p = space(p, end);
    if (at(p++, end) != ',')
        return NULL;
    p = space(p, end);
    if (end - p < LONGEST_KEY || *p++ != '"' || (p = KEY(p, "counts")) == NULL || at(p++, end) != '"')
        return NULL;
    return p;
}

const char *bx_quick_rle_end(const char *quote, const char *end)
{
    const char *p = space(quote + 1, end);
    return at(p, end) == '}' ? p + 1 : NULL;
}
