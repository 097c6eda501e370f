/*
 * libarchive.h: libarchive, loaded when it is first needed (core/base/library.h). bx_libarchive.entry_hardlink(...) is
 * archive_entry_hardlink(...); what is called stands in libarchive.def.
 */
#pragma once
#include "core/base/err.h"
#include <archive.h>
#include <archive_entry.h>

struct bx_libarchive {
#define X(f) __typeof__(archive_##f) *f;
#include "core/fetch/libarchive.def"
#undef X
};
extern struct bx_libarchive bx_libarchive;

bool bx_libarchive_open(struct bx_err *e); /* before any of them */
