/*
 * runner.h: the parts of shapes-runner, a program that finds five kinds of shapes in images by classical vision: no network, no learned
 * weights, a handful of thresholds. It speaks the runner protocol and shares no code with boxscore.
 *
 *     make.c      memory
 *     image.c     file → pixels as displayed
 *     ground.c    what is behind the shapes: noise, a smooth background, distance from it
 *     segment.c   pixels → regions that might be shapes, by one of four methods
 *     describe.c  region → moments, outline, corners, hull, oriented rectangle
 *     classify.c  description → class and how well it fits
 *     score.c     how likely a description and its class are right
 *     detect.c    all of it, then the overlapping ones are removed
 *     main.c      options and protocol
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum class { DISC, RING, SQUARE, TRIANGLE, STAR, CLASSES, NONE = -1 };
extern const char *const class_names[CLASSES];

/* ---- make.c ---- */

/* calloc that ends the program when there is no memory: the host starts it again. */
void *make(size_t n, size_t size);

/* ---- image.c ---- */

/* A decoded file, as displayed: interleaved r, g, b. */
struct picture {
    int w, h;
    uint8_t *rgb;
};
/* The same to calculate with. */
struct image {
    int w, h;
    float *rgb;
};

/* Decode a JPEG or PNG, orientation applied. False: *why says what is wrong (static text). */
bool picture_load(const char *path, struct picture *out, const char **why);
void picture_release(struct picture *p);
struct image image_resize(const struct picture *in, int w, int h);
void image_smooth(struct image *im, int passes); /* 3x3 binomial */
void image_release(struct image *im);

/* ---- ground.c ---- */

/* Mean of the noise's standard deviations per channel, from the differences of neighbours: edges hardly count. */
float noise_level(const struct image *im);
/* A quadratic surface a channel through what most pixels agree on. */
struct ground {
    double coefficient[3][6];
    int w, h;
    float spread;    /* of the colours of ground pixels around the surface: noise and texture */
    float *distance; /* w*h: of each pixel's colour from the surface */
};
struct ground ground_fit(const struct image *im);
void ground_release(struct ground *g);

/* ---- segment.c ---- */

/* A set of connected pixels: a mask of w x h bytes whose corner is at x, y. */
struct region {
    int x, y, w, h;
    long area;
    uint8_t *mask;
};

enum method { METHOD_THRESHOLD, METHOD_COMPONENTS, METHOD_EDGES, METHOD_REGIONS };
struct settings;

/* Calls found() for every region of at least least pixels; the mask is the callback's only while it runs. */
typedef void found_fn(void *context, const struct region *r);
void segment(const struct image *im, const struct ground *g, const struct settings *s, long least, found_fn *found, void *context);

/* ---- describe.c ---- */

struct point {
    double x, y;
};

struct outline {
    int n;
    struct point *p; /* pixel edges, clockwise on the screen, collinear points left out */
};

struct description {
    double area, perimeter;
    double cx, cy, cov[3]; /* centre, and variances xx, xy, yy (pixels are squares, not points) */
    double elongation;     /* shorter over longer principal axis */
    double holes;          /* area of the holes over area with them */
    double hull_area;
    struct outline outer, hull;
    int corners, hull_corners; /* of the outline and of its hull, straightened */
    double border;             /* part of the outline that runs along the image's edge */
};

struct description describe(const struct region *r, int image_w, int image_h);
void description_release(struct description *d);
/* Four corners; upright for what has no direction of its own. */
void oriented_rectangle(const struct description *d, enum class c, struct point out[4]);
struct outline outline_trace(const struct region *r);
int straighten(struct point *p, int n, double tolerance); /* closed polyline, in place; returns the new n */

/* ---- classify.c ---- */

enum classifier { BY_CIRCULARITY, BY_CORNERS, BY_TEMPLATE };

struct verdict {
    enum class class; /* NONE: nothing it knows */
    double fit;       /* 0..1 */
    double margin;    /* by how much it fits better than the next */
};

void classify_prepare(void); /* draws the templates; once */
struct verdict classify(const struct region *r, const struct description *d, enum classifier by);

/* ---- score.c ---- */

#define FEATURES 7
double score_of(const double features[FEATURES], enum classifier by, enum class c);

/* ---- detect.c ---- */

enum task { TASK_DETECT, TASK_SEGMENT, TASK_OBB };

struct settings {
    enum task task;
    enum method method;
    enum classifier classifier;
    double scale;       /* of the image before anything else */
    int levels;         /* how many times, each at half the scale of the one before */
    double min_size;    /* of a shape's box, in pixels of the original */
    double sensitivity; /* how many noise spreads a shape must differ by */
    int smooth;         /* passes of smoothing */
    bool fill_holes;    /* look at silhouettes only */
    double min_score;
    bool explain;
};

struct detection {
    enum class class;
    double score;
    double box[4]; /* x0 y0 x1 y1, as displayed, original pixels */
    struct point obb[4];
    struct outline outline; /* segment: owned */
    double features[FEATURES];
    /* segment: runs of the mask at full size, column by column, when it has holes; otherwise NULL */
    uint32_t *runs;
    size_t nruns;
};

struct detections {
    struct detection *all;
    size_t n, room;
};

struct detections detect(const struct picture *original, const struct settings *s);
void detections_release(struct detections *d);
