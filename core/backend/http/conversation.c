/*
 * conversation.c: a sitting with a server. Before images are counted the model is loaded where there is a request for that, and the first
 * image is asked once for nothing: what is wrong with address, key or service is known then, and what is slow the first time is not timed.
 */
#include "core/backend/http/conversation.h"
#include "core/backend/kinds.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_IMAGE = 64 << 20, MOST_ANSWER = 32 << 20, MOST_LOG = 64 << 10 };

static struct bx_http *self_of(const struct bx_backend *b)
{
    return (struct bx_http *)(uintptr_t)b;
}

static const char *clean(struct bx_http *h, const char *text, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    char line[304];
    bx_redact(h->env->secrets, h->env->nsecrets, text, strlen(text), &b);
    return bx_strdup(a, bx_reason_clean(line, bx_buf_str(&b)));
}

static void note(struct bx_http *h, const char *what, const char *text)
{
    if (h->log.n < MOST_LOG)
        bx_buf_addf(&h->log, "%s: %s\n", what, clean(h, text, &h->answer));
}

/* No more answers. */
static void break_off(struct bx_http *h, enum bx_code code, bool hopeless, const char *why)
{
    if (h->base.state >= BX_BACKEND_BROKEN)
        return;
    bx_fail(&h->base.error, code, "%s", clean(h, why, &h->answer));
    h->base.hopeless = hopeless;
    h->base.state = BX_BACKEND_BROKEN;
    note(h, "ended", why);
}

static void put_away(struct bx_exchange *x)
{
    if (x->call)
        bx_net_end(x->call, NULL);
    bx_net_reply_free(&x->reply);
    bx_buf_free(&x->message.body);
    bx_arena_release(&x->arena);
    *x = (struct bx_exchange){0};
}

static double before(double seconds)
{
    return seconds > 1 ? seconds - 0.2 : seconds * 0.8; /* whoever has the clock comes after: the reason is better here */
}

static void send_it(struct bx_http *h, struct bx_exchange *x, const char *url, double seconds, bool patient)
{
    x->request = (struct bx_net_request){
        .url = url,
        .secret_query = x->message.query,
        .headers = x->message.headers,
        .nheaders = x->message.nheaders,
        .method = h->service.method,
        .body = bx_buf_str(&x->message.body),
        .nbody = x->message.body.n,
        .patient = patient,
        .fd = -1,
        .most = MOST_ANSWER,
        .stall = seconds + 10, /* a model that thinks says nothing meanwhile */
        .timeout = before(seconds),
    };
    x->call = bx_net_begin(h->net, &x->request, &x->reply);
}

static void ask_image(struct bx_http *h, struct bx_exchange *x, size_t image, double seconds, bool patient)
{
    const struct bx_testset *t = h->env->testset;
    const char *path = h->env->image_path[image];
    BX_CLEANUP_BUF struct bx_buf bytes = {0};
    *x = (struct bx_exchange){.used = true, .image = image, .since = bx_time_monotonic()};
    if (!bx_file_read(path, MOST_IMAGE, &bytes, &x->error))
        return;
    const struct bx_http_image one = {bx_path_base(path), bx_buf_str(&bytes), bytes.n, t->image_w[image], t->image_h[image]};
    if (bx_http_message(&h->service, h->service.json, &h->values, &one, &x->message, &x->arena, &x->error))
        send_it(h, x, h->service.url, seconds, patient);
}

/* The next step before images. */
static void begin_stage(struct bx_http *h, enum bx_http_stage stage)
{
    struct bx_exchange *x = &h->at[0];
    double seconds = h->model->backend.startup_timeout;
    h->stage = stage;
    if (stage == BX_HTTP_ADDING) {
        struct bx_service plain = h->service;
        plain.nquery = 0;
        *x = (struct bx_exchange){.used = true, .since = bx_time_monotonic()};
        if (bx_http_message(&plain, h->service.add_json, &h->values, NULL, &x->message, &x->arena, &x->error))
            send_it(h, x, h->service.add_url, seconds, true);
    } else if (stage == BX_HTTP_WARMING && h->env->testset->nimages)
        ask_image(h, x, 0, seconds, true);
    else {
        h->stage = BX_HTTP_ASKING;
        h->base.state = BX_BACKEND_READY;
    }
}

/* "status 503, …: the server's words" */
static void explain(struct bx_http *h, struct bx_exchange *x, const struct bx_err *e, struct bx_buf *out)
{
    BX_CLEANUP_BUF struct bx_buf words = {0};
    bx_buf_adds(out, e->text);
    if (x->reply.status < 300)
        return;
    bx_body_words(bx_buf_str(&x->reply.body), x->reply.body.n, &h->service.mapping, &words);
    if (words.n)
        bx_buf_addf(out, ": %.300s", words.p);
}

/* What no other image would change. */
static bool is_final(long status)
{
    return status == 401 || status == 402 || status == 403 || status == 404 || status == 405 || status == 410 || status == 423;
}

/* An answer that is about this image, or this request, alone. */
static bool is_about_image(const struct bx_exchange *x, const struct bx_err *e)
{
    long s = x->reply.status;
    return e->code == BX_DATA || (s >= 400 && s != 429 && s != 502 && s != 503 && s != 504 && !is_final(s));
}

/* The request before images has ended. */
static void start_on(struct bx_http *h)
{
    struct bx_exchange *x = &h->at[0];
    struct bx_err e = x->error;
    bool ok = x->call && bx_net_end(x->call, &e);
    x->call = NULL;
    enum bx_http_stage stage = h->stage;
    BX_CLEANUP_BUF struct bx_buf why = {0};
    if (ok && stage == BX_HTTP_ADDING &&
        !bx_http_added(bx_buf_str(&x->reply.body), x->reply.body.n, h->model->backend.hosted, h->model->task, &e))
        break_off(h, BX_DATA, true, e.text);
    else if (!ok && (stage == BX_HTTP_ADDING || !is_about_image(x, &e))) {
        explain(h, x, &e, &why);
        break_off(h, e.code, is_final(x->reply.status) || e.code == BX_CONFIG, bx_buf_str(&why));
        h->base.away = !h->base.hopeless;
    }
    put_away(x);
    if (h->base.state == BX_BACKEND_STARTING)
        begin_stage(h, stage == BX_HTTP_ADDING ? BX_HTTP_WARMING : BX_HTTP_ASKING);
}

static bool take_error(struct bx_http *h, struct bx_answer *out, const char *why)
{
    out->status = BX_ANSWER_ERROR;
    out->reason = clean(h, why, &h->answer);
    note(h, bx_printf(&h->answer, "image %zu", out->image + 1), why);
    return true;
}

/* An exchange has ended: is it an answer? When it broke the sitting, it will be lost. */
static bool take(struct bx_http *h, struct bx_exchange *x, struct bx_answer *out)
{
    struct bx_err e = x->error;
    struct bx_body body;
    BX_CLEANUP_BUF struct bx_buf why = {0};
    bool ok = x->call && bx_net_end(x->call, &e);
    bool sent = x->call != NULL;
    x->call = NULL;
    bx_arena_release(&h->answer);
    *out = (struct bx_answer){.image = x->image, .wall_ns = x->reply.wall_ns, .own_ns = -1};
    if (!ok && sent && !is_about_image(x, &e)) {
        explain(h, x, &e, &why);
        break_off(h, e.code, is_final(x->reply.status), bx_buf_str(&why));
        h->base.away = !h->base.hopeless;
        return false;
    }
    if (!ok) {
        explain(h, x, &e, &why);
        return take_error(h, out, bx_buf_str(&why));
    }
    if (x->reply.coding[0] && strcmp(x->reply.coding, "identity") != 0) {
        bx_buf_addf(&why, "the answer is compressed (Content-Encoding: %.30s), which was not asked for", x->reply.coding);
        return take_error(h, out, bx_buf_str(&why));
    }
    if (!bx_body_read(bx_buf_str(&x->reply.body), x->reply.body.n, &h->rules, x->image, &h->names, &body, &h->answer, &e))
        return take_error(h, out, e.text);
    h->thin += body.thin;
    out->status = BX_ANSWER_OK;
    out->n = body.n;
    out->detections = body.at;
    out->own_ns = body.own_ns;
    out->w = body.w;
    out->h = body.h;
    out->reframed = body.reframed;
    return true;
}

static size_t http_fds(struct bx_backend *b, struct pollfd *out, size_t cap)
{
    struct bx_http *h = self_of(b);
    for (size_t i = 0; i < h->n; i++) /* one that could not be sent waits for nothing */
        if (h->at[i].used && !h->at[i].call)
            return 0;
    if (cap)
        out[0] = (struct pollfd){bx_net_fd(h->net), POLLIN, 0};
    return cap > 0;
}

static bool http_submit(struct bx_backend *b, size_t image, struct bx_err *e)
{
    struct bx_http *h = self_of(b);
    for (size_t i = 0; i < h->n && b->state == BX_BACKEND_READY; i++)
        if (!h->at[i].used) {
            ask_image(h, &h->at[i], image, h->model->backend.image_timeout, false);
            return true;
        }
    return bx_fail(e, BX_DATA, "it takes no images now");
}

static void say_thin(struct bx_http *h)
{
    if (h->thin)
        h->base.remark =
            bx_printf(&h->arena, "%zu prediction%s left out: %s no outline%s%s", h->thin, h->thin == 1 ? " was" : "s were",
                      h->thin == 1 ? "it has" : "they have", h->service.remark ? "; " : "", h->service.remark ? h->service.remark : "");
}

static bool lose_one(struct bx_http *h, struct bx_answer *out)
{
    for (size_t i = 0; i < h->n; i++) {
        struct bx_exchange *x = &h->at[i];
        if (!x->used)
            continue;
        bool asked = h->stage == BX_HTTP_ASKING;
        const char *why = h->base.error.code ? h->base.error.text : "cancelled";
        *out = (struct bx_answer){.image = x->image, .status = BX_ANSWER_LOST, .own_ns = -1, .reason = clean(h, why, &h->answer)};
        out->wall_ns = bx_time_monotonic() - x->since;
        put_away(x);
        if (asked)
            return true;
    }
    return false;
}

static bool http_next(struct bx_backend *b, struct bx_answer *out)
{
    struct bx_http *h = self_of(b);
    bx_net_step(h->net, 0);
    for (size_t i = 0; i < h->n && !h->cancelled && b->state != BX_BACKEND_BROKEN; i++) {
        struct bx_exchange *x = &h->at[i];
        if (!x->used || (x->call && !bx_net_ended(x->call)))
            continue;
        if (h->stage != BX_HTTP_ASKING) {
            start_on(h);
            return false;
        }
        if (take(h, x, out)) {
            put_away(x);
            return true;
        }
    }
    if ((h->cancelled || b->state == BX_BACKEND_BROKEN) && lose_one(h, out))
        return true;
    bool idle = true;
    for (size_t i = 0; i < h->n; i++)
        idle &= !h->at[i].used;
    if (b->state == BX_BACKEND_ENDING && idle) {
        say_thin(h);
        b->state = BX_BACKEND_GONE;
    }
    return false;
}

static void http_finish(struct bx_backend *b)
{
    if (b->state < BX_BACKEND_BROKEN)
        b->state = BX_BACKEND_ENDING;
}

static void http_cancel(struct bx_backend *b, double grace)
{
    struct bx_http *h = self_of(b);
    (void)grace;
    if (b->state == BX_BACKEND_GONE)
        return;
    h->cancelled = true;
    b->state = BX_BACKEND_ENDING;
}

static void http_close(struct bx_backend *b)
{
    struct bx_http *h = self_of(b);
    for (size_t i = 0; i < h->n; i++)
        put_away(&h->at[i]);
    free(h->at);
    bx_net_close(h->net);
    bx_names_free(&h->names);
    bx_buf_free(&h->log);
    bx_arena_release(&h->answer);
    bx_arena_release(&h->arena);
    free(h);
}

static void http_log(const struct bx_backend *b, struct bx_buf *out)
{
    const struct bx_http *h = self_of(b);
    bx_buf_add(out, bx_buf_str(&h->log), h->log.n);
}

static const struct bx_backend_ops http_ops = {
    .fds = http_fds,
    .submit = http_submit,
    .next = http_next,
    .finish = http_finish,
    .cancel = http_cancel,
    .close = http_close,
    .log = http_log,
};

static void rules_of(struct bx_http *h)
{
    const struct bx_backend_config *c = &h->model->backend;
    h->rules = (struct bx_body_rules){
        .map = &h->service.mapping,
        .class_names = c->class_names,
        .nclass_names = c->nclass_names,
        .categories = c->categories,
        .ncategories = c->ncategories,
        .testset = h->env->testset,
        .geometries = h->env->geometries,
        .max_detections = (size_t)c->max_detections,
    };
    h->values = (struct bx_http_values){c->env, c->nenv, h->env->env, h->env->nenv};
    h->names = (struct bx_names){.backend = &h->base, .secrets = h->env->secrets, .nsecrets = h->env->nsecrets};
    h->net_options = (struct bx_net_options){
        .ca_file = h->env->ca_file,
        .ca_words = "the settings' ca_file names an authority of your own",
        .private_words = "which is not followed; the config may name that address itself",
        .secrets = h->env->secrets,
        .nsecrets = h->env->nsecrets,
    };
}

struct bx_backend *bx_http_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    struct bx_http *h = bx_xrealloc(NULL, 1, sizeof *h);
    const char *key;
    *h = (struct bx_http){.base = {.ops = &http_ops, .state = BX_BACKEND_STARTING}, .model = m, .env = env};
    h->n = m->backend.inflight > 0 ? (size_t)m->backend.inflight : 1;
    h->at = bx_xrealloc(NULL, h->n, sizeof *h->at);
    for (size_t i = 0; i < h->n; i++)
        h->at[i] = (struct bx_exchange){0};
    rules_of(h);
    h->base.caps = (struct bx_backend_caps){.inflight = h->n, .has_latency = true};
    for (int g = 0; g < BX_NGEOMETRIES; g++)
        if (bx_task_answers(m->task, (enum bx_geometry)g))
            h->base.caps.geometries |= 1u << g;
    bool ok = bx_service_of(&m->backend, m->task, &h->service, &key, &h->arena, e);
    if (!ok)
        bx_wrap(e, "'backend.%s'", key);
    h->net = ok ? bx_net_open(&h->net_options, e) : NULL;
    if (!h->net) {
        http_close(&h->base);
        return NULL;
    }
    h->base.caps.times_itself = h->service.mapping.time.text != NULL;
    h->base.remark = bx_strdup(&h->arena, h->service.remark);
    begin_stage(h, h->service.add_url ? BX_HTTP_ADDING : BX_HTTP_WARMING);
    return &h->base;
}

struct bx_backend *bx_roboflow_open(const struct bx_model *m, const struct bx_backend_env *env, struct bx_err *e)
{
    return bx_http_open(m, env, e);
}
