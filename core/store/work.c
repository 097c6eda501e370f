/* work.c: who is asked just now, so that a night knows whom the one before it ended with. */
#include "core/store/sql.h"
#include <stdlib.h>

static bool one(struct bx_store *st, const char *query, const char *slug, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, query, "note the model in work", e))
        return false;
    bx_q_text(&q, slug);
    return bx_q_run(&q);
}

bool bx_store_work_begin(struct bx_store *st, const struct bx_subject *s, const char *images, const bx_id *run, bool asked, int64_t now,
                         struct bx_err *e)
{
    static const char what[] = "note the model in work";
    struct bx_q q;
    /* What ends the machine must find it on the disk; the other commits of a WAL need not be there at once. */
    if (!bx_store_exec(st, "PRAGMA synchronous = FULL", what, e) || !bx_q_open(&q, st, "work_put", what, e))
        return false;
    bx_q_text(&q, s->slug);
    bx_q_blob(&q, s->version, 32);
    bx_q_text(&q, images);
    bx_q_blob(&q, run->b, sizeof run->b);
    bx_q_int(&q, now);
    bx_q_int(&q, !asked);
    return bx_q_run(&q) && (!st->wal || bx_store_exec(st, "PRAGMA synchronous = NORMAL", what, e));
}

bool bx_store_work_end(struct bx_store *st, const char *slug, struct bx_err *e)
{
    return one(st, "work_end", slug, e);
}

bool bx_store_work_killed(struct bx_store *st, const char *slug, struct bx_err *e)
{
    return one(st, "work_killed", slug, e);
}

bool bx_store_works(struct bx_store *st, struct bx_work **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_work *list = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "works", "read who was asked", e))
        return false;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        struct bx_work *w = &list[(*n)++];
        *w = (struct bx_work){.slug = bx_q_need(&q, 0, a),
                              .images = bx_q_need(&q, 2, a),
                              .started = bx_q_time(&q, 4),
                              .killed = bx_q_flag(&q, 5),
                              .host = {bx_q_str(&q, 6, a), bx_q_str(&q, 7, a), bx_q_str(&q, 8, a)},
                              .boxscore = bx_q_need(&q, 9, a),
                              .answered = bx_q_or(&q, 10, 0)};
        bx_q_fixed(&q, 1, w->version, 32);
        bx_q_fixed(&q, 3, w->run.b, sizeof w->run.b);
    }
    *rows = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}
