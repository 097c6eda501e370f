/* lint.c: what of a finished test set is odd, whatever format it was read from. Readers have told before what they came upon themselves. */
#include "core/testset/lint.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/testset/columns.h"
#include <math.h>

enum { RARE = 10 }; /* images: fewer say little of a class */

struct lint {
    struct bx_testset *t;
    struct bx_arena *a;
    struct bx_tally beyond, away, flat, specks, repeated, contested, maskless, uncornered, unclear, empty, unused, rare;
};

/* Annotation k of image i as its place: the line where it stands, or its id. */
static void at(struct lint *l, struct bx_tally *y, size_t i, size_t k)
{
    const struct bx_testset *t = l->t;
    if (y->nplaces == BX_MOST_PLACES) {
        y->n++;
        return;
    }
    const char *label = t->image_label && t->image_label[i] ? t->image_label[i] : bx_path_base(t->source);
    const char *text =
        bx_printf(l->a, "%s %lld in %s, %s", "annotation", (long long)t->ann_id[k], t->image_file[i], t->class_name[t->ann_class[k]]);
    bx_tally_why(y, l->a, label, t->ann_line ? t->ann_line[k] : 0, text);
}

static void look_at_box(struct lint *l, size_t i, size_t k)
{
    const struct bx_testset *t = l->t;
    const double *b = t->ann_box + 4 * k, w = t->image_w[i], h = t->image_h[i];
    if (!(b[2] > 0 && b[3] > 0))
        at(l, &l->flat, i, k);
    else if (b[2] * b[3] < 1)
        at(l, &l->specks, i, k);
    if (!t->image_w[i] || !t->image_h[i]) /* a broken image: nothing is known of it */
        return;
    if (b[0] >= w || b[1] >= h || b[0] + b[2] <= 0 || b[1] + b[3] <= 0)
        at(l, &l->away, i, k);
    else if (b[0] < -1 || b[1] < -1 || b[0] + b[2] > w + 1 || b[1] + b[3] > h + 1) /* a pixel is rounding */
        at(l, &l->beyond, i, k);
    if (t->ann_mask && !t->ann_mask[k].h)
        at(l, &l->maskless, i, k);
    if (t->ann_obb && isnan(t->ann_obb[8 * k]))
        at(l, &l->uncornered, i, k);
}

struct placed {
    const struct bx_testset *t;
    size_t k;
};
static int by_box(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int c = memcmp(x->t->ann_box + 4 * x->k, y->t->ann_box + 4 * y->k, 4 * sizeof(double));
    return c ? c : (x->k > y->k) - (x->k < y->k);
}

/* The same box twice in an image: of one class the object counts twice, of two it can only be found as one of them. */
static void look_at_twins(struct lint *l, size_t i, struct placed *order)
{
    const struct bx_testset *t = l->t;
    size_t from = t->ann_begin[i], n = t->ann_begin[i + 1] - from;
    for (size_t k = 0; k < n; k++)
        order[k] = (struct placed){t, from + k};
    if (n > 1)
        qsort(order, n, sizeof *order, by_box);
    for (size_t k = 1; k < n; k++) {
        size_t x = order[k - 1].k, y = order[k].k;
        if (memcmp(t->ann_box + 4 * x, t->ann_box + 4 * y, 4 * sizeof(double)) != 0)
            continue;
        if (t->ann_class[x] != t->ann_class[y])
            at(l, &l->contested, i, y);
        else if (t->ann_area[x] - t->ann_area[y] == 0)
            at(l, &l->repeated, i, y);
    }
}

static void look_at_image(struct lint *l, size_t i)
{
    const struct bx_testset *t = l->t;
    uint8_t turn = t->image_orientation ? t->image_orientation[i] : 1;
    bool has = t->ann_begin[i + 1] > t->ann_begin[i];
    if (!has)
        bx_tally_image(&l->empty, l->a, t, i);
    /* The sizes of such an image are the same before and after: they do not tell on which of both it was annotated. */
    if (has && turn > 1 && (turn < 5 || t->image_w[i] == t->image_h[i]))
        bx_tally_image(&l->unclear, l->a, t, i);
}

static void look_at_classes(struct lint *l)
{
    const struct bx_testset *t = l->t;
    size_t *images = BX_NEW(l->a, size_t, t->nclasses), *last = BX_NEW(l->a, size_t, t->nclasses);
    for (size_t i = 0; i < t->nimages; i++)
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++)
            if (last[t->ann_class[k]] != i + 1) {
                last[t->ann_class[k]] = i + 1;
                images[t->ann_class[k]]++;
            }
    for (size_t c = 0; c < t->nclasses; c++)
        if (!images[c])
            bx_tally_why(&l->unused, l->a, bx_path_base(t->source), t->class_line ? t->class_line[c] : 0,
                         bx_printf(l->a, "class '%s'", t->class_name[c]));
        else if (images[c] < RARE)
            bx_tally_why(&l->rare, l->a, bx_path_base(t->source), t->class_line ? t->class_line[c] : 0,
                         bx_printf(l->a, "class '%s': in %zu image%s", t->class_name[c], images[c], images[c] == 1 ? "" : "s"));
}

/* Has the reader told it already, with places? */
static bool told(const struct bx_testset *t, size_t before, const char *words)
{
    for (size_t i = 0; i < before; i++)
        if (t->notes[i].what && strstr(t->notes[i].text, words))
            return true;
    return false;
}

void bx_testset_lint(struct bx_testset *t, struct bx_arena *a)
{
    struct lint l = {.t = t, .a = a};
    struct bx_arena scratch = {0};
    const size_t before = t->nnotes;
    struct placed *order = BX_NEW(&scratch, struct placed, t->nanns);
    for (size_t i = 0; i < t->nimages; i++) {
        look_at_image(&l, i);
        look_at_twins(&l, i, order);
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++)
            look_at_box(&l, i, k);
    }
    look_at_classes(&l);
    const struct {
        const struct bx_tally *y;
        enum bx_severity severity;
        const char *what, *done, *same; /* same: words by which a reader tells it */
    } notes[] = {
        {&l.away, BX_SEVERITY_ERROR, "{box lies wholly outside its|boxes lie wholly outside their} image",
         "kept: nothing can find {it|them}", NULL},
        {&l.beyond, BX_SEVERITY_WARNING, "{box reaches more than a pixel beyond its|boxes reach more than a pixel beyond their} image",
         "kept as {it is|they are}", NULL},
        {&l.flat, BX_SEVERITY_WARNING, "{box has|boxes have} no area", "kept: nothing can find {it|them}", "no area"},
        {&l.specks, BX_SEVERITY_WARNING, "{box is|boxes are} smaller than a pixel", "kept", NULL},
        {&l.repeated, BX_SEVERITY_WARNING, "{annotation repeats another of its|annotations repeat another of their} image",
         "kept: the object counts twice", "another of"},
        {&l.contested, BX_SEVERITY_WARNING, "{annotation has|annotations have} the box of one of another class", "kept: both count", NULL},
        {&l.maskless, BX_SEVERITY_WARNING, "{annotation has|annotations have} no mask, and others have",
         "a board of masks refuses {it|them}", "no mask"},
        {&l.uncornered, BX_SEVERITY_WARNING, "{annotation has|annotations have} no oriented box, and others have",
         "a board of oriented boxes refuses {it|them}", NULL},
        {&l.unclear, BX_SEVERITY_WARNING,
         "{image is|images are} stored mirrored, upside down or turned, and {its|their} size does not say on which side of that {it "
         "was|they were} annotated",
         "taken as displayed", NULL},
        {&l.empty, BX_SEVERITY_NOTE, "{image has|images have} nothing in {it|them}", "{it counts|they count}: what is found there is wrong",
         NULL},
        {&l.unused, BX_SEVERITY_NOTE, "{class is|classes are} never used",
         "{it has no number, and is|they have no number, and are} in no mean", NULL},
        {&l.rare, BX_SEVERITY_WARNING, "{class is|classes are} in fewer than 10 images", "scored: {its|their} numbers say little", NULL},
    };
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (!notes[i].same || !told(t, before, notes[i].same))
            bx_testset_told(t, a, notes[i].severity, notes[i].y, notes[i].what, notes[i].done);
    bx_arena_release(&scratch);
}
