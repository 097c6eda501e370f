/* reports.c: one report: its scalars for ever; curves, numbers of single classes and counts of each image while its detections are kept. */
#include "core/store/sql.h"
#include "core/base/text.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void bind_scoring(struct bx_q *q, const struct bx_report_key *k)
{
    bx_q_text(q, k->testset);
    bx_q_text(q, bx_geometry_name(k->geometry));
    bx_q_text(q, k->protocol);
    bx_q_blob(q, k->score_digest, 32);
    bx_q_text(q, k->subset ? k->subset : "");
}

static void bind_key(struct bx_q *q, const struct bx_report_key *k)
{
    bx_q_text(q, k->detections);
    bind_scoring(q, k);
}

/* The scalars that stay of a report whose other numbers went with its detections. */
static bool get_scalars(struct bx_store *st, const char *layout, const void *values, size_t size, struct bx_report *r, struct bx_arena *a,
                        struct bx_err *e)
{
    const char **names;
    size_t n;
    if (!bx_names_parse(layout, &names, &n, a, e) || size != n * sizeof(double))
        return bx_fail(e, BX_DB, "'%s' is damaged: the scalars of a report are not those that its layout names", st->path);
    for (size_t i = 0; i < n; i++) {
        enum bx_metric m = bx_metric_find(names[i]);
        double v;
        memcpy(&v, (const char *)values + i * sizeof v, sizeof v);
        if (m != BX_NMETRICS)
            bx_report_set(r, m, -1, v);
    }
    return true;
}

/* clang-format off */
#define COLUMNS(X) \
    X(id) X(answers) X(scoring) X(operating_confidence) X(operating_is_max_f1) X(made) X(boxscore) X(layout) X(scalars) X(whole) X(sum) X(names) X(kept)
/* clang-format on */
enum { COLUMNS(BX_COLUMN) NCOLUMNS };
static const char *const columns[] = {COLUMNS(BX_COLUMN_NAME)};

/* A report's rows in the tables that go when its detections do: what they should add up to, and what they do. */
struct parts {
    bool known, kept;
    int64_t whole;
    uint64_t sum;
    size_t rows;
};

static bool parts_whole(struct bx_store *st, int64_t id, const struct parts *p, struct bx_err *e)
{
    if (!p->known || (!p->rows && !p->kept) || bx_sum_cut(p->sum) == p->whole)
        return true;
    return bx_fail(
        e, BX_DB,
        "'%s' is damaged: table 'report', row '%lld': its numbers, curves and images do not have their checksum; restore a backup",
        st->path, (long long)id);
}

static void add_part(struct bx_q *q, struct parts *p)
{
    bx_q_mix(q, &p->sum);
    p->rows++;
}

static bool find(struct bx_store *st, const struct bx_report_key *k, int64_t *id, struct bx_report *r, struct parts *parts,
                 struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    *id = 0;
    if (!bx_q_open(&q, st, "report_find", "look for a report", e))
        return false;
    bool ok = bx_q_columns(&q, columns, NCOLUMNS);
    bind_key(&q, k);
    if (ok && bx_q_row(&q)) {
        *id = bx_q_i64(&q, COL_id);
        ok = bx_q_whole(&q, 0, COL_sum);
        if (ok && r) {
            r->operating_confidence = bx_q_f64(&q, COL_operating_confidence);
            r->operating_is_max_f1 = bx_q_flag(&q, COL_operating_is_max_f1);
            parts->known = sqlite3_column_type(q.s, COL_whole) != SQLITE_NULL;
            parts->whole = bx_q_or(&q, COL_whole, 0);
            parts->kept = bx_q_flag(&q, COL_kept);
            size_t n;
            const void *values = bx_q_bytes(&q, COL_scalars, &n);
            if (bx_q_or(&q, COL_layout, 0))
                ok = get_scalars(st, bx_q_view(&q, COL_names), values, n, r, a, e);
        }
    }
    return bx_q_end(&q) && ok;
}

bool bx_store_report_has(struct bx_store *st, const struct bx_report_key *k, bool *has, struct bx_err *e)
{
    int64_t id;
    bool ok = find(st, k, &id, NULL, NULL, NULL, e);
    *has = ok && id;
    return ok;
}

bool bx_store_report_on(struct bx_store *st, const char *detections, const char *testset, bool *has, struct bx_err *e)
{
    struct bx_q q;
    *has = false;
    if (!bx_q_open(&q, st, "report_on", "look for a report", e))
        return false;
    bx_q_text(&q, detections);
    bx_q_text(&q, testset);
    *has = bx_q_row(&q);
    return bx_q_end(&q);
}

/* Numbers of other protocols, and counts that the test set and the evaluation know, go. What this program does not know may be dear. */
static bool is_kept(const char *name)
{
    enum bx_metric m = bx_metric_find(name);
    return m == BX_NMETRICS || (bx_metrics[m].group == BX_GROUP_BOARD && bx_metrics[m].unit != BX_UNIT_COUNT);
}

void bx_scalars_add(struct bx_scalars *s, const char *metric, double value)
{
    if (!isfinite(value) || !is_kept(metric))
        return;
    bx_buf_addc(&s->names, s->names.n ? ',' : '[');
    bx_buf_add_json_string(&s->names, metric, strlen(metric));
    bx_buf_add(&s->values, &value, sizeof value); /* little-endian, as every machine this builds on */
}

bool bx_scalars_layout(struct bx_store *st, struct bx_scalars *s, struct bx_err *e)
{
    struct bx_q q;
    bx_buf_adds(&s->names, s->names.n ? "]" : "[]");
    if (!bx_q_open(&q, st, "layout_put", "store a report's layout", e))
        return false;
    bx_q_text(&q, bx_buf_str(&s->names));
    return bx_q_run(&q);
}

void bx_scalars_free(struct bx_scalars *s)
{
    bx_buf_free(&s->names);
    bx_buf_free(&s->values);
}

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

static bool put_scoring(struct bx_store *st, const struct bx_report_key *k, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "answers_put", "store a report", e))
        return false;
    bx_q_text(&q, k->detections);
    bx_q_int(&q, 0);
    if (!bx_q_run(&q) || !bx_q_open(&q, st, "scoring_put", "store a report", e))
        return false;
    bind_scoring(&q, k);
    return bx_q_run(&q);
}

static bool put_row(struct bx_store *st, const struct bx_report_key *k, const struct bx_report *r, int64_t now, struct bx_err *e)
{
    struct bx_scalars s = {0};
    struct bx_q q;
    for (enum bx_metric m = 0; m < BX_NMETRICS; m++)
        bx_scalars_add(&s, bx_metrics[m].name, r->overall[m]);
    bool ok = bx_scalars_layout(st, &s, e) && bx_q_open(&q, st, "report_put", "store a report", e);
    if (ok) {
        bind_key(&q, k);
        bx_q_real(&q, r->operating_confidence);
        bx_q_int(&q, r->operating_is_max_f1);
        bx_q_int(&q, now);
        bx_q_text(&q, BX_VERSION);
        bx_q_text(&q, bx_buf_str(&s.names));
        bx_q_blob(&q, s.values.n ? s.values.p : "", s.values.n);
        ok = bx_q_run(&q);
    }
    bx_scalars_free(&s);
    return ok;
}

static bool delete_unscored(struct bx_store *st, const struct bx_report_key *k, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "unscored_delete", "replace a report", e))
        return false;
    bind_key(&q, k);
    return bx_q_run(&q);
}

bool bx_unscored_store(struct bx_store *st, const struct bx_report_key *k, const struct bx_unscored *u, struct bx_err *e)
{
    struct bx_q q;
    if (!put_scoring(st, k, e) || !bx_q_open(&q, st, "unscored_put", "store why there is no report", e))
        return false;
    bind_key(&q, k);
    bx_q_int(&q, u->failed);
    bx_q_text(&q, u->reason);
    return bx_q_run(&q);
}

bool bx_store_unscored_put(struct bx_store *st, const struct bx_report_key *k, const struct bx_unscored *u, struct bx_err *e)
{
    static const char what[] = "store why there is no report";
    return bx_store_begin(st, what, e) && bx_store_commit(st, bx_unscored_store(st, k, u, e), what, e);
}

bool bx_store_unscored_get(struct bx_store *st, const struct bx_report_key *k, struct bx_unscored *u, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    *u = (struct bx_unscored){0};
    if (!bx_q_open(&q, st, "unscored_get", "look for why there is no report", e))
        return false;
    bind_key(&q, k);
    if (bx_q_row(&q) && bx_q_whole(&q, 0, 4))
        *u = (struct bx_unscored){bx_q_need(&q, 3, a), bx_q_flag(&q, 2)};
    return bx_q_end(&q);
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

bool bx_report_store(struct bx_store *st, const struct bx_report_key *k, const struct bx_report *r, int64_t now, struct bx_err *e)
{
    struct bx_q q;
    int64_t id;
    bool ok = bx_q_open(&q, st, "report_delete", "replace a report", e);
    bind_key(&q, k);
    ok = bx_q_run(&q) && ok;
    if (!ok || !delete_unscored(st, k, e) || !put_scoring(st, k, e) || !put_row(st, k, r, now, e))
        return false;
    id = sqlite3_last_insert_rowid(st->db);
    return put_values(st, id, r, e) && put_curves(st, id, r, e) && put_fallen(st, id, r, e) && put_images(st, id, r, e) &&
           bx_report_stamp(st, id, e);
}

bool bx_store_report_put(struct bx_store *st, const struct bx_report_key *k, const struct bx_report *r, int64_t now, struct bx_err *e)
{
    if (!bx_store_begin(st, "store a report", e))
        return false;
    return bx_store_commit(st, bx_report_store(st, k, r, now, e), "store a report", e);
}

/* Values of a metric that this program does not know (the file was written by another version) are left out: nothing could say what they
 * mean. */
static bool get_values(struct bx_store *st, int64_t id, const char *testset, struct bx_report *r, struct parts *parts, struct bx_arena *a,
                       struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "testset_classes", "count a test set's classes", e))
        return false;
    bx_q_text(&q, testset);
    const struct bx_report history = *r;
    bx_report_init(r, bx_q_row(&q) ? (size_t)bx_q_in(&q, 0, 0, INT32_MAX) : 0, a);
    memcpy(r->overall, history.overall, sizeof r->overall);
    if (!bx_q_end(&q))
        return false;
    bool ok = bx_q_open(&q, st, "metrics", "read a report's numbers", e);
    bx_q_int(&q, id);
    while (ok && bx_q_row(&q)) {
        add_part(&q, parts);
        enum bx_metric m = bx_metric_find(bx_q_view(&q, 0));
        int32_t k = (int32_t)bx_q_in(&q, 1, -1, (int64_t)r->nclasses - 1);
        if (m != BX_NMETRICS)
            bx_report_set(r, m, k, bx_q_f64(&q, 2));
    }
    return bx_q_end(&q) && ok;
}

static bool get_curves(struct bx_store *st, int64_t id, struct bx_report *r, struct parts *parts, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    size_t cap = 0;
    struct bx_curve *list = NULL;
    bool ok = bx_q_open(&q, st, "curves", "read a report's curves", e);
    bx_q_int(&q, id);
    while (ok && bx_q_row(&q)) {
        add_part(&q, parts);
        size_t nx, ny, n = (size_t)bx_q_i64(&q, 2);
        const void *x = bx_q_bytes(&q, 3, &nx), *y = bx_q_bytes(&q, 4, &ny);
        if (nx / sizeof(float) != n || nx != ny || nx % sizeof(float))
            ok = bx_fail(e, BX_DB, "'%s' is damaged: a curve of %zu points has %zu and %zu bytes", st->path, n, nx, ny);
        /* Each class's curve has the same recalls, each confidence curve the same confidences: kept once. */
        const struct bx_curve *last = r->ncurves ? &list[r->ncurves - 1] : NULL;
        float *same = last && last->n == n && !memcmp(last->x, x, nx) ? last->x : NULL;
        list = bx_grow(list, &cap, r->ncurves + 1, sizeof *list);
        list[r->ncurves++] = (struct bx_curve){.name = bx_q_need(&q, 0, a),
                                               .class_index = (int32_t)bx_q_in(&q, 1, -1, (int64_t)r->nclasses - 1),
                                               .n = n,
                                               .x = same ? same : bx_memdup(a, x, nx),
                                               .y = bx_memdup(a, y, ny)};
    }
    r->curves = bx_memdup(a, list, r->ncurves * sizeof *list);
    free(list);
    return bx_q_end(&q) && ok;
}

static bool get_fallen(struct bx_store *st, int64_t id, struct bx_report *r, struct parts *parts, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "fallen_get", "read a report's classes that fell away", e);
    bx_q_int(&q, id);
    if (ok && bx_q_row(&q)) {
        const char **most;
        size_t n;
        add_part(&q, parts);
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

static bool get_images(struct bx_store *st, int64_t id, struct bx_report *r, struct parts *parts, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "image_results_get", "read a report's images", e);
    bx_q_int(&q, id);
    if (ok && bx_q_row(&q)) {
        size_t n;
        const void *p = bx_q_bytes(&q, 0, &n);
        add_part(&q, parts);
        r->nimages = n / sizeof *r->images;
        r->images = bx_memdup(a, p, r->nimages * sizeof *r->images);
    }
    return bx_q_end(&q) && ok;
}

bool bx_store_fallen_get(struct bx_store *st, const struct bx_report_key *k, struct bx_report *r, struct bx_arena *a, struct bx_err *e)
{
    int64_t id;
    struct parts ignored = {0};
    *r = (struct bx_report){.geometry = k->geometry};
    bx_report_init(r, 0, a);
    return find(st, k, &id, NULL, NULL, NULL, e) && (!id || get_fallen(st, id, r, &ignored, a, e));
}

static bool get(struct bx_store *st, const struct bx_report_key *k, struct bx_report *r, bool *found, struct bx_arena *a, struct bx_err *e)
{
    int64_t id;
    struct parts parts = {0};
    if (!find(st, k, &id, r, &parts, a, e))
        return false;
    *found = id != 0;
    return !*found || (get_values(st, id, k->testset, r, &parts, a, e) && get_curves(st, id, r, &parts, a, e) &&
                       get_fallen(st, id, r, &parts, a, e) && get_images(st, id, r, &parts, a, e) && parts_whole(st, id, &parts, e));
}

bool bx_store_report_get(struct bx_store *st, const struct bx_report_key *k, struct bx_report *r, bool *found, struct bx_arena *a,
                         struct bx_err *e)
{
    *r = (struct bx_report){.geometry = k->geometry, .protocol = bx_strdup(a, k->protocol)};
    bx_report_init(r, 0, a);
    *found = false;
    return bx_snapshot_begin(st, e) && bx_snapshot_end(st, get(st, k, r, found, a, e), e);
}

/* What its parts add up to, without making a report of them. */
static bool add_parts(struct bx_store *st, int64_t id, struct parts *p, struct bx_err *e)
{
    static const char *const names[] = {"metrics", "curves", "fallen_get", "image_results_get"};
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof names / sizeof *names; i++) {
        struct bx_q q;
        ok = bx_q_open(&q, st, names[i], "check a report", e);
        bx_q_int(&q, id);
        while (ok && bx_q_row(&q))
            add_part(&q, p);
        ok = bx_q_end(&q) && ok;
    }
    return ok;
}

bool bx_report_check(struct bx_store *st, int64_t id, struct bx_err *e)
{
    struct bx_q q;
    struct parts p = {0};
    bool ok = bx_q_open(&q, st, "report_sums", "check a report", e);
    bx_q_int(&q, id);
    if (ok && bx_q_row(&q)) {
        p.known = sqlite3_column_type(q.s, 0) != SQLITE_NULL;
        p.whole = bx_q_or(&q, 0, 0);
        p.kept = bx_q_flag(&q, 1);
    }
    return bx_q_end(&q) && ok && (!p.known || (add_parts(st, id, &p, e) && parts_whole(st, id, &p, e)));
}

bool bx_report_stamp(struct bx_store *st, int64_t id, struct bx_err *e)
{
    struct bx_q q;
    struct parts p = {0};
    if (!add_parts(st, id, &p, e) || !bx_q_open(&q, st, "report_whole", "store a report", e))
        return false;
    bx_q_int(&q, bx_sum_cut(p.sum));
    bx_q_int(&q, id);
    return bx_q_run(&q);
}

bool bx_store_reports(struct bx_store *st, struct bx_report_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_report_row *list = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "reports", "read the reports", e))
        return false;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        struct bx_report_row *r = &list[(*n)++];
        *r = (struct bx_report_row){.key = {.detections = bx_q_need(&q, 0, a),
                                            .testset = bx_q_need(&q, 1, a),
                                            .protocol = bx_q_need(&q, 3, a),
                                            .subset = bx_q_need(&q, 5, a)},
                                    .made = bx_q_time(&q, 6),
                                    .boxscore = bx_q_need(&q, 7, a),
                                    .rescorable = bx_q_flag(&q, 8)};
        if (!bx_geometry_parse(bx_q_view(&q, 2), &r->key.geometry))
            bx_q_damaged(&q, 2, "is no geometry");
        bx_q_fixed(&q, 4, r->key.score_digest, 32);
    }
    *rows = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}
