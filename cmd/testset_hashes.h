/* testset_hashes.h: `boxscore testset manifest`, `contamination` and `draw`, whose options are their own; and what both share. */
#pragma once
#include "cmd/testset.h"
#include "core/testset/hashes.h"

extern const struct bx_verb bx_verb_testset_manifest, bx_verb_testset_contamination, bx_verb_testset_draw;

/* Where hashes are kept: the option's folder, or the user's cache; NULL: nowhere. */
const char *bx_hashes_cache(const char *given, struct bx_arena *a);
/* The images of a path, hashed: those of a test set where it is a file, or a split or format is named; otherwise all below the folder. What
 * cannot be decoded is told on stderr. */
bool bx_hashes_of(const struct bx_testset_args *args, const char *path, const char *cache, bool thumbs, struct bx_hashes *out,
                  struct bx_arena *a, struct bx_err *e);
