/* decode.c: files to pixels, upright; JPEG and PNG. libjpeg-turbo and libpng report through longjmp to here: they never exit and never
 * print. */
#include "core/image/decode.h"
#include "core/image/libtiff.h"
#include <jerror.h>
#include <jpeglib.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

/* A progressive JPEG may ask for the whole image's work again and again: real files have about ten scans. */
#define MAX_SCANS 500

struct jpeg_errors {
    struct jpeg_error_mgr base;
    jmp_buf out;
    bool cut_short;
    char text[JMSG_LENGTH_MAX];
};

static void jpeg_error(j_common_ptr c)
{
    struct jpeg_errors *errors = (struct jpeg_errors *)c->err;
    c->err->format_message(c, errors->text);
    longjmp(errors->out, 1);
}
static void jpeg_message(j_common_ptr c, int level)
{
    if (level < 0 && c->err->msg_code == JWRN_JPEG_EOF)
        ((struct jpeg_errors *)c->err)->cut_short = true;
}
static void jpeg_progress(j_common_ptr c)
{
    if (((j_decompress_ptr)c)->input_scan_number > MAX_SCANS) {
        struct jpeg_errors *errors = (struct jpeg_errors *)c->err;
        snprintf(errors->text, sizeof errors->text, "more than %d scans", MAX_SCANS);
        longjmp(errors->out, 1);
    }
}

/* Adobe's CMYK is stored inverted: 255 is no ink. The formula is the one of OpenCV, whose pixels most models are given. */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, uint32_t w, bool inverted)
{
    for (uint32_t x = 0; x < w; x++, rgb += 3, cmyk += 4)
        for (int i = 0; i < 3; i++) {
            unsigned light = inverted ? cmyk[i] : 255u - cmyk[i], key = inverted ? cmyk[3] : 255u - cmyk[3];
            rgb[i] = (uint8_t)(key - ((255 - light) * key >> 8));
        }
}

static bool decode_jpeg(const char *name, const void *data, size_t n, struct bx_pixels *px, struct bx_arena *a, struct bx_err *e)
{
    struct jpeg_decompress_struct c = {0};
    struct jpeg_errors errors = {0};
    struct jpeg_progress_mgr progress = {.progress_monitor = jpeg_progress};
    uint8_t *row = BX_NEW(a, uint8_t, (size_t)px->w * 4);
    c.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = jpeg_error;
    errors.base.emit_message = jpeg_message;
    if (setjmp(errors.out)) {
        jpeg_destroy_decompress(&c);
        return bx_fail(e, BX_DATA, "%s: cannot decode JPEG: %s", name, errors.text);
    }
    jpeg_create_decompress(&c);
    c.progress = &progress;
    jpeg_mem_src(&c, data, (unsigned long)n);
    jpeg_read_header(&c, TRUE);
    bool cmyk = c.jpeg_color_space == JCS_CMYK || c.jpeg_color_space == JCS_YCCK;
    c.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&c);
    if (c.output_width != px->w || c.output_height != px->h) {
        jpeg_destroy_decompress(&c);
        return bx_fail(e, BX_DATA, "%s: JPEG decodes to another size than its header says", name);
    }
    while (c.output_scanline < c.output_height) {
        uint8_t *out = px->p + (size_t)c.output_scanline * px->w * 3;
        JSAMPROW rows[1] = {cmyk ? row : out};
        jpeg_read_scanlines(&c, rows, 1);
        if (cmyk)
            cmyk_to_rgb(out, row, px->w, c.saw_Adobe_marker);
    }
    jpeg_finish_decompress(&c);
    jpeg_destroy_decompress(&c);
    if (errors.cut_short)
        return bx_fail(e, BX_DATA, "%s: JPEG is cut short", name);
    return true;
}

struct png_source {
    const uint8_t *p;
    size_t n;
    jmp_buf out;
    char text[200];
};

static void png_failed(png_structp png, png_const_charp text)
{
    struct png_source *s = png_get_error_ptr(png);
    snprintf(s->text, sizeof s->text, "%s", text);
    longjmp(s->out, 1);
}
static void png_warned(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}
static void png_more(png_structp png, png_bytep to, size_t n)
{
    struct png_source *s = png_get_io_ptr(png);
    if (n > s->n)
        png_error(png, "file is cut short");
    memcpy(to, s->p, n);
    s->p += n;
    s->n -= n;
}

/* Everything becomes 8-bit RGB or, where there is transparency, RGBA. */
static unsigned png_channels(png_structp png, png_infop info)
{
    int colour = png_get_color_type(png, info);
    bool alpha = (colour & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS);
    png_set_expand(png);
    png_set_strip_16(png); /* the high byte, as OpenCV and Pillow take it */
    if (!(colour & PNG_COLOR_MASK_COLOR))
        png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return alpha ? 4 : 3;
}

static bool decode_png(const char *name, const void *data, size_t n, struct bx_pixels *px, struct bx_arena *a, struct bx_err *e)
{
    struct png_source source = {.p = data, .n = n};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, png_failed, png_warned);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return bx_fail(e, BX_DATA, "%s: cannot start libpng", name);
    }
    uint8_t **rows = BX_NEW(a, uint8_t *, px->h);
    if (setjmp(source.out)) {
        png_destroy_read_struct(&png, &info, NULL);
        return bx_fail(e, BX_DATA, "%s: cannot decode PNG: %s", name, source.text);
    }
    png_set_read_fn(png, &source, png_more);
    png_set_user_limits(png, px->w, px->h);
    png_set_chunk_cache_max(png, 1000);
    png_set_chunk_malloc_max(png, 64u << 20);
    /* All that is not pixels is skipped: libpng takes memory for such a chunk by the length that the file claims. */
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(png, info);
    px->channels = png_channels(png, info);
    size_t stride = (size_t)px->w * px->channels;
    if (png_get_image_width(png, info) != px->w || png_get_image_height(png, info) != px->h || png_get_rowbytes(png, info) != stride)
        png_error(png, "unexpected row size");
    px->p = BX_NEW(a, uint8_t, stride * px->h);
    for (uint32_t y = 0; y < px->h; y++)
        rows[y] = px->p + y * stride;
    png_read_image(png, rows);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return true;
}

static void upright(struct bx_pixels *px, uint8_t orientation, struct bx_arena *a)
{
    if (orientation <= 1)
        return;
    struct bx_pixels out = {orientation >= 5 ? px->h : px->w, orientation >= 5 ? px->w : px->h, px->channels, NULL};
    out.p = BX_NEW(a, uint8_t, (size_t)out.w * out.h * out.channels);
    for (uint32_t y = 0; y < px->h; y++)
        for (uint32_t x = 0; x < px->w; x++) {
            double u = x + 0.5, v = y + 0.5; /* a pixel's middle: the continuous table holds for it */
            bx_orient_point(orientation, px->w, px->h, &u, &v);
            memcpy(out.p + ((size_t)v * out.w + (size_t)u) * px->channels, px->p + ((size_t)y * px->w + x) * px->channels, px->channels);
        }
    *px = out;
}

void bx_image_opaque(struct bx_pixels *px)
{
    if (px->channels != 4)
        return;
    size_t n = (size_t)px->w * px->h;
    for (size_t i = 1; i < n; i++)
        memmove(px->p + 3 * i, px->p + 4 * i, 3);
    px->channels = 3;
}

bool bx_image_decode(const char *name, const void *data, size_t n, uint64_t max_pixels, struct bx_pixels *out, struct bx_arena *a,
                     struct bx_err *e)
{
    struct bx_image_info info;
    if (!bx_image_info(name, data, n, &info, e))
        return false;
    uint64_t limit = max_pixels ? max_pixels : BX_IMAGE_MAX_PIXELS;
    if ((uint64_t)info.raw_w * info.raw_h > limit)
        return bx_fail(e, BX_DATA, "%s: image of %u x %u pixels, at most %llu are decoded", name, info.raw_w, info.raw_h,
                       (unsigned long long)limit);
    *out = (struct bx_pixels){info.raw_w, info.raw_h, 3, NULL};
    const struct view v = {data, n};
    bool ok;
    switch (info.kind) {
    case BX_IMAGE_JPEG:
        out->p = BX_NEW(a, uint8_t, (size_t)out->w * out->h * 3);
        ok = decode_jpeg(name, data, n, out, a, e);
        break;
    case BX_IMAGE_PNG:
        ok = decode_png(name, data, n, out, a, e);
        break;
    case BX_IMAGE_WEBP:
        ok = bx_webp_decode(name, v, out, a, e);
        break;
    case BX_IMAGE_BMP:
        ok = bx_bmp_decode(name, v, out, a, e);
        break;
    case BX_IMAGE_TIFF:
        ok = bx_tiff_decode(name, v, limit, out, a, e);
        break;
    default:
        return bx_fail(e, BX_DATA, "%s: images of this kind (%s) can be measured but not decoded", name, bx_image_extension(info.kind));
    }
    if (ok)
        upright(out, info.orientation, a);
    return ok;
}

void bx_image_prepare(void)
{
    struct bx_err ignored = {0}; /* who decodes a TIFF is told */
    bx_libtiff_open(&ignored);
}
