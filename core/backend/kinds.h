/* kinds.h: the implementations behind bx_backend_open, and what only they and backend.c know. */
#pragma once
#include "core/backend/backend.h"

struct bx_backend *bx_command_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e);
struct bx_backend *bx_predictions_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e);
