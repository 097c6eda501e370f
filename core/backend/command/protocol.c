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
    struct mask_text *masks; /* one a detection */
    size_t mask_cap;
    uint64_t crossings; /* of the masks so far */
};
/* A mask as answered: its text, for what it must fit is known when id and frame are, which may come later in the line. */
struct mask_text {
    struct bx_slice poly, rle; /* p NULL: none */
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
    struct mask_text m = {0};
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

/* The mask of detection i as runs of an image of w x h, in the frame the model worked in. The outlines of all together are bounded, too. */
static void make_mask(struct parsing *p, size_t i, uint32_t w, uint32_t h)
{
    const struct mask_text *m = &p->masks[i];
    struct bx_detection *d = &p->at[i];
    uint64_t all = bx_segmentation_bound(h, w) + 16 * (uint64_t)w * p->n, left = all - p->crossings, one = bx_segmentation_bound(h, w);
    /* Where no mask is scored it is checked, and drawn only where the box is the mask's. */
    bool draw = p->rules->geometries & 1u << BX_GEOM_MASK || (!d->box_given && !d->obb);
    const struct bx_segmentation_rules rules = {.h = h, .w = w, .draw = draw, .near = true, .crossings = left < one ? left + 1 : one};
    struct bx_segmentation seg;
    struct bx_json q;
    struct bx_err e;
    begin_value(p, m->rle.p ? m->rle : m->poly, &q, &e);
    bool ok = bx_segmentation_read(&q, &rules, &seg, p->a);
    if (ok && seg.present && seg.polygon == !!m->rle.p)
        ok = bx_json_fail(&q, m->rle.p ? m->rle.p : m->poly.p, "found %s",
                          m->rle.p ? "polygons, which are a 'poly'" : "run lengths, which are an 'rle'");
    bx_json_release(&q);
    if (!ok) {
        complain(p, "prediction %zu: '%s': %s", i, m->rle.p ? "rle" : "poly", e.text);
        return;
    }
    p->crossings += seg.crossings + (seg.polygon ? 0 : seg.mask.n);
    if (p->crossings > all)
        complain(p,
                 m->rle.p ? "prediction %zu: the masks of all predictions have more than %llu run lengths"
                          : "prediction %zu: the outlines of all predictions pass more than %llu times through a column of pixels",
                 i, (unsigned long long)all);
    else if (seg.present && draw) {
        d->mask = bx_memdup(p->a, &seg.mask, sizeof seg.mask);
        if (!d->box_given && !d->obb)
            bx_rle_box(&seg.mask, d->box);
    }
}

/* What only the whole answer and its image can tell. */
static void check_against_image(struct parsing *p, size_t image)
{
    const struct bx_testset *t = p->rules->testset;
    uint32_t w = p->reply->w ? p->reply->w : t->image_w[image], h = p->reply->h ? p->reply->h : t->image_h[image];
    uint8_t orientation = t->image_orientation ? t->image_orientation[image] : 1;
    if (!p->reply->w != !p->reply->h)
        complain(p, "has only one of 'w' and 'h'");
    enum bx_answer_frame frame = bx_frame_of(w, h, t->image_w[image], t->image_h[image], orientation);
    if (frame == BX_FRAME_OTHER)
        complain(p, "the model saw an image of %u x %u, this one is %u x %u", w, h, t->image_w[image], t->image_h[image]);
    for (size_t i = 0; i < p->n && !p->reply->failed; i++) {
        bool mask = p->masks[i].rle.p || p->masks[i].poly.p;
        const struct bx_detection *d = &p->at[i];
        if (mask && (uint64_t)w * h >= UINT32_MAX)
            complain(p, "an image of %u x %u is too large for masks", w, h);
        else if (mask)
            make_mask(p, i, w, h);
        if (p->rules->geometries & 1u << BX_GEOM_MASK && !d->mask)
            complain(p, "prediction %zu has no mask ('poly' or 'rle'), which is what is scored here", i);
        else if (p->rules->geometries & 1u << BX_GEOM_OBB && !d->obb)
            complain(p, "prediction %zu has no 'obb', which is what is scored here", i);
        else if (!d->box_given && !d->obb && !d->mask)
            complain(p, "prediction %zu has neither 'box' nor 'obb', 'poly' or 'rle'", i);
    }
    p->reply->reframed = frame == BX_FRAME_RAW;
    if (frame == BX_FRAME_RAW && !p->reply->failed)
        bx_frame_turn(p->at, p->n, w, h, orientation, p->a);
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
            check_against_image(&p, rules->image_of(rules->self, reply->id));
        reply->n = p.n;
        reply->at = bx_memdup(a, p.n && !reply->failed ? (const void *)p.at : "", reply->failed ? 0 : p.n * sizeof *p.at);
        if (reply->failed)
            reply->n = 0;
    }
    free(p.at);
    free(p.masks);
}
