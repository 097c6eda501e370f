/* order.c: radix sort of scores, counting sort of groups. Both are linear in what they sort. */
#include "core/metric/order.h"
#include "core/base/arena.h"
#include "core/base/parallel.h"
#include <math.h>
#include <stdbool.h>
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
    bx_arena_release(&r->a);
    *r = (struct bx_sort_room){0};
}

static void need(struct bx_sort_room *r, size_t n)
{
    if (n <= r->cap)
        return;
    size_t cap = n > 2 * r->cap ? n : 2 * r->cap;
    bx_arena_release(&r->a);
    r->entry = BX_NEW_LARGE(&r->a, uint64_t, cap);
    r->entry2 = BX_NEW_LARGE(&r->a, uint64_t, cap);
    r->cap = cap;
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

#define AHEAD  32 /* scores lie anywhere: they are fetched before they are needed */
#define DIGIT  8  /* 256 places to write to fit the first cache */
#define DIGITS (1u << DIGIT)

/* Entries of key << 32 | item by key, whose bits are all within `used`: stable, a digit at a time, and only digits in use. The sorted
 * entries are where the pointer returned says. */
static uint64_t *radix(uint64_t *from, uint64_t *to, size_t n, uint32_t used)
{
    for (unsigned shift = 0; shift < 32 && used >> shift; shift += DIGIT) {
        size_t place[DIGITS] = {0}, at = 0;
        for (size_t i = 0; i < n; i++)
            place[(from[i] >> (32 + shift)) % DIGITS]++;
        for (size_t v = 0; v < DIGITS; v++) {
            size_t count = place[v];
            place[v] = at;
            at += count;
        }
        for (size_t i = 0; i < n; i++)
            to[place[(from[i] >> (32 + shift)) % DIGITS]++] = from[i];
        uint64_t *sorted = to;
        to = from;
        from = sorted;
    }
    return from;
}

/* Entries for keys: less the smallest of them, so that few bits are in use. Returns those. */
static uint32_t relative(uint64_t *entry, size_t n)
{
    uint32_t least = UINT32_MAX, most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t key = (uint32_t)(entry[i] >> 32);
        least = key < least ? key : least;
        most = key > most ? key : most;
    }
    for (size_t i = 0; i < n; i++)
        entry[i] -= (uint64_t)least << 32;
    uint32_t used = most - least;
    for (unsigned shift = 1; shift < 32; shift *= 2)
        used |= used >> shift;
    return used;
}

static void put_entries(const uint32_t *item, size_t n, const double *score, bool f32, bool upper, uint64_t *entry)
{
    for (size_t i = 0; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(&score[item[i + AHEAD]]);
        uint64_t key = key_of(as_is(score[item[i]], f32));
        entry[i] = (upper ? key >> 32 : key & UINT32_MAX) << 32 | item[i];
    }
}

/* What is equal in the upper halves of the keys, by the lower halves. a, b: room for n entries each. */
static void sort_ties(uint32_t *item, size_t n, const double *score, bool f32, uint64_t *a, uint64_t *b)
{
    if (n <= SMALL) {
        insertion(item, n, score, f32);
        return;
    }
    put_entries(item, n, score, f32, false, a);
    const uint64_t *sorted = radix(a, b, n, relative(a, n));
    for (size_t i = 0; i < n; i++)
        item[i] = (uint32_t)sorted[i];
}

/* By the upper half of the scores' bits, then what is equal in that by the lower half. */
static void sort_scores(uint32_t *item, size_t n, const double *score, bool f32, struct bx_sort_room *r)
{
    if (n <= SMALL) {
        insertion(item, n, score, f32);
        return;
    }
    need(r, n);
    put_entries(item, n, score, f32, true, r->entry);
    uint64_t *sorted = radix(r->entry, r->entry2, n, relative(r->entry, n)), *other = sorted == r->entry ? r->entry2 : r->entry;
    for (size_t begin = 0, end; begin < n; begin = end) {
        item[begin] = (uint32_t)sorted[begin];
        double first = as_is(score[item[begin]], f32);
        bool same = true; /* equal scores, most often, and then they are in order */
        for (end = begin + 1; end < n && sorted[end] >> 32 == sorted[begin] >> 32; end++) {
            item[end] = (uint32_t)sorted[end];
            same = same && as_is(score[item[end]], f32) == first;
            if (end + AHEAD < n)
                __builtin_prefetch(&score[(uint32_t)sorted[end + AHEAD]]);
        }
        if (!same)
            sort_ties(item + begin, end - begin, score, f32, other, sorted + begin); /* the run's own entries were used */
    }
}

void bx_sort_by_score(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r)
{
    if (n > 1)
        sort_scores(item, n, score, false, r);
}

/* Two sorted halves, and the two parts of what they make: all before and from the middle of the first half on. */
struct halves {
    uint32_t *item, *out;
    size_t n, first, a, b; /* the first half's length; where the second part begins in each half */
    const double *score;
    struct bx_sort_room room[2];
};

static void sort_half(void *context, size_t i, size_t worker)
{
    struct halves *h = context;
    (void)worker;
    if (i == 0)
        bx_sort_by_score(h->item, h->first, h->score, &h->room[0]);
    else
        bx_sort_by_score(h->item + h->first, h->n - h->first, h->score, &h->room[1]);
}

static void merge_part(void *context, size_t i, size_t worker)
{
    const struct halves *h = context;
    const double *score = h->score;
    const uint32_t *a = h->item + (i ? h->a : 0), *a_end = h->item + (i ? h->first : h->a);
    const uint32_t *b = h->item + h->first + (i ? h->b : 0), *b_end = h->item + (i ? h->n : h->first + h->b);
    uint32_t *out = h->out + (i ? h->a + h->b : 0);
    (void)worker;
    while (a < a_end && b < b_end) {
        if (a_end - a > AHEAD)
            __builtin_prefetch(&score[a[AHEAD]]);
        if (b_end - b > AHEAD)
            __builtin_prefetch(&score[b[AHEAD]]);
        bool later = key_of(score[*b]) < key_of(score[*a]); /* of equal scores the first half's come first */
        *out++ = later ? *b : *a;
        a += !later;
        b += later;
    }
    memcpy(out, a, (size_t)(a_end - a) * sizeof *a);
    memcpy(out + (a_end - a), b, (size_t)(b_end - b) * sizeof *b);
}

/* How many of the second half come before the first half's item at h->a. */
static size_t before_middle(const struct halves *h)
{
    uint64_t middle = key_of(h->score[h->item[h->a]]);
    size_t low = 0, high = h->n - h->first;
    while (low < high) {
        size_t m = low + (high - low) / 2;
        if (key_of(h->score[h->item[h->first + m]]) < middle)
            low = m + 1;
        else
            high = m;
    }
    return low;
}

#define WORTH_A_THREAD 65536

void bx_sort_by_score_parallel(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r, int threads)
{
    if (n < WORTH_A_THREAD || bx_workers(threads, 2) < 2) {
        bx_sort_by_score(item, n, score, r);
        return;
    }
    need(r, n);
    size_t first = n / 2;
    struct halves h = {.item = item, .n = n, .first = first, .a = first / 2, .score = score};
    h.room[0] = (struct bx_sort_room){.entry = r->entry, .entry2 = r->entry2, .cap = first};
    h.room[1] = (struct bx_sort_room){.entry = r->entry + first, .entry2 = r->entry2 + first, .cap = n - first};
    bx_parallel(2, 2, sort_half, &h);
    h.b = before_middle(&h);
    h.out = (uint32_t *)r->entry;
    bx_parallel(2, 2, merge_part, &h);
    memcpy(item, h.out, n * sizeof *item);
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

/* The group of the i-th item; those of items soon to come are fetched, which in another order than theirs lie anywhere. */
static inline uint32_t group_of(const uint32_t *items, size_t i, size_t n, const uint32_t *group)
{
    if (!items)
        return group[i];
    if (i + AHEAD < n)
        __builtin_prefetch(&group[items[i + AHEAD]]);
    return group[items[i]];
}

static void begin_groups(size_t *begin, size_t ngroups)
{
    for (size_t g = 0; g < ngroups; g++)
        begin[g + 1] += begin[g];
}

/* Puts the items where begin[], which counts them, says. */
static void put_items(const uint32_t *items, size_t n, const uint32_t *group, size_t ngroups, size_t *begin, uint32_t *out)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t g = group_of(items, i, n, group);
        if (g < ngroups)
            out[begin[g]++] = items ? items[i] : (uint32_t)i;
    }
    for (size_t g = ngroups; g > 0; g--) /* each begin[] has moved on to its group's end */
        begin[g] = begin[g - 1];
    begin[0] = 0;
}

void bx_group_by(const uint32_t *items, size_t n, const uint32_t *group, size_t ngroups, size_t *begin, uint32_t *out)
{
    memset(begin, 0, (ngroups + 1) * sizeof *begin);
    for (size_t i = 0; i < n; i++) {
        uint32_t g = group_of(items, i, n, group);
        if (g < ngroups)
            begin[g + 1]++;
    }
    begin_groups(begin, ngroups);
    put_items(items, n, group, ngroups, begin, out);
}

void bx_group_all_by(const uint32_t *items, size_t n, const uint32_t *group, size_t total, size_t ngroups, size_t *begin, uint32_t *out)
{
    memset(begin, 0, (ngroups + 1) * sizeof *begin);
    for (size_t i = 0; i < total; i++)
        if (group[i] < ngroups)
            begin[group[i] + 1]++;
    begin_groups(begin, ngroups);
    put_items(items, n, group, ngroups, begin, out);
}
