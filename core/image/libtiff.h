/*
 * libtiff.h: libtiff, loaded when it is first needed (core/base/library.h). bx_libtiff.GetField(...) is TIFFGetField(...); what is called
 * stands in libtiff.def.
 */
#pragma once
#include "core/base/err.h"
#include <tiffio.h>

struct bx_libtiff {
#define X(f) __typeof__(TIFF##f) *f;
#include "core/image/libtiff.def"
#undef X
};
extern struct bx_libtiff bx_libtiff;

bool bx_libtiff_open(struct bx_err *e); /* before any of them */
