/*
 * answers.h: one model's evaluation while it runs: what model.c prepares and ends, and answers.c keeps in between. Theirs alone.
 */
#pragma once
#include "core/runner/ask.h"
#include "core/runner/night.h"

enum { BX_COMMIT_IMAGES = 256 };

struct bx_model_run {
    struct bx_night_state *n;
    struct bx_night_group *g;
    const struct bx_model *m;
    const struct bx_plan *plan;
    struct bx_subject subject;
    struct bx_arena *arena;
    struct bx_ask ask;
    struct bx_backend_env env;
    struct bx_detections_builder *all;
    uint8_t *have;
    size_t resumed;
    int64_t *wall_ns, *own_ns; /* an image; -1: none */
    /* answers not yet committed */
    struct bx_arena batch_arena;
    struct bx_partial batch[BX_COMMIT_IMAGES];
    size_t nbatch;
    int64_t oldest, commit_ns;
    const struct bx_backend *backend; /* whose names the batch uses */
    size_t sitting;
    bx_id sitting_id;
    struct bx_err broken; /* why its answers are not taken any more: its own failure, unless that cannot be stored either */
    int64_t answers;      /* bytes of memory that they need */
    bool spoilt;          /* and none that are kept may be used */
    bool unwatched;       /* the night is being stopped: what ends it now is not this model */
    uint32_t *name_of;    /* the backend's name index -> the builder's, UINT32_MAX: not asked yet */
    size_t nname_of;
};

/* Are the files still those of the version that was taken when the model was met? Stopped: nobody knows. */
enum bx_stayed { BX_STAYED, BX_CHANGED, BX_STOPPED };
enum bx_stayed bx_run_read_again(const struct bx_model_run *r);

/* Its answers are its own failure, and none of them is used; false. */
bool bx_run_spoil(struct bx_model_run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool bx_run_files_changed(struct bx_model_run *r);

bool bx_run_answer(void *self, const struct bx_backend *b, const struct bx_answer *a, struct bx_err *e); /* self: struct bx_model_run */
bool bx_run_tick(void *self, bool last, struct bx_err *e);
bool bx_run_flush(struct bx_model_run *r, struct bx_err *e); /* what is not committed yet */
int64_t bx_commit_ns(void);

/* It is not asked any more, or what may end the night now is not its doing; a suspect stays one until it has ended well. */
bool bx_run_unwatch(struct bx_model_run *r, bool ended, struct bx_err *e);
