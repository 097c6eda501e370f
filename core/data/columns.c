/* columns.c: see columns.h. */
#include "core/data/columns.h"

#define COLUMN(ID, id, of_kind, ...) [BX_COLUMN_##ID] = {.kind = BX_KIND_##of_kind, __VA_ARGS__},
const struct bx_column_info bx_columns[BX_NCOLUMNS] = {
#include "core/data/columns.def"
};

#define COLUMN_GROUP(ID, key, title, more) [BX_COLUMNS_##ID] = {key, title, more},
const struct bx_column_group_info bx_column_groups[BX_NCOLUMN_GROUPS] = {
#include "core/data/columns.def"
};
