/* score.c: detections → report. */
#include "core/base/banned.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/metric/metric.h"
#include "core/runner/night.h"
#include <math.h>

bool bx_night_score(struct bx_night_state *n, const struct bx_model *m, const struct bx_detections *d, struct bx_report *r,
                    struct bx_arena *a, struct bx_err *e)
{
    uint32_t *class_of = BX_NEW(a, uint32_t, d->nnames);
    if (!bx_classmap_resolve(d, &n->set, m->class_map, m->nclass_map, class_of, e))
        return false;
    size_t unmapped = 0;
    for (size_t i = 0; i < d->nnames; i++)
        unmapped += class_of[i] == BX_UNMAPPED;
    if (d->nnames && unmapped == d->nnames)
        return bx_fail(e, BX_CONFIG, "none of its %zu class names ('%s', …) is a class of the test set: a class_map is needed", d->nnames,
                       d->names[0]);
    if (unmapped)
        bx_verbose("model '%s': %zu of %zu class names are no class of the test set", m->slug, unmapped, d->nnames);
    const struct bx_metric_options o = {
        .geometry = n->board->geometry, .operating_confidence = m->operating_confidence, .threads = n->s->threads};
    return bx_metric_report(&n->set, d, class_of, &o, r, a, e);
}

bool bx_night_rescore(struct bx_night_state *n, const struct bx_model *m, const char *detections, struct bx_outcome *o, struct bx_arena *a,
                      struct bx_err *e)
{
    struct bx_detections d;
    struct bx_report r;
    struct bx_err own = {0};
    bool found = false;
    if (!bx_store_detections_get(n->store, detections, &d, &found, a, e))
        return false;
    if (!found)
        return true;
    if (!bx_night_score(n, m, &d, &r, a, &own)) {
        o->kind = BX_NIGHT_FAILED;
        char clean[304];
        o->reason = bx_strdup(a, bx_reason_clean(clean, own.text));
        return bx_store_model_invalid(n->store, m->slug, o->reason, bx_time_now(), e);
    }
    struct bx_report_key k = {detections, n->digest, n->board->geometry, r.protocol, {0}, ""};
    for (size_t i = 0; i < sizeof k.score_digest; i++)
        k.score_digest[i] = m->score_digest[i];
    o->kind = BX_NIGHT_RESCORED;
    o->score = bx_report_get(&r, BX_METRIC_MAP, -1);
    return bx_store_report_put(n->store, &k, &r, bx_time_now(), e);
}
