/*
 * voc.h: where the parts of a Pascal VOC set lie, and which belongs to which. For core/testset alone. A devkit has a folder of annotations,
 * one of images and lists of its splits; other sets have annotations and images side by side. Folders are known by name whatever the case
 * ("annotations/xmls").
 */
#pragma once
#include "core/testset/folders.h"
#include "core/testset/readers.h"
#include "core/testset/voc_xml.h"

struct bx_voc_layout {
    const char *home;        /* what its lists and folders of images lie in */
    const char *all;         /* the folder of annotations */
    const char *annotations; /* what is read of it: itself, or the split's folder in it */
    const char *inside;      /* the latter's path in the former: "", "test", "DET/test" */
    bool below;              /* with its subfolders */
    bool devkit;             /* the annotations have a folder of their own in `home` */
    const char *list;        /* a text file of names that says which belong to the split; NULL: all do */
};

/* voc_places.c. False: no annotations there, or not those of the split, as e says. Notes go to t. */
bool bx_voc_layout_find(const char *dir, const struct bx_testset_options *o, struct bx_voc_layout *l, struct bx_testset *t,
                        struct bx_arena *a, struct bx_err *e);

/* The images: all that lie below `root`, of which those that begin with `scope` ("test/", or "") are the split's. */
struct bx_voc_images {
    const char *root, *scope;
    char **names;
    size_t n;
    bool sought; /* not in a folder of images, but wherever they lie */
};
bool bx_voc_images_find(const struct bx_voc_layout *l, const struct bx_testset_options *o, struct bx_voc_images *m, struct bx_testset *t,
                        struct bx_arena *a, struct bx_err *e);

/* An image of the split, and its annotations where it has any. */
struct bx_voc_pairing {
    const char *image;
    const char *xml; /* NULL: none */
    struct bx_voc_file file;
};

struct bx_voc {
    struct bx_testset *t;
    struct bx_arena *a;
    const struct bx_testset_options *o;
    struct bx_voc_layout l;
    char **xml; /* all .xml files, relative to l.annotations */
    size_t nxml;
    size_t *picked; /* those of the split: places in xml */
    size_t npicked;
    const char **bare; /* names of the list that have no .xml file */
    size_t *bare_line, nbare;
    struct bx_voc_images m;
    bool *taken; /* of m.names: is an image of the set */
    struct bx_voc_pairing *at;
    size_t n;
};

/* voc_pairs.c. Which annotations the list names; with names that have none. */
bool bx_voc_pick_listed(struct bx_voc *v, struct bx_err *e);
/* v->at: the images of the split, in their order, each with its file of `files` (one for each that was picked), or without. */
bool bx_voc_pair(struct bx_voc *v, const struct bx_voc_file *files, struct bx_err *e);
