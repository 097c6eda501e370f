/* folders.c: see folders.h. */
#include "core/testset/folders.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/image/image.h"
#include <ctype.h>
#include <dirent.h>
#include <strings.h>

const char *const bx_image_folders[] = {"JPEGImages", "JPEGImage", "images", "image", "imgs", "img", "photos", "Data", NULL};

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b); /* names in a folder are unique */
}

/* A folder's subfolders, sorted. */
char **bx_subfolders(const char *dir, size_t *n, struct bx_arena *a)
{
    DIR *d = opendir(dir);
    char **names = NULL, **kept;
    size_t cap = 0;
    *n = 0;
    for (struct dirent *entry; d && (entry = readdir(d)) != NULL;) {
        if (entry->d_name[0] == '.' || entry->d_type == DT_REG)
            continue;
        if (entry->d_type != DT_DIR && !bx_path_is_dir(bx_path_join(a, dir, entry->d_name)))
            continue;
        names = bx_grow(names, &cap, *n + 1, sizeof *names);
        names[(*n)++] = bx_strdup(a, entry->d_name);
    }
    if (d)
        closedir(d);
    if (*n)
        qsort(names, *n, sizeof *names, by_bytes);
    kept = bx_memdup(a, names, *n * sizeof *names);
    free(names);
    return kept;
}

/* Is a file of the kind in the folder, or in one at most `deep` below it? */
bool bx_holds(const char *dir, bool (*kind)(const char *), int deep)
{
    struct bx_arena a = {0};
    DIR *d = opendir(dir);
    bool found = false;
    for (struct dirent *entry; d && !found && (entry = readdir(d)) != NULL;)
        found = entry->d_type != DT_DIR && kind(entry->d_name);
    if (d)
        closedir(d);
    size_t n = 0;
    char **names = !found && deep ? bx_subfolders(dir, &n, &a) : NULL;
    for (size_t i = 0; i < n && !found; i++)
        found = bx_holds(bx_path_join(&a, dir, names[i]), kind, deep - 1);
    bx_arena_release(&a);
    return found;
}

bool bx_one_of(const char *name, const char *const *names)
{
    while (*names && strcasecmp(name, *names) != 0)
        names++;
    return *names;
}

/* The first of `names` that is a subfolder and holds such files; NULL: none. */
const char *bx_folder_named(const char *dir, const char *const *names, bool (*kind)(const char *), struct bx_arena *a)
{
    size_t n;
    char **there = bx_subfolders(dir, &n, a);
    for (; *names; names++)
        for (size_t i = 0; i < n; i++)
            if (!strcasecmp(there[i], *names)) {
                const char *path = bx_path_join(a, dir, there[i]);
                if (!kind || bx_holds(path, kind, BX_DEEPEST))
                    return path;
            }
    return NULL;
}

/* The names of a split; what is no split's name stands for itself. */
static const char *const split_names[][4] = {{"test", "testing"}, {"val", "valid", "validation"}, {"train", "training"}, {"trainval"}};
enum { NSPLITS = sizeof split_names / sizeof *split_names };

int bx_split_of(const char *name)
{
    for (int i = 0; i < NSPLITS; i++)
        for (int k = 0; k < 4 && split_names[i][k]; k++)
            if (!strcasecmp(name, split_names[i][k]))
                return i;
    return -1;
}
const char *bx_split_wanted(const struct bx_testset_options *o)
{
    return o->split ? o->split : "test";
}
bool bx_split_is_wanted(const char *name, const struct bx_testset_options *o)
{
    int i = bx_split_of(bx_split_wanted(o));
    return i < 0 ? !strcasecmp(name, bx_split_wanted(o)) : bx_split_of(name) == i;
}

const char *bx_split_word(const char *name, struct bx_arena *a)
{
    static const char between[] = "-_. ";
    for (const char *s = name; *s; s += strspn(s, between)) {
        size_t n = strcspn(s, between);
        char *word = bx_strndup(a, s, n);
        for (char *c = word; *c; c++)
            *c = (char)tolower((unsigned char)*c);
        if (bx_split_of(word) >= 0)
            return word;
        s += n;
    }
    return NULL;
}

/* Of folders (a sorted list) those that are splits: the wanted one's index, or that of the only one where no split was asked for. -1: none
 * is; -2: others are, and `others` names them. */
int bx_split_choose(char **names, size_t n, const struct bx_testset_options *o, struct bx_buf *others)
{
    int only = -1;
    size_t splits = 0;
    for (size_t i = 0; i < n; i++) {
        if (bx_split_is_wanted(names[i], o))
            return (int)i;
        if (bx_split_of(names[i]) < 0)
            continue;
        splits++;
        only = (int)i;
        bx_buf_addf(others, "%s'%s'", others->n ? ", " : "", names[i]);
    }
    return splits == 0 ? -1 : splits == 1 && !o->split ? only : -2;
}

static int by_key(const void *a, const void *b)
{
    const struct bx_stem *x = a, *y = b;
    int c = strcmp(x->key, y->key);
    return c ? c : (x->i > y->i) - (x->i < y->i);
}
static int by_base(const void *a, const void *b)
{
    const struct bx_stem *x = a, *y = b;
    int c = strcmp(x->base, y->base);
    return c ? c : (x->i > y->i) - (x->i < y->i);
}

/* "a.jpg.xml" belongs to "a.jpg". */
static char *without_extension(const char *name, struct bx_arena *a)
{
    const char *base = bx_path_base(name), *dot = strrchr(base, '.');
    char *s = bx_strndup(a, name, dot && dot != base ? (size_t)(dot - name) : strlen(name));
    if (dot && !strcasecmp(dot, ".xml") && bx_image_named(s))
        *strrchr(s, '.') = '\0';
    return s;
}

void bx_stems_make(struct bx_stems *x, char **names, size_t n, const char *prefix, struct bx_arena *a)
{
    size_t skip = strlen(prefix);
    x->names = names;
    x->n = 0;
    x->by_key = BX_NEW(a, struct bx_stem, n);
    for (size_t i = 0; i < n; i++)
        if (!strncmp(names[i], prefix, skip)) {
            const char *key = without_extension(names[i] + skip, a);
            x->by_key[x->n++] = (struct bx_stem){key, bx_path_base(key), i};
        }
    x->by_base = bx_memdup(a, x->by_key, x->n * sizeof *x->by_key);
    qsort(x->by_key, x->n, sizeof *x->by_key, by_key);
    qsort(x->by_base, x->n, sizeof *x->by_base, by_base);
}

/* Those called `name`: they stand together. */
static const struct bx_stem *called(const struct bx_stem *at, size_t n, const char *name, bool base, size_t *count)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (strcmp(base ? at[mid].base : at[mid].key, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (*count = 0; lo + *count < n && !strcmp(base ? at[lo + *count].base : at[lo + *count].key, name);)
        ++*count;
    return at + lo;
}

enum bx_match bx_stems_find(const struct bx_stems *x, const char *name, const char *file, size_t *at, size_t *other)
{
    size_t n = 0;
    const struct bx_stem *found = NULL;
    for (const char *s = name; s && !n; s = strchr(s, '/') ? strchr(s, '/') + 1 : NULL)
        found = called(x->by_key, x->n, s, false, &n);
    if (!n)
        found = called(x->by_base, x->n, bx_path_base(name), true, &n);
    if (!n)
        return BX_MATCH_NONE;
    *at = found[0].i;
    for (size_t i = 0; file && n > 1 && i < n; i++)
        if (!strcmp(bx_path_base(x->names[found[i].i]), file)) {
            *at = found[i].i;
            return BX_MATCH_ONE;
        }
    if (n > 1)
        *other = found[1].i;
    return n > 1 ? BX_MATCH_SEVERAL : BX_MATCH_ONE;
}
