/*
 * overlay.h: outlines, masks and names over an image. Coordinates are pixels of what is drawn on.
 */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bx_overlay_shape {
    double corner[8]; /* x, y of four */
    bool dashed;      /* it counts in another way than the others */
    unsigned colour;  /* of a class: any number */
    const char *name;
    const uint8_t *mask; /* w * h, not 0: in it; NULL: none */
};
/* rgb: w * h * 3 bytes. Appends a PNG: the same for the same fonts. */
bool bx_overlay_png(uint32_t w, uint32_t h, const uint8_t *rgb, const struct bx_overlay_shape *shapes, size_t n, struct bx_buf *out,
                    struct bx_err *e);
