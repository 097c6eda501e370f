/*
 * generate.c: draws the shapes test set that lies beside it: images, COCO, YOLO and Pascal VOC labels.
 *
 *     cc -std=c11 -O2 -ffp-contract=off -o generate generate.c -lpng -ljpeg && ./generate OUT_FOLDER [SEED]
 *
 * With another SEED than 0: other scenes of the same kind, to develop detectors on.
 *
 * The same bytes of labels on every machine: its own random numbers, its own sine (the C library's differ in the last bit), no clock,
 * no locale, no threads. The images' bytes also depend on the versions of libpng, zlib and libjpeg.
 *
 * A scene is a list of shapes, drawn from back to front into a map of 4 x 4 samples a pixel that says which shape is on top. Everything
 * follows from that map: the colours, and what of a shape is visible, which is all that the labels state.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jpeglib.h>
#include <png.h>

#define PI         3.14159265358979323846
#define SUB        4
#define MAX_SHAPES 400
#define MAX_POINTS 200

enum kind { DISC, RING, SQUARE, TRIANGLE, STAR, CLASSES, BAR = CLASSES, CROSS, HALF_DISC, KINDS };
static const char *const class_names[CLASSES] = {"disc", "ring", "square", "triangle", "star"};
static const int class_ids[CLASSES] = {1, 2, 3, 5, 7}; /* with gaps, as COCO's */

static void die(const char *what, const char *subject) {
    fprintf(stderr, "generate: %s '%s': %s\n", what, subject, strerror(errno));
    exit(1);
}

static void *make(size_t n, size_t size) {
    void *p = calloc(n ? n : 1, size);
    if (!p)
        die("out of memory for", "a scene");
    return p;
}

/* ---- numbers ---- */

struct rng {
    uint64_t state;
};

static uint64_t mix(uint64_t z) { /* splitmix64's output function */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double uniform(struct rng *r, double lo, double hi) {
    r->state += 0x9e3779b97f4a7c15u;
    return lo + (hi - lo) * ((double)(mix(r->state) >> 11) / 9007199254740992.0);
}

static int pick(struct rng *r, int n) {
    return (int)uniform(r, 0, n);
}

static double floor_of(double x) {
    double t = (double)(int64_t)x;
    return t > x ? t - 1 : t;
}

static double sine(double x) {
    x -= 2 * PI * floor_of(x / (2 * PI) + 0.5);
    double term = x, sum = x;
    for (int k = 1; k < 14; k++) {
        term *= -x * x / (2 * k * (2 * k + 1));
        sum += term;
    }
    return sum;
}

static double cosine(double x) {
    return sine(x + PI / 2);
}

static double clamp(double x, double lo, double hi) {
    return x < lo ? lo : x > hi ? hi : x;
}

/* One number in 0..1 for a lattice point. */
static double lattice(uint64_t seed, int64_t x, int64_t y) {
    return (double)(mix(seed + (uint64_t)x * 0x9e3779b97f4a7c15u + (uint64_t)y * 0xc2b2ae3d27d4eb4fu) >> 40) / 16777216.0;
}

static double value_noise(uint64_t seed, double x, double y) {
    double fx = floor_of(x), fy = floor_of(y), tx = x - fx, ty = y - fy;
    int64_t ix = (int64_t)fx, iy = (int64_t)fy;
    tx = tx * tx * (3 - 2 * tx);
    ty = ty * ty * (3 - 2 * ty);
    double top = lattice(seed, ix, iy) * (1 - tx) + lattice(seed, ix + 1, iy) * tx;
    double bottom = lattice(seed, ix, iy + 1) * (1 - tx) + lattice(seed, ix + 1, iy + 1) * tx;
    return top * (1 - ty) + bottom * ty;
}

/* ---- scenes ---- */

enum ground { FLAT, LINEAR, RADIAL, STRIPES, CHECKS, CLOUDS, GRAIN, GROUNDS };

struct shape {
    enum kind kind;
    double x, y, r, angle, stretch, hole; /* stretch: of the u axis, at most 1; hole: a ring's inner radius in parts of r */
    double colour[3], shade[2], texture;  /* shade: change of brightness from end to end along x and y */
    bool crowd;
    double full; /* samples it would cover alone, on the canvas */
};

struct scene {
    int w, h;
    double ox, oy; /* where the canvas begins in the scene: a crop moves it */
    uint64_t seed;
    enum ground ground;
    double a[3], b[3], direction[2], period, noise, gain;
    int blur;
    bool grey;
    struct shape shapes[MAX_SHAPES];
    int n;
    uint16_t *map; /* SUB*h rows of SUB*w: 0 or 1 + index of the shape on top */
};

struct point {
    double x, y;
};

struct ring {
    int n;
    struct point p[MAX_POINTS];
};

static struct point place(const struct shape *s, double u, double v) {
    double c = cosine(s->angle), d = sine(s->angle);
    u *= s->stretch * s->r;
    v *= s->r;
    return (struct point){s->x + u * c - v * d, s->y + u * d + v * c};
}

static void round_ring(const struct shape *s, double radius, double from, double to, int n, struct ring *out) {
    out->n = n;
    for (int i = 0; i < n; i++) {
        double t = from + (to - from) * i / n;
        out->p[i] = place(s, radius * cosine(t), radius * sine(t));
    }
}

/* The outline as one or two rings, filled even-odd. */
static int outline(const struct shape *s, struct ring out[2]) {
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

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Visit the samples of a shape; value 0: only count what lies below it, per shape, into lost[]. Returns the samples on the canvas. */
static double raster(struct scene *sc, const struct shape *s, uint16_t value, double *lost) {
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

static void ground_colour(const struct scene *sc, double x, double y, double out[3]) {
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

static double luma(const double c[3]) {
    return 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
}

/* A colour that stands out from the ground at (x, y) by about `contrast`; sometimes by its hue alone. */
static void stand_out(struct scene *sc, struct rng *r, double x, double y, double contrast, double out[3]) {
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

static bool add(struct scene *sc, struct shape s, double keep, double most_overlap) {
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

static struct shape random_shape(struct scene *sc, struct rng *r, enum kind kind, double radius, double contrast) {
    struct shape s = {.kind = kind, .r = radius, .angle = uniform(r, 0, 2 * PI), .stretch = 1, .hole = uniform(r, 0.38, 0.68)};
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
static void add_crowd(struct scene *sc, struct rng *r, double contrast) {
    enum kind kind = (enum kind)pick(r, CLASSES);
    double radius = uniform(r, 3.2, 4.6), cx = uniform(r, 0.3, 0.7) * sc->w, cy = uniform(r, 0.3, 0.7) * sc->h;
    double rx = 0.2 * sc->w, ry = 0.22 * sc->h, colour[3];
    stand_out(sc, r, cx, cy, contrast, colour);
    for (int i = 0; i < 90; i++) {
        struct shape s = {
            .kind = kind, .r = radius * uniform(r, 0.85, 1.15), .angle = uniform(r, 0, 2 * PI), .stretch = 1, .hole = 0.5, .crowd = true};
        double u = uniform(r, -1, 1), v = uniform(r, -1, 1);
        s.x = cx + u * rx;
        s.y = cy + v * ry;
        for (int c = 0; c < 3; c++)
            s.colour[c] = colour[c];
        if (u * u + v * v < 1)
            add(sc, s, 1, 0);
    }
}

struct plan {
    int w, h;
    int quality; /* JPEG quality; 0: PNG */
    int orientation;
    bool empty, crowd, grey, no_subsampling;
};

static void build(struct scene *sc, const struct plan *p, uint64_t seed) {
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
        for (int i = pick(&r, 4); i > 0; i--)
            add(sc, random_shape(sc, &r, (enum kind)(BAR + pick(&r, KINDS - BAR)), uniform(&r, 6, side * 0.2), contrast), 1, 0);
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
                double lighter = uniform(&r, 16, 40) * (pick(&r, 2) ? 1 : -1);
                for (int c = 0; c < 3; c++)
                    s.colour[c] = clamp(o->colour[c] + lighter, 0, 255);
            }
        }
        i += add(sc, s, 0.42, manner == 3 ? 0.6 : manner == 1 ? 0.35 : 0);
    }
}

/* ---- pixels ---- */

static uint8_t *paint(const struct scene *sc) {
    size_t w = (size_t)sc->w, h = (size_t)sc->h;
    double *image = make(w * h * 3, sizeof *image), *blurred = make(w * h * 3, sizeof *blurred);
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            double sum[3] = {0}, sx = (double)x + 0.5 + sc->ox, sy = (double)y + 0.5 + sc->oy;
            double colour[3] = {0};
            unsigned last = UINT16_MAX + 1; /* neighbouring samples are mostly of one shape */
            for (size_t k = 0; k < SUB * SUB; k++) {
                unsigned id = sc->map[(y * SUB + k / SUB) * w * SUB + x * SUB + k % SUB];
                if (id != last && !id)
                    ground_colour(sc, sx, sy, colour);
                else if (id != last) {
                    const struct shape *s = &sc->shapes[id - 1];
                    double light = s->shade[0] * (sx - s->x) / s->r * 0.5 + s->shade[1] * (sy - s->y) / s->r * 0.5;
                    if (s->texture > 0)
                        light += s->texture * (value_noise(sc->seed + id, sx / 3, sy / 3) - 0.5);
                    for (int c = 0; c < 3; c++)
                        colour[c] = s->colour[c] + light;
                }
                last = id;
                for (int c = 0; c < 3; c++)
                    sum[c] += colour[c];
            }
            for (size_t c = 0; c < 3; c++)
                image[(y * w + x) * 3 + c] = sum[c] / (SUB * SUB);
        }
    for (int pass = 0; pass < sc->blur; pass++) {
        for (size_t y = 0; y < h; y++)
            for (size_t x = 0; x < w; x++)
                for (size_t c = 0; c < 3; c++) {
                    double sum = 0;
                    for (int dy = -1; dy <= 1; dy++)
                        for (int dx = -1; dx <= 1; dx++) {
                            size_t yy = (size_t)clamp((double)y + dy, 0, (double)h - 1),
                                   xx = (size_t)clamp((double)x + dx, 0, (double)w - 1);
                            sum += image[(yy * w + xx) * 3 + c] * (dx ? 1 : 2) * (dy ? 1 : 2);
                        }
                    blurred[(y * w + x) * 3 + c] = sum / 16;
                }
        double *swap = image;
        image = blurred, blurred = swap;
    }
    uint8_t *out = make(w * h * 3, 1);
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            for (size_t c = 0; c < 3; c++) {
                uint64_t key = sc->seed + 1000 + (sc->grey ? 0 : c);
                int64_t nx = (int64_t)((double)x + sc->ox), ny = (int64_t)((double)y + sc->oy);
                double noise = lattice(key, nx, ny) + lattice(key + 10, nx, ny) + lattice(key + 20, nx, ny) + lattice(key + 30, nx, ny) - 2;
                double v = image[(y * w + x) * 3 + c] * sc->gain + noise * sc->noise / 0.577;
                out[(y * w + x) * 3 + c] = (uint8_t)clamp(floor_of(v + 0.5), 0, 255);
            }
    free(image);
    free(blurred);
    return out;
}

/* The stored pixels, from which a reader that obeys the orientation makes the displayed ones. */
static uint8_t *store_as(const uint8_t *shown, int w, int h, int orientation, int *sw, int *sh) {
    bool swapped = orientation >= 5;
    *sw = swapped ? h : w, *sh = swapped ? w : h;
    uint8_t *out = make((size_t)w * (size_t)h * 3, 1);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            int fx = w - 1 - x, fy = h - 1 - y, u, v;
            switch (orientation) {
            case 2:
                u = fx, v = y;
                break;
            case 3:
                u = fx, v = fy;
                break;
            case 4:
                u = x, v = fy;
                break;
            case 5:
                u = y, v = x;
                break;
            case 6:
                u = y, v = fx;
                break;
            case 7:
                u = fy, v = fx;
                break;
            case 8:
                u = fy, v = x;
                break;
            default:
                u = x, v = y;
                break;
            }
            memcpy(&out[((size_t)v * (size_t)*sw + (size_t)u) * 3], &shown[((size_t)y * (size_t)w + (size_t)x) * 3], 3);
        }
    return out;
}

static const uint8_t *exif(int orientation, unsigned *n) {
    static uint8_t bytes[] = {'E', 'x',  'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
                              1,   0x12, 0,   3,   0, 0, 0,   1,   0, 0,  0, 0, 0, 0, 0, 0};
    bytes[25] = (uint8_t)orientation;
    *n = sizeof bytes;
    return bytes;
}

static void write_jpeg(FILE *f, const uint8_t *rgb, int w, int h, const struct plan *p) {
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr e;
    c.err = jpeg_std_error(&e);
    jpeg_create_compress(&c);
    jpeg_stdio_dest(&c, f);
    c.image_width = (JDIMENSION)w, c.image_height = (JDIMENSION)h, c.input_components = 3, c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    if (p->grey)
        jpeg_set_colorspace(&c, JCS_GRAYSCALE);
    else if (p->no_subsampling)
        c.comp_info[0].h_samp_factor = c.comp_info[0].v_samp_factor = 1;
    jpeg_set_quality(&c, p->quality, TRUE);
    c.optimize_coding = TRUE;
    c.dct_method = JDCT_ISLOW;
    jpeg_start_compress(&c, TRUE);
    if (p->orientation) {
        unsigned n;
        const uint8_t *bytes = exif(p->orientation, &n);
        jpeg_write_marker(&c, JPEG_APP0 + 1, bytes, n);
    }
    for (int y = 0; y < h; y++) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)&rgb[(size_t)y * (size_t)w * 3];
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
}

static void write_png(FILE *f, const uint8_t *rgb, int w, int h, const struct plan *p) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, f);
    png_set_compression_level(png, 9);
    png_set_IHDR(png, info, (png_uint_32)w, (png_uint_32)h, 8, p->grey ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (p->orientation) {
        unsigned n;
        const uint8_t *bytes = exif(p->orientation, &n);
        png_set_eXIf_1(png, info, n - 6, (png_bytep)(uintptr_t)(bytes + 6));
    }
    png_write_info(png, info);
    uint8_t *row = make((size_t)w * 3, 1);
    for (int y = 0; y < h; y++) {
        for (int i = 0; i < w * 3; i++)
            row[p->grey ? i / 3 : i] = rgb[(size_t)y * (size_t)w * 3 + (size_t)i];
        png_write_row(png, row);
    }
    free(row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}

/* ---- what is visible of a shape ---- */

struct loop {
    int n;
    struct point *p;
    double area; /* signed: an outer edge is positive */
};

struct visible {
    long pixels;    /* with at least half of their samples */
    double samples; /* visible ones, of shape.full */
    struct loop *loops;
    int n;
    double box[4]; /* x0 y0 x1 y1 of the loops */
    double obb[8];
};

static double loop_area(const struct point *p, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        struct point a = p[i], b = p[(i + 1) % n];
        sum += a.x * b.y - b.x * a.y;
    }
    return sum / 2;
}

/* Douglas-Peucker between i and j (indices into p, walking forward round the loop of n). */
static void keep_far(const struct point *p, int n, int i, int j, double limit, bool *keep) {
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

static int simplify(struct point *p, int n, double limit) {
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

static double cents(double x) {
    return floor_of(x * 100 + 0.5) / 100;
}

/* Marching squares over the pixel centres, at half coverage. cover has a border of one pixel of zeros. */
static void trace(const uint8_t *cover, int w, int h, int x0, int y0, const struct scene *sc, struct visible *out) {
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

static struct reach reach_of(const struct scene *sc, const struct shape *s) {
    double r = s->r * 1.25 + 1, x = s->x - sc->ox, y = s->y - sc->oy, w = sc->w * SUB, h = sc->h * SUB;
    return (struct reach){(int)clamp((x - r) * SUB, 0, w), (int)clamp((y - r) * SUB, 0, h), (int)clamp((x + r) * SUB, 0, w),
                          (int)clamp((y + r) * SUB, 0, h)};
}

static void oriented(const struct scene *sc, int index, struct visible *v) {
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

static struct visible look(const struct scene *sc, int index) {
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

static bool within(const struct loop *l, struct point q) {
    bool in = false;
    for (int i = 0; i < l->n; i++) {
        struct point a = l->p[i], b = l->p[(i + 1) % l->n];
        if ((a.y <= q.y) != (b.y <= q.y) && q.x < a.x + (q.y - a.y) / (b.y - a.y) * (b.x - a.x))
            in = !in;
    }
    return in;
}

/* Cut a's ring open at its point nearest to b and insert b, there and back: how one ring holds a hole or a second part. */
static void bridge(struct loop *a, const struct loop *b) {
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
static void join_loops(struct visible *v, bool one) {
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

static void forget(struct visible *v) {
    for (int k = 0; k < v->n; k++)
        free(v->loops[k].p);
    free(v->loops);
}

/* ---- labels ---- */

struct split {
    const char *name, *out;
    bool all_formats; /* test: also polygons, oriented boxes and VOC */
    FILE *images, *annotations;
    int image_id, annotation_id;
};

static FILE *create(const char *out, const char *folder, const char *stem, const char *extension) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s/%s%s", out, folder, stem, extension);
    FILE *f = fopen(path, "wb");
    if (!f)
        die("cannot create", path);
    return f;
}

static void finish(FILE *f) {
    if (ferror(f) || fclose(f))
        die("cannot write", "a file");
}

static void folder(const char *out, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s", out, name);
    if (mkdir(path, 0777) && errno != EEXIST)
        die("cannot make", path);
}

static void voc_object(FILE *f, int kind, const double box[4], bool truncated, bool difficult) {
    /* the devkit's coordinates: from 1, inclusive */
    fprintf(f,
            "\t<object>\n\t\t<name>%s</name>\n\t\t<pose>Unspecified</pose>\n\t\t<truncated>%d</truncated>\n\t\t<difficult>%d</difficult>\n",
            class_names[kind], truncated, difficult);
    long x0 = (long)floor_of(box[0] + 0.5) + 1, y0 = (long)floor_of(box[1] + 0.5) + 1, x1 = (long)floor_of(box[2] + 0.5),
         y1 = (long)floor_of(box[3] + 0.5);
    fprintf(f,
            "\t\t<bndbox>\n\t\t\t<xmin>%ld</xmin>\n\t\t\t<ymin>%ld</ymin>\n\t\t\t<xmax>%ld</xmax>\n\t\t\t<ymax>%ld</ymax>\n\t\t</"
            "bndbox>\n\t</object>\n",
            x0, y0, x1 < x0 ? x0 : x1, y1 < y0 ? y0 : y1);
}

static void begin_annotation(struct split *sp, int kind, bool crowd, long area, const double box[4]) {
    sp->annotation_id++;
    fprintf(sp->annotations,
            "%s{\"id\": %d, \"image_id\": %d, \"category_id\": %d, \"iscrowd\": %d, \"area\": %ld, \"bbox\": [%.2f, %.2f, %.2f, %.2f], "
            "\"segmentation\": ",
            sp->annotation_id > 1 ? ",\n  " : "\n  ", sp->annotation_id, sp->image_id, class_ids[kind], crowd, area, box[0], box[1],
            box[2] - box[0], box[3] - box[1]);
}

/* All crowd shapes of a scene as one run-length mask, column by column. */
static void write_crowd(struct split *sp, const struct scene *sc, FILE *voc) {
    int kind = -1;
    long area = 0, run = 0;
    double box[4] = {1e9, 1e9, -1, -1};
    size_t w = (size_t)sc->w, h = (size_t)sc->h;
    uint8_t *mask = make(w * h, 1);
    for (int i = 0; i < sc->n; i++)
        kind = sc->shapes[i].crowd ? (int)sc->shapes[i].kind : kind;
    if (kind >= 0) {
        for (size_t y = 0; y < h; y++)
            for (size_t x = 0; x < w; x++) {
                int samples = 0;
                for (size_t k = 0; k < SUB * SUB; k++) {
                    unsigned id = sc->map[(y * SUB + k / SUB) * w * SUB + x * SUB + k % SUB];
                    samples += id && sc->shapes[id - 1].crowd;
                }
                if (samples < 8)
                    continue;
                mask[x * h + y] = 1, area++;
                box[0] = (double)x < box[0] ? (double)x : box[0], box[2] = (double)x + 1 > box[2] ? (double)x + 1 : box[2];
                box[1] = (double)y < box[1] ? (double)y : box[1], box[3] = (double)y + 1 > box[3] ? (double)y + 1 : box[3];
            }
        begin_annotation(sp, kind, true, area, box);
        fprintf(sp->annotations, "{\"size\": [%d, %d], \"counts\": [", sc->h, sc->w);
        uint8_t value = 0;
        for (size_t i = 0; i < w * h; i++) {
            if (mask[i] != value) {
                fprintf(sp->annotations, "%ld, ", run);
                value = mask[i], run = 0;
            }
            run++;
        }
        fprintf(sp->annotations, "%ld]}}", run);
        if (voc)
            voc_object(voc, kind, box, false, true);
    }
    free(mask);
}

static void write_labels(struct split *sp, struct scene *sc, const char *stem, const char *file) {
    char path[64];
    snprintf(path, sizeof path, "%s/labels", sp->name);
    FILE *boxes = create(sp->out, path, stem, ".txt"), *polygons = NULL, *obbs = NULL, *voc = NULL;
    if (sp->all_formats) {
        polygons = create(sp->out, "test-seg/labels", stem, ".txt");
        obbs = create(sp->out, "test-obb/labels", stem, ".txt");
        voc = create(sp->out, "test/voc", stem, ".xml");
        fprintf(voc,
                "<annotation>\n\t<folder>images</folder>\n\t<filename>%s</filename>\n\t<size>\n\t\t<width>%d</width>\n\t\t<height>%d</"
                "height>\n\t\t<depth>%d</depth>\n\t</size>\n"
                "\t<segmented>0</segmented>\n",
                file, sc->w, sc->h, sc->grey ? 1 : 3);
    }
    sp->image_id++;
    fprintf(sp->images, "%s{\"id\": %d, \"file_name\": \"%s\", \"width\": %d, \"height\": %d, \"license\": 1}",
            sp->image_id > 1 ? ",\n  " : "\n  ", sp->image_id, file, sc->w, sc->h);
    for (int i = 0; i < sc->n; i++) {
        const struct shape *s = &sc->shapes[i];
        if (s->crowd || s->kind >= CLASSES)
            continue;
        struct visible v = look(sc, i);
        if (v.n && v.pixels >= 10 && v.samples >= 0.2 * s->full) {
            join_loops(&v, false);
            begin_annotation(sp, (int)s->kind, false, v.pixels, v.box);
            for (int k = 0; k < v.n; k++) {
                fprintf(sp->annotations, "%s[", k ? ", " : "[");
                for (int j = 0; j < v.loops[k].n; j++)
                    fprintf(sp->annotations, "%s%.2f, %.2f", j ? ", " : "", v.loops[k].p[j].x, v.loops[k].p[j].y);
                fprintf(sp->annotations, "]");
            }
            fprintf(sp->annotations, "]}");
            double w = sc->w, h = sc->h;
            fprintf(boxes, "%d %.6f %.6f %.6f %.6f\n", (int)s->kind, (v.box[0] + v.box[2]) / 2 / w, (v.box[1] + v.box[3]) / 2 / h,
                    (v.box[2] - v.box[0]) / w, (v.box[3] - v.box[1]) / h);
            if (sp->all_formats) {
                join_loops(&v, true);
                fprintf(polygons, "%d", (int)s->kind);
                for (int j = 0; j < v.loops[0].n; j++)
                    fprintf(polygons, " %.6f %.6f", v.loops[0].p[j].x / w, v.loops[0].p[j].y / h);
                fprintf(polygons, "\n");
                fprintf(obbs, "%d", (int)s->kind);
                for (int k = 0; k < 4; k++)
                    fprintf(obbs, " %.6f %.6f", v.obb[2 * k] / w, v.obb[2 * k + 1] / h);
                fprintf(obbs, "\n");
                voc_object(voc, (int)s->kind, v.box, v.samples < 0.95 * s->full, false);
            }
        }
        forget(&v);
    }
    write_crowd(sp, sc, voc);
    finish(boxes);
    if (sp->all_formats) {
        finish(polygons);
        finish(obbs);
        fprintf(voc, "</annotation>\n");
        finish(voc);
    }
}

static void emit(struct split *sp, struct scene *sc, const struct plan *p) {
    char stem[32], file[40], path[64];
    snprintf(stem, sizeof stem, "%s-%03d", sp->name, sp->image_id + 1);
    snprintf(file, sizeof file, "%s%s", stem, p->quality ? ".jpg" : ".png");
    snprintf(path, sizeof path, "%s/images", sp->name);
    uint8_t *shown = paint(sc);
    int w, h;
    uint8_t *stored = store_as(shown, sc->w, sc->h, p->orientation, &w, &h);
    FILE *f = create(sp->out, path, file, "");
    if (p->quality)
        write_jpeg(f, stored, w, h, p);
    else
        write_png(f, stored, w, h, p);
    finish(f);
    free(shown);
    free(stored);
    write_labels(sp, sc, stem, file);
    free(sc->map);
}

/* ---- the splits ---- */

#define TEST_IMAGES  60
#define SMALL_IMAGES 12

static struct plan test_plan(int i) {
    static const int sizes[][2] = {{320, 240}, {640, 480}, {240, 320}, {480, 360}, {160, 120}, {400, 300},
                                   {512, 512}, {200, 200}, {640, 427}, {360, 480}, {300, 225}, {448, 448}};
    static const int qualities[] = {88, 75, 92, 82};
    static const struct {
        int image, orientation;
    } turned[] = {{6, 6}, {13, 8}, {22, 3}, {27, 6}, {34, 2}, {41, 5}, {47, 7}, {53, 4}, {36, 6}};
    struct plan p = {.w = sizes[i % 12][0], .h = sizes[i % 12][1], .quality = qualities[(i / 3) % 4], .no_subsampling = i % 5 == 1};
    if (i % 3 == 0 && p.w * p.h <= 90000) /* noisy PNGs are heavy: the small ones */
        p.quality = 0;
    for (size_t k = 0; k < sizeof turned / sizeof *turned; k++)
        if (turned[k].image == i)
            p.orientation = turned[k].orientation;
    p.empty = i == 4 || i == 17 || i == 29 || i == 44 || i == 56;
    p.crowd = i == 3 || i == 15 || i == 26 || i == 37 || i == 48;
    p.grey = i == 8 || i == 24;
    return p;
}

static void open_split(struct split *sp, const char *out, const char *name) {
    *sp = (struct split){.name = name, .out = out, .all_formats = !strcmp(name, "test")};
    char path[64];
    folder(out, name);
    snprintf(path, sizeof path, "%s/images", name);
    folder(out, path);
    snprintf(path, sizeof path, "%s/labels", name);
    folder(out, path);
    sp->images = tmpfile();
    sp->annotations = tmpfile();
    if (!sp->images || !sp->annotations)
        die("cannot make", "a temporary file");
}

static void append(FILE *to, FILE *from) {
    rewind(from);
    for (int c; (c = getc(from)) != EOF;)
        putc(c, to);
    finish(from);
}

static void close_split(struct split *sp) {
    FILE *f = create(sp->out, sp->name, "annotations", ".json");
    fprintf(f,
            "{\n\"info\": {\"description\": \"shapes, %s split\", \"version\": \"1\"},\n\"licenses\": [{\"id\": 1, \"name\": "
            "\"Apache-2.0\", \"url\": \"https://www.apache.org/licenses/LICENSE-2.0\"}],\n\"images\": [",
            sp->name);
    append(f, sp->images);
    fprintf(f, "\n],\n\"annotations\": [");
    append(f, sp->annotations);
    fprintf(f, "\n],\n\"categories\": [");
    for (int i = 0; i < CLASSES; i++)
        fprintf(f, "%s{\"id\": %d, \"name\": \"%s\", \"supercategory\": \"shape\"}", i ? ",\n  " : "\n  ", class_ids[i], class_names[i]);
    fprintf(f, "\n]\n}\n");
    finish(f);
}

static void write_yaml(const char *out, const char *where, const char *splits) {
    FILE *f = create(out, where, "data", ".yaml");
    fprintf(f, "%snc: %d\nnames:\n", splits, CLASSES);
    for (int i = 0; i < CLASSES; i++)
        fprintf(f, "  %d: %s\n", i, class_names[i]);
    finish(f);
}

static void link_images(const char *out, const char *where) {
    char path[1024];
    folder(out, where);
    snprintf(path, sizeof path, "%s/labels", where);
    folder(out, path);
    snprintf(path, sizeof path, "%s/%s/images", out, where);
    if (symlink("../test/images", path) && errno != EEXIST)
        die("cannot link", path);
}

/* A test scene again, a little different: brighter, cut at its edges, and in other JPEG bytes. */
static void emit_near_duplicate(struct split *sp, uint64_t seed, int test_image, double gain, int cut, int quality) {
    static struct scene sc;
    struct plan p = test_plan(test_image);
    build(&sc, &p, seed + (uint64_t)test_image);
    sc.w -= 2 * cut, sc.h -= 2 * cut, sc.ox = cut, sc.oy = cut / 2, sc.gain = gain;
    memset(sc.map, 0, (size_t)sc.w * SUB * (size_t)sc.h * SUB * sizeof *sc.map);
    for (int i = 0; i < sc.n; i++)
        raster(&sc, &sc.shapes[i], (uint16_t)(i + 1), NULL);
    p.quality = quality, p.orientation = 0;
    emit(sp, &sc, &p);
}

int main(int argc, char **argv) {
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: generate OUT_FOLDER [SEED]\n");
        return 2;
    }
    uint64_t seed = argc == 3 ? strtoull(argv[2], NULL, 10) * 1000000 : 0;
    const char *out = argv[1];
    static struct scene sc;
    struct split sp;
    if (mkdir(out, 0777) && errno != EEXIST)
        die("cannot make", out);
    link_images(out, "test-seg");
    link_images(out, "test-obb");
    folder(out, "test");
    folder(out, "test/voc");
    open_split(&sp, out, "test");
    for (int i = 0; i < TEST_IMAGES; i++) {
        struct plan p = test_plan(i);
        build(&sc, &p, seed + (uint64_t)i);
        emit(&sp, &sc, &p);
    }
    close_split(&sp);
    static const char *const small[] = {"train", "valid"};
    for (int k = 0; k < 2; k++) {
        open_split(&sp, out, small[k]);
        for (int i = 0; i < SMALL_IMAGES; i++) {
            if (i == 5) {
                emit_near_duplicate(&sp, seed, k ? 10 : 0, k ? 1 : 1.12, k ? 0 : 6, k ? 60 : 85);
                continue;
            }
            static const int sizes[][2] = {{200, 150}, {240, 180}, {160, 160}, {150, 200}};
            struct plan p = {.w = sizes[i % 4][0], .h = sizes[i % 4][1], .quality = i % 4 == 3 ? 0 : 86, .empty = i == 9, .crowd = i == 7};
            build(&sc, &p, seed + (uint64_t)(1000 + 1000 * k + i));
            emit(&sp, &sc, &p);
        }
        close_split(&sp);
    }
    write_yaml(out, ".", "train: train/images\nval: valid/images\ntest: test/images\n");
    write_yaml(out, "test-seg", "val: images\ntest: images\n");
    write_yaml(out, "test-obb", "val: images\ntest: images\n");
    return 0;
}
