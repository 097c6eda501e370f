/* seen.c: which images of a test set a model may have been trained on, and lists of images that reports are of. */
#include "core/store/sql.h"
#include "core/base/file.h"
#include <stdlib.h>
#include <string.h>

bool bx_store_subset_put(struct bx_store *st, const struct bx_rules *r, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_q q;
    uint8_t(*sorted)[32] = bx_memdup(&a, r->images, r->nimages * sizeof *sorted);
    qsort(sorted, r->nimages, sizeof *sorted, bx_sha256_order);
    bool ok = bx_q_open(&q, st, "subset_put", "store which images a report is of", e);
    bx_q_text(&q, bx_rules_subset(r, &a));
    bx_q_blob(&q, sorted, r->nimages * sizeof *sorted);
    ok = bx_q_run(&q) && ok;
    bx_arena_release(&a);
    return ok;
}

bool bx_store_subset_get(struct bx_store *st, const char *subset, struct bx_rules *r, bool *found, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    size_t n = 0;
    *found = false;
    if (!bx_q_open(&q, st, "subset_get", "look for which images a report is of", e))
        return false;
    bx_q_text(&q, subset);
    if (bx_q_row(&q)) {
        const void *images = bx_q_bytes(&q, 0, &n);
        if (!n || n % sizeof *r->images)
            bx_q_damaged(&q, 0, "is no list of images");
        else {
            r->images = bx_memdup(a, images, n);
            r->nimages = n / sizeof *r->images;
            *found = true;
        }
    }
    return bx_q_end(&q);
}

static bool put(struct bx_store *st, const struct bx_seen_in *s, int64_t now, const char *what, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "training_delete", what, e))
        return false;
    bx_q_text(&q, s->images);
    bx_q_blob(&q, s->manifest, 32);
    if (!bx_q_run(&q) || !bx_q_open(&q, st, "training_put", what, e))
        return false;
    bx_q_text(&q, s->images);
    bx_q_blob(&q, s->manifest, 32);
    bx_q_text(&q, s->title);
    bx_q_int(&q, (int64_t)s->others);
    bx_q_int(&q, now);
    if (!bx_q_run(&q) || !bx_q_open(&q, st, "seen_put", what, e))
        return false;
    for (size_t i = 0; i < s->n; i++) {
        const struct bx_seen_image *x = &s->at[i];
        bx_q_text(&q, s->images);
        bx_q_blob(&q, s->manifest, 32);
        bx_q_int(&q, (int64_t)i);
        bx_q_blob(&q, x->image, 32);
        bx_q_text(&q, x->file);
        bx_q_int(&q, x->exact);
        bx_q_real(&q, x->likeness);
        bx_q_int(&q, x->turn);
        bx_q_blob(&q, x->other, 32);
        bx_q_text(&q, x->name);
        bx_q_row(&q);
        if (q.failed)
            break;
        bx_q_again(&q);
    }
    return bx_q_end(&q);
}

bool bx_store_seen_put(struct bx_store *st, const struct bx_seen_in *s, int64_t now, struct bx_err *e)
{
    static const char what[] = "store which images are in training data";
    return bx_store_begin(st, what, e) && bx_store_commit(st, put(st, s, now, what, e), what, e);
}

bool bx_store_seen_get(struct bx_store *st, const char *images, const uint8_t manifest[32], struct bx_seen_in *s, bool *found,
                       struct bx_arena *a, struct bx_err *e)
{
    static const char what[] = "look for which images are in training data";
    struct bx_q q;
    struct bx_seen_image *list = NULL;
    size_t cap = 0;
    *s = (struct bx_seen_in){.images = images};
    memcpy(s->manifest, manifest, 32);
    if (!bx_q_open(&q, st, "training_get", what, e))
        return false;
    bx_q_text(&q, images);
    bx_q_blob(&q, manifest, 32);
    *found = bx_q_row(&q);
    if (*found) {
        s->title = bx_q_str(&q, 0, a);
        s->others = (uint64_t)bx_q_in(&q, 1, 0, INT64_MAX);
    }
    if (!bx_q_end(&q) || !*found)
        return !q.failed;
    if (!bx_q_open(&q, st, "seen", what, e))
        return false;
    bx_q_text(&q, images);
    bx_q_blob(&q, manifest, 32);
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, s->n + 1, sizeof *list);
        struct bx_seen_image *x = &list[s->n++];
        *x = (struct bx_seen_image){.file = bx_q_need(&q, 1, a),
                                    .exact = bx_q_flag(&q, 2),
                                    .likeness = bx_q_f64(&q, 3),
                                    .turn = (unsigned)bx_q_in(&q, 4, 0, 3),
                                    .name = bx_q_str(&q, 6, a)};
        bx_q_fixed(&q, 0, x->image, 32);
        bx_q_fixed(&q, 5, x->other, 32);
    }
    s->at = bx_memdup(a, list, s->n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}

bool bx_store_trained_get(struct bx_store *st, const char *slug, struct bx_trained **at, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_trained *list = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "trained", "look for what a model was trained on", e))
        return false;
    bx_q_text(&q, slug);
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        struct bx_trained *t = &list[(*n)++];
        *t = (struct bx_trained){.name = bx_q_need(&q, 0, a), .problem = bx_q_str(&q, 2, a)};
        if (!t->problem)
            bx_q_fixed(&q, 1, t->manifest, 32);
    }
    *at = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}

static bool same_text(const char *x, const char *y)
{
    return x && y ? !strcmp(x, y) : x == y;
}

static bool put_trained(struct bx_store *st, const char *slug, const struct bx_trained *at, size_t n, const char *what, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "trained_delete", what, e))
        return false;
    bx_q_text(&q, slug);
    bool ok = bx_q_run(&q);
    for (size_t i = 0; ok && i < n; i++) {
        ok = bx_q_open(&q, st, "trained_put", what, e);
        bx_q_text(&q, slug);
        bx_q_int(&q, (int64_t)i);
        bx_q_text(&q, at[i].name);
        bx_q_blob(&q, at[i].problem ? NULL : at[i].manifest, at[i].problem ? 0 : 32);
        bx_q_text(&q, at[i].problem);
        ok = bx_q_run(&q) && ok;
    }
    return ok;
}

bool bx_store_trained_put(struct bx_store *st, const char *slug, const struct bx_trained *at, size_t n, struct bx_err *e)
{
    static const char what[] = "store what a model was trained on";
    struct bx_arena a = {0};
    struct bx_trained *old;
    size_t nold;
    bool ok = bx_store_trained_get(st, slug, &old, &nold, &a, e), same = ok && nold == n;
    for (size_t i = 0; same && i < n; i++)
        same = !strcmp(old[i].name, at[i].name) && same_text(old[i].problem, at[i].problem) && !memcmp(old[i].manifest, at[i].manifest, 32);
    if (ok && !same)
        ok = bx_store_begin(st, what, e) && bx_store_commit(st, put_trained(st, slug, at, n, what, e), what, e);
    bx_arena_release(&a);
    return ok;
}

bool bx_store_seen_prune(struct bx_store *st, struct bx_err *e)
{
    struct bx_q q;
    return bx_q_open(&q, st, "training_prune", "forget training data that no model names", e) && bx_q_run(&q);
}
