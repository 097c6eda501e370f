/*
 * manifest.h: which images there are somewhere, told without the images: what a model's authors publish of their training data. JSON Lines:
 *
 *     {"format": 1, "boxscore": "image manifest", "hash": "dct256x2/1", "images": 118287, "title": "COCO train2017"}
 *     {"sha256": "<64 hex digits>", "hash": "<128 hex digits>", "name": "000000000009.jpg"}
 *
 * sha256 is of the file's bytes. hash is both of core/image/hash.h's, each as 32 bytes: bit i of a hash is bit i % 8 of its byte i / 8;
 * null for a picture of one colour, or a file that could not be decoded. title and name only where their author wants them told. Lines are
 * sorted by sha256, so that they say nothing of an order. Other members are passed over; another format or hash is refused.
 */
#pragma once
#include "core/base/buf.h"
#include "core/image/hash.h"
#include <stdio.h>

#define BX_MANIFEST_HASH "dct256x2/1"
#define BX_MANIFEST_MOST 50000000u /* images */
#define BX_MANIFEST_NAME 1024u     /* bytes */

struct bx_hashed {
    uint8_t sha[32];
    struct bx_picture picture; /* flat: it has no hash */
    const char *name;          /* NULL: not told */
};
struct bx_manifest {
    const char *title; /* NULL: none */
    struct bx_hashed *at;
    size_t n;
};

/* BX_DATA with the line, what was found and expected; BX_IO. Strings are a's. */
bool bx_manifest_read(const char *path, struct bx_manifest *m, struct bx_arena *a, struct bx_err *e);
bool bx_manifest_parse(const char *name, const char *data, size_t n, struct bx_manifest *m, struct bx_arena *a, struct bx_err *e);
/* Sorts m's images. named: their names as well. */
void bx_manifest_write(struct bx_manifest *m, bool named, struct bx_buf *out);
