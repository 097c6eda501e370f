/*
 * generator.h: what the parts of the shapes generator share.
 *
 *     numbers.c    random numbers, sine and noise that are the same on every machine
 *     scene.c      which shapes where; what lies on top at each sample
 *     paint.c      scene → pixels → files
 *     visible.c    what is visible of a shape: area, outlines, boxes
 *     generate.c   labels, splits, main
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PI         3.14159265358979323846
#define SUB        4
#define MAX_SHAPES 400
#define MAX_POINTS 200

enum kind { DISC, RING, SQUARE, TRIANGLE, STAR, CLASSES, BAR = CLASSES, CROSS, HALF_DISC, KINDS };

struct rng {
    uint64_t state;
};

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

struct plan {
    int w, h;
    int quality; /* JPEG quality; 0: PNG */
    int orientation;
    bool empty, crowd, grey, no_subsampling;
};

struct point {
    double x, y;
};

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

/* numbers.c */
void die(const char *what, const char *subject);
void *make(size_t n, size_t size);
uint64_t mix(uint64_t z);
double uniform(struct rng *r, double lo, double hi);
int pick(struct rng *r, int n);
double floor_of(double x);
double sine(double x);
double cosine(double x);
double clamp(double x, double lo, double hi);
double lattice(uint64_t seed, int64_t x, int64_t y);
double value_noise(uint64_t seed, double x, double y);

/* scene.c */
void build(struct scene *sc, const struct plan *p, uint64_t seed);
double raster(struct scene *sc, const struct shape *s, uint16_t value, double *lost);
void ground_colour(const struct scene *sc, double x, double y, double out[3]);

/* paint.c */
uint8_t *paint(const struct scene *sc);
uint8_t *store_as(const uint8_t *shown, int w, int h, int orientation, int *sw, int *sh);
void write_jpeg(FILE *f, const uint8_t *rgb, int w, int h, const struct plan *p);
void write_png(FILE *f, const uint8_t *rgb, int w, int h, const struct plan *p);

/* visible.c */
struct visible look(const struct scene *sc, int index);
void join_loops(struct visible *v, bool one);
void forget(struct visible *v);
