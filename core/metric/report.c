/* report.c: the board's numbers: COCO's, F1 at the operating confidence, supervision's, the curves, and the counts of each image. */
#include "core/metric/coco.h"
#include "core/metric/curves.h"
#include "core/metric/metric.h"
#include "core/metric/supervision.h"
#include <string.h>

#define MOST_POINTS 1000

struct making {
    const struct bx_scene *s;
    struct bx_coco coco;
    struct bx_sv sv;
    uint8_t *verdicts[BX_NSIZES]; /* at IoU 0.5 */
    struct bx_confidence_curve confidence;
    double operating;
    struct bx_report *r;
    size_t curve_cap;
    struct bx_arena *a, *scratch;
};

static void put(struct making *m, enum bx_metric metric, int32_t k, double v)
{
    bx_report_set(m->r, metric, k, v);
}

/* -1 is pycocotools' word for "not defined". */
static void put_defined(struct making *m, enum bx_metric metric, int32_t k, double v)
{
    if (v >= 0)
        put(m, metric, k, v);
}

static struct bx_curve *add_curve(struct making *m, const char *name, int32_t k, size_t n)
{
    struct bx_report *r = m->r;
    if (r->ncurves == m->curve_cap) {
        m->curve_cap = m->curve_cap ? 2 * m->curve_cap : 16;
        struct bx_curve *more = BX_NEW(m->a, struct bx_curve, m->curve_cap);
        if (r->ncurves)
            memcpy(more, r->curves, r->ncurves * sizeof *more);
        r->curves = more;
    }
    struct bx_curve *c = &r->curves[r->ncurves++];
    *c = (struct bx_curve){name, k, n, BX_NEW(m->a, float, n), BX_NEW(m->a, float, n)};
    return c;
}

static void put_coco(struct making *m)
{
    const struct bx_coco *c = &m->coco;
    static const enum bx_metric ap[] = {BX_METRIC_MAP, BX_METRIC_MAP_SMALL, BX_METRIC_MAP_MEDIUM, BX_METRIC_MAP_LARGE};
    static const enum bx_metric ar[] = {BX_METRIC_AR_100, BX_METRIC_AR_SMALL, BX_METRIC_AR_MEDIUM, BX_METRIC_AR_LARGE};
    size_t t50 = bx_coco_threshold(c, 0.5), t75 = bx_coco_threshold(c, 0.75);
    for (enum bx_size z = BX_SIZE_ALL; z < BX_NSIZES; z++) {
        put_defined(m, ap[z], -1, bx_coco_ap(c, BX_COCO_ANY, z, -1, m->scratch));
        put_defined(m, ar[z], -1, bx_coco_ar(c, z, 2, -1, m->scratch));
    }
    put_defined(m, BX_METRIC_AR_1, -1, bx_coco_ar(c, BX_SIZE_ALL, 0, -1, m->scratch));
    put_defined(m, BX_METRIC_AR_10, -1, bx_coco_ar(c, BX_SIZE_ALL, 1, -1, m->scratch));
    for (int32_t k = -1; k < (int32_t)c->K; k++) {
        put_defined(m, BX_METRIC_MAP_50, k, bx_coco_ap(c, t50, BX_SIZE_ALL, k, m->scratch));
        put_defined(m, BX_METRIC_MAP_75, k, bx_coco_ap(c, t75, BX_SIZE_ALL, k, m->scratch));
        if (k >= 0)
            put_defined(m, BX_METRIC_MAP, k, bx_coco_ap(c, BX_COCO_ANY, BX_SIZE_ALL, k, m->scratch));
    }
}

/* The mean over the classes with annotations that count; nothing without any. */
static void put_macro(struct making *m, enum bx_metric metric, enum bx_size size, const struct bx_counts *n,
                      double (*f)(const struct bx_counts *))
{
    double sum = 0;
    size_t classes = 0;
    for (size_t k = 0; k < m->coco.K; k++)
        if (m->coco.npig[(size_t)size * m->coco.K + k]) {
            sum += f(&n[k]);
            classes++;
        }
    if (classes)
        put(m, metric, -1, sum / (double)classes);
}

static void put_operating(struct making *m)
{
    static const enum bx_metric f1[] = {BX_METRIC_F1, BX_METRIC_F1_SMALL, BX_METRIC_F1_MEDIUM, BX_METRIC_F1_LARGE};
    const size_t K = m->coco.K;
    for (enum bx_size z = BX_SIZE_ALL; z < BX_NSIZES; z++) {
        struct bx_counts *n = bx_counts_at(m->s, &m->coco, m->verdicts[z], z, m->operating, m->scratch), all = {0, 0, 0};
        put_macro(m, f1[z], z, n, bx_counts_f1);
        if (z != BX_SIZE_ALL)
            continue;
        put_macro(m, BX_METRIC_PRECISION, z, n, bx_counts_precision);
        put_macro(m, BX_METRIC_RECALL, z, n, bx_counts_recall);
        for (size_t k = 0; k < K; k++) {
            all.tp += n[k].tp;
            all.fp += n[k].fp;
            all.fn += n[k].fn;
            if (!m->coco.npig[k])
                continue;
            put(m, BX_METRIC_F1, (int32_t)k, bx_counts_f1(&n[k]));
            put(m, BX_METRIC_PRECISION, (int32_t)k, bx_counts_precision(&n[k]));
            put(m, BX_METRIC_RECALL, (int32_t)k, bx_counts_recall(&n[k]));
        }
        if (all.tp + all.fn)
            put(m, BX_METRIC_F1_MICRO, -1, bx_counts_f1(&all));
    }
}

static void put_maximum(struct making *m)
{
    const struct bx_confidence_curve *c = &m->confidence;
    put(m, BX_METRIC_OPERATING_CONFIDENCE, -1, m->operating);
    if (c->best != SIZE_MAX) {
        put(m, BX_METRIC_MAX_F1, -1, c->max.f1);
        put(m, BX_METRIC_MAX_F1_CONFIDENCE, -1, c->max.score);
    }
    for (size_t k = 0; k < m->coco.K; k++) {
        double f1, confidence;
        if (!bx_class_max_f1(m->s, &m->coco, m->verdicts[BX_SIZE_ALL], BX_SIZE_ALL, k, &f1, &confidence))
            continue;
        put(m, BX_METRIC_MAX_F1, (int32_t)k, f1);
        put(m, BX_METRIC_MAX_F1_CONFIDENCE, (int32_t)k, confidence);
    }
}

static void put_counts(struct making *m)
{
    const struct bx_testset *t = m->s->t;
    uint32_t *images = BX_NEW(m->scratch, uint32_t, t->nclasses), *last = BX_NEW(m->scratch, uint32_t, t->nclasses);
    size_t objects = 0;
    for (size_t i = 0; i < t->nanns; i++) {
        uint32_t k = t->ann_class[i];
        if (t->ann_flags[i] & (BX_ANN_CROWD | BX_ANN_IGNORE))
            continue;
        if (last[k] != m->s->ann_image[i] + 1) {
            last[k] = m->s->ann_image[i] + 1;
            images[k]++;
        }
    }
    for (size_t k = 0; k < t->nclasses; k++) {
        put(m, BX_METRIC_OBJECTS, (int32_t)k, (double)m->coco.npig[k]);
        put(m, BX_METRIC_IMAGES, (int32_t)k, images[k]);
        objects += m->coco.npig[k];
    }
    put(m, BX_METRIC_OBJECTS, -1, (double)objects);
    put(m, BX_METRIC_IMAGES, -1, (double)t->nimages);
    put(m, BX_METRIC_DETECTIONS, -1, (double)m->coco.match_begin[m->coco.K]);
}

static void put_supervision(struct making *m)
{
    static const enum bx_metric first[] = {BX_METRIC_SV_F1_MACRO_50, BX_METRIC_SV_PRECISION_MACRO_50, BX_METRIC_SV_RECALL_MACRO_50},
                                mar[] = {BX_METRIC_SV_MAR_1, BX_METRIC_SV_MAR_10, BX_METRIC_SV_MAR_100};
    for (int i = 0; i < 3; i++) {
        enum bx_metric at = first[i];
        for (int t = 0; t < 2; t++) /* the catalogue's order */
            for (int j = 0; j < 3; j++)
                for (enum bx_size z = BX_SIZE_ALL; z < BX_NSIZES; z++)
                    put(m, at++, -1, bx_sv_overall(&m->sv, (enum bx_sv_metric)i, (enum bx_sv_averaging)j, z, t ? 5 : 0));
        put(m, mar[i], -1, bx_sv_mar(&m->sv, (size_t)i, BX_SIZE_ALL));
    }
}

/* Precision at each recall of the grid; the mean over the given thresholds, and over the defined classes when k < 0. */
static void put_pr(struct making *m, const char *name, int32_t k, size_t t0, size_t t1)
{
    const struct bx_coco *c = &m->coco;
    const double *plane = c->precision[c->M - 1];
    size_t k0 = k < 0 ? 0 : (size_t)k, k1 = k < 0 ? c->K : (size_t)k + 1, defined = 0;
    for (size_t i = k0; i < k1; i++)
        defined += c->npig[i] > 0;
    if (!defined)
        return;
    struct bx_curve *v = add_curve(m, name, k, c->R);
    for (size_t r = 0; r < c->R; r++) {
        double sum = 0;
        for (size_t t = t0; t < t1; t++)
            for (size_t i = k0; i < k1; i++)
                if (c->npig[i])
                    sum += plane[(t * c->R + r) * c->K + i];
        v->x[r] = (float)((double)r * 0.01);
        v->y[r] = (float)(sum / (double)(defined * (t1 - t0)));
    }
}

/* Which points of the confidence curves to keep, from the lowest score: both ends, both maxima, and between them one in each step of
 * confidence. */
static size_t thin(const struct bx_confidence_curve *c, size_t keep[MOST_POINTS])
{
    if (!c->n)
        return 0;
    double low = c->point[c->n - 1].score, span = c->point[0].score - low;
    size_t n = 0, cell = SIZE_MAX;
    for (size_t i = c->n; i-- > 0;) {
        bool must = i == 0 || i + 1 == c->n || i == c->best || i == c->micro_best;
        double place =
            (c->point[i].score - low) / span * (MOST_POINTS - 5); /* not a number where scores differ by more than a double holds */
        size_t here = c->n <= MOST_POINTS ? i : place >= 0 && place <= MOST_POINTS ? (size_t)place : 0;
        if (must || here != cell)
            keep[n++] = i;
        cell = here;
    }
    return n;
}

static void put_curves(struct making *m)
{
    const struct bx_confidence_curve *c = &m->confidence;
    size_t t50 = bx_coco_threshold(&m->coco, 0.5), t75 = bx_coco_threshold(&m->coco, 0.75), keep[MOST_POINTS], n = thin(c, keep);
    put_pr(m, "pr_50", -1, t50, t50 + 1);
    put_pr(m, "pr_75", -1, t75, t75 + 1);
    put_pr(m, "pr_mean", -1, 0, m->coco.T);
    for (size_t k = 0; k < m->coco.K; k++)
        put_pr(m, "pr_50", (int32_t)k, t50, t50 + 1);
    static const struct {
        const char *name;
        size_t offset;
    } columns[] = {{"conf_precision", offsetof(struct bx_confidence_point, precision)},
                   {"conf_recall", offsetof(struct bx_confidence_point, recall)},
                   {"conf_f1", offsetof(struct bx_confidence_point, f1)},
                   {"conf_f1_micro", offsetof(struct bx_confidence_point, micro_f1)}};
    for (size_t j = 0; n && j < sizeof columns / sizeof *columns; j++) {
        struct bx_curve *v = add_curve(m, columns[j].name, -1, n);
        for (size_t i = 0; i < n; i++) {
            const struct bx_confidence_point *p = &c->point[keep[i]];
            v->x[i] = (float)p->score;
            v->y[i] = (float)*(const double *)((const char *)p + columns[j].offset);
        }
    }
}

static void put_images(struct making *m)
{
    const struct bx_scene *s = m->s;
    struct bx_report *r = m->r;
    r->nimages = s->nimages;
    r->images = BX_NEW(m->a, struct bx_image_result, s->nimages);
    for (size_t i = 0; i < s->ng; i++)
        r->images[s->ann_image[i]].fn +=
            !(s->t->ann_flags[i] & (BX_ANN_CROWD | BX_ANN_IGNORE)) && s->t->ann_area[i] >= 0 && s->t->ann_area[i] <= 1e10;
    for (size_t i = 0; i < m->coco.match_begin[m->coco.K]; i++) {
        uint32_t d = m->coco.match_det[i];
        struct bx_image_result *image = &r->images[s->det_image[d]];
        if (!(s->d->score[d] >= m->operating))
            continue;
        bool hit = m->verdicts[BX_SIZE_ALL][d] == BX_TRUE_POSITIVE;
        image->tp += hit;
        image->fn -= hit;
        image->fp += m->verdicts[BX_SIZE_ALL][d] == BX_FALSE_POSITIVE;
    }
}

bool bx_metric_report(const struct bx_testset *t, const struct bx_detections *d, const uint32_t *class_of,
                      const struct bx_metric_options *o, struct bx_report *out, struct bx_arena *a, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    struct bx_scene s;
    struct bx_metric_input in = {.testset = t, .detections = d, .class_of = class_of, .geometry = o->geometry};
    if (!bx_scene_make(&in, &s, &scratch, e)) {
        bx_arena_release(&scratch);
        return false;
    }
    struct making m = {.s = &s, .r = out, .a = a, .scratch = &scratch};
    *out = (struct bx_report){.protocol = BX_PROTOCOL_COCO, .geometry = o->geometry};
    bx_report_init(out, t->nclasses, a);
    struct bx_coco_options co = {.matches = true, .threads = o->threads};
    bx_coco_eval(&s, &co, &m.coco, &scratch);
    bx_sv_eval(&s, false, o->threads, &m.sv, &scratch);
    size_t t50 = bx_coco_threshold(&m.coco, 0.5);
    for (enum bx_size z = BX_SIZE_ALL; z < BX_NSIZES; z++)
        m.verdicts[z] = bx_verdicts(&s, &m.coco, t50, z, &scratch);
    bx_confidence(&s, &m.coco, m.verdicts[BX_SIZE_ALL], BX_SIZE_ALL, true, &m.confidence, &scratch);
    out->operating_is_max_f1 = isnan(o->operating_confidence);
    m.operating = o->operating_confidence;
    if (out->operating_is_max_f1)
        m.operating = m.confidence.best == SIZE_MAX ? 0 : m.confidence.max.score;
    out->operating_confidence = m.operating;
    put_coco(&m);
    put_operating(&m);
    put_maximum(&m);
    put_counts(&m);
    put_supervision(&m);
    put_curves(&m);
    put_images(&m);
    bx_arena_release(&scratch);
    return true;
}
