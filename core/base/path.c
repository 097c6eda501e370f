/* path.c: paths as text, and opening below a folder. */
#include "core/base/file.h"
#include "core/base/buf.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

char *bx_path_join(struct bx_arena *a, const char *dir, const char *name)
{
    if (name[0] == '/' || !dir[0])
        return bx_strdup(a, name);
    size_t n = strlen(dir);
    return bx_printf(a, "%s%s%s", dir, dir[n - 1] == '/' ? "" : "/", name);
}

char *bx_path_dir(struct bx_arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return bx_strdup(a, ".");
    return bx_strndup(a, path, slash == path ? 1 : (size_t)(slash - path));
}

const char *bx_path_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *bx_path_stem(struct bx_arena *a, const char *path)
{
    const char *base = bx_path_base(path), *dot = strrchr(base, '.');
    return bx_strndup(a, base, dot && dot != base ? (size_t)(dot - base) : strlen(base));
}

char *bx_path_absolute(struct bx_arena *a, const char *path)
{
    char cwd[PATH_MAX];
    const char *from = "/";
    if (path[0] != '/') {
        from = getcwd(cwd, sizeof cwd);
        if (!from)
            from = "/";
    }
    const char *parts[2] = {from, path};
    char *out = BX_NEW(a, char, strlen(from) + strlen(path) + 3);
    size_t n = 0;
    for (int i = 0; i < 2; i++)
        for (const char *s = parts[i]; *s;) {
            size_t len = strcspn(s, "/");
            if (len == 2 && s[0] == '.' && s[1] == '.') {
                while (n && out[--n] != '/')
                    ;
            } else if (len && !(len == 1 && s[0] == '.')) {
                out[n++] = '/';
                memcpy(out + n, s, len);
                n += len;
            }
            s += len + (s[len] == '/');
        }
    if (!n)
        out[n++] = '/';
    out[n] = '\0';
    return out;
}

/* Up to the deepest folder that is there: does the text name what the system finds? */
static bool no_links(const char *path, struct bx_arena *a)
{
    char real[PATH_MAX];
    while (strlen(path) < sizeof real && !realpath(path, real) && path[1])
        path = bx_path_dir(a, path);
    return strlen(path) < sizeof real && !strcmp(real, path);
}

char *bx_path_relative(struct bx_arena *a, const char *dir, const char *path)
{
    size_t same = 0, up = 0;
    if (!no_links(dir, a))
        return bx_strdup(a, path);
    for (size_t i = 0;; i++) { /* the components that both have */
        bool end_dir = !dir[i] || dir[i] == '/', end_path = !path[i] || path[i] == '/';
        if (end_dir && end_path)
            same = i;
        if (!dir[i] || !path[i] || dir[i] != path[i])
            break;
    }
    const char *rest = path + same + (path[same] == '/');
    for (const char *p = dir + same; *p; p++)
        up += *p == '/' && p[1];
    BX_CLEANUP_BUF struct bx_buf out = {0};
    for (size_t i = 0; i < up; i++)
        bx_buf_adds(&out, i ? "/.." : "..");
    bx_buf_addf(&out, "%s%s", up && *rest ? "/" : "", rest);
    return bx_strdup(a, out.n ? bx_buf_str(&out) : ".");
}

bool bx_path_within(const char *path, const char *folder)
{
    size_t n = strlen(folder);
    return !strncmp(path, folder, n) && (path[n] == '/' || path[n] == '\0' || (n && folder[n - 1] == '/'));
}

char *bx_path_beneath(struct bx_arena *a, const char *dir, const char *name)
{
    char real[PATH_MAX], base[PATH_MAX];
    if (!name[0] || strlen(dir) + strlen(name) + 2 > sizeof real || !realpath(dir, base) || !realpath(bx_path_join(a, dir, name), real))
        return NULL;
    size_t n = strlen(base);
    return bx_path_within(real, base) && real[n] == '/' && real[n + 1] ? bx_strdup(a, real + n + 1) : NULL;
}

bool bx_path_exists(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

bool bx_path_is_dir(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum { BENEATH_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

/* For kernels without openat2: each component by itself, none of them a link. Consumes dirfd. */
static int walk_beneath(int dirfd, const char *relative)
{
    char name[NAME_MAX + 1];
    for (const char *s = relative;;) {
        size_t len = strcspn(s, "/");
        const char *next = s + len + strspn(s + len, "/");
        if (len > NAME_MAX) {
            close(dirfd);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(name, s, len);
        name[len] = '\0';
        int fd = openat(dirfd, name, BENEATH_FLAGS | O_NOFOLLOW | (*next ? O_DIRECTORY : 0));
        int why = errno;
        close(dirfd);
        errno = why;
        if (fd < 0 || !*next)
            return fd;
        dirfd = fd;
        s = next;
    }
}

static bool climbs(const char *relative)
{
    for (const char *s = relative; *s; s += strspn(s, "/")) {
        size_t len = strcspn(s, "/");
        if (len == 2 && s[0] == '.' && s[1] == '.')
            return true;
        s += len;
    }
    return false;
}

/* Whatever it is. */
static int open_any_beneath(const char *dir, const char *relative, struct bx_err *e)
{
    if (!relative[0] || relative[0] == '/' || climbs(relative)) {
        bx_fail(e, BX_DATA, "'%s' is not allowed, expected a relative path without '..'", relative);
        return -1;
    }
    int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dirfd < 0) {
        bx_fail_errno(e, "cannot open folder '%s'", dir);
        return -1;
    }
    struct open_how how = {.flags = BENEATH_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    int fd = (int)syscall(SYS_openat2, dirfd, relative, &how, sizeof how);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        fd = walk_beneath(dirfd, relative);
    } else {
        int why = errno;
        close(dirfd);
        errno = why;
    }
    if (fd < 0) {
        if (errno == ELOOP)
            bx_fail(e, BX_DATA, "'%s' in '%s' is or goes through a symbolic link, which is not followed", relative, dir);
        else
            bx_fail_errno(e, "cannot open '%s' in '%s'", relative, dir);
    }
    return fd;
}

int bx_open_beneath(const char *dir, const char *relative, struct bx_err *e)
{
    struct stat st;
    int fd = open_any_beneath(dir, relative, e);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        bx_fail(e, BX_DATA, "'%s' in '%s' is not a regular file", relative, dir);
        return -1;
    }
    return fd;
}

int bx_open_folder_beneath(const char *dir, const char *relative, bool *folder, struct bx_err *e)
{
    struct stat st;
    int fd = open_any_beneath(dir, relative, e);
    if (fd >= 0 && (fstat(fd, &st) != 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))) {
        close(fd);
        bx_fail(e, BX_DATA, "'%s' in '%s' is neither a regular file nor a folder", relative, dir);
        return -1;
    }
    if (fd >= 0)
        *folder = S_ISDIR(st.st_mode);
    return fd;
}
