/* answers.c: detections by digest: those that are kept whole, in blocks of 256 images, and the digests of the others. */
#include "core/store/sql.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

const char *bx_digest_text(const void *digest, size_t n, struct bx_arena *a)
{
    if (!n)
        return NULL;
    if (n != 32) /* as bx_unhex left it */
        return bx_strndup(a, digest, n);
    char hex[65];
    bx_hex(hex, digest, n);
    return bx_printf(a, "bx1-dets-%s", hex);
}

bool bx_detections_store(struct bx_store *st, const struct bx_detections *d, const char *digest, struct bx_err *e)
{
    static const char what[] = "store detections";
    struct bx_arena a = {0};
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "answers_put", what, e);
    bx_q_text(&q, digest);
    bx_q_int(&q, (int64_t)d->n);
    ok = bx_q_run(&q) && ok && bx_q_open(&q, st, "detections_put", what, e);
    if (!ok)
        return false;
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

/* Whoever unpacked them cannot know that it is not the user's data that is wrong. */
static bool damaged(struct bx_store *st, const char *digest, struct bx_err *e)
{
    if (bx_store_moved(st, e))
        return false;
    if (e)
        e->code = BX_DB;
    return bx_wrap(e, "detections %s in '%s' are damaged", digest, st->path);
}

static bool get(struct bx_store *st, const char *digest, struct bx_detections *d, bool *found, struct bx_arena *a, struct bx_err *e)
{
    static const char what[] = "read detections";
    struct bx_q q;
    const char **names = NULL;
    size_t nnames = 0;
    int64_t nimages = 0, n = 0;
    bool ok = bx_q_open(&q, st, "detections_get", what, e);
    bx_q_text(&q, digest);
    if (ok && bx_q_row(&q)) {
        *found = true;
        nimages = bx_q_i64(&q, 0);
        n = bx_q_i64(&q, 1);
        ok = bx_names_parse(bx_q_view(&q, 2), &names, &nnames, a, e) || damaged(st, digest, e);
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
    return ok || damaged(st, digest, e);
}

bool bx_store_detections_get(struct bx_store *st, const char *digest, struct bx_detections *d, bool *found, struct bx_arena *a,
                             struct bx_err *e)
{
    *found = false;
    return bx_snapshot_begin(st, e) && bx_snapshot_end(st, get(st, digest, d, found, a, e), e);
}

bool bx_detections_check(struct bx_store *st, struct bx_err *e)
{
    struct bx_q q;
    bool found = false, ok = bx_q_open(&q, st, "detections_all", "check detections", e);
    while (ok && bx_q_row(&q)) {
        struct bx_arena a = {0};
        struct bx_detections d;
        ok = get(st, bx_q_need(&q, 0, &a), &d, &found, &a, e);
        bx_arena_release(&a);
    }
    return bx_q_end(&q) && ok;
}
