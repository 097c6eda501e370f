/* files.c: the files a model consists of: found, and hashed into its version. */
#include "core/base/banned.h"
#include "core/base/digests.h"
#include "core/base/file.h"
#include "core/registry/keys.h"
#include "core/registry/registry.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
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

/* A walk through the files of one model. With `dir`, what is run of them is copied there, and the copies are what is hashed. */
struct walk {
    struct bx_sha256 *sha;
    bool marks;     /* not the bytes: what the file system knows of them */
    int64_t left;   /* bytes that may still be read, or are still to be found */
    int64_t unread; /* of those that are there nobody knows the digest of */
    const struct bx_model *m;
    const struct bx_look *look;
    const char *dir;
    struct bx_pin *pins;
    size_t npins;
    struct bx_arena *a;
    struct bx_err *e;
};

static bool copy(int from, int to, const char *name, const volatile sig_atomic_t *stop, struct bx_err *e)
{
    char p[1 << 16];
    size_t all = 0;
    for (ssize_t n; (n = read(from, p, sizeof p)) != 0;) {
        if (n < 0 ? errno != EINTR : write(to, p, (size_t)n) != n)
            return bx_fail_errno(e, "cannot copy '%s'", name);
        all += n > 0 ? (size_t)n : 0;
        if (stop && *stop)
            return bx_fail(e, BX_INTERRUPTED, "stopped while '%s' was copied", name);
        if (all > BX_PIN_MOST)
            return bx_fail(e, BX_DATA, "'%s' grew while it was copied", name);
    }
    return true;
}

/* In place of the descriptor one of a copy that only we can write: nobody changes what was hashed. */
static bool pin(struct walk *w, const char *name, int *fd)
{
    struct bx_pin p = {.path = bx_path_absolute(w->a, bx_path_join(w->a, w->m->dir, name)),
                       .copy = bx_printf(w->a, "%s/%zu", w->dir, w->npins)};
    int to = open(p.copy, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700);
    if (to < 0)
        return bx_fail_errno(w->e, "cannot create '%s'", p.copy);
    bool ok = copy(*fd, to, name, w->look->stop, w->e) && (fchmod(to, 0500) == 0 || bx_fail_errno(w->e, "cannot create '%s'", p.copy));
    close(*fd);
    *fd = to;
    lseek(to, 0, SEEK_SET);
    w->pins = bx_xrealloc(w->pins, w->npins + 1, sizeof p);
    w->pins[w->npins++] = p;
    return ok;
}

static int64_t most(const struct walk *w)
{
    return bx_backend_info(&w->m->backend)->runs ? w->look->model_files : w->look->file_size;
}

static bool too_large(const struct walk *w, const char *name, int64_t size)
{
    if (!bx_backend_info(&w->m->backend)->runs && size > most(w))
        return bx_fail(w->e, BX_DATA, "'%s' has %jd bytes, at most %jd are allowed (limits.file_size)", name, (intmax_t)size,
                       (intmax_t)most(w));
    if (!bx_backend_info(&w->m->backend)->runs)
        return bx_fail(w->e, BX_DATA, "its files have more than %jd bytes together, '%s' has %jd (limits.file_size)", (intmax_t)most(w),
                       name, (intmax_t)size);
    return bx_fail(w->e, BX_DATA, "its program and files have more than %jd bytes together, '%s' has %jd (limits.model_files)",
                   (intmax_t)most(w), name, (intmax_t)size);
}

/* A copy is what is run, and hashed itself. */
static const struct bx_seen *seen(const struct walk *w, const struct stat *st)
{
    const struct bx_seen_key key = bx_seen_key_of(st);
    return w->look->known && !w->dir ? bx_digests_find(w->look->known, &key) : NULL;
}

/* Who can write can put times back, but not ctime. */
static bool mark(struct walk *w, int fd, const char *name, uint8_t out[32])
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return bx_fail_errno(w->e, "cannot read '%s'", name);
    w->left -= st.st_size;
    if (w->left < 0)
        return too_large(w, name, st.st_size);
    if (!seen(w, &st))
        w->unread += st.st_size;
    const int64_t all[] = {(int64_t)st.st_dev, (int64_t)st.st_ino, (int64_t)st.st_size, (int64_t)st.st_ctim.tv_sec,
                           (int64_t)st.st_ctim.tv_nsec};
    struct bx_sha256 *s = bx_sha256_new();
    bx_sha256_add(s, all, sizeof all);
    bx_sha256_end(s, out);
    return true;
}

static bool digest(struct walk *w, int fd, const char *name, uint8_t out[32])
{
    struct stat before, after;
    struct timespec began;
    if (fstat(fd, &before) != 0)
        return bx_fail_errno(w->e, "cannot read '%s'", name);
    const struct bx_seen *known = seen(w, &before);
    if (known) {
        memcpy(out, known->sha, 32);
        w->left -= before.st_size;
        return w->left >= 0 || too_large(w, name, before.st_size);
    }
    clock_gettime(CLOCK_REALTIME, &began);
    if (!bx_sha256_fd_within(fd, name, &w->left, w->look->stop, out, w->e))
        return false;
    struct bx_seen new = {.key = bx_seen_key_of(&before)};
    if (!w->look->known || w->dir || fstat(fd, &after) != 0)
        return true;
    const struct bx_seen_key now = bx_seen_key_of(&after);
    if (!memcmp(&now, &new.key, sizeof now)) {
        memcpy(new.sha, out, sizeof new.sha);
        bx_digests_add(w->look->known, &new, (int64_t)began.tv_sec * 1000000000 + began.tv_nsec);
    }
    return true;
}

static bool add_open(struct walk *w, int fd, const char *name)
{
    uint8_t content[32];
    bool ok = w->marks ? mark(w, fd, name, content) : digest(w, fd, name, content);
    close(fd);
    bx_sha256_add_str(w->sha, name);
    bx_sha256_add(w->sha, content, sizeof content);
    return ok;
}

/* A file inside the config's folder. `run`: it is a program, or may be one. */
static bool add_file(struct walk *w, const char *name, bool run)
{
    struct stat st;
    int fd = bx_open_beneath(w->m->dir, name, w->e);
    if (fd < 0)
        return false;
    bool small = fstat(fd, &st) == 0 && st.st_size <= BX_PIN_MOST;
    bool ok = !w->dir || w->marks || !run || !small || pin(w, name, &fd);
    return add_open(w, fd, name) && ok;
}

/* Each file in a folder that predictions may be in, by name: which of them are read is another room's to say. */
static bool add_folder(struct walk *w, const char *name, int fd)
{
    static const char *const extensions[] = {"json", "txt", "csv"};
    char self[40], **files;
    size_t n;
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    bool ok = bx_dir_list(self, true, extensions, 3, w->a, &files, &n, w->e);
    close(fd);
    if (!ok)
        return false;
    bx_sha256_add_str(w->sha, name);
    bx_sha256_add_u32(w->sha, (uint32_t)n);
    for (size_t i = 0; ok && i < n; i++)
        ok = add_file(w, bx_path_join(w->a, name, files[i]), false);
    return ok;
}

static bool add_source(struct walk *w, const char *name)
{
    bool folder;
    int fd = bx_open_folder_beneath(w->m->dir, name, &folder, w->e);
    if (fd < 0)
        return false;
    if (folder)
        return add_folder(w, name, fd);
    return add_open(w, fd, name);
}

static bool add_program(struct walk *w)
{
    char *program;
    if (!bx_registry_program(w->m, w->look->runner_path, w->look->nrunner_path, w->a, &program, w->e))
        return false;
    if (strchr(w->m->backend.program, '/'))
        return add_file(w, w->m->backend.program, true);
    int fd = open(program, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return bx_fail_errno(w->e, "cannot open '%s'", program);
    return add_open(w, fd, w->m->backend.program);
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
    return (key->kind == BX_KEY_PROGRAM || key->kind == BX_KEY_PATH || key->kind == BX_KEY_SOURCE) &&
           !strcmp(key->section, bx_backend_info(&m->backend)->name);
}

static bool is_listed(const struct bx_model *m, const char *name, char *const *more, size_t nmore)
{
    const char *const *files;
    for (size_t i = 0; i < bx_registry_nkeys; i++) {
        size_t n = names_files(m, &bx_registry_keys[i]) ? files_of(&m->backend, &bx_registry_keys[i], &files) : 0;
        for (size_t f = 0; f < n; f++)
            if (!strcmp(files[f], name))
                return true;
    }
    for (size_t i = 0; i < nmore; i++)
        if (!strcmp(more[i], name))
            return true;
    return false;
}

/* What the arguments name beside the files that are listed: "x/run.py", "--config=x/a.yaml", a link to one. */
static size_t files_of_arguments(struct walk *w, char ***out)
{
    const struct bx_backend_config *b = &w->m->backend;
    size_t n = 0;
    struct stat st;
    *out = BX_NEW(w->a, char *, 2 * b->nargs);
    for (size_t i = 0; i < 2 * b->nargs; i++) {
        const char *name = b->args[i / 2], *value = strchr(name, '=');
        if (i % 2 && !value)
            continue;
        char *file = bx_path_beneath(w->a, w->m->dir, i % 2 ? value + 1 : name);
        if (file && stat(bx_path_join(w->a, w->m->dir, file), &st) == 0 && S_ISREG(st.st_mode) && !is_listed(w->m, file, *out, n))
            (*out)[n++] = file;
    }
    return n;
}

static bool add_all(struct walk *w)
{
    const struct bx_model *m = w->m;
    const char *const *files;
    char **named;
    size_t count = files_of_arguments(w, &named), nnamed = count;
    for (size_t i = 0; i < bx_registry_nkeys; i++)
        if (names_files(m, &bx_registry_keys[i]))
            count += files_of(&m->backend, &bx_registry_keys[i], &files);
    bx_sha256_add_u32(w->sha, (uint32_t)count);
    bool runs = bx_backend_info(&m->backend)->runs;
    for (size_t i = 0; i < bx_registry_nkeys; i++) {
        const struct bx_key *key = &bx_registry_keys[i];
        size_t k = names_files(m, key) ? files_of(&m->backend, key, &files) : 0;
        for (size_t f = 0; f < k; f++)
            if (key->kind == BX_KEY_PROGRAM  ? !add_program(w)
                : key->kind == BX_KEY_SOURCE ? !add_source(w, files[f])
                                             : !add_file(w, files[f], runs))
                return false;
    }
    for (size_t i = 0; i < nnamed; i++)
        if (!add_file(w, named[i], runs))
            return false;
    return true;
}

static bool add_marks(struct walk *w, uint8_t out[32])
{
    w->sha = bx_sha256_new();
    w->marks = true;
    w->left = most(w);
    w->unread = 0;
    bool ok = add_all(w);
    bx_sha256_end(w->sha, out);
    w->marks = false;
    return ok || bx_wrap(w->e, "model '%s'", w->m->slug);
}

/* What is read again right before and after a model runs is not counted: it was. */
static bool within_night(struct walk *w)
{
    const struct bx_look *k = w->look;
    if (!k->left || w->dir)
        return true;
    if (w->unread > k->night_files)
        return bx_fail(w->e, BX_DATA, "its files have %jd bytes, at most %jd are read of all models in a night (limits.night_files)",
                       (intmax_t)w->unread, (intmax_t)k->night_files);
    if (w->unread > *k->left)
        return bx_fail(w->e, BX_TIMEOUT, "%jd bytes of its files are to be read, and tonight those of others were (limits.night_files)",
                       (intmax_t)w->unread);
    *k->left -= w->unread;
    return true;
}

/* How much there is to read is known before anything is. */
static bool walk(struct walk *w, uint8_t files[32], uint8_t version[32])
{
    static const char files_domain[] = "boxscore model files 1\n", version_domain[] = "boxscore model version 1\n";
    uint8_t content[32];
    if (!add_marks(w, content))
        return false;
    if (!within_night(w))
        return bx_wrap(w->e, "model '%s'", w->m->slug);
    w->sha = bx_sha256_new();
    w->left = most(w);
    bx_sha256_add(w->sha, files_domain, sizeof files_domain - 1);
    bool ok = add_all(w);
    bx_sha256_end(w->sha, content);
    if (!ok)
        return bx_wrap(w->e, "model '%s'", w->m->slug);
    memcpy(files, content, sizeof content);
    struct bx_sha256 *s = bx_sha256_new();
    bx_sha256_add(s, version_domain, sizeof version_domain - 1);
    bx_sha256_add(s, w->m->eval_digest, sizeof w->m->eval_digest);
    bx_sha256_add(s, files, 32);
    bx_sha256_end(s, version);
    return true;
}

bool bx_registry_marks(const struct bx_model *m, const struct bx_look *look, uint8_t out[32], struct bx_err *e)
{
    struct bx_arena a = {0};
    struct walk w = {.m = m, .look = look, .a = &a, .e = e};
    bool ok = add_marks(&w, out);
    bx_arena_release(&a);
    return ok;
}

bool bx_registry_files(struct bx_model *m, const struct bx_look *look, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct walk w = {.m = m, .look = look, .a = &a, .e = e};
    bool ok = walk(&w, m->files_digest, m->version);
    bx_arena_release(&a);
    return ok;
}

bool bx_registry_pin(const struct bx_model *m, const struct bx_look *look, const char *dir, const struct bx_pin **pins, size_t *npins,
                     struct bx_arena *a, struct bx_err *e)
{
    struct walk w = {.m = m, .look = look, .dir = dir, .a = a, .e = e};
    uint8_t files[32], version[32];
    bool ok = walk(&w, files, version);
    if (ok && memcmp(version, m->version, sizeof version) != 0)
        ok = bx_fail(e, BX_CONFIG, "its program or files changed since they were looked at");
    *pins = bx_memdup(a, w.npins ? (const void *)w.pins : "", w.npins * sizeof *w.pins);
    *npins = w.npins;
    free(w.pins);
    return ok;
}
