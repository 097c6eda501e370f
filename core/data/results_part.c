/* results_part.c: one detection of a block: its class, its image, its shape; or why it is left out. */
#include "core/data/results_reading.h"
#include <string.h>

static uint32_t name_of_number(struct bx_results_part *q, int64_t category)
{
    if (q->c.n && !q->named && category == q->last_category)
        return q->last_name;
    size_t name = bx_ids_find(&q->v->class, category);
    if (name == BX_NO_INDEX)
        name = q->v->known + bx_extra_number(&q->extra, category);
    q->last_category = category;
    q->last_name = (uint32_t)name;
    return (uint32_t)name;
}

/* By its name, where it has one; a name that is a number, and no class of the test set, is a number. */
static uint32_t name_of(struct bx_results_part *q, const struct bx_record *d)
{
    const struct bx_results_reading *v = q->v;
    int64_t number;
    if (!d->name.n)
        return name_of_number(q, d->category);
    q->named = true;
    q->numbered = q->numbered && d->has_category;
    size_t name = bx_name_find(&v->name_table, v->told, d->name.p, d->name.n);
    if (name == SIZE_MAX && bx_image_id_number(d->name, &number))
        return name_of_number(q, d->has_category ? d->category : number);
    if (name == SIZE_MAX)
        return (uint32_t)v->known + bx_extra_text(&q->extra, bx_name_shown(d->name), &q->a);
    q->met = true;
    return (uint32_t)name;
}

/* Run lengths that came as numbers, or a mask drawn from a polygon, as text. */
static struct bx_rle_text text_of(const struct bx_rle *m, struct bx_arena *a)
{
    struct bx_rle_text t = {.h = m->h, .w = m->w};
    struct bx_err unsaid; /* what was written can be read; 2^30 bytes of it are more than memory holds of such a file */
    uint64_t sum;
    const char *s = bx_rle_to_string(m, a);
    bx_rle_text_read(s, strlen(s), m->h, m->w, &t, &sum, &unsaid);
    return t;
}

/* What the geometry wants and the element does not have, as pycocotools would miss it; NULL: it is all there. */
static const char *lacks(const struct bx_results_part *q, bool shaped, bool masked)
{
    const struct bx_record *d = &q->record;
    switch (q->v->o->geometry) {
    case BX_GEOM_OBB:
        return d->has_obb ? NULL : "'obb'";
    case BX_GEOM_MASK:
        return masked ? NULL : "'segmentation'";
    default:
        return shaped ? NULL : d->negative ? "a 'bbox' of no negative size" : "'bbox'";
    }
}

static bool left_out(struct bx_results_part *q, const char *what)
{
    struct bx_results_said *s = &q->said;
    if (!s->shapeless++) {
        s->shape = what;
        s->first_shapeless = q->elements;
    }
    return true;
}

/* The box that is scored or sorts by size, and the mask. Under `reference` the first element decides what all are, as in pycocotools'
 * loadRes. *lacking: what the element has not. */
static bool resolve(struct bx_results_part *q, struct bx_json *r, const char *at, double box[4], struct bx_segmentation *seg, bool *given,
                    const char **lacking)
{
    struct bx_record *d = &q->record;
    enum bx_geometry g = q->v->o->geometry;
    if (q->v->boxes_alone && d->has_box) {
        memcpy(box, d->box, sizeof d->box);
        return *given = true;
    }
    bool reference = q->v->o->reference, box_kind = reference ? q->v->rules.boxes : d->has_box, has_mask = d->segmentation.p || d->seg_read;
    memcpy(box, d->box, sizeof d->box);
    *given = box_kind;
    if (reference && box_kind && !d->has_box)
        return bx_json_fail(r, at, "found a detection without 'bbox', expected one as the first detection has it");
    if (g == BX_GEOM_OBB && !d->has_obb && d->segmentation.p && !reference)
        d->has_obb = bx_quadrilateral(d->segmentation, d->obb);
    bool read = has_mask && (g == BX_GEOM_MASK || (g == BX_GEOM_BOX && !box_kind));
    bool bad = false;
    if (read && d->seg_read)
        *seg = d->seg;
    else if (read && !bx_record_mask(r, &q->v->rules, d, seg, &q->a, &q->why)) {
        if (reference)
            return false;
        *seg = (struct bx_segmentation){0};
        bad = true;
    }
    bool shaped = d->has_box || d->has_obb || seg->present;
    if (!box_kind && seg->present && !(reference && d->has_box))
        memcpy(box, seg->hull, sizeof seg->hull);
    else if (!d->has_box && d->has_obb)
        bx_points_box(d->obb, 4, box);
    *lacking = lacks(q, shaped, seg->present || (reference && box_kind));
    if (*lacking && bad && !q->said.shapeless)
        *lacking = bx_printf(&q->a, "a 'segmentation' that can be a mask (%s)", q->why.text);
    if (*lacking && reference)
        return bx_json_fail(r, at, "found a detection without %s", *lacking);
    if (g == BX_GEOM_MASK && !*lacking && !seg->present) {
        const struct bx_testset *t = q->v->rules.t;
        seg->mask = bx_rle_from_box(box, t->image_h[d->image], t->image_w[d->image], &q->a);
    }
    return true;
}

/* An image that the test set does not have; some are named. */
static void stray(struct bx_results_part *q)
{
    struct bx_results_said *s = &q->said;
    struct bx_slice who = q->record.who;
    s->joined[BX_JOIN_NONE]++;
    if (q->record.counted)
        bx_growing_ids_add(&q->strays, q->record.number);
    q->stray_names = q->stray_names || !q->record.counted || (who.p && *who.p == '"');
    if (s->nexamples == BX_SAID_EXAMPLES || !who.p)
        return;
    for (size_t i = 0; i < s->nexamples; i++)
        if (!strncmp(s->example[i], who.p, who.n) && !s->example[i][who.n])
            return;
    s->example[s->nexamples++] = bx_strndup(&q->a, who.p, who.n < 200 ? who.n : 200);
}

bool bx_results_part_add(struct bx_results_part *q, struct bx_json *r, const char *at)
{
    const struct bx_record *d = &q->record;
    const struct bx_result_columns *c = &q->c;
    struct bx_segmentation seg = {0};
    double box[4];
    bool given;
    const char *lacking = NULL;
    if (d->image == BX_NO_INDEX) {
        stray(q);
        return true;
    }
    if (!resolve(q, r, at, box, &seg, &given, &lacking))
        return false;
    if (lacking)
        return left_out(q, lacking);
    if (c->n == q->cap)
        return bx_json_fail(r, at, "found more detections than the file can hold");
    size_t i = c->n;
    q->said.joined[d->rule]++;
    bx_result_runs_add(&q->runs, (struct bx_result_run){(uint32_t)d->image, 1});
    c->name[i] = name_of(q, d);
    c->score[i] = d->score;
    if (!given) {
        c->derived[i] = 1;
        q->all_given = false;
    }
    if (!c->mask_text || given)
        memcpy(c->box + 4 * i, box, sizeof box);
    else if (q->columns.head) /* room that was used before */
        memset(c->box + 4 * i, 0, sizeof box);
    q->any_given = q->any_given || given;
    if (c->mask_text)
        c->mask_text[i] = seg.text.p ? seg.text : text_of(&seg.mask, &q->a);
    if (c->mask && (seg.present || q->v->o->geometry == BX_GEOM_MASK)) {
        c->mask[i] = seg.mask;
        q->any_mask = true;
    }
    if (c->obb)
        memcpy(c->obb + 8 * i, d->obb, sizeof d->obb);
    q->c.n++;
    return true;
}
