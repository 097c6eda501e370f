/*
 * alike.h: names that a reader cannot tell apart: "é" in one code point and in two, full-width letters, what has no width at all, and the
 * letters of Cyrillic and Greek that are drawn as a Latin one is.
 */
#pragma once
#include "core/base/arena.h"

/* Two names look alike when their likenesses are the same bytes. Of what is no UTF-8 it is the name itself. */
char *bx_likeness(struct bx_arena *a, const char *name);

/* "'саr' (U+0441 U+0430)": the name, and of at most eight of its characters beyond ASCII the code points; "'car' (ASCII)". */
char *bx_spelled(struct bx_arena *a, const char *name);
