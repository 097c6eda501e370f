/* plan.c: what a config says now against what the store remembers: blocked, broken, due or current. */
#include "core/base/banned.h"
#include "core/base/text.h"
#include "core/runner/night.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool bx_night_has_report(const struct bx_night_state *n, const char *detections, const uint8_t score_digest[32])
{
    for (size_t i = 0; i < n->nreports; i++) {
        const struct bx_report_key *k = &n->reports[i].key;
        if (k->geometry == n->board->geometry && !memcmp(k->score_digest, score_digest, 32) && !strcmp(k->detections, detections) &&
            !strcmp(k->testset, n->digest) && !strcmp(k->protocol, BX_PROTOCOL_COCO) && !*k->subset)
            return true;
    }
    return false;
}

/* A variable the settings do not grant, or that is granted and missing; NULL when all is well. */
static const char *ungranted(const struct bx_night_state *n, const struct bx_model *m, struct bx_arena *a)
{
    for (size_t i = 0; i < m->backend.nenv; i++) {
        bool hidden;
        const char *name = m->backend.env[i];
        if (!bx_settings_grants(n->s, m->slug, name, &hidden))
            return bx_printf(a, "it names the environment variable '%s', which the settings do not grant to it (secrets)", name);
        if (hidden && !getenv(name))
            return bx_printf(a, "the environment variable '%s' is granted to it and not set", name);
    }
    return NULL;
}

static bool has_row(const struct bx_night_state *n, const char *slug)
{
    for (size_t i = 0; i < n->nrows; i++)
        if (!strcmp(n->rows[i].slug, slug))
            return true;
    return false;
}

/* Where the store has the model's history. A dry run renames nothing, so it may still be under a former slug. */
static const char *slug_in_store(const struct bx_night_state *n, const struct bx_model *m)
{
    for (size_t i = 0; n->o->dry_run && !has_row(n, m->slug) && i < m->nformerly; i++)
        if (has_row(n, m->formerly[i]))
            return m->formerly[i];
    return m->slug;
}

static bool other_evaluations(const struct bx_night_state *n, const struct bx_model *m, struct bx_due_facts *f, struct bx_arena *a,
                              struct bx_err *e)
{
    struct bx_evaluation *rows;
    size_t count;
    if (!bx_store_evaluations(n->store, slug_in_store(n, m), &rows, &count, a, e))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool same = !memcmp(rows[i].version, m->version, 32);
        f->other_version |= !same;
        f->other_images |= same && strcmp(rows[i].images, n->images) != 0;
    }
    return true;
}

static bool remember(const struct bx_night_state *n, const struct bx_model *m, struct bx_due_facts *f, struct bx_attempts *t,
                     struct bx_arena *a, struct bx_err *e)
{
    const struct bx_subject subject = {slug_in_store(n, m), m->version, n->board->geometry};
    struct bx_partial *rows;
    if (!n->store)
        return true;
    if (!bx_store_attempts(n->store, &subject, n->images, t, a, e) ||
        !bx_store_partial_load(n->store, &subject, &n->set, NULL, &rows, &f->partial, a, e) || !other_evaluations(n, m, f, a, e))
        return false;
    f->complete = t->last_ok != 0;
    f->complete_time = t->last_ok;
    f->failures = t->failures;
    f->failed_time = t->last;
    f->scored = t->detections && bx_night_has_report(n, t->detections, m->score_digest);
    return true;
}

/* A file of predictions whose ids are the test set's, and that was never scored with today's labels: its detections are stored under the
 * class names of then, and a class may have another name now. Reading the file again costs next to nothing. */
static bool names_may_differ(const struct bx_night_state *n, const struct bx_model *m, const char *detections)
{
    if (!bx_backend_info(&m->backend)->test_set_ids || m->backend.ncategories)
        return false;
    for (size_t i = 0; i < n->nreports; i++) {
        const struct bx_report_key *k = &n->reports[i].key;
        if (!strcmp(k->detections, detections) && !strcmp(k->testset, n->digest))
            return false;
    }
    return true;
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
    if (known && !bx_store_model_put(n->store, m, true, now, e))
        return false;
    if (kind == BX_NIGHT_BLOCKED)
        return bx_store_model_blocked(n->store, m->slug, reason, e);
    char clean[304];
    return bx_store_model_invalid(n->store, m->slug, bx_reason_clean(clean, reason), now, e);
}

bool bx_night_plan(struct bx_night_state *n, struct bx_model *m, struct bx_plan *p, struct bx_outcome *o, struct bx_arena *a,
                   struct bx_err *e)
{
    struct bx_err own = {0};
    if (!bx_registry_files(m, n->s->runner_path, n->s->nrunner_path, &own))
        return settle(n, m, false, p, o, BX_NIGHT_FAILED, bx_strdup(a, own.text), e);
    if (!bx_boards_fit(n->s, &n->boards, m, &own))
        return settle(n, m, true, p, o, BX_NIGHT_FAILED, bx_strdup(a, own.text), e);
    struct bx_due_facts f = {.now = bx_time_now(), .retry = n->o->retry, .force = n->o->force, .images = n->set.nimages};
    f.max_age = n->o->max_age >= 0 ? n->o->max_age : n->s->max_age;
    /* A rename takes the history along, so the row comes before the questions about it. */
    if (n->store && !n->o->dry_run && !bx_store_model_put(n->store, m, true, f.now, e))
        return false;
    if (!remember(n, m, &f, &p->attempts, a, e))
        return false;
    bx_due_decide(&f, &p->due);
    p->rescore = f.complete && !f.scored && p->attempts.detections;
    if (p->due.kind == BX_DUE_RESCORE && !p->rescore) {
        p->due.kind = BX_DUE_RUN;
        snprintf(p->due.why, sizeof p->due.why, "its numbers are to be made again and its detections are no longer kept");
    }
    if (p->due.kind == BX_DUE_RESCORE && names_may_differ(n, m, p->attempts.detections)) {
        p->rescore = false;
        p->due.kind = BX_DUE_RUN;
        snprintf(p->due.why, sizeof p->due.why, "the labels changed, and its category ids are those of the test set");
    }
    if (p->due.kind == BX_DUE_RUN) {
        char why[200];
        const char *variable = ungranted(n, m, a);
        if (variable)
            return settle(n, m, true, p, o, BX_NIGHT_BLOCKED, variable, e);
        if (!bx_model_allowed(n->s, &n->allowed, m, why))
            return settle(n, m, true, p, o, BX_NIGHT_BLOCKED, bx_strdup(a, why), e);
    }
    return !n->store || n->o->dry_run || bx_store_model_blocked(n->store, m->slug, NULL, e);
}
