/* model.c: one model's evaluation: its place to work, what came of asking it, and the end in one transaction. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/data/latency.h"
#include "core/runner/answers.h"
#include "core/runner/confine.h"
#include "core/runner/score.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static bool enough_disk(const struct bx_night_state *n, struct bx_err *e)
{
    struct statvfs v;
    struct bx_arena a = {0};
    char *dir = bx_path_dir(&a, n->s->database);
    bool known = statvfs(dir, &v) == 0;
    bx_arena_release(&a);
    uint64_t avail = known ? (uint64_t)v.f_bavail * v.f_frsize : UINT64_MAX;
    if (avail >= (uint64_t)n->s->limit_free_disk)
        return true;
    return bx_fail(e, BX_IO, "only %.0f MiB are free where '%s' is, the settings want %.0f MiB (limits.free_disk)", (double)avail / 1048576,
                   n->s->database, (double)n->s->limit_free_disk / 1048576);
}

static bool stage(struct bx_night_state *n, struct bx_night_group *g, struct bx_err *e)
{
    char name[40];
    snprintf(name, sizeof name, "images-%zu", (size_t)(g - n->groups));
    return g->staging.dir || bx_staging_open(&g->staging, bx_path_join(n->arena, n->work, name), g->set, n->o->stop, e);
}

/* What is run is looked at once more, and then only copies of it are run. */
static bool pin(struct bx_model_run *r, struct bx_err *e)
{
    char *dir = bx_path_join(r->arena, r->n->work, "program");
    if (!bx_remove_tree(dir, e))
        return false;
    if (mkdir(dir, 0700) != 0)
        return bx_fail_errno(e, "cannot create folder '%s'", dir);
    if (bx_registry_pin(r->m, &r->n->look, dir, &r->env.pins, &r->env.npins, r->arena, e))
        return true;
    if (e->code != BX_INTERRUPTED)
        e->code = BX_CONFIG;
    return false;
}

/* A place to work, the images, the variables that are granted, and the program where there is one. */
static bool prepare(struct bx_model_run *r, struct bx_err *e)
{
    struct bx_night_state *n = r->n;
    const struct bx_model *m = r->m;
    struct bx_secret *vars = BX_NEW(r->arena, struct bx_secret, m->backend.nenv);
    size_t nvars = 0;
    for (size_t i = 0; i < m->backend.nenv; i++) {
        struct bx_secret v = {.name = m->backend.env[i], .value = getenv(m->backend.env[i])};
        if (v.value && bx_settings_grants(n->s, m->slug, v.name, &v.hidden))
            vars[nvars++] = v;
    }
    struct bx_secret *secrets = BX_NEW(r->arena, struct bx_secret, n->s->nsecrets);
    size_t nsecrets = 0;
    for (size_t i = 0; i < n->s->nsecrets; i++) {
        const struct bx_secret v = {n->s->secrets[i].name, getenv(n->s->secrets[i].name), true};
        if (v.value)
            secrets[nsecrets++] = v;
    }
    char *program = NULL, *home = bx_path_join(r->arena, n->work, "home");
    if (!stage(n, r->g, e))
        return false;
    if (!bx_remove_tree(home, e))
        return false;
    if (mkdir(home, 0700) != 0)
        return bx_fail_errno(e, "cannot create folder '%s'", home);
    if (m->backend.program && !bx_registry_program(m, n->s->runner_path, n->s->nrunner_path, r->arena, &program, e)) {
        e->code = BX_CONFIG;
        return false;
    }
    if (bx_backend_info(&m->backend)->runs && !pin(r, e))
        return false;
    r->env.program = program;
    r->env.env = vars;
    r->env.nenv = nvars;
    r->env.secrets = secrets;
    r->env.nsecrets = nsecrets;
    r->env.home = home;
    r->env.image_path = r->g->staging.path;
    r->env.image_dir = r->g->staging.dir;
    return true;
}

/* The answers of a night that was stopped. */
static bool resume(struct bx_model_run *r, bool afresh, struct bx_err *e)
{
    if (afresh)
        return bx_store_partial_clear(r->n->store, &r->subject, r->g->set, e);
    struct bx_partial *rows;
    size_t count;
    if (!bx_store_partial_load(r->n->store, &r->subject, r->g->set, r->plan->geometries, r->all, &rows, &count, r->arena, e))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!rows[i].failed && rows[i].image < r->g->set->nimages) {
            r->have[rows[i].image] = 1;
            r->resumed++;
        }
    return true;
}

/* Only one uninterrupted sitting with one image in flight, by a model that is measured at all. */
static bool has_latency(const struct bx_model_run *r)
{
    return r->ask.sittings == 1 && !r->resumed && r->ask.caps.has_latency && r->ask.caps.inflight == 1;
}

static const char *first_failure(const struct bx_model_run *r)
{
    for (size_t i = 0; i < r->g->set->nimages; i++)
        if (r->ask.failed[i])
            return bx_printf(r->arena, "image %zu: %s", i + 1, r->ask.failed[i]);
    return "";
}

static void judge(struct bx_model_run *r, struct bx_evaluation *ev)
{
    const struct bx_ask *k = &r->ask;
    const char *reason = NULL;
    if (k->given_up) {
        ev->status = BX_EVALUATION_FAILED;
        reason = k->why.text;
    } else if (k->nfailed) {
        ev->status = BX_EVALUATION_PARTIAL;
        reason = bx_printf(r->arena, "%zu of %zu images %s no answer; %s", k->nfailed, r->g->set->nimages, k->nfailed == 1 ? "has" : "have",
                           first_failure(r));
    } else {
        ev->status = BX_EVALUATION_OK;
        if (k->remark)
            reason = k->remark;
        else if (k->reframed)
            reason = bx_printf(r->arena, "%zu answer%s in the file's own frame and turned by its EXIF orientation", k->reframed,
                               k->reframed == 1 ? " was" : "s were");
    }
    char clean[304];
    ev->reason = reason ? bx_strdup(r->arena, bx_reason_clean(clean, reason)) : NULL;
}

static void score_slices(struct bx_model_run *r, const struct bx_ready_board *b, const struct bx_detections *d, struct bx_scored *scored,
                         size_t *n)
{
    for (size_t i = 0; i < b->nslices; i++) {
        struct bx_report *report = BX_NEW(r->arena, struct bx_report, 1);
        struct bx_err own = {0};
        if (!bx_score_slice(b->set, b->board.geometry, &b->slices[i], r->m, r->n->s->threads, d, report, &own))
            bx_warn("model '%s', board '%s': %s", r->m->slug, b->board.slug, own.text);
        else
            scored[(*n)++] = (struct bx_scored){.testset = b->digest,
                                                .subset = b->slices[i].subset,
                                                .score_digest = r->m->score_digest,
                                                .report = report,
                                                .geometry = b->board.geometry,
                                                .protocol = b->protocol};
    }
}

/* How many: a report a board, or why it has none, then those of the slices. */
static size_t score_all(struct bx_model_run *r, const struct bx_detections *d, struct bx_scored *scored, struct bx_outcome *o)
{
    size_t n = r->plan->nparts;
    for (size_t i = 0; i < r->plan->nparts; i++) {
        const struct bx_ready_board *b = r->plan->parts[i].board;
        struct bx_report *report = BX_NEW(r->arena, struct bx_report, 1);
        struct bx_err own = {0};
        scored[i] = (struct bx_scored){
            .testset = b->digest,
            .subset = b->subset,
            .score_digest = r->m->score_digest,
            .geometry = b->board.geometry,
            .protocol = b->protocol,
        };
        if (!bx_score(b->set, b->board.geometry, &b->board.rules, r->m, r->n->s->threads, d, report, r->arena, &own)) {
            scored[i].unscored = bx_night_unscored(r->n, r->m, b, d, &own, o, r->arena);
            continue;
        }
        scored[i].report = report;
        score_slices(r, b, d, scored, &n);
        if (!o->fallen)
            o->fallen = bx_fallen_words(report, r->arena);
        if (isnan(o->score))
            o->score = bx_report_get(report, BX_METRIC_MAP, -1);
    }
    return n;
}

/* Score what there is and store the end of the evaluation. */
static bool conclude(struct bx_model_run *r, struct bx_evaluation *ev, struct bx_outcome *o, struct bx_err *e)
{
    struct bx_night_state *n = r->n;
    const struct bx_settings *s = n->s;
    struct bx_detections d;
    const struct bx_retention retention = {s->retention_newest, s->retention_first, s->retention_monthly};
    struct bx_evaluation_end end = {.set = r->g->set, .retention = &retention, .wall_ns = r->wall_ns, .own_ns = r->own_ns};
    bool complete = ev->status == BX_EVALUATION_OK;
    o->kind = complete ? BX_NIGHT_DONE : ev->status == BX_EVALUATION_PARTIAL ? BX_NIGHT_PARTIAL : BX_NIGHT_FAILED;
    if (!complete)
        o->reason = ev->reason;
    else {
        if (r->ask.whole) {
            d = r->ask.columns;
        } else {
            bx_detections_builder_finish(r->all, r->g->set->nimages, &d, r->arena);
            r->all = NULL;
        }
        if (has_latency(r))
            ev->latency_ms = bx_latency_median(r->ask.wall_ns, r->ask.answered, r->arena);
        size_t most = r->plan->nparts;
        for (size_t i = 0; i < r->plan->nparts; i++)
            most += r->plan->parts[i].board->nslices;
        struct bx_scored *scored = BX_NEW(r->arena, struct bx_scored, most);
        end.detections = &d;
        end.nlatencies = has_latency(r) ? r->g->set->nimages : 0;
        end.reports = scored;
        end.nreports = score_all(r, &d, scored, o);
    }
    return bx_store_evaluation_put(n->store, ev, &end, e);
}

/* At the end all of it is read again: a file system may not say what it should. */
static void check_files(struct bx_model_run *r)
{
    enum bx_stayed stayed = bx_run_read_again(r);
    r->ask.interrupted |= stayed == BX_STOPPED;
    if (stayed == BX_CHANGED)
        bx_run_files_changed(r);
}

static void check_images(struct bx_model_run *r)
{
    size_t changed = 0;
    if (r->g->staging.dir && bx_staging_check(&r->g->staging, &changed, &r->broken) && changed)
        bx_run_spoil(r, "it changed %zu of the images it was given: its answers are not used", changed);
}

/* Its place to work is gone for the next one as well: all of it anew. */
static bool renew_work(struct bx_night_state *n, struct bx_err *e)
{
    for (size_t i = 0; i < n->ngroups; i++)
        bx_staging_close(&n->groups[i].staging);
    return bx_night_work_folder(n, e);
}

/* What a model printed may be any bytes; the store keeps text. Changed in place; NULL when it said nothing. */
static const char *clean_log(struct bx_buf *log)
{
    for (size_t i = 0; i < log->n;) {
        size_t n = 1;
        while (n < 4 && i + n < log->n && ((unsigned char)log->p[i + n] & 0xc0) == 0x80)
            n++;
        if (!log->p[i] || !bx_utf8_valid(log->p + i, n)) {
            log->p[i] = '?';
            n = 1;
        }
        i += n;
    }
    return log->n ? log->p : NULL;
}

/* What goes wrong with its answers, its files or its place to work is its failure; the store's own comes up again when that is stored. */
static bool ask(struct bx_model_run *r, const struct bx_plan *p, struct bx_err *e)
{
    bool images = bx_backend_info(&r->m->backend)->images;
    struct bx_err own = {0};
    if (!resume(r, p->due.afresh, e))
        return false;
    bool ok = bx_ask_run(&r->ask, &own) && bx_run_flush(r, &own);
    if (!ok && !r->broken.code) {
        *e = own;
        return false;
    }
    /* Stopped, only what was looked at is kept, and to read it all again would take too long. */
    if (ok && (!r->ask.interrupted || r->ask.given_up)) {
        check_files(r);
        if (images && !r->broken.code)
            check_images(r);
    }
    bool work = true;
    if (images && r->env.home) /* it may be what fills the disk */
        work = bx_remove_tree(r->env.home, NULL);
    if (!r->broken.code)
        return true;
    r->ask.given_up = true;
    if (r->spoilt)
        r->ask.why = r->broken;
    else
        bx_fail(&r->ask.why, r->broken.code, "its answers could not be kept: %s", r->broken.text);
    if (images && (!work || r->broken.code == BX_IO) && !renew_work(r->n, e))
        return false;
    return !r->spoilt || bx_store_partial_clear(r->n->store, &r->subject, r->g->set, e);
}

static bool run_it(struct bx_model_run *r, const struct bx_plan *p, struct bx_outcome *o, struct bx_err *e)
{
    struct bx_night_state *n = r->n;
    struct bx_err own = {0};
    struct bx_evaluation ev = {
        .id = bx_id_new(),
        .run = n->run,
        .slug = r->m->slug,
        .images = r->g->images,
        .started = bx_time_now(),
        .host = n->host,
        .boxscore = BX_VERSION,
        .shard = "",
        .images_total = (unsigned)r->g->set->nimages,
        .latency_ms = NAN,
    };
    memcpy(ev.version, r->m->version, sizeof ev.version);
    bool images = bx_backend_info(&r->m->backend)->images;
    bool ready = !images || prepare(r, &own);
    if (!ready && own.code == BX_IO && !bx_night_stopping(n)) {
        own = (struct bx_err){0};
        ready = renew_work(n, &own) && prepare(r, &own);
    }
    if (!ready && own.code == BX_INTERRUPTED) {
        o->kind = BX_NIGHT_POSTPONED;
        o->reason = bx_strdup(r->arena, own.text);
        n->out->interrupted = true;
        return true;
    }
    if (!ready && own.code != BX_CONFIG) {
        *e = own;
        return false;
    }
    if (ready) {
        if (!bx_store_work_begin(n->store, &r->subject, r->g->images, &n->run, true, ev.started, e) || !ask(r, p, e))
            return false;
    } else {
        r->ask.given_up = true;
        r->ask.why = own;
    }
    o->images = r->ask.asked;
    o->resumed = r->resumed;
    if (r->ask.interrupted && !r->ask.given_up) {
        o->kind = BX_NIGHT_POSTPONED;
        o->reason = bx_printf(r->arena, "stopped after %zu of %zu images", r->resumed + r->ask.answered, r->g->set->nimages);
        n->out->interrupted = true;
        return bx_run_unwatch(r, false, e);
    }
    judge(r, &ev);
    ev.log = clean_log(&r->ask.log);
    ev.resumable = r->ask.out_of_time || r->ask.away || (r->broken.code && !r->spoilt);
    ev.sittings = (unsigned)(r->ask.sittings + (r->resumed > 0));
    ev.images_failed = (unsigned)r->ask.nfailed;
    ev.runner = r->ask.runner;
    ev.finished = bx_time_now();
    return conclude(r, &ev, o, e) && (!ready || bx_run_unwatch(r, true, e));
}

bool bx_night_run_model(struct bx_night_state *n, struct bx_night_group *g, const struct bx_model *m, const struct bx_plan *p,
                        struct bx_outcome *o, struct bx_arena *a, struct bx_err *e)
{
    if (!enough_disk(n, e))
        return false;
    struct bx_model_run *r = BX_NEW(a, struct bx_model_run, 1);
    size_t images = g->set->nimages;
    r->n = n;
    r->g = g;
    r->plan = p;
    r->m = m;
    r->arena = a;
    r->commit_ns = bx_commit_ns();
    r->subject = (struct bx_subject){m->slug, m->version};
    r->all = bx_detections_builder_new();
    r->have = BX_NEW(a, uint8_t, images);
    r->wall_ns = BX_NEW(a, int64_t, images);
    r->own_ns = BX_NEW(a, int64_t, images);
    for (size_t i = 0; i < images; i++)
        r->wall_ns[i] = r->own_ns[i] = -1;
    r->env = (struct bx_backend_env){
        .testset = r->g->set,
        .geometries = p->geometries,
        .limit_file_size = n->s->limit_file_size,
        .limit_open_files = n->s->limit_open_files,
        .ca_file = n->s->ca_file,
        .confine = bx_confine_of(n->s, m, a),
        .onnxruntime = n->s->onnxruntime_path,
    };
    r->ask = (struct bx_ask){
        .model = m,
        .env = &r->env,
        .have = r->have,
        .stop = n->o->stop,
        .answer = bx_run_answer,
        .tick = bx_run_tick,
        .self = r,
        .arena = a,
    };
    int64_t begun = bx_time_monotonic();
    bool ok = run_it(r, p, o, e);
    struct bx_err ignored = {0};
    if (!ok) /* the store's, or the disk's, failure */
        bx_run_unwatch(r, false, &ignored);
    o->seconds = (double)(bx_time_monotonic() - begun) / 1e9;
    bx_detections_builder_free(r->all);
    bx_arena_release(&r->batch_arena);
    bx_buf_free(&r->ask.log);
    free(r->name_of);
    return ok;
}
