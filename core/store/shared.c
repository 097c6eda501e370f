/* shared.c: what evaluations have in common and refer to by integer: what was asked, and on what machine with which programs. */
#include "core/store/sql.h"
#include <stdlib.h>
#include <string.h>

bool bx_subject_store(struct bx_store *st, const struct bx_evaluation *ev, int64_t *id, struct bx_err *e)
{
    static const char *const names[] = {"subject_put", "subject_find"};
    struct bx_q q;
    *id = 0;
    for (int i = 0; i < 2; i++) {
        if (!bx_q_open(&q, st, names[i], "store an evaluation", e))
            return false;
        bx_q_text(&q, ev->slug);
        bx_q_blob(&q, ev->version, sizeof ev->version);
        bx_q_text(&q, ev->images);
        if (bx_q_row(&q))
            *id = bx_q_i64(&q, 0);
        if (!bx_q_end(&q))
            return false;
    }
    return *id || bx_fail(e, BX_DB, "cannot store an evaluation of '%s' in '%s'", ev->slug, st->path);
}

/* Texts may be null, and nulls are never equal: so no insert-or-ignore. */
bool bx_maker_store(struct bx_store *st, const struct bx_evaluation *ev, int64_t *id, struct bx_err *e)
{
    static const char *const names[] = {"maker_find", "maker_put"};
    struct bx_q q;
    *id = 0;
    for (int i = 0; i < 2 && !*id; i++) {
        if (!bx_q_open(&q, st, names[i], "store an evaluation's machine", e))
            return false;
        bx_q_text(&q, ev->host.name);
        bx_q_text(&q, ev->host.text);
        bx_q_text(&q, ev->host.fingerprint);
        bx_q_text(&q, ev->boxscore ? ev->boxscore : BX_VERSION);
        bx_q_text(&q, ev->runner);
        bx_q_text(&q, ev->shard ? ev->shard : "");
        if (bx_q_row(&q))
            *id = bx_q_i64(&q, 0);
        if (!bx_q_end(&q))
            return false;
        if (i)
            *id = sqlite3_last_insert_rowid(st->db);
    }
    return true;
}

static bool read_subjects(struct bx_store *st, struct bx_shared *s, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_shared_subject *list = NULL;
    size_t cap = 0, n = 0;
    if (!bx_q_open(&q, st, "subjects", "read what was asked", e))
        return false;
    const char *images = NULL;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, n + 1, sizeof *list);
        struct bx_shared_subject *x = &list[n++];
        *x = (struct bx_shared_subject){.id = bx_q_i64(&q, 0), .slug = bx_q_need(&q, 1, a)};
        bx_q_fixed(&q, 2, x->version, sizeof x->version);
        if (!images || strcmp(images, bx_q_view(&q, 3)) != 0)
            images = bx_q_need(&q, 3, a);
        x->images = images;
    }
    s->subjects = bx_memdup(a, list, n * sizeof *list);
    s->nsubjects = n;
    free(list);
    return bx_q_end(&q);
}

static bool read_makers(struct bx_store *st, struct bx_shared *s, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_shared_maker *list = NULL;
    size_t cap = 0, n = 0;
    if (!bx_q_open(&q, st, "makers", "read the machines", e))
        return false;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, n + 1, sizeof *list);
        list[n++] = (struct bx_shared_maker){.id = bx_q_i64(&q, 0),
                                             .host = {bx_q_str(&q, 1, a), bx_q_str(&q, 2, a), bx_q_str(&q, 3, a)},
                                             .boxscore = bx_q_need(&q, 4, a),
                                             .runner = bx_q_str(&q, 5, a),
                                             .shard = bx_q_need(&q, 6, a)};
    }
    s->makers = bx_memdup(a, list, n * sizeof *list);
    s->nmakers = n;
    free(list);
    return bx_q_end(&q);
}

static bool read_runs(struct bx_store *st, struct bx_shared *s, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_shared_run *list = NULL;
    size_t cap = 0, n = 0;
    if (!bx_q_open(&q, st, "run_ids", "read the runs", e))
        return false;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, n + 1, sizeof *list);
        list[n].n = bx_q_i64(&q, 0);
        bx_q_fixed(&q, 1, list[n++].id.b, sizeof list->id.b);
    }
    s->runs = bx_memdup(a, list, n * sizeof *list);
    s->nruns = n;
    free(list);
    return bx_q_end(&q);
}

static bool read_answers(struct bx_store *st, struct bx_shared *s, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_shared_answers *list = NULL;
    size_t cap = 0, n = 0;
    if (!bx_q_open(&q, st, "answers", "read what was answered", e))
        return false;
    while (bx_q_row(&q) && bx_q_whole(&q, 0, 3)) {
        list = bx_grow(list, &cap, n + 1, sizeof *list);
        list[n++] = (struct bx_shared_answers){bx_q_i64(&q, 0), bx_q_in(&q, 2, 0, INT64_MAX)};
    }
    s->answers = bx_memdup(a, list, n * sizeof *list);
    s->nanswers = n;
    free(list);
    return bx_q_end(&q);
}

bool bx_shared_read(struct bx_store *st, struct bx_shared *s, struct bx_arena *a, struct bx_err *e)
{
    *s = (struct bx_shared){0};
    return read_subjects(st, s, a, e) && read_makers(st, s, a, e) && read_runs(st, s, a, e) && read_answers(st, s, a, e);
}

static int64_t key_of(const void *rows, size_t size, size_t i)
{
    int64_t key;
    memcpy(&key, (const char *)rows + i * size, sizeof key);
    return key;
}

size_t bx_rows_at(const void *rows, size_t n, size_t size, int64_t id, size_t *at)
{
    size_t lo = 0, hi = n, step = 1; /* below lo all are too small; from hi on none is */
    if (*at < n && key_of(rows, size, *at) >= id) {
        for (hi = *at; step <= hi && key_of(rows, size, hi - step) >= id; step *= 2)
            hi -= step;
        lo = step <= hi ? hi - step + 1 : 0;
    } else if (*at < n) {
        for (lo = *at + 1; step <= n - lo && key_of(rows, size, lo + step - 1) < id; step *= 2)
            lo += step;
        hi = step <= n - lo ? lo + step - 1 : n;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (key_of(rows, size, mid) < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return *at = lo;
}
