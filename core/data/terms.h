/*
 * terms.h: the words of CONTRACTS that have a fixed meaning, as enums and their names.
 *
 * A task is what a model answers; a geometry is what is scored; a protocol is a rule book with a version. Boxes are x, y, w, h
 * from the top-left corner, in pixels of the image as displayed (EXIF orientation applied), as double.
 */
#pragma once
#include <stdbool.h>

enum bx_task { BX_DETECT, BX_SEGMENT, BX_OBB, BX_NTASKS };
enum bx_geometry { BX_GEOM_BOX, BX_GEOM_MASK, BX_GEOM_OBB, BX_NGEOMETRIES };

const char *bx_task_name(enum bx_task t);         /* "detect", "segment", "obb" */
const char *bx_geometry_name(enum bx_geometry g); /* "box", "mask", "obb" */
bool bx_task_parse(const char *s, enum bx_task *t);
bool bx_geometry_parse(const char *s, enum bx_geometry *g);
bool bx_task_answers(enum bx_task t,
                     enum bx_geometry g); /* can a model of task t be scored in g? segment: box and mask; obb: obb and box (its hull) */

#define BX_PROTOCOL_COCO           "coco/1"
#define BX_PROTOCOL_COCO_REFERENCE "coco-reference/1"
#define BX_PROTOCOL_SUPERVISION    "supervision/1"
#define BX_PROTOCOL_LVIS           "lvis/1"
#define BX_PROTOCOL_ULTRALYTICS    "ultralytics/1"

/* COCO's object sizes, by area in pixels squared: both ends inclusive in coco/1. */
enum bx_size { BX_SIZE_ALL, BX_SIZE_SMALL, BX_SIZE_MEDIUM, BX_SIZE_LARGE, BX_NSIZES };
extern const double bx_size_range[BX_NSIZES][2]; /* {0,1e10} {0,1024} {1024,9216} {9216,1e10} */
const char *bx_size_name(enum bx_size s);        /* "all", "small", "medium", "large" */
