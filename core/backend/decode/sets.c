/* sets.c: heads that put out a set, without anchors or NMS of ours: RF-DETR, DETR, and torchvision's three outputs. */
#include "core/backend/decode/parts.h"
#include <math.h>

static void stretched(struct rows *r, const struct bx_frame *f, bool clip, struct bx_founds *out, struct bx_arena *a)
{
    founds_from(out, r, a);
    for (size_t i = 0; i < out->n; i++) {
        float *b = out->at[i].box;
        corners_of(b);
        for (int k = 0; k < 4; k++) {
            float side = (float)(k % 2 ? f->h : f->w);
            b[k] *= side;
            if (clip)
                b[k] = clipped(b[k], side);
        }
    }
}

/* Every class of every query by itself, the last one is the background. As many as there are queries. */
void decode_rfdetr(const struct bx_decoder *d, const struct bx_output *o, const struct bx_frame *f, struct bx_founds *out,
                   struct bx_arena *a)
{
    const struct bx_output *boxes = &o[d->at[0]], *logits = &o[d->at[1]];
    const size_t q = boxes->dim[1], width = logits->dim[2];
    struct rows r = {.at = BX_NEW(a, struct row, q * d->nc)};
    for (size_t i = 0; i < q; i++)
        for (size_t c = 0; c < d->nc; c++) {
            const float *b = boxes->v + 4 * i, s = 1.0f / (1.0f + expf(-logits->v[i * width + c]));
            if (!(s > d->conf) && !isnan(s))
                continue;
            if (isnan(s) || !row_is_sound(b, 4))
                r.left_out++;
            else
                rows_add(&r, (struct row){.box = {b[0], b[1], b[2], b[3]}, .score = s, .class = (uint32_t)c, .index = i});
        }
    rows_sort(&r);
    size_t most = q < d->most ? q : d->most;
    if (r.n > most)
        r.n = most;
    stretched(&r, f, true, out, a);
}

/* One class a query, by softmax with "no object" as the last. Not clipped. */
void decode_detr(const struct bx_decoder *d, const struct bx_output *o, const struct bx_frame *f, struct bx_founds *out, struct bx_arena *a)
{
    const struct bx_output *boxes = &o[d->at[0]], *logits = &o[d->at[1]];
    const size_t q = boxes->dim[1], width = logits->dim[2];
    struct rows r = {.at = BX_NEW(a, struct row, q)};
    for (size_t i = 0; i < q; i++) {
        const float *b = boxes->v + 4 * i, *l = logits->v + i * width;
        if (!row_is_sound(l, width) || !row_is_sound(b, 4)) {
            r.left_out++;
            continue;
        }
        float greatest = l[0], sum = 0;
        size_t best = 0;
        for (size_t c = 1; c < width; c++)
            greatest = l[c] > greatest ? l[c] : greatest;
        for (size_t c = 0; c < width; c++)
            sum += expf(l[c] - greatest);
        for (size_t c = 1; c < d->nc; c++)
            best = l[c] > l[best] ? c : best;
        float s = expf(l[best] - greatest) / sum;
        if (s > d->conf)
            rows_add(&r, (struct row){.box = {b[0], b[1], b[2], b[3]}, .score = s, .class = (uint32_t)best, .index = i});
    }
    rows_sort(&r);
    if (r.n > d->most)
        r.n = d->most;
    stretched(&r, f, false, out, a);
}

/* All is done in the graph; labels count from 1. */
void decode_torchvision(const struct bx_decoder *d, const struct bx_output *o, const struct bx_frame *f, struct bx_founds *out,
                        struct bx_arena *a)
{
    const struct bx_output *boxes = &o[d->at[0]], *labels = &o[d->at[1]], *scores = &o[d->at[2]];
    struct rows r = {.at = BX_NEW(a, struct row, scores->n)};
    const float gx = (float)((double)f->w / f->W), gy = (float)((double)f->h / f->H);
    for (size_t i = 0; i < scores->n; i++) {
        const float *b = boxes->v + 4 * i, s = scores->v[i], label = labels->v[i];
        if (!(s > d->conf) && !isnan(s))
            continue;
        if (!isfinite(s) || !row_is_sound(b, 4) || !(label >= 1) || label > (float)d->nc)
            r.left_out++;
        else
            rows_add(&r, (struct row){
                             .box = {b[0] * gx, b[1] * gy, b[2] * gx, b[3] * gy}, .score = s, .class = (uint32_t)label - 1, .index = i});
    }
    rows_sort(&r);
    if (r.n > d->most)
        r.n = d->most;
    founds_from(out, &r, a);
}
