/* load.c: one board out of the store: the test set, every model with its evaluations, reports and latencies, the runs. */
#include "core/base/text.h"
#include "core/registry/registry.h"
#include "core/store/store.h"
#include "render/view/view.h"
#include "render/view/number.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct loader {
    struct bx_store *st;
    struct bx_arena *a;
    struct bx_view_board *b;
    const char *testset, *images; /* digests */
    const char *fingerprint;      /* of the board's machine; NULL: unknown */
    const struct bx_evaluation *evaluations;
    size_t nevaluations;
    struct cached { /* reports by key: equal nights share one */
        const char *detections;
        uint8_t score[32];
        const struct bx_report *report; /* NULL: the store has none */
    } * cache;
    size_t ncache, cap;
};

static char *hex(struct bx_arena *a, const void *p, size_t n)
{
    char *s = bx_alloc(a, 2 * n + 1, 1);
    bx_hex(s, p, n);
    return s;
}

static void read_config(struct loader *l, const struct bx_model_row *row, struct bx_view_model *m)
{
    struct bx_err ignored = {0};
    const char *stored = row->config ? row->config : "{}";
    (void)bx_registry_stored(stored, row->slug, &m->config, l->a, &ignored); /* what can be shown is there all the same */
    const struct bx_reported *r = NULL;
    m->reported_map = (double)NAN;
    while (isnan(m->reported_map) && (r = bx_view_reported(l->b, m, r)))
        if (bx_metric_find(r->metric) == BX_METRIC_MAP)
            m->reported_map = r->value;
}

/* ---- numbers ---- */

static bool report_of(struct loader *l, const char *detections, const uint8_t score[32], const struct bx_report **out, struct bx_err *e)
{
    for (size_t i = 0; i < l->ncache; i++)
        if (!strcmp(l->cache[i].detections, detections) && !memcmp(l->cache[i].score, score, 32)) {
            *out = l->cache[i].report;
            return true;
        }
    struct bx_report_key key = {
        .detections = detections, .testset = l->testset, .geometry = l->b->geometry, .protocol = BX_PROTOCOL_COCO, .subset = ""};
    memcpy(key.score_digest, score, 32);
    struct bx_report *r = BX_NEW(l->a, struct bx_report, 1);
    bool found = false;
    if (!bx_store_report_get(l->st, &key, r, &found, l->a, e))
        return false;
    l->cache = bx_grow(l->cache, &l->cap, l->ncache + 1, sizeof *l->cache);
    struct cached *c = &l->cache[l->ncache++];
    *c = (struct cached){.detections = detections, .report = found ? r : NULL};
    memcpy(c->score, score, 32);
    *out = c->report;
    return true;
}

static bool read_evaluation(struct loader *l, const struct bx_model_row *row, const struct bx_evaluation *ev,
                            struct bx_view_evaluation *out, struct bx_err *e)
{
    *out = (struct bx_view_evaluation){
        .id = hex(l->a, ev->id.b, sizeof ev->id.b),
        .run = hex(l->a, ev->run.b, sizeof ev->run.b),
        .status = ev->status == BX_EVALUATION_OK        ? BX_VIEW_OK
                  : ev->status == BX_EVALUATION_PARTIAL ? BX_VIEW_PARTIAL
                                                        : BX_VIEW_FAILED,
        .reason = bx_show_text(l->a, ev->reason, false),
        .output = ev->log && ev->log[0] ? bx_show_text(l->a, ev->log, true) : NULL,
        .version = hex(l->a, ev->version, sizeof ev->version),
        .detections = ev->detections,
        .ndetections = ev->ndetections,
        .kept = ev->kept,
        .sittings = ev->sittings,
        .images = ev->images_total,
        .images_failed = ev->images_failed,
        .host = bx_show_text(l->a, ev->host.text ? ev->host.text : ev->host.name, false),
        .boxscore = bx_show_text(l->a, ev->boxscore, false),
        .runner = bx_show_text(l->a, ev->runner, false),
        .started_ms = ev->started,
        .ended_ms = ev->finished,
        .latency_ms = ev->latency_ms,
    };
    out->other_machine =
        isfinite(ev->latency_ms) && l->fingerprint && (!ev->host.fingerprint || strcmp(ev->host.fingerprint, l->fingerprint) != 0);
    return ev->status != BX_EVALUATION_OK || !ev->detections || report_of(l, ev->detections, row->score_digest, &out->report, e);
}

static bool read_latencies(struct loader *l, const bx_id *id, struct bx_view_model *m, struct bx_err *e)
{
    int64_t *wall, *own;
    size_t n;
    if (!bx_store_latencies(l->st, id, &wall, &own, &n, l->a, e))
        return false;
    double *ms = BX_NEW(l->a, double, n + 1);
    for (size_t i = 0; i < n; i++)
        if (wall[i] >= 0)
            ms[m->nlatencies++] = (double)wall[i] / 1e6;
    m->latencies = ms;
    return true;
}

static void judge(struct bx_view_model *m, const struct bx_model_row *row, struct bx_arena *a)
{
    m->note = bx_show_text(a, row->invalid ? row->invalid : row->blocked, false);
    if (row->retired)
        m->status = BX_VIEW_RETIRED;
    else if (row->invalid)
        m->status = BX_VIEW_FAILED;
    else if (!m->last)
        m->status = BX_VIEW_NEVER;
    else if (m->version && strcmp(m->last->version, m->version) != 0 && !m->complete)
        m->status = BX_VIEW_CHANGED;
    else
        m->status = m->last->status;
    if (m->status == BX_VIEW_OK && !m->complete) {
        m->status = BX_VIEW_CHANGED;
        if (!m->note)
            m->note = "not scored yet with this test set’s labels: boxscore rescore does it";
    }
    if (row->invalid)
        m->complete = false;
}

static bool read_model(struct loader *l, const struct bx_model_row *row, struct bx_view_model *m, struct bx_err *e)
{
    *m = (struct bx_view_model){.slug = row->slug,
                                .name = row->name && row->name[0] ? bx_show_text(l->a, row->name, false) : row->slug,
                                .config_file = row->config_file,
                                .version = row->has_version ? hex(l->a, row->version, 32) : NULL,
                                .files = row->has_version ? hex(l->a, row->files_digest, 32) : NULL,
                                .latency_ms = (double)NAN};
    read_config(l, row, m);
    size_t n = 0;
    for (size_t i = 0; i < l->nevaluations; i++)
        n += !strcmp(l->evaluations[i].slug, row->slug);
    struct bx_view_evaluation *history = BX_NEW(l->a, struct bx_view_evaluation, n + 1);
    const struct bx_evaluation *current = NULL;
    bool counting = true;
    for (size_t i = 0; i < l->nevaluations; i++) {
        const struct bx_evaluation *ev = &l->evaluations[i];
        if (strcmp(ev->slug, row->slug) != 0 || ev->geometry != l->b->geometry || (ev->images && strcmp(ev->images, l->images) != 0))
            continue;
        struct bx_view_evaluation *v = &history[m->nhistory++];
        if (!read_evaluation(l, row, ev, v, e))
            return false;
        counting = counting && v->status != BX_VIEW_OK;
        m->failures += counting;
        bool of_version = row->has_version && !memcmp(ev->version, row->version, 32);
        /* The newest complete one of the current version; while there is none, the newest complete one of another. */
        if (v->report && (!m->report || (of_version && !m->complete))) {
            m->report = v->report;
            m->current = v;
            m->complete = of_version;
            current = ev;
        }
    }
    m->history = history;
    m->last = m->nhistory ? &history[0] : NULL;
    if (current && !m->current->other_machine) {
        m->latency_ms = m->current->latency_ms;
        if (isfinite(m->latency_ms) && !read_latencies(l, &current->id, m, e))
            return false;
    }
    judge(m, row, l->a);
    return true;
}

/* ---- the board ---- */

static bool read_test_set(struct loader *l, struct bx_err *e)
{
    struct bx_view_board *b = l->b;
    struct bx_testset t;
    enum bx_geometry g;
    bool found = false;
    char images[BX_DIGEST_SIZE];
    if (!bx_store_testset_get(l->st, l->testset, &t, &g, &found, l->a, e))
        return false;
    if (!found)
        return bx_fail(e, BX_DB, "'%s': board '%s' names the test set %s, which is not there", bx_store_path(l->st), b->slug, l->testset);
    if (!bx_testset_images_digest(&t, images, e))
        return false;
    l->images = bx_strdup(l->a, images);
    struct bx_view_class *classes = BX_NEW(l->a, struct bx_view_class, t.nclasses);
    size_t *seen = BX_NEW(l->a, size_t, t.nclasses);
    for (size_t i = 0; i < t.nclasses; i++)
        classes[i].name = bx_show_text(l->a, t.class_name[i], false);
    for (size_t i = 0; i < t.nimages; i++)
        for (size_t k = t.ann_begin[i]; k < t.ann_begin[i + 1]; k++) {
            struct bx_view_class *c = &classes[t.ann_class[k]];
            if (t.ann_flags[k] & (BX_ANN_CROWD | BX_ANN_IGNORE))
                continue;
            c->objects++;
            b->nobjects++;
            c->images += seen[t.ann_class[k]] != i + 1;
            seen[t.ann_class[k]] = i + 1;
        }
    b->classes = classes;
    b->nclasses = t.nclasses;
    b->nimages = t.nimages;
    b->digest = l->testset;
    return true;
}

static bool read_runs(struct loader *l, struct bx_err *e)
{
    struct bx_run_row *rows;
    size_t n;
    if (!bx_store_runs(l->st, &rows, &n, l->a, e))
        return false;
    struct bx_view_run *runs = BX_NEW(l->a, struct bx_view_run, n);
    for (size_t i = 0; i < n; i++) {
        const struct bx_run_row *r = &rows[i];
        runs[i] = (struct bx_view_run){.id = hex(l->a, r->id.b, sizeof r->id.b),
                                       .verb = r->verb,
                                       .started_ms = r->started,
                                       .ended_ms = r->finished,
                                       .outcome = r->outcome,
                                       .host = bx_show_text(l->a, r->host.text ? r->host.text : r->host.name, false),
                                       .boxscore = r->boxscore,
                                       .models = r->models,
                                       .failed = r->failed};
        bool night = r->finished && r->verb && strcmp(r->verb, "rescore") != 0;
        if (night && !l->b->as_of_ms) {
            l->b->as_of_ms = r->finished;
            l->b->machine = runs[i].host;
            l->fingerprint = r->host.fingerprint;
        }
    }
    l->b->runs = runs;
    l->b->nruns = n;
    return true;
}

static bool find_board(struct loader *l, const char *slug, struct bx_err *e)
{
    struct bx_board_row *rows;
    size_t n, i = 0;
    if (!bx_store_boards(l->st, &rows, &n, l->a, e))
        return false;
    while (slug && i < n && strcmp(rows[i].slug, slug) != 0)
        i++;
    if (i == n)
        return slug ? bx_fail(e, BX_DATA, "'%s' has no board '%s' yet: 'boxscore run' makes it", bx_store_path(l->st), slug)
                    : bx_fail(e, BX_DATA, "'%s' has no board yet: 'boxscore run' makes one", bx_store_path(l->st));
    l->b->slug = rows[i].slug;
    l->b->title = bx_show_text(l->a, rows[i].title, false);
    l->b->geometry = rows[i].geometry;
    l->b->names = &l->b->title;
    l->b->nnames = 1;
    l->b->rules = "";
    l->testset = rows[i].testset;
    return true;
}

static bool read_models(struct loader *l, struct bx_err *e)
{
    struct bx_model_row *rows;
    struct bx_evaluation *evaluations;
    size_t n;
    if (!bx_store_models(l->st, &rows, &n, l->a, e) || !bx_store_evaluations(l->st, NULL, &evaluations, &l->nevaluations, l->a, e))
        return false;
    l->evaluations = evaluations;
    struct bx_view_board *b = l->b;
    b->models = BX_NEW(l->a, struct bx_view_model, n);
    for (size_t i = 0; i < n; i++)
        if (bx_task_answers(rows[i].task, b->geometry) || rows[i].invalid)
            if (!read_model(l, &rows[i], &b->models[b->nmodels++], e))
                return false;
    return true;
}

bool bx_view_load(struct bx_store *st, const char *slug, int64_t stale_after_ms, struct bx_view_board *b, struct bx_arena *a,
                  struct bx_err *e)
{
    struct loader l = {.st = st, .a = a, .b = b};
    *b = (struct bx_view_board){.stale_after_ms = stale_after_ms};
    bool ok = find_board(&l, slug, e) && read_test_set(&l, e) && read_runs(&l, e) && read_models(&l, e);
    free(l.cache);
    if (ok)
        bx_view_rank(b);
    return ok;
}

bool bx_view_read(const char *database, const char *slug, int64_t stale_after_ms, struct bx_view_board *b, struct bx_arena *a,
                  struct bx_err *e)
{
    struct bx_store *st;
    if (!bx_store_open(database, BX_STORE_READ, &st, e))
        return false;
    bool ok = bx_view_load(st, slug, stale_after_ms, b, a, e);
    bx_store_close(st);
    return ok;
}

bool bx_view_slugs(const char *database, const char *const **slugs, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_store *st;
    struct bx_board_row *rows;
    if (!bx_store_open(database, BX_STORE_READ, &st, e))
        return false;
    bool ok = bx_store_boards(st, &rows, n, a, e);
    if (ok && !*n)
        ok = bx_fail(e, BX_DATA, "'%s' has no board yet: 'boxscore run' makes one", bx_store_path(st));
    const char **list = ok ? BX_NEW(a, const char *, *n) : NULL;
    for (size_t i = 0; ok && i < *n; i++)
        list[i] = rows[i].slug;
    *slugs = list;
    bx_store_close(st);
    return ok;
}
