/* resamples.c: what boards show, on resampled test sets. */
#include "core/store/sql.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool bx_store_resamples_due(struct bx_store *st, struct bx_resamples_due **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_resamples_due *list = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "resamples_due", "look for reports without resamples", e))
        return false;
    bx_q_int(&q, BX_RESAMPLES_RULE);
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        struct bx_resamples_due *d = &list[(*n)++];
        *d = (struct bx_resamples_due){.slug = bx_q_need(&q, 0, a),
                                       .key = {.detections = bx_q_need(&q, 1, a),
                                               .testset = bx_q_need(&q, 2, a),
                                               .protocol = bx_q_need(&q, 4, a),
                                               .subset = bx_q_need(&q, 6, a)},
                                       .images = bx_q_need(&q, 7, a),
                                       .operating_confidence = bx_q_f64(&q, 8)};
        if (!bx_geometry_parse(bx_q_view(&q, 3), &d->key.geometry))
            bx_q_damaged(&q, 3, "is no geometry");
        bx_q_fixed(&q, 5, d->key.score_digest, 32);
    }
    *rows = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}

bool bx_store_resamples_put(struct bx_store *st, const struct bx_report_key *k, const struct bx_resamples *r, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_q q;
    int64_t id;
    const char **names = BX_NEW(&a, const char *, r->n);
    for (size_t i = 0; i < r->n; i++)
        names[i] = bx_metrics[r->metric[i]].name;
    bool ok = bx_report_id(st, k, &id, e);
    if (ok && id && (ok = bx_q_open(&q, st, "resamples_put", "store a report's resamples", e))) {
        bx_q_int(&q, id);
        bx_q_int(&q, BX_RESAMPLES_RULE);
        bx_q_int(&q, (int64_t)r->B);
        bx_q_text(&q, bx_names_json(names, r->n, &a));
        bx_q_blob(&q, r->n ? (const void *)r->value : "",
                  r->n * r->B * sizeof *r->value); /* little-endian, as every machine this builds on */
        bx_q_blob(&q, r->nclasses ? (const void *)r->class_sd : "", r->nclasses * sizeof *r->class_sd);
        ok = bx_q_run(&q);
    }
    bx_arena_release(&a);
    return ok;
}

/* Of metrics that this program does not know nothing is said. */
static bool get(struct bx_q *q, struct bx_resamples *r, struct bx_arena *a)
{
    const char **names;
    size_t n, nb, nc;
    r->B = (size_t)bx_q_in(q, 2, 1, 1000000);
    if (!bx_names_parse(bx_q_view(q, 3), &names, &n, a, q->e))
        return false;
    const char *bytes = bx_q_bytes(q, 4, &nb), *classes = bx_q_bytes(q, 5, &nc);
    if (q->failed)
        return false;
    if (n > BX_NMETRICS || nb != n * r->B * sizeof(double) || nc % sizeof(double))
        return bx_store_damaged(q->st, q->e, "the resamples of a report are not those of its metrics");
    r->metric = BX_NEW(a, enum bx_metric, n);
    r->value = BX_NEW(a, double, n * r->B);
    for (size_t i = 0; i < n; i++) {
        enum bx_metric m = bx_metric_find(names[i]);
        if (m == BX_NMETRICS)
            continue;
        memcpy(r->value + r->n * r->B, bytes + i * r->B * sizeof(double), r->B * sizeof(double));
        r->metric[r->n++] = m;
    }
    r->nclasses = nc / sizeof(double);
    r->class_sd = bx_memdup(a, classes, nc);
    return true;
}

bool bx_store_resamples_get(struct bx_store *st, const struct bx_report_key *k, struct bx_resamples **out, struct bx_arena *a,
                            struct bx_err *e)
{
    struct bx_q q;
    int64_t id;
    *out = NULL;
    if (!bx_report_id(st, k, &id, e))
        return false;
    if (!id)
        return true;
    if (!bx_q_open(&q, st, "resamples_get", "read a report's resamples", e))
        return false;
    bx_q_int(&q, id);
    bool ok = true;
    if (bx_q_row(&q) && bx_q_whole(&q, 0, 6) && bx_q_i64(&q, 1) == BX_RESAMPLES_RULE) {
        *out = BX_NEW(a, struct bx_resamples, 1);
        ok = get(&q, *out, a);
    }
    return bx_q_end(&q) && ok;
}

bool bx_store_resamples_trim(struct bx_store *st, struct bx_err *e)
{
    struct bx_q q;
    return bx_q_open(&q, st, "resamples_trim", "remove resamples of what no board shows", e) && bx_q_run(&q) &&
           bx_store_exec(st, "PRAGMA incremental_vacuum", "give pages back", e);
}
