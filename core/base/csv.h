/*
 * csv.h: rows of comma-separated values as RFC 4180 has them: a cell stands as it is, or in quotes, which may hold commas, lines, and
 * quotes written twice. A byte order mark is passed over, lines end with or without a carriage return.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/json_reader.h"

struct bx_csv {
    const char *p, *end;
    size_t line, next_line; /* where the row that was read begins, and where the next does */
    bool broken;            /* a cell in quotes does not end, or goes on behind them */
    struct bx_arena row;    /* cells that had to be written anew */
};
void bx_csv_begin(struct bx_csv *c, const char *text, size_t n); /* the text must stay */
/* The next row: how many cells it has, of which the first `most` are put into cells and live until the next row. An empty line has one,
 * empty cell. 0: there is no more, or what comes is broken. */
size_t bx_csv_row(struct bx_csv *c, struct bx_slice *cells, size_t most);
void bx_csv_end(struct bx_csv *c);
