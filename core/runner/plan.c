/* plan.c: what a config says now against what the store remembers: blocked, broken, due or current. */
#include "core/base/banned.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/data/service.h"
#include "core/runner/night.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a server's model is asked, and its key sent; NULL: it is no server's. */
static const char *asked_host(const struct bx_model *m, struct bx_arena *a)
{
    struct bx_service s;
    struct bx_err ignored = {0};
    const char *key;
    char host[256];
    if (!bx_backend_info(&m->backend)->server || !bx_service_of(&m->backend, m->task, &s, &key, a, &ignored))
        return NULL;
    bx_service_host(s.url, host);
    return bx_strdup(a, host);
}

/* A variable the settings do not grant, or that is granted and missing; NULL when all is well. */
static const char *ungranted(const struct bx_night_state *n, const struct bx_model *m, struct bx_arena *a)
{
    for (size_t i = 0; i < m->backend.nenv; i++) {
        bool hidden;
        const char *name = m->backend.env[i];
        if (!bx_settings_grants(n->s, m->slug, name, &hidden))
            return bx_printf(a, "it names the environment variable '%s', which the settings do not grant to it (secrets)", name);
        const char *host = hidden ? asked_host(m, a) : NULL;
        if (host && !bx_settings_grants_host(n->s, host, name))
            return bx_printf(a, "its key '%s' may not be sent to '%s' by the settings (secrets.%s.hosts)", name, host, name);
        if (hidden && !getenv(name))
            return bx_printf(a, "the environment variable '%s' is granted to it and not set", name);
    }
    return NULL;
}

/* Where the store has the model's history. A dry run renames nothing, so it may still be under a former slug. */
static bool slug_in_store(const struct bx_night_state *n, const struct bx_model *m, const char **slug, struct bx_arena *a, struct bx_err *e)
{
    const char *former = NULL;
    if (n->o->dry_run && !bx_store_former(n->store, m, true, &former, a, e))
        return false;
    *slug = former ? former : m->slug;
    return true;
}

/* Its numbers on the board are there, or it is known why they are not: tried once with these answers, labels, class map and rules. */
static bool find_report(const struct bx_night_state *n, const struct bx_model *m, struct bx_night_part *part, struct bx_arena *a,
                        struct bx_err *e)
{
    const struct bx_ready_board *b = part->board;
    struct bx_report_key k = {part->good->detections, b->digest, b->board.geometry, b->protocol, {0}, b->subset};
    memcpy(k.score_digest, m->score_digest, sizeof k.score_digest);
    if (!bx_store_report_has(n->store, &k, &part->scored, e))
        return false;
    for (size_t i = 0; i < b->nslices && part->scored; i++) {
        k.subset = b->slices[i].subset;
        if (!bx_store_report_has(n->store, &k, &part->scored, e))
            return false;
    }
    k.subset = b->subset;
    return part->scored || n->o->retry || bx_store_unscored_get(n->store, &k, &part->unscored, a, e);
}

static bool has_id(const struct bx_testset *t, long long id)
{
    for (size_t i = 0; i < t->nclasses; i++)
        if (t->class_id[i] == id)
            return true;
    return false;
}

/* Would a file whose ids are the test set's be read as something else now? Not when none of its ids was a category then, nor is now. */
static bool names_may_differ(const struct bx_detections *d, const struct bx_testset *t)
{
    for (size_t i = 0; i < d->nnames; i++) {
        long long id;
        if (sscanf(d->names[i], "category %lld", &id) != 1 || has_id(t, id))
            return true;
    }
    return false;
}

/* Answers under the names of other labels were tried here by a program that did not read the file again: that says nothing. */
static bool forget_others(const struct bx_night_state *n, struct bx_night_part *part, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_detections d;
    bool kept, ok = bx_store_detections_get(n->store, part->good->detections, &d, &kept, &a, e);
    if (ok && kept && names_may_differ(&d, part->board->set))
        part->unscored = (struct bx_unscored){0};
    bx_arena_release(&a);
    return ok;
}

/* What the next night will write down first. */
static void killed_since(const struct bx_night_state *n, const struct bx_subject *s, const char *images, struct bx_due_facts *f)
{
    for (size_t i = 0; n->unrecorded && i < n->nsuspects; i++) {
        const struct bx_work *w = &n->suspects[i];
        if (w->killed || strcmp(w->slug, s->slug) != 0 || memcmp(w->version, s->version, 32) != 0 || strcmp(w->images, images) != 0)
            continue;
        f->failures++;
        f->failed_time = w->answered > w->started ? w->answered : w->started;
    }
}

static bool remember(const struct bx_night_state *n, const struct bx_night_group *g, const struct bx_model *m, struct bx_plan *p,
                     struct bx_due_facts *f, struct bx_arena *a, struct bx_err *e)
{
    static const char *const words[BX_NGEOMETRIES] = {"boxes", "masks", "oriented boxes"};
    struct bx_subject subject = {.version = m->version};
    struct bx_partial *rows;
    struct bx_attempts *t = &p->attempts;
    if (!n->store)
        return true;
    if (!slug_in_store(n, m, &subject.slug, a, e) || !bx_store_attempts(n->store, &subject, g->images, p->geometries, t, a, e) ||
        !bx_store_partial_load(n->store, &subject, g->set, p->geometries, NULL, &rows, &f->partial, a, e))
        return false;
    f->complete = f->scored = true;
    f->complete_time = INT64_MAX;
    for (size_t i = 0; i < p->nparts; i++) {
        struct bx_night_part *part = &p->parts[i];
        enum bx_geometry geometry = part->board->board.geometry;
        struct bx_good *own = BX_NEW(a, struct bx_good, 1);
        if (bx_answers_by_id(m) && !bx_store_good_on(n->store, &subject, g->images, part->board->digest, own, a, e))
            return false;
        part->good = own->detections ? own : &t->good[geometry];
        if (!part->good->detections) {
            f->complete = false;
            if (t->any_good)
                f->lacks = words[geometry];
        } else if (!find_report(n, m, part, a, e) ||
                   (part->unscored.reason && bx_answers_by_id(m) && part->good != own && !forget_others(n, part, e)))
            return false;
        f->scored &= part->scored || part->unscored.reason;
        if (part->good->finished < f->complete_time)
            f->complete_time = part->good->finished;
    }
    f->failures = t->failures;
    f->failed_time = t->last;
    killed_since(n, &subject, g->images, f);
    f->other_version = t->other_version;
    f->other_images = t->other_images && n->s->nsets == 1; /* others may be another board's */
    return true;
}

/* A model that answers by the test set's ids, and that was never scored with today's labels: its detections are stored under the class
 * names of then, and a class may have another name now. Reading its file again costs next to nothing. */
static bool read_again(const struct bx_night_state *n, const struct bx_model *m, const struct bx_plan *p, bool *again, struct bx_err *e)
{
    bool ok = true;
    *again = false;
    for (size_t i = 0; ok && bx_answers_by_id(m) && i < p->nparts && !*again; i++) {
        const struct bx_night_part *part = &p->parts[i];
        struct bx_arena a = {0};
        struct bx_detections d;
        bool has = true, kept = true;
        ok = !part->rescore || (bx_store_report_on(n->store, part->good->detections, part->board->digest, &has, e) &&
                                bx_store_detections_get(n->store, part->good->detections, &d, &kept, &a, e));
        *again = ok && (!kept || (!has && names_may_differ(&d, part->board->set)));
        bx_arena_release(&a);
    }
    return ok;
}

static bool settle(struct bx_night_state *n, const struct bx_model *m, bool known, struct bx_plan *p, struct bx_outcome *o,
                   enum bx_outcome_kind kind, const char *reason, struct bx_err *e)
{
    p->settled = true;
    o->kind = kind;
    o->reason = reason;
    if (!n->store || n->o->dry_run)
        return true;
    int64_t now = bx_time_now();
    if (known && !bx_store_model_put(n->store, m, !n->unread, now, e))
        return false;
    if (kind == BX_NIGHT_BLOCKED)
        return bx_store_model_blocked(n->store, m->slug, reason, e);
    char clean[304];
    return bx_store_model_invalid(n->store, m->slug, bx_reason_clean(clean, reason), now, e);
}

/* Of a stranger's command nothing is read before the operator has looked at it; but what ran once has numbers, which are of a version. */
static bool ever_wanted(const struct bx_night_state *n, const struct bx_model *m, bool *wanted, struct bx_err *e)
{
    const uint8_t none[32] = {0};
    *wanted = bx_model_ever_allowed(n->s, &n->allowed, m);
    for (size_t i = 0; n->store && !*wanted && i <= m->nformerly; i++) {
        const struct bx_subject any = {i ? m->formerly[i - 1] : m->slug, none};
        struct bx_arena a = {0};
        struct bx_attempts t;
        bool ok = bx_store_attempts(n->store, &any, "", 0, &t, &a, e);
        *wanted = ok && t.other_version;
        bx_arena_release(&a);
        if (!ok)
            return false;
    }
    return true;
}

/* Its files could not be read, or not tonight: then nothing is known, so nothing is changed. */
static bool unknown(struct bx_night_state *n, const struct bx_model *m, struct bx_outcome *o, const struct bx_err *why, struct bx_arena *a,
                    struct bx_err *e)
{
    struct bx_plan p = {0};
    if (why->code != BX_INTERRUPTED && why->code != BX_TIMEOUT)
        return settle(n, m, false, &p, o, BX_NIGHT_FAILED, bx_strdup(a, why->text), e);
    o->kind = BX_NIGHT_POSTPONED;
    o->reason = bx_strdup(a, why->text);
    n->out->interrupted |= why->code == BX_INTERRUPTED;
    return true;
}

bool bx_night_meet(struct bx_night_state *n, struct bx_model *m, bool *settled, struct bx_outcome *o, struct bx_arena *a, struct bx_err *e)
{
    struct bx_err own = {0};
    struct bx_plan p = {0};
    bool wanted;
    *settled = true;
    if (!ever_wanted(n, m, &wanted, e))
        return false;
    n->unread = !wanted;
    if (!bx_registry_marks(m, &n->look, n->marks, &own) || (wanted && !bx_registry_files(m, &n->look, &own)))
        return unknown(n, m, o, &own, a, e);
    if (!bx_boards_fit(n->s, &n->boards, m, &own))
        return settle(n, m, true, &p, o, BX_NIGHT_FAILED, bx_strdup(a, own.text), e);
    *settled = false;
    if (bx_boards_lack(n->s, m, &own))
        bx_warn("model '%s': %s", m->slug, own.text);
    if (!n->store || n->o->dry_run)
        return true;
    /* A rename takes the history along, so the row comes before the questions about it. Where it is blocked is found out anew, one group of
     * images after the other; what the night does not look at stays as it was. */
    return bx_store_model_put(n->store, m, wanted, bx_time_now(), e) && (n->o->board || bx_store_model_blocked(n->store, m->slug, NULL, e));
}

static void find_parts(const struct bx_night_group *g, const struct bx_model *m, struct bx_plan *p, struct bx_arena *a)
{
    static const struct bx_good none;
    p->parts = BX_NEW(a, struct bx_night_part, g->nboards);
    for (size_t i = 0; i < g->nboards; i++)
        if (bx_board_takes(&g->boards[i]->board, m)) {
            p->parts[p->nparts++] = (struct bx_night_part){.board = g->boards[i], .good = &none};
            p->geometries |= 1u << g->boards[i]->board.geometry;
        }
}

/* What is to be scored again, when its detections are still there. */
static bool plan_rescore(struct bx_night_state *n, struct bx_plan *p, const struct bx_model *m, struct bx_err *e)
{
    bool again;
    for (size_t i = 0; i < p->nparts; i++) {
        struct bx_night_part *part = &p->parts[i];
        part->rescore = part->good->detections && !part->scored && !part->unscored.reason;
        p->rescore |= part->rescore;
    }
    if (p->due.kind != BX_DUE_RESCORE)
        return true;
    if (!read_again(n, m, p, &again, e))
        return false;
    if (again) {
        p->rescore = false;
        p->due.kind = BX_DUE_RUN;
        snprintf(p->due.why, sizeof p->due.why, "the labels changed, and its category ids are those of the test set");
    }
    return true;
}

/* Settled where it may not. */
static bool may_run(struct bx_night_state *n, const struct bx_model *m, struct bx_plan *p, struct bx_outcome *o, struct bx_arena *a,
                    struct bx_err *e)
{
    char why[200];
    const char *variable = ungranted(n, m, a);
    if (variable)
        return settle(n, m, true, p, o, BX_NIGHT_BLOCKED, variable, e);
    if (!bx_model_allowed(n->s, &n->allowed, m, why))
        return settle(n, m, true, p, o, BX_NIGHT_BLOCKED, bx_strdup(a, why), e);
    const struct bx_backend_env env = {.onnxruntime = n->s->onnxruntime_path};
    const char *lacks = bx_backend_lacks(m, &env, a);
    if (lacks)
        return settle(n, m, true, p, o, BX_NIGHT_BLOCKED, lacks, e);
    return !n->o->board || !n->store || n->o->dry_run || bx_store_model_blocked(n->store, m->slug, NULL, e);
}

bool bx_night_plan(struct bx_night_state *n, const struct bx_night_group *g, const struct bx_model *m, struct bx_plan *p,
                   struct bx_outcome *o, struct bx_arena *a, struct bx_err *e)
{
    struct bx_due_facts f = {.now = bx_time_now(), .retry = n->o->retry, .force = n->o->force, .images = g->set->nimages};
    f.max_age = n->o->max_age >= 0 ? n->o->max_age : n->s->max_age;
    find_parts(g, m, p, a);
    if (!p->nparts)
        return true;
    if (n->unread)
        return may_run(n, m, p, o, a, e);
    if (!remember(n, g, m, p, &f, a, e))
        return false;
    bx_due_decide(&f, &p->due);
    if (!plan_rescore(n, p, m, e))
        return false;
    return p->due.kind != BX_DUE_RUN || may_run(n, m, p, o, a, e);
}
