/* render.h: the site of a board's settings, for `render` and `nightly`. */
#pragma once
#include "core/settings/settings.h"
#include "render/site/site.h"

/* board: a site of it alone; NULL: of all. site, templates: flags over the settings, or NULL. allow_removal: site.h. e is filled when it
 * returns false. */
bool bx_render_site(const struct bx_settings *s, const char *board, const char *site, const char *templates, bool allow_removal,
                    struct bx_site_result *r, struct bx_arena *a, struct bx_err *e);
