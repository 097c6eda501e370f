/* by_size.c: see size.h. */
#include "render/chart/size.h"
#include "render/chart/words.h"
#include <math.h>
#include <string.h>

const char *bx_size_word(int size)
{
    static const char *const words[] = {"small", "medium", "large"};
    return words[size];
}

const char *bx_size_label(const struct bx_plot_size_row *r)
{
    return r->label ? r->label : bx_name_of(r->name);
}

double bx_size_top(const struct bx_plot_by_size *d, int size)
{
    double top = NAN;
    for (size_t i = 0; i < d->n; i++)
        if (d->at[i].rank && isfinite(d->at[i].v[size]) && !(d->at[i].v[size] <= top))
            top = d->at[i].v[size];
    return top;
}

bool bx_size_best(const struct bx_plot_by_size *d, size_t i, int size)
{
    char a[BX_NUMBER], b[BX_NUMBER];
    double v = d->at[i].v[size], top = bx_size_top(d, size);
    return d->at[i].rank && isfinite(v) && isfinite(top) && !strcmp(bx_percent(a, v), bx_percent(b, top));
}

bool bx_size_ends(const struct bx_plot_by_size *d, int *small, int *large)
{
    *small = 3, *large = -1;
    for (size_t i = 0; i < d->n; i++)
        for (int s = 0; s < 3; s++)
            if (isfinite(d->at[i].v[s])) {
                *small = s < *small ? s : *small;
                *large = s > *large ? s : *large;
            }
    return *small < *large;
}
