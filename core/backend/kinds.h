/* kinds.h: the implementations behind bx_backend_open, bx_<name>_open for each kind of core/data/backends.h. */
#pragma once
#include "core/backend/backend.h"

#define X(constant, name, ...)                                                                                                             \
    struct bx_backend *bx_##name##_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e);
BX_BACKENDS(X)
#undef X
