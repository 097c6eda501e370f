/*
 * image.c: JPEG and PNG files to pixels as displayed, and what one does to whole images.
 */
#include "runner.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>
#include <png.h>

#define MAX_PIXELS (64L << 20)

/* 8-bit r, g, b as stored in the file. */
struct stored {
    int w, h, orientation;
    uint8_t *rgb;
};

/* The orientation in a TIFF header, 1 when there is none or it makes no sense. */
static int tiff_orientation(const uint8_t *p, size_t n)
{
    if (n < 8)
        return 1;
    bool big = p[0] == 'M';
    if (memcmp(p, big ? "MM\0*" : "II*\0", 4) != 0)
        return 1;
#define U16(at) (big ? (unsigned)p[at] << 8 | p[(at) + 1] : (unsigned)p[(at) + 1] << 8 | p[at])
#define U32(at) (big ? (size_t)U16(at) << 16 | U16((at) + 2) : (size_t)U16((at) + 2) << 16 | U16(at))
    size_t directory = U32(4);
    if (directory > n - 2 || directory < 8)
        return 1;
    unsigned entries = U16(directory);
    for (unsigned i = 0; i < entries; i++) {
        size_t at = directory + 2 + 12 * (size_t)i;
        if (at + 12 > n)
            return 1;
        if (U16(at) == 0x0112 && U16(at + 2) == 3) {
            unsigned v = U16(at + 8);
            return v >= 1 && v <= 8 ? (int)v : 1;
        }
    }
#undef U16
#undef U32
    return 1;
}

struct jpeg_trouble {
    struct jpeg_error_mgr base;
    jmp_buf out;
    bool cut_short;
};

static void jpeg_give_up(j_common_ptr c)
{
    longjmp(((struct jpeg_trouble *)c->err)->out, 1);
}

static void jpeg_remark(j_common_ptr c, int level)
{
    if (level < 0 && c->err->msg_code == JWRN_JPEG_EOF)
        ((struct jpeg_trouble *)c->err)->cut_short = true;
}

static bool load_jpeg(FILE *f, struct stored *volatile out, const char **why)
{
    struct jpeg_decompress_struct c;
    struct jpeg_trouble trouble = {.cut_short = false};
    c.err = jpeg_std_error(&trouble.base);
    trouble.base.error_exit = jpeg_give_up;
    trouble.base.emit_message = jpeg_remark;
    *why = "cannot decode JPEG";
    if (setjmp(trouble.out)) {
        jpeg_destroy_decompress(&c);
        return false;
    }
    jpeg_create_decompress(&c);
    jpeg_stdio_src(&c, f);
    jpeg_save_markers(&c, JPEG_APP0 + 1, 0xffff);
    jpeg_read_header(&c, TRUE);
    out->orientation = 1;
    for (jpeg_saved_marker_ptr m = c.marker_list; m; m = m->next)
        if (m->data_length > 6 && !memcmp(m->data, "Exif\0", 6)) {
            out->orientation = tiff_orientation(m->data + 6, m->data_length - 6);
            break;
        }
    bool cmyk = c.jpeg_color_space == JCS_CMYK || c.jpeg_color_space == JCS_YCCK;
    c.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&c);
    if ((long)c.output_width * (long)c.output_height > MAX_PIXELS) {
        *why = "image is too large";
        longjmp(trouble.out, 1);
    }
    out->w = (int)c.output_width, out->h = (int)c.output_height;
    size_t row = (size_t)out->w * 3;
    out->rgb = make(row * (size_t)out->h, 1);
    JSAMPARRAY line = (*c.mem->alloc_sarray)((j_common_ptr)&c, JPOOL_IMAGE, (JDIMENSION)out->w * 4, 1);
    while (c.output_scanline < c.output_height) {
        uint8_t *to = out->rgb + row * c.output_scanline;
        jpeg_read_scanlines(&c, line, 1);
        for (int x = 0; x < out->w; x++)
            for (int k = 0; k < 3; k++)
                if (cmyk) /* inverted, as Adobe does */
                    to[3 * x + k] = (uint8_t)((unsigned)line[0][4 * x + k] * line[0][4 * x + 3] / 255);
                else
                    to[3 * x + k] = line[0][3 * x + k];
    }
    if (trouble.cut_short) {
        *why = "JPEG data end early";
        longjmp(trouble.out, 1);
    }
    jpeg_finish_decompress(&c);
    jpeg_destroy_decompress(&c);
    return true;
}

static void png_quiet(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void png_give_up(png_structp png, png_const_charp text)
{
    (void)text; /* the answer says which file; stderr is for what is wrong with the runner */
    png_longjmp(png, 1);
}

static bool load_png(FILE *f, struct stored *volatile out, const char **why)
{
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, png_give_up, png_quiet);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    *why = "cannot decode PNG";
    png_bytep *volatile rows = NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        free((void *)rows);
        return false;
    }
    png_init_io(png, f);
    png_set_user_limits(png, 1 << 16, 1 << 16);
    png_read_info(png, info);
    png_uint_32 w = png_get_image_width(png, info), h = png_get_image_height(png, info);
    if ((long)w * (long)h > MAX_PIXELS) {
        *why = "image is too large";
        png_longjmp(png, 1);
    }
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_strip_alpha(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    out->w = (int)w, out->h = (int)h;
    size_t row = png_get_rowbytes(png, info);
    if (row != (size_t)w * 3)
        png_longjmp(png, 1);
    out->rgb = make(row * h, 1);
    rows = (png_bytep *)make(h, sizeof *rows);
    for (png_uint_32 y = 0; y < h; y++)
        rows[y] = out->rgb + row * y;
    png_read_image(png, rows);
    png_read_end(png, info);
    out->orientation = 1;
    png_uint_32 n = 0;
    png_bytep exif = NULL;
    if (png_get_eXIf_1(png, info, &n, &exif) && exif)
        out->orientation = tiff_orientation(exif, n);
    png_destroy_read_struct(&png, &info, NULL);
    free((void *)rows);
    return true;
}

/* Where the displayed pixel x, y lies in the file. */
static size_t stored_index(const struct stored *s, int x, int y)
{
    int fx = s->w - 1, fy = s->h - 1, u, v;
    switch (s->orientation) {
    case 2:
        u = fx - x, v = y;
        break;
    case 3:
        u = fx - x, v = fy - y;
        break;
    case 4:
        u = x, v = fy - y;
        break;
    case 5:
        u = y, v = x;
        break;
    case 6:
        u = y, v = fy - x;
        break;
    case 7:
        u = fx - y, v = fy - x;
        break;
    case 8:
        u = fx - y, v = x;
        break;
    default:
        u = x, v = y;
        break;
    }
    return ((size_t)v * (size_t)s->w + (size_t)u) * 3;
}

bool picture_load(const char *path, struct picture *out, const char **why)
{
    *out = (struct picture){0};
    FILE *f = fopen(path, "rb");
    if (!f) {
        *why = "cannot open the file";
        return false;
    }
    uint8_t magic[4] = {0};
    size_t n = fread(magic, 1, sizeof magic, f);
    rewind(f);
    struct stored s = {0};
    bool ok = false;
    *why = n == 0 ? "the file is empty" : "neither a JPEG nor a PNG";
    if (n >= 3 && magic[0] == 0xff && magic[1] == 0xd8 && magic[2] == 0xff)
        ok = load_jpeg(f, &s, why);
    else if (n == 4 && !memcmp(magic, "\x89PNG", 4))
        ok = load_png(f, &s, why);
    fclose(f);
    if (ok && s.orientation == 1)
        *out = (struct picture){s.w, s.h, s.rgb};
    else if (ok) {
        bool turned = s.orientation >= 5;
        out->w = turned ? s.h : s.w, out->h = turned ? s.w : s.h;
        out->rgb = make((size_t)out->w * (size_t)out->h * 3, 1);
        for (int y = 0; y < out->h; y++)
            for (int x = 0; x < out->w; x++)
                memcpy(out->rgb + ((size_t)y * (size_t)out->w + (size_t)x) * 3, s.rgb + stored_index(&s, x, y), 3);
    }
    if (out->rgb != s.rgb)
        free(s.rgb);
    return ok;
}

void picture_release(struct picture *p)
{
    free(p->rgb);
    *p = (struct picture){0};
}

/* Smaller: means of areas. Larger: bilinear. */
struct image image_resize(const struct picture *in, int w, int h)
{
    struct image out = {w, h, make((size_t)w * (size_t)h * 3, sizeof(float))};
    if (w == in->w && h == in->h) {
        for (size_t i = 0; i < (size_t)w * (size_t)h * 3; i++)
            out.rgb[i] = in->rgb[i];
        return out;
    }
    double sx = (double)in->w / w, sy = (double)in->h / h;
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            double x0 = x * sx, x1 = (x + 1) * sx, y0 = y * sy, y1 = (y + 1) * sy, sum[3] = {0}, weight = 0;
            if (sx < 1) { /* a window one pixel wide around the centre is bilinear interpolation */
                double c = (x0 + x1) / 2;
                x0 = c - 0.5, x1 = c + 0.5;
            }
            if (sy < 1) {
                double c = (y0 + y1) / 2;
                y0 = c - 0.5, y1 = c + 0.5;
            }
            for (int v = (int)(y0 < 0 ? 0 : y0); v < in->h && v < y1; v++)
                for (int u = (int)(x0 < 0 ? 0 : x0); u < in->w && u < x1; u++) {
                    double a = (u + 1 < x1 ? u + 1 : x1) - (u > x0 ? u : x0), b = (v + 1 < y1 ? v + 1 : y1) - (v > y0 ? v : y0);
                    const uint8_t *p = in->rgb + ((size_t)v * (size_t)in->w + (size_t)u) * 3;
                    for (int c = 0; c < 3; c++)
                        sum[c] += a * b * p[c];
                    weight += a * b;
                }
            for (int c = 0; c < 3; c++)
                out.rgb[((size_t)y * (size_t)w + (size_t)x) * 3 + (size_t)c] = (float)(weight > 0 ? sum[c] / weight : 0);
        }
    return out;
}

void image_smooth(struct image *im, int passes)
{
    size_t w = (size_t)im->w, h = (size_t)im->h;
    float *other = make(w * h * 3, sizeof *other);
    for (int pass = 0; pass < passes; pass++) {
        for (size_t y = 0; y < h; y++)
            for (size_t x = 0; x < w; x++)
                for (size_t c = 0; c < 3; c++) {
                    const float *row = im->rgb + y * w * 3 + c;
                    other[(y * w + x) * 3 + c] = (row[(x ? x - 1 : 0) * 3] + 2 * row[x * 3] + row[(x + 1 < w ? x + 1 : x) * 3]) / 4;
                }
        for (size_t y = 0; y < h; y++) {
            const float *up = other + (y ? y - 1 : 0) * w * 3, *at = other + y * w * 3, *down = other + (y + 1 < h ? y + 1 : y) * w * 3;
            for (size_t i = 0; i < w * 3; i++)
                im->rgb[y * w * 3 + i] = (up[i] + 2 * at[i] + down[i]) / 4;
        }
    }
    free(other);
}

void image_release(struct image *im)
{
    free(im->rgb);
    *im = (struct image){0};
}
