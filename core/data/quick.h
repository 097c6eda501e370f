/*
 * quick.h: the usual spelling of a COCO detection or annotation, read without asking for each token: {"image_id": 1, "category_id": 2,
 * "bbox": [..], "score": 0.5}, members in any order, "id", "area", "iscrowd", "obb" or "poly", "rbox", "file_name" and "segmentation" among
 * them; an image's id may be a string. Whatever is not usual is left to the pull reader, which reads the same object again from its
 * beginning and has the last word on what is wrong.
 *
 * Of a segmentation of compressed run lengths, {"size": [h, w], "counts": "..."}, counts are the bytes between the quotes, not looked at;
 * of polygons, lists of numbers in lists, the text is told and was checked. At any other segmentation reading stops, for the caller to read
 * it and go on behind it.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BX_QUICK_IMAGE = 1,
    BX_QUICK_CATEGORY = 2,
    BX_QUICK_SCORE = 4,
    BX_QUICK_BOX = 8,
    BX_QUICK_OBB = 16,
    BX_QUICK_ID = 32,
    BX_QUICK_AREA = 64,
    BX_QUICK_CROWD = 128,
    BX_QUICK_RLE = 256,
    BX_QUICK_LISTS = 512,
    BX_QUICK_SEGMENTATION = 1024, /* of whatever kind */
    BX_QUICK_KEY = 2048,          /* the image's id is a string */
    BX_QUICK_FILE = 4096,
    BX_QUICK_RBOX = 8192
};
struct bx_quick {
    unsigned seen;
    int64_t image, category, id, crowd;
    double score, area, box[4], obb[8], rbox[5];
    int64_t size[2];
    const char *key, *key_end; /* to the closing quote; without escapes */
    const char *file, *file_end;
    const char *counts, *counts_end;
    const char *lists, *lists_end; /* from '[' to behind ']' */
};

/* How the object before was spelled: what stood between its numbers, and where each belongs. Nearly always the next one is spelled alike.
 * {0} knows nothing yet. */
#define BX_QUICK_STEPS   24
#define BX_QUICK_BETWEEN 32
struct bx_quick_form {
    unsigned n, seen;
    bool no_rle; /* the caller's wish: run lengths are to be read by the pull reader, as any other segmentation */
    struct bx_quick_step {
        uint64_t text[BX_QUICK_BETWEEN / 8], mask[BX_QUICK_BETWEEN / 8]; /* what stands before the number */
        uint8_t length;
        uint8_t kind;           /* what follows it: a number, a whole number, text, run lengths, lists */
        uint16_t offset;        /* of that in struct bx_quick */
    } step[BX_QUICK_STEPS + 1]; /* the last: what stands behind the last number */
};

/* Reads from '{' at p. Behind the '}', or at the value of a "segmentation" member (*segmentation set), or NULL: not usual. */
const char *bx_quick_begin(const char *p, const char *end, struct bx_quick *q, bool *segmentation, struct bx_quick_form *form);
/* Goes on behind that value. */
const char *bx_quick_resume(const char *p, const char *end, struct bx_quick *q, bool *segmentation);

/* One number of a list, exactly: behind it, or NULL: no number, or one that the pull reader must see (an exponent, 20 digits or more). */
const char *bx_quick_number(const char *p, const char *end, double *out);
