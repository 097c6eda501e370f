/*
 * visible.c: what is visible of a shape.
 */
#include "generator.h"

#include <stdlib.h>
#include <string.h>

static double loop_area(const struct point *p, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        struct point a = p[i], b = p[(i + 1) % n];
        sum += a.x * b.y - b.x * a.y;
    }
    return sum / 2;
}

/* Douglas-Peucker between i and j (indices into p, walking forward round the loop of n). */
static void keep_far(const struct point *p, int n, int i, int j, double limit, bool *keep)
{
    struct point a = p[i % n], b = p[j % n];
    double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy, most = -1;
    int at = -1;
    for (int k = i + 1; k < j; k++) {
        struct point q = p[k % n];
        double cross = (q.x - a.x) * dy - (q.y - a.y) * dx, ex = q.x - a.x, ey = q.y - a.y;
        double d = length > 1e-12 ? cross * cross / length : ex * ex + ey * ey;
        if (d > most)
            most = d, at = k;
    }
    if (at < 0 || most <= limit * limit)
        return;
    keep[at % n] = true;
    keep_far(p, n, i, at, limit, keep);
    keep_far(p, n, at, j, limit, keep);
}

static int simplify(struct point *p, int n, double limit)
{
    if (n < 8)
        return n;
    bool *keep = make((size_t)n, sizeof *keep);
    int far = 0;
    double most = -1;
    for (int i = 1; i < n; i++) {
        double dx = p[i].x - p[0].x, dy = p[i].y - p[0].y;
        if (dx * dx + dy * dy > most)
            most = dx * dx + dy * dy, far = i;
    }
    keep[0] = keep[far] = true;
    keep_far(p, n, 0, far, limit, keep);
    keep_far(p, n, far, n, limit, keep);
    int m = 0;
    for (int i = 0; i < n; i++)
        if (keep[i])
            p[m++] = p[i];
    free(keep);
    return m;
}

static double cents(double x)
{
    return floor_of(x * 100 + 0.5) / 100;
}

/* Marching squares over the pixel centres, at half coverage. cover has a border of one pixel of zeros. */
static void trace(const uint8_t *cover, int w, int h, int x0, int y0, const struct scene *sc, struct visible *out)
{
    size_t edges = (size_t)w * (size_t)h * 2;
    int64_t *next = make(edges, sizeof *next);
    for (size_t i = 0; i < edges; i++)
        next[i] = -1;
    /* edge 2i: from pixel i to its right neighbour, 2i+1: to the one below */
    for (int y = 0; y + 1 < h; y++)
        for (int x = 0; x + 1 < w; x++) {
            int64_t i = (int64_t)y * w + x;
            int64_t corner[4] = {i, i + 1, i + w + 1, i + w}, edge[4] = {2 * i, 2 * (i + 1) + 1, 2 * (i + w), 2 * i + 1};
            for (int k = 0; k < 4; k++) {
                if (cover[corner[k]] < 8 || cover[corner[(k + 1) % 4]] >= 8)
                    continue;
                int e = k; /* an exit: back to the entry that began this run of inside corners */
                while (cover[corner[e]] >= 8)
                    e = (e + 3) % 4;
                next[edge[k]] = edge[e];
            }
        }
    for (size_t start = 0; start < edges; start++) {
        if (next[start] < 0)
            continue;
        int n = 0, room = 64;
        struct point *p = make((size_t)room, sizeof *p);
        for (int64_t e = (int64_t)start; next[e] >= 0;) {
            int64_t i = e / 2, j = e % 2 ? i + w : i + 1;
            double a = cover[i], b = cover[j], t = (7.5 - a) / (b - a);
            double px = (double)(i % w) + (e % 2 ? 0 : t), py = (double)(i / w) + (e % 2 ? t : 0);
            if (n == room && !(p = realloc(p, sizeof *p * (size_t)(room *= 2))))
                die("out of memory for", "a contour");
            p[n++] = (struct point){clamp(px + x0 + 0.5, 0, sc->w), clamp(py + y0 + 0.5, 0, sc->h)};
            int64_t to = next[e];
            next[e] = -1;
            e = to;
        }
        n = simplify(p, n, 0.2);
        for (int i = 0; i < n; i++)
            p[i] = (struct point){cents(p[i].x), cents(p[i].y)};
        double area = loop_area(p, n); /* the walk goes round the inside clockwise on the screen: positive */
        if (n < 3 || (area < 1.5 && area > -1.5)) {
            free(p);
            continue;
        }
        out->loops = realloc(out->loops, sizeof *out->loops * (size_t)(out->n + 1));
        if (!out->loops)
            die("out of memory for", "a contour");
        out->loops[out->n++] = (struct loop){n, p, area};
    }
    free(next);
}

/* The samples among which a shape's are: from x0, y0 up to x1, y1. */
struct reach {
    int x0, y0, x1, y1;
};

static struct reach reach_of(const struct scene *sc, const struct shape *s)
{
    double r = s->r * 1.25 + 1, x = s->x - sc->ox, y = s->y - sc->oy, w = sc->w * SUB, h = sc->h * SUB;
    return (struct reach){(int)clamp((x - r) * SUB, 0, w), (int)clamp((y - r) * SUB, 0, h), (int)clamp((x + r) * SUB, 0, w),
                          (int)clamp((y + r) * SUB, 0, h)};
}

static void oriented(const struct scene *sc, int index, struct visible *v)
{
    const struct shape *s = &sc->shapes[index];
    bool turns = s->kind >= SQUARE || s->stretch < 1; /* an unstretched disc has no direction: upright */
    double c = turns ? cosine(s->angle) : 1, d = turns ? sine(s->angle) : 0, lo[2] = {1e9, 1e9}, hi[2] = {-1e9, -1e9};
    struct reach near = reach_of(sc, s);
    for (int y = near.y0; y < near.y1; y++)
        for (int x = near.x0; x < near.x1; x++)
            if (sc->map[(size_t)y * (size_t)sc->w * SUB + (size_t)x] == index + 1) {
                double px = (x + 0.5) / SUB, py = (y + 0.5) / SUB, u[2] = {px * c + py * d, py * c - px * d};
                for (int k = 0; k < 2; k++) {
                    lo[k] = u[k] < lo[k] ? u[k] : lo[k];
                    hi[k] = u[k] > hi[k] ? u[k] : hi[k];
                }
            }
    bool inside = true;
    for (int k = 0; k < 4; k++) {
        double p = k == 0 || k == 3 ? lo[0] - 0.125 : hi[0] + 0.125, q = k < 2 ? lo[1] - 0.125 : hi[1] + 0.125;
        v->obb[2 * k] = p * c - q * d;
        v->obb[2 * k + 1] = p * d + q * c;
        inside = inside && v->obb[2 * k] >= 0 && v->obb[2 * k] <= sc->w && v->obb[2 * k + 1] >= 0 && v->obb[2 * k + 1] <= sc->h;
    }
    if (!inside) /* cut by the canvas, whose edges are upright: so is the box of what is left */
        for (int k = 0; k < 4; k++) {
            v->obb[2 * k] = v->box[k == 0 || k == 3 ? 0 : 2];
            v->obb[2 * k + 1] = v->box[k < 2 ? 1 : 3];
        }
}

struct visible look(const struct scene *sc, int index)
{
    struct visible v = {0};
    int x0 = sc->w, y0 = sc->h, x1 = -1, y1 = -1, stride = sc->w * SUB;
    struct reach near = reach_of(sc, &sc->shapes[index]);
    for (int y = near.y0; y < near.y1; y++)
        for (int x = near.x0; x < near.x1; x++)
            if (sc->map[(size_t)y * (size_t)stride + (size_t)x] == index + 1) {
                v.samples++;
                x0 = x / SUB < x0 ? x / SUB : x0, x1 = x / SUB > x1 ? x / SUB : x1;
                y0 = y / SUB < y0 ? y / SUB : y0, y1 = y / SUB > y1 ? y / SUB : y1;
            }
    if (x1 < 0)
        return v;
    int w = x1 - x0 + 3, h = y1 - y0 + 3;
    uint8_t *cover = make((size_t)w * (size_t)h, 1);
    for (int y = y0 * SUB; y < (y1 + 1) * SUB; y++)
        for (int x = x0 * SUB; x < (x1 + 1) * SUB; x++)
            if (sc->map[(size_t)y * (size_t)stride + (size_t)x] == index + 1)
                cover[(y / SUB - y0 + 1) * w + x / SUB - x0 + 1]++;
    for (int i = 0; i < w * h; i++)
        v.pixels += cover[i] >= 8;
    trace(cover, w, h, x0 - 1, y0 - 1, sc, &v);
    free(cover);
    v.box[0] = v.box[1] = 1e9, v.box[2] = v.box[3] = -1e9;
    for (int k = 0; k < v.n; k++)
        for (int i = 0; i < v.loops[k].n; i++) {
            struct point p = v.loops[k].p[i];
            v.box[0] = p.x < v.box[0] ? p.x : v.box[0], v.box[2] = p.x > v.box[2] ? p.x : v.box[2];
            v.box[1] = p.y < v.box[1] ? p.y : v.box[1], v.box[3] = p.y > v.box[3] ? p.y : v.box[3];
        }
    oriented(sc, index, &v);
    return v;
}

static bool within(const struct loop *l, struct point q)
{
    bool in = false;
    for (int i = 0; i < l->n; i++) {
        struct point a = l->p[i], b = l->p[(i + 1) % l->n];
        if ((a.y <= q.y) != (b.y <= q.y) && q.x < a.x + (q.y - a.y) / (b.y - a.y) * (b.x - a.x))
            in = !in;
    }
    return in;
}

/* Cut a's ring open at its point nearest to b and insert b, there and back: how one ring holds a hole or a second part. */
static void bridge(struct loop *a, const struct loop *b)
{
    int bi = 0, bj = 0;
    double best = 1e18;
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < b->n; j++) {
            double dx = a->p[i].x - b->p[j].x, dy = a->p[i].y - b->p[j].y;
            if (dx * dx + dy * dy < best)
                best = dx * dx + dy * dy, bi = i, bj = j;
        }
    struct point *p = make((size_t)(a->n + b->n + 2), sizeof *p);
    int n = 0;
    for (int i = 0; i <= bi; i++)
        p[n++] = a->p[i];
    for (int j = 0; j <= b->n; j++)
        p[n++] = b->p[(bj + j) % b->n];
    for (int i = bi; i < a->n; i++)
        p[n++] = a->p[i];
    free(a->p);
    a->p = p, a->n = n;
}

/* Outer edges with their holes bridged in; with `one`, a single ring. */
void join_loops(struct visible *v, bool one)
{
    for (int k = 0; k < v->n; k++) {
        if (v->loops[k].area > 0)
            continue;
        for (int o = 0; o < v->n; o++)
            if (v->loops[o].area > 0 && within(&v->loops[o], v->loops[k].p[0])) {
                bridge(&v->loops[o], &v->loops[k]);
                break;
            }
    }
    int m = 0;
    for (int k = 0; k < v->n; k++) {
        if (v->loops[k].area > 0)
            v->loops[m++] = v->loops[k];
        else
            free(v->loops[k].p);
    }
    v->n = m;
    while (one && v->n > 1) {
        bridge(&v->loops[0], &v->loops[v->n - 1]);
        free(v->loops[--v->n].p);
    }
}

void forget(struct visible *v)
{
    for (int k = 0; k < v->n; k++)
        free(v->loops[k].p);
    free(v->loops);
}
