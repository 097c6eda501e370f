/*
 * templates.h: a template folder: what it was written for, its templates, assets, pages of its own, and files that are published as they
 * are. What a folder lacks comes from the shipped one.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "render/publish/publish.h"
#include "render/template/template.h"
#include "render/view/view.h"

struct bx_template_folders {
    const char *own, *shipped; /* shipped: NULL, or the same: there is no other */
};

/* BX_CONFIG: no template folder, or one for another context. */
bool bx_folders_load(const struct bx_template_folders *f, struct bx_templates *ts, struct bx_arena *a, struct bx_err *e);

/* Its assets, by name without the ending: their paths are put into `paths`. p NULL: named, but not written. */
bool bx_folders_assets(const struct bx_template_folders *f, struct bx_publish *p, cJSON *paths, struct bx_arena *a, struct bx_err *e);

/* pages/NAME.mustache, by name. */
bool bx_folders_pages(const struct bx_template_folders *f, const struct bx_view_own **pages, size_t *n, struct bx_arena *a,
                      struct bx_err *e);

/* Everything below static/, to the site's root. */
bool bx_folders_static(const struct bx_template_folders *f, struct bx_publish *p, struct bx_arena *a, struct bx_err *e);
