/* partials.c: answers of an evaluation that is not finished: one row an image, so that a killed run loses seconds, not a night. */
#include "core/store/sql.h"
#include <stdlib.h>
#include <string.h>

/* Two images of a set may be the same file: an image's row is keyed by its bytes and by how many of the same came before it. */
struct nth {
    const uint8_t (*sha)[32];
    size_t *order; /* image indices sorted by (sha, index) */
    uint32_t *nth; /* by image index */
    size_t n;
};

static int by_sha(const void *x, const void *y, void *arg)
{
    const struct nth *t = arg;
    size_t i = *(const size_t *)x, j = *(const size_t *)y;
    int c = memcmp(t->sha[i], t->sha[j], 32);
    return c ? c : (i > j) - (i < j);
}

static struct nth nth_make(const struct bx_testset *t, struct bx_arena *a)
{
    struct nth x = {.sha = (const uint8_t(*)[32])t->image_sha,
                    .order = BX_NEW(a, size_t, t->nimages),
                    .nth = BX_NEW(a, uint32_t, t->nimages),
                    .n = t->nimages};
    for (size_t i = 0; i < x.n; i++)
        x.order[i] = i;
    if (x.n)
        qsort_r(x.order, x.n, sizeof *x.order, by_sha, &x);
    for (size_t k = 1; k < x.n; k++)
        if (!memcmp(x.sha[x.order[k]], x.sha[x.order[k - 1]], 32))
            x.nth[x.order[k]] = x.nth[x.order[k - 1]] + 1;
    return x;
}

/* The image index of a stored row, or SIZE_MAX when this set has no such image. */
static size_t nth_find(const struct nth *x, const void *sha, int64_t nth)
{
    size_t lo = 0, hi = x->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (memcmp(x->sha[x->order[mid]], sha, 32) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (nth < 0 || (size_t)nth >= x->n - lo)
        return SIZE_MAX;
    size_t i = x->order[lo + (size_t)nth];
    return !memcmp(x->sha[i], sha, 32) ? i : SIZE_MAX;
}

static void bind_subject(struct bx_q *q, const struct bx_subject *s)
{
    bx_q_text(q, s->slug);
    bx_q_blob(q, s->version, 32);
}

static bool put(struct bx_q *q, const struct bx_subject *s, const struct bx_testset *t, const struct nth *x, const struct bx_partial *row,
                int64_t now)
{
    struct bx_arena a = {0};
    struct bx_detections_builder *b = bx_detections_builder_new();
    for (size_t i = 0; i < row->n; i++) {
        struct bx_detection d = row->detections[i];
        const char *name = row->names[d.name];
        d.name = bx_detections_builder_name(b, name, strlen(name));
        bx_detections_builder_add(b, 0, &d);
    }
    struct bx_detections one;
    bx_detections_builder_finish(b, 1, &one, &a);
    BX_CLEANUP_BUF struct bx_buf block = {0};
    bx_detections_pack(&one, 0, 1, &block);

    bx_q_again(q);
    bind_subject(q, s);
    bx_q_blob(q, t->image_sha[row->image], 32);
    bx_q_int(q, x->nth[row->image]);
    bx_q_int(q, bx_detections_geometries(&one));
    bx_q_int(q, row->failed);
    bx_q_text(q, row->reason);
    bx_q_int(q, row->wall_ns);
    bx_q_int(q, row->own_ns);
    bx_q_blob(q, row->sitting.b, sizeof row->sitting.b);
    bx_q_int(q, now);
    bx_q_text(q, bx_names_json(one.names, one.nnames, &a));
    bx_q_blob(q, block.p, block.n);
    bx_q_row(q);
    bool ok = !q->failed;
    bx_q_again(q); /* before the texts it has bound go */
    bx_arena_release(&a);
    return ok;
}

bool bx_store_partial_add(struct bx_store *st, const struct bx_subject *s, const struct bx_testset *t, const struct bx_partial *rows,
                          size_t n, int64_t now, struct bx_err *e)
{
    static const char what[] = "store answers";
    struct bx_arena a = {0};
    struct nth x = nth_make(t, &a);
    struct bx_q q;
    bool ok = bx_store_begin(st, what, e);
    if (ok) {
        ok = bx_q_open(&q, st, "partial_put", what, e);
        for (size_t i = 0; i < n && ok; i++)
            ok = put(&q, s, t, &x, &rows[i], now);
        ok = bx_q_end(&q) && ok;
        ok = bx_store_commit(st, ok, what, e);
    }
    bx_arena_release(&a);
    return ok;
}

/* clang-format off */
#define COLUMNS(X) \
    X(slug) X(version) X(image) X(nth) X(geometries) X(failed) X(reason) X(wall_ns) X(own_ns) X(sitting) X(answered) X(names) X(bytes) X(sum)
/* clang-format on */
enum { COLUMNS(BX_COLUMN) NCOLUMNS };
static const char *const columns[] = {COLUMNS(BX_COLUMN_NAME)};

static bool load_row(struct bx_q *q, size_t image, struct bx_detections_builder *builder, struct bx_partial *p, struct bx_arena *a,
                     struct bx_err *e)
{
    *p = (struct bx_partial){
        .image = image,
        .geometries = (unsigned)bx_q_in(q, COL_geometries, 0, (1 << BX_NGEOMETRIES) - 1),
        .failed = bx_q_flag(q, COL_failed),
        .reason = bx_q_str(q, COL_reason, a),
        .wall_ns = bx_q_i64(q, COL_wall_ns),
        .own_ns = bx_q_i64(q, COL_own_ns),
    };
    bx_q_fixed(q, COL_sitting, p->sitting.b, sizeof p->sitting.b);
    struct bx_arena scratch = {0};
    const char **names;
    size_t nnames, size;
    const void *block = bx_q_bytes(q, COL_bytes, &size);
    struct bx_detections d;
    bool ok = bx_q_whole(q, 0, COL_sum) && bx_names_parse(bx_q_view(q, COL_names), &names, &nnames, &scratch, e) &&
              bx_detections_unpack(&block, &size, 1, names, nnames, &d, &scratch, e);
    if (ok && d.nimages != 1)
        ok = bx_fail(e, BX_DB, "an answer of %zu images, expected 1", d.nimages);
    p->n = ok ? d.n : 0;
    for (size_t i = 0; ok && builder && i < d.n; i++) {
        struct bx_detection x = {.name = bx_detections_builder_name(builder, d.names[d.name[i]], strlen(d.names[d.name[i]])),
                                 .score = d.score[i],
                                 .obb = d.obb ? d.obb + 8 * i : NULL,
                                 .mask = d.mask ? &d.mask[i] : NULL,
                                 .box_given = !d.box_given || d.box_given[i]};
        memcpy(x.box, d.box + 4 * i, sizeof x.box);
        bx_detections_builder_add(builder, image, &x);
    }
    bx_arena_release(&scratch);
    return ok;
}

static int by_image(const void *x, const void *y)
{
    const struct bx_partial *p = x, *q = y;
    return (p->image > q->image) - (p->image < q->image);
}

bool bx_store_partial_load(struct bx_store *st, const struct bx_subject *s, const struct bx_testset *t, unsigned needed,
                           struct bx_detections_builder *builder, struct bx_partial **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    struct nth x = {0};
    struct bx_partial *list = NULL;
    size_t cap = 0;
    struct bx_q q;
    *n = 0;
    *rows = NULL;
    bool ok = bx_q_open(&q, st, "partials", "read answers", e) && bx_q_columns(&q, columns, NCOLUMNS);
    bind_subject(&q, s);
    while (ok && bx_q_row(&q)) {
        size_t len;
        if (!x.order) /* most models have none */
            x = nth_make(t, &scratch);
        const void *sha = bx_q_bytes(&q, COL_image, &len);
        size_t image = len == 32 ? nth_find(&x, sha, bx_q_i64(&q, COL_nth)) : SIZE_MAX;
        if (image == SIZE_MAX || (!bx_q_flag(&q, COL_failed) && ((unsigned)bx_q_i64(&q, COL_geometries) & needed) != needed))
            continue;
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        ok = load_row(&q, image, builder, &list[(*n)++], a, e) || bx_wrap(e, "stored answers of '%s' in '%s'", s->slug, st->path);
    }
    ok = bx_q_end(&q) && ok;
    if (ok && *n) {
        qsort(list, *n, sizeof *list, by_image);
        *rows = bx_memdup(a, list, *n * sizeof *list);
    }
    free(list);
    bx_arena_release(&scratch);
    return ok;
}

static bool has_any(struct bx_store *st, const struct bx_subject *s, bool *has, struct bx_err *e)
{
    struct bx_q q;
    *has = false;
    if (!bx_q_open(&q, st, "partial_any", "look for answers", e))
        return false;
    bind_subject(&q, s);
    *has = bx_q_row(&q);
    return bx_q_end(&q);
}

bool bx_partial_delete(struct bx_store *st, const struct bx_subject *s, const struct bx_testset *t, struct bx_err *e)
{
    static const char what[] = "remove answers";
    struct bx_q q;
    bool any;
    if (!t) {
        if (!bx_q_open(&q, st, "partial_clear", what, e))
            return false;
        bind_subject(&q, s);
        return bx_q_run(&q);
    }
    if (!has_any(st, s, &any, e))
        return false;
    if (!any)
        return true;
    if (!bx_q_open(&q, st, "partial_remove", what, e))
        return false;
    for (size_t i = 0; i < t->nimages; i++) {
        bx_q_again(&q);
        bind_subject(&q, s);
        bx_q_blob(&q, t->image_sha[i], 32);
        bx_q_row(&q);
    }
    return bx_q_end(&q);
}

bool bx_store_partial_clear(struct bx_store *st, const struct bx_subject *s, const struct bx_testset *t, struct bx_err *e)
{
    return bx_store_begin(st, "remove answers", e) && bx_store_commit(st, bx_partial_delete(st, s, t, e), "remove answers", e);
}

bool bx_store_partial_prune(struct bx_store *st, struct bx_err *e)
{
    struct bx_q q;
    return bx_q_open(&q, st, "partial_prune", "remove answers of old versions", e) && bx_q_run(&q);
}
