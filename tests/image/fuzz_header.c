/*
 * fuzz_header.c: libFuzzer's entry to the header reader and the decoders. test_header.c replays the corpus and its neighbours through it.
 * To fuzz: tests/README.md.
 */
#include "core/image/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_image_info info;
    struct bx_err e = {0};
    struct bx_arena a = {0};
    struct bx_pixels px;
    if (bx_image_info("fuzz", data, n, &info, &e)) {
        if (!info.w || !info.h || (uint64_t)info.w * info.h != (uint64_t)info.raw_w * info.raw_h || info.orientation < 1 ||
            info.orientation > 8)
            __builtin_trap();
        if (bx_image_decode("fuzz", data, n, 1000000, &px, &a, &e) && (px.w != info.w || px.h != info.h))
            __builtin_trap();
    } else if (!e.text[0])
        __builtin_trap();
    bx_arena_release(&a);
    return 0;
}
