/*
 * image.h: what boxscore needs of image files: the displayed size from the header without decoding, pixels, and PNG out.
 *
 * The canonical frame is the image as displayed: EXIF orientation applied. Headers are read here, by hand, for JPEG (and MPO, whose first
 * image counts), PNG, WebP, BMP, TIFF, GIF, HEIC, AVIF and JPEG 2000, from hostile bytes: every offset is checked. Pixels come from
 * libjpeg-turbo, libpng, libwebp and libtiff, which never exit or print; decode foreign bytes only in a process that does not hold the
 * database. `name` is only used in messages. Errors are BX_DATA.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OTHER: certainly an image, of a kind whose header is not read here (PFM, JPEG XL, a camera's raw file). */
enum bx_image_kind {
    BX_IMAGE_UNKNOWN,
    BX_IMAGE_JPEG,
    BX_IMAGE_PNG,
    BX_IMAGE_WEBP,
    BX_IMAGE_BMP,
    BX_IMAGE_TIFF,
    BX_IMAGE_GIF,
    BX_IMAGE_HEIC,
    BX_IMAGE_AVIF,
    BX_IMAGE_JP2,
    BX_IMAGE_OTHER
};
const char *bx_image_extension(enum bx_image_kind k); /* "jpg", "png", "webp", "bmp"; "" for the rest */

/* The extensions (no dot, lower case) of the files that label formats call images; *n is how many. For bx_dir_list. */
extern const char *const bx_image_extensions[];
extern const size_t bx_image_nextensions;
bool bx_image_named(const char *file_name); /* does its extension say image, whatever the case? */

struct bx_image_info {
    enum bx_image_kind kind;
    uint32_t raw_w, raw_h; /* as stored */
    uint32_t w, h;         /* as displayed: swapped for orientations 5 to 8 */
    uint8_t orientation;   /* EXIF 1..8; 1 when absent or out of range. HEIC and AVIF: what their irot and imir make */
    uint32_t bands;        /* of a TIFF; otherwise 0 */
};
/* From the whole file's bytes (bx_map_open). Never 0 x 0; an unknown or broken file is an error that says what was found; info->kind is
 * set in any case. */
bool bx_image_info(const char *name, const void *data, size_t n, struct bx_image_info *info, struct bx_err *e);

/* Raw (x, y) in a raw W x H image -> the displayed frame, in continuous coordinates. */
void bx_orient_point(uint8_t orientation, double raw_w, double raw_h, double *x, double *y);
void bx_orient_box(uint8_t orientation, double raw_w, double raw_h, double box[4]); /* x y w h, in place */

/* 8-bit pixels, rows from the top without padding: w * channels bytes each. */
struct bx_pixels {
    uint32_t w, h;
    unsigned channels; /* 3: RGB, 4: RGBA (not premultiplied) */
    uint8_t *p;        /* the arena's */
};
#define BX_IMAGE_MAX_PIXELS 200000000u /* the default of max_pixels == 0 */

/*
 * Decode a JPEG, PNG, WebP, BMP or TIFF and apply its orientation; more than max_pixels is refused before anything is allocated. A file cut
 * short is an error. Alpha is kept, where a file has it (but for a BMP's). What is not said by the format:
 *   16 bits a sample   the high byte, whatever the values (as OpenCV and libpng take it, not stretched to what is there)
 *   WebP               of an animation the first frame, clear where it does not cover the canvas
 *   TIFF               the first image; grey, RGB, palettes, CMYK, JPEG's YCbCr; 1 to 16 bits, whole numbers. Three bands are RGB, even if
 * they are called grey; more are refused with their number, unless the fourth says that it is alpha
 */
bool bx_image_decode(const char *name, const void *data, size_t n, uint64_t max_pixels, struct bx_pixels *out, struct bx_arena *a,
                     struct bx_err *e);

/* What decoding needs from the disk is loaded: for a process that will shut itself in. */
void bx_image_prepare(void);

/* RGBA becomes RGB, in place: alpha is dropped, not blended, as detectors' loaders do. */
void bx_image_opaque(struct bx_pixels *px);

/* Area average down to w x h (nothing is scaled up: a larger side is taken as it is). alpha-weighted for RGBA. */
struct bx_pixels bx_image_scale(const struct bx_pixels *in, uint32_t w, uint32_t h, struct bx_arena *a);
/* The largest w x h that keeps the proportions and fits in max_w x max_h; never above the original and never 0. */
void bx_image_fit(uint32_t w, uint32_t h, uint32_t max_w, uint32_t max_h, uint32_t *out_w, uint32_t *out_h);

/* Append a PNG of the pixels to out: the same pixels give the same bytes (no time, no text). */
bool bx_png_write(const struct bx_pixels *px, struct bx_buf *out, struct bx_err *e);
