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
    struct bx_board_row board;
    const char *fingerprint; /* of the board's machine; NULL: unknown */
    const struct bx_model_row *rows;
    size_t nrows, next;             /* next: the first model that history has not come to */
    struct bx_view_model **models;  /* [nrows] NULL: not on this board */
    struct bx_view_evaluation *run; /* those of one model while they come in; malloc'ed */
    struct bx_latest *latest;
    size_t nrun, cap;
    struct run_id {
        bx_id id;
        const char *hex;
    } * runs; /* by id */
    size_t nruns;
    struct shown { /* the last text that was made for showing: most rows have the same */
        const char *raw, *shown;
    } host, boxscore, runner;
    uint8_t version[32];
    const char *version_hex;
};

/* What becomes of a model's evaluations besides their rows. */
struct bx_latest {
    bx_id evaluation;
    char detections[BX_DIGEST_SIZE];
    struct bx_unscored unscored;
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

static bool read_report(struct loader *l, const struct bx_model_row *row, const char *detections, const struct bx_report **out,
                        struct bx_err *e)
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
    return true;
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

static const char *run_hex(const struct loader *l, const bx_id *id)
{
    const struct run_id *r = l->nruns ? bsearch(id, l->runs, l->nruns, sizeof *l->runs, by_run) : NULL;
    return r ? r->hex : hex(l->a, id->b, sizeof id->b);
}

static const char *version_hex(struct loader *l, const uint8_t version[32])
{
    if (!l->version_hex || memcmp(l->version, version, 32) != 0) {
        memcpy(l->version, version, 32);
        l->version_hex = hex(l->a, version, 32);
    }
    return l->version_hex;
}

static void show_evaluation(struct loader *l, const struct bx_history_row *r, struct bx_view_evaluation *out)
{
    const struct bx_evaluation *ev = &r->evaluation;
    *out = (struct bx_view_evaluation){
        .run = run_hex(l, &ev->run),
        .status = ev->status == BX_EVALUATION_OK        ? BX_VIEW_OK
                  : ev->status == BX_EVALUATION_PARTIAL ? BX_VIEW_PARTIAL
                                                        : BX_VIEW_FAILED,
        .reason = bx_show_text(l->a, ev->reason, false),
        .output = ev->log && ev->log[0] ? bx_show_text(l->a, ev->log, true) : NULL,
        .version = version_hex(l, ev->version),
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
        .map = ev->status == BX_EVALUATION_OK ? bx_history_get(r, BX_METRIC_MAP) : (double)NAN,
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

/* The newest complete one of the current version; while there is none, the newest complete one of another. */
static size_t find_current(const struct loader *l, const struct bx_view_model *m, bool *of_version)
{
    size_t other = SIZE_MAX;
    *of_version = true;
    for (size_t i = 0; i < l->nrun; i++) {
        const struct bx_view_evaluation *v = &l->run[i];
        if (v->scored && m->version && !strcmp(v->version, m->version))
            return i;
        if (v->scored && other == SIZE_MAX)
            other = i;
    }
    *of_version = false;
    return other;
}

/* Why its last answers, if they are of this version, have no numbers here. */
static struct bx_unscored find_unscored(const struct loader *l, const struct bx_view_model *m)
{
    const struct bx_view_evaluation *last = m->last;
    if (!last || last->status != BX_VIEW_OK || last->scored || !m->version || strcmp(last->version, m->version) != 0)
        return (struct bx_unscored){0};
    return l->latest[last - m->history].unscored;
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

static void name_detections(struct loader *l, size_t i)
{
    if (i < l->nrun && *l->latest[i].detections)
        l->run[i].detections = bx_strdup(l->a, l->latest[i].detections);
}

/* The history of a model has come in: newest first. */
static bool end_model(struct loader *l, size_t k, struct bx_err *e)
{
    struct bx_view_model *m = l->models[k];
    if (!m)
        return true;
    bool of_version;
    size_t current = find_current(l, m, &of_version);
    name_detections(l, 0);
    name_detections(l, current);
    m->history = l->nrun ? bx_memdup(l->a, l->run, l->nrun * sizeof *l->run) : NULL;
    m->nhistory = l->nrun;
    m->last = find_last(m);
    if (current != SIZE_MAX) {
        struct bx_view_evaluation *v = (struct bx_view_evaluation *)&m->history[current];
        const struct bx_latest *latest = &l->latest[current];
        m->current = v;
        m->complete = of_version;
        if (!read_report(l, &l->rows[k], v->detections, &m->report, e))
            return false;
        if (!v->other_machine) {
            m->latency_ms = v->latency_ms;
            if (isfinite(m->latency_ms) && !read_latencies(l, &latest->evaluation, m, e))
                return false;
        }
    }
    const struct bx_unscored unscored = find_unscored(l, m);
    judge(m, &l->rows[k], &unscored, l->a);
    return true;
}

/* The models whose histories are through, or who have none, up to this slug; NULL: all that are left. */
static bool end_models_before(struct loader *l, const char *slug, struct bx_err *e)
{
    for (; l->next < l->nrows && (!slug || strcmp(l->rows[l->next].slug, slug) < 0); l->next++) {
        if (!end_model(l, l->next, e))
            return false;
        l->nrun = 0;
    }
    return true;
}

static bool take_evaluation(void *self, const struct bx_history_row *r, struct bx_err *e)
{
    struct loader *l = self;
    if (!end_models_before(l, r->evaluation.slug, e))
        return false;
    if (l->next == l->nrows || strcmp(l->rows[l->next].slug, r->evaluation.slug) != 0 || !l->models[l->next])
        return true;
    if (l->nrun == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 512;
        l->run = bx_xrealloc(l->run, l->cap, sizeof *l->run);
        l->latest = bx_xrealloc(l->latest, l->cap, sizeof *l->latest);
    }
    struct bx_latest *latest = &l->latest[l->nrun];
    *latest = (struct bx_latest){.evaluation = r->evaluation.id, .unscored = r->unscored};
    if (r->digest_n == 32) {
        memcpy(latest->detections, "bx1-dets-", 9);
        bx_hex(latest->detections + 9, r->digest, 32);
    } else if (r->digest_n < sizeof latest->detections)
        memcpy(latest->detections, r->digest, r->digest_n);
    show_evaluation(l, r, &l->run[l->nrun++]);
    return true;
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
    l->b->problem = bx_show_text(l->a, rows[i].problem, false);
    l->b->retired = rows[i].retired;
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
    b->models = BX_NEW(l->a, struct bx_view_model, l->nrows);
    for (size_t i = 0, k = 0; i < l->nrows; i++) {
        while (k < nmembers && strcmp(members[k], rows[i].slug) < 0)
            k++;
        bool was = k < nmembers && !strcmp(members[k], rows[i].slug);
        bool fits =
            rows[i].config ? bx_task_answers(rows[i].task, b->geometry) : rows[i].invalid != NULL; /* of no config no task is known */
        if (!fits && !was)
            continue;
        struct bx_view_model *m = &b->models[b->nmodels];
        begin_model(l, &rows[i], m);
        m->left = rows[i].config && (!fits || names_others(m, b->slug));
        if (m->left && !was)
            continue;
        l->models[i] = m;
        b->nmodels++;
    }
    return bx_store_history(l->st, &l->board, l->board.images, take_evaluation, l, l->a, e) && end_models_before(l, NULL, e);
}

bool bx_view_load(struct bx_store *st, const char *slug, int64_t max_age_ms, struct bx_view_board *b, struct bx_arena *a, struct bx_err *e)
{
    struct loader l = {.st = st, .a = a, .b = b};
    *b = (struct bx_view_board){.max_age_ms = max_age_ms};
    bool ok = find_board(&l, slug, e) && read_test_set(&l, e) && read_runs(&l, e) && read_models(&l, e);
    free(l.run);
    free(l.latest);
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
