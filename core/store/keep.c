/* keep.c: the file over the years: what may go (gc), and the copy that makes one sleep (backup). */
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/store/sql.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool change(struct bx_q *q, uint64_t *count)
{
    bool ok = bx_q_run(q);
    *count = ok ? (uint64_t)sqlite3_changes64(q->st->db) : 0;
    return ok;
}

static const char collect[] = "collect what retention lets go";

static bool step(struct bx_store *st, const char *name, const struct bx_retention *r, int64_t subject, uint64_t *count, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, name, collect, e))
        return false;
    if (r) {
        bx_q_int(&q, r->newest);
        bx_q_int(&q, r->first);
        bx_q_int(&q, r->monthly);
    }
    if (subject)
        bx_q_int(&q, subject);
    return change(&q, count);
}

/* A report is whole while its detections are kept: what else is derived from them goes with them. */
bool bx_retain(struct bx_store *st, int64_t subject, const struct bx_retention *r, struct bx_err *e)
{
    uint64_t ignored;
    return step(st, "keep_detections", r, subject, &ignored, e) && step(st, "keep_latency", r, subject, &ignored, e) &&
           step(st, "keep_metric", NULL, subject, &ignored, e) && step(st, "keep_curve", NULL, subject, &ignored, e) &&
           step(st, "keep_fallen", NULL, subject, &ignored, e) && step(st, "keep_image_results", NULL, subject, &ignored, e) &&
           step(st, "keep_resamples", NULL, subject, &ignored, e);
}

bool bx_store_gc(struct bx_store *st, const struct bx_retention *r, struct bx_gc_result *out, struct bx_err *e)
{
    struct bx_q q;
    uint64_t before = bx_store_size(st), ignored;
    *out = (struct bx_gc_result){0};
    bool ok = bx_q_open(&q, st, "evaluations_count", collect, e);
    if (ok && bx_q_row(&q))
        out->evaluations = (uint64_t)bx_q_i64(&q, 0);
    if (!(bx_q_end(&q) && ok) || !bx_store_begin(st, collect, e))
        return false;
    ok = step(st, "gc_detections", r, 0, &out->detections, e) && step(st, "gc_latency", r, 0, &ignored, e) &&
         step(st, "gc_metric", NULL, 0, &ignored, e) && step(st, "gc_curve", NULL, 0, &ignored, e) &&
         step(st, "gc_fallen", NULL, 0, &ignored, e) && step(st, "gc_image_results", NULL, 0, &ignored, e) &&
         step(st, "gc_resamples", NULL, 0, &ignored, e) && step(st, "resamples_trim", NULL, 0, &ignored, e) &&
         step(st, "partial_prune", NULL, 0, &ignored, e);
    if (!bx_store_commit(st, ok, collect, e))
        return false;
    if (!bx_store_exec(st, "PRAGMA incremental_vacuum", "give pages back", e) ||
        !bx_store_exec(st, "PRAGMA wal_checkpoint(TRUNCATE)", "give pages back", e))
        return false;
    uint64_t after = bx_store_size(st);
    out->bytes = before > after ? before - after : 0;
    return true;
}

bool bx_store_copy(sqlite3 *from, const char *to, struct bx_err *e)
{
    sqlite3 *db = NULL;
    bool ok = sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;
    if (ok) {
        sqlite3_backup *b = sqlite3_backup_init(db, "main", from, "main");
        int status = b ? sqlite3_backup_step(b, -1) : SQLITE_ERROR;
        ok = b && sqlite3_backup_finish(b) == SQLITE_OK && status == SQLITE_DONE;
    }
    /* One file, without a -wal beside it: a backup is moved about. */
    ok = ok && sqlite3_exec(db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) == SQLITE_OK;
    if (!ok)
        bx_fail(e, BX_DB, "cannot write the copy '%s': %s", to, db ? sqlite3_errmsg(db) : "out of memory");
    sqlite3_close(db);
    return ok;
}

static bool verify(const char *path, struct bx_err *e)
{
    struct bx_store *st;
    if (!bx_store_open(path, BX_STORE_READ, &st, e))
        return false;
    bool ok = bx_store_verify(st, e);
    bx_store_close(st);
    return ok;
}

static bool sync_file(const char *path, struct bx_err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (!ok)
        bx_fail_errno(e, "cannot sync '%s'", path);
    if (fd >= 0)
        close(fd);
    return ok;
}

bool bx_store_same_file(const char *one, const char *other)
{
    struct stat a, b;
    return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

bool bx_store_backup(struct bx_store *st, const char *to, struct bx_err *e)
{
    if (bx_store_same_file(st->path, to))
        return bx_fail(e, BX_USAGE, "'%s' is the database itself, expected another file", to);
    BX_CLEANUP_BUF struct bx_buf part = {0};
    bx_buf_addf(&part, "%s.part-%ld", to, (long)getpid());
    unlink(part.p);
    bool ok = bx_store_copy(st->db, part.p, e) && (verify(part.p, e) || bx_wrap(e, "the copy of '%s'", st->path)) && sync_file(part.p, e);
    if (ok && rename(part.p, to) != 0)
        ok = bx_fail_errno(e, "cannot rename the backup to '%s'", to);
    if (!ok)
        unlink(part.p);
    return ok;
}
