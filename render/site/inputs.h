/*
 * inputs.h: what each file of the live site was made from, so that what has the same input is linked and not made again.
 *
 * It is kept beside the site, hidden (.NAME.boxscore-inputs): a record a file, of the digest of its input, which file on the disk that made
 * (inode, size and time of writing), and what a page must know of a drawing without looking at it. It is only a memory: lost, damaged
 * or of another program, everything is made again. A file that somebody changed by hand is made again.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "render/chart/chart.h"
#include "render/publish/publish.h"

struct bx_made {
    const char *path;
    struct bx_publish_seal seal;
    int width, height; /* of a drawing, and: */
    const struct bx_chart_spot *spots;
    size_t nspots;
};
struct bx_inputs;

/* What lies beside the output; never fails. The program itself, its libraries and fonts are part of every input. */
struct bx_inputs *bx_inputs_open(const char *output);
void bx_inputs_free(struct bx_inputs *in); /* NULL allowed */

/* The key of one file: what it is, and the digest of what it is made from. */
void bx_inputs_key(const struct bx_inputs *in, const char *what, const char *name, const uint8_t input[32], uint8_t key[32]);

/* Puts it into the new site from the live one. NULL: it must be made. */
const struct bx_made *bx_inputs_keep(struct bx_inputs *in, struct bx_publish *p, const uint8_t key[32]);
/* It was made and added to the site. */
void bx_inputs_made(struct bx_inputs *in, struct bx_publish *p, const uint8_t key[32], const struct bx_made *m);

/* The whole site as it was put there: from what, and how many pages it has. */
bool bx_inputs_untouched(const struct bx_inputs *in, const uint8_t key[32], uint64_t *pages, struct bx_publish_counts *c);
void bx_inputs_whole(struct bx_inputs *in, const uint8_t key[32], uint64_t pages);

/* What was made or kept, for the next time. What cannot be written is only a remark: then all is made again. */
void bx_inputs_write(struct bx_inputs *in);

uint64_t bx_inputs_kept(const struct bx_inputs *in); /* how many were not made again */

/* The records since the n-th as bytes, and back: from one process to another. */
size_t bx_inputs_count(const struct bx_inputs *in);
void bx_inputs_pack(const struct bx_inputs *in, size_t from, struct bx_buf *out);
bool bx_inputs_unpack(struct bx_inputs *in, const char *bytes, size_t n, uint64_t kept);
