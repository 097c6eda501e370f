/*
 * classify.c: description → class.
 *
 *     circularity  two numbers: area over squared perimeter, and over the hull's area
 *     corners      how many corners the straightened outline has
 *     template     the region, stretched so that it is equally wide in all directions, laid over drawn shapes at every angle
 */
#include "runner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846

const char *const class_names[CLASSES] = {"disc", "ring", "square", "triangle", "star"};

/* A region in polar cells: 64 directions, and in each a bit for each of 32 rings of equal area. */
enum { ANGLES = 64, RINGS = 32 };
#define REACH 3.2 /* radius of the outermost ring, in standard deviations */

struct signature {
    uint32_t cell[ANGLES];
    int count;
};

static struct signature sign(const struct region *r, const struct description *d)
{
    struct signature out = {.count = 0};
    /* the square root of the covariance maps a circle onto the region's ellipse */
    double det = sqrt(fmax(d->cov[0] * d->cov[2] - d->cov[1] * d->cov[1], 1e-9)), t = sqrt(d->cov[0] + d->cov[2] + 2 * det);
    double a = (d->cov[0] + det) / t, b = d->cov[1] / t, c = (d->cov[2] + det) / t;
    for (int i = 0; i < ANGLES; i++) {
        double co = cos(2 * PI * i / ANGLES), si = sin(2 * PI * i / ANGLES);
        for (int k = 0; k < RINGS; k++) {
            double radius = REACH * sqrt((k + 0.5) / RINGS), u = radius * co, v = radius * si;
            int x = (int)floor(d->cx + a * u + b * v) - r->x, y = (int)floor(d->cy + b * u + c * v) - r->y;
            if (x >= 0 && y >= 0 && x < r->w && y < r->h && r->mask[(size_t)y * (size_t)r->w + (size_t)x]) {
                out.cell[i] |= 1u << k;
                out.count++;
            }
        }
    }
    return out;
}

/* The best intersection over union of two signatures over so many turns. */
static double overlap(const struct signature *a, const struct signature *b, int turns)
{
    int best = 0;
    for (int turn = 0; turn < turns; turn++) {
        int both = 0;
        for (int i = 0; i < ANGLES; i++)
            both += __builtin_popcount(a->cell[i] & b->cell[(i + turn) % ANGLES]);
        best = both > best ? both : best;
    }
    int either = a->count + b->count - best;
    return either ? (double)best / either : 0;
}

/* What the classes look like, and three things that are none of them: a cross, half a disc, three quarters of one. */
enum drawing { DRAW_DISC, DRAW_RING, DRAW_SQUARE, DRAW_TRIANGLE, DRAW_STAR, DRAW_CROSS, DRAW_HALF };
static const struct {
    enum drawing what;
    double hole;
    enum class class;
    int turns; /* until it looks the same again */
} drawings[] = {
    {DRAW_DISC, 0, DISC, 1},    {DRAW_RING, 0.35, RING, 1},   {DRAW_RING, 0.45, RING, 1},       {DRAW_RING, 0.55, RING, 1},
    {DRAW_RING, 0.65, RING, 1}, {DRAW_SQUARE, 0, SQUARE, 16}, {DRAW_TRIANGLE, 0, TRIANGLE, 22}, {DRAW_STAR, 0, STAR, 13},
    {DRAW_CROSS, 0, NONE, 16},  {DRAW_HALF, 0, NONE, ANGLES},
};
enum { TEMPLATES = sizeof drawings / sizeof *drawings };
static struct signature template[TEMPLATES];

/* Is the point in the drawing, both in -1..1? */
static bool drawn(enum drawing what, double hole, double x, double y)
{
    double r = hypot(x, y);
    switch (what) {
    case DRAW_DISC:
        return r < 1;
    case DRAW_RING:
        return r < 1 && r >= hole;
    case DRAW_SQUARE:
        return fabs(x) < 0.8 && fabs(y) < 0.8;
    case DRAW_TRIANGLE:
        return y < 0.5 && y > 2 * fabs(x) - 1;
    case DRAW_STAR: { /* five points: fold the circle into tenths, then one straight edge */
        double t = fabs(fmod(atan2(x, -y) + 2 * PI, 2 * PI / 5) - PI / 5), inner = 0.42, px = r * cos(t), py = r * sin(t);
        double ax = inner, bx = cos(PI / 5), by = sin(PI / 5); /* from the notch at angle 0 to the tip at 36 degrees */
        return (bx - ax) * py - by * (px - ax) > 0 || r < inner * 0.9;
    }
    case DRAW_CROSS:
        return (fabs(x) < 0.25 && fabs(y) < 1) || (fabs(y) < 0.25 && fabs(x) < 1);
    case DRAW_HALF:
        return r < 1 && y > 0;
    }
    return false;
}

void classify_prepare(void)
{
    enum { SIDE = 160 };
    for (int i = 0; i < TEMPLATES; i++) {
        struct region r = {0, 0, SIDE, SIDE, 0, make((size_t)SIDE * SIDE, 1)};
        for (int y = 0; y < SIDE; y++)
            for (int x = 0; x < SIDE; x++)
                if (drawn(drawings[i].what, drawings[i].hole, (x + 0.5) * 2.1 / SIDE - 1.05, (y + 0.5) * 2.1 / SIDE - 1.05))
                    r.mask[y * SIDE + x] = 1, r.area++;
        struct description d = describe(&r, SIDE, SIDE);
        template[i] = sign(&r, &d);
        description_release(&d);
        free(r.mask);
    }
}

/* The best of the fits per class; other: the best of what is no class. */
static struct verdict decide(const double fit[CLASSES], double other)
{
    struct verdict v = {NONE, 0, 0};
    double next = other;
    for (int c = 0; c < CLASSES; c++)
        if (v.class == NONE || fit[c] > v.fit) {
            next = v.class == NONE ? next : fmax(next, v.fit);
            v.class = (enum class)c, v.fit = fit[c];
        } else
            next = fmax(next, fit[c]);
    v.margin = v.fit - next;
    return v;
}

static struct verdict by_template(const struct region *r, const struct description *d)
{
    struct signature s = sign(r, d);
    double fit[CLASSES] = {0}, other = 0;
    /* what is much longer than wide is no stretched shape, whatever it looks like when stretched back */
    double length = d->elongation < 0.3 ? 0 : d->elongation < 0.5 ? (d->elongation - 0.3) / 0.2 : 1;
    for (int i = 0; i < TEMPLATES; i++) {
        double f = overlap(&s, &template[i], drawings[i].turns);
        if (drawings[i].class == NONE)
            other = fmax(other, f);
        else
            fit[drawings[i].class] = fmax(fit[drawings[i].class], f * length);
    }
    return decide(fit, other);
}

static struct verdict by_circularity(const struct description *d)
{
    static const struct {
        double round, solid, width; /* 4 pi area / perimeter^2; area / hull area; tolerance of the first */
    } ideal[CLASSES] = {{0.95, 0.98, 0.08}, {0.95, 0.98, 0.2}, {0.79, 0.97, 0.07}, {0.55, 0.96, 0.1}, {0.36, 0.62, 0.16}};
    double filled = d->area / (1 - d->holes), round = 4 * PI * filled / fmax(d->perimeter * d->perimeter, 1),
           solid = filled / fmax(d->hull_area, 1);
    double fit[CLASSES];
    for (int c = 0; c < CLASSES; c++) {
        double a = (fmin(round, 0.95) - ideal[c].round) / ideal[c].width, b = (solid - ideal[c].solid) / 0.12;
        fit[c] = exp(-0.5 * (a * a + b * b));
        if ((c == RING) != (d->holes > 0.06))
            fit[c] *= 0.15;
    }
    return decide(fit, 0.25);
}

static struct verdict by_corners(const struct description *d)
{
    double fit[CLASSES] = {0}, filled = d->area / (1 - d->holes), solid = filled / fmax(d->hull_area, 1);
    double convex = fmin(1, fmax(0, (solid - 0.7) / 0.22)), lengthy = fmin(1, fmax(0, (d->elongation - 0.3) / 0.25));
    int n = d->hull_corners;
    bool holed = d->holes > 0.06;
    fit[TRIANGLE] = n == 3 ? convex : n == 4 ? 0.35 * convex : 0;
    fit[SQUARE] = n == 4 ? convex : n == 3 || n == 5 ? 0.35 * convex : 0;
    fit[DISC] = n >= 7 ? convex : n == 6 ? 0.7 * convex : n == 5 ? 0.4 * convex : 0;
    fit[RING] = holed ? fit[DISC] : 0;
    if (holed)
        fit[DISC] *= 0.3, fit[SQUARE] *= 0.4, fit[TRIANGLE] *= 0.4;
    double notches = fmax(0, 1 - abs(d->corners - 10) / 5.0), hollow = fmax(0, 1 - fabs(solid - 0.58) / 0.22);
    fit[STAR] = hollow * (0.4 + 0.6 * notches) * (n == 5 ? 1 : 0.7);
    for (int c = 0; c < CLASSES; c++)
        fit[c] *= lengthy;
    return decide(fit, 0.2);
}

struct verdict classify(const struct region *r, const struct description *d, enum classifier by)
{
    switch (by) {
    case BY_CIRCULARITY:
        return by_circularity(d);
    case BY_CORNERS:
        return by_corners(d);
    default:
        return by_template(r, d);
    }
}
