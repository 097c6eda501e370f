/* backend.c: what all backends share. */
#include "core/backend/backend.h"
#include "core/backend/kinds.h"
#include "core/backend/onnx/onnx.h"
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

const char *bx_backend_lacks(const struct bx_model *m, const struct bx_backend_env *env, struct bx_arena *a)
{
    static const char *(*const lacks[BX_NBACKENDS])(const struct bx_backend_env *, struct bx_arena *) = {[BX_BACKEND_ONNX] = bx_onnx_lacks};
    return lacks[m->backend.kind] ? lacks[m->backend.kind](env, a) : NULL;
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
