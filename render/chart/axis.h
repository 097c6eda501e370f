/*
 * axis.h: from numbers to pixels and to the text of numbers. Ticks stand at 1, 2 or 5 times a power of ten.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { BX_TICKS = 24 };
enum { BX_NUMBER = 40 }; /* room for any formatted number */

struct bx_axis {
    double lo, hi; /* the data's range, lo < hi; both positive when log, and ticks there are only between 1e-300 and 1e300 */
    bool log;
    double at_lo, at_hi; /* where lo and hi are, in px */
    double tick[BX_TICKS];
    size_t n;
    int decimals; /* that the tick labels need */
};

/* Where v is, in px; outside the range it is clamped to its nearer end, NaN to the low one. */
double bx_axis_at(const struct bx_axis *a, double v);

/* Ticks inside lo..hi, at most `most` (2..BX_TICKS): the smallest nice step that gives no more. */
void bx_axis_ticks(struct bx_axis *a, size_t most);

/* Decimals for the label of tick i: all alike on a linear axis, each its own on a log one (0.5, 1, 20). */
int bx_tick_decimals(const struct bx_axis *a, size_t i);

/* The smallest nice step of which at most `most` lie in an interval of this length. */
double bx_nice_step(double length, size_t most);

/* A linear axis around lo..hi (in tick units); both ends may be equal. Its low end is a tick, a little below lo; its high end leaves
 * `headroom` of the range above hi. Never outside floor..ceiling. */
void bx_axis_around(struct bx_axis *a, double lo, double hi, double headroom, double floor, double ceiling, size_t most);

/* A log axis around lo..hi, both > 0, with some room at both ends. */
void bx_axis_around_log(struct bx_axis *a, double lo, double hi, size_t most);

/* v with that many decimals, the minus sign U+2212, whatever the locale; "–" for NaN and infinities. Returns out. */
char *bx_fixed(char out[BX_NUMBER], double v, int decimals);
char *bx_percent(char out[BX_NUMBER], double fraction);          /* times 100, one decimal, no sign */
char *bx_tick_text(char out[BX_NUMBER], double v, int decimals); /* as a tick: 10⁷ from a million on */
char *bx_cost(char out[BX_NUMBER], double v);                    /* 118, 8.1, 0.53, 0.041: as the board shows costs */
char *bx_iou(char out[BX_NUMBER], double iou);                   /* ".75"; ".50:.95" for NaN */
