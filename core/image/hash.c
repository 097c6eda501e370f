/* hash.c: see hash.h. */
#include "core/image/hash.h"
#include <math.h>
#include <string.h>

#define WIDE 24  /* u and v of the 256 lowest terms are at most 22; rounded up to what vectors like */
#define LOW  12  /* and of the 64 lowest 10 */
#define FLAT 1.5 /* standard deviation of luma, in steps of 255 */

/* Which u and v are term i's. */
struct order {
    uint8_t u[BX_HASH_TERMS], v[BX_HASH_TERMS];
    float weight[BX_HASH_TERMS];
    uint64_t odd_u[BX_HASH_TERMS / 64], odd_v[BX_HASH_TERMS / 64];
};
static struct order order;

static __attribute__((constructor)) void make_order(void)
{
    size_t n = 0;
    for (unsigned sum = 1; n < BX_HASH_TERMS; sum++)
        for (unsigned u = 0; u <= sum && n < BX_HASH_TERMS; u++, n++) {
            unsigned v = sum - u;
            order.u[n] = (uint8_t)u;
            order.v[n] = (uint8_t)v;
            order.weight[n] = sqrtf((float)(u * u + v * v));
            order.odd_u[n / 64] |= (uint64_t)(u & 1) << n % 64;
            order.odd_v[n / 64] |= (uint64_t)(v & 1) << n % 64;
        }
}

/* How much of each of n pixels lies in one of BX_THUMB equal parts of them: from *first, at most as many as are written. */
static size_t cover(uint32_t n, uint32_t part, uint32_t *first, float *share)
{
    double from = (double)part * n / BX_THUMB, to = (double)(part + 1) * n / BX_THUMB;
    uint32_t last = (uint32_t)ceil(to);
    *first = (uint32_t)from;
    size_t count = 0;
    for (uint32_t i = *first; i < last && i < n; i++) {
        double lo = i > from ? i : from, hi = i + 1.0 < to ? i + 1.0 : to;
        share[count++] = (float)((hi - lo) / (to - from));
    }
    return count;
}

void bx_thumb_make(const struct bx_pixels *px, struct bx_thumb *out)
{
    struct bx_arena a = {0};
    float *row = BX_NEW(&a, float, px->w), *share_y = BX_NEW(&a, float, px->h / BX_THUMB + 3),
          *share_x = BX_NEW(&a, float, ((size_t)px->w / BX_THUMB + 3) * BX_THUMB);
    uint32_t first_x[BX_THUMB], first_y;
    size_t n_x[BX_THUMB], stride = px->w / BX_THUMB + 3;
    for (uint32_t x = 0; x < BX_THUMB; x++)
        n_x[x] = cover(px->w, x, &first_x[x], share_x + x * stride);
    for (uint32_t y = 0; y < BX_THUMB; y++) {
        size_t n = cover(px->h, y, &first_y, share_y);
        memset(row, 0, px->w * sizeof *row);
        for (size_t k = 0; k < n; k++) {
            const uint8_t *p = px->p + (first_y + k) * (size_t)px->w * px->channels;
            for (uint32_t x = 0; x < px->w; x++, p += px->channels)
                row[x] += share_y[k] * (0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2]);
        }
        for (uint32_t x = 0; x < BX_THUMB; x++) {
            float sum = 0;
            for (size_t k = 0; k < n_x[x]; k++)
                sum += share_x[x * stride + k] * row[first_x[x] + k];
            out->luma[y][x] = (uint8_t)lrintf(sum < 0 ? 0 : sum > 255 ? 255 : sum);
        }
    }
    bx_arena_release(&a);
}

/* The lowest cosines over [from, to) of a side, as what each of the thumb's means adds to them: the cosine's integral over the part of that
 * mean that lies inside. Sines of multiples by their recurrence. */
static inline __attribute__((always_inline)) void basis(float from, float to, size_t wide, float *out)
{
    const double width = (double)to - from;
    double was[WIDE] = {0};
    for (size_t i = 0; i <= BX_THUMB; i++) {
        double at = ((double)i / BX_THUMB - from) / width, angle = M_PI * (at < 0 ? 0 : at > 1 ? 1 : at);
        double twice = 2 * cos(angle), before = 0, now = sin(angle);
        for (size_t u = 0; u < wide; u++) {
            double integral = u ? now / (double)u : angle;
            if (i)
                out[(i - 1) * wide + u] = (float)(integral - was[u]);
            was[u] = integral;
            if (u) {
                double next = twice * now - before;
                before = now;
                now = next;
            }
        }
    }
}

/* Rows of the thumb against cosines of its columns; and those against cosines of its rows: m[u][v]. */
static inline __attribute__((always_inline)) void across(const struct bx_thumb *t, size_t wide, const float *x, float *rows)
{
    for (size_t y = 0; y < BX_THUMB; y++) {
        float sum[WIDE] = {0};
        for (size_t i = 0; i < BX_THUMB; i++) {
            float luma = (float)t->luma[y][i] - 128;
            for (size_t u = 0; u < wide; u++)
                sum[u] += luma * x[i * wide + u];
        }
        memcpy(rows + y * wide, sum, wide * sizeof *sum);
    }
}
static inline __attribute__((always_inline)) void down(const float *rows, size_t wide, const float *y, float *m)
{
    memset(m, 0, wide * wide * sizeof *m);
    for (size_t i = 0; i < BX_THUMB; i++)
        for (size_t u = 0; u < wide; u++)
            for (size_t v = 0; v < wide; v++)
                m[u * wide + v] += rows[i * wide + u] * y[i * wide + v];
}

void bx_hash_terms(const struct bx_thumb *t, const struct bx_window *w, float term[BX_HASH_TERMS])
{
    float x[BX_THUMB * WIDE], y[BX_THUMB * WIDE], rows[BX_THUMB * WIDE], m[WIDE * WIDE];
    basis(w->x0, w->x1, WIDE, x);
    basis(w->y0, w->y1, WIDE, y);
    across(t, WIDE, x, rows);
    down(rows, WIDE, y, m);
    for (size_t i = 0; i < BX_HASH_TERMS; i++)
        term[i] = m[order.u[i] * WIDE + order.v[i]];
}

static uint64_t signs(const float *term)
{
    uint64_t word = 0;
    for (size_t i = 0; i < 64; i++)
        word |= (uint64_t)(term[i] > 0) << i;
    return word;
}

void bx_hash_windows(const struct bx_thumb *t, const float (*x)[2], const float (*y)[2], size_t n, uint64_t *out)
{
    float bx[BX_THUMB * LOW], by[BX_HASH_WINDOWS][BX_THUMB * LOW], rows[BX_THUMB * LOW], m[LOW * LOW], term[64];
    for (size_t k = 0; k < n; k++)
        basis(y[k][0], y[k][1], LOW, by[k]);
    for (size_t i = 0; i < n; i++) {
        basis(x[i][0], x[i][1], LOW, bx);
        across(t, LOW, bx, rows);
        for (size_t k = 0; k < n; k++) {
            down(rows, LOW, by[k], m);
            for (size_t j = 0; j < 64; j++)
                term[j] = m[order.u[j] * LOW + order.v[j]];
            out[k * n + i] = signs(term);
        }
    }
}

static bool is_flat(const struct bx_thumb *t)
{
    double sum = 0, squares = 0, n = BX_THUMB * BX_THUMB;
    for (size_t y = 0; y < BX_THUMB; y++)
        for (size_t x = 0; x < BX_THUMB; x++) {
            sum += t->luma[y][x];
            squares += (double)t->luma[y][x] * t->luma[y][x];
        }
    return squares / n - sum / n * (sum / n) < FLAT * FLAT;
}

void bx_picture_make(const struct bx_thumb *t, struct bx_picture *out)
{
    static const struct bx_window windows[BX_NHASHES] = {[BX_HASH_WHOLE] = {0, 1, 0, 1}, [BX_HASH_MIDDLE] = {0.1f, 0.9f, 0.1f, 0.9f}};
    *out = (struct bx_picture){.flat = is_flat(t)};
    for (size_t k = 0; k < BX_NHASHES && !out->flat; k++) {
        float term[BX_HASH_TERMS];
        bx_hash_terms(t, &windows[k], term);
        for (size_t i = 0; i < BX_HASH_TERMS / 64; i++)
            out->hash[k].bits[i] = signs(term + 64 * i);
    }
}

uint64_t bx_hash_turn(uint64_t word, size_t which, unsigned turn)
{
    return word ^ (turn & 1 ? order.odd_u[which] : 0) ^ (turn & 2 ? order.odd_v[which] : 0);
}

float bx_hash_likeness(const float *term, const struct bx_hash *h, unsigned turn)
{
    float agreed = 0, all = 0;
    for (size_t k = 0; k < BX_HASH_TERMS / 64; k++) {
        uint64_t word = bx_hash_turn(h->bits[k], k, turn);
        for (size_t i = 0; i < 64; i++) {
            float c = term[64 * k + i] * order.weight[64 * k + i], size = fabsf(c);
            all += size;
            agreed += (c > 0) == (word >> i & 1) ? size : -size;
        }
    }
    return all > 0 ? agreed / all : 0;
}
