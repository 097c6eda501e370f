/* Decoding, turning upright, scaling and writing, against what the EXIF standard and plain arithmetic say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/image/image.h"
#include <jpeglib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void must(bool ok, const struct bx_err *e)
{
    if (!ok)
        fail_msg("%s", e->text);
}

/* A TIFF directory with one entry, the orientation. */
static void add_tiff(struct bx_buf *b, unsigned orientation)
{
    bx_buf_add(b, "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18);
    bx_buf_addc(b, (char)orientation);
    bx_buf_add(b, "\0\0\0\0\0\0\0", 7);
}

static void add_be32(struct bx_buf *b, uint32_t v)
{
    for (int i = 24; i >= 0; i -= 8)
        bx_buf_addc(b, (char)(v >> i & 0xFF));
}

/* Put an eXIf chunk behind the IHDR of a PNG. */
static void png_with_orientation(struct bx_buf *out, const struct bx_buf *plain, unsigned orientation)
{
    BX_CLEANUP_BUF struct bx_buf chunk = {0};
    bx_buf_adds(&chunk, "eXIf");
    add_tiff(&chunk, orientation);
    bx_buf_add(out, plain->p, 33);
    add_be32(out, (uint32_t)chunk.n - 4);
    bx_buf_add(out, chunk.p, chunk.n);
    add_be32(out, (uint32_t)crc32(0, (const Bytef *)chunk.p, (uInt)chunk.n));
    bx_buf_add(out, plain->p + 33, plain->n - 33);
}

/*
 * Exif 2.32, 4.6.4 A, tag 274: where the 0th row and the 0th column are to be seen. So of a 3 x 2 image with corner pixels
 * A (row 0, column 0), B (row 0, last column) and C (last row, column 0), the displayed corners, as top-left, top-right, bottom-left.
 */
static const struct {
    unsigned orientation;
    const char *tl_tr_bl;
} exif[] = {
    {1, "ABC"}, /* row 0 top, column 0 left */
    {2, "BAD"}, /* row 0 top, column 0 right */
    {3, "DCB"}, /* row 0 bottom, column 0 right */
    {4, "CDA"}, /* row 0 bottom, column 0 left */
    {5, "ACB"}, /* row 0 left, column 0 top */
    {6, "CAD"}, /* row 0 right, column 0 top */
    {7, "DBC"}, /* row 0 right, column 0 bottom */
    {8, "BDA"}, /* row 0 left, column 0 bottom */
};

static void pixels_stand_upright(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    uint8_t raw[2][3][3] = {0};
    raw[0][0][0] = 'A', raw[0][2][0] = 'B', raw[1][0][0] = 'C', raw[1][2][0] = 'D';
    struct bx_pixels px = {3, 2, 3, &raw[0][0][0]};
    BX_CLEANUP_BUF struct bx_buf plain = {0};
    must(bx_png_write(&px, &plain, &e), &e);
    for (size_t i = 0; i < 8; i++) {
        BX_CLEANUP_BUF struct bx_buf file = {0};
        struct bx_pixels out;
        png_with_orientation(&file, &plain, exif[i].orientation);
        must(bx_image_decode("x.png", file.p, file.n, 0, &out, &a, &e), &e);
        assert_int_equal(out.w, exif[i].orientation >= 5 ? 2 : 3);
        assert_int_equal(out.h, exif[i].orientation >= 5 ? 3 : 2);
        char corners[4] = {(char)out.p[0], (char)out.p[(out.w - 1) * 3], (char)out.p[(size_t)(out.h - 1) * out.w * 3], 0};
        assert_string_equal(corners, exif[i].tl_tr_bl);
        /* A point and a box go where the pixel goes: the raw pixel (0, 0) covers the box 0 0 1 1. */
        double box[4] = {0, 0, 1, 1};
        bx_orient_box((uint8_t)exif[i].orientation, 3, 2, box);
        assert_int_equal(out.p[((size_t)box[1] * out.w + (size_t)box[0]) * 3], 'A');
        double wide[4] = {1, 0, 2, 1};
        bx_orient_box((uint8_t)exif[i].orientation, 3, 2, wide);
        assert_true(wide[2] == (exif[i].orientation >= 5 ? 1 : 2) && wide[3] == (exif[i].orientation >= 5 ? 2 : 1));
        assert_true(wide[0] >= 0 && wide[1] >= 0 && wide[0] + wide[2] <= out.w && wide[1] + wide[3] <= out.h);
    }
    bx_arena_release(&a);
}

static void a_png_reads_back_as_written(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    for (unsigned channels = 3; channels <= 4; channels++) {
        struct bx_pixels px = {17, 5, channels, BX_NEW(&a, uint8_t, (size_t)17 * 5 * channels)}, back;
        for (size_t i = 0; i < (size_t)17 * 5 * channels; i++)
            px.p[i] = (uint8_t)(i * 37 + 11);
        BX_CLEANUP_BUF struct bx_buf one = {0}, two = {0};
        must(bx_png_write(&px, &one, &e), &e);
        must(bx_png_write(&px, &two, &e), &e);
        assert_int_equal(one.n, two.n);
        assert_memory_equal(one.p, two.p, one.n);
        must(bx_image_decode("x.png", one.p, one.n, 0, &back, &a, &e), &e);
        assert_int_equal(back.channels, channels);
        assert_memory_equal(back.p, px.p, (size_t)17 * 5 * channels);
    }
    bx_arena_release(&a);
}

static unsigned char *jpeg_of(uint8_t grey, uint32_t w, uint32_t h, unsigned long *n)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *out = NULL, *row = malloc(w);
    memset(row, grey, w);
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &out, n);
    c.image_width = w, c.image_height = h, c.input_components = 1, c.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&c);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < h)
        jpeg_write_scanlines(&c, &row, 1);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    free(row);
    return out;
}

static void a_jpeg_decodes_and_a_cut_one_is_refused(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    unsigned long n = 0;
    unsigned char *file = jpeg_of(128, 100, 60, &n);
    struct bx_pixels px;
    must(bx_image_decode("g.jpg", file, n, 0, &px, &a, &e), &e);
    assert_int_equal(px.w, 100);
    assert_int_equal(px.h, 60);
    for (size_t i = 0; i < (size_t)100 * 60 * 3; i++)
        assert_in_range(px.p[i], 127, 129);
    assert_false(bx_image_decode("g.jpg", file, n - 20, 0, &px, &a, &e));
    assert_non_null(strstr(e.text, "g.jpg: JPEG is cut short"));
    assert_false(bx_image_decode("g.jpg", file, n, 5999, &px, &a, &e));
    assert_non_null(strstr(e.text, "100 x 60 pixels, at most 5999"));
    free(file);
    bx_arena_release(&a);
}

static void a_bmp_decodes(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_pixels px;
    /* 2 x 2, 24 bits, rows from the bottom: blue green / red white. */
    static const uint8_t file[] = {'B', 'M', 70, 0, 0,  0, 0, 0, 0,   0,   54,  0,   0, 0, 40,  0, 0, 0, 2,   0, 0, 0, 2, 0,
                                   0,   0,   1,  0, 24, 0, 0, 0, 0,   0,   16,  0,   0, 0, 0,   0, 0, 0, 0,   0, 0, 0, 0, 0,
                                   0,   0,   0,  0, 0,  0, 0, 0, 255, 255, 255, 255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0};
    static const uint8_t want[] = {0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 255};
    assert_int_equal(sizeof file, 70);
    must(bx_image_decode("x.bmp", file, sizeof file, 0, &px, &a, &e), &e);
    assert_memory_equal(px.p, want, sizeof want);
    assert_false(bx_image_decode("x.bmp", file, sizeof file - 1, 0, &px, &a, &e));
    assert_non_null(strstr(e.text, "cut short"));
    bx_arena_release(&a);
}

/* Files of a few pixels, by the formats' specifications (the lossless WebP by libwebp); those of every kind are test_pillow.c's. A TIFF:
 * its data, then its directory. */
#define LE2(n)                  (n) & 255, (n) >> 8
#define ENTRY(tag, kind, value) LE2(tag), LE2(kind), 1, 0, 0, 0, LE2(value), 0, 0
#define TIFF(at)                'I', 'I', 42, 0, at, 0, 0, 0
/* clang-format off */
static const uint8_t grey_16[] = {TIFF(12), 0xFF, 0x12, 0x80, 0xFE, /* 0x12FF, 0xFE80 */
    LE2(8), ENTRY(256, 3, 2), ENTRY(257, 3, 1), ENTRY(258, 3, 16), ENTRY(262, 3, 1), ENTRY(273, 4, 8), ENTRY(277, 3, 1), ENTRY(278, 3, 1), ENTRY(279, 4, 4), 0, 0, 0, 0};
static const uint8_t bits_turned[] = {TIFF(10), 0x40, 0, /* 0, 1; seen from the left: white above black */
    LE2(9), ENTRY(256, 3, 2), ENTRY(257, 3, 1), ENTRY(258, 3, 1), ENTRY(262, 3, 1), ENTRY(273, 4, 8), ENTRY(274, 3, 8), ENTRY(277, 3, 1), ENTRY(278, 3, 1), ENTRY(279, 4, 1), 0, 0, 0, 0};
static const uint8_t four_bands[] = {TIFF(12), 1, 2, 3, 4,
    LE2(8), ENTRY(256, 3, 1), ENTRY(257, 3, 1), ENTRY(258, 3, 8), ENTRY(262, 3, 2), ENTRY(273, 4, 8), ENTRY(277, 3, 4), ENTRY(278, 3, 1), ENTRY(279, 4, 4), 0, 0, 0, 0};
static const uint8_t floats[] = {TIFF(12), 0, 0, 0x80, 0x3F,
    LE2(9), ENTRY(256, 3, 1), ENTRY(257, 3, 1), ENTRY(258, 3, 32), ENTRY(262, 3, 1), ENTRY(273, 4, 8), ENTRY(277, 3, 1), ENTRY(278, 3, 1), ENTRY(279, 4, 4), ENTRY(339, 3, 3), 0, 0, 0, 0};
static const uint8_t cut_tiff[] = {TIFF(12), 1, 2, 3, 4, /* 2 x 2 of 3 bytes would be behind its end */
    LE2(8), ENTRY(256, 3, 2), ENTRY(257, 3, 2), ENTRY(258, 3, 8), ENTRY(262, 3, 2), ENTRY(273, 4, 116), ENTRY(277, 3, 3), ENTRY(278, 3, 2), ENTRY(279, 4, 12), 0, 0, 0, 0};
static const uint8_t lossless[] =
    "RIFF\x3a\0\0\0WEBPVP8L\x2e\0\0\0\x2f\x01\x40\0\x10\x1f\x20\x16\x4c\xf6\xe6\x0f\x9c\x86\x90\x80\x20\xfa\x3f\x98\x90\x80\x20\xf9\xbf\x98\x80\x84\xf0\x5c"
    "\x96\x0b\x8c\x7d\xa9\x12\x4a\x02\x04\x40\x51\x46\x22\xfa\x1f\x0c";
#define BMP(bits, compression) 'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 62, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0, bits, 0, compression, \
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
static const uint8_t runs_bmp[] = {BMP(8, 1), 3, 2, 1, 0, 6, 5, 4, 0, 1, 1, 1, 0, 0, 1}; /* two colours; one each */
static const uint8_t nibbles[] = {BMP(4, 0), 3, 2, 1, 0, 6, 5, 4, 0, 0x10, 0, 0, 0};
static const uint8_t fives[] = {BMP(16, 0), 0, 0, 0, 0, 0, 0, 0, 0, LE2(31 << 10 | 1), LE2(16 << 5)};
static const uint8_t within[] = {BMP(24, 4), 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xD8, 0xFF, 0};

static const struct {
    const char *name;
    const uint8_t *file;
    size_t n;
    uint32_t w, h;
    unsigned channels;
    uint8_t want[16];
    const char *error;
} few[] = {
    {"grey of 16 bits", grey_16, sizeof grey_16, 2, 1, 3, {0x12, 0x12, 0x12, 0xFE, 0xFE, 0xFE}, NULL},
    {"one bit, turned", bits_turned, sizeof bits_turned, 1, 2, 3, {255, 255, 255, 0, 0, 0}, NULL},
    {"four bands", four_bands, sizeof four_bands, 0, 0, 0, {0}, "four bands: found a TIFF of 4 bands (RGB), expected at most 3"},
    {"floats", floats, sizeof floats, 0, 0, 0, {0}, "found a TIFF of 32-bit floating-point numbers, expected whole numbers"},
    {"cut", cut_tiff, sizeof cut_tiff, 0, 0, 0, {0}, "cut: cannot decode TIFF: "},
    {"lossless WebP", lossless, sizeof lossless - 1, 2, 2, 4, {255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 0, 9, 8, 7, 255}, NULL},
    {"cut WebP", lossless, sizeof lossless - 20, 0, 0, 0, {0}, "cannot decode WebP: it is cut short"},
    {"BMP in runs", runs_bmp, sizeof runs_bmp, 2, 1, 3, {4, 5, 6, 1, 2, 3}, NULL},
    {"BMP of 4 bits", nibbles, sizeof nibbles, 2, 1, 3, {4, 5, 6, 1, 2, 3}, NULL},
    {"BMP of 15 bits", fives, sizeof fives, 2, 1, 3, {255, 0, 8, 0, 131, 0}, NULL}, /* 255 * 1 / 31, 255 * 16 / 31 */
    {"JPEG in a BMP", within, sizeof within, 0, 0, 0, {0}, "BMP with 24 bits a pixel and compression 4, expected"},
};
/* clang-format on */

static void every_kind_decodes_or_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct bx_pixels px;
        bool ok = bx_image_decode(few[i].name, few[i].file, few[i].n, 0, &px, &a, &e);
        if (few[i].error) {
            if (ok || !strstr(e.text, few[i].error))
                fail_msg("%s: '%s', expected '%s'", few[i].name, ok ? "decoded" : e.text, few[i].error);
        } else {
            must(ok, &e);
            if (px.w != few[i].w || px.h != few[i].h || px.channels != few[i].channels)
                fail_msg("%s: %u x %u of %u", few[i].name, px.w, px.h, px.channels);
            for (size_t k = 0; k < (size_t)px.w * px.h * px.channels; k++)
                if (px.p[k] != few[i].want[k])
                    fail_msg("%s: byte %zu is %u, expected %u", few[i].name, k, px.p[k], few[i].want[k]);
        }
        bx_arena_release(&a);
    }
}

static void scaling_is_the_area_average(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    uint8_t three[] = {0, 0, 0, 90, 90, 90, 240, 240, 240}; /* 3 x 1 -> 2 x 1: (0 + 45) / 1.5 and (45 + 240) / 1.5 */
    struct bx_pixels out = bx_image_scale(&(struct bx_pixels){3, 1, 3, three}, 2, 1, &a);
    assert_int_equal(out.p[0], 30);
    assert_int_equal(out.p[3], 190);
    uint8_t clear[] = {255, 0, 0, 0, 10, 20, 30, 200}; /* what is clear has no colour to add */
    out = bx_image_scale(&(struct bx_pixels){2, 1, 4, clear}, 1, 1, &a);
    assert_memory_equal(out.p, ((uint8_t[]){10, 20, 30, 100}), 4);
    out = bx_image_scale(&(struct bx_pixels){3, 1, 3, three}, 10, 10, &a);
    assert_int_equal(out.w, 3);
    assert_memory_equal(out.p, three, 9);
    uint32_t w, h;
    bx_image_fit(4000, 3000, 640, 640, &w, &h);
    assert_true(w == 640 && h == 480);
    bx_image_fit(10, 5000, 100, 100, &w, &h);
    assert_true(w == 1 && h == 100);
    bx_image_fit(30, 20, 640, 640, &w, &h);
    assert_true(w == 30 && h == 20);
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pixels_stand_upright),
        cmocka_unit_test(a_png_reads_back_as_written),
        cmocka_unit_test(a_jpeg_decodes_and_a_cut_one_is_refused),
        cmocka_unit_test(a_bmp_decodes),
        cmocka_unit_test(every_kind_decodes_or_says_why),
        cmocka_unit_test(scaling_is_the_area_average),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
