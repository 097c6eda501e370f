/*
 * workers.h: the files of a site made by several processes, one a core. What they make does not depend on how many there are, nor on who
 * made what: the manifest is sorted.
 */
#pragma once
#include "core/base/log.h"
#include "render/site/inputs.h"

struct bx_site_work {
    struct bx_publish *publish;
    struct bx_inputs *inputs;
    struct bx_progress *progress;
    size_t before, told;                                 /* how many were done before; of the jobs how many are told of, the first ones */
    bool (*one)(void *self, size_t i, struct bx_err *e); /* adds to publish and inputs */
    void *self;
};
/* Jobs 0..n-1 in any order. A worker that dies is an error (BX_IO); none outlives this process. */
bool bx_site_work(const struct bx_site_work *w, size_t n, struct bx_err *e);
