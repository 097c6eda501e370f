/*
 * fuzz_header.c: libFuzzer's entry to the header reader and the decoders. test_header.c replays its seeds and their neighbours through it.
 * To fuzz: tests/README.md.
 */
#include "core/image/image.h"
#include "tests/fuzz.h"

/* clang-format off */
const struct grown grown[] = {
    {"segments of a JPEG", TEXT("\xFF\xD8"), TEXT("\xFF\xE0\0\x02"), TEXT("")},
    {"EXIF after EXIF", TEXT("\xFF\xD8"), TEXT("\xFF\xE1\0\x10" "Exif\0\0II*\0\x08\0\0\0"), TEXT("")},
    {"fill bytes", TEXT("\xFF\xD8"), TEXT("\xFF"), TEXT("")},
    {"chunks of a PNG", TEXT("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0\x3A\x7E\x9B\x55"), TEXT("\0\0\0\0tEXt\0\0\0\0"), TEXT("")},
    {"chunks of a WebP", TEXT("RIFF\xFF\xFF\0\0WEBPVP8X\x0A\0\0\0\x08\0\0\0\x01\0\0\x01\0\0"), TEXT("XMP \0\0\0\0"), TEXT("")},
    {"entries of a TIFF", TEXT("II*\0\x08\0\0\0\xFF\xFF"), TEXT("\0\1\4\0\1\0\0\0\5\0\0\0"), TEXT("")},
    {"entries of a BigTIFF", TEXT("II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), TEXT("\0\1\4\0\1\0\0\0\0\0\0\0\5\0\0\0\0\0\0\0"), TEXT("")},
    {"boxes of a HEIC", TEXT("\0\0\0\x0C" "ftypheic"), TEXT("\0\0\0\x08" "free"), TEXT("")},
    {"brands", TEXT("\xFF\0\0\0" "ftypmif1"), TEXT("mif2"), TEXT("")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_image_info info;
    struct bx_err e = {0};
    struct bx_arena a = {0};
    struct bx_pixels px;
    if (bx_image_info("fuzz", data, n, &info, &e)) {
        require_that(info.w && info.h && (uint64_t)info.w * info.h == (uint64_t)info.raw_w * info.raw_h);
        require_that(info.orientation >= 1 && info.orientation <= 8);
        if (bx_image_decode("fuzz", data, n, 1000000, &px, &a, &e))
            require_that(px.w == info.w && px.h == info.h);
        else
            require_said(&e, BX_DATA, NULL);
    } else
        require_said(&e, BX_DATA, NULL);
    bx_arena_release(&a);
    return 0;
}
