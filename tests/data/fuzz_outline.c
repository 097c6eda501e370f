/*
 * fuzz_outline.c: libFuzzer's entry to the drawing of polygons: two bytes of size, then corners in quarter pixels, near the image or (odd
 * numbers) far away from it. Whatever the corners, the mask fills the image, its runs are no more than the outline passes, and the outline
 * turned round by one corner is the same mask. To fuzz: tests/README.md.
 */
#include "core/data/rle.h"
#include "tests/fuzz.h"

enum { MOST_POINTS = 2000 };

static double corner(const uint8_t *p)
{
    int16_t v;
    memcpy(&v, p, sizeof v);
    static const double far[] = {1e3, 1e9, 1e18, 1e300};
    return v % 16 == 15 || v % 16 == -15 ? v * far[v / 16 & 3] : v / 4.0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static double xy[2 * (MOST_POINTS + 1)];
    if (n < 2)
        return 0;
    uint32_t h = data[0], w = data[1];
    size_t points = (n - 2) / 4 < MOST_POINTS ? (n - 2) / 4 : MOST_POINTS;
    for (size_t i = 0; i < 2 * points; i++)
        xy[i] = corner(data + 2 + 2 * i);
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_rle m = bx_rle_from_polygon(xy, points, h, w, &a);
    uint64_t crossings = bx_rle_polygon_crossings(xy, points, w);
    require_that(bx_rle_valid(&m, &e) && m.h == h && m.w == w);
    require_that(m.n <= 2 * crossings + 2 && m.n <= 2 * (uint64_t)h * w + 2);
    if (points) {
        memcpy(xy + 2 * points, xy, 2 * sizeof *xy);
        struct bx_rle turned = bx_rle_from_polygon(xy + 2, points, h, w, &a);
        require_that(turned.n == m.n && !memcmp(turned.counts, m.counts, m.n * sizeof *m.counts));
    }
    bx_arena_release(&a);
    return 0;
}
