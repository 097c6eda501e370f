/* open.c: opening, hardening and migrating the file. */
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/store/embedded.h"
#include "core/store/sql.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

/* Migrations are the files NNNN_*.sql; the table is sorted by name. */
static int migration_number(const char *name)
{
    return strspn(name, "0123456789") == 4 && name[4] == '_' ? atoi(name) : 0;
}

static int newest_schema(void)
{
    int newest = 0;
    for (const struct bx_embedded *f = bx_embedded_sql; f->name; f++)
        if (migration_number(f->name) > newest)
            newest = migration_number(f->name);
    return newest;
}

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
    return bx_store_exec(st, "PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0", "configure", e);
}

/* Is this ours? Nothing is written before the answer is yes. *fresh: an empty file, or none. */
static bool recognise(struct bx_store *st, bool *fresh, struct bx_err *e)
{
    int64_t application = 0, version = 0, pages = 0;
    if (!pragma_int(st, "PRAGMA application_id", &application, e) || !pragma_int(st, "PRAGMA user_version", &version, e) ||
        !pragma_int(st, "SELECT count(*) FROM sqlite_schema", &pages, e)) {
        if ((sqlite3_errcode(st->db) & 0xff) == SQLITE_NOTADB)
            return bx_fail(e, BX_DB, "'%s' is not a SQLite database; it was left untouched", st->path);
        return false;
    }
    *fresh = application == 0 && version == 0 && pages == 0;
    if (!*fresh && application != BX_APPLICATION_ID)
        return bx_fail(e, BX_DB, "'%s' is a SQLite database of another program (application id 0x%08x, expected 0x%08x); it was left untouched", st->path,
                       (unsigned)application, BX_APPLICATION_ID);
    if (version > newest_schema())
        return bx_fail(e, BX_DB, "'%s' has schema %lld, and this boxscore %s knows up to %d; use a newer boxscore. It was left untouched", st->path,
                       (long long)version, BX_VERSION, newest_schema());
    st->schema = (int)version;
    return true;
}

static bool migrate(struct bx_store *st, struct bx_err *e)
{
    for (const struct bx_embedded *f = bx_embedded_sql; f->name; f++) {
        int number = migration_number(f->name);
        if (number <= st->schema)
            continue;
        char stamp[96];
        snprintf(stamp, sizeof stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d", BX_APPLICATION_ID, number);
        bool ok = bx_store_begin(st, "begin a migration", e);
        if (!ok)
            return false;
        int64_t now = 0; /* another process may have migrated while we waited for the lock */
        ok = pragma_int(st, "PRAGMA user_version", &now, e);
        if (ok && now < number)
            ok = bx_store_exec(st, f->text, f->name, e) && bx_store_exec(st, stamp, "stamp the schema", e);
        if (!bx_store_commit(st, ok, "migrate", e))
            return bx_wrap(e, "migration %s", f->name);
        st->schema = number;
    }
    return true;
}

static bool catalogue_bind(struct bx_q *q, const struct bx_metric_info *m)
{
    static const char *const better[] = {"higher", "lower", "neither"};
    bx_q_again(q);
    bx_q_text(q, m->name);
    bx_q_text(q, m->label);
    bx_q_text(q, m->unit);
    bx_q_text(q, better[m->better]);
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
    for (size_t i = 0; i < bx_nmetrics; i++)
        same += catalogue_bind(&q, &bx_metrics[i]);
    if (!bx_q_end(&q))
        return false;
    if (same == bx_nmetrics)
        return true;
    if (!bx_store_begin(st, "write the catalogue", e))
        return false;
    bool ok = bx_q_open(&q, st, "catalogue_put", "write the catalogue", e);
    for (size_t i = 0; ok && i < bx_nmetrics; i++)
        catalogue_bind(&q, &bx_metrics[i]);
    ok = bx_q_end(&q) && ok;
    return bx_store_commit(st, ok, "write the catalogue", e);
}

static bool prepare(struct bx_store *st, struct bx_err *e)
{
    bool fresh = false;
    if (!harden(st, e) || !recognise(st, &fresh, e))
        return false;
    if (st->mode == BX_STORE_READ) {
        if (st->schema < newest_schema())
            return bx_fail(e, BX_DB, "'%s' has the older schema %d; 'boxscore run' or 'boxscore status' migrates it to %d", st->path, st->schema, newest_schema());
        return bx_store_exec(st, "PRAGMA query_only = ON", "configure", e);
    }
    const char *journal = on_network(st->path) ? "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL" : "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL";
    if (fresh && !bx_store_exec(st, "PRAGMA auto_vacuum = INCREMENTAL", "configure", e))
        return false;
    return bx_store_exec(st, journal, "set the journal", e) && migrate(st, e) && catalogue(st, e);
}

bool bx_store_open(const char *path, enum bx_store_mode mode, struct bx_store **out, struct bx_err *e)
{
    *out = NULL;
    struct stat sb;
    if (stat(path, &sb) == 0 && !S_ISREG(sb.st_mode))
        return bx_fail(e, BX_DB, "'%s' is not a regular file, expected a database", path);
    if (mode == BX_STORE_READ && stat(path, &sb) != 0)
        return bx_fail(e, BX_DB, "cannot open the database '%s': %s; 'boxscore run' makes it", path, strerror(errno));
    struct bx_store *st = bx_xrealloc(NULL, 1, sizeof *st);
    *st = (struct bx_store){.mode = mode, .path = strdup(path)};
    bx_queries_load(st);
    /* A reader opens for writing too where it may: WAL's index is a file that readers write. query_only keeps it honest. */
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | (mode == BX_STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
    int status = sqlite3_open_v2(path, &st->db, flags, NULL);
    bool ok = status == SQLITE_OK ? prepare(st, e)
                                  : bx_fail(e, BX_DB, "cannot open the database '%s': %s", path, st->db ? sqlite3_errmsg(st->db) : "out of memory");
    if (!ok) {
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
    sqlite3_close_v2(st->db);
    free(st->queries);
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
            ok = bx_fail(e, BX_DB, "'%s' is damaged: %s; restore a backup", st->path, verdict);
    }
    ok = bx_q_end(&q) && ok;
    if (ok) {
        ok = bx_q_open(&q, st, "foreign_keys", "check", e);
        if (ok && bx_q_row(&q))
            ok = bx_fail(e, BX_DB, "'%s' is damaged: a row of table '%s' refers to one that is not there", st->path, bx_q_str(&q, 0, &a));
        ok = bx_q_end(&q) && ok;
    }
    bx_arena_release(&a);
    return ok;
}
