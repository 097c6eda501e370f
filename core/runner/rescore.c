/* rescore.c: which reports there are to make, and making one. */
#include "core/runner/rescore.h"
#include "core/base/text.h"
#include "core/registry/registry.h"
#include "core/runner/boards.h"
#include "core/runner/resample.h"
#include "core/runner/score.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct job {
    struct bx_report_key key;
    const struct bx_evaluation *evaluation; /* the newest one with these detections */
    const struct bx_model *scoring;         /* a config with this class map and operating confidence */
    struct bx_rules rules;
    bool exists, newest;
};
struct rescore {
    struct bx_store *st;
    const struct bx_rescore_options *o;
    struct bx_rescore_result *out;
    struct bx_arena arena;
    struct bx_board_row *boards;
    struct bx_model_row *models;
    struct bx_evaluation *evaluations; /* newest first */
    struct bx_report_row *reports;
    struct bx_board_row *gone; /* that the settings no longer have */
    size_t nboards, ngone, nmodels, nevaluations, nreports;
    const struct bx_evaluation **answered; /* the complete ones, by detections */
    const struct bx_evaluation **newest;   /* of each model on its images, by address */
    size_t nanswered, nnewest;
    struct bx_model *scorings; /* the first ncurrent: the models' configs of today, the rest what they were */
    size_t nscorings, ncurrent;
    struct job *jobs;
    size_t njobs, cap;
    char testset[BX_DIGEST_SIZE]; /* the one that is loaded */
    struct bx_testset set;
    struct bx_arena set_arena;
};

static const struct bx_model *scoring_of(const struct rescore *r, const uint8_t digest[32])
{
    for (size_t i = 0; i < r->nscorings; i++)
        if (!memcmp(r->scorings[i].score_digest, digest, 32))
            return &r->scorings[i];
    return NULL;
}

static const struct bx_model *config_of(const struct rescore *r, const char *slug)
{
    for (size_t i = 0; i < r->ncurrent; i++)
        if (!strcmp(r->scorings[i].slug, slug))
            return &r->scorings[i];
    return NULL;
}

/* Its config is not what it is scored by. */
static bool is_refused(const struct rescore *r, const char *slug)
{
    for (size_t i = 0; i < r->nmodels; i++)
        if (!strcmp(r->models[i].slug, slug))
            return r->models[i].invalid;
    return false;
}

static bool read_store(struct rescore *r, struct bx_err *e)
{
    struct bx_version_row *versions;
    size_t n;
    struct bx_arena *a = &r->arena;
    if (!bx_store_boards(r->st, &r->boards, &r->nboards, a, e) || !bx_store_boards_gone(r->st, &r->gone, &r->ngone, a, e) ||
        !bx_store_models(r->st, &r->models, &r->nmodels, a, e) || !bx_store_versions(r->st, &versions, &n, a, e) ||
        !bx_store_evaluations(r->st, NULL, &r->evaluations, &r->nevaluations, a, e) ||
        !bx_store_reports(r->st, &r->reports, &r->nreports, a, e))
        return false;
    r->scorings = BX_NEW(a, struct bx_model, r->nmodels + n);
    for (size_t i = 0; i < r->nmodels + n; i++) {
        const char *config = i < r->nmodels ? r->models[i].config : versions[i - r->nmodels].config;
        const char *slug = i < r->nmodels ? r->models[i].slug : versions[i - r->nmodels].slug;
        if (!config)
            continue;
        if (!bx_registry_stored(config, slug, &r->scorings[r->nscorings], a, e) && e->code == BX_DB)
            return bx_wrap(e, "model '%s' in '%s'", slug, bx_store_path(r->st));
        r->nscorings++;
        r->ncurrent += i < r->nmodels;
    }
    return true;
}

/* Newest first among those with equal detections. */
static int by_detections(const void *x, const void *y)
{
    const struct bx_evaluation *a = *(const struct bx_evaluation *const *)x, *b = *(const struct bx_evaluation *const *)y;
    int c = strcmp(a->detections, b->detections);
    return c ? c : (a->seq < b->seq) - (a->seq > b->seq);
}

/* Of one model, its images and its geometries together, newest first. */
static int by_subject(const void *x, const void *y)
{
    const struct bx_evaluation *a = *(const struct bx_evaluation *const *)x, *b = *(const struct bx_evaluation *const *)y;
    int c = strcmp(a->slug, b->slug);
    if (!c)
        c = strcmp(a->images, b->images);
    if (!c)
        c = (a->geometries > b->geometries) - (a->geometries < b->geometries);
    return c ? c : (a->seq < b->seq) - (a->seq > b->seq);
}

static int by_pointer(const void *x, const void *y)
{
    uintptr_t a = (uintptr_t) * (const void *const *)x, b = (uintptr_t) * (const void *const *)y;
    return (a > b) - (a < b);
}

/* The complete evaluations by their detections, and which of them are their model's newest. */
static void sort_evaluations(struct rescore *r)
{
    r->answered = BX_NEW(&r->arena, const struct bx_evaluation *, r->nevaluations);
    for (size_t i = 0; i < r->nevaluations; i++)
        if (r->evaluations[i].detections)
            r->answered[r->nanswered++] = &r->evaluations[i];
    r->newest = BX_NEW(&r->arena, const struct bx_evaluation *, r->nanswered);
    if (!r->nanswered)
        return;
    const struct bx_evaluation **all = bx_memdup(&r->arena, r->answered, r->nanswered * sizeof *all);
    qsort(all, r->nanswered, sizeof *all, by_subject);
    for (size_t i = 0; i < r->nanswered; i++)
        if (!i || strcmp(all[i]->slug, all[i - 1]->slug) != 0 || strcmp(all[i]->images, all[i - 1]->images) != 0 ||
            all[i]->geometries != all[i - 1]->geometries)
            r->newest[r->nnewest++] = all[i];
    qsort(r->newest, r->nnewest, sizeof *r->newest, by_pointer);
    qsort(r->answered, r->nanswered, sizeof *r->answered, by_detections);
}

static const struct bx_evaluation *evaluation_with(const struct rescore *r, const char *detections)
{
    size_t lo = 0, hi = r->nanswered;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(r->answered[mid]->detections, detections) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < r->nanswered && !strcmp(r->answered[lo]->detections, detections) ? r->answered[lo] : NULL;
}

static bool is_newest(const struct rescore *r, const struct bx_evaluation *ev)
{
    return r->nnewest && bsearch(&ev, r->newest, r->nnewest, sizeof *r->newest, by_pointer);
}

/* The rules that a report was made by: those of its protocol's name, and which images a subset has a board or the store knows. */
static bool rules_of(const struct rescore *r, const struct bx_report_key *key, struct bx_rules *rules, bool *known, struct bx_arena *a,
                     struct bx_err *e)
{
    struct bx_err ignored = {0};
    *known = true;
    for (size_t i = 0; i < r->nboards + r->ngone; i++) {
        const struct bx_board_row *b = i < r->nboards ? &r->boards[i] : &r->gone[i - r->nboards];
        if (!strcmp(b->protocol, key->protocol) && !strcmp(b->subset, key->subset)) {
            *rules = b->board.rules;
            return true;
        }
    }
    *known = bx_rules_parse(key->protocol, rules, a, &ignored);
    return !*known || !*key->subset || bx_store_subset_get(r->st, key->subset, rules, known, a, e);
}

static void add_job(struct rescore *r, const struct bx_report_key *key, const struct bx_evaluation *ev, const struct bx_model *s,
                    const struct bx_rules *rules, bool exists)
{
    r->jobs = bx_grow(r->jobs, &r->cap, r->njobs + 1, sizeof *r->jobs);
    r->jobs[r->njobs++] = (struct job){*key, ev, s, *rules, exists, is_newest(r, ev)};
}

static bool existing_reports(struct rescore *r, struct bx_err *e)
{
    for (size_t i = 0; i < r->nreports; i++) {
        const struct bx_report_row *row = &r->reports[i];
        const struct bx_evaluation *ev = evaluation_with(r, row->key.detections);
        const struct bx_model *s = scoring_of(r, row->key.score_digest);
        struct bx_rules rules;
        bool known;
        if (!rules_of(r, &row->key, &rules, &known, &r->arena, e))
            return false;
        if (!known) { /* without one it was made by other means */
            r->out->unruled += *row->key.subset && strncmp(row->key.subset, BX_SLICE_PREFIX, strlen(BX_SLICE_PREFIX)) != 0;
            continue;
        }
        if (!row->rescorable || !ev)
            r->out->collected++;
        else if (!s)
            r->out->unknown++;
        else
            add_job(r, &row->key, ev, s, &rules, true);
    }
    return true;
}

/* Equal answers of two models under one class map are one report. */
static bool has_job(const struct rescore *r, size_t first, const struct bx_report_key *key)
{
    for (size_t i = first; i < r->njobs; i++)
        if (!memcmp(r->jobs[i].key.score_digest, key->score_digest, 32))
            return true;
    return false;
}

/* Answers by ids have the names of the labels that they were read with; where these are others, a night reads the file again. */
static bool names_of_others(const struct rescore *r, const struct bx_model *m, const char *detections, const char *testset)
{
    bool elsewhere = false;
    for (size_t i = 0; bx_answers_by_id(m) && i < r->nreports; i++)
        if (!strcmp(r->reports[i].key.detections, detections)) {
            if (!strcmp(r->reports[i].key.testset, testset))
                return false;
            elsewhere = true;
        }
    return elsewhere;
}

/* Labels or a class map changed since: evaluations of this board's images that were never scored this way. */
static bool missing_reports(struct rescore *r, const struct bx_board_row *board, struct bx_err *e)
{
    size_t first = r->njobs;
    for (size_t i = 0; i < r->nanswered; i++) {
        const struct bx_evaluation *ev = r->answered[i];
        if (!i || strcmp(ev->detections, r->answered[i - 1]->detections) != 0)
            first = r->njobs;
        if (!ev->kept || !(ev->geometries & 1u << board->board.geometry) || strcmp(ev->images, board->images) != 0)
            continue;
        const struct bx_model *s = config_of(r, ev->slug);
        if (!s || is_refused(r, ev->slug) || !bx_board_takes(&board->board, s) || names_of_others(r, s, ev->detections, board->testset))
            continue;
        struct bx_report_key key = {ev->detections, board->testset, board->board.geometry, board->protocol, {0}, board->subset};
        memcpy(key.score_digest, s->score_digest, 32);
        bool has = has_job(r, first, &key);
        struct bx_unscored other = {0};
        if (!has && (!bx_store_report_has(r->st, &key, &has, e) || !bx_store_unscored_get(r->st, &key, &other, &r->arena, e)))
            return false;
        if (!has && (!other.reason || other.failed)) /* a board of other classes stays one */
            add_job(r, &key, ev, s, &board->board.rules, false);
    }
    return true;
}

/* By model, newest first: as one reads what moved. Each model's newest evaluation is unique, so the order is whole. */
static int by_model(const void *x, const void *y)
{
    const struct job *a = x, *b = y;
    int c = strcmp(a->evaluation->slug, b->evaluation->slug);
    if (!c)
        c = (a->evaluation->seq < b->evaluation->seq) - (a->evaluation->seq > b->evaluation->seq);
    if (!c)
        c = strcmp(a->key.testset, b->key.testset);
    if (!c)
        c = (a->key.geometry > b->key.geometry) - (a->key.geometry < b->key.geometry);
    if (!c)
        c = strcmp(a->key.protocol, b->key.protocol);
    if (!c)
        c = strcmp(a->key.subset, b->key.subset);
    return c ? c : memcmp(a->key.score_digest, b->key.score_digest, 32);
}

static bool load_set(struct rescore *r, const char *digest, struct bx_err *e)
{
    enum bx_geometry g;
    bool found;
    if (!strcmp(r->testset, digest))
        return true;
    bx_arena_release(&r->set_arena);
    *r->testset = 0;
    if (!bx_store_testset_get(r->st, digest, &r->set, &g, &found, &r->set_arena, e))
        return false;
    if (!found || strlen(digest) >= sizeof r->testset)
        return bx_fail(e, BX_DB, "'%s' has no test set %s", bx_store_path(r->st), digest);
    memcpy(r->testset, digest, strlen(digest) + 1);
    return true;
}

/* The report as it is now. Damaged detections are this report's problem, not the others'. */
static bool score(struct rescore *r, const struct job *j, struct bx_report *out, struct bx_arena *a, struct bx_err *e)
{
    struct bx_detections d;
    bool found;
    if (!load_set(r, j->key.testset, e) || !bx_store_detections_get(r->st, j->key.detections, &d, &found, a, e))
        return false;
    if (!found)
        return bx_fail(e, BX_DATA, "its detections are not there");
    return bx_score(&r->set, j->key.geometry, &j->rules, j->scoring, r->o->threads, &d, out, a, e);
}

static bool same(double x, double y)
{
    return isnan(x) ? isnan(y) : x == y;
}

static bool has_any(const struct bx_report *report, enum bx_metric m)
{
    bool any = false;
    for (int32_t k = -1; k < (int32_t)report->nclasses && !any; k++)
        any = !isnan(bx_report_get(report, m, k));
    return any;
}

static void compare(const struct rescore *r, const struct bx_report *old, const struct bx_report *new, struct bx_rescored *told,
                    struct bx_arena *a)
{
    size_t cap = 0, classes = old->nclasses > new->nclasses ? old->nclasses : new->nclasses;
    struct bx_move *moves = NULL;
    bool known[BX_NMETRICS];
    for (enum bx_metric m = 0; m < BX_NMETRICS; m++)
        known[m] = has_any(old, m);
    for (int32_t k = -1; k < (int32_t)classes; k++)
        for (enum bx_metric m = 0; m < BX_NMETRICS; m++) {
            double was = bx_report_get(old, m, k), is = bx_report_get(new, m, k);
            if (same(was, is))
                continue;
            moves = bx_grow(moves, &cap, told->nmoves + 1, sizeof *moves);
            const char *name = k < 0 ? NULL : (size_t)k < r->set.nclasses ? r->set.class_name[k] : "?";
            moves[told->nmoves++] = (struct bx_move){m, name, was, is, !known[m]};
            told->nadded += !known[m];
        }
    told->moves = bx_memdup(a, moves, told->nmoves * sizeof *moves);
    free(moves);
}

static const char *board_of(const struct rescore *r, const struct bx_report_key *key)
{
    for (size_t i = 0; i < r->nboards; i++) {
        const struct bx_board_row *b = &r->boards[i];
        if (b->board.geometry == key->geometry && !strcmp(b->testset, key->testset) && !strcmp(b->protocol, key->protocol) &&
            !strcmp(b->subset, key->subset))
            return b->board.slug;
    }
    return NULL;
}

/* With the whole come its tags' images: of every board that these are the numbers of. */
static bool put_slices(struct rescore *r, const struct job *j, struct bx_arena *a, struct bx_err *e)
{
    struct bx_detections d;
    bool found = false, ok = true;
    for (size_t i = 0; ok && i < r->nboards; i++) {
        const struct bx_board_row *b = &r->boards[i];
        struct bx_slice_of *slices;
        struct bx_report_key k = j->key;
        if (!b->tags || b->board.geometry != k.geometry || strcmp(b->testset, k.testset) != 0 || strcmp(b->protocol, k.protocol) != 0 ||
            strcmp(b->subset, k.subset) != 0)
            continue;
        size_t n = bx_slices_make(b->tags, &b->board.rules, &r->set, &slices, a);
        ok = !n || found || bx_store_detections_get(r->st, k.detections, &d, &found, a, e);
        for (size_t s = 0; ok && found && s < n; s++) {
            struct bx_report report;
            k.subset = slices[s].subset;
            ok = bx_score_slice(&r->set, k.geometry, &slices[s], j->scoring, r->o->threads, &d, &report, e) &&
                 bx_store_report_put(r->st, &k, &report, bx_time_now(), e);
        }
    }
    return ok;
}

static bool one_job(struct rescore *r, const struct job *j, struct bx_arena *a, struct bx_err *e)
{
    struct bx_rescored told = {.slug = j->evaluation->slug,
                               .board = board_of(r, &j->key),
                               .geometry = j->key.geometry,
                               .protocol = j->key.protocol,
                               .testset = j->key.testset,
                               .newest = j->newest,
                               .made = !j->exists};
    struct bx_report old = {0}, new = {0};
    struct bx_err own = {0};
    bool found = false;
    bx_time_format(told.evaluated, j->evaluation->finished);
    if (j->exists && !bx_store_report_get(r->st, &j->key, &old, &found, a, e))
        return false;
    if (!score(r, j, &new, a, &own)) {
        r->out->failed++;
        told.problem = own.text;
        r->o->tell(r->o->self, &told);
        return true;
    }
    if (found)
        compare(r, &old, &new, &told, a);
    if (!r->o->dry_run && (!bx_store_report_put(r->st, &j->key, &new, bx_time_now(), e) || !put_slices(r, j, a, e)))
        return false;
    r->out->scored++;
    r->out->made += !j->exists;
    r->o->tell(r->o->self, &told);
    return true;
}

bool bx_rescore(struct bx_store *st, const struct bx_rescore_options *o, struct bx_rescore_result *out, struct bx_err *e)
{
    struct rescore r = {.st = st, .o = o, .out = out};
    *out = (struct bx_rescore_result){0};
    bool ok = read_store(&r, e);
    out->boards = r.nboards;
    if (ok) {
        sort_evaluations(&r);
        ok = existing_reports(&r, e);
    }
    for (size_t i = 0; ok && i < r.nboards; i++)
        ok = missing_reports(&r, &r.boards[i], e);
    if (ok && r.njobs)
        qsort(r.jobs, r.njobs, sizeof *r.jobs, by_model);
    for (size_t i = 0; ok && i < r.njobs && !out->interrupted; i++) {
        struct bx_arena a = {0};
        if (o->stop && *o->stop)
            out->interrupted = true;
        else
            ok = one_job(&r, &r.jobs[i], &a, e);
        bx_arena_release(&a);
    }
    const struct bx_resample_options ro = {.threads = o->threads, .stop = o->stop};
    if (ok && !o->dry_run && !out->interrupted)
        ok = bx_resample(st, &ro, e);
    out->interrupted |= o->stop && *o->stop;
    free(r.jobs);
    bx_arena_release(&r.set_arena);
    bx_arena_release(&r.arena);
    return ok;
}
