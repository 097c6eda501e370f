/* tiles.c: the names of tiles, and what several of them saw of one object. */
#include "core/data/tiles.h"
#include "core/data/polygon.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A whole number that ends at `*end`; *end moves to where it begins. */
static bool digits_before(const char *begin, const char **end, double *v)
{
    const char *p = *end;
    while (p > begin && p[-1] >= '0' && p[-1] <= '9')
        p--;
    size_t n = (size_t)(*end - p);
    *v = 0;
    for (size_t i = 0; i < n; i++)
        *v = *v * 10 + (p[i] - '0');
    *end = p;
    return n > 0 && n <= 9;
}

static bool mark_before(const char *begin, const char **end, size_t n)
{
    if ((size_t)(*end - begin) < n || memcmp(*end - n, "___", n) != 0)
        return false;
    *end -= n;
    return true;
}

static bool parse(const char *begin, const char *end, struct bx_slice *image, struct bx_tile *t)
{
    double scale;
    if (!digits_before(begin, &end, &t->y) || !mark_before(begin, &end, 3) || !digits_before(begin, &end, &t->x) ||
        !mark_before(begin, &end, 2))
        return false;
    const char *stop = end, *after;
    while (end > begin && end[-1] != '_')
        end--;
    if (end == stop || !bx_number_parse(end, stop, &scale, &after) || after != stop || !mark_before(begin, &end, 2) || end == begin ||
        end[-1] == '/' || end[-1] == '\\')
        return false;
    *image = (struct bx_slice){begin, (size_t)(end - begin)};
    t->scale = scale > 0 && scale <= BX_TILE_SCALE ? scale : scale >= BX_TILE_WINDOW && scale <= 1e6 && scale == floor(scale) ? 1 : 0;
    return true;
}

bool bx_tile_name(struct bx_slice name, struct bx_slice *image, struct bx_tile *t)
{
    const char *end = name.p + name.n, *dot = end;
    if (!name.n || !memmem(name.p, name.n, "___", 3))
        return false;
    if (parse(name.p, end, image, t))
        return true;
    while (dot > name.p && dot[-1] != '.' && dot[-1] != '_')
        dot--;
    return dot > name.p && dot[-1] == '.' && parse(name.p, dot - 1, image, t);
}

void bx_tile_points(const struct bx_tile *t, double *xy, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        xy[2 * i] = (xy[2 * i] + t->x) / t->scale;
        xy[2 * i + 1] = (xy[2 * i + 1] + t->y) / t->scale;
    }
}

void bx_tile_box(const struct bx_tile *t, double box[4])
{
    bx_tile_points(t, box, 1);
    box[2] /= t->scale;
    box[3] /= t->scale;
}

struct ranked {
    uint32_t name, index;
    double score, hull[4]; /* x1 y1 x2 y2 */
};

static int by_class_and_score(const void *pa, const void *pb)
{
    const struct ranked *a = pa, *b = pb;
    if (a->name != b->name)
        return a->name < b->name ? -1 : 1;
    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static bool same_object(const struct bx_detections *d, enum bx_geometry g, const struct ranked *a, const struct ranked *b)
{
    const double one = g == BX_GEOM_OBB ? 0 : 1, *p = a->hull, *q = b->hull;
    double w = fmin(p[2], q[2]) - fmax(p[0], q[0]) + one, h = fmin(p[3], q[3]) - fmax(p[1], q[1]) + one;
    if (!(w > 0 && h > 0))
        return false;
    if (g != BX_GEOM_OBB) {
        double inner = w * h;
        return inner / ((p[2] - p[0] + 1) * (p[3] - p[1] + 1) + (q[2] - q[0] + 1) * (q[3] - q[1] + 1) - inner) > 0.3;
    }
    const double *x = d->obb + 8 * (size_t)a->index, *y = d->obb + 8 * (size_t)b->index;
    double inner = bx_quad_intersection(x, y);
    return inner > 0.1 * (bx_quad_covered(x) + bx_quad_covered(y) - inner);
}

/* Detections [first, end) of one image; gone[i - first]: another stays for it. */
static bool merge_image(const struct bx_detections *d, size_t first, size_t end, enum bx_geometry g, struct ranked *list, bool *gone,
                        struct bx_err *e)
{
    size_t n = end - first;
    for (size_t i = 0; i < n; i++) {
        const double *b = d->box + 4 * (first + i);
        list[i] = (struct ranked){d->name[first + i], (uint32_t)(first + i), d->score[first + i], {b[0], b[1], b[0] + b[2], b[1] + b[3]}};
        if (g == BX_GEOM_OBB) {
            double hull[4];
            bx_quad_hull(d->obb + 8 * (first + i), hull);
            memcpy(list[i].hull, (double[4]){hull[0], hull[1], hull[0] + hull[2], hull[1] + hull[3]}, sizeof hull);
        }
    }
    qsort(list, n, sizeof *list, by_class_and_score);
    for (size_t from = 0, to; from < n; from = to) {
        size_t kept = 0; /* those that stay come to stand in front, in order */
        for (to = from; to < n && list[to].name == list[from].name; to++)
            ;
        if (to - from > BX_TILES_MOST)
            return bx_fail(e, BX_DATA, "found %zu detections of '%s' on the tiles of one image, expected at most %d", to - from,
                           d->names[list[from].name], BX_TILES_MOST);
        for (size_t i = from; i < to; i++) {
            bool same = false;
            for (size_t k = from; k < from + kept && !same; k++)
                same = same_object(d, g, &list[k], &list[i]);
            gone[list[i].index - first] = same;
            if (!same)
                list[from + kept++] = list[i];
        }
    }
    return true;
}

static void keep_row(struct bx_detections *d, size_t to, size_t from)
{
    d->name[to] = d->name[from];
    d->score[to] = d->score[from];
    memmove(d->box + 4 * to, d->box + 4 * from, 4 * sizeof *d->box);
    if (d->obb)
        memmove(d->obb + 8 * to, d->obb + 8 * from, 8 * sizeof *d->obb);
    if (d->mask)
        d->mask[to] = d->mask[from];
    if (d->mask_text)
        d->mask_text[to] = d->mask_text[from];
    if (d->box_given)
        d->box_given[to] = d->box_given[from];
}

bool bx_tiles_merge(struct bx_detections *d, const bool *tiled, enum bx_geometry g, size_t *merged, struct bx_err *e)
{
    size_t most = 0, kept = 0, first = 0;
    bool ok = true;
    *merged = 0;
    for (size_t i = 0; i < d->nimages; i++)
        if (tiled[i] && d->image_begin[i + 1] - d->image_begin[i] > most)
            most = d->image_begin[i + 1] - d->image_begin[i];
    struct ranked *list = bx_xrealloc(NULL, most + 1, sizeof *list);
    bool *gone = bx_xrealloc(NULL, most + 1, sizeof *gone);
    for (size_t i = 0; i < d->nimages; i++) {
        size_t end = d->image_begin[i + 1];
        ok = !tiled[i] || merge_image(d, first, end, g, list, gone, e);
        if (!ok)
            break;
        d->image_begin[i] = kept;
        for (size_t k = first; k < end; k++)
            if (!tiled[i] || !gone[k - first])
                keep_row(d, kept++, k);
        first = end;
    }
    free(list);
    free(gone);
    if (!ok)
        return false;
    *merged = d->n - kept;
    d->n = d->image_begin[d->nimages] = kept;
    return true;
}
