/* evaluations.c: one time that a model was asked: rows that are small, for there is one a model-night for ever. */
#include "core/store/sql.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {"ok", "partial", "failed"};
enum { NSTATUSES = sizeof status_names / sizeof *status_names };

const char *bx_evaluation_status_name(enum bx_evaluation_status s)
{
    return status_names[s];
}

static bool put_row(struct bx_store *st, const struct bx_evaluation *ev, const struct bx_detections *d, const char *digest, int64_t subject,
                    struct bx_err *e)
{
    struct bx_q q;
    int64_t maker;
    if (!bx_maker_store(st, ev, &maker, e) || !bx_q_open(&q, st, "evaluation_put", "store an evaluation", e))
        return false;
    bx_q_blob(&q, ev->id.b, sizeof ev->id.b);
    bx_q_blob(&q, ev->run.b, sizeof ev->run.b);
    bx_q_int(&q, subject);
    bx_q_int(&q, ev->status);
    bx_q_int(&q, d ? bx_detections_geometries(d) : 1u << BX_GEOM_BOX);
    bx_q_text(&q, ev->reason);
    bx_q_int(&q, ev->started);
    bx_q_int(&q, ev->finished);
    bx_q_int(&q, ev->sittings);
    bx_q_int(&q, ev->images_total);
    bx_q_int(&q, ev->images_failed);
    bx_q_int(&q, maker);
    bx_q_text(&q, digest);
    bx_q_real(&q, ev->latency_ms);
    return bx_q_run(&q);
}

/* In place of what it printed before about these images. */
static bool put_log(struct bx_store *st, const struct bx_evaluation *ev, struct bx_err *e)
{
    static const char what[] = "store what a model printed";
    struct bx_q q;
    if (!bx_q_open(&q, st, "log_prune", what, e))
        return false;
    bx_q_text(&q, ev->slug);
    bx_q_text(&q, ev->images);
    if (!bx_q_run(&q) || !ev->log)
        return !q.failed;
    if (!bx_q_open(&q, st, "log_put", what, e))
        return false;
    bx_q_blob(&q, ev->id.b, sizeof ev->id.b);
    bx_q_text(&q, ev->log);
    return bx_q_run(&q);
}

static bool put_latencies(struct bx_store *st, const bx_id *id, const struct bx_evaluation_end *end, struct bx_err *e)
{
    struct bx_q q;
    if (!end->nlatencies)
        return true;
    if (!bx_q_open(&q, st, "latency_put", "store latencies", e))
        return false;
    bx_q_blob(&q, id->b, sizeof id->b);
    bx_q_blob(&q, end->wall_ns, end->nlatencies * sizeof *end->wall_ns);
    bx_q_blob(&q, end->own_ns, end->nlatencies * sizeof *end->own_ns);
    return bx_q_run(&q);
}

static bool put_reports(struct bx_store *st, const struct bx_evaluation *ev, const char *digest, const struct bx_evaluation_end *end,
                        struct bx_err *e)
{
    bool ok = true;
    for (size_t i = 0; ok && end->detections && i < end->nreports; i++) {
        const struct bx_scored *s = &end->reports[i];
        struct bx_report_key k = {.detections = digest,
                                  .testset = s->testset,
                                  .geometry = s->report ? s->report->geometry : s->geometry,
                                  .protocol = s->report ? s->report->protocol : s->protocol,
                                  .subset = s->subset ? s->subset : ""};
        memcpy(k.score_digest, s->score_digest, 32);
        ok = s->report ? bx_report_store(st, &k, s->report, ev->finished, e) : bx_unscored_store(st, &k, &s->unscored, e);
    }
    return ok;
}

bool bx_store_evaluation_put(struct bx_store *st, const struct bx_evaluation *ev, const struct bx_evaluation_end *end, struct bx_err *e)
{
    static const char what[] = "store an evaluation";
    const struct bx_detections *d = end->detections;
    const struct bx_subject s = {ev->slug, ev->version};
    char digest[BX_DIGEST_SIZE] = "";
    int64_t subject;
    if (d && !bx_detections_digest(d, digest, e))
        return false;
    if (!bx_store_begin(st, what, e))
        return false;
    bool ok = bx_subject_store(st, ev, &subject, e) && (!d || bx_detections_store(st, d, digest, e)) &&
              put_row(st, ev, d, d ? digest : NULL, subject, e) && put_log(st, ev, e) && put_latencies(st, &ev->id, end, e) &&
              put_reports(st, ev, digest, end, e);
    if (!ev->resumable)
        ok = ok && bx_partial_delete(st, &s, end->set, e);
    ok = ok && (!end->killed || bx_store_work_killed(st, ev->slug, e));
    ok = ok && (!end->retention || bx_retain(st, subject, end->retention, e));
    return bx_store_commit(st, ok, what, e);
}

/* ---- reading ---- */

#define COLUMNS(X) BX_EVALUATION_COLUMNS(X) X(digest) X(kept) X(log)
enum { COLUMNS(BX_COLUMN) NCOLUMNS };
static const char *const columns[] = {COLUMNS(BX_COLUMN_NAME)};

static bool fill_shared(struct bx_shared *s, int64_t subject, int64_t maker, int64_t run, struct bx_evaluation *ev)
{
    const struct bx_shared_subject *x = &s->subjects[bx_rows_at(s->subjects, s->nsubjects, sizeof *x, subject, &s->subject)];
    const struct bx_shared_maker *m = &s->makers[bx_rows_at(s->makers, s->nmakers, sizeof *m, maker, &s->maker)];
    const struct bx_shared_run *r = &s->runs[bx_rows_at(s->runs, s->nruns, sizeof *r, run, &s->run)];
    if (s->subject == s->nsubjects || s->maker == s->nmakers || s->run == s->nruns || x->id != subject || m->id != maker || r->n != run)
        return false;
    ev->run = r->id;
    ev->slug = x->slug;
    ev->images = x->images;
    memcpy(ev->version, x->version, sizeof ev->version);
    ev->host = m->host;
    ev->boxscore = m->boxscore;
    ev->runner = m->runner;
    ev->shard = m->shard;
    return true;
}

void bx_evaluation_read(struct bx_q *q, struct bx_shared *s, struct bx_evaluation *ev, int64_t *answers, struct bx_arena *a)
{
    const int64_t run = bx_q_i64(q, COL_run), subject = bx_q_i64(q, COL_subject), maker = bx_q_i64(q, COL_maker);
    uint64_t sum = 0;
    *ev = (struct bx_evaluation){.seq = bx_q_i64(q, COL_seq),
                                 .status = (enum bx_evaluation_status)bx_q_in(q, COL_status, 0, NSTATUSES - 1),
                                 .geometries = (unsigned)bx_q_in(q, COL_geometries, 0, (1 << BX_NGEOMETRIES) - 1),
                                 .reason = bx_q_str(q, COL_reason, a),
                                 .started = bx_q_time(q, COL_started),
                                 .finished = bx_q_time(q, COL_finished),
                                 .sittings = (unsigned)bx_q_in(q, COL_sittings, 0, UINT32_MAX),
                                 .images_total = (unsigned)bx_q_in(q, COL_images_total, 0, UINT32_MAX),
                                 .images_failed = (unsigned)bx_q_in(q, COL_images_failed, 0, UINT32_MAX),
                                 .latency_ms = bx_q_f64(q, COL_latency_ms)};
    bx_q_fixed(q, COL_id, ev->id.b, sizeof ev->id.b);
    *answers = bx_q_or(q, COL_answers, 0);
    bx_sum_blob(&sum, ev->id.b, sizeof ev->id.b);
    const int64_t before[] = {ev->seq, run, subject, ev->status, ev->geometries};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        bx_sum_i64(&sum, before[i]);
    bx_sum_text(&sum, ev->reason);
    const int64_t after[] = {ev->started, ev->finished, ev->sittings, ev->images_total, ev->images_failed, maker};
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        bx_sum_i64(&sum, after[i]);
    bx_sum_i64_or(&sum, *answers, 0);
    bx_sum_f64(&sum, ev->latency_ms);
    if (!fill_shared(s, subject, maker, run, ev))
        bx_q_damaged(q, COL_subject, "refers, or its run or maker does, to what is not there");
    bx_q_sum(q, COL_sum, sum);
    if (!*answers)
        return;
    const struct bx_shared_answers *x = &s->answers[bx_rows_at(s->answers, s->nanswers, sizeof *x, *answers, &s->answer)];
    if (s->answer == s->nanswers || x->id != *answers)
        bx_q_damaged(q, COL_answers, "refers to answers that are not there");
    else
        ev->ndetections = (uint64_t)x->n;
}

static bool read_all(struct bx_store *st, const char *slug, struct bx_evaluation **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_shared shared;
    struct bx_evaluation *list = NULL;
    size_t cap = 0;
    int64_t answers;
    *n = 0;
    if (!bx_sums_check_grown(st, e) || !bx_shared_read(st, &shared, a, e) || !bx_q_open(&q, st, "evaluations", "read the evaluations", e))
        return false;
    bx_q_columns(&q, columns, NCOLUMNS);
    bx_q_text(&q, slug);
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        struct bx_evaluation *ev = &list[(*n)++];
        bx_evaluation_read(&q, &shared, ev, &answers, a);
        ev->kept = bx_q_flag(&q, COL_kept);
        ev->log = bx_q_str(&q, COL_log, a);
        size_t size;
        const void *digest = bx_q_bytes(&q, COL_digest, &size);
        ev->detections = bx_digest_text(digest, size, a);
    }
    *rows = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}

bool bx_store_evaluations(struct bx_store *st, const char *slug, struct bx_evaluation **rows, size_t *n, struct bx_arena *a,
                          struct bx_err *e)
{
    return bx_snapshot_begin(st, e) && bx_snapshot_end(st, read_all(st, slug, rows, n, a, e), e);
}

/* ---- latencies ---- */

bool bx_store_latencies(struct bx_store *st, const bx_id *evaluation, int64_t **wall_ns, int64_t **own_ns, size_t *n, struct bx_arena *a,
                        struct bx_err *e)
{
    struct bx_q q;
    *n = 0;
    *wall_ns = *own_ns = NULL;
    if (!bx_q_open(&q, st, "latency_get", "read latencies", e))
        return false;
    bx_q_blob(&q, evaluation->b, sizeof evaluation->b);
    bool found = bx_q_row(&q);
    if (found && bx_q_whole(&q, 0, 3)) {
        size_t wall_n, own_n;
        const void *wall = bx_q_bytes(&q, 1, &wall_n), *own = bx_q_bytes(&q, 2, &own_n);
        if (wall_n != own_n || wall_n % sizeof(int64_t))
            bx_q_damaged(&q, 2, "is of another length than the wall times");
        *n = wall_n / sizeof(int64_t);
        *wall_ns = bx_memdup(a, wall, wall_n);
        *own_ns = bx_memdup(a, own, own_n);
    }
    return bx_q_end(&q) && (found || bx_orphans_check(st, e));
}

static bool other_subjects(struct bx_store *st, const struct bx_subject *s, const char *images, struct bx_attempts *out, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "subjects_of", "read the attempts", e))
        return false;
    bx_q_text(&q, s->slug);
    while (bx_q_row(&q)) {
        uint8_t version[32];
        bx_q_fixed(&q, 0, version, sizeof version);
        bool same = !memcmp(version, s->version, sizeof version);
        out->other_version |= !same;
        out->other_images |= same && strcmp(bx_q_view(&q, 1), images) != 0;
    }
    return bx_q_end(&q);
}

bool bx_store_attempts(struct bx_store *st, const struct bx_subject *s, const char *images, unsigned needed, struct bx_attempts *out,
                       struct bx_arena *a, struct bx_err *e)
{
#define ATTEMPT(X) X(ok) X(ended) X(detections) X(evaluation) X(has)
    enum { ATTEMPT(BX_COLUMN) NATTEMPT };
    static const char *const names[] = {ATTEMPT(BX_COLUMN_NAME)};
    struct bx_q q;
    *out = (struct bx_attempts){0};
    if (!other_subjects(st, s, images, out, e) || !bx_q_open(&q, st, "attempts", "read the attempts", e))
        return false;
    bx_q_columns(&q, names, NATTEMPT);
    bx_q_text(&q, s->slug);
    bx_q_blob(&q, s->version, 32);
    bx_q_text(&q, images);
    for (bool newest = true; (!out->any_good || needed) && bx_q_row(&q); newest = false) {
        bool ok = bx_q_i64(&q, COL_ok) != 0;
        if (newest)
            out->last = bx_q_i64(&q, COL_ended);
        out->any_good |= ok;
        for (unsigned g = 0; ok && g < BX_NGEOMETRIES; g++) {
            struct bx_good *good = &out->good[g];
            if (good->detections || !(bx_q_i64(&q, COL_has) & (int64_t)1 << g))
                continue;
            needed &= ~(1u << g);
            good->finished = bx_q_i64(&q, COL_ended);
            good->detections = bx_q_str(&q, COL_detections, a);
            bx_q_fixed(&q, COL_evaluation, good->evaluation.b, sizeof good->evaluation.b);
        }
        if (!out->any_good)
            out->failures++;
    }
    return bx_q_end(&q);
}

bool bx_store_good_on(struct bx_store *st, const struct bx_subject *s, const char *images, const char *testset, struct bx_good *out,
                      struct bx_arena *a, struct bx_err *e)
{
    enum { ENDED, ANSWERS, EVALUATION };
    struct bx_q q;
    *out = (struct bx_good){0};
    if (!bx_q_open(&q, st, "good_on", "read the attempts", e))
        return false;
    bx_q_text(&q, s->slug);
    bx_q_blob(&q, s->version, 32);
    bx_q_text(&q, images);
    bx_q_text(&q, testset);
    if (bx_q_row(&q)) {
        out->finished = bx_q_i64(&q, ENDED);
        out->detections = bx_q_str(&q, ANSWERS, a);
        bx_q_fixed(&q, EVALUATION, out->evaluation.b, sizeof out->evaluation.b);
    }
    return bx_q_end(&q);
}

bool bx_store_evaluation_known(struct bx_store *st, const bx_id *id, bool *known, struct bx_err *e)
{
    struct bx_q q;
    *known = false;
    if (!bx_q_open(&q, st, "evaluation_known", "look for an evaluation", e))
        return false;
    bx_q_blob(&q, id->b, sizeof id->b);
    if (bx_q_row(&q))
        *known = bx_q_i64(&q, 0) > 0;
    return bx_q_end(&q);
}
