/* places.c: where labels are looked for. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/testset/readers.h"
#include <string.h>
#include <strings.h>

bool bx_testset_ends_in(const char *path, const char *extension)
{
    size_t n = strlen(path), k = strlen(extension);
    return n > k && !strcasecmp(path + n - k, extension);
}

const char *bx_testset_place(const char *dir, const struct bx_testset_options *o, int i, struct bx_arena *a)
{
    const char *split = o->split ? o->split : "test";
    return i == 0   ? dir
           : i == 1 ? bx_path_join(a, dir, split)
           : i == 2 ? bx_path_join(a, dir, strcmp(split, "val") ? split : "valid")
                    : NULL;
}

bool bx_testset_some_there(const struct bx_testset *t, const char *root, struct bx_arena *a)
{
    enum { ASKED = 64 };
    const size_t n = t->nimages, asked = n < ASKED ? n : ASKED;
    const struct bx_arena_mark m = bx_arena_mark(a);
    bool there = false;
    for (size_t k = 0; k < asked && !there; k++)
        there = bx_path_exists(bx_path_join(a, root, t->image_file[k * n / asked]));
    bx_arena_pop(a, m);
    return there;
}
