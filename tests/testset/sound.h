/* sound.h: what every test set that a reader gives must be, for the fuzzers of this room. */
#pragma once
#include "core/data/testset.h"
#include "tests/fuzz.h"
#include <math.h>

/* Packed, unpacked and packed again, a geometry that all annotations have is the same bytes. */
static inline void require_packs(const struct bx_testset *t, enum bx_geometry g, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf bytes = {0}, again = {0};
    struct bx_testset u;
    struct bx_err e = {0};
    enum bx_geometry h;
    size_t hashed, as_much;
    if (!bx_testset_pack(t, g, &bytes, &hashed, &e)) {
        require_said(&e, BX_DATA, NULL);
        return;
    }
    require_that(bx_testset_unpack(bx_buf_str(&bytes), bytes.n, &u, &h, a, &e) && h == g);
    require_that(bx_testset_pack(&u, g, &again, &as_much, &e) && as_much == hashed);
    require_that(again.n == bytes.n && !memcmp(bx_buf_str(&again), bx_buf_str(&bytes), bytes.n));
}

static inline void require_sound(const struct bx_testset *t)
{
    struct bx_err e = {0};
    require_that(t->ann_begin[0] == 0 && t->ann_begin[t->nimages] == t->nanns);
    for (size_t i = 0; i < t->nimages; i++)
        require_that(t->ann_begin[i] <= t->ann_begin[i + 1] && t->image_file[i]);
    for (size_t i = 0; i < t->nanns; i++) {
        require_that(t->ann_class[i] < t->nclasses && !isnan(t->ann_area[i]));
        for (size_t k = 0; k < 4; k++)
            require_that(!isnan(t->ann_box[4 * i + k]));
        if (t->ann_mask && t->ann_mask[i].h)
            require_that(bx_rle_valid(&t->ann_mask[i], &e));
    }
    for (size_t i = 0; i < t->nnotes; i++)
        require_that(t->notes[i].text[0] != '\0');
}
