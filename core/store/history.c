/*
 * history.c: all evaluations about some images in one pass, as their pages are in the file. What many rows share is read before: what was
 * asked, the reports' layouts, which answers are kept, what the newest ones printed.
 */
#include "core/store/sql.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS(X) BX_EVALUATION_COLUMNS(X) X(report) X(layout) X(scalars) X(unscored) X(unscored_failed)
enum { COLUMNS(BX_COLUMN) NCOLUMNS };
static const char *const columns[] = {COLUMNS(BX_COLUMN_NAME)};

struct layouts {
    struct bx_layout *at;
    size_t n;
};

static bool read_layouts(struct bx_store *st, struct layouts *l, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    size_t cap = 0;
    *l = (struct layouts){0};
    bool ok = bx_q_open(&q, st, "layouts", "read the reports' layouts", e);
    while (ok && bx_q_row(&q)) {
        l->at = bx_grow(l->at, &cap, l->n + 1, sizeof *l->at);
        struct bx_layout *y = &l->at[l->n++];
        const char **names;
        *y = (struct bx_layout){.id = bx_q_i64(&q, 0)};
        for (size_t m = 0; m < BX_NMETRICS; m++)
            y->place[m] = -1;
        ok = bx_names_parse(bx_q_view(&q, 1), &names, &y->n, a, e) && (y->n < INT16_MAX || bx_q_damaged(&q, 1, "has too many names"));
        for (size_t i = 0; ok && i < y->n; i++) {
            enum bx_metric m = bx_metric_find(names[i]);
            if (m != BX_NMETRICS)
                y->place[m] = (int16_t)i;
        }
    }
    return bx_q_end(&q) && ok;
}

double bx_history_get(const struct bx_history_row *r, enum bx_metric m)
{
    double v = NAN;
    if (r->layout && r->layout->place[m] >= 0)
        memcpy(&v, r->scalars + (size_t)r->layout->place[m] * sizeof v, sizeof v);
    return v;
}

static void read_scalars(struct bx_q *q, const struct layouts *l, struct bx_history_row *r)
{
    int64_t layout = bx_q_or(q, COL_layout, 0);
    size_t n;
    r->scored = bx_q_or(q, COL_report, 0) != 0;
    if (!layout)
        return;
    r->scalars = bx_q_bytes(q, COL_scalars, &n);
    for (size_t i = 0; i < l->n && !r->layout; i++)
        if (l->at[i].id == layout)
            r->layout = &l->at[i];
    if (!r->layout || r->layout->n * sizeof(double) != n) {
        bx_q_damaged(q, COL_layout, "is not that of its scalars");
        r->layout = NULL;
    }
}

/* The answers that retention keeps, ascending. */
struct kept {
    int64_t *at;
    size_t n;
};

static bool read_kept(struct bx_store *st, struct kept *k, struct bx_err *e)
{
    struct bx_q q;
    size_t cap = 0;
    if (!bx_q_open(&q, st, "kept_answers", "read which answers are kept", e))
        return false;
    while (bx_q_row(&q)) {
        k->at = bx_grow(k->at, &cap, k->n + 1, sizeof *k->at);
        k->at[k->n++] = bx_q_i64(&q, 0);
    }
    return bx_q_end(&q);
}

static int by_number(const void *x, const void *y)
{
    int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
    return (a > b) - (a < b);
}

struct logs {
    struct log {
        bx_id evaluation;
        const char *text;
    } * at; /* by evaluation */
    size_t n;
};

static bool read_logs(struct bx_store *st, struct logs *l, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    size_t cap = 0;
    if (!bx_q_open(&q, st, "logs", "read what the models printed", e))
        return false;
    while (bx_q_row(&q) && bx_q_whole(&q, 0, 2)) {
        l->at = bx_grow(l->at, &cap, l->n + 1, sizeof *l->at);
        struct log *x = &l->at[l->n++];
        x->text = bx_q_need(&q, 1, a);
        bx_q_fixed(&q, 0, x->evaluation.b, sizeof x->evaluation.b);
    }
    return bx_q_end(&q);
}

static int by_evaluation(const void *key, const void *log)
{
    return memcmp(key, &((const struct log *)log)->evaluation, sizeof(bx_id));
}

struct history {
    struct bx_shared shared;
    struct layouts layouts;
    struct kept kept;
    struct logs logs;
    bool missed; /* numbers that may be there and are not found */
};

static void read_row(struct bx_q *q, struct history *h, struct bx_history_row *r, struct bx_arena *a)
{
    struct bx_evaluation *ev = &r->evaluation;
    *r = (struct bx_history_row){0};
    bx_evaluation_read(q, &h->shared, ev, a);
    const int64_t answers = bx_q_or(q, BX_EVALUATION_ANSWERS, 0);
    ev->kept = answers && h->kept.n && bsearch(&answers, h->kept.at, h->kept.n, sizeof answers, by_number);
    const struct log *log = h->logs.n ? bsearch(&ev->id, h->logs.at, h->logs.n, sizeof *log, by_evaluation) : NULL;
    ev->log = log ? log->text : NULL;
    read_scalars(q, &h->layouts, r);
    r->unscored = (struct bx_unscored){bx_q_str(q, COL_unscored, a), bx_q_or(q, COL_unscored_failed, 0) != 0};
    r->digest = bx_q_bytes(q, COL_digest, &r->digest_n);
    h->missed |= ev->status == BX_EVALUATION_OK && !r->scored && !r->unscored.reason;
}

static bool rows(struct bx_store *st, struct history *h, const struct bx_board_row *b, const char *images,
                 bool (*each)(void *self, const struct bx_history_row *r, struct bx_err *e), void *self, struct bx_arena *a,
                 struct bx_err *e)
{
    struct bx_q q;
    struct bx_history_row r;
    if (!bx_q_open(&q, st, "history", "read the evaluations", e))
        return false;
    bool ok = bx_q_columns(&q, columns, NCOLUMNS);
    bx_q_text(&q, images);
    bx_q_text(&q, b->testset);
    bx_q_text(&q, bx_geometry_name(b->board.geometry));
    bx_q_text(&q, b->protocol);
    bx_q_text(&q, b->subset ? b->subset : "");
    while (ok && bx_q_row(&q)) {
        read_row(&q, h, &r, a);
        ok = !q.failed && each(self, &r, e);
    }
    return bx_q_end(&q) && ok && (!h->missed || bx_orphans_check(st, e));
}

bool bx_store_history(struct bx_store *st, const struct bx_board_row *b, const char *images,
                      bool (*each)(void *self, const struct bx_history_row *r, struct bx_err *e), void *self, struct bx_arena *a,
                      struct bx_err *e)
{
    struct history h = {0};
    bool ok = bx_snapshot_begin(st, e); /* what a row refers to was read before it */
    ok = ok && bx_snapshot_end(st,
                               bx_sums_check_grown(st, e) && bx_shared_read(st, &h.shared, a, e) && read_layouts(st, &h.layouts, a, e) &&
                                   read_kept(st, &h.kept, e) && read_logs(st, &h.logs, a, e) && rows(st, &h, b, images, each, self, a, e),
                               e);
    free(h.layouts.at);
    free(h.kept.at);
    free(h.logs.at);
    return ok;
}

bool bx_store_history_counts(struct bx_store *st, const char *images, void (*each)(void *self, const char *slug, size_t n), void *self,
                             struct bx_err *e)
{
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "history_counts", "count the evaluations", e);
    bx_q_text(&q, images);
    while (ok && bx_q_row(&q))
        each(self, bx_q_view(&q, 0), (size_t)bx_q_in(&q, 1, 0, UINT32_MAX));
    return bx_q_end(&q) && ok;
}
