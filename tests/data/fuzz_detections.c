/*
 * fuzz_detections.c: libFuzzer's entry to packed detections, as a store has them. The first byte: whether the rest are blocks as they
 * stand, or what one holds when inflated, packed here (or nothing but zlib's headers would ever be tried), and how many names there are.
 * What is taken packs to bytes that unpack to the same. To fuzz: tests/README.md.
 */
#include "core/data/detections.h"
#include "tests/fuzz.h"
#include <zlib.h>

enum { MOST_BLOCKS = 4 };

static struct bx_buf packed(const uint8_t *raw, size_t n)
{
    struct bx_buf b = {0};
    uLongf size = compressBound(n);
    unsigned char *to = malloc(size);
    uint64_t length = n;
    require_that(to && compress2(to, &size, raw, n, 1) == Z_OK);
    bx_buf_add(&b, &length, sizeof length);
    bx_buf_add(&b, to, size);
    free(to);
    return b;
}

static void require_sound(const struct bx_detections *d)
{
    require_that(d->image_begin[0] == 0 && d->image_begin[d->nimages] == d->n);
    for (size_t i = 0; i < d->nimages; i++)
        require_that(d->image_begin[i] <= d->image_begin[i + 1]);
    for (size_t i = 0; i < d->n; i++) {
        require_that(d->name[i] < d->nnames);
        for (size_t k = 0; d->mask && k < d->mask[i].n; k++) /* readable to the last */
            (void)*(const volatile uint32_t *)&d->mask[i].counts[k];
    }
}

static void require_packs(const struct bx_detections *d, const char *const *names, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf once = {0}, twice = {0};
    struct bx_detections again;
    struct bx_err e = {0}, f = {0};
    char x[BX_DIGEST_SIZE] = "", y[BX_DIGEST_SIZE] = "";
    bx_detections_pack(d, 0, d->nimages, &once);
    const void *block = bx_buf_str(&once);
    require_that(bx_detections_unpack(&block, &once.n, 1, names, d->nnames, &again, a, &e));
    bx_detections_pack(&again, 0, again.nimages, &twice);
    require_that(once.n == twice.n && !memcmp(once.p, twice.p, once.n));
    bool ok = bx_detections_digest(d, x, &e);
    require_that(ok == bx_detections_digest(&again, y, &f) && !strcmp(ok ? x : e.text, ok ? y : f.text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    if (!n)
        return 0;
    bool inflated = data[0] & 1;
    size_t nnames = data[0] >> 1 & 3, nblocks = 1 + (data[0] >> 3) % MOST_BLOCKS, sizes[MOST_BLOCKS], each = (n - 1) / nblocks;
    const void *blocks[MOST_BLOCKS];
    struct bx_buf kept[MOST_BLOCKS] = {0};
    for (size_t i = 0; i < nblocks; i++) {
        const uint8_t *p = data + 1 + i * each;
        size_t length = i + 1 < nblocks ? each : n - 1 - i * each;
        if (inflated)
            kept[i] = packed(p, length);
        else
            bx_buf_add(&kept[i], p, length);
        blocks[i] = memcpy(malloc(kept[i].n + 1), bx_buf_str(&kept[i]), kept[i].n);
        sizes[i] = kept[i].n;
    }
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_detections d;
    if (bx_detections_unpack(blocks, sizes, nblocks, names, nnames, &d, &a, &e)) {
        require_sound(&d);
        require_packs(&d, names, &a);
    } else
        require_said(&e, BX_DATA, "detections, block ");
    for (size_t i = 0; i < nblocks; i++) {
        bx_buf_free(&kept[i]);
        free((void *)(uintptr_t)blocks[i]);
    }
    bx_arena_release(&a);
    return 0;
}
