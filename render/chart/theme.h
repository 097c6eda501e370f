/*
 * theme.h: the palette, once. Every colour of a plot or of the site is one of these tokens: a pair, for a light page and for a dark one.
 *
 * Colours are 0xRRGGBB. There is no alpha anywhere: what looks half-transparent was mixed with the paper beforehand (bx_mix).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The tokens by the names the style sheet uses too: X(name, light, dark). */
#define BX_TOKENS(X)                                                                                                                       \
    X(paper, 0xFFFFFF, 0x11151B)                                                                                                           \
    X(panel, 0xF1F3F5, 0x1A2028)                                                                                                           \
    X(ink, 0x11161D, 0xE8ECF1)                                                                                                             \
    X(ink2, 0x48525F, 0xAEB7C2)                                                                                                            \
    X(ink3, 0x626D7A, 0x8C97A4)                                                                                                            \
    X(rule, 0xD9DEE4, 0x2A323C)                                                                                                            \
    X(rule1, 0xB7C0C9, 0x48525E)                                                                                                           \
    X(rule2, 0x828C98, 0x6B7683)                                                                                                           \
    X(link, 0x0B4EA2, 0x8DBBF7)                                                                                                            \
    X(warn, 0x8A5300, 0xE3B04B)                                                                                                            \
    X(bad, 0xB42318, 0xFF9184)                                                                                                             \
    X(iv, 0x6F97C8, 0x4E7DBB)                                                                                                              \
    X(h0, 0xFFFFFF, 0x11151B)                                                                                                              \
    X(h1, 0xE9EFF7, 0x182334)                                                                                                              \
    X(h2, 0xCFDDEE, 0x1F3350)                                                                                                              \
    X(h3, 0xAFC6E1, 0x27466F)                                                                                                              \
    X(h4, 0x84A6CE, 0x2F5A92)                                                                                                              \
    X(h5, 0x3F74B0, 0x6C9BD6)                                                                                                              \
    X(h6, 0x1F5796, 0x93B8E8)                                                                                                              \
    X(h7, 0x0B3D75, 0xC0D8F7)

enum { BX_SERIES = 8 };

struct bx_colour {
    uint32_t light, dark;
};

struct bx_palette {
#define BX_TOKEN_FIELD(name, light, dark) struct bx_colour name;
    BX_TOKENS(BX_TOKEN_FIELD)
#undef BX_TOKEN_FIELD
    struct bx_colour series[BX_SERIES]; /* of marks: told apart by shape or dash too */
    struct bx_colour word[BX_SERIES];   /* of a series' label: the same hue, readable as text */
};
extern const struct bx_palette bx_palette;

struct bx_token {
    const char *name;
    struct bx_colour colour;
};
extern const struct bx_token bx_tokens[];
extern const size_t bx_ntokens;

/* t of b in a, per channel in sRGB; t in 0..1. */
struct bx_colour bx_mix(struct bx_colour a, struct bx_colour b, double t);
