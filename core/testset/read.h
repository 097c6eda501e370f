/*
 * read.h: one reader per label format → a test set (core/data/testset.h).
 *
 * The formats are those of core/data/formats.h. "auto" looks at what is there: a .json file → COCO; a .yaml file, or a folder with
 * data.yaml → YOLO; a folder of .xml files, or a devkit's → VOC; a folder with annotations.json or _annotations.coco.json → COCO; labelTxt/
 * → DOTA; annotations/ of .txt files → VisDrone; a .csv with their columns → Open Images. Whatever is wrong is named with file, place,
 * found and expected.
 */
#pragma once
#include "core/data/testset.h"

struct bx_testset_options {
    const char *format;  /* a name of core/data/formats.h; "auto" or NULL: see above */
    enum bx_task task;   /* how a YOLO line with 9 tokens is meant: BX_OBB four corners, otherwise a polygon */
    const char *split;   /* "test", "val" or "train", of a data.yaml, a devkit or a folder; NULL: test, and where there is none, val */
    const char *digests; /* a file: what is known of images that did not change since (digests.h); NULL: every image is hashed */
    bool keep_digests;   /* and what was hashed is written there */
    bool verify;         /* what is known is not believed */
    bool faulty;    /* for lint: an image that is missing, broken or of another size is a note, an error's, and what is read is not to be
                       scored */
    bool *no_split; /* for readers: set where there is nothing to read because the set has no such split. NULL: nobody asks */
    bool test_only; /* the training split is refused, also where it is all there is or was named: it is scored only by who says to know what
                       that means */
    const char *images;  /* folder of the images; NULL: beside the annotations, as the format has it */
    bool need_images;    /* look at every file: size, orientation, SHA-256. Otherwise only the annotations are read (COCO) */
    bool look_if_there;  /* otherwise: the size and orientation of the images where they are, as bx_testset_look_if_there */
    bool reference;      /* coco-reference/1: pycocotools' own defects on loading, for `eval --reference` */
    bool keep_repeated;  /* under reference: annotations that share an id stay as they are (supervision and TIDE, which know no ids) */
    bool bare;           /* under reference: iscrowd, area and id may be missing: Ultralytics asks for none of them */
    bool any_category;   /* under reference: which annotations an image has is asked without regard to their category, before ids are looked
                            up  again: pycocotools with useCats = 0 */
    bool boxes_only;     /* COCO: draw no masks, for whoever scores boxes alone; a segmentation that cannot be one is no fault then */
    bool masks_optional; /* COCO: a segmentation that cannot be a mask is none, with a note; otherwise it is an error */
    bool lvis;           /* LVIS members are read and needed */
    int threads;         /* COCO: that read and draw masks at once (0: one a processor); what is read does not depend on it */
    size_t block_bytes;  /* for tests: what one of them reads at a time; 0: what is worth it */
    bool voc_from_zero;  /* VOC: corners count from 0, not from 1 as the devkit's */
};

/* The one function for eval, `testset` and boards. t->split says which part was read; a note says so where it is not the test split.
 *
 * With need_images every class must have a name of its own, of at most BX_CLASS_NAME_BYTES, without control characters: boards map by name.
 */
#define BX_CLASS_NAME_BYTES 200
bool bx_testset_read(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e);

/* Look at every image of t, as need_images does: fills image_sha, image_orientation, and image_w/h, with a note (COCO, VOC) where the
 * file's displayed size disagrees with the annotations, which is an error unless only the orientation explains it. Progress through
 * core/base/log.h. */
bool bx_testset_look(struct bx_testset *t, const struct bx_testset_options *o, struct bx_arena *a, struct bx_err *e);

/* The same for who scores a file alone, where the images lie beside it or in a folder that was `named`: their size and orientation, and
 * nothing is hashed. Where none of some is beside it nothing is looked at; one that is not there or has another size stays as annotated,
 * with a note. Error: a folder was named, and none is in it. */
bool bx_testset_look_if_there(struct bx_testset *t, bool named, struct bx_arena *a, struct bx_err *e);
