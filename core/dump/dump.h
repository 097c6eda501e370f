/*
 * dump.h: what programs leave of their predictions: a file, or a folder of files → detections. Which program it was is told by what is
 * there; formats.def is the list. COCO results and what is like them are core/data's.
 *
 * Images are told by core/data/join.h's rules, classes by name where the file has names. What has no image, or not the geometry, is left
 * out and counted (struct bx_results_said); an error is a file that cannot be read: it names the file, the place, found and expected.
 */
#pragma once
#include "core/data/results.h"

/* The files to be read, in memory; they must outlive the detections where masks stay text. */
struct bx_dump_file {
    const char *name; /* of a folder: below it */
    const char *data;
    size_t n;
};
struct bx_dump {
    const char *name; /* as the user wrote it, for messages */
    bool folder;
    const struct bx_dump_file *files;
    size_t nfiles;
};

/* Which of the n names in a folder (bytewise order, its own and those of "labels/") are to be read, put first: how many. 0, and e: it is
 * nobody's folder of predictions. */
size_t bx_dump_pick(char **names, size_t n, enum bx_geometry g, const char *folder, struct bx_err *e);

/* The names that bx_dump_pick is to choose from. dir may be a path below /proc/self/fd. */
bool bx_dump_list(const char *dir, struct bx_arena *a, char ***names, size_t *n, struct bx_err *e);

bool bx_dump_read(const struct bx_dump *dump, const struct bx_testset *t, const struct bx_results_options *o, struct bx_detections *d,
                  struct bx_arena *a, struct bx_err *e);
