/* yolo.c: the heads of the YOLO families: Ultralytics' (boxes, masks, oriented; with and without NMS inside), YOLOv5 to 7's, YOLOX's. */
#include "core/backend/decode/parts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Centre, size and angle of the image; then the corners. Nothing is clipped. */
static void oriented(struct bx_found *o, const struct back *b)
{
    float *c = o->box;
    c[0] = (c[0] - b->left) / b->gx, c[1] = (c[1] - b->top) / b->gy, c[2] /= b->gx, c[3] /= b->gy;
    float co = cosf(o->angle), si = sinf(o->angle), u[2] = {c[2] / 2 * co, c[2] / 2 * si}, v[2] = {-c[3] / 2 * si, c[3] / 2 * co};
    static const float sign[4][2] = {{1, 1}, {1, -1}, {-1, -1}, {-1, 1}};
    for (int k = 0; k < 4; k++)
        for (int j = 0; j < 2; j++)
            o->obb[2 * k + j] = c[j] + sign[k][0] * u[j] + sign[k][1] * v[j];
}

static void to_image(const struct bx_decoder *d, const struct bx_output *o, bool by_column, size_t first, const struct rows *r,
                     const struct bx_frame *f, struct bx_founds *out, struct bx_arena *a)
{
    const struct back b = back_of(f);
    const char *task = bx_heads[d->head].task;
    founds_from(out, r, a);
    for (size_t i = 0; i < out->n; i++) {
        if (!strcmp(task, "obb"))
            oriented(&out->at[i], &b);
        else
            back_box(&b, out->at[i].box);
    }
    if (!strcmp(task, "segment"))
        decode_masks(&o[d->at[0]], first, by_column, &o[d->at[1]], f, out, r, a);
}

/* [1, 4 + nc + extra, anchors]: one class an anchor. */
void decode_yolo(const struct bx_decoder *d, const struct bx_output *o, const struct bx_frame *f, struct bx_founds *out, struct bx_arena *a)
{
    const struct bx_output *p = &o[d->at[0]];
    const size_t anchors = p->dim[2];
    struct rows r = {.at = BX_NEW(a, struct row, anchors)};
    for (size_t i = 0; i < anchors; i++) {
        struct row row = {.score = -INFINITY, .index = i};
        bool none = false;
        for (size_t c = 0; c < d->nc; c++) {
            float s = p->v[(4 + c) * anchors + i];
            none |= isnan(s);
            if (s > row.score)
                row.score = s, row.class = (uint32_t)c;
        }
        if (!none && !(row.score > d->conf))
            continue;
        for (size_t k = 0; k < 4; k++)
            row.box[k] = p->v[k * anchors + i];
        if (d->head == BX_HEAD_OBB)
            row.angle = p->v[(4 + d->nc) * anchors + i];
        if (none || !row_is_sound(row.box, 4) || !isfinite(row.score) || !isfinite(row.angle)) {
            r.left_out++;
            continue;
        }
        if (d->head != BX_HEAD_OBB)
            corners_of(row.box);
        rows_add(&r, row);
    }
    rows_sort(&r);
    (d->head == BX_HEAD_OBB ? nms_oriented : nms_boxes)(&r, d->iou, d->most, a);
    to_image(d, o, true, 4 + d->nc, &r, f, out, a);
}

/* [1, n, 6 + extra]: corners (oriented: centre and size), score, class, in the order of the rows. */
void decode_end(const struct bx_decoder *d, const struct bx_output *o, const struct bx_frame *f, struct bx_founds *out, struct bx_arena *a)
{
    const struct bx_output *p = &o[d->at[0]];
    const size_t n = p->dim[1], width = p->dim[2];
    struct rows r = {.at = BX_NEW(a, struct row, n)};
    for (size_t i = 0; i < n && r.n < d->most; i++) {
        const float *v = p->v + i * width;
        if (!(v[4] > d->conf) && !isnan(v[4]))
            continue;
        if (!row_is_sound(v, d->head == BX_HEAD_END_OBB ? 7 : 6) || v[5] < 0 || v[5] >= (float)d->nc || v[5] != floorf(v[5])) {
            r.left_out++;
            continue;
        }
        struct row row = {.box = {v[0], v[1], v[2], v[3]}, .score = v[4], .class = (uint32_t)v[5], .index = i};
        if (d->head == BX_HEAD_END_OBB)
            row.angle = v[6];
        rows_add(&r, row);
    }
    to_image(d, o, false, 6, &r, f, out, a);
}

/* [1, anchors, 5 + nc]: centre and size in pixels of the input, objectness, classes. */
void decode_yolov5(const struct bx_decoder *d, const struct bx_output *o, const struct bx_frame *f, struct bx_founds *out,
                   struct bx_arena *a)
{
    const struct bx_output *p = &o[d->at[0]];
    const size_t n = p->dim[1], width = p->dim[2];
    struct rows r = {.at = BX_NEW(a, struct row, n)};
    for (size_t i = 0; i < n; i++) {
        const float *v = p->v + i * width;
        struct row row = {.box = {v[0], v[1], v[2], v[3]}, .score = -INFINITY, .index = i};
        bool none = isnan(v[4]);
        if (!none && !(v[4] > d->conf))
            continue;
        for (size_t c = 0; c < d->nc; c++) {
            float s = v[5 + c] * v[4];
            none |= isnan(s);
            if (s > row.score)
                row.score = s, row.class = (uint32_t)c;
        }
        if (!none && !(row.score > d->conf))
            continue;
        if (none || !row_is_sound(row.box, 4) || !isfinite(row.score)) {
            r.left_out++;
            continue;
        }
        corners_of(row.box);
        rows_add(&r, row);
    }
    rows_sort(&r);
    nms_boxes(&r, d->iou, d->most, a);
    founds_from(out, &r, a);
    /* One gain and pads that are not rounded, unlike Ultralytics' later ones. */
    double by_h = (double)f->H / f->h, by_w = (double)f->W / f->w, gain = by_h < by_w ? by_h : by_w;
    float left = (float)((f->W - f->w * gain) / 2), top = (float)((f->H - f->h * gain) / 2), g = (float)gain;
    for (size_t i = 0; i < out->n; i++)
        for (int k = 0; k < 4; k++)
            out->at[i].box[k] = clipped((out->at[i].box[k] - (k % 2 ? top : left)) / g, (float)(k % 2 ? f->h : f->w));
}

/* YOLOX's own NMS: each class by itself, with the old + 1. */
static void nms_old(struct rows *r, double iou, size_t most, struct bx_arena *a)
{
    struct row *kept = BX_NEW(a, struct row, most);
    size_t n = 0;
    for (size_t i = 0; i < r->n && n < most; i++) {
        const float *b = r->at[i].box;
        float area = (b[2] - b[0] + 1) * (b[3] - b[1] + 1);
        bool gone = false;
        for (size_t k = 0; k < n && !gone; k++) {
            const float *q = kept[k].box;
            if (kept[k].class != r->at[i].class)
                continue;
            float w = (q[2] < b[2] ? q[2] : b[2]) - (q[0] > b[0] ? q[0] : b[0]) + 1,
                  h = (q[3] < b[3] ? q[3] : b[3]) - (q[1] > b[1] ? q[1] : b[1]) + 1;
            w = w > 0 ? w : 0, h = h > 0 ? h : 0;
            float inter = w * h, other = (q[2] - q[0] + 1) * (q[3] - q[1] + 1);
            gone = !(inter / (other + area - inter) <= (float)iou);
        }
        if (!gone)
            kept[n++] = r->at[i];
    }
    if (n)
        memcpy(r->at, kept, n * sizeof *kept);
    r->n = n;
}

/* The same shape, not decoded: offsets in cells of strides 8, 16, 32, and logarithms of sizes. Every class above the threshold counts. */
void decode_yolox(const struct bx_decoder *d, const struct bx_output *o, const struct bx_frame *f, struct bx_founds *out,
                  struct bx_arena *a)
{
    const struct bx_output *p = &o[d->at[0]];
    const size_t n = p->dim[1], width = p->dim[2];
    double by_h = (double)f->H / f->h, by_w = (double)f->W / f->w;
    const float gain = (float)(by_h < by_w ? by_h : by_w);
    struct rows r = {0};
    size_t cap = 0;
    size_t i = 0;
    for (unsigned stride = 8; stride <= 32; stride *= 2)
        for (size_t y = 0; y < f->H / stride; y++)
            for (size_t x = 0; x < f->W / stride && i < n; x++, i++) {
                const float *v = p->v + i * width;
                struct row row = {.index = i};
                row.box[0] = (v[0] + (float)x) * (float)stride;
                row.box[1] = (v[1] + (float)y) * (float)stride;
                row.box[2] = (float)(exp((double)v[2]) * stride);
                row.box[3] = (float)(exp((double)v[3]) * stride);
                corners_of(row.box);
                for (int k = 0; k < 4; k++)
                    row.box[k] /= gain;
                const bool sound = row_is_sound(row.box, 4);
                for (size_t c = 0; c < d->nc; c++) {
                    row.score = v[4] * v[5 + c];
                    row.class = (uint32_t)c;
                    if (!(row.score > d->conf) && !isnan(row.score))
                        continue;
                    if (!sound || !isfinite(row.score)) {
                        r.left_out++;
                        continue;
                    }
                    r.at = bx_grow(r.at, &cap, r.n + 1, sizeof *r.at);
                    rows_add(&r, row);
                }
            }
    struct row *heap = r.at;
    if (r.n)
        rows_sort(&r);
    nms_old(&r, d->iou, d->most, a);
    founds_from(out, &r, a);
    free(heap);
}
