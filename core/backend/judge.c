/* judge.c: an answer against the image that it is for: its frame, its masks, and what each prediction must have. */
#include "core/backend/answer.h"
#include "core/base/banned.h"
#include "core/data/segmentation.h"

/* A reader for a value that was found to be JSON. NaN is wrong here. */
static void begin_value(const struct bx_judging *j, struct bx_slice value, struct bx_json *q, struct bx_err *e)
{
    bx_json_init(q, "answer", j->text ? j->text : value.p, j->text ? (size_t)(j->end - j->text) : value.n, BX_JSON_KEYS_ONCE, e);
    q->p = value.p;
    q->end = value.p + value.n;
}

/* The mask of detection i as runs of an image of w x h, in the frame the model worked in. The outlines of all together are bounded, too. */
static bool make_mask(struct bx_judging *j, size_t i, uint32_t w, uint32_t h, uint64_t *crossings, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_mask_text *m = &j->masks[i];
    struct bx_detection *d = &j->at[i];
    uint64_t all = bx_segmentation_bound(h, w) + 16 * (uint64_t)w * j->n, left = all - *crossings, one = bx_segmentation_bound(h, w);
    /* Where no mask is scored it is checked, and drawn only where the box is the mask's. */
    bool draw = j->geometries & 1u << BX_GEOM_MASK || (!d->box_given && !d->obb);
    const struct bx_segmentation_rules rules = {.h = h, .w = w, .draw = draw, .near = true, .crossings = left < one ? left + 1 : one};
    struct bx_segmentation seg;
    struct bx_json q;
    struct bx_err own;
    begin_value(j, m->rle.p ? m->rle : m->poly, &q, &own);
    bool ok = bx_segmentation_read(&q, &rules, &seg, a);
    if (ok && seg.present && seg.polygon == !!m->rle.p)
        ok = bx_json_fail(&q, m->rle.p ? m->rle.p : m->poly.p, "found %s",
                          m->rle.p ? "polygons, which are a 'poly'" : "run lengths, which are an 'rle'");
    bx_json_release(&q);
    if (!ok)
        return bx_fail(e, BX_DATA, "prediction %zu: '%s': %s", i, m->rle.p ? "rle" : "poly", own.text);
    *crossings += seg.crossings + (seg.polygon ? 0 : seg.mask.n);
    if (*crossings > all)
        return bx_fail(e, BX_DATA,
                       m->rle.p ? "prediction %zu: the masks of all predictions have more than %llu run lengths"
                                : "prediction %zu: the outlines of all predictions pass more than %llu times through a column of pixels",
                       i, (unsigned long long)all);
    if (seg.present && draw) {
        d->mask = bx_memdup(a, &seg.mask, sizeof seg.mask);
        if (!d->box_given && !d->obb)
            bx_rle_box(&seg.mask, d->box);
    }
    return true;
}

static bool has_all(const struct bx_judging *j, size_t i, struct bx_err *e)
{
    const struct bx_detection *d = &j->at[i];
    if (j->geometries & 1u << BX_GEOM_MASK && !d->mask)
        return bx_fail(e, BX_DATA, "prediction %zu has no mask ('poly' or 'rle'), which is what is scored here", i);
    if (j->geometries & 1u << BX_GEOM_OBB && !d->obb)
        return bx_fail(e, BX_DATA, "prediction %zu has no 'obb', which is what is scored here", i);
    return d->box_given || d->obb || d->mask || bx_fail(e, BX_DATA, "prediction %zu has neither 'box' nor 'obb', 'poly' or 'rle'", i);
}

bool bx_judge(struct bx_judging *j, size_t image, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_testset *t = j->testset;
    uint32_t w = j->w ? j->w : t->image_w[image], h = j->h ? j->h : t->image_h[image];
    uint8_t orientation = t->image_orientation ? t->image_orientation[image] : 1;
    uint64_t crossings = 0;
    if (!j->w != !j->h)
        return bx_fail(e, BX_DATA, "has only one of 'w' and 'h'");
    enum bx_answer_frame frame = bx_frame_of(w, h, t->image_w[image], t->image_h[image], orientation);
    if (frame == BX_FRAME_OTHER)
        return bx_fail(e, BX_DATA, "the model saw an image of %u x %u, this one is %u x %u", w, h, t->image_w[image], t->image_h[image]);
    for (size_t i = 0; i < j->n; i++) {
        bool mask = j->masks[i].rle.p || j->masks[i].poly.p;
        if (mask && (uint64_t)w * h >= UINT32_MAX)
            return bx_fail(e, BX_DATA, "an image of %u x %u is too large for masks", w, h);
        if ((mask && !make_mask(j, i, w, h, &crossings, a, e)) || !has_all(j, i, e))
            return false;
    }
    j->reframed = frame == BX_FRAME_RAW;
    if (j->reframed)
        bx_frame_turn(j->at, j->n, w, h, orientation, a);
    return true;
}
