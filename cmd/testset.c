/* testset.c: `boxscore testset show` and `boxscore testset diff`: what is in a test set, and what differs between two. */
#include "cmd/testset.h"
#include "cmd/testset_fetch.h"
#include "cmd/testset_hashes.h"
#include "cmd/testset_origin.h"
#include "cmd/testset_shapes.h"
#include "core/base/json_writer.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/data/formats.h"
#include "core/testset/compare.h"
#include "core/testset/read.h"
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const struct bx_option options[] = {
    {"format", 'f', BX_OPT_STR, "FORMAT", "one of " BX_FORMAT_NAMES " (default: auto)", offsetof(struct bx_testset_args, format)},
    {"task", 't', BX_OPT_STR, "TASK", "detect (default), segment or obb: what YOLO lines mean", offsetof(struct bx_testset_args, task)},
    {"split", 's', BX_OPT_STR, "SPLIT", "test (default; where there is none, val), val or train, of a data.yaml, a devkit or a folder",
     offsetof(struct bx_testset_args, split)},
    {"images", 'i', BX_OPT_STR, "FOLDER", "where the images are, when not beside the annotations",
     offsetof(struct bx_testset_args, images)},
    {"voc-offset", 0, BX_OPT_INT, "0|1", "what VOC coordinates count from (default 1: the devkit's)",
     offsetof(struct bx_testset_args, voc_offset)},
    {"strict", 0, BX_OPT_FLAG, NULL, "lint: exit with 1 for warnings, too", offsetof(struct bx_testset_args, strict)},
    {"json", 0, BX_OPT_FLAG, NULL, "print JSON", offsetof(struct bx_testset_args, json)},
    {0},
};

static int width_of(const char *s)
{
    int n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

/* Counts of one class, by COCO's sizes; crowds and ignored ones apart. */
struct class_counts {
    size_t annotations, images, size[BX_NSIZES];
    size_t last_image; /* + 1 */
};
struct summary {
    struct class_counts *classes;
    size_t crowds, ignored, empty_images, orientation[9];
    uint32_t least_w, least_h, most_w, most_h; /* the images of least and of most pixels */
    char images_digest[BX_DIGEST_SIZE], digest[BX_NGEOMETRIES][BX_DIGEST_SIZE];
    char no_digest[BX_NGEOMETRIES][512]; /* why there is none */
};

static void count_annotation(struct summary *s, const struct bx_testset *t, size_t image, size_t k)
{
    struct class_counts *c = &s->classes[t->ann_class[k]];
    s->crowds += (t->ann_flags[k] & BX_ANN_CROWD) != 0;
    s->ignored += (t->ann_flags[k] & BX_ANN_IGNORE) != 0;
    if (c->last_image != image + 1) {
        c->last_image = image + 1;
        c->images++;
    }
    c->annotations++;
    if (!(t->ann_flags[k] & (BX_ANN_CROWD | BX_ANN_IGNORE)))
        for (int z = 0; z < BX_NSIZES; z++)
            c->size[z] += t->ann_area[k] >= bx_size_range[z][0] && t->ann_area[k] <= bx_size_range[z][1];
}

static void summarise(struct summary *s, const struct bx_testset *t, struct bx_arena *a)
{
    s->classes = BX_NEW(a, struct class_counts, t->nclasses);
    for (size_t i = 0; i < t->nimages; i++) {
        uint64_t pixels = (uint64_t)t->image_w[i] * t->image_h[i];
        if (!i || pixels < (uint64_t)s->least_w * s->least_h)
            s->least_w = t->image_w[i], s->least_h = t->image_h[i];
        if (pixels > (uint64_t)s->most_w * s->most_h)
            s->most_w = t->image_w[i], s->most_h = t->image_h[i];
        s->orientation[t->image_orientation ? t->image_orientation[i] : 1]++;
        s->empty_images += t->ann_begin[i] == t->ann_begin[i + 1];
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++)
            count_annotation(s, t, i, k);
    }
    struct bx_err e = {0};
    if (!bx_testset_images_digest(t, s->images_digest, &e))
        s->images_digest[0] = '\0';
    for (int g = 0; g < BX_NGEOMETRIES; g++)
        if ((g == BX_GEOM_MASK && !t->ann_mask) || (g == BX_GEOM_OBB && !t->ann_obb))
            snprintf(s->no_digest[g], sizeof s->no_digest[g], "no annotation has one");
        else if (!bx_testset_digest(t, (enum bx_geometry)g, s->digest[g], &e)) {
            s->digest[g][0] = '\0';
            snprintf(s->no_digest[g], sizeof s->no_digest[g], "%s", e.text);
        }
}

static void print_summary(const struct summary *s, const struct bx_testset *t, const char *path, struct bx_arena *a)
{
    printf("%s\n", bx_testset_shown(a, t->source));
    printf("  images       %zu (%zu with nothing in them), %u x %u to %u x %u pixels\n", t->nimages, s->empty_images, s->least_w,
           s->least_h, s->most_w, s->most_h);
    if (t->nimages > s->orientation[1])
        printf("  orientation  %zu image%s stored turned or mirrored (EXIF)\n", t->nimages - s->orientation[1],
               t->nimages - s->orientation[1] == 1 ? " is" : "s are");
    printf("  annotations  %zu (%zu crowd%s, %zu ignored)%s\n", t->nanns, s->crowds, bx_plural(s->crowds), s->ignored,
           t->ann_mask  ? ", with masks"
           : t->ann_obb ? ", oriented"
                        : "");
    if (t->split)
        printf("  split        %s\n", bx_testset_shown(a, t->split));
    bx_origin_print(t, path);
    int widest = 5;
    for (size_t i = 0; i < t->nclasses; i++) {
        int w = width_of(bx_testset_shown(a, t->class_name[i]));
        widest = w > widest ? (w > 40 ? 40 : w) : widest;
    }
    printf("\n  %-*s  %11s  %7s  %7s  %7s  %7s\n", widest, "class", "annotations", "images", "small", "medium", "large");
    for (size_t i = 0; i < t->nclasses; i++) {
        const struct class_counts *c = &s->classes[i];
        const char *name = bx_testset_shown(a, t->class_name[i]);
        int pad = widest - width_of(name);
        printf("  %s%*s  %11zu  %7zu  %7zu  %7zu  %7zu\n", name, pad > 0 ? pad : 0, "", c->annotations, c->images, c->size[BX_SIZE_SMALL],
               c->size[BX_SIZE_MEDIUM], c->size[BX_SIZE_LARGE]);
    }
    bx_shapes_print(t);
    printf("\n  digests\n    images  %s\n", s->images_digest);
    for (int g = 0; g < BX_NGEOMETRIES; g++)
        printf("    %-6s  %s%s\n", bx_geometry_name((enum bx_geometry)g),
               s->digest[g][0] ? s->digest[g] : "none: ", s->digest[g][0] ? "" : s->no_digest[g]);
    for (size_t i = 0; i < t->nnotes; i++)
        printf("%s  note: %s\n", i ? "" : "\n", bx_testset_shown(a, t->notes[i].text));
}

static void pair_json(struct bx_jw *w, const char *key, uint32_t a, uint32_t b)
{
    bx_jw_array(w, key);
    bx_jw_uint(w, NULL, a);
    bx_jw_uint(w, NULL, b);
    bx_jw_array_end(w);
}

static void class_json(struct bx_jw *w, const struct summary *s, const struct bx_testset *t, size_t i)
{
    const struct class_counts *c = &s->classes[i];
    bx_jw_line(w, 2);
    bx_jw_object(w, NULL);
    bx_jw_str(w, "name", t->class_name[i]);
    bx_jw_int(w, "id", t->class_id[i]);
    bx_jw_uint(w, "annotations", c->annotations);
    bx_jw_uint(w, "images", c->images);
    bx_jw_uint(w, "small", c->size[BX_SIZE_SMALL]);
    bx_jw_uint(w, "medium", c->size[BX_SIZE_MEDIUM]);
    bx_jw_uint(w, "large", c->size[BX_SIZE_LARGE]);
    bx_jw_object_end(w);
}

static void summary_json(struct bx_jw *w, const struct summary *s, const struct bx_testset *t, const char *path)
{
    bx_jw_object(w, NULL);
    bx_jw_uint(w, "format", 1);
    bx_jw_str(w, "source", t->source);
    bx_jw_str(w, "split", t->split);
    bx_jw_line(w, 1);
    bx_jw_uint(w, "images", t->nimages);
    bx_jw_uint(w, "empty_images", s->empty_images);
    bx_jw_uint(w, "annotations", t->nanns);
    bx_jw_uint(w, "crowds", s->crowds);
    bx_jw_uint(w, "ignored", s->ignored);
    bx_jw_uint(w, "unknown", t->unknown);
    bx_jw_line(w, 1);
    pair_json(w, "smallest_image", s->least_w, s->least_h);
    pair_json(w, "largest_image", s->most_w, s->most_h);
    bx_jw_object(w, "orientations");
    for (int i = 1; i <= 8; i++)
        if (s->orientation[i])
            bx_jw_uint(w, (const char[]){(char)('0' + i), 0}, s->orientation[i]);
    bx_jw_object_end(w);
    bx_jw_line(w, 1);
    bx_jw_array(w, "classes");
    for (size_t i = 0; i < t->nclasses; i++)
        class_json(w, s, t, i);
    bx_jw_array_end(w);
    bx_shapes_json(w, t);
    bx_jw_line(w, 1);
    bx_jw_object(w, "digests");
    bx_jw_str(w, "images", s->images_digest);
    for (int g = 0; g < BX_NGEOMETRIES; g++) {
        bx_jw_line(w, 2);
        bx_jw_str(w, bx_geometry_name((enum bx_geometry)g), s->digest[g][0] ? s->digest[g] : NULL);
    }
    bx_jw_object_end(w);
    bx_origin_json(w, t, path);
    bx_jw_line(w, 1);
    bx_jw_array(w, "notes");
    for (size_t i = 0; i < t->nnotes; i++) {
        bx_jw_line(w, 2);
        bx_jw_str(w, NULL, t->notes[i].text);
    }
    bx_jw_array_end(w);
    bx_jw_object_end(w);
}

static int show(const struct bx_verb *v, const struct bx_testset_args *args, const char *path)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_testset t;
    struct summary s = {0};
    int status = 0;
    if (!bx_testset_load(args, path, false, &t, &a, &e))
        status = bx_verb_fail(v, &e);
    else {
        summarise(&s, &t, &a);
        if (args->json) {
            BX_CLEANUP_BUF struct bx_buf b = {0};
            struct bx_jw w = {.out = &b, .spaced = true};
            summary_json(&w, &s, &t, path);
            puts(bx_buf_str(&b));
        } else
            print_summary(&s, &t, path, &a);
    }
    bx_arena_release(&a);
    return status;
}

/* Equal input to the metric, in every geometry that both have. */
static bool alike(const struct bx_testset_diff *d)
{
    for (int g = 0; g < BX_NGEOMETRIES; g++)
        if (d->digest[g] && !d->same_digest[g])
            return false;
    return true;
}

static void print_only(struct bx_arena *a, const char *what, const size_t n[2], const char *const first[2])
{
    static const char *const which[2] = {"first", "second"};
    for (int k = 0; k < 2; k++)
        if (n[k])
            printf("  %zu %s only in the %s (first of them: %s)\n", n[k], bx_agree(a, n[k], what), which[k], bx_testset_shown(a, first[k]));
}

static void print_deviation(struct bx_arena *a, const char *what, const struct bx_deviation *v, double scale, const char *unit)
{
    if (!v->n)
        return;
    if (v->largest > 0)
        printf("  %s: at most %.6g%s apart, %.6g%s on average (most: %s)\n", what, v->largest * scale, unit, v->sum / (double)v->n * scale,
               unit, bx_testset_shown(a, v->where));
    else
        printf("  %s: equal\n", what);
}

static void print_diff(const struct bx_testset_diff *d, struct bx_arena *a)
{
    printf("  %zu image%s in both, %zu class%s in both, %zu of %zu and %zu annotations paired\n", d->images_both, bx_plural(d->images_both),
           d->classes_both, d->classes_both == 1 ? "" : "es", d->paired, d->annotations[0], d->annotations[1]);
    print_only(a, "{image|images}", d->images_only, d->image_only);
    print_only(a, "{class|classes}", d->classes_only, d->class_only);
    print_only(a, "{annotation|annotations}", d->unpaired, d->unpaired_at);
    if (d->renamed)
        printf("  %zu image%s another name\n", d->renamed, d->renamed == 1 ? " has" : "s have");
    if (d->resized)
        printf("  %zu image%s another size\n", d->resized, d->resized == 1 ? " has" : "s have");
    if (d->class_order)
        printf("  the classes are in another order\n");
    if (d->image_order)
        printf("  the images are in another order\n");
    if (d->reordered)
        printf("  %zu image%s annotations in another order\n", d->reordered, d->reordered == 1 ? " has its" : "s have their");
    if (d->flags)
        printf("  %zu annotation%s a crowd or ignored in one only (first of them: %s)\n", d->flags, d->flags == 1 ? " is" : "s are",
               bx_testset_shown(a, d->flags_at));
    print_deviation(a, "boxes", &d->box, 1, " pixels");
    print_deviation(a, "areas", &d->area, 100, "%");
    print_deviation(a, "masks", &d->mask, 1, " in 1 - IoU");
    for (int g = 0; g < BX_NGEOMETRIES; g++)
        if (d->digest[g])
            printf("  %s digest: %s\n", bx_geometry_name((enum bx_geometry)g), d->same_digest[g] ? "equal" : "different");
}

static void deviation_json(struct bx_jw *w, const char *name, const struct bx_deviation *v)
{
    bx_jw_line(w, 1);
    bx_jw_object(w, name);
    bx_jw_uint(w, "pairs", v->n);
    bx_jw_num(w, "largest", v->largest);
    bx_jw_num(w, "mean", v->n ? v->sum / (double)v->n : 0);
    bx_jw_str(w, "where", v->where);
    bx_jw_object_end(w);
}

static void diff_json(struct bx_jw *w, const struct bx_testset_diff *d)
{
    bx_jw_object(w, NULL);
    bx_jw_uint(w, "format", 1);
    bx_jw_bool(w, "equal", alike(d));
    bx_jw_line(w, 1);
    bx_jw_object(w, "images");
    bx_jw_uint(w, "both", d->images_both);
    bx_jw_uint(w, "only_first", d->images_only[0]);
    bx_jw_uint(w, "only_second", d->images_only[1]);
    bx_jw_uint(w, "renamed", d->renamed);
    bx_jw_uint(w, "resized", d->resized);
    bx_jw_bool(w, "other_order", d->image_order);
    bx_jw_object_end(w);
    bx_jw_line(w, 1);
    bx_jw_object(w, "classes");
    bx_jw_uint(w, "both", d->classes_both);
    bx_jw_uint(w, "only_first", d->classes_only[0]);
    bx_jw_uint(w, "only_second", d->classes_only[1]);
    bx_jw_bool(w, "other_order", d->class_order);
    bx_jw_object_end(w);
    bx_jw_line(w, 1);
    bx_jw_object(w, "annotations");
    bx_jw_uint(w, "first", d->annotations[0]);
    bx_jw_uint(w, "second", d->annotations[1]);
    bx_jw_uint(w, "paired", d->paired);
    bx_jw_uint(w, "only_first", d->unpaired[0]);
    bx_jw_uint(w, "only_second", d->unpaired[1]);
    bx_jw_uint(w, "other_flags", d->flags);
    bx_jw_uint(w, "reordered_images", d->reordered);
    bx_jw_object_end(w);
    deviation_json(w, "boxes", &d->box);
    deviation_json(w, "areas", &d->area);
    deviation_json(w, "masks", &d->mask);
    bx_jw_line(w, 1);
    bx_jw_object(w, "digests_equal");
    for (int g = 0; g < BX_NGEOMETRIES; g++)
        if (d->digest[g])
            bx_jw_bool(w, bx_geometry_name((enum bx_geometry)g), d->same_digest[g]);
    bx_jw_object_end(w);
    bx_jw_object_end(w);
}

static int diff(const struct bx_verb *v, const struct bx_testset_args *args, const char *first, const char *second)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_testset one, two;
    struct bx_testset_diff d;
    int status;
    if (!bx_testset_load(args, first, false, &one, &a, &e) || !bx_testset_load(args, second, false, &two, &a, &e) ||
        !bx_testset_compare(&one, &two, &d, &a, &e))
        status = bx_verb_fail(v, &e);
    else {
        if (args->json) {
            BX_CLEANUP_BUF struct bx_buf b = {0};
            struct bx_jw w = {.out = &b, .spaced = true};
            diff_json(&w, &d);
            puts(bx_buf_str(&b));
        } else {
            printf("%s\n%s\n", bx_testset_shown(&a, one.source), bx_testset_shown(&a, two.source));
            print_diff(&d, &a);
        }
        status = alike(&d) ? 0 : 1;
    }
    bx_arena_release(&a);
    return status;
}

/* Those with options of their own. */
static const struct bx_verb *const verbs[] = {&bx_verb_testset_fetch, &bx_verb_testset_manifest, &bx_verb_testset_contamination,
                                              &bx_verb_testset_draw};

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct bx_testset_args args = {.voc_offset = -1};
    int operands = 0;
    for (size_t i = 0; argc > 1 && i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(argv[1], strrchr(verbs[i]->name, ' ') + 1))
            return verbs[i]->run(verbs[i], argc - 1, argv + 1);
    int status = bx_options(v, argc, argv, &args, &operands);
    if (status >= 0)
        return status;
    if (operands == 2 && !strcmp(argv[1], "show"))
        return show(v, &args, argv[2]);
    if (operands == 2 && !strcmp(argv[1], "lint"))
        return bx_testset_lint_run(v, &args, argv[2]);
    if (operands == 3 && !strcmp(argv[1], "diff"))
        return diff(v, &args, argv[2], argv[3]);
    return bx_verb_usage(v, "expected 'show PATH', 'lint PATH', 'diff PATH PATH', or one of fetch, manifest, contamination and draw");
}

const struct bx_verb bx_verb_testset = {
    "testset",
    "show PATH | lint PATH | diff PATH PATH | fetch SOURCE | manifest PATH | contamination PATH | draw N PATH [OPTION…]",
    "look at a test set, find its faults, compare two, or fetch one",
    options,
    "PATH is a COCO .json file, a data.yaml, Open Images' .csv, or a folder: of one of these, of YOLO labels with a\n"
    "classes.txt, of Pascal VOC or roLabelImg .xml files, of the labels of DOTA or VisDrone.\n"
    "'show' prints counts, classes, how large objects and images are, digests and remarks. 'diff' pairs images by their bytes, classes by "
    "name and\n"
    "annotations by nearest box, says what differs and by how much, and exits with 1 when the metric's input differs.\n"
    "'lint' lists what is wrong or odd, with file and line, how grave it is, and what was done (kept, left out, ...), and exits with 1 "
    "where\n"
    "there are errors: missing and broken images, boxes outside their image or without area, repeated annotations and images, unused and\n"
    "rare classes, mixed kinds of labels, orientations that cannot be trusted.\n"
    "'fetch' gets a test set, 'manifest' writes hashes of images to publish in their place, 'contamination' looks for a test set's images\n"
    "among those that a model was trained on, 'draw' draws labels on images; they have options of their own: 'boxscore testset "
    "contamination --help'.\n"
    "\n"
    "  boxscore testset show data/instances_val.json --images data/val\n"
    "  boxscore testset lint data/data.yaml --strict\n"
    "  boxscore testset diff data/instances_val.json data/data.yaml --split val\n",
    run,
};
