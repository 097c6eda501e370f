/* eval.c: score one prediction file against one annotation file; no database, no settings. */
#include "cmd/eval/eval.h"
#include "cmd/verb.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/base/log.h"
#include "core/base/names.h"
#include "core/data/formats.h"
#include "core/data/synonyms.h"
#include "core/dump/dump.h"
#include "core/metric/base.h"
#include "core/testset/read.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct args {
    struct bx_eval_files files;
    const char *task, *protocol, *iou, *max_dets, *sizes, *relative_sizes, *classes, *ignore, *regions, *plots, *category_base, *categories;
    bool reference, json, csv, per_class, all;
    double operating;
    int64_t threads, voc_offset;
};
static const struct bx_option options[] = {
    {"ground-truth", 'g', BX_OPT_STR, "FILE", "COCO annotations (or a test set of another format)",
     offsetof(struct args, files.ground_truth)},
    {"predictions", 'p', BX_OPT_STR, "FILE", "COCO results, or what another program left: predictions.json, a folder of labels, ...",
     offsetof(struct args, files.predictions)},
    {"task", 't', BX_OPT_STR, "WHAT", "what is scored: box (default), mask or obb", offsetof(struct args, task)},
    {"protocol", 0, BX_OPT_STR, "NAME", "the rule book: coco (default), lvis or ultralytics", offsetof(struct args, protocol)},
    {"reference", 0, BX_OPT_FLAG, NULL, "the reference libraries' numbers, with their defects", offsetof(struct args, reference)},
    {"json", 0, BX_OPT_FLAG, NULL, "every number, as JSON", offsetof(struct args, json)},
    {"csv", 0, BX_OPT_FLAG, NULL, "metric, class, value: one line each", offsetof(struct args, csv)},
    {"per-class", 0, BX_OPT_FLAG, NULL, "a line for each class", offsetof(struct args, per_class)},
    {"all", 0, BX_OPT_FLAG, NULL, "also supervision's numbers, error types, calibration, confusions and the worst images",
     offsetof(struct args, all)},
    {"plots", 0, BX_OPT_STR, "DIR", "draw precision-recall and confidence curves there, as SVG and PNG", offsetof(struct args, plots)},
    {"iou", 0, BX_OPT_STR, "LIST", "IoU thresholds, as 0.5,0.75 or 0.5:0.95:0.05", offsetof(struct args, iou)},
    {"max-dets", 0, BX_OPT_STR, "LIST", "detections an image and class, ascending (default 1,10,100); AP is at the last",
     offsetof(struct args, max_dets)},
    {"sizes", 0, BX_OPT_STR, "LIST", "sizes by area in square pixels, as tiny:0-16^2,rest:16^2- (default COCO's small, medium, large)",
     offsetof(struct args, sizes)},
    {"relative-sizes", 0, BX_OPT_STR, "LIST", "sizes by the share of the image's area, as tiny:0-0.001,rest:0.001-",
     offsetof(struct args, relative_sizes)},
    {"classes", 0, BX_OPT_STR, "LIST", "score these classes alone, as cat,dog; a comma in a name is \\,", offsetof(struct args, classes)},
    {"ignore-classes", 0, BX_OPT_STR, "LIST", "leave these out; what hits their objects counts neither way", offsetof(struct args, ignore)},
    {"ignore-regions", 0, BX_OPT_STR, "LIST",
     "objects of these are places where nobody labelled: what lies mostly there counts neither way", offsetof(struct args, regions)},
    {"images-list", 0, BX_OPT_STR, "FILE", "score these images alone: their file names, one a line",
     offsetof(struct args, files.images_list)},
    {"tags", 0, BX_OPT_STR, "FILE", "also the numbers of each tag's images alone: a CSV of file and tags; -: the annotations' own tags",
     offsetof(struct args, files.tags)},
    {"format", 0, BX_OPT_STR, "FORMAT", "the ground truth's: one of " BX_FORMAT_NAMES " (default: auto)",
     offsetof(struct args, files.format)},
    {"split", 0, BX_OPT_STR, "SPLIT", "test (default; where there is none, val), val or train, of a data.yaml, a devkit or a folder",
     offsetof(struct args, files.split)},
    {"i-know", 0, BX_OPT_FLAG, NULL, "score the training split all the same", offsetof(struct args, files.i_know)},
    {"images", 0, BX_OPT_STR, "FOLDER", "where the images are, when not beside the annotations", offsetof(struct args, files.image_folder)},
    {"digest", 0, BX_OPT_FLAG, NULL, "say the test set's digest, as a board and 'testset show' have it: every image is read",
     offsetof(struct args, files.digest)},
    {"category-base", 0, BX_OPT_STR, "WHAT", "what the category ids count from: 0, 1, coco91, or test-set (its own ids)",
     offsetof(struct args, category_base)},
    {"categories", 0, BX_OPT_STR, "LIST", "a name for each category id, as 1=cat,2=dog; a comma in a name is \\,",
     offsetof(struct args, categories)},
    {"voc-offset", 0, BX_OPT_INT, "0|1", "what VOC coordinates count from (default 1: the devkit's)", offsetof(struct args, voc_offset)},
    {"confidence", 'c', BX_OPT_NUM, "X", "the operating confidence to take F1 at", offsetof(struct args, operating)},
    {"threads", 'j', BX_OPT_INT, "N", "threads (default: one a processor); numbers do not depend on it", offsetof(struct args, threads)},
    {0}};

struct numbered {
    int64_t id;
    uint32_t index;
};
static int ascending(const void *pa, const void *pb)
{
    const struct numbered *a = pa, *b = pb;
    return a->id != b->id ? (a->id < b->id ? -1 : 1) : a->index < b->index ? -1 : a->index > b->index;
}

/* By name, where the file has names; classes that the test set does not have follow its own. */
static void match_names(struct bx_eval *v)
{
    const struct bx_detections *d = &v->detections;
    const struct bx_testset *t = &v->testset;
    struct bx_name_table of_classes = {0};
    struct bx_name_list others = {0};
    bx_name_table_fill(&of_classes, t->class_name, t->nclasses);
    for (size_t i = 0; i < d->nnames; i++) {
        size_t length = strlen(d->names[i]), k = bx_name_find(&of_classes, t->class_name, d->names[i], length);
        if (k == SIZE_MAX)
            k = t->nclasses + bx_name_list_add(&others, d->names[i], length, &v->arena);
        v->class_of[i] = (uint32_t)k;
    }
    v->nclasses = t->nclasses + others.n;
    bx_name_table_free(&of_classes);
    bx_name_list_free(&others);
}

/* Classes are the test set's, then those that only detections have: supervision and TIDE count these. */
static void name_classes(struct bx_eval *v)
{
    const struct bx_detections *d = &v->detections;
    const struct bx_testset *t = &v->testset;
    const int64_t *category = v->said.category;
    v->class_of = BX_NEW(&v->arena, uint32_t, d->nnames);
    v->nclasses = d->nnames;
    for (size_t i = 0; i < d->nnames; i++)
        v->class_of[i] = (uint32_t)i;
    if (!category)
        match_names(v);
    struct numbered *list = bx_xrealloc(NULL, v->nclasses + 1, sizeof *list);
    int64_t next = 0;
    v->class_id = BX_NEW(&v->arena, int64_t, v->nclasses);
    v->by_id = BX_NEW(&v->arena, uint32_t, v->nclasses);
    for (size_t i = 0; i < v->nclasses; i++) {
        v->class_id[i] = i < t->nclasses ? t->class_id[i] : category ? category[i] : next;
        next = v->class_id[i] >= next ? v->class_id[i] + 1 : next;
        list[i] = (struct numbered){v->class_id[i], (uint32_t)i};
    }
    qsort(list, v->nclasses, sizeof *list, ascending);
    for (size_t i = 0; i < v->nclasses; i++)
        v->by_id[i] = list[i].index;
    free(list);
}

/* By the rules: what they leave of a test set, and of the detections when those are wanted. */
static bool narrow(struct bx_eval *v, const struct bx_detections *all, const uint32_t *class_of, struct bx_testset *t, bool detections,
                   struct bx_err *e)
{
    struct bx_scope scope;
    if (!bx_scope_make(&v->rules, t, all, class_of, v->geometry, v->reference, &scope, &v->arena, e))
        return false;
    if (scope.testset != t)
        *t = *scope.testset;
    if (!detections)
        return true;
    v->image_place = scope.image;
    v->detections = *scope.detections;
    v->class_of = (uint32_t *)(uintptr_t)scope.class_of;
    v->scored = scope.scored;
    return true;
}

/* Whoever said what the ids are is believed. */
static bool ids_as_meant(struct bx_eval *v, const struct bx_metric_input *in, struct bx_err *e)
{
    struct bx_base_guess guess;
    if (v->reference || v->lvis || v->base_told || !v->said.category || !bx_base_guess(in, v->said.category, &guess))
        return true;
    return bx_base_fail(&guess, bx_printf(&v->arena, "--category-base %s", bx_base_names[guess.base]), "--categories '1=…,2=…'", e);
}

/* A file is mapped; those of a folder are small, and read. */
static bool read_predictions(struct bx_eval *v, const char *path, struct bx_results_options *o, struct bx_err *e)
{
    struct bx_dump dump = {.name = path, .folder = bx_path_is_dir(path), .nfiles = 1};
    char **names;
    size_t n = 0;
    if (!dump.folder) {
        if (!bx_map_open(&v->predictions, path, e))
            return false;
        dump.files = &(struct bx_dump_file){path, v->predictions.data, v->predictions.n};
        return bx_dump_read(&dump, &v->testset, o, &v->detections, &v->arena, e);
    }
    if (!bx_dump_list(path, &v->arena, &names, &n, e) || !(dump.nfiles = bx_dump_pick(names, n, v->geometry, path, e)))
        return false;
    struct bx_dump_file *files = BX_NEW(&v->arena, struct bx_dump_file, dump.nfiles);
    o->mapped = false;
    for (size_t i = 0; i < dump.nfiles; i++) {
        struct bx_buf text = {0};
        if (!bx_file_read(bx_path_join(&v->arena, path, names[i]), SIZE_MAX / 2, &text, e))
            return false;
        files[i] = (struct bx_dump_file){names[i], bx_memdup(&v->arena, bx_buf_str(&text), text.n), text.n};
        bx_buf_free(&text);
    }
    dump.files = files;
    return bx_dump_read(&dump, &v->testset, o, &v->detections, &v->arena, e);
}

bool bx_eval_load(const struct bx_eval_files *f, struct bx_eval *v, struct bx_err *e)
{
    struct bx_testset_options to = {.task = v->geometry == BX_GEOM_OBB    ? BX_OBB
                                            : v->geometry == BX_GEOM_MASK ? BX_SEGMENT
                                                                          : BX_DETECT,
                                    .reference = v->reference,
                                    .bare = v->ultralytics,
                                    .lvis = v->lvis};
    to.boxes_only = v->geometry != BX_GEOM_MASK;
    to.threads = v->threads;
    to.format = f->format;
    to.split = f->split;
    to.test_only = !f->i_know;
    to.images = f->image_folder;
    to.voc_from_zero = v->voc_from_zero;
    to.look_if_there =
        !v->reference; /* coordinates are those of the image as displayed, as a board has them; the references look at none */
    to.need_images = f->digest;
    if (!bx_testset_read(f->ground_truth, &to, &v->testset, &v->arena, e) ||
        (f->digest && !bx_testset_digest(&v->testset, v->geometry, v->digest, e)))
        return false;
    struct bx_results_options ro = {
        .reference = v->reference, .strays = v->ultralytics, .lvis = v->lvis, .mapped = true, .lazy_masks = true, .geometry = v->geometry};
    ro.threads = v->threads;
    ro.said = &v->said;
    ro.places = true;
    ro.categories = v->categories ? v->categories : bx_base_categories(v->base, &v->testset, &ro.ncategories, &v->arena);
    ro.ncategories = v->categories ? v->ncategories : ro.ncategories;
    if (f->images_list && !bx_rules_read_images(f->images_list, &v->testset, &v->rules, &v->arena, e))
        return false;
    if (f->tags && !bx_eval_read_tags(f, v, e))
        return false;
    if (!read_predictions(v, f->predictions, &ro, e))
        return false;
    name_classes(v);
    v->whole_images = v->testset.nimages;
    const bool repeated = v->testset.repeated, unknown = v->testset.unknown;
    const struct bx_detections all = v->detections;
    const uint32_t *class_of = v->class_of;
    if (!narrow(v, &all, class_of, &v->testset, true, e))
        return false;
    v->plain_testset = v->testset;
    if (v->reference && repeated && !v->lvis) {
        to.keep_repeated = true;
        if (!bx_testset_read(f->ground_truth, &to, &v->plain_testset, &v->arena, e) ||
            !narrow(v, &all, class_of, &v->plain_testset, false, e))
            return false;
    }
    struct bx_metric_input in = {.testset = &v->testset,
                                 .detections = &v->detections,
                                 .class_of = v->class_of,
                                 .nclasses = v->nclasses,
                                 .geometry = v->geometry,
                                 .reference = v->reference,
                                 .lvis = v->lvis};
    if (!ids_as_meant(v, &in, e) || !bx_scene_make(&in, &v->scene, &v->arena, e))
        return false;
    v->plain = v->scene;
    in.testset = &v->plain_testset;
    if ((v->plain_testset.nanns != v->testset.nanns || repeated) && !bx_scene_make(&in, &v->plain, &v->arena, e))
        return false;
    v->agnostic = v->scene;
    if (!v->reference || v->lvis || !unknown)
        return true;
    to.keep_repeated = false;
    to.any_category = true;
    in.testset = &v->agnostic_testset;
    return bx_testset_read(f->ground_truth, &to, &v->agnostic_testset, &v->arena, e) &&
           narrow(v, &all, class_of, &v->agnostic_testset, false, e) && bx_scene_make(&in, &v->agnostic, &v->arena, e);
}

/* "cat,dog"; a comma in a name is written \\, */
static bool parse_names(const char *text, const char ***names, size_t *n, struct bx_arena *a)
{
    *names = BX_NEW(a, const char *, strlen(text) + 1);
    for (const char *p = text;; p++) {
        char *name = BX_NEW(a, char, strlen(p) + 1), *out = name;
        for (; *p && *p != ','; p++)
            *out++ = *p == '\\' && p[1] ? *++p : *p;
        if (!*name)
            return false;
        (*names)[(*n)++] = name;
        if (!*p)
            return true;
    }
}

/* "1=cat,2=dog" */
static bool parse_categories(const char *text, struct bx_eval *v)
{
    const char **list;
    size_t n = 0;
    if (!parse_names(text, &list, &n, &v->arena))
        return false;
    v->categories = BX_NEW(&v->arena, struct bx_classmap_pair, n);
    for (; v->ncategories < n; v->ncategories++) {
        const char *pair = list[v->ncategories];
        size_t digits = strspn(pair, "0123456789");
        if (!digits || digits > 18 || pair[digits] != '=' || !pair[digits + 1])
            return false;
        v->categories[v->ncategories] = (struct bx_classmap_pair){bx_strndup(&v->arena, pair, digits), pair + digits + 1};
    }
    return true;
}

static bool parse_limits(const char *text, struct bx_eval *v)
{
    uint32_t *limits = BX_NEW(&v->arena, uint32_t, strlen(text) + 1);
    size_t n = 0;
    for (const char *p = text;; p++) {
        char *end;
        unsigned long x = strtoul(p, &end, 10);
        if (end == p || *p < '0' || *p > '9' || x < 1 || x >= UINT32_MAX || (n && x <= limits[n - 1]))
            return false;
        if (n == BX_MOST_LIMITS)
            return false;
        limits[n++] = (uint32_t)x;
        p = end;
        if (!*p)
            break;
        if (*p != ',')
            return false;
    }
    v->options.max_dets = limits;
    v->options.nmax_dets = n;
    v->rules.max_detections = limits[n - 1];
    return true;
}

/* A line each. */
static void say_lines(struct bx_buf *lines)
{
    for (char *line = lines->p, *end; lines->n && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        bx_info("note: %s", line);
    }
    bx_buf_free(lines);
}

/* The classes that only detections have, most detections first, with what may have been meant. */
static void name_fallen(const struct bx_eval *v, struct bx_buf *out)
{
    enum { NAMED = 5 };
    const struct bx_detections *d = &v->detections;
    struct bx_arena a = {0};
    size_t *count = BX_NEW(&a, size_t, d->nnames);
    for (size_t i = 0; i < d->n; i++)
        count[d->name[i]] += v->class_of[d->name[i]] >= v->testset.nclasses;
    for (size_t told = 0; told <= NAMED; told++) {
        size_t most = 0;
        for (size_t i = 1; i < d->nnames; i++)
            most = count[i] > count[most] ? i : most;
        if (!d->nnames || !count[most])
            break;
        const char *near = bx_class_near(d->names[most], v->testset.class_name, v->testset.nclasses);
        if (told == NAMED)
            bx_buf_adds(out, ", …");
        else
            bx_buf_addf(out, "%s'%s' %zu%s%s%s", told ? ", " : ": ", d->names[most], count[most], near ? " (is '" : "", near ? near : "",
                        near ? "' meant?)" : "");
        count[most] = 0;
    }
    bx_arena_release(&a);
}

void bx_eval_notes(const struct bx_eval *v)
{
    struct bx_buf lines = {0};
    if (!v->reference)
        bx_results_words(&v->said, &v->testset, &v->detections, &lines);
    say_lines(&lines);
    if (v->said.joined[BX_JOIN_PLACE])
        bx_warn(
            "the test set's images have no ids, and its image_id are at most %zu: they are taken for places in the order of file names, so "
            "that 1 is '%s' and %zu '%s'. A board refuses such a file: with file_name in each detection nothing has to be guessed",
            v->testset.nimages, v->testset.image_file[0], v->testset.nimages, v->testset.image_file[v->testset.nimages - 1]);
    if (*v->digest)
        bx_info("note: the test set is %s", v->digest);
    for (size_t i = 0; i < v->testset.nnotes; i++)
        bx_info("note: %s", v->testset.notes[i].text);
    if (v->scene.unplain)
        bx_info(v->reference ? "note: %zu mask%s runs of length zero or no pixels for all of the image; pycocotools' IoU may stop there"
                             : "note: %zu mask%s runs of length zero; the pixels are compared here, pycocotools' IoU may stop at such runs",
                v->scene.unplain, v->scene.unplain == 1 ? " has" : "s have");
    size_t with_box = v->scene.nd;
    for (size_t i = 0; v->detections.box_given && i < v->scene.nd; i++)
        with_box -= !v->detections.box_given[i];
    if (v->geometry == BX_GEOM_MASK && with_box && !v->reference)
        bx_info("note: %zu of %zu masks %s with a box beside; pixels size a mask here, pycocotools would go by the box", with_box,
                v->scene.nd, with_box == 1 ? "comes" : "come");
    if (v->geometry == BX_GEOM_BOX && with_box < v->scene.nd && !v->reference)
        bx_info("note: %zu of %zu detections %s without a box; that of the mask is taken and sizes it, pycocotools would go by the mask's "
                "pixels",
                v->scene.nd - with_box, v->scene.nd, v->scene.nd - with_box == 1 ? "comes" : "come");
    size_t left_out = 0;
    for (size_t i = 0; !v->scored && i < v->scene.nd; i++)
        left_out += v->scene.det_class[i] >= v->testset.nclasses;
    if (left_out) {
        BX_CLEANUP_BUF struct bx_buf names = {0};
        name_fallen(v, &names);
        bx_info("note: %zu detection%s of a category that the ground truth does not have%s; AP and AR leave that out, supervision's and "
                "TIDE's numbers count it",
                left_out, left_out == 1 ? " is" : "s are", bx_buf_str(&names));
    }
}

/* What is counted, and how. */
static int understand_rules(const struct bx_verb *verb, const struct args *args, struct bx_eval *v)
{
    struct bx_rules *r = &v->rules;
    struct bx_err e = {0};
    const char *sizes = args->sizes ? args->sizes : args->relative_sizes;
    if (v->ultralytics && (sizes || args->ignore || args->iou || args->max_dets))
        return bx_verb_usage(verb, "--%s: found --protocol ultralytics, which has rules of its own",
                             args->sizes    ? "sizes"
                             : sizes        ? "relative-sizes"
                             : args->ignore ? "ignore-classes"
                             : args->iou    ? "iou"
                                            : "max-dets");
    if (v->lvis && (sizes || args->classes || args->ignore || args->regions || args->files.images_list))
        return bx_verb_usage(verb, "--%s: found --protocol lvis, which has sizes and classes of its own",
                             args->sizes     ? "sizes"
                             : sizes         ? "relative-sizes"
                             : args->classes ? "classes"
                             : args->ignore  ? "ignore-classes"
                             : args->regions ? "ignore-regions"
                                             : "images-list");
    if (args->sizes && args->relative_sizes)
        return bx_verb_usage(verb, "found --sizes and --relative-sizes, expected one of them");
    if (args->iou && !bx_rules_parse_ious(args->iou, r, &e))
        return bx_verb_usage(verb, "--iou: %s", e.text);
    if (args->max_dets && !parse_limits(args->max_dets, v))
        return bx_verb_usage(verb, "--max-dets: found '%s', expected up to 254 ascending whole numbers from 1, as 1,10,100",
                             args->max_dets);
    if (sizes && !bx_rules_parse_sizes(sizes, args->relative_sizes != NULL, r, &e))
        return bx_verb_usage(verb, "--%s: %s", args->sizes ? "sizes" : "relative-sizes", e.text);
    if (args->classes && !parse_names(args->classes, &r->classes, &r->nclasses, &v->arena))
        return bx_verb_usage(verb, "--classes: found '%s', expected names, as cat,dog", args->classes);
    if (args->ignore && !parse_names(args->ignore, &r->ignore, &r->nignore, &v->arena))
        return bx_verb_usage(verb, "--ignore-classes: found '%s', expected names, as cat,dog", args->ignore);
    if (args->regions && !parse_names(args->regions, &r->regions, &r->nregions, &v->arena))
        return bx_verb_usage(verb, "--ignore-regions: found '%s', expected names, as haze,crowd", args->regions);
    if (!bx_rules_check(r, &e))
        return bx_verb_usage(verb, "%s", e.text);
    uint32_t limits[3];
    struct bx_coco_options o = {0};
    bx_coco_rules(r, &o, limits);
    v->options.iou = o.iou;
    v->options.niou = o.niou;
    v->options.sizes = o.sizes;
    v->options.nsizes = o.nsizes;
    v->options.relative = o.relative;
    v->options.matches = bx_coco_keeps(&v->options, 0.5);
    return -1;
}

/* The options that are more than a value of their own. */
static int understand(const struct bx_verb *verb, const struct args *args, struct bx_eval *v)
{
    if (!args->files.ground_truth || !args->files.predictions)
        return bx_verb_usage(verb, "--%s is missing", args->files.ground_truth ? "predictions" : "ground-truth");
    if (args->voc_offset < -1 || args->voc_offset > 1)
        return bx_verb_usage(verb, "--voc-offset: found %lld, expected 0 or 1", (long long)args->voc_offset);
    if (args->threads < 0 || args->threads > INT32_MAX)
        return bx_verb_usage(verb, "--threads: found %lld, expected a number from 0 (one a processor)", (long long)args->threads);
    if (!bx_geometry_parse(args->task, &v->geometry))
        return bx_verb_usage(verb, "--task: found '%s', expected box, mask or obb", args->task);
    v->lvis = !strcmp(args->protocol, "lvis");
    v->ultralytics = !strcmp(args->protocol, "ultralytics");
    if (!v->lvis && !v->ultralytics && strcmp(args->protocol, "coco") != 0)
        return bx_verb_usage(verb, "--protocol: found '%s', expected coco, lvis or ultralytics", args->protocol);
    if (args->categories && (args->category_base || !parse_categories(args->categories, v)))
        return bx_verb_usage(verb, "--categories: found '%s'%s, expected a name for each id, as 1=cat,2=dog", args->categories,
                             args->category_base ? " and --category-base" : "");
    if (args->category_base && !bx_base_parse(args->category_base, &v->base))
        return bx_verb_usage(verb, "--category-base: found '%s', expected 0, 1, coco91 or test-set", args->category_base);
    v->base_told = args->category_base;
    v->voc_from_zero = args->voc_offset == 0;
    v->reference = args->reference;
    v->per_class = args->per_class;
    v->all = args->all;
    v->plots = args->plots != NULL;
    v->print = args->json ? BX_EVAL_JSON : args->csv ? BX_EVAL_CSV : BX_EVAL_TABLE;
    if (args->files.tags && (v->lvis || v->ultralytics || v->reference))
        return bx_verb_usage(verb, "--tags: found %s, which has no slices",
                             v->reference ? "--reference"
                             : v->lvis    ? "--protocol lvis"
                                          : "--protocol ultralytics");
    if (args->json && args->csv)
        return bx_verb_usage(verb, "found --json and --csv, expected one of them");
    if (args->files.digest && v->reference)
        return bx_verb_usage(verb, "--digest: found --reference, which looks at no images");
    if (args->all && v->lvis)
        return bx_verb_usage(verb, "--all: found --protocol lvis, which defines average precision and recall alone");
    if (v->ultralytics && (args->all || args->plots || !isnan(args->operating)))
        return bx_verb_usage(verb, "--%s: found --protocol ultralytics, which has numbers of its own",
                             args->all     ? "all"
                             : args->plots ? "plots"
                                           : "confidence");
    v->operating = args->operating;
    v->threads = (int)args->threads;
    v->options = (struct bx_coco_options){.lvis = v->lvis, .arrays = args->json, .matches = true, .threads = v->threads};
    int status = understand_rules(verb, args, v);
    v->options.spend =
        v->options.matches && !args->json && !args->csv && !args->all && !args->files.tags; /* nobody else asks, and that once */
    return status;
}

static void evaluate(struct bx_eval *v)
{
    bx_coco_eval(&v->scene, &v->options, &v->coco, &v->arena);
    v->half = v->lvis ? &v->coco : bx_coco_half(&v->scene, &v->options, &v->coco, BX_NEW(&v->arena, struct bx_coco, 1), &v->arena);
}

static int score(const struct bx_verb *verb, const struct args *args, struct bx_eval *v)
{
    struct bx_err e = {0};
    int status = understand(verb, args, v);
    if (status >= 0)
        return status;
    if (!bx_eval_load(&args->files, v, &e))
        return bx_verb_fail(verb, &e);
    v->protocol = bx_rules_protocol_of(v->ultralytics ? BX_PROTOCOL_ULTRALYTICS
                                       : v->lvis      ? BX_PROTOCOL_LVIS
                                       : v->reference ? BX_PROTOCOL_COCO_REFERENCE
                                                      : BX_PROTOCOL_COCO,
                                       &v->rules, &v->arena);
    bx_eval_notes(v);
    struct bx_buf out = {0};
    if (v->ultralytics) {
        bool ok = bx_eval_ultralytics(v, &out, &e);
        fwrite(out.p, 1, out.n, stdout);
        bx_buf_free(&out);
        return ok ? 0 : bx_verb_fail(verb, &e);
    }
    bx_eval_slices(v);
    evaluate(v);
    bx_eval_compute(v);
    if (args->plots && !bx_eval_plots(v, args->plots, &e))
        return bx_verb_fail(verb, &e);
    if (args->json)
        bx_eval_json(v, &out);
    else if (args->csv)
        bx_eval_csv(v, &out);
    else
        bx_eval_table(v, &out);
    fwrite(out.p, 1, out.n, stdout);
    bx_buf_free(&out);
    return 0;
}

/* The files are mapped: one that somebody cuts short meanwhile has no bytes where the map has pages. */
static void cut_short(int signal)
{
    static const char text[] = "boxscore eval: a file became shorter while it was read\n";
    (void)signal;
    ssize_t said = write(STDERR_FILENO, text, sizeof text - 1);
    (void)said;
    _exit(4);
}

static int run(const struct bx_verb *verb, int argc, char **argv)
{
    sigaction(SIGBUS, &(struct sigaction){.sa_handler = cut_short}, NULL);
    struct args args = {.task = "box", .protocol = "coco", .operating = NAN, .voc_offset = -1};
    struct bx_eval v = {0};
    int status = bx_options(verb, argc, argv, &args, NULL);
    if (status >= 0)
        return status;
    status = score(verb, &args, &v);
    bx_map_close(&v.predictions);
    bx_arena_release(&v.arena);
    return status;
}

static const char details[] =
    "Prints COCO's average precision and recall, and the best F1. With --json also supervision's F1, precision, recall and\n"
    "average recall, its confusion matrix, TIDE's error types, calibration, curves, the counts of each image, and the SHA-256\n"
    "of pycocotools' arrays (null above 2^28 values, which by COCO's rules are those of 22,000 classes). Without --reference a\n"
    "ground truth with id 0 counts, and repeated ids are annotations of their own; a note says where the reference libraries\n"
    "would differ.\n"
    "Memory: about 60 bytes a detection (80 where an image's do not come best first, 110 where the file is not in the order of the\n"
    "images), 40 more for its mask, and 150 more with --json or --all; 200 bytes an annotation, 500 with a mask.\n"
    "The files themselves are mapped, not loaded. Where the images lie beside the annotations, or in --images, an EXIF orientation is\n"
    "applied as on a board; --reference looks at none.\n\n"
    "  boxscore eval -g instances_val2017.json -p detections.json --per-class\n\n"
    "Rules of one's own are part of the protocol's name, which then stands above the table, in the JSON and in the CSV's first line.\n"
    "Of --max-dets the last limit alone is part of it: AP is at that one, and the others only add AR.\n"
    "Sizes are areas, both ends inclusive; 16^2 is 16 pixels square, and a size without an upper end has none. F1 and the curves are\n"
    "at IoU 0.5 whatever the grid; supervision's numbers know classes and images alone, and are left out under other rules.\n\n"
    "  boxscore eval -g gt.json -p dt.json --max-dets 1,10,500 --iou 0.5:0.75:0.05 --sizes tiny:0-16^2,small:16^2-32^2,rest:32^2-\n";
const struct bx_verb bx_verb_eval = {"eval", "-g FILE -p FILE [--task box|mask|obb] [--json]", "score a prediction file", options, details,
                                     run};
