/* command.c: the command backend's conversation: what to write when, what a line means now, and how it ends. */
#include "core/backend/command/cgroup.h"
#include "core/backend/command/command.h"
#include "core/backend/kinds.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MAX_CHATTER = 1000,  /* stray lines on stdout */
    MAX_LINE = 64 << 20, /* bytes of one answer */
    READ_SIZE = 1 << 16,
    READS_A_CALL = 32,    /* so that a flood leaves room for everything else */
    LOOK_MS = 500,        /* at its private folder */
    GIVE_UP_MS = 3000,    /* after SIGKILL */
    AFTERWARDS_MS = 1000, /* after stdout's end: time for the exit status to arrive */
};

struct waiting {
    int64_t id; /* 0: free */
    size_t image;
    int64_t since;
};

struct command {
    struct bx_backend base;
    const struct bx_model *model;
    const struct bx_backend_env *env;
    struct bx_child child;
    struct bx_child_log log;
    struct bx_names names;
    struct bx_arena arena;  /* lives as long as the object */
    struct bx_arena answer; /* the last answer's */
    struct waiting *waiting;
    size_t nwaiting;
    int64_t last_id;
    struct bx_buf requests;
    size_t written;
    struct bx_buf line; /* stdout, from the first byte not yet judged */
    size_t scanned;     /* of it: no newline before here */
    size_t begin;
    struct bx_buf clean; /* a line without the secrets in it */
    size_t chatter;
    bool greeted, finishing, cancelled;
    struct bx_cell cell;
    int64_t look_at_home; /* monotonic: when its private folder is measured again */
    int64_t give_up;      /* monotonic: when a runner that was to end is waited for no longer; 0: it was not */
    bool swept;           /* its keeper was killed: what it had started came to us, and is gone */
    int64_t out_ended;    /* monotonic; 0: stdout is open */
};

static struct command *self_of(struct bx_backend *b)
{
    return (struct command *)b;
}

static void over(struct command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The first reason stays; secrets are taken out of it. */
static void over(struct command *c, const char *fmt, ...)
{
    if (c->base.state >= BX_BACKEND_BROKEN)
        return;
    struct bx_buf text = {0}, clean = {0};
    va_list ap;
    va_start(ap, fmt);
    bx_buf_vaddf(&text, fmt, ap);
    va_end(ap);
    bx_redact(c->env->secrets, c->env->nsecrets, bx_buf_str(&text), text.n, &clean);
    c->base.state = BX_BACKEND_BROKEN;
    bx_fail(&c->base.error, BX_DATA, "%s", bx_buf_str(&clean));
    bx_buf_free(&text);
    bx_buf_free(&clean);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void write_requests(struct command *c)
{
    while (c->child.in >= 0 && c->written < c->requests.n) {
        ssize_t n = write(c->child.in, c->requests.p + c->written, c->requests.n - c->written);
        if (n < 0) {
            if (errno == EAGAIN || errno == EINTR)
                return;
            close_fd(&c->child.in); /* it reads no more: its end, or its silence, will say why */
            return;
        }
        c->written += (size_t)n;
    }
    if (c->written == c->requests.n) {
        bx_buf_clear(&c->requests);
        c->written = 0;
        if (c->finishing)
            close_fd(&c->child.in);
    }
}

static void read_stderr(struct command *c)
{
    char p[READ_SIZE];
    for (int i = 0; i < READS_A_CALL && c->child.err >= 0; i++) {
        ssize_t n = read(c->child.err, p, sizeof p);
        if (n > 0)
            bx_child_log_add(&c->log, p, (size_t)n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            close_fd(&c->child.err);
            bx_child_log_flush(&c->log);
        } else
            return;
    }
}

static void read_stdout(struct command *c)
{
    for (int i = 0; i < READS_A_CALL && c->child.out >= 0; i++) {
        if (c->begin) { /* what was judged makes room */
            memmove(c->line.p, c->line.p + c->begin, c->line.n - c->begin + 1);
            c->line.n -= c->begin;
            c->scanned -= c->begin;
            c->begin = 0;
        }
        if (c->line.n > MAX_LINE)
            return;
        char p[READ_SIZE];
        ssize_t n = read(c->child.out, p, sizeof p);
        if (n > 0)
            bx_buf_add(&c->line, p, (size_t)n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            close_fd(&c->child.out);
            c->out_ended = bx_time_monotonic();
        } else
            return;
    }
}

/* A line as it may be looked at: a secret that stands in it as it is never gets as far as a reader that quotes what it found. */
static void redact_line(struct command *c, char **line, size_t *n)
{
    if (!bx_has_secret(c->env->secrets, c->env->nsecrets, *line, *n))
        return;
    bx_buf_clear(&c->clean);
    bx_redact(c->env->secrets, c->env->nsecrets, *line, *n, &c->clean);
    *line = c->clean.p;
    *n = c->clean.n;
}

/* The next whole line of stdout, NUL where the newline was; a last line without one counts once stdout has ended. */
static bool next_line(struct command *c, char **line, size_t *n)
{
    char *nl = c->line.n > c->scanned ? memchr(c->line.p + c->scanned, '\n', c->line.n - c->scanned) : NULL;
    if (!nl) {
        c->scanned = c->line.n;
        if (c->child.out >= 0 || c->begin == c->line.n)
            return false;
        nl = c->line.p + c->line.n;
    }
    *line = c->line.p + c->begin;
    *n = (size_t)(nl - *line);
    c->begin = (size_t)(nl - c->line.p) + (nl < c->line.p + c->line.n);
    c->scanned = c->begin;
    if (*n && (*line)[*n - 1] == '\r')
        --*n;
    return true;
}

static void stray_line(struct command *c, const char *line, size_t n)
{
    if (!n)
        return;
    bx_child_log_add(&c->log, "stdout: ", 8);
    bx_child_log_add(&c->log, line, n);
    bx_child_log_add(&c->log, "\n", 1);
    if (++c->chatter > MAX_CHATTER)
        over(c, "protocol error: more than %d lines on stdout that are no answers", MAX_CHATTER);
}

/* What a program says that was refused something, and who can give it. A reason keeps no path: nor do these words need one. */
static const char *hint(const struct command *c, const char *said)
{
    static const char files[] = " (it is confined: what it needs beside its own belongs under confine.read in the settings)";
    static const char writing[] =
        " (it is confined: it may write into $TMPDIR; what else it writes to belongs under confine.devices in the settings)";
    /* Landlock has one word for all that it refuses. */
    static const char refused[] =
        " (it is confined: the settings give it what it reads by confine.read, what it writes to, shared memory too, by "
        "confine.devices, sockets by confine.network)";
    static const char net[] = " (it is confined: who may use the network stands under confine.network in the settings)";
    const char *denied = c->cell.kernel.namespaces ? files : refused;
    const struct {
        const char *words, *hint;
    } table[] = {
        {"No module named", files},
        {"Read-only file system", writing},
        {"Network is unreachable", net},
        {"name resolution", net},
        {"Name or service not known", net},
        {"Connection refused", net},
        {"Could not resolve host", net},
        {"urlopen error", net}, /* which Landlock refuses with another word */
        {"Failed to establish a new connection", net},
        {"Permission denied", denied},
        {"PermissionError", denied},
        {"No such file", files},
        {": not found", files},
        {"cannot open shared object", files},
        {"ModuleNotFoundError", files},
    };
    for (size_t i = 0; c->cell.on && i < sizeof table / sizeof *table; i++)
        if (strstr(said, table[i].words) && !(table[i].hint == net && c->cell.network))
            return table[i].hint;
    return "";
}

static void greet(struct command *c, const char *line, size_t n)
{
    struct bx_hello h;
    struct bx_err e = {0};
    if (!bx_hello_parse(line, n, c->env->secrets, c->env->nsecrets, &h, &c->arena, &e)) {
        over(c, "%.400s%s", e.text, hint(c, e.text));
        return;
    }
    if (h.task != c->model->task) {
        over(c, "handshake: the runner answers task '%s', the config says '%s'", bx_task_name(h.task), bx_task_name(c->model->task));
        return;
    }
    /* One slot a declared name, even when two are equal: integers index the list as given. */
    for (size_t i = 0; i < h.nnames; i++)
        if (bx_names_add(&c->names, h.names[i], strlen(h.names[i])) != i) {
            over(c, "handshake: the name '%s' comes twice", h.names[i]);
            return;
        }
    c->names.declared = h.nnames;
    if (h.runner)
        c->base.runner = bx_strdup(&c->arena, h.runner);
    c->base.caps.geometries = 0;
    for (int g = 0; g < BX_NGEOMETRIES; g++)
        if (bx_task_answers(h.task, (enum bx_geometry)g))
            c->base.caps.geometries |= 1u << g;
    c->greeted = true;
    c->base.state = BX_BACKEND_READY;
}

static struct waiting *waiting_for(struct command *c, int64_t id)
{
    for (size_t i = 0; i < c->nwaiting; i++)
        if (c->waiting[i].id == id && id)
            return &c->waiting[i];
    return NULL;
}

static size_t image_of(void *self, int64_t id)
{
    struct waiting *w = waiting_for(self, id);
    return w ? w->image : SIZE_MAX;
}

static const char *reason_text(struct command *c, const char *text)
{
    struct bx_buf clean = {0};
    char one_line[304];
    bx_redact(c->env->secrets, c->env->nsecrets, text, strlen(text), &clean);
    const char *kept = bx_strdup(&c->answer, bx_reason_clean(one_line, bx_buf_str(&clean)));
    bx_buf_free(&clean);
    return kept;
}

static bool take_answer(struct command *c, const char *line, size_t n, struct bx_answer *out)
{
    const struct bx_reply_rules rules = {
        .task = c->model->task,
        .geometries = c->env->geometries,
        .max_detections = (size_t)c->model->backend.max_detections,
        .testset = c->env->testset,
        .image_of = image_of,
        .self = c,
    };
    struct bx_reply r;
    int64_t now = bx_time_monotonic();
    bx_arena_release(&c->answer);
    bx_reply_parse(line, n, &rules, &c->names, &r, &c->answer);
    if (r.malformed) {
        over(c, "protocol error: %s", r.error.text);
        return false;
    }
    struct waiting *w = waiting_for(c, r.id);
    if (!w) {
        over(c, "protocol error: an answer for id %lld, which was not asked or is answered already", (long long)r.id);
        return false;
    }
    *out = (struct bx_answer){
        .image = w->image,
        .status = r.failed ? BX_ANSWER_ERROR : BX_ANSWER_OK,
        .n = r.n,
        .detections = r.at,
        .wall_ns = now - w->since,
        .own_ns = isnan(r.ms) ? -1 : (int64_t)(r.ms * 1e6),
        .w = r.w,
        .h = r.h,
        .reframed = r.reframed,
        .reason = r.failed ? reason_text(c, r.error.text) : NULL,
    };
    w->id = 0;
    return true;
}

/* One image after another that will get no answer any more. */
static bool give_up_one(struct command *c, struct bx_answer *out)
{
    for (size_t i = 0; i < c->nwaiting; i++)
        if (c->waiting[i].id) {
            bx_arena_release(&c->answer);
            *out = (struct bx_answer){.image = c->waiting[i].image, .status = BX_ANSWER_LOST, .own_ns = -1};
            out->wall_ns = bx_time_monotonic() - c->waiting[i].since;
            out->reason = reason_text(c, c->base.error.code ? c->base.error.text : "cancelled");
            c->waiting[i].id = 0;
            return true;
        }
    return false;
}

static void command_words(const struct bx_backend *b, struct bx_buf *out)
{
    const struct command *c = (const struct command *)b;
    BX_CLEANUP_BUF struct bx_buf last = {0};
    bx_child_log_last_line(&c->log, &last);
    if (last.n)
        bx_buf_addf(out, ": %.150s%s", bx_buf_str(&last), c->greeted ? "" : hint(c, last.p));
}

/* The machine has to go on when a command has all that it may. */
static int64_t memory_of(const struct command *c)
{
    int64_t own = c->env->confine.memory;
    return own > 0 ? own : (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE) / 10 * 9;
}

static void obituary(const struct command *c, struct bx_buf *out)
{
    bx_child_obituary(&c->child, out);
    if (c->cell.cgroup && bx_cgroup_starved(c->cell.cgroup))
        bx_buf_addf(out, ", when it needed more than %.1f MiB of memory (confine.memory)", (double)memory_of(c) / 1048576);
}

static void say_how_it_ended(struct command *c)
{
    BX_CLEANUP_BUF struct bx_buf why = {0};
    if (c->child.fault.step) {
        over(c, "cannot confine '%s': %s: %s", c->model->backend.program, bx_confine_step(c->child.fault.step),
             strerror(c->child.fault.why));
        c->base.hopeless = true;
        return;
    }
    if (c->child.exec_errno) {
        over(c, "cannot run '%s': %s%s", c->model->backend.program, strerror(c->child.exec_errno),
             c->child.exec_errno == ENOENT    ? " (the loader or the interpreter that it names? it must be one that a command can reach)"
             : c->child.exec_errno == ENOEXEC ? " (the first line of a script names its interpreter, after '#!')"
                                              : "");
        return;
    }
    obituary(c, &why);
    command_words(&c->base, &why);
    over(c, "the runner ended before its work was done: %s", bx_buf_str(&why));
}

static void remark(struct command *c)
{
    if (c->cancelled || (!c->child.lost && WIFEXITED(c->child.status) && WEXITSTATUS(c->child.status) == 0))
        return;
    struct bx_buf text = {0};
    obituary(c, &text);
    c->base.remark = bx_printf(&c->arena, "%s after the last answer%s%s", bx_buf_str(&text), c->base.remark ? "; " : "",
                               c->base.remark ? c->base.remark : "");
    bx_buf_free(&text);
}

/* A process that SIGKILL does not end (a driver holds it), or a keeper that does not answer (it was stopped): neither is waited for. */
static void abandon(struct command *c)
{
    static const char *const text = "it did not end, nor could it be killed: it was left behind";
    if (c->child.keeper)
        kill(c->child.keeper, SIGKILL);
    c->child.ended = c->child.lost = true;
    if (!c->base.error.code)
        bx_fail(&c->base.error, BX_DATA, "%s", text);
    if (!c->base.remark)
        c->base.remark = bx_strdup(&c->arena, text);
    bx_kill_descendants(40);
    c->base.hopeless = true;
}

/* What the ends of stdout and of the process mean in this state. */
static void notice_end(struct command *c)
{
    bx_child_poll(&c->child);
    bool silent = c->child.out < 0 && c->begin == c->line.n;
    bool all_said = c->child.err < 0 && silent;
    if (!c->child.ended && c->give_up && bx_time_monotonic() > c->give_up)
        abandon(c);
    if (c->child.lost && !c->swept && !c->base.hopeless) {
        c->swept = bx_kill_descendants(40);
        if (!c->give_up)
            c->give_up = bx_time_monotonic() + GIVE_UP_MS * INT64_C(1000000);
        if (!c->swept && bx_time_monotonic() < c->give_up)
            return;
    }
    if (c->child.ended && (all_said || c->child.lost || c->child.exec_errno || c->child.fault.step)) {
        if (c->base.state < BX_BACKEND_BROKEN)
            say_how_it_ended(c);
        if (c->base.state == BX_BACKEND_ENDING) {
            remark(c);
            c->base.state = BX_BACKEND_GONE;
        }
    } else if (c->base.state < BX_BACKEND_BROKEN && silent && bx_time_monotonic() - c->out_ended > AFTERWARDS_MS * INT64_C(1000000))
        over(c, "the runner closed its stdout and went on running");
}

static size_t command_fds(struct bx_backend *b, struct pollfd *out, size_t cap)
{
    struct command *c = self_of(b);
    size_t n = 0;
    if (c->child.in >= 0 && c->written < c->requests.n && n < cap)
        out[n++] = (struct pollfd){c->child.in, POLLOUT, 0};
    if (c->child.out >= 0 && n < cap)
        out[n++] = (struct pollfd){c->child.out, POLLIN, 0};
    if (c->child.err >= 0 && n < cap)
        out[n++] = (struct pollfd){c->child.err, POLLIN, 0};
    if (c->child.control >= 0 && !c->child.ended && n < cap)
        out[n++] = (struct pollfd){c->child.control, POLLIN, 0};
    return n;
}

static bool command_submit(struct bx_backend *b, size_t image, struct bx_err *e)
{
    struct command *c = self_of(b);
    if (b->state != BX_BACKEND_READY)
        return bx_fail(e, BX_DATA, "the runner takes no images now");
    struct waiting *w = NULL;
    for (size_t i = 0; i < c->nwaiting && !w; i++)
        if (!c->waiting[i].id)
            w = &c->waiting[i];
    if (!w)
        return bx_fail(e, BX_DATA, "%zu images are outstanding already", c->nwaiting);
    *w = (struct waiting){++c->last_id, image, bx_time_monotonic()};
    const struct bx_testset *t = c->env->testset;
    const char *path = c->env->image_path[image];
    struct bx_jw line = {.out = &c->requests};
    bx_jw_object(&line, NULL);
    bx_jw_int(&line, "id", w->id);
    bx_jw_str(&line, "image", path);
    bx_jw_uint(&line, "width", t->image_w[image]);
    bx_jw_uint(&line, "height", t->image_h[image]);
    bx_jw_object_end(&line);
    bx_buf_addc(&c->requests, '\n');
    write_requests(c);
    return true;
}

/* A large folder takes long to measure: it gets no more than a twentieth of the time. */
static void watch_home(struct command *c)
{
    int64_t begin = bx_time_monotonic();
    if (begin < c->look_at_home || c->base.state >= BX_BACKEND_BROKEN)
        return;
    struct bx_err e = {0};
    if (!bx_usage_within(c->env->home, c->cell.shared, c->env->confine.free_disk, &e)) {
        over(c, "%s", e.text);
        c->base.hopeless = true;
        bx_child_kill(&c->child, 0);
    }
    int64_t now = bx_time_monotonic(), took = now - begin;
    c->look_at_home = now + (20 * took > LOOK_MS * INT64_C(1000000) ? 20 * took : LOOK_MS * INT64_C(1000000));
}

static bool command_next(struct bx_backend *b, struct bx_answer *out)
{
    struct command *c = self_of(b);
    watch_home(c);
    write_requests(c);
    read_stderr(c);
    char *line;
    size_t n;
    /* Lines already here come first; what is read then may hold the next. */
    for (int round = 0; round < 2; round++) {
        while (b->state < BX_BACKEND_BROKEN || (b->state == BX_BACKEND_ENDING && !c->cancelled)) {
            if (!next_line(c, &line, &n))
                break;
            redact_line(c, &line, &n);
            if (n > MAX_LINE)
                over(c, "protocol error: a line of more than %d MiB on stdout", MAX_LINE >> 20);
            else if (!n || line[0] != '{')
                stray_line(c, line, n);
            else if (!c->greeted)
                greet(c, line, n);
            else if (take_answer(c, line, n, out))
                return true;
        }
        if (c->line.n - c->begin > MAX_LINE)
            over(c, "protocol error: a line of more than %d MiB on stdout", MAX_LINE >> 20);
        if (b->state >= BX_BACKEND_BROKEN && !(b->state == BX_BACKEND_ENDING && !c->cancelled)) {
            c->begin = c->scanned = c->line.n = 0; /* nobody listens any more; the pipe is still emptied */
        }
        if (!round)
            read_stdout(c);
    }
    notice_end(c);
    bool hopeless = b->state == BX_BACKEND_BROKEN || b->state == BX_BACKEND_GONE || (b->state == BX_BACKEND_ENDING && c->cancelled);
    return hopeless && give_up_one(c, out);
}

static void command_finish(struct bx_backend *b)
{
    struct command *c = self_of(b);
    if (b->state >= BX_BACKEND_ENDING)
        return;
    c->finishing = true;
    if (b->state < BX_BACKEND_BROKEN)
        b->state = BX_BACKEND_ENDING;
    write_requests(c);
}

static void command_cancel(struct bx_backend *b, double grace)
{
    struct command *c = self_of(b);
    if (b->state == BX_BACKEND_GONE)
        return;
    c->cancelled = true;
    b->state = BX_BACKEND_ENDING;
    int64_t give_up = bx_time_monotonic() + (int64_t)((grace > 0 ? grace : 0) * 1e9) + GIVE_UP_MS * INT64_C(1000000);
    if (!c->give_up || give_up < c->give_up)
        c->give_up = give_up;
    bx_child_kill(&c->child, grace);
}

static void command_close(struct bx_backend *b)
{
    struct command *c = self_of(b);
    bx_child_close(&c->child);
    if (c->cell.cgroup)
        bx_cgroup_remove(c->cell.cgroup);
    bx_child_log_free(&c->log);
    bx_names_free(&c->names);
    bx_buf_free(&c->requests);
    bx_buf_free(&c->line);
    bx_buf_free(&c->clean);
    bx_arena_release(&c->answer);
    bx_arena_release(&c->arena);
    free(c->waiting);
    free(c);
}

static void command_log(const struct bx_backend *b, struct bx_buf *out)
{
    bx_child_log_read(&((const struct command *)b)->log, out);
}

static const struct bx_backend_ops command_ops = {
    .fds = command_fds,
    .submit = command_submit,
    .next = command_next,
    .finish = command_finish,
    .cancel = command_cancel,
    .close = command_close,
    .log = command_log,
    .words = command_words,
};

/* The whole environment: nothing of ours leaks in. */
static char **environment(const struct bx_backend_env *env, struct bx_arena *a)
{
    char **e = BX_NEW(a, char *, env->nenv + 6);
    size_t n = 0;
    e[n++] = bx_strdup(a, "PATH=/usr/local/bin:/usr/bin:/bin");
    e[n++] = bx_printf(a, "HOME=%s", env->home);
    e[n++] = bx_printf(a, "TMPDIR=%s", env->home);
    e[n++] = bx_strdup(a, "LANG=C.UTF-8");
    for (size_t i = 0; i < env->nenv; i++)
        if (env->env[i].value)
            e[n++] = bx_printf(a, "%s=%s", env->env[i].name, env->env[i].value);
    return e;
}

static bool make_cell(struct command *c, struct bx_err *e)
{
    const struct bx_confine_rules *rules = &c->env->confine;
    struct bx_buf lacks = {0};
    c->cell = (struct bx_cell){
        .on = rules->on,
        .kernel = rules->on ? bx_confine_kernel() : (struct bx_confine_kernel){0},
        .home = c->env->home,
        .network = rules->network,
        .processes = rules->processes > 0 ? rules->processes : 2048,
        .shared = rules->temporary > 0 ? rules->temporary : INT64_C(8) << 30,
    };
    if (rules->on)
        bx_reach_list(c->model, c->env, &c->cell, &c->arena);
    if (rules->on && bx_confine_lacks(&c->cell.kernel, &lacks))
        c->base.remark = bx_printf(&c->arena, "ran less confined than it should: %s", bx_buf_str(&lacks));
    bx_buf_free(&lacks);
    if (!rules->on)
        c->base.remark = bx_strdup(&c->arena, "ran unconfined, by the settings");
    if (c->cell.ngrants > BX_CELL_GRANTS)
        return bx_fail(e, BX_CONFIG, "the patterns of confine.read and confine.devices name more than %d paths", BX_CELL_GRANTS);
    if (!bx_program_can_begin(c->env->program, c->model->backend.program, &c->cell, &c->arena, e))
        return false;
    return !c->cell.kernel.cgroup || bx_cgroup_make(memory_of(c), c->cell.processes, &c->cell.cgroup, &c->arena, e);
}

struct bx_backend *bx_command_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    struct command *c = bx_xrealloc(NULL, 1, sizeof *c);
    *c = (struct command){.base = {.ops = &command_ops, .state = BX_BACKEND_STARTING}, .model = m, .env = env};
    c->log.secrets = c->names.secrets = env->secrets;
    c->log.nsecrets = c->names.nsecrets = env->nsecrets;
    c->names.backend = &c->base;
    c->nwaiting = m->backend.inflight > 0 ? (size_t)m->backend.inflight : 1;
    c->waiting = bx_xrealloc(NULL, c->nwaiting, sizeof *c->waiting);
    memset(c->waiting, 0, c->nwaiting * sizeof *c->waiting);
    c->base.caps = (struct bx_backend_caps){.inflight = c->nwaiting, .cacheable = true, .times_itself = true, .has_latency = true};
    struct bx_spawn s = {
        .program = env->program,
        .cwd = bx_path_absolute(&c->arena, m->dir),
        .file_size = env->limit_file_size > 0 ? env->limit_file_size : INT64_C(8) << 30,
        .open_files = env->limit_open_files > 0 ? env->limit_open_files : 4096,
        .envp = environment(env, &c->arena),
        .cell = &c->cell,
    };
    if (s.program) {
        char **argv = BX_NEW(&c->arena, char *, m->backend.nargs + 2);
        argv[0] = bx_strdup(&c->arena, s.program);
        for (size_t i = 0; i < m->backend.nargs; i++)
            argv[i + 1] = bx_strdup(&c->arena, m->backend.args[i]);
        s.argv = argv;
    }
    c->child = (struct bx_child){.in = -1, .out = -1, .err = -1, .control = -1};
    if (!s.program)
        bx_fail(e, BX_CONFIG, "the program '%s' was not found", m->backend.program);
    if (!s.program || !make_cell(c, e) || !bx_child_start(&c->child, &s, e)) {
        command_close(&c->base);
        return NULL;
    }
    return &c->base;
}
