/*
 * parts.c: what a report has beside its row while its detections are kept: numbers of single classes, curves, classes that fell away,
 * counts of each image. They have one checksum, of these tables in this order, a table's rows by class and name; they are read by name and
 * class, as they lie, so that nobody sorts.
 */
#include "core/store/sql.h"
#include "core/base/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static bool put_values(struct bx_store *st, int64_t id, const struct bx_report *r, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "metric_put", "store a report's numbers", e))
        return false;
    for (int32_t k = -1; k < (int32_t)r->nclasses; k++)
        for (enum bx_metric m = 0; m < BX_NMETRICS; m++) {
            double v = bx_report_get(r, m, k);
            if (isnan(v))
                continue;
            bx_q_again(&q);
            bx_q_int(&q, id);
            bx_q_text(&q, bx_metrics[m].name);
            bx_q_int(&q, k);
            bx_q_real(&q, v);
            bx_q_row(&q);
        }
    return bx_q_end(&q);
}

static bool put_curves(struct bx_store *st, int64_t id, const struct bx_report *r, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "curve_put", "store a report's curves", e))
        return false;
    for (size_t i = 0; i < r->ncurves; i++) {
        const struct bx_curve *c = &r->curves[i];
        bx_q_again(&q);
        bx_q_int(&q, id);
        bx_q_text(&q, c->name);
        bx_q_int(&q, c->class_index);
        bx_q_int(&q, (int64_t)c->n);
        bx_q_blob(&q, c->n ? c->x : (const void *)"", c->n * sizeof *c->x);
        bx_q_blob(&q, c->n ? c->y : (const void *)"", c->n * sizeof *c->y);
        bx_q_row(&q);
    }
    return bx_q_end(&q);
}

static bool put_images(struct bx_store *st, int64_t id, const struct bx_report *r, struct bx_err *e)
{
    struct bx_q q;
    if (!r->nimages)
        return true;
    if (!bx_q_open(&q, st, "image_results_put", "store a report's images", e))
        return false;
    bx_q_int(&q, id);
    bx_q_blob(&q, r->images, r->nimages * sizeof *r->images);
    return bx_q_run(&q);
}

static bool put_fallen(struct bx_store *st, int64_t id, const struct bx_report *r, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_q q;
    if (!r->nfallen)
        return true;
    bool ok = bx_q_open(&q, st, "fallen_put", "store a report's classes that fell away", e);
    if (ok) {
        const char **most = BX_NEW(&a, const char *, 3 * r->nfallen);
        for (size_t i = 0; i < r->nfallen; i++) {
            most[3 * i] = r->fallen[i].name;
            most[3 * i + 1] = bx_printf(&a, "%llu", (unsigned long long)r->fallen[i].n);
            most[3 * i + 2] = r->fallen[i].near ? r->fallen[i].near : "";
        }
        bx_q_int(&q, id);
        bx_q_int(&q, (int64_t)r->nfallen_detections);
        bx_q_int(&q, (int64_t)r->nfallen_classes);
        bx_q_text(&q, bx_names_json(most, 3 * r->nfallen, &a));
        ok = bx_q_run(&q);
    }
    bx_arena_release(&a);
    return ok;
}

bool bx_parts_store(struct bx_store *st, int64_t id, const struct bx_report *r, struct bx_err *e)
{
    return put_values(st, id, r, e) && put_curves(st, id, r, e) && put_fallen(st, id, r, e) && put_images(st, id, r, e) &&
           bx_report_stamp(st, id, e);
}

/* ---- reading ---- */

static bool begin(struct bx_q *q, struct bx_store *st, const char *query, const char *what, int64_t id, struct bx_err *e)
{
    bool ok = bx_q_open(q, st, query, what, e);
    bx_q_int(q, id);
    return ok;
}

static bool count_classes(struct bx_store *st, int64_t id, size_t *n, struct bx_err *e)
{
    struct bx_q q;
    bool ok = begin(&q, st, "report_classes", "count a test set's classes", id, e);
    *n = ok && bx_q_row(&q) ? (size_t)bx_q_in(&q, 0, 0, INT32_MAX) : 0;
    return bx_q_end(&q) && ok;
}

static int32_t class_of(struct bx_q *q, int column, size_t nclasses)
{
    return (int32_t)bx_q_in(q, column, -1, (int64_t)nclasses - 1);
}

/* A row of metric or curve, of which only these two say where it stands. */
struct place {
    int32_t class_index;
    const char *name; /* that of the row before it where they are equal */
};

/* By class, and of one class as they are, which is by name. */
static const size_t *order_by_class(const struct place *rows, size_t n, size_t nclasses, struct bx_arena *a)
{
    size_t *at = BX_NEW(a, size_t, nclasses + 2), *order = BX_NEW(a, size_t, n);
    for (size_t i = 0; i < n; i++)
        at[rows[i].class_index + 2]++;
    for (size_t c = 1; c <= nclasses; c++)
        at[c] += at[c - 1];
    for (size_t i = 0; i < n; i++)
        order[at[rows[i].class_index + 1]++] = i;
    return order;
}

static const char *same_name(const char *last, const char *name, struct bx_arena *a)
{
    return last && !strcmp(last, name) ? last : bx_strdup(a, name);
}

/* Values of a metric that this program does not know (the file was written by another version) are left out: nothing could say what they
 * mean. */
static bool get_values(struct bx_store *st, int64_t id, struct bx_parts *p, struct bx_report *r, struct bx_arena *scratch, struct bx_err *e)
{
    struct bx_q q;
    size_t n = 0, cap = 0, value_cap = 0;
    struct place *rows = NULL;
    double *values = NULL;
    enum bx_metric m = BX_NMETRICS;
    bool ok = begin(&q, st, "metrics", "read a report's numbers", id, e);
    while (ok && bx_q_row(&q)) {
        const char *last = n ? rows[n - 1].name : NULL;
        rows = bx_grow(rows, &cap, n + 1, sizeof *rows);
        values = bx_grow(values, &value_cap, n + 1, sizeof *values);
        rows[n] = (struct place){class_of(&q, 1, r->nclasses), same_name(last, bx_q_view(&q, 0), scratch)};
        values[n] = bx_q_f64(&q, 2);
        if (rows[n].name != last)
            m = bx_metric_find(rows[n].name);
        if (m != BX_NMETRICS && !q.failed)
            bx_report_set(r, m, rows[n].class_index, values[n]);
        n += !q.failed;
    }
    const size_t *order = order_by_class(rows, n, r->nclasses, scratch);
    for (size_t i = 0; i < n; i++) {
        const struct place *row = &rows[order[i]];
        bx_sum_text(&p->sum, row->name);
        bx_sum_i64(&p->sum, row->class_index);
        bx_sum_f64(&p->sum, values[order[i]]);
    }
    p->rows += n;
    free(rows);
    free(values);
    return bx_q_end(&q) && ok;
}

static bool get_curves(struct bx_store *st, int64_t id, struct bx_parts *p, struct bx_report *r, struct bx_arena *a,
                       struct bx_arena *scratch, struct bx_err *e)
{
    struct bx_q q;
    size_t n = 0, cap = 0, curve_cap = 0;
    struct place *rows = NULL;
    struct bx_curve *list = NULL;
    bool ok = begin(&q, st, "curves", "read a report's curves", id, e);
    while (ok && bx_q_row(&q)) {
        size_t nx, ny, points = (size_t)bx_q_in(&q, 2, 0, INT32_MAX);
        const void *x = bx_q_bytes(&q, 3, &nx), *y = bx_q_bytes(&q, 4, &ny);
        if (q.failed)
            break;
        if (nx != points * sizeof(float) || nx != ny) {
            ok = bx_store_damaged(st, e, "a curve of %zu points has %zu and %zu bytes", points, nx, ny);
            break;
        }
        /* Each class's curve has the same recalls, each confidence curve the same confidences: kept once. */
        const struct bx_curve *last = n ? &list[n - 1] : NULL;
        float *same = last && last->n == points && !memcmp(last->x, x, nx) ? last->x : NULL;
        const char *name = same_name(last ? last->name : NULL, bx_q_view(&q, 0), a);
        rows = bx_grow(rows, &cap, n + 1, sizeof *rows);
        list = bx_grow(list, &curve_cap, n + 1, sizeof *list);
        rows[n] = (struct place){class_of(&q, 1, r->nclasses), name};
        list[n] = (struct bx_curve){.name = name,
                                    .class_index = rows[n].class_index,
                                    .n = points,
                                    .x = same ? same : bx_memdup(a, x, nx),
                                    .y = bx_memdup(a, y, ny)};
        n += !q.failed; /* its class */
    }
    const size_t *order = order_by_class(rows, n, r->nclasses, scratch);
    r->curves = BX_NEW(a, struct bx_curve, n);
    for (r->ncurves = 0; r->ncurves < n; r->ncurves++) {
        const struct bx_curve *c = &list[order[r->ncurves]];
        bx_sum_text(&p->sum, c->name);
        bx_sum_i64(&p->sum, c->class_index);
        bx_sum_i64(&p->sum, (int64_t)c->n);
        bx_sum_blob(&p->sum, c->x, c->n * sizeof *c->x);
        bx_sum_blob(&p->sum, c->y, c->n * sizeof *c->y);
        r->curves[r->ncurves] = *c;
    }
    p->rows += n;
    free(rows);
    free(list);
    return bx_q_end(&q) && ok;
}

static void add_row(struct bx_q *q, struct bx_parts *p)
{
    if (!p)
        return;
    bx_q_mix(q, &p->sum);
    p->rows++;
}

bool bx_parts_fallen(struct bx_store *st, int64_t id, struct bx_parts *p, struct bx_report *r, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    bool ok = begin(&q, st, "fallen_get", "read a report's classes that fell away", id, e);
    if (ok && bx_q_row(&q)) {
        const char **most;
        size_t n;
        add_row(&q, p);
        r->nfallen_detections = (uint64_t)bx_q_in(&q, 0, 0, INT64_MAX);
        r->nfallen_classes = (size_t)bx_q_in(&q, 1, 0, INT64_MAX);
        ok = bx_names_parse(bx_q_view(&q, 2), &most, &n, a, e);
        r->nfallen = ok ? n / 3 : 0;
        r->fallen = BX_NEW(a, struct bx_fallen, r->nfallen);
        for (size_t i = 0; i < r->nfallen; i++)
            r->fallen[i] = (struct bx_fallen){most[3 * i], strtoull(most[3 * i + 1], NULL, 10), *most[3 * i + 2] ? most[3 * i + 2] : NULL};
    }
    return bx_q_end(&q) && ok;
}

static bool get_images(struct bx_store *st, int64_t id, struct bx_parts *p, struct bx_report *r, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    bool ok = begin(&q, st, "image_results_get", "read a report's images", id, e);
    if (ok && bx_q_row(&q)) {
        size_t n;
        const void *counts = bx_q_bytes(&q, 0, &n);
        add_row(&q, p);
        r->nimages = n / sizeof *r->images;
        r->images = bx_memdup(a, counts, r->nimages * sizeof *r->images);
    }
    return bx_q_end(&q) && ok;
}

/* The report row's whole, and whether its detections are kept, are known. */
static bool is_whole(struct bx_store *st, int64_t id, const struct bx_parts *p, struct bx_err *e)
{
    if (!p->known || (!p->rows && !p->kept) || bx_sum_cut(p->sum) == p->whole)
        return true;
    return bx_store_damaged(st, e, "table 'report', row '%lld': its numbers, curves and images do not have their checksum", (long long)id);
}

static bool get(struct bx_store *st, int64_t id, struct bx_parts *p, struct bx_report *r, struct bx_arena *a, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    const struct bx_report scalars = *r;
    size_t nclasses;
    bool ok = count_classes(st, id, &nclasses, e);
    if (ok) {
        bx_report_init(r, nclasses, a);
        memcpy(r->overall, scalars.overall, sizeof r->overall);
        ok = get_values(st, id, p, r, &scratch, e) && get_curves(st, id, p, r, a, &scratch, e) && bx_parts_fallen(st, id, p, r, a, e) &&
             get_images(st, id, p, r, a, e);
    }
    bx_arena_release(&scratch);
    return ok;
}

bool bx_parts_read(struct bx_store *st, int64_t id, struct bx_parts *p, struct bx_report *r, struct bx_arena *a, struct bx_err *e)
{
    return get(st, id, p, r, a, e) && is_whole(st, id, p, e);
}

bool bx_report_check(struct bx_store *st, int64_t id, struct bx_err *e)
{
    struct bx_q q;
    struct bx_parts p = {0};
    struct bx_arena a = {0};
    struct bx_report r = {0};
    bool ok = begin(&q, st, "report_sums", "check a report", id, e);
    if (ok && bx_q_row(&q)) {
        p.known = sqlite3_column_type(q.s, 0) != SQLITE_NULL;
        p.whole = bx_q_or(&q, 0, 0);
        p.kept = bx_q_flag(&q, 1);
    }
    ok = bx_q_end(&q) && ok && (!p.known || bx_parts_read(st, id, &p, &r, &a, e));
    bx_arena_release(&a);
    return ok;
}

bool bx_report_stamp(struct bx_store *st, int64_t id, struct bx_err *e)
{
    struct bx_q q;
    struct bx_parts p = {0};
    struct bx_arena a = {0};
    struct bx_report r = {0};
    bool ok = get(st, id, &p, &r, &a, e);
    bx_arena_release(&a);
    if (!ok || !bx_q_open(&q, st, "report_whole", "store a report", e))
        return false;
    bx_q_int(&q, bx_sum_cut(p.sum));
    bx_q_int(&q, id);
    return bx_q_run(&q);
}
