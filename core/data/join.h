/*
 * join.h: whose image a detection is, by what its file says of it: by file name, then by stem, then by id. A number that only boxscore gave
 * (testset.h: own_ids) is no id; it is a place, and counts only where nothing else can be meant.
 */
#pragma once
#include "core/base/names.h"
#include "core/data/ids.h"

enum bx_join_rule {
    BX_JOIN_FILE,  /* the last part of its path is that of one image; where several have it, more parts */
    BX_JOIN_STEM,  /* the same without its extension; or a number that is one image's stem */
    BX_JOIN_ID,    /* the id that the test set's own file has */
    BX_JOIN_PLACE, /* the number of the image in the test set's order, from 1: where that is allowed, and the last one is among them */
    BX_JOIN_NONE,
    BX_JOIN_RULES
};

/* Read-only once made; t must outlive it. */
struct bx_join {
    const struct bx_testset *t;
    bool ids_alone; /* as pycocotools has it: ids, and nothing else */
    enum bx_join_rule number;
    struct bx_ids id; /* of numbers, or the strings that the test set's ids are */
    struct bx_join_names {
        struct bx_name_table table;
        const char **name; /* [nimages], and the next image of the same name, or BX_JOIN_LAST */
        uint32_t *next;
    } file, stem;
    int64_t *stem_number; /* stems that are numbers, and whose they are, or BX_JOIN_LAST: of several */
    uint32_t *stem_image;
    size_t nstems;
    struct bx_ids stem_id;
    /* A file that lists images of its own: whose they are in the test set, or BX_JOIN_LAST. */
    const uint32_t *own_image;
    struct bx_ids own;
};
#define BX_JOIN_LAST UINT32_MAX

void bx_join_make(struct bx_join *j, const struct bx_testset *t, bool ids_alone, struct bx_arena *a);
void bx_join_free(struct bx_join *j);

/* A name, with or without folders ('/' or '\') and an extension; text that is an id; a number. BX_NO_INDEX: no image, or no one image. */
size_t bx_join_name(const struct bx_join *j, struct bx_slice name, enum bx_join_rule *rule);
size_t bx_join_key(const struct bx_join *j, struct bx_slice key, enum bx_join_rule *rule);
size_t bx_join_number(const struct bx_join *j, int64_t number, enum bx_join_rule *rule);
