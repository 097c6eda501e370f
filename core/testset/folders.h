/*
 * folders.h: how people lay out folders of labels: names whatever the case, splits, and which image a label's name means. For core/testset
 * alone.
 */
#pragma once
#include "core/base/buf.h"
#include "core/testset/read.h"

#define BX_DEEPEST 3 /* levels that are gone down */

bool bx_one_of(const char *name, const char *const *names); /* a list that NULL ends */
extern const char *const bx_image_folders[];                /* in the order in which they are preferred */

char **bx_subfolders(const char *dir, size_t *n, struct bx_arena *a); /* sorted; hidden ones are none */
/* Is a file of the kind in the folder, or in one at most `deep` below it? */
bool bx_holds(const char *dir, bool (*kind)(const char *), int deep);
/* The first of `names` that is a subfolder and holds such files (kind NULL: any); NULL: none. */
const char *bx_folder_named(const char *dir, const char *const *names, bool (*kind)(const char *), struct bx_arena *a);

/* Splits have several names ("val", "valid", "validation"). */
int bx_split_of(const char *name);                               /* -1: it is no split's */
const char *bx_split_wanted(const struct bx_testset_options *o); /* "test" by default */
bool bx_split_is_wanted(const char *name, const struct bx_testset_options *o);
/* The first of a name's words ("VisDrone2019-DET-val", "test-annotations-bbox.csv") that is a split's, in small letters; NULL: none is. */
const char *bx_split_word(const char *name, struct bx_arena *a);
/* Of folders (a sorted list) those that are splits: the wanted one's index, or that of the only one where no split was asked for. -1: none
 * is; -2: others are, and `others` names them. */
int bx_split_choose(char **names, size_t n, const struct bx_testset_options *o, struct bx_buf *others);

/* Names as they lie, to be found by other names that mean them: "day1/im1" is "day1/im1.xml", so is "Annotations/day1/im1" and, where no
 * other is called so, "im1". */
struct bx_stem {
    const char *key, *base; /* without the extension; and without the folder */
    size_t i;
};
struct bx_stems {
    char **names;
    size_t n;
    struct bx_stem *by_key, *by_base;
};
enum bx_match { BX_MATCH_NONE, BX_MATCH_ONE, BX_MATCH_SEVERAL };
/* Those of the n names that begin with `prefix`, which is no part of what they are called. */
void bx_stems_make(struct bx_stems *x, char **names, size_t n, const char *prefix, struct bx_arena *a);
/* *at and, of several, *other: places in names. `file`, or NULL: the very name that one of several is chosen by. */
enum bx_match bx_stems_find(const struct bx_stems *x, const char *name, const char *file, size_t *at, size_t *other);
