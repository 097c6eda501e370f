/*
 * testset_bytes.h: the layout of a packed test set, shared by its writer and its reader. Little-endian; strings are u32 length + bytes.
 *
 *   hashed:  "boxscore testset 1 <geometry>\n" (LVIS: "… <geometry> lvis\n")
 *            u32 classes; each: name [LVIS: u8 frequency]
 *            u32 images; each: 32 bytes SHA-256, u32 w, u32 h, [LVIS: u32 n, n u32 negative classes, u32 n, n u32 not exhaustive ones:
 * ascending, each once], u32 annotations; each: u32 class, u8 flags, f64 area, and 4 f64 box | 8 f64 corners | u32 n, n u32 run lengths
 *   trailer: "boxscore extras 1\n", SHA-256 of the hashed bytes, source, the class ids, u8 which columns,
 *            each image: i64 id, file, [key], [u8 orientation]; each annotation: i64 id, [4 f64 box, where the geometry is another],
 *            SHA-256 of the trailer up to here
 */
#pragma once

#define BX_TESTSET_MAGIC   "boxscore testset 1 "
#define BX_TESTSET_LVIS    " lvis"
#define BX_TESTSET_TRAILER "boxscore extras 1\n"

enum { BX_EXTRA_KEYS = 1, BX_EXTRA_ORIENTATION = 2 };
