/*
 * fuzz_testset.c: libFuzzer's entry to packed test sets, as a store has them. The bytes come without their two digests, which are put where
 * they belong, or no change would ever get past them; a first byte of 0 leaves all as it stands. What is taken has the
 * digest of its bytes. To
 * fuzz: tests/README.md.
 */
#include "core/base/file.h"
#include "core/data/testset.h"
#include "core/data/testset_bytes.h"
#include "tests/fuzz.h"

static void with_digests(const uint8_t *p, size_t n, struct bx_buf *out)
{
    static const char trailer[] = BX_TESTSET_TRAILER;
    uint8_t sha[32];
    const uint8_t *t = memmem(p, n, trailer, sizeof trailer - 1);
    size_t hashed = t ? (size_t)(t - p) : n, after = t ? hashed + sizeof trailer - 1 : n;
    bx_sha256(p, hashed, sha);
    bx_buf_add(out, p, after);
    bx_buf_add(out, sha, sizeof sha);
    bx_buf_add(out, p + after, n - after);
    bx_sha256(out->p + hashed, out->n - hashed, sha);
    bx_buf_add(out, sha, sizeof sha);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!n)
        return 0;
    BX_CLEANUP_BUF struct bx_buf bytes = {0}, again = {0}, twice = {0};
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_testset t;
    enum bx_geometry g;
    size_t hashed;
    if (data[0])
        with_digests(data + 1, n - 1, &bytes);
    else
        bx_buf_add(&bytes, data + 1, n - 1);
    uint8_t *exact = malloc(bytes.n + 1);
    memcpy(exact, bx_buf_str(&bytes), bytes.n);
    if (bx_testset_unpack(exact, bytes.n, &t, &g, &a, &e)) {
        require_that(t.ann_begin[t.nimages] == t.nanns && bx_testset_has(&t, g));
        for (size_t i = 0; i < t.nanns; i++)
            require_that(t.ann_class[i] < t.nclasses);
        require_that(bx_testset_pack(&t, g, &again, &hashed, &e));
        require_that(hashed <= bytes.n && !memcmp(again.p, exact, hashed));
        require_that(bx_testset_unpack(again.p, again.n, &t, &g, &a, &e) && bx_testset_pack(&t, g, &twice, &hashed, &e));
        require_that(again.n == twice.n && !memcmp(again.p, twice.p, again.n));
    } else
        require_said(&e, BX_DATA, "packed test set");
    free(exact);
    bx_arena_release(&a);
    return 0;
}
