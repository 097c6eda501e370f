/* results_list.c: the list in one go, or in several blocks at once, joined in their order. */
#include "core/base/json_blocks.h"
#include "core/data/results_reading.h"
#include <stdlib.h>
#include <string.h>

#define BLOCK ((size_t)1 << 20)

/* A name that the test set does not have: new in the file, or known to be like one of the test set's. */
static uint32_t name_of_extra(struct bx_results_reading *v, const struct bx_extra_name *x)
{
    size_t before = v->extra.n;
    uint32_t k =
        x->text ? bx_extra_text(&v->extra, (struct bx_slice){x->text, strlen(x->text)}, v->a) : bx_extra_number(&v->extra, x->number);
    if (v->extra.n == before)
        return v->extra_name[k];
    size_t like = x->text ? bx_name_alike((struct bx_slice){x->text, strlen(x->text)}, v->told, v->known) : SIZE_MAX;
    v->extra_name = bx_grow(v->extra_name, &v->extra_cap, k + 1, sizeof *v->extra_name);
    v->extra_name[k] = (uint32_t)(like == SIZE_MAX ? v->nnames : like);
    v->met = v->met || like != SIZE_MAX;
    if (like == SIZE_MAX) {
        v->names = bx_grow(v->names, &v->names_cap, v->nnames + 1, sizeof *v->names);
        v->names[v->nnames++] = x->text ? v->extra.at[k].text : bx_printf(v->a, "category %lld", (long long)x->number);
    }
    return v->extra_name[k];
}

/* A part's own numbers for the categories that the test set does not have → those of the whole file. */
static void join_names(struct bx_results_reading *v, const struct bx_results_part *q)
{
    uint32_t *map = bx_xrealloc(NULL, q->extra.n + 1, sizeof *map);
    for (size_t i = 0; i < q->extra.n; i++)
        map[i] = name_of_extra(v, &q->extra.at[i]);
    for (size_t i = 0; q->extra.n && i < q->c.n; i++)
        if (q->c.name[i] >= v->known)
            q->c.name[i] = map[q->c.name[i] - v->known];
    v->named = v->named || q->named;
    v->numbered = v->numbered && q->numbered;
    v->met = v->met || q->met;
    free(map);
}

static bool read_element(void *context, size_t worker, struct bx_json *r)
{
    struct bx_results_part *q = (struct bx_results_part *)context + worker;
    const char *at = r->p;
    bool ok = bx_record_read(r, &q->v->rules, &q->record, &q->a) && bx_results_part_add(q, r, at);
    q->elements++;
    return ok;
}

static void enter_block(void *context, size_t worker, size_t bytes)
{
    struct bx_results_part *q = (struct bx_results_part *)context + worker;
    size_t need = bytes / BX_LEAST_RESULT + 1;
    q->record.image = BX_NO_INDEX;           /* and so nothing is known of the element before */
    q->record.file.n = q->record.lost.n = 0; /* pages of a block before may be given back */
    q->record.counted = false;
    bx_extra_names_free(&q->extra);
    bx_growing_ids_free(&q->strays);
    if (q->any_mask) /* what is not written must be 0 */
        memset(q->c.mask, 0, q->c.n * sizeof *q->c.mask);
    if (!q->all_given)
        memset(q->c.derived, 0, q->c.n);
    q->c.n = q->runs.n = q->elements = 0;
    q->said = (struct bx_results_said){0};
    q->any_mask = q->any_given = q->named = q->met = q->stray_names = false;
    q->all_given = q->numbered = true;
    if (need > q->cap) {
        bx_arena_release(&q->columns);
        bx_result_columns_make(&q->c, q->v->o->geometry, q->v->rules.lazy, need, &q->columns);
        q->cap = need;
    }
}

static void join_said(struct bx_results_reading *v, const struct bx_results_part *q)
{
    struct bx_results_said *to = &v->said;
    const struct bx_results_said *s = &q->said;
    for (int i = 0; i < BX_JOIN_RULES; i++)
        to->joined[i] += s->joined[i];
    if (s->shapeless && !to->shapeless) {
        to->shape = s->shape;
        to->first_shapeless = v->elements + s->first_shapeless;
    }
    to->shapeless += s->shapeless;
    for (size_t i = 0; i < s->nexamples && to->nexamples < BX_SAID_EXAMPLES; i++) {
        bool told = false;
        for (size_t k = 0; k < to->nexamples; k++)
            told = told || !strcmp(to->example[k], s->example[i]);
        if (!told)
            to->example[to->nexamples++] = s->example[i];
    }
    for (size_t i = 0; i < q->strays.n; i++)
        bx_growing_ids_add(&v->strays, q->strays.id[i]);
    v->stray_names = v->stray_names || q->stray_names;
    v->elements += q->elements;
}

static size_t join_block(void *context, size_t worker)
{
    struct bx_results_part *q = (struct bx_results_part *)context + worker;
    struct bx_results_reading *v = q->v;
    size_t first = v->c.n;
    join_names(v, q);
    join_said(v, q);
    bx_arena_adopt(v->a, &q->a);
    for (size_t i = 0; i < q->runs.n; i++)
        bx_result_runs_add(&v->runs, q->runs.run[i]);
    v->all_given = v->all_given && q->all_given;
    v->any_mask = v->any_mask || q->any_mask;
    v->c.n += q->c.n;
    return first;
}

static void copy_block(void *context, size_t worker, size_t first)
{
    struct bx_results_part *q = (struct bx_results_part *)context + worker;
    bx_result_columns_copy(&q->v->c, first, &q->c, (struct bx_result_written){q->any_mask, q->any_given, q->all_given});
}

static void begin(struct bx_results_reading *v, const struct bx_json *list)
{
    bx_result_columns_make(&v->c, v->o->geometry, v->rules.lazy, (size_t)(list->end - list->p) / BX_LEAST_RESULT + 1, v->a);
    v->nnames = v->known;
    bx_extra_names_free(&v->extra);
    bx_growing_ids_free(&v->strays);
    v->runs.n = 0;
    v->any_mask = v->named = v->met = v->stray_names = false;
    v->all_given = v->numbered = true;
    v->elements = 0;
    v->said = (struct bx_results_said){.kind = v->kind};
}

static struct bx_results_part *make_parts(struct bx_results_reading *v, size_t n)
{
    struct bx_results_part *parts = bx_xrealloc(NULL, n, sizeof *parts);
    for (size_t i = 0; i < n; i++)
        parts[i] = (struct bx_results_part){.v = v, .record.image = BX_NO_INDEX, .all_given = true, .numbered = true};
    return parts;
}

static void parts_free(struct bx_results_part *parts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bx_arena_release(&parts[i].a);
        bx_arena_release(&parts[i].columns);
        bx_extra_names_free(&parts[i].extra);
        bx_growing_ids_free(&parts[i].strays);
        bx_result_runs_free(&parts[i].runs);
    }
    free(parts);
}

/* In one go, straight into the columns. */
static void read_alone(struct bx_results_reading *v, struct bx_json *list, size_t *elements)
{
    begin(v, list);
    struct bx_results_part *q = make_parts(v, 1);
    q->c = v->c;
    q->cap = (size_t)(list->end - list->p) / BX_LEAST_RESULT + 1;
    bx_blocks_read_alone(
        list, &(struct bx_blocks_reader){.context = q, .element = read_element, .join = join_block, .mapped = v->o->mapped}, elements);
    parts_free(q, 1);
}

bool bx_results_list(struct bx_results_reading *v, struct bx_json *list)
{
    size_t block = v->o->block_bytes ? v->o->block_bytes : BLOCK, elements = 0;
    size_t workers = bx_workers(v->o->threads, (size_t)(list->end - list->p) / block + 1);
    enum bx_blocks_outcome outcome = BX_BLOCKS_DECEIVED;
    if (workers > 1 || v->o->block_bytes) {
        begin(v, list);
        struct bx_results_part *parts = make_parts(v, workers);
        const struct bx_blocks_reader reader = {parts, enter_block, read_element, join_block, copy_block, v->o->mapped};
        outcome = bx_blocks_read(list, block, workers, &reader, &elements);
        parts_free(parts, workers);
    }
    if (outcome == BX_BLOCKS_DECEIVED)
        read_alone(v, list, &elements);
    return !list->failed || bx_wrap(list->err, "element %zu", elements);
}
