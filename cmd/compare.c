/* compare.c: two models on one test set: what differs, and by how much more than another test set of its size would. */
#include "cmd/eval/eval.h"
#include "cmd/verb.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include "core/metric/bootstrap.h"
#include "core/metric/interval.h"
#include "core/metric/weights.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
    struct bx_eval_files files;
    struct bx_given predictions;
    const char *seed_digest;
    int64_t resamples;
    bool json;
};
static const struct bx_option options[] = {
    {"ground-truth", 'g', BX_OPT_STR, "FILE", "COCO annotations (or a test set of another format)",
     offsetof(struct args, files.ground_truth)},
    {"predictions", 'p', BX_OPT_LIST, "FILE", "twice: what A answered, and B", offsetof(struct args, predictions)},
    {"task", 't', BX_OPT_STR, "WHAT", "what is scored: box (default), mask or obb", offsetof(struct args, files.task)},
    {"reference", 0, BX_OPT_FLAG, NULL, "the reference libraries' numbers, with their defects", offsetof(struct args, files.reference)},
    {"resamples", 0, BX_OPT_INT, "N", "how many resamples of the images (default 1000)", offsetof(struct args, resamples)},
    {"seed-digest", 0, BX_OPT_STR, "TEXT", "what their weights are drawn by (default: the digest of the images, or of the annotation file)",
     offsetof(struct args, seed_digest)},
    {"json", 0, BX_OPT_FLAG, NULL, "every number, as JSON", offsetof(struct args, json)},
    {"format", 0, BX_OPT_STR, "FORMAT", "the ground truth's (default: auto)", offsetof(struct args, files.format)},
    {"split", 0, BX_OPT_STR, "SPLIT", "test (default; where there is none, val), val or train", offsetof(struct args, files.split)},
    {"i-know", 0, BX_OPT_FLAG, NULL, "score the training split all the same", offsetof(struct args, files.i_know)},
    {"images", 0, BX_OPT_STR, "FOLDER", "where the images are, when not beside the annotations", offsetof(struct args, files.images)},
    {"threads", 'j', BX_OPT_INT, "N", "threads (default: one a processor); numbers do not depend on it",
     offsetof(struct args, files.threads)},
    {0}};

enum { SHOWN_WEIGHTS = 5, SHOWN_RESAMPLES = 20, SHOWN = 10 };

struct side {
    struct bx_eval v;
    struct bx_bootstrap b;
    double confidence;  /* of its maximum F1; NaN: nothing found */
    uint32_t *found;    /* [nimages] objects found there, at IoU 0.5 */
    uint32_t *mistaken; /* [nimages] detections that are none */
};
struct comparison {
    struct side side[2];
    uint64_t seed;
    size_t n;
};

/* What each image gets at the confidence that suits the model best. */
static void count_images(struct side *s)
{
    struct bx_arena *a = &s->v.arena;
    const struct bx_scene *scene = &s->v.scene;
    const struct bx_coco *half = s->v.half;
    struct bx_confidence_curve curve;
    const uint8_t *verdict = bx_verdicts(scene, half, bx_coco_threshold(half, 0.5), BX_SIZE_ALL, a);
    const uint32_t *image = bx_scene_images(scene, a);
    bx_confidence(scene, half, verdict, BX_SIZE_ALL, false, &curve, a);
    s->confidence = curve.best == SIZE_MAX ? (double)NAN : curve.max.score;
    s->found = BX_NEW(a, uint32_t, scene->nimages);
    s->mistaken = BX_NEW(a, uint32_t, scene->nimages);
    for (size_t d = 0; d < scene->nd; d++)
        if (scene->d->score[d] >= s->confidence) {
            s->found[image[d]] += verdict[d] == BX_TRUE_POSITIVE;
            s->mistaken[image[d]] += verdict[d] == BX_FALSE_POSITIVE;
        }
}

static void json_interval(struct bx_jw *w, const char *key, const struct bx_interval *i, const struct bx_difference *d)
{
    bx_jw_object(w, key);
    bx_jw_num(w, "estimate", i->estimate);
    bx_jw_uint(w, "defined", i->defined);
    bx_jw_num(w, "mean", i->mean);
    bx_jw_num(w, "sd", i->sd);
    bx_jw_num(w, "lo", i->lo);
    bx_jw_num(w, "hi", i->hi);
    if (d) {
        bx_jw_num(w, "z", d->z);
        bx_jw_num(w, "p", d->p);
        bx_jw_num(w, "superiority", d->superiority);
    }
    bx_jw_object_end(w);
}

static struct bx_difference overall(const struct comparison *c, size_t i)
{
    const struct bx_bootstrap *a = &c->side[0].b, *b = &c->side[1].b;
    return bx_difference_of(a->estimate[i], b->estimate[i], a->value[i], b->value[i], c->n);
}

static struct bx_difference of_class(const struct comparison *c, size_t k)
{
    const struct bx_bootstrap *a = &c->side[0].b, *b = &c->side[1].b;
    return bx_difference_of(bx_coco_ap(&c->side[0].v.coco, BX_COCO_ANY, BX_SIZE_ALL, (int64_t)k),
                            bx_coco_ap(&c->side[1].v.coco, BX_COCO_ANY, BX_SIZE_ALL, (int64_t)k), a->class_ap[k], b->class_ap[k], c->n);
}

static void json_side(struct bx_jw *w, const char *key, const struct comparison *c, const struct side *s)
{
    bx_jw_object(w, key);
    for (size_t i = 0; i < BX_RESAMPLED; i++) {
        struct bx_interval v = bx_interval_of(s->b.estimate[i], s->b.value[i], c->n);
        json_interval(w, bx_resampled_name[i], &v, NULL);
    }
    bx_jw_object(w, "rough");
    for (size_t i = 0; i < BX_RESAMPLED; i++)
        bx_jw_bool(w, bx_resampled_name[i], bx_bootstrap_rough(&s->b, (enum bx_resampled)i));
    bx_jw_object_end(w);
    bx_jw_object(w, "resamples");
    for (size_t i = 0; i < BX_RESAMPLED; i++)
        bx_jw_nums(w, bx_resampled_name[i], s->b.value[i], c->n < SHOWN_RESAMPLES ? c->n : SHOWN_RESAMPLES);
    bx_jw_object_end(w);
    bx_jw_num(w, "confidence", s->confidence);
    bx_jw_object_end(w);
}

static void print_json(const struct comparison *c, struct bx_buf *out)
{
    const struct bx_testset *t = &c->side[0].v.testset;
    const size_t shown = c->n < SHOWN_WEIGHTS ? c->n : SHOWN_WEIGHTS;
    struct bx_jw w = {.out = out, .spaced = true};
    char hex[17];
    uint8_t *weights = bx_xrealloc(NULL, t->nimages + 1, SHOWN_WEIGHTS);
    snprintf(hex, sizeof hex, "%016llx", (unsigned long long)c->seed);
    bx_weights(c->seed, t->nimages, 0, shown, weights, SHOWN_WEIGHTS);
    bx_jw_object(&w, NULL);
    bx_jw_int(&w, "format", 1);
    bx_jw_str(&w, "seed", hex);
    bx_jw_uint(&w, "images", t->nimages);
    bx_jw_array(&w, "weights");
    for (size_t b = 0; b < shown; b++) {
        bx_jw_array(&w, NULL);
        for (size_t i = 0; i < t->nimages; i++)
            bx_jw_uint(&w, NULL, weights[i * SHOWN_WEIGHTS + b]);
        bx_jw_array_end(&w);
    }
    bx_jw_array_end(&w);
    free(weights);
    json_side(&w, "a", c, &c->side[0]);
    json_side(&w, "b", c, &c->side[1]);
    bx_jw_object(&w, "difference");
    for (size_t i = 0; i < BX_RESAMPLED; i++) {
        struct bx_difference d = overall(c, i);
        json_interval(&w, bx_resampled_name[i], &d.i, &d);
    }
    bx_jw_object_end(&w);
    bx_jw_array(&w, "classes");
    for (size_t k = 0; k < t->nclasses; k++) {
        if (!c->side[0].b.class_ap[k])
            continue;
        struct bx_difference d = of_class(c, k);
        bx_jw_object(&w, NULL);
        bx_jw_str(&w, "name", t->class_name[k]);
        bx_jw_uint(&w, "images", c->side[0].b.images[BX_SIZE_ALL][k]);
        json_interval(&w, "difference", &d.i, &d);
        bx_jw_object_end(&w);
    }
    bx_jw_array_end(&w);
    bx_jw_object_end(&w);
    bx_buf_addc(out, '\n');
}

static void add_value(struct bx_buf *out, double estimate, double sd, bool has)
{
    char text[32];
    if (isnan(estimate))
        snprintf(text, sizeof text, "-");
    else if (has)
        snprintf(text, sizeof text, "%.4f ± %.4f", estimate, BX_NORMAL_95 * sd);
    else
        snprintf(text, sizeof text, "%.4f", estimate);
    bx_buf_add_cell(out, text, 18, 18);
}

static void add_difference(struct bx_buf *out, const struct bx_difference *d, bool interval)
{
    if (isnan(d->i.estimate)) {
        bx_buf_adds(out, "-");
        return;
    }
    bx_buf_addf(out, "%+.4f", d->i.estimate);
    if (interval && d->i.has)
        bx_buf_addf(out, "  %+.4f … %+.4f  p = %.3g%s", d->i.lo, d->i.hi, d->p, d->p < 0.05 ? "" : "  (within sampling)");
}

struct row {
    double by;
    size_t i;
};
static int lowest_first(const void *pa, const void *pb)
{
    const struct row *a = pa, *b = pb;
    return a->by != b->by ? (a->by < b->by ? -1 : 1) : a->i < b->i ? -1 : a->i > b->i;
}

static void add_classes(const struct comparison *c, struct bx_buf *out)
{
    const struct bx_testset *t = &c->side[0].v.testset;
    struct row *rows = bx_xrealloc(NULL, t->nclasses + 1, sizeof *rows);
    size_t n = 0;
    for (size_t k = 0; k < t->nclasses; k++)
        if (c->side[0].b.class_ap[k])
            rows[n++] = (struct row){of_class(c, k).i.estimate, k};
    qsort(rows, n, sizeof *rows, lowest_first);
    if (n)
        bx_buf_addf(out, "\nAP by class, A - B, worst first (an interval from %d images on)\n", BX_ENOUGH_IMAGES);
    for (size_t i = 0; i < n; i++) {
        const size_t k = rows[i].i, images = c->side[0].b.images[BX_SIZE_ALL][k];
        struct bx_difference d = of_class(c, k);
        bx_buf_adds(out, "  ");
        bx_buf_add_cell(out, t->class_name[k], 24, 24);
        bx_buf_addf(out, " %6zu image%s  ", images, images == 1 ? " " : "s");
        add_difference(out, &d, images >= BX_ENOUGH_IMAGES);
        bx_buf_addc(out, '\n');
    }
    free(rows);
}

/* sign -1: where A finds fewer; 1: where B does. */
static void add_images(const struct comparison *c, int sign, const char *title, struct bx_buf *out)
{
    const struct bx_testset *t = &c->side[0].v.testset;
    const struct side *a = &c->side[0], *b = &c->side[1];
    struct row *rows = bx_xrealloc(NULL, t->nimages + 1, sizeof *rows);
    size_t n = 0;
    for (size_t i = 0; i < t->nimages; i++) {
        double by = sign * ((double)b->found[i] - (double)a->found[i]);
        if (by < 0)
            rows[n++] = (struct row){by, i};
    }
    qsort(rows, n, sizeof *rows, lowest_first);
    if (n)
        bx_buf_addf(out, "\n%s: %zu image%s\n", title, n, n == 1 ? "" : "s");
    for (size_t r = 0; r < n && r < SHOWN; r++) {
        const size_t i = rows[r].i;
        bx_buf_addf(out, "  found %4u and %4u, mistaken %4u and %4u  ", a->found[i], b->found[i], a->mistaken[i], b->mistaken[i]);
        bx_buf_add_visible(out, t->image_file[i], strlen(t->image_file[i]));
        bx_buf_addc(out, '\n');
    }
    if (n > SHOWN)
        bx_buf_addf(out, "  … and %zu more\n", n - SHOWN);
    free(rows);
}

static void print_table(const struct comparison *c, struct bx_buf *out)
{
    bool rough = false;
    bx_buf_addf(out, "%zu images, %zu resamples; 95%% intervals: another test set of this size would give a value in them\n\n",
                c->side[0].v.testset.nimages, c->n);
    bx_buf_adds(out, "        A                   B                   A - B\n");
    for (size_t i = 0; i < BX_RESAMPLED; i++) {
        struct bx_difference d = overall(c, i);
        bx_buf_addf(out, "  %-5s ", bx_resampled_name[i]);
        for (size_t j = 0; j < 2; j++) {
            const struct bx_bootstrap *b = &c->side[j].b;
            struct bx_interval v = bx_interval_of(b->estimate[i], b->value[i], c->n);
            add_value(out, v.estimate, v.sd, v.has);
            bx_buf_adds(out, "  ");
        }
        add_difference(out, &d, true);
        if (d.i.has && bx_bootstrap_rough(&c->side[0].b, (enum bx_resampled)i)) {
            bx_buf_adds(out, "  rough");
            rough = true;
        }
        bx_buf_addc(out, '\n');
    }
    if (rough)
        bx_buf_addf(out, "rough: under half of the classes are on %d images or more\n", BX_ENOUGH_IMAGES);
    add_classes(c, out);
    bx_buf_addf(out, "\nObjects found at IoU 0.5, each at the confidence of its best F1 (A %.4g, B %.4g)", c->side[0].confidence,
                c->side[1].confidence);
    bx_buf_addc(out, '\n');
    add_images(c, -1, "Images where B finds more", out);
    add_images(c, 1, "Images where A finds more", out);
}

/* Labels may be put right, and boxes and masks compared, without other weights. Where images were not looked at the annotation file stands
 * for them, and for a folder their names. */
static bool find_seed(const struct args *args, struct comparison *c, struct bx_err *e)
{
    const struct bx_testset *t = &c->side[0].v.testset;
    char digest[BX_DIGEST_SIZE], hex[65];
    uint8_t sha[32];
    if (args->seed_digest) {
        c->seed = bx_weights_seed(args->seed_digest);
        return true;
    }
    if (t->image_sha) {
        if (!bx_testset_images_digest(t, digest, e))
            return false;
        c->seed = bx_weights_seed(strrchr(digest, '-') ? strrchr(digest, '-') + 1 : digest);
        return true;
    }
    if (!bx_path_is_dir(args->files.ground_truth)) {
        if (!bx_sha256_file(args->files.ground_truth, sha, e))
            return false;
    } else {
        struct bx_sha256 *names = bx_sha256_new();
        for (size_t i = 0; i < t->nimages; i++)
            bx_sha256_add_str(names, t->image_file[i]);
        bx_sha256_end(names, sha);
    }
    bx_hex(hex, sha, 32);
    c->seed = bx_weights_seed(hex);
    return true;
}

static int compare(const struct bx_verb *verb, struct args *args, struct comparison *c)
{
    struct bx_err e = {0};
    c->n = (size_t)args->resamples;
    for (size_t i = 0; i < 2; i++) {
        args->files.predictions = args->predictions.at[i];
        int status = bx_eval_open(verb, &args->files, &c->side[i].v);
        if (status >= 0)
            return status;
    }
    if (!find_seed(args, c, &e))
        return bx_verb_fail(verb, &e);
    for (size_t i = 0; i < 2; i++) {
        struct side *s = &c->side[i];
        bx_bootstrap(&s->v.scene, &s->v.coco, c->seed, c->n, true, s->v.threads, &s->b, &s->v.arena);
        count_images(s);
    }
    BX_CLEANUP_BUF struct bx_buf out = {0};
    if (args->json)
        print_json(c, &out);
    else
        print_table(c, &out);
    fwrite(out.p, 1, out.n, stdout);
    return 0;
}

static int run(const struct bx_verb *verb, int argc, char **argv)
{
    struct args args = {.files = {.task = "box"}, .resamples = 1000};
    struct comparison c = {.n = 0};
    int status = bx_options(verb, argc, argv, &args, NULL);
    if (status >= 0)
        return status;
    if (args.predictions.n != 2)
        return bx_verb_usage(verb, "--predictions: found %zu, expected two files", args.predictions.n);
    if (args.resamples < 2 || args.resamples > 100000)
        return bx_verb_usage(verb, "--resamples: found %lld, expected a number from 2 to 100000", (long long)args.resamples);
    status = compare(verb, &args, &c);
    bx_eval_close(&c.side[0].v);
    bx_eval_close(&c.side[1].v);
    return status;
}

static const char details[] =
    "Says what differs between two models on one test set, and whether more than chance: each number with the 95% interval of\n"
    "what another test set of the same size would give, from resamples of the images that are the same for both. Then the\n"
    "classes, worst first, and the images where one finds what the other misses. The weights of the resamples follow from the\n"
    "images alone, so that every machine prints the same.\n\n"
    "  boxscore compare -g instances_val2017.json -p new.json -p old.json\n";
const struct bx_verb bx_verb_compare = {
    "compare", "-g FILE -p A -p B [--task box|mask|obb] [--json]", "is one model better than another", options, details, run};
