/* confine.c: what this kernel has, and the last steps before execve. */
#include "core/backend/command/confine.h"
#include "core/backend/command/cgroup.h"
#include "core/base/banned.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* linux/landlock.h as of ABI 7: the one we are built with may be older than the kernel. */
#define FS_EXECUTE     (UINT64_C(1) << 0)
#define FS_WRITE_FILE  (UINT64_C(1) << 1)
#define FS_READ_FILE   (UINT64_C(1) << 2)
#define FS_READ_DIR    (UINT64_C(1) << 3)
#define FS_REMOVE_DIR  (UINT64_C(1) << 4)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_CHAR   (UINT64_C(1) << 6)
#define FS_MAKE_BLOCK  (UINT64_C(1) << 11)
#define FS_REFER       (UINT64_C(1) << 13) /* ABI 2 */
#define FS_TRUNCATE    (UINT64_C(1) << 14) /* ABI 3 */
#define FS_IOCTL_DEV   (UINT64_C(1) << 15) /* ABI 5 */
#define FS_ABI_1       ((UINT64_C(1) << 13) - 1)
#define FS_OF_FILES    (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define NET_TCP        UINT64_C(3) /* ABI 4: bind, connect */
#define SCOPE_ALL      UINT64_C(3) /* ABI 6: abstract sockets, signals */
#define GET_VERSION    1u
#define RULE_PATH      1

struct ruleset {
    uint64_t fs, net, scoped;
};
struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

static int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, GET_VERSION);
    return abi < 0 ? 0 : (int)abi;
}

static bool has_filter(void)
{
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL, 0, 0) != 0 && errno == EFAULT;
}

static bool pid_limits(void)
{
    struct utsname u;
    int major = 0, minor = 0;
    return uname(&u) == 0 && sscanf(u.release, "%d.%d", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 14));
}

/* In a process of its own: everything that a command's first process does. */
static bool try_namespaces(bool network)
{
    static const char *const folders[] = {"/tmp", "/var/tmp", "/mnt", "/srv"};
    struct stat st;
    struct bx_cell c = {.kernel = {.namespaces = true, .network = network}, .shared = 1 << 20, .uid = geteuid(), .gid = getegid()};
    for (size_t i = 0; i < sizeof folders / sizeof *folders && !c.home; i++)
        if (stat(folders[i], &st) == 0 && S_ISDIR(st.st_mode))
            c.home = folders[i];
    pid_t pid = c.home ? bx_namespace_fork(&c) : -1;
    if (pid == 0) {
        struct bx_confine_fault f;
        _exit(bx_namespace_enter(&c, &f) ? 0 : 1);
    }
    int status = -1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static struct bx_confine_kernel ask_kernel(void)
{
    struct bx_confine_kernel k = {
        .landlock = landlock_abi(), .seccomp = has_filter(), .pid_limit = pid_limits(), .cgroup = bx_cgroup_delegated()};
    k.network = try_namespaces(true);
    k.namespaces = k.network || try_namespaces(false);
    return k;
}

struct bx_confine_kernel bx_confine_kernel(void)
{
    static bool asked;
    static struct bx_confine_kernel known;
    if (!asked)
        known = ask_kernel();
    asked = true;
    struct bx_confine_kernel k = known;
    const char *lower = getenv("BOXSCORE_CONFINE"), *abi = lower ? strstr(lower, "landlock=") : NULL;
    bool none = lower && !strcmp(lower, "none");
    if (none || (lower && strstr(lower, "namespaces=0")))
        k.namespaces = k.network = k.pid_limit = false;
    if (none || (lower && strstr(lower, "seccomp=0")))
        k.seccomp = false;
    if (none || (lower && strstr(lower, "cgroup=0")))
        k.cgroup = false;
    int most = none ? 0 : abi ? atoi(abi + strlen("landlock=")) : k.landlock;
    k.landlock = most < k.landlock ? most : k.landlock;
    if (k.landlock < 7) /* as the kernels that have no newer one */
        k.pid_limit = false;
    return k;
}

bool bx_confine_lacks(const struct bx_confine_kernel *k, struct bx_buf *out)
{
    size_t before = out->n;
    if (!k->namespaces)
        bx_buf_adds(out, "no user namespaces");
    else if (!k->network)
        bx_buf_adds(out, "no network namespace");
    if (!k->landlock)
        bx_buf_addf(out, "%sno Landlock", out->n > before ? "; " : "");
    else if (!k->namespaces && k->landlock < 6) /* what the newer ones have, namespaces do as well */
        bx_buf_addf(out, "; Landlock ABI %d, which knows no signals", k->landlock);
    if (!k->seccomp)
        bx_buf_addf(out, "%sno seccomp", out->n > before ? "; " : "");
    if (geteuid() == 0 && !k->pid_limit && !k->cgroup)
        bx_buf_addf(out, "%sas root, whose processes are not counted", out->n > before ? "; " : "");
    return out->n > before;
}

const char *bx_confine_step(int step)
{
    static const char *const names[] = {
        [BX_STEP_IDENTITY] = "its user namespace", [BX_STEP_LOOPBACK] = "its network", [BX_STEP_ROOT] = "its root",
        [BX_STEP_BIND] = "its root's folders",     [BX_STEP_PROC] = "its /proc",       [BX_STEP_PIVOT] = "its root",
        [BX_STEP_CAPABILITIES] = "its privileges", [BX_STEP_LANDLOCK] = "Landlock",    [BX_STEP_SECCOMP] = "seccomp",
        [BX_STEP_CGROUP] = "its cgroup",
    };
    return step > 0 && step < (int)(sizeof names / sizeof *names) ? names[step] : NULL;
}

static uint64_t handled(int abi)
{
    return FS_ABI_1 | (abi >= 2 ? FS_REFER : 0) | (abi >= 3 ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0);
}

static uint64_t rights(enum bx_reach r)
{
    switch (r) {
    case BX_REACH_STAND:
        return 0;
    case BX_REACH_READ:
        return FS_READ_FILE | FS_READ_DIR;
    case BX_REACH_RUN:
        return FS_READ_FILE | FS_READ_DIR | FS_EXECUTE;
    case BX_REACH_WRITE:
        return (FS_ABI_1 & ~(FS_MAKE_CHAR | FS_MAKE_BLOCK)) | FS_REFER | FS_TRUNCATE;
    case BX_REACH_DEVICE:
        return FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV;
    }
    return 0;
}

static bool add_path(int set, const char *path, uint64_t allowed)
{
    struct stat st;
    struct path_rule rule = {.allowed = allowed, .parent = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent < 0)
        return true; /* not there, or not to be reached: there is nothing to allow */
    if (fstat(rule.parent, &st) == 0 && !S_ISDIR(st.st_mode))
        rule.allowed &= FS_OF_FILES;
    bool ok = !rule.allowed || syscall(SYS_landlock_add_rule, set, RULE_PATH, &rule, 0) == 0;
    int why = errno;
    close(rule.parent);
    errno = why;
    return ok;
}

static bool restrict_self(const struct bx_cell *c)
{
    int abi = c->kernel.landlock;
    struct ruleset r = {.fs = handled(abi), .net = c->network || c->kernel.network ? 0 : NET_TCP, .scoped = SCOPE_ALL};
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    if (size == 8)
        r.net = 0;
    int set = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0);
    if (set < 0)
        return false;
    bool ok = add_path(set, "/proc", rights(BX_REACH_READ) & r.fs);
    if (c->kernel.namespaces)
        ok = ok && add_path(set, "/dev/shm", rights(BX_REACH_WRITE) & r.fs);
    for (size_t i = 0; ok && i < c->ngrants; i++)
        ok = add_path(set, c->grant[i].path, rights(c->grant[i].reach) & r.fs);
    ok = ok && syscall(SYS_landlock_restrict_self, set, 0) == 0;
    int why = errno;
    close(set);
    errno = why;
    return ok;
}

/* Root, too, becomes a user like any other: one to whom root's files belong. */
static bool drop_capabilities(void)
{
    for (int cap = 0; cap < 64; cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED, 0, 0, 0);
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[2] = {{0}};
    return syscall(SYS_capset, &head, none) == 0;
}

bool bx_confine_enter(const struct bx_cell *c, struct bx_confine_fault *f)
{
    if (!drop_capabilities())
        return bx_confine_fail(f, BX_STEP_CAPABILITIES, errno);
    if (c->kernel.landlock && !restrict_self(c))
        return bx_confine_fail(f, BX_STEP_LANDLOCK, errno);
    return bx_filter_enter(c, f);
}

bool bx_confine_reader(const char *folder, struct bx_err *e)
{
    const struct bx_grant grant = {.path = folder, .reach = BX_REACH_WRITE};
    struct bx_cell cell = {
        .on = true, .kernel = bx_confine_kernel(), .grant = &grant, .ngrants = folder != NULL, .uid = geteuid(), .gid = getegid()};
    struct bx_confine_fault fault = {0};
    cell.kernel.namespaces = cell.kernel.network = cell.kernel.pid_limit = false;
    if (bx_confine_enter(&cell, &fault))
        return true;
    const char *step = bx_confine_step(fault.step);
    return bx_fail(e, BX_IO, "a process that reads foreign files could not be confined: %s: %s", step ? step : "?", strerror(fault.why));
}

bool bx_confine_decoder(struct bx_err *e)
{
    return bx_confine_reader(NULL, e);
}
