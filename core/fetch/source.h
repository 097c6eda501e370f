/*
 * source.h: where a fetched set came from: source.json beside it.
 *
 *     {"format": 1, "source": "roboflow:acme/hardhats/3", "url": "https://api.roboflow.com/acme/hardhats/3/coco", "export": "coco",
 *      "fetched": "2026-11-23T04:12:05.123Z", "license": "CC BY 4.0", "origin": "https://universe.roboflow.com/acme/hardhats/dataset/3",
 *      "archive": {"sha256": "…", "bytes": 1234, "etag": "\"…\"", "modified": null}, "files": 60, "bytes": 5678}
 *
 * url is without secrets (bx_url_shown); where that leaves out what is asked for (?id=***), "asked" has 32 bits of the whole URL's SHA-256:
 * enough to know another by, too few to find a key. What is not known is null; license and origin are what the set's own data.yaml or
 * README.roboflow.txt says. files and bytes are what lies beside source.json, itself and
 * what tools leave there (labels.cache, .DS_Store) left out.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stdint.h>

#define BX_SOURCE_FILE "source.json"

struct bx_source {
    const char *source, *url, *asked, *export, *license, *origin, *etag, *modified, *sha256; /* NULL: not known */
    const char *fetched;
    uint64_t archive_bytes, files, bytes;
};
/* False: there is none (e->code BX_IO), or none of ours (BX_DATA). */
bool bx_source_read(const char *folder, struct bx_source *s, struct bx_arena *a, struct bx_err *e);
bool bx_source_write(const char *folder, const struct bx_source *s, struct bx_err *e);
/* Of a test set's file or folder: what was written when it was fetched, there or up to three folders above, and otherwise what it says of
 * itself in these. False: nothing is known. */
bool bx_source_find(const char *path, struct bx_source *s, struct bx_arena *a);
/* What the set says of itself: license and origin. What it does not say stays. */
void bx_source_look(const char *folder, struct bx_source *s, struct bx_arena *a);
/* The same of one text: a README's "License: …" and a line that is the address of a page, or data.yaml's "license" and "url" below
 * "roboflow:". */
void bx_source_says(const char *p, size_t size, bool yaml, struct bx_source *s, struct bx_arena *a);
/* What lies in the folder now; false: it cannot be read, or something in it is neither a file nor a folder (BX_DATA). */
bool bx_source_count(const char *folder, uint64_t *files, uint64_t *bytes, struct bx_err *e);
