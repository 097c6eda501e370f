/* staging.c: copies of the test set's images under neutral names, and the check that they stay what they are. */
#include "core/backend/staging.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct bx_stage_mark {
    dev_t dev;
    ino_t ino;
    off_t size;
    struct timespec changed; /* ctime: no system call sets it */
};

static bool mark(int dir, const char *name, struct bx_stage_mark *m)
{
    struct stat st;
    if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return false;
    *m = (struct bx_stage_mark){st.st_dev, st.st_ino, st.st_size, st.st_ctim};
    return true;
}

static bool hash(int dir, const char *name, uint8_t sha[32], struct bx_err *e)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return bx_fail_errno(e, "cannot open '%s'", name);
    bool ok = bx_sha256_fd(fd, name, sha, e);
    close(fd);
    return ok;
}

static bool copy_bytes(int from, int to, const char *source, const char *path, struct bx_err *e)
{
    if (ioctl(to, FICLONE, from) == 0)
        return true;
    char p[1 << 16];
    for (;;) {
        ssize_t n = read(from, p, sizeof p);
        if (n == 0)
            return true;
        if (n < 0) {
            if (errno == EINTR)
                continue;
            return bx_fail_errno(e, "cannot read '%s'", source);
        }
        for (ssize_t done = 0; done < n;) {
            ssize_t k = write(to, p + done, (size_t)(n - done));
            if (k < 0 && errno != EINTR)
                return bx_fail_errno(e, "cannot write '%s'", path);
            done += k > 0 ? k : 0;
        }
    }
}

static bool stage_one(struct bx_staging *s, size_t i, struct bx_err *e)
{
    const struct bx_testset *t = s->testset;
    struct bx_arena a = {0};
    const char *source = t->image_root ? bx_path_join(&a, t->image_root, t->image_file[i]) : t->image_file[i];
    const char *path = s->path[i], *name = bx_path_base(path);
    int from = open(source, O_RDONLY | O_CLOEXEC), to = -1;
    bool ok = from >= 0;
    if (!ok)
        bx_fail_errno(e, "cannot open '%s'", source);
    if (ok) {
        ok = (unlinkat(s->fd, name, 0) == 0 || errno == ENOENT) &&
             (to = openat(s->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400)) >= 0;
        if (!ok)
            bx_fail_errno(e, "cannot create '%s'", path);
    }
    ok = ok && copy_bytes(from, to, source, path, e);
    if (ok && fchmod(to, 0444) != 0)
        ok = bx_fail_errno(e, "cannot make '%s' read-only", path);
    if (to >= 0 && close(to) != 0 && ok)
        ok = bx_fail_errno(e, "cannot write '%s'", path);
    if (from >= 0)
        close(from);
    uint8_t sha[32];
    ok = ok && mark(s->fd, name, &s->marks[i]) && hash(s->fd, name, sha, e);
    if (ok && memcmp(sha, t->image_sha[i], 32) != 0)
        ok = bx_fail(e, BX_DATA, "'%s' changed while it was in use: its SHA-256 is not the one the test set was read with", source);
    bx_arena_release(&a);
    return ok;
}

/* ".jpg" of "a/b/IMG.JPG"; a name without a sane extension gets none. */
static const char *extension(const char *name, char out[8])
{
    const char *base = bx_path_base(name), *dot = strrchr(base, '.');
    size_t n = 0;
    if (dot && strlen(dot) < 8)
        for (; dot[n] && (n == 0 || isalnum((unsigned char)dot[n])); n++)
            out[n] = (char)tolower((unsigned char)dot[n]);
    if (dot && n < 8 && dot[n])
        n = 0;
    out[n] = '\0';
    return out;
}

/* The folder that holds ours, and ours: held by descriptors, so that a name that was made to mean something else leads nowhere. */
static bool make_folder(struct bx_staging *s, struct bx_err *e)
{
    const char *name = bx_path_base(s->dir), *above = bx_path_dir(&s->arena, s->dir);
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    if (s->above < 0 && (s->above = open(above, flags)) < 0)
        return bx_fail_errno(e, "cannot open folder '%s'", above);
    if (mkdirat(s->above, name, 0700) != 0)
        return bx_fail_errno(e, "cannot create folder '%s'", s->dir);
    s->fd = openat(s->above, name, flags);
    return s->fd >= 0 || bx_fail_errno(e, "cannot open folder '%s'", s->dir);
}

static bool fill(struct bx_staging *s, const volatile sig_atomic_t *stop, struct bx_err *e)
{
    struct bx_progress bar;
    bx_progress_begin(&bar, "copying the test images", "images", s->testset->nimages);
    bool ok = true;
    for (size_t i = 0; i < s->testset->nimages && ok; i++) {
        ok = !stop || !*stop ? stage_one(s, i, e) : bx_fail(e, BX_INTERRUPTED, "stopped while the test images were copied");
        bx_progress_set(&bar, i + 1);
    }
    bx_progress_end(&bar);
    return ok && (fchmod(s->fd, 0555) == 0 || bx_fail_errno(e, "cannot make folder '%s' read-only", s->dir));
}

bool bx_staging_open(struct bx_staging *s, const char *dir, const struct bx_testset *t, const volatile sig_atomic_t *stop, struct bx_err *e)
{
    *s = (struct bx_staging){.testset = t, .fd = -1, .above = -1};
    s->dir = bx_path_absolute(&s->arena, dir);
    s->path = BX_NEW(&s->arena, const char *, t->nimages);
    s->marks = BX_NEW(&s->arena, struct bx_stage_mark, t->nimages);
    for (size_t i = 0; i < t->nimages; i++) {
        char ext[8];
        s->path[i] = bx_printf(&s->arena, "%s/%06zu%s", s->dir, i + 1, extension(t->image_file[i], ext));
    }
    bool ok = make_folder(s, e) && fill(s, stop, e);
    if (!ok)
        bx_staging_close(s);
    return ok;
}

/* Does the name still lead to what the descriptor holds? */
static bool same(int fd, int at, const char *name)
{
    struct stat held, named;
    return fstat(fd, &held) == 0 && held.st_nlink > 0 && fstatat(at, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static void let_go(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The folder was moved, removed or put in the place of: all of it anew. What stands in its place is a model's. */
static bool begin_anew(struct bx_staging *s, struct bx_err *e)
{
    const char *above = bx_path_dir(&s->arena, s->dir);
    let_go(&s->fd);
    if (!same(s->above, AT_FDCWD, above)) {
        struct stat st;
        let_go(&s->above);
        bool folder = lstat(above, &st) == 0 && S_ISDIR(st.st_mode); /* another's staging may have been put back there already */
        if (!folder && (!bx_remove_tree(above, e) || (mkdir(above, 0700) != 0 && !bx_fail_errno(e, "cannot create folder '%s'", above))))
            return false;
        s->above = open(above, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    }
    return bx_remove_tree_at(s->above, bx_path_base(s->dir), e) && make_folder(s, e) && fill(s, NULL, e);
}

static bool same_mark(const struct bx_stage_mark *x, const struct bx_stage_mark *y)
{
    return x->dev == y->dev && x->ino == y->ino && x->size == y->size && x->changed.tv_sec == y->changed.tv_sec &&
           x->changed.tv_nsec == y->changed.tv_nsec;
}

/* By the name that was given to the model, so that a folder in its place is found out, too. */
bool bx_staging_intact(const struct bx_staging *s, size_t image)
{
    struct bx_stage_mark now;
    return mark(AT_FDCWD, s->path[image], &now) && same_mark(&now, &s->marks[image]);
}

bool bx_staging_check(struct bx_staging *s, size_t *changed, struct bx_err *e)
{
    *changed = 0;
    if (!same(s->above, AT_FDCWD, bx_path_dir(&s->arena, s->dir)) || !same(s->fd, s->above, bx_path_base(s->dir))) {
        *changed = s->testset->nimages;
        return begin_anew(s, e);
    }
    for (size_t i = 0; i < s->testset->nimages; i++) {
        struct bx_stage_mark now;
        uint8_t sha[32];
        const char *name = bx_path_base(s->path[i]);
        bool there = mark(s->fd, name, &now);
        /* Who can write can also put times back, but not ctime; a file touched in any way is read again. */
        if (there && same_mark(&now, &s->marks[i]))
            continue;
        if (there && now.size == s->marks[i].size && hash(s->fd, name, sha, NULL) && !memcmp(sha, s->testset->image_sha[i], 32)) {
            s->marks[i] = now;
            continue;
        }
        ++*changed;
        if (fchmod(s->fd, 0700) != 0)
            return bx_fail_errno(e, "cannot restore '%s'", s->path[i]);
        bx_remove_tree_at(s->fd, name, NULL);
        if (!stage_one(s, i, e))
            return false;
    }
    if (*changed && fchmod(s->fd, 0555) != 0)
        return bx_fail_errno(e, "cannot make folder '%s' read-only", s->dir);
    return true;
}

void bx_staging_close(struct bx_staging *s)
{
    if (s->dir && s->above >= 0)
        bx_remove_tree_at(s->above, bx_path_base(s->dir), NULL);
    if (s->dir) {
        let_go(&s->fd);
        let_go(&s->above);
    }
    bx_arena_release(&s->arena);
    *s = (struct bx_staging){0};
}
