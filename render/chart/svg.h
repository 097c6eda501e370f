/*
 * svg.h: cairo's SVG made small and always the same.
 *
 * cairo numbers surfaces and clips by what the process drew before, writes six decimals, spells out every default and puts properties in
 * `style`, which a strict Content-Security-Policy may drop. The tidied document has ids by first use, two decimals (a hundredth of a CSS
 * px), relative paths, attributes in place of styles, and only the glyphs it uses.
 */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"

/* Append the tidied document to out. BX_DATA when svg is not what a cairo writes. */
bool bx_svg_tidy(const char *svg, size_t n, struct bx_buf *out, struct bx_err *e);
