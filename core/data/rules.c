/* rules.c: what is in force by a board's rules, and whether they make sense, alone and with a test set. */
#include "core/data/rules.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/synonyms.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* linspace(.5, .95, 10): the ninth is one ulp below 0.9. */
static const double coco_iou[] = {0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95};
static const struct bx_size_bin coco_size[] = {{"small", 0, 1024}, {"medium", 1024, 9216}, {"large", 9216, 1e10}};
#define NCOCO_IOU  (sizeof coco_iou / sizeof *coco_iou)
#define NCOCO_SIZE (sizeof coco_size / sizeof *coco_size)

uint32_t bx_rules_limit(const struct bx_rules *r)
{
    return r->max_detections ? r->max_detections : r->lvis ? BX_RULES_LVIS_LIMIT : BX_RULES_LIMIT;
}

bool bx_rules_own_sizes(const struct bx_rules *r)
{
    bool own = r->nsizes && (r->relative || r->nsizes != NCOCO_SIZE);
    for (size_t i = 0; !own && i < r->nsizes; i++)
        own = strcmp(r->size[i].name, coco_size[i].name) != 0 || r->size[i].lo != coco_size[i].lo || r->size[i].hi != coco_size[i].hi;
    return own;
}

size_t bx_rules_sizes(const struct bx_rules *r, const struct bx_size_bin **bins)
{
    *bins = r->nsizes ? r->size : coco_size;
    return r->nsizes ? r->nsizes : NCOCO_SIZE;
}

size_t bx_rules_ious(const struct bx_rules *r, const double **iou)
{
    bool own = bx_rules_own_ious(r);
    *iou = own ? r->iou : coco_iou;
    return own ? r->niou : NCOCO_IOU;
}

/* COCO's, written out, are COCO's: 0.9 is one unit above what linspace makes of it. */
bool bx_rules_own_ious(const struct bx_rules *r)
{
    bool own = r->niou && r->niou != NCOCO_IOU;
    for (size_t i = 0; !own && i < r->niou; i++)
        own = !(fabs(r->iou[i] - coco_iou[i]) < 1e-9);
    return own;
}

bool bx_rules_have_supervision(const struct bx_rules *r)
{
    return !r->lvis && bx_rules_limit(r) == BX_RULES_LIMIT && !bx_rules_own_sizes(r) && !bx_rules_own_ious(r) && !r->nignore;
}

bool bx_rules_are_cocos(const struct bx_rules *r)
{
    return bx_rules_have_supervision(r) && !r->nclasses && !r->nregions && !r->nimages;
}

static bool on_grid(const struct bx_rules *r, double at)
{
    const double *iou;
    size_t n = bx_rules_ious(r, &iou);
    for (size_t i = 0; i < n; i++)
        if (iou[i] == at)
            return true;
    return false;
}

static bool has_size(const struct bx_rules *r, enum bx_metric m, enum bx_metric first)
{
    return bx_rules_own_sizes(r) && (size_t)(m - first) < r->nsizes;
}

bool bx_rules_give(const struct bx_rules *r, enum bx_metric m)
{
    if (bx_metrics[m].group == BX_GROUP_SUPERVISION || bx_metrics[m].group == BX_GROUP_ULTRALYTICS)
        return bx_rules_have_supervision(r);
    if (m >= BX_METRIC_MAP_SIZE_1 && m <= BX_METRIC_MAP_SIZE_6)
        return has_size(r, m, BX_METRIC_MAP_SIZE_1);
    if (m >= BX_METRIC_AR_SIZE_1 && m <= BX_METRIC_AR_SIZE_6)
        return has_size(r, m, BX_METRIC_AR_SIZE_1);
    if (m >= BX_METRIC_F1_SIZE_1 && m <= BX_METRIC_F1_SIZE_6)
        return has_size(r, m, BX_METRIC_F1_SIZE_1);
    switch (m) {
    case BX_METRIC_MAP_50:
        return on_grid(r, 0.5);
    case BX_METRIC_MAP_75:
        return on_grid(r, 0.75);
    case BX_METRIC_MAP_RARE:
    case BX_METRIC_MAP_COMMON:
    case BX_METRIC_MAP_FREQUENT:
        return r->lvis;
    case BX_METRIC_AR_1:
        return !r->lvis;
    case BX_METRIC_AR_10:
        return !r->lvis && bx_rules_limit(r) >= 10;
    case BX_METRIC_AR_100:
        return bx_rules_limit(r) == 100;
    case BX_METRIC_AR_MAX:
        return bx_rules_limit(r) != 100;
    case BX_METRIC_MAP_SMALL:
    case BX_METRIC_MAP_MEDIUM:
    case BX_METRIC_MAP_LARGE:
    case BX_METRIC_AR_SMALL:
    case BX_METRIC_AR_MEDIUM:
    case BX_METRIC_AR_LARGE:
    case BX_METRIC_F1_SMALL:
    case BX_METRIC_F1_MEDIUM:
    case BX_METRIC_F1_LARGE:
        return !bx_rules_own_sizes(r);
    default:
        return true;
    }
}

bool bx_rules_tell(const struct bx_rules *r, enum bx_metric m)
{
    bool is_map = r->niou == 1 && (m == BX_METRIC_MAP_50 || m == BX_METRIC_MAP_75);
    bool is_ar_max = (m == BX_METRIC_AR_1 && bx_rules_limit(r) == 1) || (m == BX_METRIC_AR_10 && bx_rules_limit(r) == 10);
    return bx_rules_give(r, m) && !is_map && !is_ar_max;
}

static bool check_sizes(const struct bx_rules *r, struct bx_err *e)
{
    double most = r->relative ? 1 : 1e10;
    if (r->nsizes > BX_RULES_SIZES)
        return bx_fail(e, BX_CONFIG, "found %zu sizes, expected at most %d", r->nsizes, BX_RULES_SIZES);
    if (r->relative && !r->nsizes)
        return bx_fail(e, BX_CONFIG, "found no sizes, expected some that are relative to the image");
    for (size_t i = 0; i < r->nsizes; i++) {
        const struct bx_size_bin *b = &r->size[i];
        if (!memchr(b->name, 0, sizeof b->name) || !bx_slug_valid(b->name) || !strcmp(b->name, "all"))
            return bx_fail(e, BX_CONFIG,
                           "found a size with the name '%.24s', expected up to %zu of a-z, 0-9, '.', '_' and '-', and not 'all'", b->name,
                           sizeof b->name - 1);
        for (size_t j = 0; j < i; j++)
            if (!strcmp(r->size[j].name, b->name))
                return bx_fail(e, BX_CONFIG, "found the size '%s' a second time", b->name);
        if (!(b->lo >= 0 && b->hi <= most && b->lo < b->hi))
            return bx_fail(e, BX_CONFIG, "size '%s': found %g to %g, expected a lower and a higher end from 0 to %s", b->name, b->lo, b->hi,
                           r->relative ? "1, shares of the image's area" : "1e10 square pixels");
    }
    return true;
}

static bool check_ious(const struct bx_rules *r, struct bx_err *e)
{
    if (r->niou > BX_RULES_IOUS)
        return bx_fail(e, BX_CONFIG, "found %zu IoU thresholds, expected at most %d", r->niou, BX_RULES_IOUS);
    for (size_t i = 0; i < r->niou; i++) {
        if (!(r->iou[i] > 0 && r->iou[i] <= 1))
            return bx_fail(e, BX_CONFIG, "found the IoU threshold %g, expected numbers above 0 and up to 1", r->iou[i]);
        if (i && r->iou[i] <= r->iou[i - 1])
            return bx_fail(e, BX_CONFIG, "found the IoU threshold %g after %g, expected ascending ones", r->iou[i], r->iou[i - 1]);
    }
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b); /* equal names are one and the same */
}

static bool check_names(const char *what, const char *const *names, size_t n, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    const char **sorted = bx_memdup(&scratch, n ? (const void *)names : "", n * sizeof *sorted);
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++)
        if (!*names[i] || !bx_utf8_valid(names[i], strlen(names[i])))
            ok = bx_fail(e, BX_CONFIG, "%s: found an empty name or one that is not UTF-8", what);
    if (n && ok)
        qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t i = 1; i < n && ok; i++)
        if (!strcmp(sorted[i - 1], sorted[i]))
            ok = bx_fail(e, BX_CONFIG, "%s: found '%s' a second time", what, sorted[i]);
    bx_arena_release(&scratch);
    return ok;
}

static bool check_apart(const char *const *a, size_t na, const char *what_a, const char *const *b, size_t nb, const char *what_b,
                        struct bx_err *e)
{
    for (size_t i = 0; i < na; i++)
        for (size_t j = 0; j < nb; j++)
            if (!strcmp(a[i], b[j]))
                return bx_fail(e, BX_CONFIG, "classes: found '%s' among those %s and those %s", a[i], what_b, what_a);
    return true;
}

bool bx_rules_check(const struct bx_rules *r, struct bx_err *e)
{
    if (r->lvis && (r->max_detections || r->nsizes || r->nclasses || r->nignore || r->nregions))
        return bx_fail(e, BX_CONFIG, "found %s, expected none: the protocol lvis has sizes, classes and a limit of its own",
                       r->max_detections ? "a limit of detections"
                       : r->nsizes       ? "sizes"
                       : r->nclasses     ? "classes to score"
                       : r->nignore      ? "classes to ignore"
                                         : "ignored regions");
    if (!check_sizes(r, e) || !check_ious(r, e) || !check_names("classes", r->classes, r->nclasses, e) ||
        !check_names("classes to ignore", r->ignore, r->nignore, e) || !check_names("classes of regions", r->regions, r->nregions, e))
        return false;
    return check_apart(r->ignore, r->nignore, "to ignore", r->classes, r->nclasses, "to score", e) &&
           check_apart(r->regions, r->nregions, "of ignored regions", r->classes, r->nclasses, "to score", e) &&
           check_apart(r->regions, r->nregions, "of ignored regions", r->ignore, r->nignore, "to ignore", e);
}

static bool has_classes(const struct bx_testset *t, const char *what, const char *const *names, size_t n, struct bx_err *e)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < t->nclasses && strcmp(t->class_name[k], names[i]) != 0)
            k++;
        if (k < t->nclasses)
            continue;
        const char *near = bx_class_near(names[i], t->class_name, t->nclasses);
        return bx_fail(e, BX_CONFIG, "%s: found '%s', expected a class of the test set%s%s%s", what, names[i],
                       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return true;
}

static bool has_images(const struct bx_rules *r, const struct bx_testset *t, struct bx_err *e)
{
    if (!r->nimages)
        return true;
    if (!r->images || (!t->image_sha && !r->images_by_name))
        return bx_fail(e, BX_CONFIG, "images: found a subset, but not which images it has");
    uint8_t(*have)[32] = bx_xrealloc(NULL, t->nimages + 1, sizeof *have);
    size_t missing = 0;
    for (size_t i = 0; i < t->nimages; i++)
        if (r->images_by_name)
            bx_sha256(t->image_file[i], strlen(t->image_file[i]), have[i]);
        else
            memcpy(have[i], t->image_sha[i], sizeof *have);
    qsort(have, t->nimages, sizeof *have, bx_sha256_order);
    for (size_t i = 0; i < r->nimages; i++)
        missing += !bsearch(r->images[i], have, t->nimages, sizeof *have, bx_sha256_order);
    free(have);
    if (missing)
        return bx_fail(e, BX_CONFIG, "images: found %zu of the subset's %zu that the test set lacks", missing, r->nimages);
    return true;
}

bool bx_rules_fit(const struct bx_rules *r, const struct bx_testset *t, struct bx_err *e)
{
    if (r->lvis && !t->class_frequency)
        return bx_fail(e, BX_CONFIG, "the protocol lvis: found a test set whose classes have no frequencies, expected LVIS");
    if (!has_classes(t, "classes", r->classes, r->nclasses, e) || !has_classes(t, "classes to ignore", r->ignore, r->nignore, e) ||
        !has_classes(t, "classes of regions", r->regions, r->nregions, e) || !has_images(r, t, e))
        return false;
    for (size_t i = 0; r->relative && i < t->nimages; i++)
        if (!t->image_w[i] || !t->image_h[i])
            return bx_fail(e, BX_CONFIG, "image '%s': found no width and height, expected them: sizes are relative to the image",
                           t->image_file[i]);
    return true;
}

static bool named(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i], name))
            return true;
    return false;
}

static void pick_images(const struct bx_rules *r, const struct bx_testset *t, bool *images)
{
    uint8_t(*sorted)[32] = bx_xrealloc(NULL, r->nimages + 1, sizeof *sorted), name[32];
    if (r->nimages)
        memcpy(sorted, r->images, r->nimages * sizeof *sorted);
    qsort(sorted, r->nimages, sizeof *sorted, bx_sha256_order);
    for (size_t i = 0; i < t->nimages; i++) {
        if (r->nimages && r->images_by_name)
            bx_sha256(t->image_file[i], strlen(t->image_file[i]), name);
        images[i] = !r->nimages || bsearch(r->images_by_name ? name : t->image_sha[i], sorted, r->nimages, sizeof *sorted, bx_sha256_order);
    }
    free(sorted);
}

void bx_rules_pick(const struct bx_rules *r, const struct bx_testset *t, bool *images, bool *classes)
{
    if (images)
        pick_images(r, t, images);
    for (size_t k = 0; classes && k < t->nclasses; k++)
        classes[k] = (!r->nclasses || named(t->class_name[k], r->classes, r->nclasses)) &&
                     !named(t->class_name[k], r->ignore, r->nignore) && !named(t->class_name[k], r->regions, r->nregions);
}
