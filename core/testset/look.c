/* look.c: what only the image files can say: their size as displayed, their orientation, their SHA-256; and the frame the annotations are
 * in. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/image/image.h"
#include "core/testset/columns.h"
#include "core/testset/readers.h"
#include <errno.h>
#include <sys/stat.h>

struct look {
    struct bx_testset *t;
    const char *root;
    struct bx_arena *a;
    struct bx_tally oriented, turned, unmeasured, absent, other_size;
    bool alone; /* a file is scored alone: what the images say is welcome, and not asked for */
};

/* The mask as bits, every pixel moved to where the orientation shows it, and back to runs. */
static struct bx_rle turn_mask(const struct bx_rle *r, uint8_t orientation, struct bx_arena *a)
{
    struct bx_rle out = {r->w, r->h, 0, NULL};
    struct bx_arena scratch = {0};
    size_t pixels = (size_t)r->w * r->h, at = 0, n = 0;
    uint8_t *bits = BX_NEW(&scratch, uint8_t, pixels);
    uint32_t *counts = BX_NEW(&scratch, uint32_t, pixels + 1);
    for (size_t i = 0; i < r->n; i++)
        for (uint32_t k = 0; k < r->counts[i] && at < pixels; k++, at++) {
            if (!(i & 1))
                continue;
            double x = (double)(at / r->h) + 0.5, y = (double)(at % r->h) + 0.5;
            bx_orient_point(orientation, r->w, r->h, &x, &y);
            bits[(size_t)x * out.h + (size_t)y] = 1;
        }
    uint8_t now = 0;
    for (size_t i = 0; i < pixels; i++) {
        if (bits[i] != now) {
            n++;
            now = bits[i];
        }
        counts[n]++;
    }
    out.n = n + 1;
    out.counts = bx_memdup(a, counts, out.n * sizeof *counts);
    bx_arena_release(&scratch);
    return out;
}

/* The annotations of image i were drawn on the raw pixels: move them to the displayed frame. */
static void turn_annotations(struct look *l, size_t i, const struct bx_image_info *info)
{
    struct bx_testset *t = l->t;
    for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++) {
        bx_orient_box(info->orientation, info->raw_w, info->raw_h, t->ann_box + 4 * k);
        for (size_t p = 0; t->ann_obb && p < 4; p++)
            bx_orient_point(info->orientation, info->raw_w, info->raw_h, &t->ann_obb[8 * k + 2 * p], &t->ann_obb[8 * k + 2 * p + 1]);
        struct bx_rle *mask = t->ann_mask ? &t->ann_mask[k] : NULL;
        if (mask && mask->h == info->raw_h && mask->w == info->raw_w)
            *mask = turn_mask(mask, info->orientation, l->a);
    }
}

static bool settle_size(struct look *l, size_t i, const char *path, const struct bx_image_info *info, struct bx_err *e)
{
    struct bx_testset *t = l->t;
    uint32_t w = t->image_w[i], h = t->image_h[i];
    if (info->orientation != 1)
        bx_tally_add(&l->oriented, "%s", t->image_file[i]);
    if ((!w && !h) || (w == info->w && h == info->h)) {
        t->image_w[i] = info->w;
        t->image_h[i] = info->h;
        return true;
    }
    if (info->orientation >= 5 && w == info->raw_w && h == info->raw_h) {
        bx_tally_add(&l->turned, "%s", t->image_file[i]);
        turn_annotations(l, i, info);
        t->image_w[i] = info->w;
        t->image_h[i] = info->h;
        return true;
    }
    if (l->alone) {
        bx_tally_add(&l->other_size, "%s", t->image_file[i]);
        return true;
    }
    return bx_fail(e, BX_DATA, "%s: image '%s' is annotated as %u x %u pixels, but the file '%s' has %u x %u (EXIF orientation %u)",
                   t->source ? t->source : "test set", t->image_file[i], w, h, path, info->w, info->h, info->orientation);
}

static bool look_at(struct look *l, size_t i, const char *path, struct bx_err *e)
{
    struct bx_testset *t = l->t;
    struct bx_map m;
    if (!bx_map_open(&m, path, l->alone ? NULL : e)) {
        if (!l->alone)
            return bx_wrap(e, "image '%s'", t->image_file[i]);
        bx_tally_add(&l->absent, "%s", t->image_file[i]);
        return true;
    }
    struct bx_image_info info;
    bool ok = bx_image_info(path, m.data, m.n, &info, e);
    if (!ok && (l->alone || (info.kind == BX_IMAGE_OTHER && t->image_w[i] && t->image_h[i]))) {
        /* A format that we cannot measure: the annotations' word is taken for it. */
        bx_tally_add(&l->unmeasured, "%s", t->image_file[i]);
        t->image_orientation[i] = 1;
        ok = true;
    } else if (ok) {
        ok = settle_size(l, i, path, &info, e);
        t->image_orientation[i] = info.orientation;
    }
    if (ok && !l->alone)
        bx_sha256(m.data, m.n, t->image_sha[i]);
    bx_map_close(&m);
    return ok;
}

/* All missing files are told at once: what is wrong is then mostly the folder. */
static bool all_there(struct look *l, struct bx_err *e)
{
    struct bx_testset *t = l->t;
    struct bx_tally missing = {0};
    struct bx_arena_mark m = bx_arena_mark(l->a);
    for (size_t i = 0; i < t->nimages; i++) {
        struct stat st;
        const char *path = bx_path_join(l->a, l->root, t->image_file[i]);
        if (stat(path, &st) != 0)
            bx_tally_add(&missing, "%s", path);
    }
    bx_arena_pop(l->a, m);
    if (!missing.n)
        return true;
    return bx_fail(e, BX_DATA, "%s: %zu of %zu images are not there, the first is '%s': name the images' folder",
                   t->source ? t->source : "test set", missing.n, t->nimages, missing.first);
}

struct named_sha {
    const uint8_t *sha;
    size_t i;
};
static int by_sha(const void *a, const void *b)
{
    const struct named_sha *x = a, *y = b;
    int c = memcmp(x->sha, y->sha, 32);
    return c ? c : (x->i > y->i) - (x->i < y->i);
}

/* The same file twice is a mistake more often than not; it is kept, and said. */
static void tell_twins(struct look *l)
{
    struct bx_testset *t = l->t;
    struct bx_arena scratch = {0};
    struct bx_tally twins = {0};
    struct named_sha *at = BX_NEW(&scratch, struct named_sha, t->nimages);
    for (size_t i = 0; i < t->nimages; i++)
        at[i] = (struct named_sha){t->image_sha[i], i};
    qsort(at, t->nimages, sizeof *at, by_sha);
    for (size_t i = 1; i < t->nimages; i++)
        if (!memcmp(at[i].sha, at[i - 1].sha, 32))
            bx_tally_add(&twins, "'%s' and '%s'", t->image_file[at[i - 1].i], t->image_file[at[i].i]);
    bx_testset_told(t, l->a, BX_SEVERITY_WARNING, &twins, "{image is|images are} byte for byte the same as another", "kept");
    bx_arena_release(&scratch);
}

static void tell(struct look *l)
{
    const struct {
        const struct bx_tally *y;
        enum bx_severity severity;
        const char *what, *done;
    } notes[] = {
        {&l->oriented, BX_SEVERITY_NOTE, "{image carries|images carry} an EXIF orientation",
         "sizes and coordinates are those of the image as displayed"},
        {&l->turned, BX_SEVERITY_NOTE, "{image was annotated before its|images were annotated before their} EXIF orientation was applied",
         "{its|their} coordinates were turned"},
        {&l->unmeasured, BX_SEVERITY_WARNING, "{image is|images are} of a kind whose header is not read",
         "the annotations' size is taken, orientation unknown"},
        {&l->absent, BX_SEVERITY_WARNING, "{image is not there, or cannot|images are not there, or cannot} be read",
         "{it is|they are} taken as annotated, orientation unknown"},
        {&l->other_size, BX_SEVERITY_WARNING, "{image has|images have} another size than is annotated",
         "the annotations' is taken; a board refuses {it|them}"},
    };
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        bx_testset_told(l->t, l->a, notes[i].severity, notes[i].y, notes[i].what, notes[i].done);
    if (!l->alone)
        tell_twins(l);
}

bool bx_testset_look_if_there(struct bx_testset *t, bool named, struct bx_arena *a, struct bx_err *e)
{
    struct look l = {.t = t, .root = t->image_root, .a = a, .alone = true};
    if (!l.root || (!named && !bx_testset_some_there(t, l.root, a)))
        return true;
    t->image_orientation = BX_NEW(a, uint8_t, t->nimages);
    for (size_t i = 0; i < t->nimages; i++) {
        const char *path = bx_path_join(a, l.root, t->image_file[i]);
        t->image_orientation[i] = 1;
        if (!look_at(&l, i, path, e))
            return false;
    }
    if (named && t->nimages && l.absent.n == t->nimages)
        return bx_fail(e, BX_DATA, "%s: none of its images is in '%s', the first is '%s'", t->source ? t->source : "test set", l.root,
                       l.absent.first);
    tell(&l);
    return true;
}

bool bx_testset_look(struct bx_testset *t, const char *root, struct bx_arena *a, struct bx_err *e)
{
    struct look l = {.t = t, .root = root, .a = a};
    t->image_orientation = BX_NEW(a, uint8_t, t->nimages);
    t->image_sha = bx_alloc(a, t->nimages, 32);
    t->image_root = root;
    if (!all_there(&l, e))
        return false;
    struct bx_progress progress;
    bx_progress_begin(&progress, "test set", "images", t->nimages);
    bool ok = true;
    for (size_t i = 0; ok && i < t->nimages; i++) {
        ok = look_at(&l, i, bx_path_join(a, root, t->image_file[i]), e);
        bx_progress_set(&progress, i + 1);
    }
    bx_progress_end(&progress);
    if (ok)
        tell(&l);
    return ok;
}
