/*
 * numbers.c: random numbers, sine and noise that are the same on every machine: the C library's sine differs in the last bit.
 */
#include "generator.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void die(const char *what, const char *subject)
{
    fprintf(stderr, "generate: %s '%s': %s\n", what, subject, strerror(errno));
    exit(1);
}

void *make(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        die("out of memory for", "a scene");
    return p;
}

uint64_t mix(uint64_t z)
{ /* splitmix64's output function */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

double uniform(struct rng *r, double lo, double hi)
{
    r->state += 0x9e3779b97f4a7c15u;
    return lo + (hi - lo) * ((double)(mix(r->state) >> 11) / 9007199254740992.0);
}

int pick(struct rng *r, int n)
{
    return (int)uniform(r, 0, n);
}

double floor_of(double x)
{
    double t = (double)(int64_t)x;
    return t > x ? t - 1 : t;
}

double sine(double x)
{
    x -= 2 * PI * floor_of(x / (2 * PI) + 0.5);
    double term = x, sum = x;
    for (int k = 1; k < 14; k++) {
        term *= -x * x / (2 * k * (2 * k + 1));
        sum += term;
    }
    return sum;
}

double cosine(double x)
{
    return sine(x + PI / 2);
}

double clamp(double x, double lo, double hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

/* One number in 0..1 for a lattice point. */
double lattice(uint64_t seed, int64_t x, int64_t y)
{
    return (double)(mix(seed + (uint64_t)x * 0x9e3779b97f4a7c15u + (uint64_t)y * 0xc2b2ae3d27d4eb4fu) >> 40) / 16777216.0;
}

double value_noise(uint64_t seed, double x, double y)
{
    double fx = floor_of(x), fy = floor_of(y), tx = x - fx, ty = y - fy;
    int64_t ix = (int64_t)fx, iy = (int64_t)fy;
    tx = tx * tx * (3 - 2 * tx);
    ty = ty * ty * (3 - 2 * ty);
    double top = lattice(seed, ix, iy) * (1 - tx) + lattice(seed, ix + 1, iy) * tx;
    double bottom = lattice(seed, ix, iy + 1) * (1 - tx) + lattice(seed, ix + 1, iy + 1) * tx;
    return top * (1 - ty) + bottom * ty;
}
