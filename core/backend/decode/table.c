/* table.c: the heads, made from their list, and what the words for resizing and values mean. */
#include "core/backend/decode/decode.h"

#define X(constant, name, task, fit, values) {name, #task, BX_FIT_##fit, BX_VALUES_##values},
const struct bx_head_info bx_heads[BX_NHEADS] = {BX_HEADS(X)};
#undef X

#define X(constant, name) BX_FIT_##constant,
const enum bx_fit bx_fits[] = {BX_FITS(X)};
#undef X

#define X(constant, name) BX_VALUES_##constant,
const enum bx_values bx_values[] = {BX_VALUES(X)};
#undef X
