/*
 * contamination.h: which images of a test set are among others, of which only hashes are known (manifest.h): byte for byte, or as the same
 * picture: scaled, compressed again, brighter, mirrored, or one of the two cropped by up to a tenth of each side.
 *
 * Not all pairs are looked at. Of each of the set's images the hash of 36 windows is in an index, of the frame less 0, 5 and 10 hundredths
 * at either side, and of where the middle of a picture lies of which it is such a crop. The first word of another's hashes is looked up
 * there, in all four mirrorings: four bands of 16 bits, each with up to two bits wrong, so that whatever differs in at most 11 bits of 64
 * is found. What is found is looked at finely: the window is moved to where the 256 terms fit best, and is the same picture from
 * BX_SAME_PICTURE on.
 */
#pragma once
#include "core/testset/manifest.h"
#include <signal.h>

/* Of bx_hash_likeness; tests/testset/test_contamination.c says what that finds, and what it finds wrongly. */
#define BX_SAME_PICTURE 0.72f
/* Pictures that are told of one of the set's images, beside exact ones; more are not looked for. */
#define BX_CONTACTS_MOST 4

struct bx_contact {
    uint32_t image, other; /* of the set, of the others */
    bool exact;            /* byte for byte */
    float likeness;
    unsigned turn; /* of a picture: bit 0 mirrored left and right, bit 1 top and bottom */
};
struct bx_contamination {
    const uint8_t (*sha)[32];      /* of the set's n images */
    const struct bx_thumb *thumbs; /* of each, or NULL: exact ones alone */
    const bool *has_thumb;         /* of each: it could be decoded */
    size_t n;
    const struct bx_hashed *others;
    size_t nothers;
    int threads;
    int64_t seconds;                   /* that may be looked, at most: then BX_TIMEOUT; 0: without end */
    const volatile sig_atomic_t *stop; /* NULL: never */
};
/* By image, exact ones first, then by likeness; equal ones by other. BX_INTERRUPTED, BX_TIMEOUT. */
bool bx_contamination_find(const struct bx_contamination *c, struct bx_contact **out, size_t *n, struct bx_arena *a, struct bx_err *e);
