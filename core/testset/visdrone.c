/*
 * visdrone.c: VisDrone-DET: "x,y,w,h,score,category,truncation,occlusion" in pixels. The ten classes are the data set's own, in the order
 * of its categories. An object of score 0 is not to be judged: ignored. Category 0 are regions where nobody was counted, whatever the
 * class: each class has the region as a crowd, marked so that what lies mostly in it is neither right nor wrong (core/metric/regions.h).
 * Category 11, "others", is none of the classes and is left out, as in VisDrone's own evaluation.
 */
#include "core/base/banned.h"
#include "core/base/json_reader.h"
#include "core/testset/texts.h"
#include <strings.h>

static const char *const names[] = {"pedestrian", "people",   "bicycle",         "car", "van",
                                    "truck",      "tricycle", "awning-tricycle", "bus", "motor"};
enum { NCLASSES = sizeof names / sizeof *names, REGION = 0, OTHERS = NCLASSES + 1, SCORE = 4, CATEGORY, LEAST_WORDS, WORDS = 8 };

struct counts {
    struct bx_tally regions, others, unjudged;
};

static bool is_folder(const char *name)
{
    return !strcasecmp(name, "annotations");
}

static int looks(char *line)
{
    char *words[WORDS];
    double v;
    size_t n = bx_texts_words(line, ",", words, WORDS);
    if (n != WORDS)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const char *end = words[i] + strlen(words[i]), *after = words[i];
        if (!bx_number_parse(words[i], end, &v, &after) || after != end)
            return -1;
    }
    return 1;
}

static void read_line(struct bx_texts *x, char *line)
{
    struct counts *s = x->context;
    struct bx_annotation ann = {0};
    char *words[WORDS];
    double v[LEAST_WORDS];
    size_t n = bx_texts_words(line, ", \t", words, WORDS);
    if (n < LEAST_WORDS || n > WORDS) {
        bx_texts_fault(x, "found %zu words, expected x,y,w,h,score,category,truncation,occlusion", n);
        return;
    }
    for (size_t i = 0; i < LEAST_WORDS; i++)
        if (!bx_texts_number(x, words[i], i < SCORE ? "a coordinate" : i == SCORE ? "the score" : "the category", &v[i]))
            return;
    int category = v[CATEGORY] >= 0 && v[CATEGORY] <= OTHERS ? (int)v[CATEGORY] : -1;
    if (category < 0 || category != v[CATEGORY]) {
        bx_texts_fault(x, "found the category %g, expected one from 0 to %d", v[CATEGORY], OTHERS);
        return;
    }
    if (v[2] < 0 || v[3] < 0) {
        bx_texts_fault(x, "found the sides %g and %g, expected none below 0", v[2], v[3]);
        return;
    }
    if (category == OTHERS) {
        bx_tally_at(&s->others, x->a, x->file, x->line);
        return;
    }
    memcpy(ann.box, v, sizeof ann.box);
    ann.area = v[2] * v[3];
    if (category == REGION) {
        bx_tally_at(&s->regions, x->a, x->file, x->line);
        ann.flags = BX_ANN_CROWD | BX_ANN_REGION;
        for (ann.class_index = 0; ann.class_index < NCLASSES; ann.class_index++)
            bx_texts_add(x, &ann);
        return;
    }
    if (v[SCORE] == 0) {
        bx_tally_at(&s->unjudged, x->a, x->file, x->line);
        ann.flags = BX_ANN_IGNORE;
    }
    ann.class_index = (uint32_t)category - 1;
    bx_texts_add(x, &ann);
}

static const struct bx_texts_kind visdrone = {"VisDrone", is_folder, looks, read_line};

enum bx_sure bx_testset_find_visdrone(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    return bx_texts_find(&visdrone, path, o, BX_SURE_VISDRONE, BX_SURE_VISDRONE_PLAIN, a);
}

bool bx_testset_read_visdrone(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a,
                              struct bx_err *e)
{
    struct counts s = {0};
    struct bx_texts x = {.t = t, .a = a, .o = o, .c = {.a = a}, .context = &s};
    bool ok = bx_texts_read(&visdrone, path, &x, e);
    if (ok) {
        t->nclasses = NCLASSES;
        t->class_name = bx_memdup(a, names, sizeof names);
        t->class_id = BX_NEW(a, int64_t, NCLASSES);
        for (size_t i = 0; i < NCLASSES; i++)
            t->class_id[i] = (int64_t)i + 1;
        bx_columns_end(&x.c, t);
        bx_testset_told(t, a, BX_SEVERITY_NOTE, &s.regions, "{region is|regions are} to be ignored",
                        "what lies mostly in {it|them} is neither right nor wrong");
        bx_testset_told(t, a, BX_SEVERITY_NOTE, &s.unjudged, "{object has|objects have} the score 0", "ignored");
        bx_testset_told(t, a, BX_SEVERITY_NOTE, &s.others, "{object is|objects are} of the category 'others'", "left out");
    }
    bx_texts_end(&x);
    return ok;
}
