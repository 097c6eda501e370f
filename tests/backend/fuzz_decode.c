/*
 * fuzz_decode.c: libFuzzer's entry to what a network puts out: the first bytes are the input's size, the image's, the task and the shapes
 * of up to three outputs, the rest their numbers, again and again.
 */
#include "core/backend/decode/decode.h"
#include "tests/fuzz.h"
#include <math.h>

struct bytes {
    const uint8_t *p;
    size_t n, at;
};

static uint8_t next(struct bytes *b)
{
    return b->at < b->n ? b->p[b->at++] : 0;
}

static struct bx_output make_output(struct bytes *b, struct bx_arena *a)
{
    static const char *const names[] = {"output0", "output1", "dets", "labels", "pred_boxes", "logits", "boxes", "scores"};
    struct bx_output o = {.name = names[next(b) % 8], .rank = next(b) % 5, .n = 1};
    for (size_t i = 0; i < o.rank; i++) {
        o.dim[i] = next(b) % 3 ? 1 + next(b) % 90 : 1;
        o.n *= o.dim[i];
        if (o.n > 200000)
            o.n = o.dim[i] = 0;
    }
    float *v = BX_NEW(a, float, o.n);
    static const float odd[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 0, -0.f, 1e-40f};
    for (size_t i = 0; i < o.n && b->n; i++) {
        uint8_t x = b->p[(b->at + i) % b->n];
        v[i] = x >= 248 ? odd[x - 248] : x >= 128 ? (float)(x - 128) * 4 : (float)x / 127;
    }
    o.v = v;
    o.whole = next(b) % 4 == 0;
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const tasks[] = {"", "detect", "segment", "obb"};
    struct bytes b = {data, n, 0};
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_output o[3];
    struct bx_decoder d = {0};
    struct bx_frame f;
    uint32_t W = 32 * (1u + next(&b) % 3), H = 32 * (1u + next(&b) % 3), w = 1u + next(&b), h = 1u + next(&b);
    const char *task = tasks[next(&b) % 4];
    size_t nnames = next(&b) % 5, count = 1 + next(&b) % 3;
    enum bx_head told = (enum bx_head)(next(&b) % (2 * BX_NHEADS));
    for (size_t i = 0; i < count; i++)
        o[i] = make_output(&b, &a);
    if (told > BX_HEAD_BY_SHAPE)
        told = BX_HEAD_BY_SHAPE;
    if (!bx_head_choose(o, count, W, H, task, nnames, told, &d, &e)) {
        require_said(&e, BX_DATA, NULL);
    } else if (bx_frame_make(bx_heads[d.head].fit, w, h, W, H, 0, &f)) {
        struct bx_founds found = {0};
        if (bx_decode(&d, o, count, &f, &found, &a, &e)) {
            require_that(found.n <= (d.most ? d.most : found.n));
            for (size_t i = 0; i < found.n; i++) {
                require_that(found.at[i].class < d.nc && !isnan(found.at[i].score) && found.at[i].score > d.conf);
                for (int k = 0; k < 4; k++)
                    require_that(!isnan(found.at[i].box[k]));
            }
        } else
            require_said(&e, BX_DATA, NULL);
    }
    bx_arena_release(&a);
    return 0;
}
