/* testset_origin.h: where a test set is from and under which licence, for `boxscore testset show`. */
#pragma once
#include "core/base/json_writer.h"

void bx_origin_print(const char *path); /* a line; nothing where nothing is known */
void bx_origin_json(struct bx_jw *w, const char *path);
