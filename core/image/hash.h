/*
 * hash.h: what tells that two image files show the same picture, though it was scaled, compressed again, made brighter, mirrored or
 * cropped.
 *
 * A picture is looked at as 64 x 64 means of its luma (0.299 R + 0.587 G + 0.114 B), whatever its proportions: bx_thumb. A window of that
 * has a hash: the signs of its 256 lowest cosine terms but the mean, by ascending u + v (then u): bit i is set where term i is positive.
 * Signs do not change with brightness or contrast, and mirroring turns those of odd u. Every image has two: of the whole frame, and of its
 * middle, which lies between 0.1 and 0.9 of both sides and so is in whatever crop takes away up to a tenth.
 *
 * A picture of (nearly) one colour has none: its signs would be noise.
 */
#pragma once
#include "core/image/image.h"

#define BX_THUMB 64
struct bx_thumb {
    uint8_t luma[BX_THUMB][BX_THUMB]; /* rows from the top */
};
void bx_thumb_make(const struct bx_pixels *px, struct bx_thumb *out);

#define BX_HASH_TERMS 256
enum { BX_HASH_WHOLE, BX_HASH_MIDDLE, BX_NHASHES };
struct bx_hash {
    uint64_t bits[BX_HASH_TERMS / 64]; /* the first word: the lowest */
};
struct bx_picture {
    bool flat; /* it has no hashes */
    struct bx_hash hash[BX_NHASHES];
};
void bx_picture_make(const struct bx_thumb *t, struct bx_picture *out);

/* A part of a frame, in shares of its sides. */
struct bx_window {
    float x0, x1, y0, y1;
};
void bx_hash_terms(const struct bx_thumb *t, const struct bx_window *w, float term[BX_HASH_TERMS]);
/* The first words of the n x n windows that these sides make: out[y * n + x]. */
#define BX_HASH_WINDOWS 8 /* n at most */
void bx_hash_windows(const struct bx_thumb *t, const float (*x)[2], const float (*y)[2], size_t n, uint64_t *out);

/* As the mirrored picture has them: bit 0 of `turn` left and right, bit 1 top and bottom. */
#define BX_TURNS 4
uint64_t bx_hash_turn(uint64_t word, size_t which, unsigned turn);

/* How well the terms of one picture have the signs of another's hash, seen turned: 1 all, around 0 by chance. Terms count by their size
 * (times sqrt(u² + v²), which makes those of photos alike), so that one that is nearly nothing may have either sign. */
float bx_hash_likeness(const float *term, const struct bx_hash *h, unsigned turn);
