/* facets.h: by what a board's rows can be filtered. Each row has a class for each option that keeps it: fN-K, option K of filter N. */
#pragma once
#include "render/view/view.h"

enum { BX_MOST_FAMILIES = 8 };
struct bx_facets {
    const struct bx_view_board *b;
    struct bx_arena *a;
    double latency_limit; /* NaN: no such filter */
    bool *front;          /* [nranked] is on the Pareto front; NULL: no such filter */
    const char *families[BX_MOST_FAMILIES];
    size_t nfamilies; /* 0: no such filter */
};
void bx_facets_look(struct bx_facets *f, const struct bx_view_board *b, struct bx_arena *a);
cJSON *bx_facets_tree(const struct bx_facets *f);
char *bx_facets_classes(const struct bx_facets *f, const struct bx_view_model *m); /* each with a space before it */
