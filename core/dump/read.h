/*
 * read.h: what the readers of this room share. Each goes through its files, tells each detection's image, class and shape, and adds it.
 */
#pragma once
#include "core/base/json_reader.h"
#include "core/data/tiles.h"
#include "core/dump/dump.h"

struct bx_dump_reading {
    const struct bx_dump *dump;
    const struct bx_testset *t;
    const struct bx_results_options *o;
    struct bx_join join;
    struct bx_detections_builder *b;
    struct bx_results_said said;
    struct bx_slice tile_name; /* the image was told by this tile; n 0: it is a whole one */
    struct bx_tile tile;
    bool *tiled;            /* [nimages] has detections on tiles; NULL: none has */
    size_t elements, twice; /* twice: lines that stood there before, left out */
    struct bx_arena *a;
    struct bx_err *e;
};

#define X(name, words)                                                                                                                     \
    bool bx_dump_is_##name(const struct bx_dump *dump);                                                                                    \
    bool bx_dump_read_##name(struct bx_dump_reading *r);
#include "core/dump/formats.def"
#undef X

/* Where a detection stands, for messages: in a line of a text, or at a place in JSON, whose line is counted when it is said and not before:
 * that takes as long as all that stands in front of it. */
struct bx_dump_place {
    const char *name; /* of the file */
    size_t line;
    const struct bx_json *json; /* NULL: the line is known */
    const char *at;
};
bool bx_dump_fail(struct bx_dump_reading *r, const struct bx_dump_place *where, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* One detection. `name`: of its class (bx_dump_class…); without a box its hull is taken. */
struct bx_dump_detection {
    size_t image;
    enum bx_join_rule rule;
    uint32_t name;
    bool has_box, has_corners;
    double score, box[4], corners[8];
    const double *outline; /* x y of noutline points, or NULL: a mask */
    size_t noutline;
};
/* Its shape is checked and drawn, and put where it is on the whole image. false: r->e. */
bool bx_dump_add(struct bx_dump_reading *r, const struct bx_dump_detection *d, const struct bx_dump_place *where);
/* The image that a name or a number tells; where there is none it is counted, with an example. */
bool bx_dump_image(struct bx_dump_reading *r, struct bx_slice who, struct bx_dump_detection *d);
/* Its width and height; an error where the test set has none, and for a tile: nobody says how large that is. */
bool bx_dump_size(struct bx_dump_reading *r, size_t image, const struct bx_dump_place *where, double *w, double *h);
/* A class by name, and by a number that counts from 0 in the test set's order (or as o->categories has it). */
uint32_t bx_dump_class(struct bx_dump_reading *r, struct bx_slice name);
uint32_t bx_dump_class_number(struct bx_dump_reading *r, int64_t number);
/* The test set's class of that name where spaces, '-' and '_' are all the same, or the name itself. */
uint32_t bx_dump_class_like(struct bx_dump_reading *r, struct bx_slice name);

/* A tile of that image, which error tells if it cannot be. */
bool bx_dump_tile_fits(const struct bx_testset *t, size_t image, struct bx_slice name, const struct bx_tile *tile, struct bx_err *e);
/* tiled.c: has a text of COCO results tiles for images, by its beginning? And their reading, with whatever other images there are. */
bool bx_dump_has_tiles(struct bx_slice text, const struct bx_results_options *o);
bool bx_dump_read_tiled(struct bx_dump_reading *r, const char *name, struct bx_slice text, struct bx_detections *d);

/* A copy that lasts; of all its bytes, be there a NUL among them. */
struct bx_slice bx_dump_keep(struct bx_dump_reading *r, struct bx_slice s);

/* Texts of lines: the next line, without its end; its words, numbers among them. */
bool bx_dump_line(const char **p, const char *end, struct bx_slice *line);
size_t bx_dump_words(struct bx_slice line, struct bx_slice *words, size_t most); /* how many there are, also beyond `most` */
bool bx_dump_number(struct bx_slice word, double *out);                          /* finite, and nothing behind it */
bool bx_dump_whole(struct bx_slice word, int64_t *out);
/* "Task1_plane.txt", "Task1_" → "plane"; n 0: it is not so called. */
struct bx_slice bx_dump_called(const char *name, const char *before);
