/*
 * json_path.h: where in an answer something stands, as a config says it. No expressions, no code.
 *
 *     path := step*       step := "." name | name | "[" number "]" | "[]" | "[" name "=" word "]" | "[" quoted "]" | "*"
 *
 * [] is each element of a list, [k=v] the first element whose member k is the text v, * the one member that no other path of the row names,
 * ["a.b"] a name with odd characters. The empty path, and a lone ".", is the value itself.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>

enum bx_step_kind { BX_STEP_NAME, BX_STEP_INDEX, BX_STEP_EACH, BX_STEP_PICK, BX_STEP_REST };
struct bx_step {
    enum bx_step_kind kind;
    const char *name, *value; /* of PICK both */
    size_t index;
};
struct bx_json_path {
    const char *text; /* as written; NULL: there is none */
    const struct bx_step *at;
    size_t n;
};
enum { BX_PATH_STEPS = 16 };
/* BX_CONFIG says what is wrong at which character. */
bool bx_json_path_parse(const char *text, size_t n, struct bx_json_path *out, struct bx_arena *a, struct bx_err *e);
