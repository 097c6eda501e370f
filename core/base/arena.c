/* arena.c: blocks of memory that die together. */
#include "core/base/arena.h"
#include "core/base/banned.h"
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define BX_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BX_ASAN 1
#endif
#endif
#ifdef BX_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#define GAP            16u /* left poisoned between neighbours */
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#define GAP            0u
#endif

#define ALIGN       16u
#define FIRST_BLOCK (size_t)(32 << 10)
#define LAST_BLOCK  (size_t)(1 << 20)
#define LARGE       (size_t)(256 << 10)
#define LARGE_BLOCK (size_t)(48 << 20) /* above malloc's threshold: mapped, and zero without being touched */

struct bx_arena_block {
    struct bx_arena_block *older;
    size_t cap, used;
    size_t dirty; /* bytes ever handed out: what lies beyond is still zero from calloc */
    _Alignas(ALIGN) char data[];
};

_Static_assert(sizeof(struct bx_arena_block) % ALIGN == 0, "data is aligned for any type");
_Static_assert(_Alignof(max_align_t) <= ALIGN, "data is aligned for any type");

__attribute__((noreturn)) static void out_of_memory(void)
{
    fputs("boxscore: out of memory\n", stderr);
    abort();
}

static void drop_head(struct bx_arena *a)
{
    struct bx_arena_block *b = a->head;
    a->head = b->older;
    UNPOISON(b->data, b->cap);
    free(b);
}

void bx_arena_release(struct bx_arena *a)
{
    while (a->head)
        drop_head(a);
}

void bx_arena_adopt(struct bx_arena *to, struct bx_arena *from)
{
    struct bx_arena_block *oldest = from->head;
    if (!oldest)
        return;
    while (oldest->older)
        oldest = oldest->older;
    oldest->older = to->head;
    to->head = from->head;
    from->head = NULL;
}

static struct bx_arena_block *push_block(struct bx_arena *a, size_t need)
{
    size_t cap = FIRST_BLOCK;
    if (a->head)
        cap = a->head->cap >= LAST_BLOCK / 2 ? LAST_BLOCK : a->head->cap * 2;
    if (cap < need)
        cap = need;
    struct bx_arena_block *b = calloc(1, sizeof *b + cap);
    if (!b)
        out_of_memory();
    b->older = a->head;
    b->cap = cap;
    POISON(b->data, cap);
    a->head = b;
    return b;
}

void *bx_alloc(struct bx_arena *a, size_t n, size_t size)
{
    size_t bytes, need;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 4)
        out_of_memory();
    need = (bytes + GAP + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct bx_arena_block *b = a->head;
    if (!b || b->cap - b->used < need)
        b = push_block(a, need);
    char *p = b->data + b->used;
    UNPOISON(p, bytes);
    if (b->dirty > b->used)
        memset(p, 0, bytes < b->dirty - b->used ? bytes : b->dirty - b->used);
    b->used += need;
    if (b->dirty < b->used)
        b->dirty = b->used;
    return p;
}

void *bx_alloc_large(struct bx_arena *a, size_t n, size_t size)
{
#ifndef BX_ASAN
    size_t bytes;
    if (!__builtin_mul_overflow(n, size, &bytes) && bytes >= LARGE && bytes < SIZE_MAX / 4 &&
        (!a->head || a->head->cap - a->head->used < bytes + ALIGN))
        push_block(a, bytes < LARGE_BLOCK ? LARGE_BLOCK : bytes + ALIGN);
#endif
    return bx_alloc(a, n, size);
}

void *bx_memdup(struct bx_arena *a, const void *p, size_t n)
{
    void *copy = bx_alloc(a, n, 1);
    if (n)
        memcpy(copy, p, n);
    return copy;
}

char *bx_strndup(struct bx_arena *a, const char *s, size_t n)
{
    if (!s)
        return NULL;
    size_t len = strnlen(s, n);
    char *copy = bx_alloc(a, len + 1, 1);
    memcpy(copy, s, len);
    return copy;
}

char *bx_strdup(struct bx_arena *a, const char *s)
{
    return s ? bx_strndup(a, s, strlen(s)) : NULL;
}

char *bx_vprintf(struct bx_arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    if (n < 0)
        out_of_memory();
    char *s = bx_alloc(a, (size_t)n + 1, 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

char *bx_printf(struct bx_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *s = bx_vprintf(a, fmt, ap);
    va_end(ap);
    return s;
}

struct bx_arena_mark bx_arena_mark(struct bx_arena *a)
{
    return (struct bx_arena_mark){a->head, a->head ? a->head->used : 0};
}

void bx_arena_pop(struct bx_arena *a, struct bx_arena_mark m)
{
    while (a->head && a->head != m.block)
        drop_head(a);
    if (a->head) {
        a->head->used = m.used;
        POISON(a->head->data + m.used, a->head->cap - m.used);
    }
}

void *bx_xrealloc(void *p, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes))
        out_of_memory();
    p = realloc(p, bytes ? bytes : 1);
    if (!p)
        out_of_memory();
    return p;
}

void *bx_grow(void *p, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap)
        return p;
    size_t room = *cap ? *cap : 16;
    while (room < need) {
        if (room > SIZE_MAX / 2)
            out_of_memory();
        room *= 2;
    }
    p = bx_xrealloc(p, room, size);
    *cap = room;
    return p;
}
