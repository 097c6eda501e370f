/*
 * yolo.h: the parts of the YOLO reader. For core/testset alone. data.yaml → entries of a split → image files → label files.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/testset/columns.h"
#include "core/testset/read.h"

struct bx_yolo_yaml {
    const char *file;
    const char *path; /* the `path` key, or NULL */
    size_t nclasses;
    const char **names; /* by index */
    const char *split;  /* the key that was taken: "test", "val", "validation", … */
    size_t nentries;    /* its folders and list files, as written */
    const char **entries;
    size_t split_line;
};
/* yolo_yaml.c. split: "test", "val" or "train". */
bool bx_yolo_yaml_read(const char *file, const char *split, struct bx_yolo_yaml *y, struct bx_arena *a, struct bx_err *e);

/* yolo_paths.c: the images of the split: t's image columns, in order of their names relative to image_root. Notes go to t. */
bool bx_yolo_images(const struct bx_yolo_yaml *y, const char *images, struct bx_testset *t, struct bx_arena *a, struct bx_err *e);
/* The label file of an image: the last "/images/" becomes "/labels/", the extension ".txt". */
char *bx_yolo_label_path(const char *image, struct bx_arena *a);
