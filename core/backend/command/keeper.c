/*
 * keeper.c: host, keeper and runner: starting a child so that it holds nothing of ours, and ending it so that nothing of it is
 * left.
 *
 * Control socket, keeper to host: one `struct news` when the program could not be executed or when the runner has ended and every
 * descendant with it. Host to keeper: one int32 = milliseconds between SIGTERM and SIGKILL. The socket's end is the order to kill at once.
 */
#include "core/backend/command/cgroup.h"
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct news {
    int32_t kind; /* 'X': ended, value is a wait status; 'E': exec failed, value is errno; 'C': could not be confined, errno */
    int32_t value;
    int32_t step; /* of 'C': which (confine.h) */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Ends of descriptors without close_range (Linux before 5.9, or a sandbox that refuses it). */
static void close_from(int first, bool on_exec_only)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0U, on_exec_only ? CLOSE_RANGE_CLOEXEC : 0U) == 0)
        return;
#endif
    struct rlimit lim;
    int top = getrlimit(RLIMIT_NOFILE, &lim) == 0 && lim.rlim_cur < 1 << 20 ? (int)lim.rlim_cur : 1 << 20;
    for (int fd = first; fd < top; fd++) {
        if (on_exec_only)
            fcntl(fd, F_SETFD, FD_CLOEXEC);
        else
            close(fd);
    }
}

/* Parent of a process, or 0. The command name may hold anything, so the last ')' counts. */
static pid_t parent_of(const char *pid)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    const char *p = strrchr(text, ')');
    int parent = 0;
    return p && sscanf(p + 1, " %*c %d", &parent) == 1 ? (pid_t)parent : 0;
}

struct process {
    pid_t pid, parent;
    bool below;
};

/* To that very process, or to nobody: between a look at /proc and a signal its number may have become another's, the more so while
 * something forks as fast as it can. What the descriptor names is looked at again. */
static void signal_one(const struct process *all, size_t n, pid_t self, pid_t pid, int sig)
{
    char name[16];
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0 && errno == ESRCH)
        return;
    snprintf(name, sizeof name, "%d", (int)pid);
    pid_t parent = parent_of(name);
    bool below = parent == self;
    for (size_t i = 0; i < n && !below; i++)
        below = all[i].below && all[i].pid == parent;
    if (below && fd >= 0)
        syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0);
    else if (below) /* a kernel, or a sandbox, without them */
        kill(pid, sig);
    if (fd >= 0)
        close(fd);
}

/* A signal to all below this process, once. Returns how many there were (zombies count). */
static size_t signal_below(int sig)
{
    struct process *all = NULL;
    size_t n = 0, cap = 0, count = 0;
    DIR *d = opendir("/proc");
    if (!d)
        return 0;
    for (struct dirent *f; (f = readdir(d));)
        if (isdigit((unsigned char)f->d_name[0])) {
            all = bx_grow(all, &cap, n + 1, sizeof *all);
            all[n++] = (struct process){(pid_t)atoi(f->d_name), parent_of(f->d_name), false};
        }
    closedir(d);
    pid_t self = getpid();
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < n; i++) {
            bool below = all[i].parent == self;
            for (size_t j = 0; j < n && !below && !all[i].below; j++)
                below = all[j].below && all[j].pid == all[i].parent;
            if (below && !all[i].below)
                all[i].below = more = true;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (all[i].below) {
            signal_one(all, n, self, all[i].pid, sig);
            count++;
        }
    free(all);
    return count;
}

/* What goes on forking is stopped first: as long as there are more than a moment ago, there are some that were not met. */
static void kill_below(void)
{
    size_t before = 0, now = signal_below(SIGKILL);
    for (int rounds = 0; now > before && now > 1 && rounds < 20; rounds++) {
        before = now;
        now = signal_below(SIGSTOP);
    }
    signal_below(SIGKILL);
}

/* Kill and reap until this process has no child. `pid`'s status is kept. */
static bool kill_all(pid_t pid, int *status, int ms)
{
    int64_t deadline = now_ms() + ms;
    for (;;) {
        int st;
        pid_t got;
        while ((got = waitpid(-1, &st, WNOHANG)) > 0)
            if (got == pid && status)
                *status = st;
        if (got < 0 && errno == ECHILD)
            return true;
        if (now_ms() >= deadline)
            return false;
        kill_below();
        struct timespec nap = {0, 2000000};
        nanosleep(&nap, NULL);
    }
}

bool bx_kill_descendants(int ms)
{
    return kill_all(0, NULL, ms);
}

static void limit(__rlimit_resource_t what, int64_t value)
{
    struct rlimit now, lim = {(rlim_t)value, (rlim_t)value};
    if (getrlimit(what, &now) == 0 && now.rlim_max != RLIM_INFINITY && lim.rlim_max > now.rlim_max)
        lim.rlim_cur = lim.rlim_max = now.rlim_max;
    setrlimit(what, &lim);
}

static void default_signals(void)
{
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void tell(int control, int kind, int value, int step)
{
    struct news w = {kind, value, step};
    (void)!send(control, &w, sizeof w, MSG_NOSIGNAL);
}

/* Tasks of this user: RLIMIT_NPROC counts them all, where there is no user namespace to count in. */
static int64_t tasks_of(uid_t uid)
{
    int64_t n = 0;
    DIR *d = opendir("/proc");
    for (struct dirent *f; d && (f = readdir(d));) {
        char path[sizeof "/proc//task" + sizeof f->d_name];
        struct stat st;
        snprintf(path, sizeof path, "/proc/%s/task", f->d_name);
        if (isdigit((unsigned char)f->d_name[0]) && stat(path, &st) == 0 && st.st_uid == uid)
            n += st.st_nlink > 2 ? (int64_t)st.st_nlink - 2 : 1;
    }
    if (d)
        closedir(d);
    return n;
}

/* In the runner's process, between fork and exec. 0, 1, 2 are the pipes already. */
_Noreturn static void become_runner(const struct bx_spawn *s, int control, pid_t keeper)
{
    struct bx_confine_fault f;
    setsid();
    default_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper)
        _exit(127);
    if (s->cell->cgroup && !s->cell->kernel.namespaces && !bx_cgroup_enter(s->cell->cgroup, getpid())) {
        tell(control, 'C', errno, BX_STEP_CGROUP);
        _exit(127);
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    umask(022);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, s->file_size);
    limit(RLIMIT_NOFILE, s->open_files);
    if (s->cell->on && s->cell->processes)
        limit(RLIMIT_NPROC, s->cell->processes + (s->cell->kernel.namespaces ? 0 : tasks_of(s->cell->uid)));
    close_from(3, true);
    if (s->cell->on && !bx_confine_enter(s->cell, &f)) {
        tell(control, 'C', f.why, f.step);
        _exit(127);
    }
    if (chdir(s->cwd) == 0)
        execve(s->program, s->argv, s->envp);
    tell(control, 'E', errno, 0);
    _exit(127);
}

/* The first process of the runner's pid namespace: makes its world, starts it, reaps what it leaves, and with its own end takes all of it
 * along. `inner`, keeper to here: a byte when to begin, another one to ask the runner to end; from here: the runner's wait status. */
_Noreturn static void become_first(const struct bx_spawn *s, int control, int inner, const sigset_t *chld)
{
    char order;
    struct bx_confine_fault f;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (recv(inner, &order, 1, 0) != 1)
        _exit(127);
    if (!bx_namespace_enter(s->cell, &f)) {
        tell(control, 'C', f.why, f.step);
        _exit(127);
    }
    pid_t self = getpid(), runner = fork();
    if (runner == 0)
        become_runner(s, control, self);
    if (runner < 0) {
        tell(control, 'E', errno, 0);
        _exit(127);
    }
    int children = signalfd(-1, chld, SFD_CLOEXEC);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    for (;;) {
        struct pollfd p[2] = {{inner, POLLIN, 0}, {children, POLLIN, 0}};
        poll(p, 2, -1);
        struct signalfd_siginfo info;
        if (p[1].revents)
            (void)!read(children, &info, sizeof info);
        int st;
        for (pid_t got; (got = waitpid(-1, &st, WNOHANG)) > 0;)
            if (got == runner) {
                (void)!send(inner, &st, sizeof st, MSG_NOSIGNAL);
                _exit(0);
            }
        if (p[0].revents && recv(inner, &order, 1, 0) != 1)
            _exit(0);
        if (p[0].revents)
            kill(-runner, SIGTERM);
    }
}

/* `runner`: our child, the runner itself or (inner >= 0) the first process around it. */
static void keep_watch(pid_t runner, int control, int children, int inner)
{
    int64_t deadline = INT64_MAX;
    int status = 0;
    bool ended = false;
    while (!ended && now_ms() < deadline) {
        struct pollfd p[2] = {{control, POLLIN, 0}, {children, POLLIN, 0}};
        int64_t left = deadline == INT64_MAX ? -1 : deadline - now_ms();
        poll(p, 2, left > 1000000 ? -1 : (int)left);
        if (p[1].revents) {
            struct signalfd_siginfo info;
            (void)!read(children, &info, sizeof info);
            int st;
            for (pid_t got; (got = waitpid(-1, &st, WNOHANG)) > 0;)
                if (got == runner) {
                    status = st;
                    ended = true;
                }
        }
        if (p[0].revents) {
            int32_t grace;
            ssize_t n = recv(control, &grace, sizeof grace, 0);
            if (n != sizeof grace)
                grace = 0;
            if (grace > 0 && inner >= 0)
                (void)!send(inner, "t", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
            else if (grace > 0)
                kill(-runner, SIGTERM);
            int64_t then = now_ms() + grace;
            deadline = then < deadline ? then : deadline;
        }
    }
    /* A process that cannot die at once (a driver holds it) is waited for: as long as it lives, so does its keeper. */
    while (!kill_all(runner, &status, 60000))
        ;
    int told;
    if (inner >= 0)
        status = recv(inner, &told, sizeof told, MSG_DONTWAIT) == sizeof told ? told : SIGKILL;
    tell(control, 'X', status, 0);
}

_Noreturn static void become_keeper(const struct bx_spawn *s, const int fd[3], int control)
{
    setsid();
    for (int sig = 1; sig < NSIG; sig++)
        signal(sig, SIG_DFL);
    /* The host says when it is over; a manager that signals a whole group of processes must not take the one that cleans up. */
    const int ignored[] = {SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        signal(ignored[i], SIG_IGN);
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_SETMASK, &chld, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* Move the four descriptors out of the way first: they may themselves be 0..3. */
    int high[4];
    const int low[4] = {fd[0], fd[1], fd[2], control};
    for (int i = 0; i < 4; i++)
        if ((high[i] = fcntl(low[i], F_DUPFD, 16)) < 0)
            _exit(127);
    for (int i = 0; i < 4; i++)
        if (dup2(high[i], i) < 0)
            _exit(127);
    fcntl(3, F_SETFD, FD_CLOEXEC);
    close_from(4, false);
    pid_t self = getpid(), runner;
    int inner[2] = {-1, -1};
    s->cell->keeper = self;
    if (s->cell->kernel.namespaces) {
        runner = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, inner) == 0 ? bx_namespace_fork(s->cell) : -1;
        if (runner == 0) {
            close(inner[0]);
            become_first(s, 3, inner[1], &chld);
        }
        close(inner[1]);
    } else {
        runner = fork();
        if (runner == 0)
            become_runner(s, 3, self);
    }
    if (runner < 0) {
        tell(3, 'E', errno, 0);
        _exit(0);
    }
    if (inner[0] >= 0 && s->cell->cgroup && !bx_cgroup_enter(s->cell->cgroup, runner)) { /* before it has done anything */
        tell(3, 'C', errno, BX_STEP_CGROUP);
        kill(runner, SIGKILL);
    } else if (inner[0] >= 0)
        (void)!send(inner[0], "b", 1, MSG_NOSIGNAL);
    int children = signalfd(-1, &chld, SFD_CLOEXEC);
    /* The pipes are the runner's alone now, or we would never see their end. */
    close(0);
    close(1);
    close(2);
    keep_watch(runner, 3, children, inner[0]);
    _exit(0);
}

static void close_pair(int p[2])
{
    for (int i = 0; i < 2; i++)
        if (p[i] >= 0)
            close(p[i]);
}

bool bx_child_start(struct bx_child *c, const struct bx_spawn *s, struct bx_err *e)
{
    *c = (struct bx_child){.in = -1, .out = -1, .err = -1, .control = -1};
    int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, control[2] = {-1, -1};
    bool ok = pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0 &&
              socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) == 0;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    s->cell->host = getpid();
    s->cell->group = getpgrp();
    s->cell->uid = geteuid();
    s->cell->gid = getegid();
    prctl(PR_SET_DUMPABLE, 0); /* and so the keeper: what is in our environment and memory is no child's to read */
    pid_t pid = ok ? fork() : -1;
    if (pid == 0) {
        close(in[1]);
        close(out[0]);
        close(err[0]);
        close(control[0]);
        const int ends[3] = {in[0], out[1], err[1]};
        become_keeper(s, ends, control[1]);
    }
    if (pid < 0) {
        bx_fail_errno(e, "cannot start a process for '%s'", s->program);
        close_pair(in);
        close_pair(out);
        close_pair(err);
        close_pair(control);
        return false;
    }
    close(in[0]);
    close(out[1]);
    close(err[1]);
    close(control[1]);
    c->keeper = pid;
    c->in = in[1];
    c->out = out[0];
    c->err = err[0];
    c->control = control[0];
    fcntl(c->in, F_SETFL, O_NONBLOCK);
    fcntl(c->out, F_SETFL, O_NONBLOCK);
    fcntl(c->err, F_SETFL, O_NONBLOCK);
    return true;
}

void bx_child_poll(struct bx_child *c)
{
    while (!c->ended && c->control >= 0) {
        struct news w;
        ssize_t n = recv(c->control, &w, sizeof w, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n == sizeof w && w.kind == 'E') {
            c->exec_errno = w.value;
            continue;
        }
        if (n == sizeof w && w.kind == 'C') {
            c->fault = (struct bx_confine_fault){w.step, w.value};
            continue;
        }
        c->ended = true;
        c->lost = n != sizeof w;
        c->status = c->lost ? 0 : w.value;
    }
}

void bx_child_kill(struct bx_child *c, double grace)
{
    int32_t ms = grace <= 0 ? 0 : grace > 3600 ? 3600000 : (int32_t)(grace * 1000);
    if (c->control >= 0 && !c->ended)
        (void)!send(c->control, &ms, sizeof ms, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void bx_child_close(struct bx_child *c)
{
    int *const fds[] = {&c->in, &c->out, &c->err};
    for (size_t i = 0; i < 3; i++)
        if (*fds[i] >= 0) {
            close(*fds[i]);
            *fds[i] = -1;
        }
    if (!c->keeper)
        return;
    bx_child_kill(c, 0);
    for (int64_t until = now_ms() + 90; !c->ended && now_ms() < until;) {
        struct pollfd p = {c->control, POLLIN, 0};
        poll(&p, 1, 10);
        bx_child_poll(c);
    }
    close(c->control);
    c->control = -1;
    /* A keeper that still waits for a process that cannot die is left to it: a zombie in the end, until this process ends. */
    if (waitpid(c->keeper, NULL, c->ended && !c->lost ? 0 : WNOHANG) != 0)
        c->keeper = 0;
}

void bx_child_obituary(const struct bx_child *c, struct bx_buf *out)
{
    if (c->lost)
        bx_buf_adds(out, "its keeper process was killed");
    else if (WIFSIGNALED(c->status)) {
        const char *name = strsignal(WTERMSIG(c->status));
        bx_buf_addf(out, "killed by signal %d (%s)", WTERMSIG(c->status), name ? name : "?");
    } else
        bx_buf_addf(out, "exit status %d", WEXITSTATUS(c->status));
}
