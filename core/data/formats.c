/* formats.c: the table of formats.h. */
#include "core/data/formats.h"
#include <string.h>

const struct bx_format bx_formats[BX_NFORMATS] = {
#define X(name, title, extension, sign) {#name, title, extension, sign},
    BX_FORMATS(X)
#undef X
};

const struct bx_format *bx_format_find(const char *name)
{
    for (size_t i = 0; i < BX_NFORMATS; i++)
        if (!strcmp(bx_formats[i].name, name))
            return &bx_formats[i];
    return NULL;
}
