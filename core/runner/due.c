/* due.c: the rules of what is due, in their order. */
#include "core/runner/due.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A clock may be a little off between two hosts; a day is not a little. */
#define FUTURE_SLACK (INT64_C(5) * 60000)

static void decide(struct bx_due *d, enum bx_due_kind kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void decide(struct bx_due *d, enum bx_due_kind kind, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(d->why, sizeof d->why, fmt, ap);
    va_end(ap);
    d->kind = kind;
}

static double days(int64_t ms)
{
    return (double)ms / 86400000.0;
}

/* Failed since its last complete evaluation: the next night, then weekly. */
static void after_failures(const struct bx_due_facts *f, struct bx_due *d)
{
    const char *s = bx_plural(f->failures);
    if (f->failed_time > f->now + FUTURE_SLACK) {
        d->clock_warning = true;
        decide(d, BX_DUE_RUN, "its last failure lies in the future");
    } else if (f->retry)
        decide(d, BX_DUE_RUN, "failed %zu time%s, retry was asked for", f->failures, s);
    else if (f->failures < BX_DUE_PATIENCE)
        decide(d, BX_DUE_RUN, "failed the last time");
    else if (f->now - f->failed_time >= BX_DUE_WEEK - BX_DUE_SLACK)
        decide(d, BX_DUE_RUN, "failed %zu time%s, the weekly try", f->failures, s);
    else
        decide(d, BX_DUE_WAIT, "failed %zu time%s, %.1f days ago: tried weekly, or with --retry", f->failures, s,
               days(f->now - f->failed_time));
}

void bx_due_decide(const struct bx_due_facts *f, struct bx_due *d)
{
    memset(d, 0, sizeof *d);
    if (f->force) {
        d->afresh = true;
        decide(d, BX_DUE_RUN, "asked for");
        return;
    }
    if (f->failures) {
        /* What was answered before it failed is kept; but when a complete evaluation is there, this is a try at a newer one. */
        after_failures(f, d);
        return;
    }
    if (f->partial) { /* also of a second evaluation that was begun beside a complete one */
        decide(d, BX_DUE_RUN, "stopped after %zu of %zu images", f->partial, f->images);
        return;
    }
    if (!f->complete) {
        if (f->lacks)
            decide(d, BX_DUE_RUN, "its answers have no %s, which a board scores", f->lacks);
        else if (f->other_version)
            decide(d, BX_DUE_RUN, "its config or files changed");
        else if (f->other_images)
            decide(d, BX_DUE_RUN, "the test images changed");
        else
            decide(d, BX_DUE_RUN, "never evaluated");
        return;
    }
    if (f->complete_time > f->now + FUTURE_SLACK) {
        d->clock_warning = true;
        decide(d, BX_DUE_RUN, "its last evaluation lies in the future");
        return;
    }
    if (f->max_age > 0 && (double)(f->now - f->complete_time) > f->max_age * 1000) {
        decide(d, BX_DUE_RUN, "its numbers are %.1f days old", days(f->now - f->complete_time));
        return;
    }
    if (!f->scored)
        decide(d, BX_DUE_RESCORE, "labels, class map, operating confidence or a board's rules changed, or a board is new");
    else
        decide(d, BX_DUE_NOT, "evaluated %.1f days ago", days(f->now - f->complete_time));
}
