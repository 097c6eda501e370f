/*
 * library.h: a shared library that is loaded when it is first needed. Loading one, and what it needs in turn, is paid in processor time and
 * memory by every process that has it; of 80 libraries 35 are there for libcurl and libarchive, which most commands never call.
 *
 *     struct table { __typeof__(f) *f; __typeof__(g) *g; } table;
 *     static const char *const names[] = {"f", "g"};
 *     static struct bx_library library = {.name = "libfg.so.1", .functions = names, .n = 2, .table = &table};
 *     if (bx_library_open(&library, err)) table.f();
 */
#pragma once
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>

struct bx_library {
    const char *name; /* as the loader knows it: with its version */
    const char *const *functions;
    size_t n;
    void *table; /* [n] pointers to these, in their order */
    bool open;
};
/* Once, whoever asks, by any thread; it stays. False (BX_IO): it is not there, or lacks a function. A process that will shut itself in must
 * have opened it before. */
bool bx_library_open(struct bx_library *l, struct bx_err *e);
