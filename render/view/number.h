/* number.h: numbers as a reader sees them, and small words made of numbers. */
#pragma once
#include "core/base/arena.h"
#include "core/data/report.h"
#include "core/data/terms.h"
#include <stdbool.h>
#include <stdint.h>

/* All return text in a. NaN gives NULL: the template says "no value". */
char *bx_show_percent(struct bx_arena *a, double fraction);           /* 0.4738 → "47.4"; minus is U+2212 */
char *bx_show_signed(struct bx_arena *a, double fraction);            /* 0.002 → "+0.2", 0 → "0.0" */
char *bx_show_cost(struct bx_arena *a, double v);                     /* 118.2 → "118", 8.13 → "8.1", 0.5312 → "0.53" */
char *bx_show_count(struct bx_arena *a, double v);                    /* 12345 → "12,345" */
char *bx_show_metric(struct bx_arena *a, enum bx_metric m, double v); /* by its unit */
const char *bx_show_unit(enum bx_metric m);                           /* "%", "ms", "" */
char *bx_show_plural(struct bx_arena *a, uint64_t n, const char *one, const char *many); /* "1 image", "3,120 images" */
char *bx_show_duration(struct bx_arena *a, int64_t ms);                                  /* "3 days", "12 s" */

/* Others' text fit for a page, whoever wrote the database: valid UTF-8, no control characters; what is invisible, or changes the direction
 * of what follows, is shown as [U+202E]. With `lines` it is a program's output: line breaks and tabs stay, escape sequences go, of a line
 * that was drawn over (\r) the last state is kept, and of absolute paths the last component. NULL stays NULL. */
char *bx_show_text(struct bx_arena *a, const char *s, bool lines);

/* What a reader cannot tell apart: the value in tenths of a percent, rounded as it is shown. */
long bx_shown_tenths(double fraction);

const char *bx_show_geometry(enum bx_geometry g); /* "boxes", "instance masks", "oriented boxes" */

/* "23 Nov 2026", "04:12", "2026-11-23T04:12:05.123Z" */
char *bx_show_date(struct bx_arena *a, int64_t utc_ms);
char *bx_show_clock(struct bx_arena *a, int64_t utc_ms);
char *bx_show_iso(struct bx_arena *a, int64_t utc_ms);
