/*
 * describe.c: what can be said about a region without knowing what it is.
 */
#include "runner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool inside(const struct region *r, int x, int y)
{
    return x >= 0 && y >= 0 && x < r->w && y < r->h && r->mask[(size_t)y * (size_t)r->w + (size_t)x];
}

/* Along the pixel edges with the region at the right hand, so clockwise on the screen; pixels that touch at a corner belong together. */
struct outline outline_trace(const struct region *r)
{
    struct outline o = {0, NULL};
    size_t first = 0, n = (size_t)r->w * (size_t)r->h;
    while (first < n && !r->mask[first])
        first++;
    if (first == n)
        return o;
    int room = 32, start_x = (int)(first % (size_t)r->w), start_y = (int)(first / (size_t)r->w);
    int x = start_x, y = start_y, dx = 1, dy = 0, last_dx = 0, last_dy = 0;
    o.p = make((size_t)room, sizeof *o.p);
    do {
        if (dx != last_dx || dy != last_dy) {
            if (o.n == room) {
                struct point *more = make((size_t)room * 2, sizeof *more);
                memcpy(more, o.p, sizeof *more * (size_t)room);
                free(o.p);
                o.p = more, room *= 2;
            }
            o.p[o.n++] = (struct point){r->x + x, r->y + y};
        }
        last_dx = dx, last_dy = dy;
        x += dx, y += dy;
        /* the pixels ahead of the corner x, y: to the left and to the right of the way */
        int lx = x + (dx + dy - 1) / 2, ly = y + (dy - dx - 1) / 2, rx = x + (dx - dy - 1) / 2, ry = y + (dy + dx - 1) / 2;
        if (inside(r, lx, ly)) {
            int t = dx;
            dx = dy, dy = -t;
        } else if (!inside(r, rx, ry)) {
            int t = dx;
            dx = -dy, dy = t;
        }
    } while (x != start_x || y != start_y || dx != 1 || dy != 0);
    return o;
}

static void keep_far(const struct point *p, int n, int i, int j, double limit, bool *keep)
{
    while (j - i > 1) { /* the second half in this loop, the first by recursion */
        struct point a = p[i % n], b = p[j % n];
        double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy, most = -1;
        int at = -1;
        for (int k = i + 1; k < j; k++) {
            double ex = p[k % n].x - a.x, ey = p[k % n].y - a.y, cross = ex * dy - ey * dx;
            double d = length > 1e-12 ? cross * cross / length : ex * ex + ey * ey;
            if (d > most)
                most = d, at = k;
        }
        if (most <= limit * limit)
            return;
        keep[at % n] = true;
        keep_far(p, n, i, at, limit, keep);
        i = at;
    }
}

/* Douglas-Peucker. It starts at the point farthest from the middle, which is a corner if there is any. */
int straighten(struct point *p, int n, double tolerance)
{
    if (n < 4)
        return n;
    double cx = 0, cy = 0, most = -1;
    int first = 0, second = 0;
    for (int i = 0; i < n; i++)
        cx += p[i].x / n, cy += p[i].y / n;
    for (int i = 0; i < n; i++) {
        double d = (p[i].x - cx) * (p[i].x - cx) + (p[i].y - cy) * (p[i].y - cy);
        if (d > most)
            most = d, first = i;
    }
    most = -1;
    for (int i = 0; i < n; i++) {
        double d = (p[i].x - p[first].x) * (p[i].x - p[first].x) + (p[i].y - p[first].y) * (p[i].y - p[first].y);
        if (d > most)
            most = d, second = i;
    }
    bool *keep = make((size_t)n, sizeof *keep);
    keep[first] = keep[second] = true;
    int other = second > first ? second : second + n;
    keep_far(p, n, first, other, tolerance, keep);
    keep_far(p, n, other, first + n, tolerance, keep);
    int m = 0;
    for (int i = 0; i < n; i++)
        if (keep[i])
            p[m++] = p[i];
    free(keep);
    return m;
}

static struct outline copy(const struct outline *o)
{
    struct outline c = {o->n, make((size_t)o->n, sizeof *c.p)};
    if (o->n)
        memcpy(c.p, o->p, sizeof *c.p * (size_t)o->n);
    return c;
}

static double area_of(const struct outline *o)
{
    double sum = 0;
    for (int i = 0; i < o->n; i++) {
        struct point a = o->p[i], b = o->p[(i + 1) % o->n];
        sum += a.x * b.y - b.x * a.y;
    }
    return sum / 2;
}

/* The length of an outline of pixel edges as if it were a smooth curve: through the means of five neighbouring steps. */
static double length_of(const struct outline *o)
{
    int n = 0;
    for (int i = 0; i < o->n; i++)
        n += (int)(fabs(o->p[(i + 1) % o->n].x - o->p[i].x) + fabs(o->p[(i + 1) % o->n].y - o->p[i].y));
    struct point *step = make((size_t)n, sizeof *step);
    for (int i = 0, at = 0; i < o->n; i++) {
        struct point a = o->p[i], b = o->p[(i + 1) % o->n];
        int length = (int)(fabs(b.x - a.x) + fabs(b.y - a.y));
        for (int k = 0; k < length; k++)
            step[at++] = (struct point){a.x + (b.x - a.x) * (k + 0.5) / length, a.y + (b.y - a.y) * (k + 0.5) / length};
    }
    double sum = 0;
    for (int i = 0; i < n; i++) { /* the means of i..i+4 and of i+1..i+5 differ by a fifth of the way from i to i+5 */
        struct point a = step[i], b = step[(i + 5) % n];
        sum += hypot(b.x - a.x, b.y - a.y) / 5;
    }
    free(step);
    return sum;
}

static int by_place(const void *a, const void *b)
{
    const struct point *p = a, *q = b;
    return p->x < q->x ? -1 : p->x > q->x ? 1 : p->y < q->y ? -1 : p->y > q->y;
}

static double turn(struct point a, struct point b, struct point c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/* Andrew's monotone chain. */
static struct outline hull_of(const struct outline *o)
{
    struct outline sorted = copy(o), hull = {0, make((size_t)o->n * 2 + 1, sizeof *hull.p)};
    qsort(sorted.p, (size_t)sorted.n, sizeof *sorted.p, by_place);
    for (int pass = 0, base = 0; pass < 2; pass++) {
        for (int k = 0; k < sorted.n; k++) {
            struct point p = sorted.p[pass ? sorted.n - 1 - k : k];
            while (hull.n >= base + 2 && turn(hull.p[hull.n - 2], hull.p[hull.n - 1], p) <= 0)
                hull.n--;
            hull.p[hull.n++] = p;
        }
        base = --hull.n; /* the end is the other pass's beginning */
    }
    free(sorted.p);
    return hull;
}

static int corners_of(const struct outline *o, double tolerance)
{
    struct outline c = copy(o);
    int n = straighten(c.p, c.n, tolerance);
    free(c.p);
    return n;
}

struct description describe(const struct region *r, int image_w, int image_h)
{
    struct description d = {.area = (double)r->area};
    double sx = 0, sy = 0, xx = 0, xy = 0, yy = 0;
    for (int y = 0; y < r->h; y++)
        for (int x = 0; x < r->w; x++)
            if (r->mask[(size_t)y * (size_t)r->w + (size_t)x])
                sx += x, sy += y, xx += (double)x * x, xy += (double)x * y, yy += (double)y * y;
    double mx = sx / d.area, my = sy / d.area;
    d.cx = r->x + mx + 0.5, d.cy = r->y + my + 0.5;
    d.cov[0] = xx / d.area - mx * mx + 1.0 / 12, d.cov[1] = xy / d.area - mx * my, d.cov[2] = yy / d.area - my * my + 1.0 / 12;
    double mid = (d.cov[0] + d.cov[2]) / 2, off = hypot((d.cov[0] - d.cov[2]) / 2, d.cov[1]);
    d.elongation = sqrt(fmax(mid - off, 0) / (mid + off));

    d.outer = outline_trace(r);
    d.hull = hull_of(&d.outer);
    d.hull_area = area_of(&d.hull);
    double filled = area_of(&d.outer);
    d.holes = filled > d.area ? (filled - d.area) / filled : 0;
    double tolerance = fmax(1.2, 0.06 * sqrt(filled));
    d.corners = corners_of(&d.outer, tolerance);
    d.hull_corners = corners_of(&d.hull, 1.4 * tolerance);
    d.perimeter = length_of(&d.outer);

    double along = 0, around = 0;
    for (int i = 0; i < d.outer.n; i++) {
        struct point a = d.outer.p[i], b = d.outer.p[(i + 1) % d.outer.n];
        double length = fabs(b.x - a.x) + fabs(b.y - a.y);
        bool edge = (a.x == b.x && (a.x <= 0 || a.x >= image_w)) || (a.y == b.y && (a.y <= 0 || a.y >= image_h));
        around += length;
        along += edge ? length : 0;
    }
    d.border = around > 0 ? along / around : 0;
    return d;
}

void description_release(struct description *d)
{
    free(d->outer.p);
    free(d->hull.p);
    d->outer.p = d->hull.p = NULL;
}

static double extent(const struct outline *o, double c, double s, double lo[2], double hi[2])
{
    lo[0] = lo[1] = HUGE_VAL, hi[0] = hi[1] = -HUGE_VAL;
    for (int i = 0; i < o->n; i++) {
        double u[2] = {o->p[i].x * c + o->p[i].y * s, o->p[i].y * c - o->p[i].x * s};
        for (int k = 0; k < 2; k++)
            lo[k] = fmin(lo[k], u[k]), hi[k] = fmax(hi[k], u[k]);
    }
    return (hi[0] - lo[0]) * (hi[1] - lo[1]);
}

/* How lopsided a hull is across the axis (c, s): 0 when that axis is a line of symmetry. */
static double lopsided(const struct outline *o, double c, double s)
{
    double lo[2], hi[2], most = 0, least = 0;
    extent(o, c, s, lo, hi);
    double middle = (lo[1] + hi[1]) / 2, sum = 0, total = 0;
    for (int i = 0; i < o->n; i++) { /* mean over the hull's boundary of the distance from the middle line */
        struct point a = o->p[i], b = o->p[(i + 1) % o->n];
        double length = hypot(b.x - a.x, b.y - a.y);
        sum += length * ((a.y + b.y) / 2 * c - (a.x + b.x) / 2 * s - middle);
        total += length;
        most = fmax(most, a.y * c - a.x * s - middle), least = fmin(least, a.y * c - a.x * s - middle);
    }
    return total > 0 && most > least ? fabs(sum / total) / (most - least) : 0;
}

/* The smallest rectangle has a side along an edge of the hull (Freeman and Shapira). Every acute triangle has three that are equally small:
 * there the one whose axis halves it best. */
void oriented_rectangle(const struct description *d, enum class class, struct point out[4])
{
    struct outline hull = copy(&d->hull);
    hull.n = straighten(hull.p, hull.n, 0.6);
    double lo[2], hi[2], best_c = 1, best_s = 0, best = extent(&hull, 1, 0, lo, hi);
    bool round = (class == DISC || class == RING) && d->elongation > 0.9;
    if (class == TRIANGLE)
        best = HUGE_VAL;
    for (int i = 0; i < hull.n && !round; i++) {
        struct point a = hull.p[i], b = hull.p[(i + 1) % hull.n];
        double length = hypot(b.x - a.x, b.y - a.y);
        if (length < 1e-9)
            continue;
        double c = (b.x - a.x) / length, s = (b.y - a.y) / length, value = extent(&hull, c, s, lo, hi);
        if (class == TRIANGLE)
            value *= 1 + 4 * fmin(lopsided(&hull, c, s), lopsided(&hull, -s, c));
        if (value < best * (1 - 1e-9))
            best = value, best_c = c, best_s = s;
    }
    extent(&hull, best_c, best_s, lo, hi);
    if (class == SQUARE) { /* along a slanting side the corners of the pixels stick out */
        double out_by = 0.5 * fmin(1, 5 * fmin(fabs(best_c), fabs(best_s)));
        for (int k = 0; k < 2 && hi[0] - lo[0] > 4 && hi[1] - lo[1] > 4; k++)
            lo[k] += out_by, hi[k] -= out_by;
    }
    for (int k = 0; k < 4; k++) {
        double u = k == 0 || k == 3 ? lo[0] : hi[0], v = k < 2 ? lo[1] : hi[1];
        out[k] = (struct point){u * best_c - v * best_s, u * best_s + v * best_c};
    }
    free(hull.p);
}
