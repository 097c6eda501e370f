/*
 * columns.h: what the readers of this room share: growing columns, and remarks. For core/testset alone.
 */
#pragma once
#include "core/data/segmentation.h"
#include "core/data/testset.h"
#include "core/testset/read.h"

/* A remark for the user, appended to t->notes. */
void bx_testset_note(struct bx_testset *t, struct bx_arena *a, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Things that happen often are counted and told once, with the first place they happened at. */
struct bx_tally {
    size_t n;
    char first[256];               /* "labels/a.txt:3" */
    struct bx_label_place *places; /* of bx_tally_at alone; in its arena */
    size_t nplaces, cap;
};
#define BX_MOST_PLACES 1000 /* of one kind that are remembered */
void bx_tally_add(struct bx_tally *y, const char *place_fmt, ...) __attribute__((format(printf, 2, 3)));
void bx_tally_join(struct bx_tally *y, const struct bx_tally *later, struct bx_arena *a);
/* The same, and the place is remembered: `testset lint` lists all of them. Line 0: the file itself. */
void bx_tally_at(struct bx_tally *y, struct bx_arena *a, const char *file, size_t line);
void bx_tally_why(struct bx_tally *y, struct bx_arena *a, const char *file, size_t line, const char *text); /* text: what it is there */

/* Image i, and where it is listed if that is known. */
void bx_tally_image(struct bx_tally *y, struct bx_arena *a, const struct bx_testset *t, size_t i);
/* text: "PATH:LINE: what", or "PATH:LINE:COLUMN: what"; label: the file as it is told. */
void bx_tally_fault(struct bx_tally *y, struct bx_arena *a, const char *label, const char *path, const char *text);
/* Another place of what was counted by bx_tally_add. */
void bx_tally_keep(struct bx_tally *y, struct bx_arena *a, const char *file, size_t line, const char *text);

/* The tally as a note, "3 boxes have no area (first: labels/a.txt:3): kept"; nothing where it is empty. what: for any number, as
 * "{box has|boxes have} no area" (bx_agree); done, likewise: what was done about it.
 * BX_SEVERITY_ERROR: numbers will be wrong; WARNING: they may be, or something was left out; NOTE: good to know. */
void bx_testset_told(struct bx_testset *t, struct bx_arena *a, enum bx_severity s, const struct bx_tally *y, const char *what,
                     const char *done);

/* What of the labels was left out because it cannot be read: for lint alone. True. */
bool bx_testset_unread(struct bx_testset *t, struct bx_tally *y, struct bx_arena *a);

/* The split that was asked for is not in the set. Fails with the text; bx_testset_read may then ask for another one. */
bool bx_testset_no_split(const struct bx_testset_options *o, struct bx_err *e, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* What is wrong, of all files that are read: whoever mends them sees what there is to mend. */
#define BX_FAULTS_SHOWN 20
struct bx_faults {
    size_t n, files; /* faults, and the files that have any */
    const char *last;
    const char *text[BX_FAULTS_SHOWN], *file[BX_FAULTS_SHOWN]; /* the first ones */
};
/* The text begins with the file and the place. */
void bx_faults_add(struct bx_faults *f, struct bx_arena *a, const char *file, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Once all nfiles are read. False where there is any fault: the first, and how many there are; the others are logged. For lint they are a
 * note with their places, and what is faulty is left out. */
bool bx_faults_end(const struct bx_faults *f, size_t nfiles, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a,
                   struct bx_err *e);

/* Annotations while they are read, one image after the other. */
struct bx_columns {
    struct bx_arena *a;
    bool obb, masks; /* which optional columns there will be; without corners an annotation has NaN, without a mask {0} */
    size_t n, cap;
    uint32_t *class_index;
    uint8_t *flags;
    double *area, *box, *corners;
    int64_t *id;
    uint32_t *line;
    struct bx_rle *mask;
};
struct bx_annotation {
    uint32_t class_index;
    uint32_t line; /* where it stands in its file; 0: not known */
    uint8_t flags;
    double area, box[4];
    const double *corners; /* 8, or NULL */
    struct bx_rle mask;
};
void bx_columns_add(struct bx_columns *c, const struct bx_annotation *ann); /* ids count from 1 */
void bx_columns_end(struct bx_columns *c, struct bx_testset *t);            /* moves them into t (all but ann_begin); frees what grew */
void bx_columns_free(struct bx_columns *c);

#define BX_FAR 1e9 /* pixels: what lies farther is no coordinate, and areas made of it would be no numbers */

/* The area that n points x, y enclose (shoelace, absolute). */
double bx_points_area(const double *xy, size_t n);

/* The class columns: n names, all different, sorted bytewise, with ids that mean nothing; place[i]: where the i-th is. */
void bx_testset_classes(struct bx_testset *t, const char *const *names, size_t n, uint32_t *place, struct bx_arena *a);

/* The image columns for n images named by files, sorted, ids from 1. Sizes are 0: to be looked at. */
void bx_testset_images(struct bx_testset *t, const char *root, char **files, size_t n, struct bx_arena *a);
