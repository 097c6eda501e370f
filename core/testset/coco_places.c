/* coco_places.c: where COCO's files and their images lie. */
#include "core/base/file.h"
#include "core/testset/coco_records.h"
#include "core/testset/readers.h"
#include <string.h>

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
    return BX_SURE_NOT;
}

/* COCO files do not say where their images are: beside the file, in images/ there or one up, or, as COCO itself has it, in ../val2017. */
const char *bx_coco_images(const struct bx_testset *t, const struct bx_testset_options *o, const char *file, struct bx_arena *a)
{
    const char *given = o->images ? bx_strdup(a, o->images) : bx_path_dir(a, file);
    if (o->images || !(o->need_images || o->look_if_there) || !t->nimages || bx_testset_some_there(t, given, a))
        return given;
    const char *dir = bx_path_dir(a, file), *stem = bx_path_stem(a, file), *split = strrchr(stem, '_');
    const char *places[] = {"images", "../images", split ? bx_printf(a, "../%s", split + 1) : "images",
                            split ? bx_printf(a, "../images/%s", split + 1) : "images"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *root = bx_path_absolute(a, bx_path_join(a, dir, places[i]));
        if (bx_testset_some_there(t, root, a))
            return root;
    }
    return given;
}
