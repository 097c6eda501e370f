/* results.c: a COCO results file → detections: where its list is, what its ids mean, what is to be said of it. One pass over the text,
 * straight into columns; again only where another rule was meant. */
#include "core/data/results_object.h"
#include "core/data/results_reading.h"
#include <stdlib.h>
#include <string.h>

/* The categories' numbers in terms of names: of the test set, or those of the given table. */
static void make_names(struct bx_results_reading *v)
{
    const struct bx_testset *t = v->rules.t;
    v->nnames = v->known = v->categories ? v->ncategories : t->nclasses;
    v->names = bx_grow(NULL, &v->names_cap, v->known + 1, sizeof *v->names);
    int64_t *ids = BX_NEW(v->a, int64_t, v->known);
    for (size_t i = 0; i < v->known; i++) {
        ids[i] = v->categories ? strtoll(v->categories[i].from, NULL, 10) : t->class_id[i];
        const char *to = v->categories ? v->categories[i].to : t->class_name[i];
        v->names[i] = bx_strdup(v->a, to ? to : v->categories[i].from);
    }
    v->told = bx_memdup(v->a, v->names, v->known * sizeof *v->names);
    bx_ids_make(&v->class, ids, NULL, v->known, v->a);
    bx_name_table_fill(&v->name_table, v->told, v->known);
}

static void finish(struct bx_results_reading *v, struct bx_detections *d)
{
    struct bx_result_columns *c = &v->c;
    size_t images = v->rules.t->nimages, *begin = BX_NEW(v->a, size_t, images + 1);
    bool ordered = true;
    for (size_t i = 0; i < v->runs.n; i++) {
        begin[v->runs.run[i].image + 1] += v->runs.run[i].length;
        ordered = ordered && (i == 0 || v->runs.run[i - 1].image <= v->runs.run[i].image);
    }
    for (size_t i = 0; i < images; i++)
        begin[i + 1] += begin[i];
    if (v->all_given)
        c->derived = NULL;
    if (!ordered)
        bx_result_columns_sort(c, &v->runs, begin, images);
    *d = (struct bx_detections){.nnames = v->nnames, .nimages = images, .image_begin = begin, .n = c->n};
    d->names = bx_memdup(v->a, v->names, v->nnames * sizeof *v->names);
    d->name = c->name;
    d->score = c->score;
    d->box = c->box;
    d->obb = c->obb;
    d->mask = v->any_mask || v->o->geometry == BX_GEOM_MASK ? c->mask : NULL;
    d->mask_text = c->mask_text;
    d->mapped = v->o->mapped;
    d->box_given = c->derived;
    for (size_t i = 0; c->derived && i < c->n; i++)
        d->box_given[i] = !c->derived[i];
}

/* The numbers behind the names. */
static void say(const struct bx_results_reading *v)
{
    *v->o->said = v->said;
    if (v->categories || v->named)
        return;
    int64_t *category = BX_NEW(v->a, int64_t, v->nnames);
    for (size_t i = 0; i < v->nnames; i++)
        category[i] = i < v->known ? v->rules.t->class_id[i] : v->extra.at[i - v->known].number;
    v->o->said->category = category;
    v->o->said->own_order = v->rules.t->own_classes && v->c.n;
}

/* Has the first element a box? What is wrong with it is said when it is read again. */
static bool first_has_box(const struct bx_results_reading *v, const struct bx_json *list)
{
    struct bx_err unsaid;
    struct bx_json r = *list;
    struct bx_arena scratch = {0};
    struct bx_record d = {.image = BX_NO_INDEX};
    r.err = &unsaid;
    struct bx_record_rules rules = v->rules;
    rules.boxes = true; /* which accepts more */
    bool has = bx_json_element(&r) && bx_record_read(&r, &rules, &d, &scratch) && d.has_box;
    bx_json_release(&r);
    bx_arena_release(&scratch);
    return has;
}

/* Nothing is left of what the file has: it is about other images, or has another geometry. */
static bool something_left(const struct bx_results_reading *v, const char *name, struct bx_err *e)
{
    const struct bx_results_said *s = &v->said;
    const struct bx_testset *t = v->rules.t;
    if (v->c.n || !v->elements)
        return true;
    if (s->shapeless)
        return bx_fail(e, BX_DATA, "%s: element %zu: found a detection without %s, as are all %zu", name, s->first_shapeless, s->shape,
                       v->elements);
    return bx_fail(e, BX_DATA, "%s: found the image id %s, and no detection on an image of the test set, expected %s '%s'%s", name,
                   s->nexamples ? s->example[0] : "''", t->own_ids ? "file names or stems as of" : "its ids, or file names as",
                   t->nimages ? t->image_file[0] : "",
                   t->own_ids ? " (its images have no ids: a file_name in each detection tells them)" : "");
}

static size_t strays_found(const struct bx_results_reading *v, enum bx_join_rule rule)
{
    struct bx_join j = v->rules.join;
    size_t n = 0;
    j.number = rule;
    for (size_t i = 0; i < v->strays.n; i++)
        n += bx_join_number(&j, v->strays.id[i], &rule) != BX_NO_INDEX;
    return n;
}

/* Numbers up to that of the last image, counted from 1, and nothing else to tell an image by, as a conversion to COCO numbers them. That
 * the last one is among them tells them from numbers that are counted from 0. */
static bool places(const struct bx_results_reading *v)
{
    const struct bx_join *j = &v->rules.join;
    const struct bx_results_said *s = &v->said;
    bool last = false;
    for (size_t i = 0; i < v->strays.n; i++)
        last = last || v->strays.id[i] == (int64_t)j->t->nimages;
    return v->o->places && j->t->own_ids && last && !v->stray_names && !j->nstems && !s->joined[BX_JOIN_FILE] && !s->joined[BX_JOIN_STEM] &&
           !s->joined[BX_JOIN_ID] && strays_found(v, BX_JOIN_PLACE) == v->strays.n;
}

/* Numbers that are no ids may be stems; and where the test set's ids are our own, places. */
static enum bx_join_rule other_rule(const struct bx_results_reading *v)
{
    const struct bx_join *j = &v->rules.join;
    size_t all = v->strays.n;
    if (!all || j->ids_alone || j->own_image)
        return j->number;
    if (j->number == BX_JOIN_ID)
        return strays_found(v, BX_JOIN_STEM) == all ? BX_JOIN_STEM : BX_JOIN_ID;
    return places(v) ? BX_JOIN_PLACE : j->number;
}

static bool read_under(struct bx_results_reading *v, const struct bx_json *list, enum bx_join_rule rule, struct bx_err *e)
{
    struct bx_json r = *list;
    v->rules.join.number = rule;
    r.err = e;
    bool ok = bx_results_list(v, &r);
    return bx_json_end(&r) && ok;
}

/* Again by another rule, if that leaves fewer detections out; and by numbers, if not one of the names is a class. */
static bool read_as_meant(struct bx_results_reading *v, const struct bx_json *list, struct bx_err *e)
{
    enum bx_join_rule first = v->rules.join.number;
    v->rules.names = !v->o->reference && !v->o->categories;
    if (!read_under(v, list, first, e))
        return false;
    if (v->named && v->numbered && !v->met) {
        v->rules.names = false;
        if (!read_under(v, list, first, e))
            return false;
    }
    enum bx_join_rule other = other_rule(v);
    size_t strays = v->said.joined[BX_JOIN_NONE];
    struct bx_err unsaid = {0};
    if (other == first || (read_under(v, list, other, &unsaid) && v->said.joined[BX_JOIN_NONE] < strays))
        return true;
    return read_under(v, list, first, e);
}

/* The images that the file lists are told by their file names, if one of them is the test set's. */
static void own_images(struct bx_results_reading *v, const struct bx_results_object *o)
{
    struct bx_join *j = &v->rules.join;
    size_t found = 0;
    uint32_t *own = BX_NEW(v->a, uint32_t, o->nimages);
    for (size_t i = 0; i < o->nimages; i++) {
        enum bx_join_rule rule;
        size_t image = bx_join_name(j, (struct bx_slice){o->image_file[i], strlen(o->image_file[i])}, &rule);
        own[i] = image == BX_NO_INDEX ? BX_JOIN_LAST : (uint32_t)image;
        found += image != BX_NO_INDEX;
    }
    if (!found)
        return;
    j->own_image = own;
    bx_ids_make(&j->own, bx_memdup(v->a, o->image_id, o->nimages * sizeof *o->image_id), NULL, o->nimages, v->a);
}

/* The list: the text itself, or that of a COCO object, whose tables tell what its numbers mean unless the caller does. r: behind its '['.
 */
static bool find_list(struct bx_results_reading *v, struct bx_json *r)
{
    struct bx_results_object o;
    if (bx_json_peek(r) != BX_JSON_OBJECT)
        return bx_json_array(r);
    const char *at = r->p;
    bool ok = bx_results_object_read(r, &o, v->a) && bx_json_end(r);
    if (ok && !o.has_list)
        ok = bx_json_fail(
            r, at,
            "found an object without a list 'annotations' or 'predictions', expected a list of detections, or a COCO object with it");
    if (ok && !v->o->reference) {
        v->kind = "COCO results within a COCO object";
        own_images(v, &o);
        if (o.ncategories && !v->categories) {
            v->categories = bx_memdup(v->a, o.categories, o.ncategories * sizeof *o.categories);
            v->ncategories = o.ncategories;
        }
    }
    if (ok) { /* places stay those of the whole text */
        r->p = o.list.p;
        r->end = o.list.p + o.list.n;
    }
    bx_results_object_free(&o);
    return ok && bx_json_array(r);
}

bool bx_results_read(const char *name, const char *data, size_t n, const struct bx_testset *t, const struct bx_results_options *o,
                     struct bx_detections *d, struct bx_arena *a, struct bx_err *e)
{
    struct bx_results_reading v = {.rules = {.t = t, .o = o}, .o = o, .a = a, .kind = "COCO results"};
    struct bx_json r;
    v.categories = o->categories;
    v.ncategories = o->ncategories;
    bx_json_init(&r, name, data, n, o->reference ? BX_JSON_ALLOW_NAN : BX_JSON_TEXT_NUMBERS, e);
    bx_join_make(&v.rules.join, t, o->reference, a);
    bool ok = find_list(&v, &r);
    if (ok) {
        v.rules.lazy = o->lazy_masks && o->geometry == BX_GEOM_MASK;
        v.boxes_alone = o->geometry == BX_GEOM_BOX && !o->reference;
        make_names(&v);
        v.rules.boxes = o->reference && first_has_box(&v, &r);
        ok = read_as_meant(&v, &r, e) && something_left(&v, name, e);
    } else
        bx_json_release(&r);
    if (ok)
        finish(&v, d);
    if (ok && o->said)
        say(&v);
    free(v.names);
    bx_result_runs_free(&v.runs);
    bx_extra_names_free(&v.extra);
    free(v.extra_name);
    bx_name_table_free(&v.name_table);
    bx_growing_ids_free(&v.strays);
    bx_join_free(&v.rules.join);
    return ok;
}
