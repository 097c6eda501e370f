/* pareto.c: see pareto.h. */
#include "core/base/pareto.h"
#include "core/base/arena.h"
#include <math.h>
#include <stdlib.h>

struct at {
    double cost, value;
    size_t i;
};

static int by_cost(const void *a, const void *b)
{
    const struct at *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

size_t bx_pareto(const double *cost, const double *value, size_t n, bool *on)
{
    struct at *order = bx_xrealloc(NULL, n + 1, sizeof *order);
    size_t m = 0, front = 0;
    for (size_t i = 0; i < n; i++) {
        on[i] = false;
        if (isfinite(cost[i]) && cost[i] > 0 && isfinite(value[i]))
            order[m++] = (struct at){cost[i], value[i], i};
    }
    qsort(order, m, sizeof *order, by_cost);
    const struct at *last = NULL; /* the best so far; its equals are on the front with it */
    for (size_t k = 0; k < m; k++)
        if (!last || order[k].value > last->value || (order[k].value == last->value && order[k].cost == last->cost)) {
            on[order[k].i] = true;
            front++;
            last = &order[k];
        }
    free(order);
    return front;
}
