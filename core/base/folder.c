/* folder.c: making, removing and listing folders. */
#include "core/base/file.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

bool bx_mkdirs(const char *path, struct bx_err *e)
{
    struct bx_arena a = {0};
    char *p = bx_strdup(&a, path);
    bool ok = true;
    for (char *s = p + (p[0] == '/'); ok; s++) {
        if (*s && *s != '/')
            continue;
        char held = *s;
        *s = '\0';
        if (*p && mkdir(p, 0777) != 0 && !bx_path_is_dir(p)) {
            if (errno == EEXIST)
                ok = bx_fail(e, BX_IO, "cannot create folder '%s': '%s' is not a folder", path, p);
            else
                ok = bx_fail_errno(e, "cannot create folder '%s'", p);
        }
        *s = held;
        if (!held)
            break;
    }
    bx_arena_release(&a);
    return ok;
}

/* Folders deeper than this are moved up to the top before they are emptied: descriptors and stack stay bounded. */
enum { DEEPEST = 32 };

struct removal {
    int top;
    unsigned long moved;
};

static int open_folder(int at, const char *name)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(at, name, flags);
    if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
        fd = openat(at, name, flags);
    return fd;
}

static bool empty_folder(struct removal *r, int fd, int depth);

static bool remove_entry(struct removal *r, int at, const char *name, int depth)
{
    if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
        return true;
    if (errno == EACCES && fchmod(at, 0700) == 0 && unlinkat(at, name, 0) == 0) /* a folder that was made read-only */
        return true;
    if (errno != EISDIR && errno != EPERM)
        return false;
    if (depth >= DEEPEST) {
        char aside[48];
        snprintf(aside, sizeof aside, ".bx-removed-%ld-%lu", (long)getpid(), r->moved++);
        return renameat(at, name, r->top, aside) == 0;
    }
    int fd = open_folder(at, name);
    if (fd < 0)
        return errno == ENOENT;
    if (!empty_folder(r, fd, depth + 1))
        return false;
    return unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

/* Consumes fd. Entries may appear while others are moved up, so it looks again until nothing is left. */
static bool empty_folder(struct removal *r, int fd, int depth)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return false;
    }
    bool ok = true, any = true;
    while (ok && any) {
        any = false;
        rewinddir(d);
        for (struct dirent *entry; ok && (errno = 0, entry = readdir(d)) != NULL;) {
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
                continue;
            any = true;
            ok = remove_entry(r, fd, entry->d_name, depth);
        }
        if (ok && errno)
            ok = false;
    }
    int why = errno;
    closedir(d);
    errno = why;
    return ok;
}

bool bx_remove_tree_at(int at, const char *path, struct bx_err *e)
{
    struct stat st;
    if (fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || bx_fail_errno(e, "cannot remove '%s'", path);
    if (!S_ISDIR(st.st_mode))
        return unlinkat(at, path, 0) == 0 || errno == ENOENT || bx_fail_errno(e, "cannot remove '%s'", path);
    struct removal r = {.top = open_folder(at, path)};
    if (r.top < 0)
        return bx_fail_errno(e, "cannot remove '%s'", path);
    if (!empty_folder(&r, r.top, 0) || (unlinkat(at, path, AT_REMOVEDIR) != 0 && errno != ENOENT))
        return bx_fail_errno(e, "cannot remove '%s'", path);
    return true;
}

bool bx_remove_tree(const char *path, struct bx_err *e)
{
    return bx_remove_tree_at(AT_FDCWD, path, e);
}

struct listing {
    struct bx_arena *a;
    const char *const *extensions;
    size_t n_extensions;
    bool recursive;
    char **names;
    size_t n, cap;
};

static bool wanted(const struct listing *l, const char *name)
{
    if (!l->n_extensions)
        return true;
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && dot != name && i < l->n_extensions; i++)
        if (!strcasecmp(dot + 1, l->extensions[i]))
            return true;
    return false;
}

static bool list_folder(struct listing *l, const char *dir, const char *prefix, struct bx_err *e)
{
    DIR *d = opendir(dir);
    if (!d)
        return bx_fail_errno(e, "cannot open folder '%s'", dir);
    bool ok = true;
    for (struct dirent *entry; ok && (errno = 0, entry = readdir(d)) != NULL;) {
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, ".."))
            continue;
        struct stat st;
        if (fstatat(dirfd(d), name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        char *relative = bx_printf(l->a, "%s%s", prefix, name);
        if (S_ISDIR(st.st_mode)) {
            if (l->recursive)
                ok = list_folder(l, bx_path_join(l->a, dir, name), bx_printf(l->a, "%s/", relative), e);
            continue;
        }
        if (S_ISLNK(st.st_mode) && fstatat(dirfd(d), name, &st, 0) != 0)
            continue;
        if (S_ISREG(st.st_mode) && wanted(l, name)) {
            l->names = bx_grow(l->names, &l->cap, l->n + 1, sizeof *l->names);
            l->names[l->n++] = relative;
        }
    }
    if (ok && errno)
        ok = bx_fail_errno(e, "cannot read folder '%s'", dir);
    closedir(d);
    return ok;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b); /* names in a folder are unique */
}

bool bx_dir_list(const char *dir, bool recursive, const char *const *extensions, size_t n, struct bx_arena *a, char ***names, size_t *count,
                 struct bx_err *e)
{
    struct listing l = {.a = a, .extensions = extensions, .n_extensions = n, .recursive = recursive};
    bool ok = list_folder(&l, dir, "", e);
    if (ok) {
        if (l.n)
            qsort(l.names, l.n, sizeof *l.names, by_bytes);
        *names = bx_memdup(a, l.names, l.n * sizeof *l.names);
        *count = l.n;
    }
    free(l.names);
    return ok;
}
