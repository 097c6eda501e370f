/* sql.c: statements, transactions and error texts for the rest of core/store. */
#include "core/store/sql.h"
#include "core/base/json_reader.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include "core/store/embedded.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char name_mark[] = "-- name: ";

void bx_queries_load(struct bx_store *st)
{
    const char *text = NULL;
    for (const struct bx_embedded *f = bx_embedded_sql; f->name; f++)
        if (!strcmp(f->name, "queries.sql"))
            text = f->text;
    size_t cap = 0;
    for (const char *p = text ? strstr(text, name_mark) : NULL; p;) {
        const char *next = strstr(p + 1, name_mark);
        const char *name = p + sizeof name_mark - 1;
        size_t name_n = strcspn(name, "\n");
        st->queries = bx_grow(st->queries, &cap, st->nqueries + 1, sizeof *st->queries);
        const char *body = name + name_n;
        st->queries[st->nqueries++] =
            (struct bx_store_query){.name = name, .name_n = name_n, .text = body, .text_n = next ? (size_t)(next - body) : strlen(body)};
        p = next;
    }
}

void bx_queries_free(struct bx_store *st)
{
    for (size_t i = 0; i < st->nqueries; i++)
        sqlite3_finalize(st->queries[i].idle);
    free(st->queries);
}

bool bx_store_moved(const struct bx_store *st, struct bx_err *e)
{
    struct stat now;
    if (!st->still || (stat(st->path, &now) == 0 && now.st_ino == st->was.st_ino && now.st_size == st->was.st_size &&
                       now.st_mtim.tv_sec == st->was.st_mtim.tv_sec && now.st_mtim.tv_nsec == st->was.st_mtim.tv_nsec))
        return false;
    bx_fail(e, BX_BUSY, "'%s' was written while it was read, as a night does that began just then: read it again", st->path);
    return true;
}

bool bx_store_damaged(struct bx_store *st, struct bx_err *e, const char *fmt, ...)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    va_list ap;
    if (bx_store_moved(st, e))
        return false;
    va_start(ap, fmt);
    bx_buf_vaddf(&text, fmt, ap);
    va_end(ap);
    return bx_fail(e, BX_DB, "'%s' is damaged: %s; restore a backup", st->path, bx_buf_str(&text));
}

bool bx_store_fail(struct bx_store *st, const char *what, struct bx_err *e)
{
    int code = st->db ? sqlite3_extended_errcode(st->db) : SQLITE_NOMEM;
    const char *advice = "";
    switch (code & 0xff) {
    case SQLITE_FULL:
        advice = "; free some space and run again, nothing committed is lost";
        break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        advice = st->mode == BX_STORE_READ ? "; what a night left beside it (-wal) is first folded in by a user who may write there"
                                           : "; the folder and the file must be writable for this user";
        break;
    case SQLITE_IOERR:
        advice = "; is the disk full, or failing? Nothing committed is lost";
        break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        advice = "; another program holds the database";
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        if (bx_store_moved(st, e))
            return false;
        advice = "; restore a backup ('boxscore backup' makes them)";
        break;
    default:
        break;
    }
    return bx_fail(e, BX_DB, "cannot %s in '%s': %s%s", what, st->path, st->db ? sqlite3_errmsg(st->db) : "out of memory", advice);
}

static bool q_fail(struct bx_q *q)
{
    if (!q->failed)
        bx_store_fail(q->st, q->what, q->e);
    q->failed = true;
    return false;
}

bool bx_q_open(struct bx_q *q, struct bx_store *st, const char *name, const char *what, struct bx_err *e)
{
    *q = (struct bx_q){.st = st, .what = what, .e = e};
    const size_t n = strlen(name);
    for (size_t i = 0; i < st->nqueries && !q->of; i++)
        if (st->queries[i].name_n == n && !memcmp(st->queries[i].name, name, n))
            q->of = &st->queries[i];
    if (q->of) {
        q->s = q->of->idle;
        q->of->idle = NULL;
        return q->s || sqlite3_prepare_v2(st->db, q->of->text, (int)q->of->text_n, &q->s, NULL) == SQLITE_OK || q_fail(q);
    }
    q->failed = true;
    return bx_fail(e, BX_DB, "cannot %s in '%s': there is no query '%s' in this program", what, st->path, name);
}

static void bound(struct bx_q *q, int status)
{
    if (status != SQLITE_OK)
        q_fail(q);
}

void bx_q_text(struct bx_q *q, const char *s)
{
    if (!q->failed)
        bound(q, sqlite3_bind_text(q->s, ++q->bound, s, -1, SQLITE_STATIC));
}

void bx_q_int(struct bx_q *q, int64_t v)
{
    if (!q->failed)
        bound(q, sqlite3_bind_int64(q->s, ++q->bound, v));
}

void bx_q_real(struct bx_q *q, double v)
{
    if (!q->failed)
        bound(q, isnan(v) ? sqlite3_bind_null(q->s, ++q->bound) : sqlite3_bind_double(q->s, ++q->bound, v));
}

void bx_q_blob(struct bx_q *q, const void *p, size_t n)
{
    if (q->failed)
        return;
    /* SQLite takes a NULL pointer for null; an empty blob needs an address. */
    bound(q, !p && !n ? sqlite3_bind_null(q->s, ++q->bound) : sqlite3_bind_blob64(q->s, ++q->bound, p ? p : "", n, SQLITE_STATIC));
}

bool bx_q_row(struct bx_q *q)
{
    if (q->failed)
        return false;
    int status = sqlite3_step(q->s);
    if (status == SQLITE_ROW)
        return true;
    return status == SQLITE_DONE ? false : q_fail(q);
}

bool bx_q_end(struct bx_q *q)
{
    if (q->s && q->of && !q->of->idle && !q->failed) {
        sqlite3_reset(q->s);
        sqlite3_clear_bindings(q->s);
        q->of->idle = q->s;
    } else
        sqlite3_finalize(q->s);
    q->s = NULL;
    return !q->failed;
}

bool bx_q_run(struct bx_q *q)
{
    while (bx_q_row(q))
        ;
    return bx_q_end(q);
}

void bx_q_again(struct bx_q *q)
{
    if (q->failed)
        return;
    sqlite3_reset(q->s);
    sqlite3_clear_bindings(q->s);
    q->bound = 0;
}

bool bx_q_columns(struct bx_q *q, const char *const *names, size_t n)
{
    if (q->failed)
        return false;
    bool ok = (size_t)sqlite3_column_count(q->s) == n;
    for (size_t i = 0; ok && i < n; i++)
        ok = !strcmp(sqlite3_column_name(q->s, (int)i), names[i]);
    q->failed = !ok;
    return ok || bx_fail(q->e, BX_DB, "cannot %s in '%s': its query gives other columns than this program reads", q->what, q->st->path);
}

/* Debian's SQLite knows of which table a column is; one built without says nothing of it. */
extern const char *sqlite3_column_table_name(sqlite3_stmt *s, int column) __attribute__((weak));

static const char *table_of(struct bx_q *q, int column)
{
    return sqlite3_column_table_name ? sqlite3_column_table_name(q->s, column) : NULL;
}

/* What finds the row again: the first column that is of this table. */
static void name_row(struct bx_q *q, const char *table, struct bx_buf *out)
{
    int n = sqlite3_column_count(q->s), key = 0;
    while (table && key < n && (!table_of(q, key) || strcmp(table_of(q, key), table) != 0))
        key++;
    if (key == n)
        return;
    bx_buf_addf(out, ", row ");
    if (sqlite3_column_type(q->s, key) == SQLITE_BLOB) {
        char hex[33];
        size_t size = (size_t)sqlite3_column_bytes(q->s, key);
        bx_hex(hex, sqlite3_column_blob(q->s, key), size < 16 ? size : 16);
        bx_buf_addf(out, "x'%s'", hex);
    } else {
        char clean[304];
        const char *s = (const char *)sqlite3_column_text(q->s, key);
        bx_buf_addf(out, "'%.64s'", s ? bx_reason_clean(clean, s) : "");
    }
}

bool bx_q_damaged(struct bx_q *q, int column, const char *how)
{
    if (q->failed)
        return false;
    BX_CLEANUP_BUF struct bx_buf text = {0};
    const char *table = table_of(q, column), *name = sqlite3_column_name(q->s, column);
    if (table)
        bx_buf_addf(&text, "table '%s'", table);
    else
        bx_buf_addf(&text, "to %s", q->what);
    name_row(q, table, &text);
    if (name && strcmp(name, "sum") != 0)
        bx_buf_addf(&text, ": column '%s'", name);
    q->failed = true;
    return bx_store_damaged(q->st, q->e, "%s %s", bx_buf_str(&text), how);
}

/* The value, when it is of this type. One call of a column, which is dear, and any number of the value, which are not. *null: it may be
 * null, and is. */
static sqlite3_value *typed_or_null(struct bx_q *q, int column, int type, const char *expected, bool *null)
{
    static const char *const found[] = {[SQLITE_INTEGER] = "an integer",
                                        [SQLITE_FLOAT] = "a real number",
                                        [SQLITE_TEXT] = "a text",
                                        [SQLITE_BLOB] = "a blob",
                                        [SQLITE_NULL] = "null"};
    char how[64];
    sqlite3_value *v = sqlite3_column_value(q->s, column);
    int is = sqlite3_value_type(v);
    if (is == type)
        return v;
    if (null && is == SQLITE_NULL) {
        *null = true;
        return NULL;
    }
    snprintf(how, sizeof how, "is %s, expected %s", found[is], expected);
    bx_q_damaged(q, column, how);
    return NULL;
}

static sqlite3_value *typed(struct bx_q *q, int column, int type, const char *expected)
{
    return typed_or_null(q, column, type, expected, NULL);
}

static const char *view(sqlite3_value *v, size_t *n)
{
    const char *s = v ? (const char *)sqlite3_value_text(v) : NULL;
    *n = s ? (size_t)sqlite3_value_bytes(v) : 0;
    return s ? s : "";
}

const char *bx_q_view(struct bx_q *q, int column)
{
    size_t n;
    return view(typed(q, column, SQLITE_TEXT, "a text"), &n);
}

static const char *copy(sqlite3_value *v, struct bx_arena *a)
{
    size_t n;
    const char *s = view(v, &n);
    return n ? bx_strndup(a, s, n) : "";
}

const char *bx_q_need(struct bx_q *q, int column, struct bx_arena *a)
{
    return copy(typed(q, column, SQLITE_TEXT, "a text"), a);
}

const char *bx_q_str(struct bx_q *q, int column, struct bx_arena *a)
{
    bool null = false;
    sqlite3_value *v = typed_or_null(q, column, SQLITE_TEXT, "a text", &null);
    return null ? NULL : copy(v, a);
}

int64_t bx_q_i64(struct bx_q *q, int column)
{
    sqlite3_value *v = typed(q, column, SQLITE_INTEGER, "an integer");
    return v ? sqlite3_value_int64(v) : 0;
}

int64_t bx_q_in(struct bx_q *q, int column, int64_t least, int64_t most)
{
    char how[128];
    int64_t v = bx_q_i64(q, column);
    if (v >= least && v <= most)
        return v;
    snprintf(how, sizeof how, "is %lld, expected %lld to %lld", (long long)v, (long long)least, (long long)most);
    bx_q_damaged(q, column, how);
    return least <= 0 && most >= 0 ? 0 : least;
}

int64_t bx_q_or(struct bx_q *q, int column, int64_t none)
{
    bool null = false;
    sqlite3_value *v = typed_or_null(q, column, SQLITE_INTEGER, "an integer", &null);
    return null ? none : v ? sqlite3_value_int64(v) : 0;
}

bool bx_q_flag(struct bx_q *q, int column)
{
    return bx_q_in(q, column, 0, 1) != 0;
}

int64_t bx_q_time(struct bx_q *q, int column)
{
    return bx_q_in(q, column, INT64_C(-62167219200000), INT64_C(253402300799999)); /* years 0 to 9999 */
}

double bx_q_f64(struct bx_q *q, int column)
{
    bool null = false;
    sqlite3_value *value = typed_or_null(q, column, SQLITE_FLOAT, "a number", &null);
    double v = value ? sqlite3_value_double(value) : (double)NAN;
    if (value && !isfinite(v))
        bx_q_damaged(q, column, "is not finite");
    return isfinite(v) ? v : (double)NAN;
}

const void *bx_q_bytes(struct bx_q *q, int column, size_t *n)
{
    bool null = false;
    *n = 0;
    sqlite3_value *v = typed_or_null(q, column, SQLITE_BLOB, "a blob", &null);
    if (!v)
        return "";
    const void *p = sqlite3_value_blob(v);
    *n = (size_t)sqlite3_value_bytes(v);
    return p ? p : "";
}

bool bx_q_fixed(struct bx_q *q, int column, void *to, size_t n)
{
    size_t got;
    char how[64];
    const void *p = bx_q_bytes(q, column, &got);
    memset(to, 0, n);
    if (got != n) {
        snprintf(how, sizeof how, "has %zu bytes, expected %zu", got, n);
        return sqlite3_column_type(q->s, column) != SQLITE_NULL && bx_q_damaged(q, column, how);
    }
    memcpy(to, p, n);
    return true;
}

bool bx_store_exec(struct bx_store *st, const char *sql, const char *what, struct bx_err *e)
{
    return sqlite3_exec(st->db, sql, NULL, NULL, NULL) == SQLITE_OK || bx_store_fail(st, what, e);
}

bool bx_store_begin(struct bx_store *st, const char *what, struct bx_err *e)
{
    return bx_store_exec(st, "BEGIN IMMEDIATE", what, e);
}

bool bx_store_commit(struct bx_store *st, bool ok, const char *what, struct bx_err *e)
{
    if (ok && bx_store_exec(st, "COMMIT", what, e))
        return true;
    if (!sqlite3_get_autocommit(st->db)) /* a full disk has already rolled back */
        sqlite3_exec(st->db, "ROLLBACK", NULL, NULL, NULL);
    return false;
}

bool bx_snapshot_begin(struct bx_store *st, struct bx_err *e)
{
    return bx_store_exec(st, "SAVEPOINT snapshot", "read", e);
}

bool bx_snapshot_end(struct bx_store *st, bool ok, struct bx_err *e)
{
    return bx_store_exec(st, "RELEASE snapshot", "read", ok ? e : NULL) && ok;
}

char *bx_names_json(const char *const *names, size_t n, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b};
    bx_jw_array(&w, NULL);
    for (size_t i = 0; i < n; i++)
        bx_jw_str(&w, NULL, names[i]);
    bx_jw_array_end(&w);
    return bx_strdup(a, bx_buf_str(&b));
}

bool bx_names_parse(const char *json, const char ***names, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_json r;
    struct bx_slice s;
    size_t cap = 0;
    const char **list = NULL;
    *n = 0;
    bx_json_init(&r, "class names", json ? json : "", json ? strlen(json) : 0, 0, e);
    bx_json_array(&r);
    while (bx_json_element(&r) && bx_json_string(&r, &s)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        list[(*n)++] = bx_strndup(a, s.p, s.n);
    }
    bool ok = bx_json_end(&r);
    *names = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return ok;
}
