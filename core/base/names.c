/* names.c: a keyed hash that folds 64 x 64 bit products, and open addressing, at most half full. */
#include "core/base/names.h"
#include "core/base/arena.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

uint64_t bx_hash_key[2];

__attribute__((constructor)) static void draw(void)
{
    if (getrandom(bx_hash_key, sizeof bx_hash_key, GRND_NONBLOCK) != (ssize_t)sizeof bx_hash_key) {
        bx_hash_key[0] = (uint64_t)(uintptr_t)&bx_hash_key; /* where a loaded program lies is random as well, if less so */
        bx_hash_key[1] = (uint64_t)(uintptr_t)&getrandom;
    }
    bx_hash_key[0] |= 1;
    bx_hash_key[1] |= 1;
}

uint64_t bx_hash_text(const char *p, size_t n)
{
    uint64_t h = n, w = 0;
    if (n < 8)
        memcpy(&w, p, n);
    else {
        const char *last = p + (n - 8); /* the last eight bytes, some of them for the second time */
        for (; p < last; p += 8) {
            memcpy(&w, p, 8);
            h = bx_hash_number(h ^ w) + bx_hash_key[0];
        }
        memcpy(&w, last, 8);
    }
    return bx_hash_number(h ^ w);
}

static bool same(const char *s, const char *name, size_t length)
{
    return strlen(s) == length && memcmp(s, name, length) == 0;
}

static size_t place(const struct bx_name_table *t, const char *const *names, const char *name, size_t length)
{
    size_t i = bx_hash_text(name, length) & (t->size - 1);
    while (t->slot[i] && !same(names[t->slot[i] - 1], name, length))
        i = (i + 1) & (t->size - 1);
    return i;
}

static void resize(struct bx_name_table *t, size_t size, const char *const *names, size_t n)
{
    free(t->slot);
    t->size = size;
    t->slot = bx_xrealloc(NULL, size, sizeof *t->slot);
    memset(t->slot, 0, size * sizeof *t->slot);
    for (size_t i = 0; i < n; i++) {
        uint32_t *slot = &t->slot[place(t, names, names[i], strlen(names[i]))];
        if (!*slot)
            *slot = (uint32_t)i + 1;
    }
}

uint32_t *bx_name_slot(struct bx_name_table *t, const char *const *names, size_t n, const char *name, size_t length)
{
    if (2 * (n + 1) > t->size)
        resize(t, t->size ? 2 * t->size : 64, names, n);
    return &t->slot[place(t, names, name, length)];
}

void bx_name_table_fill(struct bx_name_table *t, const char *const *names, size_t n)
{
    size_t size = 64;
    while (size < 2 * (n + 1))
        size *= 2;
    resize(t, size, names, n);
}

size_t bx_name_find(const struct bx_name_table *t, const char *const *names, const char *name, size_t length)
{
    uint32_t slot = t->size ? t->slot[place(t, names, name, length)] : 0;
    return slot ? slot - 1 : SIZE_MAX;
}

void bx_name_table_free(struct bx_name_table *t)
{
    free(t->slot);
    *t = (struct bx_name_table){0};
}

uint32_t bx_name_list_add(struct bx_name_list *l, const char *name, size_t length, struct bx_arena *a)
{
    uint32_t *slot = bx_name_slot(&l->table, l->at, l->n, name, length);
    if (!*slot) {
        l->at = bx_grow(l->at, &l->cap, l->n + 1, sizeof *l->at);
        l->at[l->n++] = bx_strndup(a, name, length);
        *slot = (uint32_t)l->n;
    }
    return *slot - 1;
}

void bx_name_list_free(struct bx_name_list *l)
{
    free(l->at);
    bx_name_table_free(&l->table);
    *l = (struct bx_name_list){0};
}
