/*
 * large.h: what the system is asked about large memory: large pages for columns (one fault for 2 MiB in place of 512), and that pages of a
 * mapped file are not needed now. Wishes; nothing depends on them.
 */
#pragma once
#include "core/base/arena.h"
#include <stdint.h>
#include <sys/mman.h>

#define BX_LARGE_PAGE ((size_t)2 << 20)

/* n zeroed objects of `size` bytes, as bx_alloc gives them. */
static inline void *bx_alloc_large(struct bx_arena *a, size_t n, size_t size)
{
    char *p = bx_alloc(a, n, size), *first = p + (BX_LARGE_PAGE - (uintptr_t)p % BX_LARGE_PAGE) % BX_LARGE_PAGE, *end = p + n * size;
    if (end > first && (size_t)(end - first) >= BX_LARGE_PAGE)
        madvise(first, (size_t)(end - first) / BX_LARGE_PAGE * BX_LARGE_PAGE, MADV_HUGEPAGE);
    return p;
}
#define BX_NEW_LARGE(a, type, n) ((type *)bx_alloc_large((a), (n), sizeof(type)))

/* Pages of a read-only mapped file that lie in [from, to) were used and need not stay: used again, they come back from the file. */
static inline void bx_give_back(const char *from, const char *to)
{
    const uintptr_t page = 4096, first = ((uintptr_t)from + page - 1) / page * page, end = (uintptr_t)to / page * page;
    if (end > first)
        madvise((void *)first, end - first, MADV_DONTNEED);
}
