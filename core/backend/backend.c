/* backend.c: what all backends share. */
#include "core/backend/backend.h"
#include "core/backend/kinds.h"
#include "core/base/banned.h"

struct bx_backend *bx_backend_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    static struct bx_backend *(*const open[])(const struct bx_model *, const struct bx_backend_env *, struct bx_err *) = {
#define X(constant, name, ...) bx_##name##_open,
        BX_BACKENDS(X)
#undef X
    };
    return open[m->backend.kind](m, env, e);
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

void bx_backend_words(const struct bx_backend *b, struct bx_buf *out)
{
    if (b->ops->words)
        b->ops->words(b, out);
}
