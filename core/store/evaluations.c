/* evaluations.c: one time that a model was asked, and the detections it gave. */
#include "core/store/sql.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const status_names[] = {"ok", "partial", "failed"};

const char *bx_evaluation_status_name(enum bx_evaluation_status s)
{
    return status_names[s];
}

bool bx_detections_store(struct bx_store *st, const struct bx_detections *d, const char *digest, struct bx_err *e)
{
    static const char what[] = "store detections";
    struct bx_arena a = {0};
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "detections_put", what, e);
    bx_q_text(&q, digest);
    bx_q_int(&q, (int64_t)d->nimages);
    bx_q_int(&q, (int64_t)d->n);
    bx_q_text(&q, bx_names_json(d->names, d->nnames, &a));
    ok = bx_q_run(&q) && ok;
    bool added = ok && sqlite3_changes(st->db) > 0;
    bx_arena_release(&a);
    if (!added)
        return ok;
    ok = bx_q_open(&q, st, "block_put", what, e);
    for (size_t first = 0, block = 0; ok && first < d->nimages; first += BX_DETECTIONS_BLOCK, block++) {
        BX_CLEANUP_BUF struct bx_buf bytes = {0};
        bx_detections_pack(d, first, d->nimages - first < BX_DETECTIONS_BLOCK ? d->nimages - first : BX_DETECTIONS_BLOCK, &bytes);
        bx_q_again(&q);
        bx_q_text(&q, digest);
        bx_q_int(&q, (int64_t)block);
        bx_q_blob(&q, bytes.p, bytes.n);
        bx_q_row(&q);
        ok = !q.failed;
        bx_q_again(&q);
    }
    return bx_q_end(&q) && ok;
}

bool bx_store_detections_get(struct bx_store *st, const char *digest, struct bx_detections *d, bool *found, struct bx_arena *a,
                             struct bx_err *e)
{
    static const char what[] = "read detections";
    struct bx_q q;
    const char **names = NULL;
    size_t nnames = 0;
    int64_t nimages = 0, n = 0;
    *found = false;
    bool ok = bx_q_open(&q, st, "detections_get", what, e);
    bx_q_text(&q, digest);
    if (ok && bx_q_row(&q)) {
        *found = true;
        nimages = bx_q_i64(&q, 0);
        n = bx_q_i64(&q, 1);
        ok = bx_names_parse((const char *)sqlite3_column_text(q.s, 2), &names, &nnames, a, e) ||
             bx_wrap(e, "detections %s in '%s' are damaged", digest, st->path);
    }
    if (!(bx_q_end(&q) && ok) || !*found)
        return ok && !q.failed;

    void **blocks = NULL;
    size_t *sizes = NULL, nblocks = 0, cap = 0, sizes_cap = 0;
    ok = bx_q_open(&q, st, "blocks_get", what, e);
    bx_q_text(&q, digest);
    while (ok && bx_q_row(&q)) {
        blocks = bx_grow(blocks, &cap, nblocks + 1, sizeof *blocks);
        sizes = bx_grow(sizes, &sizes_cap, nblocks + 1, sizeof *sizes);
        const void *p = bx_q_bytes(&q, 0, &sizes[nblocks]);
        blocks[nblocks] = bx_xrealloc(NULL, sizes[nblocks] + 1, 1);
        memcpy(blocks[nblocks], p, sizes[nblocks]);
        nblocks++;
    }
    ok = bx_q_end(&q) && ok;
    ok = ok && bx_detections_unpack((const void *const *)blocks, sizes, nblocks, names, nnames, d, a, e);
    if (ok && ((int64_t)d->nimages != nimages || (int64_t)d->n != n))
        ok = bx_fail(e, BX_DB, "they are %zu on %zu images, expected %lld on %lld", d->n, d->nimages, (long long)n, (long long)nimages);
    char real[BX_DIGEST_SIZE];
    if (ok && (ok = bx_detections_digest(d, real, e)) && strcmp(real, digest) != 0)
        ok = bx_fail(e, BX_DB, "their digest is %s", real);
    for (size_t i = 0; i < nblocks; i++)
        free(blocks[i]);
    free(blocks);
    free(sizes);
    return ok || bx_wrap(e, "detections %s in '%s' are damaged", digest, st->path);
}

static bool put_row(struct bx_store *st, const struct bx_evaluation *ev, const char *digest, uint64_t n, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "evaluation_put", "store an evaluation", e))
        return false;
    bx_q_blob(&q, ev->id.b, sizeof ev->id.b);
    bx_q_blob(&q, ev->run.b, sizeof ev->run.b);
    bx_q_text(&q, ev->slug);
    bx_q_blob(&q, ev->version, 32);
    bx_q_text(&q, ev->images);
    bx_q_text(&q, bx_geometry_name(ev->geometry));
    bx_q_text(&q, status_names[ev->status]);
    bx_q_text(&q, ev->reason);
    bx_q_text(&q, ev->log);
    bx_q_int(&q, ev->started);
    bx_q_int(&q, ev->finished);
    bx_q_int(&q, ev->sittings);
    bx_q_int(&q, ev->images_total);
    bx_q_int(&q, ev->images_failed);
    bx_q_text(&q, ev->host.name);
    bx_q_text(&q, ev->host.text);
    bx_q_text(&q, ev->host.fingerprint);
    bx_q_text(&q, ev->boxscore ? ev->boxscore : BX_VERSION);
    bx_q_text(&q, ev->runner);
    bx_q_text(&q, ev->shard ? ev->shard : "");
    bx_q_text(&q, digest);
    bx_q_int(&q, (int64_t)n);
    bx_q_real(&q, ev->latency_ms);
    return bx_q_run(&q);
}

static bool put_latencies(struct bx_store *st, const bx_id *id, const int64_t *wall_ns, const int64_t *own_ns, size_t n, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "latency_put", "store latencies", e))
        return false;
    bx_q_blob(&q, id->b, sizeof id->b);
    bx_q_blob(&q, wall_ns, n * sizeof *wall_ns);
    bx_q_blob(&q, own_ns, n * sizeof *own_ns);
    return bx_q_run(&q);
}

bool bx_store_evaluation_put(struct bx_store *st, const struct bx_evaluation *ev, const struct bx_detections *d, const int64_t *wall_ns,
                             const int64_t *own_ns, size_t nlatencies, const char *testset, const uint8_t score_digest[32],
                             const struct bx_report *report, struct bx_err *e)
{
    static const char what[] = "store an evaluation";
    char digest[BX_DIGEST_SIZE] = "";
    if (d && !bx_detections_digest(d, digest, e))
        return false;
    if (!bx_store_begin(st, what, e))
        return false;
    bool ok = (!d || bx_detections_store(st, d, digest, e)) && put_row(st, ev, d ? digest : NULL, d ? d->n : 0, e);
    if (ok && nlatencies)
        ok = put_latencies(st, &ev->id, wall_ns, own_ns, nlatencies, e);
    if (ok && report && d) {
        struct bx_report_key k = {
            .detections = digest, .testset = testset, .geometry = report->geometry, .protocol = report->protocol, .subset = ""};
        memcpy(k.score_digest, score_digest, 32);
        ok = bx_report_store(st, &k, report, ev->finished, e);
    }
    struct bx_subject s = {ev->slug, ev->version, ev->geometry};
    if (!ev->resumable)
        ok = ok && bx_partial_delete(st, &s, e);
    return bx_store_commit(st, ok, what, e);
}

static void read_row(struct bx_q *q, struct bx_evaluation *ev, struct bx_arena *a)
{
    *ev = (struct bx_evaluation){.seq = bx_q_i64(q, 2),
                                 .slug = bx_q_str(q, 3, a),
                                 .images = bx_q_str(q, 5, a),
                                 .reason = bx_q_str(q, 8, a),
                                 .log = bx_q_str(q, 9, a),
                                 .started = bx_q_i64(q, 10),
                                 .finished = bx_q_i64(q, 11),
                                 .sittings = (unsigned)bx_q_i64(q, 12),
                                 .images_total = (unsigned)bx_q_i64(q, 13),
                                 .images_failed = (unsigned)bx_q_i64(q, 14),
                                 .host = {bx_q_str(q, 15, a), bx_q_str(q, 16, a), bx_q_str(q, 17, a)},
                                 .boxscore = bx_q_str(q, 18, a),
                                 .runner = bx_q_str(q, 19, a),
                                 .shard = bx_q_str(q, 20, a),
                                 .detections = bx_q_str(q, 21, a),
                                 .ndetections = (uint64_t)bx_q_i64(q, 22),
                                 .latency_ms = bx_q_f64(q, 23),
                                 .kept = bx_q_i64(q, 24) != 0};
    bx_q_fixed(q, 0, ev->id.b, sizeof ev->id.b);
    bx_q_fixed(q, 1, ev->run.b, sizeof ev->run.b);
    bx_q_fixed(q, 4, ev->version, sizeof ev->version);
    bx_geometry_parse((const char *)sqlite3_column_text(q->s, 6), &ev->geometry);
    const char *status = (const char *)sqlite3_column_text(q->s, 7);
    for (size_t i = 0; i < sizeof status_names / sizeof *status_names; i++)
        if (!strcmp(status, status_names[i]))
            ev->status = (enum bx_evaluation_status)i;
}

bool bx_store_evaluations(struct bx_store *st, const char *slug, struct bx_evaluation **rows, size_t *n, struct bx_arena *a,
                          struct bx_err *e)
{
    struct bx_q q;
    struct bx_evaluation *list = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "evaluations", "read the evaluations", e))
        return false;
    bx_q_text(&q, slug);
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        read_row(&q, &list[(*n)++], a);
    }
    *rows = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}

bool bx_store_latencies(struct bx_store *st, const bx_id *evaluation, int64_t **wall_ns, int64_t **own_ns, size_t *n, struct bx_arena *a,
                        struct bx_err *e)
{
    struct bx_q q;
    *n = 0;
    *wall_ns = *own_ns = NULL;
    if (!bx_q_open(&q, st, "latency_get", "read latencies", e))
        return false;
    bx_q_blob(&q, evaluation->b, sizeof evaluation->b);
    if (bx_q_row(&q)) {
        size_t wall_n, own_n;
        const void *wall = bx_q_bytes(&q, 0, &wall_n), *own = bx_q_bytes(&q, 1, &own_n);
        if (wall_n == own_n && wall_n % sizeof(int64_t) == 0) {
            *n = wall_n / sizeof(int64_t);
            *wall_ns = bx_memdup(a, wall, wall_n);
            *own_ns = bx_memdup(a, own, own_n);
        }
    }
    return bx_q_end(&q);
}

bool bx_store_attempts(struct bx_store *st, const struct bx_subject *s, const char *images, struct bx_attempts *out, struct bx_arena *a,
                       struct bx_err *e)
{
    struct bx_q q;
    *out = (struct bx_attempts){0};
    if (!bx_q_open(&q, st, "attempts", "read the attempts", e))
        return false;
    bx_q_text(&q, s->slug);
    bx_q_blob(&q, s->version, 32);
    bx_q_text(&q, images);
    bx_q_text(&q, bx_geometry_name(s->geometry));
    while (bx_q_row(&q)) { /* newest first */
        bool ok = bx_q_i64(&q, 0) != 0;
        if (!out->total++)
            out->last = bx_q_i64(&q, 1);
        if (ok && !out->last_ok) {
            out->last_ok = bx_q_i64(&q, 1);
            out->detections = bx_q_str(&q, 2, a);
            bx_q_fixed(&q, 3, out->evaluation.b, sizeof out->evaluation.b);
        }
        if (!out->last_ok)
            out->failures++;
    }
    return bx_q_end(&q);
}
