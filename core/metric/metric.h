/*
 * metric.h: detections × test set → report. Pure: no files, no clock, no globals. The board's entry point is bx_metric_report; the
 * reference's own arrays and numbers (`boxscore eval`) have their headers beside this one.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/data/detections.h"
#include "core/data/report.h"
#include "core/data/resamples.h"
#include "core/data/rules.h"
#include "core/data/testset.h"
#include <signal.h>

struct bx_metric_options {
    enum bx_geometry geometry;
    double operating_confidence;  /* NaN: not declared, max-F1's is used and marked so */
    int threads;                  /* 0: as many as there are processors; results do not depend on it */
    const struct bx_rules *rules; /* checked (rules.h); NULL: COCO's */
};

/* Protocols coco/1 (AP, AR, F1 at the operating confidence, curves) by the board's rules, and supervision/1 (sv.*) where they are its own,
 * together, for the board. class_of[i] is the test-set class of d->names[i] or BX_UNMAPPED. Images are the test set's: one that the rules
 * leave out has no counts. Errors: BX_DATA when the detections lack the geometry, BX_CONFIG when the test set lacks what the rules name. */
bool bx_metric_report(const struct bx_testset *t, const struct bx_detections *d, const uint32_t *class_of,
                      const struct bx_metric_options *o, struct bx_report *out, struct bx_arena *a, struct bx_err *e);

/* The same on test sets that might have been (bootstrap.h): average precision, F1, precision and recall of each resample. o's operating
 * confidence is the report's own, and stays as it is. images: the test set's images digest, from which the resamples are drawn, so that a
 * change of labels leaves them as they are. Not done where *stop is or becomes non-zero: BX_INTERRUPTED. Other errors as above. */
bool bx_metric_resample(const struct bx_testset *t, const struct bx_detections *d, const uint32_t *class_of,
                        const struct bx_metric_options *o, const char *images, const volatile sig_atomic_t *stop, struct bx_resamples *out,
                        struct bx_arena *a, struct bx_err *e);
