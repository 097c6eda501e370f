/* migrate.c: older files become today's: each .sql in a transaction of its own, with what SQL alone cannot say. */
#include "core/store/sql.h"
#include "core/base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Migrations are the files NNNN_*.sql; the table is sorted by name. */
int bx_migration_number(const char *name)
{
    return strspn(name, "0123456789") == 4 && name[4] == '_' ? atoi(name) : 0;
}

int bx_schema_newest(void)
{
    int newest = 0;
    for (const struct bx_embedded *f = bx_embedded_sql; f->name; f++)
        if (bx_migration_number(f->name) > newest)
            newest = bx_migration_number(f->name);
    return newest;
}

static int digit(int c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* bx_unhex('bx1-dets-<64 hex>'): the 32 bytes. Any other text: its own bytes, so that nothing is lost. */
static void sql_unhex(sqlite3_context *c, int argc, sqlite3_value **argv)
{
    static const char prefix[] = "bx1-dets-";
    uint8_t digest[32];
    (void)argc;
    const char *s = (const char *)sqlite3_value_text(argv[0]);
    size_t n = (size_t)sqlite3_value_bytes(argv[0]), k = 0;
    if (!s) {
        sqlite3_result_null(c);
        return;
    }
    if (n == sizeof prefix - 1 + 2 * sizeof digest && !memcmp(s, prefix, sizeof prefix - 1))
        for (const char *p = s + sizeof prefix - 1; k < sizeof digest && digit(p[0]) >= 0 && digit(p[1]) >= 0; k++, p += 2)
            digest[k] = (uint8_t)(digit(p[0]) << 4 | digit(p[1]));
    if (k == sizeof digest)
        sqlite3_result_blob(c, digest, sizeof digest, SQLITE_TRANSIENT);
    else
        sqlite3_result_blob(c, s, (int)n, SQLITE_TRANSIENT);
}

/* bx_geometries(block, names as JSON): bx_detections_geometries; of a damaged block 1, a box. */
static void sql_geometries(sqlite3_context *c, int argc, sqlite3_value **argv)
{
    (void)argc;
    struct bx_arena a = {0};
    struct bx_err ignored = {0};
    struct bx_detections d;
    const char **names;
    size_t nnames;
    const void *block = sqlite3_value_blob(argv[0]);
    size_t size = (size_t)sqlite3_value_bytes(argv[0]);
    bool ok = block && bx_names_parse((const char *)sqlite3_value_text(argv[1]), &names, &nnames, &a, &ignored) &&
              bx_detections_unpack(&block, &size, 1, names, nnames, &d, &a, &ignored);
    sqlite3_result_int(c, ok ? (int)bx_detections_geometries(&d) : 1 << BX_GEOM_BOX);
    bx_arena_release(&a);
}

bool bx_functions_register(struct bx_store *st, struct bx_err *e)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    return (sqlite3_create_function(st->db, "bx_unhex", 1, flags, NULL, sql_unhex, NULL, NULL) == SQLITE_OK &&
            sqlite3_create_function(st->db, "bx_geometries", 2, flags, NULL, sql_geometries, NULL, NULL) == SQLITE_OK &&
            bx_sums_register(st)) ||
           bx_store_fail(st, "configure", e);
}

static bool put_scalars(struct bx_store *st, struct bx_q *put, int64_t report, struct bx_scalars *s, struct bx_err *e)
{
    if (!bx_scalars_layout(st, s, e))
        return false;
    bx_q_again(put);
    bx_q_text(put, bx_buf_str(&s->names));
    bx_q_blob(put, s->values.p, s->values.n);
    bx_q_int(put, report);
    bx_q_row(put);
    bool ok = !put->failed;
    bx_q_again(put); /* before what it has bound goes */
    bx_scalars_free(s);
    return ok;
}

/* Schema 1 had scalars as rows alone. One pass over them, in their own order. */
static bool pack_scalars(struct bx_store *st, struct bx_err *e)
{
    static const char what[] = "pack the reports' scalars";
    struct bx_q q, put;
    struct bx_scalars s = {0};
    int64_t id = 0;
    if (!bx_q_open(&put, st, "report_scalars", what, e))
        return false;
    bool ok = bx_q_open(&q, st, "all_scalars", what, e);
    while (ok && bx_q_row(&q)) {
        int64_t next = bx_q_i64(&q, 0);
        if (id && next != id)
            ok = put_scalars(st, &put, id, &s, e);
        id = next;
        bx_scalars_add(&s, bx_q_view(&q, 1), bx_q_f64(&q, 2));
    }
    ok = ok && !q.failed && (!id || put_scalars(st, &put, id, &s, e));
    bx_scalars_free(&s);
    ok = bx_q_end(&q) && ok;
    return bx_q_end(&put) && ok;
}

static bool version_now(struct bx_store *st, int64_t *out, struct bx_err *e)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(st->db, "PRAGMA user_version", -1, &s, NULL) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW;
    if (ok)
        *out = sqlite3_column_int64(s, 0);
    else
        bx_store_fail(st, "read the header", e);
    sqlite3_finalize(s);
    return ok;
}

static bool unbroken(struct bx_store *st, struct bx_err *e)
{
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "foreign_keys", "check a migration", e);
    if (ok && bx_q_row(&q))
        ok = bx_fail(e, BX_DB, "it leaves a row of table '%s' that refers to one that is not there", bx_q_view(&q, 0));
    return bx_q_end(&q) && ok;
}

enum { SUMS = 4 }; /* rows have checksums from this migration on */

static bool migrate_one(struct bx_store *st, const struct bx_embedded *f, struct bx_err *e)
{
    int number = bx_migration_number(f->name);
    char stamp[64];
    snprintf(stamp, sizeof stamp, "PRAGMA user_version = %d", number);
    if (!bx_store_begin(st, "begin a migration", e))
        return false;
    int64_t now = 0; /* another process may have migrated while we waited for the lock */
    bool ok = version_now(st, &now, e);
    /* What is rewritten gets new sums, which must not make damage whole. */
    if (ok && now < number)
        ok = (number <= SUMS || bx_sums_check(st, e)) && bx_store_exec(st, f->text, "migrate", e) && (number != 2 || pack_scalars(st, e)) &&
             (number < SUMS || bx_sums_fill(st, e)) && unbroken(st, e) && bx_store_exec(st, stamp, "stamp the schema", e);
    if (!bx_store_commit(st, ok, "migrate", e))
        return bx_wrap(e, "migration %s", f->name);
    st->schema = number;
    return true;
}

/* Foreign keys are off meanwhile, as SQLite asks of migrations that rebuild a table, and checked as a whole before each commit. */
bool bx_store_migrate(struct bx_store *st, const struct bx_embedded *files, struct bx_err *e)
{
    bool ok = bx_store_exec(st, "PRAGMA foreign_keys = OFF", "configure", e);
    for (const struct bx_embedded *f = files; ok && f->name; f++)
        if (bx_migration_number(f->name) > st->schema)
            ok = migrate_one(st, f, e);
    return bx_store_exec(st, "PRAGMA foreign_keys = ON", "configure", ok ? e : NULL) && ok;
}
