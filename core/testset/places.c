/* places.c: where labels are looked for, and images under names that were given elsewhere. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/testset/folders.h"
#include "core/testset/readers.h"
#include <string.h>
#include <strings.h>

bool bx_testset_ends_in(const char *path, const char *extension)
{
    size_t n = strlen(path), k = strlen(extension);
    return n > k && !strcasecmp(path + n - k, extension);
}

const char *bx_testset_place(const char *dir, const struct bx_testset_options *o, int i, struct bx_arena *a)
{
    const char *split = o->split ? o->split : "test";
    return i == 0   ? dir
           : i == 1 ? bx_path_join(a, dir, split)
           : i == 2 ? bx_path_join(a, dir, strcmp(split, "val") ? split : "valid")
                    : NULL;
}

static int hex(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "%20" → " "; NULL when there is nothing of the kind. */
static char *decoded(const char *s, struct bx_arena *a)
{
    char *out = bx_strdup(a, s), *to = out;
    bool any = false;
    for (; *s; s++) {
        int high = *s == '%' ? hex(s[1]) : -1, low = high < 0 ? -1 : hex(s[2]);
        any = any || low >= 0;
        if (low >= 0 && 16 * high + low != 0) {
            *to++ = (char)(16 * high + low);
            s += 2;
        } else
            *to++ = *s;
    }
    *to = '\0';
    return any ? out : NULL;
}

static bool is_file(const char *path)
{
    return bx_path_exists(path) && !bx_path_is_dir(path);
}

/* A file of that name below root, or with its extension in the other case: some disks do not tell "a.JPG" from "a.jpg". */
static const char *file_below(const char *root, const char *name, struct bx_arena *a)
{
    if (is_file(bx_path_join(a, root, name)))
        return name;
    for (int up = 0; up < 2; up++) {
        char *other = bx_strdup(a, name), *dot = strrchr(other, '.');
        for (char *p = dot && !strchr(dot, '/') ? dot + 1 : ""; *p; p++)
            *p = (char)(up ? (*p >= 'a' && *p <= 'z' ? *p - 32 : *p) : (*p >= 'A' && *p <= 'Z' ? *p + 32 : *p));
        if (strcmp(other, name) != 0 && is_file(bx_path_join(a, root, other)))
            return other;
    }
    return NULL;
}

static const char *longest_tail(const char *root, const char *path, struct bx_arena *a)
{
    for (const char *p = path; *p;) {
        p += strspn(p, "/");
        bool named = *p && strcmp(p, ".") != 0 && strcmp(p, "..") != 0 && strncmp(p, "../", 3) != 0;
        const char *found = named ? file_below(root, p, a) : NULL;
        if (found)
            return found;
        p += strcspn(p, "/");
    }
    return NULL;
}

const char *bx_testset_below(const char *root, const char *name, struct bx_arena *a)
{
    if (!*name || is_file(bx_path_join(a, root, name)))
        return *name ? name : NULL;
    char *path = bx_strdup(a, name), *query = strstr(path, "://") ? strpbrk(path, "?#") : NULL;
    if (query)
        *query = '\0';
    for (char *p = path; *p; p++)
        if (*p == '\\')
            *p = '/';
    char *local = strstr(path, "?d="); /* Label Studio's local files */
    const char *found = local ? longest_tail(root, local + 3, a) : NULL, *plain = decoded(path, a);
    found = found ? found : longest_tail(root, path, a);
    return found || !plain ? found : longest_tail(root, plain, a);
}

const char *bx_testset_any_case(const char *root, const char *path, struct bx_arena *a)
{
    const char *dir = bx_path_absolute(a, root);
    for (const char *p = path + strspn(path, "/"); *p; p += strspn(p, "/")) {
        const char *part = bx_strndup(a, p, strcspn(p, "/")), *found = bx_path_join(a, dir, part);
        size_t n, alike = 0;
        char **names = bx_path_exists(found) ? NULL : bx_subfolders(dir, &n, a);
        for (size_t i = 0; names && i < n; i++)
            if (!strcasecmp(names[i], part) && !alike++)
                found = bx_path_join(a, dir, names[i]);
        if (names && alike != 1)
            return NULL;
        dir = found;
        p += strlen(part);
    }
    return bx_path_absolute(a, dir);
}

static bool some(const struct bx_testset *t, const char *root, bool tails, struct bx_arena *a)
{
    enum { ASKED = 64 };
    const size_t n = t->nimages, asked = n < ASKED ? n : ASKED;
    const struct bx_arena_mark m = bx_arena_mark(a);
    bool there = false;
    for (size_t k = 0; k < asked && !there; k++)
        there = tails ? bx_testset_below(root, t->image_file[k * n / asked], a) != NULL
                      : bx_path_exists(bx_path_join(a, root, t->image_file[k * n / asked]));
    bx_arena_pop(a, m);
    return there;
}

bool bx_testset_some_there(const struct bx_testset *t, const char *root, struct bx_arena *a)
{
    return some(t, root, false, a);
}

bool bx_testset_some_below(const struct bx_testset *t, const char *root, struct bx_arena *a)
{
    return some(t, root, true, a);
}
