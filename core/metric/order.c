/* order.c: radix sort of scores, counting sort of groups. Both are linear in what they sort. */
#include "core/metric/order.h"
#include "core/base/arena.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SMALL 32

/* Smaller key, earlier place: the bits of -score, made to compare as integers. */
static uint64_t key_of(double score)
{
    if (isnan(score))
        return UINT64_MAX;
    double v = -score + 0.0; /* -0 becomes 0 */
    uint64_t b;
    memcpy(&b, &v, sizeof b);
    return b >> 63 ? ~b : b | (uint64_t)1 << 63;
}

void bx_sort_room_free(struct bx_sort_room *r)
{
    free(r->key);
    free(r->key2);
    free(r->item2);
    *r = (struct bx_sort_room){0};
}

static void need(struct bx_sort_room *r, size_t n)
{
    if (n <= r->cap)
        return;
    r->key = bx_xrealloc(r->key, n, sizeof *r->key);
    r->key2 = bx_xrealloc(r->key2, n, sizeof *r->key2);
    r->item2 = bx_xrealloc(r->item2, n, sizeof *r->item2);
    r->cap = n;
}

/* How supervision holds scores: f32. */
static double as_is(double score, bool f32)
{
    return f32 ? (double)(float)score : score;
}

static void insertion(uint32_t *item, size_t n, const double *score, bool f32)
{
    uint64_t key[SMALL];
    for (size_t i = 0; i < n; i++)
        key[i] = key_of(as_is(score[item[i]], f32));
    for (size_t i = 1; i < n; i++) {
        uint64_t k = key[i];
        uint32_t it = item[i];
        size_t j = i;
        for (; j > 0 && key[j - 1] > k; j--) {
            key[j] = key[j - 1];
            item[j] = item[j - 1];
        }
        key[j] = k;
        item[j] = it;
    }
}

/* By r->key, of 32 bits: digits of 8 bits while the counts fit the first cache, of 11 for long lists. r->key is in order afterwards. */
static void radix(uint32_t *item, size_t n, struct bx_sort_room *r)
{
    const unsigned bits = n < 8192 ? 8 : 11, digits = n < 8192 ? 4 : 3;
    const uint32_t mask = (1u << bits) - 1;
    uint32_t count[4][2048];
    uint32_t *from = r->key, *to = r->key2, *item_from = item, *item_to = r->item2;
    for (unsigned d = 0; d < digits; d++)
        memset(count[d], 0, (mask + 1) * sizeof *count[d]);
    for (size_t i = 0; i < n; i++)
        for (unsigned d = 0; d < digits; d++)
            count[d][from[i] >> (bits * d) & mask]++;
    for (unsigned d = 0; d < digits; d++) {
        if (count[d][from[0] >> (bits * d) & mask] == n)
            continue;
        uint32_t at = 0;
        for (uint32_t v = 0; v <= mask; v++) {
            uint32_t c = count[d][v];
            count[d][v] = at;
            at += c;
        }
        for (size_t i = 0; i < n; i++) {
            uint32_t place = count[d][from[i] >> (bits * d) & mask]++;
            to[place] = from[i];
            item_to[place] = item_from[i];
        }
        uint32_t *k = from;
        from = to;
        to = k;
        k = item_from;
        item_from = item_to;
        item_to = k;
    }
    if (item_from != item) {
        memcpy(item, item_from, n * sizeof *item);
        memcpy(r->key, from, n * sizeof *item);
    }
}

/* By the upper half of the scores' bits, then what is equal in that by the lower half. */
static void sort_scores(uint32_t *item, size_t n, const double *score, bool f32, struct bx_sort_room *r)
{
    if (n <= SMALL) {
        insertion(item, n, score, f32);
        return;
    }
    need(r, n);
    for (size_t i = 0; i < n; i++) {
        if (i + 32 < n)
            __builtin_prefetch(&score[item[i + 32]]);
        r->key[i] = (uint32_t)(key_of(as_is(score[item[i]], f32)) >> 32);
    }
    radix(item, n, r);
    for (size_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && r->key[end] == r->key[begin];)
            end++;
        if (end - begin < 2)
            continue;
        if (end - begin <= SMALL) {
            insertion(item + begin, end - begin, score, f32);
            continue;
        }
        struct bx_sort_room part = {r->key + begin, r->key2 + begin, r->item2 + begin, end - begin};
        for (size_t i = begin; i < end; i++)
            r->key[i] = (uint32_t)key_of(as_is(score[item[i]], f32));
        radix(item + begin, end - begin, &part);
    }
}

void bx_sort_by_score(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r)
{
    if (n > 1)
        sort_scores(item, n, score, false, r);
}

void bx_sort_by_score32(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r)
{
    if (n > 1)
        sort_scores(item, n, score, true, r);
}

static bool any_nan(const uint32_t *item, size_t n, const double *score)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(score[item[i]]))
            return true;
    return false;
}

/* CPython's listsort of a short list by -score: the run it begins with, reversed when it falls, then binary insertion. Nothing is less than
 * NaN, nor NaN less than anything, so where NaN ends depends on these very steps. */
static void short_python_sort(uint32_t *item, size_t n, const double *score)
{
    size_t run = 2;
    bool falls = -score[item[1]] < -score[item[0]];
    while (run < n && (-score[item[run]] < -score[item[run - 1]]) == falls)
        run++;
    for (size_t i = 0; falls && i < run / 2; i++) {
        uint32_t t = item[i];
        item[i] = item[run - 1 - i];
        item[run - 1 - i] = t;
    }
    for (; run < n; run++) {
        uint32_t pivot = item[run];
        size_t l = 0, r = run;
        while (l < r) {
            size_t p = l + (r - l) / 2;
            if (-score[pivot] < -score[item[p]])
                r = p;
            else
                l = p + 1;
        }
        memmove(item + l + 1, item + l, (run - l) * sizeof *item);
        item[l] = pivot;
    }
}

void bx_sort_by_score_python(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r)
{
    if (n > 1 && n < 64 && any_nan(item, n, score))
        short_python_sort(item, n, score);
    else
        bx_sort_by_score(item, n, score, r);
}

void bx_group_by(const uint32_t *items, size_t n, const uint32_t *group, size_t ngroups, size_t *begin, uint32_t *out)
{
    memset(begin, 0, (ngroups + 1) * sizeof *begin);
    for (size_t i = 0; i < n; i++) {
        uint32_t g = group[items ? items[i] : i];
        if (g < ngroups)
            begin[g + 1]++;
    }
    for (size_t g = 0; g < ngroups; g++)
        begin[g + 1] += begin[g];
    for (size_t i = 0; i < n; i++) {
        uint32_t it = items ? items[i] : (uint32_t)i, g = group[it];
        if (g < ngroups)
            out[begin[g]++] = it;
    }
    for (size_t g = ngroups; g > 0; g--) /* each begin[] has moved on to its group's end */
        begin[g] = begin[g - 1];
    begin[0] = 0;
}
