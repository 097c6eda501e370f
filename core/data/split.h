/*
 * split.h: what a part of a data set is for, by its name. A model has learned from "train" and was chosen by "val": neither says what it
 * will do on images it never saw.
 */
#pragma once
#include "core/base/err.h"
#include <stdbool.h>

enum bx_split { BX_SPLIT_NONE, BX_SPLIT_TEST, BX_SPLIT_VAL, BX_SPLIT_TRAIN };

/* By how the name begins: "test-dev" is a test split, "valid" a validation split, "trainval" a training split; NULL and all else are none.
 */
enum bx_split bx_split_kind(const char *name);
/* What who reads numbers of it must know: "validation split: results may be optimistic"; NULL: nothing. */
const char *bx_split_caution(enum bx_split kind);
/* Is it a split that may be scored? NULL is; others by their kind; the training split only where that is known. BX_USAGE. */
bool bx_split_fit(const char *name, bool train_known, struct bx_err *e);
