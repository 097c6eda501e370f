/* cgroup.c: the host's own cgroup v2, and its parts. */
#include "core/backend/command/cgroup.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#define HOST_PART "boxscore.host"

/* A process is in one cgroup, so there is one of these. */
static struct {
    char own[4096]; /* "": not divided */
    unsigned made;
} divided;

static bool put(const char *folder, const char *file, const char *text)
{
    char path[4200];
    if (snprintf(path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600); /* the kernel's files are there; those of a test are not */
    if (fd < 0)
        return false;
    ssize_t n = write(fd, text, strlen(text));
    int why = errno;
    close(fd);
    errno = why;
    return n == (ssize_t)strlen(text);
}

static bool put_number(const char *folder, const char *file, int64_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)n);
    return put(folder, file, text);
}

static void get(const char *folder, const char *file, char *out, size_t size)
{
    char path[4200];
    out[0] = '\0';
    if (snprintf(path, sizeof path, "%s/%s", folder, file) >= (int)sizeof path)
        return;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);
    out[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = text; (p = strstr(p, word)); p += n)
        if ((p == text || p[-1] == ' ') && (!p[n] || p[n] == ' ' || p[n] == '\n'))
            return true;
    return false;
}

/* Whoever gives one away marks it; without the mark another manager may believe that it is his. */
static bool given_away(const char *folder)
{
    static const char *const marks[] = {"user.delegate", "trusted.delegate"};
    char value[2];
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (getxattr(folder, marks[i], value, sizeof value) == 1 && value[0] == '1')
            return true;
    return false;
}

/* The folder of our own, given to us or not; false: there is none of version 2. */
static bool find_own(char *out, size_t size)
{
    static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};
    char text[8192], *line, *rest = text;
    struct statfs fs;
    get("/proc/self", "cgroup", text, sizeof text);
    while ((line = strsep(&rest, "\n")))
        if (!strncmp(line, "0::/", 4))
            for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++)
                if (statfs(mounts[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
                    return snprintf(out, size, "%s%s", mounts[i], line + 3) < (int)size;
    return false;
}

/* With anybody else in it (the shell that started us, a container's first process) the kernel divides none, whoever gave it away. */
static bool alone(const char *own)
{
    char pids[256], *end;
    get(own, "cgroup.procs", pids, sizeof pids);
    return !pids[0] || (strtol(pids, &end, 10) == getpid() && (!*end || !strcmp(end, "\n")));
}

static bool can_divide(char *own, size_t size)
{
    char controllers[1024];
    const char *test = getenv("BOXSCORE_CGROUP");
    if (test ? snprintf(own, size, "%s", test) >= (int)size : !find_own(own, size) || !given_away(own))
        return false;
    get(own, "cgroup.controllers", controllers, sizeof controllers);
    return has_word(controllers, "memory") && has_word(controllers, "pids") && access(own, W_OK) == 0 && alone(own);
}

bool bx_cgroup_delegated(void)
{
    char own[sizeof divided.own];
    return divided.own[0] || can_divide(own, sizeof own);
}

static void part_of_host(char out[4200], const char *own)
{
    snprintf(out, 4200, "%s/" HOST_PART, own);
}

static void come_back(const char *own)
{
    char part[4200];
    part_of_host(part, own);
    put(own, "cgroup.subtree_control", "-memory -pids");
    put_number(own, "cgroup.procs", getpid());
    rmdir(part);
}

static bool divide(struct bx_err *e)
{
    char own[sizeof divided.own], part[4200];
    if (divided.own[0])
        return true;
    if (!can_divide(own, sizeof own))
        return bx_fail(e, BX_IO, "the cgroup that was given away is not there any more");
    part_of_host(part, own);
    if ((mkdir(part, 0700) == 0 || errno == EEXIST) && put_number(part, "cgroup.procs", getpid()) &&
        put(own, "cgroup.subtree_control", "+memory +pids")) {
        memcpy(divided.own, own, sizeof own);
        return true;
    }
    bx_fail_errno(e, "cannot divide the cgroup '%s'", own);
    come_back(own);
    return false;
}

bool bx_cgroup_make(int64_t memory, int64_t processes, const char **path, struct bx_arena *a, struct bx_err *e)
{
    if (!divide(e))
        return false;
    const char *part;
    do /* of a night that was killed some may be there still */
        part = bx_printf(a, "%s/boxscore.%u", divided.own, ++divided.made);
    while (mkdir(part, 0700) != 0 && errno == EEXIST);
    if (put_number(part, "memory.max", memory) && put_number(part, "pids.max", processes)) {
        put(part, "memory.swap.max", "0"); /* where there is swap to count */
        put(part, "memory.oom.group", "1");
        *path = part;
        return true;
    }
    bx_fail_errno(e, "cannot bound the cgroup '%s'", part);
    rmdir(part);
    return false;
}

bool bx_cgroup_enter(const char *path, pid_t pid)
{
    return put_number(path, "cgroup.procs", pid);
}

bool bx_cgroup_starved(const char *path)
{
    char text[1024];
    get(path, "memory.events", text, sizeof text);
    const char *kills = strstr(text, "oom_kill ");
    return kills && strtol(kills + strlen("oom_kill "), NULL, 10) > 0;
}

void bx_cgroup_remove(const char *path)
{
    put(path, "cgroup.kill", "1");
    for (int tries = 20; rmdir(path) != 0 && errno == EBUSY && tries; tries--)
        poll(NULL, 0, 5);
}

void bx_cgroup_leave(void)
{
    if (divided.own[0])
        come_back(divided.own);
    divided.own[0] = '\0';
}
