/*
 * detect.c: image → scored detections.
 */
#include "runner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Work on at most so many pixels: a photo of 40 megapixels must not take a minute. */
#define MOST_PIXELS 2.0e6

struct work {
    const struct settings *s;
    const struct image *image; /* as worked on */
    double scale_x, scale_y;   /* worked on / original */
    int full_w, full_h;
    const float *distance; /* from the ground; NULL when the method knows none */
    double limit;          /* distances below it are ground */
    double noise;
    struct detections out;
};

static const float *pixel(const struct image *im, int x, int y)
{
    x = x < 0 ? 0 : x >= im->w ? im->w - 1 : x;
    y = y < 0 ? 0 : y >= im->h ? im->h - 1 : y;
    return im->rgb + ((size_t)y * (size_t)im->w + (size_t)x) * 3;
}

static double apart(const double a[3], const double b[3])
{
    return hypot(hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
}

/* The mean colour just outside an outline, 1.5 pixels from it. */
static void around(const struct work *w, const struct outline *o, double mean[3])
{
    double n = 0;
    mean[0] = mean[1] = mean[2] = 0;
    for (int i = 0; i < o->n; i++) {
        struct point a = o->p[i], b = o->p[(i + 1) % o->n];
        int length = (int)(fabs(b.x - a.x) + fabs(b.y - a.y)), dx = (b.x > a.x) - (b.x < a.x), dy = (b.y > a.y) - (b.y < a.y);
        for (int k = 0; k < length; k++) {
            const float *p = pixel(w->image, (int)floor(a.x + dx * (k + 0.5) + 1.5 * dy), (int)floor(a.y + dy * (k + 0.5) - 1.5 * dx));
            for (int c = 0; c < 3; c++)
                mean[c] += (double)p[c];
            n++;
        }
    }
    for (int c = 0; c < 3; c++)
        mean[c] /= fmax(n, 1);
}

/* Collect the pixels of the hole (or of the outside) that `start` belongs to, as indices in a grid with a border of one; returns how many.
 */
static size_t flood(const struct region *r, int32_t start, uint8_t *seen, int32_t *pixels)
{
    static const int step[4][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    int gw = r->w + 2;
    size_t n = 0, done = 0;
    seen[start] = 1;
    pixels[n++] = start;
    while (done < n) {
        int32_t i = pixels[done++];
        int x = i % gw - 1, y = i / gw - 1;
        for (int k = 0; k < 4; k++) {
            int u = x + step[k][0], v = y + step[k][1];
            if (u < -1 || v < -1 || u > r->w || v > r->h)
                continue;
            int32_t j = (v + 1) * gw + u + 1;
            bool solid = u >= 0 && v >= 0 && u < r->w && v < r->h && r->mask[(size_t)v * (size_t)r->w + (size_t)u];
            if (!seen[j] && !solid) {
                seen[j] = 1;
                pixels[n++] = j;
            }
        }
    }
    return n;
}

/* Fill the holes through which one does not see what is behind the region: something lies on top there. With all: every hole. */
static void fill_holes(const struct work *w, struct region *r, const double inside[3], double away, bool all)
{
    int gw = r->w + 2, gh = r->h + 2;
    size_t n = (size_t)gw * (size_t)gh;
    uint8_t *seen = make(n, 1);
    int32_t *hole = make(n, sizeof *hole);
    double outside[3];
    bool looked = false;
    flood(r, 0, seen, hole);
    for (int32_t start = 0; start < (int32_t)n; start++) {
        int sx = start % gw - 1, sy = start / gw - 1;
        if (seen[start] || r->mask[(size_t)sy * (size_t)r->w + (size_t)sx])
            continue;
        size_t pixels = flood(r, start, seen, hole);
        double mean[3] = {0}, distance = 0;
        for (size_t i = 0; i < pixels; i++) {
            size_t at = (size_t)(hole[i] / gw - 1 + r->y) * (size_t)w->image->w + (size_t)(hole[i] % gw - 1 + r->x);
            for (size_t c = 0; c < 3; c++)
                mean[c] += (double)w->image->rgb[3 * at + c] / (double)pixels;
            distance += w->distance ? (double)w->distance[at] / (double)pixels : away;
        }
        if (!looked) {
            struct outline o = outline_trace(r);
            around(w, &o, outside);
            free(o.p);
            looked = true;
        }
        bool through = distance < fmax(w->limit, 0.5 * away) || apart(mean, outside) < 0.6 * apart(mean, inside);
        if (through && !all)
            continue;
        for (size_t i = 0; i < pixels; i++)
            r->mask[(size_t)(hole[i] / gw - 1) * (size_t)r->w + (size_t)(hole[i] % gw - 1)] = 1;
        r->area += (long)pixels;
    }
    free(seen);
    free(hole);
}

/* The part of the outline across which the colour really changes; *step: by how much on average. */
static double edge_support(const struct work *w, const struct outline *o, double *step)
{
    double limit = fmax(9, 3.5 * w->noise), good = 0, all = 0, sum = 0;
    for (int i = 0; i < o->n; i++) {
        struct point a = o->p[i], b = o->p[(i + 1) % o->n];
        int length = (int)(fabs(b.x - a.x) + fabs(b.y - a.y)), dx = (b.x > a.x) - (b.x < a.x), dy = (b.y > a.y) - (b.y < a.y);
        for (int k = 0; k < length; k++) {
            /* the pixels to the right (inside) and the left of this step; one further out each, as edges are soft */
            double mx = a.x + dx * (k + 0.5), my = a.y + dy * (k + 0.5);
            const float *in = pixel(w->image, (int)floor(mx - 1.5 * dy), (int)floor(my + 1.5 * dx));
            const float *out = pixel(w->image, (int)floor(mx + 1.5 * dy), (int)floor(my - 1.5 * dx));
            double d = hypot(hypot((double)(in[0] - out[0]), (double)(in[1] - out[1])), (double)(in[2] - out[2]));
            good += fmin(1, d / (2 * limit));
            sum += d;
            all++;
        }
    }
    *step = all > 0 ? sum / all : 0;
    return all > 0 ? good / all : 0;
}

/* The mask at full size as runs, column by column, beginning with what is not it. */
static void full_runs(const struct work *w, const struct region *r, struct detection *d)
{
    size_t room = 64;
    uint32_t *runs = make(room, sizeof *runs), run = 0;
    uint8_t value = 0;
    size_t n = 0;
    for (int x = 0; x < w->full_w; x++)
        for (int y = 0; y < w->full_h; y++) {
            int u = (int)((x + 0.5) * w->scale_x) - r->x, v = (int)((y + 0.5) * w->scale_y) - r->y;
            uint8_t in = u >= 0 && v >= 0 && u < r->w && v < r->h && r->mask[(size_t)v * (size_t)r->w + (size_t)u];
            if (in != value) {
                if (n + 2 > room) {
                    uint32_t *more = make(room * 2, sizeof *more);
                    memcpy(more, runs, sizeof *runs * n);
                    free(runs);
                    runs = more, room *= 2;
                }
                runs[n++] = run;
                run = 0, value = in;
            }
            run++;
        }
    runs[n++] = run;
    d->runs = runs, d->nruns = n;
}

static void remember(struct detections *all, const struct detection *d)
{
    if (all->n == all->room) {
        size_t room = all->room ? all->room * 2 : 32;
        struct detection *more = make(room, sizeof *more);
        if (all->n)
            memcpy(more, all->all, sizeof *more * all->n);
        free(all->all);
        all->all = more, all->room = room;
    }
    all->all[all->n++] = *d;
}

static void add_shape(struct work *w, const struct region *r, const struct description *d, struct detection *out)
{
    const struct settings *s = w->s;
    if (s->task == TASK_OBB) {
        oriented_rectangle(d, out->class, out->obb);
        for (int k = 0; k < 4; k++)
            out->obb[k].x /= w->scale_x, out->obb[k].y /= w->scale_y;
    }
    if (s->task == TASK_SEGMENT && d->holes > 0)
        full_runs(w, r, out);
    else if (s->task == TASK_SEGMENT) {
        out->outline = outline_trace(r);
        out->outline.n = straighten(out->outline.p, out->outline.n, 0.7);
        for (int i = 0; i < out->outline.n; i++)
            out->outline.p[i].x /= w->scale_x, out->outline.p[i].y /= w->scale_y;
    }
}

/* A region's mean colour, how much its colours differ among themselves, and on average from the ground. */
static void colours(const struct work *w, const struct region *r, double mean[3], double *spread, double *away)
{
    double square = 0, n = (double)r->area;
    mean[0] = mean[1] = mean[2] = 0;
    *away = 0;
    for (int y = 0; y < r->h; y++)
        for (int x = 0; x < r->w; x++) {
            if (!r->mask[(size_t)y * (size_t)r->w + (size_t)x])
                continue;
            size_t i = (size_t)(y + r->y) * (size_t)w->image->w + (size_t)(x + r->x);
            *away += w->distance ? (double)w->distance[i] : w->limit;
            for (size_t c = 0; c < 3; c++) {
                double v = (double)w->image->rgb[3 * i + c];
                mean[c] += v, square += v * v;
            }
        }
    *away /= n;
    *spread = square / n;
    for (int c = 0; c < 3; c++) {
        mean[c] /= n;
        *spread -= mean[c] * mean[c];
    }
    *spread = sqrt(fmax(*spread, 0));
}

static void measure(const struct work *w, const struct description *d, const struct verdict *v, double support, double unevenness,
                    struct detection *out)
{
    double side = sqrt((out->box[2] - out->box[0]) * (out->box[3] - out->box[1]));
    out->features[0] = -log(1.03 - v->fit);
    out->features[1] = v->margin;
    out->features[2] = support;
    out->features[3] = fmin(1, log2(side / 4) / 4);
    out->features[4] = d->border;
    out->features[5] = unevenness;
    out->features[6] = out->features[0] * out->features[3];
    out->score = score_of(out->features, w->s->classifier, out->class);
}

static void consider(void *context, const struct region *found)
{
    struct work *w = context;
    const struct settings *s = w->s;
    if (found->w < s->min_size * w->scale_x || found->h < s->min_size * w->scale_y ||
        (double)found->area > 0.72 * w->image->w * w->image->h)
        return;
    struct region r = *found;
    r.mask = make((size_t)r.w * (size_t)r.h, 1);
    memcpy(r.mask, found->mask, (size_t)r.w * (size_t)r.h);
    double mean[3], spread, away;
    colours(w, &r, mean, &spread, &away);
    if (away > w->limit * 0.8) { /* otherwise it is ground itself */
        fill_holes(w, &r, mean, away, s->fill_holes);
        struct description d = describe(&r, w->image->w, w->image->h);
        double step, support = edge_support(w, &d.outer, &step);
        struct verdict v = {.class = NONE};
        if (support > 0.3 && d.border < 0.5 && d.area > 0.3 * d.hull_area)
            v = classify(&r, &d, s->classifier);
        if (v.class != NONE) {
            struct detection out = {.class = v.class,
                                    .box = {r.x / w->scale_x, r.y / w->scale_y, (r.x + r.w) / w->scale_x, (r.y + r.h) / w->scale_y}};
            measure(w, &d, &v, support, fmin(2, spread / (step + 2)), &out);
            if (out.score >= s->min_score) {
                add_shape(w, &r, &d, &out);
                remember(&w->out, &out);
            }
        }
        description_release(&d);
    }
    free(r.mask);
}

static double box_area(const double b[4])
{
    return (b[2] - b[0]) * (b[3] - b[1]);
}

static double shared(const double a[4], const double b[4])
{
    double w = fmin(a[2], b[2]) - fmax(a[0], b[0]), h = fmin(a[3], b[3]) - fmax(a[1], b[1]);
    return w > 0 && h > 0 ? w * h : 0;
}

static int by_score(const void *a, const void *b)
{
    const struct detection *p = a, *q = b;
    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    for (int k = 0; k < 4; k++)
        if (p->box[k] != q->box[k])
            return p->box[k] < q->box[k] ? -1 : 1;
    return (int)p->class - (int)q->class;
}

static void release_one(struct detection *d)
{
    free(d->outline.p);
    free(d->runs);
}

/* What one sees through a ring looks like a disc. */
static bool is_hole(const struct detections *all, size_t i)
{
    const double *b = all->all[i].box;
    for (size_t k = 0; k < all->n; k++) {
        const struct detection *o = &all->all[k];
        double w = o->box[2] - o->box[0], h = o->box[3] - o->box[1];
        if (o->class == RING && k != i && o->score > 0.2 && o->score > 0.5 * all->all[i].score &&
            fabs(b[0] + b[2] - o->box[0] - o->box[2]) < 0.2 * w && fabs(b[1] + b[3] - o->box[1] - o->box[3]) < 0.2 * h &&
            b[2] - b[0] < 0.8 * w && b[3] - b[1] < 0.8 * h && b[2] - b[0] > 0.25 * w && b[3] - b[1] > 0.25 * h)
            return true;
    }
    return false;
}

/* Of those that overlap by more than half, whatever their class, the best stays. */
static void suppress(struct detections *all)
{
    if (all->n)
        qsort(all->all, all->n, sizeof *all->all, by_score);
    size_t kept = 0;
    for (size_t i = 0; i < all->n; i++) {
        struct detection d = all->all[i];
        bool keep = !is_hole(all, i);
        for (size_t k = 0; k < kept && keep; k++) {
            double both = shared(d.box, all->all[k].box);
            keep = both <= 0.5 * (box_area(d.box) + box_area(all->all[k].box) - both);
        }
        if (keep)
            all->all[kept++] = d;
        else
            release_one(&d);
    }
    all->n = kept;
}

/* One look at the image, resized. */
static void look(const struct picture *original, const struct settings *s, double scale, struct detections *all)
{
    double pixels = (double)original->w * original->h * scale * scale;
    if (pixels > MOST_PIXELS)
        scale *= sqrt(MOST_PIXELS / pixels);
    int sw = (int)lround(original->w * scale), sh = (int)lround(original->h * scale);
    struct image im = image_resize(original, sw < 1 ? 1 : sw, sh < 1 ? 1 : sh);
    image_smooth(&im, s->smooth);
    struct work w = {.s = s, .image = &im, .limit = 1, .full_w = original->w, .full_h = original->h, .out = *all};
    w.scale_x = (double)im.w / original->w, w.scale_y = (double)im.h / original->h;
    w.noise = (double)noise_level(&im);
    struct ground g = {0};
    if (s->method != METHOD_THRESHOLD) {
        g = ground_fit(&im);
        w.distance = g.distance;
        w.limit = fmax(10, 0.7 * s->sensitivity * (double)g.spread);
    }
    long least = lround(s->min_size * s->min_size * w.scale_x * w.scale_y * 0.3);
    segment(&im, &g, s, least < 4 ? 4 : least, consider, &w);
    *all = w.out;
    ground_release(&g);
    image_release(&im);
}

struct detections detect(const struct picture *original, const struct settings *s)
{
    struct detections all = {0};
    double scale = s->scale;
    for (int level = 0; level < s->levels; level++, scale /= 2)
        look(original, s, scale, &all);
    suppress(&all);
    return all;
}

void detections_release(struct detections *d)
{
    for (size_t i = 0; i < d->n; i++)
        release_one(&d->all[i]);
    free(d->all);
    *d = (struct detections){0};
}
