/*
 * boards.h: the boards of the settings, ready to be scored on. Each test set is read once, whatever the number of its boards; boards whose
 * images are the same share what a model answers, also where their labels, geometry or rules differ.
 */
#pragma once
#include "core/data/board.h"
#include "core/data/model.h"
#include "core/data/tags.h"
#include "core/data/testset.h"
#include "core/settings/settings.h"

struct bx_images { /* what a model is asked about, once a night */
    char digest[BX_DIGEST_SIZE];
    const struct bx_testset *set; /* of the first board with these images */
};
struct bx_ready_board {
    struct bx_board board; /* its rules are those of this test set: they pass bx_rules_fit */
    const struct bx_testset *set;
    char digest[BX_DIGEST_SIZE]; /* of the test set, in the board's geometry */
    const char *protocol;        /* the rules' canonical name */
    const char *subset;          /* of the images, as in a report's key; "": all */
    size_t images;               /* which of them */
    const struct bx_tags *tags;  /* NULL: none */
    struct bx_slice_of *slices;  /* of them; they have the board's protocol */
    size_t nslices;
};
struct bx_bad_board {
    const char *slug;
    size_t position; /* among the settings' */
    struct bx_err why;
};
struct bx_boards {
    struct bx_ready_board *at; /* in the settings' order */
    size_t n;
    struct bx_bad_board *bad; /* those that cannot be scored on, in the same order */
    size_t nbad;
    struct bx_images *images; /* in the order of their first boards */
    size_t nimages;
};

/* All boards, or the one of this slug (BX_USAGE with the nearest when there is none: false), with every image of their test sets looked at.
 * One is bad where its test set cannot be read, has no images, is not what its rules need, or has nothing that they score: BX_CONFIG,
 * BX_DATA or BX_IO. */
bool bx_boards_read(const struct bx_settings *s, const char *slug, struct bx_boards *b, struct bx_arena *a, struct bx_err *e);

/* Does the model take part: its task is scored there, and the config names the board or none at all? */
bool bx_board_takes(const struct bx_board *b, const struct bx_model *m);

/* Are its classes category ids of the test set? Then its answers are stored under the names that these had: those of one set of labels. */
bool bx_answers_by_id(const struct bx_model *m);

/* Does the config name a board that the settings do not have? e: which. */
bool bx_boards_lack(const struct bx_settings *s, const struct bx_model *m, struct bx_err *e);

/* Is one of the class names that the config itself gives to its answers (a predictions file's categories) a class of the board? true where
 * it gives none: only its answers can tell. */
bool bx_board_knows(const struct bx_ready_board *b, const struct bx_model *m);

/* The others: those that the board lacks and no class map mentions. a's. */
size_t bx_board_lacks(const struct bx_ready_board *b, const struct bx_model *m, const char ***names, struct bx_arena *a);

/* The config against the settings' boards and these that were read (b NULL: the settings alone): those it names are not all unknown, and
 * none is one that its task is not for, there is one that it takes part in, and its class map names classes of the test sets. BX_CONFIG:
 * what makes any evaluation pointless. */
bool bx_boards_fit(const struct bx_settings *s, const struct bx_boards *b, const struct bx_model *m, struct bx_err *e);
