/*
 * view.h: what the pages show, between the store (load.c reads it, once) and the context trees that templates see (view_*.c make
 * them).
 *
 * Everything here is read-only after loading and lives in one arena. Nothing reads a clock: ages are relative to the end of
 * the last finished run. Texts are as their authors wrote them; escaping is the template's work, and links are kept only when they are
 * http(s).
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/data/model.h"
#include "core/data/report.h"
#include "core/data/resamples.h"
#include "core/data/rules.h"
#include "core/data/terms.h"
#include "core/data/trust.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BX_VIEW_ENOUGH     10 /* images that a sentence about a class or a size rests on, at least */
#define BX_CONTEXT_VERSION 1  /* of the trees; template.json names the one it was written for */

enum bx_view_status {
    BX_VIEW_OK,      /* the current version has a complete report */
    BX_VIEW_PARTIAL, /* some images were not answered */
    BX_VIEW_FAILED,
    BX_VIEW_CHANGED, /* the current version was not run yet; numbers, if any, are of an older one */
    BX_VIEW_NEVER,   /* never run */
    BX_VIEW_RETIRED, /* its config vanished: off the board, its page kept */
};

/* One time that a model was asked. */
struct bx_view_evaluation {
    char id[33];                /* 32 hex digits */
    const char *run;            /* the same, of its run */
    enum bx_view_status status; /* OK, PARTIAL or FAILED */
    const char *reason;         /* NULL when there is none */
    const char *output;         /* the end of what the model printed, or NULL */
    const char *version;        /* hex digest of the model version */
    const char *detections;     /* digest: of the last one and of the current one alone; NULL: none */
    uint64_t ndetections;
    bool kept;         /* its detections are still there: it can be scored again, and exported */
    unsigned sittings; /* from how many processes its answers came */
    unsigned images, images_failed;
    const char *host, *boxscore, *runner; /* machine, program versions; NULL when unknown */
    int64_t started_ms, ended_ms;
    bool scored;        /* it has numbers on this board */
    double map;         /* of them; NaN: none */
    double latency_ms;  /* median, NaN when there is none */
    bool other_machine; /* its latency belongs to another machine than the board's */
};

/* Images of the board's that a model may have been trained on. */
struct bx_view_training {
    const char *name, *title; /* as its config has it, and the manifest; title NULL: none */
    const char *problem;      /* why the manifest could not be looked up; NULL: it was */
    uint64_t others, images;  /* in the manifest; of the board's that are among them */
};
struct bx_view_pair {
    const char *file; /* of the board's images */
    uint8_t sha[32];
    bool exact;        /* byte for byte; otherwise as the same picture: */
    double likeness;   /* 0 to 1 */
    unsigned turn;     /* bit 0 mirrored left and right, bit 1 top and bottom */
    const char *other; /* the training data's: its name, or the first digits of its digest */
    const char *in;    /* which training data: its name there */
};
struct bx_view_seen {
    const struct bx_view_training *trainings;
    size_t ntrainings, nknown; /* nknown: without a problem */
    const struct bx_view_pair *pairs;
    size_t npairs;
    uint64_t images, exact;         /* of the board's: in any of them; byte for byte */
    const struct bx_report *report; /* the numbers without these; NULL: there are none */
};

/* One model on the board. */
struct bx_view_model {
    const char *slug, *name;
    struct bx_model config;  /* as the store has it: what of it is as a config must be. Its name may be NULL: use `name` */
    const char *stored;      /* the config's text there */
    double reported_map;     /* for this test set, as a fraction; NaN: none */
    const char *config_file; /* "fast.json" */
    const char *version;     /* hex digest of the current version; NULL: not known */
    const char *files;       /* hex digest of its files, or NULL */

    enum bx_view_status status; /* of its last attempt */
    bool complete;              /* its current version has a complete report: it is ranked, whatever its age and its last attempt */
    bool left;                  /* retired here alone: its config names other boards now */
    const char *note;           /* why it is invalid or not due, or NULL */
    unsigned failures;          /* in a row, up to now */
    const struct bx_view_evaluation *current; /* complete, of the version that `report` belongs to; NULL: no good numbers */
    const struct bx_view_evaluation
        *last;                      /* the newest of its current version, of whatever outcome; of none, the newest; NULL: never asked */
    const struct bx_report *report; /* the numbers to show, or NULL */
    const struct bx_resamples *resamples; /* of them; NULL: not made yet */
    const struct bx_view_seen *seen;      /* NULL: its config names no manifest */
    double latency_ms;                    /* NaN: none on the board's machine */
    const double *latencies;              /* samples, ms, in the order of the images; NULL when there are none */
    size_t nlatencies;

    const struct bx_view_slice {
        const char *tag;
        size_t nimages;
        const struct bx_report *report; /* slim (report.h) */
    } * slices;                         /* of the current numbers: of the board's tags those that were scored, by name */
    size_t nslices;

    const struct bx_view_evaluation *history; /* newest first */
    size_t nhistory;

    /* Filled by bx_view_rank. */
    bool ranked;
    unsigned rank, rank_last; /* between which ranks it stands, from 1; 0 when not ranked. The first is its rank */
    bool shared;
    struct bx_interval interval; /* of its mAP, where it is there */
    bool overdue;                /* its numbers are older than the operator wants them */
    int age_days;
};

struct bx_view_class {
    const char *name;
    bool left_out; /* by the board's rules */
    uint64_t objects, images;
    /* Filled by bx_view_rank: the ranked model with the highest AP, NULL and NaN when none has any. */
    const struct bx_view_model *best;
    double best_ap;
};

struct bx_view_run {
    const char *verb;             /* "nightly", "run", "rescore" */
    const char *id;               /* 32 hex digits */
    int64_t started_ms, ended_ms; /* ended 0: not finished */
    const char *outcome;          /* "complete", "interrupted", … */
    const char *host, *boxscore;
    unsigned models, failed;
};

struct bx_view_board {
    const char *slug, *title;
    bool private;             /* what its pages must not have is out already (private.c) */
    const char *const *names; /* the test set's own, the title among them */
    size_t nnames;
    enum bx_geometry geometry;
    struct bx_rules by;                   /* what is scored, and how */
    const char *rules;                    /* the same in words, where they are not COCO's; "": they are */
    const char *digest;                   /* of the test set; NULL: there is none in the store yet */
    uint64_t nimages, nobjects;           /* that are scored */
    struct bx_view_class *classes;        /* the test set's */
    size_t nclasses, nscored;             /* nscored: not left out */
    uint64_t size_images[BX_RULES_SIZES]; /* that have an object of the size: bx_rules_sizes */
    const char *split;                    /* which part of a data set its test set is; NULL: not known */
    const char *problem;                  /* why the last night could not read its test set, or NULL */
    bool retired;                         /* the settings have it no more: its pages stay */
    const char *machine;                  /* the board's: that of the last finished run; NULL: none */

    struct bx_view_model *models; /* ranked first by rank, then the others by name; slug breaks ties. Retired ones last */
    size_t nmodels, nranked, nretired;
    bool certain; /* bx_view_rank: ranks are by what the test set can tell apart; false: by the displayed value, since some ranked model has
                     no interval */

    const struct bx_view_run *runs; /* newest first */
    size_t nruns;
    int64_t as_of_ms;   /* end of the last finished run; 0: none yet */
    int64_t max_age_ms; /* numbers older than this are overdue; 0: none ever is */
};

/* ---- several boards on one site ---- */

/* What stays of a board when another one is loaded: what pages say of boards that they are not of. */
struct bx_view_place { /* a model's on a board */
    const char *slug, *name;
    enum bx_view_status status;
    bool ranked, shared;
    unsigned rank;
    double map; /* NaN: none */
};
struct bx_view_asked { /* a model, in a run */
    char run[33];      /* 32 hex digits */
    size_t index;      /* own: in the board's order */
    const char *slug, *name, *reason;
    enum bx_view_status status;
    double map, latency_ms, detections; /* NaN: none */
};
struct bx_view_glance {
    const char *slug, *title, *rules, *digest, *split;
    enum bx_geometry geometry;
    uint64_t nimages, nobjects;
    const char *const *classes;
    size_t nclasses, nmodels, nranked;            /* without retired ones */
    const struct bx_view_place *leaders, *places; /* those of rank 1; all that have a page there, by slug */
    size_t nleaders, nplaces;
    const struct bx_view_asked *asked; /* by run */
    size_t nasked;
    int64_t asked_ms; /* when a model was asked last; 0: never */
};
struct bx_view_own {                     /* a page of a template folder's own */
    const char *name, *template, *label; /* "about", "pages/about", its word in the navigation */
};
struct bx_view_overview {
    struct bx_view_glance *boards; /* room for all is the caller's */
    size_t n;
    /* of the store, whatever the board */
    size_t nstored; /* boards: commands name theirs where there are several, on a site of one of them too */
    const struct bx_view_run *runs;
    size_t nruns;
    int64_t as_of_ms;
    int64_t stale_after_ms; /* the site says that it is old; the caller's to set, and: */
    const struct bx_view_own *own;
    size_t nown;
};
void bx_view_overview_add(struct bx_view_overview *o, const struct bx_view_board *b, struct bx_arena *a);
const struct bx_view_place *bx_view_place(const struct bx_view_glance *g, const char *slug);                  /* NULL: not on this board */
size_t bx_view_asked_in(const struct bx_view_glance *g, const char *run, const struct bx_view_asked **first); /* how many, from *first on */

/* Has the store an evaluation of this id, of whatever model and images? */
bool bx_view_knows(const char *database, const char *evaluation, bool *known, struct bx_err *e);

/* The slugs of the boards that the store has: first *ngone that the settings have no more, then *n in their order. */
bool bx_view_slugs(const char *database, const char *const **slugs, size_t *ngone, size_t *n, struct bx_arena *a, struct bx_err *e);

/* Reads all of one board: `slug` NULL: the first. The samples of latencies only for current evaluations. Fails with BX_DATA when the store
 * has no such board. */
struct bx_store;
bool bx_view_load(struct bx_store *st, const char *slug, int64_t max_age_ms, struct bx_view_board *b, struct bx_arena *a, struct bx_err *e);

/* For bx_view_load: away with what a private board's pages do not have. */
void bx_view_hide_private(struct bx_view_board *b, struct bx_arena *a);

/* The same from the database's path, opened read-only. */
bool bx_view_read(const char *database, const char *slug, int64_t max_age_ms, struct bx_view_board *b, struct bx_arena *a,
                  struct bx_err *e);

/* Sorts by mAP 50:95 and ranks by which models are better for sure (trust.h), where all have an interval; otherwise by mAP as displayed.
 * Marks overdue ones. */
void bx_view_rank(struct bx_view_board *b);

/* What its authors reported for this board's test set, under whichever of its names: the first, or the one after `last`; NULL: no more.
 * Authors report by COCO's rules: a board of others has nothing to compare. */
const struct bx_reported *bx_view_reported(const struct bx_view_board *b, const struct bx_view_model *m, const struct bx_reported *last);

bool bx_view_on_board(const struct bx_view_model *m); /* not retired */

/* trust.c. Is x better than y in this metric: for sure where the board is ranked so (their paired difference, p < 0.05), otherwise as
 * displayed? */
bool bx_view_better(const struct bx_view_board *b, const struct bx_view_model *x, const struct bx_view_model *y, enum bx_metric metric);
/* Half the width of a 95% interval; NaN: there is none. Of a class, from BX_RESAMPLES_CLASS images with objects of it on. */
double bx_view_half(const struct bx_view_model *m, enum bx_metric metric);
double bx_view_class_half(const struct bx_view_board *b, const struct bx_view_model *m, size_t class_index);
/* Under half of the classes that are scored and have objects are on so many images: overall intervals are rough. */
bool bx_view_rough(const struct bx_view_board *b);
/* The difference from which on two neighbours can be told apart, as the median over them; NaN: there are none, or no intervals. */
double bx_view_resolution(const struct bx_view_board *b);
/* What is to be said of a board's intervals: how far they go, or why there are none. */
const char *bx_view_interval_words(const struct bx_view_board *b, struct bx_arena *a);
const char *bx_view_resolution_words(const struct bx_view_board *b, struct bx_arena *a); /* NULL: nothing */

/* Marks the ranked models that no other ranked one is as accurate and as fast as, and better in one of the two: [nranked]. Gives how many.
 */
size_t bx_view_front(const struct bx_view_board *b, bool *on);

/* A metric of a model's report as a fraction or in its own unit; NaN when absent. */
double bx_view_get(const struct bx_view_model *m, enum bx_metric metric);
