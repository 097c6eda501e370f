/* parts.h: what the decoders share. For core/backend/decode alone. */
#pragma once
#include "core/backend/decode/decode.h"

#define MOST_CANDIDATES 30000

struct row {
    float box[4], score, angle;
    uint32_t class;
    size_t index; /* of the anchor or row; what further numbers it has are found by it */
};
struct rows {
    struct row *at;
    size_t n, left_out;
};
bool row_is_sound(const float *v, size_t n);   /* all finite */
void rows_add(struct rows *r, struct row row); /* the caller made room */
void rows_sort(struct rows *r);                /* descending score, then index */
void corners_of(float box[4]);                 /* cx cy w h -> x1 y1 x2 y2 */

/* Of sorted rows the first `most` that are left. */
void nms_boxes(struct rows *r, double iou, size_t most, struct bx_arena *a);
void nms_oriented(struct rows *r, double iou, size_t most, struct bx_arena *a);

/* Ultralytics' way back: two gains of the rounded sides. */
struct back {
    float left, top, gx, gy, w, h;
};
struct back back_of(const struct bx_frame *f);
void back_box(const struct back *b, float box[4]);
float clipped(float v, float most);

void decode_masks(const struct bx_output *coefficients, size_t first, bool by_column, const struct bx_output *protos,
                  const struct bx_frame *f, struct bx_founds *out, const struct rows *rows, struct bx_arena *a);

typedef void decode_function(const struct bx_decoder *d, const struct bx_output *o, const struct bx_frame *f, struct bx_founds *out,
                             struct bx_arena *a);
decode_function decode_yolo, decode_end, decode_yolov5, decode_yolox, decode_rfdetr, decode_detr, decode_torchvision;
void founds_from(struct bx_founds *out, const struct rows *r, struct bx_arena *a);
