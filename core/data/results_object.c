/* results_object.c: the tables of a COCO object; what has no name or no number in them says nothing, and is none. */
#include "core/data/results_object.h"
#include <stdlib.h>
#include <string.h>

static bool text_member(struct bx_json *r, const char **out, struct bx_arena *a)
{
    struct bx_slice s;
    if (bx_json_peek(r) != BX_JSON_STRING)
        return bx_json_skip(r);
    if (!bx_json_string(r, &s))
        return false;
    *out = memchr(s.p, 0, s.n) ? NULL : bx_strndup(a, s.p, s.n);
    return true;
}

/* One element of a table: {"id": …, "name" or "file_name": …}. */
static bool read_row(struct bx_json *r, const char *member, int64_t *id, bool *has_id, const char **name, struct bx_arena *a)
{
    struct bx_slice key;
    *has_id = false;
    *name = NULL;
    if (!bx_json_object(r))
        return false;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "id") && bx_json_peek(r) == BX_JSON_NUMBER)
            *has_id = bx_json_int(r, id);
        else if (bx_slice_is(key, member))
            text_member(r, name, a);
        else
            bx_json_skip(r);
    }
    return !r->failed;
}

static bool read_images(struct bx_json *r, struct bx_results_object *o, struct bx_arena *a)
{
    int64_t id;
    bool has_id;
    const char *file;
    o->nimages = 0;
    if (!bx_json_array(r))
        return false;
    while (bx_json_element(r)) {
        if (!read_row(r, "file_name", &id, &has_id, &file, a))
            return false;
        if (!has_id || !file || !*file)
            continue;
        size_t cap = o->image_cap;
        o->image_id = bx_grow(o->image_id, &cap, o->nimages + 1, sizeof *o->image_id);
        o->image_file = bx_grow(o->image_file, &o->image_cap, o->nimages + 1, sizeof *o->image_file);
        o->image_id[o->nimages] = id;
        o->image_file[o->nimages++] = file;
    }
    return !r->failed;
}

static bool read_categories(struct bx_json *r, struct bx_results_object *o, struct bx_arena *a)
{
    int64_t id;
    bool has_id;
    const char *name;
    o->ncategories = 0;
    if (!bx_json_array(r))
        return false;
    while (bx_json_element(r)) {
        if (!read_row(r, "name", &id, &has_id, &name, a))
            return false;
        if (!has_id || !name || !*name)
            continue;
        o->categories = bx_grow(o->categories, &o->category_cap, o->ncategories + 1, sizeof *o->categories);
        o->categories[o->ncategories++] = (struct bx_classmap_pair){bx_printf(a, "%lld", (long long)id), name};
    }
    return !r->failed;
}

/* What others than COCO call it. */
static bool is_list_name(struct bx_slice key)
{
    return bx_slice_is(key, "predictions") || bx_slice_is(key, "detections") || bx_slice_is(key, "results");
}

bool bx_results_object_read(struct bx_json *r, struct bx_results_object *o, struct bx_arena *a)
{
    struct bx_slice key;
    *o = (struct bx_results_object){0};
    if (!bx_json_object(r))
        return false;
    while (bx_json_key(r, &key)) {
        bool annotations = bx_slice_is(key, "annotations");
        if ((annotations || (!o->has_list && is_list_name(key))) && bx_json_peek(r) == BX_JSON_ARRAY)
            o->has_list = bx_json_raw(r, &o->list);
        else if (bx_slice_is(key, "images") && bx_json_peek(r) == BX_JSON_ARRAY)
            read_images(r, o, a);
        else if (bx_slice_is(key, "categories") && bx_json_peek(r) == BX_JSON_ARRAY)
            read_categories(r, o, a);
        else
            bx_json_skip(r);
    }
    return !r->failed;
}

void bx_results_object_free(struct bx_results_object *o)
{
    free(o->categories);
    free(o->image_id);
    free(o->image_file);
}
