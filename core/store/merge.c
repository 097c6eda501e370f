/*
 * merge.c: another store's rows into ours: insert-or-ignore by natural keys, in one transaction. Where both know a thing (a model's
 * metadata, a board), ours stays; but of two reports the one made later, for it may come from a corrected metric.
 */
#include "core/store/sql.h"
#include <string.h>

/* Is it one of ours, of our schema, and whole? Reading it changes nothing. */
static bool judge(struct bx_store *st, const char *other, struct bx_err *e)
{
    struct bx_store *o;
    if (!bx_store_open(other, BX_STORE_READ, &o, e))
        return false;
    bool ok = bx_store_check(o, e);
    if (ok && o->schema != st->schema)
        ok = bx_fail(e, BX_DB, "'%s' has schema %d, expected %d", other, o->schema, st->schema);
    bx_store_close(o);
    return ok;
}

/* Ours alone is written; of theirs only a snapshot is read. So no BEGIN IMMEDIATE, which would lock both. */
static bool step(struct bx_store *st, const char *name, int64_t newest, uint64_t *added, struct bx_err *e)
{
    struct bx_q q;
    bool ok = bx_q_open(&q, st, name, "merge", e);
    if (ok && sqlite3_bind_parameter_count(q.s) == 1)
        bx_q_int(&q, newest);
    ok = bx_q_run(&q) && ok;
    if (ok && added)
        *added = (uint64_t)sqlite3_changes64(st->db);
    return ok;
}

static bool newest_report(struct bx_store *st, int64_t *id, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "report_newest", "merge", e))
        return false;
    if (bx_q_row(&q))
        *id = bx_q_i64(&q, 0);
    return bx_q_end(&q);
}

struct step {
    const char *name;
    uint64_t *added;
};

static bool steps(struct bx_store *st, const struct step *s, size_t n, int64_t newest, struct bx_err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++)
        ok = step(st, s[i].name, newest, s[i].added, e);
    return ok;
}

static bool rows(struct bx_store *st, struct bx_merge_result *out, struct bx_err *e)
{
    const struct step things[] = {
        {"merge_testset", NULL},
        {"merge_class", NULL},
        {"merge_image", NULL},
        {"merge_board", NULL},
        {"merge_runs_order", NULL},
        {"merge_run", &out->runs},
        {"merge_runs_done", NULL},
        {"merge_model", &out->models},
        {"merge_version", NULL},
        {"merge_maker", NULL},
        {"merge_subject", NULL},
        {"merge_answers", NULL},
        {"merge_detections", &out->detections},
        {"merge_block", NULL},
        {"merge_evaluations_order", NULL},
        {"merge_evaluation", &out->evaluations},
        {"merge_evaluations_done", NULL},
        {"merge_latency", NULL},
        {"merge_log", NULL},
        {"merge_log_done", NULL},
        {"merge_partial", NULL},
        {"merge_partial_done", NULL},
        {"merge_scoring", NULL},
        {"merge_layout", NULL},
        {"merge_report_older", NULL},
    };
    /* Their numbers belong to the reports that come in now: those above the newest that is left. */
    const struct step reports[] = {
        {"merge_report", &out->reports},
        {"merge_metric", NULL},
        {"merge_curve", NULL},
        {"merge_image_results", NULL},
    };
    int64_t newest = 0;
    return steps(st, things, sizeof things / sizeof *things, 0, e) && newest_report(st, &newest, e) &&
           steps(st, reports, sizeof reports / sizeof *reports, newest, e);
}

static bool attach(struct bx_store *st, const char *other, struct bx_err *e)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(st->db, "ATTACH ? AS other", -1, &s, NULL) == SQLITE_OK &&
              sqlite3_bind_text(s, 1, other, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(s) == SQLITE_DONE;
    if (!ok)
        bx_store_fail(st, "attach the other database", e);
    sqlite3_finalize(s);
    return ok;
}

bool bx_store_merge(struct bx_store *st, const char *other, struct bx_merge_result *out, struct bx_err *e)
{
    static const char what[] = "merge";
    *out = (struct bx_merge_result){0};
    if (bx_store_same_file(st->path, other))
        return bx_fail(e, BX_USAGE, "'%s' is the database itself, expected another one", other);
    if (!judge(st, other, e) || !attach(st, other, e))
        return false;
    bool ok = bx_store_exec(st, "BEGIN", what, e);
    if (ok)
        ok = bx_store_commit(st, rows(st, out, e), what, e);
    ok = bx_store_exec(st, "DETACH other", "detach the other database", ok ? e : NULL) && ok;
    return ok || bx_wrap(e, "merging '%s'", other);
}
