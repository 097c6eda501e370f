/* children.c: see children.h. A socket a child carries an open file there and a verdict back; pixels and what is made of them come through
 * memory that both share, and that is copied before anybody looks at it. */
#include "core/image/children.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __has_feature
#define FEATURE(f) __has_feature(f)
#else
#define FEATURE(f) 0
#endif
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || FEATURE(address_sanitizer) || FEATURE(thread_sanitizer)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

enum { AT = 3 }; /* a child's end of its socket */

struct request {
    uint64_t i;
};
struct reply {
    bool ready, hashed, ok; /* ready: it says so once it is confined, or why it is not */
    uint8_t sha[32];
    uint64_t n;
    struct bx_err e;
};
struct child {
    pid_t pid;
    int fd;
    void *shared; /* room */
    size_t i;     /* what it looks at, SIZE_MAX: nothing */
    int64_t until;
    bool ready;
};
struct pool {
    const struct bx_decoding *d;
    struct child *at;
    size_t n, next, left; /* left: files that are not done */
    void *copy;
};

static void lower(__rlimit_resource_t what, uint64_t most)
{
    struct rlimit l = {(rlim_t)most, (rlim_t)most};
    setrlimit(what, &l);
}

static void quiet(void)
{
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3 && null >= 0; fd++)
        if (fd < 2 || !SANITIZED)
            dup2(null, fd);
}

/* Bytes that a file loses while it is read end the child by SIGBUS: that file's failure. */
static void look(const struct bx_decoding *d, size_t i, int fd, void *out, struct reply *r, struct bx_arena *a)
{
    struct stat st;
    struct bx_pixels px;
    const char *name = d->path(d->self, i);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        bx_fail(&r->e, BX_IO, "'%s' is no regular file", name);
        return;
    }
    if ((uint64_t)st.st_size > BX_IMAGE_MAX_BYTES) {
        bx_fail(&r->e, BX_DATA, "'%s' has %llu bytes, at most %llu are read", name, (unsigned long long)st.st_size,
                (unsigned long long)BX_IMAGE_MAX_BYTES);
        return;
    }
    size_t n = (size_t)st.st_size;
    const void *p = n ? mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0) : "";
    if (p == MAP_FAILED) {
        bx_fail_errno(&r->e, "cannot read '%s'", name);
        return;
    }
    bx_sha256(p, n, r->sha);
    r->hashed = true;
    if (bx_image_decode(name, p, n, d->max_pixels, &px, a, &r->e)) {
        r->n = d->work(d->self, i, &px, out);
        r->ok = true;
    }
    if (n)
        munmap((void *)(uintptr_t)p, n);
}

static int take_file(struct request *q)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec io = {q, sizeof *q};
    struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    do
        n = recvmsg(AT, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    const struct cmsghdr *c = n == (ssize_t)sizeof *q ? CMSG_FIRSTHDR(&m) : NULL;
    int fd = -1;
    if (c && c->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

static _Noreturn void work_alone(const struct bx_decoding *d, int socket, void *shared, pid_t parent)
{
    struct reply r = {.ready = true};
    struct request q;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    for (char **v = environ; v && *v; v++)
        explicit_bzero(*v, strlen(*v));
    if (socket != AT && dup2(socket, AT) != AT)
        _exit(1);
    quiet();
    close_range(AT + 1, ~0u, 0);
    lower(RLIMIT_CORE, 0);
    lower(RLIMIT_FSIZE, 0);
    lower(RLIMIT_NOFILE, 16);
    if (!SANITIZED) /* their shadow is larger than any limit */
        lower(RLIMIT_AS, BX_IMAGE_MEMORY + d->room);
    r.ok = getppid() == parent && (!d->confine || d->confine(&r.e));
    if (send(AT, &r, sizeof r, MSG_NOSIGNAL) < 0 || !r.ok)
        _exit(1);
    for (int fd; (fd = take_file(&q)) >= 0; close(fd)) {
        struct bx_arena a = {0};
        r = (struct reply){0};
        look(d, (size_t)q.i, fd, shared, &r, &a);
        bx_arena_release(&a);
        if (send(AT, &r, sizeof r, MSG_NOSIGNAL) < 0)
            break;
    }
    _exit(0);
}

static bool start(struct pool *p, struct child *c, struct bx_err *e)
{
    int ends[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return bx_fail_errno(e, "cannot make a socket");
    c->pid = fork();
    if (c->pid == 0)
        work_alone(p->d, ends[1], c->shared, parent);
    int why = errno;
    close(ends[1]);
    if (c->pid < 0) {
        close(ends[0]);
        errno = why;
        return bx_fail_errno(e, "cannot start a process");
    }
    c->fd = ends[0];
    c->ready = false;
    c->i = SIZE_MAX;
    c->until = bx_time_monotonic() + (int64_t)BX_IMAGE_SECONDS * 1000000000;
    return true;
}

static int end(struct child *c)
{
    int status = 0;
    if (c->pid <= 0)
        return 0;
    close(c->fd);
    kill(c->pid, SIGKILL);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    c->pid = 0;
    return status;
}

static void finish(struct pool *p, size_t i, const struct bx_decoded *d)
{
    p->left--;
    p->d->done(p->d->self, i, d);
}

static void give_up(struct pool *p, size_t i, const struct bx_err *why)
{
    finish(p, i, &(struct bx_decoded){.why = why});
}

/* The next file that can be opened at all goes to the child. */
static void hand_out(struct pool *p, struct child *c)
{
    const struct bx_decoding *d = p->d;
    while (c->ready && c->i == SIZE_MAX && p->next < d->n) {
        struct bx_err e = {0};
        size_t i = p->next++;
        const char *path = d->path(d->self, i);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0) {
            bx_fail_errno(&e, "cannot open '%s'", path);
            give_up(p, i, &e);
            continue;
        }
        union {
            struct cmsghdr head;
            char room[CMSG_SPACE(sizeof(int))];
        } control = {0};
        struct request q = {i};
        struct iovec io = {&q, sizeof q};
        struct msghdr m = {.msg_iov = &io, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        struct cmsghdr *h = CMSG_FIRSTHDR(&m);
        h->cmsg_level = SOL_SOCKET;
        h->cmsg_type = SCM_RIGHTS;
        h->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(h), &fd, sizeof fd);
        c->i = i;
        c->until = bx_time_monotonic() + (int64_t)BX_IMAGE_SECONDS * 1000000000;
        (void)!sendmsg(c->fd, &m, MSG_NOSIGNAL); /* a child that is gone is met by poll */
        close(fd);
    }
}

/* It is gone, or too slow: its file's failure, if it had one. */
static bool bury(struct pool *p, struct child *c, bool slow, struct bx_err *e)
{
    struct bx_err why = {0};
    size_t i = c->i;
    bool ready = c->ready;
    int status = end(c);
    if (!ready)
        return bx_fail(e, BX_IO, "a process that decodes images ended before its first");
    if (i != SIZE_MAX) {
        const char *path = p->d->path(p->d->self, i);
        if (slow)
            bx_fail(&why, BX_TIMEOUT, "'%s': not decoded within %d s", path, BX_IMAGE_SECONDS);
        else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
            bx_fail(&why, BX_DATA, "'%s': the process that decodes it was ended by signal %d (%s)", path, WTERMSIG(status),
                    strsignal(WTERMSIG(status)));
        else
            bx_fail(&why, BX_DATA, "'%s': the process that decodes it ended; more than %llu MiB of memory?", path,
                    (unsigned long long)(BX_IMAGE_MEMORY >> 20));
        give_up(p, i, &why);
    }
    return p->next >= p->d->n || start(p, c, e);
}

static bool hear(struct pool *p, struct child *c, struct bx_err *e)
{
    struct reply r;
    ssize_t n = recv(c->fd, &r, sizeof r, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n != (ssize_t)sizeof r)
        return bury(p, c, false, e);
    r.e.text[sizeof r.e.text - 1] = '\0';
    if (!c->ready) {
        c->ready = r.ready && r.ok;
        return c->ready || bx_fail(e, BX_IO, "%s", *r.e.text ? r.e.text : "a process that decodes images lost its parent");
    }
    size_t i = c->i;
    if (i == SIZE_MAX || (r.ok && r.n > p->d->room))
        return bury(p, c, false, e);
    struct bx_decoded d = {.hashed = r.hashed, .why = r.ok ? NULL : &r.e};
    memcpy(d.sha, r.sha, sizeof d.sha);
    if (r.ok) {
        memcpy(p->copy, c->shared, (size_t)r.n);
        d.p = p->copy;
        d.n = (size_t)r.n;
    }
    c->i = SIZE_MAX;
    finish(p, i, &d);
    return true;
}

static bool stopped(const struct bx_decoding *d)
{
    return d->stop && *d->stop;
}

static bool turn(struct pool *p, struct pollfd *polls, struct bx_err *e)
{
    enum { WAIT_MS = 200 };
    for (size_t k = 0; k < p->n; k++) {
        hand_out(p, &p->at[k]);
        polls[k] = (struct pollfd){.fd = p->at[k].pid > 0 ? p->at[k].fd : -1, .events = POLLIN};
    }
    if (!p->left)
        return true;
    poll(polls, (nfds_t)p->n, WAIT_MS);
    for (size_t k = 0; k < p->n; k++) {
        struct child *c = &p->at[k];
        if (c->pid > 0 && polls[k].revents && !hear(p, c, e))
            return false;
        if (c->pid > 0 && (!c->ready || c->i != SIZE_MAX) && bx_time_monotonic() > c->until && !bury(p, c, true, e))
            return false;
    }
    return true;
}

bool bx_images_decode(const struct bx_decoding *d, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct pool p = {.d = d, .n = bx_workers(d->children, d->n), .left = d->n};
    size_t room = d->room ? d->room : 1;
    bool ok = true;
    if (!d->n)
        return true;
    bx_image_prepare(); /* a child that is shut in could not */
    struct pollfd *polls = BX_NEW(&a, struct pollfd, p.n);
    p.at = BX_NEW(&a, struct child, p.n);
    p.copy = bx_alloc_large(&a, room, 1);
    for (size_t k = 0; k < p.n; k++)
        p.at[k].shared = MAP_FAILED;
    for (size_t k = 0; ok && k < p.n; k++) {
        p.at[k].shared = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        ok = p.at[k].shared != MAP_FAILED || bx_fail_errno(e, "cannot have %zu bytes of memory", room);
        ok = ok && start(&p, &p.at[k], e);
    }
    while (ok && p.left)
        ok = stopped(d) ? bx_fail(e, BX_INTERRUPTED, "interrupted") : turn(&p, polls, e);
    for (size_t k = 0; k < p.n; k++) {
        end(&p.at[k]);
        if (p.at[k].shared != MAP_FAILED)
            munmap(p.at[k].shared, room);
    }
    bx_arena_release(&a);
    return ok;
}
