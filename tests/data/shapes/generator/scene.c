/*
 * scene.c: which shapes where, and what lies on top.
 *
 * A scene is a list of shapes, drawn from back to front into a map of 4 x 4 samples a pixel that says which shape is on top. Everything
 * follows from that map: the colours, and what of a shape is visible, which is all that the labels state.
 */
#include "generator.h"

#include <stdlib.h>
#include <string.h>

struct ring {
    int n;
    struct point p[MAX_POINTS];
};

static struct point place(const struct shape *s, double u, double v)
{
    double c = cosine(s->angle), d = sine(s->angle);
    u *= s->stretch * s->r;
    v *= s->r;
    return (struct point){s->x + u * c - v * d, s->y + u * d + v * c};
}

static void round_ring(const struct shape *s, double radius, double from, double to, int n, struct ring *out)
{
    out->n = n;
    for (int i = 0; i < n; i++) {
        double t = from + (to - from) * i / n;
        out->p[i] = place(s, radius * cosine(t), radius * sine(t));
    }
}

/* The outline as one or two rings, filled even-odd. */
static int outline(const struct shape *s, struct ring out[2])
{
    static const double square[] = {-1, -1, 1, -1, 1, 1, -1, 1};
    static const double triangle[] = {0, -1, 0.78, 0.75, -0.78, 0.75};
    static const double bar[] = {-0.18, -1, 0.18, -1, 0.18, 1, -0.18, 1};
    static const double cross[] = {-0.25, -1, 0.25,  -1, 0.25,  -0.25, 1,  -0.25, 1,  0.25,  0.25,  0.25,
                                   0.25,  1,  -0.25, 1,  -0.25, 0.25,  -1, 0.25,  -1, -0.25, -0.25, -0.25};
    const double *points = NULL;
    double scale = 1;
    switch (s->kind) {
    case DISC:
        round_ring(s, 1, 0, 2 * PI, 96, &out[0]);
        return 1;
    case RING:
        round_ring(s, 1, 0, 2 * PI, 96, &out[0]);
        round_ring(s, s->hole, 0, 2 * PI, 96, &out[1]);
        return 2;
    case HALF_DISC:
        round_ring(s, 1, 0, PI, 48, &out[0]);
        return 1;
    case STAR:
        out[0].n = 10;
        for (int i = 0; i < 10; i++) {
            double t = PI * i / 5, radius = i % 2 ? 0.42 : 1;
            out[0].p[i] = place(s, radius * sine(t), -radius * cosine(t));
        }
        return 1;
    case SQUARE:
        points = square, out[0].n = 4, scale = 0.84;
        break;
    case TRIANGLE:
        points = triangle, out[0].n = 3;
        break;
    case BAR:
        points = bar, out[0].n = 4;
        break;
    default:
        points = cross, out[0].n = 12;
        break;
    }
    for (int i = 0; i < out[0].n; i++)
        out[0].p[i] = place(s, scale * points[2 * i], scale * points[2 * i + 1]);
    return 1;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Visit the samples of a shape; value 0: only count what lies below it, per shape, into lost[]. Returns the samples on the canvas. */
double raster(struct scene *sc, const struct shape *s, uint16_t value, double *lost)
{
    struct ring rings[2];
    int n = outline(s, rings), width = sc->w * SUB, height = sc->h * SUB;
    double top = 1e9, bottom = -1e9, count = 0;
    for (int k = 0; k < n; k++)
        for (int i = 0; i < rings[k].n; i++) {
            rings[k].p[i].x = (rings[k].p[i].x - sc->ox) * SUB - 0.5;
            rings[k].p[i].y = (rings[k].p[i].y - sc->oy) * SUB - 0.5;
            top = rings[k].p[i].y < top ? rings[k].p[i].y : top;
            bottom = rings[k].p[i].y > bottom ? rings[k].p[i].y : bottom;
        }
    for (int y = (int)clamp(top - 1, 0, height); y <= bottom + 1 && y < height; y++) {
        double cut[2 * MAX_POINTS];
        int cuts = 0;
        for (int k = 0; k < n; k++)
            for (int i = 0; i < rings[k].n; i++) {
                struct point p = rings[k].p[i], q = rings[k].p[(i + 1) % rings[k].n];
                if ((p.y <= y) != (q.y <= y))
                    cut[cuts++] = p.x + (y - p.y) / (q.y - p.y) * (q.x - p.x);
            }
        qsort(cut, (size_t)cuts, sizeof *cut, by_value);
        for (int k = 0; k + 1 < cuts; k += 2)
            for (int x = (int)clamp(cut[k], 0, width); x < width && x < cut[k + 1]; x++) {
                if (x < cut[k])
                    continue;
                uint16_t *at = &sc->map[(size_t)y * (size_t)width + (size_t)x];
                count++;
                if (!value)
                    lost[*at]++;
                else
                    *at = value;
            }
    }
    return count;
}

void ground_colour(const struct scene *sc, double x, double y, double out[3])
{
    double t = 0.5, dx = sc->direction[0], dy = sc->direction[1], along = (x * dx + y * dy) / sc->period;
    switch (sc->ground) {
    case FLAT:
        break;
    case LINEAR:
        t = 0.5 + (x * dx + y * dy) / 700;
        break;
    case RADIAL: {
        double u = (x - 160 * (1 + dx)) / 420, v = (y - 120 * (1 + dy)) / 420;
        t = 1 / (1 + 3 * (u * u + v * v));
        break;
    }
    case STRIPES: {
        double f = along - floor_of(along);
        t = f < 0.5 ? 4 * f - 1 : 3 - 4 * f;
        t = 0.5 + 0.3 * clamp(t * 1.5, -1, 1);
        break;
    }
    case CHECKS: {
        double across = (y * dx - x * dy) / sc->period;
        t = ((int64_t)floor_of(along) + (int64_t)floor_of(across)) & 1 ? 0.35 : 0.65;
        break;
    }
    case CLOUDS:
        t = 0.6 * value_noise(sc->seed, x / (4 * sc->period), y / (4 * sc->period)) +
            0.4 * value_noise(sc->seed + 1, x / sc->period, y / sc->period);
        break;
    default:
        t = 0.5 * value_noise(sc->seed, x / 90, y / 90) + 0.25 * value_noise(sc->seed + 1, x / 2.5, y / 9) +
            0.25 * value_noise(sc->seed + 2, x / 5, y / 5);
        break;
    }
    t = clamp(t, 0, 1);
    for (int c = 0; c < 3; c++)
        out[c] = sc->a[c] * (1 - t) + sc->b[c] * t;
}

static double luma(const double c[3])
{
    return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
}

/* A colour that stands out from the ground at (x, y) by about `contrast`; sometimes by its hue alone. */
static void stand_out(struct scene *sc, struct rng *r, double x, double y, double contrast, double out[3])
{
    double ground[3];
    ground_colour(sc, x, y, ground);
    bool hue = !sc->grey && uniform(r, 0, 1) < 0.16;
    for (int tries = 0; tries < 400; tries++) {
        for (int c = 0; c < 3; c++)
            out[c] = uniform(r, 12, 243);
        if (sc->grey)
            out[1] = out[2] = out[0];
        double d = 0, dl = luma(out) - luma(ground);
        for (int c = 0; c < 3; c++)
            d += (out[c] - ground[c]) * (out[c] - ground[c]);
        dl *= dl;
        bool far = hue ? d > 1.6 * contrast * contrast && dl < 120 : d > contrast * contrast && dl > 0.4 * contrast * contrast;
        if (far && d < 6.5 * contrast * contrast)
            return;
    }
}

static bool add(struct scene *sc, struct shape s, double keep, double most_overlap)
{
    if (sc->n == MAX_SHAPES)
        return false;
    double *lost = make(MAX_SHAPES + 1, sizeof *lost);
    s.full = raster(sc, &s, 0, lost);
    bool ok = s.full > 0;
    double below = 0, visible[MAX_SHAPES + 1] = {0};
    for (int i = 0; i < sc->n; i++)
        below += lost[i + 1];
    ok = ok && below <= most_overlap * s.full;
    if (ok && below > 0) {
        size_t total = (size_t)sc->w * SUB * (size_t)sc->h * SUB;
        for (size_t i = 0; i < total; i++)
            visible[sc->map[i]]++;
        for (int i = 0; i < sc->n; i++)
            if (lost[i + 1] > 0 && (sc->shapes[i].crowd || visible[i + 1] - lost[i + 1] < keep * sc->shapes[i].full))
                ok = false;
    }
    free(lost);
    if (!ok)
        return false;
    sc->shapes[sc->n++] = s;
    raster(sc, &s, (uint16_t)sc->n, NULL);
    return true;
}

static struct shape random_shape(struct scene *sc, struct rng *r, enum kind kind, double radius, double contrast)
{
    struct shape s = {.kind = kind, .r = radius, .stretch = 1};
    s.angle = uniform(r, 0, 2 * PI); /* not in the initializer: the order of evaluation is the compiler's there */
    s.hole = uniform(r, 0.38, 0.68);
    double edge = 0.55 * radius; /* parts may leave the canvas */
    s.x = uniform(r, edge, sc->w - edge);
    s.y = uniform(r, edge, sc->h - edge);
    if (uniform(r, 0, 1) < 0.3)
        s.stretch = uniform(r, 0.62, 0.8);
    stand_out(sc, r, s.x, s.y, contrast, s.colour);
    for (int k = 0; k < 2; k++)
        s.shade[k] = uniform(r, 0, 1) < 0.5 ? uniform(r, -38, 38) : 0;
    s.texture = uniform(r, 0, 1) < 0.3 ? uniform(r, 8, 30) : 0;
    return s;
}

/* Many tiny shapes of one class, none of them labelled by itself. */
static void add_crowd(struct scene *sc, struct rng *r, double contrast)
{
    enum kind kind = (enum kind)pick(r, CLASSES);
    double radius = uniform(r, 3.2, 4.6), cx = uniform(r, 0.3, 0.7) * sc->w, cy = uniform(r, 0.3, 0.7) * sc->h;
    double rx = 0.2 * sc->w, ry = 0.22 * sc->h, colour[3];
    stand_out(sc, r, cx, cy, contrast, colour);
    for (int i = 0; i < 90; i++) {
        struct shape s = {.kind = kind, .stretch = 1, .hole = 0.5, .crowd = true};
        s.r = radius * uniform(r, 0.85, 1.15);
        s.angle = uniform(r, 0, 2 * PI);
        double u = uniform(r, -1, 1), v = uniform(r, -1, 1);
        s.x = cx + u * rx;
        s.y = cy + v * ry;
        for (int c = 0; c < 3; c++)
            s.colour[c] = colour[c];
        if (u * u + v * v < 1)
            add(sc, s, 1, 0);
    }
}

void build(struct scene *sc, const struct plan *p, uint64_t seed)
{
    memset(sc, 0, sizeof *sc);
    struct rng r = {mix(seed)};
    sc->w = p->w, sc->h = p->h, sc->seed = mix(seed + 77), sc->gain = 1, sc->grey = p->grey;
    sc->map = make((size_t)sc->w * SUB * (size_t)sc->h * SUB, sizeof *sc->map);
    sc->ground = (enum ground)pick(&r, GROUNDS);
    double spread = sc->ground == STRIPES || sc->ground == CHECKS || sc->ground == GRAIN ? 60 : 105, pale = uniform(&r, 0.25, 0.8);
    for (int c = 0; c < 3; c++)
        sc->a[c] = c && p->grey ? sc->a[0] : uniform(&r, 30, 225);
    double light = luma(sc->a);
    for (int c = 0; c < 3; c++) {
        sc->a[c] += (light - sc->a[c]) * pale;
        sc->b[c] = c && p->grey ? sc->b[0] : clamp(sc->a[c] + uniform(&r, -spread, spread), 5, 250);
    }
    double t = uniform(&r, 0, 2 * PI);
    sc->direction[0] = cosine(t), sc->direction[1] = sine(t);
    sc->period = uniform(&r, 9, 34);
    bool png = p->quality == 0;
    sc->noise = png ? uniform(&r, 0, 1) < 0.6 ? 0 : uniform(&r, 2, 5) : uniform(&r, 0, 1) < 0.35 ? uniform(&r, 0, 3) : uniform(&r, 3, 13);
    sc->blur = pick(&r, 4) == 0 ? 1 + pick(&r, 2) : 0;
    double contrast = (const double[]){96, 68, 48, 36}[pick(&r, 4)], side = sc->w < sc->h ? sc->w : sc->h;
    int manner = pick(&r, 4); /* few and large, mixed, many and small, crossing each other */
    if (p->crowd)
        add_crowd(sc, &r, contrast + 20);
    if (p->empty) { /* only things that are not of the classes, or nothing */
        for (int i = pick(&r, 4); i > 0; i--) {
            double radius = uniform(&r, 6, side * 0.2);
            enum kind kind = (enum kind)(BAR + pick(&r, KINDS - BAR));
            add(sc, random_shape(sc, &r, kind, radius, contrast), 1, 0);
        }
        return;
    }
    int wanted = manner == 0 ? 3 + pick(&r, 3) : manner == 1 ? 5 + pick(&r, 5) : manner == 2 ? 9 + pick(&r, 9) : 6 + pick(&r, 5);
    double lo = manner == 0   ? 0.15 * side
                : manner == 2 ? 3.6
                              : 5,
           hi = manner == 0   ? 0.46 * side
                : manner == 2 ? 0.08 * side + 6
                              : 0.34 * side;
    for (int i = 0, tries = 0; i < wanted && tries < 200; tries++) {
        double f = uniform(&r, 0, 1), radius = lo + (hi - lo) * (manner == 0 ? f : f * (0.25 + 0.75 * f));
        enum kind kind = (enum kind)(uniform(&r, 0, 1) < 0.13 ? BAR + pick(&r, KINDS - BAR) : pick(&r, CLASSES));
        struct shape s = random_shape(sc, &r, kind, radius, contrast);
        if (sc->n && manner == 3 && !p->crowd) { /* beside an earlier one, across its edge */
            const struct shape *o = &sc->shapes[pick(&r, sc->n)];
            double a = uniform(&r, 0, 2 * PI), d = (o->r + s.r) * uniform(&r, 0.55, 0.95);
            s.x = clamp(o->x + d * cosine(a), 0.5 * s.r, sc->w - 0.5 * s.r);
            s.y = clamp(o->y + d * sine(a), 0.5 * s.r, sc->h - 0.5 * s.r);
            if (uniform(&r, 0, 1) < 0.35) { /* and nearly of its colour */
                double lighter = uniform(&r, 16, 40);
                lighter = pick(&r, 2) ? lighter : -lighter;
                for (int c = 0; c < 3; c++)
                    s.colour[c] = clamp(o->colour[c] + lighter, 0, 255);
            }
        }
        i += add(sc, s, 0.42, manner == 3 ? 0.6 : manner == 1 ? 0.35 : 0);
    }
}
