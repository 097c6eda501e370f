/* theme.c: the palette, made from the one table of tokens. */
#include "render/chart/theme.h"
#include <math.h>

#define FIELD(name, light, dark) {light, dark},
const struct bx_palette bx_palette = {
    BX_TOKENS(FIELD).series = {{0x1C6AAF, 0x5185E9},
                               {0xDD6F25, 0xFA842E},
                               {0x075643, 0xAAE4C0},
                               {0xAA1B74, 0xD83973},
                               {0x736207, 0xFECE69},
                               {0x1E94C6, 0x45C1DC},
                               {0x301972, 0x896DAB},
                               {0xA38583, 0xBBA196}},
    .word = {{0x1C6AAF, 0x5185E9},
             {0xB5540F, 0xFA842E},
             {0x075643, 0xAAE4C0},
             {0xAA1B74, 0xE4588C},
             {0x736207, 0xFECE69},
             {0x11739D, 0x45C1DC},
             {0x301972, 0xA58BC6},
             {0x80625F, 0xBBA196}},
};

#define ENTRY(name, light, dark) {#name, {light, dark}},
const struct bx_token bx_tokens[] = {BX_TOKENS(ENTRY)};
const size_t bx_ntokens = sizeof bx_tokens / sizeof *bx_tokens;

static uint32_t mix(uint32_t a, uint32_t b, double t)
{
    uint32_t mixed = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double ca = (double)(a >> shift & 255), cb = (double)(b >> shift & 255);
        mixed |= (uint32_t)lround(ca + (cb - ca) * t) << shift;
    }
    return mixed;
}

struct bx_colour bx_mix(struct bx_colour a, struct bx_colour b, double t)
{
    return (struct bx_colour){mix(a.light, b.light, t), mix(a.dark, b.dark, t)};
}
