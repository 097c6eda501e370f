/* table.c: the heads, made from their list. */
#include "core/backend/decode/decode.h"

#define X(constant, name, task, fit, values) {name, #task, BX_FIT_##fit, BX_VALUES_##values},
const struct bx_head_info bx_heads[BX_NHEADS] = {BX_HEADS(X)};
#undef X
