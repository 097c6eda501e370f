/* rescore.h: scoring the stored detections again, and what moved. */
#pragma once
#include "core/store/store.h"
#include <signal.h>

struct bx_move { /* one number; NaN where there was, or is, none */
    enum bx_metric metric;
    const char *class_name; /* NULL: over all classes */
    double old, new;
    bool added; /* the report had nothing of this metric: it was made by a program that did not know it */
};
struct bx_rescored {
    const char *slug;
    char evaluated[25]; /* when the newest evaluation with these detections ended */
    const char *board;  /* the slug of the board that shows this report; NULL: none does now */
    enum bx_geometry geometry;
    const char *protocol, *testset;
    bool newest;                 /* it is the model's newest complete one on this test set */
    bool made;                   /* there was no report before */
    const char *problem;         /* why it could not be scored, or NULL */
    const struct bx_move *moves; /* over all classes, then class by class, in the catalogue's order */
    size_t nmoves, nadded;       /* nadded: of these */
};
struct bx_rescore_options {
    bool dry_run;
    int threads;
    const volatile sig_atomic_t *stop;
    void (*tell)(void *self, const struct bx_rescored *r); /* each report; r is valid during the call */
    void *self;
};
struct bx_rescore_result {
    size_t scored, made, failed;
    size_t boards;    /* that the store has; known before the first report is told */
    size_t collected; /* reports whose detections are gone */
    size_t unknown;   /* reports under a class map or operating confidence that no stored config has */
    size_t unruled;   /* reports of a subset of images that no board has any more */
    bool interrupted;
};
/* Scores, under each model's class map and operating confidence as stored: every report there is, and every complete evaluation on a
 * board's images that has none there. What one of them lacks is its problem; false: the store failed. */
bool bx_rescore(struct bx_store *st, const struct bx_rescore_options *o, struct bx_rescore_result *out, struct bx_err *e);
