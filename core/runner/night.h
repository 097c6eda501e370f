/* night.h: what the files of the night share: its state, and one model's part in it. */
#pragma once
#include "core/backend/backend.h"
#include "core/backend/staging.h"
#include "core/base/digests.h"
#include "core/registry/registry.h"
#include "core/runner/boards.h"
#include "core/runner/runner.h"
#include "core/runner/due.h"
#include "core/runner/host.h"
#include "core/settings/allow.h"
#include "core/store/store.h"

/* Boards whose test sets have the same images: a model is asked once for all of them. */
struct bx_night_group {
    const char *images;                   /* digest */
    const struct bx_testset *set;         /* whose images are asked about */
    const struct bx_ready_board **boards; /* at least one */
    size_t nboards;
    struct bx_staging staging; /* dir NULL: not yet */
};

struct bx_night_state {
    const struct bx_settings *s;
    const struct bx_night_options *o;
    struct bx_boards boards;
    struct bx_night_group *groups; /* one for each of its images */
    size_t ngroups;
    struct bx_store *store; /* NULL: a dry run without a database */
    struct bx_registry registry;
    struct bx_model_row *rows; /* as the store had them when the night began, by slug */
    size_t nrows;
    struct bx_allowed allowed;
    struct bx_look look;
    struct bx_digests known; /* of models' files */
    int64_t files_left;      /* of the settings' limit_night_files */
    uint8_t marks[32];       /* of the files of the model that was met last, from before they were read */
    bool unread;             /* they were not: nobody ever allowed that command, and none of its versions ever ran */
    struct bx_host host;
    bx_id run;
    struct bx_work *suspects; /* with these an earlier night was killed, and they have not ended well since */
    size_t nsuspects;
    bool unrecorded;        /* a dry run: the night of one of them was killed, and no other has written that down */
    char *work;             /* DB.work: staging and the models' homes */
    struct bx_arena *arena; /* the night's */
    struct bx_night *out;
    size_t cap; /* of out->at */
};

/* What to do with one model about one group's images, and the facts that decided it. */
struct bx_plan {
    struct bx_due due;
    bool settled; /* the outcome is known already (blocked, broken): nothing is run */
    struct bx_night_part {
        const struct bx_ready_board *board;
        const struct bx_good *good;  /* the newest evaluation that the board can score; detections NULL: none */
        bool scored;                 /* and it has a report there */
        struct bx_unscored unscored; /* or it was tried, and why it has none */
        bool rescore;                /* it is to be made */
    } * parts;                       /* one a board of the group that the model takes part in */
    size_t nparts;
    unsigned geometries; /* bits of what these boards score */
    bool rescore;        /* one of the parts is to be scored again */
    struct bx_attempts attempts;
};

/* state.c */
bool bx_night_stopping(const struct bx_night_state *n);
bool bx_night_suspect(const struct bx_night_state *n, const struct bx_model *m); /* under its name, or one that it had */
/* DB.work, empty. */
bool bx_night_work_folder(struct bx_night_state *n, struct bx_err *e);

/* opening.c */
bool bx_night_chosen(const struct bx_night_state *n, const char *slug); /* on the command line; NULL: a config without one */
bool bx_night_open_store(struct bx_night_state *n, struct bx_err *e);   /* a dry run where there is none goes without */
bool bx_night_read_configs(struct bx_night_state *n, struct bx_err *e);
/* Boards of the same images together, in the order of their first boards. */
bool bx_night_read_boards(struct bx_night_state *n, struct bx_err *e);
/* What the store must know before any model: the test set, the board, who is there; and what it knows already. */
bool bx_night_meet_store(struct bx_night_state *n, struct bx_err *e);
/* Whoever takes part has a page there, for ever. */
bool bx_night_put_members(struct bx_night_state *n, struct bx_err *e);

/* plan.c. First the model itself: its files are hashed and the store is brought up to date with the config; *settled: broken, o says
 * how. */
bool bx_night_meet(struct bx_night_state *n, struct bx_model *m, bool *settled, struct bx_outcome *o, struct bx_arena *a, struct bx_err *e);
/* Then what is to be done about each group's images. nparts 0: nothing, it takes no part. */
bool bx_night_plan(struct bx_night_state *n, const struct bx_night_group *g, const struct bx_model *m, struct bx_plan *p,
                   struct bx_outcome *o, struct bx_arena *a, struct bx_err *e);
/* Score what is stored again where the plan says so. The model's own failure is its outcome; false: the store. */
bool bx_night_rescore(struct bx_night_state *n, const struct bx_model *m, const struct bx_plan *p, struct bx_outcome *o, struct bx_arena *a,
                      struct bx_err *e);
/* What a board cannot score is the model's failure there, and no reason to lose the others; unless the board is of other classes, and the
 * config does not name it. What the store is to keep of it; o says so where it is a failure. */
struct bx_unscored bx_night_unscored(const struct bx_night_state *n, const struct bx_model *m, const struct bx_ready_board *b,
                                     const struct bx_detections *d, const struct bx_err *why, struct bx_outcome *o, struct bx_arena *a);
/* The outcome of one that is o, because of this board. */
void bx_night_blame(const struct bx_night_state *n, const struct bx_ready_board *b, const char *reason, struct bx_outcome *o);
/* model.c: run it, keep every answer, store what came of it. */
bool bx_night_run_model(struct bx_night_state *n, struct bx_night_group *g, const struct bx_model *m, const struct bx_plan *p,
                        struct bx_outcome *o, struct bx_arena *a, struct bx_err *e);
