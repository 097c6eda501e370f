/*
 * paint.c: scene → pixels → JPEG and PNG files.
 */
#include "generator.h"

#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>

uint8_t *paint(const struct scene *sc)
{
    size_t w = (size_t)sc->w, h = (size_t)sc->h;
    double *image = make(w * h * 3, sizeof *image), *blurred = make(w * h * 3, sizeof *blurred);
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            double sum[3] = {0}, sx = (double)x + 0.5 + sc->ox, sy = (double)y + 0.5 + sc->oy;
            double colour[3] = {0};
            unsigned last = UINT16_MAX + 1; /* neighbouring samples are mostly of one shape */
            for (size_t k = 0; k < SUB * SUB; k++) {
                unsigned id = sc->map[(y * SUB + k / SUB) * w * SUB + x * SUB + k % SUB];
                if (id != last && !id)
                    ground_colour(sc, sx, sy, colour);
                else if (id != last) {
                    const struct shape *s = &sc->shapes[id - 1];
                    double light = s->shade[0] * (sx - s->x) / s->r * 0.5 + s->shade[1] * (sy - s->y) / s->r * 0.5;
                    if (s->texture > 0)
                        light += s->texture * (value_noise(sc->seed + id, sx / 3, sy / 3) - 0.5);
                    for (int c = 0; c < 3; c++)
                        colour[c] = s->colour[c] + light;
                }
                last = id;
                for (int c = 0; c < 3; c++)
                    sum[c] += colour[c];
            }
            for (size_t c = 0; c < 3; c++)
                image[(y * w + x) * 3 + c] = sum[c] / (SUB * SUB);
        }
    for (int pass = 0; pass < sc->blur; pass++) {
        for (size_t y = 0; y < h; y++)
            for (size_t x = 0; x < w; x++)
                for (size_t c = 0; c < 3; c++) {
                    double sum = 0;
                    for (int dy = -1; dy <= 1; dy++)
                        for (int dx = -1; dx <= 1; dx++) {
                            size_t yy = (size_t)clamp((double)y + dy, 0, (double)h - 1),
                                   xx = (size_t)clamp((double)x + dx, 0, (double)w - 1);
                            sum += image[(yy * w + xx) * 3 + c] * (dx ? 1 : 2) * (dy ? 1 : 2);
                        }
                    blurred[(y * w + x) * 3 + c] = sum / 16;
                }
        double *swap = image;
        image = blurred, blurred = swap;
    }
    uint8_t *out = make(w * h * 3, 1);
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            for (size_t c = 0; c < 3; c++) {
                uint64_t key = sc->seed + 1000 + (sc->grey ? 0 : c);
                int64_t nx = (int64_t)((double)x + sc->ox), ny = (int64_t)((double)y + sc->oy);
                double noise = lattice(key, nx, ny) + lattice(key + 10, nx, ny) + lattice(key + 20, nx, ny) + lattice(key + 30, nx, ny) - 2;
                double v = image[(y * w + x) * 3 + c] * sc->gain + noise * sc->noise / 0.577;
                out[(y * w + x) * 3 + c] = (uint8_t)clamp(floor_of(v + 0.5), 0, 255);
            }
    free(image);
    free(blurred);
    return out;
}

/* The stored pixels, from which a reader that obeys the orientation makes the displayed ones. */
uint8_t *store_as(const uint8_t *shown, int w, int h, int orientation, int *sw, int *sh)
{
    bool swapped = orientation >= 5;
    *sw = swapped ? h : w, *sh = swapped ? w : h;
    uint8_t *out = make((size_t)w * (size_t)h * 3, 1);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            int fx = w - 1 - x, fy = h - 1 - y, u, v;
            switch (orientation) {
            case 2:
                u = fx, v = y;
                break;
            case 3:
                u = fx, v = fy;
                break;
            case 4:
                u = x, v = fy;
                break;
            case 5:
                u = y, v = x;
                break;
            case 6:
                u = y, v = fx;
                break;
            case 7:
                u = fy, v = fx;
                break;
            case 8:
                u = fy, v = x;
                break;
            default:
                u = x, v = y;
                break;
            }
            memcpy(&out[((size_t)v * (size_t)*sw + (size_t)u) * 3], &shown[((size_t)y * (size_t)w + (size_t)x) * 3], 3);
        }
    return out;
}

static const uint8_t *exif(int orientation, unsigned *n)
{
    static uint8_t bytes[] = {'E', 'x',  'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
                              1,   0x12, 0,   3,   0, 0, 0,   1,   0, 0,  0, 0, 0, 0, 0, 0};
    bytes[25] = (uint8_t)orientation;
    *n = sizeof bytes;
    return bytes;
}

void write_jpeg(FILE *f, const uint8_t *rgb, int w, int h, const struct plan *p)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr e;
    c.err = jpeg_std_error(&e);
    jpeg_create_compress(&c);
    jpeg_stdio_dest(&c, f);
    c.image_width = (JDIMENSION)w, c.image_height = (JDIMENSION)h, c.input_components = 3, c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    if (p->grey)
        jpeg_set_colorspace(&c, JCS_GRAYSCALE);
    else if (p->no_subsampling)
        c.comp_info[0].h_samp_factor = c.comp_info[0].v_samp_factor = 1;
    jpeg_set_quality(&c, p->quality, TRUE);
    c.optimize_coding = TRUE;
    c.dct_method = JDCT_ISLOW;
    jpeg_start_compress(&c, TRUE);
    if (p->orientation) {
        unsigned n;
        const uint8_t *bytes = exif(p->orientation, &n);
        jpeg_write_marker(&c, JPEG_APP0 + 1, bytes, n);
    }
    for (int y = 0; y < h; y++) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)&rgb[(size_t)y * (size_t)w * 3];
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
}

void write_png(FILE *f, const uint8_t *rgb, int w, int h, const struct plan *p)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_init_io(png, f);
    png_set_compression_level(png, 9);
    png_set_IHDR(png, info, (png_uint_32)w, (png_uint_32)h, 8, p->grey ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (p->orientation) {
        unsigned n;
        const uint8_t *bytes = exif(p->orientation, &n);
        png_set_eXIf_1(png, info, n - 6, (png_bytep)(uintptr_t)(bytes + 6));
    }
    png_write_info(png, info);
    uint8_t *row = make((size_t)w * 3, 1);
    for (int y = 0; y < h; y++) {
        for (int i = 0; i < w * 3; i++)
            row[p->grey ? i / 3 : i] = rgb[(size_t)y * (size_t)w * 3 + (size_t)i];
        png_write_row(png, row);
    }
    free(row);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
}
