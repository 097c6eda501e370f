/* names.c: a backend's class names: a growing list whose indices stay, found by name. */
#include "core/backend/answer.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

bool bx_class_name_ok(struct bx_slice s)
{
    return s.n > 0 && s.n <= BX_MAX_NAME && !memchr(s.p, 0, s.n) && bx_utf8_valid(s.p, s.n) && !bx_has_control(s.p, s.n);
}

static uint32_t add(struct bx_names *t, const char *name, size_t n)
{
    struct bx_backend *b = t->backend;
    uint32_t *slot = bx_name_slot(&t->table, b->names, b->nnames, name, n);
    if (!*slot) {
        b->names = bx_grow(b->names, &t->cap, b->nnames + 1, sizeof *b->names);
        b->names[b->nnames++] = bx_strndup(&t->arena, name, n);
        *slot = (uint32_t)b->nnames;
    }
    return *slot - 1;
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
    bx_name_table_free(&t->table);
    free(t->backend->names);
    t->backend->names = NULL;
    t->backend->nnames = 0;
    bx_arena_release(&t->arena);
    *t = (struct bx_names){.backend = t->backend, .secrets = t->secrets, .nsecrets = t->nsecrets};
}
