/*
 * reach.c: the list of what one command can reach. The system's programs and libraries, the program and its interpreter with what is
 * installed around them, of the configs' folder what this model's config names or has under its slug, the staged images, and a private
 * folder. All else is what the operator's settings add.
 */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const programs[] = {
    "/usr",      "/bin",        "/sbin",      "/lib",      "/lib32",      "/lib64",     "/libx32",
    "/opt/rocm", "/opt/rocm-*", "/opt/intel", "/opt/cuda", "/opt/nvidia", "/nix/store", "/gnu/store",
};
/* Of /etc what libraries look up; the rest is the machine's own business. */
static const char *const texts[] = {
    "/etc/ld.so.*",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/passwd",
    "/etc/group",
    "/etc/nsswitch.conf",
    "/etc/alternatives",
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls",
    "/etc/pki/ca-trust",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/fonts",
    "/etc/python3*",
    "/etc/OpenCL",
    "/etc/vulkan",
    "/etc/glvnd",
    "/etc/nvidia*",
    "/etc/magic",
    "/etc/mime.types",
    "/etc/os-release",
    "/etc/debian_version",
    "/etc/locale.*",
    "/etc/java-*",
    "/etc/matplotlibrc",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/gai.conf",
    "/var/cache/fontconfig",
    "/sys",
};
static const char *const nodes[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};
static const char *const accelerators[] = {
    "/dev/nvidia[0-9]*",
    "/dev/nvidiactl",
    "/dev/nvidia-uvm",
    "/dev/nvidia-uvm-tools",
    "/dev/nvidia-modeset",
    "/dev/nvidia-caps*/*",
    "/dev/dri/card*",
    "/dev/dri/renderD*",
    "/dev/kfd",
    "/dev/accel/*",
    "/dev/dxg",
    "/dev/apex_*",
    "/dev/davinci*",
    "/dev/hailo*",
};

static void grant_all(struct bx_reaching *r, const char *const *patterns, size_t n, enum bx_reach reach)
{
    for (size_t i = 0; i < n; i++) {
        glob_t g;
        if (glob(patterns[i], 0, NULL, &g) == 0)
            for (size_t k = 0; k < g.gl_pathc; k++)
                bx_reach_add(r, g.gl_pathv[k], reach);
        globfree(&g);
    }
}

/* What a config names: a file or folder below its own, by whatever way it says so. */
static void grant_named(struct bx_reaching *r, const char *dir, const char *name)
{
    if (bx_path_beneath(r->a, dir, name))
        bx_reach_add(r, bx_path_join(r->a, dir, name), BX_REACH_RUN);
}

/* Where the operator has the system's loader look for libraries. */
static void grant_libraries(struct bx_reaching *r)
{
    glob_t g;
    if (glob("/etc/ld.so.conf.d/*.conf", 0, NULL, &g) != 0)
        g.gl_pathc = 0;
    for (size_t i = 0; i < g.gl_pathc; i++) {
        BX_CLEANUP_BUF struct bx_buf text = {0};
        if (!bx_file_read(g.gl_pathv[i], 1 << 16, &text, NULL))
            continue;
        for (const char *line = bx_buf_str(&text); *line; line += strcspn(line, "\n"), line += *line == '\n') {
            const char *folder = bx_strndup(r->a, line, strcspn(line, " \t\r\n#"));
            if (folder[0] == '/' && bx_path_is_dir(folder))
                bx_reach_add(r, folder, BX_REACH_RUN);
        }
    }
    globfree(&g);
}

static void grant_model(struct bx_reaching *r, const struct bx_model *m, const struct bx_backend_env *env)
{
    const char *dir = bx_path_absolute(r->a, m->dir);
    bx_reach_add(r, dir, BX_REACH_STAND);
    grant_named(r, dir, m->slug);
    for (size_t i = 0; i < m->backend.nfiles; i++)
        grant_named(r, dir, m->backend.files[i]);
    for (size_t i = 0; i < m->backend.nargs; i++) {
        const char *value = strchr(m->backend.args[i], '=');
        grant_named(r, dir, m->backend.args[i]);
        if (value)
            grant_named(r, dir, value + 1);
    }
    bx_reach_program(r, env->program);
}

static int by_path(const void *a, const void *b)
{
    const struct bx_grant *x = a, *y = b;
    int c = strcmp(x->path, y->path);
    return c ? c : (x->reach > y->reach) - (x->reach < y->reach);
}

void bx_reach_list(const struct bx_model *m, const struct bx_backend_env *env, struct bx_cell *cell, struct bx_arena *a)
{
    struct bx_reaching r = {.a = a, .rules = &env->confine};
    static const char *const resolver[] = {"/etc/resolv.conf"};
    for (size_t i = 0; i < COUNT(programs); i++)
        grant_all(&r, &programs[i], 1, BX_REACH_RUN);
    grant_libraries(&r);
    grant_all(&r, texts, COUNT(texts), BX_REACH_READ);
    grant_all(&r, nodes, COUNT(nodes), BX_REACH_DEVICE);
    if (env->confine.network)
        grant_all(&r, resolver, COUNT(resolver), BX_REACH_READ);
    grant_all(&r, accelerators, COUNT(accelerators), BX_REACH_DEVICE);
    for (size_t i = 0; i < env->confine.ndevices; i++) {
        bool folder = bx_path_is_dir(env->confine.devices[i]);
        grant_all(&r, &env->confine.devices[i], 1, folder ? BX_REACH_WRITE : BX_REACH_DEVICE);
    }
    for (size_t i = 0; i < env->confine.nread; i++)
        grant_all(&r, &env->confine.read[i], 1, BX_REACH_RUN);
    grant_model(&r, m, env);
    if (env->image_dir)
        bx_reach_add(&r, env->image_dir, BX_REACH_READ);
    if (env->home)
        bx_reach_add(&r, env->home, BX_REACH_WRITE);
    qsort(r.at, r.n, sizeof *r.at, by_path);
    size_t n = 0;
    for (size_t i = 0; i < r.n; i++) /* the same twice is one */
        if (!n || strcmp(r.at[n - 1].path, r.at[i].path) != 0 || r.at[n - 1].reach != r.at[i].reach)
            r.at[n++] = r.at[i];
    struct bx_grant *all = BX_NEW(a, struct bx_grant, n + env->npins);
    memcpy(all, r.at, n * sizeof *all);
    for (size_t i = 0; i < env->npins; i++)
        all[n++] = (struct bx_grant){env->pins[i].path, BX_REACH_RUN, env->pins[i].copy};
    cell->grant = all;
    cell->ngrants = n;
    free(r.at);
}
