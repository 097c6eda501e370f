/* names.c: a backend's class names: a growing list whose indices stay, with a hash beside it. */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include <stdlib.h>
#include <string.h>

static size_t hash(const char *s, size_t n)
{
    uint64_t h = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)s[i]) * 1099511628211u;
    return (size_t)(h ^ h >> 32);
}

static void rehash(struct bx_names *t)
{
    free(t->slots);
    t->nslots = t->nslots ? t->nslots * 2 : 64;
    t->slots = bx_xrealloc(NULL, t->nslots, sizeof *t->slots);
    memset(t->slots, 0xff, t->nslots * sizeof *t->slots);
    for (size_t i = 0; i < t->backend->nnames; i++) {
        const char *s = t->backend->names[i];
        size_t at = hash(s, strlen(s)) & (t->nslots - 1);
        while (t->slots[at] != UINT32_MAX)
            at = (at + 1) & (t->nslots - 1);
        t->slots[at] = (uint32_t)i;
    }
}

static uint32_t add(struct bx_names *t, const char *name, size_t n)
{
    struct bx_backend *b = t->backend;
    if (b->nnames * 2 >= t->nslots)
        rehash(t);
    size_t at = hash(name, n) & (t->nslots - 1);
    for (; t->slots[at] != UINT32_MAX; at = (at + 1) & (t->nslots - 1)) {
        const char *s = b->names[t->slots[at]];
        if (strlen(s) == n && !memcmp(s, name, n))
            return t->slots[at];
    }
    b->names = bx_grow(b->names, &t->cap, b->nnames + 1, sizeof *b->names);
    b->names[b->nnames] = bx_strndup(&t->arena, name, n);
    t->slots[at] = (uint32_t)b->nnames;
    return (uint32_t)b->nnames++;
}

uint32_t bx_names_add(struct bx_names *t, const char *name, size_t n)
{
    if (!bx_has_secret(t->secrets, t->nsecrets, name, n))
        return add(t, name, n);
    BX_CLEANUP_BUF struct bx_buf clean = {0};
    bx_redact(t->secrets, t->nsecrets, name, n, &clean);
    return add(t, bx_buf_str(&clean), clean.n);
}

void bx_names_free(struct bx_names *t)
{
    free(t->slots);
    free(t->backend->names);
    t->backend->names = NULL;
    t->backend->nnames = 0;
    bx_arena_release(&t->arena);
    *t = (struct bx_names){.backend = t->backend, .secrets = t->secrets, .nsecrets = t->nsecrets};
}
