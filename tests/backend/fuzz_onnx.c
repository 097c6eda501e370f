/* fuzz_onnx.c: libFuzzer's entry to an ONNX file as it is looked at before the runtime sees it, to what its graph costs, and to the names
 * in its metadata. */
#include "core/backend/onnx/onnx.h"
#include "core/base/text.h"
#include "tests/fuzz.h"

/* clang-format off */
const struct grown grown[] = {
    {"names", TEXT("{"), TEXT("#: 'n#',"), TEXT("}")},
    {"one name", TEXT("{0: '"), TEXT("\\x41\\n"), TEXT("'}")},
    {"the same name", TEXT("["), TEXT("'n',"), TEXT("]")},
    {"graphs", TEXT("\x3a\x7f"), TEXT("\x0a\x00"), TEXT("")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    if (!bx_onnx_look("made up.onnx", data, n, &e))
        require_said(&e, BX_DATA, "made up.onnx");
    for (uint32_t side = 0; side <= 64; side += 64) {
        struct bx_onnx_counts c;
        bx_onnx_count(data, n, side, side, &c, &a);
        require_that(c.parameters >= 0 && c.macs >= 0 && c.parameters < 1e300 && c.macs < 1e300 && c.noutputs <= BX_OUTPUTS);
        require_that(c.names && c.task && c.imgsz && !bx_has_control(c.inputs_shown, strlen(c.inputs_shown)) &&
                     !bx_has_control(c.outputs_shown, strlen(c.outputs_shown)));
        for (size_t i = 0; i < c.noutputs; i++)
            require_that(c.outputs[i].rank == SIZE_MAX || c.outputs[i].rank <= BX_OUTPUT_RANK);
    }
    size_t length, count = 0, left = n;
    char *literal = next_part(&data, &left, &length);
    const char **names = bx_onnx_names(literal, &count, &a);
    require_that(count <= BX_ONNX_MOST_NAMES && (names || !count));
    for (size_t i = 0; i < count; i++)
        require_that(!names[i] || strlen(names[i]) <= 1000);
    free(literal);
    bx_arena_release(&a);
    return 0;
}
