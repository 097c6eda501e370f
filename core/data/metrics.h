/*
 * metrics.h: the catalogue: every scalar that may be stored, with the words for people. It is made from one list, metrics.def. Inside the
 * program a metric is its enum value; names are for the edges: the store, JSON, CSV, the command line, templates.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum bx_metric {
#define METRIC(id, name, label, unit, better, scope, group, definition) BX_METRIC_##id,
#include "core/data/metrics.def"
    BX_NMETRICS /* and "none" */
};

/* Where a metric stands among those that each class has too. */
enum bx_class_metric {
#define BX_SCOPE_CLASS(id) BX_CLASS_METRIC_##id,
#define BX_SCOPE_OVERALL(id)
#define METRIC(id, name, label, unit, better, scope, group, definition) BX_SCOPE_##scope(id)
#include "core/data/metrics.def"
#undef BX_SCOPE_CLASS
#undef BX_SCOPE_OVERALL
    BX_NCLASS_METRICS
};

enum bx_unit { BX_UNIT_FRACTION, BX_UNIT_CONFIDENCE, BX_UNIT_COUNT, BX_UNIT_MS };
const char *bx_unit_name(enum bx_unit u); /* "fraction", "confidence", "count", "ms" */

enum bx_better { BX_HIGHER, BX_LOWER, BX_NEITHER };
const char *bx_better_name(enum bx_better b); /* "higher", "lower", "neither" */

/* The rows of the catalogue stand group by group. */
enum bx_metric_group { BX_GROUP_BOARD, BX_GROUP_RULES, BX_GROUP_SUPERVISION, BX_GROUP_ULTRALYTICS, BX_NMETRIC_GROUPS };
extern const struct bx_metric_group_info {
    const char *folded; /* the words on the folded list they are in; NULL: they are in the open */
} bx_metric_groups[BX_NMETRIC_GROUPS];

/*
 * Values are in the metric's own unit: mAP and F1 are fractions 0..1 (the site prints them times 100). A value that is not defined (no
 * ground truth, no detection) is absent, never -1.
 */
struct bx_metric_info {
    const char *name;  /* "map", "map_50", "map_small", "ar_100", "f1", "sv.f1_macro_50", "objects", … */
    const char *label; /* "mAP 50:95" */
    enum bx_unit unit;
    enum bx_better better;
    bool per_class; /* also stored for each class (at most ten such) */
    int place;      /* then: its enum bx_class_metric; otherwise -1 */
    enum bx_metric_group group;
    const char *definition; /* one sentence in a reader's words, for the methodology page and the tooltips */
};
extern const struct bx_metric_info bx_metrics[BX_NMETRICS];

enum bx_metric bx_metric_find(const char *name); /* BX_NMETRICS: there is no such metric */
const enum bx_metric *bx_metrics_by_name(void);  /* all BX_NMETRICS in the order of their names, bytewise */
