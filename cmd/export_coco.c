/* export_coco.c: ground truth, detections and numbers of an evaluation as JSON, one record a line. */
#include "cmd/export.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"

static void add_mask(struct bx_jw *w, const struct bx_rle *r, struct bx_arena *a)
{
    struct bx_arena_mark mark = bx_arena_mark(a);
    struct bx_rle plain = bx_rle_made_plain(r, a); /* pycocotools' IoU may stop at a run of length zero */
    bx_jw_object(w, "segmentation");
    bx_jw_array(w, "size");
    bx_jw_uint(w, NULL, r->h);
    bx_jw_uint(w, NULL, r->w);
    bx_jw_array_end(w);
    bx_jw_str(w, "counts", bx_rle_to_string(&plain, a));
    bx_jw_object_end(w);
    bx_arena_pop(a, mark);
}

static void add_annotation(const struct bx_export *x, struct bx_jw *w, size_t i, size_t k, struct bx_arena *a)
{
    const struct bx_testset *t = x->scope.testset;
    bx_jw_line(w, 2);
    bx_jw_object(w, NULL);
    bx_jw_uint(w, "id", k + 1);
    bx_jw_uint(w, "image_id", i + 1);
    bx_jw_uint(w, "category_id", t->ann_class[k] + 1);
    bx_jw_uint(w, "iscrowd", t->ann_flags[k] & BX_ANN_CROWD ? 1 : 0);
    if (t->ann_flags[k] & BX_ANN_IGNORE)
        bx_jw_uint(w, "ignore", 1);
    bx_jw_num(w, "area", t->ann_area[k]);
    bx_jw_nums(w, "bbox", t->ann_box + 4 * k, 4);
    if (x->geometry == BX_GEOM_OBB && t->ann_obb)
        bx_jw_nums(w, "obb", t->ann_obb + 8 * k, 8);
    if (x->geometry == BX_GEOM_MASK && t->ann_mask)
        add_mask(w, &t->ann_mask[k], a);
    bx_jw_object_end(w);
}

void bx_export_ground_truth(const struct bx_export *x, struct bx_buf *out, struct bx_arena *a)
{
    const struct bx_testset *t = x->scope.testset;
    struct bx_jw w = {.out = out, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_object(&w, "info");
    bx_jw_str(&w, "description", "test set as evaluated by boxscore, ids from 1 in the order of evaluation");
    bx_jw_object_end(&w);
    bx_jw_line(&w, 1);
    bx_jw_array(&w, "categories");
    for (size_t i = 0; i < t->nclasses; i++) {
        if (x->scope.scored && !x->scope.scored[i])
            continue;
        bx_jw_line(&w, 2);
        bx_jw_object(&w, NULL);
        bx_jw_uint(&w, "id", i + 1);
        bx_jw_str(&w, "name", t->class_name[i]);
        bx_jw_object_end(&w);
    }
    bx_jw_array_end(&w);
    bx_jw_line(&w, 1);
    bx_jw_array(&w, "images");
    for (size_t i = 0; i < t->nimages; i++) {
        bx_jw_line(&w, 2);
        bx_jw_object(&w, NULL);
        bx_jw_uint(&w, "id", i + 1);
        bx_jw_uint(&w, "width", t->image_w[i]);
        bx_jw_uint(&w, "height", t->image_h[i]);
        bx_jw_str(&w, "file_name", t->image_file[i]);
        bx_jw_object_end(&w);
    }
    bx_jw_array_end(&w);
    bx_jw_line(&w, 1);
    bx_jw_array(&w, "annotations");
    for (size_t i = 0; i < t->nimages; i++)
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++)
            add_annotation(x, &w, i, k, a);
    bx_jw_array_end(&w);
    bx_jw_object_end(&w);
    bx_buf_addc(out, '\n');
}

static void add_detection(const struct bx_export *x, struct bx_jw *w, size_t i, size_t k, struct bx_arena *a)
{
    const struct bx_detections *d = x->scope.detections;
    bx_jw_line(w, 1);
    bx_jw_object(w, NULL);
    bx_jw_uint(w, "image_id", i + 1);
    bx_jw_uint(w, "category_id", x->scope.class_of[d->name[k]] + 1);
    bx_jw_num(w, "score", d->score[k]);
    if (x->geometry == BX_GEOM_MASK && d->mask)
        add_mask(w, &d->mask[k], a);
    else
        bx_jw_nums(w, "bbox", d->box + 4 * k, 4);
    if (x->geometry == BX_GEOM_OBB && d->obb)
        bx_jw_nums(w, "obb", d->obb + 8 * k, 8);
    bx_jw_object_end(w);
}

void bx_export_detections(const struct bx_export *x, struct bx_buf *out, struct bx_arena *a)
{
    const struct bx_detections *d = x->scope.detections;
    struct bx_jw w = {.out = out, .spaced = true};
    bx_jw_array(&w, NULL);
    for (size_t i = 0; i < d->nimages; i++)
        for (size_t k = d->image_begin[i]; k < d->image_begin[i + 1]; k++)
            if (x->scope.class_of[d->name[k]] != BX_UNMAPPED)
                add_detection(x, &w, i, k, a);
    bx_jw_array_end(&w);
    bx_buf_addc(out, '\n');
}

/* pycocotools' Params of these names. It has no sizes that are shares of an image. */
static void add_params(const struct bx_rules *r, struct bx_jw *w)
{
    const struct bx_size_bin *bins;
    const double *ious;
    const size_t nbins = bx_rules_sizes(r, &bins), nious = bx_rules_ious(r, &ious);
    bx_jw_line(w, 2);
    bx_jw_object(w, "params");
    bx_jw_array(w, "maxDets");
    for (uint32_t limit = 1; limit <= 10 && limit < bx_rules_limit(r); limit *= 10)
        bx_jw_uint(w, NULL, limit);
    bx_jw_uint(w, NULL, bx_rules_limit(r));
    bx_jw_array_end(w);
    bx_jw_nums(w, "iouThrs", ious, nious);
    if (!r->relative) {
        bx_jw_array(w, "areaRng");
        bx_jw_nums(w, NULL, (const double[]){0, 1e10}, 2);
        for (size_t i = 0; i < nbins; i++)
            bx_jw_nums(w, NULL, (const double[]){bins[i].lo, bins[i].hi}, 2);
        bx_jw_array_end(w);
        bx_jw_array(w, "areaRngLbl");
        bx_jw_str(w, NULL, "all");
        for (size_t i = 0; i < nbins; i++)
            bx_jw_str(w, NULL, bins[i].name);
        bx_jw_array_end(w);
    }
    bx_jw_object_end(w);
    bx_jw_line(w, 2);
}

void bx_export_numbers(const struct bx_export *x, struct bx_buf *out)
{
    char when[25], id[33];
    struct bx_jw w = {.out = out, .spaced = true};
    bx_time_format(when, x->evaluation->finished);
    bx_hex(id, x->evaluation->id.b, sizeof x->evaluation->id.b);
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    bx_jw_str(&w, "model", x->slug);
    bx_jw_str(&w, "evaluation", id);
    bx_jw_str(&w, "evaluated", when);
    bx_jw_str(&w, "protocol", x->report.protocol);
    bx_jw_str(&w, "geometry", bx_geometry_name(x->geometry));
    add_params(x->rules, &w);
    bx_jw_array(&w, "numbers");
    for (int32_t k = -1; k < (int32_t)x->report.nclasses; k++)
        for (size_t i = 0; i < BX_NMETRICS; i++) {
            enum bx_metric m = bx_metrics_by_name()[i];
            double v = bx_report_get(&x->report, m, k);
            if (isnan(v))
                continue;
            bx_jw_line(&w, 2);
            bx_jw_object(&w, NULL);
            bx_jw_str(&w, "metric", bx_metrics[m].name);
            bx_jw_str(&w, "class", k >= 0 && (size_t)k < x->set.nclasses ? x->set.class_name[k] : NULL);
            bx_jw_num(&w, "value", v);
            bx_jw_object_end(&w);
        }
    bx_jw_array_end(&w);
    bx_jw_object_end(&w);
    bx_buf_addc(out, '\n');
}

size_t bx_export_ignored(const struct bx_export *x)
{
    size_t n = 0;
    const struct bx_testset *t = x->scope.testset;
    for (size_t k = 0; k < t->nanns; k++)
        n += t->ann_flags[k] & BX_ANN_IGNORE && !(t->ann_flags[k] & BX_ANN_CROWD);
    return n;
}
