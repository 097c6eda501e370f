/*
 * readers.h: the readers behind bx_testset_read, one a label format of core/data/formats.h. Each fills a zeroed test set but for what the
 * images alone can tell (image_sha, image_orientation: bx_testset_look), with columns in evaluation order, memory in the arena; and each
 * says how sure it is that a path is its own.
 *
 * coco: instances JSON, and LVIS under o->lvis. Its images are not looked at; image_root is set from o->images, or to where the files seem
 * to be. Under o->reference, pycocotools' defects on loading: `iscrowd` and `area` must be there, a repeated annotation id names the last
 * one, id 0 is flagged. yolo: a data.yaml, or a folder that holds one. voc: a folder of .xml files, or a devkit's (voc.h). dota,
 * visdrone: a text file an image (texts.h). openimages: a CSV of boxes.
 *
 * Who finds no such split in the set fails by bx_testset_no_split, naming those that are there; who chose one (from a data.yaml, a devkit's
 * list) sets t->split.
 */
#pragma once
#include "core/data/formats.h"
#include "core/testset/read.h"

/* The most sure wins; two are never equally sure. The split's folder is one in the folder itself, as Roboflow exports it. */
enum bx_sure {
    BX_SURE_NOT,
    BX_SURE_YOLO_UNSURE,    /* several .yaml files, or names of classes and images without labels: that is said */
    BX_SURE_COCO_ALONE,     /* the only .json file of annotations/ */
    BX_SURE_VOC_BELOW,      /* .xml files lie deeper: VOCdevkit/VOC2007, images/test, or in folders that are no splits */
    BX_SURE_YOLO_BARE,      /* no data.yaml, but classes.txt and the like */
    BX_SURE_VISDRONE_PLAIN, /* what the text alone tells */
    BX_SURE_DOTA_PLAIN,
    BX_SURE_YOLO_ONLY_YAML, /* a folder with one .yaml file of another name (coco8.yaml) */
    BX_SURE_COCO_NAMED,     /* instances_test.json, result.json and the like, in the folder or in annotations/ */
    BX_SURE_VOC_OTHER_SPLIT,
    BX_SURE_COCO_OTHER_SPLIT,
    BX_SURE_VOC_SPLIT,
    BX_SURE_COCO_SPLIT,
    BX_SURE_VISDRONE,
    BX_SURE_DOTA,
    BX_SURE_OPENIMAGES,
    BX_SURE_COCO,
    BX_SURE_VOC,
    BX_SURE_YOLO,
    BX_SURE_FILE, /* by the extension */
};

#define X(name, ...)                                                                                                                       \
    /* *path becomes what the reader wants */                                                                                              \
    enum bx_sure bx_testset_find_##name(const char **path, const struct bx_testset_options *o, struct bx_arena *a);                        \
    bool bx_testset_read_##name(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a,            \
                                struct bx_err *e);
BX_FORMATS(X)
#undef X

/* The split that a COCO file is named after: "val" of instances_val2017.json; NULL: none. */
const char *bx_coco_split_of(const char *file, struct bx_arena *a);

/* For these: does a path end in the extension? The i-th folder to look into: the folder itself, the split's in it ("test" by default), and
 * its other name ("valid" for "val"); NULL after the last. */
bool bx_testset_ends_in(const char *path, const char *extension);
const char *bx_testset_place(const char *dir, const struct bx_testset_options *o, int i, struct bx_arena *a);
/* Whether one of some of its images, spread over the list, lies in the folder: one that is lost does not hide the others, and who has none
 * is not kept by a hundred thousand. */
bool bx_testset_some_there(const struct bx_testset *t, const char *root, struct bx_arena *a);
/* A name from another machine as it lies below root, relative to that: the name itself when it is there; otherwise, with '\\' for '/', an
 * address without its query, its longest tail that is a file there, be its extension in the other case. NULL: none is. And as above, of
 * such. */
const char *bx_testset_below(const char *root, const char *name, struct bx_arena *a);
bool bx_testset_some_below(const struct bx_testset *t, const char *root, struct bx_arena *a);
/* The same path below root whose folders are there in other cases, absolute; NULL: none, or several. */
const char *bx_testset_any_case(const char *root, const char *path, struct bx_arena *a);
