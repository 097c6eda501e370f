/* testset.h: what the parts of `boxscore testset` share. */
#pragma once
#include "cmd/verb.h"
#include "core/testset/read.h"

struct bx_testset_args {
    const char *format, *task, *split, *images;
    int64_t voc_offset;
    bool json, strict;
};
/* faulty: for lint, which goes on where a board would not. */
bool bx_testset_load(const struct bx_testset_args *args, const char *path, bool faulty, struct bx_testset *t, struct bx_arena *a,
                     struct bx_err *e);
/* Names come from files of others: what could fake a line or move the cursor is not printed. */
const char *bx_testset_shown(struct bx_arena *a, const char *s);
int bx_testset_lint_run(const struct bx_verb *v, const struct bx_testset_args *args, const char *path);
