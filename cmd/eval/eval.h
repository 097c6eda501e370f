/*
 * eval.h: what the parts of `boxscore eval` share: one test set and one set of predictions, and the three ways to print what they give.
 */
#pragma once
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/data/detections.h"
#include "core/data/report.h"
#include "core/data/testset.h"
#include "core/metric/coco.h"
#include "core/metric/scene.h"
#include "core/metric/scope.h"

struct bx_eval {
    struct bx_arena arena;
    struct bx_map predictions; /* masks are read there when they are needed */
    struct bx_testset testset; /* what the rules leave of it, as of the others */
    struct bx_detections detections;
    struct bx_rules rules;
    char *protocol;     /* its canonical name */
    const bool *scored; /* [testset.nclasses]; NULL: all */
    struct bx_scene scene;
    struct bx_testset plain_testset; /* with --reference and repeated annotation ids: as supervision and TIDE, which know no ids, have it */
    struct bx_scene plain;           /* otherwise the same as scene */
    struct bx_testset agnostic_testset; /* with --reference and unknown categories: as pycocotools has it when all classes are one */
    struct bx_scene agnostic;           /* otherwise the same as scene */
    struct bx_coco_options options;
    struct bx_coco coco;        /* class by class */
    const struct bx_coco *half; /* IoU 0.5 is among its thresholds, and what every detection met there: coco, or one of its own */
    uint32_t *class_of;
    int64_t *class_id; /* [scene.nclasses] the file's ids; of classes that only detections have, too */
    uint32_t *by_id;   /* [scene.nclasses] class indices by ascending id */
    enum bx_geometry geometry;
    bool reference, lvis, per_class, all;
    double operating; /* NaN: that of max F1 */
    int threads;
};

void bx_eval_json(struct bx_eval *v, struct bx_buf *out);
void bx_eval_json_lvis(struct bx_eval *v, struct bx_buf *out);
void bx_eval_table(struct bx_eval *v, struct bx_buf *out);
bool bx_eval_plots(struct bx_eval *v, const char *dir, struct bx_err *e);
void bx_eval_csv(struct bx_eval *v, struct bx_buf *out);
void bx_eval_all(struct bx_eval *v, struct bx_buf *out);
/* The board's numbers, by the rules that were asked for. */
bool bx_eval_report(struct bx_eval *v, struct bx_report *r);

/* What the size is called behind AP or AR: "s", "m", "l", or "_tiny" of sizes of one's own. */
const char *bx_eval_size(struct bx_eval *v, size_t z);
double bx_eval_frequency(struct bx_eval *v, char frequency); /* LVIS: AP of the classes that are 'r'are, 'c'ommon or 'f'requent */

/* A JSON list or member at a time: writes the comma that is due. */
void bx_eval_key(struct bx_buf *out, const char *key);
void bx_eval_number(struct bx_buf *out, double x);
