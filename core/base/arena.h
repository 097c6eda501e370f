/*
 * arena.h: memory by lifetime. An arena is a list of blocks; everything taken from it dies at once.
 *
 * Three lifetimes: session (settings, test set), model (one model's detections and matches), scratch (a page, a plot).
 * Out of memory and size overflow abort the process with a message: callers never check for NULL. Memory is zeroed.
 * Under AddressSanitizer released regions are poisoned.
 */
#pragma once
#include <stdarg.h>
#include <stddef.h>

struct bx_arena_block;
struct bx_arena {
    struct bx_arena_block *head; /* newest block; {0} is a valid empty arena */
};
struct bx_arena_mark {
    struct bx_arena_block *block;
    size_t used;
};

void bx_arena_release(struct bx_arena *a); /* frees all; the arena is empty and usable again */
/* All that came from `from` belongs to `to` from now on; `from` is empty. For what several threads made, each with an arena of its own. */
void bx_arena_adopt(struct bx_arena *to, struct bx_arena *from);

/* n objects of `size` bytes, zeroed, aligned for any type. n == 0 gives a valid pointer to nothing. */
void *bx_alloc(struct bx_arena *a, size_t n, size_t size);
#define BX_NEW(a, type, n) ((type *)bx_alloc((a), (n), sizeof(type)))
/* The same for columns of many elements: what is never touched takes no memory. (Not on large pages: a host that takes free ones back
 * from its guests gives new ones at many times the cost of the faults saved.) */
void *bx_alloc_large(struct bx_arena *a, size_t n, size_t size);
#define BX_NEW_LARGE(a, type, n) ((type *)bx_alloc_large((a), (n), sizeof(type)))

char *bx_strdup(struct bx_arena *a, const char *s); /* NULL stays NULL */
char *bx_strndup(struct bx_arena *a, const char *s, size_t n);
void *bx_memdup(struct bx_arena *a, const void *p, size_t n);
char *bx_printf(struct bx_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *bx_vprintf(struct bx_arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/* Scratch use: take a mark, allocate, pop: all that came after the mark is gone. */
struct bx_arena_mark bx_arena_mark(struct bx_arena *a);
void bx_arena_pop(struct bx_arena *a, struct bx_arena_mark m);

/* For the few growing arrays that cannot know their size: realloc that aborts when out of memory or on overflow.
 * bx_grow gives room for at least `need` elements, doubling *cap; returns the new pointer (owned by the caller, free()). */
void *bx_xrealloc(void *p, size_t n, size_t size);
void *bx_grow(void *p, size_t *cap, size_t need, size_t size);
