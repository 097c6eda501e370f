/*
 * reach.c: the list of what one command can reach. The system's programs and libraries, the program and its interpreter with what is
 * installed around them, of the configs' folder what this model's config names or has under its slug, the staged images, and a private
 * folder. All else is what the operator's settings add.
 */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

struct reaching {
    struct bx_arena *a;
    const struct bx_confine_rules *rules;
    struct bx_grant *at;
    size_t n, cap;
};

static void add(struct reaching *r, const char *path, enum bx_reach reach)
{
    r->at = bx_grow(r->at, &r->cap, r->n + 1, sizeof *r->at);
    r->at[r->n++] = (struct bx_grant){bx_path_absolute(r->a, path), reach};
}

/* By the name it was given and by its real one, which programs find out. */
static void grant(struct reaching *r, const char *path, enum bx_reach reach)
{
    char real[PATH_MAX];
    add(r, path, reach);
    if (realpath(path, real) && strcmp(real, r->at[r->n - 1].path) != 0)
        add(r, real, reach);
}

static void grant_all(struct reaching *r, const char *const *patterns, size_t n, enum bx_reach reach)
{
    for (size_t i = 0; i < n; i++) {
        glob_t g;
        if (glob(patterns[i], 0, NULL, &g) == 0)
            for (size_t k = 0; k < g.gl_pathc; k++)
                grant(r, g.gl_pathv[k], reach);
        globfree(&g);
    }
}

static bool within(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return !strncmp(path, folder, n) && (path[n] == '/' || path[n] == '\0' || (n && folder[n - 1] == '/'));
}

/* A folder taken on a guess must not hold what no model may see. */
static bool exposes(const struct reaching *r, const char *folder)
{
    char real[PATH_MAX], secret[PATH_MAX];
    if (!realpath(folder, real))
        return true;
    for (size_t i = 0; i < r->rules->nhidden; i++)
        if (within(realpath(r->rules->hidden[i], secret) ? secret : r->rules->hidden[i], real))
            return true;
    return false;
}

static void grant_folder(struct reaching *r, const char *folder)
{
    if (bx_path_is_dir(folder) && !exposes(r, folder))
        grant(r, folder, BX_REACH_RUN);
}

static bool of_the_system(const char *path)
{
    return within(path, "/usr") || within(path, "/bin") || within(path, "/sbin") || within(path, "/lib") || within(path, "/lib64");
}

/* Where a program was installed: an environment as a whole (venv, conda), of another prefix its programs and libraries. */
static void grant_installation(struct reaching *r, const char *program)
{
    static const char *const parts[] = {"bin", "lib", "lib32", "lib64", "libexec", "share", "etc/ssl"};
    if (of_the_system(program))
        return;
    const char *dir = bx_path_dir(r->a, program), *prefix = bx_path_dir(r->a, dir);
    add(r, program, BX_REACH_RUN);
    if (bx_path_exists(bx_path_join(r->a, prefix, "pyvenv.cfg")) || bx_path_exists(bx_path_join(r->a, prefix, "conda-meta")))
        grant_folder(r, prefix);
    else if (!strcmp(bx_path_base(dir), "bin") || !strcmp(bx_path_base(dir), "libexec"))
        for (size_t i = 0; i < COUNT(parts); i++)
            grant_folder(r, bx_path_join(r->a, prefix, parts[i]));
    else
        grant_folder(r, dir);
}

/* A virtual environment has its libraries, but not Python's own: pyvenv.cfg names where those are. */
static void grant_base_of_venv(struct reaching *r, const char *interpreter)
{
    const char *prefix = bx_path_dir(r->a, bx_path_dir(r->a, interpreter));
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_file_read(bx_path_join(r->a, prefix, "pyvenv.cfg"), 1 << 16, &text, NULL))
        return;
    for (const char *line = bx_buf_str(&text); *line; line += strcspn(line, "\n"), line += *line == '\n') {
        if (strncmp(line, "home", 4) != 0)
            continue;
        const char *value = line + 4 + strspn(line + 4, " \t=");
        if (value[0] == '/')
            grant_installation(r, bx_path_join(r->a, bx_strndup(r->a, value, strcspn(value, "\r\n")), "python3"));
    }
}

static void grant_program(struct reaching *r, const char *program, int depth)
{
    char real[PATH_MAX], head[PATH_MAX] = "";
    grant_installation(r, program);
    if (realpath(program, real) && strcmp(real, program) != 0)
        grant_installation(r, real);
    int fd = open(program, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof head - 1);
    if (fd >= 0)
        close(fd);
    if (n < 3 || head[0] != '#' || head[1] != '!' || depth > 3)
        return;
    head[strcspn(head, "\r\n")] = '\0';
    char *at = head + 2 + strspn(head + 2, " \t");
    at[strcspn(at, " \t")] = '\0';
    if (at[0] != '/')
        return;
    grant_program(r, at, depth + 1);
    grant_base_of_venv(r, at);
}

/* What a config names: a file or folder below its own, by whatever way it says so. */
static void grant_named(struct reaching *r, const char *dir, const char *name)
{
    char real[PATH_MAX], base[PATH_MAX];
    if (!name[0] || name[0] == '/' || !realpath(dir, base))
        return;
    const char *path = bx_path_join(r->a, dir, name);
    if (realpath(path, real) && within(real, base) && strcmp(real, base) != 0)
        grant(r, path, BX_REACH_RUN);
}

static void grant_model(struct reaching *r, const struct bx_model *m, const struct bx_backend_env *env)
{
    const char *dir = bx_path_absolute(r->a, m->dir);
    grant(r, dir, BX_REACH_STAND);
    grant_named(r, dir, m->slug);
    for (size_t i = 0; i < m->backend.nfiles; i++)
        grant_named(r, dir, m->backend.files[i]);
    for (size_t i = 0; i < m->backend.nargs; i++) {
        const char *value = strchr(m->backend.args[i], '=');
        grant_named(r, dir, m->backend.args[i]);
        if (value)
            grant_named(r, dir, value + 1);
    }
    grant_program(r, env->program, 0);
}

static int by_path(const void *a, const void *b)
{
    const struct bx_grant *x = a, *y = b;
    int c = strcmp(x->path, y->path);
    return c ? c : (x->reach > y->reach) - (x->reach < y->reach);
}

void bx_reach_list(const struct bx_model *m, const struct bx_backend_env *env, struct bx_cell *cell, struct bx_arena *a)
{
    struct reaching r = {.a = a, .rules = &env->confine};
    static const char *const resolver[] = {"/etc/resolv.conf"};
    for (size_t i = 0; i < COUNT(programs); i++)
        grant_all(&r, &programs[i], 1, BX_REACH_RUN);
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
        grant(&r, env->image_dir, BX_REACH_READ);
    grant(&r, env->home, BX_REACH_WRITE);
    qsort(r.at, r.n, sizeof *r.at, by_path);
    size_t n = 0;
    for (size_t i = 0; i < r.n; i++) /* the same twice is one */
        if (!n || strcmp(r.at[n - 1].path, r.at[i].path) != 0 || r.at[n - 1].reach != r.at[i].reach)
            r.at[n++] = r.at[i];
    cell->grant = bx_memdup(a, r.at, n * sizeof *r.at);
    cell->ngrants = n;
    free(r.at);
}
