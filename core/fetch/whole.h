/* whole.h: is what libarchive gave all that there is, and nothing else? For core/fetch alone. */
#pragma once
#include "core/fetch/archive.h"
#include "core/fetch/libarchive.h"

/* By the kinds that are read; raw: what is packed, as one stream. Aborts without memory. */
struct archive *bx_archive_reader(bool raw);
const char *bx_archive_words(struct archive *a); /* its last error, one line */

/* May so many bytes come out of so many? */
bool bx_archive_bearable(const struct bx_archive_limits *l, uint64_t packed, uint64_t bytes, struct bx_err *e);

struct bx_archive_read {
    uint64_t packed, entries; /* bytes of the file; entries that came */
    const struct bx_archive_limits *limits;
};
/*
 * Once a was read to its end. What libarchive passes over:
 *   zip    entries that its list has, several at one place, names with a NUL, a list that says another name, size or sum than stands at the
 *          file itself
 *   gzip   its sum
 *   tar    a missing mark at its end: it may have been cut between two files
 *   all    what follows the end of what is compressed, but for zeros
 */
bool bx_archive_whole(int fd, struct archive *a, const struct bx_archive_read *r, struct bx_err *e);
