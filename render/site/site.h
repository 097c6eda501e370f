/*
 * site.h: the whole site: the store is opened read-only, every page's tree is made, plots are drawn, templates rendered, and the result
 * published at once (publish.h). Equal database, templates and libraries give equal bytes.
 */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include <stdbool.h>
#include <stdint.h>

struct bx_site_options {
    const char *database;
    const char *board;      /* slug: a site of this board alone; NULL: of all */
    const char *output;     /* folder; not used by bx_site_dump */
    const char *templates;  /* folder with template.json, *.mustache and assets/ */
    int64_t stale_after_ms; /* when the site says that it is old */
    int64_t max_age_ms;     /* when a model's numbers are overdue; 0: never */
    bool allow_removal;     /* also when it takes away rows that the database should know of */
    const char *shipped;    /* another such folder: what `templates` does not have comes from here; NULL: nothing does */
};
struct bx_site_result {
    uint64_t pages, files, bytes;
    uint64_t linked; /* files that were as on the previous site, and: */
    uint64_t kept;   /* of them those that were not even made again: what they are made from was as before */
};

/* Whether the site that is live was made from all that bx_site_render would read now, file by file: then there is nothing to do, and r is
 * what that would give. */
bool bx_site_current(const struct bx_site_options *o, struct bx_site_result *r);

/* Errors: BX_CONFIG for templates (with file, line, name), BX_DATA when there is no board, BX_DB (also for rows.h's reason), BX_BUSY,
 * BX_IO. The live site is then as it was. */
bool bx_site_render(const struct bx_site_options *o, struct bx_site_result *r, struct bx_err *e);

/* Is there a site of ours in this folder? */
bool bx_site_made(const char *output);

/* The tree that the template of one page sees, as JSON: page is a path ("index.html", "b/shapes/m/fast.html"). Nothing is written. */
bool bx_site_dump(const struct bx_site_options *o, const char *page, struct bx_buf *out, struct bx_err *e);
