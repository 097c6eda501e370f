/*
 * fuzz_polygon.c: libFuzzer's entry to the clipping of quadrilaterals: whatever the corners, what two share is no more than either covers,
 * and the same both ways. test_polygon.c calls it with random corners. To fuzz: tests/README.md.
 */
#include "core/data/polygon.h"
#include "tests/fuzz.h"
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    double q[16];
    if (n < 2 * 16)
        return 0;
    for (size_t i = 0; i < 16; i++) { /* quarter pixels: corners that coincide and lines that touch are likely */
        int16_t v;
        memcpy(&v, data + 2 * i, 2);
        q[i] = v / 4.0;
    }
    double a = bx_quad_covered(q), b = bx_quad_covered(q + 8), i = bx_quad_intersection(q, q + 8), j = bx_quad_intersection(q + 8, q);
    double slack = 1e-9 * (1 + a + b);
    require_that(isfinite(i) && i >= 0 && i <= fmin(a, b) + slack && fabs(i - j) <= slack);
    return 0;
}
