/*
 * yolo_paths.c: where the images and labels of a split are: Ultralytics' rules, made independent of the working folder as far
 * as they can be.
 *
 * A relative `path` is looked for below data.yaml's folder, the working folder and data.yaml's parent, in this order; a stale one (from
 * somebody else's machine) gives way to data.yaml's own folder, and is noted. An entry that is not there and begins with "../" is tried
 * without it: Roboflow writes that and means its own folder. Of a path of another machine, the longest tail that is there below
 * data.yaml's folder is taken, and noted; so with the images of list files.
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
    struct bx_yolo_yaml *y;
    struct bx_testset *t;
    struct bx_arena *a;
    const char *root; /* what entries are relative to; absolute */
    struct found {
        const char *path;  /* absolute */
        const char *named; /* what it was called, where only the tail of that is there; otherwise NULL */
    } * paths;
    size_t n, cap;
    struct bx_tally twice, cut, other;
};

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

/* "data.yaml:3"; a folder without one has no line that says it. */
static const char *place(const struct gather *g)
{
    return g->y->split_line ? bx_printf(g->a, "%s:%zu", g->y->file, g->y->split_line) : g->y->file;
}

static bool names_a_split(const char *p, size_t n)
{
    static const char *const splits[] = {"test", "val", "valid", "validation", "train"};
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++)
        if (strlen(splits[i]) == n && !strncasecmp(splits[i], p, n))
            return true;
    return false;
}

/* The longest tail of an entry that is there below a folder. Not "images" alone where what was cut off chose the split: that is all of
 * them. */
static const char *tail_of(struct gather *g, const char *dir, const char *entry)
{
    const char *before = entry;
    size_t n = 0;
    for (const char *p = entry; *p;) {
        p += strspn(p, "/");
        if (*p && p[0] != '.' && !(names_a_split(before, n) && !strcmp(p, "images"))) {
            const char *path = absolute(g->a, dir, p);
            if (bx_path_exists(path))
                return path;
        }
        before = p;
        n = strcspn(p, "/");
        p += n;
    }
    return NULL;
}

/* The folder or list file that an entry means, or NULL with e filled. */
static const char *find_entry(struct gather *g, const char *entry, struct bx_err *e)
{
    const char *path = absolute(g->a, g->root, entry);
    if (bx_path_exists(path))
        return path;
    char *plain = bx_strdup(g->a, entry), *rest = plain;
    for (char *p = plain; *p; p++)
        if (*p == '\\')
            *p = '/';
    const char *here = absolute(g->a, g->root, plain);
    if (bx_path_exists(here))
        return here;
    while (!strncmp(rest, "../", 3))
        rest += 3;
    const char *inside = absolute(g->a, g->root, rest);
    if (bx_path_exists(inside))
        return inside;
    const char *own = bx_path_absolute(g->a, bx_path_dir(g->a, g->y->file)), *tail = tail_of(g, g->root, rest);
    tail = tail ? tail : tail_of(g, own, rest);
    tail = tail || *rest == '/' ? tail : bx_testset_any_case(g->root, rest, g->a);
    if (tail) {
        bx_testset_note(g->t, g->a, "%s: its %s is not there: '%s' is taken", bx_path_base(place(g)), g->y->split,
                        bx_path_within(tail, own) ? tail + strlen(own) + 1 : bx_path_base(tail));
        return tail;
    }
    if (rest != plain)
        bx_fail(e, BX_DATA, "%s: %s: found neither '%s' nor '%s'", place(g), g->y->split, path, inside);
    else
        bx_fail(e, BX_DATA, "%s: %s: '%s' is not there", place(g), g->y->split, path);
    g->y->no_split = true;
    return NULL;
}

static void add(struct gather *g, const char *path, const char *named)
{
    g->paths = bx_grow(g->paths, &g->cap, g->n + 1, sizeof *g->paths);
    g->paths[g->n++] = (struct found){bx_strdup(g->a, path), named};
}

/* What a folder of images may hold besides. */
static bool known_beside(const char *name)
{
    static const char *const kinds[] = {".txt", ".json", ".xml", ".yaml", ".yml", ".csv", ".cache", ".md", ".npy", ".db", ".ini"};
    const char *base = bx_path_base(name);
    bool known = base[0] == '.' || bx_yolo_names_file(base);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !known; i++)
        known = bx_testset_ends_in(base, kinds[i]);
    return known;
}

static bool add_folder(struct gather *g, const char *dir, struct bx_err *e)
{
    char **names;
    size_t n;
    if (!bx_dir_list(dir, true, NULL, 0, g->a, &names, &n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (bx_image_named(names[i]))
            add(g, bx_path_join(g->a, dir, names[i]), NULL);
        else if (!known_beside(names[i]))
            bx_tally_at(&g->other, g->a, names[i], 0);
    return true;
}

/* "./a.jpg" starts at the list's folder; other relative names at the root, the list's folder or the working folder, wherever the image is.
 * Of a name from elsewhere the longest tail, below the root or the list's folder. */
static const char *listed_image(struct gather *g, const char *dir, const char *name, bool *cut)
{
    const char *tried[] = {absolute(g->a, dir, name), absolute(g->a, g->root, name), bx_path_absolute(g->a, name)};
    const char *below[] = {g->root, dir};
    size_t first = strncmp(name, "./", 2) != 0; /* the root before the list's folder */
    *cut = false;
    for (size_t i = 0; i < 3; i++) {
        const char *path = tried[i < 2 ? (i + first) % 2 : i];
        if (bx_path_exists(path))
            return path;
    }
    for (size_t i = 0; i < 2; i++) {
        const char *tail = bx_testset_below(below[i], name, g->a);
        if (tail) {
            *cut = true;
            return absolute(g->a, below[i], tail);
        }
    }
    return NULL;
}

static bool add_list(struct gather *g, const char *file, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_yolo_text(file, MAX_LIST, &text, e))
        return false;
    const char *dir = bx_path_absolute(g->a, bx_path_dir(g->a, file));
    struct bx_yolo_line line = {bx_buf_str(&text), bx_buf_str(&text) + text.n, {0}, 0};
    while (bx_yolo_line(&line)) {
        bool cut;
        if (!line.text.n)
            continue;
        const char *name = bx_strndup(g->a, line.text.p, line.text.n);
        if (!bx_image_named(name))
            return bx_fail(e, BX_DATA, "%s:%zu: found '%s', expected the path of an image", file, line.number, name);
        const char *path = listed_image(g, dir, name, &cut);
        if (!path)
            return bx_fail(e, BX_DATA, "%s:%zu: image '%s' is not there", file, line.number, absolute(g->a, g->root, name));
        if (cut)
            bx_tally_at(&g->cut, g->a, bx_path_base(file), line.number);
        add(g, path, cut ? name : NULL);
    }
    return true;
}

/* Equal paths under one name are one and the same. */
static int by_path(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int c = strcmp(x->path, y->path);
    return c ? c : strcmp(x->named ? x->named : "", y->named ? y->named : "");
}

/* The deepest folder that holds all: images are named relative to it. */
static char *common_folder(struct gather *g)
{
    char *root = bx_path_dir(g->a, g->paths[0].path);
    for (size_t i = 1; i < g->n; i++) {
        size_t n = strlen(root);
        while (n > 1 && (strncmp(g->paths[i].path, root, n) != 0 || g->paths[i].path[n] != '/')) {
            root = bx_path_dir(g->a, root);
            n = strlen(root);
        }
    }
    return root;
}

static bool finish(struct gather *g, struct bx_err *e)
{
    g->y->no_split = !g->n;
    if (!g->n)
        return bx_fail(e, BX_DATA, "%s: %s: holds no images", place(g), g->y->split);
    qsort(g->paths, g->n, sizeof *g->paths, by_path);
    size_t kept = 0;
    for (size_t i = 0; i < g->n; i++) {
        const struct found *last = kept ? &g->paths[kept - 1] : NULL, *f = &g->paths[i];
        if (!last || strcmp(f->path, last->path) != 0)
            g->paths[kept++] = *f;
        else if ((f->named || last->named) && strcmp(f->named ? f->named : f->path, last->named ? last->named : last->path) != 0)
            return bx_fail(e, BX_DATA, "%s: only '%s' is there for both '%s' and '%s', expected an image for each", place(g), f->path,
                           last->named ? last->named : last->path, f->named ? f->named : f->path);
        else
            bx_tally_at(&g->twice, g->a, bx_path_base(f->path), 0);
    }
    g->n = kept;
    const char *folder = common_folder(g);
    size_t skip = strcmp(folder, "/") ? strlen(folder) + 1 : 1;
    char **files = BX_NEW(g->a, char *, g->n);
    for (size_t i = 0; i < g->n; i++)
        files[i] = bx_strdup(g->a, g->paths[i].path + skip);
    bx_testset_images(g->t, folder, files, g->n, g->a);
    bx_testset_told(g->t, g->a, BX_SEVERITY_WARNING, &g->twice, "{image is|images are} named more than once", "{it|each} is taken once");
    bx_testset_told(g->t, g->a, BX_SEVERITY_NOTE, &g->cut, "{image is|images are} not where the list names {it|them}",
                    "found by the last parts of {its path|their paths}");
    bx_testset_told(g->t, g->a, BX_SEVERITY_WARNING, &g->other,
                    "{file beside the images is|files beside the images are} of no kind that is read as an image", "left out");
    return true;
}

bool bx_yolo_images(struct bx_yolo_yaml *y, const char *images, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
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

/* "Images" has its "Labels". */
static const char *labels_folder(const char *before, size_t n, struct bx_arena *a)
{
    static const char *const names[] = {"labels", "Labels", "LABELS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (bx_path_is_dir(bx_printf(a, "%.*s/%s", (int)n, before, names[i])))
            return names[i];
    return NULL;
}

char *bx_yolo_label_path(const char *image, struct bx_arena *a)
{
    const char *at = NULL;
    for (const char *p = image; (p = strcasestr(p, "/images/")) != NULL; p++)
        at = p;
    const char *rest = at ? at + strlen("/images/") : image;
    const char *dot = strrchr(rest, '.'), *slash = strrchr(rest, '/');
    if (!dot || (slash && dot < slash))
        dot = rest + strlen(rest);
    char *beside = bx_printf(a, "%.*s.txt", (int)(dot - image), image);
    if (!at)
        return beside;
    const char *folder = labels_folder(image, (size_t)(at - image), a);
    return folder || !bx_path_exists(beside)
               ? bx_printf(a, "%.*s/%s/%.*s.txt", (int)(at - image), image, folder ? folder : "labels", (int)(dot - rest), rest)
               : beside;
}
