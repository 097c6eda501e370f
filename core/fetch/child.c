/* child.c: the archive is unpacked by a process that can do nothing else. */
#include "core/base/banned.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/fetch/archive.h"
#include "core/fetch/libarchive.h"
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define MEMORY RLIM_INFINITY /* the sanitizers' shadow is larger than any limit */
#else
#define MEMORY ((rlim_t)2 << 30)
#endif

struct report {
    bool ended, ok;
    struct bx_archive_result r;
    struct bx_err e;
};

static void tell(void *self, const struct bx_archive_result *r)
{
    struct report now = {.r = *r};
    (void)!write(*(int *)self, &now, sizeof now); /* less than PIPE_BUF: whole, or not at all */
}

static void lower(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit l = {most, most};
    setrlimit(what, &l);
}

static _Noreturn void child(const struct bx_archive_job *j, int out, pid_t parent)
{
    struct report now = {.ended = true};
    static int to;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (char **v = environ; v && *v; v++)
        explicit_bzero(*v, strlen(*v));
    to = dup2(out, 0);
    int from = dup2(j->fd, 1);
    uselocale(newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0)); /* for archive.c, while its file is in reach */
    int into = open(j->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (to != 0 || from != 1 || into < 0)
        now.ok = bx_fail_errno(&now.e, "cannot open '%s'", j->folder);
    else {
        int third = into == 3 ? 3 : dup2(into, 3);
        close_range(4, ~0u, 0);
        lower(RLIMIT_CORE, 0);
        lower(RLIMIT_NOFILE, 32);
        lower(RLIMIT_AS, MEMORY);
        lower(RLIMIT_FSIZE, (rlim_t)j->limits->bytes);
        lower(RLIMIT_CPU, (rlim_t)j->limits->seconds + 1);
        bool alive = getppid() == parent; /* not already another's */
        now.ok = alive && (!j->confine || j->confine(j->folder, &now.e)) &&
                 bx_archive_extract(from, j->name, third, j->limits, &now.r, tell, &to, &now.e);
    }
    (void)!write(to, &now, sizeof now);
    _exit(0);
}

/* Reads its reports until the last, or until it is gone. */
static bool hear(const struct bx_archive_job *j, int fd, struct report *last)
{
    struct report now;
    int64_t end = bx_time_monotonic() + (int64_t)(j->limits->seconds * 1e9);
    for (size_t have = 0; !last->ended;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int64_t ms = (end - bx_time_monotonic()) / 1000000;
        if (ms <= 0)
            return bx_fail(&last->e, BX_TIMEOUT, "'%s': not unpacked within %.0f s", j->name, j->limits->seconds);
        if (poll(&p, 1, ms > 1000 ? 1000 : (int)ms) <= 0)
            continue;
        ssize_t n = read(fd, (char *)&now + have, sizeof now - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return bx_fail(&last->e, BX_DATA, "'%s': the process that unpacks it died", j->name);
        have += (size_t)n;
        if (have < sizeof now)
            continue;
        have = 0;
        *last = now;
        last->r.top[sizeof last->r.top - 1] = last->e.text[sizeof last->e.text - 1] = '\0';
        if (j->progress)
            j->progress(j->self, &last->r);
    }
    return last->ok;
}

bool bx_archive_unpack(const struct bx_archive_job *j, struct bx_archive_result *r, struct bx_err *e)
{
    int ends[2], status = 0;
    struct report last = {0};
    if (!bx_libarchive_open(e)) /* while it is in reach */
        return false;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return bx_fail_errno(e, "cannot make a pipe");
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        child(j, ends[1], parent);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return bx_fail_errno(e, "cannot start a process");
    }
    bool ok = hear(j, ends[0], &last);
    close(ends[0]);
    kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    *r = last.r;
    if (!ok && WIFSIGNALED(status) && !last.ended && last.e.code == BX_DATA)
        return bx_fail(e, BX_DATA, "'%s': the process that unpacks it was ended by signal %d (%s)", j->name, WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    if (!ok)
        *e = last.e;
    return ok;
}
