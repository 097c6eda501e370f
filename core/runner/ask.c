/* ask.c: sittings with one model, until every image has an answer or a reason. */
#include "core/runner/ask.h"
#include "core/base/banned.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000000)
/* After a signal: the image in work may still be answered, then the model is ended. Together well under the 5 s that are promised. */
#define LAST_IMAGE  (2 * SECOND)
#define HASTY_GRACE 1.0
#define GRACE       5.0
#define FAREWELL    (10 * SECOND) /* a runner whose stdin was closed */

enum image_state { TO_ASK, ASKED, ANSWERED, TO_RETRY, RETRIED, HOPELESS };

struct asking {
    struct bx_ask *k;
    size_t nimages;
    uint8_t *state;      /* enum image_state */
    uint8_t *killed;     /* this image was outstanding when a sitting broke */
    size_t kills;        /* different images (or groups in flight) that broke one */
    unsigned *failed_in; /* the sitting it failed in: it is asked again in another one */
    size_t *retry;       /* those in state TO_RETRY, as they failed: of older sittings first */
    size_t nretry, retried;
    bool retrying; /* the first pass is through: those that failed are asked again, one at a time */
    size_t cursor;
    int64_t total_deadline;
    struct bx_progress bar;
    bool bar_shown;
    struct bx_err *e;
};
struct sitting {
    struct bx_backend *b;
    size_t outstanding;
    int64_t heard; /* when it last answered or was asked while idle */
    int64_t started;
    int64_t end_by; /* after finish, cancel or a signal; 0: not ending */
    bool timed_out, told_stop;
    size_t lost; /* images lost in it */
};

static bool stopping(const struct asking *g)
{
    return g->k->stop && *g->k->stop;
}

static void give_up(struct asking *g, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void give_up(struct asking *g, const char *fmt, ...)
{
    if (g->k->given_up)
        return;
    va_list ap;
    va_start(ap, fmt);
    g->k->given_up = true;
    bx_vfail(&g->k->why, BX_DATA, fmt, ap);
    va_end(ap);
}

/* The next image to ask in this sitting, or SIZE_MAX: first those never asked, then those that failed in an earlier process. */
static size_t next_image(struct asking *g)
{
    while (g->cursor < g->nimages && g->state[g->cursor] != TO_ASK)
        g->cursor++;
    if (g->cursor < g->nimages)
        return g->cursor;
    g->retrying = true;
    if (g->retried == g->nretry || g->failed_in[g->retry[g->retried]] == g->k->sittings)
        return SIZE_MAX;
    return g->retry[g->retried];
}

static bool more_to_ask(struct asking *g)
{
    return next_image(g) != SIZE_MAX || g->retried < g->nretry;
}

static void image_failed(struct asking *g, size_t i, const char *reason)
{
    if (g->state[i] == RETRIED) {
        g->state[i] = HOPELESS;
        g->k->nfailed++;
    } else {
        g->state[i] = TO_RETRY;
        g->failed_in[i] = (unsigned)g->k->sittings;
        g->retry[g->nretry++] = i;
    }
    g->k->failed[i] = bx_strdup(g->k->arena, reason);
}

static bool take_answer(struct asking *g, struct sitting *s, const struct bx_answer *a)
{
    struct bx_ask *k = g->k;
    s->outstanding--;
    s->heard = bx_time_monotonic();
    if (a->status == BX_ANSWER_OK) {
        if (!k->answer(k->self, s->b, a, g->e))
            return false;
        k->failed[a->image] = NULL;
        k->wall_ns[k->answered] = a->wall_ns;
        k->own_ns[k->answered++] = a->own_ns;
        k->reframed += a->reframed;
        g->state[a->image] = ANSWERED;
        bx_progress_set(&g->bar, k->answered);
    } else if (a->status == BX_ANSWER_LOST && (stopping(g) || k->given_up))
        g->state[a->image] = TO_ASK; /* our doing, not the image's */
    else {
        char reason[400];
        snprintf(reason, sizeof reason, "%s", a->reason ? a->reason : "no answer");
        if (a->status == BX_ANSWER_LOST) {
            if (s->timed_out)
                snprintf(reason, sizeof reason, "no answer within %g s", k->model->backend.image_timeout);
            if (!s->lost++ && !g->killed[a->image])
                g->kills++;
            g->killed[a->image] = 1;
        }
        image_failed(g, a->image, reason);
    }
    return true;
}

static void take_columns(struct asking *g, struct sitting *s)
{
    struct bx_ask *k = g->k;
    s->b->ops->columns(s->b, &k->columns, k->arena);
    k->whole = true;
    k->asked = k->answered = g->nimages;
    memset(g->state, ANSWERED, g->nimages);
    bx_progress_set(&g->bar, k->answered);
}

static void submit_some(struct asking *g, struct sitting *s)
{
    struct bx_backend *b = s->b;
    if (b->ops->columns) {
        if (b->state == BX_BACKEND_READY && !g->k->whole)
            take_columns(g, s);
        return;
    }
    while (b->state == BX_BACKEND_READY && !s->end_by) {
        size_t i = next_image(g), most = g->retrying ? 1 : b->caps.inflight;
        struct bx_err e = {0};
        if (i == SIZE_MAX || s->outstanding >= most || !b->ops->submit(b, i, &e))
            return;
        if (!s->outstanding)
            s->heard = bx_time_monotonic();
        g->retried += g->state[i] == TO_RETRY;
        g->state[i] = g->state[i] == TO_RETRY ? RETRIED : ASKED;
        g->k->asked++;
        s->outstanding++;
    }
}

static void cancel(struct sitting *s, double grace)
{
    int64_t end = bx_time_monotonic() + (int64_t)(grace * 1e9) + 2 * SECOND;
    if (s->b->state != BX_BACKEND_ENDING || end < s->end_by)
        s->end_by = end;
    s->b->ops->cancel(s->b, grace);
}

/* What the clock and the user ask for. */
static void watch(struct asking *g, struct sitting *s)
{
    const struct bx_backend_config *c = &g->k->model->backend;
    int64_t now = bx_time_monotonic();
    struct bx_backend *b = s->b;
    bool ending = b->state == BX_BACKEND_ENDING;
    if (stopping(g) && !s->told_stop) {
        s->told_stop = true;
        s->end_by = now + LAST_IMAGE;
        if (b->state == BX_BACKEND_STARTING || !s->outstanding || ending)
            cancel(s, HASTY_GRACE);
    } else if (s->told_stop && !ending && (!s->outstanding || now > s->end_by))
        cancel(s, HASTY_GRACE);
    else if (!ending && b->state == BX_BACKEND_STARTING && now - s->started > (int64_t)(c->startup_timeout * 1e9)) {
        BX_CLEANUP_BUF struct bx_buf words = {0};
        bx_backend_words(b, &words);
        give_up(g, "not ready within %g s%s%s", c->startup_timeout,
                bx_backend_info(c)->server ? "" : ": no complete first line (is it flushed?)", bx_buf_str(&words));
        cancel(s, GRACE);
    } else if (!ending && now > g->total_deadline) {
        give_up(g, "its total_timeout of %g s passed", c->total_timeout);
        g->k->out_of_time = true;
        cancel(s, GRACE);
    } else if (!ending && s->outstanding && now - s->heard > (int64_t)(c->image_timeout * 1e9)) {
        s->timed_out = true;
        cancel(s, GRACE);
    } else if (b->state == BX_BACKEND_BROKEN && !s->outstanding)
        cancel(s, 0);
    else if (b->state == BX_BACKEND_READY && !s->outstanding && next_image(g) == SIZE_MAX && !s->end_by) {
        s->end_by = now + FAREWELL;
        b->ops->finish(b);
    } else if (ending && s->end_by && now > s->end_by && !s->outstanding)
        cancel(s, 0);
}

static void remember(struct asking *g, struct sitting *s, bool was_ready)
{
    struct bx_ask *k = g->k;
    struct bx_backend *b = s->b;
    if (b->error.code && !was_ready && !stopping(g))
        give_up(g, "%s", b->error.text);
    if (b->hopeless && more_to_ask(g) && !stopping(g))
        give_up(g, "%s", b->error.text);
    k->away |= k->given_up && b->away;
    k->caps = b->caps;
    if (b->runner)
        k->runner = bx_strdup(k->arena, b->runner);
    if (b->remark && !stopping(g))
        k->remark = bx_strdup(k->arena, b->remark);
    struct bx_buf log = {0};
    bx_backend_log(b, &log);
    if (k->log.n < (size_t)4 << 20) /* a model that is restarted again and again tells the same again and again */
        bx_buf_add(&k->log, bx_buf_str(&log), log.n);
    bx_buf_free(&log);
}

/* One process, from start to end. */
static bool sit(struct asking *g)
{
    struct bx_ask *k = g->k;
    struct bx_err e = {0};
    struct sitting s = {.started = bx_time_monotonic()};
    s.b = bx_backend_open(k->model, k->env, &e);
    if (!s.b) {
        give_up(g, "%s", e.text);
        return true;
    }
    k->sittings++;
    bool ok = true, was_ready = false;
    while (ok && s.b->state != BX_BACKEND_GONE) {
        struct pollfd p[BX_BACKEND_FDS];
        size_t n = s.b->ops->fds(s.b, p, BX_BACKEND_FDS);
        poll(p, (nfds_t)n, s.b->ops->columns && s.b->state != BX_BACKEND_STARTING ? 0 : 100);
        struct bx_answer a;
        while (ok && s.b->ops->next(s.b, &a)) {
            ok = take_answer(g, &s, &a);
            if (ok && !s.told_stop)
                submit_some(g, &s);
        }
        was_ready |= s.b->state == BX_BACKEND_READY;
        if (ok && g->kills >= BX_ASK_RESTARTS)
            give_up(g, "%s",
                    s.timed_out       ? "three images got no answer in time (is each answer flushed?)"
                    : s.b->error.code ? s.b->error.text
                                      : "ended three times");
        if (ok)
            submit_some(g, &s);
        if (ok && s.b->state != BX_BACKEND_GONE)
            watch(g, &s);
        ok = ok && k->tick(k->self, false, g->e);
    }
    remember(g, &s, was_ready);
    ok = ok && k->tick(k->self, true, g->e);
    bx_backend_close(s.b);
    k->interrupted |= s.told_stop;
    return ok;
}

bool bx_ask_run(struct bx_ask *k, struct bx_err *e)
{
    size_t n = k->env->testset->nimages;
    struct asking g = {.k = k, .nimages = n, .e = e};
    g.state = BX_NEW(k->arena, uint8_t, n);
    g.killed = BX_NEW(k->arena, uint8_t, n);
    g.failed_in = BX_NEW(k->arena, unsigned, n);
    g.retry = BX_NEW(k->arena, size_t, n);
    k->failed = BX_NEW(k->arena, const char *, n);
    k->wall_ns = BX_NEW(k->arena, int64_t, n);
    k->own_ns = BX_NEW(k->arena, int64_t, n);
    size_t todo = 0;
    for (size_t i = 0; i < n; i++) {
        g.state[i] = k->have && k->have[i] ? ANSWERED : TO_ASK;
        todo += g.state[i] == TO_ASK;
    }
    double total = k->model->backend.total_timeout;
    g.total_deadline = total > 0 ? bx_time_monotonic() + (int64_t)(total * 1e9) : INT64_MAX;
    bx_progress_begin(&g.bar, k->model->slug, "images", todo);
    bool ok = true;
    while (ok && !k->given_up && !k->interrupted && more_to_ask(&g)) {
        if (stopping(&g)) {
            k->interrupted = true;
            break;
        }
        ok = sit(&g);
    }
    bx_progress_end(&g.bar);
    for (size_t i = 0; i < n; i++) /* a reason belongs to what stays without an answer */
        if (g.state[i] != HOPELESS)
            k->failed[i] = NULL;
    return ok;
}
