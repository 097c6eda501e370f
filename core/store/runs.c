/* runs.c: each start of the night, and how it ended. */
#include "core/store/sql.h"
#include <stdlib.h>
#include <string.h>

bool bx_store_run_begin(struct bx_store *st, const char *verb, const struct bx_host *host, int64_t now, bx_id *id, struct bx_err *e)
{
    static const char what[] = "begin a run";
    struct bx_q q;
    *id = bx_id_new();
    if (!bx_store_begin(st, what, e))
        return false;
    /* The lock is ours: whoever is still "running" was killed. */
    bool ok = bx_q_open(&q, st, "run_close_killed", what, e) && bx_q_run(&q);
    ok = ok && bx_q_open(&q, st, "run_begin", what, e);
    if (ok) {
        bx_q_blob(&q, id->b, sizeof id->b);
        bx_q_text(&q, verb);
        bx_q_int(&q, now);
        bx_q_text(&q, host->name);
        bx_q_text(&q, host->text);
        bx_q_text(&q, host->fingerprint);
        bx_q_text(&q, BX_VERSION);
        ok = bx_q_run(&q);
    }
    return bx_store_commit(st, ok, what, e);
}

bool bx_store_run_end(struct bx_store *st, const bx_id *id, const char *outcome, unsigned models, unsigned failed, int exit_status,
                      int64_t now, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "run_end", "finish the run", e))
        return false;
    bx_q_text(&q, outcome);
    bx_q_int(&q, models);
    bx_q_int(&q, failed);
    bx_q_int(&q, exit_status);
    bx_q_int(&q, now);
    bx_q_blob(&q, id->b, sizeof id->b);
    return bx_q_run(&q);
}

bool bx_store_runs(struct bx_store *st, struct bx_run_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_run_row *list = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "runs", "read the runs", e))
        return false;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        struct bx_run_row *r = &list[(*n)++];
        *r = (struct bx_run_row){.seq = bx_q_i64(&q, 1),
                                 .verb = bx_q_need(&q, 2, a),
                                 .started = bx_q_time(&q, 3),
                                 .finished = bx_q_time(&q, 4),
                                 .outcome = bx_q_need(&q, 5, a),
                                 .exit_status = (int)bx_q_in(&q, 6, 0, 255),
                                 .host = {bx_q_str(&q, 7, a), bx_q_str(&q, 8, a), bx_q_str(&q, 9, a)},
                                 .boxscore = bx_q_need(&q, 10, a),
                                 .models = (unsigned)bx_q_in(&q, 11, 0, UINT32_MAX),
                                 .failed = (unsigned)bx_q_in(&q, 12, 0, UINT32_MAX)};
        bx_q_fixed(&q, 0, r->id.b, sizeof r->id.b);
    }
    *rows = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}
