/* yolo_find.c: is it a YOLO set, and where is what names its classes? */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/testset/readers.h"
#include "core/testset/yolo.h"

enum { MOST_NAMED = 3 };

/* Does it look like a data.yaml? */
static bool has_names(const char *file)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_file_read(file, 16 << 20, &text, NULL))
        return false;
    const char *s = bx_buf_str(&text);
    for (const char *p = s; (p = strpbrk(p, "n")); p++)
        if ((p == s || p[-1] == '\n' || p[-1] == '\r' || !strncmp(s, "\xEF\xBB\xBF", (size_t)(p - s))) &&
            (!strncmp(p, "names", 5) || !strncmp(p, "nc", 2)) && strchr(" \t:", p[*(p + 1) == 'c' ? 2 : 5]))
            return true;
    return false;
}

/* The .yaml files of a folder that might be meant: those that look like a data.yaml, or else all. */
static size_t yaml_files(const char *dir, const char *named[MOST_NAMED], struct bx_arena *a)
{
    static const char *const yaml[] = {"yaml", "yml"};
    char **names;
    size_t n, likely = 0;
    if (!bx_dir_list(dir, false, yaml, 2, a, &names, &n, NULL))
        return 0;
    for (size_t i = 0; i < n; i++)
        if (has_names(bx_path_join(a, dir, names[i])))
            names[likely++] = names[i];
    n = likely ? likely : n;
    for (size_t i = 0; i < n && i < MOST_NAMED; i++)
        named[i] = bx_path_join(a, dir, names[i]);
    return n;
}

enum bx_sure bx_testset_find_yolo(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    static const char *const usual[] = {"data.yaml", "data.yml"};
    const char *named[MOST_NAMED];
    if (!bx_path_is_dir(*path)) {
        if (bx_testset_ends_in(*path, ".yaml") || bx_testset_ends_in(*path, ".yml"))
            return BX_SURE_FILE;
        if (!bx_testset_ends_in(*path, ".data") && !bx_yolo_names_file(bx_path_base(*path)))
            return BX_SURE_NOT;
        *path = bx_path_dir(a, *path);
        return BX_SURE_FILE;
    }
    for (size_t i = 0; i < 2; i++)
        if (bx_path_exists(bx_path_join(a, *path, usual[i]))) {
            *path = bx_path_join(a, *path, usual[i]);
            return BX_SURE_YOLO;
        }
    size_t n = yaml_files(*path, named, a);
    if (n == 1 && has_names(named[0])) {
        *path = named[0];
        return BX_SURE_YOLO_ONLY_YAML;
    }
    bool labelled, bare = bx_yolo_is_bare(*path, o, &labelled, a);
    if (bare)
        return labelled ? BX_SURE_YOLO_BARE : BX_SURE_YOLO_UNSURE;
    *path = n == 1 ? named[0] : *path;
    return n == 1 ? BX_SURE_YOLO_ONLY_YAML : n ? BX_SURE_YOLO_UNSURE : BX_SURE_NOT;
}

bool bx_yolo_no_yaml(const char *dir, struct bx_arena *a, struct bx_err *e)
{
    const char *named[MOST_NAMED];
    size_t n = yaml_files(dir, named, a);
    if (n < 2)
        return bx_fail(e, BX_DATA, "%s: found no %s, expected a YOLO set", dir, bx_formats[BX_FORMAT_yolo].sign);
    return bx_fail(e, BX_DATA, "%s: found '%s' and '%s'%s, expected the test set's own to be named", dir, bx_path_base(named[0]),
                   bx_path_base(named[1]), n > 2 ? ", and more" : "");
}
