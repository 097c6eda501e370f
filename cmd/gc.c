/* gc.c: boxscore gc: let go of the detections that retention does not keep. */
#include "cmd/database.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include <stdio.h>

struct args {
    struct bx_database_args where;
    int64_t newest;
};

static const struct bx_option options[] = {
    BX_DATABASE_OPTIONS(struct args),
    {"newest", 0, BX_OPT_INT, "N", "keep the newest N of each model version (default: the settings' retention, 3)",
     offsetof(struct args, newest)},
    {0},
};

static const char details[] = "Of each model version on each test set the detections of the newest evaluations, of the first one and of "
                              "the first one of each month are kept\n"
                              "(\"retention\" in the settings). The numbers of the others stay, but cannot be made again by 'boxscore "
                              "rescore'. Nothing that the board shows goes.\n"
                              "\n"
                              "  $ boxscore gc\n"
                              "  41 sets of detections removed, 182.4 MB freed\n";

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {.newest = -1};
    int status = bx_options(v, argc, argv, &args, NULL);
    if (status >= 0)
        return status;
    struct bx_err e = {0};
    struct bx_database d;
    struct bx_gc_result r = {0};
    bool ok = bx_database_open(&d, &args.where, BX_STORE_WRITE, v->name, &e);
    if (ok) {
        const struct bx_settings *s = &d.settings;
        const struct bx_retention keep = {args.newest >= 0 ? args.newest : s->retention_newest, s->retention_first, s->retention_monthly};
        ok = bx_store_gc(d.store, &keep, &r, &e);
    }
    if (ok && bx_log_level() >= BX_LOG_NORMAL) {
        if (r.detections || r.bytes)
            printf("%llu set%s of detections removed, %s freed\n", (unsigned long long)r.detections, bx_plural(r.detections),
                   bx_size_text(&d.arena, r.bytes));
        else
            printf("nothing to remove: %llu evaluation%s, all within retention\n", (unsigned long long)r.evaluations,
                   bx_plural(r.evaluations));
    }
    bx_database_close(&d);
    return ok ? 0 : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_gc = {"gc", "[--newest N]", "remove detections beyond retention", options, details, run};
