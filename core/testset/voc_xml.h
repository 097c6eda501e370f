/*
 * voc_xml.h: one Pascal VOC annotation file, as written (no offset applied), whatever tool wrote it. For core/testset alone.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/testset/columns.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is read otherwise than it stands there, and therefore told. */
enum bx_voc_oddity {
    BX_VOC_SWAPPED,   /* a box's corners, put in order */
    BX_VOC_TWO_BOXES, /* of an object: the first is taken */
    BX_VOC_POLYGON,   /* not Roboflow's, beside a box: left */
    BX_VOC_DIFFICULT, /* neither yes nor no: no */
    BX_VOC_ODDITIES
};
struct bx_voc_object {
    const char *name;
    bool difficult, has_box, has_corners;
    double box[4];     /* xmin ymin xmax ymax, each no more than its other end */
    double corners[8]; /* of a <robndbox>, in pixels from 0 */
    double area;       /* of that */
    size_t npoints;
    double *points; /* the polygon's x y; NULL when there is none */
    unsigned odd;   /* 1 << each oddity it has */
    size_t line;
};

struct bx_voc_file {
    const char *filename; /* the element, or NULL */
    uint32_t w, h;        /* 0: not stated */
    size_t nobjects;
    struct bx_voc_object *objects;
};

/* False: it cannot be opened. Entity declarations are a fault: a few lines of them expand to gigabytes. */
bool bx_voc_read(const char *path, struct bx_voc_file *f, struct bx_faults *faults, struct bx_arena *a, struct bx_err *e);

/* voc_encoding.c: the text of an XML file becomes UTF-8, without byte order mark; false: `why` not, and the line of it. */
bool bx_voc_utf8(struct bx_buf *text, size_t *line, char why[120]);
