/* rescore.c: boxscore rescore: all numbers again, from the detections that are stored. */
#include "core/runner/rescore.h"
#include "cmd/database.h"
#include "cmd/night.h"
#include "core/base/json_writer.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/runner/host.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

struct args {
    struct bx_database_args where;
    bool dry_run, json;
};

static const struct bx_option options[] = {
    BX_DATABASE_OPTIONS(struct args),
    {"dry-run", 'n', BX_OPT_FLAG, NULL, "say what would move, write nothing", offsetof(struct args, dry_run)},
    {"json", 0, BX_OPT_FLAG, NULL, "print every number that moved, as JSON", offsetof(struct args, json)},
    {0},
};

static const char details[] =
    "Every report is computed again from the detections and the test set in the database: no model is run, no data set folder and no "
    "config is needed. What a\n"
    "corrected metric or a newer boxscore changes is said, a line a number: model (its board, where there are several), metric, old → new; "
    "metrics that a report\n"
    "was made without, by an older boxscore, are counted (-v says each). "
    "Evaluations without a report on "
    "their board's test set get\n"
    "one. Detections that 'boxscore gc' removed cannot be scored again: their reports stay as they are.\n"
    "\n"
    "Exit status: 0 all well, 1 some reports could not be made again, 4 file system or database, 5 another run holds the store.\n"
    "\n"
    "  $ boxscore rescore --dry-run\n"
    "  fast-blobs: mAP 50:95 0.4121 → 0.4127\n"
    "  14 reports scored again, 1 number moved in 1 of them\n";

/* "fast-blobs", where there are several boards "fast-blobs (night)": and by what the report is where no board shows it. */
static const char *subject(const struct bx_rescored *r, const struct bx_rescore_result *of, struct bx_arena *a)
{
    if (r->board)
        return of->boards > 1 ? bx_printf(a, "%s (%s)", r->slug, r->board) : r->slug;
    const char *hex = strrchr(r->testset, '-');
    return bx_printf(a, "%s (%s, %s, test set %.8s, on no board)", r->slug, bx_geometry_name(r->geometry), r->protocol,
                     hex ? hex + 1 : r->testset);
}

static void print_move(const char *subject, const struct bx_rescored *r, const struct bx_move *m)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_addf(&b, "%s: %s", subject, bx_metrics[m->metric].label);
    if (m->class_name) {
        bx_buf_adds(&b, " (");
        bx_buf_add_visible(&b, m->class_name, strlen(m->class_name));
        bx_buf_addc(&b, ')');
    }
    bx_buf_addc(&b, ' ');
    if (m->added)
        bx_buf_adds(&b, "new: ");
    else if (!isnan(m->old))
        bx_buf_add_double(&b, m->old);
    else
        bx_buf_adds(&b, "none");
    if (!m->added)
        bx_buf_adds(&b, " → ");
    if (!isnan(m->new))
        bx_buf_add_double(&b, m->new);
    else
        bx_buf_adds(&b, "none");
    if (!r->newest)
        bx_buf_addf(&b, " (evaluation of %.10s)", r->evaluated);
    puts(bx_buf_str(&b));
}

static void add_move(struct bx_jw *w, const struct bx_rescored *r, const struct bx_move *m)
{
    bx_jw_line(w, 2);
    bx_jw_object(w, NULL);
    bx_jw_str(w, "model", r->slug);
    bx_jw_str(w, "board", r->board);
    bx_jw_str(w, "geometry", bx_geometry_name(r->geometry));
    bx_jw_str(w, "protocol", r->protocol);
    bx_jw_str(w, "test_set", r->testset);
    bx_jw_str(w, "evaluated", r->evaluated);
    bx_jw_str(w, "metric", bx_metrics[m->metric].name);
    bx_jw_str(w, "class", m->class_name);
    bx_jw_num(w, "old", m->old); /* NaN prints null */
    bx_jw_num(w, "new", m->new);
    bx_jw_object_end(w);
}

struct telling {
    const struct args *args;
    const struct bx_rescore_result *of;
    struct bx_buf text, added_text; /* --json */
    struct bx_jw json, added_json;
    size_t moved, moved_reports, added;
};

static void tell(void *self, const struct bx_rescored *r)
{
    struct telling *t = self;
    struct bx_arena a = {0};
    const char *what = subject(r, t->of, &a);
    if (r->problem)
        bx_error("boxscore rescore: %s (evaluation of %.10s): %s", what, r->evaluated, r->problem);
    t->moved += r->nmoves - r->nadded;
    t->moved_reports += r->nmoves > r->nadded;
    t->added += r->nadded;
    size_t classes = 0;
    for (size_t i = 0; i < r->nmoves; i++) {
        const struct bx_move *m = &r->moves[i];
        if (t->args->json)
            add_move(m->added ? &t->added_json : &t->json, r, m);
        else if ((!m->class_name && !m->added) || bx_log_level() >= BX_LOG_VERBOSE)
            print_move(what, r, m);
        else
            classes += !m->added;
    }
    if (classes)
        printf("%s: and %zu number%s of single classes (-v says which)\n", what, classes, bx_plural(classes));
    if (r->nadded && !t->args->json && bx_log_level() == BX_LOG_NORMAL)
        printf("%s: %zu number%s of metrics that the report was made without (-v says which)\n", what, r->nadded, bx_plural(r->nadded));
    if (r->made && !r->problem && !t->args->json && bx_log_level() >= BX_LOG_NORMAL)
        printf("%s: a new report of the evaluation of %.10s\n", what, r->evaluated);
    bx_arena_release(&a);
}

static void begin_json(struct telling *t)
{
    t->json = (struct bx_jw){.out = &t->text, .spaced = true};
    bx_jw_object(&t->json, NULL);
    bx_jw_uint(&t->json, "format", 1);
    bx_jw_array(&t->json, "moved");
    t->added_json = (struct bx_jw){.out = &t->added_text, .spaced = true};
}

static void end_json(struct telling *t, const struct bx_rescore_result *r)
{
    struct bx_jw *w = &t->json;
    if (t->moved)
        bx_jw_line(w, 0);
    bx_jw_array_end(w);
    bx_jw_array(w, "added");
    bx_jw_raw(w, NULL, bx_buf_str(&t->added_text), t->added_text.n);
    if (t->added)
        bx_jw_line(w, 0);
    bx_jw_array_end(w);
    bx_jw_uint(w, "reports", r->scored);
    bx_jw_uint(w, "new", r->made);
    bx_jw_uint(w, "failed", r->failed);
    bx_jw_uint(w, "not_rescorable", r->collected);
    bx_jw_uint(w, "unknown_class_map", r->unknown);
    bx_jw_uint(w, "unknown_subset", r->unruled);
    bx_jw_bool(w, "interrupted", r->interrupted);
    bx_jw_object_end(w);
    puts(bx_buf_str(&t->text));
}

static void summary(struct telling *t, const struct bx_rescore_result *r)
{
    if (t->args->json) {
        end_json(t, r);
        return;
    }
    if (bx_log_level() < BX_LOG_NORMAL)
        return;
    printf("%zu report%s scored again, ", r->scored, bx_plural(r->scored));
    if (t->moved)
        printf("%zu number%s moved in %zu of them", t->moved, bx_plural(t->moved), t->moved_reports);
    else
        printf("no number moved");
    if (t->added)
        printf("; %zu number%s of metrics that were not there", t->added, bx_plural(t->added));
    if (r->made)
        printf("; %zu new", r->made);
    if (r->failed)
        printf("; %zu could not be made again", r->failed);
    if (r->collected)
        printf("; %zu not re-scorable, their detections are no longer kept", r->collected);
    if (r->unknown)
        printf("; %zu of class maps that no config has any more", r->unknown);
    if (r->unruled)
        printf("; %zu of a subset of images that no board has any more", r->unruled);
    printf("%s\n", r->interrupted ? "; interrupted" : t->args->dry_run ? "; nothing was written" : "");
}

static bool score_all(struct bx_database *d, struct telling *t, struct bx_rescore_result *r, struct bx_err *e)
{
    bool dry = t->args->dry_run;
    struct bx_host host;
    bx_id run;
    bx_host_describe(&host, &d->arena);
    if (!dry && !bx_store_run_begin(d->store, "rescore", &host, bx_time_now(), &run, e))
        return false;
    const struct bx_rescore_options o = {.dry_run = dry, .threads = d->settings.threads, .stop = &bx_stop, .tell = tell, .self = t};
    bool ok = bx_rescore(d->store, &o, r, e);
    if (dry)
        return ok;
    struct bx_err ignored = {0};
    const char *outcome = !ok ? "failed" : r->interrupted ? "interrupted" : "complete";
    int status = !ok ? bx_exit_status(e->code) : r->interrupted ? 130 : r->failed ? 1 : 0;
    return bx_store_run_end(d->store, &run, outcome, (unsigned)(r->scored + r->failed), (unsigned)r->failed, status, bx_time_now(),
                            ok ? e : &ignored) &&
           ok;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int status = bx_options(v, argc, argv, &args, NULL);
    if (status >= 0)
        return status;
    struct bx_err e = {0};
    struct bx_database d;
    struct bx_rescore_result r = {0};
    struct telling t = {.args = &args, .of = &r};
    begin_json(&t);
    bx_stop_on_signals();
    bx_holding = !args.dry_run; /* the run is closed, whatever comes */
    bool ok = bx_database_open(&d, &args.where, args.dry_run ? BX_STORE_READ : BX_STORE_WRITE, args.dry_run ? NULL : v->name, &e);
    ok = ok && score_all(&d, &t, &r, &e);
    if (ok)
        summary(&t, &r);
    bx_buf_free(&t.text);
    bx_buf_free(&t.added_text);
    bx_database_close(&d);
    bx_holding = 0;
    return !ok ? bx_verb_fail(v, &e) : r.interrupted ? 130 : r.failed ? 1 : 0;
}

const struct bx_verb bx_verb_rescore = {
    "rescore", "[--dry-run] [--json]", "make all numbers again from the stored detections", options, details, run};
