/*
 * backend.c: the kind `onnx`: the command backend with a program of our own, `boxscore runner onnx FILE`. The file is foreign: it is read
 * by that child alone, which is as confined as any command, and is handed to ONNX Runtime there.
 */
#include "core/backend/command/command.h"
#include "core/backend/kinds.h"
#include "core/backend/onnx/onnx.h"
#include "core/base/buf.h"
#include "core/base/file.h"
#include <limits.h>
#include <unistd.h>

enum { MOST_ARGS = 32 };

static void option(struct bx_backend_config *b, const char *name, const char *value)
{
    b->args[b->nargs++] = name;
    b->args[b->nargs++] = value;
}

static void number(struct bx_backend_config *b, const char *name, double v, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    bx_buf_add_double(&text, v);
    option(b, name, bx_strdup(a, bx_buf_str(&text)));
}

/* The config's names as the file that the runner reads. */
static bool write_names(const struct bx_backend_config *c, const char *path, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    for (size_t i = 0; i < c->nclass_names; i++)
        bx_buf_addf(&text, "%s\n", c->class_names[i]);
    return bx_file_write(path, text.p, text.n, e);
}

/* What the config says, in the runner's words. */
static bool arguments(const struct bx_backend_config *c, const struct bx_backend_env *env, const char *runtime, struct bx_backend_config *b,
                      struct bx_arena *a, struct bx_err *e)
{
    b->args = BX_NEW(a, const char *, MOST_ARGS);
    b->args[b->nargs++] = "runner";
    b->args[b->nargs++] = "onnx";
    option(b, "--runtime", runtime);
    if (c->head)
        option(b, "--head", c->head);
    if (c->resize)
        option(b, "--resize", c->resize);
    if (c->values)
        option(b, "--values", c->values);
    if (c->size[0])
        option(b, "--size", bx_printf(a, "%ux%u", c->size[1], c->size[0]));
    if (c->rect >= 0)
        number(b, "--rect", (double)c->rect, a);
    if (c->conf >= 0)
        number(b, "--conf", c->conf, a);
    if (c->iou >= 0)
        number(b, "--iou", c->iou, a);
    if (c->threads)
        number(b, "--threads", (double)c->threads, a);
    number(b, "--max-det", (double)c->most, a);
    if (c->names_file)
        option(b, "--names", c->names_file);
    else if (c->nclass_names) {
        const char *path = bx_path_join(a, env->home, "names.txt");
        if (!write_names(c, path, e))
            return false;
        option(b, "--names", path);
    }
    option(b, "--", c->file);
    return true;
}

/* What it is in a command's words. `file` is granted by being an argument. */
static bool as_command(const struct bx_model *m, const struct bx_backend_env *env, struct bx_model *own, struct bx_backend_env *around,
                       struct bx_arena *a, struct bx_err *e)
{
    char self[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *lacks = bx_onnx_lacks(env, a);
    if (n <= 0)
        return bx_fail_errno(e, "cannot find boxscore itself");
    if (lacks)
        return bx_fail(e, BX_CONFIG, "%s", lacks);
    self[n] = '\0';
    *own = *m;
    own->backend = (struct bx_backend_config){
        .kind = BX_BACKEND_COMMAND,
        .program = "boxscore",
        .inflight = 1,
        .max_detections = m->backend.most,
        .startup_timeout = m->backend.startup_timeout,
        .image_timeout = m->backend.image_timeout,
        .total_timeout = m->backend.total_timeout,
    };
    *around = *env;
    around->program = bx_strdup(a, self);
    const char *runtime = bx_onnx_find(env->onnxruntime, a), **read = BX_NEW(a, const char *, env->confine.nread + 1);
    for (size_t i = 0; i < env->confine.nread; i++)
        read[i] = env->confine.read[i];
    read[around->confine.nread++] = runtime;
    around->confine.read = read;
    return arguments(&m->backend, env, runtime, &own->backend, a, e);
}

struct bx_backend *bx_onnx_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_model *own = BX_NEW(&a, struct bx_model, 1);
    struct bx_backend_env *around = BX_NEW(&a, struct bx_backend_env, 1);
    if (as_command(m, env, own, around, &a, e))
        return bx_command_open_in(own, around, a, e);
    bx_arena_release(&a);
    return NULL;
}
