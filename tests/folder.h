/* folder.h: a temporary folder of a test's own, for the fixtures of cmocka, and files in it. Include it behind cmocka.h. */
#pragma once
#include "core/base/file.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[300];

static inline int make_folder(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(folder, sizeof folder, "%s/boxscore-test-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    return n > 0 && n < (int)sizeof folder && mkdtemp(folder) ? 0 : -1;
}
static inline int empty_folder(void **state)
{
    (void)state;
    struct bx_err e = {0};
    return bx_remove_tree(folder, &e) && bx_mkdirs(folder, &e) ? 0 : -1;
}
static inline int remove_folder(void **state)
{
    (void)state;
    struct bx_err e = {0};
    return bx_remove_tree(folder, &e) ? 0 : -1;
}

static inline char *in(struct bx_arena *a, const char *name)
{
    return bx_path_join(a, folder, name);
}
static inline void put_bytes(const char *name, const void *bytes, size_t n)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    const char *path = in(&a, name);
    if (!bx_mkdirs(bx_path_dir(&a, path), &e) || !bx_file_write(path, bytes, n, &e))
        fail_msg("%s", e.text);
    bx_arena_release(&a);
}
static inline void put(const char *name, const char *text)
{
    put_bytes(name, text, strlen(text));
}
