/* open.c: opening, hardening and migrating the file. */
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/data/columns.h"
#include "core/store/embedded.h"
#include "core/store/sql.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool pragma_int(struct bx_store *st, const char *sql, int64_t *out, struct bx_err *e)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(st->db, sql, -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *out = sqlite3_column_int64(s, 0);
    else
        bx_store_fail(st, "read the header", e);
    sqlite3_finalize(s);
    return ok;
}

/* WAL needs memory shared between processes, which a network file system does not give. */
static bool on_network(const char *path)
{
    enum { NFS = 0x6969, SMB = 0x517b, SMB2 = (int)0xfe534d42, CIFS = (int)0xff534d42, P9 = 0x01021997, CEPH = 0x00c36400 };
    struct statfs fs;
    if (statfs(path, &fs) != 0)
        return false;
    int type = (int)fs.f_type;
    return type == NFS || type == SMB || type == SMB2 || type == CIFS || type == P9 || type == CEPH;
}

static bool harden(struct bx_store *st, struct bx_err *e)
{
    sqlite3_busy_timeout(st->db, 10000);
    sqlite3_extended_result_codes(st->db, 1);
    sqlite3_db_config(st->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(st->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_db_config(st->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(st->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(st->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    /* Debian's SQLite fills what it deletes with zeros: each page that is given up would be written once more. */
    return bx_store_exec(st,
                         "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; "
                         "PRAGMA secure_delete = OFF",
                         "configure", e);
}

static bool newer(const struct bx_store *st, int64_t version, struct bx_err *e)
{
    return bx_fail(e, BX_DB, "'%s' has schema %lld, and this boxscore %s knows up to %d; use a newer boxscore. It was left untouched",
                   st->path, (long long)version, BX_VERSION, bx_schema_newest());
}

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

enum { HEADER = 100 };

/* The file's first bytes; how many there were, -1 with errno when it cannot be read. Through SQLite's file system, which knows that closing
 * any descriptor of a file drops all POSIX locks that this process holds on it, and waits. */
static int read_header(const char *path, unsigned char head[HEADER])
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    struct stat sb;
    if (stat(path, &sb) != 0)
        return -1;
    char *full = bx_xrealloc(NULL, (size_t)vfs->mxPathname + 1, 1);
    sqlite3_file *file = bx_xrealloc(NULL, (size_t)vfs->szOsFile, 1);
    memset(file, 0, (size_t)vfs->szOsFile);
    errno = 0;
    int n = -1, why = ENAMETOOLONG;
    if (vfs->xFullPathname(vfs, path, vfs->mxPathname + 1, full) == SQLITE_OK) {
        const char *name = sqlite3_create_filename(full, "", "", 0, NULL);
        int rc = name ? vfs->xOpen(vfs, name, file, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, NULL) : SQLITE_NOMEM;
        why = errno ? errno : EIO;
        if (rc == SQLITE_OK) {
            sqlite3_int64 size = 0;
            rc = file->pMethods->xFileSize(file, &size);
            if (rc == SQLITE_OK && size > 0)
                rc = file->pMethods->xRead(file, head, HEADER, 0);
            why = errno ? errno : EIO;
            if (rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ)
                n = size < HEADER ? (int)size : HEADER;
        }
        if (file->pMethods)
            file->pMethods->xClose(file);
        sqlite3_free_filename(name);
    }
    free(file);
    free(full);
    errno = why;
    return n;
}

bool bx_store_recognise(const struct bx_store *st, struct bx_err *e)
{
    enum { PAGES = 28, COOKIE = 40, USER_VERSION = 60, APPLICATION = 68 };
    static const char magic[16] = "SQLite format 3";
    unsigned char head[HEADER];
    int n = read_header(st->path, head);
    if (n < 0 && errno == ENOENT && st->mode == BX_STORE_WRITE)
        return true;
    if (n < 0)
        return bx_fail(e, BX_DB, "cannot read the database '%s': %s%s", st->path, strerror(errno),
                       errno == ENOENT ? "; 'boxscore run' makes it" : "");
    if (n == 0 && st->mode == BX_STORE_WRITE)
        return true;
    if (n < HEADER || memcmp(head, magic, sizeof magic) != 0)
        return bx_fail(e, BX_DB, "'%s' is not a SQLite database; it was left untouched", st->path);
    /* One page that never had a table: creating ours was cut off before it was stamped (a kill, a full disk). There is nothing in it that
     * is anybody's. */
    if (st->mode == BX_STORE_WRITE && !big_endian(head + APPLICATION) && !big_endian(head + USER_VERSION) && !big_endian(head + COOKIE) &&
        big_endian(head + PAGES) <= 1)
        return true;
    if (big_endian(head + APPLICATION) != BX_APPLICATION_ID)
        return bx_fail(e, BX_DB,
                       "'%s' is a SQLite database of another program (application id 0x%08x, expected 0x%08x); it was left untouched",
                       st->path, big_endian(head + APPLICATION), BX_APPLICATION_ID);
    int32_t version = (int32_t)big_endian(head + USER_VERSION);
    return version <= bx_schema_newest() || newer(st, version, e);
}

/* Before the journal becomes a WAL: from here on the file says whose it is, whatever happens. */
static bool create(struct bx_store *st, struct bx_err *e)
{
    char stamp[96];
    snprintf(stamp, sizeof stamp, "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = %d", BX_APPLICATION_ID);
    return bx_store_exec(st, stamp, "create the database", e);
}

static bool catalogue_bind(struct bx_q *q, const struct bx_metric_info *m)
{
    bx_q_again(q);
    bx_q_text(q, m->name);
    bx_q_text(q, m->label);
    bx_q_text(q, bx_unit_name(m->unit));
    bx_q_text(q, bx_better_name(m->better));
    bx_q_text(q, m->definition);
    return bx_q_row(q);
}

/* The words for people who query by hand; written only when this program's differ from those in the file. */
static bool catalogue(struct bx_store *st, struct bx_err *e)
{
    struct bx_q q;
    size_t same = 0;
    if (!bx_q_open(&q, st, "catalogue_has", "read the catalogue", e))
        return false;
    for (size_t i = 0; i < BX_NMETRICS; i++)
        same += catalogue_bind(&q, &bx_metrics[i]);
    if (!bx_q_end(&q))
        return false;
    if (same == BX_NMETRICS)
        return true;
    if (!bx_store_begin(st, "write the catalogue", e))
        return false;
    bool ok = bx_q_open(&q, st, "catalogue_put", "write the catalogue", e);
    for (size_t i = 0; ok && i < BX_NMETRICS; i++)
        catalogue_bind(&q, &bx_metrics[i]);
    ok = bx_q_end(&q) && ok;
    return bx_store_commit(st, ok, "write the catalogue", e);
}

/* The view `leaderboard`: the text of leaderboard.sql with the columns of the table put in. */
static void leaderboard_text(struct bx_buf *out)
{
    static const char mark[] = "/* columns */\n    ";
    const struct bx_embedded *f = bx_embedded_sql;
    while (strcmp(f->name, "leaderboard.sql") != 0)
        f++;
    const char *begin = strstr(f->text, "CREATE VIEW"), *at = strstr(begin, mark), *end = f->text + strlen(f->text);
    bx_buf_add(out, begin, (size_t)(at - begin));
    for (enum bx_column c = 0; c < BX_NCOLUMNS; c++) {
        const struct bx_column_info *info = &bx_columns[c];
        if (!info->sql)
            continue;
        if (*info->sql)
            bx_buf_addf(out, "%s AS \"%s\",\n    ", info->sql, info->name);
        else
            bx_buf_addf(out, "(SELECT value FROM metric WHERE report = c.report AND name = '%s' AND class = -1) AS \"%s\",\n    ",
                        bx_metrics[info->metric].name, bx_metrics[info->metric].name);
    }
    at += sizeof mark - 1;
    while (end > at && end[-1] == '\n')
        end--;
    bx_buf_add(out, at, (size_t)(end - at));
}

/* Made anew only when it is another than this program's. */
static bool leaderboard(struct bx_store *st, struct bx_err *e)
{
    static const char what[] = "make the view 'leaderboard'";
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct bx_q q;
    leaderboard_text(&text);
    if (!bx_q_open(&q, st, "view_has", what, e))
        return false;
    bx_q_text(&q, bx_buf_str(&text));
    bool same = bx_q_row(&q);
    if (!bx_q_end(&q))
        return false;
    if (same)
        return true;
    if (!bx_store_begin(st, what, e))
        return false;
    bool ok = bx_store_exec(st, "DROP VIEW IF EXISTS leaderboard", what, e) && bx_store_exec(st, bx_buf_str(&text), what, e);
    return bx_store_commit(st, ok, what, e);
}

/* A reader of an older file: migrated first, by a writer of its own. Not while a run holds the file: it may be an older boxscore's, which
 * would find another schema under its hands. */
static bool migrate_for_reader(struct bx_store *st, struct bx_err *e)
{
    struct bx_store *writer;
    struct bx_lock lock = {.fd = -1};
    bool ok = bx_lock_take(st->path, "migrate", &lock, e) && bx_store_open(st->path, BX_STORE_WRITE, &writer, e);
    if (ok) {
        st->schema = writer->schema;
        bx_store_close(writer);
    } else
        bx_wrap(e, "'%s' has the older schema %d and must be migrated to %d", st->path, st->schema, bx_schema_newest());
    bx_lock_release(&lock);
    return ok;
}

static bool read_schema(struct bx_store *st, struct bx_err *e)
{
    int64_t version = 0;
    if (!pragma_int(st, "PRAGMA user_version", &version, e))
        return false;
    st->schema = (int)version;
    return version <= bx_schema_newest() || newer(st, version, e); /* the header may have been older than its -wal */
}

static bool prepare(struct bx_store *st, struct bx_err *e)
{
    if (!harden(st, e) || !bx_functions_register(st, e) || !read_schema(st, e))
        return false;
    if (st->mode == BX_STORE_READ)
        return (st->schema == bx_schema_newest() || migrate_for_reader(st, e)) &&
               bx_store_exec(st, "PRAGMA query_only = ON", "configure", e) && bx_sums_check_small(st, e);
    st->wal = !on_network(st->path);
    const char *journal =
        st->wal ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL" : "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL";
    return (st->schema || create(st, e)) && bx_store_exec(st, journal, "set the journal", e) && bx_store_migrate(st, bx_embedded_sql, e) &&
           bx_sums_check_small(st, e) && bx_sums_keep(st, e) && catalogue(st, e) && leaderboard(st, e);
}

/* Nobody of this user's may write beside the file, and no journal with anything in it is there: all there is to read is the file. */
static bool is_still(const struct bx_store *st)
{
    struct bx_arena a = {0};
    struct stat sb;
    bool still = st->mode == BX_STORE_READ && faccessat(AT_FDCWD, bx_path_dir(&a, st->path), W_OK, AT_EACCESS) != 0 &&
                 (stat(bx_printf(&a, "%s-wal", st->path), &sb) != 0 || sb.st_size == 0);
    bx_arena_release(&a);
    return still;
}

/*
 * A reader opens for writing too where it may: WAL's index is a file that readers write. query_only keeps it honest. Where it may not,
 * SQLite reads with the files that a writer has made, or the file alone when it is told that nobody changes it. Should a night begin just
 * then, the checksums tell what it moved under our hands, and bx_store_damaged that it was a night.
 */
static bool open_database(struct bx_store *st, struct bx_err *e)
{
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    int rc;
    if (is_still(st) && stat(st->path, &st->was) == 0) {
        st->still = true;
        BX_CLEANUP_BUF struct bx_buf uri = {0};
        bx_buf_adds(&uri, *st->path == '/' ? "file://" : "file:");
        for (const char *p = st->path; *p; p++)
            bx_buf_addf(&uri, strchr("%?#", *p) ? "%%%02x" : "%c", (unsigned char)*p);
        bx_buf_adds(&uri, "?immutable=1");
        rc = sqlite3_open_v2(bx_buf_str(&uri), &st->db, flags | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
    } else
        rc =
            sqlite3_open_v2(st->path, &st->db, flags | SQLITE_OPEN_READWRITE | (st->mode == BX_STORE_WRITE ? SQLITE_OPEN_CREATE : 0), NULL);
    return rc == SQLITE_OK || bx_store_fail(st, "open the database", e);
}

bool bx_store_open(const char *path, enum bx_store_mode mode, struct bx_store **out, struct bx_err *e)
{
    *out = NULL;
    struct stat sb;
    bool sb_known = stat(path, &sb) == 0;
    if (sb_known && !S_ISREG(sb.st_mode))
        return bx_fail(e, BX_DB, "'%s' is not a regular file, expected a database", path);
    if (sb_known && sb.st_nlink > 1)
        return bx_fail(e, BX_DB, "'%s' has %ju names (hard links): each would have a lock and a journal of its own; keep one", path,
                       (uintmax_t)sb.st_nlink);
    struct bx_store *st = bx_xrealloc(NULL, 1, sizeof *st);
    *st = (struct bx_store){.mode = mode, .path = strdup(path)};
    bx_queries_load(st);
    if (!bx_store_recognise(st, e) || !open_database(st, e) || !prepare(st, e)) {
        bx_store_close(st);
        return false;
    }
    *out = st;
    return true;
}

void bx_store_close(struct bx_store *st)
{
    if (!st)
        return;
    bx_queries_free(st);
    sqlite3_close_v2(st->db);
    free(st->path);
    free(st);
}

const char *bx_store_path(const struct bx_store *st)
{
    return st->path;
}

int bx_store_schema(const struct bx_store *st)
{
    return st->schema;
}

uint64_t bx_store_size(struct bx_store *st)
{
    uint64_t total = 0;
    static const char *const parts[] = {"", "-wal"};
    for (size_t i = 0; i < 2; i++) {
        BX_CLEANUP_BUF struct bx_buf path = {0};
        bx_buf_addf(&path, "%s%s", st->path, parts[i]);
        struct stat sb;
        if (stat(path.p, &sb) == 0)
            total += (uint64_t)sb.st_size;
    }
    return total;
}

bool bx_store_check(struct bx_store *st, struct bx_err *e)
{
    struct bx_q q;
    struct bx_arena a = {0};
    bool ok = bx_q_open(&q, st, "integrity", "check", e) && bx_q_row(&q);
    if (ok) {
        const char *verdict = bx_q_str(&q, 0, &a);
        if (strcmp(verdict, "ok") != 0)
            ok = bx_store_damaged(st, e, "%s", verdict);
    }
    ok = bx_q_end(&q) && ok;
    if (ok) {
        ok = bx_q_open(&q, st, "foreign_keys", "check", e);
        if (ok && bx_q_row(&q))
            ok = bx_store_damaged(st, e, "a row of table '%s' refers to one that is not there", bx_q_str(&q, 0, &a));
        ok = bx_q_end(&q) && ok;
    }
    bx_arena_release(&a);
    return ok && bx_sums_check(st, e);
}

bool bx_store_verify(struct bx_store *st, struct bx_err *e)
{
    return bx_store_check(st, e) && bx_detections_check(st, e);
}
