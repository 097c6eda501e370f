/* heads.c: which head it is, by the outputs' number, names and shapes. */
#include "core/backend/decode/parts.h"
#include "core/base/buf.h"
#include <math.h>
#include <string.h>

static decode_function *const functions[BX_NHEADS] = {
    [BX_HEAD_DETECT] = decode_yolo,
    [BX_HEAD_SEGMENT] = decode_yolo,
    [BX_HEAD_OBB] = decode_yolo,
    [BX_HEAD_END_DETECT] = decode_end,
    [BX_HEAD_END_SEGMENT] = decode_end,
    [BX_HEAD_END_OBB] = decode_end,
    [BX_HEAD_YOLOV5] = decode_yolov5,
    [BX_HEAD_YOLOX] = decode_yolox,
    [BX_HEAD_RFDETR] = decode_rfdetr,
    [BX_HEAD_DETR] = decode_detr,
    [BX_HEAD_TORCHVISION] = decode_torchvision,
};

#define MOST_CLASSES 25000

static bool none(const struct bx_output *o, size_t n, const char *why, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    for (size_t i = 0; i < n; i++) {
        bx_buf_addf(&b, "%s'%.40s' [", i ? ", " : "", o[i].name);
        for (size_t k = 0; k < o[i].rank; k++)
            bx_buf_addf(&b, "%s%zu", k ? ", " : "", o[i].dim[k]);
        bx_buf_adds(&b, "]");
    }
    return bx_fail(e, BX_DATA, "%s; its outputs: %s", why, bx_buf_str(&b));
}

static size_t named(const struct bx_output *o, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(o[i].name, name))
            return i;
    return n;
}

static bool pair_of_sets(const struct bx_output *o, size_t n, const char *boxes, const char *logits, struct bx_decoder *d)
{
    size_t b = named(o, n, boxes), l = named(o, n, logits);
    if (b == n || l == n || o[b].rank != 3 || o[l].rank != 3 || o[b].dim[0] != 1 || o[l].dim[0] != 1 || o[b].dim[2] != 4 ||
        o[b].dim[1] != o[l].dim[1] || o[l].dim[2] < 2)
        return false;
    d->at[0] = b, d->at[1] = l;
    d->nc = o[l].dim[2] - 1;
    return true;
}

static bool torchvision(const struct bx_output *o, size_t n, size_t nnames, struct bx_decoder *d)
{
    size_t found[3] = {n, n, n};
    if (n != 3)
        return false;
    for (size_t i = 0; i < n; i++) {
        size_t which = o[i].rank == 2 && o[i].dim[1] == 4 ? 0 : o[i].rank == 1 && o[i].whole ? 1 : o[i].rank == 1 ? 2 : 3;
        if (which == 3 || found[which] != n)
            return false;
        found[which] = i;
    }
    if (o[found[0]].dim[0] != o[found[1]].n || o[found[1]].n != o[found[2]].n)
        return false;
    memcpy(d->at, found, sizeof found);
    d->nc = nnames ? nnames : 91; /* COCO's, which torchvision's own are trained on */
    return true;
}

/* Cells of strides 8, 16 and 32. */
static size_t cells(uint32_t W, uint32_t H)
{
    size_t n = 0;
    for (uint32_t s = 8; s <= 32; s *= 2)
        n += (size_t)(W / s) * (H / s);
    return n;
}

/* Decoded boxes lie about their cells, whatever the picture; offsets do not. Of one anchor a cell alone: with three it is YOLOv5. */
static bool boxes_are_decoded(const struct bx_output *o, uint32_t W, uint32_t H)
{
    size_t i = 0, near = 0;
    if (!o->v) /* told by shapes alone */
        return true;
    for (uint32_t s = 8; s <= 32; s *= 2)
        for (uint32_t y = 0; y < H / s; y++)
            for (uint32_t x = 0; x < W / s && i < o->dim[1]; x++, i++) {
                const float *v = o->v + i * o->dim[2], dx = v[0] - ((float)x + 0.5f) * (float)s, dy = v[1] - ((float)y + 0.5f) * (float)s;
                near += fabsf(dx) <= 2 * (float)s && fabsf(dy) <= 2 * (float)s && v[2] >= 0 && v[3] >= 0;
            }
    return i && near >= i - i / 4;
}

static bool end_to_end(const struct bx_output *o, size_t n, const char *task, size_t m, size_t nnames, struct bx_decoder *d)
{
    const size_t width = o[0].dim[2];
    const bool obb = !strcmp(task, "obb");
    if (n == 2 ? width != 6 + m : width != (obb ? 7u : 6u))
        return false;
    d->head = n == 2 ? BX_HEAD_END_SEGMENT : obb ? BX_HEAD_END_OBB : BX_HEAD_END_DETECT;
    d->nc = nnames ? nnames : 80;
    return true;
}

static bool by_shape(const struct bx_output *o, size_t n, uint32_t W, uint32_t H, const char *task, size_t nnames, enum bx_head told,
                     struct bx_decoder *d, struct bx_err *e)
{
    if (pair_of_sets(o, n, "dets", "labels", d)) {
        d->head = BX_HEAD_RFDETR;
        return true;
    }
    if (pair_of_sets(o, n, "pred_boxes", "logits", d)) {
        d->head = BX_HEAD_DETR;
        return true;
    }
    if (torchvision(o, n, nnames, d)) {
        d->head = BX_HEAD_TORCHVISION;
        return true;
    }
    if (n < 1 || n > 2 || o[0].rank != 3 || (n == 2 && o[1].rank != 4))
        return none(o, n, "no head of a detector that is known here", e);
    if (o[0].dim[0] != 1 || (n == 2 && o[1].dim[0] != 1))
        return none(o, n, "found more than one image at a time, expected a batch of 1", e);
    const size_t m = n == 2 ? o[1].dim[1] : 0, rows = o[0].dim[1], columns = o[0].dim[2];
    if (n == 2 && (!o[1].dim[2] || !o[1].dim[3] || o[1].dim[2] > 4096 || o[1].dim[3] > 4096))
        return none(o, n, "found prototypes of masks without pixels, or with too many", e);
    if (n == 1 && !strcmp(task, "segment"))
        return none(o, n, "it is for masks by its metadata, and has no prototypes of masks", e);
    d->at[1] = 1;
    const size_t grid = cells(W, H);
    const bool plain = nnames && rows == 4 + nnames + m + !strcmp(task, "obb"), open = told == BX_HEAD_BY_SHAPE,
               end = told == BX_HEAD_END_DETECT || told == BX_HEAD_END_SEGMENT || told == BX_HEAD_END_OBB;
    if ((end || (open && !plain)) && end_to_end(o, n, task, m, nnames, d))
        return true;
    if ((open || told == BX_HEAD_YOLOV5 || told == BX_HEAD_YOLOX) && n == 1 && columns > 5 && grid && (rows == grid || rows == 3 * grid)) {
        d->head = !open ? told : rows == grid && !boxes_are_decoded(o, W, H) ? BX_HEAD_YOLOX : BX_HEAD_YOLOV5;
        d->nc = columns - 5;
        return true;
    }
    const size_t extra = 4 + m + (n == 1 && (!strcmp(task, "obb") || told == BX_HEAD_OBB));
    if (n == 2 && m != 32 && nnames && rows != 4 + nnames + m)
        return none(o, n, "the coefficients of its masks are not as many as its prototypes", e);
    if (rows <= extra)
        return none(o, n, "found boxes without a class", e);
    d->nc = rows - extra;
    d->head = n == 2 ? BX_HEAD_SEGMENT : extra == 5 ? BX_HEAD_OBB : BX_HEAD_DETECT;
    return true;
}

bool bx_head_choose(const struct bx_output *o, size_t n, uint32_t W, uint32_t H, const char *task, size_t nnames, enum bx_head told,
                    struct bx_decoder *d, struct bx_err *e)
{
    *d = (struct bx_decoder){0};
    if (!by_shape(o, n, W, H, task, nnames, told, d, e))
        return false;
    if (told != BX_HEAD_BY_SHAPE && d->head != told) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        bx_buf_addf(&b, "found the outputs of head '%s', expected those of '%s'", bx_heads[d->head].name, bx_heads[told].name);
        return none(o, n, bx_buf_str(&b), e);
    }
    if (d->nc > MOST_CLASSES)
        return none(o, n, "found more than 25,000 classes", e);
    d->conf = 0.001f;
    d->iou = d->head == BX_HEAD_YOLOX ? 0.65 : 0.7;
    d->most = 300;
    return true;
}

bool bx_decode(const struct bx_decoder *d, const struct bx_output *o, size_t n, const struct bx_frame *f, struct bx_founds *out,
               struct bx_arena *a, struct bx_err *e)
{
    struct bx_decoder now;
    if (!bx_head_choose(o, n, f->W, f->H, bx_heads[d->head].task, d->nc, d->head, &now, e))
        return false;
    if (now.nc != d->nc)
        return none(o, n, "its outputs changed their shape from one image to the next", e);
    functions[d->head](d, o, f, out, a);
    return true;
}
