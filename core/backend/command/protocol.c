/* protocol.c: one answer line → detections. Whatever a model may print is judged here; nothing it prints is trusted. */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include "core/data/segmentation.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct parsing {
    struct bx_json r;
    const struct bx_reply_rules *rules;
    struct bx_names *names;
    struct bx_reply *reply;
    struct bx_arena *a;
    struct bx_detection *at;
    size_t n, cap;
    struct bx_mask_text *masks; /* one a detection */
    size_t mask_cap;
};
/* The first complaint about this image; the reader goes on, the rest of the line is still checked as JSON. */
static void complain(struct parsing *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct parsing *p, const char *fmt, ...)
{
    if (p->reply->failed)
        return;
    va_list ap;
    va_start(ap, fmt);
    p->reply->failed = true;
    bx_vfail(&p->reply->error, BX_DATA, fmt, ap);
    va_end(ap);
}

/* Whether what is wrong with a value of this prediction can still be told: only the first complaint is kept, and to say where a value is
 * wrong costs the line up to there. */
static bool worth_reading(const struct parsing *p)
{
    return !p->reply->failed && p->n < p->rules->max_detections;
}

/* A reader for a value that was found to be JSON: what else is wrong with it is this image's error, and not the whole conversation's. NaN
 * is wrong here. */
static void begin_value(const struct parsing *p, struct bx_slice value, struct bx_json *q, struct bx_err *e)
{
    bx_json_init(q, "answer", p->r.start, (size_t)(p->r.end - p->r.start), BX_JSON_KEYS_ONCE, e);
    q->p = value.p;
    q->end = value.p + value.n;
}

static void read_box(struct parsing *p, struct bx_detection *d)
{
    struct bx_slice value;
    struct bx_json q;
    struct bx_err e;
    if (!bx_json_raw(&p->r, &value) || !worth_reading(p))
        return;
    begin_value(p, value, &q, &e);
    if (!bx_corners_read(&q, d->box, &d->box_given))
        complain(p, "prediction %zu: 'box': %s", p->n, e.text);
    bx_json_release(&q);
}

static void read_obb(struct parsing *p, struct bx_detection *d)
{
    struct bx_slice value;
    struct bx_json q;
    struct bx_err e;
    double c[8];
    bool has;
    if (!bx_json_raw(&p->r, &value) || !worth_reading(p))
        return;
    begin_value(p, value, &q, &e);
    if (!bx_obb_read(&q, c, &has))
        complain(p, "prediction %zu: 'obb': %s", p->n, e.text);
    else
        d->obb = has ? bx_memdup(p->a, c, sizeof c) : NULL;
    bx_json_release(&q);
}

/* The text of a mask; null and an empty list are none. */
static void read_mask(struct parsing *p, struct bx_slice *out)
{
    struct bx_slice value;
    struct bx_json q;
    struct bx_err e;
    if (!bx_json_raw(&p->r, &value))
        return;
    begin_value(p, value, &q, &e);
    enum bx_json_kind k = bx_json_peek(&q);
    bool none = k == BX_JSON_NULL || (k == BX_JSON_ARRAY && bx_json_array(&q) && !bx_json_element(&q));
    *out = none ? (struct bx_slice){0} : value;
    bx_json_release(&q);
}

static void read_class(struct parsing *p, struct bx_detection *d)
{
    enum bx_json_kind k = bx_json_peek(&p->r);
    if (k == BX_JSON_STRING) {
        struct bx_slice s;
        if (!bx_json_string(&p->r, &s))
            return;
        if (!bx_class_name_ok(s))
            complain(p, "prediction %zu: 'class' is no usable class name", p->n);
        else if (p->names->backend->nnames >= 2 * (size_t)BX_MAX_NAMES)
            complain(p, "more than %d different class names", 2 * BX_MAX_NAMES);
        else
            d->name = bx_names_add(p->names, s.p, s.n);
        return;
    }
    if (k != BX_JSON_NUMBER) {
        complain(p, "prediction %zu: 'class' is neither an index nor a name", p->n);
        bx_json_skip(&p->r);
        return;
    }
    double v = -1;
    bx_json_double(&p->r, &v);
    if (!(v >= 0) || v >= (double)p->names->declared || v != floor(v))
        complain(p, "prediction %zu: class index %g is outside the %zu names of the handshake", p->n, v, p->names->declared);
    else
        d->name = (uint32_t)v;
}

static void read_prediction(struct parsing *p)
{
    struct bx_detection d = {.box_given = false};
    struct bx_mask_text m = {0};
    bool has_class = false, has_score = false;
    if (bx_json_peek(&p->r) != BX_JSON_OBJECT) {
        complain(p, "prediction %zu is not an object", p->n);
        bx_json_skip(&p->r);
        p->n++;
        return;
    }
    bx_json_object(&p->r);
    struct bx_slice key;
    while (bx_json_key(&p->r, &key)) {
        if (bx_slice_is(key, "class")) {
            has_class = true;
            read_class(p, &d);
        } else if (bx_slice_is(key, "score")) {
            has_score = true;
            if (bx_json_peek(&p->r) != BX_JSON_NUMBER) {
                complain(p, "prediction %zu: 'score' is no number", p->n);
                bx_json_skip(&p->r);
                continue;
            }
            bx_json_double(&p->r, &d.score);
            if (!isfinite(d.score))
                complain(p, "prediction %zu: 'score' is NaN or Infinity", p->n);
        } else if (bx_slice_is(key, "box"))
            read_box(p, &d);
        else if (bx_slice_is(key, "obb"))
            read_obb(p, &d);
        else if (bx_slice_is(key, "poly"))
            read_mask(p, &m.poly);
        else if (bx_slice_is(key, "rle"))
            read_mask(p, &m.rle);
        else
            bx_json_skip(&p->r);
    }
    if (!has_class)
        complain(p, "prediction %zu has no 'class'", p->n);
    if (!has_score)
        complain(p, "prediction %zu has no 'score'", p->n);
    if (!d.box_given && d.obb) {
        bx_points_box(d.obb, 4, d.box);
        if (!isfinite(d.box[2]) || !isfinite(d.box[3]))
            complain(p, "prediction %zu: 'obb' is too large", p->n);
    }
    if (p->n < p->rules->max_detections) {
        size_t have = p->n + 1;
        p->at = bx_grow(p->at, &p->cap, have, sizeof *p->at);
        p->masks = bx_grow(p->masks, &p->mask_cap, have, sizeof *p->masks);
        p->at[p->n] = d;
        p->masks[p->n] = m;
    }
    p->n++;
}

static void read_size(struct parsing *p, uint32_t *out, const char *what)
{
    double v = -1;
    if (bx_json_peek(&p->r) == BX_JSON_NULL) {
        bx_json_null(&p->r);
        return;
    }
    if (bx_json_peek(&p->r) == BX_JSON_NUMBER)
        bx_json_double(&p->r, &v);
    else
        bx_json_skip(&p->r);
    if (!(v >= 1 && v <= UINT32_MAX && v == floor(v)))
        complain(p, "'%s' is no image size", what);
    else
        *out = (uint32_t)v;
}

static void read_members(struct parsing *p, bool *answered)
{
    struct bx_reply *reply = p->reply;
    struct bx_slice key, s;
    while (bx_json_key(&p->r, &key)) {
        if (bx_slice_is(key, "id")) {
            if (!bx_json_int(&p->r, &reply->id))
                return;
        } else if (bx_slice_is(key, "ms")) {
            if (bx_json_peek(&p->r) != BX_JSON_NUMBER)
                bx_json_skip(&p->r);
            else if (bx_json_double(&p->r, &reply->ms) && !(reply->ms >= 0 && reply->ms < 1e12))
                reply->ms = NAN; /* a clock that says nothing; not worth the image */
        } else if (bx_slice_is(key, "w"))
            read_size(p, &reply->w, "w");
        else if (bx_slice_is(key, "h"))
            read_size(p, &reply->h, "h");
        else if (bx_slice_is(key, "error") && bx_json_peek(&p->r) == BX_JSON_STRING) {
            if (!bx_json_string(&p->r, &s))
                return;
            BX_CLEANUP_BUF struct bx_buf text = {0};
            bx_redact(p->names->secrets, p->names->nsecrets, s.p, s.n, &text); /* before it is cut */
            complain(p, "the runner says: %.300s", bx_buf_str(&text));
            *answered = true;
        } else if (bx_slice_is(key, "predictions") && bx_json_peek(&p->r) == BX_JSON_ARRAY) {
            bx_json_array(&p->r);
            while (bx_json_element(&p->r))
                read_prediction(p);
            *answered = true;
        } else
            bx_json_skip(&p->r);
    }
}

/* What only the whole answer and its image can tell. */
static void judge(struct parsing *p, size_t image)
{
    struct bx_judging j = {
        .testset = p->rules->testset,
        .geometries = p->rules->geometries,
        .at = p->at,
        .masks = p->masks,
        .n = p->n,
        .text = p->r.start,
        .end = p->r.end,
        .w = p->reply->w,
        .h = p->reply->h,
    };
    p->reply->failed = !bx_judge(&j, image, p->a, &p->reply->error);
    p->reply->reframed = j.reframed;
}

void bx_reply_parse(const char *line, size_t n, const struct bx_reply_rules *rules, struct bx_names *names, struct bx_reply *reply,
                    struct bx_arena *a)
{
    *reply = (struct bx_reply){.ms = NAN};
    struct bx_err e = {0};
    struct parsing p = {.rules = rules, .names = names, .reply = reply, .a = a};
    bool answered = false;
    /* NaN and Infinity are read, so that they are an error of their image and not of the whole conversation. */
    bx_json_init(&p.r, "answer", line, n, BX_JSON_ALLOW_NAN | BX_JSON_KEYS_ONCE, &e);
    if (bx_json_object(&p.r))
        read_members(&p, &answered);
    bool ok = bx_json_end(&p.r);
    if (!ok || reply->id < 1) {
        reply->malformed = true;
        bx_fail(&reply->error, BX_DATA, "%s", ok ? "an answer has no 'id'" : e.text);
    } else if (rules->image_of(rules->self, reply->id) != SIZE_MAX) {
        if (!answered)
            complain(&p, "has neither 'predictions' nor 'error'");
        if (p.n > rules->max_detections)
            complain(&p, "%zu detections, at most %zu are allowed (max_detections)", p.n, rules->max_detections);
        if (!reply->failed)
            judge(&p, rules->image_of(rules->self, reply->id));
        reply->n = p.n;
        reply->at = bx_memdup(a, p.n && !reply->failed ? (const void *)p.at : "", reply->failed ? 0 : p.n * sizeof *p.at);
        if (reply->failed)
            reply->n = 0;
    }
    free(p.at);
    free(p.masks);
}
