/*
 * ask.h: asking one model for the images that have no answer yet: sittings, deadlines, retries, restarts. Knows no
 * store and no test set rules: what comes in goes out through `answer`.
 */
#pragma once
#include "core/backend/backend.h"
#include "core/base/arena.h"
#include "core/base/err.h"
#include <signal.h>

#define BX_ASK_RESTARTS 3 /* on as many different images: the model fails */

struct bx_ask {
    /* in */
    const struct bx_model *model;
    const struct bx_backend_env *env;
    const uint8_t *have; /* [nimages] 1: answered already */
    const volatile sig_atomic_t *stop;
    /* Keep an answer (status OK; valid during the call). tick is called at least every 250 ms, so that kept answers can be committed. False
     * with e ends everything. */
    bool (*answer)(void *self, const struct bx_backend *b, const struct bx_answer *a, struct bx_err *e);
    bool (*tick)(void *self, bool last, struct bx_err *e); /* last: the backend is about to be closed, its names with it */
    void *self;
    /* out */
    bool whole;                   /* all answers came at once: */
    struct bx_detections columns; /* in place of `answer`; the arena's */
    size_t asked, answered, reframed;
    size_t sittings;     /* processes started */
    const char **failed; /* [nimages] why an image has no answer, or NULL; the arena's */
    size_t nfailed;
    bool interrupted;
    bool given_up;    /* the model failed as a whole; `why` says how */
    bool away;        /* it was, since its server could not be reached: likewise */
    bool out_of_time; /* it was given up at its total_timeout: what was answered is good */
    struct bx_err why;
    struct bx_backend_caps caps;
    const char *runner;        /* what the handshake called it, or NULL */
    const char *remark;        /* or NULL */
    int64_t *wall_ns, *own_ns; /* [answered] in the order answered; own -1 where not said */
    struct bx_buf log;         /* of all sittings, secrets out; the caller frees it */
    struct bx_arena *arena;
};
/* false with e: `answer` or `tick` failed. Everything about the model itself is in the out fields. */
bool bx_ask_run(struct bx_ask *k, struct bx_err *e);
