/*
 * archive.h: a stranger's zip or tar (plain, gz, bz2, xz, zst) into a folder, wholly or not at all.
 *
 * Regular files and folders alone: a link, a device, a pipe, an absolute name, "..", a file twice (or two names that the file system takes
 * for one), an encrypted file and a sum that does not match end it. Owners, modes and times are not taken over. What macOS puts in beside
 * the files (__MACOSX, .DS_Store) is passed over. A backslash is a slash.
 */
#pragma once
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    BX_ARCHIVE_NAME = 255, /* bytes of one component */
    BX_ARCHIVE_PATH = 1024,
    BX_ARCHIVE_DEPTH = 32, /* folders */
};
struct bx_archive_limits {
    uint64_t bytes, entries; /* at most, unpacked; the folders that a name makes are entries, too */
    uint64_t ratio;          /* so many times the archive's own bytes, once 256 MiB are unpacked */
    uint64_t free_disk;      /* bytes that stay free */
    double seconds;
};
extern const struct bx_archive_limits bx_archive_limits; /* the defaults */

struct bx_archive_result {
    uint64_t files, folders, bytes, passed_over;
    char top[BX_ARCHIVE_NAME + 1]; /* the one folder in which all lies; "" where there is none */
};
/* From fd, which is read from its beginning, into the open, empty folder `into`; -1: it is read and judged, and nothing is written. name
 * is for messages. tick is called with what is done so far; NULL allowed. In this process: see bx_archive_unpack. */
bool bx_archive_extract(int fd, const char *name, int into, const struct bx_archive_limits *l, struct bx_archive_result *r,
                        void (*tick)(void *self, const struct bx_archive_result *r), void *self, struct bx_err *e);

/* Whether the first n bytes are a page, JSON, or an archive of another kind: false with the words for it (BX_DATA). */
bool bx_archive_begins(const char *p, size_t n, struct bx_err *e);

/* What may stand in an archive, as its path below the folder; NULL: e says why it may not. out holds BX_ARCHIVE_PATH + 1 bytes; "" is the
 * folder itself. */
bool bx_archive_path(const char *name, char *out, struct bx_err *e);

/* child.c. The same in a process of its own, which confine(folder) shuts in (NULL: is not called) and which has neither our environment nor
 * our descriptors; folder is where it may write. progress is called in this process. */
struct bx_archive_job {
    int fd;
    const char *name, *folder;
    const struct bx_archive_limits *limits;
    bool (*confine)(const char *folder, struct bx_err *e);
    void (*progress)(void *self, const struct bx_archive_result *r);
    void *self;
};
bool bx_archive_unpack(const struct bx_archive_job *j, struct bx_archive_result *r, struct bx_err *e);
