/*
 * fuzz_results.c: libFuzzer's entry to the reader of COCO results, with its segmentations and run lengths: read alone and in blocks, which
 * must come to the same. test_results.c replays good and bad texts, their neighbours through it. To fuzz: tests/README.md.
 */
#include "core/data/results.h"
#include "tests/build.h"
#include "tests/fuzz.h"
#include <math.h>

static void same_column(const void *a, const void *b, size_t size)
{
    require_that(!a == !b && (!a || !size || !memcmp(a, b, size)));
}

static void same_said(const struct bx_results_said *p, const struct bx_results_said *q)
{
    require_that(!memcmp(p->joined, q->joined, sizeof p->joined) && p->nexamples == q->nexamples);
    require_that(p->shapeless == q->shapeless && p->first_shapeless == q->first_shapeless && !p->category == !q->category);
    for (size_t i = 0; i < p->nexamples; i++)
        require_that(!strcmp(p->example[i], q->example[i]));
}

/* Bit by bit: a NaN is itself. */
static void same_detections(const struct bx_detections *p, const struct bx_detections *q)
{
    require_that(p->n == q->n && p->nnames == q->nnames && p->nimages == q->nimages);
    same_column(p->image_begin, q->image_begin, (p->nimages + 1) * sizeof *p->image_begin);
    same_column(p->name, q->name, p->n * sizeof *p->name);
    same_column(p->score, q->score, p->n * sizeof *p->score);
    same_column(p->obb, q->obb, p->n * 8 * sizeof *p->obb);
    same_column(p->box_given, q->box_given, p->n);
    for (size_t i = 0; i < p->nnames; i++)
        require_that(!strcmp(p->names[i], q->names[i]));
    for (size_t i = 0; i < p->n; i++)
        if (!p->mask_text || !p->box_given || p->box_given[i])
            same_column(p->box + 4 * i, q->box + 4 * i, 4 * sizeof *p->box);
    require_that(!p->mask == !q->mask && !p->mask_text == !q->mask_text);
    for (size_t i = 0; p->mask && i < p->n; i++) {
        require_that(p->mask[i].n == q->mask[i].n && p->mask[i].h == q->mask[i].h && p->mask[i].w == q->mask[i].w);
        same_column(p->mask[i].counts, q->mask[i].counts, p->mask[i].n * sizeof *p->mask[i].counts);
    }
    for (size_t i = 0; p->mask_text && i < p->n; i++) {
        const struct bx_rle_text *x = &p->mask_text[i], *y = &q->mask_text[i];
        require_that(x->n == y->n && x->area == y->area && x->h == y->h && x->w == y->w && x->plain == y->plain);
        same_column(x->box, y->box, sizeof x->box);
        same_column(x->p, y->p, x->n);
    }
}

/* What is told of a mask that stays text is what its counts say. */
static void check_texts(const struct bx_detections *d)
{
    for (size_t i = 0; d->mask_text && i < d->n; i++) {
        const struct bx_rle_text *t = &d->mask_text[i];
        uint32_t *counts = malloc((t->n + 1) * sizeof *counts);
        struct bx_rle m = bx_rle_text_counts(t, counts);
        double box[4];
        bx_rle_box(&m, box);
        require_that(bx_rle_area(&m) == t->area && bx_rle_plain(&m) == (bool)t->plain);
        for (int k = 0; k < 4 && m.h; k++)
            require_that(!t->plain || box[k] == t->box[k]);
        free(counts);
    }
}

/* Two images that a file calls 1 and 7, two classes. */
static struct bx_testset two_images(struct bx_arena *a)
{
    static const char *const names[] = {"a", "b"};
    struct bx_testset t = build_testset(a, names, 2, 2, NULL, 0);
    t.image_id[1] = 7;
    return t;
}

/* clang-format off */
const struct grown grown[] = {
    {"detections", TEXT("["), TEXT("{\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.5},"), TEXT("{\"image_id\":7,\"category_id\":2,\"bbox\":[1,2,3,4],\"score\":0.5}]")},
    {"images in turn", TEXT("["), TEXT("{\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.5},{\"image_id\":7,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.5},"), TEXT("{\"image_id\":7,\"category_id\":2,\"bbox\":[1,2,3,4],\"score\":0.5}]")},
    {"unknown categories", TEXT("["), TEXT("{\"image_id\":1,\"category_id\":9#,\"bbox\":[1,2,3,4],\"score\":0.5},"), TEXT("{\"image_id\":7,\"category_id\":2,\"bbox\":[1,2,3,4],\"score\":0.5}]")},
    {"unknown images", TEXT("["), TEXT("{\"image_id\":9#,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.5},"), TEXT("{\"image_id\":7,\"category_id\":2,\"bbox\":[1,2,3,4],\"score\":0.5}]")},
    {"corners", TEXT("[{\"image_id\":1,\"category_id\":1,\"score\":0.5,\"segmentation\":[["), TEXT("1,2,20,18,"), TEXT("3,4]]}]")},
    {"outlines", TEXT("[{\"image_id\":1,\"category_id\":1,\"score\":0.5,\"segmentation\":["), TEXT("[1,1,9,1,9,9],"), TEXT("[1,1,5,1,5,5]]}]")},
    {"file names", TEXT("["), TEXT("{\"file_name\":\"#.jpg\",\"image_id\":#,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.5},"), TEXT("{\"image_id\":7,\"category_id\":2,\"bbox\":[1,2,3,4],\"score\":0.5}]")},
    {"tables", TEXT("{\"annotations\":[],\"images\":["), TEXT("{\"id\":#,\"file_name\":\"000001.jpg\"},"), TEXT("{}],\"categories\":[]}")},
    {"masks", TEXT("["), TEXT("{\"image_id\":1,\"category_id\":1,\"score\":0.5,\"segmentation\":{\"size\":[20,30],\"counts\":\"X1`2P?\"}},"), TEXT("{\"image_id\":1,\"category_id\":1,\"score\":0.5,\"segmentation\":{\"size\":[20,30],\"counts\":[600]}}]")},
    {"runs", TEXT("[{\"image_id\":1,\"category_id\":1,\"score\":0.5,\"segmentation\":{\"size\":[20,30],\"counts\":["), TEXT("0,"), TEXT("600]}}]")},
    {"keys", TEXT("[{\"image_id\":1,\"category_id\":1,\"bbox\":[1,2,3,4],\"score\":0.5"), TEXT(",\"k#\":1"), TEXT("}]")},
    {"levels", TEXT("[{\"x\":"), TEXT("["), TEXT("}]")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct bx_arena kept;
    static struct bx_testset t;
    if (!t.nimages) {
        t = two_images(&kept);
        t.image_w[0] = 30, t.image_h[0] = 20;
        t.image_w[1] = t.image_h[1] = 0;
    }
    for (unsigned mode = 0; mode < 12; mode++) {
        struct bx_results_options o = {
            .reference = mode & 1, .lazy_masks = mode & 2, .geometry = (enum bx_geometry)(mode / 4), .threads = 1};
        struct bx_detections d, q;
        struct bx_results_said said, told;
        struct bx_arena a = {0};
        struct bx_err e = {0}, f = {0};
        o.said = &said;
        bool ok = bx_results_read("fuzz", (const char *)data, n, &t, &o, &d, &a, &e);
        o.block_bytes = 1 + n / 5;
        o.said = &told;
        require_that(ok == bx_results_read("fuzz", (const char *)data, n, &t, &o, &q, &a, &f));
        if (ok) {
            same_detections(&d, &q);
            same_said(&said, &told);
            check_texts(&d);
            require_that(d.image_begin[2] == d.n);
            for (size_t i = 0; i < d.n; i++)
                require_that(d.name[i] < d.nnames && (o.reference || isfinite(d.score[i])));
        } else
            require_that(e.text[0] && e.code == BX_DATA && !strcmp(e.text, f.text));
        bx_arena_release(&a);
    }
    return 0;
}
