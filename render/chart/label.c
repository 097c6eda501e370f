/* label.c: greedy placement of labels around marks. */
#include "render/chart/label.h"
#include "core/base/arena.h"
#include <math.h>
#include <stdlib.h>

void bx_taken_free(struct bx_taken *p)
{
    free(p->labels);
    free(p->marks);
    free(p->lines);
    free(p->blocks);
    *p = (struct bx_taken){.frame = p->frame};
}

void bx_taken_label(struct bx_taken *p, struct bx_rect r)
{
    p->labels = bx_grow(p->labels, &p->caplabels, p->nlabels + 1, sizeof *p->labels);
    p->labels[p->nlabels++] = r;
}

void bx_taken_mark(struct bx_taken *p, struct bx_rect r)
{
    p->marks = bx_grow(p->marks, &p->capmarks, p->nmarks + 1, sizeof *p->marks);
    p->marks[p->nmarks++] = r;
}

void bx_taken_line(struct bx_taken *p, double x0, double y0, double x1, double y1)
{
    p->lines = bx_grow(p->lines, &p->caplines, p->nlines + 1, sizeof *p->lines);
    if (p->nlines % BX_LINE_BLOCK == 0) {
        p->blocks = bx_grow(p->blocks, &p->capblocks, p->nblocks + 1, sizeof *p->blocks);
        p->blocks[p->nblocks++] = (struct bx_rect){INFINITY, INFINITY, -INFINITY, -INFINITY};
    }
    p->lines[p->nlines++] = (struct bx_segment){x0, y0, x1, y1};
    struct bx_rect *b = &p->blocks[p->nblocks - 1];
    *b = (struct bx_rect){fmin(b->x0, fmin(x0, x1)), fmin(b->y0, fmin(y0, y1)), fmax(b->x1, fmax(x0, x1)), fmax(b->y1, fmax(y0, y1))};
}

bool bx_rect_meets(struct bx_rect a, struct bx_rect b)
{
    return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1;
}

double bx_rect_common(struct bx_rect a, struct bx_rect b)
{
    double w = fmin(a.x1, b.x1) - fmax(a.x0, b.x0), h = fmin(a.y1, b.y1) - fmax(a.y0, b.y0);
    return w > 0 && h > 0 ? w * h : 0;
}

/* Liang-Barsky: the part t0..t1 of the segment inside the box. */
double bx_rect_length_inside(struct bx_rect r, struct bx_segment s)
{
    if ((s.x0 < r.x0 && s.x1 < r.x0) || (s.x0 > r.x1 && s.x1 > r.x1) || (s.y0 < r.y0 && s.y1 < r.y0) || (s.y0 > r.y1 && s.y1 > r.y1))
        return 0;
    double dx = s.x1 - s.x0, dy = s.y1 - s.y0, t0 = 0, t1 = 1;
    const double p[] = {-dx, dx, -dy, dy}, q[] = {s.x0 - r.x0, r.x1 - s.x0, s.y0 - r.y0, r.y1 - s.y0};
    for (int i = 0; i < 4; i++) {
        if (p[i] == 0) {
            if (q[i] < 0)
                return 0;
            continue;
        }
        double t = q[i] / p[i];
        if (p[i] < 0)
            t0 = fmax(t0, t);
        else
            t1 = fmin(t1, t);
    }
    return t1 > t0 ? (t1 - t0) * hypot(dx, dy) : 0;
}

static double square(double v)
{
    return v * v;
}

static double corner_away2(double x, double y, struct bx_segment s)
{
    double dx = s.x1 - s.x0, dy = s.y1 - s.y0, length2 = dx * dx + dy * dy;
    double t = length2 > 0 ? fmin(1, fmax(0, ((x - s.x0) * dx + (y - s.y0) * dy) / length2)) : 0;
    return square(s.x0 + t * dx - x) + square(s.y0 + t * dy - y);
}

static double end_away2(struct bx_rect r, double x, double y)
{
    double nx, ny;
    bx_rect_nearest(r, x, y, &nx, &ny);
    return square(nx - x) + square(ny - y);
}

double bx_rect_away(struct bx_rect r, struct bx_segment s, double most)
{
    double beside = fmax(0, fmax(r.x0 - fmax(s.x0, s.x1), fmin(s.x0, s.x1) - r.x1));
    double above = fmax(0, fmax(r.y0 - fmax(s.y0, s.y1), fmin(s.y0, s.y1) - r.y1));
    if (square(beside) + square(above) >= square(most))
        return most;
    double away2 = fmin(end_away2(r, s.x0, s.y0), end_away2(r, s.x1, s.y1));
    if (away2 <= 0 || bx_rect_length_inside(r, s) > 0)
        return 0;
    away2 = fmin(away2, fmin(fmin(corner_away2(r.x0, r.y0, s), corner_away2(r.x1, r.y0, s)),
                             fmin(corner_away2(r.x0, r.y1, s), corner_away2(r.x1, r.y1, s))));
    return fmin(most, sqrt(away2));
}

/* Labels are tried at thousands of places, and nearly all of a curve is on one side of each: most blocks are passed over whole. In the
 * order of the lines, so that the sum has the same last digit as over all of them. */
static double lines_inside(const struct bx_taken *p, struct bx_rect r, double covered)
{
    for (size_t k = 0; k < p->nblocks; k++) {
        const struct bx_rect b = p->blocks[k];
        if (b.x1 < r.x0 || b.x0 > r.x1 || b.y1 < r.y0 || b.y0 > r.y1)
            continue;
        const size_t from = k * BX_LINE_BLOCK, to = from + BX_LINE_BLOCK < p->nlines ? from + BX_LINE_BLOCK : p->nlines;
        for (size_t i = from; i < to; i++)
            covered += bx_rect_length_inside(r, p->lines[i]);
    }
    return covered;
}

double bx_taken_cost(const struct bx_taken *p, struct bx_rect r, bool strict)
{
    if (r.x0 < p->frame.x0 || r.y0 < p->frame.y0 || r.x1 > p->frame.x1 || r.y1 > p->frame.y1)
        return INFINITY;
    for (size_t i = 0; i < p->nlabels; i++)
        if (bx_rect_meets(r, p->labels[i]))
            return INFINITY;
    double covered = 0;
    for (size_t i = 0; i < p->nmarks; i++)
        covered += bx_rect_common(r, p->marks[i]);
    if (strict && covered > 0)
        return INFINITY;
    return 10 * lines_inside(p, r, covered);
}

void bx_rect_nearest(struct bx_rect r, double x, double y, double *nx, double *ny)
{
    *nx = fmin(fmax(x, r.x0), r.x1);
    *ny = fmin(fmax(y, r.y0), r.y1);
}

static bool segments_cross(struct bx_segment a, struct bx_segment b)
{
    double ax = a.x1 - a.x0, ay = a.y1 - a.y0, bx = b.x1 - b.x0, by = b.y1 - b.y0, d = ax * by - ay * bx;
    if (d == 0)
        return false;
    double t = ((b.x0 - a.x0) * by - (b.y0 - a.y0) * bx) / d, u = ((b.x0 - a.x0) * ay - (b.y0 - a.y0) * ax) / d;
    return t > 0 && t < 1 && u > 0 && u < 1;
}

/* A leader crosses no label, and rather no line and no other mark. Lines that end at its own mark do not count. */
static double leader_cost(const struct bx_taken *p, struct bx_rect r, double x, double y)
{
    struct bx_segment s = {x, y, 0, 0};
    bx_rect_nearest(r, x, y, &s.x1, &s.y1);
    for (size_t i = 0; i < p->nlabels; i++)
        if (bx_rect_length_inside(p->labels[i], s) > 0)
            return INFINITY;
    double cost = 0;
    for (size_t i = 0; i < p->nlines; i++)
        cost += segments_cross(p->lines[i], s) ? 15 : 0;
    for (size_t i = 0; i < p->nmarks; i++) {
        struct bx_rect m = p->marks[i];
        bool own = x > m.x0 && x < m.x1 && y > m.y0 && y < m.y1;
        cost += !own && bx_rect_length_inside(m, s) > 0 ? 40 : 0;
    }
    return cost;
}

bool bx_taken_around(const struct bx_taken *p, double x, double y, double w, double h, size_t rings, struct bx_rect *r, bool *leader)
{
    static const double distance[BX_RINGS] = {7, 13, 22, 32, 46, 62, 80, 100};
    static const struct {
        double x, y; /* which way the label lies from its mark; the first 8 in order of liking */
    } sides[] = {{1, 0},     {.6, -.6},   {-.6, -.6},   {-1, 0},     {.6, .6},   {-.6, .6},   {0, -1},    {0, 1},
                 {.9, -.38}, {.38, -.92}, {-.38, -.92}, {-.9, -.38}, {-.9, .38}, {-.38, .92}, {.38, .92}, {.9, .38}};
    double best = INFINITY;
    for (size_t ring = 0; ring < rings && ring < BX_RINGS; ring++)
        for (size_t side = 0; side < (ring < 2 ? 8u : 16u); side++) {
            double dx = sides[side].x * distance[ring], dy = sides[side].y * distance[ring];
            struct bx_rect c;
            c.x0 = dx > 0 ? x + dx : dx < 0 ? x + dx - w : x - w / 2;
            c.y0 = dy > 0 ? y + dy : dy < 0 ? y + dy - h : y - h / 2;
            c.x1 = c.x0 + w;
            c.y1 = c.y0 + h;
            double cost = bx_taken_cost(p, c, true) + 30 * (double)ring + .5 * (double)side;
            if (cost < best && ring >= 2)
                cost += leader_cost(p, c, x, y);
            if (cost < best) {
                best = cost;
                *r = c;
                *leader = ring >= 2;
            }
        }
    return isfinite(best);
}
