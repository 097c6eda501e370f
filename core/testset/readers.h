/*
 * readers.h: the readers behind bx_testset_read, one a label format. Each fills a zeroed test set but for what the images alone can tell
 * (image_sha, image_orientation: bx_testset_look), with columns in evaluation order, memory in the arena.
 */
#pragma once
#include "core/testset/read.h"

/* COCO instances JSON, and LVIS under o->lvis. `path` is the file. Its images are not looked at; image_root is set from o->images or the
 * file's folder. Under o->reference, pycocotools' defects on loading: `iscrowd` and `area` must be there, a repeated annotation id names
 * the last one, id 0 is flagged. */
bool bx_testset_read_coco(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e);
/* YOLO text. `path` is a data.yaml, or a folder that holds one. */
bool bx_testset_read_yolo(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e);
/* Pascal VOC. `path` is a folder of .xml files. */
bool bx_testset_read_voc(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e);
