/* testset_draw.c: `boxscore testset draw`: images with their labels drawn, so that a wrong reading is seen. */
#include "cmd/testset_hashes.h"
#include "core/backend/command/confine.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/image/children.h"
#include "render/chart/overlay.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 1600, MOST = 10000 };
struct args {
    struct bx_testset_args set;
    const char *output;
    int64_t seed;
};
static const struct bx_option options[] = {
    {"output", 'o', BX_OPT_STR, "FOLDER", "where to; made where it is not there (required)", offsetof(struct args, output)},
    {"seed", 0, BX_OPT_INT, "N", "another choice of images (default 0)", offsetof(struct args, seed)},
    {"split", 's', BX_OPT_STR, "SPLIT", "as 'testset show' has it", offsetof(struct args, set.split)},
    {"format", 'f', BX_OPT_STR, "FORMAT", "as 'testset show' has it", offsetof(struct args, set.format)},
    {"task", 't', BX_OPT_STR, "TASK", "as 'testset show' has it", offsetof(struct args, set.task)},
    {"images", 'i', BX_OPT_STR, "FOLDER", "as 'testset show' has it", offsetof(struct args, set.images)},
    {0},
};

struct draw {
    const struct args *args;
    struct bx_testset t;
    size_t *chosen, n, failed;
    struct bx_arena *a;
};
struct small { /* what a child gives back, before the pixels */
    uint32_t w, h, full_w, full_h;
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

/* Class after class, each the image that has it and is first by the seed; then the others. The same for the same set and seed. */
static void choose(struct draw *d, size_t n)
{
    const struct bx_testset *t = &d->t;
    bool *taken = BX_NEW(d->a, bool, t->nimages), any = true;
    uint64_t seed = mix((uint64_t)d->args->seed + 0x9e3779b97f4a7c15u);
    d->chosen = BX_NEW(d->a, size_t, n);
    while (d->n < n && any) {
        any = false;
        for (size_t c = 0; c <= t->nclasses && d->n < n; c++) {
            size_t best = SIZE_MAX;
            for (size_t i = 0; i < t->nimages; i++) {
                bool has = c == t->nclasses;
                for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1] && !has; k++)
                    has = t->ann_class[k] == c;
                if (has && !taken[i] && (best == SIZE_MAX || mix(seed + i) < mix(seed + best)))
                    best = i;
            }
            if (best != SIZE_MAX) {
                taken[best] = any = true;
                d->chosen[d->n++] = best;
            }
        }
    }
}

static const char *path_of(void *self, size_t i)
{
    struct draw *d = self;
    return bx_path_join(d->a, d->t.image_root, d->t.image_file[d->chosen[i]]);
}

static size_t shrink(void *self, size_t i, const struct bx_pixels *px, void *out)
{
    (void)self, (void)i;
    struct bx_arena a = {0};
    struct small s = {.full_w = px->w, .full_h = px->h};
    bx_image_fit(px->w, px->h, SIDE, SIDE, &s.w, &s.h);
    struct bx_pixels p = bx_image_scale(px, s.w, s.h, &a);
    memcpy(out, &s, sizeof s);
    uint8_t *to = (uint8_t *)out + sizeof s;
    for (size_t k = 0; k < (size_t)s.w * s.h; k++)
        memcpy(to + 3 * k, p.p + p.channels * k, 3);
    bx_arena_release(&a);
    return sizeof s + (size_t)s.w * s.h * 3;
}

/* The mask at the drawing's size. Its runs go down the columns, and so do the pixels that are asked for. */
static const uint8_t *mask_of(const struct bx_rle *r, const struct small *s, struct bx_arena *a)
{
    if (!r->n || !r->w || !r->h)
        return NULL;
    uint8_t *out = BX_NEW(a, uint8_t, (size_t)s->w * s->h);
    uint64_t end = r->counts[0];
    size_t run = 0;
    for (uint32_t x = 0; x < s->w; x++)
        for (uint32_t y = 0; y < s->h; y++) {
            const uint64_t at = (uint64_t)x * r->w / s->w * r->h + (uint64_t)y * r->h / s->h;
            while (at >= end && run + 1 < r->n)
                end += r->counts[++run];
            out[(size_t)y * s->w + x] = at < end && run & 1;
        }
    return out;
}

static bool draw_one(struct draw *d, size_t i, const struct small *s, const uint8_t *rgb, struct bx_err *e)
{
    const struct bx_testset *t = &d->t;
    struct bx_arena a = {0};
    BX_CLEANUP_BUF struct bx_buf png = {0};
    size_t image = d->chosen[i], first = t->ann_begin[image], n = t->ann_begin[image + 1] - first;
    double sx = (double)s->w / s->full_w, sy = (double)s->h / s->full_h;
    struct bx_overlay_shape *shapes = BX_NEW(&a, struct bx_overlay_shape, n);
    for (size_t k = 0; k < n; k++) {
        const double *b = t->ann_box + 4 * (first + k);
        struct bx_overlay_shape *o = &shapes[k];
        const double box[8] = {b[0], b[1], b[0] + b[2], b[1], b[0] + b[2], b[1] + b[3], b[0], b[1] + b[3]};
        for (int j = 0; j < 8; j++)
            o->corner[j] = (t->ann_obb ? t->ann_obb[8 * (first + k) + (size_t)j] : box[j]) * (j & 1 ? sy : sx);
        o->dashed = t->ann_flags[first + k] & (BX_ANN_CROWD | BX_ANN_IGNORE);
        o->colour = t->ann_class[first + k];
        o->name = t->class_name[t->ann_class[first + k]];
        o->mask = t->ann_mask ? mask_of(&t->ann_mask[first + k], s, &a) : NULL;
    }
    char *stem = bx_path_stem(&a, t->image_file[image]);
    bool ok = bx_overlay_png(s->w, s->h, rgb, shapes, n, &png, e) &&
              bx_file_write(bx_path_join(&a, d->args->output, bx_printf(&a, "%03zu-%.100s.png", i + 1, stem)), png.p, png.n, e);
    bx_arena_release(&a);
    return ok;
}

static void done(void *self, size_t i, const struct bx_decoded *r)
{
    struct draw *d = self;
    struct small s;
    struct bx_err e = {0};
    if (r->p && r->n > sizeof s) {
        memcpy(&s, r->p, sizeof s);
        if (s.w && s.h && s.w <= SIDE && s.h <= SIDE && s.full_w && s.full_h && r->n == sizeof s + (size_t)s.w * s.h * 3 &&
            draw_one(d, i, &s, (const uint8_t *)r->p + sizeof s, &e))
            return;
    }
    d->failed++;
    bx_warn("image '%s': %s", bx_testset_shown(d->a, d->t.image_file[d->chosen[i]]),
            bx_testset_shown(d->a, r->why    ? r->why->text
                                   : *e.text ? e.text
                                             : "it could not be decoded"));
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {.set.voc_offset = -1};
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct draw d = {.args = &args, .a = &a};
    int operands = 0, status = bx_options(v, argc, argv, &args, &operands);
    if (status >= 0)
        return status;
    char *end = NULL;
    long n = operands == 2 ? strtol(argv[1], &end, 10) : 0;
    if (operands != 2 || !args.output || *end || n < 1 || n > MOST)
        return bx_verb_usage(v, "expected N (1 to %d), a test set, and --output FOLDER", MOST);
    status = 0;
    if (!bx_testset_load(&args.set, argv[2], true, &d.t, &a, &e) || !bx_mkdirs(args.output, &e))
        status = bx_verb_fail(v, &e);
    else {
        choose(&d, (size_t)n < d.t.nimages ? (size_t)n : d.t.nimages);
        const struct bx_decoding decoding = {.n = d.n,
                                             .path = path_of,
                                             .room = sizeof(struct small) + (size_t)SIDE * SIDE * 3,
                                             .work = shrink,
                                             .done = done,
                                             .confine = bx_confine_decoder,
                                             .self = &d};
        if (!bx_images_decode(&decoding, &e))
            status = bx_verb_fail(v, &e);
        else {
            printf("%s: %zu of %zu images drawn into %s\n", bx_testset_shown(&a, d.t.source), d.n - d.failed, d.t.nimages,
                   bx_testset_shown(&a, args.output));
            status = d.failed ? 1 : 0;
        }
    }
    bx_arena_release(&a);
    return status;
}

const struct bx_verb bx_verb_testset_draw = {
    "testset draw",
    "N PATH --output FOLDER [OPTION…]",
    "images with their labels drawn",
    options,
    "Writes up to N images as PNG, at most 1600 pixels a side, with boxes or oriented boxes, masks and class names over them; what is a "
    "crowd,\n"
    "difficult or ignored is dashed. They are spread over the classes, and the same for the same --seed. Exits with 1 when one could not "
    "be\n"
    "drawn.\n"
    "\n"
    "  boxscore testset draw 20 data/data.yaml --split val --output drawn\n",
    run,
};
