/*
 * ground.c: what is behind the shapes.
 */
#include "runner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static float median(float *v, size_t n)
{
    if (!n)
        return 0;
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

float noise_level(const struct image *im)
{
    size_t w = (size_t)im->w, h = (size_t)im->h, step = w * h > 40000 ? w * h / 20000 : 2, n = 0;
    float *d = make(w * h / step * 3 + 3, sizeof *d);
    for (size_t i = 0; i + 1 < w * h; i += step) {
        if (i % w + 1 == w)
            continue;
        for (size_t c = 0; c < 3; c++)
            d[n++] = fabsf(im->rgb[i * 3 + c] - im->rgb[(i + 1) * 3 + c]);
    }
    float m = median(d, n);
    free(d);
    return m / 0.954f; /* of |difference of two normal variables|: 0.6745 * sqrt(2) */
}

static void terms(const struct ground *g, int x, int y, double t[6])
{
    double u = 2.0 * (x + 0.5) / g->w - 1, v = 2.0 * (y + 0.5) / g->h - 1;
    t[0] = 1, t[1] = u, t[2] = v, t[3] = u * u, t[4] = u * v, t[5] = v * v;
}

static void ground_at(const struct ground *g, int x, int y, float rgb[3])
{
    double t[6];
    terms(g, x, y, t);
    for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int k = 0; k < 6; k++)
            sum += g->coefficient[c][k] * t[k];
        rgb[c] = (float)sum;
    }
}

/* Solve the 6x6 system for three right sides, in place; false when it has no single answer. */
static bool solve(double a[6][9])
{
    for (int k = 0; k < 6; k++) {
        int best = k;
        for (int i = k + 1; i < 6; i++)
            if (fabs(a[i][k]) > fabs(a[best][k]))
                best = i;
        if (fabs(a[best][k]) < 1e-9)
            return false;
        for (int j = 0; j < 9; j++) {
            double swap = a[k][j];
            a[k][j] = a[best][j], a[best][j] = swap;
        }
        for (int i = 0; i < 6; i++) {
            if (i == k)
                continue;
            double f = a[i][k] / a[k][k];
            for (int j = k; j < 9; j++)
                a[i][j] -= f * a[k][j];
        }
    }
    for (int k = 0; k < 6; k++)
        for (int j = 6; j < 9; j++)
            a[k][j] /= a[k][k];
    return true;
}

/* The colour that most of a sample of pixels are near: where the search for the surface begins. */
static void commonest(const struct image *im, size_t step, float out[3])
{
    enum { BINS = 12 };
    static unsigned count[BINS][BINS][BINS];
    memset(count, 0, sizeof count);
    size_t n = (size_t)im->w * (size_t)im->h;
    unsigned most = 0;
    for (size_t i = 0; i < n; i += step) {
        int bin[3];
        for (size_t c = 0; c < 3; c++) {
            int b = (int)(im->rgb[i * 3 + c] * BINS / 256);
            bin[c] = b < 0 ? 0 : b >= BINS ? BINS - 1 : b;
        }
        unsigned k = ++count[bin[0]][bin[1]][bin[2]];
        if (k > most) {
            most = k;
            for (int c = 0; c < 3; c++)
                out[c] = ((float)bin[c] + 0.5f) * 256 / BINS;
        }
    }
}

static struct ground fit(const struct image *im)
{
    struct ground g = {.w = im->w, .h = im->h};
    size_t n = (size_t)im->w * (size_t)im->h, step = n > 8000 ? n / 4000 : 1;
    while (step > 1 && (size_t)im->w % step == 0) /* not always the same columns */
        step++;
    float start[3] = {0}, *residual = make(n / step + 1, sizeof *residual);
    commonest(im, step, start);
    for (int c = 0; c < 3; c++)
        g.coefficient[c][0] = (double)start[c];
    double reach = 60;
    for (int round = 0; round < 7; round++) {
        double a[6][9] = {{0}};
        size_t used = 0, seen = 0;
        for (size_t i = 0; i < n; i += step, seen++) {
            int x = (int)(i % (size_t)im->w), y = (int)(i / (size_t)im->w);
            double t[6], d2 = 0;
            float ground[3];
            terms(&g, x, y, t);
            ground_at(&g, x, y, ground);
            for (size_t c = 0; c < 3; c++) {
                double d = (double)(im->rgb[i * 3 + c] - ground[c]);
                d2 += d * d;
            }
            residual[seen] = (float)sqrt(d2);
            double weight = d2 / (reach * reach);
            weight = weight < 1 ? (1 - weight) * (1 - weight) : 0; /* Tukey's */
            used += weight > 0;
            for (int j = 0; j < 6; j++) {
                for (int k = 0; k < 6; k++)
                    a[j][k] += weight * t[j] * t[k];
                for (size_t c = 0; c < 3; c++)
                    a[j][6 + c] += weight * t[j] * (double)im->rgb[i * 3 + c];
            }
        }
        for (int j = 0; j < 6; j++)
            a[j][j] += j ? 1e-3 * (double)seen : 1e-9; /* a ground seen only in part must not bend away where it is hidden */
        g.spread = median(residual, seen) / 1.54f;     /* of the length of three normal variables */
        if (used < 12 || !solve(a))
            break;
        for (int c = 0; c < 3; c++)
            for (int k = 0; k < 6; k++)
                g.coefficient[c][k] = a[k][6 + c];
        double next = 4.5 * (double)g.spread * 1.54;
        reach = next < 12 ? 12 : next > 75 ? 75 : next;
    }
    free(residual);
    return g;
}

static void measure(const struct image *im, struct ground *g)
{
    g->distance = make((size_t)im->w * (size_t)im->h, sizeof *g->distance);
    for (int y = 0; y < im->h; y++)
        for (int x = 0; x < im->w; x++) {
            size_t i = (size_t)y * (size_t)im->w + (size_t)x;
            float ground[3], d2 = 0;
            ground_at(g, x, y, ground);
            for (size_t c = 0; c < 3; c++)
                d2 += (im->rgb[i * 3 + c] - ground[c]) * (im->rgb[i * 3 + c] - ground[c]);
            g->distance[i] = sqrtf(d2);
        }
}

struct ground ground_fit(const struct image *im)
{
    struct ground g = fit(im);
    measure(im, &g);
    return g;
}

void ground_release(struct ground *g)
{
    free(g->distance);
    g->distance = NULL;
}
