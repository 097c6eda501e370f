/* testsets.c: test sets by digest, with their canonical bytes, and the boards that show them. */
#include "core/base/file.h"
#include "core/store/sql.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static bool put_images(struct bx_store *st, const struct bx_testset *t, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "image_put", "store the images' names", e))
        return false;
    for (size_t i = 0; i < t->nimages; i++) {
        bx_q_again(&q);
        bx_q_blob(&q, t->image_sha[i], 32);
        bx_q_int(&q, t->image_w[i]);
        bx_q_int(&q, t->image_h[i]);
        bx_q_text(&q, t->image_file[i]);
        bx_q_row(&q);
    }
    return bx_q_end(&q);
}

static bool put_classes(struct bx_store *st, const struct bx_testset *t, const char *digest, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "class_put", "store the classes", e))
        return false;
    for (size_t i = 0; i < t->nclasses; i++) {
        bx_q_again(&q);
        bx_q_text(&q, digest);
        bx_q_int(&q, (int64_t)i);
        bx_q_text(&q, t->class_name[i]);
        bx_q_row(&q);
    }
    return bx_q_end(&q);
}

static bool has_testset(struct bx_store *st, const char *digest, bool *has, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "testset_has", "look for the test set", e))
        return false;
    bx_q_text(&q, digest);
    *has = bx_q_row(&q);
    return bx_q_end(&q);
}

bool bx_store_testset_put(struct bx_store *st, const struct bx_testset *t, enum bx_geometry g, const char *digest, int64_t now,
                          struct bx_err *e)
{
    static const char what[] = "store the test set";
    bool has = false;
    if (!has_testset(st, digest, &has, e))
        return false;
    if (has)
        return true;
    char images[BX_DIGEST_SIZE];
    BX_CLEANUP_BUF struct bx_buf bytes = {0};
    size_t hashed;
    if (!bx_testset_images_digest(t, images, e) || !bx_testset_pack(t, g, &bytes, &hashed, e))
        return false;
    uLongf size = compressBound((uLong)bytes.n);
    unsigned char *deflated = bx_xrealloc(NULL, size, 1);
    if (compress2(deflated, &size, (const Bytef *)bytes.p, (uLong)bytes.n, 6) != Z_OK)
        abort();
    bool ok = bx_store_begin(st, what, e);
    if (ok) {
        struct bx_q q;
        ok = bx_q_open(&q, st, "testset_put", what, e);
        bx_q_text(&q, digest);
        bx_q_text(&q, bx_geometry_name(g));
        bx_q_text(&q, images);
        bx_q_int(&q, (int64_t)t->nimages);
        bx_q_int(&q, (int64_t)t->nclasses);
        bx_q_int(&q, (int64_t)t->nanns);
        bx_q_int(&q, now);
        bx_q_int(&q, (int64_t)bytes.n);
        bx_q_blob(&q, deflated, size);
        ok = bx_q_run(&q) && ok && put_classes(st, t, digest, e) && put_images(st, t, e);
        ok = bx_store_commit(st, ok, what, e);
    }
    free(deflated);
    return ok;
}

bool bx_store_testset_get(struct bx_store *st, const char *digest, struct bx_testset *t, enum bx_geometry *g, bool *found,
                          struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    *found = false;
    if (!bx_q_open(&q, st, "testset_get", "read the test set", e))
        return false;
    bx_q_text(&q, digest);
    bool ok = true;
    if (bx_q_row(&q)) {
        size_t n;
        const void *deflated = bx_q_bytes(&q, 1, &n);
        uint64_t length = (uint64_t)bx_q_i64(&q, 0);
        uLongf got = (uLongf)length;
        *found = true;
        if (length / 1032 > n)
            ok = bx_store_damaged(st, e, "test set %s claims %llu bytes in %zu", digest, (unsigned long long)length, n);
        char *bytes = ok ? bx_xrealloc(NULL, (size_t)length + 1, 1) : NULL;
        if (ok && (uncompress((Bytef *)bytes, &got, deflated, (uLong)n) != Z_OK || got != length))
            ok = bx_store_damaged(st, e, "test set %s does not inflate", digest);
        ok = ok && (bx_testset_unpack(bytes, (size_t)length, t, g, a, e) || bx_wrap(e, "test set %s in '%s'", digest, st->path));
        free(bytes);
    }
    return bx_q_end(&q) && ok;
}
