/* test_queries.c: every named query prepares against the schema that the migrations give. */
#include "core/data/columns.h"
#include "core/store/sql.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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
                                       cmocka_unit_test(the_leaderboards_columns_are_the_tables)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
