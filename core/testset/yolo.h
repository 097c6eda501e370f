/*
 * yolo.h: the parts of the YOLO reader. For core/testset alone. data.yaml, or what stands in for one → entries of a split → image files →
 * label files.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/json_reader.h"
#include "core/testset/columns.h"
#include "core/testset/read.h"

struct bx_yolo_yaml {
    const char *file;
    const char *path; /* the `path` key, or NULL */
    size_t nclasses;
    const char **names; /* by index; NULL: no class has this one */
    bool no_split;      /* it has none of that name, or nothing there: so reading it failed */
    const char *split;  /* the key that was taken: "test", "val", "validation", … */
    size_t nentries;    /* its folders and list files, as written */
    const char **entries;
    size_t split_line;
};
/* yolo_yaml.c. split: "test", "val" or "train". */
bool bx_yolo_yaml_read(const char *file, const char *split, struct bx_yolo_yaml *y, struct bx_arena *a, struct bx_err *e);

/* yolo_bare.c: the same of a folder without one. The names of its classes stand in classes.txt (Label Studio, labelImg), obj.names
 * (darknet, CVAT), _darknet.labels (Roboflow) or notes.json (Label Studio); its images are what obj.data lists, or lie in images/, in the
 * split's folder, or in the folder itself. y->file is where the names stand, y->split_line 0, entries are absolute. */
bool bx_yolo_is_bare(const char *dir, const struct bx_testset_options *o, bool *labelled, struct bx_arena *a);
bool bx_yolo_bare_read(const char *dir, const struct bx_testset_options *o, struct bx_yolo_yaml *y, struct bx_testset *t,
                       struct bx_arena *a, struct bx_err *e);
/* yolo_find.c: a folder with neither. Fails, and names the .yaml files between which it cannot choose. */
bool bx_yolo_no_yaml(const char *dir, struct bx_arena *a, struct bx_err *e);
/* Whether files of names count as labels of no image. */
bool bx_yolo_names_file(const char *name);
/* A text file without its byte order mark; error: it is UTF-16. Lines: without blanks around them; false after the last. */
bool bx_yolo_text(const char *file, size_t most, struct bx_buf *out, struct bx_err *e);
struct bx_yolo_line {
    const char *p, *end; /* what is left */
    struct bx_slice text;
    size_t number; /* from 1 */
};
bool bx_yolo_line(struct bx_yolo_line *l);

/* yolo_paths.c: the images of the split: t's image columns, in order of their names relative to image_root. Notes go to t. */
bool bx_yolo_images(struct bx_yolo_yaml *y, const char *images, struct bx_testset *t, struct bx_arena *a, struct bx_err *e);
/* The label file of an image: the last "/images/" becomes "/labels/", the extension ".txt". Where there is no such folder, beside it. */
char *bx_yolo_label_path(const char *image, struct bx_arena *a);
