/* read.c: one detection of any format; images, classes, words. */
#include "core/dump/read.h"
#include "core/base/file.h"
#include "core/data/results_names.h"
#include "core/data/segmentation.h"
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool bx_dump_fail(struct bx_dump_reading *r, const struct bx_dump_place *where, const char *fmt, ...)
{
    char text[400];
    size_t line = where->line, column = 0;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (!where->json)
        return bx_fail(r->e, BX_DATA, "%.300s:%zu: %s", where->name, line, text);
    bx_json_place(where->json, where->at, &line, &column);
    return bx_fail(r->e, BX_DATA, "%.300s:%zu:%zu: %s", where->name, line, column, text);
}

bool bx_dump_image(struct bx_dump_reading *r, struct bx_slice who, struct bx_dump_detection *d)
{
    struct bx_results_said *s = &r->said;
    struct bx_slice whole;
    r->elements++;
    r->tile_name.n = 0;
    d->image = bx_join_key(&r->join, who, &d->rule);
    if (d->image == BX_NO_INDEX && bx_tile_name(who, &whole, &r->tile)) {
        d->image = bx_join_key(&r->join, whole, &d->rule);
        r->tile_name = who;
    }
    if (d->image != BX_NO_INDEX)
        return true;
    s->joined[BX_JOIN_NONE]++;
    if (s->nexamples == BX_SAID_EXAMPLES)
        return false;
    const char *example = bx_strndup(r->a, who.p, who.n < 200 ? who.n : 200);
    for (size_t i = 0; i < s->nexamples; i++)
        if (!strcmp(s->example[i], example))
            return false;
    s->example[s->nexamples++] = example;
    return false;
}

bool bx_dump_size(struct bx_dump_reading *r, size_t image, const struct bx_dump_place *where, double *w, double *h)
{
    if (r->tile_name.n)
        return bx_dump_fail(r, where,
                            "found the tile '%.*s' and coordinates that are parts of its size, which nobody says; expected pixels",
                            (int)(r->tile_name.n < 200 ? r->tile_name.n : 200), r->tile_name.p);
    *w = r->t->image_w[image];
    *h = r->t->image_h[image];
    return (*w > 0 && *h > 0) ||
           bx_dump_fail(r, where, "found parts of the image '%s', whose width and height are not known", r->t->image_file[image]);
}

static bool left_out(struct bx_dump_reading *r, const char *what)
{
    if (!r->said.shapeless++) {
        r->said.shape = what;
        r->said.first_shapeless = r->elements - 1;
    }
    return true;
}

static bool draw(struct bx_dump_reading *r, const struct bx_dump_detection *d, const struct bx_dump_place *where, struct bx_rle *mask)
{
    uint32_t h = r->t->image_h[d->image], w = r->t->image_w[d->image];
    if (!h || !w)
        return bx_dump_fail(r, where, "found a polygon on the image '%s', whose width and height are not known",
                            r->t->image_file[d->image]);
    for (size_t i = 0; i < 2 * d->noutline; i++)
        if (fabs(d->outline[i]) > 2.0 * (w > h ? w : h))
            return bx_dump_fail(r, where, "found the coordinate %g, far outside the image of %u x %u", d->outline[i], w, h);
    if (bx_rle_polygon_crossings(d->outline, d->noutline, w) > bx_segmentation_bound(h, w))
        return bx_dump_fail(r, where, "found an outline that passes too often through a column of pixels");
    *mask = bx_rle_from_polygon(d->outline, d->noutline, h, w, r->a);
    return true;
}

bool bx_dump_tile_fits(const struct bx_testset *t, size_t image, struct bx_slice name, const struct bx_tile *tile, struct bx_err *e)
{
    const double w = t->image_w[image], h = t->image_h[image];
    const int n = (int)(name.n < 200 ? name.n : 200);
    if (tile->scale == 0)
        return bx_fail(e, BX_DATA,
                       "found the tile '%.*s', expected a scale above 0 and up to %d, or a window's width from %d, before its place", n,
                       name.p, BX_TILE_SCALE, BX_TILE_WINDOW);
    if ((w > 0 && tile->x / tile->scale >= w) || (h > 0 && tile->y / tile->scale >= h))
        return bx_fail(e, BX_DATA, "found the tile '%.*s', which begins outside the image '%s' of %g x %g", n, name.p, t->image_file[image],
                       w, h);
    return true;
}

/* From the tile to the image. */
static bool put_back(struct bx_dump_reading *r, struct bx_dump_detection *d, const struct bx_dump_place *where)
{
    struct bx_err why;
    if (!bx_dump_tile_fits(r->t, d->image, r->tile_name, &r->tile, &why))
        return bx_dump_fail(r, where, "%s", why.text);
    if (d->has_box)
        bx_tile_box(&r->tile, d->box);
    if (d->has_corners)
        bx_tile_points(&r->tile, d->corners, 4);
    return true;
}

bool bx_dump_add(struct bx_dump_reading *r, const struct bx_dump_detection *read, const struct bx_dump_place *where)
{
    struct bx_dump_detection own = *read, *d = &own;
    struct bx_rle mask = {0};
    enum bx_geometry g = r->o->geometry;
    struct bx_detection one = {.name = d->name, .score = d->score, .box_given = d->has_box};
    if (!isfinite(d->score))
        return bx_dump_fail(r, where, "found the confidence %g, expected a finite number", d->score);
    if (r->tile_name.n && !put_back(r, d, where))
        return false;
    if (d->has_box && !(d->box[2] >= 0 && d->box[3] >= 0))
        return left_out(r, "a box of a size that is not negative");
    if (g == BX_GEOM_OBB && !d->has_corners)
        return left_out(r, "four corners");
    if (g == BX_GEOM_MASK && d->noutline < 3)
        return left_out(r, "a mask");
    if (g == BX_GEOM_MASK) {
        if (!draw(r, d, where, &mask))
            return false;
        one.mask = &mask;
    }
    if (g == BX_GEOM_OBB)
        one.obb = d->corners;
    if (d->has_box)
        memcpy(one.box, d->box, sizeof one.box);
    else if (d->has_corners)
        bx_points_box(d->corners, 4, one.box);
    else if (d->noutline)
        bx_points_box(d->outline, d->noutline, one.box);
    else
        return left_out(r, "a box");
    if (r->tile_name.n) {
        r->tiled = r->tiled ? r->tiled : BX_NEW(r->a, bool, r->t->nimages);
        r->tiled[d->image] = true;
        r->said.tiled++;
    }
    r->said.joined[d->rule]++;
    bx_detections_builder_add(r->b, d->image, &one);
    return true;
}

uint32_t bx_dump_class(struct bx_dump_reading *r, struct bx_slice name)
{
    name = bx_name_shown(name);
    return bx_detections_builder_name(r->b, name.p, name.n);
}

uint32_t bx_dump_class_number(struct bx_dump_reading *r, int64_t number)
{
    const struct bx_results_options *o = r->o;
    char text[32];
    int n = snprintf(text, sizeof text, "%lld", (long long)number);
    for (size_t i = 0; i < o->ncategories; i++)
        if (!strcmp(o->categories[i].from, text) && o->categories[i].to)
            return bx_detections_builder_name(r->b, o->categories[i].to, strlen(o->categories[i].to));
    if (!o->categories && number >= 0 && (uint64_t)number < r->t->nclasses) {
        r->said.own_order = r->t->own_classes;
        return bx_detections_builder_name(r->b, r->t->class_name[number], strlen(r->t->class_name[number]));
    }
    n = snprintf(text, sizeof text, "category %lld", (long long)number);
    return bx_detections_builder_name(r->b, text, (size_t)n);
}

uint32_t bx_dump_class_like(struct bx_dump_reading *r, struct bx_slice name)
{
    for (size_t i = 0; i < r->t->nclasses; i++)
        if (bx_slice_is(name, r->t->class_name[i]))
            return bx_dump_class(r, name);
    size_t like = bx_name_alike(name, r->t->class_name, r->t->nclasses);
    return like != SIZE_MAX ? bx_detections_builder_name(r->b, r->t->class_name[like], strlen(r->t->class_name[like]))
                            : bx_dump_class(r, name);
}

struct bx_slice bx_dump_keep(struct bx_dump_reading *r, struct bx_slice s)
{
    return (struct bx_slice){bx_memdup(r->a, s.p, s.n), s.n};
}

bool bx_dump_line(const char **p, const char *end, struct bx_slice *line)
{
    if (*p >= end)
        return false;
    const char *stop = memchr(*p, '\n', (size_t)(end - *p));
    line->p = *p;
    line->n = (size_t)((stop ? stop : end) - *p);
    *p = stop ? stop + 1 : end;
    if (line->n && line->p[line->n - 1] == '\r')
        line->n--;
    return true;
}

size_t bx_dump_words(struct bx_slice line, struct bx_slice *words, size_t most)
{
    size_t n = 0;
    for (size_t i = 0; i < line.n;) {
        size_t begin = i;
        while (i < line.n && line.p[i] != ' ' && line.p[i] != '\t')
            i++;
        if (i > begin) {
            if (n < most)
                words[n] = (struct bx_slice){line.p + begin, i - begin};
            n++;
        } else
            i++;
    }
    return n;
}

bool bx_dump_number(struct bx_slice word, double *out)
{
    const char *after;
    return word.n && bx_number_parse(word.p, word.p + word.n, out, &after) && after == word.p + word.n && isfinite(*out);
}

bool bx_dump_whole(struct bx_slice word, int64_t *out)
{
    double v;
    if (!bx_dump_number(word, &v) || v != floor(v) || fabs(v) > 1e15)
        return false;
    *out = (int64_t)v;
    return true;
}

struct bx_slice bx_dump_called(const char *name, const char *before)
{
    const char *base = bx_path_base(name);
    size_t n = strlen(base), m = strlen(before);
    if (n <= m + 4 || strncmp(base, before, m) != 0 || strcmp(base + n - 4, ".txt") != 0)
        return (struct bx_slice){base, 0};
    return (struct bx_slice){base + m, n - m - 4};
}
