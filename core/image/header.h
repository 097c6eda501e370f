/*
 * header.h: hostile bytes, and the readers of headers that have a file of their own. For core/image alone.
 */
#pragma once
#include "core/image/image.h"
#include <string.h>

/* A window on bytes. The readers below may be asked for any offset. */
struct view {
    const uint8_t *p;
    size_t n;
};

static inline bool has(struct view v, size_t at, size_t n)
{
    return at <= v.n && n <= v.n - at;
}
static inline bool is(struct view v, size_t at, const char *text, size_t n)
{
    return has(v, at, n) && !memcmp(v.p + at, text, n);
}
static inline uint32_t number(struct view v, size_t at, size_t bytes, bool big)
{
    uint32_t r = 0;
    if (!has(v, at, bytes))
        return 0;
    for (size_t i = 0; i < bytes; i++)
        r |= (uint32_t)v.p[at + i] << (8 * (big ? bytes - 1 - i : i));
    return r;
}
static inline struct view part(struct view v, size_t at, size_t n)
{
    return has(v, at, n) ? (struct view){v.p + at, n} : (struct view){v.p, 0};
}

/* tiff.c: the first directory of a TIFF structure, classic or BigTIFF, in either byte order. What is not there is 0, the orientation 1.
 * False: it is none. */
struct bx_tiff {
    uint32_t w, h, bands;
    uint8_t orientation;
    bool reduced; /* a thumbnail, as raw files begin with */
};
bool bx_tiff_read(struct view v, struct bx_tiff *t);

/* boxes.c: HEIC, AVIF and JPEG 2000, by their boxes: size and, of the former, how it is turned. Fills info but for what is shown. */
bool bx_boxes_is(struct view v, enum bx_image_kind *kind);
bool bx_boxes_read(const char *name, struct view v, struct bx_image_info *info, struct bx_err *e);
