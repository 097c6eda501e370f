/* metrics.c: see metrics.h. */
#include "core/data/metrics.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BX_SCOPE_CLASS(id)   true, BX_CLASS_METRIC_##id
#define BX_SCOPE_OVERALL(id) false, -1
#define METRIC(id, name, label, unit, better, scope, group, definition)                                                                    \
    [BX_METRIC_##id] = {name, label, BX_UNIT_##unit, BX_##better, BX_SCOPE_##scope(id), BX_GROUP_##group, definition},
const struct bx_metric_info bx_metrics[BX_NMETRICS] = {
#include "core/data/metrics.def"
};

const struct bx_metric_group_info bx_metric_groups[BX_NMETRIC_GROUPS] = {
    [BX_GROUP_BOARD] = {NULL},
    [BX_GROUP_RULES] = {"Where a board has rules of its own"},
    [BX_GROUP_SUPERVISION] = {"As supervision computes them: over all detections, whatever their confidence"},
    [BX_GROUP_ULTRALYTICS] = {"As Ultralytics' model.val() would print them of the same detections"},
};

const char *bx_unit_name(enum bx_unit u)
{
    static const char *const names[] = {"fraction", "confidence", "count", "ms"};
    return names[u];
}

const char *bx_better_name(enum bx_better b)
{
    static const char *const names[] = {"higher", "lower", "neither"};
    return names[b];
}

/* Sorted once: boards have hundreds of thousands of values to look the names of up. */
static enum bx_metric by_name[BX_NMETRICS];
static pthread_once_t sorted = PTHREAD_ONCE_INIT;

static int compare_names(const void *a, const void *b)
{
    return strcmp(bx_metrics[*(const enum bx_metric *)a].name, bx_metrics[*(const enum bx_metric *)b].name);
}

static void sort_names(void)
{
    for (int m = 0; m < BX_NMETRICS; m++)
        by_name[m] = (enum bx_metric)m;
    qsort(by_name, BX_NMETRICS, sizeof *by_name, compare_names);
}

const enum bx_metric *bx_metrics_by_name(void)
{
    pthread_once(&sorted, sort_names);
    return by_name;
}

enum bx_metric bx_metric_find(const char *name)
{
    const enum bx_metric *names = bx_metrics_by_name();
    size_t lo = 0, hi = BX_NMETRICS;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        int c = strcmp(name, bx_metrics[names[mid]].name);
        if (!c)
            return names[mid];
        if (c < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return BX_NMETRICS;
}
