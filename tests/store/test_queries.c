/* test_queries.c: every named query prepares against the schema that the migrations give. */
#include "core/data/columns.h"
#include "core/store/sql.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void every_query_fits_the_schema(void **state)
{
    (void)state;
    char dir[] = "/tmp/boxscore-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    struct bx_err e = {0};
    struct bx_store *st;
    if (!bx_store_open("q.db", BX_STORE_WRITE, &st, &e))
        fail_msg("%s", e.text);
    struct bx_store *other; /* the queries of a merge speak of it */
    assert_true(bx_store_open("other.db", BX_STORE_WRITE, &other, &e));
    bx_store_close(other);
    assert_int_equal(sqlite3_exec(st->db, "ATTACH 'other.db' AS other", NULL, NULL, NULL), SQLITE_OK);
    assert_true(st->nqueries > 40);
    for (size_t i = 0; i < st->nqueries; i++) {
        sqlite3_stmt *s = NULL;
        int status = sqlite3_prepare_v2(st->db, st->queries[i].text, (int)st->queries[i].text_n, &s, NULL);
        if (status != SQLITE_OK || !s)
            fail_msg("query '%.*s': %s", (int)st->queries[i].name_n, st->queries[i].name, sqlite3_errmsg(st->db));
        sqlite3_finalize(s);
        for (size_t j = 0; j < i; j++)
            assert_false(st->queries[j].name_n == st->queries[i].name_n &&
                         !memcmp(st->queries[j].name, st->queries[i].name, st->queries[i].name_n));
    }
    static const char *const views[] = {"SELECT * FROM leaderboard", "SELECT * FROM numbers", "SELECT * FROM current_report"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(sqlite3_exec(st->db, views[i], NULL, NULL, NULL), SQLITE_OK);
    bx_store_close(st);
    assert_int_equal(unlink("q.db"), 0);
    assert_int_equal(unlink("other.db"), 0);
    assert_int_equal(chdir("/"), 0);
    rmdir(dir);
}

/* Tables that grow with every night, or by what each model answers. */
static const char *const grows[] = {"evaluation",       "answers", "report", "unscored",      "run",     "log",
                                    "metric",           "curve",   "fallen", "image_results", "latency", "detections",
                                    "detections_block", "partial"};

#define HISTORY "who asks wants all there is, in one pass"
#define CHECK   "the file is looked at as a whole"
#define COLLECT "gc goes over all there is, once"
#define MERGE   "each row of two stores is looked at once"
#define OWED    "a parent's row comes in: SQLite looks for its children only while some are owed their parent"

/* Queries that read one of them from end to end, and why they may. What is asked for each model may not. */
static const struct whole {
    const char *query, *table, *why;
} wholes[] = {
    {"all_reports", "report", HISTORY},
    {"all_scalars", "metric", "a migration reads it once"},
    {"all_unscored", "unscored", HISTORY},
    {"answers", "answers", HISTORY},
    {"detections_all", "detections", CHECK},
    {"evaluations", "evaluation", HISTORY},
    {"evaluations_count", "evaluation", COLLECT},
    {"gc_curve", "report", COLLECT},
    {"gc_detections", "detections", COLLECT},
    {"gc_detections", "evaluation", COLLECT},
    {"gc_detections", "report", COLLECT},
    {"gc_fallen", "report", COLLECT},
    {"gc_image_results", "report", COLLECT},
    {"gc_latency", "evaluation", COLLECT},
    {"gc_latency", "latency", COLLECT},
    {"gc_metric", "report", COLLECT},
    {"gc_resamples", "report", COLLECT},
    {"history", "evaluation", HISTORY},
    {"layout_put", "report", OWED},
    {"logs", "log", "a row a model"},
    {"maker_put", "evaluation", OWED},
    {"merge_answers", "answers", MERGE},
    {"merge_block", "detections_block", MERGE},
    {"merge_detections", "detections", MERGE},
    {"merge_evaluation", "evaluation", MERGE},
    {"merge_evaluations_order", "evaluation", MERGE},
    {"merge_image", "partial", OWED},
    {"merge_latency", "latency", MERGE},
    {"merge_layout", "report", OWED},
    {"merge_log", "log", MERGE},
    {"merge_log_done", "evaluation", MERGE},
    {"merge_log_done", "log", MERGE},
    {"merge_maker", "evaluation", OWED},
    {"merge_partial", "partial", MERGE},
    {"merge_partial_done", "partial", MERGE},
    {"merge_report", "report", MERGE},
    {"merge_report_older", "report", MERGE},
    {"merge_run", "evaluation", OWED},
    {"merge_run", "run", MERGE},
    {"merge_run_ended", "run", MERGE},
    {"merge_runs_order", "run", MERGE},
    {"merge_scoring", "report", OWED},
    {"merge_scoring", "unscored", OWED},
    {"merge_unscored", "unscored", MERGE},
    {"merge_unscored_done", "unscored", MERGE},
    {"orphans", "evaluation", "its least row alone, from an index"},
    {"orphans", "log", "a row a model"},
    {"orphans_of_answers", "latency", CHECK},
    {"orphans_of_answers", "report", CHECK},
    {"partial_prune", "partial", "what unfinished evaluations left, which is little"},
    {"report_ids", "report", CHECK},
    {"reports", "report", HISTORY},
    {"run_begin", "evaluation", OWED},
    {"run_close_killed", "run", "a row a night, whatever the models"},
    {"run_ids", "run", "a row a night, whatever the models"},
    {"runs", "run", "a row a night, whatever the models"},
    {"scoring_put", "report", OWED},
    {"scoring_put", "unscored", OWED},
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/* Is `name`, as a plan calls it, this table somewhere in the query? After FROM, JOIN, UPDATE or INTO stands a table, then the name it goes
 * by. */
static bool is_called(const char *text, size_t text_n, const char *name, size_t name_n, const char *table)
{
    static const char *const before[] = {"FROM", "JOIN", "UPDATE", "INTO"};
    char words[3][64] = {"", "", ""}; /* the last three */
    if (strlen(table) == name_n && !memcmp(name, table, name_n))
        return true;
    for (size_t i = 0; i < text_n;) {
        size_t n = 0;
        while (i + n < text_n && is_word(text[i + n]))
            n++;
        if (n) {
            memmove(words[0], words[1], 2 * sizeof *words);
            snprintf(words[2], sizeof words[2], "%.*s", (int)n, text + i);
            const char *dot = strchr(words[1], '.');
            for (size_t b = 0; b < sizeof before / sizeof *before; b++)
                if (!strcmp(words[0], before[b]) && !strcmp(dot ? dot + 1 : words[1], table) && n == name_n && !memcmp(text + i, name, n))
                    return true;
        }
        if (!n && text[i] != ' ' && text[i] != '\n') {
            memmove(words[0], words[1], 2 * sizeof *words);
            *words[2] = '\0';
        }
        i += n ? n : 1;
    }
    return false;
}

/* Of a step of a plan the table that it reads from end to end: "SCAN e USING COVERING INDEX …", and what is searched by an index that is
 * made for this alone. NULL: none of those that grow. */
static const char *read_whole(const struct bx_store_query *of, const char *step)
{
    if (strncmp(step, "SCAN ", 5) != 0 && !(strncmp(step, "SEARCH ", 7) == 0 && strstr(step, " AUTOMATIC ")))
        return NULL;
    const char *name = strchr(step, ' ') + 1;
    for (size_t n = strcspn(name, " ."); name[n] == '.'; n = strcspn(name, " ."))
        name += n + 1; /* of an attached database */
    for (size_t i = 0; i < sizeof grows / sizeof *grows; i++)
        if (is_called(of->text, of->text_n, name, strcspn(name, " "), grows[i]))
            return grows[i];
    return NULL;
}

static void a_query_reads_whole_tables_only_for_a_reason(void **state)
{
    (void)state;
    char dir[] = "/tmp/boxscore-plan-XXXXXX";
    struct bx_err e = {0};
    struct bx_store *st;
    bool seen[sizeof wholes / sizeof *wholes] = {0};
    int wrong = 0;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    assert_true(bx_store_open("other.db", BX_STORE_WRITE, &st, &e));
    bx_store_close(st);
    assert_true(bx_store_open("q.db", BX_STORE_WRITE, &st, &e));
    assert_int_equal(sqlite3_exec(st->db, "ATTACH 'other.db' AS other", NULL, NULL, NULL), SQLITE_OK);
    for (size_t i = 0; i < st->nqueries; i++) {
        const struct bx_store_query *of = &st->queries[i];
        if (strstr(of->text, "PRAGMA ") && strstr(of->text, "PRAGMA ") < of->text + of->text_n)
            continue;
        char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %.*s", (int)of->text_n, of->text);
        sqlite3_stmt *s = NULL;
        assert_int_equal(sqlite3_prepare_v2(st->db, sql, -1, &s, NULL), SQLITE_OK);
        while (sqlite3_step(s) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(s, 3), *table = read_whole(of, step);
            bool allowed = !table;
            for (size_t w = 0; table && w < sizeof wholes / sizeof *wholes; w++)
                if (strlen(wholes[w].query) == of->name_n && !memcmp(wholes[w].query, of->name, of->name_n) &&
                    !strcmp(wholes[w].table, table))
                    allowed = seen[w] = true;
            if (!allowed)
                print_error("query '%.*s' reads all of '%s' (%s)\n", (int)of->name_n, of->name, table, step);
            wrong += !allowed;
        }
        sqlite3_finalize(s);
        sqlite3_free(sql);
    }
    for (size_t w = 0; w < sizeof wholes / sizeof *wholes; w++)
        if (!seen[w]) {
            print_error("query '%s' does not read all of '%s' any more (%s)\n", wholes[w].query, wholes[w].table, wholes[w].why);
            wrong++;
        }
    bx_store_close(st);
    assert_int_equal(unlink("q.db"), 0);
    assert_int_equal(unlink("other.db"), 0);
    assert_int_equal(chdir("/"), 0);
    rmdir(dir);
    assert_int_equal(wrong, 0);
}

static void expect_column(sqlite3_stmt *s, int at, const char *name)
{
    const char *got = at < sqlite3_column_count(s) ? sqlite3_column_name(s, at) : "nothing";
    if (strcmp(got, name) != 0)
        fail_msg("column %d of the view: found '%s', expected '%s'", at, got, name);
}

static void the_leaderboards_columns_are_the_tables(void **state)
{
    (void)state;
    char dir[] = "/tmp/boxscore-view-XXXXXX";
    struct bx_store *st;
    struct bx_err e = {0};
    assert_non_null(mkdtemp(dir));
    assert_int_equal(chdir(dir), 0);
    for (int again = 0; again < 2; again++) {
        if (!bx_store_open("q.db", BX_STORE_WRITE, &st, &e))
            fail_msg("%s", e.text);
        sqlite3_stmt *s = NULL;
        assert_int_equal(sqlite3_prepare_v2(st->db, "SELECT * FROM leaderboard", -1, &s, NULL), SQLITE_OK);
        int at = 0;
        static const char *const before[] = {"board", "model", "name"}, *const after[] = {"version", "evaluated"};
        for (size_t i = 0; i < 3; i++)
            expect_column(s, at++, before[i]);
        for (enum bx_column c = 0; c < BX_NCOLUMNS; c++)
            if (bx_columns[c].sql)
                expect_column(s, at++, bx_columns[c].kind == BX_KIND_METRIC ? bx_metrics[bx_columns[c].metric].name : bx_columns[c].name);
        for (size_t i = 0; i < 2; i++)
            expect_column(s, at++, after[i]);
        assert_int_equal(sqlite3_column_count(s), at);
        sqlite3_finalize(s);
        /* What another program left there is made anew at the next opening. */
        assert_int_equal(sqlite3_exec(st->db, "DROP VIEW leaderboard; CREATE VIEW leaderboard AS SELECT 1 AS map", NULL, NULL, NULL),
                         SQLITE_OK);
        bx_store_close(st);
    }
    assert_int_equal(unlink("q.db"), 0);
    assert_int_equal(chdir("/"), 0);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_query_fits_the_schema),
                                       cmocka_unit_test(a_query_reads_whole_tables_only_for_a_reason),
                                       cmocka_unit_test(the_leaderboards_columns_are_the_tables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
