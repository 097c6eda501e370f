/* export_coco.c: ground truth, detections and numbers of an evaluation as JSON, one record a line. */
#include "cmd/export.h"
#include "core/base/text.h"
#include <string.h>

static void add_string(struct bx_buf *b, const char *s)
{
    bx_buf_add_json_string(b, s, strlen(s));
}

static void add_numbers(struct bx_buf *b, const char *key, const double *v, size_t n)
{
    bx_buf_addf(b, ", \"%s\": [", key);
    for (size_t i = 0; i < n; i++) {
        if (i)
            bx_buf_adds(b, ", ");
        bx_buf_add_double(b, v[i]);
    }
    bx_buf_addc(b, ']');
}

static void add_mask(struct bx_buf *b, const struct bx_rle *r, struct bx_arena *a)
{
    struct bx_arena_mark mark = bx_arena_mark(a);
    bx_buf_addf(b, ", \"segmentation\": {\"size\": [%u, %u], \"counts\": ", r->h, r->w);
    struct bx_rle plain = bx_rle_made_plain(r, a); /* pycocotools' IoU may stop at a run of length zero */
    add_string(b, bx_rle_to_string(&plain, a));
    bx_buf_addc(b, '}');
    bx_arena_pop(a, mark);
}

static void add_annotations(const struct bx_export *x, struct bx_buf *out, struct bx_arena *a)
{
    const struct bx_testset *t = &x->set;
    for (size_t i = 0; i < t->nimages; i++)
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++) {
            bx_buf_addf(out, "%s\n  {\"id\": %zu, \"image_id\": %zu, \"category_id\": %u, \"iscrowd\": %d", k ? "," : "", k + 1, i + 1,
                        t->ann_class[k] + 1, t->ann_flags[k] & BX_ANN_CROWD ? 1 : 0);
            if (t->ann_flags[k] & BX_ANN_IGNORE)
                bx_buf_adds(out, ", \"ignore\": 1");
            bx_buf_adds(out, ", \"area\": ");
            bx_buf_add_double(out, t->ann_area[k]);
            add_numbers(out, "bbox", t->ann_box + 4 * k, 4);
            if (x->geometry == BX_GEOM_OBB && t->ann_obb)
                add_numbers(out, "obb", t->ann_obb + 8 * k, 8);
            if (x->geometry == BX_GEOM_MASK && t->ann_mask)
                add_mask(out, &t->ann_mask[k], a);
            bx_buf_addc(out, '}');
        }
}

void bx_export_ground_truth(const struct bx_export *x, struct bx_buf *out, struct bx_arena *a)
{
    const struct bx_testset *t = &x->set;
    bx_buf_adds(
        out,
        "{\"info\": {\"description\": \"test set as evaluated by boxscore, ids from 1 in the order of evaluation\"},\n \"categories\": [");
    for (size_t i = 0; i < t->nclasses; i++) {
        bx_buf_addf(out, "%s\n  {\"id\": %zu, \"name\": ", i ? "," : "", i + 1);
        add_string(out, t->class_name[i]);
        bx_buf_addc(out, '}');
    }
    bx_buf_adds(out, "],\n \"images\": [");
    for (size_t i = 0; i < t->nimages; i++) {
        bx_buf_addf(out, "%s\n  {\"id\": %zu, \"width\": %u, \"height\": %u, \"file_name\": ", i ? "," : "", i + 1, t->image_w[i],
                    t->image_h[i]);
        add_string(out, t->image_file[i]);
        bx_buf_addc(out, '}');
    }
    bx_buf_adds(out, "],\n \"annotations\": [");
    add_annotations(x, out, a);
    bx_buf_adds(out, "]}\n");
}

void bx_export_detections(const struct bx_export *x, struct bx_buf *out, struct bx_arena *a)
{
    const struct bx_detections *d = &x->detections;
    size_t written = 0;
    bx_buf_addc(out, '[');
    for (size_t i = 0; i < d->nimages; i++)
        for (size_t k = d->image_begin[i]; k < d->image_begin[i + 1]; k++) {
            uint32_t class = x->class_of[d->name[k]];
            if (class == BX_UNMAPPED)
                continue;
            bx_buf_addf(out, "%s\n {\"image_id\": %zu, \"category_id\": %u, \"score\": ", written++ ? "," : "", i + 1, class + 1);
            bx_buf_add_double(out, d->score[k]);
            if (x->geometry == BX_GEOM_MASK && d->mask)
                add_mask(out, &d->mask[k], a);
            else
                add_numbers(out, "bbox", d->box + 4 * k, 4);
            if (x->geometry == BX_GEOM_OBB && d->obb)
                add_numbers(out, "obb", d->obb + 8 * k, 8);
            bx_buf_addc(out, '}');
        }
    bx_buf_adds(out, "]\n");
}

void bx_export_numbers(const struct bx_export *x, struct bx_buf *out)
{
    char when[25], id[33];
    bx_time_format(when, x->evaluation->finished);
    bx_hex(id, x->evaluation->id.b, sizeof x->evaluation->id.b);
    bx_buf_adds(out, "{\"format\": 1, \"model\": ");
    add_string(out, x->slug);
    bx_buf_addf(out, ", \"evaluation\": \"%s\", \"evaluated\": \"%s\", \"protocol\": ", id, when);
    add_string(out, x->report.protocol);
    bx_buf_addf(out, ", \"geometry\": \"%s\", \"numbers\": [", bx_geometry_name(x->geometry));
    for (size_t i = 0; i < x->report.nvalues; i++) {
        const struct bx_value *v = &x->report.values[i];
        bx_buf_adds(out, i ? ",\n  {\"metric\": " : "\n  {\"metric\": ");
        add_string(out, v->metric->name);
        bx_buf_adds(out, ", \"class\": ");
        if (v->class_index >= 0 && (size_t)v->class_index < x->set.nclasses)
            add_string(out, x->set.class_name[v->class_index]);
        else
            bx_buf_adds(out, "null");
        bx_buf_adds(out, ", \"value\": ");
        bx_buf_add_double(out, v->value);
        bx_buf_addc(out, '}');
    }
    bx_buf_adds(out, "]}\n");
}

size_t bx_export_ignored(const struct bx_export *x)
{
    size_t n = 0;
    for (size_t k = 0; k < x->set.nanns; k++)
        n += x->set.ann_flags[k] & BX_ANN_IGNORE && !(x->set.ann_flags[k] & BX_ANN_CROWD);
    return n;
}
