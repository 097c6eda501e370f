/*
 * segment.c: pixels → regions that might be shapes.
 *
 *     threshold   what is much brighter or darker than the commonest brightness. Sees no colour, no gradient
 *     components  what differs in colour from the ground's surface, in connected pieces
 *     edges       what lies between strong edges: also shapes that touch each other
 *     regions     pixels joined pairwise from the most alike on, at several levels, and the components at several thresholds: many
 * proposals
 */
#include "runner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int32_t root(int32_t *parent, int32_t i)
{
    while (parent[i] != i)
        i = parent[i] = parent[parent[i]];
    return i;
}

/* One callback for each label of at least `least` pixels; label -1 is nobody's. Labels are below n. */
static void each_label(const int32_t *label, int w, int h, int32_t n, long least, found_fn *found, void *context)
{
    struct box {
        int x0, y0, x1, y1;
        long area;
    } *box = make((size_t)n, sizeof *box);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            int32_t l = label[(size_t)y * (size_t)w + (size_t)x];
            if (l < 0)
                continue;
            struct box *b = &box[l];
            if (!b->area++)
                *b = (struct box){x, y, x, y, 1};
            b->x0 = x < b->x0 ? x : b->x0, b->x1 = x > b->x1 ? x : b->x1, b->y1 = y;
        }
    for (int32_t l = 0; l < n; l++) {
        const struct box *b = &box[l];
        if (b->area < least || b->area == 0)
            continue;
        struct region r = {b->x0, b->y0, b->x1 - b->x0 + 1, b->y1 - b->y0 + 1, b->area, NULL};
        r.mask = make((size_t)r.w * (size_t)r.h, 1);
        for (int y = 0; y < r.h; y++)
            for (int x = 0; x < r.w; x++)
                r.mask[(size_t)y * (size_t)r.w + (size_t)x] = label[(size_t)(y + r.y) * (size_t)w + (size_t)(x + r.x)] == l;
        found(context, &r);
        free(r.mask);
    }
    free(box);
}

/* Label the connected pixels for which in[] is set (8 neighbours, or 4); returns the number of labels. */
static int32_t connect(const uint8_t *in, int w, int h, bool eight, int32_t *label)
{
    size_t n = (size_t)w * (size_t)h;
    int32_t *parent = make(n, sizeof *parent);
    for (size_t i = 0; i < n; i++)
        parent[i] = (int32_t)i;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            int32_t i = y * w + x;
            if (!in[i])
                continue;
            if (x && in[i - 1])
                parent[root(parent, i)] = root(parent, i - 1);
            for (int d = eight ? -1 : 0; y && d <= (eight ? 1 : 0); d++)
                if (x + d >= 0 && x + d < w && in[i - w + d])
                    parent[root(parent, i)] = root(parent, i - w + d);
        }
    int32_t count = 0;
    for (size_t i = 0; i < n; i++)
        label[i] = in[i] && parent[i] == (int32_t)i ? count++ : -1;
    for (size_t i = 0; i < n; i++)
        if (in[i] && parent[i] != (int32_t)i)
            label[i] = label[root(parent, (int32_t)i)];
    free(parent);
    return count;
}

static void threshold(const struct image *im, const struct settings *s, long least, found_fn *found, void *context)
{
    size_t n = (size_t)im->w * (size_t)im->h;
    unsigned histogram[256] = {0};
    uint8_t *luma = make(n, 1);
    for (size_t i = 0; i < n; i++) {
        float v = 0.299f * im->rgb[3 * i] + 0.587f * im->rgb[3 * i + 1] + 0.114f * im->rgb[3 * i + 2];
        luma[i] = (uint8_t)v;
        histogram[luma[i]]++;
    }
    int mode = 0;
    unsigned long most = 0;
    for (int v = 0; v < 256; v++) {
        unsigned long sum = 0;
        for (int k = v - 6; k <= v + 6; k++)
            sum += k >= 0 && k < 256 ? histogram[k] : 0;
        if (sum > most)
            most = sum, mode = v;
    }
    double limit = s->sensitivity * 6;
    int32_t *label = make(n, sizeof *label);
    for (int side = -1; side <= 1; side += 2) {
        uint8_t *in = make(n, 1);
        for (size_t i = 0; i < n; i++)
            in[i] = side * ((int)luma[i] - mode) > limit;
        int32_t count = connect(in, im->w, im->h, true, label);
        each_label(label, im->w, im->h, count, least, found, context);
        free(in);
    }
    free(label);
    free(luma);
}

static void components(const struct image *im, const struct ground *g, double limit, long least, found_fn *found, void *context)
{
    size_t n = (size_t)im->w * (size_t)im->h;
    uint8_t *in = make(n, 1);
    int32_t *label = make(n, sizeof *label);
    for (size_t i = 0; i < n; i++)
        in[i] = (double)g->distance[i] > limit;
    int32_t count = connect(in, im->w, im->h, true, label);
    each_label(label, im->w, im->h, count, least, found, context);
    free(label);
    free(in);
}

static float *gradient(const struct image *im)
{
    int w = im->w, h = im->h;
    float *out = make((size_t)w * (size_t)h, sizeof *out);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const float *l = im->rgb + ((size_t)y * (size_t)w + (size_t)(x ? x - 1 : 0)) * 3,
                        *r = im->rgb + ((size_t)y * (size_t)w + (size_t)(x + 1 < w ? x + 1 : x)) * 3;
            const float *u = im->rgb + ((size_t)(y ? y - 1 : 0) * (size_t)w + (size_t)x) * 3,
                        *d = im->rgb + ((size_t)(y + 1 < h ? y + 1 : y) * (size_t)w + (size_t)x) * 3;
            float sum = 0;
            for (int c = 0; c < 3; c++)
                sum += (r[c] - l[c]) * (r[c] - l[c]) + (d[c] - u[c]) * (d[c] - u[c]);
            out[(size_t)y * (size_t)w + (size_t)x] = sqrtf(sum);
        }
    return out;
}

/* Give unlabelled pixels to a neighbouring label, `steps` pixels deep. */
static void grow(int32_t *label, int w, int h, int steps)
{
    size_t n = (size_t)w * (size_t)h;
    int32_t *next = make(n, sizeof *next);
    for (int k = 0; k < steps; k++) {
        memcpy(next, label, n * sizeof *next);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                int i = y * w + x;
                if (label[i] >= 0)
                    continue;
                int32_t l = x && label[i - 1] >= 0           ? label[i - 1]
                            : x + 1 < w && label[i + 1] >= 0 ? label[i + 1]
                            : y && label[i - w] >= 0         ? label[i - w]
                            : y + 1 < h && label[i + w] >= 0 ? label[i + w]
                                                             : -1;
                next[i] = l;
            }
        memcpy(label, next, n * sizeof *next);
    }
    free(next);
}

static void edges(const struct image *im, const struct settings *s, long least, found_fn *found, void *context)
{
    size_t n = (size_t)im->w * (size_t)im->h;
    float *strength = gradient(im);
    double noise = (double)noise_level(im), limit = s->sensitivity * 2.8 * noise;
    limit = limit < 9 ? 9 : limit;
    uint8_t *in = make(n, 1);
    for (size_t i = 0; i < n; i++)
        in[i] = (double)strength[i] < limit;
    free(strength);
    int32_t *label = make(n, sizeof *label);
    int32_t count = connect(in, im->w, im->h, false, label);
    grow(label, im->w, im->h, 2);
    each_label(label, im->w, im->h, count, least, found, context);
    free(label);
    free(in);
}

/* Pixels joined pairwise as in Felzenszwalb and Huttenlocher, Efficient Graph-Based Image Segmentation (2004), level upon level: each goes
 * on from the one before with a larger k, so that what is once joined stays so, and only the edges between regions are left to look at. */
struct edge {
    int32_t a, b;
    float weight;
};
enum { WEIGHTS = 1024, WEIGHT_SCALE = 4 };

struct forest {
    int32_t *parent, *size;
    float *most; /* the largest weight inside a region */
    struct edge *edge;
    size_t edges;
};

static float colour_step(const struct image *im, int32_t a, int32_t b)
{
    const float *p = im->rgb + 3 * (size_t)a, *q = im->rgb + 3 * (size_t)b;
    return sqrtf((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) + (p[2] - q[2]) * (p[2] - q[2]));
}

/* All edges of the 8-neighbour graph by ascending weight (in steps of a quarter), and each pixel for itself. */
static struct forest plant(const struct image *im)
{
    static const int step[4][2] = {{1, 0}, {0, 1}, {1, 1}, {-1, 1}};
    struct forest f = {0};
    size_t at[WEIGHTS] = {0}, n = (size_t)im->w * (size_t)im->h;
    for (int fill = 0; fill < 2; fill++) {
        for (int y = 0; y < im->h; y++)
            for (int x = 0; x < im->w; x++)
                for (int k = 0; k < 4; k++) {
                    int u = x + step[k][0], v = y + step[k][1];
                    if (u < 0 || u >= im->w || v >= im->h)
                        continue;
                    struct edge e = {y * im->w + x, v * im->w + u, 0};
                    e.weight = colour_step(im, e.a, e.b);
                    int d = (int)(e.weight * WEIGHT_SCALE);
                    d = d < WEIGHTS ? d : WEIGHTS - 1;
                    if (fill)
                        f.edge[at[d]++] = e;
                    else
                        at[d]++, f.edges++;
                }
        if (fill)
            break;
        f.edge = make(f.edges, sizeof *f.edge);
        size_t sum = 0;
        for (size_t d = 0; d < WEIGHTS; d++) {
            size_t count = at[d];
            at[d] = sum;
            sum += count;
        }
    }
    f.parent = make(n, sizeof *f.parent), f.size = make(n, sizeof *f.size), f.most = make(n, sizeof *f.most);
    for (size_t i = 0; i < n; i++)
        f.parent[i] = (int32_t)i, f.size[i] = 1;
    return f;
}

/* Join what differs less than inside, give or take k / size; with least: whatever is smaller than that. */
static void join(struct forest *f, double k, long least)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->edges; i++) {
        struct edge e = f->edge[i];
        int32_t a = root(f->parent, e.a), b = root(f->parent, e.b);
        if (a == b)
            continue;
        bool joined =
            least ? f->size[a] < least || f->size[b] < least
                  : (double)e.weight <= (double)f->most[a] + k / f->size[a] && (double)e.weight <= (double)f->most[b] + k / f->size[b];
        if (!joined) {
            f->edge[kept++] = e;
            continue;
        }
        if (f->size[a] < f->size[b]) {
            int32_t swap = a;
            a = b, b = swap;
        }
        f->parent[b] = a;
        f->size[a] += f->size[b];
        if (!least)
            f->most[a] = e.weight;
    }
    f->edges = kept;
}

static void regions(const struct image *im, const struct ground *g, const struct settings *s, long least, found_fn *found, void *context)
{
    static const double levels[] = {40, 110, 300, 800};
    static const double cuts[] = {0.7, 1, 1.6, 2.6};
    size_t n = (size_t)im->w * (size_t)im->h;
    struct forest f = plant(im);
    int32_t *label = make(n, sizeof *label);
    double noise = 1 + (double)noise_level(im) / 3;
    for (size_t level = 0; level < sizeof levels / sizeof *levels; level++) {
        join(&f, levels[level] * noise, 0);
        join(&f, 0, least);
        int32_t labels = 0;
        for (size_t i = 0; i < n; i++)
            label[i] = f.parent[i] == (int32_t)i ? labels++ : -1;
        for (size_t i = 0; i < n; i++)
            if (f.parent[i] != (int32_t)i)
                label[i] = label[root(f.parent, (int32_t)i)];
        each_label(label, im->w, im->h, labels, least, found, context);
    }
    free(label);
    free(f.edge);
    free(f.parent);
    free(f.size);
    free(f.most);
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        double limit = cuts[i] * s->sensitivity * (double)g->spread;
        components(im, g, limit < 10 * cuts[i] ? 10 * cuts[i] : limit, least, found, context);
    }
}

void segment(const struct image *im, const struct ground *g, const struct settings *s, long least, found_fn *found, void *context)
{
    double limit = s->sensitivity * (double)g->spread;
    switch (s->method) {
    case METHOD_THRESHOLD:
        threshold(im, s, least, found, context);
        break;
    case METHOD_COMPONENTS:
        components(im, g, limit < 14 ? 14 : limit, least, found, context);
        break;
    case METHOD_EDGES:
        edges(im, s, least, found, context);
        break;
    case METHOD_REGIONS:
        regions(im, g, s, least, found, context);
        break;
    }
}
