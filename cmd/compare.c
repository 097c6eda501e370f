/* compare.c: is one set of predictions better than another? The difference of two, its interval, and where it comes from. */
#include "cmd/eval/eval.h"
#include "cmd/verb.h"
#include "core/base/json_writer.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/metric/bootstrap.h"
#include "core/data/trust.h"
#include "core/metric/weights.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
    struct bx_eval_files files;
    struct bx_given predictions;
    const char *task, *seed_digest;
    bool reference, json, all;
    double operating;
    int64_t resamples, threads;
};
static const struct bx_option options[] = {
    {"ground-truth", 'g', BX_OPT_STR, "FILE", "COCO annotations (or a test set of another format)",
     offsetof(struct args, files.ground_truth)},
    {"predictions", 'p', BX_OPT_LIST, "FILE", "what each of the two answered; given twice", offsetof(struct args, predictions)},
    {"task", 't', BX_OPT_STR, "WHAT", "what is scored: box (default), mask or obb", offsetof(struct args, task)},
    {"all", 0, BX_OPT_FLAG, NULL, "every class and image that differs, not only those that differ most", offsetof(struct args, all)},
    {"json", 0, BX_OPT_FLAG, NULL, "every number, as JSON", offsetof(struct args, json)},
    {"reference", 0, BX_OPT_FLAG, NULL, "pycocotools' numbers, with their defects", offsetof(struct args, reference)},
    {"confidence", 'c', BX_OPT_NUM, "X", "the operating confidence of both (default: that of each one's best F1)",
     offsetof(struct args, operating)},
    {"format", 0, BX_OPT_STR, "FORMAT", "the ground truth's, as of 'boxscore eval'", offsetof(struct args, files.format)},
    {"split", 0, BX_OPT_STR, "SPLIT", "test (default; where there is none, val), val or train", offsetof(struct args, files.split)},
    {"i-know", 0, BX_OPT_FLAG, NULL, "score the training split all the same", offsetof(struct args, files.i_know)},
    {"images", 0, BX_OPT_STR, "FOLDER", "where the images are, when not beside the annotations", offsetof(struct args, files.image_folder)},
    {"images-list", 0, BX_OPT_STR, "FILE", "compare on these images alone: their file names, one a line",
     offsetof(struct args, files.images_list)},
    {"resamples", 0, BX_OPT_INT, "N", "of the test set (default 1000)", offsetof(struct args, resamples)},
    {"seed-digest", 0, BX_OPT_STR, "TEXT", "what the resamples are drawn from (default: the SHA-256 of the ground truth file)",
     offsetof(struct args, seed_digest)},
    {"threads", 'j', BX_OPT_INT, "N", "threads (default: one a processor); numbers do not depend on it", offsetof(struct args, threads)},
    {0}};

enum { FIRST_RESAMPLES = 20, FIRST_WEIGHTS = 5, MOST = 10 };

/* A number that is compared: of all, or of a size. */
struct number {
    char name[40];
    size_t metric; /* enum bx_boot_metric */
    double value[2];
};
struct one_class {
    size_t k, images;
    double value[2];
    struct bx_difference difference;
};
struct image {
    size_t image;
    uint32_t found[2], wrong[2];
};
struct comparison {
    struct bx_eval side[2];
    struct bx_boot boot[2];
    double confidence[2];
    uint64_t seed;
    size_t B;
    struct number *number;
    size_t n;
    struct one_class *of_class; /* [nclasses] that can be told apart, by what speaks most against the first */
    size_t nclasses, thin;      /* thin: classes on too few images */
    struct image *image;        /* [nimages] where the one finds more than the other, most first */
    size_t nimages, only[2];    /* objects that one finds and the other does not, in sum over the images */
};

static bool load(const struct args *args, struct comparison *c, int i, struct bx_err *e)
{
    struct bx_eval *v = &c->side[i];
    struct bx_eval_files files = args->files;
    files.predictions = args->predictions.at[i];
    v->reference = args->reference;
    v->threads = (int)args->threads;
    v->options = (struct bx_coco_options){.matches = true, .threads = v->threads};
    if (!bx_eval_load(&files, v, e))
        return false;
    bx_eval_notes(v);
    bx_coco_eval(&v->scene, &v->options, &v->coco, &v->arena);
    v->half = &v->coco;
    return true;
}

static double best_confidence(struct bx_eval *v)
{
    struct bx_confidence_curve curve;
    const uint8_t *verdict = bx_verdicts(&v->scene, v->half, bx_coco_threshold(v->half, 0.5), BX_SIZE_ALL, &v->arena);
    bx_confidence(&v->scene, v->half, verdict, BX_SIZE_ALL, false, &curve, &v->arena);
    return curve.best == SIZE_MAX ? 0 : curve.max.score;
}

static void resample(const struct args *args, struct comparison *c, int i)
{
    struct bx_eval *v = &c->side[i];
    c->confidence[i] = isnan(args->operating) ? best_confidence(v) : args->operating;
    const struct bx_boot_options o = {.seed = c->seed,
                                      .resamples = c->B,
                                      .confidence = c->confidence[i],
                                      .classes = true,
                                      .image = v->image_place,
                                      .whole = v->whole_images,
                                      .threads = v->threads};
    bx_bootstrap(&v->scene, &v->coco, v->half, &o, &c->boot[i], &v->arena);
}

static double defined(double x)
{
    return x < 0 ? (double)NAN : x;
}

/* As printed: by the metric engine, not by the resamples. */
static double estimate(struct comparison *c, int i, size_t metric)
{
    struct bx_eval *v = &c->side[i];
    const size_t t50 = bx_coco_threshold(&v->coco, 0.5), t75 = bx_coco_threshold(&v->coco, 0.75);
    if (metric == BX_BOOT_AP)
        return defined(bx_coco_ap(&v->coco, BX_COCO_ANY, BX_SIZE_ALL, -1));
    if (metric == BX_BOOT_AP50 || metric == BX_BOOT_AP75)
        return defined(bx_coco_ap(&v->coco, metric == BX_BOOT_AP50 ? t50 : t75, BX_SIZE_ALL, -1));
    if (metric >= BX_BOOT_SIZES)
        return defined(bx_coco_ap(&v->coco, BX_COCO_ANY, (enum bx_size)(metric - BX_BOOT_SIZES + 1), -1));
    const uint8_t *verdict = bx_verdicts(&v->scene, v->half, t50, BX_SIZE_ALL, &v->arena);
    const struct bx_counts *n = bx_counts_at(&v->scene, v->half, verdict, BX_SIZE_ALL, c->confidence[i], &v->arena);
    if (metric != BX_BOOT_F1_MICRO)
        return bx_counts_macro(v->half, BX_SIZE_ALL, n,
                               metric == BX_BOOT_F1          ? bx_counts_f1
                               : metric == BX_BOOT_PRECISION ? bx_counts_precision
                                                             : bx_counts_recall);
    struct bx_counts all = {0, 0, 0};
    for (size_t k = 0; k < v->half->K; k++) {
        all.tp += n[k].tp;
        all.fp += n[k].fp;
        all.fn += n[k].fn;
    }
    return bx_counts_f1(&all);
}

static void make_numbers(struct comparison *c)
{
    static const char *const name[BX_BOOT_SIZES] = {"AP", "AP50", "AP75", "F1", "precision", "recall", "F1 micro"};
    c->number = BX_NEW(&c->side[0].arena, struct number, c->boot[0].nmetrics);
    for (size_t m = 0; m < c->boot[0].nmetrics; m++) {
        struct number *n = &c->number[c->n++];
        char room[32];
        n->metric = m;
        if (m < BX_BOOT_SIZES)
            snprintf(n->name, sizeof n->name, "%s", name[m]);
        else
            snprintf(n->name, sizeof n->name, "AP%s", bx_eval_size(&c->side[0], m - BX_BOOT_SIZES + 1, room));
        for (int i = 0; i < 2; i++)
            n->value[i] = estimate(c, i, m);
    }
}

static int against_first(const void *pa, const void *pb)
{
    const struct one_class *p = pa, *q = pb;
    const double x = p->difference.interval.estimate, y = q->difference.interval.estimate;
    if (x != y)
        return x < y ? -1 : 1;
    return p->k < q->k ? -1 : p->k > q->k;
}

static size_t images_with(const struct bx_testset *t, size_t k)
{
    size_t n = 0;
    for (size_t i = 0; i < t->nimages; i++) {
        bool any = false;
        for (size_t g = t->ann_begin[i]; g < t->ann_begin[i + 1]; g++)
            any = any || (t->ann_class[g] == k && !(t->ann_flags[g] & (BX_ANN_CROWD | BX_ANN_IGNORE)));
        n += any;
    }
    return n;
}

static void make_classes(struct comparison *c)
{
    const struct bx_eval *v = c->side;
    c->of_class = BX_NEW(&c->side[0].arena, struct one_class, v->coco.K);
    for (size_t k = 0; k < v->coco.K; k++) {
        if (!c->boot[0].of_class[k] || !c->boot[1].of_class[k])
            continue;
        struct one_class x = {.k = k, .images = images_with(v->scene.t, k)};
        for (int i = 0; i < 2; i++)
            x.value[i] = bx_coco_ap(&v[i].coco, BX_COCO_ANY, BX_SIZE_ALL, (int64_t)k);
        x.difference = bx_difference(x.value[0], c->boot[0].of_class[k], x.value[1], c->boot[1].of_class[k], c->B);
        if (x.images < BX_RESAMPLES_CLASS)
            c->thin++;
        else
            c->of_class[c->nclasses++] = x;
    }
    qsort(c->of_class, c->nclasses, sizeof *c->of_class, against_first);
}

static uint32_t apart(uint32_t x, uint32_t y)
{
    return x > y ? x - y : y - x;
}
static int most_apart(const void *pa, const void *pb)
{
    const struct image *p = pa, *q = pb;
    uint32_t x = apart(p->found[0], p->found[1]), y = apart(q->found[0], q->found[1]);
    if (x != y)
        return x > y ? -1 : 1;
    return p->image < q->image ? -1 : p->image > q->image;
}

/* At IoU 0.5 and each one's confidence. */
static void make_images(struct comparison *c)
{
    const size_t n = c->side[0].scene.nimages;
    struct image *all = BX_NEW(&c->side[0].arena, struct image, n);
    for (size_t i = 0; i < n; i++)
        all[i].image = i;
    for (int i = 0; i < 2; i++) {
        struct bx_eval *v = &c->side[i];
        const uint32_t *image_of = bx_scene_images(&v->scene, &v->arena);
        const uint8_t *verdict = bx_verdicts(&v->scene, v->half, bx_coco_threshold(v->half, 0.5), BX_SIZE_ALL, &v->arena);
        for (size_t d = 0; d < v->scene.nd; d++) {
            if (!(v->scene.d->score[d] >= c->confidence[i]))
                continue;
            all[image_of[d]].found[i] += verdict[d] == BX_TRUE_POSITIVE;
            all[image_of[d]].wrong[i] += verdict[d] == BX_FALSE_POSITIVE;
        }
    }
    c->image = all;
    for (size_t i = 0; i < n; i++) {
        if (all[i].found[0] == all[i].found[1])
            continue;
        c->only[all[i].found[0] < all[i].found[1]] += apart(all[i].found[0], all[i].found[1]);
        all[c->nimages++] = all[i];
    }
    qsort(all, c->nimages, sizeof *all, most_apart);
}

/* ---- JSON ---- */

static void put_interval(struct bx_jw *out, const char *key, const struct bx_interval *v, const struct bx_difference *d)
{
    bx_jw_object(out, key);
    bx_jw_num(out, "estimate", v->estimate);
    bx_jw_uint(out, "defined", v->defined);
    bx_jw_num(out, "mean", v->mean);
    bx_jw_num(out, "sd", v->sd);
    bx_jw_num(out, "lo", v->lo);
    bx_jw_num(out, "hi", v->hi);
    if (d) {
        bx_jw_num(out, "z", d->z);
        bx_jw_num(out, "p", d->p);
        bx_jw_num(out, "superiority", d->superiority);
    }
    bx_jw_object_end(out);
}

static void put_side(const struct comparison *c, int i, struct bx_jw *out)
{
    bx_jw_object(out, i ? "b" : "a");
    bx_jw_num(out, "confidence", c->confidence[i]);
    for (size_t m = 0; m < c->n; m++) {
        const struct bx_interval v = bx_interval(c->number[m].value[i], c->boot[i].value[c->number[m].metric], c->B);
        put_interval(out, c->number[m].name, &v, NULL);
    }
    bx_jw_object(out, "resamples");
    for (size_t m = 0; m < c->n; m++)
        bx_jw_nums(out, c->number[m].name, c->boot[i].value[c->number[m].metric], c->B < FIRST_RESAMPLES ? c->B : FIRST_RESAMPLES);
    bx_jw_object_end(out);
    bx_jw_object_end(out);
}

static void put_classes(const struct comparison *c, struct bx_jw *out)
{
    bx_jw_array(out, "classes");
    for (size_t i = 0; i < c->nclasses; i++) {
        const struct one_class *x = &c->of_class[i];
        bx_jw_object(out, NULL);
        bx_jw_str(out, "name", c->side[0].scene.t->class_name[x->k]);
        bx_jw_uint(out, "images", x->images);
        bx_jw_num(out, "a", x->value[0]);
        bx_jw_num(out, "b", x->value[1]);
        put_interval(out, "difference", &x->difference.interval, &x->difference);
        bx_jw_object_end(out);
    }
    bx_jw_array_end(out);
    bx_jw_uint(out, "classes_on_few_images", c->thin);
}

static void put_images(const struct comparison *c, struct bx_jw *out)
{
    bx_jw_array(out, "images");
    for (size_t i = 0; i < c->nimages; i++) {
        const struct image *x = &c->image[i];
        bx_jw_object(out, NULL);
        bx_jw_str(out, "file", c->side[0].scene.t->image_file[x->image]);
        bx_jw_uint(out, "a_found", x->found[0]);
        bx_jw_uint(out, "b_found", x->found[1]);
        bx_jw_uint(out, "a_wrong", x->wrong[0]);
        bx_jw_uint(out, "b_wrong", x->wrong[1]);
        bx_jw_object_end(out);
    }
    bx_jw_array_end(out);
}

/* Of a subset, its images' own: those that they have in the whole test set. */
static void put_weights(const struct comparison *c, struct bx_jw *out)
{
    const struct bx_eval *v = c->side;
    uint8_t *w = bx_xrealloc(NULL, v->whole_images * 8 + 1, 1);
    bx_weights(c->seed, v->whole_images, 0, 8, w);
    bx_jw_array(out, "weights");
    for (size_t b = 0; b < FIRST_WEIGHTS && b < c->B; b++) {
        bx_jw_array(out, NULL);
        for (size_t i = 0; i < v->scene.nimages; i++)
            bx_jw_uint(out, NULL, w[8 * (v->image_place ? v->image_place[i] : i) + b]);
        bx_jw_array_end(out);
    }
    bx_jw_array_end(out);
    free(w);
}

static void print_json(const struct comparison *c)
{
    struct bx_buf text = {0};
    struct bx_jw w = {.out = &text};
    char seed[20];
    snprintf(seed, sizeof seed, "%016llx", (unsigned long long)c->seed);
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    bx_jw_str(&w, "geometry", bx_geometry_name(c->side[0].geometry));
    bx_jw_uint(&w, "resampled", c->B);
    bx_jw_str(&w, "seed", seed);
    put_weights(c, &w);
    put_side(c, 0, &w);
    put_side(c, 1, &w);
    bx_jw_object(&w, "difference");
    for (size_t m = 0; m < c->n; m++) {
        const struct number *n = &c->number[m];
        const struct bx_difference d =
            bx_difference(n->value[0], c->boot[0].value[n->metric], n->value[1], c->boot[1].value[n->metric], c->B);
        put_interval(&w, n->name, &d.interval, &d);
    }
    bx_jw_object_end(&w);
    put_classes(c, &w);
    put_images(c, &w);
    bx_jw_object_end(&w);
    bx_buf_addc(&text, '\n');
    fwrite(text.p, 1, text.n, stdout);
    bx_buf_free(&text);
}

/* ---- for people ---- */

static const char *verdict(const struct bx_difference *d)
{
    return !d->interval.there ? "too few" : d->p >= 0.05 ? "not told apart" : d->z > 0 ? "A is better" : "B is better";
}

static void print_row(struct bx_buf *out, const char *name, const double value[2], const struct bx_difference *d)
{
    bx_buf_addc(out, ' ');
    bx_buf_add_cell(out, name, 20, 40);
    for (int i = 0; i < 2; i++)
        if (isnan(value[i]))
            bx_buf_adds(out, "       -");
        else
            bx_buf_addf(out, "%8.2f", 100 * value[i]);
    if (isnan(d->interval.estimate))
        bx_buf_adds(out, "        -");
    else
        bx_buf_addf(out, "%+9.2f", 100 * d->interval.estimate);
    if (d->interval.there)
        bx_buf_addf(out, "   %+7.2f to %+7.2f", 100 * d->interval.lo, 100 * d->interval.hi);
    else
        bx_buf_addf(out, "   %18s", "");
    bx_buf_addf(out, "   %s\n", verdict(d));
}

static void print_images(const struct comparison *c, bool all, struct bx_buf *out)
{
    const struct bx_testset *t = c->side[0].scene.t;
    for (int i = 0; i < 2; i++) {
        size_t shown = 0;
        for (size_t k = 0; k < c->nimages; k++) {
            const struct image *x = &c->image[k];
            if (x->found[i] < x->found[!i] || (!all && shown == MOST))
                continue;
            if (!shown++)
                bx_buf_addf(out, "\n Images on which %s finds more (%zu object%s in all)\n", i ? "B" : "A", c->only[i],
                            c->only[i] == 1 ? "" : "s");
            bx_buf_addf(out, " %+5d  ", (int)apart(x->found[0], x->found[1]));
            bx_buf_add_visible(out, t->image_file[x->image], strlen(t->image_file[x->image]));
            bx_buf_addf(out, " (A %u, B %u)\n", x->found[0], x->found[1]);
        }
    }
}

static void print_classes(const struct comparison *c, bool all, struct bx_buf *out)
{
    const size_t n = c->nclasses;
    if (n || c->thin)
        bx_buf_addc(out, '\n');
    if (n)
        bx_buf_addf(out, " %-20s%8s%8s%9s   %18s\n", "class (AP)", "A", "B", "A - B", "95% interval");
    for (size_t i = 0; i < n; i++) {
        const struct one_class *x = &c->of_class[i];
        if (!all && n > 2 * MOST && i == MOST) {
            bx_buf_addf(out, " ... %zu more: --all\n", n - 2 * MOST);
            i = n - MOST;
            x = &c->of_class[i];
        }
        print_row(out, c->side[0].scene.t->class_name[x->k], x->value, &x->difference);
    }
    if (c->thin)
        bx_buf_addf(out, " %zu class%s with objects on fewer than %d images: too few to tell\n", c->thin, c->thin == 1 ? "" : "es",
                    BX_RESAMPLES_CLASS);
}

static void print_table(const struct comparison *c, const struct args *args)
{
    struct bx_buf out = {0};
    for (int i = 0; i < 2; i++) {
        bx_buf_addf(&out, " %s  ", i ? "B" : "A");
        bx_buf_add_visible(&out, args->predictions.at[i], strlen(args->predictions.at[i]));
        bx_buf_addf(&out, isnan(args->operating) ? " (F1 at confidence %.3g, its best)\n" : " (F1 at confidence %.3g)\n", c->confidence[i]);
    }
    bx_buf_addf(&out, "\n %-20s%8s%8s%9s   %18s\n", "", "A", "B", "A - B", "95% interval");
    bool told = false;
    for (size_t m = 0; m < c->n; m++) {
        const struct number *n = &c->number[m];
        if (isnan(n->value[0]) && isnan(n->value[1]))
            continue;
        const struct bx_difference d =
            bx_difference(n->value[0], c->boot[0].value[n->metric], n->value[1], c->boot[1].value[n->metric], c->B);
        print_row(&out, n->name, n->value, &d);
        told = told || d.interval.there;
    }
    if (told)
        bx_buf_addf(
            &out,
            "\n The interval says what another test set of this size would give: %zu resamples of the %zu images, both models on the "
            "same ones.\n",
            c->B, c->side[0].scene.nimages);
    print_classes(c, args->all, &out);
    print_images(c, args->all, &out);
    fwrite(out.p, 1, out.n, stdout);
    bx_buf_free(&out);
}

/* Of the images where their bytes are known; else of the annotation file, or for a folder of the images' names. */
static bool find_seed(const struct args *args, struct comparison *c, struct bx_err *e)
{
    const struct bx_testset *t = &c->side[0].testset;
    char digest[BX_DIGEST_SIZE];
    uint8_t sha[32];
    if (args->seed_digest) {
        c->seed = bx_weights_seed(args->seed_digest);
        return true;
    }
    if (t->image_sha) {
        if (!bx_testset_images_digest(t, digest, e))
            return false;
    } else if (bx_path_is_dir(args->files.ground_truth)) {
        struct bx_sha256 *all = bx_sha256_new();
        for (size_t i = 0; i < t->nimages; i++)
            bx_sha256_add_str(all, t->image_file[i]);
        bx_sha256_end(all, sha);
        bx_hex(digest, sha, 32);
    } else {
        struct bx_map file = {0};
        if (!bx_map_open(&file, args->files.ground_truth, e))
            return false;
        bx_sha256(file.data, file.n, sha);
        bx_map_close(&file);
        bx_hex(digest, sha, 32);
    }
    c->seed = bx_weights_seed(digest);
    return true;
}

static int compare(const struct bx_verb *verb, const struct args *args, struct comparison *c)
{
    struct bx_err e = {0};
    if (!args->files.ground_truth || args->predictions.n != 2)
        return args->files.ground_truth ? bx_verb_usage(verb, "found --predictions %zu time%s, expected it twice", args->predictions.n,
                                                        args->predictions.n == 1 ? "" : "s")
                                        : bx_verb_usage(verb, "--ground-truth is missing");
    for (int i = 0; i < 2; i++)
        if (!bx_geometry_parse(args->task, &c->side[i].geometry))
            return bx_verb_usage(verb, "--task: found '%s', expected box, mask or obb", args->task);
    if (args->resamples < 2 || args->resamples > 100000)
        return bx_verb_usage(verb, "--resamples: found %lld, expected 2 to 100000", (long long)args->resamples);
    if (args->threads < 0 || args->threads > INT32_MAX)
        return bx_verb_usage(verb, "--threads: found %lld, expected a number from 0 (one a processor)", (long long)args->threads);
    c->B = (size_t)args->resamples;
    if (!load(args, c, 0, &e) || !load(args, c, 1, &e) || !find_seed(args, c, &e))
        return bx_verb_fail(verb, &e);
    for (int i = 0; i < 2; i++)
        resample(args, c, i);
    make_numbers(c);
    make_classes(c);
    make_images(c);
    if (args->json)
        print_json(c);
    else
        print_table(c, args);
    return 0;
}

static int run(const struct bx_verb *verb, int argc, char **argv)
{
    struct args args = {.task = "box", .operating = NAN, .resamples = BX_RESAMPLES};
    struct comparison c = {0};
    int operands, status = bx_options(verb, argc, argv, &args, &operands);
    if (status >= 0)
        return status;
    if (operands)
        return bx_verb_usage(verb, "found the operand '%s', expected none", argv[1]);
    status = compare(verb, &args, &c);
    for (int i = 1; i >= 0; i--) {
        bx_map_close(&c.side[i].predictions);
        bx_arena_release(&c.side[i].arena);
    }
    return status;
}

static const char details[] =
    "Two models on one test set: what each has, what lies between them, and between which bounds that would lie on another test set of\n"
    "the same size (95%). Both are scored on the same resamples of the images, so that an image which is hard for both tells nothing of\n"
    "either; images stay whole. An interval that does not hold 0 means that one is better. Classes are told from 10 images with\n"
    "objects of them on. The resamples follow from the test set alone: the numbers are the same on every machine.\n\n"
    "  boxscore compare -g instances_val2017.json -p yolo11n.json -p rfdetr-nano.json\n";
const struct bx_verb bx_verb_compare = {
    "compare", "-g FILE -p FILE -p FILE [--task box|mask|obb] [--json]", "is one set of predictions better than another?", options, details,
    run};
