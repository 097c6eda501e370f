/* test_csv.c: rows of cells, in quotes or not, and what is broken. */
#include "core/base/csv.h"
#include "core/base/buf.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* Every row as "line: [cell] [cell]", one behind the other with ';', then "broken" where it is. */
static void rows_of(const char *text, size_t n, struct bx_buf *out)
{
    struct bx_csv c;
    struct bx_slice cells[3];
    bx_csv_begin(&c, text, n);
    for (size_t k; (k = bx_csv_row(&c, cells, 3)) > 0; bx_buf_addc(out, ';')) {
        bx_buf_addf(out, "%zu:", c.line);
        for (size_t i = 0; i < k && i < 3; i++)
            bx_buf_addf(out, "[%.*s]", (int)cells[i].n, cells[i].p);
        if (k > 3)
            bx_buf_addf(out, "+%zu", k - 3);
    }
    if (c.broken)
        bx_buf_addf(out, "broken in row of line %zu", c.line);
    bx_csv_end(&c);
}

static void test_rows(void **state)
{
    (void)state;
    static const struct {
        const char *text, *rows;
    } cases[] = {
        {"", ""},
        {"a", "1:[a];"},
        {"a,b\n1,2\n", "1:[a][b];2:[1][2];"},
        {"a,b\r\n1,\r\n", "1:[a][b];2:[1][];"},
        {"a,", "1:[a][];"},
        {",\n,", "1:[][];2:[][];"},
        {"a\n\nb", "1:[a];2:[];3:[b];"},
        {" a , b", "1:[ a ][ b];"},
        {"\xEF\xBB\xBF"
         "a,b",
         "1:[a][b];"},
        {"\xEF\xBB\xBF\"a\"", "1:[a];"},
        {"\"a,b\",c", "1:[a,b][c];"},
        {"\"a\nb\",c\nd", "1:[a\nb][c];3:[d];"},
        {"\"a\"\"b\",\"\"\"\"", "1:[a\"b][\"];"},
        {"\"\",\"\"\r\n\"x\"\r\n", "1:[][];2:[x];"},
        {"a\"b,c", "1:[a\"b][c];"},
        {"a,b,c,d,e", "1:[a][b][c]+2;"},
        {"a\n\"b", "1:[a];broken in row of line 2"},
        {"a\n\"b\"\"", "1:[a];broken in row of line 2"},
        {"\"a\"b", "broken in row of line 1"},
        {"x,\"a\" ,b", "broken in row of line 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BX_CLEANUP_BUF struct bx_buf got = {0};
        size_t n = strlen(cases[i].text);
        char *exact = bx_xrealloc(NULL, n + 1, 1); /* a byte too far is seen */
        memcpy(exact, cases[i].text, n);
        exact = bx_xrealloc(exact, n ? n : 1, 1);
        rows_of(exact, n, &got);
        free(exact);
        if (strcmp(bx_buf_str(&got), cases[i].rows) != 0)
            fail_msg("'%s': found '%s', expected '%s'", cases[i].text, bx_buf_str(&got), cases[i].rows);
    }
}

/* A megabyte of quotes takes no longer than it is long, and a cell may be as long as the text. */
static void test_long_cells(void **state)
{
    (void)state;
    size_t n = 1 << 20;
    char *text = bx_xrealloc(NULL, n, 1);
    memset(text, '"', n);
    struct bx_csv c;
    struct bx_slice cell;
    bx_csv_begin(&c, text, n);
    assert_int_equal(bx_csv_row(&c, &cell, 1), 1);
    assert_int_equal(cell.n, n / 2 - 1);
    assert_int_equal(bx_csv_row(&c, &cell, 1), 0);
    assert_false(c.broken);
    bx_csv_end(&c);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_long_cells)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
