/* rules_words.c: a board's rules for people. */
#include "core/data/rules.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

/* As many decimals as tell it from its neighbours, and at least so many: 0.8999999999999999 of a grid is 0.90. */
static void say_number(struct bx_buf *out, double v, int decimals)
{
    char text[64];
    do
        snprintf(text, sizeof text, "%.*f", decimals, v);
    while (fabs(strtod(text, NULL) - v) > 1e-9 && decimals++ < 9);
    bx_buf_adds(out, text);
}

static void say_area(struct bx_buf *out, const struct bx_rules *r, double v)
{
    double side = sqrt(v);
    if (r->relative)
        bx_buf_addf(out, "%.4g%%", 100 * v);
    else if (v > 1 && side == floor(side))
        bx_buf_addf(out, "%.0f²", side);
    else
        bx_buf_addf(out, "%.6g", v);
}

static void say_size(struct bx_buf *out, const struct bx_rules *r, const struct bx_size_bin *b)
{
    bool open = b->hi == (r->relative ? 1 : 1e10);
    bx_buf_addf(out, "%s (", b->name);
    if (open)
        bx_buf_adds(out, "from ");
    say_area(out, r, b->lo == 0 ? 0 : b->lo); /* never "-0" */
    if (!open) {
        bx_buf_adds(out, " to ");
        say_area(out, r, b->hi);
    }
    bx_buf_adds(out, r->relative ? " of the image)" : " px)");
}

static void say_sizes(struct bx_buf *out, const struct bx_rules *r)
{
    const struct bx_size_bin *bins;
    size_t n = bx_rules_sizes(r, &bins);
    for (size_t i = 0; i < n; i++) {
        bx_buf_adds(out, i ? ", " : "");
        say_size(out, r, &bins[i]);
    }
}

static void say_names(struct bx_buf *out, const char *before, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bx_buf_addf(out, "%s%s", i == 0 ? before : i + 1 == n ? " and " : ", ", names[i]);
}

/* Are they evenly apart? */
static bool even(const double *iou, size_t n)
{
    for (size_t i = 2; i < n; i++)
        if (fabs((iou[i] - iou[i - 1]) - (iou[1] - iou[0])) > 1e-9)
            return false;
    return n > 2;
}

static void say_ious(struct bx_buf *out, const double *iou, size_t n)
{
    if (even(iou, n)) {
        say_number(out, iou[0], 2);
        bx_buf_addc(out, ':');
        say_number(out, iou[n - 1], 2);
        if (fabs(iou[1] - iou[0] - 0.05) > 1e-9) {
            bx_buf_addc(out, ':');
            say_number(out, iou[1] - iou[0], 0);
        }
        return;
    }
    for (size_t i = 0; i < n; i++) {
        bx_buf_adds(out, i ? ", " : "");
        say_number(out, iou[i], 2);
    }
}

enum { MOST_IOUS = 5 }; /* that a label names */

static void next(struct bx_buf *out)
{
    if (out->n)
        bx_buf_adds(out, ", ");
}

static void say_count(struct bx_buf *out, const char *before, unsigned long n, const char *one, const char *more)
{
    next(out);
    bx_buf_addf(out, "%s%lu %s", before, n, n == 1 ? one : more);
}

char *bx_rules_short(const struct bx_rules *r, bool limit, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf out = {0};
    if (r->lvis)
        bx_buf_adds(&out, "LVIS");
    if (limit && bx_rules_limit(r) != BX_RULES_LIMIT)
        say_count(&out, "", bx_rules_limit(r), "detection", "detections");
    if (r->nclasses)
        say_count(&out, "", r->nclasses, "class", "classes");
    if (r->nignore)
        say_count(&out, "", r->nignore, "class ignored", "classes ignored");
    if (r->nregions)
        say_count(&out, "", r->nregions, "class of ignored regions", "classes of ignored regions");
    if (r->nimages)
        say_count(&out, "", strtoul(bx_rules_subset(r, a), NULL, 10), "image", "images");
    return bx_strdup(a, bx_buf_str(&out));
}

/* Without what the metric that they are said of does not go by. */
static char *say_rules(const struct bx_rules *r, bool limit, bool ious, bool sizes, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf out = {0};
    if (r->lvis)
        bx_buf_adds(&out, "LVIS’ federated rules (of an image only the classes that somebody looked for there)");
    if (limit && bx_rules_limit(r) != BX_RULES_LIMIT)
        say_count(&out, "", bx_rules_limit(r), "detection", "detections");
    if (ious && bx_rules_own_ious(r)) {
        next(&out);
        bx_buf_adds(&out, "IoU ");
        say_ious(&out, r->iou, r->niou);
    }
    if (sizes && bx_rules_own_sizes(r)) {
        next(&out);
        bx_buf_adds(&out, "sizes ");
        say_sizes(&out, r);
    }
    if (r->nclasses) {
        next(&out);
        say_names(&out, "of ", r->classes, r->nclasses);
    }
    if (r->nignore) {
        next(&out);
        say_names(&out, "without ", r->ignore, r->nignore);
    }
    if (r->nregions) {
        next(&out);
        say_names(&out, "outside ", r->regions, r->nregions);
    }
    if (r->nimages)
        say_count(&out, "", strtoul(bx_rules_subset(r, a), NULL, 10), "image", "images");
    return bx_strdup(a, bx_buf_str(&out));
}

char *bx_rules_words(const struct bx_rules *r, struct bx_arena *a)
{
    return say_rules(r, true, true, true, a);
}

char *bx_rules_iou_words(const struct bx_rules *r, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf out = {0};
    const double *iou;
    size_t n = bx_rules_ious(r, &iou);
    bool some = n > MOST_IOUS && !even(iou, n);
    say_ious(&out, iou, some ? MOST_IOUS - 1 : n);
    if (some) {
        bx_buf_adds(&out, ", … ");
        say_ious(&out, iou + n - 1, 1);
    }
    return bx_strdup(a, bx_buf_str(&out));
}

char *bx_rules_size_words(const struct bx_rules *r, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf out = {0};
    say_sizes(&out, r);
    return bx_strdup(a, bx_buf_str(&out));
}

/* "50:75", "50", "25,62.5": thresholds as the field writes them behind mAP. */
static void put_percents(struct bx_buf *out, const double *iou, size_t n)
{
    if (even(iou, n)) {
        say_number(out, 100 * iou[0], 0);
        bx_buf_addc(out, ':');
        say_number(out, 100 * iou[n - 1], 0);
        return;
    }
    for (size_t i = 0; i < n && i < 4; i++) {
        bx_buf_adds(out, i ? "," : "");
        say_number(out, 100 * iou[i], 0);
    }
    if (n > 4) {
        bx_buf_adds(out, ",…,");
        say_number(out, 100 * iou[n - 1], 0);
    }
}

/* The bin that a metric is of; NULL: none of one's own. */
static const struct bx_size_bin *bin_of(const struct bx_rules *r, enum bx_metric m, const char **what)
{
    static const struct {
        enum bx_metric first;
        const char *what;
    } of[] = {{BX_METRIC_MAP_SIZE_1, "mAP"}, {BX_METRIC_AR_SIZE_1, "AR"}, {BX_METRIC_F1_SIZE_1, "F1"}};
    for (size_t i = 0; bx_rules_own_sizes(r) && i < sizeof of / sizeof *of; i++)
        if (m >= of[i].first && (size_t)(m - of[i].first) < r->nsizes) {
            *what = of[i].what;
            return &r->size[m - of[i].first];
        }
    return NULL;
}

const char *bx_rules_own_label(const struct bx_rules *r, enum bx_metric m, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf out = {0};
    const char *what;
    const struct bx_size_bin *bin = bin_of(r, m, &what);
    if (bin)
        return bin->name;
    if (m == BX_METRIC_AR_MAX)
        return bx_printf(a, "%u", bx_rules_limit(r));
    if (m != BX_METRIC_MAP || !bx_rules_own_ious(r))
        return NULL;
    put_percents(&out, r->iou, r->niou);
    return bx_strdup(a, bx_buf_str(&out));
}

const char *bx_rules_label(const struct bx_rules *r, enum bx_metric m, struct bx_arena *a)
{
    const char *what = m == BX_METRIC_AR_MAX ? "AR" : "mAP", *own = bx_rules_own_label(r, m, a);
    bin_of(r, m, &what);
    return own ? bx_printf(a, "%s %s", what, own) : bx_metrics[m].label;
}

/* What a metric goes by. */
static const enum by {
    BY_LIMIT = 1,
    BY_GRID = 2
} goes_by[BX_NMETRICS] = {
    [BX_METRIC_MAP] = BY_LIMIT | BY_GRID,
    [BX_METRIC_MAP_50] = BY_LIMIT,
    [BX_METRIC_MAP_75] = BY_LIMIT,
    [BX_METRIC_MAP_SMALL] = BY_LIMIT | BY_GRID,
    [BX_METRIC_MAP_MEDIUM] = BY_LIMIT | BY_GRID,
    [BX_METRIC_MAP_LARGE] = BY_LIMIT | BY_GRID,
    [BX_METRIC_AR_1] = BY_GRID,
    [BX_METRIC_AR_10] = BY_GRID,
    [BX_METRIC_AR_100] = BY_LIMIT | BY_GRID,
    [BX_METRIC_AR_MAX] = BY_LIMIT | BY_GRID,
    [BX_METRIC_AR_SMALL] = BY_LIMIT | BY_GRID,
    [BX_METRIC_AR_MEDIUM] = BY_LIMIT | BY_GRID,
    [BX_METRIC_AR_LARGE] = BY_LIMIT | BY_GRID,
};

/* The catalogue's sentence, with the board's thresholds and limit where it speaks of COCO's. */
static void say_definition(struct bx_buf *out, const struct bx_rules *r, enum bx_metric m, struct bx_arena *a)
{
    const char *ious = bx_printf(a, "%s IoU %s", r->niou == 1 ? "at" : "over", bx_rules_iou_words(r, a));
    const char *limit = bx_printf(a, "%u detection%s", bx_rules_limit(r), bx_plural(bx_rules_limit(r)));
    const struct {
        enum by by;
        const char *cocos, *own;
    } words[] = {{BY_GRID, "over ten IoU thresholds from 0.50 to 0.95", ious},
                 {BY_GRID, "over ten IoU thresholds", ious},
                 {BY_GRID, "mAP 50:95", bx_rules_label(r, BX_METRIC_MAP, a)},
                 {BY_GRID, ", as COCO defines it", ""},
                 {BY_LIMIT, "100 detections", limit}};
    unsigned by = goes_by[m] & ((bx_rules_own_ious(r) ? BY_GRID : 0u) | (bx_rules_limit(r) != BX_RULES_LIMIT ? BY_LIMIT : 0u));
    for (const char *s = bx_metrics[m].definition; *s;) {
        size_t i = 0;
        while (i < sizeof words / sizeof *words && (!(by & words[i].by) || strncmp(s, words[i].cocos, strlen(words[i].cocos)) != 0))
            i++;
        if (i == sizeof words / sizeof *words)
            bx_buf_addc(out, *s++);
        else {
            bx_buf_adds(out, words[i].own);
            s += strlen(words[i].cocos);
        }
    }
}

const char *bx_rules_definition(const struct bx_rules *r, enum bx_metric m, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf out = {0};
    const char *what;
    const struct bx_size_bin *bin = bin_of(r, m, &what);
    if (bx_rules_are_cocos(r) || bx_metrics[m].group == BX_GROUP_SUPERVISION || bx_metrics[m].group == BX_GROUP_ULTRALYTICS)
        return bx_metrics[m].definition;
    bool grid = bin ? strcmp(what, "F1") != 0 : (goes_by[m] & BY_GRID) != 0, limit = bin ? grid : (goes_by[m] & BY_LIMIT) != 0;
    const char *words = say_rules(r, limit, grid, bin, a);
    if (bin) {
        bx_buf_addf(&out, "%s of objects of the size ", what);
        say_size(&out, r, bin);
        bx_buf_adds(&out, "; all others are left out on both sides.");
    } else
        say_definition(&out, r, m, a);
    if (*words)
        bx_buf_addf(&out, " By this board's rules: %s.", words);
    return bx_strdup(a, bx_buf_str(&out));
}
