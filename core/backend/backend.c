/* backend.c: what all backends share. */
#include "core/backend/backend.h"
#include "core/backend/kinds.h"
#include "core/base/banned.h"

struct bx_backend *bx_backend_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    switch (m->backend.kind) {
    case BX_BACKEND_PREDICTIONS:
        return bx_predictions_open(m, env, e);
    case BX_BACKEND_COMMAND:
        return bx_command_open(m, env, e);
    }
    bx_fail(e, BX_CONFIG, "unknown backend");
    return NULL;
}

void bx_backend_close(struct bx_backend *b)
{
    if (b)
        b->ops->close(b);
}

void bx_backend_log(const struct bx_backend *b, struct bx_buf *out)
{
    if (b->ops->log)
        b->ops->log(b, out);
}
