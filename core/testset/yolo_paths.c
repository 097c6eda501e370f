/*
 * yolo_paths.c: where the images and labels of a split are: Ultralytics' rules, made independent of the working folder as far
 * as they can be.
 *
 * A relative `path` is looked for below data.yaml's folder, the working folder and data.yaml's parent, in this order; a stale one (from
 * somebody else's machine) gives way to data.yaml's own folder, and is noted. An entry that is not there and begins with "../" is tried
 * without it: Roboflow writes that and means its own folder.
 */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/image/image.h"
#include "core/testset/readers.h"
#include "core/testset/yolo.h"
#include <stdint.h>
#include <sys/stat.h>

enum { MAX_LIST = 256 << 20 };

struct gather {
    const struct bx_yolo_yaml *y;
    struct bx_testset *t;
    struct bx_arena *a;
    const char *root; /* what entries are relative to; absolute */
    char **paths;     /* absolute */
    size_t n, cap;
    struct bx_tally twice;
};

/* The one .yaml file of a folder, or NULL. */
static const char *only_yaml(const char *dir, struct bx_arena *a)
{
    static const char *const yaml[] = {"yaml", "yml"};
    char **names;
    size_t n;
    return bx_dir_list(dir, false, yaml, 2, a, &names, &n, NULL) && n == 1 ? bx_path_join(a, dir, names[0]) : NULL;
}

enum bx_sure bx_testset_find_yolo(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    (void)o; /* a data.yaml names its splits itself */
    if (!bx_path_is_dir(*path))
        return bx_testset_ends_in(*path, ".yaml") || bx_testset_ends_in(*path, ".yml") ? BX_SURE_FILE : BX_SURE_NOT;
    if (bx_path_exists(bx_path_join(a, *path, "data.yaml")))
        return BX_SURE_YOLO;
    const char *yaml = only_yaml(*path, a);
    if (!yaml)
        return BX_SURE_NOT;
    *path = yaml;
    return BX_SURE_YOLO_ONLY_YAML;
}

static const char *absolute(struct bx_arena *a, const char *dir, const char *name)
{
    return bx_path_absolute(a, bx_path_join(a, dir, name));
}

static void find_root(struct gather *g)
{
    const char *own = bx_path_absolute(g->a, bx_path_dir(g->a, g->y->file));
    g->root = own;
    if (!g->y->path)
        return;
    const char *tried[] = {absolute(g->a, own, g->y->path), bx_path_absolute(g->a, g->y->path),
                           absolute(g->a, bx_path_dir(g->a, own), g->y->path)};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        if (bx_path_is_dir(tried[i])) {
            g->root = tried[i];
            return;
        }
    bx_testset_note(g->t, g->a, "%s: its path '%s' is not there: the file's own folder is taken", bx_path_base(g->y->file), g->y->path);
}

/* The folder or list file that an entry means, or NULL with e filled. */
static const char *find_entry(struct gather *g, const char *entry, struct bx_err *e)
{
    const char *path = absolute(g->a, g->root, entry);
    if (bx_path_exists(path))
        return path;
    if (!strncmp(entry, "../", 3)) {
        const char *inside = absolute(g->a, g->root, entry + 3);
        if (bx_path_exists(inside))
            return inside;
        bx_fail(e, BX_DATA, "%s:%zu: %s: found neither '%s' nor '%s'", g->y->file, g->y->split_line, g->y->split, path, inside);
    } else
        bx_fail(e, BX_DATA, "%s:%zu: %s: '%s' is not there", g->y->file, g->y->split_line, g->y->split, path);
    return NULL;
}

static void add(struct gather *g, const char *path)
{
    g->paths = bx_grow(g->paths, &g->cap, g->n + 1, sizeof *g->paths);
    g->paths[g->n++] = bx_strdup(g->a, path);
}

static bool add_folder(struct gather *g, const char *dir, struct bx_err *e)
{
    char **names;
    size_t n;
    if (!bx_dir_list(dir, true, bx_image_extensions, bx_image_nextensions, g->a, &names, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        add(g, bx_path_join(g->a, dir, names[i]));
    return true;
}

/* "./a.jpg" starts at the list's folder; other relative names at the root, the list's folder or the working folder, wherever the image is.
 */
static const char *listed_image(struct gather *g, const char *dir, const char *name)
{
    if (!strncmp(name, "./", 2))
        return absolute(g->a, dir, name + 2);
    const char *tried[] = {absolute(g->a, g->root, name), absolute(g->a, dir, name), bx_path_absolute(g->a, name)};
    for (size_t i = 0; i < sizeof tried / sizeof *tried; i++)
        if (bx_path_exists(tried[i]))
            return tried[i];
    return NULL;
}

static bool add_list(struct gather *g, const char *file, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_file_read(file, MAX_LIST, &text, e))
        return false;
    const char *dir = bx_path_dir(g->a, file), *p = bx_buf_str(&text), *end = p + text.n;
    for (size_t line = 1; p < end; line++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p)), *stop = eol ? eol : end, *from = p;
        p = eol ? eol + 1 : end;
        while (from < stop && (*from == ' ' || *from == '\t'))
            from++;
        while (stop > from && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
            stop--;
        if (from == stop)
            continue;
        const char *name = bx_strndup(g->a, from, (size_t)(stop - from));
        if (!bx_image_named(name))
            return bx_fail(e, BX_DATA, "%s:%zu: found '%s', expected the path of an image", file, line, name);
        const char *path = listed_image(g, dir, name);
        if (!path || !bx_path_exists(path))
            return bx_fail(e, BX_DATA, "%s:%zu: image '%s' is not there", file, line, path ? path : absolute(g->a, g->root, name));
        add(g, path);
    }
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b); /* equal paths are one and the same */
}

/* The deepest folder that holds all: images are named relative to it. */
static char *common_folder(struct gather *g)
{
    char *root = bx_path_dir(g->a, g->paths[0]);
    for (size_t i = 1; i < g->n; i++) {
        size_t n = strlen(root);
        while (n > 1 && (strncmp(g->paths[i], root, n) != 0 || g->paths[i][n] != '/')) {
            root = bx_path_dir(g->a, root);
            n = strlen(root);
        }
    }
    return root;
}

static bool finish(struct gather *g, struct bx_err *e)
{
    if (!g->n)
        return bx_fail(e, BX_DATA, "%s:%zu: %s: holds no images", g->y->file, g->y->split_line, g->y->split);
    qsort(g->paths, g->n, sizeof *g->paths, by_bytes);
    size_t kept = 0;
    for (size_t i = 0; i < g->n; i++) {
        if (i && !strcmp(g->paths[i], g->paths[i - 1]))
            bx_tally_add(&g->twice, "%s", bx_path_base(g->paths[i]));
        else
            g->paths[kept++] = g->paths[i];
    }
    g->n = kept;
    const char *folder = common_folder(g);
    size_t skip = strcmp(folder, "/") ? strlen(folder) + 1 : 1;
    for (size_t i = 0; i < g->n; i++)
        g->paths[i] += skip;
    bx_testset_images(g->t, folder, g->paths, g->n, g->a);
    if (g->twice.n)
        bx_testset_note(g->t, g->a, "%zu images are named more than once (first: %s): each is taken once", g->twice.n, g->twice.first);
    return true;
}

bool bx_yolo_images(const struct bx_yolo_yaml *y, const char *images, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    struct gather g = {.y = y, .t = t, .a = a};
    bool ok = true;
    find_root(&g);
    if (images)
        ok = add_folder(&g, bx_path_absolute(a, images), e);
    for (size_t i = 0; ok && !images && i < y->nentries; i++) {
        const char *path = find_entry(&g, y->entries[i], e);
        ok = path && (bx_path_is_dir(path) ? add_folder(&g, path, e) : add_list(&g, path, e));
    }
    ok = ok && finish(&g, e);
    free(g.paths);
    return ok;
}

char *bx_yolo_label_path(const char *image, struct bx_arena *a)
{
    const char *at = NULL;
    for (const char *p = image; (p = strstr(p, "/images/")) != NULL; p++)
        at = p;
    const char *rest = at ? at + strlen("/images/") : image;
    const char *dot = strrchr(rest, '.'), *slash = strrchr(rest, '/');
    if (!dot || (slash && dot < slash))
        dot = rest + strlen(rest);
    return at ? bx_printf(a, "%.*s/labels/%.*s.txt", (int)(at - image), image, (int)(dot - rest), rest)
              : bx_printf(a, "%.*s.txt", (int)(dot - rest), rest);
}
