/* pareto.h: who is beaten by nobody. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Marks those of the n that no other is as good and as cheap as, and better in one of the two; equals are on the front together. What has
 * no finite value, or no finite cost above 0, is not on it. Gives how many are. O(n log n). */
size_t bx_pareto(const double *cost, const double *value, size_t n, bool *on);
