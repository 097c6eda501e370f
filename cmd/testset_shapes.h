/* testset_shapes.h: how large a test set's objects and images are and how many an image has, for `boxscore testset show`. */
#pragma once
#include "core/base/json_writer.h"
#include "core/data/testset.h"

void bx_shapes_print(const struct bx_testset *t); /* histograms of text, as wide as the terminal, or 80 columns */
void bx_shapes_json(struct bx_jw *w, const struct bx_testset *t);
