/* What the header reader says of files made by the formats' specifications (make_corpus.py), and that no neighbour of them breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/image/image.h"
#include "tests/image/fuzz_header.c"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *file;
    enum bx_image_kind kind;
    uint32_t raw_w, raw_h, w, h;
    uint8_t orientation;
    const char *error; /* part of it, when it must fail */
} table[] = {
    {"plain.jpg", BX_IMAGE_JPEG, 40, 20, 40, 20, 1, NULL},
    {"exif6.jpg", BX_IMAGE_JPEG, 40, 20, 20, 40, 6, NULL},
    {"exif8-big-endian.jpg", BX_IMAGE_JPEG, 40, 20, 20, 40, 8, NULL},
    {"exif-long-type.jpg", BX_IMAGE_JPEG, 40, 20, 40, 20, 1, NULL},
    {"exif-offset-outside.jpg", BX_IMAGE_JPEG, 40, 20, 40, 20, 1, NULL},
    {"progressive-fill-bytes.jpg", BX_IMAGE_JPEG, 3, 5, 3, 5, 1, NULL},
    {"no-height.jpg", BX_IMAGE_JPEG, 0, 0, 0, 0, 0, "JPEG of 40 x 0 pixels"},
    {"cut.jpg", BX_IMAGE_JPEG, 0, 0, 0, 0, 0, "segment FFE1"},
    {"plain.png", BX_IMAGE_PNG, 40, 20, 40, 20, 1, NULL},
    {"exif5.png", BX_IMAGE_PNG, 40, 20, 20, 40, 5, NULL},
    {"exif7-after-the-image.png", BX_IMAGE_PNG, 40, 20, 20, 40, 7, NULL},
    {"exif-wrong-crc.png", BX_IMAGE_PNG, 40, 20, 40, 20, 1, NULL},
    {"exif-length-2gb.png", BX_IMAGE_PNG, 40, 20, 40, 20, 1, NULL},
    {"lossy.webp", BX_IMAGE_WEBP, 40, 20, 40, 20, 1, NULL},
    {"lossless.webp", BX_IMAGE_WEBP, 40, 20, 40, 20, 1, NULL},
    {"extended-exif6.webp", BX_IMAGE_WEBP, 40, 20, 20, 40, 6, NULL},
    {"extended-exif8-prefixed.webp", BX_IMAGE_WEBP, 40, 20, 20, 40, 8, NULL},
    {"plain.bmp", BX_IMAGE_BMP, 5, 3, 5, 3, 1, NULL},
    {"from-the-top.bmp", BX_IMAGE_BMP, 5, 3, 5, 3, 1, NULL},
    {"os2.bmp", BX_IMAGE_BMP, 40, 20, 40, 20, 1, NULL},
    {"plain.tif", BX_IMAGE_TIFF, 40, 20, 40, 20, 1, NULL},
    {"big-endian.tif", BX_IMAGE_TIFF, 40, 20, 40, 20, 1, NULL},
    {"turned6.tif", BX_IMAGE_TIFF, 40, 20, 20, 40, 6, NULL},
    {"four-bands.tif", BX_IMAGE_TIFF, 40, 20, 40, 20, 1, NULL},
    {"bigtiff.tif", BX_IMAGE_TIFF, 40, 20, 40, 20, 3, NULL},
    {"bigtiff-big-endian.tif", BX_IMAGE_TIFF, 40, 20, 40, 20, 1, NULL},
    {"no-size.tif", BX_IMAGE_TIFF, 0, 0, 0, 0, 0, "TIFF of 40 x 0 pixels"},
    {"outside.tif", BX_IMAGE_TIFF, 0, 0, 0, 0, 0, "TIFF without a first directory"},
    {"thumbnail-first.tif", BX_IMAGE_OTHER, 0, 0, 0, 0, 0, "begins with a thumbnail"},
    {"too-large.tif", BX_IMAGE_TIFF, 0, 0, 0, 0, 0, "TIFF of 0 x 20 pixels"},
    {"plain.gif", BX_IMAGE_GIF, 40, 20, 40, 20, 1, NULL},
    {"plain.avif", BX_IMAGE_AVIF, 40, 20, 40, 20, 1, NULL},
    {"second-item.avif", BX_IMAGE_AVIF, 40, 20, 40, 20, 1, NULL},
    {"turned-left.heic", BX_IMAGE_HEIC, 40, 20, 20, 40, 8, NULL},
    {"turned-right-mirrored.heic", BX_IMAGE_HEIC, 40, 20, 20, 40, 5, NULL},
    {"cropped.heic", BX_IMAGE_HEIC, 40, 20, 20, 40, 8, NULL},
    {"cropped-when-turned.heic", BX_IMAGE_HEIC, 40, 20, 20, 40, 8, NULL},
    {"upside-down.avif", BX_IMAGE_AVIF, 40, 20, 40, 20, 4, NULL},
    {"no-size.heic", BX_IMAGE_HEIC, 0, 0, 0, 0, 0, "HEIC file that does not say its size"},
    {"plain.jp2", BX_IMAGE_JP2, 40, 20, 40, 20, 1, NULL},
    {"codestream.jp2", BX_IMAGE_JP2, 40, 20, 40, 20, 1, NULL},
    {"no-size.jp2", BX_IMAGE_JP2, 0, 0, 0, 0, 0, "JPEG 2000 file that does not say its size"},
    {"two-images.mpo", BX_IMAGE_JPEG, 40, 20, 20, 40, 6, NULL},
};

static void load(const char *name, struct bx_buf *b)
{
    char path[4096];
    struct bx_err e = {0};
    snprintf(path, sizeof path, TESTS_DIR "/image/corpus/%s", name);
    if (!bx_file_read(path, 1 << 20, b, &e))
        fail_msg("%s", e.text);
}

static void sizes_and_orientation_are_the_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        struct bx_image_info info;
        struct bx_err e = {0};
        load(table[i].file, &b);
        bool ok = bx_image_info(table[i].file, b.p, b.n, &info, &e);
        if (ok != !table[i].error || (!ok && !strstr(e.text, table[i].error)))
            fail_msg("%s: %s", table[i].file, ok ? "read" : e.text);
        if (ok && (info.kind != table[i].kind || info.raw_w != table[i].raw_w || info.raw_h != table[i].raw_h || info.w != table[i].w ||
                   info.h != table[i].h || info.orientation != table[i].orientation))
            fail_msg("%s: kind %d, %ux%u shown as %ux%u, orientation %u", table[i].file, (int)info.kind, info.raw_w, info.raw_h, info.w,
                     info.h, info.orientation);
    }
}

static void other_files_are_named_for_what_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *said;
    } other[] = {{"", 0, "an empty file"},
                 {"GIF89a", 6, "GIF of 0 x 0 pixels"},
                 {"II*\0....", 8, "TIFF without a first directory"},
                 {"PF\n4 4\n", 7, "a PFM file"},
                 {"<html>", 6, "an HTML or XML file"},
                 {"\xFF\xD8", 2, "something else"},
                 {"BM", 2, "BMP"},
                 {"\x89PNG\r\n\x1a\n", 8, "IHDR"}};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        struct bx_image_info info;
        struct bx_err e = {0};
        assert_false(bx_image_info("x.jpg", other[i].bytes, other[i].n, &info, &e));
        assert_int_equal(e.code, BX_DATA);
        if (!strstr(e.text, other[i].said) || strncmp(e.text, "x.jpg: ", 7))
            fail_msg("'%s'", e.text);
    }
}

/* Each on memory of exactly its size, so that AddressSanitizer sees one byte too many. */
static void one(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (n)
        memcpy(copy, p, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static void no_neighbour_of_the_corpus_breaks_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        load(table[i].file, &b);
        uint8_t *p = (uint8_t *)b.p;
        for (size_t n = 0; n <= b.n; n++)
            one(p, n);
        for (size_t at = 0; at < b.n; at++) {
            static const uint8_t values[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
            uint8_t was = p[at];
            for (size_t k = 0; k < sizeof values; k++) {
                p[at] = values[k];
                one(p, b.n);
            }
            p[at] = was;
        }
    }
}

static void extensions_count_in_any_case(void **state)
{
    (void)state;
    assert_true(bx_image_named("a.JPG"));
    assert_true(bx_image_named("b/c.d.Png"));
    assert_false(bx_image_named("a.txt"));
    assert_false(bx_image_named("png"));
    assert_false(bx_image_named("a.jpg/b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_orientation_are_the_headers),
        cmocka_unit_test(other_files_are_named_for_what_they_are),
        cmocka_unit_test(no_neighbour_of_the_corpus_breaks_it),
        cmocka_unit_test(extensions_count_in_any_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
