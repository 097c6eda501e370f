/* sound.h: what must hold of a detection that was taken from a stranger's answer. For fuzzers' entries. */
#pragma once
#include "core/backend/backend.h"
#include "tests/fuzz.h"
#include <math.h>

enum { FUZZ_W = 60, FUZZ_H = 40 }; /* of the image that it is of */

static inline void require_detection(const struct bx_detection *d, unsigned geometries, const struct bx_backend *b)
{
    struct bx_err e = {0};
    require_that(d->name < b->nnames && isfinite(d->score) && d->box[2] >= 0 && d->box[3] >= 0);
    for (size_t k = 0; k < 4; k++)
        require_that(isfinite(d->box[k]));
    for (size_t k = 0; d->obb && k < 8; k++)
        require_that(isfinite(d->obb[k]));
    require_that(!d->mask || (d->mask->w == FUZZ_W && d->mask->h == FUZZ_H && bx_rle_valid(d->mask, &e)));
    require_that(!(geometries & 1u << BX_GEOM_MASK) || d->mask);
    require_that(!(geometries & 1u << BX_GEOM_OBB) || d->obb);
}
