/*
 * merge.c: another store's rows into ours: insert-or-ignore by natural keys, in one transaction. Where both know a thing (a model's
 * metadata, a board), ours stays; but of two reports the one made later, for it may come from a corrected metric.
 */
#include "core/store/sql.h"
#include "core/base/buf.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
        {"merge_run_ended", NULL},
        {"merge_runs_done", NULL},
        {"merge_model_known", NULL},
        {"merge_model", &out->models},
        {"merge_member", NULL},
        {"merge_subset", NULL},
        {"merge_training", NULL},
        {"merge_seen", NULL},
        {"merge_trained", NULL},
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
        {"merge_report", &out->reports}, {"merge_metric", NULL},   {"merge_curve", NULL},         {"merge_fallen", NULL},
        {"merge_image_results", NULL},   {"merge_unscored", NULL}, {"merge_unscored_done", NULL},
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

static bool conflicts(struct bx_store *st, struct bx_merge_result *out, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_merge_conflict *list = NULL;
    size_t cap = 0;
    if (!bx_q_open(&q, st, "merge_conflicts", "merge", e))
        return false;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, out->nconflicts + 1, sizeof *list);
        list[out->nconflicts++] = (struct bx_merge_conflict){bx_q_str(&q, 0, a), bx_q_str(&q, 1, a), bx_q_str(&q, 2, a)};
    }
    out->conflicts = bx_memdup(a, list, out->nconflicts * sizeof *list);
    free(list);
    return bx_q_end(&q);
}

static bool merge(struct bx_store *st, const char *other, struct bx_merge_result *out, struct bx_arena *a, struct bx_err *e)
{
    static const char what[] = "merge";
    if (!judge(st, other, e) || !attach(st, other, e))
        return false;
    bool ok = conflicts(st, out, a, e) && bx_store_exec(st, "BEGIN", what, e);
    if (ok)
        ok = bx_store_commit(st, rows(st, out, e), what, e);
    return bx_store_exec(st, "DETACH other", "detach the other database", ok ? e : NULL) && ok;
}

/* An open handle when it is a database of ours with an older schema. Whatever else it is, judge finds out. Opened for writing where it may
 * be: only such a one takes away the -shm and -wal that reading makes. */
static sqlite3 *older(const struct bx_store *st, const char *path)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    struct stat sb;
    struct bx_err ignored = {0};
    if (stat(path, &sb) != 0 || !S_ISREG(sb.st_mode) || sb.st_nlink > 1) /* opening a pipe waits for a writer */
        return NULL;
    struct bx_store its = {.mode = BX_STORE_READ, .path = strdup(path)};
    bool is = bx_store_recognise(&its, &ignored);
    free(its.path);
    if (!is)
        return NULL;
    is = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
         sqlite3_prepare_v2(db, "SELECT user_version FROM pragma_user_version", -1, &s, NULL) == SQLITE_OK &&
         sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int(s, 0) > 0 && sqlite3_column_int(s, 0) < st->schema;
    sqlite3_finalize(s);
    if (is)
        return db;
    sqlite3_close(db);
    return NULL;
}

/* Others are only read: an older one is migrated in a copy beside our file. */
static bool merge_older(struct bx_store *st, sqlite3 *db, struct bx_merge_result *out, struct bx_arena *a, struct bx_err *e)
{
    static const char *const parts[] = {"", "-wal", "-shm", ".lock"};
    BX_CLEANUP_BUF struct bx_buf name = {0};
    bx_buf_addf(&name, "%s.merge-%ld", st->path, (long)getpid());
    unlink(name.p);
    bool ok = bx_store_copy(db, name.p, e);
    sqlite3_close(db);
    ok = ok && merge(st, name.p, out, a, e);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        BX_CLEANUP_BUF struct bx_buf part = {0};
        bx_buf_addf(&part, "%s%s", name.p, parts[i]);
        unlink(part.p);
    }
    return ok;
}

bool bx_store_merge(struct bx_store *st, const char *other, struct bx_merge_result *out, struct bx_arena *a, struct bx_err *e)
{
    *out = (struct bx_merge_result){0};
    if (bx_store_same_file(st->path, other))
        return bx_fail(e, BX_USAGE, "'%s' is the database itself, expected another one", other);
    sqlite3 *db = older(st, other);
    bool ok = db ? merge_older(st, db, out, a, e) : merge(st, other, out, a, e);
    return ok || bx_wrap(e, "merging '%s'", other);
}
