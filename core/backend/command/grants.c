/* grants.c: paths that are granted, as they are collected. */
#include "core/backend/command/command.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void add(struct bx_reaching *r, const char *path, enum bx_reach reach)
{
    r->at = bx_grow(r->at, &r->cap, r->n + 1, sizeof *r->at);
    r->at[r->n++] = (struct bx_grant){bx_path_absolute(r->a, path), reach, NULL};
}

void bx_reach_add(struct bx_reaching *r, const char *path, enum bx_reach reach)
{
    enum { MOST_LINKS = 16 };
    char to[PATH_MAX], real[PATH_MAX];
    add(r, path, reach);
    const char *at = r->at[r->n - 1].path;
    for (int i = 0; i < MOST_LINKS; i++) {
        ssize_t n = readlink(at, to, sizeof to - 1);
        if (n <= 0)
            break;
        to[n] = '\0';
        add(r, bx_path_join(r->a, bx_path_dir(r->a, at), to), reach);
        at = r->at[r->n - 1].path;
    }
    if (realpath(path, real) && strcmp(real, at) != 0)
        add(r, real, reach);
}
