/* backend.c: what all backends share. */
#include "core/backend/backend.h"
#include "core/backend/kinds.h"
#include "core/base/file.h"
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
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

static bool executable(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *bx_backend_program(const struct bx_model *m, const char *const *runner_path, size_t n, struct bx_arena *a, struct bx_err *e)
{
    const char *name = m->backend.program;
    if (strchr(name, '/')) {
        int fd = bx_open_beneath(m->dir, name, e);
        if (fd < 0)
            return NULL;
        close(fd);
        char *path = bx_path_absolute(a, bx_path_join(a, m->dir, name));
        if (executable(path))
            return path;
        bx_fail(e, BX_CONFIG, "the program '%s' is not executable", name);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        char *path = bx_path_absolute(a, bx_path_join(a, runner_path[i], name));
        if (executable(path))
            return path;
    }
    bx_fail(e, BX_CONFIG, "there is no program '%s' in the %zu folders of the runner_path (a program in the config's own folder is written './%s')", name, n, name);
    return NULL;
}
