/* boards.c: "boards" of boxscore.json: which test sets there are, and what is scored of them. */
#include "core/base/banned.h"
#include "core/base/text.h"
#include "core/data/formats.h"
#include "core/data/split.h"
#include "core/settings/internal.h"
#include <string.h>
#include <strings.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

bool bx_set_settings_same(const struct bx_set_settings *x, const struct bx_set_settings *y)
{
    return same_text(x->path, y->path) && same_text(x->format, y->format) && same_text(x->split, y->split) &&
           same_text(x->images, y->images) && x->train_known == y->train_known && x->voc_offset == y->voc_offset && x->lvis == y->lvis &&
           x->task == y->task;
}

static void read_test_set(struct bx_reading *r, const cJSON *board, struct bx_set_settings *t)
{
    static const char *const keys[] = {"path", "format", "split", "i_know", "images", "voc_offset", "origin", "license"};
    t->voc_offset = -1;
    const cJSON *o = bx_conf_object(r->c, board, "test_set", true);
    if (!o)
        return;
    bx_conf_only(r->c, o, keys, COUNT(keys));
    t->path = bx_reading_path(r, o, "path", true, NULL);
    t->images = bx_reading_path(r, o, "images", false, NULL);
    t->format = bx_reading_str(r, o, "format", false, 16, BX_FORMAT_AUTO);
    if (strcmp(t->format, BX_FORMAT_AUTO) != 0 && !bx_format_find(t->format))
        bx_conf_problem(r->c, bx_conf_get(o, "format"), "unknown test set format '%s', expected one of " BX_FORMAT_NAMES, t->format);
    t->split = bx_reading_str(r, o, "split", false, 64, NULL);
    t->train_known = bx_conf_bool(r->c, o, "i_know", false);
    struct bx_err e = {0};
    if (!bx_split_fit(t->split, t->train_known, &e))
        bx_conf_problem(r->c, bx_conf_get(o, "split"), "%s", e.text);
    t->origin = bx_reading_str(r, o, "origin", false, 300, NULL);
    t->license = bx_reading_str(r, o, "license", false, 300, NULL);
    t->voc_offset = (int)bx_conf_int(r->c, o, "voc_offset", false, 0, 1, -1);
}

/* The test set's own names, and the title, which has always been one. */
static void read_names(struct bx_reading *r, const cJSON *o, struct bx_board *b)
{
    size_t n;
    const char **given = bx_reading_list(r, o, "names", false, &n);
    const char **names = BX_NEW(r->a, const char *, n + 1);
    for (size_t i = 0; i <= n; i++) {
        const char *name = i < n ? given[i] : b->title;
        bool known = false;
        for (size_t k = 0; k < b->nnames && !known; k++)
            known = !strcasecmp(names[k], name);
        if (!known)
            names[b->nnames++] = name;
    }
    b->names = names;
}

/* On the site data/SLUG is a folder and data/SLUG.json a file: of boards 'few' and 'few.json' only one could be written. */
static const char *file_ending(const char *slug)
{
    static const char *const endings[] = {".csv", ".json"};
    size_t n = strlen(slug);
    for (size_t i = 0; i < COUNT(endings); i++)
        if (n > strlen(endings[i]) && !strcmp(slug + n - strlen(endings[i]), endings[i]))
            return endings[i];
    return NULL;
}

static void read_slug(struct bx_reading *r, const cJSON *o, struct bx_board *b)
{
    b->slug = bx_reading_str(r, o, "slug", true, 64, "");
    if (*b->slug && !bx_slug_valid(b->slug))
        bx_conf_problem(r->c, bx_conf_get(o, "slug"),
                        "'%s' is not a slug: a-z, 0-9, '.', '_' and '-' only, at most 64, beginning with a letter or digit", b->slug);
    else if (file_ending(b->slug))
        bx_conf_problem(r->c, bx_conf_get(o, "slug"), "the slug '%s' ends in '%s' like a file of the site's data, expected another ending",
                        b->slug, file_ending(b->slug));
    for (size_t i = 0; *b->slug && i < r->s->nboards; i++)
        if (!strcmp(r->s->boards[i].board.slug, b->slug)) {
            bx_conf_problem(r->c, bx_conf_get(o, "slug"), "two boards have the slug '%s'", b->slug);
            break;
        }
}

static void read_board(struct bx_reading *r, const cJSON *o, struct bx_board_settings *at, struct bx_set_settings *set)
{
    static const char *const keys[] = {"slug",         "title",          "names",    "test_set", "task",           "geometry",
                                       "sizes",        "max_detections", "iou",      "classes",  "ignore_classes", "ignore_regions",
                                       "image_subset", "tags",           "protocol", "private"};
    struct bx_board *b = &at->board;
    bx_conf_only(r->c, o, keys, COUNT(keys));
    read_slug(r, o, b);
    b->title = bx_reading_str(r, o, "title", false, 200, b->slug);
    read_names(r, o, b);
    const char *task = bx_reading_str(r, o, "task", false, 16, "detect");
    if (!bx_task_parse(task, &b->task))
        bx_conf_problem(r->c, bx_conf_get(o, "task"), "unknown task '%s', expected detect, segment or obb", task);
    static const char *const natural[] = {[BX_DETECT] = "box", [BX_SEGMENT] = "mask", [BX_OBB] = "obb"};
    const char *geometry = bx_reading_str(r, o, "geometry", false, 16, natural[b->task]);
    if (!bx_geometry_parse(geometry, &b->geometry))
        bx_conf_problem(r->c, bx_conf_get(o, "geometry"), "unknown geometry '%s', expected box, mask or obb", geometry);
    else if (!bx_task_answers(b->task, b->geometry))
        bx_conf_problem(r->c, bx_conf_get(o, "geometry"), "a %s test set cannot be scored by %s", task, geometry);
    const char *protocol = bx_reading_str(r, o, "protocol", false, 16, "coco");
    b->rules.lvis = !strcmp(protocol, "lvis");
    if (!b->rules.lvis && strcmp(protocol, "coco") != 0)
        bx_conf_problem(r->c, bx_conf_get(o, "protocol"), "unknown protocol '%s', expected coco or lvis", protocol);
    else if (b->rules.lvis && b->task == BX_OBB)
        bx_conf_problem(r->c, bx_conf_get(o, "protocol"), "the protocol lvis is of boxes and masks, and the board's task is obb");
    bx_reading_rules(r, o, &b->rules);
    at->image_subset = bx_reading_path(r, o, "image_subset", false, NULL);
    at->private = bx_conf_bool(r->c, o, "private", false);
    at->own_tags = !bx_conf_get(o, "tags") || cJSON_IsTrue(bx_conf_get(o, "tags"));
    if (cJSON_IsString(bx_conf_get(o, "tags")))
        at->tags = bx_reading_path(r, o, "tags", false, NULL);
    else if (bx_conf_get(o, "tags") && !cJSON_IsBool(bx_conf_get(o, "tags")))
        bx_conf_problem(r->c, bx_conf_get(o, "tags"), "'tags': found %s, expected a CSV of file and tags, or whether the labels' own count",
                        bx_conf_found(r->c, bx_conf_get(o, "tags")));
    read_test_set(r, o, set);
    set->task = b->task;
    set->lvis = b->rules.lvis;
}

void bx_reading_boards(struct bx_reading *r)
{
    struct bx_settings *s = r->s;
    const cJSON *list = bx_conf_array(r->c, r->c->root, "boards", true);
    if (!list)
        return;
    size_t n = (size_t)cJSON_GetArraySize(list);
    if (!n)
        bx_conf_problem(r->c, list, "'boards' is empty, expected at least one board");
    struct bx_board_settings *boards = BX_NEW(r->a, struct bx_board_settings, n);
    struct bx_set_settings *sets = BX_NEW(r->a, struct bx_set_settings, n);
    s->boards = boards;
    s->sets = sets;
    for (const cJSON *o = list->child; o; o = o->next) {
        if (!cJSON_IsObject(o)) {
            bx_conf_problem(r->c, o, "a board is an object: {\"slug\": …, \"test_set\": {…}}");
            continue;
        }
        struct bx_set_settings set = {0};
        struct bx_board_settings *at = &boards[s->nboards];
        read_board(r, o, at, &set);
        while (at->set < s->nsets && !bx_set_settings_same(&sets[at->set], &set))
            at->set++;
        if (at->set == s->nsets)
            sets[s->nsets++] = set;
        s->nboards++;
    }
    /* What one board hides another must not show. */
    for (size_t i = 0; i < s->nboards; i++)
        for (size_t k = 0; k < s->nboards && boards[i].private; k++)
            boards[k].private |= same_text(sets[boards[k].set].path, sets[boards[i].set].path);
}

const struct bx_board *bx_settings_board(const struct bx_settings *s, const char *slug, struct bx_err *e)
{
    struct bx_arena a = {0};
    const char **slugs = BX_NEW(&a, const char *, s->nboards);
    const struct bx_board *found = NULL;
    for (size_t i = 0; i < s->nboards; i++) {
        slugs[i] = s->boards[i].board.slug;
        if (!strcmp(slugs[i], slug))
            found = &s->boards[i].board;
    }
    const char *near = bx_nearest(slug, slugs, s->nboards);
    if (!found && near)
        bx_fail(e, BX_USAGE, "there is no board '%s', did you mean '%s'?", slug, near);
    else if (!found) {
        char *list = bx_strdup(&a, "");
        for (size_t i = 0; i < s->nboards; i++)
            list = bx_printf(&a, "%s%s'%s'", list, i ? ", " : "", slugs[i]);
        bx_fail(e, BX_USAGE, "there is no board '%s', expected %s%s", slug, s->nboards > 1 ? "one of " : "", list);
    }
    bx_arena_release(&a);
    return found;
}
