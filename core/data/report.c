/* report.c: a report's numbers. */
#include "core/data/report.h"
#include "core/base/text.h"
#include <string.h>

void bx_report_init(struct bx_report *r, size_t nclasses, struct bx_arena *a)
{
    for (size_t m = 0; m < BX_NMETRICS; m++)
        r->overall[m] = NAN;
    r->nclasses = nclasses;
    r->by_class = bx_alloc(a, nclasses * BX_NCLASS_METRICS, sizeof *r->by_class);
    for (size_t i = 0; i < nclasses * BX_NCLASS_METRICS; i++)
        r->by_class[i] = NAN;
}

void bx_report_set(struct bx_report *r, enum bx_metric m, int32_t class_index, double value)
{
    if (!isfinite(value))
        value = NAN;
    if (class_index < 0)
        r->overall[m] = value;
    else if ((size_t)class_index < r->nclasses && bx_metrics[m].per_class)
        r->by_class[(size_t)class_index * BX_NCLASS_METRICS + (size_t)bx_metrics[m].place] = value;
}

char *bx_fallen_words(const struct bx_report *r, struct bx_arena *a)
{
    enum { NAMED = 3 };
    if (!r->nfallen)
        return NULL;
    char *s = bx_printf(a, "%llu detection%s of %zu class%s that the test set lacks: ", (unsigned long long)r->nfallen_detections,
                        bx_plural(r->nfallen_detections), r->nfallen_classes, r->nfallen_classes == 1 ? "" : "es");
    for (size_t i = 0; i < r->nfallen && i < NAMED; i++) {
        const struct bx_fallen *f = &r->fallen[i];
        s = bx_printf(a, "%s%s'%s' (%llu%s%s%s)", s, i ? ", " : "", f->name, (unsigned long long)f->n, f->near ? "; is '" : "",
                      f->near ? f->near : "", f->near ? "' meant?" : "");
    }
    return r->nfallen_classes > NAMED ? bx_printf(a, "%s, and %zu more", s, r->nfallen_classes - NAMED) : s;
}

void bx_report_slim(struct bx_report *r)
{
    static const enum bx_metric kept[] = {BX_METRIC_MAP,
                                          BX_METRIC_MAP_50,
                                          BX_METRIC_MAP_75,
                                          BX_METRIC_F1,
                                          BX_METRIC_PRECISION,
                                          BX_METRIC_RECALL,
                                          BX_METRIC_OPERATING_CONFIDENCE,
                                          BX_METRIC_OBJECTS,
                                          BX_METRIC_DETECTIONS};
    double all[BX_NMETRICS];
    memcpy(all, r->overall, sizeof all);
    for (enum bx_metric m = 0; m < BX_NMETRICS; m++)
        r->overall[m] = (double)NAN;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        r->overall[kept[i]] = all[kept[i]];
    r->nclasses = r->ncurves = r->nimages = r->nfallen = r->nfallen_classes = 0;
    r->nfallen_detections = 0;
    r->by_class = NULL;
    r->curves = NULL;
    r->images = NULL;
    r->fallen = NULL;
}
