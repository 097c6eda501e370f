/* checks.c: checksums of whole tables: what keeps them as rows are written, what looks at them, and what makes them for rows that have
 * none. */
#include "core/store/sql.h"
#include <stdlib.h>
#include <string.h>

static void list_columns(struct bx_buf *out, const char *prefix, const char *columns)
{
    for (const char *p = columns; *p;) {
        size_t n = strcspn(p, " ");
        bx_buf_addf(out, "%s%s%.*s", p == columns ? "" : ", ", prefix, (int)n, p);
        p += n + (p[n] == ' ');
    }
}

/* When a table is checked as a whole. */
enum when {
    OPENED, /* at every opening: it does not grow by the night's models */
    GROWN,  /* before evaluations are read, which refer to it again and again */
    READ,   /* never: each row as it is read */
};
struct summed {
    const char *table, *columns, *key; /* columns and key: names with blanks between */
    enum when when;
};

static enum when when_of(const char *table)
{
    static const struct {
        const char *table;
        enum when when;
    } others[] = {{"answers", GROWN}, {"report", GROWN}, {"unscored", GROWN}, {"evaluation", READ},
                  {"log", READ},      {"latency", READ}, {"partial", READ},   {"resamples", READ}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(others[i].table, table))
            return others[i].when;
    return OPENED;
}

enum { ALL = 1 << OPENED | 1 << GROWN | 1 << READ };

/* Those of `when` (bits). */
static bool each_table(struct bx_store *st, unsigned when, bool (*each)(struct bx_store *st, const struct summed *t, struct bx_err *e),
                       struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_q q;
    struct summed *list = NULL;
    size_t n = 0, cap = 0;
    bool ok = bx_q_open(&q, st, "summed", "check", e);
    while (ok && bx_q_row(&q)) {
        list = bx_grow(list, &cap, n + 1, sizeof *list);
        const char *table = bx_q_need(&q, 0, &a);
        list[n++] = (struct summed){table, bx_q_need(&q, 1, &a), bx_q_need(&q, 2, &a), when_of(table)};
    }
    ok = bx_q_end(&q) && ok;
    for (size_t i = 0; ok && i < n; i++)
        ok = !(when & 1u << list[i].when) || each(st, &list[i], e);
    free(list);
    bx_arena_release(&a);
    return ok;
}

/* AFTER INSERT, and AFTER UPDATE of anything but the sum itself. */
static bool make_triggers(struct bx_store *st, const struct summed *t, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf sql = {0};
    for (int update = 0; update < 2; update++) {
        bx_buf_addf(&sql, "CREATE TEMP TRIGGER sum_%s_%s AFTER %s", update ? "update" : "insert", t->table,
                    update ? "UPDATE OF " : "INSERT");
        if (update)
            list_columns(&sql, "", t->columns);
        bx_buf_addf(&sql, " ON main.%s BEGIN UPDATE %s SET sum = bx_sum(", t->table, t->table);
        list_columns(&sql, "NEW.", t->columns);
        bx_buf_adds(&sql, ") WHERE (");
        list_columns(&sql, "", t->key);
        bx_buf_adds(&sql, ") = (");
        list_columns(&sql, "NEW.", t->key);
        bx_buf_adds(&sql, "); END;\n");
    }
    return bx_store_exec(st, bx_buf_str(&sql), "configure", e);
}

bool bx_sums_keep(struct bx_store *st, struct bx_err *e)
{
    return each_table(st, ALL, make_triggers, e);
}

static bool check_table(struct bx_store *st, const struct summed *t, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf sql = {0};
    struct bx_q q = {.st = st, .what = "check", .e = e};
    bx_buf_adds(&sql, "SELECT ");
    list_columns(&sql, "", t->columns);
    bx_buf_addf(&sql, ", sum FROM %s", t->table);
    if (sqlite3_prepare_v2(st->db, bx_buf_str(&sql), -1, &q.s, NULL) != SQLITE_OK)
        return bx_store_fail(st, "check", e);
    const int n = sqlite3_column_count(q.s) - 1;
    while (bx_q_row(&q) && bx_q_whole(&q, 0, n))
        ;
    return bx_q_end(&q);
}

/* What a row refers to and is not there: without this it would not be missed. */
static bool check_orphans(struct bx_store *st, const char *name, struct bx_err *e)
{
    struct bx_q q;
    bool ok = bx_q_open(&q, st, name, "check", e);
    if (ok && bx_q_row(&q))
        ok = bx_store_damaged(st, e, "a row of table '%s' refers to one that is not there", bx_q_view(&q, 0));
    return bx_q_end(&q) && ok;
}

bool bx_orphans_check(struct bx_store *st, struct bx_err *e)
{
    return check_orphans(st, "orphans_of_answers", e);
}

bool bx_sums_check_small(struct bx_store *st, struct bx_err *e)
{
    return each_table(st, 1u << OPENED, check_table, e) && check_orphans(st, "orphans", e);
}

bool bx_sums_check_grown(struct bx_store *st, struct bx_err *e)
{
    st->grown_checked = st->grown_checked || each_table(st, 1u << GROWN, check_table, e);
    return st->grown_checked;
}

static bool each_report(struct bx_store *st, const char *what, bool (*each)(struct bx_store *st, int64_t id, struct bx_err *e),
                        struct bx_err *e)
{
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "report_ids", what, e);
    while (ok && bx_q_row(&q))
        ok = each(st, bx_q_i64(&q, 0), e);
    return bx_q_end(&q) && ok;
}

bool bx_sums_check(struct bx_store *st, struct bx_err *e)
{
    return each_table(st, ALL, check_table, e) && check_orphans(st, "orphans", e) && check_orphans(st, "orphans_of_answers", e) &&
           each_report(st, "check", bx_report_check, e);
}

static bool fill_table(struct bx_store *st, const struct summed *t, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf sql = {0};
    bx_buf_addf(&sql, "UPDATE %s SET sum = bx_sum(", t->table);
    list_columns(&sql, "", t->columns);
    bx_buf_adds(&sql, ")");
    return bx_store_exec(st, bx_buf_str(&sql), "migrate", e);
}

bool bx_sums_fill(struct bx_store *st, struct bx_err *e)
{
    return each_report(st, "migrate", bx_report_stamp, e) && each_table(st, ALL, fill_table, e);
}
