/*
 * rules.h: the rules of a board: what is counted, and how. {0} are COCO's. Where a board sets one of them it is part of the protocol's
 * name in its canonical form, so of every report's key, and stands in the column's head:
 *
 *     coco/1                                                                        the default
 *     coco/1;dets=500;sizes=tiny:0-256,small:256-1024;iou=0.5,0.75;classes=cat,dog;ignore=cow;regions=haze;images=37-c0ffee0123456789
 *
 * in this order; relative sizes are `relative-sizes=tiny:0-0.001,…`. Numbers are the shortest that read back; names of classes are
 * percent-encoded and sorted, thresholds ascend, sizes keep their order, which is that of the columns. Equal rules ⇔ equal name: rules that
 * say what is COCO's anyway are COCO's. `images` is how many, and the first 16 digits of SHA-256 over "boxscore subset 1\n", u32 how many
 * and the images' SHA-256, sorted; where images go by name (images_by_name) it is `37-names-<16 digits>`, of names in place of the bytes.
 * LVIS' federated rules are a rule book of their own, and begin with lvis/1.
 *
 * What a rule does, beside pycocotools' Params of the same name (maxDets, areaRng, iouThrs, catIds, imgIds):
 *   relative   an area's share is min(1, area / (width * height of the image)), one f64 division; lo <= share <= hi, both ends inclusive.
 *   classes    everything of the others is left out, on both sides.
 *   ignore     detections of these classes are left out, and each of their objects is, for every class that is scored, one to be ignored as
 *              a difficult one is: behind the class's own objects in order, so a detection that finds none of its class and meets it
 *              (IoU at least the threshold; over the detection's own area where it is a crowd region) counts neither way, one for each.
 *   regions    objects of these classes are places where nobody labelled, whatever the class: detections and objects that lie mostly in
 *              them are left out before anything counts (core/metric/regions.h), and so are these classes.
 *   images     only these, whatever is counted. Images of the same bytes are all meant.
 * F1, precision, recall and the curves against confidence are at IoU 0.5 whether the grid has it or not, and know no limit of detections.
 *
 * Read-only; memory belongs to the arena it was made with.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/data/metrics.h"
#include "core/data/testset.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BX_RULES_SIZES      6   /* most size bins, beside "all" */
#define BX_RULES_IOUS       128 /* most IoU thresholds */
#define BX_RULES_LIMIT      100 /* COCO's detections an image and class */
#define BX_RULES_LVIS_LIMIT 300 /* LVIS': of an image, whatever the class */

/* lo <= area <= hi (both ends inclusive, as pycocotools), in pixels squared, or as a share 0..1 of the image's area. */
struct bx_size_bin {
    char name[24]; /* a slug (text.h), and not "all" */
    double lo, hi; /* no end: 1e10 pixels squared, or 1 */
};
struct bx_rules {
    bool lvis; /* on LVIS' rule book, lvis/1, of a test set that was read as LVIS: only `iou` and `images` may be set beside */
    uint32_t max_detections; /* 0: BX_RULES_LIMIT; the last of the limits 1, 10, this: of each class and image, as pycocotools counts */
    size_t nsizes;           /* 0: COCO's small, medium, large */
    bool relative;           /* the bins are shares of the image's area */
    struct bx_size_bin size[BX_RULES_SIZES]; /* in any order, and they may overlap: AI-TOD's, TinyPerson's */
    size_t niou;                             /* 0: 0.50 to 0.95 in steps of 0.05 */
    double iou[BX_RULES_IOUS];
    const char **classes; /* names: only these classes are scored; n 0: all. In any order */
    size_t nclasses;
    const char **ignore; /* names: their objects count neither way (as difficult ones), detections of them are dropped */
    size_t nignore;
    const char **regions; /* names: their objects are regions where nobody labelled */
    size_t nregions;
    uint8_t (*images)[32]; /* SHA-256 of the images that are scored; n 0: all. NULL after bx_rules_parse, which cannot know them */
    size_t nimages;
    bool images_by_name;     /* SHA-256 of the image's name in the annotations instead: where nobody looked at the images (eval) */
    uint8_t images_token[8]; /* what `images` would give, where they are NULL */
};

/* BX_CONFIG, with what was found and expected, when the rules make no sense in themselves. What follows needs rules that pass. */
bool bx_rules_check(const struct bx_rules *r, struct bx_err *e);
/* BX_CONFIG when the test set lacks a class or an image that they name, or sizes of images that relative bins need. */
bool bx_rules_fit(const struct bx_rules *r, const struct bx_testset *t, struct bx_err *e);

/* Which of the test set's images and classes are scored, of rules that fit: [nimages] and [nclasses]; either may be NULL. */
void bx_rules_pick(const struct bx_rules *r, const struct bx_testset *t, bool *images, bool *classes);

/* The same rules without some of the images that they score: `all` are the test set's, `less` is sorted. How many stay; of none, there are
 * no such rules. The images are a's. */
size_t bx_rules_less(const struct bx_rules *r, const uint8_t (*all)[32], size_t nall, const uint8_t (*less)[32], size_t nless,
                     struct bx_rules *out, struct bx_arena *a);

/* Which images: one name a line, as the annotations have it, or without its folders where that is one image alone; empty lines are passed
 * over. They go by their bytes where the test set's images were looked at. BX_CONFIG with the line, or BX_IO. */
bool bx_rules_read_images(const char *path, const struct bx_testset *t, struct bx_rules *r, struct bx_arena *a, struct bx_err *e);

/* The canonical name, and back: of any name that bx_rules_protocol writes, but the images are not in it. BX_CONFIG for any other. */
char *bx_rules_protocol(const struct bx_rules *r, struct bx_arena *a);
bool bx_rules_parse(const char *protocol, struct bx_rules *out, struct bx_arena *a, struct bx_err *e);
char *bx_rules_protocol_of(const char *base, const struct bx_rules *r, struct bx_arena *a); /* on another rule book than coco/1 */
char *bx_rules_subset(const struct bx_rules *r, struct bx_arena *a);                        /* "37-c0ffee0123456789"; "": all images */
bool bx_rules_are_cocos(const struct bx_rules *r);

/* What is in force. */
uint32_t bx_rules_limit(const struct bx_rules *r);
size_t bx_rules_sizes(const struct bx_rules *r, const struct bx_size_bin **bins);
size_t bx_rules_ious(const struct bx_rules *r, const double **iou);
bool bx_rules_own_sizes(const struct bx_rules *r); /* other bins than COCO's small, medium and large */
bool bx_rules_own_ious(const struct bx_rules *r);  /* another grid than COCO's */
bool bx_rules_have_supervision(
    const struct bx_rules *r); /* supervision knows classes and images alone: under other rules sv.* are absent */
/* Does a report by these rules have this metric, where there is anything to count? Under other bins than COCO's map_size_1 and so on in
 * place of map_small …, under another limit than 100 ar_max in place of ar_100, map_50 and map_75 where the grid has them. */
bool bx_rules_give(const struct bx_rules *r, enum bx_metric m);
/* And is it told? Of one threshold alone mAP is what map_50 or map_75 is, under the same head; and so is ar_max under a limit
 * of 1 or 10. */
bool bx_rules_tell(const struct bx_rules *r, enum bx_metric m);

/* "tiny:0-16^2,small:16^2-32^2,large:32^2-" as the command line and the name have them: areas, `^2` squares a side, no upper end is none.
 */
bool bx_rules_parse_sizes(const char *text, bool relative, struct bx_rules *r, struct bx_err *e);
/* "0.5,0.75", or "0.5:0.95:0.05", which is bx_rules_grid. */
bool bx_rules_parse_ious(const char *text, struct bx_rules *r, struct bx_err *e);
/* Both ends, and steps as NumPy's linspace makes them: the step says how many, and must end at `to`. */
bool bx_rules_grid(double from, double to, double step, struct bx_rules *r, struct bx_err *e);

/* For people: "500 detections, IoU 0.50:0.75, sizes tiny (0 to 16²), small (16² to 32²), of cat and dog, without cow, 37 images"; "" for
 * COCO's. */
char *bx_rules_words(const struct bx_rules *r, struct bx_arena *a);
char *bx_rules_iou_words(const struct bx_rules *r, struct bx_arena *a);  /* "0.50:0.95", "0.60, 0.80" */
char *bx_rules_size_words(const struct bx_rules *r, struct bx_arena *a); /* "small (0 to 32² px), medium (32² to 96² px), …" */
/* The same of what is scored, short enough for a column's head: "500 detections, 3 classes, 37 images"; thresholds and sizes stand in the
 * labels. Without `limit` nothing of detections: F1 knows no limit. */
char *bx_rules_short(const struct bx_rules *r, bool limit, struct bx_arena *a);
/* What tells a metric's column from its neighbours under one head: "50:75", "tiny", "500"; NULL: nothing that is not in the catalogue. */
const char *bx_rules_own_label(const struct bx_rules *r, enum bx_metric m, struct bx_arena *a);
/* A metric's column head and its definition by these rules: "AR 500", "mAP 50:75", "mAP tiny". The catalogue's own where they are COCO's.
 */
const char *bx_rules_label(const struct bx_rules *r, enum bx_metric m, struct bx_arena *a);
const char *bx_rules_definition(const struct bx_rules *r, enum bx_metric m, struct bx_arena *a);
