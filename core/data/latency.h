/* latency.h: what is said of the times of a model's answers. The first ones are left out everywhere: caches are cold, a model is still
 * loading. */
#pragma once
#include "core/base/arena.h"
#include <stdint.h>

enum { BX_LATENCY_WARM_UP = 3 };

/* Of n answers, in the order they came; ms. NaN where the warm-up is all there is. */
double bx_latency_median(const int64_t *ns, size_t n, struct bx_arena *a);
double bx_latency_quantile(const double *ms, size_t n, double q, struct bx_arena *a);
