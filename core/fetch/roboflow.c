/* roboflow.c: names and answers of Roboflow's REST interface, and the patience that an export takes. */
#include "core/fetch/roboflow.h"
#include "core/base/banned.h"
#include "core/base/json_reader.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <math.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { ANSWER = 4 << 20, WORDS = 200 };

static bool part_ok(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", p[i]))
            return false;
    return n > 0 && n <= 128 && p[0] != '.';
}

static bool digits(const char *p, size_t n)
{
    return n > 0 && n < 10 && strspn(p, "0123456789") >= n;
}

/* The path of a page of a version: W/P/V, W/P/dataset/V, W/P/model/V, with more behind it. "/ds/…" is a link to an archive. */
static bool is_page(const char *text, const char **path)
{
    static const char *const pages[] = {"https://universe.roboflow.com/", "https://app.roboflow.com/"};
    for (size_t i = 0; i < 2; i++) {
        size_t n = strlen(pages[i]);
        if (!strncasecmp(text, pages[i], n) && strncmp(text + n, "ds/", 3) != 0) {
            *path = text + n;
            return true;
        }
    }
    return false;
}

bool bx_roboflow_parse(const char *text, struct bx_roboflow *r, bool *is, struct bx_arena *a, struct bx_err *e)
{
    const char *p = text, *part[5];
    size_t length[5], n = 0;
    bool page = is_page(text, &p);
    *is = page || !strncasecmp(text, "roboflow:", 9);
    if (!*is)
        return true;
    p += page ? 0 : 9;
    size_t end = strcspn(p, "?#");
    for (const char *stop = p + end; p < stop && n < 5; n++) {
        part[n] = p;
        length[n] = strcspn(p, "/?#");
        p += length[n] + (p[length[n]] == '/');
    }
    bool between =
        n >= 4 && page && ((length[2] == 7 && !memcmp(part[2], "dataset", 7)) || (length[2] == 5 && !memcmp(part[2], "model", 5)));
    size_t v = between ? 3 : 2;
    bool whole = n > v && (page || n == 3) && part_ok(part[0], length[0]) && part_ok(part[1], length[1]) && digits(part[v], length[v]);
    if (!whole)
        return bx_fail(
            e, BX_USAGE,
            "it names no version, expected roboflow:WORKSPACE/PROJECT/VERSION, or the address of its page (…/dataset/3): '%.200s'", text);
    r->workspace = bx_strndup(a, part[0], length[0]);
    r->project = bx_strndup(a, part[1], length[1]);
    r->version = bx_strndup(a, part[v], length[v]);
    r->source = bx_printf(a, "roboflow:%s/%s/%s", r->workspace, r->project, r->version);
    return true;
}

const char *bx_roboflow_format(const char *name, struct bx_err *e)
{
    static const struct {
        const char *said, *called;
    } names[] = {
        {"coco", "coco"},
        {"coco-segmentation", "coco-segmentation"},
        {"voc", "voc"},
        {"darknet", "darknet"},
        {"yolo", "yolov11"},
        {"yolov5", "yolov5pytorch"},
        {"yolov5pytorch", NULL},
        {"yolov6", "mt-yolov6"},
        {"mt-yolov6", NULL},
        {"yolov7", "yolov7pytorch"},
        {"yolov7pytorch", NULL},
        {"yolov8", NULL},
        {"yolov8-obb", NULL},
        {"yolov9", NULL},
        {"yolov11", NULL},
        {"yolo11", "yolov11"},
        {"yolo11-obb", "yolov8-obb"},
        {"obb", "yolov8-obb"},
        {"yolov12", NULL},
        {"yolo26", NULL},
    };
    const char *all[sizeof names / sizeof *names];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!strcasecmp(names[i].said, name))
            return names[i].called ? names[i].called : names[i].said;
        all[i] = names[i].said;
    }
    const char *near = bx_nearest(name, all, sizeof all / sizeof *all);
    bx_fail(e, BX_USAGE, "export format '%.60s', expected coco, coco-segmentation, yolov11, yolov8-obb, voc or another of YOLO's%s%s%s",
            name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return NULL;
}

static const char *text_of(struct bx_json *r, struct bx_arena *a)
{
    struct bx_slice s;
    if (bx_json_peek(r) != BX_JSON_STRING) {
        bx_json_skip(r);
        return NULL;
    }
    return bx_json_string(r, &s) && s.n && !memchr(s.p, 0, s.n) ? bx_strndup(a, s.p, s.n) : NULL;
}

static double number_of(struct bx_json *r)
{
    double v = -1;
    if (bx_json_peek(r) == BX_JSON_NUMBER)
        bx_json_double(r, &v);
    else
        bx_json_skip(r);
    return v;
}

static bool truth_of(struct bx_json *r)
{
    bool v = bx_json_peek(r) == BX_JSON_TRUE;
    bx_json_skip(r);
    return v;
}

/* "error" is a text, or an object that has one; its hint is not for those who have boxscore's messages. */
static const char *words_of(struct bx_json *r, struct bx_arena *a)
{
    struct bx_slice key;
    const char *words = NULL;
    if (bx_json_peek(r) != BX_JSON_OBJECT)
        return text_of(r, a);
    bx_json_object(r);
    while (bx_json_key(r, &key)) {
        bool known = bx_slice_is(key, "message") || bx_slice_is(key, "error");
        const char *found = text_of(r, a);
        words = known && found ? found : words;
    }
    return words;
}

static void read_version(struct bx_json *r, struct bx_roboflow_answer *out)
{
    struct bx_slice key;
    if (bx_json_peek(r) != BX_JSON_OBJECT) {
        bx_json_skip(r);
        return;
    }
    out->version = true;
    bx_json_object(r);
    while (bx_json_key(r, &key))
        if (bx_slice_is(key, "generating"))
            out->generating = truth_of(r);
        else if (bx_slice_is(key, "images")) {
            double v = number_of(r);
            out->images = v >= 0 && v < 1e15 ? (int64_t)v : -1;
        } else if (bx_slice_is(key, "progress"))
            out->progress = number_of(r);
        else
            bx_json_skip(r);
}

/* The member `name` of an object; of anything else nothing. */
static const char *member(struct bx_json *r, const char *name, struct bx_arena *a)
{
    struct bx_slice key;
    const char *found = NULL;
    if (bx_json_peek(r) != BX_JSON_OBJECT) {
        bx_json_skip(r);
        return NULL;
    }
    bx_json_object(r);
    while (bx_json_key(r, &key))
        if (bx_slice_is(key, name))
            found = text_of(r, a);
        else
            bx_json_skip(r);
    return found;
}

bool bx_roboflow_read(const char *name, const char *p, size_t n, struct bx_roboflow_answer *out, struct bx_arena *a, struct bx_err *e)
{
    struct bx_json r;
    struct bx_slice key;
    *out = (struct bx_roboflow_answer){.progress = -1, .images = -1};
    bx_json_init(&r, name, p, n, 0, e);
    bx_json_object(&r);
    while (bx_json_key(&r, &key))
        if (bx_slice_is(key, "version"))
            read_version(&r, out);
        else if (bx_slice_is(key, "project"))
            out->type = member(&r, "type", a);
        else if (bx_slice_is(key, "export"))
            out->link = member(&r, "link", a);
        else if (bx_slice_is(key, "progress"))
            out->progress = number_of(&r);
        else if (bx_slice_is(key, "error") || bx_slice_is(key, "message")) {
            out->error |= key.n == 5;
            const char *words = words_of(&r, a);
            out->words = words ? words : out->words;
        } else
            bx_json_skip(&r);
    if (!(out->progress >= 0 && out->progress <= 1))
        out->progress = -1;
    return bx_json_end(&r);
}

static bool refused(const struct bx_net_reply *reply, const struct bx_roboflow *r, const struct bx_roboflow_ask *ask, struct bx_arena *a,
                    struct bx_err *e)
{
    struct bx_roboflow_answer said;
    struct bx_err ignored = {0};
    BX_CLEANUP_BUF struct bx_buf words = {0};
    const struct bx_secret secret = {BX_ROBOFLOW_KEY, ask->key, true};
    if (bx_roboflow_read("answer", bx_buf_str(&reply->body), reply->body.n, &said, a, &ignored) && said.words) {
        bx_buf_adds(&words, ": \"");
        bx_redact(&secret, 1, said.words, strlen(said.words), &words); /* before it is cut */
        if (words.n > WORDS) {
            words.n = bx_utf8_cut(words.p, WORDS);
            words.p[words.n] = '\0';
        }
        bx_buf_adds(&words, "\"");
    }
    switch (reply->status) {
    case 401:
    case 403:
        return bx_fail(e, BX_NET, "Roboflow does not accept the key in " BX_ROBOFLOW_KEY " for %s (status %ld)%s", r->source, reply->status,
                       bx_buf_str(&words));
    case 402:
        return bx_fail(e, BX_NET, "Roboflow asks for payment before it exports %s (status 402)%s", r->source, bx_buf_str(&words));
    case 404:
        return bx_fail(e, BX_NET, "Roboflow knows no %s (status 404)%s", r->source, bx_buf_str(&words));
    default:;
        char before[sizeof e->text];
        snprintf(before, sizeof before, "%s", e->text);
        return bx_fail(e, e->code, "%s%s", before, bx_buf_str(&words));
    }
}

static bool ask_once(const struct bx_roboflow_ask *ask, const struct bx_roboflow *r, const char *url, double patience,
                     struct bx_roboflow_answer *out, long *status, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf secret = {0};
    struct bx_net_reply reply = {0};
    bx_buf_adds(&secret, "api_key=");
    bx_buf_add_url_segment(&secret, ask->key, strlen(ask->key));
    struct bx_net_request q = {
        .url = url, .secret_query = bx_buf_str(&secret), .fd = -1, .most = ANSWER, .timeout = patience < 300 ? patience : 300};
    bool ok = bx_net_get(ask->net, &q, &reply, e);
    explicit_bzero(secret.p, secret.n);
    *status = reply.status;
    if (!ok && reply.status)
        refused(&reply, r, ask, a, e);
    else if (ok && !bx_roboflow_read(url, bx_buf_str(&reply.body), reply.body.n, out, a, e)) {
        /* The words of the error quote the answer, which may have the key. */
        BX_CLEANUP_BUF struct bx_buf clean = {0};
        const struct bx_secret key = {BX_ROBOFLOW_KEY, ask->key, true};
        bx_redact(&key, 1, bx_buf_str(&reply.body), reply.body.n, &clean);
        bx_fail(e, BX_DATA, "%.300s", url);
        (void)bx_roboflow_read(url, bx_buf_str(&clean), clean.n, out, a, e);
        ok = bx_wrap(e, "Roboflow's answer is not the JSON that was expected");
    }
    if (ok && reply.status == 200 && out->error && !out->link && !out->version) {
        bx_fail(e, BX_NET, "Roboflow does not export %s", r->source);
        ok = refused(&reply, r, ask, a, e);
    }
    bx_net_reply_free(&reply);
    return ok;
}

static void pause_for(double seconds)
{
    struct timespec t = {.tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - floor(seconds)) * 1e9)};
    nanosleep(&t, NULL);
}

/* Until `ready` says so: every `step` seconds. */
static bool ask_until(const struct bx_roboflow_ask *ask, const struct bx_roboflow *r, const char *what, const char *url, double step,
                      int64_t end_ns, bool (*ready)(const struct bx_roboflow_answer *), struct bx_roboflow_answer *out, struct bx_arena *a,
                      struct bx_err *e)
{
    for (;;) {
        long status;
        double rest = (double)(end_ns - bx_time_monotonic()) / 1e9;
        if (rest <= 0)
            return bx_fail(e, BX_TIMEOUT, "%s: %s is not ready after %.0f s; the same command asks again, --timeout gives it longer",
                           r->source, what, ask->seconds);
        if (!ask_once(ask, r, url, rest, out, &status, a, e))
            return false;
        if (status == 200 && ready(out))
            return true;
        if (ask->progress)
            ask->progress(ask->self, what, out->progress);
        rest = (double)(end_ns - bx_time_monotonic()) / 1e9;
        pause_for(rest > step ? step : rest > 0 ? rest : 0);
    }
}

static bool is_made(const struct bx_roboflow_answer *x)
{
    return !x->generating && !(x->version && x->images == 0);
}

static bool is_exported(const struct bx_roboflow_answer *x)
{
    return x->link != NULL;
}

static const char *format_of(const char *type)
{
    if (type && (strstr(type, "segmentation") || strstr(type, "polygon")))
        return "coco-segmentation";
    return type && strstr(type, "oriented") ? "yolov8-obb" : "coco";
}

bool bx_roboflow_link(const struct bx_roboflow_ask *ask, const struct bx_roboflow *r, const char **link, const char **url,
                      const char **format, struct bx_arena *a, struct bx_err *e)
{
    struct bx_roboflow_answer said;
    int64_t end = bx_time_monotonic() + (int64_t)(ask->seconds * 1e9);
    size_t n = strlen(ask->api);
    while (n && ask->api[n - 1] == '/')
        n--;
    const char *version = bx_printf(a, "%.*s/%s/%s/%s", (int)n, ask->api, r->workspace, r->project, r->version);
    if (!ask_until(ask, r, "the version", version, 5, end, is_made, &said, a, e))
        return false;
    *format = ask->format ? ask->format : format_of(said.type);
    *url = bx_printf(a, "%s/%s", version, *format);
    if (!ask_until(ask, r, "the export", bx_printf(a, "%s?nocache=true", *url), 1, end, is_exported, &said, a, e))
        return false;
    *link = said.link;
    return !bx_has_control(*link, strlen(*link)) || bx_fail(e, BX_NET, "%s: its link has control characters", r->source);
}
