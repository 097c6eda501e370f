/* command.c: the command backend's conversation: what to write when, and what a line means now. */
#include "core/backend/command/conversation.h"
#include "core/base/banned.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_CHATTER = 1000,  /* stray lines on stdout */
    MAX_LINE = 64 << 20, /* bytes of one answer */
    READ_SIZE = 1 << 16,
    READS_A_CALL = 32, /* so that a flood leaves room for everything else */
    LOOK_MS = 500,     /* at its private folder */
};

static struct bx_command *self_of(struct bx_backend *b)
{
    return (struct bx_command *)b;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void write_requests(struct bx_command *c)
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

static void read_stderr(struct bx_command *c)
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

static void read_stdout(struct bx_command *c)
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
static void redact_line(struct bx_command *c, char **line, size_t *n)
{
    if (!bx_has_secret(c->env->secrets, c->env->nsecrets, *line, *n))
        return;
    bx_buf_clear(&c->clean);
    bx_redact(c->env->secrets, c->env->nsecrets, *line, *n, &c->clean);
    *line = c->clean.p;
    *n = c->clean.n;
}

/* The next whole line of stdout, NUL where the newline was; a last line without one counts once stdout has ended. */
static bool next_line(struct bx_command *c, char **line, size_t *n)
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

static void stray_line(struct bx_command *c, const char *line, size_t n)
{
    if (!n)
        return;
    bx_child_log_add(&c->log, "stdout: ", 8);
    bx_child_log_add(&c->log, line, n);
    bx_child_log_add(&c->log, "\n", 1);
    if (++c->chatter > MAX_CHATTER)
        bx_command_over(c, "protocol error: more than %d lines on stdout that are no answers", MAX_CHATTER);
}

static void greet(struct bx_command *c, const char *line, size_t n)
{
    struct bx_hello h;
    struct bx_err e = {0};
    if (!bx_hello_parse(line, n, c->env->secrets, c->env->nsecrets, &h, &c->arena, &e)) {
        bx_command_over(c, "%.400s%s", e.text, bx_command_hint(c, e.text));
        return;
    }
    if (h.task != c->model->task) {
        bx_command_over(c, "handshake: the runner answers task '%s', the config says '%s'", bx_task_name(h.task),
                        bx_task_name(c->model->task));
        return;
    }
    /* One slot a declared name, even when two are equal: integers index the list as given. */
    for (size_t i = 0; i < h.nnames; i++)
        if (bx_names_add(&c->names, h.names[i], strlen(h.names[i])) != i) {
            bx_command_over(c, "handshake: the name '%s' comes twice", h.names[i]);
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

static struct bx_waiting *waiting_for(struct bx_command *c, int64_t id)
{
    for (size_t i = 0; i < c->nwaiting; i++)
        if (c->waiting[i].id == id && id)
            return &c->waiting[i];
    return NULL;
}

static size_t image_of(void *self, int64_t id)
{
    struct bx_waiting *w = waiting_for(self, id);
    return w ? w->image : SIZE_MAX;
}

static const char *reason_text(struct bx_command *c, const char *text)
{
    struct bx_buf clean = {0};
    char one_line[304];
    bx_redact(c->env->secrets, c->env->nsecrets, text, strlen(text), &clean);
    const char *kept = bx_strdup(&c->answer, bx_reason_clean(one_line, bx_buf_str(&clean)));
    bx_buf_free(&clean);
    return kept;
}

static bool take_answer(struct bx_command *c, const char *line, size_t n, struct bx_answer *out)
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
        bx_command_over(c, "protocol error: %s", r.error.text);
        return false;
    }
    struct bx_waiting *w = waiting_for(c, r.id);
    if (!w) {
        bx_command_over(c, "protocol error: an answer for id %lld, which was not asked or is answered already", (long long)r.id);
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
static bool give_up_one(struct bx_command *c, struct bx_answer *out)
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

static size_t command_fds(struct bx_backend *b, struct pollfd *out, size_t cap)
{
    struct bx_command *c = self_of(b);
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
    struct bx_command *c = self_of(b);
    if (b->state != BX_BACKEND_READY)
        return bx_fail(e, BX_DATA, "the runner takes no images now");
    struct bx_waiting *w = NULL;
    for (size_t i = 0; i < c->nwaiting && !w; i++)
        if (!c->waiting[i].id)
            w = &c->waiting[i];
    if (!w)
        return bx_fail(e, BX_DATA, "%zu images are outstanding already", c->nwaiting);
    *w = (struct bx_waiting){++c->last_id, image, bx_time_monotonic()};
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
static void watch_home(struct bx_command *c)
{
    int64_t begin = bx_time_monotonic();
    if (begin < c->look_at_home || c->base.state >= BX_BACKEND_BROKEN)
        return;
    struct bx_err e = {0};
    if (!bx_usage_within(c->env->home, c->cell.shared, c->env->confine.free_disk, &e)) {
        bx_command_over(c, "%s", e.text);
        c->base.hopeless = true;
        bx_child_kill(&c->child, 0);
    }
    int64_t now = bx_time_monotonic(), took = now - begin;
    c->look_at_home = now + (20 * took > LOOK_MS * INT64_C(1000000) ? 20 * took : LOOK_MS * INT64_C(1000000));
}

static bool command_next(struct bx_backend *b, struct bx_answer *out)
{
    struct bx_command *c = self_of(b);
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
                bx_command_over(c, "protocol error: a line of more than %d MiB on stdout", MAX_LINE >> 20);
            else if (!n || line[0] != '{')
                stray_line(c, line, n);
            else if (!c->greeted)
                greet(c, line, n);
            else if (take_answer(c, line, n, out))
                return true;
        }
        if (c->line.n - c->begin > MAX_LINE)
            bx_command_over(c, "protocol error: a line of more than %d MiB on stdout", MAX_LINE >> 20);
        if (b->state >= BX_BACKEND_BROKEN && !(b->state == BX_BACKEND_ENDING && !c->cancelled)) {
            c->begin = c->scanned = c->line.n = 0; /* nobody listens any more; the pipe is still emptied */
        }
        if (!round)
            read_stdout(c);
    }
    bx_command_notice_end(c);
    bool hopeless = b->state == BX_BACKEND_BROKEN || b->state == BX_BACKEND_GONE || (b->state == BX_BACKEND_ENDING && c->cancelled);
    return hopeless && give_up_one(c, out);
}

static void command_finish(struct bx_backend *b)
{
    struct bx_command *c = self_of(b);
    if (b->state >= BX_BACKEND_ENDING)
        return;
    c->finishing = true;
    if (b->state < BX_BACKEND_BROKEN)
        b->state = BX_BACKEND_ENDING;
    write_requests(c);
}

static void command_cancel(struct bx_backend *b, double grace)
{
    struct bx_command *c = self_of(b);
    if (b->state == BX_BACKEND_GONE)
        return;
    c->cancelled = true;
    b->state = BX_BACKEND_ENDING;
    int64_t give_up = bx_time_monotonic() + (int64_t)((grace > 0 ? grace : 0) * 1e9) + BX_COMMAND_GIVE_UP_MS * INT64_C(1000000);
    if (!c->give_up || give_up < c->give_up)
        c->give_up = give_up;
    bx_child_kill(&c->child, grace);
}

void bx_command_close(struct bx_backend *b)
{
    struct bx_command *c = self_of(b);
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
    bx_child_log_read(&((const struct bx_command *)b)->log, out);
}

const struct bx_backend_ops bx_command_ops = {
    .fds = command_fds,
    .submit = command_submit,
    .next = command_next,
    .finish = command_finish,
    .cancel = command_cancel,
    .close = bx_command_close,
    .log = command_log,
    .words = bx_command_words,
};
