/*
 * decode.h: the decoders that have a file of their own. For core/image alone. px->w and h are what the header reader found, within the
 * caller's limit; each makes p, as stored (not yet turned), and sets channels.
 */
#pragma once
#include "core/image/header.h"

bool bx_bmp_decode(const char *name, struct view v, struct bx_pixels *px, struct bx_arena *a, struct bx_err *e);
bool bx_webp_decode(const char *name, struct view v, struct bx_pixels *px, struct bx_arena *a, struct bx_err *e);
bool bx_tiff_decode(const char *name, struct view v, uint64_t limit, struct bx_pixels *px, struct bx_arena *a, struct bx_err *e);
