/*
 * publish.c: the site under construction, and the moment it goes live.
 *
 * Beside the output NAME, hidden: .NAME.boxscore-lock (one render at a time), .NAME.boxscore-next (under construction) and
 * .NAME.boxscore-previous; where folders cannot be exchanged, .NAME.boxscore-a and -b, one of which the link NAME points to. What is
 * removed is first renamed to .NAME.boxscore-trash: a removal that is killed half way would otherwise leave a folder that no longer proves
 * to be ours.
 */
#include "render/publish/publish.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "render/publish/folder.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct bx_publish {
    struct bx_arena a;
    const char *output;   /* as given, for messages */
    const char *parent;   /* absolute folder of the output */
    const char *name;     /* its name there */
    const char *live;     /* path of the folder that is live, or would be */
    const char *next;     /* names in parent */
    const char *previous; /* NULL when the link is switched */
    const char *next_path;
    bool linked; /* NAME is or becomes a link */
    bool existed, committed, building;
    mode_t mode; /* of the live folder */
    int parent_fd, next_fd, live_fd, lock_fd;
    struct bx_site before; /* the live site's manifest */
    struct bx_site now;
    size_t cap, notes_cap;
    struct bx_publish_counts counts;
    bool child; /* siblings add too, and: */
    size_t from;
};

static const char *hidden(struct bx_publish *p, const char *what)
{
    return bx_printf(&p->a, ".%s.boxscore-%s", p->name, what);
}
static const char *beside(struct bx_publish *p, const char *name)
{
    return bx_path_join(&p->a, p->parent, name);
}

static bool set_place(struct bx_publish *p, const char *path, struct bx_err *e)
{
    const char *absolute = bx_path_absolute(&p->a, path);
    char real[PATH_MAX];
    const char *dir = bx_path_dir(&p->a, absolute);
    p->name = bx_path_base(absolute);
    if (!*p->name || !strcmp(absolute, "/"))
        return bx_fail(e, BX_CONFIG, "output '%s' cannot be replaced: name a folder in it", p->output);
    if (strlen(p->name) > 200)
        return bx_fail(e, BX_CONFIG, "output '%s' has too long a name", p->output);
    if (!bx_mkdirs(dir, e))
        return false;
    if (!realpath(dir, real))
        return bx_fail_errno(e, "cannot resolve '%s'", dir);
    p->parent = bx_strdup(&p->a, real);
    p->live = beside(p, p->name);
    if (p->parent_fd >= 0)
        close(p->parent_fd);
    p->parent_fd = open(p->parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return p->parent_fd >= 0 || bx_fail_errno(e, "cannot open '%s'", p->parent);
}

static bool lock(struct bx_publish *p, struct bx_err *e)
{
    const char *name = hidden(p, "lock");
    if (p->lock_fd >= 0)
        close(p->lock_fd);
    p->lock_fd = openat(p->parent_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (p->lock_fd < 0)
        return bx_fail_errno(e, "output '%s': cannot write beside it: '%s'", p->output, beside(p, name));
    if (flock(p->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return bx_fail(e, BX_BUSY, "output '%s': another boxscore is rendering to it", p->output);
    return bx_fail_errno(e, "cannot lock '%s'", beside(p, name));
}

static bool is_mount(const char *path, const struct stat *st, int parent_fd)
{
    struct stat parent;
    struct statx x;
    if (fstat(parent_fd, &parent) == 0 && parent.st_dev != st->st_dev)
        return true;
    return statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &x) == 0 && (x.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) &&
           (x.stx_attributes & STATX_ATTR_MOUNT_ROOT);
}

/* Can two folders here be exchanged? Found out by doing it. */
static bool can_exchange(struct bx_publish *p, bool *can, struct bx_err *e)
{
    const char *one = hidden(p, "probe1"), *two = hidden(p, "probe2");
    if ((mkdirat(p->parent_fd, one, 0777) != 0 && errno != EEXIST) || (mkdirat(p->parent_fd, two, 0777) != 0 && errno != EEXIST)) {
        int why = errno;
        unlinkat(p->parent_fd, one, AT_REMOVEDIR);
        errno = why;
        return bx_fail_errno(e, "output '%s': cannot make folders beside it in '%s'", p->output, p->parent);
    }
    *can = renameat2(p->parent_fd, one, p->parent_fd, two, RENAME_EXCHANGE) == 0;
    unlinkat(p->parent_fd, one, AT_REMOVEDIR);
    unlinkat(p->parent_fd, two, AT_REMOVEDIR);
    return true;
}

/* The folder that the link does not point to. */
static void choose_side(struct bx_publish *p)
{
    const char *a = hidden(p, "a"), *b = hidden(p, "b");
    char target[PATH_MAX];
    ssize_t n = readlinkat(p->parent_fd, p->name, target, sizeof target - 1);
    target[n > 0 ? n : 0] = '\0';
    p->next = !strcmp(target, a) ? b : a;
    p->linked = true;
}

/* Whether the folders are exchanged or a link is switched, and where; what can do neither is refused. */
static bool choose_way(struct bx_publish *p, struct bx_err *e)
{
    struct stat st;
    bool can = false, absent = lstat(p->live, &st) != 0;
    if (absent && errno != ENOENT)
        return bx_fail_errno(e, "cannot look at output '%s'", p->output);
    bool link = !absent && S_ISLNK(st.st_mode);
    if (link && stat(p->live, &st) != 0)
        return bx_fail(e, BX_CONFIG, "output '%s' is a link to nothing: remove it", p->output);
    if (!absent && !S_ISDIR(st.st_mode))
        return bx_fail(e, BX_CONFIG, "output '%s' is not a folder", p->output);
    p->existed = !absent;
    p->mode = absent ? 0 : st.st_mode & 0777;
    if (!can_exchange(p, &can, e))
        return false;
    bool mount = !absent && !link && is_mount(p->live, &st, p->parent_fd);
    if (link || (!can && absent)) {
        choose_side(p);
        return true;
    }
    if (can && !mount) {
        p->next = hidden(p, "next");
        p->previous = hidden(p, "previous");
        return true;
    }
    if (mount)
        return bx_fail(e, BX_CONFIG, "output '%s' is a mount point, which cannot be replaced at once: name a folder in it", p->output);
    return bx_fail(
        e, BX_CONFIG,
        "output '%s': folders cannot be exchanged on this file system: remove it, and a link that can be switched takes its place",
        p->output);
}

static bool discard(struct bx_publish *p, const char *name, struct bx_err *e)
{
    const char *trash = hidden(p, "trash"), *path = beside(p, trash);
    if (!bx_remove_tree(path, e))
        return false;
    if (renameat(p->parent_fd, name, p->parent_fd, trash) != 0)
        return bx_fail_errno(e, "cannot remove '%s'", beside(p, name));
    return bx_remove_tree(path, e);
}

/* What an earlier render left behind. */
static bool sweep(struct bx_publish *p, const char *name, struct bx_err *e)
{
    enum bx_folder what;
    struct bx_site s;
    const char *path = beside(p, name);
    struct stat st;
    if (fstatat(p->parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode))
        return bx_fail(e, BX_CONFIG, "'%s' is in the way: it is not a folder", path);
    return bx_folder_judge(path, &what, &s, &p->a, e) && (what == BX_FOLDER_ABSENT || discard(p, name, e));
}

static bool write_at(int fd, const char *name, const void *bytes, size_t n, struct bx_err *e)
{
    int to = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (to < 0)
        return bx_fail_errno(e, "cannot create '%s'", name);
    const char *at = bytes;
    while (n) {
        ssize_t done = write(to, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0) {
            bx_fail_errno(e, "cannot write '%s'", name);
            close(to);
            return false;
        }
        at += done;
        n -= (size_t)done;
    }
    return close(to) == 0 || bx_fail_errno(e, "cannot write '%s'", name);
}

static bool start_building(struct bx_publish *p, struct bx_err *e)
{
    p->next_path = beside(p, p->next);
    if (!bx_remove_tree(beside(p, hidden(p, "trash")), e) || !sweep(p, p->next, e))
        return false;
    if (mkdirat(p->parent_fd, p->next, 0777) != 0)
        return bx_fail_errno(e, "cannot create '%s'", p->next_path);
    p->building = true;
    p->next_fd = openat(p->parent_fd, p->next, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (p->next_fd < 0)
        return bx_fail_errno(e, "cannot open '%s'", p->next_path);
    return write_at(p->next_fd, BX_SITE_MARKER, "", 0, e) || bx_wrap(e, "'%s'", p->next_path);
}

static bool judge_live(struct bx_publish *p, struct bx_err *e)
{
    enum bx_folder what;
    if (!bx_folder_judge(p->live, &what, &p->before, &p->a, e))
        return false;
    if (what == BX_FOLDER_RENDERING)
        return bx_fail(e, BX_CONFIG, "output '%s' is a folder under construction ('" BX_SITE_MARKER "'): choose another output", p->output);
    if (p->previous && !p->committed) { /* told before rendering, not after it */
        struct bx_site s;
        if (!bx_folder_judge(beside(p, p->previous), &what, &s, &p->a, e))
            return false;
    }
    if (p->live_fd < 0)
        p->live_fd = open(p->live, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return true;
}

bool bx_publish_begin(struct bx_publish **out, const char *output, struct bx_err *e)
{
    *out = NULL;
    struct bx_publish *p = bx_xrealloc(NULL, 1, sizeof *p);
    *p = (struct bx_publish){.parent_fd = -1, .next_fd = -1, .live_fd = -1, .lock_fd = -1};
    p->output = bx_strdup(&p->a, output);
    if (!set_place(p, output, e) || !lock(p, e) || !choose_way(p, e) || !judge_live(p, e) || !start_building(p, e)) {
        bx_publish_end(p);
        return false;
    }
    *out = p;
    return true;
}

/* Does the live site have these bytes under this path? Its manifest says so, and the file is compared. */
static bool live_has(struct bx_publish *p, const char *path, const void *bytes, size_t n, const uint8_t sha[32])
{
    const struct bx_site_file *f = p->live_fd >= 0 ? bx_site_find(&p->before, path) : NULL;
    if (!f || f->bytes != n || memcmp(f->sha, sha, 32) != 0)
        return false;
    int fd = openat(p->live_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    bool same = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == n;
    char part[65536];
    for (size_t at = 0; same && at < n;) {
        ssize_t got = read(fd, part, sizeof part);
        same = got > 0 && (size_t)got <= n - at && !memcmp(part, (const char *)bytes + at, (size_t)got);
        at += same ? (size_t)got : 0;
    }
    if (fd >= 0)
        close(fd);
    return same;
}

static bool make_folders(struct bx_publish *p, const char *path, struct bx_err *e)
{
    char *copy = bx_strdup(&p->a, path);
    for (char *s = strchr(copy, '/'); s; s = strchr(s + 1, '/')) {
        *s = '\0';
        if (mkdirat(p->next_fd, copy, 0777) != 0 && errno != EEXIST)
            return bx_fail_errno(e, "cannot create '%s/%s'", p->next_path, copy);
        *s = '/';
    }
    return true;
}

static bool two_contents(const char *path, struct bx_err *e)
{
    return bx_fail(e, BX_CONFIG, "page '%s' was made twice, with different content", path);
}

static bool again(struct bx_publish *p, const char *path, const uint8_t sha[32], struct bx_err *e)
{
    for (size_t i = 0; i < p->now.n; i++)
        if (!strcmp(p->now.files[i].path, path))
            return !memcmp(p->now.files[i].sha, sha, 32) || two_contents(path, e);
    return bx_fail(e, BX_CONFIG, "page '%s' cannot be a file and a folder", path);
}

static void add_entry(struct bx_publish *p, const char *path, uint64_t bytes, const uint8_t sha[32], bool kept)
{
    p->now.files = bx_grow(p->now.files, &p->cap, p->now.n + 1, sizeof *p->now.files);
    struct bx_site_file *f = &p->now.files[p->now.n++];
    *f = (struct bx_site_file){.path = bx_strdup(&p->a, path), .bytes = bytes, .kept = kept};
    memcpy(f->sha, sha, 32);
}

static void count(struct bx_publish *p, uint64_t bytes, bool linked)
{
    p->counts.files++;
    p->counts.bytes += bytes;
    p->counts.linked += linked;
}

/* Is it a file of the new site already, which a sibling may have made? */
static bool siblings(struct bx_publish *p, const char *path)
{
    struct stat st;
    if (!p->child || fstatat(p->next_fd, path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return false;
    for (size_t i = 0; i < p->now.n; i++)
        if (!strcmp(p->now.files[i].path, path))
            return false;
    return true;
}

bool bx_publish_add(struct bx_publish *p, const char *path, const void *bytes, size_t n, struct bx_err *e)
{
    uint8_t sha[32];
    struct stat st;
    if (!bx_site_path_valid(path))
        return bx_fail(e, BX_CONFIG, "'%.100s' cannot be the path of a page", path);
    bx_sha256(bytes, n, sha);
    if (strchr(path, '/') && !make_folders(p, path, e))
        return false;
    bool linked = false, there = fstatat(p->next_fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !siblings(p, path))
        return again(p, path, sha, e);
    if (!there) {
        linked = live_has(p, path, bytes, n, sha) && linkat(p->live_fd, path, p->next_fd, path, 0) == 0;
        if (!linked && !write_at(p->next_fd, path, bytes, n, e) && !siblings(p, path)) /* one may have been faster */
            return bx_wrap(e, "output '%s'", p->output);
    }
    add_entry(p, path, n, sha, false);
    count(p, n, linked);
    return true;
}

static bool same_seal(const struct bx_publish_seal *a, const struct bx_publish_seal *b)
{
    return a->inode == b->inode && a->bytes == b->bytes && a->changed_ns == b->changed_ns;
}

static bool look(int folder, const char *path, struct bx_publish_seal *seal)
{
    struct stat st;
    if ((folder < 0 && folder != AT_FDCWD) || fstatat(folder, path, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return false;
    *seal = (struct bx_publish_seal){st.st_ino, (uint64_t)st.st_size, (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec};
    return true;
}

bool bx_publish_sealed(const struct bx_publish *p, const char *path, struct bx_publish_seal *seal)
{
    return look(p->next_fd, path, seal);
}

bool bx_publish_keep(struct bx_publish *p, const char *path, const struct bx_publish_seal *seal)
{
    struct bx_publish_seal now;
    struct bx_err ignored = {0};
    const struct bx_site_file *f = bx_site_find(&p->before, path);
    if (!f || f->bytes != seal->bytes || !look(p->live_fd, path, &now) || !same_seal(&now, seal))
        return false;
    if (strchr(path, '/') && !make_folders(p, path, &ignored))
        return false;
    if (linkat(p->live_fd, path, p->next_fd, path, 0) != 0)
        return false;
    add_entry(p, path, f->bytes, f->sha, false);
    count(p, f->bytes, true);
    return true;
}

bool bx_publish_live(const char *output, struct bx_publish_seal *manifest)
{
    struct bx_arena a = {0};
    bool there = look(AT_FDCWD, bx_path_join(&a, output, BX_SITE_MANIFEST), manifest);
    bx_arena_release(&a);
    return there;
}

bool bx_publish_untouched(const char *output, const struct bx_publish_seal *manifest, struct bx_publish_counts *c)
{
    struct bx_arena a = {0};
    struct bx_site site;
    struct bx_publish_seal s;
    struct bx_err ignored = {0};
    enum bx_folder what;
    bool ok = bx_publish_live(output, &s) && same_seal(&s, manifest) && bx_folder_judge(output, &what, &site, &a, &ignored) &&
              what == BX_FOLDER_SITE;
    int folder = ok ? open(output, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    *c = (struct bx_publish_counts){0};
    for (size_t i = 0; ok && i < site.n; i++) {
        ok = look(folder, site.files[i].path, &s) && s.bytes == site.files[i].bytes && s.changed_ns <= manifest->changed_ns;
        c->files += !site.files[i].kept;
        c->bytes += site.files[i].kept ? 0 : s.bytes;
    }
    c->linked = c->files;
    if (folder >= 0)
        close(folder);
    bx_arena_release(&a);
    return ok;
}

/* ---- from one process to another: for each file its linked, bytes, digest, length of path, path ---- */

void bx_publish_child(struct bx_publish *p)
{
    p->child = true;
    p->from = p->now.n;
    p->counts = (struct bx_publish_counts){0};
}

void bx_publish_pack(const struct bx_publish *p, struct bx_buf *out)
{
    bx_buf_add(out, &p->counts, sizeof p->counts);
    for (size_t i = p->from; i < p->now.n; i++) {
        const struct bx_site_file *f = &p->now.files[i];
        const size_t length = strlen(f->path) + 1;
        bx_buf_add(out, &f->bytes, sizeof f->bytes);
        bx_buf_add(out, f->sha, sizeof f->sha);
        bx_buf_add(out, &length, sizeof length);
        bx_buf_add(out, f->path, length);
    }
}

static bool take(const char **at, const char *end, void *to, size_t n)
{
    if ((size_t)(end - *at) < n)
        return false;
    memcpy(to, *at, n);
    *at += n;
    return true;
}

bool bx_publish_unpack(struct bx_publish *p, const char *bytes, size_t n)
{
    struct bx_publish_counts c;
    const char *at = bytes, *end = bytes + n;
    if (!take(&at, end, &c, sizeof c))
        return false;
    p->counts.files += c.files;
    p->counts.bytes += c.bytes;
    p->counts.linked += c.linked;
    while (at < end) {
        struct bx_site_file f;
        size_t length;
        if (!take(&at, end, &f.bytes, sizeof f.bytes) || !take(&at, end, f.sha, sizeof f.sha) || !take(&at, end, &length, sizeof length) ||
            (size_t)(end - at) < length || !length || at[length - 1])
            return false;
        add_entry(p, at, f.bytes, f.sha, false);
        at += length;
    }
    return true;
}

/* What two processes made is one file. */
static bool join(struct bx_publish *p, struct bx_err *e)
{
    size_t n = 0;
    bx_site_sort(&p->now);
    for (size_t i = 0; i < p->now.n; i++) {
        const struct bx_site_file *f = &p->now.files[i];
        if (!n || strcmp(p->now.files[n - 1].path, f->path) != 0) {
            p->now.files[n++] = *f;
            continue;
        }
        if (memcmp(p->now.files[n - 1].sha, f->sha, 32) != 0)
            return two_contents(f->path, e);
        p->counts.files--;
        p->counts.bytes -= f->bytes;
    }
    p->now.n = n;
    return true;
}

void bx_publish_note(struct bx_publish *p, const char *text)
{
    p->now.notes = bx_grow(p->now.notes, &p->notes_cap, p->now.nnotes + 1, sizeof *p->now.notes);
    p->now.notes[p->now.nnotes++] = bx_strdup(&p->a, text);
}

bool bx_publish_noted(const char *output, bool *site, const char *const **notes, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_site s = {0};
    const char *manifest = bx_path_join(a, output, BX_SITE_MANIFEST);
    *site = bx_path_exists(manifest);
    bool ok = !*site || bx_site_load(manifest, &s, a, e);
    *notes = s.notes;
    *n = s.nnotes;
    return ok;
}

struct bx_publish_counts bx_publish_counts(const struct bx_publish *p)
{
    return p->counts;
}

static bool keep(struct bx_publish *p, const struct bx_site_file *f)
{
    uint8_t sha[32];
    struct bx_err ignored = {0};
    int fd = openat(p->live_fd, f->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool ok = fd >= 0 && bx_sha256_fd(fd, f->path, sha, &ignored) && !memcmp(sha, f->sha, 32) && make_folders(p, f->path, &ignored) &&
              linkat(p->live_fd, f->path, p->next_fd, f->path, 0) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

/* Who opened a page before the exchange asks for that page's assets after it: those that no page names any longer stay for one more
 * generation. Where none fell away, the ones kept last time still are, so that the same site is the same folder. */
static void keep_assets(struct bx_publish *p)
{
    bool fell = false;
    const size_t n = p->now.n;
    bx_site_sort(&p->now);
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; p->live_fd >= 0 && i < p->before.n; i++) {
            const struct bx_site_file *f = &p->before.files[i];
            const struct bx_site now = {.n = n, .files = p->now.files};
            if (strncmp(f->path, "assets/", 7) != 0 || bx_site_find(&now, f->path))
                continue;
            if (pass == 0)
                fell = fell || !f->kept;
            else if (f->kept != fell && keep(p, f))
                add_entry(p, f->path, f->bytes, f->sha, true);
        }
}

/* Written down, on the disk, and no longer marked as under construction. */
static bool seal(struct bx_publish *p, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf manifest = {0};
    if (!join(p, e))
        return false;
    keep_assets(p);
    bx_site_sort(&p->now);
    bx_site_write(&p->now, &manifest);
    if (!write_at(p->next_fd, BX_SITE_MANIFEST, manifest.p, manifest.n, e))
        return bx_wrap(e, "output '%s'", p->output);
    if (syncfs(p->next_fd) != 0)
        return bx_fail_errno(e, "cannot write '%s' to the disk", p->next_path);
    if (unlinkat(p->next_fd, BX_SITE_MARKER, 0) != 0)
        return bx_fail_errno(e, "cannot finish '%s'", p->next_path);
    return !p->mode || fchmod(p->next_fd, p->mode) == 0 || bx_fail_errno(e, "cannot give '%s' the mode of '%s'", p->next_path, p->live);
}

static bool switch_link(struct bx_publish *p, struct bx_err *e)
{
    const char *fresh = hidden(p, "link");
    unlinkat(p->parent_fd, fresh, 0);
    if (symlinkat(p->next, p->parent_fd, fresh) != 0)
        return bx_fail_errno(e, "cannot create link '%s'", beside(p, fresh));
    if (renameat(p->parent_fd, fresh, p->parent_fd, p->name) != 0) {
        bx_fail_errno(e, "cannot switch link '%s'", p->live);
        unlinkat(p->parent_fd, fresh, 0);
        return false;
    }
    return true;
}

static bool go_live(struct bx_publish *p, struct bx_err *e)
{
    if (p->linked)
        return switch_link(p, e);
    unsigned flags = p->existed ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    return renameat2(p->parent_fd, p->next, p->parent_fd, p->name, flags) == 0 ||
           bx_fail_errno(e, "cannot put '%s' in the place of '%s'", p->next_path, p->live);
}

/* The site that was live until now becomes the previous one. The new one is out: a failure here is only a remark. */
static void retire(struct bx_publish *p)
{
    struct bx_err e = {0};
    if (!p->previous || !p->existed)
        return;
    if (!sweep(p, p->previous, &e))
        bx_warn("the site is published; the one before it stays in '%s': %s", p->next_path, e.text);
    else if (renameat(p->parent_fd, p->next, p->parent_fd, p->previous) != 0)
        bx_warn("the site is published; the one before it stays in '%s'", p->next_path);
}

bool bx_publish_commit(struct bx_publish *p, struct bx_err *e)
{
    enum bx_folder what;
    struct bx_site s;
    /* Somebody may have put a file there while we rendered. */
    if (!seal(p, e) || !bx_folder_judge(p->live, &what, &s, &p->a, e) || !go_live(p, e))
        return false;
    p->committed = true;
    fsync(p->parent_fd);
    retire(p);
    return true;
}

void bx_publish_end(struct bx_publish *p)
{
    if (!p)
        return;
    struct bx_err e = {0};
    if (p->building && !p->committed && !discard(p, p->next, &e))
        bx_warn("%s", e.text);
    int fds[] = {p->next_fd, p->live_fd, p->parent_fd, p->lock_fd};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(p->now.files);
    free(p->now.notes);
    bx_arena_release(&p->a);
    free(p);
}

bool bx_asset_path(const char *name, const char *ext, const void *bytes, size_t n, char out[BX_ASSET_SIZE], struct bx_err *e)
{
    uint8_t sha[32];
    bx_sha256(bytes, n, sha);
    int length = snprintf(out, BX_ASSET_SIZE, "assets/%s.%02x%02x%02x%02x.%s", name, sha[0], sha[1], sha[2], sha[3], ext);
    if (length < 0 || length >= BX_ASSET_SIZE || !bx_site_path_valid(out) || strchr(name, '/') || strchr(ext, '/'))
        return bx_fail(e, BX_CONFIG, "'%.60s' cannot be the name of an asset", name);
    return true;
}

bool bx_publish_asset(struct bx_publish *p, const char *name, const char *ext, const void *bytes, size_t n, char out[BX_ASSET_SIZE],
                      struct bx_err *e)
{
    return bx_asset_path(name, ext, bytes, n, out, e) && bx_publish_add(p, out, bytes, n, e);
}
