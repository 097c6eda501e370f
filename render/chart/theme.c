/* theme.c: the two palettes, made from the one table of tokens. */
#include "render/chart/theme.h"
#include <math.h>

#define LIGHT(name, light, dark) light,
#define DARK(name, light, dark)  dark,
static const struct bx_theme themes[] = {
    [BX_CHART_LIGHT] = {BX_TOKENS(LIGHT).series = {0x1C6AAF, 0xDD6F25, 0x075643, 0xAA1B74, 0x736207, 0x1E94C6, 0x301972, 0xA38583},
                        .word = {0x1C6AAF, 0xB5540F, 0x075643, 0xAA1B74, 0x736207, 0x11739D, 0x301972, 0x80625F}},
    [BX_CHART_DARK] = {BX_TOKENS(DARK).series = {0x5185E9, 0xFA842E, 0xAAE4C0, 0xD83973, 0xFECE69, 0x45C1DC, 0x896DAB, 0xBBA196},
                       .word = {0x5185E9, 0xFA842E, 0xAAE4C0, 0xE4588C, 0xFECE69, 0x45C1DC, 0xA58BC6, 0xBBA196}},
};

#define ENTRY(name, light, dark) {#name, light, dark},
const struct bx_token bx_tokens[] = {BX_TOKENS(ENTRY)};
const size_t bx_ntokens = sizeof bx_tokens / sizeof *bx_tokens;

const struct bx_theme *bx_theme_get(enum bx_chart_theme theme)
{
    return &themes[theme == BX_CHART_DARK ? BX_CHART_DARK : BX_CHART_LIGHT];
}

uint32_t bx_mix(uint32_t a, uint32_t b, double t)
{
    uint32_t mixed = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        double ca = (double)(a >> shift & 255), cb = (double)(b >> shift & 255);
        mixed |= (uint32_t)lround(ca + (cb - ca) * t) << shift;
    }
    return mixed;
}
