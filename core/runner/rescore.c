/* rescore.c: which reports there are to make, and making one. */
#include "core/runner/rescore.h"
#include "core/base/text.h"
#include "core/metric/metric.h"
#include "core/registry/registry.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct job {
    struct bx_report_key key;
    const struct bx_evaluation *evaluation; /* the newest one with these detections */
    const struct bx_model *scoring;         /* a config with this class map and operating confidence */
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
    size_t nboards, nmodels, nevaluations, nreports;
    struct bx_model *scorings;
    size_t nscorings;
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

static bool read_store(struct rescore *r, struct bx_err *e)
{
    struct bx_version_row *versions;
    size_t n;
    struct bx_arena *a = &r->arena;
    if (!bx_store_boards(r->st, &r->boards, &r->nboards, a, e) || !bx_store_models(r->st, &r->models, &r->nmodels, a, e) ||
        !bx_store_versions(r->st, &versions, &n, a, e) || !bx_store_evaluations(r->st, NULL, &r->evaluations, &r->nevaluations, a, e) ||
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
    }
    return true;
}

static const struct bx_evaluation *evaluation_with(const struct rescore *r, const char *detections)
{
    for (size_t i = 0; i < r->nevaluations; i++)
        if (r->evaluations[i].detections && !strcmp(r->evaluations[i].detections, detections))
            return &r->evaluations[i];
    return NULL;
}

static bool is_newest(const struct rescore *r, const struct bx_evaluation *ev)
{
    for (size_t i = 0; i < r->nevaluations; i++) {
        const struct bx_evaluation *o = &r->evaluations[i];
        if (o->status == BX_EVALUATION_OK && o->geometry == ev->geometry && !strcmp(o->slug, ev->slug) && !strcmp(o->images, ev->images))
            return o == ev;
    }
    return false;
}

static bool same_key(const struct bx_report_key *x, const struct bx_report_key *y)
{
    return x->geometry == y->geometry && !memcmp(x->score_digest, y->score_digest, 32) && !strcmp(x->detections, y->detections) &&
           !strcmp(x->testset, y->testset) && !strcmp(x->protocol, y->protocol) && !strcmp(x->subset, y->subset);
}

static void add_job(struct rescore *r, const struct bx_report_key *key, const struct bx_evaluation *ev, const struct bx_model *s,
                    bool exists)
{
    r->jobs = bx_grow(r->jobs, &r->cap, r->njobs + 1, sizeof *r->jobs);
    r->jobs[r->njobs++] = (struct job){*key, ev, s, exists, is_newest(r, ev)};
}

static void existing_reports(struct rescore *r)
{
    for (size_t i = 0; i < r->nreports; i++) {
        const struct bx_report_row *row = &r->reports[i];
        const struct bx_evaluation *ev = evaluation_with(r, row->key.detections);
        const struct bx_model *s = scoring_of(r, row->key.score_digest);
        if (strcmp(row->key.protocol, BX_PROTOCOL_COCO) != 0 || *row->key.subset)
            continue; /* made by other means */
        if (!row->rescorable || !ev)
            r->out->collected++;
        else if (!s)
            r->out->unknown++;
        else
            add_job(r, &row->key, ev, s, true);
    }
}

static bool has_job(const struct rescore *r, const struct bx_report_key *key)
{
    for (size_t i = 0; i < r->njobs; i++)
        if (same_key(&r->jobs[i].key, key))
            return true;
    return false;
}

/* Labels or a class map changed since: evaluations of this board's images that were never scored this way. */
static bool missing_reports(struct rescore *r, const struct bx_board_row *board, struct bx_err *e)
{
    struct bx_testset t;
    enum bx_geometry g;
    bool found;
    char images[BX_DIGEST_SIZE];
    struct bx_arena a = {0};
    bool ok = bx_store_testset_get(r->st, board->testset, &t, &g, &found, &a, e) && (!found || bx_testset_images_digest(&t, images, e));
    bx_arena_release(&a);
    if (!ok || !found)
        return ok;
    for (size_t m = 0; m < r->nmodels; m++) {
        const struct bx_model_row *model = &r->models[m];
        const struct bx_model *s = model->config ? scoring_of(r, model->score_digest) : NULL;
        for (size_t i = 0; s && i < r->nevaluations; i++) {
            const struct bx_evaluation *ev = &r->evaluations[i];
            if (strcmp(ev->slug, model->slug) != 0 || !ev->kept || ev->geometry != board->geometry || strcmp(ev->images, images) != 0)
                continue;
            struct bx_report_key key = {ev->detections, board->testset, board->geometry, BX_PROTOCOL_COCO, {0}, ""};
            memcpy(key.score_digest, model->score_digest, 32);
            if (!has_job(r, &key))
                add_job(r, &key, ev, s, false);
        }
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
    if (d.nimages != r->set.nimages)
        return bx_fail(e, BX_DATA, "its detections are on %zu images, the test set has %zu", d.nimages, r->set.nimages);
    uint32_t *class_of = BX_NEW(a, uint32_t, d.nnames);
    const struct bx_metric_options o = {
        .geometry = j->key.geometry, .operating_confidence = j->scoring->operating_confidence, .threads = r->o->threads};
    return bx_classmap_resolve(&d, &r->set, j->scoring->class_map, j->scoring->nclass_map, class_of, e) &&
           bx_metric_report(&r->set, &d, class_of, &o, out, a, e);
}

static bool same(double x, double y)
{
    return isnan(x) ? isnan(y) : x == y;
}

static void compare(const struct rescore *r, const struct bx_report *old, const struct bx_report *new, struct bx_rescored *told,
                    struct bx_arena *a)
{
    size_t cap = 0, classes = old->nclasses > new->nclasses ? old->nclasses : new->nclasses;
    struct bx_move *moves = NULL;
    for (int32_t k = -1; k < (int32_t)classes; k++)
        for (enum bx_metric m = 0; m < BX_NMETRICS; m++) {
            double was = bx_report_get(old, m, k), is = bx_report_get(new, m, k);
            if (same(was, is))
                continue;
            moves = bx_grow(moves, &cap, told->nmoves + 1, sizeof *moves);
            moves[told->nmoves++] = (struct bx_move){m, k < 0 ? NULL : (size_t)k < r->set.nclasses ? r->set.class_name[k] : "?", was, is};
        }
    told->moves = bx_memdup(a, moves, told->nmoves * sizeof *moves);
    free(moves);
}

static bool one_job(struct rescore *r, const struct job *j, struct bx_arena *a, struct bx_err *e)
{
    struct bx_rescored told = {.slug = j->evaluation->slug, .newest = j->newest, .made = !j->exists};
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
    if (found && !old.nimages && !j->newest)
        new.nimages = 0; /* counts of each image are kept for current evaluations only */
    if (!r->o->dry_run && !bx_store_report_put(r->st, &j->key, &new, bx_time_now(), e))
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
    if (ok)
        existing_reports(&r);
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
    free(r.jobs);
    bx_arena_release(&r.set_arena);
    bx_arena_release(&r.arena);
    return ok;
}
