/* pages.c: the table of pages. */
#include "render/view/pages.h"

#define PAGE(id, kind, nav, of, figures, path, title, description)                                                                         \
    [BX_PAGE_##id] = {#kind, nav, BX_OF_##of, BX_FIGURES_##figures, path, title, description, bx_tree_##kind},
const struct bx_page_info bx_pages[BX_NPAGES] = {
#include "render/view/pages.def"
};
