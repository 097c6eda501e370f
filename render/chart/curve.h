/* curve.h: the values of a curve; NaN where there is none. */
#pragma once
#include "render/chart/chart.h"

bool bx_curve_has(const struct bx_plot_curve *c, size_t i);
double bx_curve_x(const struct bx_plot_curve *c, size_t i);
double bx_curve_at(const struct bx_plot_curve *c, double x);   /* by linear interpolation; left of the first point that point's */
double bx_curve_from(const struct bx_plot_curve *c, double x); /* of the first point at x or right of it: a threshold's value */
bool bx_curve_empty(const struct bx_plot_curve *c);
