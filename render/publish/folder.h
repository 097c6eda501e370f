/*
 * folder.h: what a folder of ours holds. For render/publish*.c alone.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bx_site_file {
    const char *path; /* relative, '/' between components */
    uint64_t bytes;
    uint8_t sha[32];
    bool kept; /* of the site before: pages that readers still have open name it */
};
/* A manifest: files sorted by path, notes as texts, bytewise. */
struct bx_site {
    size_t n, nnotes;
    struct bx_site_file *files;
    const char **notes;
};

/* In a folder that is being rendered: whatever is in it is ours. */
#define BX_SITE_MARKER ".boxscore-rendering"

bool bx_site_path_valid(const char *path);
const struct bx_site_file *bx_site_find(const struct bx_site *s, const char *path);
void bx_site_sort(struct bx_site *s);
/* A manifest's text; path for messages. */
bool bx_site_read(const char *path, const char *text, size_t n, struct bx_site *s, struct bx_arena *a, struct bx_err *e);
void bx_site_write(const struct bx_site *s, struct bx_buf *out); /* the manifest's JSON; s is sorted */

bool bx_site_load(const char *manifest, struct bx_site *s, struct bx_arena *a, struct bx_err *e); /* the file */

/* Judge a folder: absent, empty, or a site of ours with nothing unlisted in it; anything else is BX_CONFIG, naming the stranger. */
enum bx_folder { BX_FOLDER_ABSENT, BX_FOLDER_EMPTY, BX_FOLDER_SITE, BX_FOLDER_RENDERING };
bool bx_folder_judge(const char *path, enum bx_folder *what, struct bx_site *s, struct bx_arena *a, struct bx_err *e);
