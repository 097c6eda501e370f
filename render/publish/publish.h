/*
 * publish.h: a site goes live at once or not at all.
 *
 *     struct bx_publish *p;
 *     if (!bx_publish_begin(&p, "site", err)) return false;         // every reason to refuse is found here, before rendering
 *     ok = bx_publish_add(p, "index.html", html, n, err) && … && bx_publish_commit(p, err);
 *     bx_publish_end(p);                                            // after a failure the live site is as it was
 *
 * Files are written into a hidden folder beside the output; a file that the live site has with the same bytes is hard-linked from it.
 * commit writes the manifest (boxscore-site.json: every file with its size and SHA-256), syncs, and exchanges the two folders with
 * renameat2(RENAME_EXCHANGE). Where the file system cannot, the output must be a symbolic link (an absent one is made so), which is
 * switched by rename. The previous site stays beside the output, hidden, until the next commit. A process killed anywhere leaves the old
 * site whole, or the new one; the next begin cleans up after it.
 *
 * Assets that the new site no longer names stay in it for one generation, marked in the manifest: a reader may have an old page open.
 *
 * Only an absent or empty folder, or one with our manifest and nothing that it does not list, is ever replaced: the error names the
 * stranger. Two renders to one output: the second fails with BX_BUSY.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BX_SITE_MANIFEST "boxscore-site.json"

struct bx_publish;

/* BX_CONFIG: the output is something that is never replaced; BX_BUSY; BX_IO. On failure *p is NULL. */
bool bx_publish_begin(struct bx_publish **p, const char *output, struct bx_err *e);

/* path: relative, components of [A-Za-z0-9._~@+=,-], none "." or "..". The same path twice must have the same bytes. */
bool bx_publish_add(struct bx_publish *p, const char *path, const void *bytes, size_t n, struct bx_err *e);

/* The name an asset's bytes give it: "assets/<name>.<first 8 hex digits of its SHA-256>.<ext>". */
#define BX_ASSET_SIZE 128
bool bx_asset_path(const char *name, const char *ext, const void *bytes, size_t n, char out[BX_ASSET_SIZE], struct bx_err *e);
/* Both: add the bytes under that name. out is what pages link to, from the site's root. */
bool bx_publish_asset(struct bx_publish *p, const char *name, const char *ext, const void *bytes, size_t n, char out[BX_ASSET_SIZE],
                      struct bx_err *e);

struct bx_publish_counts {
    uint64_t files, bytes; /* in all */
    uint64_t linked;       /* files that the live site had already */
};

/* Which file on the disk a path is: the same inode, size and time are the same bytes. */
struct bx_publish_seal {
    uint64_t inode, bytes;
    int64_t changed_ns;
};
/* Of what was added. false: it cannot be looked at. */
bool bx_publish_sealed(const struct bx_publish *p, const char *path, struct bx_publish_seal *seal);
/* Adds the live site's file without looking into it. false: it is not there, or not with this seal; nothing was added. */
bool bx_publish_keep(struct bx_publish *p, const char *path, const struct bx_publish_seal *seal);

/* Of the live site's manifest. false: there is none. */
bool bx_publish_live(const char *output, struct bx_publish_seal *manifest);
/* Whether the live site has this manifest and is as it was put there: every file of its size and not changed since, and nothing else. *c:
 * what is in it, all of it linked. Nothing is changed, nor locked. */
bool bx_publish_untouched(const char *output, const struct bx_publish_seal *manifest, struct bx_publish_counts *c);

/* Several processes may fill one site: each child of a fork calls bx_publish_child once, adds, and packs what it added; the parent unpacks
 * all of that and commits. Of a path that two of them made the bytes must be the same, which commit finds out. */
void bx_publish_child(struct bx_publish *p);
void bx_publish_pack(const struct bx_publish *p, struct bx_buf *out); /* what was added since bx_publish_child */
bool bx_publish_unpack(struct bx_publish *p, const char *bytes, size_t n);

/* A line that the manifest keeps for who publishes here next. */
void bx_publish_note(struct bx_publish *p, const char *text);
/* Those of the site that is live there, sorted; the arena's. *site false: there is none. Nothing is changed, nor locked. */
bool bx_publish_noted(const char *output, bool *site, const char *const **notes, size_t *n, struct bx_arena *a, struct bx_err *e);

struct bx_publish_counts bx_publish_counts(const struct bx_publish *p);

bool bx_publish_commit(struct bx_publish *p, struct bx_err *e); /* once, after the last add */
void bx_publish_end(struct bx_publish *p);                      /* frees; without a commit, removes what was rendered. NULL allowed */
