/*
 * answer.h: what a model answered for one image, judged the same whoever asked: its class names, the frame it is in, and whether it is an
 * answer at all. What reads the words of a runner (command/protocol.c) or of a server (http/body.c) comes before.
 */
#pragma once
#include "core/backend/backend.h"
#include "core/base/json_reader.h"
#include "core/base/names.h"

enum { BX_MAX_NAMES = 25000, BX_MAX_NAME = 1000 };
/* Names are compared and shown: valid text, not empty, of a sane length, without NUL and control characters. */
bool bx_class_name_ok(struct bx_slice s);

struct bx_names { /* the backend's class names, found fast */
    struct bx_backend *backend;
    const struct bx_secret *secrets; /* a name is kept, and compared, without them */
    size_t nsecrets;
    size_t declared; /* the first ones came with the handshake: integers index these */
    struct bx_name_table table;
    size_t cap;
    struct bx_arena arena;
};
void bx_names_free(struct bx_names *t);
uint32_t bx_names_add(struct bx_names *t, const char *name, size_t n);

/* frame.c: the frame an answer is in, against the image's own: as displayed; the file's raw frame, which an EXIF orientation of
 * 5 to 8 turns; or one that nobody knows. bx_frame_turn takes boxes, corners and masks from raw_w x raw_h to the displayed frame. */
enum bx_answer_frame { BX_FRAME_DISPLAYED, BX_FRAME_RAW, BX_FRAME_OTHER };
enum bx_answer_frame bx_frame_of(uint32_t w, uint32_t h, uint32_t image_w, uint32_t image_h, uint8_t orientation);
void bx_frame_turn(struct bx_detection *d, size_t n, uint32_t raw_w, uint32_t raw_h, uint8_t orientation, struct bx_arena *a);

/* judge.c. A mask as answered: its text, for what it must fit is known when the frame is. */
struct bx_mask_text {
    struct bx_slice poly, rle; /* p NULL: none */
};
struct bx_judging {
    const struct bx_testset *testset;
    unsigned geometries; /* bits of what each prediction must have */
    struct bx_detection *at;
    const struct bx_mask_text *masks; /* one a detection */
    size_t n;
    const char *text, *end; /* what the masks' texts stand in, for places; NULL: nowhere */
    uint32_t w, h;          /* the frame that was named; 0 0: none */
    bool reframed;          /* out: detections were turned */
};
/* Masks are made, and all of it is checked against the image and turned as displayed. False: it is no answer, and e says why. */
bool bx_judge(struct bx_judging *j, size_t image, struct bx_arena *a, struct bx_err *e);
