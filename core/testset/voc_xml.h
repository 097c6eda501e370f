/*
 * voc_xml.h: one Pascal VOC annotation file, as written (no offset applied). For core/testset alone.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bx_voc_object {
    const char *name;
    bool difficult, has_box;
    double box[4]; /* xmin ymin xmax ymax */
    size_t npoints;
    double *points; /* the polygon's x y; NULL when there is none */
    size_t line;
};
struct bx_voc_file {
    const char *filename; /* the element, or NULL */
    uint32_t w, h;        /* 0: not stated */
    size_t nobjects;
    struct bx_voc_object *objects;
};

/* Errors are "FILE:LINE:COLUMN: …". Entity declarations are refused: a few lines of them expand to gigabytes. */
bool bx_voc_read(const char *path, struct bx_voc_file *f, struct bx_arena *a, struct bx_err *e);
