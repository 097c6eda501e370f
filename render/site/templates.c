/* templates.c: see templates.h. */
#include "render/site/templates.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "render/view/json.h"
#include <string.h>

enum { MAX_ASSET = 16 << 20, MAX_STATIC = 256 << 20 };

static bool has_shipped(const struct bx_template_folders *f)
{
    return f->shipped && strcmp(f->shipped, f->own) != 0;
}

static bool check_version(const char *folder, struct bx_arena *a, struct bx_err *e)
{
    struct bx_buf BX_CLEANUP_BUF text = {0};
    const char *path = bx_path_join(a, folder, "template.json");
    if (!bx_path_is_dir(folder))
        return bx_fail(e, BX_CONFIG, "there is no template folder '%s'", folder);
    if (!bx_path_exists(path))
        return bx_fail(e, BX_CONFIG, "'%s' is no template folder: it holds no template.json", folder);
    if (!bx_file_read(path, 1 << 16, &text, e))
        return false;
    struct bx_json r;
    struct bx_slice key;
    int64_t context = 0;
    bx_json_init(&r, path, bx_buf_str(&text), text.n, BX_JSON_COMMENTS, e);
    if (bx_json_object(&r))
        while (bx_json_key(&r, &key)) {
            if (bx_slice_is(key, "context"))
                bx_json_int(&r, &context);
            else
                bx_json_skip(&r);
        }
    if (!bx_json_end(&r))
        return false;
    if (context != BX_CONTEXT_VERSION)
        return bx_fail(e, BX_CONFIG, "'%s' is written for context %lld, this boxscore makes context %d", path, (long long)context,
                       BX_CONTEXT_VERSION);
    return true;
}

bool bx_folders_load(const struct bx_template_folders *f, struct bx_templates *ts, struct bx_arena *a, struct bx_err *e)
{
    return check_version(f->own, a, e) && (!has_shipped(f) || bx_templates_load(ts, f->shipped, e)) && bx_templates_load(ts, f->own, e);
}

/* ---- what lies in a folder below it, or below the shipped one ---- */

struct found {
    const char *folder, *name;
};

/* The files of both, by name; of two with the same name the own one. None where neither has such a folder. */
static bool find_files(const struct bx_template_folders *f, const char *below, bool recursive, const char *ending, struct found **out,
                       size_t *n, struct bx_arena *a, struct bx_err *e)
{
    const char *dirs[] = {bx_path_join(a, f->own, below), has_shipped(f) ? bx_path_join(a, f->shipped, below) : NULL};
    char **names[2] = {NULL, NULL};
    size_t count[2] = {0, 0};
    for (size_t k = 0; k < 2; k++)
        if (dirs[k] && bx_path_is_dir(dirs[k]) && !bx_dir_list(dirs[k], recursive, &ending, ending ? 1 : 0, a, &names[k], &count[k], e))
            return false;
    *out = BX_NEW(a, struct found, count[0] + count[1] + 1);
    *n = 0;
    for (size_t i = 0, j = 0; i < count[0] || j < count[1];) {
        int c = i == count[0] ? 1 : j == count[1] ? -1 : strcmp(names[0][i], names[1][j]);
        (*out)[(*n)++] = c <= 0 ? (struct found){dirs[0], names[0][i]} : (struct found){dirs[1], names[1][j]};
        i += c <= 0;
        j += c >= 0;
    }
    return true;
}

/* missing: of the shipped folder, what is not there yet. */
static bool add_assets(const struct bx_template_folders *f, bool missing, struct bx_publish *p, cJSON *paths, struct bx_arena *a,
                       struct bx_err *e)
{
    char **names;
    size_t n;
    const char *dir = bx_path_join(a, missing ? f->shipped : f->own, "assets");
    if (!missing && has_shipped(f) && !bx_path_exists(dir))
        return true;
    if (!bx_dir_list(dir, false, NULL, 0, a, &names, &n, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct bx_buf BX_CLEANUP_BUF bytes = {0};
        char path[BX_ASSET_SIZE];
        const char *stem = bx_path_stem(a, names[i]), *ext = strrchr(names[i], '.');
        if (names[i][0] == '.' || (missing && cJSON_GetObjectItemCaseSensitive(paths, stem)))
            continue;
        if (!ext)
            return bx_fail(e, BX_CONFIG, "'%s/%s' has no ending, expected something like '.css'", dir, names[i]);
        if (cJSON_GetObjectItemCaseSensitive(paths, stem))
            return bx_fail(e, BX_CONFIG, "'%s' has two files called '%s'; pages name an asset without its ending", dir, stem);
        if (!bx_file_read(bx_path_join(a, dir, names[i]), MAX_ASSET, &bytes, e))
            return false;
        if (p ? !bx_publish_asset(p, stem, ext + 1, bx_buf_str(&bytes), bytes.n, path, e)
              : !bx_asset_path(stem, ext + 1, bx_buf_str(&bytes), bytes.n, path, e))
            return false;
        bx_put_str(paths, stem, path);
    }
    return true;
}

bool bx_folders_assets(const struct bx_template_folders *f, struct bx_publish *p, cJSON *paths, struct bx_arena *a, struct bx_err *e)
{
    return add_assets(f, false, p, paths, a, e) && (!has_shipped(f) || add_assets(f, true, p, paths, a, e));
}

/* ---- pages of its own ---- */

/* Its word in the navigation: a comment at its very beginning, else its file's name. */
static const char *label_of(const char *text, const char *stem, struct bx_arena *a)
{
    const char *end = !strncmp(text, "{{!", 3) ? strstr(text, "}}") : NULL, *from = text + 3;
    while (end && from < end && strchr(" \t\r\n", *from))
        from++;
    while (end && end > from && strchr(" \t\r\n", end[-1]))
        end--;
    if (end && end > from)
        return bx_strndup(a, from, (size_t)(end - from));
    char *label = bx_strdup(a, stem);
    for (char *c = label; *c; c++)
        *c = *c == '-' || *c == '_' ? ' ' : *c;
    if (*label >= 'a' && *label <= 'z')
        *label = (char)(*label - 'a' + 'A');
    return label;
}

bool bx_folders_pages(const struct bx_template_folders *f, const struct bx_view_own **pages, size_t *n, struct bx_arena *a,
                      struct bx_err *e)
{
    struct found *files;
    if (!find_files(f, "pages", false, "mustache", &files, n, a, e))
        return false;
    struct bx_view_own *list = BX_NEW(a, struct bx_view_own, *n + 1);
    for (size_t i = 0; i < *n; i++) {
        struct bx_buf BX_CLEANUP_BUF text = {0};
        const char *stem = bx_path_stem(a, files[i].name);
        if (!bx_file_read(bx_path_join(a, files[i].folder, files[i].name), BX_TEMPLATE_SIZE, &text, e))
            return false;
        list[i] = (struct bx_view_own){stem, bx_printf(a, "pages/%s", stem), label_of(bx_buf_str(&text), stem, a)};
    }
    *pages = list;
    return true;
}

/* ---- files as they are ---- */

bool bx_folders_static(const struct bx_template_folders *f, struct bx_publish *p, struct bx_arena *a, struct bx_err *e)
{
    struct found *files;
    size_t n;
    if (!find_files(f, "static", true, NULL, &files, &n, a, e))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct bx_buf BX_CLEANUP_BUF bytes = {0};
        const char *path = bx_path_join(a, files[i].folder, files[i].name);
        if (!bx_file_read(path, MAX_STATIC, &bytes, e))
            return false;
        if (!bx_publish_add(p, files[i].name, bx_buf_str(&bytes), bytes.n, e))
            return bx_wrap(e, "'%s'", path);
    }
    return true;
}
