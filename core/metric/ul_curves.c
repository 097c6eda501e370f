/* ul_curves.c: precision along straight lines between recall points, by trapezoids; the one confidence at which all classes are told. */
#include "core/metric/ul_curves.h"
#include "core/metric/sums.h"
#include <math.h>
#include <stdlib.h>

#define T       BX_UL_THRESHOLDS
#define POINTS  BX_UL_POINTS
#define RECALLS 101
#define EPS     1e-16

/* np.interp: y at x on the lines through (X[i], Y[i]), X ascending; of equal abscissas the last counts. j: the last one with X[j] <= x. */
static double between(double x, const double *X, const double *Y, size_t n, size_t j)
{
    if (j + 1 >= n || X[j] == x)
        return Y[j];
    double slope = (Y[j + 1] - Y[j]) / (X[j + 1] - X[j]), y = slope * (x - X[j]) + Y[j];
    if (!isnan(y))
        return y;
    y = slope * (x - X[j + 1]) + Y[j + 1];
    return isnan(y) && Y[j] == Y[j + 1] ? Y[j] : y;
}

/* At n ascending abscissas from 0 on. */
static void along(const double *X, const double *Y, size_t n, const double *x, double *y, size_t nx)
{
    for (size_t i = 0, j = 0; i < nx; i++) {
        while (j + 1 < n && X[j + 1] <= x[i])
            j++;
        y[i] = between(x[i], X, Y, n, j);
    }
}

/* One class: room for its detections and the ends. */
struct room {
    double *recall, *precision; /* [n + 3] from (0, 1) to (1, 0), precision falling */
    double *minus;              /* [n] the scores, negative: ascending */
};
struct grid {
    double recall[RECALLS], point[POINTS];
};

/* After each detection, and the ends; not yet made to fall. */
static void points_of(const struct bx_ul_found *f, size_t k, size_t t, struct room *r)
{
    const uint32_t *item = f->item + f->begin[k];
    size_t n = f->begin[k + 1] - f->begin[k], tp = 0;
    r->recall[0] = 0;
    r->precision[0] = 1;
    for (size_t i = 0; i < n; i++) {
        tp += f->right[item[i]] >> t & 1;
        r->recall[i + 1] = (double)tp / (double)f->labels[k];
        r->precision[i + 1] = (double)tp / (double)(i + 1);
    }
    r->recall[n + 1] = r->recall[n];
    r->recall[n + 2] = 1;
    r->precision[n + 1] = r->precision[n + 2] = 0;
}

static void make_fall(double *y, size_t n)
{
    for (size_t i = n - 1; i-- > 0;)
        y[i] = y[i + 1] > y[i] ? y[i + 1] : y[i];
}

static double area_under(const struct grid *g, const double *y)
{
    double term[RECALLS - 1];
    for (size_t i = 0; i + 1 < RECALLS; i++)
        term[i] = (g->recall[i + 1] - g->recall[i]) * (y[i + 1] + y[i]) / 2;
    return bx_sum(term, RECALLS - 1);
}

/* Precision and recall at IoU 0.5 where the confidence is k/999; above the highest score nothing is found, and nothing is wrong. */
static void against_confidence(const struct bx_ul_found *f, size_t k, const struct room *r, const struct grid *g, double *p, double *recall,
                               double *f1)
{
    const size_t n = f->begin[k + 1] - f->begin[k];
    for (size_t i = 0; i < n; i++)
        r->minus[i] = -(double)(float)f->score[f->item[f->begin[k] + i]];
    for (size_t i = POINTS, j = 0; i-- > 0;) {
        double x = -g->point[i];
        while (j < n && r->minus[j] <= x)
            j++;
        p[i] = j ? between(x, r->minus, r->precision + 1, n, j - 1) : 1;
        recall[i] = j ? between(x, r->minus, r->recall + 1, n, j - 1) : 0;
        f1[i] = 2 * p[i] * recall[i] / (p[i] + recall[i] + EPS);
    }
}

static void curves_of(const struct bx_ul_found *f, const struct grid *g, size_t i, struct room *r, struct bx_ul *u)
{
    struct bx_ul_class *c = &u->of_class[i];
    double y[RECALLS];
    const size_t n = f->begin[c->k + 1] - f->begin[c->k];
    for (size_t t = 0; t < T && n; t++) {
        points_of(f, c->k, t, r);
        if (t == 0)
            against_confidence(f, c->k, r, g, u->p_curve + i * POINTS, u->r_curve + i * POINTS, u->f1_curve + i * POINTS);
        make_fall(r->precision, n + 3);
        along(r->recall, r->precision, n + 3, g->recall, y, RECALLS);
        c->ap[t] = area_under(g, y);
        if (t == 0)
            along(r->recall, r->precision, n + 3, g->point, u->pr_curve + i * POINTS, POINTS);
    }
    c->ap_mean = bx_mean(c->ap, T);
}

/* The mean of the classes' F1, smoothed over 101 points with its ends repeated: the first of its highest points. NumPy adds in an order of
 * its own, hence the slack. */
static void choose(struct bx_ul *u, const struct grid *g)
{
    enum { HALF = 50 };
    double mean[POINTS], smooth[POINTS], most = -INFINITY;
    for (size_t x = 0; x < POINTS; x++) {
        mean[x] = 0;
        for (size_t i = 0; i < u->K; i++)
            mean[x] += u->f1_curve[i * POINTS + x];
        mean[x] /= (double)u->K;
    }
    for (int x = 0; x < POINTS; x++) {
        smooth[x] = 0;
        for (int i = x - HALF; i <= x + HALF; i++)
            smooth[x] += mean[i < 0 ? 0 : i >= POINTS ? POINTS - 1 : i] * (1. / (2 * HALF + 1));
        most = smooth[x] > most ? smooth[x] : most;
    }
    while (u->best + 1 < POINTS && !(smooth[u->best] >= most - 1e-13))
        u->best++;
    u->confidence = g->point[u->best];
    u->smoothed_f1 = most;
}

static void tell(struct bx_ul *u)
{
    double *room = bx_xrealloc(NULL, u->K * T, sizeof *room);
    for (size_t i = 0; i < u->K; i++) {
        struct bx_ul_class *c = &u->of_class[i];
        c->precision = u->p_curve[i * POINTS + u->best];
        c->recall = u->r_curve[i * POINTS + u->best];
        c->f1 = u->f1_curve[i * POINTS + u->best];
        c->tp = rint(c->recall * (double)c->labels);
        c->fp = rint(c->tp / (c->precision + EPS) - c->tp);
        for (size_t t = 0; t < T; t++)
            room[i * T + t] = c->ap[t];
    }
    u->map = bx_mean(room, u->K * T);
    double *const mean[] = {&u->map_50, &u->map_75, &u->precision, &u->recall, &u->f1};
    for (size_t m = 0; m < 5; m++) {
        for (size_t i = 0; i < u->K; i++) {
            const struct bx_ul_class *c = &u->of_class[i];
            room[i] = (const double[]){c->ap[0], c->ap[5], c->precision, c->recall, c->f1}[m];
        }
        *mean[m] = bx_mean(room, u->K);
    }
    free(room);
}

void bx_ul_curves(const struct bx_ul_found *f, struct bx_ul *u, struct bx_arena *a)
{
    struct grid g;
    size_t most = 0;
    for (size_t i = 0; i < RECALLS; i++)
        g.recall[i] = i + 1 == RECALLS ? 1 : (double)i * 0.01;
    for (size_t i = 0; i < POINTS; i++)
        g.point[i] = i + 1 == POINTS ? 1 : (double)i * (1. / (POINTS - 1));
    for (size_t k = 0; k < f->nclasses; k++) {
        u->K += f->labels[k] > 0;
        most = f->begin[k + 1] - f->begin[k] > most ? f->begin[k + 1] - f->begin[k] : most;
    }
    u->of_class = BX_NEW(a, struct bx_ul_class, u->K);
    double **const curve[] = {&u->p_curve, &u->r_curve, &u->f1_curve, &u->pr_curve};
    for (size_t i = 0; i < 4; i++)
        *curve[i] = BX_NEW(a, double, u->K *POINTS);
    struct room r = {bx_xrealloc(NULL, most + 3, sizeof(double)), bx_xrealloc(NULL, most + 3, sizeof(double)),
                     bx_xrealloc(NULL, most + 1, sizeof(double))};
    for (size_t k = 0, i = 0; k < f->nclasses; k++) {
        if (!f->labels[k])
            continue;
        u->of_class[i] = (struct bx_ul_class){.k = (uint32_t)k, .images = f->images[k], .labels = f->labels[k]};
        curves_of(f, &g, i++, &r, u);
    }
    free(r.recall);
    free(r.precision);
    free(r.minus);
    if (!u->K)
        return;
    choose(u, &g);
    tell(u);
}
