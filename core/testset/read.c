/* read.c: which format is this? Then its reader, and a look at the images. */
#include "core/testset/read.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/testset/columns.h"
#include "core/testset/readers.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef bool reader(const char *, const struct bx_testset_options *, struct bx_testset *, struct bx_arena *, struct bx_err *);

static bool ends_in(const char *path, const char *extension)
{
    size_t n = strlen(path), k = strlen(extension);
    return n > k && !strcasecmp(path + n - k, extension);
}

static bool holds_xml(const char *dir, struct bx_arena *a)
{
    static const char *const xml[] = {"xml"};
    char **names;
    size_t n;
    return bx_path_is_dir(dir) && bx_dir_list(dir, false, xml, 1, a, &names, &n, NULL) && n > 0;
}

/* The one .yaml file of a folder that has no data.yaml (coco8.yaml). */
static const char *only_yaml(const char *dir, struct bx_arena *a)
{
    static const char *const yaml[] = {"yaml", "yml"};
    char **names;
    size_t n;
    return bx_dir_list(dir, false, yaml, 2, a, &names, &n, NULL) && n == 1 ? bx_path_join(a, dir, names[0]) : NULL;
}

/* What a folder holds. *path becomes what the reader wants. */
static reader *look_into(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    static const char *const json[] = {"annotations.json", "_annotations.coco.json"};
    const char *dir = *path, *split = o->split ? o->split : "test";
    if (bx_path_exists(bx_path_join(a, dir, "data.yaml")))
        return bx_testset_read_yolo;
    if (bx_path_is_dir(bx_path_join(a, dir, "Annotations")) || holds_xml(dir, a))
        return bx_testset_read_voc;
    /* The folder itself, or (Roboflow's COCO and VOC exports) the split's folder in it, which is "valid" where the split is called val. */
    const char *places[] = {dir, bx_path_join(a, dir, split), bx_path_join(a, dir, strcmp(split, "val") ? split : "valid")};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        for (size_t k = 0; k < sizeof json / sizeof *json; k++)
            if (bx_path_exists(bx_path_join(a, places[i], json[k]))) {
                *path = bx_path_join(a, places[i], json[k]);
                return bx_testset_read_coco;
            }
        if (i && holds_xml(places[i], a)) {
            *path = places[i];
            return bx_testset_read_voc;
        }
    }
    const char *yaml = only_yaml(dir, a);
    if (!yaml)
        return NULL;
    *path = yaml;
    return bx_testset_read_yolo;
}

static reader *choose(const char **path, const struct bx_testset_options *o, struct bx_arena *a, struct bx_err *e)
{
    const char *format = o->format ? o->format : "auto";
    bool folder = bx_path_is_dir(*path);
    if (!bx_path_exists(*path)) {
        bx_fail(e, BX_DATA, "test set '%s' is not there", *path);
        return NULL;
    }
    reader *found = folder                                              ? look_into(path, o, a)
                    : ends_in(*path, ".json")                           ? bx_testset_read_coco
                    : ends_in(*path, ".yaml") || ends_in(*path, ".yml") ? bx_testset_read_yolo
                                                                        : NULL;
    if (!strcmp(format, "coco")) {
        if (!folder || found == bx_testset_read_coco)
            return bx_testset_read_coco;
        bx_fail(e, BX_DATA, "%s: found no annotations.json or _annotations.coco.json, expected COCO annotations (name the file)", *path);
        return NULL;
    }
    if (!strcmp(format, "yolo"))
        return bx_testset_read_yolo;
    if (!strcmp(format, "voc"))
        return bx_testset_read_voc;
    if (strcmp(format, "auto") != 0)
        bx_fail(e, BX_CONFIG, "test set format '%s', expected auto, coco, yolo or voc", format);
    else if (found)
        return found;
    else if (folder)
        bx_fail(e, BX_DATA,
                "%s: found neither data.yaml, nor .xml files, nor annotations.json or _annotations.coco.json (also not in '%s/'), expected "
                "a test set",
                *path, o->split ? o->split : "test");
    else
        bx_fail(e, BX_DATA, "%s: expected a .json file (COCO), a .yaml file (YOLO) or a folder", *path);
    return NULL;
}

/* COCO files do not say where their images are: beside the file, in images/ there or one up, or, as COCO itself has it, in ../val2017. */
static const char *images_of(const struct bx_testset *t, const struct bx_testset_options *o, const char *file, struct bx_arena *a)
{
    const char *given = o->images ? o->images : t->image_root ? t->image_root : bx_path_dir(a, file);
    if (o->images || !t->nimages || bx_path_exists(bx_path_join(a, given, t->image_file[0])))
        return given;
    const char *dir = bx_path_dir(a, file), *stem = bx_path_stem(a, file), *split = strrchr(stem, '_');
    const char *places[] = {"images", "../images", split ? bx_printf(a, "../%s", split + 1) : "images",
                            split ? bx_printf(a, "../images/%s", split + 1) : "images"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *root = bx_path_absolute(a, bx_path_join(a, dir, places[i]));
        if (bx_path_exists(bx_path_join(a, root, t->image_file[0])))
            return root;
    }
    return given;
}

static int by_name(const void *x, const void *y, void *arg)
{
    const char *const *names = arg;
    size_t i = *(const size_t *)x, j = *(const size_t *)y;
    int c = strcmp(names[i], names[j]);
    return c ? c : (i > j) - (i < j);
}

/* A board maps classes by name and writes them on pages: each needs one of its own that is fit to print. (Scoring a file alone goes by ids
 * and takes any.) */
static bool names_fit(const struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    size_t *order = BX_NEW(a, size_t, t->nclasses);
    for (size_t i = 0; i < t->nclasses; i++) {
        const char *name = t->class_name[i];
        size_t n = strlen(name);
        order[i] = i;
        if (!n || n > BX_CLASS_NAME_BYTES || !bx_utf8_valid(name, n) || bx_has_control(name, n))
            return bx_fail(e, BX_DATA, "%s: class %lld has %s for a name, expected 1 to %d bytes of UTF-8 without control characters",
                           t->source, (long long)t->class_id[i],
                           !n                        ? "nothing"
                           : n > BX_CLASS_NAME_BYTES ? "too long a text"
                                                     : "a text with control characters",
                           BX_CLASS_NAME_BYTES);
    }
    qsort_r(order, t->nclasses, sizeof *order, by_name, t->class_name);
    for (size_t i = 1; i < t->nclasses; i++)
        if (!strcmp(t->class_name[order[i]], t->class_name[order[i - 1]]))
            return bx_fail(e, BX_DATA, "%s: classes %lld and %lld are both called '%s', expected a name for each", t->source,
                           (long long)t->class_id[order[i - 1]], (long long)t->class_id[order[i]], t->class_name[order[i]]);
    return true;
}

bool bx_testset_read(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    *t = (struct bx_testset){0};
    reader *read = choose(&path, o, a, e);
    if (!read || !read(path, o, t, a, e))
        return false;
    if (!t->nimages)
        return bx_fail(e, BX_DATA, "%s: holds no images", t->source);
    if (o->need_images && !names_fit(t, a, e))
        return false;
    if (read == bx_testset_read_coco && o->need_images)
        t->image_root = images_of(t, o, path, a);
    return !o->need_images || t->image_sha || bx_testset_look(t, t->image_root, a, e);
}
