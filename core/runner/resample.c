/* resample.c: what the boards show and has no resamples yet. */
#include "core/runner/resample.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/metric/metric.h"
#include "core/registry/registry.h"
#include "core/runner/score.h"
#include <string.h>

struct resampling {
    struct bx_store *st;
    const struct bx_resample_options *o;
    struct bx_arena arena;
    struct bx_board_row *boards;
    struct bx_model_row *models;
    size_t nboards, nmodels;
    struct bx_testset set;
    const char *testset; /* the one that is loaded; NULL: none */
    struct bx_arena set_arena;
};

static bool stopping(const struct bx_resample_options *o)
{
    return (o->stop && *o->stop) || (o->until && bx_time_now() >= o->until);
}

static bool load_set(struct resampling *r, const char *digest, struct bx_err *e)
{
    enum bx_geometry g;
    bool found;
    if (r->testset && !strcmp(r->testset, digest))
        return true;
    bx_arena_release(&r->set_arena);
    r->testset = NULL;
    if (!bx_store_testset_get(r->st, digest, &r->set, &g, &found, &r->set_arena, e))
        return false;
    if (!found)
        return bx_fail(e, BX_DB, "'%s' has no test set %s", bx_store_path(r->st), digest);
    r->testset = digest;
    return true;
}

static const struct bx_rules *rules_of(const struct resampling *r, const struct bx_report_key *k)
{
    for (size_t i = 0; i < r->nboards; i++)
        if (!strcmp(r->boards[i].protocol, k->protocol) && !strcmp(r->boards[i].subset, k->subset))
            return &r->boards[i].board.rules;
    return NULL; /* there is no report on a board without one */
}

static const char *config_of(const struct resampling *r, const char *slug)
{
    for (size_t i = 0; i < r->nmodels; i++)
        if (!strcmp(r->models[i].slug, slug))
            return r->models[i].config;
    return NULL;
}

static bool make(struct resampling *r, const struct bx_resamples_due *d, struct bx_resamples *out, struct bx_arena *a, struct bx_err *e)
{
    struct bx_model m;
    struct bx_detections answers;
    bool found = false;
    const struct bx_rules *rules = rules_of(r, &d->key);
    const char *config = config_of(r, d->slug);
    if (!rules || !config)
        return bx_fail(e, BX_DATA, "its config or its board is not there");
    if ((!bx_registry_stored(config, d->slug, &m, a, e) && e->code == BX_DB) || !load_set(r, d->key.testset, e) ||
        !bx_store_detections_get(r->st, d->key.detections, &answers, &found, a, e))
        return false;
    if (!found)
        return bx_fail(e, BX_DATA, "its detections are not there");
    if (answers.nimages != r->set.nimages)
        return bx_fail(e, BX_DATA, "its detections are on %zu images, the test set has %zu", answers.nimages, r->set.nimages);
    uint32_t *class_of = BX_NEW(a, uint32_t, answers.nnames);
    const struct bx_metric_options o = {
        .geometry = d->key.geometry, .rules = rules, .operating_confidence = d->operating_confidence, .threads = r->o->threads};
    return bx_score_classes(&r->set, &m, &answers, class_of, a, e) &&
           bx_metric_resample(&r->set, &answers, class_of, &o, d->images, r->o->stop, out, a, e);
}

static bool one(struct resampling *r, const struct bx_resamples_due *d, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_err own = {0};
    struct bx_resamples out;
    bool ok = true;
    if (make(r, d, &out, &a, &own))
        ok = bx_store_resamples_put(r->st, &d->key, &out, e);
    else if (own.code != BX_INTERRUPTED)
        bx_warn("model '%s': no interval, its numbers cannot be made on resampled test sets: %s", d->slug, own.text);
    bx_arena_release(&a);
    return ok;
}

bool bx_resample(struct bx_store *st, const struct bx_resample_options *o, struct bx_err *e)
{
    struct resampling r = {.st = st, .o = o};
    struct bx_resamples_due *due;
    size_t n = 0;
    bool ok =
        stopping(o) ||
        (bx_store_resamples_due(st, &due, &n, &r.arena, e) &&
         (!n || (bx_store_boards(st, &r.boards, &r.nboards, &r.arena, e) && bx_store_models(st, &r.models, &r.nmodels, &r.arena, e))));
    for (size_t i = 0; ok && i < n && !stopping(o); i++)
        ok = one(&r, &due[i], e);
    if (ok && n)
        ok = bx_store_resamples_trim(st, e);
    bx_arena_release(&r.set_arena);
    bx_arena_release(&r.arena);
    return ok;
}
