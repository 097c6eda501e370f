/*
 * board.h: a board: which test set, what is scored of it, by which rules. The settings hold one or more; a model takes part in every board
 * that its task fits, or in those that its config names.
 */
#pragma once
#include "core/data/rules.h"
#include "core/data/terms.h"

struct bx_board {
    const char *slug, *title;
    const char *const
        *names; /* the test set's own: what `reported.test_set` of a config is compared with (without case); at least the title */
    size_t nnames;
    enum bx_task task; /* how 9-token YOLO lines are meant */
    enum bx_geometry geometry;
    struct bx_rules rules;
};
