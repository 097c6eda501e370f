/* body.c: an answer's text → detections, by the config's mapping: row after row, or columns of equal length. Nothing in it is trusted. */
#include "core/backend/http/http.h"
#include "core/base/banned.h"
#include "core/data/segmentation.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TAKEN = 24 };

struct scale { /* of an axis: what is answered · by + plus is pixels */
    double by, plus;
};
struct reading {
    const struct bx_body_rules *rules;
    struct bx_names *names;
    struct bx_body *out;
    struct bx_finding f;
    const char *taken[TAKEN];
    struct bx_arena *a;
    struct bx_detection *at;
    struct bx_mask_text *masks;
    size_t n, cap, mask_cap;
    double *numbers; /* of the value in work */
    size_t cap_numbers;
    double frame_w, frame_h;
    struct bx_buf text;
};

static struct scale scale_of(const struct bx_place_unit *u, double net, double image, double gain)
{
    switch (u->kind) {
    case BX_UNIT_PX:
        return (struct scale){1, 0};
    case BX_UNIT_ONE:
        return (struct scale){image, 0};
    case BX_UNIT_NET:
        return (struct scale){image / net, 0};
    case BX_UNIT_LETTERBOX:
        break;
    }
    return (struct scale){1 / gain, -round((net - image * gain) / 2 - 0.1) / gain}; /* Ultralytics' scale_boxes */
}

static void scales(const struct reading *r, const struct bx_place_unit *u, struct scale s[2])
{
    double gain = u->kind == BX_UNIT_LETTERBOX ? fmin(u->w / r->frame_w, u->h / r->frame_h) : 1;
    s[0] = scale_of(u, u->w, r->frame_w, gain);
    s[1] = scale_of(u, u->h, r->frame_h, gain);
}

static bool wrong(const struct reading *r, struct bx_err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static bool wrong(const struct reading *r, struct bx_err *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    bx_vfail(e, BX_DATA, fmt, ap);
    va_end(ap);
    return bx_wrap(e, "prediction %zu", r->n);
}

/* The number at the path: it must be there. */
static bool number(struct reading *r, const struct bx_json_path *path, struct bx_slice row, double *v, struct bx_err *e)
{
    struct bx_slice value;
    size_t n = 0;
    if (!bx_find_one(&r->f, path, row, &value, e))
        return false;
    if (!value.p)
        return wrong(r, e, "has no '%s'", path->text);
    if (!bx_find_numbers(&r->f, path->text, value, &r->numbers, &n, &r->cap_numbers, e))
        return false;
    if (n != 1)
        return wrong(r, e, "'%s' has %zu numbers, expected one", path->text, n);
    *v = r->numbers[0];
    return isfinite(*v) || wrong(r, e, "'%s' is NaN or Infinity", path->text);
}

/* A place's numbers in the row; *has false: its one list is not there, or empty. */
static bool place_numbers(struct reading *r, const struct bx_mapped_place *p, struct bx_slice row, double *v, size_t want, bool *has,
                          struct bx_err *e)
{
    struct bx_slice value;
    size_t n = 0;
    *has = true;
    if (p->n > 1) {
        for (size_t i = 0; i < want; i++)
            if (!number(r, &p->path[i], row, &v[i], e))
                return false;
        return true;
    }
    if (!bx_find_one(&r->f, &p->path[0], row, &value, e))
        return false;
    *has = value.p != NULL;
    if (!*has)
        return true;
    if (!bx_find_numbers(&r->f, p->path[0].text, value, &r->numbers, &n, &r->cap_numbers, e))
        return false;
    *has = n > 0;
    if (n && n != want)
        return wrong(r, e, "'%s' has %zu numbers, expected %zu", p->path[0].text, n, want);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(v[i] = r->numbers[i]))
            return wrong(r, e, "'%s' has NaN or Infinity", p->path[0].text);
    return true;
}

static bool set_box(const struct reading *r, const double *v, struct bx_detection *d, struct bx_err *e)
{
    const struct bx_mapped_place *p = &r->rules->map->box;
    struct scale s[2];
    double c[4]; /* corners */
    scales(r, &p->unit, s);
    if (p->order == BX_XYWH || p->order == BX_CXCYWH) {
        d->box[2] = v[2] * s[0].by;
        d->box[3] = v[3] * s[1].by;
        d->box[0] = v[0] * s[0].by + s[0].plus - (p->order == BX_CXCYWH ? d->box[2] / 2 : 0);
        d->box[1] = v[1] * s[1].by + s[1].plus - (p->order == BX_CXCYWH ? d->box[3] / 2 : 0);
    } else {
        static const int places[][4] = {[BX_XYXY] = {0, 1, 2, 3}, [BX_YXYX] = {1, 0, 3, 2}, [BX_XXYY] = {0, 2, 1, 3}};
        for (int i = 0; i < 4; i++)
            c[i] = v[places[p->order][i]] * s[i % 2].by + s[i % 2].plus;
        d->box[0] = c[0];
        d->box[1] = c[1];
        d->box[2] = c[2] - c[0];
        d->box[3] = c[3] - c[1];
    }
    d->box_given = true;
    if (!(d->box[2] >= 0 && d->box[3] >= 0))
        return wrong(r, e, "'box': its width or height is negative, is the order right?");
    return (isfinite(d->box[0] + d->box[2]) && isfinite(d->box[1] + d->box[3])) || wrong(r, e, "'box' is too large");
}

static bool set_obb(const struct reading *r, const double *v, struct bx_detection *d, struct bx_err *e)
{
    const struct bx_mapped_place *p = &r->rules->map->obb;
    struct scale s[2];
    double c[8];
    scales(r, &p->unit, s);
    if (p->order == BX_CORNERS)
        for (int i = 0; i < 8; i++)
            c[i] = v[i] * s[i % 2].by + s[i % 2].plus;
    else {
        const double turned[5] = {v[0] * s[0].by + s[0].plus, v[1] * s[1].by + s[1].plus, v[2] * s[0].by, v[3] * s[1].by,
                                  p->order == BX_CXCYWHR_DEG ? v[4] * (acos(-1) / 180) : v[4]};
        if (!(v[2] >= 0 && v[3] >= 0))
            return wrong(r, e, "'obb': its width or height is negative");
        bx_turned_corners(turned, c);
    }
    bx_points_box(c, 4, d->box);
    d->obb = bx_memdup(r->a, c, sizeof c);
    return (isfinite(d->box[2]) && isfinite(d->box[3])) || wrong(r, e, "'obb' is too large");
}

static void add_point(struct reading *r, double x, double y, const struct scale s[2], size_t *points)
{
    bx_buf_adds(&r->text, *points ? "," : "[[");
    bx_buf_add_double(&r->text, x * s[0].by + s[0].plus);
    bx_buf_addc(&r->text, ',');
    bx_buf_add_double(&r->text, y * s[1].by + s[1].plus);
    ++*points;
}

struct points {
    struct reading *r;
    struct scale s[2];
    size_t n;
};
static bool take_point(void *self, struct bx_slice value, struct bx_slice rest, struct bx_err *e)
{
    struct points *q = self;
    double x = 0, y = 0;
    (void)rest;
    if (!number(q->r, &q->r->rules->map->poly.path[1], value, &x, e) || !number(q->r, &q->r->rules->map->poly.path[2], value, &y, e))
        return false;
    add_point(q->r, x, y, q->s, &q->n);
    return true;
}

/* The numbers of an outline whose coordinates are lists. */
static bool take_lists(struct points *q, struct bx_slice row, struct bx_err *e)
{
    struct reading *r = q->r;
    const struct bx_mapped_place *p = &r->rules->map->poly;
    struct bx_slice xs, ys = {0};
    double *other = NULL;
    size_t n = 0, m = 0, cap = 0;
    if (!bx_find_one(&r->f, &p->path[0], row, &xs, e) || (p->n == 2 && !bx_find_one(&r->f, &p->path[1], row, &ys, e)))
        return false;
    if (!xs.p || (p->n == 2 && !ys.p))
        return true;
    bool ok = bx_find_numbers(&r->f, p->path[0].text, xs, &r->numbers, &n, &r->cap_numbers, e) &&
              (p->n == 1 || bx_find_numbers(&r->f, p->path[1].text, ys, &other, &m, &cap, e));
    if (ok && (p->n == 1 ? n % 2 != 0 : n != m))
        ok = p->n == 1 ? wrong(r, e, "'poly' has an odd number of coordinates") : wrong(r, e, "'poly' has %zu x and %zu y", n, m);
    for (size_t i = 0; ok && i < n; i += p->n == 1 ? 2 : 1) {
        double x = r->numbers[i], y = p->n == 1 ? r->numbers[i + 1] : other[i];
        if (!isfinite(x) || !isfinite(y))
            ok = wrong(r, e, "'poly' has NaN or Infinity");
        else
            add_point(r, x, y, q->s, &q->n);
    }
    free(other);
    return ok;
}

/* *thin: there is an outline, and it is of too few points. */
static bool read_mask(struct reading *r, struct bx_slice row, struct bx_mask_text *m, bool *thin, struct bx_err *e)
{
    const struct bx_mapping *map = r->rules->map;
    struct points q = {.r = r};
    *thin = false;
    if (map->rle.text && !bx_find_one(&r->f, &map->rle, row, &m->rle, e))
        return false;
    if (m->rle.p || !map->poly.n)
        return true;
    scales(r, &map->poly.unit, q.s);
    bx_buf_clear(&r->text);
    struct bx_finding f = r->f;
    f.found = take_point;
    f.self = &q;
    if (!(map->poly.form == BX_POLY_POINTS ? bx_find(&f, &map->poly.path[0], row, e) : take_lists(&q, row, e)))
        return false;
    *thin = q.n < 3 && map->thin_ok;
    if (!q.n)
        return true;
    bx_buf_adds(&r->text, "]]");
    m->poly = (struct bx_slice){bx_strndup(r->a, r->text.p, r->text.n), r->text.n};
    return true;
}

static bool name_of(struct reading *r, double v, const char **out, struct bx_err *e)
{
    const struct bx_body_rules *u = r->rules;
    char id[32];
    if (!(v >= 0 && v < 1e15 && v == floor(v)))
        return wrong(r, e, "'class': %g is no number of a class", v);
    if (u->nclass_names) {
        double i = u->map->class_form == BX_CLASS_ID1 ? v - 1 : v;
        *out = i >= 0 && i < (double)u->nclass_names ? u->class_names[(size_t)i] : NULL;
        return *out || wrong(r, e, "class number %g is outside the %zu 'names' of the config", v, u->nclass_names);
    }
    snprintf(id, sizeof id, "%" PRId64, (int64_t)v); /* `categories` says what the numbers are as they come */
    for (size_t i = 0; i < u->ncategories; i++)
        if (!strcmp(u->categories[i].from, id)) {
            *out = u->categories[i].to;
            return true;
        }
    return wrong(r, e, "class number %s is none of the config's 'categories'", id);
}

static bool add_name(struct reading *r, struct bx_slice s, struct bx_detection *d, struct bx_err *e)
{
    if (!bx_class_name_ok(s))
        return wrong(r, e, "'class' is no usable class name");
    if (r->names->backend->nnames >= 2 * (size_t)BX_MAX_NAMES)
        return wrong(r, e, "more than %d different class names", 2 * BX_MAX_NAMES);
    d->name = bx_names_add(r->names, s.p, s.n);
    return true;
}

static bool read_class(struct reading *r, struct bx_slice row, struct bx_detection *d, struct bx_err *e)
{
    const struct bx_mapping *map = r->rules->map;
    struct bx_slice value, s;
    const char *name = NULL;
    double v = 0;
    if (map->class_form == BX_CLASS_ID || map->class_form == BX_CLASS_ID1)
        return number(r, &map->class, row, &v, e) && name_of(r, v, &name, e) && add_name(r, (struct bx_slice){name, strlen(name)}, d, e);
    if (!bx_find_one(&r->f, &map->class, row, &value, e))
        return false;
    if (!value.p)
        return wrong(r, e, "has no '%s'", map->class.text);
    if (map->class_form == BX_CLASS_KEY)
        return r->f.rest.p ? add_name(r, r->f.rest, d, e) : wrong(r, e, "'%s' has no key", map->class.text);
    struct bx_json q;
    bx_find_begin(&r->f, value, &q, e);
    bool ok = bx_json_peek(&q) == BX_JSON_STRING ? bx_json_string(&q, &s) : bx_json_fail(&q, NULL, "'%s': found no text", map->class.text);
    ok = ok && add_name(r, s, d, e);
    bx_json_release(&q);
    return ok;
}

static void keep(struct reading *r, const struct bx_detection *d, const struct bx_mask_text *m)
{
    r->at = bx_grow(r->at, &r->cap, r->n + 1, sizeof *r->at);
    r->masks = bx_grow(r->masks, &r->mask_cap, r->n + 1, sizeof *r->masks);
    r->at[r->n] = *d;
    r->masks[r->n++] = *m;
}

static bool too_many(const struct reading *r, size_t n, struct bx_err *e)
{
    return bx_fail(e, BX_DATA, "%zu detections, at most %zu are allowed (max_detections)", n, r->rules->max_detections);
}

static bool read_row(void *self, struct bx_slice row, struct bx_slice rest, struct bx_err *e)
{
    struct reading *r = self;
    const struct bx_mapping *map = r->rules->map;
    struct bx_detection d = {0};
    struct bx_mask_text m = {0};
    double v[8];
    bool has = false, thin = false;
    (void)rest;
    if (r->n >= r->rules->max_detections)
        return too_many(r, r->n + 1, e);
    if (!number(r, &map->score, row, &d.score, e) || !read_class(r, row, &d, e))
        return false;
    d.score /= map->score_scale;
    if (map->box.n && (!place_numbers(r, &map->box, row, v, 4, &has, e) || (has && !set_box(r, v, &d, e))))
        return false;
    if (map->obb.n &&
        (!place_numbers(r, &map->obb, row, v, map->obb.order == BX_CORNERS ? 8 : 5, &has, e) || (has && !set_obb(r, v, &d, e))))
        return false;
    if (!read_mask(r, row, &m, &thin, e))
        return false;
    if (thin && r->rules->geometries & 1u << BX_GEOM_MASK) {
        r->out->thin++;
        return true;
    }
    if (thin)
        m.poly = (struct bx_slice){0};
    keep(r, &d, &m);
    return true;
}

/* A column, all its lists taken apart. */
static bool column(struct reading *r, const struct bx_json_path *path, struct bx_slice value, double **list, size_t *n, struct bx_err *e)
{
    struct bx_slice at;
    size_t cap = 0;
    *n = 0;
    if (!bx_find_one(&r->f, path, value, &at, e))
        return false;
    if (!at.p)
        return bx_fail(e, BX_DATA, "has no '%s'", path->text);
    return bx_find_numbers(&r->f, path->text, at, list, n, &cap, e);
}

struct strings {
    struct reading *r;
    struct bx_detection *d;
    size_t n, most;
};
static bool take_name(void *self, struct bx_slice value, struct bx_slice rest, struct bx_err *e)
{
    struct strings *q = self;
    struct bx_slice s;
    struct bx_json j;
    (void)rest;
    if (q->n == q->most)
        return true;
    bx_find_begin(&q->r->f, value, &j, e);
    bool ok = bx_json_peek(&j) == BX_JSON_STRING ? bx_json_string(&j, &s) : bx_json_fail(&j, NULL, "'class': found no text");
    ok = ok && add_name(q->r, s, &q->d[q->n], e);
    q->n += ok;
    bx_json_release(&j);
    return ok;
}

/* A list of names, one a row. */
static bool column_names(struct reading *r, struct bx_slice value, struct bx_detection *d, size_t n, size_t *found, struct bx_err *e)
{
    static const struct bx_step each = {.kind = BX_STEP_EACH};
    const struct bx_json_path list = {r->rules->map->class.text, &each, 1};
    struct strings q = {r, d, 0, n};
    struct bx_finding f = r->f;
    struct bx_slice at;
    if (!bx_find_one(&r->f, &r->rules->map->class, value, &at, e))
        return false;
    if (!at.p)
        return bx_fail(e, BX_DATA, "has no '%s'", r->rules->map->class.text);
    f.found = take_name;
    f.self = &q;
    bool ok = bx_find(&f, &list, at, e);
    *found = q.n;
    return ok;
}

static bool rows_of(struct reading *r, struct bx_slice value, double **scores, double **places, double **classes, struct bx_err *e)
{
    const struct bx_mapping *map = r->rules->map;
    const struct bx_mapped_place *p = map->obb.n ? &map->obb : &map->box;
    size_t n, nplaces, nclasses, each = map->obb.n ? p->order == BX_CORNERS ? 8 : 5 : 4;
    bool ids = map->class_form == BX_CLASS_ID || map->class_form == BX_CLASS_ID1;
    double counted = -1;
    if (p->n != 1)
        return bx_fail(e, BX_DATA, "columns need one list of all boxes");
    if (!column(r, &map->score, value, scores, &n, e) || !column(r, &p->path[0], value, places, &nplaces, e) ||
        (ids && !column(r, &map->class, value, classes, &nclasses, e)) || (map->count.text && !number(r, &map->count, value, &counted, e)))
        return false;
    if (nplaces != each * n || (ids && nclasses != n))
        return bx_fail(e, BX_DATA, "its lists do not fit together: %zu scores, %zu numbers of boxes (%zu each), %zu classes", n, nplaces,
                       each, ids ? nclasses : n);
    if (map->count.text && !(counted >= 0 && counted <= (double)n && counted == floor(counted)))
        return bx_fail(e, BX_DATA, "'%s' is %g, and there are %zu rows", map->count.text, counted, n);
    n = map->count.text ? (size_t)counted : n;
    if (n > r->rules->max_detections)
        return too_many(r, n, e);
    struct bx_detection *d = BX_NEW(r->a, struct bx_detection, n);
    size_t named = n;
    if (!ids && !column_names(r, value, d, n, &named, e))
        return false;
    if (named != n)
        return bx_fail(e, BX_DATA, "its lists do not fit together: %zu scores, %zu classes", n, named);
    for (size_t i = 0; i < n; i++) {
        const char *name = NULL;
        const double *v = *places + i * each;
        d[i].score = (*scores)[i] / map->score_scale;
        for (size_t k = 0; k < each; k++)
            if (!isfinite(v[k]) || !isfinite(d[i].score))
                return wrong(r, e, "has NaN or Infinity");
        if (ids && (!name_of(r, (*classes)[i], &name, e) || !add_name(r, (struct bx_slice){name, strlen(name)}, &d[i], e)))
            return false;
        if (map->obb.n ? !set_obb(r, v, &d[i], e) : !set_box(r, v, &d[i], e))
            return false;
        keep(r, &d[i], &(struct bx_mask_text){0});
    }
    return true;
}

static bool read_columns(void *self, struct bx_slice value, struct bx_slice rest, struct bx_err *e)
{
    double *scores = NULL, *places = NULL, *classes = NULL;
    (void)rest;
    bool ok = rows_of(self, value, &scores, &places, &classes, e);
    free(scores);
    free(places);
    free(classes);
    return ok;
}

/* The size the server saw, and its own time. */
static bool read_head(struct reading *r, struct bx_slice whole, size_t image, struct bx_err *e)
{
    const struct bx_mapping *map = r->rules->map;
    struct bx_slice value;
    double v[2] = {0, 0};
    const struct bx_json_path *sides[] = {&map->width, &map->height};
    for (int i = 0; i < 2 && map->width.text; i++) {
        if (!bx_find_one(&r->f, sides[i], whole, &value, e))
            return false;
        if (value.p && (!number(r, sides[i], whole, &v[i], e) || !(v[i] >= 1 && v[i] <= UINT32_MAX && v[i] == floor(v[i]))))
            return e->code ? false : bx_fail(e, BX_DATA, "'%s' is no image size", sides[i]->text);
    }
    r->out->w = (uint32_t)v[0];
    r->out->h = (uint32_t)v[1];
    r->frame_w = v[0] > 0 ? v[0] : r->rules->testset->image_w[image];
    r->frame_h = v[1] > 0 ? v[1] : r->rules->testset->image_h[image];
    if (!map->time.text)
        return true;
    struct bx_err ignored = {0}; /* a clock that says nothing is not worth the image */
    if (bx_find_one(&r->f, &map->time, whole, &value, &ignored) && value.p && number(r, &map->time, whole, &v[0], &ignored) && v[0] >= 0 &&
        v[0] < 1e6)
        r->out->own_ns = (int64_t)(v[0] * map->time_ns);
    return true;
}

/* First names of a row's paths: what a * does not mean. */
static void take_names(struct reading *r)
{
    const struct bx_mapping *map = r->rules->map;
    const struct bx_json_path *all[8 + 3 * BX_PLACE_PATHS] = {&map->score, &map->class, &map->rle};
    const struct bx_mapped_place *places[] = {&map->box, &map->obb, &map->poly};
    size_t n = 3;
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < places[k]->n && i < BX_PLACE_PATHS; i++)
            all[n++] = &places[k]->path[i];
    for (size_t i = 0; i < n && r->f.ntaken < TAKEN; i++)
        if (all[i]->n && all[i]->at[0].kind == BX_STEP_NAME)
            r->taken[r->f.ntaken++] = all[i]->at[0].name;
    r->f.taken = r->taken;
}

static bool read_all(struct reading *r, struct bx_slice whole, size_t image, struct bx_err *e)
{
    const struct bx_mapping *map = r->rules->map;
    struct bx_json_path list = map->each;
    struct bx_slice value;
    struct bx_finding f = r->f;
    if (!read_head(r, whole, image, e))
        return false;
    f.self = r;
    f.found = read_columns;
    if (map->columns) {
        if (!bx_find_one(&r->f, &map->each, whole, &value, e))
            return false;
        if (value.p)
            return read_columns(r, value, value, e);
    } else {
        /* Without its last [] it is a list that must be there. */
        static const struct bx_step each = {.kind = BX_STEP_EACH};
        const struct bx_json_path rows = {map->each.text, &each, 1};
        if (list.n && list.at[list.n - 1].kind == BX_STEP_EACH)
            list.n--;
        bool many = false;
        for (size_t i = 0; i < list.n; i++)
            many |= list.at[i].kind == BX_STEP_EACH;
        f.found = read_row;
        if (many) { /* a list in each of a list */
            list = map->each;
            return bx_find(&f, &list, whole, e);
        }
        if (!bx_find_one(&r->f, &list, whole, &value, e))
            return false;
        if (value.p)
            return bx_find(&f, &rows, value, e);
    }
    if (map->empty_ok)
        return true;
    BX_CLEANUP_BUF struct bx_buf words = {0};
    bx_body_words(whole.p, whole.n, map, &words);
    if (words.n)
        return bx_fail(e, BX_DATA, "the server says: %.300s", words.p);
    return bx_fail(e, BX_DATA, "the answer has no '%s'", map->each.text);
}

bool bx_body_read(const char *p, size_t n, const struct bx_body_rules *rules, size_t image, struct bx_names *names, struct bx_body *out,
                  struct bx_arena *a, struct bx_err *e)
{
    struct bx_err none = {0};
    *out = (struct bx_body){.own_ns = -1};
    *e = none;
    struct reading r = {.rules = rules, .names = names, .out = out, .a = a, .f = {.answer = p, .end = p + n}};
    struct bx_slice whole = {0};
    struct bx_json q;
    take_names(&r);
    bx_json_init(&q, "answer", p, n, BX_JSON_ALLOW_NAN, e); /* all of it is JSON, and nothing follows */
    bool ok = bx_json_raw(&q, &whole);
    ok = bx_json_end(&q) && ok && read_all(&r, whole, image, e);
    struct bx_judging j = {
        .testset = rules->testset, .geometries = rules->geometries, .at = r.at, .masks = r.masks, .n = r.n, .w = out->w, .h = out->h};
    ok = ok && bx_judge(&j, image, a, e);
    out->reframed = j.reframed;
    out->n = ok ? r.n : 0;
    out->at = bx_memdup(a, out->n ? (const void *)r.at : "", out->n * sizeof *r.at);
    free(r.at);
    free(r.masks);
    free(r.numbers);
    bx_buf_free(&r.text);
    return ok;
}

void bx_body_words(const char *p, size_t n, const struct bx_mapping *map, struct bx_buf *out)
{
    struct bx_finding f = {.answer = p, .end = p + n};
    struct bx_slice whole = {0}, value, s;
    struct bx_err ignored = {0};
    struct bx_json q;
    bx_json_init(&q, "answer", p, n, BX_JSON_ALLOW_NAN, &ignored);
    bool ok = bx_json_raw(&q, &whole);
    ok = bx_json_end(&q) && ok;
    for (size_t i = 0; ok && i < map->nerror; i++) {
        if (!bx_find_one(&f, &map->error[i], whole, &value, &ignored) || !value.p)
            continue;
        bx_find_begin(&f, value, &q, &ignored);
        bool text = bx_json_peek(&q) == BX_JSON_STRING && bx_json_string(&q, &s) && s.n;
        if (text)
            bx_buf_add(out, s.p, s.n);
        bx_json_release(&q);
        if (text)
            return;
    }
}
