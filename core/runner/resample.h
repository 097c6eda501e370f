/* resample.h: what the boards show, on resampled test sets: their intervals and ranks come from it. */
#pragma once
#include "core/store/store.h"
#include <signal.h>

struct bx_resample_options {
    int threads;
    const volatile sig_atomic_t *stop; /* NULL: never */
    int64_t until;                     /* UTC ms: nothing is begun after it; 0: no limit */
};
/* Every report that a board shows and that has none yet, one after the other and each kept at once: what is left when it stops is made by
 * the next night. What cannot be made is warned of. false: the store failed. */
bool bx_resample(struct bx_store *st, const struct bx_resample_options *o, struct bx_err *e);
