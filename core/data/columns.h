/*
 * columns.h: the columns of a board, made from one list, columns.def.
 */
#pragma once
#include "core/data/metrics.h"

enum bx_column {
#define COLUMN(ID, id, kind, ...) BX_COLUMN_##ID,
#include "core/data/columns.def"
    BX_NCOLUMNS
};
enum bx_column_group {
#define COLUMN_GROUP(ID, key, title, more) BX_COLUMNS_##ID,
#include "core/data/columns.def"
    BX_NCOLUMN_GROUPS
};
enum bx_column_kind {
    BX_KIND_METRIC,
    BX_KIND_NUMBER,
    BX_KIND_TEXT,
    BX_KIND_LINK,
    BX_KIND_OF_BOARD,
    BX_KIND_LICENSE,
    BX_KIND_STATUS,
    BX_KIND_LINKS
};
enum bx_column_format {
    BX_FORMAT_METRIC, /* as the metric's unit says */
    BX_FORMAT_PERCENT,
    BX_FORMAT_SIGNED, /* percent */
    BX_FORMAT_COST,
    BX_FORMAT_MILLIONS,
    BX_FORMAT_BILLIONS,
    BX_FORMAT_PIXELS
};
struct bx_column_info {
    enum bx_column_kind kind;
    enum bx_metric metric;        /* of METRIC */
    enum bx_better better;        /* of NUMBER; a metric knows its own */
    enum bx_column_format format; /* of NUMBER */
    const char *key;              /* on the site: by-<key>.html, and the cell's "column"; NULL: not on the site */
    enum bx_column_group group;   /* there */
    const char *label;            /* its head there, below its group's title */
    const char *sorted_by;        /* its name in "Sorted by …"; NULL: not listed there */
    const char *name;             /* in the CSV and the JSON; NULL: not there. Metrics are, all of them, under their own names */
    const char *head;             /* on a terminal; NULL: not there */
    const char *sql;              /* in the database's view: an expression on its evaluation e and model m; BX_SQL_VALUE; NULL: not there */
};
#define BX_SQL_VALUE "" /* the metric's value */
extern const struct bx_column_info bx_columns[BX_NCOLUMNS];
extern const struct bx_column_group_info {
    const char *key, *title, *more;
} bx_column_groups[BX_NCOLUMN_GROUPS];

static inline bool bx_column_is_number(enum bx_column c)
{
    return bx_columns[c].kind == BX_KIND_METRIC || bx_columns[c].kind == BX_KIND_NUMBER;
}
static inline enum bx_better bx_column_better(enum bx_column c)
{
    return bx_columns[c].kind == BX_KIND_METRIC ? bx_metrics[bx_columns[c].metric].better : bx_columns[c].better;
}
