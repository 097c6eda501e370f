/*
 * results.h: COCO results JSON (an array of {image_id, category_id, score, bbox and/or segmentation}) → detections, for `eval` and the
 * predictions backend. Ultralytics' predictions.json is one, with file_name, and for oriented boxes poly and rbox. So is the list of
 * annotations with scores of a whole COCO object, whose own images and categories tell by name whose its ids are.
 *
 * Detections go to t's images, in file order; whose they are, join.h says. Categories by name where there are names and one of them is
 * known, unless o->categories says what the ids are; else by id: names are the test set's class names; an id that the test set does not
 * have keeps its number as a name ("category 77") and so stays unmapped. What has no image in the test set, and what lacks the geometry,
 * is left out and counted. An empty array is no detections; one of which nothing is left is an error. Under `reference` all is as
 * pycocotools has it: images by id alone, an unknown one is an error naming element index and id, the tokens NaN and Infinity are numbers,
 * and the first element decides the kind for all.
 */
#pragma once
#include "core/data/detections.h"
#include "core/data/join.h"
#include "core/data/testset.h"

/* What is to be said of a reading. */
#define BX_SAID_EXAMPLES 3
struct bx_results_said {
    const char *kind;                      /* of file: "COCO results", … */
    size_t joined[BX_JOIN_RULES];          /* detections, by what told their image; [BX_JOIN_NONE]: on none of the test set's, left out */
    const char *example[BX_SAID_EXAMPLES]; /* of images that it does not have */
    size_t nexamples;
    size_t shapeless;        /* left out: without the geometry, or without a box of a size */
    const char *shape;       /* what they lack: "'bbox'" */
    size_t first_shapeless;  /* the first one's place in its file, from 0 */
    size_t tiled, merged;    /* found on tiles of an image; of these, left out: another stays for them (tiles.h) */
    size_t twice;            /* left out: lines that stood there before */
    bool own_order;          /* they are places among classes that have no numbers of their own */
    const int64_t *category; /* [nnames] the numbers that stand for the names; NULL: they are names in the file */
};

struct bx_results_options {
    bool reference;
    bool strays; /* under reference: what is on none of the test set's images is left out, not refused */
    bool lvis;
    bool places;        /* a number that only boxscore gave may tell an image where nothing else does: a person reads what is said of it */
    bool mapped;        /* the text is a file mapped read-only: pages that were read may be given back */
    bool lazy_masks;    /* geometry mask: leave compressed run lengths as the text they are (struct bx_detections): it must outlive d */
    int threads;        /* that read a large file at once (0: one a processor); what is read does not depend on it */
    size_t block_bytes; /* for tests: what one of them reads at a time; 0: what is worth it */
    enum bx_geometry geometry;                 /* what must be there */
    const struct bx_classmap_pair *categories; /* from: the id as text, to: the model's class name; NULL: the ids are the test set's */
    size_t ncategories;
    struct bx_results_said *said; /* or NULL */
};
bool bx_results_read(const char *name, const char *data, size_t n, const struct bx_testset *t, const struct bx_results_options *o,
                     struct bx_detections *d, struct bx_arena *a, struct bx_err *e);

/* The same as lines for people, each with its end: by what the images were told, and what was left out. t: whose images they are. */
void bx_results_words(const struct bx_results_said *s, const struct bx_testset *t, const struct bx_detections *d, struct bx_buf *out);
/* Has it more to say than by what the images were told? */
bool bx_results_lost(const struct bx_results_said *s);
