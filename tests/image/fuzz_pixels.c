/*
 * fuzz_pixels.c: libFuzzer's entry to the decoders alone: pixels.corpus begins with real files of every kind (make_pixels.py), where the
 * seeds of fuzz_header.c have headers and little else. To fuzz: tests/README.md.
 */
#include "core/image/image.h"
#include "tests/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_err e = {0};
    struct bx_arena a = {0};
    struct bx_pixels px;
    if (bx_image_decode("fuzz", data, n, 250000, &px, &a, &e)) {
        require_that(px.w && px.h && (px.channels == 3 || px.channels == 4));
        uint64_t sum = 0; /* every byte is there */
        for (size_t i = 0; i < (size_t)px.w * px.h * px.channels; i++)
            sum += px.p[i];
        require_that(sum <= (uint64_t)px.w * px.h * px.channels * 255);
    } else
        require_said(&e, BX_DATA, "fuzz");
    bx_arena_release(&a);
    return 0;
}
