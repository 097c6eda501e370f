/* testset_origin.h: where a test set is from and under which licence, for `boxscore testset show`. */
#pragma once
#include "core/base/json_writer.h"
#include "core/data/testset.h"

/* path: as the user named it. What the operator's boxscore.json here says of it comes first, then what was noted when it was fetched, then
 * what the set says of itself. */
void bx_origin_print(const struct bx_testset *t, const char *path); /* a line; nothing where nothing is known */
void bx_origin_json(struct bx_jw *w, const struct bx_testset *t, const char *path);
