/*
 * order.h: stable orders, which are part of the result: by score as NumPy's stable argsort of -score has them (NaN last, -0 equal to 0),
 * and by group by counting.
 */
#pragma once
#include "core/base/arena.h"
#include <stddef.h>
#include <stdint.h>

/* Room for sorting, grown as needed; {0} is empty. Or the caller's own for `cap` elements, which is never grown: then `a` stays empty. */
struct bx_sort_room {
    uint64_t *entry, *entry2;
    size_t cap;
    struct bx_arena a;
};
void bx_sort_room_free(struct bx_sort_room *r);

/* Sort the n indices in `item` by score[item], descending, stable. */
void bx_sort_by_score(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r);
/* The same by two threads, where there are as many and it is worth it. */
void bx_sort_by_score_parallel(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r, int threads);
/* The same by (double)(float)score, which is how supervision holds them. */
void bx_sort_by_score32(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r);

/* The same, but NaN wherever Python's list.sort leaves it: TIDE sorts with that. Exact for lists of up to 63; longer ones have NaN last. */
void bx_sort_by_score_python(uint32_t *item, size_t n, const double *score, struct bx_sort_room *r);

/* Stable: begin[ngroups + 1] and out[] = the n items (NULL: 0..n-1) by group[item]; items of a group >= ngroups are left out. */
void bx_group_by(const uint32_t *items, size_t n, const uint32_t *group, size_t ngroups, size_t *begin, uint32_t *out);
/* The same where the n items are all those of 0..total-1 with a group below ngroups, in some order: counted in theirs, which is quicker. */
void bx_group_all_by(const uint32_t *items, size_t n, const uint32_t *group, size_t total, size_t ngroups, size_t *begin, uint32_t *out);
