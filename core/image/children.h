/*
 * children.h: foreign image files decoded by processes that can do nothing else. Who holds a database, secrets or a terminal never decodes:
 * a file that breaks a decoder costs that file, and a process that is started again.
 *
 * Each child gets an open file at a time, looks at its bytes (SHA-256), decodes it, makes of its pixels what the caller wants of them, and
 * gives back that alone. Limits: BX_IMAGE_MAX_BYTES a file, max_pixels of it, BX_IMAGE_SECONDS each, BX_IMAGE_MEMORY a child.
 *
 *     struct bx_decoding d = {.n = n, .path = path_of, .work = make_thumb, .room = sizeof(struct bx_thumb), .done = keep,
 *                             .confine = bx_confine_decoder, .self = &mine};
 *     if (!bx_images_decode(&d, e)) return false;
 */
#pragma once
#include "core/image/image.h"
#include <signal.h>

#define BX_IMAGE_MAX_BYTES ((uint64_t)1 << 30)
#define BX_IMAGE_SECONDS   60
#define BX_IMAGE_MEMORY    ((uint64_t)3 << 30)

/* Of one file. */
struct bx_decoded {
    bool hashed; /* sha is known, whether it could be decoded or not */
    uint8_t sha[32];
    const void *p; /* what work made, n bytes; NULL: why says what is wrong, and names the file. Valid during the call */
    size_t n;
    const struct bx_err *why;
};
struct bx_decoding {
    size_t n;
    const char *(*path)(void *self, size_t i); /* of file i, in the caller's process and, for messages, in a child's */
    size_t room;                               /* bytes: the most that work makes */
    /* In a child, which has the caller's memory as it was: what is to come back of file i's pixels. How many bytes of out. */
    size_t (*work)(void *self, size_t i, const struct bx_pixels *px, void *out);
    void (*done)(void *self, size_t i, const struct bx_decoded *d); /* in the caller's process, in any order, each file once */
    bool (*confine)(struct bx_err *e); /* in a child, before its first file: core/backend/command/confine.h has it. NULL: tests only */
    uint64_t max_pixels;               /* 0: BX_IMAGE_MAX_PIXELS */
    int children;                      /* at once; 0: one a processor */
    const volatile sig_atomic_t *stop; /* NULL: never. What is not begun then is not done: BX_INTERRUPTED */
    void *self;
};
/* False: no child could be started or confined, or it was stopped. What a file lacks is for `done`. */
bool bx_images_decode(const struct bx_decoding *d, struct bx_err *e);
