/*
 * svg.h: cairo's SVG made small and always the same.
 *
 * cairo numbers surfaces and clips by what the process drew before, writes six decimals, spells out every default and puts properties in
 * `style`, which a strict Content-Security-Policy may drop. The tidied document has ids by first use, two decimals (a hundredth of a CSS
 * px), relative paths, attributes in place of styles, and only the glyphs it uses.
 *
 * With inks, a colour that cairo was told is the number of one of them (the low bits blue): it becomes a class, and the document's own
 * <style> gives the classes their colours, the dark ones where the page's scheme is dark. Screens follow it, paper is light.
 */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include "render/chart/theme.h"

/* Append the tidied document to out. inks NULL: the colours are as cairo was told. BX_DATA when svg is not what a cairo writes. */
bool bx_svg_tidy(const char *svg, size_t n, const struct bx_colour *inks, size_t ninks, struct bx_buf *out, struct bx_err *e);
