/* testset_load.c: a test set by the options of `boxscore testset`, and its names as they are printed. */
#include "cmd/testset.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include <inttypes.h>
#include <string.h>

const char *bx_testset_shown(struct bx_arena *a, const char *s)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_add_visible(&b, s, strlen(s));
    return bx_strdup(a, bx_buf_str(&b));
}

bool bx_testset_load(const struct bx_testset_args *args, const char *path, bool faulty, struct bx_testset *t, struct bx_arena *a,
                     struct bx_err *e)
{
    struct bx_testset_options o = {.format = args->format,
                                   .split = args->split,
                                   .images = args->images,
                                   .need_images = true,
                                   .faulty = faulty,
                                   .masks_optional = true,
                                   .voc_from_zero = args->voc_offset == 0};
    if (args->task && !bx_task_parse(args->task, &o.task))
        return bx_fail(e, BX_USAGE, "task '%s', expected detect, segment or obb", args->task);
    if (args->voc_offset < -1 || args->voc_offset > 1)
        return bx_fail(e, BX_USAGE, "VOC offset %" PRId64 ", expected 0 or 1", args->voc_offset);
    return bx_testset_read(path, &o, t, a, e);
}
