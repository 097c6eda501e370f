/*
 * coco_records.h: a COCO instances file as it stands, before anything is ordered or dropped. For core/testset alone.
 */
#pragma once
#include "core/base/json_reader.h"
#include "core/data/quick.h"
#include "core/testset/read.h"

struct bx_coco_image {
    int64_t id;
    const char *key, *file, *url; /* key: the id when it is a string; file and url (coco_url) NULL when absent */
    uint32_t w, h;                /* 0 x 0: not known */
    size_t place;                 /* the byte at which it begins; once bx_coco_lines was called its line, from 1 */
    const int64_t *negative, *nonexhaustive;
    size_t nnegative, nnonexhaustive;
    const char **tags; /* [ntags] as tags.h says */
    size_t ntags, tag_cap;
    bool lvis;
};
struct bx_coco_category {
    int64_t id;
    const char *name, *group; /* group: its supercategory. NULL when absent */
    char frequency;
    size_t place;
};
struct bx_coco_annotation {
    int64_t id, image, category;
    const char *image_key;
    double area, box[4];
    const double *obb;
    struct bx_slice segmentation; /* its text; p NULL when absent */
    bool has_id, has_area, has_box, has_crowd, crowd, ignore;
    bool no_area; /* it had one below 0 */
    size_t place;
};
struct bx_coco_file {
    struct bx_coco_image *images;
    struct bx_coco_category *categories;
    struct bx_coco_annotation *annotations;
    size_t nimages, ncategories, nannotations;
    size_t image_cap, category_cap, annotation_cap;
    const char *page, *license; /* what it says of itself: info.url or description, the licenses' names; NULL: nothing */
    bool keys;                  /* image ids are strings */
    bool federated;             /* an LVIS file, read as COCO */
    struct bx_quick_form form;  /* of the annotation before */
};

/* Texts and lists go to a; the three arrays are malloc'ed, bx_coco_file_free frees them. */
bool bx_coco_file_read(const char *name, const char *data, size_t n, const struct bx_testset_options *o, struct bx_coco_file *f,
                       struct bx_arena *a, struct bx_err *e);
void bx_coco_file_free(struct bx_coco_file *f);

/* For who tells where things stand: every place becomes a line. */
void bx_coco_lines(struct bx_coco_file *f, const char *data);

/* How such a file is read, wherever a part of it is. */
#define BX_COCO_JSON BX_JSON_TEXT_NUMBERS

/* coco_places.c: t->image_root, and each t->image_file as it lies below that; what is not there stays as it is named. */
bool bx_coco_place(struct bx_testset *t, const struct bx_testset_options *o, const char *file, struct bx_arena *a, struct bx_err *e);
