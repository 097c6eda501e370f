/* night.h: what the files of the night share: its state, and one model's part in it. */
#pragma once
#include "core/backend/backend.h"
#include "core/backend/staging.h"
#include "core/registry/registry.h"
#include "core/runner/boards.h"
#include "core/runner/runner.h"
#include "core/runner/due.h"
#include "core/runner/host.h"
#include "core/settings/allow.h"
#include "core/store/store.h"

struct bx_night_state {
    const struct bx_settings *s;
    const struct bx_night_options *o;
    struct bx_boards boards;
    const struct bx_board *board;
    struct bx_store *store; /* NULL: a dry run without a database */
    struct bx_testset set;
    char digest[BX_DIGEST_SIZE], images[BX_DIGEST_SIZE];
    struct bx_registry registry;
    struct bx_model_row *rows; /* as the store had them when the night began, by slug */
    size_t nrows;
    struct bx_report_row *reports;
    size_t nreports;
    struct bx_allowed allowed;
    struct bx_host host;
    bx_id run;
    char *work;                /* DB.work: staging and the models' homes */
    struct bx_staging staging; /* dir NULL: not yet */
    struct bx_arena *arena;    /* the night's */
    struct bx_night *out;
    size_t cap; /* of out->at */
};

/* What to do with one model, and the facts that decided it. */
struct bx_plan {
    struct bx_due due;
    bool settled; /* the outcome is known already (blocked, broken): nothing is run */
    bool rescore;
    struct bx_attempts attempts;
};

bool bx_night_stopping(const struct bx_night_state *n);

/* plan.c: bring the store up to date with the config and decide. m's files are hashed here. */
bool bx_night_plan(struct bx_night_state *n, struct bx_model *m, struct bx_plan *p, struct bx_outcome *o, struct bx_arena *a,
                   struct bx_err *e);
/* score.c: detections -> report by today's labels and the model's class map. Fails with BX_DATA or BX_CONFIG: the model's own
 * failure. */
bool bx_night_score(struct bx_night_state *n, const struct bx_model *m, const struct bx_detections *d, struct bx_report *r,
                    struct bx_arena *a, struct bx_err *e);
/* Score the stored detections again. The model's own failure is its outcome; false: the store. */
bool bx_night_rescore(struct bx_night_state *n, const struct bx_model *m, const char *detections, struct bx_outcome *o, struct bx_arena *a,
                      struct bx_err *e);
bool bx_night_has_report(const struct bx_night_state *n, const char *detections, const uint8_t score_digest[32]);
/* model.c: run it, keep every answer, store what came of it. */
bool bx_night_run_model(struct bx_night_state *n, const struct bx_model *m, const struct bx_plan *p, struct bx_outcome *o,
                        struct bx_arena *a, struct bx_err *e);
