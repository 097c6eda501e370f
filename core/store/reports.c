/* reports.c: one report by its key: its row, with the scalars that stay for ever. */
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
        return bx_store_damaged(st, e, "the scalars of a report are not those that its layout names");
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

static bool find(struct bx_store *st, const struct bx_report_key *k, int64_t *id, struct bx_report *r, struct bx_parts *parts,
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

bool bx_report_id(struct bx_store *st, const struct bx_report_key *k, int64_t *id, struct bx_err *e)
{
    return find(st, k, id, NULL, NULL, NULL, e);
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
    return bx_parts_store(st, id, r, e);
}

bool bx_store_report_put(struct bx_store *st, const struct bx_report_key *k, const struct bx_report *r, int64_t now, struct bx_err *e)
{
    if (!bx_store_begin(st, "store a report", e))
        return false;
    return bx_store_commit(st, bx_report_store(st, k, r, now, e), "store a report", e);
}

bool bx_store_fallen_get(struct bx_store *st, const struct bx_report_key *k, struct bx_report *r, struct bx_arena *a, struct bx_err *e)
{
    int64_t id;
    *r = (struct bx_report){.geometry = k->geometry};
    bx_report_init(r, 0, a);
    return find(st, k, &id, NULL, NULL, NULL, e) && (!id || bx_parts_fallen(st, id, NULL, r, a, e));
}

static bool get(struct bx_store *st, const struct bx_report_key *k, struct bx_report *r, bool *found, struct bx_arena *a, struct bx_err *e)
{
    int64_t id;
    struct bx_parts parts = {0};
    if (!find(st, k, &id, r, &parts, a, e))
        return false;
    *found = id != 0;
    return !*found || bx_parts_read(st, id, &parts, r, a, e);
}

bool bx_store_report_get(struct bx_store *st, const struct bx_report_key *k, struct bx_report *r, bool *found, struct bx_arena *a,
                         struct bx_err *e)
{
    *r = (struct bx_report){.geometry = k->geometry, .protocol = bx_strdup(a, k->protocol)};
    bx_report_init(r, 0, a);
    *found = false;
    return bx_snapshot_begin(st, e) && bx_snapshot_end(st, get(st, k, r, found, a, e), e);
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
