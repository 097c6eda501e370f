/*
 * runner.h: the night. What is due, running it with every model isolated from the others, resuming where the last night was stopped,
 * scoring, storing. The rules of what is due are one function: due.h.
 *
 * Nothing here prints results: outcomes come back in a struct bx_night, and one by one through `tell` while the night goes on.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/data/model.h"
#include "core/data/testset.h"
#include "core/settings/settings.h"
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bx_outcome_kind {
    BX_NIGHT_CURRENT,   /* nothing to do: its numbers are those of this version on this test set */
    BX_NIGHT_WAITING,   /* failed lately: due again later, or with --retry */
    BX_NIGHT_DUE,       /* --dry-run: would be run */
    BX_NIGHT_RESCORE,   /* --dry-run: would be scored again from its stored detections */
    BX_NIGHT_DONE,      /* evaluated */
    BX_NIGHT_RESCORED,  /* scored again without a run */
    BX_NIGHT_RETIRED,   /* its config is gone */
    BX_NIGHT_BLOCKED,   /* not run: not allowed, or a variable is not granted */
    BX_NIGHT_POSTPONED, /* due, but the time (--until) or the night was over */
    BX_NIGHT_PARTIAL,   /* some images have no answer: no numbers */
    BX_NIGHT_FAILED,    /* the model, or its config */
};
struct bx_outcome {
    const char *slug;  /* for a config without a usable name: its file's name */
    const char *board; /* where there are several: the first of those whose numbers this is about, or that failed; otherwise NULL */
    size_t order;      /* as decided, from 1 */
    enum bx_outcome_kind kind;
    const char *reason; /* why it was due, why it was not, why it failed; one clean line */
    size_t images;      /* asked tonight */
    size_t resumed;     /* answers taken over from a night that was stopped */
    double seconds;
    const char *fallen; /* what it answered that the test set has no class for, of the first board where there is any; NULL */
    double score;       /* mAP 50:95 on the first of the boards, NaN when there is none, or it failed */
};

struct bx_night_options {
    const char *const *models; /* only these slugs; n == 0: all */
    size_t nmodels;
    const char *board; /* only this one, and the models that take part in it; NULL: all */
    bool dry_run;
    bool retry;                        /* failed and waiting models are due at once */
    bool force;                        /* everything chosen is due, answers already there are asked again */
    bool leave_suspects;               /* do not ask models with which a night was killed; otherwise they come last */
    double max_age;                    /* seconds; < 0: the settings' */
    int64_t until;                     /* UTC ms: no model is started after it; 0: no limit */
    const char *verb;                  /* "run", "nightly": for the lock's content */
    const volatile sig_atomic_t *stop; /* becomes non-zero on SIGINT or SIGTERM; NULL: never */
    volatile sig_atomic_t
        *holding; /* set while an end by force would lose answers: from the first write until the run is closed; may be NULL */
    void (*tell)(void *self, const struct bx_outcome *o); /* each model as it is decided; may be NULL */
    void *self;
};

struct bx_bad_board;
struct bx_night {
    struct bx_outcome *at; /* in slug order; current ones included */
    size_t n;
    size_t counts[BX_NIGHT_FAILED + 1];
    size_t warnings; /* of configs and the test set; they went to the log */
    char run_id[33]; /* hex; "" under --dry-run */
    bool interrupted;
    const struct bx_bad_board *bad; /* boards that could not be read: nothing was asked for them, and they show what they had (boards.h) */
    size_t nbad;
    const char **suspects; /* with leave_suspects: the slugs of those that are due and were left */
    size_t nsuspects;
};

/*
 * One night. false with e: it could not be held (none of the boards, database, disk full, BX_BUSY: another run holds the store and the
 * text names it); models that fail do not make it fail, nor a board that cannot be read. After a false return everything that was answered
 * is committed all the same.
 */
bool bx_night_run(const struct bx_settings *s, const struct bx_night_options *o, struct bx_night *night, struct bx_arena *a,
                  struct bx_err *e);

/* The exit status of a night that was held: 130 interrupted; 3 or 4 a board could not be read; 1 models failed, now or so often that they
 * wait, or may not run; 0 all well. */
int bx_night_status(const struct bx_night *night);
const char *bx_outcome_name(enum bx_outcome_kind k); /* "current", "done", … */
