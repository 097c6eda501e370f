/* look.c: what only the image files can say: their size as displayed, their orientation, their SHA-256; and the frame the annotations are
 * in. */
#include "core/base/digests.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/parallel.h"
#include "core/image/image.h"
#include "core/testset/columns.h"
#include "core/testset/readers.h"
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

/* What was found of one image file. */
struct found {
    struct bx_seen seen;
    struct bx_image_info info;
    bool there, known, measured; /* known: nothing had to be hashed */
    bool still;                  /* it did not change while it was hashed */
    char *why;                   /* what is wrong; malloc'ed */
};
struct look {
    struct bx_testset *t;
    const struct bx_testset_options *o;
    const char *root;
    struct bx_arena *a;
    struct bx_tally oriented, turned, unmeasured, absent, broken, other_size, unpainted;
    bool alone; /* a file is scored alone: what the images say is welcome, and not asked for */
    struct bx_digests digests;
    struct found *found;
    struct bx_progress progress;
    atomic_size_t done;
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
        bx_tally_image(&l->oriented, l->a, t, i);
    if ((!w && !h) || (w == info->w && h == info->h)) {
        t->image_w[i] = info->w;
        t->image_h[i] = info->h;
        return true;
    }
    if (info->orientation >= 5 && w == info->raw_w && h == info->raw_h) {
        bx_tally_image(&l->turned, l->a, t, i);
        turn_annotations(l, i, info);
        t->image_w[i] = info->w;
        t->image_h[i] = info->h;
        return true;
    }
    if (l->alone || l->o->faulty) {
        bx_tally_image(&l->other_size, l->a, t, i);
        return true;
    }
    return bx_fail(e, BX_DATA, "%s: image '%s' is annotated as %u x %u pixels, but the file '%s' has %u x %u (EXIF orientation %u)",
                   t->source ? t->source : "test set", t->image_file[i], w, h, path, info->w, info->h, info->orientation);
}

/* What is kept of an image beside its digest. */
static void keep_info(const struct bx_image_info *info, uint32_t more[8])
{
    const uint32_t all[8] = {(uint32_t)info->kind, info->raw_w, info->raw_h, info->w, info->h, info->orientation, info->bands};
    memcpy(more, all, sizeof all);
}

static struct bx_image_info kept_info(const uint32_t more[8])
{
    return (struct bx_image_info){(enum bx_image_kind)more[0], more[1], more[2], more[3], more[4], (uint8_t)more[5], more[6]};
}

/* What the file itself says, by any thread. */
static void find_out(struct look *l, size_t i, struct found *f)
{
    struct bx_arena scratch = {0};
    struct bx_err e = {0};
    struct bx_map m;
    struct stat before, after;
    const char *path = bx_path_join(&scratch, l->root, l->t->image_file[i]);
    f->there = stat(path, &before) == 0;
    if (f->there)
        f->seen.key = bx_seen_key_of(&before);
    const struct bx_seen *known = f->there && !l->alone ? bx_digests_find(&l->digests, &f->seen.key) : NULL;
    if (known) {
        f->seen = *known;
        f->info = kept_info(known->more);
        f->known = f->measured = true;
    } else if (!f->there || !bx_map_open(&m, path, &e)) {
        f->there = false;
        f->why = strdup(e.text);
    } else {
        f->measured = bx_image_info(path, m.data, m.n, &f->info, &e);
        keep_info(&f->info, f->seen.more);
        if (!f->measured)
            f->why = strdup(e.text);
        if (!l->alone)
            bx_sha256(m.data, m.n, f->seen.sha);
        bx_map_close(&m);
        const struct bx_seen_key now = stat(path, &after) == 0 ? bx_seen_key_of(&after) : (struct bx_seen_key){0};
        f->still = !memcmp(&now, &f->seen.key, sizeof now);
    }
    bx_arena_release(&scratch);
}

static void find_one(void *context, size_t i, size_t worker)
{
    struct look *l = context;
    find_out(l, i, &l->found[i]);
    size_t done = atomic_fetch_add(&l->done, 1) + 1;
    if (!worker)
        bx_progress_set(&l->progress, done);
}

/* Why nobody will have its pixels; NULL: they can be decoded. A TIFF's fourth band may be alpha, which its decoder looks at. */
static const char *unpainted(const struct bx_image_info *info, struct bx_arena *a)
{
    if (info->bands > 4)
        return bx_printf(a, "a TIFF of %u bands", info->bands);
    switch (info->kind) {
    case BX_IMAGE_GIF:
    case BX_IMAGE_HEIC:
    case BX_IMAGE_AVIF:
    case BX_IMAGE_JP2:
        return bx_image_extension(info->kind);
    default:
        return NULL;
    }
}

/* One thread again: what that means for the set, in its order. */
static bool take(struct look *l, size_t i, const struct found *f, struct bx_err *e)
{
    struct bx_testset *t = l->t;
    const struct bx_image_info *info = &f->info;
    bool bear = l->alone || l->o->faulty;
    t->image_orientation[i] = 1;
    if (!f->there) {
        if (!bear)
            return bx_fail(e, BX_IO, "image '%s': %s", t->image_file[i], f->why);
        bx_tally_image(&l->absent, l->a, t, i);
        return true;
    }
    if (!l->alone)
        memcpy(t->image_sha[i], f->seen.sha, sizeof f->seen.sha);
    if (f->measured) {
        const char *kind = l->o && l->o->faulty ? unpainted(info, l->a) : NULL;
        if (kind)
            bx_tally_why(&l->unpainted, l->a, t->image_file[i], 0, kind);
        t->image_orientation[i] = info->orientation;
        return settle_size(l, i, bx_path_join(l->a, l->root, t->image_file[i]), info, e);
    }
    if (l->alone || (info->kind == BX_IMAGE_OTHER && t->image_w[i] && t->image_h[i]))
        /* A format that we cannot measure: the annotations' word is taken for it. */
        bx_tally_image(&l->unmeasured, l->a, t, i);
    else if (l->o->faulty)
        bx_tally_why(&l->broken, l->a, t->image_file[i], 0, f->why);
    else
        return bx_fail(e, BX_DATA, "%s", f->why);
    return true;
}

/* All missing files are told at once: what is wrong is then mostly the folder. */
static bool all_there(struct look *l, struct bx_err *e)
{
    struct bx_testset *t = l->t;
    struct bx_tally missing = {0};
    for (size_t i = 0; i < t->nimages; i++)
        if (!l->found[i].there && (!l->found[i].why || !*l->found[i].why))
            bx_tally_add(&missing, "%s", bx_path_join(l->a, l->root, t->image_file[i]));
    if (!missing.n || l->o->faulty)
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
    static const uint8_t none[32];
    struct bx_tally twins = {0};
    struct named_sha *at = BX_NEW(&scratch, struct named_sha, t->nimages);
    for (size_t i = 0; i < t->nimages; i++)
        at[i] = (struct named_sha){t->image_sha[i], i};
    qsort(at, t->nimages, sizeof *at, by_sha);
    for (size_t i = 1; i < t->nimages; i++)
        if (!memcmp(at[i].sha, at[i - 1].sha, 32) && memcmp(at[i].sha, none, 32) != 0)
            bx_tally_at(&twins, l->a, bx_printf(&scratch, "'%s' and '%s'", t->image_file[at[i - 1].i], t->image_file[at[i].i]), 0);
    bx_testset_told(t, l->a, BX_SEVERITY_WARNING, &twins, "{image is|images are} byte for byte the same as another", "kept");
    bx_arena_release(&scratch);
}

static void tell(struct look *l)
{
    const bool faulty = !l->alone && l->o->faulty;
    const struct {
        const struct bx_tally *y;
        enum bx_severity severity;
        const char *what, *done;
    } notes[] = {
        {&l->oriented, BX_SEVERITY_NOTE, "{image carries|images carry} an EXIF orientation",
         "sizes and coordinates are those of the image as displayed"},
        {&l->turned, BX_SEVERITY_WARNING,
         "{image was annotated before its|images were annotated before their} EXIF orientation was applied",
         "{its|their} coordinates were turned"},
        {&l->unmeasured, BX_SEVERITY_WARNING, "{image is|images are} of a kind whose header is not read",
         "the annotations' size is taken, orientation unknown"},
        {&l->absent, faulty ? BX_SEVERITY_ERROR : BX_SEVERITY_WARNING,
         "{image is not there, or cannot|images are not there, or cannot} be read",
         faulty ? "a board refuses {it|them}" : "{it is|they are} taken as annotated, orientation unknown"},
        {&l->unpainted, BX_SEVERITY_NOTE, "{image is|images are} of a kind whose pixels are not decoded",
         "scored; left out where pixels are needed (draw, contamination, models that boxscore runs itself)"},
        {&l->broken, BX_SEVERITY_ERROR, "{image is|images are} broken", "a board refuses {it|them}"},
        {&l->other_size, faulty ? BX_SEVERITY_ERROR : BX_SEVERITY_WARNING, "{image has|images have} another size than is annotated",
         faulty ? "a board refuses {it|them}" : "the annotations' is taken; a board refuses {it|them}"},
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
        struct found f = {0};
        find_out(&l, i, &f);
        bool ok = take(&l, i, &f, e);
        free(f.why);
        if (!ok)
            return false;
    }
    if (named && t->nimages && l.absent.n == t->nimages)
        return bx_fail(e, BX_DATA, "%s: none of its images is in '%s', the first is '%s'", t->source ? t->source : "test set", l.root,
                       l.absent.first);
    tell(&l);
    return true;
}

bool bx_testset_look(struct bx_testset *t, const struct bx_testset_options *o, struct bx_arena *a, struct bx_err *e)
{
    struct look l = {.t = t, .o = o, .root = t->image_root, .a = a};
    const size_t workers = bx_workers(o->threads, t->nimages);
    struct timespec began;
    t->image_orientation = BX_NEW(a, uint8_t, t->nimages);
    t->image_sha = bx_alloc(a, t->nimages, 32);
    l.found = bx_xrealloc(NULL, t->nimages, sizeof *l.found);
    memset(l.found, 0, t->nimages * sizeof *l.found);
    bx_digests_open(&l.digests, o->digests, o->verify);
    clock_gettime(CLOCK_REALTIME, &began);
    bx_progress_begin(&l.progress, "test set", "images", t->nimages);
    bx_parallel(workers, t->nimages, find_one, &l);
    bx_progress_end(&l.progress);
    bool ok = all_there(&l, e);
    for (size_t i = 0; i < t->nimages; i++) {
        const struct found *f = &l.found[i];
        ok = ok && take(&l, i, f, e);
        if (f->there && f->measured && f->still && !f->known)
            bx_digests_add(&l.digests, &f->seen, (int64_t)began.tv_sec * 1000000000 + began.tv_nsec);
        free(f->why);
    }
    bx_digests_close(&l.digests, o->keep_digests);
    free(l.found);
    if (ok)
        tell(&l);
    return ok;
}
