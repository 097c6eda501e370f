/*
 * staging.h: the folder of images that commands see: copies under neutral names (000001.jpg), read-only, reflinked where the file system
 * can. A command never gets a path into the data set, so it can neither read labels nor rewrite images; a rewritten copy is found out.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/data/testset.h"
#include <signal.h>

struct bx_staging {
    const char *dir;
    int fd, above;     /* it, and the folder it is in */
    const char **path; /* [nimages] absolute */
    const struct bx_testset *testset;
    struct bx_stage_mark *marks; /* what each file looked like when its bytes were last known to be right */
    struct bx_arena arena;
};

/* Make dir (which must not exist) and fill it from the test set's images; each copy must have the SHA-256 the test set has.
 * *stop (may be NULL) ends it with BX_INTERRUPTED. */
bool bx_staging_open(struct bx_staging *s, const char *dir, const struct bx_testset *t, const volatile sig_atomic_t *stop,
                     struct bx_err *e);
/* Is this one, as far as can be told without reading it? */
bool bx_staging_intact(const struct bx_staging *s, size_t image);
/* Are all files still what they were? A changed one is put back, and so is the folder when it was moved, removed or replaced; *changed
 * counts the files. False only when one cannot be put back. */
bool bx_staging_check(struct bx_staging *s, size_t *changed, struct bx_err *e);
void bx_staging_close(struct bx_staging *s); /* removes the folder */
