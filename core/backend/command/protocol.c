/* protocol.c: one answer line → detections. Whatever a model may print is judged here; nothing it prints is trusted. */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_POINTS = 1000000 };

struct parsing {
    struct bx_json r;
    const struct bx_reply_rules *rules;
    struct bx_names *names;
    struct bx_reply *reply;
    struct bx_arena *a;
    struct bx_detection *at;
    size_t n, cap;
    struct bx_rle_source *masks; /* one a detection: made into runs once the image is known */
    size_t mask_cap;
};
/* A mask as answered. Its size is only known to be right when id and frame are, which may come later in the line. */
struct bx_rle_source {
    double **ring;
    size_t *points;
    size_t nrings;
    bool rle;
    int64_t h, w;
    const char *text;
    size_t text_n;
    uint32_t *counts;
    size_t ncounts;
};

/* The first complaint about this image; the reader goes on, the rest of the line is still checked as JSON. */
static void complain(struct parsing *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct parsing *p, const char *fmt, ...)
{
    if (p->reply->failed)
        return;
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    p->reply->failed = true;
    bx_fail(&p->reply->error, BX_DATA, "%s", text);
}

/* An array of numbers. Returns how many there were (up to max are kept); -1 when it is something else. */
static int64_t numbers(struct parsing *p, double *out, size_t max, const char *what)
{
    if (bx_json_peek(&p->r) != BX_JSON_ARRAY) {
        complain(p, "prediction %zu: '%s' is not an array of numbers", p->n, what);
        bx_json_skip(&p->r);
        return -1;
    }
    bx_json_array(&p->r);
    size_t n = 0;
    while (bx_json_element(&p->r)) {
        double v = 0;
        if (bx_json_peek(&p->r) != BX_JSON_NUMBER) {
            complain(p, "prediction %zu: '%s' is not an array of numbers", p->n, what);
            bx_json_skip(&p->r);
            continue;
        }
        bx_json_double(&p->r, &v);
        if (!isfinite(v))
            complain(p, "prediction %zu: '%s' holds NaN or Infinity", p->n, what);
        if (n < max)
            out[n] = v;
        n++;
    }
    return (int64_t)n;
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

static void read_poly(struct parsing *p, struct bx_rle_source *m)
{
    if (bx_json_peek(&p->r) != BX_JSON_ARRAY) {
        complain(p, "prediction %zu: 'poly' is not an array of rings", p->n);
        bx_json_skip(&p->r);
        return;
    }
    bx_json_array(&p->r);
    double *xy = bx_xrealloc(NULL, 2, sizeof *xy);
    size_t cap = 2, ring_cap = 0, points_cap = 0;
    double **rings = NULL;
    size_t *points = NULL;
    while (bx_json_element(&p->r)) {
        size_t n = 0;
        if (bx_json_peek(&p->r) != BX_JSON_ARRAY) {
            complain(p, "prediction %zu: 'poly' is not an array of rings [[x,y,…],…]", p->n);
            bx_json_skip(&p->r);
            continue;
        }
        bx_json_array(&p->r);
        while (bx_json_element(&p->r)) {
            double v = 0;
            if (bx_json_peek(&p->r) != BX_JSON_NUMBER) {
                complain(p, "prediction %zu: 'poly' holds something that is no number", p->n);
                bx_json_skip(&p->r);
                continue;
            }
            bx_json_double(&p->r, &v);
            if (!isfinite(v))
                complain(p, "prediction %zu: 'poly' holds NaN or Infinity", p->n);
            if (n < MAX_POINTS) {
                xy = bx_grow(xy, &cap, n + 1, sizeof *xy);
                xy[n++] = v;
            }
        }
        if (n < 6 || n % 2) {
            complain(p, "prediction %zu: a ring of 'poly' has %zu numbers, expected at least 6, x and y in turn", p->n, n);
            continue;
        }
        rings = bx_grow(rings, &ring_cap, m->nrings + 1, sizeof *rings);
        points = bx_grow(points, &points_cap, m->nrings + 1, sizeof *points);
        rings[m->nrings] = BX_NEW(p->a, double, n);
        memcpy(rings[m->nrings], xy, n * sizeof *xy);
        points[m->nrings++] = n / 2;
    }
    m->ring = BX_NEW(p->a, double *, m->nrings);
    m->points = BX_NEW(p->a, size_t, m->nrings);
    for (size_t i = 0; i < m->nrings; i++) {
        m->ring[i] = rings[i];
        m->points[i] = points[i];
    }
    free(xy);
    free(rings);
    free(points);
}

static void read_counts(struct parsing *p, struct bx_rle_source *m)
{
    enum bx_json_kind k = bx_json_peek(&p->r);
    if (k == BX_JSON_STRING) {
        struct bx_slice s;
        if (bx_json_string(&p->r, &s)) {
            m->text = bx_strndup(p->a, s.p, s.n);
            m->text_n = s.n;
        }
        return;
    }
    if (k != BX_JSON_ARRAY) {
        complain(p, "prediction %zu: 'rle.counts' is neither a string nor an array", p->n);
        bx_json_skip(&p->r);
        return;
    }
    bx_json_array(&p->r);
    uint32_t *list = NULL;
    size_t cap = 0;
    while (bx_json_element(&p->r)) {
        double v = -1;
        if (bx_json_peek(&p->r) == BX_JSON_NUMBER)
            bx_json_double(&p->r, &v);
        else
            bx_json_skip(&p->r);
        if (!(v >= 0 && v <= UINT32_MAX && v == floor(v))) {
            complain(p, "prediction %zu: 'rle.counts' holds something that is no run length", p->n);
            v = 0;
        }
        list = bx_grow(list, &cap, m->ncounts + 1, sizeof *list);
        list[m->ncounts++] = (uint32_t)v;
    }
    m->counts = BX_NEW(p->a, uint32_t, m->ncounts);
    if (m->ncounts)
        memcpy(m->counts, list, m->ncounts * sizeof *list);
    free(list);
}

static void read_rle(struct parsing *p, struct bx_rle_source *m)
{
    if (bx_json_peek(&p->r) != BX_JSON_OBJECT) {
        complain(p, "prediction %zu: 'rle' is not {\"size\":[h,w],\"counts\":…}", p->n);
        bx_json_skip(&p->r);
        return;
    }
    m->rle = true;
    bx_json_object(&p->r);
    struct bx_slice key;
    while (bx_json_key(&p->r, &key)) {
        if (bx_slice_is(key, "size")) {
            double hw[2] = {0};
            if (numbers(p, hw, 2, "rle.size") != 2 || !(hw[0] >= 0 && hw[1] >= 0 && hw[0] <= UINT32_MAX && hw[1] <= UINT32_MAX))
                complain(p, "prediction %zu: 'rle.size' is not [height, width]", p->n);
            else {
                m->h = (int64_t)hw[0];
                m->w = (int64_t)hw[1];
            }
        } else if (bx_slice_is(key, "counts"))
            read_counts(p, m);
        else
            bx_json_skip(&p->r);
    }
    if (!m->text && !m->counts)
        complain(p, "prediction %zu: 'rle' has no counts", p->n);
}

static void hull(const double *xy, size_t points, double box[4])
{
    double lo[2] = {xy[0], xy[1]}, hi[2] = {xy[0], xy[1]};
    for (size_t i = 1; i < points; i++)
        for (size_t k = 0; k < 2; k++) {
            lo[k] = fmin(lo[k], xy[2 * i + k]);
            hi[k] = fmax(hi[k], xy[2 * i + k]);
        }
    box[0] = lo[0];
    box[1] = lo[1];
    box[2] = hi[0] - lo[0];
    box[3] = hi[1] - lo[1];
}

static void read_prediction(struct parsing *p)
{
    struct bx_detection d = {.box_given = false};
    struct bx_rle_source m = {0};
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
        } else if (bx_slice_is(key, "box")) {
            double c[4] = {0};
            int64_t n = numbers(p, c, 4, "box");
            if (n >= 0 && n != 4)
                complain(p, "prediction %zu: 'box' has %lld numbers, expected 4: x1, y1, x2, y2", p->n, (long long)n);
            if (c[2] < c[0] || c[3] < c[1])
                complain(p, "prediction %zu: 'box' is [%g, %g, %g, %g], expected x1 <= x2 and y1 <= y2", p->n, c[0], c[1], c[2], c[3]);
            d.box[0] = c[0];
            d.box[1] = c[1];
            d.box[2] = c[2] - c[0];
            d.box[3] = c[3] - c[1];
            if (!isfinite(d.box[2]) || !isfinite(d.box[3]))
                complain(p, "prediction %zu: 'box' is too large", p->n);
            d.box_given = true;
        } else if (bx_slice_is(key, "obb")) {
            double c[8] = {0};
            int64_t n = numbers(p, c, 8, "obb");
            if (n >= 0 && n != 8)
                complain(p, "prediction %zu: 'obb' has %lld numbers, expected 8: four corners", p->n, (long long)n);
            d.obb = bx_memdup(p->a, c, sizeof c);
        } else if (bx_slice_is(key, "poly"))
            read_poly(p, &m);
        else if (bx_slice_is(key, "rle"))
            read_rle(p, &m);
        else
            bx_json_skip(&p->r);
    }
    if (!has_class)
        complain(p, "prediction %zu has no 'class'", p->n);
    if (!has_score)
        complain(p, "prediction %zu has no 'score'", p->n);
    if (!d.box_given && d.obb) {
        hull(d.obb, 4, d.box);
        if (!isfinite(d.box[2]) || !isfinite(d.box[3]))
            complain(p, "prediction %zu: 'obb' is too large", p->n);
    } else if (!d.box_given && !m.rle && !m.nrings)
        complain(p, "prediction %zu has neither 'box' nor 'obb', 'poly' or 'rle'", p->n);
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
            complain(p, "the runner says: %.*s", (int)(s.n > 300 ? 300 : s.n), s.p);
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

/* The mask of detection i as runs of an image of w x h, in the frame the model worked in. */
static bool make_mask(struct parsing *p, size_t i, uint32_t w, uint32_t h)
{
    struct bx_rle_source *m = &p->masks[i];
    struct bx_detection *d = &p->at[i];
    struct bx_err e = {0};
    struct bx_rle rle = {0};
    if (m->rle) {
        if (m->h != h || m->w != w) {
            complain(p, "prediction %zu: 'rle.size' is [%lld, %lld], the image is %u high and %u wide", i, (long long)m->h, (long long)m->w,
                     h, w);
            return false;
        }
        bool ok = true;
        if (m->text)
            ok = bx_rle_from_string(m->text, m->text_n, h, w, &rle, p->a, &e);
        else
            rle = (struct bx_rle){h, w, m->ncounts, m->counts};
        if (!ok || !bx_rle_valid(&rle, &e)) {
            complain(p, "prediction %zu: 'rle': %s", i, e.text);
            return false;
        }
    } else {
        /* pycocotools' rasteriser walks along every edge: a point far outside would take for ever. */
        double far = 2.0 * (w > h ? w : h);
        for (size_t k = 0; k < m->nrings; k++)
            for (size_t q = 0; q < 2 * m->points[k]; q++)
                if (!(fabs(m->ring[k][q]) <= far)) {
                    complain(p, "prediction %zu: 'poly' has the coordinate %g, far outside the image of %u x %u", i, m->ring[k][q], w, h);
                    return false;
                }
        struct bx_rle *parts = BX_NEW(p->a, struct bx_rle, m->nrings);
        for (size_t k = 0; k < m->nrings; k++)
            parts[k] = bx_rle_from_polygon(m->ring[k], m->points[k], h, w, p->a);
        rle = m->nrings == 1 ? parts[0] : bx_rle_merge(parts, m->nrings, false, p->a);
    }
    d->mask = bx_memdup(p->a, &rle, sizeof rle);
    if (!d->box_given && !d->obb)
        bx_rle_box(&rle, d->box);
    return true;
}

/* What only the whole answer and its image can tell. */
static void check_against_image(struct parsing *p, size_t image)
{
    const struct bx_testset *t = p->rules->testset;
    uint32_t w = p->reply->w ? p->reply->w : t->image_w[image], h = p->reply->h ? p->reply->h : t->image_h[image];
    uint8_t orientation = t->image_orientation ? t->image_orientation[image] : 1;
    if (!p->reply->w != !p->reply->h)
        complain(p, "has only one of 'w' and 'h'");
    enum bx_frame frame = bx_frame_of(w, h, t->image_w[image], t->image_h[image], orientation);
    if (frame == BX_FRAME_OTHER)
        complain(p, "the model saw an image of %u x %u, this one is %u x %u", w, h, t->image_w[image], t->image_h[image]);
    for (size_t i = 0; i < p->n && !p->reply->failed; i++) {
        bool mask = p->masks[i].rle || p->masks[i].nrings;
        if (p->rules->geometry == BX_GEOM_MASK && !mask)
            complain(p, "prediction %zu has no mask ('poly' or 'rle'), which is what is scored here", i);
        else if (p->rules->geometry == BX_GEOM_OBB && !p->at[i].obb)
            complain(p, "prediction %zu has no 'obb', which is what is scored here", i);
        else if (mask && (uint64_t)w * h > UINT32_MAX)
            complain(p, "an image of %u x %u is too large for masks", w, h);
        else if (mask)
            make_mask(p, i, w, h);
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
    bx_json_init(&p.r, "answer", line, n, BX_JSON_ALLOW_NAN, &e);
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
