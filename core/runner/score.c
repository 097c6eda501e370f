/* score.c: detections → report. */
#include "core/runner/score.h"
#include "core/base/banned.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/data/synonyms.h"
#include "core/metric/base.h"
#include "core/metric/metric.h"
#include "core/runner/boards.h"
#include "core/runner/night.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A class that this test set lacks and another board's has: what is mapped to it falls away here. That one board has it, bx_boards_fit
 * knows. */
static const struct bx_classmap_pair *map_here(const struct bx_testset *set, const struct bx_model *m, struct bx_arena *a)
{
    struct bx_classmap_pair *here = BX_NEW(a, struct bx_classmap_pair, m->nclass_map);
    for (size_t i = 0; i < m->nclass_map; i++) {
        here[i].from = m->class_map[i].from;
        for (size_t c = 0; m->class_map[i].to && c < set->nclasses && !here[i].to; c++)
            if (!strcmp(set->class_name[c], m->class_map[i].to))
                here[i].to = set->class_name[c];
    }
    return here;
}

bool bx_score_classes(const struct bx_testset *set, const struct bx_model *m, const struct bx_detections *d, uint32_t *class_of,
                      struct bx_arena *a, struct bx_err *e)
{
    return bx_classmap_resolve(d, set, map_here(set, m, a), m->nclass_map, class_of, e);
}

static bool mapped_away(const struct bx_model *m, const char *name)
{
    for (size_t i = 0; i < m->nclass_map; i++)
        if (!strcmp(m->class_map[i].from, name))
            return true;
    return false;
}

static int by_number(const void *x, const void *y)
{
    const struct bx_fallen *a = x, *b = y;
    return a->n != b->n ? (a->n < b->n) - (a->n > b->n) : strcmp(a->name, b->name);
}

/* Detections of classes that the test set lacks and no class map mentions. */
static void count_fallen(const struct bx_testset *set, const struct bx_model *m, const struct bx_detections *d, const uint32_t *class_of,
                         struct bx_report *out, struct bx_arena *a)
{
    uint64_t *count = BX_NEW(a, uint64_t, d->nnames);
    for (size_t i = 0; i < d->n; i++)
        count[d->name[i]] += class_of[d->name[i]] == BX_UNMAPPED;
    struct bx_fallen *all = BX_NEW(a, struct bx_fallen, d->nnames);
    size_t n = 0;
    out->nfallen_detections = 0;
    for (size_t i = 0; i < d->nnames; i++)
        if (count[i] && !mapped_away(m, d->names[i])) {
            all[n++] = (struct bx_fallen){.name = d->names[i], .n = count[i]};
            out->nfallen_detections += count[i];
        }
    if (n)
        qsort(all, n, sizeof *all, by_number);
    out->nfallen_classes = n;
    out->nfallen = n < BX_FALLEN_MOST ? n : BX_FALLEN_MOST;
    out->fallen = all;
    for (size_t i = 0; i < out->nfallen; i++)
        all[i].near = bx_class_near(all[i].name, (const char *const *)set->class_name, set->nclasses);
}

/* Numbers of a file that does not say what they are: the test set's, unless all would fit much better from another base. */
static bool ids_as_meant(const struct bx_testset *set, enum bx_geometry g, const struct bx_model *m, const struct bx_detections *d,
                         const uint32_t *class_of, struct bx_arena *a, struct bx_err *e)
{
    static const char *const values[BX_NBASES] = {"\"test-set\"", "0", "1", "\"coco91\""};
    struct bx_base_guess guess;
    if (!bx_answers_by_id(m) || m->backend.category_base < BX_NBASES)
        return true;
    int64_t *category = BX_NEW(a, int64_t, d->nnames);
    for (size_t i = 0; i < d->nnames; i++) {
        category[i] = strncmp(d->names[i], "category ", 9) ? INT64_MIN : strtoll(d->names[i] + 9, NULL, 10);
        for (size_t k = 0; k < set->nclasses; k++)
            if (!strcmp(set->class_name[k], d->names[i]))
                category[i] = set->class_id[k];
    }
    const struct bx_metric_input in = {.testset = set, .detections = d, .class_of = class_of, .geometry = g};
    return !bx_base_guess(&in, category, &guess) ||
           bx_base_fail(&guess, bx_printf(a, "\"category_base\": %s", values[guess.base]), "\"categories\": {\"1\": …}", e);
}

bool bx_score(const struct bx_testset *set, enum bx_geometry g, const struct bx_rules *rules, const struct bx_model *m, int threads,
              const struct bx_detections *d, struct bx_report *out, struct bx_arena *a, struct bx_err *e)
{
    if (d->nimages != set->nimages)
        return bx_fail(e, BX_DATA, "its detections are on %zu images, the test set has %zu", d->nimages, set->nimages);
    uint32_t *class_of = BX_NEW(a, uint32_t, d->nnames);
    if (!bx_score_classes(set, m, d, class_of, a, e))
        return false;
    if (!ids_as_meant(set, g, m, d, class_of, a, e))
        return false;
    size_t unmapped = 0;
    for (size_t i = 0; i < d->nnames; i++)
        unmapped += class_of[i] == BX_UNMAPPED;
    if (d->nnames && unmapped == d->nnames)
        return bx_fail(e, BX_CONFIG, "%s: a class_map is needed",
                       d->nnames == 1
                           ? bx_printf(a, "its class name '%s' is no class of the test set", d->names[0])
                           : bx_printf(a, "none of its %zu class names ('%s', …) is a class of the test set", d->nnames, d->names[0]));
    if (unmapped)
        bx_verbose("model '%s': %zu of %zu class names %s no class of the test set", m->slug, unmapped, d->nnames,
                   unmapped == 1 ? "is" : "are");
    const struct bx_metric_options o = {.geometry = g, .rules = rules, .operating_confidence = m->operating_confidence, .threads = threads};
    if (!bx_metric_report(set, d, class_of, &o, out, a, e))
        return false;
    count_fallen(set, m, d, class_of, out, a);
    return true;
}

bool bx_score_slice(const struct bx_testset *set, enum bx_geometry g, const struct bx_slice_of *slice, const struct bx_model *m,
                    int threads, const struct bx_detections *d, struct bx_report *out, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    const struct bx_metric_options o = {
        .geometry = g, .rules = &slice->rules, .operating_confidence = m->operating_confidence, .threads = threads};
    uint32_t *class_of = BX_NEW(&scratch, uint32_t, d->nnames);
    bool ok = bx_score_classes(set, m, d, class_of, &scratch, e) && bx_metric_report(set, d, class_of, &o, out, &scratch, e);
    if (ok)
        bx_report_slim(out);
    out->protocol = slice->protocol;
    bx_arena_release(&scratch);
    return ok || bx_wrap(e, "tag '%s'", slice->tag);
}

static size_t names_known(const struct bx_testset *set, const struct bx_model *m, const struct bx_detections *d, struct bx_arena *a)
{
    struct bx_err ignored = {0};
    uint32_t *class_of = BX_NEW(a, uint32_t, d->nnames);
    size_t known = 0;
    if (!bx_classmap_resolve(d, set, map_here(set, m, a), m->nclass_map, class_of, &ignored))
        return 0;
    for (size_t i = 0; i < d->nnames; i++)
        known += class_of[i] != BX_UNMAPPED;
    return known;
}

/* The config does not name the board, which has none of the classes that the model knows; and another of its boards has some, or, not being
 * read, may have. */
static bool other_classes(const struct bx_night_state *n, const struct bx_model *m, const struct bx_ready_board *b,
                          const struct bx_detections *d, struct bx_arena *a)
{
    if (m->nboards || d->nimages != b->set->nimages || names_known(b->set, m, d, a))
        return false;
    for (size_t i = 0; i < n->boards.n; i++)
        if (bx_board_takes(&n->boards.at[i].board, m) && names_known(n->boards.at[i].set, m, d, a))
            return true;
    return n->boards.n < n->s->nboards;
}

void bx_night_blame(const struct bx_night_state *n, const struct bx_ready_board *b, const char *reason, struct bx_outcome *o)
{
    if (o->kind == BX_NIGHT_FAILED)
        return; /* the first one is told */
    o->kind = BX_NIGHT_FAILED;
    o->reason = reason;
    if (n->s->nboards > 1)
        o->board = b->board.slug;
}

struct bx_unscored bx_night_unscored(const struct bx_night_state *n, const struct bx_model *m, const struct bx_ready_board *b,
                                     const struct bx_detections *d, const struct bx_err *why, struct bx_outcome *o, struct bx_arena *a)
{
    char clean[304];
    const struct bx_unscored u = {bx_strdup(a, bx_reason_clean(clean, why->text)), !other_classes(n, m, b, d, a)};
    if (u.failed)
        bx_night_blame(n, b, u.reason, o);
    else
        bx_verbose("model '%s', board '%s': %s", m->slug, b->board.slug, u.reason);
    return u;
}

static bool rescore_part(struct bx_night_state *n, const struct bx_model *m, const struct bx_night_part *part,
                         const struct bx_detections *d, struct bx_outcome *o, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_ready_board *b = part->board;
    struct bx_report r;
    struct bx_err own = {0};
    struct bx_report_key k = {part->good->detections, b->digest, b->board.geometry, b->protocol, {0}, b->subset};
    memcpy(k.score_digest, m->score_digest, sizeof k.score_digest);
    if (!bx_score(b->set, b->board.geometry, &b->board.rules, m, n->s->threads, d, &r, a, &own)) {
        const struct bx_unscored u = bx_night_unscored(n, m, b, d, &own, o, a);
        return bx_store_unscored_put(n->store, &k, &u, e);
    }
    if (o->kind != BX_NIGHT_FAILED)
        o->kind = BX_NIGHT_RESCORED;
    if (isnan(o->score))
        o->score = bx_report_get(&r, BX_METRIC_MAP, -1);
    if (!o->fallen)
        o->fallen = bx_fallen_words(&r, a);
    if (!bx_store_report_put(n->store, &k, &r, bx_time_now(), e))
        return false;
    for (size_t i = 0; i < b->nslices; i++) {
        k.subset = b->slices[i].subset;
        if (!bx_score_slice(b->set, b->board.geometry, &b->slices[i], m, n->s->threads, d, &r, &own))
            bx_warn("model '%s', board '%s': %s", m->slug, b->board.slug, own.text);
        else if (!bx_store_report_put(n->store, &k, &r, bx_time_now(), e))
            return false;
    }
    return true;
}

bool bx_night_rescore(struct bx_night_state *n, const struct bx_model *m, const struct bx_plan *p, struct bx_outcome *o, struct bx_arena *a,
                      struct bx_err *e)
{
    struct bx_detections d;
    const char *loaded = NULL;
    bool found = false;
    for (size_t i = 0; i < p->nparts; i++) {
        const struct bx_night_part *part = &p->parts[i];
        if (!part->rescore)
            continue;
        if (!loaded || strcmp(loaded, part->good->detections) != 0) {
            loaded = part->good->detections;
            if (!bx_store_detections_get(n->store, loaded, &d, &found, a, e))
                return false;
        }
        if (found && !rescore_part(n, m, part, &d, o, a, e))
            return false;
    }
    return true;
}
