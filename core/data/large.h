/* large.h: large pages for large columns, where the system has them: one fault for 2 MiB in place of 512. A wish; nothing depends on it. */
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
