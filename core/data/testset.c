/* testset.c: a test set's identity: what the metric sees of it, as canonical bytes and as digests. Reading them back:
 * testset_unpack.c. */
#include "core/data/testset.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/testset_bytes.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool has_mask(const struct bx_testset *t, size_t i)
{
    return t->ann_mask && (t->ann_mask[i].n || t->ann_mask[i].h);
}

/* An annotation without corners in a set that has some holds NaN. */
static bool has_obb(const struct bx_testset *t, size_t i)
{
    return t->ann_obb && !isnan(t->ann_obb[8 * i]);
}

bool bx_testset_has(const struct bx_testset *t, enum bx_geometry g)
{
    if (g == BX_GEOM_BOX)
        return true;
    for (size_t i = 0; i < t->nanns; i++)
        if (g == BX_GEOM_MASK ? !has_mask(t, i) : !has_obb(t, i))
            return false;
    return true;
}

static void put_u8(struct bx_buf *b, uint8_t v)
{
    bx_buf_addc(b, (char)v);
}
static void put_u32(struct bx_buf *b, uint32_t v)
{
    uint8_t p[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    bx_buf_add(b, p, 4);
}
static void put_u64(struct bx_buf *b, uint64_t v)
{
    put_u32(b, (uint32_t)v);
    put_u32(b, (uint32_t)(v >> 32));
}
static void put_f64(struct bx_buf *b, double v)
{
    uint64_t bits;
    v = v == 0 ? 0 : v; /* -0 as +0 */
    memcpy(&bits, &v, 8);
    put_u64(b, bits);
}
static void put_str(struct bx_buf *b, const char *s)
{
    size_t n = strlen(s);
    put_u32(b, (uint32_t)n);
    bx_buf_add(b, s, n);
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y); /* equal values are one and the same */
}

/* A list of classes whose order means nothing to the metric: sorted, each once. */
static void put_classes(struct bx_buf *b, const uint32_t *at, size_t n)
{
    struct bx_arena a = {0};
    uint32_t *sorted = BX_NEW(&a, uint32_t, n);
    size_t kept = 0;
    if (n)
        memcpy(sorted, at, n * sizeof *at);
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t i = 0; i < n; i++)
        if (!i || sorted[i] != sorted[i - 1])
            sorted[kept++] = sorted[i];
    put_u32(b, (uint32_t)kept);
    for (size_t i = 0; i < kept; i++)
        put_u32(b, sorted[i]);
    bx_arena_release(&a);
}

/* "annotation 17 (image 'a.jpg')": its id in the file it came from. */
static bool complain(const struct bx_testset *t, size_t image, size_t ann, struct bx_err *e, const char *what)
{
    return bx_fail(e, BX_DATA, "%s: annotation %lld (image '%s') %s", t->source ? t->source : "test set",
                   (long long)(t->ann_id ? t->ann_id[ann] : (int64_t)ann), t->image_file[image], what);
}

static bool put_numbers(struct bx_buf *b, const double *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(v[i]))
            return false;
        put_f64(b, v[i]);
    }
    return true;
}

static bool put_annotation(struct bx_buf *b, const struct bx_testset *t, size_t image, size_t ann, enum bx_geometry g, struct bx_err *e)
{
    put_u32(b, t->ann_class[ann]);
    put_u8(b, t->ann_flags[ann] & BX_ANN_KEPT);
    if (!put_numbers(b, &t->ann_area[ann], 1))
        return complain(t, image, ann, e, "has an area that is not a finite number");
    if (g == BX_GEOM_BOX)
        return put_numbers(b, t->ann_box + 4 * ann, 4) || complain(t, image, ann, e, "has a box that is not of finite numbers");
    if (g == BX_GEOM_OBB) {
        if (!has_obb(t, ann))
            return complain(t, image, ann, e, "has no oriented box");
        return put_numbers(b, t->ann_obb + 8 * ann, 8) || complain(t, image, ann, e, "has corners that are not finite numbers");
    }
    if (!has_mask(t, ann))
        return complain(t, image, ann, e, "has no mask");
    const struct bx_rle *r = &t->ann_mask[ann];
    if (r->h != t->image_h[image] || r->w != t->image_w[image])
        return complain(t, image, ann, e, "has a mask of another size than its image");
    put_u32(b, (uint32_t)r->n);
    for (size_t i = 0; i < r->n; i++)
        put_u32(b, r->counts[i]);
    return true;
}

/* The hashed bytes. LVIS sets say so in the first line, because they hold more a class and an image. */
static bool put_hashed(struct bx_buf *b, const struct bx_testset *t, enum bx_geometry g, struct bx_err *e)
{
    if (!t->image_sha)
        return bx_fail(e, BX_DATA, "%s: a digest needs the images, and they were not looked at", t->source ? t->source : "test set");
    bool lvis = t->class_frequency != NULL;
    bx_buf_addf(b, BX_TESTSET_MAGIC "%s%s\n", bx_geometry_name(g), lvis ? BX_TESTSET_LVIS : "");
    put_u32(b, (uint32_t)t->nclasses);
    for (size_t i = 0; i < t->nclasses; i++) {
        put_str(b, t->class_name[i]);
        if (lvis)
            put_u8(b, (uint8_t)t->class_frequency[i]);
    }
    put_u32(b, (uint32_t)t->nimages);
    for (size_t i = 0; i < t->nimages; i++) {
        bx_buf_add(b, t->image_sha[i], 32);
        put_u32(b, t->image_w[i]);
        put_u32(b, t->image_h[i]);
        if (lvis) {
            put_classes(b, t->image_negative[i], t->image_nnegative[i]);
            put_classes(b, t->image_nonexhaustive[i], t->image_nnonexhaustive[i]);
        }
        put_u32(b, (uint32_t)(t->ann_begin[i + 1] - t->ann_begin[i]));
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++)
            if (!put_annotation(b, t, i, k, g, e))
                return false;
    }
    return true;
}

bool bx_testset_digest(const struct bx_testset *t, enum bx_geometry g, char out[BX_DIGEST_SIZE], struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    if (!put_hashed(&b, t, g, e))
        return false;
    uint8_t sha[32];
    bx_sha256(b.p, b.n, sha);
    int n = snprintf(out, BX_DIGEST_SIZE, "bx1-%s-", bx_geometry_name(g));
    bx_hex(out + n, sha, 32);
    return true;
}

bool bx_testset_images_digest(const struct bx_testset *t, char out[BX_DIGEST_SIZE], struct bx_err *e)
{
    if (!t->image_sha)
        return bx_fail(e, BX_DATA, "%s: a digest needs the images, and they were not looked at", t->source ? t->source : "test set");
    static const char magic[] = "boxscore images 1\n";
    struct bx_sha256 *s = bx_sha256_new();
    bx_sha256_add(s, magic, sizeof magic - 1);
    bx_sha256_add_u32(s, (uint32_t)t->nimages);
    for (size_t i = 0; i < t->nimages; i++)
        bx_sha256_add(s, t->image_sha[i], 32);
    uint8_t sha[32];
    bx_sha256_end(s, sha);
    int n = snprintf(out, BX_DIGEST_SIZE, "bx1-images-");
    bx_hex(out + n, sha, 32);
    return true;
}

/* What the metric does not see, but reports, exports and galleries want. */
static void put_extras(struct bx_buf *b, const struct bx_testset *t, enum bx_geometry g)
{
    const char *slash = t->source ? strrchr(t->source, '/') : NULL;
    put_str(b, slash ? slash + 1 : t->source ? t->source : ""); /* where it lay on this machine is nobody's business */
    for (size_t i = 0; i < t->nclasses; i++)
        put_u64(b, (uint64_t)t->class_id[i]);
    put_u8(b, (uint8_t)((t->image_key ? BX_EXTRA_KEYS : 0) | (t->image_orientation ? BX_EXTRA_ORIENTATION : 0)));
    for (size_t i = 0; i < t->nimages; i++) {
        put_u64(b, (uint64_t)t->image_id[i]);
        put_str(b, t->image_file[i]);
        if (t->image_key)
            put_str(b, t->image_key[i]);
        if (t->image_orientation)
            put_u8(b, t->image_orientation[i]);
    }
    for (size_t i = 0; i < t->nanns; i++) {
        put_u64(b, (uint64_t)t->ann_id[i]);
        if (g != BX_GEOM_BOX)
            for (size_t k = 0; k < 4; k++)
                put_f64(b, t->ann_box[4 * i + k]);
    }
}

bool bx_testset_pack(const struct bx_testset *t, enum bx_geometry g, struct bx_buf *out, size_t *hashed, struct bx_err *e)
{
    size_t start = out->n;
    if (!put_hashed(out, t, g, e)) {
        out->n = start;
        return false;
    }
    *hashed = out->n - start;
    uint8_t sha[32];
    bx_sha256(out->p + start, *hashed, sha);
    size_t trailer = out->n;
    bx_buf_adds(out, BX_TESTSET_TRAILER);
    bx_buf_add(out, sha, 32);
    put_extras(out, t, g);
    bx_sha256(out->p + trailer, out->n - trailer, sha);
    bx_buf_add(out, sha, 32);
    return true;
}
