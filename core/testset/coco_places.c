/* coco_places.c: where COCO's files and their images lie, under whatever names. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/testset/coco_records.h"
#include "core/image/image.h"
#include "core/testset/columns.h"
#include "core/testset/folders.h"
#include "core/testset/readers.h"
#include <string.h>
#include <strings.h>

const char *bx_coco_split_of(const char *file, struct bx_arena *a)
{
    static const char *const before[] = {"", "instances_", "annotations_", "coco_"}, *const behind[] = {"", "_annotations", "_coco"};
    static const char *const splits[] = {"test", "val", "valid", "validation", "train"};
    const char *stem = bx_path_stem(a, file);
    for (size_t b = 0; b < sizeof before / sizeof *before; b++)
        for (size_t s = 0; s < sizeof splits / sizeof *splits; s++) {
            size_t n = strlen(before[b]), k = strlen(splits[s]);
            if (strncasecmp(stem, before[b], n) != 0 || strncasecmp(stem + n, splits[s], k) != 0)
                continue;
            const char *rest = stem + n + k;
            rest += strspn(rest, "0123456789");
            for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
                if (!strcasecmp(rest, behind[i]))
                    return splits[s];
        }
    return NULL;
}

/* Among the .json files of a folder, that of the split ("instances_val2017.json", of several the last by name), or one that CVAT, Label
 * Studio or FiftyOne calls so; in annotations/, also the only one there is. */
static const char *named_file(const char *dir, bool only, const struct bx_testset_options *o, struct bx_arena *a)
{
    static const char *const json[] = {"json"}, *const usual[] = {"annotations.json", "_annotations.coco.json", "instances_default.json",
                                                                  "result.json", "labels.json"};
    const char *split = o->split ? o->split : "test", *found = NULL;
    char **names;
    size_t n, others = 0;
    if (!bx_path_is_dir(dir) || !bx_dir_list(dir, false, json, 1, a, &names, &n, NULL))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const char *its = bx_coco_split_of(names[i], a);
        others += its != NULL;
        if (its && !strncmp(its, split, 3))
            found = names[i];
    }
    for (size_t i = 0; i < sizeof usual / sizeof *usual && !found && !others; i++)
        for (size_t k = 0; k < n && !found; k++)
            found = strcmp(names[k], usual[i]) ? NULL : names[k];
    found = found ? found : only && n == 1 && !others ? names[0] : NULL;
    return found ? bx_path_join(a, dir, found) : NULL;
}

/* The only .json file of a folder, where it looks like what is meant: COCO's lists begin or end it. */
static const char *lone_file(const char *dir, struct bx_arena *a)
{
    enum { LOOKED_AT = 64 << 10 };
    static const char *const json[] = {"json"}, *const lists[] = {"\"images\"", "\"annotations\"", "\"categories\""};
    char **names;
    size_t n;
    struct bx_map m;
    struct bx_err unsaid;
    if (!bx_dir_list(dir, false, json, 1, a, &names, &n, NULL) || n != 1)
        return NULL;
    const char *file = bx_path_join(a, dir, names[0]);
    if (!bx_map_open(&m, file, &unsaid))
        return NULL;
    size_t part = m.n < LOOKED_AT ? m.n : LOOKED_AT;
    const char *p = m.data + bx_utf8_mark(m.data, m.n);
    while (p < m.data + m.n && strchr(" \t\r\n", *p))
        p++;
    bool looks = false;
    for (size_t i = 0; p < m.data + m.n && *p == '{' && i < sizeof lists / sizeof *lists && !looks; i++)
        looks = memmem(m.data, part, lists[i], strlen(lists[i])) || memmem(m.data + m.n - part, part, lists[i], strlen(lists[i]));
    bx_map_close(&m);
    return looks ? file : NULL;
}

enum bx_sure bx_testset_find_coco(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    static const char *const names[] = {"annotations.json", "_annotations.coco.json"};
    static const enum bx_sure sure[] = {BX_SURE_COCO, BX_SURE_COCO_SPLIT, BX_SURE_COCO_OTHER_SPLIT};
    const char *place;
    if (!bx_path_is_dir(*path))
        return bx_testset_ends_in(*path, ".json") ? BX_SURE_FILE : BX_SURE_NOT;
    for (int i = 0; (place = bx_testset_place(*path, o, i, a)); i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            const char *file = bx_path_join(a, place, names[k]);
            if (bx_path_exists(file)) {
                *path = file;
                return sure[i];
            }
        }
    const char *split = bx_split_wanted(o), *file = named_file(*path, false, o, a);
    const char *below[] = {bx_path_join(a, *path, "annotations"), bx_path_join(a, bx_testset_place(*path, o, 1, a), "annotations"),
                           bx_path_join(a, bx_testset_place(*path, o, 2, a), "annotations"),
                           bx_path_join(a, *path, bx_printf(a, "annotations/%s", split))};
    enum { BELOW = sizeof below / sizeof *below };
    for (size_t i = 0; i < BELOW && !file; i++)
        file = named_file(below[i], false, o, a);
    enum bx_sure named = file ? BX_SURE_COCO_NAMED : BX_SURE_COCO_ALONE;
    for (size_t i = 0; i < BELOW && !file; i++)
        file = named_file(below[i], true, o, a);
    file = file ? file : lone_file(*path, a);
    if (!file)
        return BX_SURE_NOT;
    *path = file;
    return named;
}

static const char *or_dir(const char *folder, const char *dir)
{
    return folder ? folder : dir;
}

/* COCO files do not say where their images are: beside the file, in images/ there or one up, in data/ (FiftyOne), or, as COCO itself has
 * it, in ../val2017. The i-th such folder; NULL after the last. */
static const char *likely_folder(const char *file, size_t i, struct bx_arena *a)
{
    const char *dir = bx_path_dir(a, file), *stem = bx_path_stem(a, file), *split = strrchr(stem, '_');
    split = split ? split + 1 : stem;
    const char *places[] = {".",    "images",  "../images", bx_printf(a, "../%s", split), bx_printf(a, "../images/%s", split),
                            "data", "../data", ".."};
    enum { PLACES = sizeof places / sizeof *places };
    if (i >= PLACES) /* as people call it: JPEGImages, img */
        return i == PLACES ? or_dir(bx_folder_named(dir, bx_image_folders, bx_image_named, a), dir)
               : i == PLACES + 1
                   ? or_dir(bx_folder_named(bx_path_dir(a, bx_path_absolute(a, dir)), bx_image_folders, bx_image_named, a), dir)
                   : NULL;
    return i ? bx_path_absolute(a, bx_path_join(a, dir, places[i])) : dir;
}

/* How the image's own folder is chosen: by names as they stand, and where that finds none, by the last parts of names. */
static const char *choose_folder(const struct bx_testset *t, const char *file, bool tails, struct bx_arena *a)
{
    const char *root;
    for (size_t i = 0; (root = likely_folder(file, i, a)); i++)
        if (tails ? bx_testset_some_below(t, root, a) : bx_testset_some_there(t, root, a))
            return root;
    return NULL;
}

static int by_name(const void *x, const void *y, void *arg)
{
    const char *const *names = arg;
    size_t i = *(const size_t *)x, j = *(const size_t *)y;
    int c = strcmp(names[i], names[j]);
    return c ? c : (i > j) - (i < j);
}

/* Where names were cut to their last parts, two may have become one: then it is not known whose image is there. */
static bool all_apart(const struct bx_testset *t, const char *const *as_named, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    size_t *order = BX_NEW(&scratch, size_t, t->nimages);
    bool ok = true;
    for (size_t i = 0; i < t->nimages; i++)
        order[i] = i;
    qsort_r(order, t->nimages, sizeof *order, by_name, t->image_file);
    for (size_t i = 1; i < t->nimages && ok; i++) {
        size_t x = order[i - 1], y = order[i];
        if (!strcmp(t->image_file[x], t->image_file[y]) && strcmp(as_named[x], as_named[y]) != 0)
            ok = bx_fail(e, BX_DATA, "%s: only '%s' is there in '%s' for both '%s' and '%s', expected an image for each", t->source,
                         t->image_file[x], t->image_root, as_named[x], as_named[y]);
    }
    bx_arena_release(&scratch);
    return ok;
}

static bool rename_images(struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    struct bx_tally slashes = {0}, cut = {0}, other = {0};
    const char **as_named = bx_memdup(a, t->image_file, t->nimages * sizeof *as_named);
    for (size_t i = 0; i < t->nimages; i++) {
        struct bx_arena_mark mark = bx_arena_mark(a);
        const char *name = as_named[i], *found = bx_testset_below(t->image_root, name, a);
        if (!found || found == name) {
            bx_arena_pop(a, mark);
            continue;
        }
        bool whole = strlen(found) == strlen(name), cased = !strcasecmp(found, name);
        bx_tally_at(cased ? &other : whole ? &slashes : &cut, a, found, 0);
        t->image_file[i] = found;
    }
    bx_testset_told(t, a, BX_SEVERITY_NOTE, &slashes, "{image is|images are} named with '\\'", "read as '/'");
    bx_testset_told(t, a, BX_SEVERITY_NOTE, &other, "{image is|images are} named with another case of the extension", "taken");
    bx_testset_told(t, a, BX_SEVERITY_NOTE, &cut, "{image is|images are} not where the file names {it|them}",
                    "found by the last parts of {its path|their paths}");
    return !(slashes.n + cut.n + other.n) || all_apart(t, as_named, e);
}

bool bx_coco_place(struct bx_testset *t, const struct bx_testset_options *o, const char *file, struct bx_arena *a, struct bx_err *e)
{
    t->image_root = o->images ? bx_strdup(a, o->images) : bx_path_dir(a, file);
    if (!(o->need_images || o->look_if_there) || !t->nimages)
        return true;
    const char *root = o->images ? o->images : choose_folder(t, file, false, a);
    root = root ? root : choose_folder(t, file, true, a);
    if (!root)
        return true;
    t->image_root = bx_strdup(a, root);
    return rename_images(t, a, e);
}
