/* split.c: see split.h. */
#include "core/data/split.h"
#include <stddef.h>
#include <string.h>

static const struct {
    const char *begins;
    enum bx_split kind;
} names[] = {{"test", BX_SPLIT_TEST}, {"val", BX_SPLIT_VAL}, {"dev", BX_SPLIT_VAL}, {"minival", BX_SPLIT_VAL}, {"train", BX_SPLIT_TRAIN}};

enum bx_split bx_split_kind(const char *name)
{
    for (size_t i = 0; name && i < sizeof names / sizeof *names; i++)
        if (!strncmp(name, names[i].begins, strlen(names[i].begins)))
            return names[i].kind;
    return BX_SPLIT_NONE;
}

const char *bx_split_caution(enum bx_split kind)
{
    return kind == BX_SPLIT_VAL     ? "validation split: results may be optimistic"
           : kind == BX_SPLIT_TRAIN ? "training split: models have seen these images, so the results say little"
                                    : NULL;
}

bool bx_split_fit(const char *name, bool train_known, struct bx_err *e)
{
    enum bx_split kind = bx_split_kind(name);
    if (name && kind == BX_SPLIT_NONE)
        return bx_fail(e, BX_USAGE, "split '%s', expected test, val or train", name);
    return kind != BX_SPLIT_TRAIN || train_known ||
           bx_fail(e, BX_USAGE,
                   "split '%s': models have seen its images, so it is scored only with --i-know (in settings \"i_know\": true)", name);
}
