/* find.c: where ONNX Runtime's library is. Files are looked at by name alone; who opens it is a child (onnx.c). */
#include "core/backend/onnx/onnx.h"
#include "core/base/file.h"
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The newest of a name is the last. */
static const char *last_of(const char *pattern, struct bx_arena *a)
{
    const char *found = NULL;
    glob_t g = {0};
    if (glob(pattern, 0, NULL, &g) == 0)
        for (size_t k = g.gl_pathc; k > 0 && !found; k--)
            if (is_file(g.gl_pathv[k - 1]))
                found = bx_strdup(a, g.gl_pathv[k - 1]);
    globfree(&g);
    return found;
}

const char *bx_onnx_find_in(const char *folder, struct bx_arena *a)
{
    return last_of(bx_printf(a, "%s/libonnxruntime.so.*", folder), a);
}

/* Where Python's wheel has it. */
static const char *in_prefix(const char *prefix, struct bx_arena *a)
{
    static const char *const folders[] = {"lib/python3*/site-packages", "local/lib/python3*/dist-packages", "lib/python3/dist-packages"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && !found; i++)
        found = bx_onnx_find_in(bx_printf(a, "%s/%s/onnxruntime/capi", prefix, folders[i]), a);
    return found;
}

static const char *in_system(struct bx_arena *a)
{
    static const char *const patterns[] = {"/usr/local/lib/libonnxruntime.so.1", "/usr/lib/*-linux-gnu/libonnxruntime.so.1",
                                           "/usr/lib64/libonnxruntime.so.1", "/usr/lib/libonnxruntime.so.1"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns && !found; i++)
        found = last_of(patterns[i], a);
    return found;
}

static const char *in_path(struct bx_arena *a)
{
    const char *p = getenv("PATH"), *found = NULL;
    for (; p && *p && !found; p += *p == ':') {
        const size_t n = strcspn(p, ":");
        if (*p == '/')
            found = in_prefix(bx_printf(a, "%.*s/..", (int)n, p), a);
        p += n;
    }
    return found;
}

const char *bx_onnx_find(const char *told, struct bx_arena *a)
{
    const char *environment = getenv("VIRTUAL_ENV"), *found = NULL;
    if (!told || !*told)
        told = getenv("BOXSCORE_ONNXRUNTIME");
    if (told && *told)
        found = is_file(told) ? bx_path_absolute(a, told) : in_prefix(bx_path_absolute(a, told), a);
    if (!found)
        found = in_system(a);
    if (!found && environment && *environment)
        found = in_prefix(environment, a);
    return found ? found : in_path(a);
}

const char *bx_onnx_lacks(const struct bx_backend_env *env, struct bx_arena *a)
{
    if (bx_onnx_find(env->onnxruntime, a))
        return NULL;
    /* Seen from here: reasons are published, and absolute paths are cut from them. */
    const char *told = env->onnxruntime ? bx_path_relative(a, bx_path_absolute(a, "."), env->onnxruntime) : NULL;
    if (told && strncmp(told, "..", 2) != 0 && !strstr(bx_path_base(told), ".so"))
        return bx_printf(a, BX_ONNX_LACKS ": 'python3 -m venv %s && %s/bin/pip install onnxruntime' installs it", told, told);
    return bx_printf(a, BX_ONNX_LACKS "%s%s%s: 'pip install onnxruntime' installs it (\"onnxruntime_path\" in the settings says where)",
                     told ? " at '" : "", told ? bx_path_base(told) : "", told ? "'" : "");
}
