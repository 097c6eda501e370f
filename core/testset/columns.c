/* columns.c: growing columns, remarks, and the little geometry that label formats need. */
#include "core/testset/columns.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/base/log.h"
#include <math.h>

static struct bx_testset_note *add_note(struct bx_testset *t, struct bx_arena *a)
{
    /* Notes are few: a test set has one a kind. */
    struct bx_testset_note *grown = BX_NEW(a, struct bx_testset_note, t->nnotes + 1);
    if (t->nnotes)
        memcpy(grown, t->notes, t->nnotes * sizeof *grown);
    t->notes = grown;
    return &grown[t->nnotes++];
}

void bx_testset_note(struct bx_testset *t, struct bx_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *text = bx_vprintf(a, fmt, ap);
    va_end(ap);
    add_note(t, a)->text = text;
}

void bx_testset_told(struct bx_testset *t, struct bx_arena *a, enum bx_severity s, const struct bx_tally *y, const char *what,
                     const char *done)
{
    if (!y->n)
        return;
    what = bx_agree(a, y->n, what);
    done = done ? bx_agree(a, y->n, done) : NULL;
    *add_note(t, a) = (struct bx_testset_note){
        .text = bx_printf(a, "%zu %s (first: %s)%s%s", y->n, what, y->first, done ? ": " : "", done ? done : ""),
        .severity = s,
        .what = what,
        .done = done,
        .n = y->n,
        .places = y->places,
        .nplaces = y->nplaces,
    };
}

bool bx_testset_no_split(const struct bx_testset_options *o, struct bx_err *e, const char *fmt, ...)
{
    va_list ap;
    if (o->no_split)
        *o->no_split = true;
    va_start(ap, fmt);
    char text[sizeof e->text];
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return bx_fail(e, BX_DATA, "%s", text);
}

void bx_tally_add(struct bx_tally *y, const char *place_fmt, ...)
{
    if (y->n++)
        return;
    va_list ap;
    va_start(ap, place_fmt);
    vsnprintf(y->first, sizeof y->first, place_fmt, ap);
    va_end(ap);
}

void bx_tally_at(struct bx_tally *y, struct bx_arena *a, const char *file, size_t line)
{
    bx_tally_why(y, a, file, line, NULL);
}

void bx_tally_why(struct bx_tally *y, struct bx_arena *a, const char *file, size_t line, const char *text)
{
    if (!line && text)
        bx_tally_add(y, "%s: %s", file, text);
    else if (line)
        bx_tally_add(y, "%s:%zu", file, line);
    else
        bx_tally_add(y, "%s", file);
    bx_tally_keep(y, a, file, line, text);
}

void bx_tally_keep(struct bx_tally *y, struct bx_arena *a, const char *file, size_t line, const char *text)
{
    if (y->nplaces >= BX_MOST_PLACES)
        return;
    if (y->nplaces == y->cap) {
        y->cap = y->cap ? 4 * y->cap : 4;
        struct bx_label_place *grown = BX_NEW(a, struct bx_label_place, y->cap);
        if (y->nplaces)
            memcpy(grown, y->places, y->nplaces * sizeof *grown);
        y->places = grown;
    }
    const char *last = y->nplaces ? y->places[y->nplaces - 1].file : NULL;
    y->places[y->nplaces++] =
        (struct bx_label_place){last && !strcmp(last, file) ? last : bx_strdup(a, file), line, text ? bx_strdup(a, text) : NULL};
}

void bx_tally_image(struct bx_tally *y, struct bx_arena *a, const struct bx_testset *t, size_t i)
{
    if (!t->image_line)
        bx_tally_at(y, a, t->image_file[i], 0);
    else
        bx_tally_why(y, a, t->image_file[i], 0, bx_printf(a, "%s:%u", bx_path_base(t->source), t->image_line[i]));
}

void bx_tally_join(struct bx_tally *y, const struct bx_tally *later, struct bx_arena *a)
{
    if (!y->n)
        memcpy(y->first, later->first, sizeof y->first);
    y->n += later->n;
    for (size_t i = 0; i < later->nplaces; i++)
        bx_tally_keep(y, a, later->places[i].file, later->places[i].line, later->places[i].text);
}

void bx_faults_add(struct bx_faults *f, struct bx_arena *a, const char *file, const char *fmt, ...)
{
    struct bx_err e = {0};
    char text[1000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    bx_fail(&e, BX_DATA, "%s", text); /* which makes it fit to be printed */
    if (!f->last || strcmp(f->last, file) != 0) {
        f->files++;
        f->last = bx_strdup(a, file);
    }
    if (f->n < BX_FAULTS_SHOWN) {
        f->text[f->n] = bx_strdup(a, e.text);
        f->file[f->n] = f->last;
    }
    f->n++;
}

void bx_tally_fault(struct bx_tally *y, struct bx_arena *a, const char *label, const char *path, const char *text)
{
    size_t n = strlen(path);
    char *rest = NULL;
    unsigned long line = !strncmp(text, path, n) && text[n] == ':' ? strtoul(text + n + 1, &rest, 10) : 0;
    unsigned long column = line && *rest == ':' ? strtoul(rest + 1, &rest, 10) : 0;
    const char *what = line && !strncmp(rest, ": ", 2) ? rest + 2 : text;
    bx_tally_why(y, a, label, line, column ? bx_printf(a, "%s (column %lu)", what, column) : what);
}

bool bx_testset_unread(struct bx_testset *t, struct bx_tally *y, struct bx_arena *a)
{
    bx_testset_told(t, a, BX_SEVERITY_ERROR, y, "{label|labels} cannot be read", "left out here; a board refuses {it|them}");
    return true;
}

bool bx_faults_end(const struct bx_faults *f, size_t nfiles, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a,
                   struct bx_err *e)
{
    if (!f->n)
        return true;
    if (o->faulty) {
        struct bx_tally y = {0};
        for (size_t i = 0; i < f->n && i < BX_FAULTS_SHOWN; i++)
            bx_tally_fault(&y, a, bx_path_base(f->file[i]), f->file[i], f->text[i]);
        y.n = f->n;
        return bx_testset_unread(t, &y, a);
    }
    for (size_t i = 1; i < f->n && i < BX_FAULTS_SHOWN; i++)
        bx_warn("%s", f->text[i]);
    if (f->n == 1)
        return bx_fail(e, BX_DATA, "%s", f->text[0]);
    return bx_fail(e, BX_DATA, "%s (the first of %zu faults in %zu of %zu files%s)", f->text[0], f->n, f->files, nfiles,
                   f->n > BX_FAULTS_SHOWN ? "; not all are shown" : "");
}

/* Several columns share one capacity: each grows from the same old one. */
static void *grow(void *p, size_t cap, size_t need, size_t size, size_t *new_cap)
{
    *new_cap = cap;
    return bx_grow(p, new_cap, need, size);
}

static void make_room(struct bx_columns *c)
{
    size_t need = c->n + 1, cap = c->cap;
    if (need <= cap)
        return;
    c->class_index = grow(c->class_index, cap, need, sizeof *c->class_index, &c->cap);
    size_t target = c->cap;
    c->flags = bx_xrealloc(c->flags, target, sizeof *c->flags);
    c->area = bx_xrealloc(c->area, target, sizeof *c->area);
    c->id = bx_xrealloc(c->id, target, sizeof *c->id);
    c->line = bx_xrealloc(c->line, target, sizeof *c->line);
    c->box = bx_xrealloc(c->box, target, 4 * sizeof *c->box);
    if (c->obb)
        c->corners = bx_xrealloc(c->corners, target, 8 * sizeof *c->corners);
    if (c->masks)
        c->mask = bx_xrealloc(c->mask, target, sizeof *c->mask);
}

void bx_columns_add(struct bx_columns *c, const struct bx_annotation *ann)
{
    make_room(c);
    size_t k = c->n++;
    c->class_index[k] = ann->class_index;
    c->flags[k] = ann->flags;
    c->area[k] = ann->area;
    c->id[k] = (int64_t)c->n;
    c->line[k] = ann->line;
    memcpy(c->box + 4 * k, ann->box, sizeof ann->box);
    for (size_t i = 0; c->obb && i < 8; i++)
        c->corners[8 * k + i] = ann->corners ? ann->corners[i] : NAN;
    if (c->masks)
        c->mask[k] = ann->mask;
}

void bx_columns_end(struct bx_columns *c, struct bx_testset *t)
{
    size_t n = t->nanns = c->n;
    t->ann_class = bx_memdup(c->a, c->class_index, n * sizeof *c->class_index);
    t->ann_flags = bx_memdup(c->a, c->flags, n * sizeof *c->flags);
    t->ann_area = bx_memdup(c->a, c->area, n * sizeof *c->area);
    t->ann_id = bx_memdup(c->a, c->id, n * sizeof *c->id);
    t->ann_line = bx_memdup(c->a, c->line, n * sizeof *c->line);
    t->ann_box = bx_memdup(c->a, c->box, n * 4 * sizeof *c->box);
    t->ann_obb = c->obb ? bx_memdup(c->a, c->corners, n * 8 * sizeof *c->corners) : NULL;
    t->ann_mask = c->masks ? bx_memdup(c->a, c->mask, n * sizeof *c->mask) : NULL;
    bx_columns_free(c);
}

void bx_columns_free(struct bx_columns *c)
{
    free(c->class_index);
    free(c->flags);
    free(c->area);
    free(c->id);
    free(c->line);
    free(c->box);
    free(c->corners);
    free(c->mask);
    *c = (struct bx_columns){.a = c->a, .obb = c->obb, .masks = c->masks};
}

double bx_points_area(const double *xy, size_t n)
{
    double twice = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = i + 1 < n ? i + 1 : 0;
        twice += xy[2 * i] * xy[2 * k + 1] - xy[2 * k] * xy[2 * i + 1];
    }
    return fabs(twice) / 2;
}

void bx_testset_images(struct bx_testset *t, const char *root, char **files, size_t n, struct bx_arena *a)
{
    t->nimages = n;
    t->own_ids = true;
    t->image_root = root;
    t->image_file = BX_NEW(a, const char *, n);
    t->image_id = BX_NEW(a, int64_t, n);
    t->image_w = BX_NEW(a, uint32_t, n);
    t->image_h = BX_NEW(a, uint32_t, n);
    t->ann_begin = BX_NEW(a, size_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        t->image_file[i] = files[i];
        t->image_id[i] = (int64_t)i + 1;
    }
}

struct class_name {
    const char *name;
    uint32_t i;
};
static int by_class_name(const void *a, const void *b)
{
    const struct class_name *x = a, *y = b;
    int c = strcmp(x->name, y->name);
    return c ? c : (x->i > y->i) - (x->i < y->i);
}

void bx_testset_classes(struct bx_testset *t, const char *const *names, size_t n, uint32_t *place, struct bx_arena *a)
{
    struct class_name *order = BX_NEW(a, struct class_name, n);
    for (size_t i = 0; i < n; i++)
        order[i] = (struct class_name){names[i], (uint32_t)i};
    qsort(order, n, sizeof *order, by_class_name);
    t->nclasses = n;
    t->class_name = BX_NEW(a, const char *, n);
    t->class_id = BX_NEW(a, int64_t, n);
    t->own_classes = true;
    for (size_t i = 0; i < n; i++) {
        t->class_name[i] = order[i].name;
        t->class_id[i] = (int64_t)i;
        place[order[i].i] = (uint32_t)i;
    }
}
