/* backends.c: the table of backends.h. */
#include "core/data/backends.h"
#include "core/data/model.h"
#include <string.h>

const struct bx_backend_info bx_backends[BX_NBACKENDS] = {
#define X(constant, name, member, noun, runs, confined, server, images, test_set_ids, asked)                                               \
    {#name, noun, offsetof(struct bx_backend_config, member), runs, confined, server, images, test_set_ids, asked},
    BX_BACKENDS(X)
#undef X
};

const struct bx_backend_info *bx_backend_info(const struct bx_backend_config *b)
{
    return b->kind < BX_NBACKENDS ? &bx_backends[b->kind] : NULL;
}

bool bx_backend_needs_leave(const struct bx_backend_config *b)
{
    const struct bx_backend_info *info = bx_backend_info(b);
    return info && (info->runs || info->server);
}

const struct bx_backend_info *bx_backend_find(const char *name)
{
    for (size_t i = 0; i < BX_NBACKENDS; i++)
        if (!strcmp(bx_backends[i].name, name))
            return &bx_backends[i];
    return NULL;
}

const char *bx_backend_what(const struct bx_backend_config *b)
{
    const char *what = NULL;
    if (bx_backend_info(b))
        memcpy(&what, (const char *)b + bx_backend_info(b)->what, sizeof what);
    return what;
}
