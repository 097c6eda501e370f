/* files.c: the files a model consists of: found, and hashed into its version. */
#include "core/base/file.h"
#include "core/registry/keys.h"
#include "core/registry/registry.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

bool bx_registry_program(const struct bx_model *m, const char *const *runner_path, size_t n, struct bx_arena *a, char **program,
                         struct bx_err *e)
{
    const char *name = m->backend.program;
    if (strchr(name, '/')) {
        int fd = bx_open_beneath(m->dir, name, e);
        if (fd < 0)
            return false;
        close(fd);
        *program = bx_path_absolute(a, bx_path_join(a, m->dir, name));
        return is_program(*program) || bx_fail(e, BX_CONFIG, "'%s' is not executable", *program);
    }
    for (size_t i = 0; i < n; i++) {
        *program = bx_path_absolute(a, bx_path_join(a, runner_path[i], name));
        if (is_program(*program))
            return true;
    }
    BX_CLEANUP_BUF struct bx_buf folders = {0};
    for (size_t i = 0; i < n; i++)
        bx_buf_addf(&folders, "%s'%s'", i ? ", " : "", runner_path[i]);
    return bx_fail(e, BX_CONFIG, "program '%s' is in none of the runner_path's folders: %s", name,
                   n ? bx_buf_str(&folders) : "there are none");
}

struct adding {
    struct bx_sha256 *s;
    bool marks; /* not the bytes: what the file system knows of them */
};

/* Who can write can put times back, but not ctime. */
static bool mark(int fd, const char *name, uint8_t out[32], struct bx_err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return bx_fail_errno(e, "cannot read '%s'", name);
    const int64_t all[] = {(int64_t)st.st_dev, (int64_t)st.st_ino, (int64_t)st.st_size, (int64_t)st.st_ctim.tv_sec,
                           (int64_t)st.st_ctim.tv_nsec};
    struct bx_sha256 *s = bx_sha256_new();
    bx_sha256_add(s, all, sizeof all);
    bx_sha256_end(s, out);
    return true;
}

static bool add_open(const struct adding *to, int fd, const char *name, struct bx_err *e)
{
    uint8_t content[32];
    if (fd < 0)
        return false;
    bool ok = to->marks ? mark(fd, name, content, e) : bx_sha256_fd(fd, name, content, e);
    close(fd);
    bx_sha256_add_str(to->s, name);
    bx_sha256_add(to->s, content, sizeof content);
    return ok;
}

/* A file inside the config's folder. */
static bool add_file(const struct adding *to, const char *dir, const char *name, struct bx_err *e)
{
    return add_open(to, bx_open_beneath(dir, name, e), name, e);
}

static bool add_program(const struct adding *to, const struct bx_model *m, const char *const *runner_path, size_t n, struct bx_arena *a,
                        struct bx_err *e)
{
    char *program;
    if (!bx_registry_program(m, runner_path, n, a, &program, e))
        return false;
    if (strchr(m->backend.program, '/'))
        return add_file(to, m->dir, m->backend.program, e);
    int fd = open(program, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return bx_fail_errno(e, "cannot open '%s'", program);
    return add_open(to, fd, m->backend.program, e);
}
/* The files that one key names: none, one or a list. */
static size_t files_of(const struct bx_backend_config *b, const struct bx_key *key, const char *const **out)
{
    const char *at = (const char *)b + key->at;
    size_t n;
    if (!key->items) {
        *out = (const char *const *)(const void *)at;
        return **out != NULL;
    }
    memcpy(out, at, sizeof *out);
    memcpy(&n, at + sizeof(void *), sizeof n);
    return n;
}

static bool names_files(const struct bx_model *m, const struct bx_key *key)
{
    return (key->kind == BX_KEY_PROGRAM || key->kind == BX_KEY_PATH) && !strcmp(key->section, bx_backend_info(&m->backend)->name);
}

static bool add_all(const struct adding *to, const struct bx_model *m, const char *const *runner_path, size_t n, struct bx_arena *a,
                    struct bx_err *e)
{
    const char *const *files;
    size_t count = 0;
    for (size_t i = 0; i < bx_registry_nkeys; i++)
        if (names_files(m, &bx_registry_keys[i]))
            count += files_of(&m->backend, &bx_registry_keys[i], &files);
    bx_sha256_add_u32(to->s, (uint32_t)count);
    for (size_t i = 0; i < bx_registry_nkeys; i++) {
        const struct bx_key *key = &bx_registry_keys[i];
        size_t k = names_files(m, key) ? files_of(&m->backend, key, &files) : 0;
        for (size_t f = 0; f < k; f++)
            if (key->kind == BX_KEY_PROGRAM ? !add_program(to, m, runner_path, n, a, e) : !add_file(to, m->dir, files[f], e))
                return false;
    }
    return true;
}

bool bx_registry_marks(const struct bx_model *m, const char *const *runner_path, size_t n, uint8_t out[32], struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_sha256 *s = bx_sha256_new();
    bool ok = add_all(&(struct adding){s, true}, m, runner_path, n, &a, e);
    bx_sha256_end(s, out);
    bx_arena_release(&a);
    return ok || bx_wrap(e, "model '%s'", m->slug);
}

bool bx_registry_files(struct bx_model *m, const char *const *runner_path, size_t n, struct bx_err *e)
{
    static const char files_domain[] = "boxscore model files 1\n", version_domain[] = "boxscore model version 1\n";
    struct bx_arena a = {0};
    struct bx_sha256 *s = bx_sha256_new();
    bx_sha256_add(s, files_domain, sizeof files_domain - 1);
    bool ok = add_all(&(struct adding){s, false}, m, runner_path, n, &a, e);
    bx_sha256_end(s, m->files_digest);
    bx_arena_release(&a);
    if (!ok)
        return bx_wrap(e, "model '%s'", m->slug);
    s = bx_sha256_new();
    bx_sha256_add(s, version_domain, sizeof version_domain - 1);
    bx_sha256_add(s, m->eval_digest, sizeof m->eval_digest);
    bx_sha256_add(s, m->files_digest, sizeof m->files_digest);
    bx_sha256_end(s, m->version);
    return true;
}
