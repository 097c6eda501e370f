/* namespace.c: a child in namespaces of its own, and the root it gets: an empty one with the grants bound into it. */
#include "core/backend/command/confine.h"
#include "core/base/banned.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* Of linux/mount.h, which cannot stand beside sys/mount.h. */
#define TREE_CLONE       1u
#define TREE_RECURSIVE   0x8000u
#define MOVE_EMPTY       4u
#define ATTR_RDONLY      1u
#define ATTR_NOSUID      2u
#define ATTR_NODEV       4u
#define AT_ALL           0x8000u /* AT_RECURSIVE */
#define LARGEST_PID_BASE 300     /* the kernel keeps the pids below for itself once it has come round */

struct mount_attributes {
    uint64_t set, clear, propagation, userns;
};

pid_t bx_namespace_fork(const struct bx_cell *c)
{
    int flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | SIGCHLD;
    if (c->kernel.network && !c->network)
        flags |= CLONE_NEWNET;
    return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    int why = errno;
    close(fd);
    errno = why;
    return ok;
}

/* The same user and group as before, and no others. What /proc has of a process is its own only while it is dumpable, so what nobody may
 * read is wiped before: this is a copy of the host. */
static bool take_identity(const struct bx_cell *c, struct bx_confine_fault *f)
{
    char uid[48], gid[48];
    snprintf(uid, sizeof uid, "%u %u 1", c->uid, c->uid);
    snprintf(gid, sizeof gid, "%u %u 1", c->gid, c->gid);
    for (char **v = environ; v && *v; v++)
        explicit_bzero(*v, strlen(*v));
    prctl(PR_SET_DUMPABLE, 1);
    bool ok = write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/uid_map", uid) && write_text("/proc/self/gid_map", gid);
    int why = errno;
    prctl(PR_SET_DUMPABLE, 0);
    return ok || bx_confine_fail(f, BX_STEP_IDENTITY, why);
}

/* A network of one machine: programs talk to themselves by 127.0.0.1. */
static bool raise_loopback(struct bx_confine_fault *f)
{
    struct ifreq lo = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno == EAFNOSUPPORT || bx_confine_fail(f, BX_STEP_LOOPBACK, errno);
    bool ok = ioctl(fd, SIOCGIFFLAGS, &lo) == 0;
    lo.ifr_flags |= IFF_UP;
    ok = ok && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
    int why = errno;
    close(fd);
    return ok || bx_confine_fail(f, BX_STEP_LOOPBACK, why);
}

static int clone_tree(const char *path, unsigned flags)
{
    return (int)syscall(SYS_open_tree, AT_FDCWD, path, TREE_CLONE | TREE_RECURSIVE | O_CLOEXEC | flags);
}

static bool set_attributes(int fd, const char *path, unsigned flags, uint64_t set)
{
    struct mount_attributes a = {.set = set};
    return syscall(SYS_mount_setattr, fd, path, flags, &a, sizeof a) == 0;
}

static bool make_parents(const char *path)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n >= sizeof part)
        return false;
    for (size_t i = 1; i < n; i++)
        if (path[i] == '/') {
            memcpy(part, path, i);
            part[i] = '\0';
            if (mkdir(part, 0755) != 0 && errno != EEXIST)
                return false;
        }
    return true;
}

/* The place in the new root where something is to be mounted. Folders and files that are there already are as good. */
static bool make_place(const char *path, bool folder)
{
    struct stat st;
    if (lstat(path, &st) == 0)
        return true;
    if (!make_parents(path))
        return false;
    if (folder)
        return mkdir(path, 0755) == 0 || errno == EEXIST;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno == EEXIST;
    close(fd);
    return true;
}

static uint64_t attributes(enum bx_reach r)
{
    switch (r) {
    case BX_REACH_WRITE:
        return ATTR_NOSUID | ATTR_NODEV;
    case BX_REACH_DEVICE: /* a node on a read-only mount is written to all the same */
        return ATTR_RDONLY | ATTR_NOSUID;
    default:
        return ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV;
    }
}

/* A grant taken hold of while the old root can be seen. */
struct held {
    int fd; /* a detached tree; -1: none */
    bool folder;
    char link[256]; /* "usr/lib", when the path is a link: what it leads to is granted, too, and a program may ask where it was found */
};

static bool hold(const struct bx_grant *g, struct held *h)
{
    struct stat st;
    memset(h, 0, sizeof *h);
    h->fd = -1;
    if (lstat(g->path, &st) != 0)
        return false;
    if (S_ISLNK(st.st_mode)) {
        ssize_t n = readlink(g->path, h->link, sizeof h->link);
        if (n > 0 && n < (ssize_t)sizeof h->link)
            return true;
        h->link[0] = '\0';
        if (stat(g->path, &st) != 0)
            return false;
    }
    h->folder = S_ISDIR(st.st_mode);
    if (g->reach == BX_REACH_STAND)
        return h->folder;
    h->fd = clone_tree(g->from ? g->from : g->path, 0);
    return h->fd >= 0 && set_attributes(h->fd, "", AT_EMPTY_PATH | AT_ALL, attributes(g->reach));
}

static bool attach(int fd, const char *at)
{
    bool ok = syscall(SYS_move_mount, fd, "", AT_FDCWD, at, MOVE_EMPTY) == 0;
    int why = errno;
    close(fd);
    errno = why;
    return ok;
}

static bool put(const struct bx_cell *c, const struct bx_grant *g, struct held *h)
{
    char at[PATH_MAX];
    if (snprintf(at, sizeof at, "%s%s", c->home, g->path) >= (int)sizeof at)
        return false;
    if (h->link[0])
        return make_parents(at) && (symlink(h->link, at) == 0 || errno == EEXIST);
    bool ok = make_place(at, h->folder);
    if (h->fd < 0)
        return ok;
    if (!ok) {
        close(h->fd);
        return false;
    }
    return attach(h->fd, at);
}

/* A fresh file system in the new root. */
static bool mount_fresh(const struct bx_cell *c, const char *name, const char *type, unsigned long flags, const char *data)
{
    char at[PATH_MAX];
    return snprintf(at, sizeof at, "%s/%s", c->home, name) < (int)sizeof at && make_place(at, true) &&
           mount(type, at, type, MS_NOSUID | MS_NODEV | flags, data) == 0;
}

/* The processes inside are all it shows. Where the old one is covered in parts (a container), the kernel refuses that. */
static bool mount_proc(const struct bx_cell *c, int old)
{
    char at[PATH_MAX], text[32];
    snprintf(at, sizeof at, "%s/proc", c->home);
    if (!mount_fresh(c, "proc", "proc", MS_NOEXEC, NULL))
        return attach(old, at) && set_attributes(AT_FDCWD, at, AT_ALL, ATTR_RDONLY);
    close(old);
    if (c->kernel.pid_limit) {
        char largest[PATH_MAX];
        snprintf(text, sizeof text, "%lld", (long long)c->processes + LARGEST_PID_BASE);
        snprintf(largest, sizeof largest, "%s/proc/sys/kernel/pid_max", c->home);
        (void)write_text(largest, text);
    }
    return set_attributes(AT_FDCWD, at, AT_ALL, ATTR_RDONLY);
}

static void link_device(const struct bx_cell *c, const char *name, const char *target)
{
    char at[PATH_MAX];
    if (snprintf(at, sizeof at, "%s/dev/%s", c->home, name) < (int)sizeof at)
        (void)!symlink(target, at);
}

/* The two places for passing files that programs know by heart are the private folder, unless something granted lies there. */
static void put_temporary(const struct bx_cell *c, const char *name, int tree)
{
    char at[PATH_MAX];
    snprintf(at, sizeof at, "%s/%s", c->home, name);
    struct stat st;
    if (lstat(at, &st) == 0 || !make_place(at, true) || !attach(tree, at))
        close(tree);
}

static bool enter_root(const struct bx_cell *c, struct bx_confine_fault *f)
{
    static struct held held[BX_CELL_GRANTS]; /* this is a process of its own */
    char size[64];
    size_t n = c->ngrants;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return bx_confine_fail(f, BX_STEP_ROOT, errno);
    bool have[BX_CELL_GRANTS];
    for (size_t i = 0; i < n; i++)
        have[i] = hold(&c->grant[i], &held[i]);
    int proc = clone_tree("/proc", 0), tmp[2];
    for (int i = 0; i < 2; i++)
        if ((tmp[i] = clone_tree(c->home, 0)) < 0 || !set_attributes(tmp[i], "", AT_EMPTY_PATH | AT_ALL, ATTR_NOSUID | ATTR_NODEV))
            return bx_confine_fail(f, BX_STEP_BIND, errno);
    if (mount("boxscore", c->home, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=4m") != 0)
        return bx_confine_fail(f, BX_STEP_ROOT, errno);
    for (size_t i = 0; i < n; i++)
        if (have[i] && !put(c, &c->grant[i], &held[i]) && errno != ENOENT && errno != EROFS)
            return bx_confine_fail(f, BX_STEP_BIND, errno);
    if (!mount_proc(c, proc))
        return bx_confine_fail(f, BX_STEP_PROC, errno);
    char shm[PATH_MAX];
    struct stat st;
    snprintf(shm, sizeof shm, "%s/dev/shm", c->home);
    snprintf(size, sizeof size, "mode=1777,size=%lld", (long long)c->shared);
    if (lstat(shm, &st) != 0 && !mount_fresh(c, "dev/shm", "tmpfs", 0, size))
        return bx_confine_fail(f, BX_STEP_ROOT, errno);
    link_device(c, "fd", "/proc/self/fd");
    link_device(c, "stdin", "/proc/self/fd/0");
    link_device(c, "stdout", "/proc/self/fd/1");
    link_device(c, "stderr", "/proc/self/fd/2");
    put_temporary(c, "tmp", tmp[0]);
    put_temporary(c, "var/tmp", tmp[1]);
    if (chdir(c->home) != 0 || syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0 ||
        !set_attributes(AT_FDCWD, "/", 0, ATTR_RDONLY))
        return bx_confine_fail(f, BX_STEP_PIVOT, errno);
    return true;
}

bool bx_namespace_enter(const struct bx_cell *c, struct bx_confine_fault *f)
{
    return take_identity(c, f) && (!c->kernel.network || c->network || raise_loopback(f)) && enter_root(c, f);
}
