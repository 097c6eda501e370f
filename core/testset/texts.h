/*
 * texts.h: label formats of one text file an image, an object a line, in pixels: what DOTA and VisDrone share. For core/testset alone.
 *
 * The labels lie in a folder that is known by its name, in the set's folder or in its split's, or beside the images; the images in a folder
 * beside that of the labels. A label file without image is an error, an image without label file has nothing in it.
 */
#pragma once
#include "core/testset/columns.h"
#include "core/testset/readers.h"

struct bx_texts {
    struct bx_testset *t;
    struct bx_arena *a;
    const struct bx_testset_options *o;
    struct bx_columns c;
    struct bx_faults faults;
    const char *path, *file; /* of the label file being read: as faults name it, and relative to the set */
    size_t line;
    struct bx_tally flat;
    void *context; /* the format's own */
};
struct bx_texts_kind {
    const char *title;                /* for messages */
    bool (*folder)(const char *name); /* is a folder of that name one of its labels? */
    int (*looks)(char *line);         /* 1: a line of this format; 0: nothing is known from it; -1: of another. May cut it up */
    void (*read)(struct bx_texts *x,
                 char *line); /* adds what stands there, or faults; white space around it is gone, and it is not empty */
};

/* How sure: `own` where the labels lie in a folder of their name, `plain` where the text alone tells. *path becomes the set's folder. */
enum bx_sure bx_texts_find(const struct bx_texts_kind *k, const char **path, const struct bx_testset_options *o, enum bx_sure own,
                           enum bx_sure plain, struct bx_arena *a);
/* The images and annotations. Classes are the caller's, after which bx_texts_end. */
bool bx_texts_read(const struct bx_texts_kind *k, const char *path, struct bx_texts *x, struct bx_err *e);
void bx_texts_end(struct bx_texts *x); /* in every case */

/* For `read`. The words of a line, cut in place; their number, which may be more than `most`, the size of words. */
size_t bx_texts_words(char *line, const char *separators, char **words, size_t most);
void bx_texts_fault(struct bx_texts *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool bx_texts_number(struct bx_texts *x, const char *word, const char *what, double *out);
void bx_texts_add(struct bx_texts *x, struct bx_annotation *ann);
