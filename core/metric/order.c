/* order.c: radix sort of scores, counting sort of groups. Both are linear in what they sort. */
#include "core/metric/order.h"
#include "core/base/arena.h"
#include <math.h>
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

static void insertion(uint64_t *key, uint32_t *item, size_t n)
{
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

static void radix(uint32_t *item, size_t n, struct bx_sort_room *r)
{
    static const unsigned digits = 8;
    size_t count[8][256] = {{0}};
    for (size_t i = 0; i < n; i++)
        for (unsigned d = 0; d < digits; d++)
            count[d][r->key[i] >> (8 * d) & 255]++;
    uint64_t *from = r->key, *to = r->key2;
    uint32_t *item_from = item, *item_to = r->item2;
    for (unsigned d = 0; d < digits; d++) {
        if (count[d][from[0] >> (8 * d) & 255] == n)
            continue;
        size_t at = 0;
        for (size_t v = 0; v < 256; v++) {
            size_t c = count[d][v];
            count[d][v] = at;
            at += c;
        }
        for (size_t i = 0; i < n; i++) {
            size_t place = count[d][from[i] >> (8 * d) & 255]++;
            to[place] = from[i];
            item_to[place] = item_from[i];
        }
        uint64_t *k = from;
        from = to;
        to = k;
        uint32_t *it = item_from;
        item_from = item_to;
        item_to = it;
    }
    if (item_from != item)
        memcpy(item, item_from, n * sizeof *item);
}

static void sort_keys(uint32_t *item, size_t n, struct bx_sort_room *r)
{
    if (n <= SMALL)
        insertion(r->key, item, n);
    else
        radix(item, n, r);
}

void bx_sort_by_score(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r)
{
    if (n < 2)
        return;
    need(r, n);
    for (size_t i = 0; i < n; i++)
        r->key[i] = key_of(score[item[i]]);
    sort_keys(item, n, r);
}

void bx_sort_by_score32(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r)
{
    if (n < 2)
        return;
    need(r, n);
    for (size_t i = 0; i < n; i++)
        r->key[i] = key_of((double)(float)score[item[i]]);
    sort_keys(item, n, r);
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
