/*
 * fuzz_results.c: libFuzzer's entry to the reader of COCO results, with its segmentations and run lengths. test_results.c replays good and
 * bad texts and their neighbours through it. To fuzz: clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -I.
 * tests/data/fuzz_results.c core/data/[a-z]*.c core/base/[a-z]*.c -lcrypto -lcjson -lz -lm
 */
#include "core/data/results.h"
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *names[] = {"a", "b"}, *files[] = {"1.jpg", "2.jpg"};
    static int64_t class_id[] = {1, 2}, image_id[] = {1, 7};
    static uint32_t w[] = {30, 0}, h[] = {20, 0};
    static size_t begin[] = {0, 0, 0};
    struct bx_testset t = {.nclasses = 2,
                           .class_name = names,
                           .class_id = class_id,
                           .nimages = 2,
                           .image_file = files,
                           .image_id = image_id,
                           .image_w = w,
                           .image_h = h,
                           .ann_begin = begin};
    for (unsigned mode = 0; mode < 12; mode++) {
        struct bx_results_options o = {.reference = mode & 1, .lazy_masks = mode & 2, .geometry = (enum bx_geometry)(mode / 4)};
        struct bx_detections d;
        struct bx_arena a = {0};
        struct bx_err e = {0};
        if (bx_results_read("fuzz", (const char *)data, n, &t, &o, &d, &a, &e)) {
            if (d.image_begin[2] != d.n)
                __builtin_trap();
            for (size_t i = 0; i < d.n; i++)
                if (d.name[i] >= d.nnames || (!o.reference && !isfinite(d.score[i])))
                    __builtin_trap();
        } else if (!e.text[0] || e.code != BX_DATA)
            __builtin_trap();
        bx_arena_release(&a);
    }
    return 0;
}
