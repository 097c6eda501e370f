/* night.c: one night: the lock, the test set, every model in turn, and what came of it. */
#include "core/runner/runner.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/runner/confine.h"
#include "core/runner/night.h"
#include "core/runner/resample.h"
#include "core/runner/seen.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const outcome_names[] = {
    [BX_NIGHT_CURRENT] = "current",     [BX_NIGHT_WAITING] = "waiting",   [BX_NIGHT_DUE] = "due",         [BX_NIGHT_RESCORE] = "to rescore",
    [BX_NIGHT_DONE] = "done",           [BX_NIGHT_RESCORED] = "rescored", [BX_NIGHT_RETIRED] = "retired", [BX_NIGHT_BLOCKED] = "not run",
    [BX_NIGHT_POSTPONED] = "postponed", [BX_NIGHT_PARTIAL] = "partial",   [BX_NIGHT_FAILED] = "failed",
};

const char *bx_outcome_name(enum bx_outcome_kind k)
{
    return outcome_names[k];
}

int bx_night_status(const struct bx_night *night)
{
    const size_t *c = night->counts;
    if (night->interrupted)
        return 130;
    int worst = c[BX_NIGHT_FAILED] || c[BX_NIGHT_PARTIAL] || c[BX_NIGHT_BLOCKED] || c[BX_NIGHT_WAITING];
    for (size_t i = 0; i < night->nbad; i++) {
        int status = bx_exit_status(night->bad[i].why.code);
        worst = status > worst ? status : worst;
    }
    return worst;
}

static void record(struct bx_night_state *n, const struct bx_outcome *o)
{
    struct bx_night *out = n->out;
    if (out->n == n->cap) { /* arena memory: doubling leaves the old halves behind, which is little */
        n->cap = n->cap ? n->cap * 2 : 64;
        struct bx_outcome *more = BX_NEW(n->arena, struct bx_outcome, n->cap);
        if (out->n)
            memcpy(more, out->at, out->n * sizeof *more);
        out->at = more;
    }
    struct bx_outcome *kept = &out->at[out->n++];
    *kept = *o;
    kept->order = out->n;
    char slug[304]; /* a file's name, where that is no slug */
    kept->slug = bx_strdup(n->arena, bx_reason_clean(slug, o->slug));
    if (o->kind == BX_NIGHT_FAILED || o->kind == BX_NIGHT_PARTIAL)
        kept->score = NAN; /* another board's */
    if (o->reason) {
        char clean[304];
        kept->reason = bx_strdup(n->arena, bx_reason_clean(clean, o->reason));
    }
    if (o->fallen) {
        char clean[304];
        kept->fallen = bx_strdup(n->arena, bx_reason_clean(clean, o->fallen));
    }
    out->counts[o->kind]++;
    if (n->o->tell)
        n->o->tell(n->o->self, kept);
}

static int by_slug(const void *pa, const void *pb)
{
    const struct bx_outcome *a = pa, *b = pb;
    int c = strcmp(a->slug, b->slug);
    return c ? c : (a->order > b->order) - (a->order < b->order);
}

static bool bad_configs(struct bx_night_state *n, struct bx_err *e)
{
    for (size_t i = 0; i < n->registry.nbad; i++) {
        const struct bx_bad_config *b = &n->registry.bad[i];
        if (!bx_night_chosen(n, b->slug))
            continue;
        struct bx_outcome o = {.slug = b->slug ? b->slug : bx_path_base(b->path), .kind = BX_NIGHT_FAILED, .score = NAN};
        char clean[304]; /* it quotes the config */
        o.reason = bx_strdup(n->arena, bx_reason_clean(clean, bx_printf(n->arena, "config: %s", b->reason)));
        if (b->slug && n->store && !n->o->dry_run && !bx_store_model_invalid(n->store, b->slug, o.reason, bx_time_now(), e))
            return false;
        record(n, &o);
    }
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Every slug that a config has now, or had formerly; sorted. */
static const char **known_slugs(struct bx_night_state *n, size_t *count)
{
    const struct bx_registry *r = &n->registry;
    size_t cap = r->n + r->nbad, k = 0;
    for (size_t i = 0; i < r->n; i++)
        cap += r->models[i].nformerly;
    const char **list = BX_NEW(n->arena, const char *, cap);
    for (size_t i = 0; i < r->n; i++) {
        list[k++] = r->models[i].slug;
        for (size_t f = 0; f < r->models[i].nformerly; f++)
            list[k++] = r->models[i].formerly[f];
    }
    for (size_t i = 0; i < r->nbad; i++)
        if (r->bad[i].slug)
            list[k++] = r->bad[i].slug;
    if (k)
        qsort(list, k, sizeof *list, by_text);
    *count = k;
    return list;
}

static void retired_models(struct bx_night_state *n)
{
    size_t count;
    const char **known = known_slugs(n, &count);
    for (size_t i = 0; i < n->nrows && !n->o->nmodels; i++) {
        const struct bx_model_row *row = &n->rows[i];
        if (row->retired || row->elsewhere || (count && bsearch(&row->slug, known, count, sizeof *known, by_text)))
            continue;
        const struct bx_outcome o = {.slug = row->slug, .kind = BX_NIGHT_RETIRED, .reason = "its config is gone", .score = NAN};
        record(n, &o);
    }
}

/* What a board could not score before, it cannot now. */
static void still_failed(const struct bx_night_state *n, const struct bx_plan *p, struct bx_outcome *o)
{
    for (size_t i = 0; i < p->nparts; i++)
        if (p->parts[i].unscored.failed)
            bx_night_blame(n, p->parts[i].board, p->parts[i].unscored.reason, o);
}

/* A night that is killed here takes the model last the next time; that it was scored again is no failure of asking it. */
static bool rescore(struct bx_night_state *n, const struct bx_night_group *g, const struct bx_model *m, const struct bx_plan *p,
                    struct bx_outcome *o, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_subject subject = {m->slug, m->version};
    if (!bx_store_work_begin(n->store, &subject, g->images, &n->run, false, bx_time_now(), e) || !bx_night_rescore(n, m, p, o, a, e))
        return false;
    return (p->due.kind == BX_DUE_RUN && bx_night_suspect(n, m)) || bx_store_work_end(n->store, m->slug, e);
}

/* One model, and one group's images. */
static bool one_group(struct bx_night_state *n, struct bx_night_group *g, const struct bx_model *m, struct bx_arena *a, struct bx_err *e)
{
    struct bx_outcome o = {.slug = m->slug, .score = NAN};
    struct bx_plan p = {0};
    if (!bx_night_plan(n, g, m, &p, &o, a, e))
        return false;
    if (p.due.clock_warning)
        bx_warn("model '%s': %s; is the clock right?", m->slug, p.due.why);
    if (!p.nparts)
        return true;
    if (n->s->nboards > 1)
        o.board = p.parts[0].board->board.slug;
    if (p.settled) {
        record(n, &o);
        return true;
    }
    o.reason = p.due.why;
    bool run = p.due.kind == BX_DUE_RUN;
    if ((run || p.rescore) && n->o->leave_suspects && bx_night_suspect(n, m)) {
        size_t k = n->out->nsuspects;
        if (!k || strcmp(n->out->suspects[k - 1], m->slug) != 0)
            n->out->suspects[n->out->nsuspects++] = m->slug;
        return true;
    }
    if (n->o->dry_run) {
        o.kind = run ? BX_NIGHT_DUE : p.rescore ? BX_NIGHT_RESCORE : p.due.kind == BX_DUE_WAIT ? BX_NIGHT_WAITING : BX_NIGHT_CURRENT;
        if (!run && !p.rescore)
            still_failed(n, &p, &o);
        record(n, &o);
        return true;
    }
    o.kind = p.due.kind == BX_DUE_WAIT ? BX_NIGHT_WAITING : BX_NIGHT_CURRENT;
    /* The last good numbers follow the labels even when a newer evaluation is tried. */
    if (p.rescore && !bx_night_stopping(n) && !rescore(n, g, m, &p, &o, a, e))
        return false;
    if (run && (bx_night_stopping(n) || (n->o->until && bx_time_now() >= n->o->until))) {
        o.kind = BX_NIGHT_POSTPONED;
        o.reason = bx_printf(a, "%s; %s", p.due.why, bx_night_stopping(n) ? "the night was stopped" : "it was too late to start it");
    } else if (run && !bx_night_run_model(n, g, m, &p, &o, a, e))
        return false;
    if (!run)
        still_failed(n, &p, &o);
    record(n, &o);
    return true;
}

static bool same_labels(const struct bx_testset *x, const struct bx_testset *y)
{
    bool same = x->nclasses == y->nclasses && (x == y || !memcmp(x->class_id, y->class_id, x->nclasses * sizeof *x->class_id));
    for (size_t i = 0; same && i < x->nclasses; i++)
        same = !strcmp(x->class_name[i], y->class_name[i]);
    return same;
}

/* Of a model that answers by the test set's ids an evaluation is of one set of labels, too: the group is taken in parts. */
static bool each_labels(struct bx_night_state *n, struct bx_night_group *g, const struct bx_model *m, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_testset *set = g->set;
    const struct bx_ready_board **boards = g->boards;
    size_t nboards = g->nboards;
    bool ok = true, *done = BX_NEW(a, bool, nboards);
    g->boards = BX_NEW(a, const struct bx_ready_board *, nboards);
    for (size_t i = 0; ok && i < nboards; i++) {
        if (done[i])
            continue;
        g->nboards = 0;
        g->set = boards[i]->set;
        for (size_t k = i; k < nboards; k++)
            if (same_labels(boards[k]->set, g->set)) {
                g->boards[g->nboards++] = boards[k];
                done[k] = true;
            }
        ok = one_group(n, g, m, a, e);
    }
    g->set = set;
    g->boards = boards;
    g->nboards = nboards;
    return ok;
}

static bool one_model(struct bx_night_state *n, struct bx_model *m, struct bx_arena *a, struct bx_err *e)
{
    struct bx_outcome o = {.slug = m->slug, .score = NAN};
    if (n->o->board && !bx_board_takes(&n->boards.at[0].board, m)) /* it was read, or there were no night */
        return true;
    bool settled = false, ok = bx_night_meet(n, m, &settled, &o, a, e);
    if (ok && settled)
        record(n, &o);
    for (size_t i = 0; ok && !settled && i < n->ngroups; i++)
        ok = (bx_answers_by_id(m) ? each_labels : one_group)(n, &n->groups[i], m, a, e);
    return ok;
}

static bool these_models(struct bx_night_state *n, bool suspects, struct bx_err *e)
{
    for (size_t i = 0; i < n->registry.n; i++) {
        struct bx_model *m = &n->registry.models[i];
        if (!bx_night_chosen(n, m->slug) || bx_night_suspect(n, m) != suspects)
            continue;
        struct bx_arena a = {0};
        bool ok = one_model(n, m, &a, e);
        bx_arena_release(&a);
        if (!ok)
            return false;
    }
    return true;
}

/* Whoever may end the night again comes when all others have their numbers. */
static bool all_models(struct bx_night_state *n, struct bx_err *e)
{
    return these_models(n, false, e) && these_models(n, true, e);
}

/* The night that was killed while a model was asked is that model's failure: it would begin and end every night to come. */
static bool killed_nights(struct bx_night_state *n, struct bx_err *e)
{
    n->out->suspects = BX_NEW(n->arena, const char *, n->registry.n);
    if (!n->store || !bx_store_works(n->store, &n->suspects, &n->nsuspects, n->arena, e))
        return !n->store;
    char holder[160];
    bool ended = n->o->dry_run && n->nsuspects && !bx_lock_holder(n->s->database, holder);
    for (size_t i = 0; i < n->nsuspects; i++) {
        const struct bx_work *w = &n->suspects[i];
        n->unrecorded |= ended && !w->killed;
        if (w->killed || n->o->dry_run)
            continue;
        struct bx_evaluation ev = {
            .id = bx_id_new(),
            .run = w->run,
            .slug = w->slug,
            .images = w->images,
            .status = BX_EVALUATION_FAILED,
            .reason = "the night was killed, or its machine went down, while this model was asked",
            .started = w->started,
            .finished = w->answered > w->started ? w->answered : w->started,
            .host = w->host,
            .boxscore = w->boxscore,
            .shard = "",
            .latency_ms = NAN,
            .resumable = true,
        };
        memcpy(ev.version, w->version, sizeof ev.version);
        const struct bx_evaluation_end end = {.killed = true};
        if (!bx_store_evaluation_put(n->store, &ev, &end, e))
            return false;
    }
    return true;
}

static bool end_run(struct bx_night_state *n, bool ok, struct bx_err *e)
{
    struct bx_night *out = n->out;
    unsigned failed = 0, models = 0;
    for (size_t i = 0, end; i < out->n; i = end) { /* a model's outcomes, one for each set of images, follow one another */
        bool tried = false, bad = false;
        for (end = i; end < out->n && !strcmp(out->at[end].slug, out->at[i].slug); end++) {
            enum bx_outcome_kind k = out->at[end].kind;
            bad |= k == BX_NIGHT_FAILED || k == BX_NIGHT_PARTIAL;
            tried |= bad || k == BX_NIGHT_DONE || k == BX_NIGHT_RESCORED;
        }
        failed += bad;
        models += tried;
    }
    struct bx_err ignored = {0};
    const char *outcome = !ok ? "failed" : out->interrupted ? "interrupted" : "complete";
    int status = ok ? bx_night_status(out) : bx_exit_status(e->code);
    return bx_store_run_end(n->store, &n->run, outcome, models, failed, status, bx_time_now(), ok ? e : &ignored) && ok;
}

/* Answers of models that are gone, or other ones now: which these are only a night that met all of them knows. */
static bool prune(struct bx_night_state *n, struct bx_err *e)
{
    return n->o->nmodels || n->o->board || n->out->interrupted || bx_night_stopping(n) || bx_store_partial_prune(n->store, e);
}

static bool hold(struct bx_night_state *n, struct bx_err *e)
{
    if (!bx_night_open_store(n, e) || !bx_night_meet_store(n, e))
        return false;
    bool dry = n->o->dry_run;
    bx_host_describe(&n->host, n->arena);
    if (!dry) {
        if (!bx_night_work_folder(n, e) || !bx_store_run_begin(n->store, n->o->verb, &n->host, bx_time_now(), &n->run, e))
            return false;
        bx_hex(n->out->run_id, n->run.b, sizeof n->run.b);
    }
    bool ok = killed_nights(n, e) && bad_configs(n, e) && all_models(n, e) && (dry || bx_night_seen(n, e));
    retired_models(n);
    const struct bx_resample_options ro = {.threads = n->s->threads, .stop = n->o->stop, .until = n->o->until};
    if (ok && !dry)
        ok = bx_night_put_members(n, e) && prune(n, e) && bx_resample(n->store, &ro, e);
    n->out->interrupted |= bx_night_stopping(n);
    if (!dry)
        ok = end_run(n, ok, e);
    return ok;
}

static void look_at_files(struct bx_night_state *n)
{
    bx_digests_open(&n->known, bx_printf(n->arena, "%s.files", n->s->database), n->s->verify);
    n->look = bx_settings_look(n->s, n->o->stop);
    n->look.known = &n->known;
    n->look.night_files = n->files_left = n->s->limit_night_files;
    n->look.left = &n->files_left;
}

bool bx_night_run(const struct bx_settings *s, const struct bx_night_options *o, struct bx_night *night, struct bx_arena *a,
                  struct bx_err *e)
{
    *night = (struct bx_night){0};
    struct bx_night_state *n = BX_NEW(a, struct bx_night_state, 1);
    n->s = s;
    n->o = o;
    n->arena = a;
    n->out = night;
    struct bx_lock lock = {.fd = -1};
    /* The lock comes first: a second night must stop at once, not after it has read a test set. */
    if (!o->dry_run) {
        char *dir = bx_path_dir(a, s->database);
        if (!bx_mkdirs(dir, e) || !bx_lock_take(s->database, o->verb, &lock, e))
            return false;
    }
    look_at_files(n);
    /* Which of two configs stays is known by the store; one is made when there is something to run. */
    bool ok = (!bx_path_exists(s->database) || bx_night_open_store(n, e)) && bx_night_read_configs(n, e) && bx_night_read_boards(n, e);
    if (o->holding)
        *o->holding = 1;
    ok = ok && hold(n, e);
    bx_confine_leave();
    for (size_t i = 0; i < n->ngroups; i++)
        bx_staging_close(&n->groups[i].staging);
    if (n->work)
        bx_remove_tree(n->work, NULL);
    bx_store_close(n->store);
    bx_verbose("models' files: %jd bytes were read", (intmax_t)(s->limit_night_files - n->files_left));
    bx_digests_close(&n->known, !o->dry_run);
    if (o->holding)
        *o->holding = 0;
    if (!o->dry_run)
        bx_lock_release(&lock);
    if (night->n)
        qsort(night->at, night->n, sizeof *night->at, by_slug);
    return ok;
}
