/* workers.c: see workers.h. */
#include "render/site/workers.h"
#include "core/base/parallel.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FEW = 24 }; /* jobs that are not worth a process */

/* What the processes share: who is next. */
struct shared {
    atomic_size_t next, told;
    atomic_bool failed;
};
struct worker {
    pid_t pid;
    int from; /* -1: all was read */
    struct bx_buf said;
};
/* What a worker says first; then its files (`files` bytes) and its inputs. */
struct word {
    bool ok;
    size_t job; /* that failed */
    struct bx_err e;
    size_t files;
    uint64_t kept;
};

static bool do_alone(const struct bx_site_work *w, size_t n, struct bx_err *e)
{
    for (size_t i = 0; i < n; i++) {
        if (!w->one(w->self, i, e))
            return false;
        if (i < w->told)
            bx_progress_set(w->progress, w->before + i + 1);
    }
    return true;
}

static void send(int to, const void *p, size_t n)
{
    const char *at = p;
    while (n) {
        ssize_t done = write(to, at, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            _exit(1);
        at += done;
        n -= (size_t)done;
    }
}

/* A worker's whole life. */
static _Noreturn void live(const struct bx_site_work *w, size_t n, struct shared *s, int to)
{
    const size_t inputs = bx_inputs_count(w->inputs);
    const uint64_t kept = bx_inputs_kept(w->inputs);
    struct word word = {.ok = true};
    struct bx_buf out = {0};
    bx_publish_child(w->publish);
    while (word.ok && !atomic_load(&s->failed) && (word.job = atomic_fetch_add(&s->next, 1)) < n) {
        word.ok = w->one(w->self, word.job, &word.e);
        if (word.job < w->told)
            atomic_fetch_add(&s->told, 1);
    }
    if (word.ok)
        bx_publish_pack(w->publish, &out);
    else
        atomic_store(&s->failed, true);
    word.files = out.n;
    word.kept = bx_inputs_kept(w->inputs) - kept;
    if (word.ok)
        bx_inputs_pack(w->inputs, inputs, &out);
    send(to, &word, sizeof word);
    send(to, bx_buf_str(&out), out.n);
    _exit(0);
}

static bool begin(struct worker *k, const struct bx_site_work *w, size_t n, struct shared *s, struct bx_err *e)
{
    int ends[2];
    const pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return bx_fail_errno(e, "cannot open a pipe to who renders");
    k->pid = fork();
    if (k->pid == 0) {
        close(ends[0]);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        live(w, n, s, ends[1]);
    }
    close(ends[1]);
    k->from = ends[0];
    if (k->pid > 0)
        return true;
    bx_fail_errno(e, "cannot start who renders");
    close(ends[0]);
    k->from = -1;
    return false;
}

static void hear(struct worker *k)
{
    char part[65536];
    ssize_t n = read(k->from, part, sizeof part);
    if (n > 0)
        bx_buf_add(&k->said, part, (size_t)n);
    else if (n == 0 || errno != EINTR) {
        close(k->from);
        k->from = -1;
    }
}

static void hear_all(struct worker *k, size_t n, const struct bx_site_work *w, struct shared *s)
{
    for (size_t open = n; open;) {
        struct pollfd fds[64];
        open = 0;
        for (size_t i = 0; i < n; i++)
            if (k[i].from >= 0)
                fds[open++] = (struct pollfd){k[i].from, POLLIN, 0};
        if (open && poll(fds, open, 200) > 0)
            for (size_t i = 0, f = 0; i < n; i++)
                if (k[i].from >= 0 && fds[f++].revents)
                    hear(&k[i]);
        bx_progress_set(w->progress, w->before + atomic_load(&s->told));
    }
}

static bool died(struct bx_err *e)
{
    return bx_fail(e, BX_IO, "a process that made pages died");
}

/* Jobs are begun in their order and each that was begun is ended: of those that failed the first is always the same one. */
static bool first_failure(const struct worker *k, size_t n, struct bx_err *e)
{
    struct word first = {.ok = true}, word;
    for (size_t i = 0; i < n; i++) {
        if (k[i].said.n < sizeof word)
            return died(e);
        memcpy(&word, k[i].said.p, sizeof word);
        if (!word.ok && (first.ok || word.job < first.job))
            first = word;
    }
    if (!first.ok && e)
        *e = first.e;
    return first.ok;
}

static bool take(const struct worker *k, const struct bx_site_work *w, struct bx_err *e)
{
    struct word word;
    memcpy(&word, k->said.p, sizeof word);
    const char *at = k->said.p + sizeof word;
    const size_t n = k->said.n - sizeof word;
    return (word.files <= n && bx_publish_unpack(w->publish, at, word.files) &&
            bx_inputs_unpack(w->inputs, at + word.files, n - word.files, word.kept)) ||
           died(e);
}

bool bx_site_work(const struct bx_site_work *w, size_t n, struct bx_err *e)
{
    struct worker k[64];
    size_t workers = bx_workers(0, n / FEW), started = 0;
    if (workers > sizeof k / sizeof *k)
        workers = sizeof k / sizeof *k;
    struct shared *s = workers < 2 ? MAP_FAILED : mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED)
        return do_alone(w, n, e);
    bool ok = true;
    for (; ok && started < workers; started += ok) {
        k[started] = (struct worker){.from = -1};
        ok = begin(&k[started], w, n, s, e);
    }
    if (!ok)
        atomic_store(&s->failed, true);
    hear_all(k, started, w, s);
    for (size_t i = 0; i < started; i++)
        while (waitpid(k[i].pid, NULL, 0) < 0 && errno == EINTR)
            ;
    ok = ok && first_failure(k, started, e);
    for (size_t i = 0; i < started; i++) {
        ok = ok && take(&k[i], w, e);
        bx_buf_free(&k[i].said);
    }
    munmap(s, sizeof *s);
    return ok;
}
