/* calibration.c: bins of confidence. */
#include "core/metric/calibration.h"
#include <math.h>

#define Z 1.959963984540054 /* the normal distribution's 97.5% point */

struct bin {
    uint64_t count, correct;
    double score;
};

static size_t bin_of(double score)
{
    size_t b = (size_t)floor(score * BX_CALIBRATION_BINS);
    return b < BX_CALIBRATION_BINS ? b : BX_CALIBRATION_BINS - 1;
}

static double gap(const struct bin *b)
{
    return fabs((double)b->correct / (double)b->count - b->score / (double)b->count);
}

static double expected_error(const struct bin *b, uint64_t total)
{
    double sum = 0;
    for (size_t i = 0; i < BX_CALIBRATION_BINS; i++)
        if (b[i].count)
            sum += (double)b[i].count / (double)total * gap(&b[i]);
    return total ? sum : NAN;
}

static void finish_bin(const struct bin *b, size_t i, struct bx_calibration_bin *out)
{
    double n = (double)b->count, p = (double)b->correct / n;
    *out = (struct bx_calibration_bin){
        (double)i / BX_CALIBRATION_BINS, (double)(i + 1) / BX_CALIBRATION_BINS, b->count, b->correct, NAN, NAN, NAN, NAN};
    if (!b->count)
        return;
    double centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
    double half = Z / (1 + Z * Z / n) * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
    out->mean_score = b->score / n;
    out->accuracy = p;
    out->low = fmax(centre - half, 0);
    out->high = fmin(centre + half, 1);
}

bool bx_calibrate(const struct bx_scene *s, const struct bx_coco *c, size_t t, struct bx_calibration *out, struct bx_arena *a,
                  struct bx_err *e)
{
    struct bin all[BX_CALIBRATION_BINS] = {{0}};
    *out = (struct bx_calibration){.class_ece = BX_NEW(a, double, c->K)};
    for (size_t d = 0; d < s->nd; d++)
        if (s->det_class[d] < s->t->nclasses && !(s->d->score[d] >= 0 && s->d->score[d] <= 1))
            return bx_fail(e, BX_DATA, "found the score %g (detection %zu of image '%s'), expected 0 to 1 for calibration", s->d->score[d],
                           d - s->d->image_begin[bx_scene_images(s, a)[d]] + 1, s->t->image_file[bx_scene_images(s, a)[d]]);
    for (size_t k = 0; k < c->K; k++) {
        struct bin mine[BX_CALIBRATION_BINS] = {{0}};
        uint64_t total = 0;
        for (size_t i = c->match_begin[k]; i < c->match_begin[k + 1]; i++) {
            uint32_t d = c->match_det[i];
            struct bx_met met = bx_match_of(c->matches, d);
            if (c->matches->place[d].within >= c->M || met.out >> t & 1)
                continue;
            double score = s->d->score[d];
            struct bin *b = &mine[bin_of(score)];
            b->count++;
            b->correct += met.tp >> t & 1;
            b->score += score;
            total++;
        }
        out->class_ece[k] = expected_error(mine, total);
        out->count += total;
        for (size_t i = 0; i < BX_CALIBRATION_BINS; i++) {
            all[i].count += mine[i].count;
            all[i].correct += mine[i].correct;
            all[i].score += mine[i].score;
        }
    }
    out->ece = expected_error(all, out->count);
    out->mce = out->count ? 0 : NAN;
    for (size_t i = 0; i < BX_CALIBRATION_BINS; i++) {
        finish_bin(&all[i], i, &out->bin[i]);
        if (all[i].count)
            out->mce = fmax(out->mce, gap(&all[i]));
    }
    return true;
}
