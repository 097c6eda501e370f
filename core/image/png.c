/* png.c: pixels to a PNG in memory. */
#include "core/image/image.h"
#include <png.h>
#include <setjmp.h>
#include <stdio.h>

struct png_sink {
    struct bx_buf *out;
    jmp_buf failed;
    char text[200];
};

static void sink_failed(png_structp png, png_const_charp text)
{
    struct png_sink *s = png_get_error_ptr(png);
    snprintf(s->text, sizeof s->text, "%s", text);
    longjmp(s->failed, 1);
}
static void sink_warned(png_structp png, png_const_charp text)
{
    (void)png, (void)text;
}
static void sink_write(png_structp png, png_bytep p, size_t n)
{
    struct png_sink *s = png_get_io_ptr(png);
    bx_buf_add(s->out, p, n);
}
static void sink_flush(png_structp png)
{
    (void)png;
}

bool bx_png_write(const struct bx_pixels *px, struct bx_buf *out, struct bx_err *e)
{
    struct png_sink sink = {.out = out};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, sink_failed, sink_warned);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        return bx_fail(e, BX_DATA, "cannot start libpng");
    }
    if (setjmp(sink.failed)) {
        png_destroy_write_struct(&png, &info);
        return bx_fail(e, BX_DATA, "cannot write PNG: %s", sink.text);
    }
    png_set_write_fn(png, &sink, sink_write, sink_flush);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff);
    png_set_IHDR(png, info, px->w, px->h, 8, px->channels == 4 ? PNG_COLOR_TYPE_RGBA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (uint32_t y = 0; y < px->h; y++)
        png_write_row(png, px->p + (size_t)y * px->w * px->channels);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return true;
}
