/*
 * testset.h: the test set as columns, in evaluation order: what every reader of core/testset makes, the store keeps and the
 * metric scores. Read-only after loading; all memory belongs to the arena it was loaded with.
 *
 * Order. Images: COCO by ascending image id, other formats by file name, bytewise. Classes: COCO by ascending category id, YOLO by index,
 * VisDrone by category, others by name. Annotations: within their image, in file order. Annotation columns are grouped by image: those of
 * image i are [ann_begin[i], ann_begin[i+1]).
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/data/rle.h"
#include "core/data/terms.h"
#include <stddef.h>
#include <stdint.h>

enum bx_ann_flag {
    BX_ANN_CROWD = 1,  /* COCO iscrowd: a region; absorbs detections, IoU over the detection's area */
    BX_ANN_IGNORE = 2, /* VOC and DOTA "difficult", LVIS "ignore" */
    BX_ANN_REGION =
        4,            /* where nobody labelled: what lies mostly in such regions counts neither way (core/metric/regions.h). Also a crowd */
    BX_ANN_LOST = 16, /* coco-reference/1 only: its id is 0, so pycocotools consumes it but never counts it as matched. Not in the digest */
    BX_ANN_KEPT = BX_ANN_CROWD | BX_ANN_IGNORE | BX_ANN_REGION, /* those in the digest */
};

struct bx_tags; /* tags.h */
struct bx_testset {
    const char *source; /* what was read, for messages: the annotation file or folder. Not in the digest */
    const char
        *split; /* which part of a data set it is, as that calls it (core/data/split.h); NULL: it says of no parts. Not in the digest */

    const char *page, *license; /* what the file says of itself (COCO's info and licenses); NULL: nothing. Not in the digest */

    size_t nclasses;
    const char **class_name;
    int64_t *class_id;     /* COCO and VisDrone category id, YOLO index, otherwise 0.. */
    bool own_classes;      /* 0.. in order of name: numbers that no file has. Not in the digest, nor kept */
    char *class_frequency; /* LVIS 'r' 'c' 'f'; NULL for the rest */

    size_t nimages;
    const char **image_file;     /* path relative to image_root as the annotations name it; never NULL */
    const char *image_root;      /* folder of the images; NULL when none was given (metric only) */
    int64_t *image_id;           /* COCO id; otherwise 1.. in order */
    bool own_ids;                /* 1.. in order: numbers that no file has. Not in the digest, nor kept */
    const char **image_key;      /* COCO ids that are strings; NULL column when all are numbers */
    uint32_t *image_w, *image_h; /* as displayed, pixels */
    uint8_t *image_orientation;  /* EXIF 1..8 of the file; NULL column when images were not looked at */
    uint8_t (*image_sha)[32];    /* SHA-256 of the file's bytes; NULL column when images were not looked at */
    uint32_t **image_negative;   /* LVIS: class indices verified absent, and where not all objects are annotated; NULL columns otherwise */
    size_t *image_nnegative;
    uint32_t **image_nonexhaustive;
    size_t *image_nnonexhaustive;

    size_t nanns;
    size_t *ann_begin;   /* [nimages + 1] */
    uint32_t *ann_class; /* index of its class */
    uint8_t *ann_flags;  /* enum bx_ann_flag */
    double *ann_area;    /* the annotation's area; when absent w*h, the shoelace area, or the pixel count, by what was given */
    int64_t *ann_id;     /* the file's id, for messages */
    double *ann_box; /* [nanns][4] x y w h, unclipped, as read; always there (hull of the polygon, RLE or oriented box where the format has
                        none) */
    double *ann_obb; /* [nanns][8] four corners as read; NULL when the set has none */
    struct bx_rle *ann_mask; /* [nanns]; n == 0 with h == 0: this annotation has none; NULL column when the set has none */

    /* Not in the digest, and NULL unless a COCO file was read: what TIDE's numbers also depend on. */
    uint32_t *image_position; /* [nimages] each image's place in the file's own list (0..nimages-1) */
    uint32_t *class_stray;    /* [nclasses] annotations of the class, no crowds, on images that the file does not list */

    const struct bx_tags *tags; /* of its images, as the labels have them; NULL: none. Not in the digest, nor kept */

    size_t unknown;                /* annotations on unknown images or classes that were left out */
    size_t repeated;               /* COCO: annotations whose id a later one has, too */
    struct bx_testset_note *notes; /* remarks for the user: oriented images, categories dropped, sizes that disagree, … */
    size_t nnotes;

    /* Where labels stand, for messages; NULL where the reader does not say. */
    const char **image_label; /* [nimages] the file of an image's labels, as messages name it; NULL: it has none. Column NULL: source */
    uint32_t *ann_line;       /* [nanns] the line of its file, from 1; 0: not known */
    uint32_t *image_line;     /* [nimages], [nclasses] the line of source where it is listed, from 1; 0: not known */
    uint32_t *class_line;
};

enum bx_severity { BX_SEVERITY_NOTE, BX_SEVERITY_WARNING, BX_SEVERITY_ERROR };
/* Where something was found. */
struct bx_label_place {
    const char *file; /* relative to the test set: it may be published */
    size_t line;      /* from 1; 0: the file itself */
    const char *text; /* what it is there: "annotation 7 in a.png, dog"; NULL: the note says all */
};
/* A kind of thing that was found in a test set, and where. */
struct bx_testset_note {
    const char *text; /* the whole as one line: how many, what, the first place, what was done */
    enum bx_severity severity;
    /* Its parts, where the reader gave them; what is NULL where text is all there is. */
    const char *what, *done; /* "boxes have no area", "kept" */
    size_t n;                /* how often */
    const struct bx_label_place *places;
    size_t nplaces; /* at most n: only so many are kept */
};

bool bx_testset_has(const struct bx_testset *t, enum bx_geometry g); /* does every annotation have this geometry? */

/* "bx1-box-<64 hex>". Needs image_sha and the geometry; fails with BX_DATA naming the annotation that has no such geometry or
 * holds a NaN. */
#define BX_DIGEST_SIZE 80
bool bx_testset_digest(const struct bx_testset *t, enum bx_geometry g, char out[BX_DIGEST_SIZE], struct bx_err *e);
/* "bx1-images-<64 hex>": the images alone. */
bool bx_testset_images_digest(const struct bx_testset *t, char out[BX_DIGEST_SIZE], struct bx_err *e);

/*
 * The canonical bytes of a test set for one geometry: exactly what the digest hashes (same header, same order), followed by a trailer that
 * is not hashed (class ids, image ids and file names, LVIS extras), so that rescoring, export and galleries need no data set folder.
 * Appended to out; *hashed is how many of the appended bytes the digest covers. Reading checks every length and the digest, and gives a
 * test set whose digest is equal. image_root is NULL in it.
 */
bool bx_testset_pack(const struct bx_testset *t, enum bx_geometry g, struct bx_buf *out, size_t *hashed, struct bx_err *e);
bool bx_testset_unpack(const void *p, size_t n, struct bx_testset *t, enum bx_geometry *g, struct bx_arena *a, struct bx_err *e);
