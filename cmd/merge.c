/* merge.c: boxscore merge: another machine's nights into this database. */
#include "cmd/database.h"
#include "core/base/log.h"
#include <stdio.h>
#include <string.h>

struct args {
    struct bx_database_args where;
};

static const struct bx_option options[] = {BX_DATABASE_OPTIONS(struct args), {0}};

static const char details[] =
    "Runs, models, evaluations, detections and reports that this database does not have come in; what this one has stays (of two equal\n"
    "reports the one made later), and doing it twice does no more than once.\n"
    "So a board may be evaluated on several machines, a part of the models each, and be put together. The others are only read.\n"
    "\n"
    "  $ boxscore merge gpu-1/boxscore.db gpu-2/boxscore.db\n"
    "  gpu-1/boxscore.db: 2 runs, 7 models, 14 evaluations, 14 sets of detections, 14 reports added\n";

static bool merge_one(struct bx_database *d, const char *other, struct bx_err *e)
{
    struct bx_merge_result r;
    if (!bx_store_merge(d->store, other, &r, &d->arena, e))
        return false;
    const struct {
        uint64_t n;
        const char *one, *many;
    } parts[] = {
        {r.runs, "run", "runs"},
        {r.models, "model", "models"},
        {r.evaluations, "evaluation", "evaluations"},
        {r.detections, "set of detections", "sets of detections"},
        {r.reports, "report", "reports"},
    };
    if (bx_log_level() >= BX_LOG_NORMAL) {
        const char *gap = " ";
        printf("%s:", other);
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            if (parts[i].n) {
                printf("%s%llu %s", gap, (unsigned long long)parts[i].n, parts[i].n == 1 ? parts[i].one : parts[i].many);
                gap = ", ";
            }
        printf("%s\n", *gap == ',' ? " added" : " nothing new");
    }
    for (size_t i = 0; i < r.nconflicts; i++)
        bx_warn("board '%s' is scored by %s here and by %s in '%s': numbers of two test sets or rules never share a table, so theirs do "
                "not show",
                r.conflicts[i].board, r.conflicts[i].ours, r.conflicts[i].theirs, other);
    return true;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int n, status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    if (!n)
        return bx_verb_usage(v, "expected another database to merge");
    struct bx_err e = {0};
    struct bx_database d;
    bool ok = bx_database_open(&d, &args.where, BX_STORE_WRITE, v->name, &e);
    for (int i = 1; ok && i <= n; i++)
        ok = merge_one(&d, argv[i], &e);
    bx_database_close(&d);
    return ok ? 0 : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_merge = {"merge", "OTHER…", "bring other databases' nights into this one", options, details, run};
