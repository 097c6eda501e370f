/*
 * formats.h: the formats of labels, as a list. What finds and reads each stands in core/testset (bx_testset_find_<name>,
 * bx_testset_read_<name>); settings, errors and --help name them from here.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* X(name, title, extension, sign): what a file of it ends in, and what a folder is known by. */
#define BX_FORMATS(X)                                                                                                                      \
    X(yolo, "YOLO", ".yaml", "data.yaml, classes.txt or obj.data")                                                                         \
    X(voc, "Pascal VOC", NULL, ".xml files")                                                                                               \
    X(dota, "DOTA", NULL, "labelTxt/")                                                                                                     \
    X(visdrone, "VisDrone", NULL, "annotations/ of .txt files")                                                                            \
    X(openimages, "Open Images", ".csv", "a .csv with ImageID and XMin")                                                                   \
    X(coco, "COCO", ".json", "annotations.json or _annotations.coco.json")

#define BX_FORMAT_AUTO              "auto" /* looks at what is there */
#define BX_FORMAT_COMMA_(name, ...) ", " #name
#define BX_FORMAT_NAMES             BX_FORMAT_AUTO BX_FORMATS(BX_FORMAT_COMMA_) /* "auto, yolo, …" */

struct bx_format {
    const char *name, *title;
    const char *extension; /* NULL: a folder only */
    const char *sign;
};
enum {
#define X(name, ...) BX_FORMAT_##name,
    BX_FORMATS(X)
#undef X
        BX_NFORMATS
};
extern const struct bx_format bx_formats[BX_NFORMATS];
const struct bx_format *bx_format_find(const char *name); /* NULL: there is none of that name, "auto" included */
