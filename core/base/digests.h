/*
 * digests.h: what files were seen to be, kept in a file between nights, so that what did not change costs a stat. A file is known by
 * (device, inode, size, mtime, ctime, in ns); one that changed so shortly before it was hashed that it may change again within the same
 * tick is not kept. What cannot be read, or is another version's, is no more than lost: everything is hashed again, as it is each 30 days.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct bx_seen_key {
    uint64_t device, inode, size;
    int64_t mtime, ctime; /* ns */
};
struct bx_seen {
    struct bx_seen_key key;
    uint8_t sha[32];
    uint32_t more[8]; /* what else was seen of it, as the caller has it */
};
struct bx_digests {
    const char *path;   /* NULL: nothing is kept */
    int64_t verified;   /* when all were hashed, UTC ms */
    struct bx_seen *at; /* by key, first `known` of them; then what was added */
    size_t n, known, cap;
};

struct bx_seen_key bx_seen_key_of(const struct stat *st);
/* path: NULL: nothing is kept. verify: what is kept is not believed. */
void bx_digests_open(struct bx_digests *d, const char *path, bool verify);
/* NULL: it is not known. Calls may come from several threads, while nothing is added. */
const struct bx_seen *bx_digests_find(const struct bx_digests *d, const struct bx_seen_key *k);
/* now: when its hashing began, UTC ns. */
void bx_digests_add(struct bx_digests *d, const struct bx_seen *s, int64_t now);
/* keep: writes what is new. That it cannot is said with -v: the next night is slower. Frees. */
void bx_digests_close(struct bx_digests *d, bool keep);
