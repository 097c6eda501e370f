/* testset_unpack.c: packed bytes back to a test set. They come out of a database file, so nothing in them is taken on trust. */
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/testset.h"
#include "core/data/testset_bytes.h"
#include <math.h>
#include <string.h>

struct reader {
    const uint8_t *start, *p, *end;
    struct bx_arena *a;
    const char *wrong; /* the first complaint; after it every read gives 0 */
    size_t wrong_at;
};

static void complain(struct reader *r, const char *what)
{
    if (!r->wrong) {
        r->wrong = what;
        r->wrong_at = (size_t)(r->p - r->start);
    }
    r->p = r->end;
}
static bool take(struct reader *r, void *to, size_t n)
{
    if ((size_t)(r->end - r->p) < n) {
        complain(r, "the bytes end too early");
        memset(to, 0, n);
        return false;
    }
    memcpy(to, r->p, n);
    r->p += n;
    return true;
}
static uint8_t u8(struct reader *r)
{
    uint8_t v;
    take(r, &v, 1);
    return v;
}
static uint32_t u32(struct reader *r)
{
    uint8_t p[4];
    take(r, p, 4);
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}
static uint64_t u64(struct reader *r)
{
    uint64_t lo = u32(r);
    return lo | (uint64_t)u32(r) << 32;
}
static double f64(struct reader *r)
{
    uint64_t bits = u64(r);
    double v;
    memcpy(&v, &bits, 8);
    if (!isfinite(v) || (v == 0 && signbit(v))) /* the writer knows no -0: it would be another digest than its number's */
        complain(r, "a number is not finite, or -0");
    return v;
}
static const char *str(struct reader *r)
{
    uint32_t n = u32(r);
    if (n > (size_t)(r->end - r->p) || !bx_utf8_valid((const char *)r->p, n) || memchr(r->p, 0, n)) {
        complain(r, "a text is too long or not UTF-8");
        return "";
    }
    r->p += n;
    return bx_strndup(r->a, (const char *)r->p - n, n);
}
/* A count of things that take at least `each` bytes: more than can follow is refused before memory is taken for them. */
static size_t count(struct reader *r, size_t each)
{
    uint32_t n = u32(r);
    if (n > (size_t)(r->end - r->p) / each) {
        complain(r, "a count is larger than the bytes that follow");
        return 0;
    }
    return n;
}
static bool word(struct reader *r, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, text, n))
        return false;
    r->p += n;
    return true;
}

static uint32_t *class_list(struct reader *r, const struct bx_testset *t, size_t *n)
{
    *n = count(r, 4);
    uint32_t *at = BX_NEW(r->a, uint32_t, *n);
    for (size_t i = 0; i < *n; i++)
        if ((at[i] = u32(r)) >= t->nclasses || (i && at[i] <= at[i - 1]))
            complain(r, "a class index is out of range or out of order");
    return at;
}

static void classes(struct reader *r, struct bx_testset *t, bool lvis)
{
    t->nclasses = count(r, 4);
    t->class_name = BX_NEW(r->a, const char *, t->nclasses);
    t->class_id = BX_NEW(r->a, int64_t, t->nclasses);
    t->class_frequency = lvis ? BX_NEW(r->a, char, t->nclasses) : NULL;
    for (size_t i = 0; i < t->nclasses; i++) {
        t->class_name[i] = str(r);
        if (lvis)
            t->class_frequency[i] = (char)u8(r);
    }
}

static void image_columns(struct reader *r, struct bx_testset *t, bool lvis)
{
    size_t n = t->nimages = count(r, 44);
    t->image_file = BX_NEW(r->a, const char *, n);
    t->image_id = BX_NEW(r->a, int64_t, n);
    t->image_w = BX_NEW(r->a, uint32_t, n);
    t->image_h = BX_NEW(r->a, uint32_t, n);
    t->image_sha = bx_alloc(r->a, n, 32);
    t->ann_begin = BX_NEW(r->a, size_t, n + 1);
    if (lvis) {
        t->image_negative = BX_NEW(r->a, uint32_t *, n);
        t->image_nnegative = BX_NEW(r->a, size_t, n);
        t->image_nonexhaustive = BX_NEW(r->a, uint32_t *, n);
        t->image_nnonexhaustive = BX_NEW(r->a, size_t, n);
    }
}

/* Annotations come image by image, so their columns grow while reading; each takes at least `each` bytes of input. */
static void annotation_columns(struct reader *r, struct bx_testset *t, enum bx_geometry g, size_t each)
{
    size_t most = (size_t)(r->end - r->p) / each;
    t->ann_class = BX_NEW(r->a, uint32_t, most);
    t->ann_flags = BX_NEW(r->a, uint8_t, most);
    t->ann_area = BX_NEW(r->a, double, most);
    t->ann_id = BX_NEW(r->a, int64_t, most);
    t->ann_box = BX_NEW(r->a, double, 4 * most);
    t->ann_obb = g == BX_GEOM_OBB ? BX_NEW(r->a, double, 8 * most) : NULL;
    t->ann_mask = g == BX_GEOM_MASK ? BX_NEW(r->a, struct bx_rle, most) : NULL;
}

static void mask(struct reader *r, const struct bx_testset *t, size_t image, struct bx_rle *out)
{
    size_t n = count(r, 4);
    uint32_t *counts = BX_NEW(r->a, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        counts[i] = u32(r);
    *out = (struct bx_rle){t->image_h[image], t->image_w[image], n, counts};
    if (!r->wrong && !bx_rle_valid(out, NULL))
        complain(r, "a mask does not cover its image");
}

static void annotation(struct reader *r, struct bx_testset *t, size_t image, enum bx_geometry g)
{
    size_t k = t->nanns++;
    t->ann_class[k] = u32(r);
    t->ann_flags[k] = u8(r);
    t->ann_area[k] = f64(r);
    if (t->ann_class[k] >= t->nclasses)
        complain(r, "a class index is out of range");
    if (t->ann_flags[k] & ~BX_ANN_KEPT)
        complain(r, "an annotation has unknown flags");
    if (g == BX_GEOM_MASK) {
        mask(r, t, image, &t->ann_mask[k]);
        return;
    }
    double *at = g == BX_GEOM_BOX ? t->ann_box + 4 * k : t->ann_obb + 8 * k;
    for (size_t i = 0; i < (g == BX_GEOM_BOX ? 4u : 8u); i++)
        at[i] = f64(r);
}

static void images(struct reader *r, struct bx_testset *t, enum bx_geometry g, bool lvis)
{
    static const size_t each[BX_NGEOMETRIES] = {[BX_GEOM_BOX] = 45, [BX_GEOM_MASK] = 17, [BX_GEOM_OBB] = 77};
    image_columns(r, t, lvis);
    annotation_columns(r, t, g, each[g]);
    for (size_t i = 0; i < t->nimages && !r->wrong; i++) {
        take(r, t->image_sha[i], 32);
        t->image_w[i] = u32(r);
        t->image_h[i] = u32(r);
        if (lvis) {
            t->image_negative[i] = class_list(r, t, &t->image_nnegative[i]);
            t->image_nonexhaustive[i] = class_list(r, t, &t->image_nnonexhaustive[i]);
        }
        for (size_t n = count(r, each[g]); n && !r->wrong; n--)
            annotation(r, t, i, g);
        t->ann_begin[i + 1] = t->nanns;
    }
}

static void extras(struct reader *r, struct bx_testset *t, enum bx_geometry g)
{
    t->source = str(r);
    for (size_t i = 0; i < t->nclasses; i++)
        t->class_id[i] = (int64_t)u64(r);
    uint8_t columns = u8(r);
    if (columns & ~(BX_EXTRA_KEYS | BX_EXTRA_ORIENTATION))
        complain(r, "there are unknown columns");
    if (columns & BX_EXTRA_KEYS)
        t->image_key = BX_NEW(r->a, const char *, t->nimages);
    if (columns & BX_EXTRA_ORIENTATION)
        t->image_orientation = BX_NEW(r->a, uint8_t, t->nimages);
    for (size_t i = 0; i < t->nimages && !r->wrong; i++) {
        t->image_id[i] = (int64_t)u64(r);
        t->image_file[i] = str(r);
        if (columns & BX_EXTRA_KEYS)
            t->image_key[i] = str(r);
        if (columns & BX_EXTRA_ORIENTATION)
            t->image_orientation[i] = u8(r);
    }
    for (size_t i = 0; i < t->nanns && !r->wrong; i++) {
        t->ann_id[i] = (int64_t)u64(r);
        for (size_t k = 0; g != BX_GEOM_BOX && k < 4; k++)
            t->ann_box[4 * i + k] = f64(r);
    }
}

static void checked(struct reader *r, const uint8_t *from, const char *what)
{
    uint8_t want[32], got[32];
    bx_sha256(from, (size_t)(r->p - from), got);
    if (take(r, want, 32) && memcmp(want, got, 32))
        complain(r, what);
}

static bool header(struct reader *r, enum bx_geometry *g, bool *lvis)
{
    if (!word(r, BX_TESTSET_MAGIC))
        return false;
    for (int i = 0; i < BX_NGEOMETRIES; i++)
        if (word(r, bx_geometry_name((enum bx_geometry)i))) {
            *g = (enum bx_geometry)i;
            *lvis = word(r, BX_TESTSET_LVIS);
            return word(r, "\n");
        }
    return false;
}

bool bx_testset_unpack(const void *p, size_t n, struct bx_testset *t, enum bx_geometry *g, struct bx_arena *a, struct bx_err *e)
{
    struct reader r = {.start = p, .p = p, .end = (const uint8_t *)p + n, .a = a};
    bool lvis = false;
    *t = (struct bx_testset){0};
    if (!header(&r, g, &lvis))
        return bx_fail(e, BX_DATA, "packed test set: found no header, expected '" BX_TESTSET_MAGIC "<geometry>'");
    classes(&r, t, lvis);
    images(&r, t, *g, lvis);
    const uint8_t *trailer = r.p;
    if (!r.wrong && !word(&r, BX_TESTSET_TRAILER))
        complain(&r, "the hashed part is not followed by its trailer");
    uint8_t want[32], got[32];
    bx_sha256(r.start, (size_t)(trailer - r.start), got);
    if (take(&r, want, 32) && memcmp(want, got, 32))
        complain(&r, "the digest does not match");
    if (!r.wrong)
        extras(&r, t, *g);
    if (!r.wrong)
        checked(&r, trailer, "the trailer's digest does not match");
    if (!r.wrong && r.p != r.end)
        complain(&r, "something follows the end");
    if (r.wrong)
        return bx_fail(e, BX_DATA, "packed test set, byte %zu of %zu: %s", r.wrong_at, n, r.wrong);
    return true;
}
