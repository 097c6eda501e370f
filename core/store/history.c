/*
 * history.c: all evaluations about some images in one pass, as their pages are in the file. What they refer to is read before, each table
 * as it lies: what was asked and answered, the reports' numbers, the reasons for none, which answers are kept, what the newest ones
 * printed.
 */
#include "core/store/sql.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS(X) BX_EVALUATION_COLUMNS(X)
enum { COLUMNS(BX_COLUMN) NCOLUMNS };
static const char *const columns[] = {COLUMNS(BX_COLUMN_NAME)};

/* Where the metric asked for is among the scalars of each layout. */
struct layouts {
    struct layout {
        int64_t id;
        size_t n, place; /* place n: it is not there */
    } * at;
    size_t n;
};

static bool read_layouts(struct bx_store *st, enum bx_metric metric, struct layouts *l, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    size_t cap = 0;
    bool ok = bx_q_open(&q, st, "layouts", "read the reports' layouts", e);
    while (ok && bx_q_row(&q)) {
        const char **names;
        l->at = bx_grow(l->at, &cap, l->n + 1, sizeof *l->at);
        struct layout *y = &l->at[l->n++];
        *y = (struct layout){.id = bx_q_i64(&q, 0)};
        ok = bx_names_parse(bx_q_view(&q, 1), &names, &y->n, a, e);
        while (ok && y->place < y->n && strcmp(names[y->place], bx_metrics[metric].name) != 0)
            y->place++;
    }
    return bx_q_end(&q) && ok;
}

/* What subjects on these images are scored by; ascending. */
struct subjects {
    struct subject {
        int64_t id, scoring; /* 0: there are no such numbers at all */
    } * at;
    size_t n, last;
};

static bool read_subjects(struct bx_store *st, const struct bx_board_row *b, const char *images, struct subjects *s, struct bx_err *e)
{
    struct bx_q q;
    size_t cap = 0;
    bool ok = bx_q_open(&q, st, "history_subjects", "read what was asked", e);
    bx_q_text(&q, images);
    bx_q_text(&q, b->testset);
    bx_q_text(&q, bx_geometry_name(b->board.geometry));
    bx_q_text(&q, b->protocol);
    bx_q_text(&q, b->subset ? b->subset : "");
    while (ok && bx_q_row(&q)) {
        s->at = bx_grow(s->at, &cap, s->n + 1, sizeof *s->at);
        s->at[s->n++] = (struct subject){bx_q_i64(&q, 0), bx_q_or(&q, 1, 0)};
    }
    return bx_q_end(&q) && ok;
}

/* Reports and reasons for none, by answers and scoring. */
struct scores {
    struct score {
        int64_t answers, scoring;
        double value;
        struct bx_unscored unscored; /* reason NULL: it is a report */
    } * at;
    size_t n, cap, last;
};

static int by_key(const void *x, const void *y)
{
    const struct score *a = x, *b = y;
    int order = (a->answers > b->answers) - (a->answers < b->answers);
    return order ? order : (a->scoring > b->scoring) - (a->scoring < b->scoring);
}

static struct score *add_score(struct scores *s, int64_t answers, int64_t scoring)
{
    s->at = bx_grow(s->at, &s->cap, s->n + 1, sizeof *s->at);
    s->at[s->n] = (struct score){.answers = answers, .scoring = scoring, .value = NAN};
    return &s->at[s->n++];
}

static double read_value(struct bx_q *q, const struct layouts *l, int layout_column)
{
    double value = NAN;
    size_t n;
    const char *scalars = bx_q_bytes(q, layout_column + 1, &n);
    int64_t id = bx_q_or(q, layout_column, 0);
    if (!id)
        return NAN;
    const struct layout *y = l->at;
    while (y < l->at + l->n && y->id != id)
        y++;
    if (y == l->at + l->n || y->n * sizeof value != n)
        bx_q_damaged(q, layout_column, "is not that of its scalars");
    else if (y->place < y->n)
        memcpy(&value, scalars + y->place * sizeof value, sizeof value);
    return value;
}

static bool read_scores(struct bx_store *st, const struct layouts *l, struct scores *s, struct bx_arena *a, struct bx_err *e)
{
    enum { REPORT_ANSWERS = 1, REPORT_SCORING, REPORT_LAYOUT = 7, REPORT_SUM = 10 };
    enum { ANSWERS, SCORING, FAILED, REASON, SUM };
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "all_reports", "read the reports", e);
    while (ok && bx_q_row(&q) && bx_q_whole(&q, 0, REPORT_SUM))
        add_score(s, bx_q_i64(&q, REPORT_ANSWERS), bx_q_i64(&q, REPORT_SCORING))->value = read_value(&q, l, REPORT_LAYOUT);
    ok = bx_q_end(&q) && ok && bx_q_open(&q, st, "all_unscored", "read why there are no reports", e);
    while (ok && bx_q_row(&q) && bx_q_whole(&q, 0, SUM))
        add_score(s, bx_q_i64(&q, ANSWERS), bx_q_i64(&q, SCORING))->unscored =
            (struct bx_unscored){bx_q_need(&q, REASON, a), bx_q_flag(&q, FAILED)};
    ok = ok && bx_q_end(&q);
    size_t sorted = 1;
    while (sorted < s->n && by_key(&s->at[sorted - 1], &s->at[sorted]) <= 0)
        sorted++;
    if (sorted < s->n)
        qsort(s->at, s->n, sizeof *s->at, by_key);
    return ok;
}

/* NULL: neither numbers nor a reason. A report comes before a reason. */
static const struct score *find_score(struct scores *s, int64_t answers, int64_t scoring)
{
    const struct score *found = NULL;
    for (size_t i = bx_rows_at(s->at, s->n, sizeof *s->at, answers, &s->last); i < s->n && s->at[i].answers == answers; i++)
        if (s->at[i].scoring == scoring && (!found || found->unscored.reason))
            found = &s->at[i];
    return found;
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
    struct subjects subjects;
    struct scores scores;
    struct kept kept;
    struct logs logs;
    bool missed; /* numbers that may be there and are not found */
};

static void read_row(struct bx_q *q, struct history *h, struct bx_history_row *r, struct bx_arena *a)
{
    struct bx_evaluation *ev = &r->evaluation;
    *r = (struct bx_history_row){.value = NAN};
    bx_evaluation_read(q, &h->shared, ev, &r->answers, a);
    ev->kept = r->answers && h->kept.n && bsearch(&r->answers, h->kept.at, h->kept.n, sizeof r->answers, by_number);
    const struct log *log = h->logs.n ? bsearch(&ev->id, h->logs.at, h->logs.n, sizeof *log, by_evaluation) : NULL;
    ev->log = log ? log->text : NULL;
    const int64_t scoring = h->subjects.at[h->subjects.last].scoring;
    const struct score *score = r->answers && scoring ? find_score(&h->scores, r->answers, scoring) : NULL;
    if (score) {
        r->scored = !score->unscored.reason;
        r->unscored = score->unscored;
        r->value = score->value;
    }
    h->missed |= ev->status == BX_EVALUATION_OK && !score;
}

static bool rows(struct bx_store *st, struct history *h, bool (*each)(void *self, const struct bx_history_row *r, struct bx_err *e),
                 void *self, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_history_row r;
    struct subjects *s = &h->subjects;
    if (!bx_q_open(&q, st, "history", "read the evaluations", e))
        return false;
    bool ok = bx_q_columns(&q, columns, NCOLUMNS);
    while (ok && bx_q_row(&q)) {
        int64_t subject = bx_q_i64(&q, COL_subject);
        size_t i = bx_rows_at(s->at, s->n, sizeof *s->at, subject, &s->last);
        if (i == s->n || s->at[i].id != subject) /* about other images */
            continue;
        read_row(&q, h, &r, a);
        ok = !q.failed && each(self, &r, e);
    }
    return bx_q_end(&q) && ok && (!h->missed || bx_orphans_check(st, e));
}

bool bx_store_history(struct bx_store *st, const struct bx_board_row *b, const char *images, enum bx_metric metric,
                      bool (*each)(void *self, const struct bx_history_row *r, struct bx_err *e), void *self, struct bx_arena *a,
                      struct bx_err *e)
{
    struct history h = {0};
    bool ok = bx_snapshot_begin(st, e); /* what a row refers to was read before it */
    ok = ok && bx_snapshot_end(st,
                               bx_shared_read(st, &h.shared, a, e) && read_layouts(st, metric, &h.layouts, a, e) &&
                                   read_subjects(st, b, images, &h.subjects, e) && read_scores(st, &h.layouts, &h.scores, a, e) &&
                                   read_kept(st, &h.kept, e) && read_logs(st, &h.logs, a, e) && rows(st, &h, each, self, a, e),
                               e);
    free(h.layouts.at);
    free(h.subjects.at);
    free(h.scores.at);
    free(h.kept.at);
    free(h.logs.at);
    return ok;
}

bool bx_store_answers_text(struct bx_store *st, int64_t answers, const char **text, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    size_t n = 0;
    bool ok = bx_q_open(&q, st, "answers_digest", "read what was answered", e);
    bx_q_int(&q, answers);
    const void *digest = ok && bx_q_row(&q) ? bx_q_bytes(&q, 0, &n) : NULL;
    *text = bx_digest_text(digest, n, a);
    return bx_q_end(&q) && ok;
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
