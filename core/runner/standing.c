/* standing.c: who was here before: what the store knows of a model, and when the operator allowed it. */
#include "core/runner/standing.h"
#include "core/base/file.h"
#include <string.h>

static struct bx_standing *find(struct bx_standing *at, size_t n, const char *slug)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(at[i].slug, slug))
            return &at[i];
    return NULL;
}

static void add_allowed(struct bx_standings *out, struct bx_standing *rows, size_t n, const struct bx_allowed *l, struct bx_arena *a)
{
    struct bx_standing *at = BX_NEW(a, struct bx_standing, n + l->n);
    if (n)
        memcpy(at, rows, n * sizeof *at);
    for (size_t i = 0; i < l->n; i++) {
        struct bx_standing *s = find(at, n, l->at[i].slug);
        if (!s) {
            s = &at[n++];
            *s = (struct bx_standing){.slug = l->at[i].slug, .since = l->at[i].time};
        }
        s->taken = true;
        if (l->at[i].time < s->since)
            s->since = l->at[i].time;
    }
    *out = (struct bx_standings){at, n};
}

bool bx_standings_of(struct bx_store *st, const struct bx_allowed *l, struct bx_standings *out, struct bx_arena *a, struct bx_err *e)
{
    struct bx_standing *rows = NULL;
    size_t n = 0;
    if (st && !bx_store_standings(st, &rows, &n, a, e))
        return false;
    add_allowed(out, rows, n, l, a);
    return true;
}

bool bx_standings_read(const struct bx_settings *s, struct bx_standings *out, struct bx_arena *a, struct bx_err *e)
{
    struct bx_store *st = NULL;
    struct bx_allowed l;
    bool ok = bx_allowed_load(s->allowed, &l, a, e) &&
              (!bx_path_exists(s->database) || bx_store_open(s->database, BX_STORE_READ, &st, e)) && bx_standings_of(st, &l, out, a, e);
    bx_store_close(st);
    return ok;
}
