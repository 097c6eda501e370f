/* load.c: one board out of the store: the test set, every model with its evaluations, reports and latencies, the runs. */
#include "core/base/text.h"
#include "core/registry/registry.h"
#include "core/store/store.h"
#include "render/view/seen.h"
#include "render/view/view.h"
#include "render/view/number.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct loader {
    struct bx_store *st;
    struct bx_arena *a;
    struct bx_view_board *b;
    struct bx_board_row board;
    struct bx_seen_on seen;
    struct bx_slice_of *slices; /* of its tags */
    size_t nslices;
    const char *fingerprint; /* of the board's machine; NULL: unknown */
    const struct bx_model_row *rows;
    size_t nrows;
    struct bx_view_model **models; /* [nrows] NULL: not on this board */
    struct bx_coming *coming;      /* [nrows] */
    size_t next;                   /* who may come in next: a night asks in the order of slugs */
    struct run_id {
        bx_id id;
        const char *hex;
    } * runs; /* by id */
    size_t nruns;
    const struct run_id *run; /* the last evaluation's: a night has many */
    struct shown {            /* the last text that was made for showing: most rows have the same */
        const char *raw, *shown;
    } host, boxscore, runner;
};

/* An evaluation that the model's page says more of. */
struct bx_pick {
    struct bx_view_evaluation *at; /* NULL: none yet */
    bx_id evaluation;
    struct bx_unscored unscored;
};
/* A model's evaluations while they come in, newest first. */
struct bx_coming {
    struct bx_view_evaluation *at;
    size_t n, cap;
    uint8_t version[32]; /* the last one's: most have the same */
    const char *version_hex;
    struct bx_pick last, own;      /* the newest; the newest of the current version */
    struct bx_pick current, other; /* the newest with numbers, of the current version and of another */
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
    m->stored = stored;
    (void)bx_registry_stored(stored, row->slug, &m->config, l->a, &ignored); /* what can be shown is there all the same */
    const struct bx_reported *r = NULL;
    m->reported_map = (double)NAN;
    while (isnan(m->reported_map) && (r = bx_view_reported(l->b, m, r)))
        if (bx_metric_find(r->metric) == BX_METRIC_MAP)
            m->reported_map = r->value;
}

/* ---- numbers ---- */

static bool read_report(struct loader *l, const struct bx_model_row *row, const char *detections, const struct bx_report **out,
                        struct bx_resamples **resamples, struct bx_err *e)
{
    struct bx_report_key key = {.detections = detections,
                                .testset = l->board.testset,
                                .geometry = l->board.board.geometry,
                                .protocol = l->board.protocol,
                                .subset = l->board.subset};
    memcpy(key.score_digest, row->score_digest, 32);
    struct bx_report *r = BX_NEW(l->a, struct bx_report, 1);
    bool found = false;
    if (!bx_store_report_get(l->st, &key, r, &found, l->a, e))
        return false;
    *out = found ? r : NULL;
    return !found || !resamples || bx_store_resamples_get(l->st, &key, resamples, l->a, e);
}

static bool read_slices(struct loader *l, const struct bx_model_row *row, const char *detections, struct bx_view_model *m, struct bx_err *e)
{
    struct bx_view_slice *list = BX_NEW(l->a, struct bx_view_slice, l->nslices);
    struct bx_board_row *b = &l->board;
    const char *whole = b->subset;
    bool ok = true;
    for (size_t i = 0; ok && m->report && i < l->nslices; i++) {
        struct bx_view_slice *s = &list[m->nslices];
        *s = (struct bx_view_slice){bx_show_text(l->a, l->slices[i].tag, false), l->slices[i].nimages, NULL};
        b->subset = l->slices[i].subset;
        ok = read_report(l, row, detections, &s->report, NULL, e);
        m->nslices += s->report != NULL;
    }
    b->subset = whole;
    m->slices = list;
    return ok;
}

static const char *shown(struct loader *l, struct shown *last, const char *raw)
{
    if (raw != last->raw)
        *last = (struct shown){raw, bx_show_text(l->a, raw, false)};
    return raw ? last->shown : NULL;
}

static int by_run(const void *key, const void *row)
{
    return memcmp(key, &((const struct run_id *)row)->id, sizeof(bx_id));
}

static const char *run_hex(struct loader *l, const bx_id *id)
{
    if (l->run && !by_run(id, l->run))
        return l->run->hex;
    const struct run_id *r = l->nruns ? bsearch(id, l->runs, l->nruns, sizeof *l->runs, by_run) : NULL;
    l->run = r;
    return r ? r->hex : hex(l->a, id->b, sizeof id->b);
}

static const char *version_hex(struct bx_arena *a, struct bx_coming *c, const uint8_t version[32])
{
    if (!c->version_hex || memcmp(c->version, version, 32) != 0) {
        memcpy(c->version, version, 32);
        c->version_hex = hex(a, version, 32);
    }
    return c->version_hex;
}

static void show_evaluation(struct loader *l, struct bx_coming *c, const struct bx_history_row *r, struct bx_view_evaluation *out)
{
    const struct bx_evaluation *ev = &r->evaluation;
    *out = (struct bx_view_evaluation){
        .run = run_hex(l, &ev->run),
        .status = ev->status == BX_EVALUATION_OK        ? BX_VIEW_OK
                  : ev->status == BX_EVALUATION_PARTIAL ? BX_VIEW_PARTIAL
                                                        : BX_VIEW_FAILED,
        .reason = bx_show_text(l->a, ev->reason, false),
        .output = ev->log && ev->log[0] ? bx_show_text(l->a, ev->log, true) : NULL,
        .version = version_hex(l->a, c, ev->version),
        .ndetections = ev->ndetections,
        .kept = ev->kept,
        .sittings = ev->sittings,
        .images = ev->images_total,
        .images_failed = ev->images_failed,
        .host = shown(l, &l->host, ev->host.text ? ev->host.text : ev->host.name),
        .boxscore = shown(l, &l->boxscore, ev->boxscore),
        .runner = shown(l, &l->runner, ev->runner),
        .started_ms = ev->started,
        .ended_ms = ev->finished,
        .scored = r->scored && ev->status == BX_EVALUATION_OK,
        .map = ev->status == BX_EVALUATION_OK ? r->value : (double)NAN,
        .latency_ms = ev->latency_ms,
    };
    bx_hex(out->id, ev->id.b, sizeof ev->id.b);
    out->other_machine =
        isfinite(ev->latency_ms) && l->fingerprint && (!ev->host.fingerprint || strcmp(ev->host.fingerprint, l->fingerprint) != 0);
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

static void judge(struct bx_view_model *m, const struct bx_model_row *row, const struct bx_unscored *u, struct bx_arena *a)
{
    m->note = bx_show_text(a, row->invalid ? row->invalid : u->reason ? u->reason : row->blocked, false);
    if (row->retired || m->left)
        m->status = BX_VIEW_RETIRED;
    else if (row->invalid)
        m->status = BX_VIEW_FAILED;
    else if (!m->last)
        m->status = BX_VIEW_NEVER;
    else if (m->version && strcmp(m->last->version, m->version) != 0 && !m->complete)
        m->status = BX_VIEW_CHANGED;
    else
        m->status = m->last->status == BX_VIEW_OK && u->failed ? BX_VIEW_FAILED : m->last->status;
    if (m->status == BX_VIEW_OK && !m->complete && !u->reason) {
        m->status = BX_VIEW_CHANGED;
        if (!m->note)
            m->note = "not scored yet with this test set’s labels: boxscore rescore does it";
    }
    if (row->invalid)
        m->complete = false;
}

static void begin_model(struct loader *l, const struct bx_model_row *row, struct bx_view_model *m)
{
    *m = (struct bx_view_model){.slug = row->slug,
                                .name = row->name && row->name[0] ? bx_show_text(l->a, row->name, false) : row->slug,
                                .config_file = row->config_file,
                                .version = row->has_version ? hex(l->a, row->version, 32) : NULL,
                                .files = row->has_version ? hex(l->a, row->files_digest, 32) : NULL,
                                .latency_ms = (double)NAN};
    read_config(l, row, m);
}

/* Why its last answers, if they are of this version, have no numbers here. */
static struct bx_unscored find_unscored(const struct bx_coming *c)
{
    const struct bx_view_evaluation *last = c->own.at;
    if (!last || last->status != BX_VIEW_OK || last->scored)
        return (struct bx_unscored){0};
    return c->own.unscored;
}

/* Its version was another meanwhile, and did not do well: what it is now is what counts. */
static const struct bx_view_evaluation *find_last(struct bx_view_model *m)
{
    const struct bx_view_evaluation *last = NULL;
    bool ok = false;
    for (size_t i = 0; i < m->nhistory; i++) {
        const struct bx_view_evaluation *v = &m->history[i];
        if (m->version && strcmp(v->version, m->version) != 0)
            continue;
        if (!last)
            last = v;
        ok |= v->status == BX_VIEW_OK;
        m->failures += !ok;
    }
    if (last || !m->nhistory)
        return last;
    while (m->failures < m->nhistory && m->history[m->failures].status != BX_VIEW_OK)
        m->failures++;
    return &m->history[0];
}

/* The history of a model has come in. The newest complete one of the current version is shown; while there is none, of another. */
static bool end_model(struct loader *l, size_t k, struct bx_err *e)
{
    struct bx_view_model *m = l->models[k];
    const struct bx_coming *c = &l->coming[k];
    if (!m)
        return true;
    const struct bx_pick *current = c->current.at ? &c->current : &c->other;
    m->history = c->n ? c->at : NULL;
    m->nhistory = c->n;
    m->last = find_last(m);
    if (current->at) {
        m->current = current->at;
        m->complete = current == &c->current;
        struct bx_resamples *resamples = NULL;
        if (!read_report(l, &l->rows[k], current->at->detections, &m->report, &resamples, e))
            return false;
        m->resamples = resamples;
        if (!read_slices(l, &l->rows[k], current->at->detections, m, e))
            return false;
        if (!current->at->other_machine) {
            m->latency_ms = current->at->latency_ms;
            if (isfinite(m->latency_ms) && !read_latencies(l, &current->evaluation, m, e))
                return false;
        }
    }
    if (!bx_view_load_seen(&l->seen, &l->rows[k], m->current ? m->current->detections : NULL, &m->seen, e))
        return false;
    const struct bx_unscored unscored = find_unscored(c);
    judge(m, &l->rows[k], &unscored, l->a);
    return true;
}

static int by_slug(const void *slug, const void *row)
{
    return strcmp(slug, ((const struct bx_model_row *)row)->slug);
}

/* nrows: there is no such model. */
static size_t find_model(const struct loader *l, const char *slug)
{
    const struct bx_model_row *r = l->nrows ? bsearch(slug, l->rows, l->nrows, sizeof *r, by_slug) : NULL;
    return r ? (size_t)(r - l->rows) : l->nrows;
}

static void make_room(void *self, const char *slug, size_t n)
{
    struct loader *l = self;
    size_t k = find_model(l, slug);
    if (k < l->nrows && l->models[k])
        l->coming[k] = (struct bx_coming){.at = BX_NEW(l->a, struct bx_view_evaluation, n), .cap = n};
}

static bool pick(struct loader *l, struct bx_pick *p, const struct bx_history_row *r, struct bx_view_evaluation *v, struct bx_err *e)
{
    if (p->at)
        return true;
    *p = (struct bx_pick){v, r->evaluation.id, r->unscored};
    return v->detections || !r->answers || bx_store_answers_text(l->st, r->answers, &v->detections, l->a, e);
}

static bool take_evaluation(void *self, const struct bx_history_row *r, struct bx_err *e)
{
    struct loader *l = self;
    size_t k = l->next;
    if (k >= l->nrows || strcmp(l->rows[k].slug, r->evaluation.slug) != 0)
        k = find_model(l, r->evaluation.slug);
    l->next = (k ? k : l->nrows) - 1;
    if (k == l->nrows || l->coming[k].n == l->coming[k].cap) /* not on this board; or come in since they were counted */
        return true;
    struct bx_coming *c = &l->coming[k];
    struct bx_view_evaluation *v = &c->at[c->n++];
    const struct bx_view_model *m = l->models[k];
    show_evaluation(l, c, r, v);
    bool own = m->version && !strcmp(v->version, m->version);
    return pick(l, &c->last, r, v, e) && (!own || pick(l, &c->own, r, v, e)) &&
           (!v->scored || pick(l, own ? &c->current : &c->other, r, v, e));
}

/* ---- the board ---- */

/* In which of the board's sizes an object is; they may overlap. */
static unsigned sizes_of(const struct bx_rules *by, const struct bx_testset *t, size_t image, size_t ann)
{
    const struct bx_size_bin *bins;
    size_t n = bx_rules_sizes(by, &bins);
    double area = t->ann_area[ann];
    unsigned in = 0;
    if (by->relative)
        area = fmin(1, area / ((double)t->image_w[image] * t->image_h[image]));
    for (size_t i = 0; i < n; i++)
        in |= (unsigned)(area >= bins[i].lo && area <= bins[i].hi) << i;
    return in;
}

/* Of what the board's rules score. */
static bool count_objects(struct loader *l, const struct bx_testset *t, struct bx_arena *scratch, struct bx_err *e)
{
    struct bx_view_board *b = l->b;
    bx_view_seen_on(&l->seen, l->st, &l->board, t, l->a);
    bool *images = BX_NEW(scratch, bool, t->nimages), *classes = BX_NEW(scratch, bool, t->nclasses);
    if (!bx_rules_fit(&b->by, t, e))
        return bx_wrap(e, "board '%s' in '%s'", b->slug, bx_store_path(l->st));
    bx_rules_pick(&b->by, t, images, classes);
    b->nclasses = t->nclasses;
    b->classes = BX_NEW(l->a, struct bx_view_class, t->nclasses);
    size_t *seen = bx_xrealloc(NULL, t->nclasses + 1, sizeof *seen);
    for (size_t c = 0; c < t->nclasses; c++) {
        b->classes[c].name = bx_show_text(l->a, t->class_name[c], false);
        b->classes[c].left_out = !classes[c];
        b->nscored += classes[c];
        seen[c] = SIZE_MAX;
    }
    for (size_t i = 0; i < t->nimages; i++) {
        unsigned in = 0;
        b->nimages += images[i];
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++) {
            struct bx_view_class *c = &b->classes[t->ann_class[k]];
            if (!images[i] || c->left_out || (t->ann_flags[k] & (BX_ANN_CROWD | BX_ANN_IGNORE)))
                continue;
            c->objects++;
            b->nobjects++;
            c->images += seen[t->ann_class[k]] != i;
            seen[t->ann_class[k]] = i;
            in |= sizes_of(&b->by, t, i, k);
        }
        for (size_t s = 0; s < BX_RULES_SIZES; s++)
            b->size_images[s] += in >> s & 1;
    }
    free(seen);
    return true;
}

static bool read_test_set(struct loader *l, struct bx_err *e)
{
    struct bx_testset t;
    enum bx_geometry g;
    bool found = false;
    struct bx_arena scratch = {0};
    bool ok = bx_store_testset_get(l->st, l->board.testset, &t, &g, &found, &scratch, e) &&
              (found || bx_fail(e, BX_DB, "'%s': board '%s' names the test set %s, which is not there", bx_store_path(l->st), l->b->slug,
                                l->board.testset)) &&
              count_objects(l, &t, &scratch, e);
    struct bx_slice_of *slices = NULL;
    l->nslices = ok ? bx_slices_make(l->board.tags, &l->b->by, &t, &slices, &scratch) : 0;
    l->slices = BX_NEW(l->a, struct bx_slice_of, l->nslices);
    for (size_t i = 0; i < l->nslices; i++)
        l->slices[i] =
            (struct bx_slice_of){.tag = slices[i].tag, .subset = bx_strdup(l->a, slices[i].subset), .nimages = slices[i].nimages};
    l->b->digest = l->board.testset;
    bx_arena_release(&scratch);
    return ok;
}

static int by_id(const void *x, const void *y)
{
    return memcmp(&((const struct run_id *)x)->id, &((const struct run_id *)y)->id, sizeof(bx_id));
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
    l->runs = BX_NEW(l->a, struct run_id, n);
    l->nruns = n;
    for (size_t i = 0; i < n; i++)
        l->runs[i] = (struct run_id){rows[i].id, runs[i].id};
    if (n)
        qsort(l->runs, n, sizeof *l->runs, by_id);
    return true;
}

static bool find_board(struct loader *l, const char *slug, struct bx_err *e)
{
    struct bx_board_row *rows;
    size_t n, i = 0;
    if (!bx_store_boards(l->st, &rows, &n, l->a, e))
        return false;
    while (slug && i < n && strcmp(rows[i].board.slug, slug) != 0)
        i++;
    if (slug && i == n) {
        if (!bx_store_boards_gone(l->st, &rows, &n, l->a, e))
            return false;
        for (i = 0; i < n && strcmp(rows[i].board.slug, slug) != 0;)
            i++;
    }
    if (i == n)
        return slug ? bx_fail(e, BX_DATA, "'%s' has no board '%s' yet: 'boxscore run' makes it", bx_store_path(l->st), slug)
                    : bx_fail(e, BX_DATA, "'%s' has no board yet: 'boxscore run' makes one", bx_store_path(l->st));
    l->b->slug = rows[i].board.slug;
    l->b->title = bx_show_text(l->a, rows[i].board.title, false);
    l->b->geometry = rows[i].board.geometry;
    l->b->names = rows[i].board.names;
    l->b->nnames = rows[i].board.nnames;
    l->b->by = rows[i].board.rules;
    l->b->rules = bx_rules_words(&rows[i].board.rules, l->a);
    l->b->split = bx_show_text(l->a, rows[i].split, false);
    l->b->problem = bx_show_text(l->a, rows[i].problem, false);
    l->b->retired = rows[i].retired;
    l->b->private = rows[i].private;
    l->board = rows[i];
    return true;
}

/* Its config says on which boards it is, and not on this one. */
static bool names_others(const struct bx_view_model *m, const char *board)
{
    for (size_t i = 0; i < m->config.nboards; i++)
        if (!strcmp(m->config.boards[i], board))
            return false;
    return m->config.nboards > 0;
}

static bool read_models(struct loader *l, struct bx_err *e)
{
    struct bx_model_row *rows;
    const char *const *members;
    size_t nmembers;
    struct bx_view_board *b = l->b;
    if (!bx_store_models(l->st, &rows, &l->nrows, l->a, e) || !bx_store_members(l->st, b->slug, &members, &nmembers, l->a, e))
        return false;
    l->rows = rows;
    l->models = BX_NEW(l->a, struct bx_view_model *, l->nrows);
    l->coming = BX_NEW(l->a, struct bx_coming, l->nrows);
    b->models = BX_NEW(l->a, struct bx_view_model, l->nrows);
    for (size_t i = 0, k = 0; i < l->nrows; i++) {
        while (k < nmembers && strcmp(members[k], rows[i].slug) < 0)
            k++;
        bool was = k < nmembers && !strcmp(members[k], rows[i].slug);
        bool fits =
            rows[i].config ? bx_task_answers(rows[i].task, b->geometry) : rows[i].invalid != NULL; /* of no config no task is known */
        if (!was && (!fits || b->retired))                                                         /* a board that is gone gains nobody */
            continue;
        struct bx_view_model *m = &b->models[b->nmodels];
        begin_model(l, &rows[i], m);
        m->left = rows[i].config && (!fits || names_others(m, b->slug));
        if (m->left && !was)
            continue;
        l->models[i] = m;
        b->nmodels++;
    }
    bool ok = bx_store_history_counts(l->st, l->board.images, make_room, l, e) &&
              bx_store_history(l->st, &l->board, l->board.images, BX_METRIC_MAP, take_evaluation, l, l->a, e);
    for (size_t k = 0; ok && k < l->nrows; k++)
        ok = end_model(l, k, e);
    return ok;
}

bool bx_view_load(struct bx_store *st, const char *slug, int64_t max_age_ms, struct bx_view_board *b, struct bx_arena *a, struct bx_err *e)
{
    struct loader l = {.st = st, .a = a, .b = b};
    *b = (struct bx_view_board){.max_age_ms = max_age_ms};
    bool ok = find_board(&l, slug, e) && read_test_set(&l, e) && read_runs(&l, e) && read_models(&l, e);
    if (ok && b->private)
        bx_view_hide_private(b, a);
    if (ok)
        bx_view_rank(b);
    return ok;
}

bool bx_view_read(const char *database, const char *slug, int64_t max_age_ms, struct bx_view_board *b, struct bx_arena *a, struct bx_err *e)
{
    struct bx_store *st;
    if (!bx_store_open(database, BX_STORE_READ, &st, e))
        return false;
    bool ok = bx_view_load(st, slug, max_age_ms, b, a, e);
    bx_store_close(st);
    return ok;
}

bool bx_view_knows(const char *database, const char *evaluation, bool *known, struct bx_err *e)
{
    struct bx_store *st;
    bx_id id;
    *known = false;
    if (strlen(evaluation) != 2 * sizeof id.b || !bx_unhex(id.b, evaluation, sizeof id.b))
        return true;
    if (!bx_store_open(database, BX_STORE_READ, &st, e))
        return false;
    bool ok = bx_store_evaluation_known(st, &id, known, e);
    bx_store_close(st);
    return ok;
}

bool bx_view_slugs(const char *database, const char *const **slugs, size_t *ngone, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_store *st;
    struct bx_board_row *rows, *gone;
    if (!bx_store_open(database, BX_STORE_READ, &st, e))
        return false;
    bool ok = bx_store_boards(st, &rows, n, a, e) && bx_store_boards_gone(st, &gone, ngone, a, e);
    if (ok && !*n)
        ok = bx_fail(e, BX_DATA, "'%s' has no board yet: 'boxscore run' makes one", bx_store_path(st));
    const char **list = ok ? BX_NEW(a, const char *, *ngone + *n) : NULL;
    for (size_t i = 0; ok && i < *ngone + *n; i++)
        list[i] = i < *ngone ? gone[i].board.slug : rows[i - *ngone].board.slug;
    *slugs = list;
    bx_store_close(st);
    return ok;
}
