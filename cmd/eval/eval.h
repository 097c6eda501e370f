/*
 * eval.h: what the parts of `boxscore eval` share: one test set and one set of predictions (eval.c), the numbers they give (numbers.c), and
 * the ways to print them, which compute nothing.
 */
#pragma once
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/json_writer.h"
#include "core/data/bases.h"
#include "core/data/results.h"
#include "core/data/tags.h"
#include "core/data/detections.h"
#include "core/data/report.h"
#include "core/data/testset.h"
#include "core/metric/calibration.h"
#include "core/metric/coco.h"
#include "core/metric/confusion.h"
#include "core/metric/curves.h"
#include "core/metric/scene.h"
#include "core/metric/scope.h"
#include "core/metric/supervision.h"
#include "core/metric/tide.h"

enum bx_eval_print { BX_EVAL_TABLE, BX_EVAL_JSON, BX_EVAL_CSV };

/* Of one class, or over all. -1, pycocotools' word: not defined. */
struct bx_eval_ap {
    double ap[1 + BX_COCO_SIZES], ar_size[1 + BX_COCO_SIZES]; /* by size; AR at the last limit */
    double ap_50, ap_75;                                      /* NaN: no such threshold */
    double *ar;                                               /* [M] by limit */
};
struct bx_eval_grid {
    const struct bx_coco *coco;
    struct bx_eval_ap all, *of_class;                                /* [K] when they are asked for */
    char precision_sha256[65], recall_sha256[65], scores_sha256[65]; /* of JSON */
};
struct bx_eval_calibration {
    bool has, refused; /* asked for, and what every detection met there is known; it cannot be: why */
    struct bx_calibration calibration;
    struct bx_err why;
};
struct bx_eval_curve {
    bool has;
    struct bx_confidence_curve curve;
    double precision, recall, operating_f1; /* of the table: means over the classes, at max F1, at the operating confidence */
};
struct bx_eval_confusion {
    double confidence, iou;
    struct bx_confusion matrix;
};
/* What was not asked for, or has no meaning under the rules, is zero. */
struct bx_eval_numbers {
    struct bx_eval_grid grid, agnostic; /* class by class; all classes as one, coco NULL: none */
    double frequency[3];                /* LVIS: AP of the rare, the common and the frequent classes */
    bool own;                           /* of CSV: AP and AR as asked for, not the board's report */
    bool has_report, has_supervision, has_tide;
    struct bx_report report;
    struct bx_sv supervision, supervision_agnostic;
    struct bx_tide tide;
    struct bx_eval_calibration calibration[2]; /* at IoU 0.5, 0.75 */
    struct bx_eval_curve curve[2];
    struct bx_eval_confusion confusion[3];
    size_t nconfusions;
    struct bx_report *slice; /* [v->nslices] */
};

/* What is read, as the options of `eval` have it. */
struct bx_eval_files {
    const char *ground_truth, *predictions, *format, *split, *image_folder, *images_list, *tags;
    bool i_know, digest;
};
struct bx_eval {
    struct bx_arena arena;
    struct bx_map predictions; /* masks are read there when they are needed */
    struct bx_testset testset; /* what the rules leave of it, as of the others */
    struct bx_detections detections;
    struct bx_results_said said;
    enum bx_base base;
    bool base_told, voc_from_zero;
    struct bx_classmap_pair *categories; /* [ncategories] as the user names them, or NULL */
    size_t ncategories;
    char digest[BX_DIGEST_SIZE]; /* of the whole test set; "": not asked for */
    struct bx_rules rules;
    struct bx_slice_of *slices; /* with --tags */
    size_t nslices;
    char *protocol;              /* its canonical name */
    const uint32_t *image_place; /* [testset.nimages] place in the whole test set; NULL: it is that */
    size_t whole_images;
    const bool *scored; /* [testset.nclasses]; NULL: all */
    struct bx_scene scene;
    struct bx_testset plain_testset; /* with --reference and repeated annotation ids: as supervision and TIDE, which know no ids, have it */
    struct bx_scene plain;           /* otherwise the same as scene */
    struct bx_testset agnostic_testset; /* with --reference and unknown categories: as pycocotools has it when all classes are one */
    struct bx_scene agnostic;           /* otherwise the same as scene */
    struct bx_coco_options options;
    struct bx_coco coco;        /* class by class */
    const struct bx_coco *half; /* IoU 0.5 is among its thresholds, and what every detection met there: coco, or one of its own */
    uint32_t *class_of;         /* of the detections' names */
    size_t nclasses;            /* the test set's, and those that only detections have */
    int64_t *class_id;          /* [scene.nclasses] the file's ids; of classes that only detections have, too */
    uint32_t *by_id;            /* [scene.nclasses] class indices by ascending id */
    enum bx_geometry geometry;
    enum bx_eval_print print;
    bool reference, lvis, ultralytics, per_class, all, plots;
    double operating; /* NaN: that of max F1 */
    int threads;
    struct bx_eval_numbers numbers;
};

/* Reads both, by what of v says how: geometry, rules, protocol; its scenes are ready afterwards. */
bool bx_eval_load(const struct bx_eval_files *f, struct bx_eval *v, struct bx_err *e);
void bx_eval_notes(const struct bx_eval *v); /* what was remarkable about them, on standard error */
void bx_eval_compute(struct bx_eval *v);

void bx_eval_json(const struct bx_eval *v, struct bx_buf *out);
void bx_eval_table(struct bx_eval *v, struct bx_buf *out);
void bx_eval_all(struct bx_eval *v, struct bx_buf *out); /* what --all adds to the table */
void bx_eval_csv(const struct bx_eval *v, struct bx_buf *out);
/* Slices (slices.c): read, computed before detections are spent, and printed. */
bool bx_eval_read_tags(const struct bx_eval_files *f, struct bx_eval *v, struct bx_err *e);
void bx_eval_slices(struct bx_eval *v);
void bx_eval_slices_table(const struct bx_eval *v, struct bx_buf *out);
void bx_eval_slices_csv(const struct bx_eval *v, struct bx_buf *out);
void bx_eval_slices_json(const struct bx_eval *v, struct bx_jw *out);
/* The board's report by these rules, of what is left of the test set. */
bool bx_eval_report(struct bx_eval *v, const struct bx_rules *rules, struct bx_report *r);
bool bx_eval_ultralytics(struct bx_eval *v, struct bx_buf *out, struct bx_err *e); /* computes, too: it shares no numbers with the rest */
bool bx_eval_plots(struct bx_eval *v, const char *dir, struct bx_err *e);

/* What the size is called behind AP or AR: "s", "m", "l", or "_tiny" of sizes of one's own. */
const char *bx_eval_size(const struct bx_eval *v, size_t z, char room[32]);
