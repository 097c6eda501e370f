/* report.c: the board's numbers: COCO's, F1 at the operating confidence, supervision's, the curves, and the counts of each image. */
#include "core/metric/coco.h"
#include "core/metric/curves.h"
#include "core/metric/metric.h"
#include "core/metric/scope.h"
#include "core/metric/supervision.h"
#include "core/metric/ultralytics.h"
#include <string.h>

#define MOST_POINTS 1000

struct making {
    const struct bx_rules *rules;
    const struct bx_scope *scope;
    const struct bx_scene *s;
    struct bx_coco coco;
    struct bx_coco half_alone;
    const struct bx_coco *half; /* where IoU 0.5 is, and what every detection met there: coco, or its own where the grid has it not */
    size_t half_t;
    struct bx_sv sv;
    uint8_t *verdicts[1 + BX_COCO_SIZES]; /* at IoU 0.5 */
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

/* A metric of each size: of all, then of COCO's or of the board's own. */
static enum bx_metric of_size(const struct making *m, size_t z, enum bx_metric all, enum bx_metric cocos, enum bx_metric own)
{
    return z == BX_SIZE_ALL ? all : (enum bx_metric)((bx_rules_own_sizes(m->rules) ? own : cocos) + z - 1);
}

static void put_coco(struct making *m)
{
    const struct bx_coco *c = &m->coco;
    const size_t t50 = bx_coco_threshold(c, 0.5), t75 = bx_coco_threshold(c, 0.75);
    const enum bx_metric last = bx_rules_limit(m->rules) == BX_RULES_LIMIT ? BX_METRIC_AR_100 : BX_METRIC_AR_MAX;
    for (size_t z = BX_SIZE_ALL; z < c->A; z++) {
        put_defined(m, of_size(m, z, BX_METRIC_MAP, BX_METRIC_MAP_SMALL, BX_METRIC_MAP_SIZE_1), -1,
                    bx_coco_ap(c, BX_COCO_ANY, (enum bx_size)z, -1));
        put_defined(m, of_size(m, z, last, BX_METRIC_AR_SMALL, BX_METRIC_AR_SIZE_1), -1, bx_coco_ar(c, (enum bx_size)z, c->M - 1, -1));
    }
    for (size_t i = 0; i < c->M; i++)
        if (c->max_dets[i] == 1 || c->max_dets[i] == 10)
            put_defined(m, c->max_dets[i] == 1 ? BX_METRIC_AR_1 : BX_METRIC_AR_10, -1, bx_coco_ar(c, BX_SIZE_ALL, i, -1));
    for (int32_t k = -1; k < (int32_t)c->K; k++) {
        if (t50 != BX_COCO_ANY)
            put_defined(m, BX_METRIC_MAP_50, k, bx_coco_ap(c, t50, BX_SIZE_ALL, k));
        if (t75 != BX_COCO_ANY)
            put_defined(m, BX_METRIC_MAP_75, k, bx_coco_ap(c, t75, BX_SIZE_ALL, k));
        if (k >= 0)
            put_defined(m, BX_METRIC_MAP, k, bx_coco_ap(c, BX_COCO_ANY, BX_SIZE_ALL, k));
    }
}

static void put_frequencies(struct making *m)
{
    size_t *ks = BX_NEW(m->scratch, size_t, m->coco.K);
    for (size_t i = 0; m->rules->lvis && i < 3; i++) {
        size_t n = 0;
        for (size_t k = 0; k < m->coco.K; k++)
            if (m->s->t->class_frequency[k] == "rcf"[i])
                ks[n++] = k;
        put_defined(m, (enum bx_metric)(BX_METRIC_MAP_RARE + i), -1, bx_coco_ap_of(&m->coco, BX_SIZE_ALL, ks, n));
    }
}

/* Nothing without classes that have annotations of the size. */
static void put_macro(struct making *m, enum bx_metric metric, size_t size, const struct bx_counts *n,
                      double (*f)(const struct bx_counts *))
{
    put(m, metric, -1, bx_counts_macro(&m->coco, (enum bx_size)size, n, f));
}

static void put_operating(struct making *m)
{
    const size_t K = m->coco.K;
    for (size_t z = BX_SIZE_ALL; z < m->coco.A; z++) {
        struct bx_counts *n = bx_counts_at(m->s, m->half, m->verdicts[z], (enum bx_size)z, m->operating, m->scratch), all = {0, 0, 0};
        put_macro(m, of_size(m, z, BX_METRIC_F1, BX_METRIC_F1_SMALL, BX_METRIC_F1_SIZE_1), z, n, bx_counts_f1);
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
        if (!bx_class_max_f1(m->s, m->half, m->verdicts[BX_SIZE_ALL], BX_SIZE_ALL, k, &f1, &confidence))
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
        if (m->scope->scored && !m->scope->scored[k])
            continue;
        put(m, BX_METRIC_OBJECTS, (int32_t)k, (double)m->coco.npig[k]);
        put(m, BX_METRIC_IMAGES, (int32_t)k, images[k]);
        objects += m->coco.npig[k];
    }
    put(m, BX_METRIC_OBJECTS, -1, (double)objects);
    put(m, BX_METRIC_IMAGES, -1, (double)t->nimages);
    put(m, BX_METRIC_DETECTIONS, -1, (double)m->half->match_begin[m->half->K]);
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

/* Masks of an image that differ in size are no masks for it: then it has no numbers. */
static void put_ultralytics(struct making *m, int threads)
{
    struct bx_ul u;
    struct bx_err unsaid;
    if (!bx_ul_eval(m->s, &(struct bx_ul_options){.threads = threads}, &u, m->scratch, &unsaid))
        return;
    const double value[] = {u.map, u.map_50, u.map_75, u.precision, u.recall, u.f1};
    for (int i = 0; u.K && i < 6; i++)
        put(m, BX_METRIC_UL_MAP + (enum bx_metric)i, -1, value[i]);
}

/* Precision at each recall of the grid: over the given thresholds, of class k or over those that have something to find. */
static void put_pr(struct making *m, const char *name, int32_t k, const struct bx_coco *c, size_t t0, size_t t1)
{
    if (isnan(bx_coco_mean_precision(c, t0, t1, 0, k)))
        return;
    struct bx_curve *v = add_curve(m, name, k, c->R);
    for (size_t r = 0; r < c->R; r++) {
        v->x[r] = (float)((double)r * 0.01);
        v->y[r] = (float)bx_coco_mean_precision(c, t0, t1, r, k);
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
    size_t t50 = m->half_t, t75 = bx_coco_threshold(&m->coco, 0.75), keep[MOST_POINTS], n = thin(c, keep);
    put_pr(m, "pr_50", -1, m->half, t50, t50 + 1);
    if (t75 != BX_COCO_ANY)
        put_pr(m, "pr_75", -1, &m->coco, t75, t75 + 1);
    put_pr(m, "pr_mean", -1, &m->coco, 0, m->coco.T);
    for (size_t k = 0; k < m->coco.K; k++)
        put_pr(m, "pr_50", (int32_t)k, m->half, t50, t50 + 1);
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

/* An image that the rules leave out has no counts. */
static void put_images(struct making *m, size_t nimages)
{
    const struct bx_scene *s = m->s;
    struct bx_report *r = m->r;
    const uint32_t *place = m->scope->image, *image_of = bx_scene_images(s, m->scratch);
    r->nimages = nimages;
    r->images = BX_NEW(m->a, struct bx_image_result, nimages);
    for (size_t i = 0; i < s->ng; i++)
        r->images[place ? place[s->ann_image[i]] : s->ann_image[i]].fn +=
            !(s->t->ann_flags[i] & (BX_ANN_CROWD | BX_ANN_IGNORE)) && s->t->ann_area[i] >= 0 && s->t->ann_area[i] <= 1e10;
    for (size_t i = 0; i < m->half->match_begin[m->half->K]; i++) {
        uint32_t d = m->half->match_det[i];
        struct bx_image_result *image = &r->images[place ? place[image_of[d]] : image_of[d]];
        if (!(s->d->score[d] >= m->operating))
            continue;
        bool hit = m->verdicts[BX_SIZE_ALL][d] == BX_TRUE_POSITIVE;
        image->tp += hit;
        image->fn -= hit;
        image->fp += m->verdicts[BX_SIZE_ALL][d] == BX_FALSE_POSITIVE;
    }
}

/* AP and AR on the board's grid; F1, the curves and the counts of images at IoU 0.5. */
static void evaluate(struct making *m, const struct bx_metric_options *o)
{
    struct bx_coco_options co = {.threads = o->threads};
    uint32_t limits[3];
    bx_coco_rules(m->rules, &co, limits);
    co.matches = bx_coco_keeps(&co, 0.5);
    bx_coco_eval(m->s, &co, &m->coco, m->scratch);
    m->half = bx_coco_half(m->s, &co, &m->coco, &m->half_alone, m->scratch);
    m->half_t = bx_coco_threshold(m->half, 0.5);
    if (bx_rules_have_supervision(m->rules))
        bx_sv_eval(m->s, false, o->threads, &m->sv, m->scratch);
    for (size_t z = BX_SIZE_ALL; z < m->half->A; z++)
        m->verdicts[z] = bx_verdicts(m->s, m->half, m->half_t, (enum bx_size)z, m->scratch);
    bx_confidence(m->s, m->half, m->verdicts[BX_SIZE_ALL], BX_SIZE_ALL, true, &m->confidence, m->scratch);
    m->operating = o->operating_confidence;
    if (isnan(m->operating))
        m->operating = m->confidence.best == SIZE_MAX ? 0 : m->confidence.max.score;
}

bool bx_metric_report(const struct bx_testset *t, const struct bx_detections *d, const uint32_t *class_of,
                      const struct bx_metric_options *o, struct bx_report *out, struct bx_arena *a, struct bx_err *e)
{
    static const struct bx_rules cocos = {0};
    struct bx_arena scratch = {0};
    struct bx_scene s;
    struct bx_scope scope;
    struct making m = {.rules = o->rules ? o->rules : &cocos, .scope = &scope, .s = &s, .r = out, .a = a, .scratch = &scratch};
    bool ok = bx_scope_make(m.rules, t, d, class_of, o->geometry, false, &scope, &scratch, e);
    struct bx_metric_input in = {.testset = scope.testset,
                                 .detections = scope.detections,
                                 .class_of = scope.class_of,
                                 .geometry = o->geometry,
                                 .lvis = m.rules->lvis};
    if (!ok || !bx_scene_make(&in, &s, &scratch, e)) {
        bx_arena_release(&scratch);
        return false;
    }
    *out = (struct bx_report){.protocol = bx_rules_protocol(m.rules, a), .geometry = o->geometry};
    bx_report_init(out, t->nclasses, a);
    evaluate(&m, o);
    out->operating_is_max_f1 = isnan(o->operating_confidence);
    out->operating_confidence = m.operating;
    put_coco(&m);
    put_frequencies(&m);
    put_operating(&m);
    put_maximum(&m);
    put_counts(&m);
    if (bx_rules_have_supervision(m.rules)) { /* as those who have no rules have it */
        put_supervision(&m);
        put_ultralytics(&m, o->threads);
    }
    put_curves(&m);
    put_images(&m, t->nimages);
    bx_arena_release(&scratch);
    return true;
}
