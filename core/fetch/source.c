/* source.c: source.json, and what a set says of its licence. */
#include "core/fetch/source.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { LARGEST = 1 << 20 };

static const char *text_of(struct bx_json *r, struct bx_arena *a)
{
    struct bx_slice s = {0};
    if (bx_json_peek(r) != BX_JSON_STRING) {
        bx_json_skip(r);
        return NULL;
    }
    return bx_json_string(r, &s) ? bx_strndup(a, s.p, s.n) : NULL;
}

static uint64_t count_of(struct bx_json *r)
{
    int64_t v = 0;
    if (bx_json_peek(r) == BX_JSON_NUMBER)
        bx_json_int(r, &v);
    else
        bx_json_skip(r);
    return v > 0 ? (uint64_t)v : 0;
}

static void read_archive(struct bx_json *r, struct bx_source *s, struct bx_arena *a)
{
    struct bx_slice key;
    if (!bx_json_object(r))
        return;
    while (bx_json_key(r, &key))
        if (bx_slice_is(key, "sha256"))
            s->sha256 = text_of(r, a);
        else if (bx_slice_is(key, "etag"))
            s->etag = text_of(r, a);
        else if (bx_slice_is(key, "modified"))
            s->modified = text_of(r, a);
        else if (bx_slice_is(key, "bytes"))
            s->archive_bytes = count_of(r);
        else
            bx_json_skip(r);
}

bool bx_source_read(const char *folder, struct bx_source *s, struct bx_arena *a, struct bx_err *e)
{
    static const struct {
        const char *key;
        size_t at;
    } texts[] = {
        {"source", offsetof(struct bx_source, source)},   {"url", offsetof(struct bx_source, url)},
        {"asked", offsetof(struct bx_source, asked)},     {"export", offsetof(struct bx_source, export)},
        {"license", offsetof(struct bx_source, license)}, {"origin", offsetof(struct bx_source, origin)},
        {"fetched", offsetof(struct bx_source, fetched)},
    };
    BX_CLEANUP_BUF struct bx_buf text = {0};
    const char *path = bx_path_join(a, folder, BX_SOURCE_FILE);
    struct bx_json r;
    struct bx_slice key;
    int64_t format = 0;
    *s = (struct bx_source){0};
    if (!bx_file_read(path, LARGEST, &text, e))
        return false;
    bx_json_init(&r, path, bx_buf_str(&text), text.n, 0, e);
    bx_json_object(&r);
    while (bx_json_key(&r, &key)) {
        size_t i = 0;
        while (i < sizeof texts / sizeof *texts && !bx_slice_is(key, texts[i].key))
            i++;
        if (i < sizeof texts / sizeof *texts)
            *(const char **)((char *)s + texts[i].at) = text_of(&r, a);
        else if (bx_slice_is(key, "archive"))
            read_archive(&r, s, a);
        else if (bx_slice_is(key, "files"))
            s->files = count_of(&r);
        else if (bx_slice_is(key, "bytes"))
            s->bytes = count_of(&r);
        else if (bx_slice_is(key, "format"))
            bx_json_int(&r, &format);
        else
            bx_json_skip(&r);
    }
    if (!bx_json_end(&r))
        return false;
    return (format == 1 && s->source && s->fetched) || bx_fail(e, BX_DATA, "'%s' is not what 'testset fetch' writes", path);
}

bool bx_source_write(const char *folder, const struct bx_source *s, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct bx_arena a = {0};
    struct bx_jw w = {.out = &text, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    bx_jw_str(&w, "source", s->source);
    bx_jw_line(&w, 1);
    bx_jw_str(&w, "url", s->url);
    if (s->asked)
        bx_jw_str(&w, "asked", s->asked);
    bx_jw_str(&w, "export", s->export);
    bx_jw_line(&w, 1);
    bx_jw_str(&w, "fetched", s->fetched);
    bx_jw_str(&w, "license", s->license);
    bx_jw_str(&w, "origin", s->origin);
    bx_jw_line(&w, 1);
    bx_jw_object(&w, "archive");
    bx_jw_str(&w, "sha256", s->sha256);
    bx_jw_uint(&w, "bytes", s->archive_bytes);
    bx_jw_str(&w, "etag", s->etag);
    bx_jw_str(&w, "modified", s->modified);
    bx_jw_object_end(&w);
    bx_jw_line(&w, 1);
    bx_jw_uint(&w, "files", s->files);
    bx_jw_uint(&w, "bytes", s->bytes);
    bx_jw_object_end(&w);
    bx_buf_addc(&text, '\n');
    bool ok = bx_file_write(bx_path_join(&a, folder, BX_SOURCE_FILE), text.p, text.n, e);
    bx_arena_release(&a);
    return ok;
}

/* What stands behind "key:" in a line; NULL: another line, or nothing that may be shown. */
static const char *value_of(const char *line, size_t n, const char *key, struct bx_arena *a)
{
    size_t k = strlen(key);
    while (n && strchr(" \t\r\"'", line[n - 1]))
        n--;
    while (n && (*line == ' ' || *line == '\t'))
        line++, n--;
    if (n <= k || strncasecmp(line, key, k) != 0 || line[k] != ':')
        return NULL;
    line += k + 1, n -= k + 1;
    while (n && strchr(" \t\"'", *line))
        line++, n--;
    return n && n <= 300 && bx_utf8_valid(line, n) && !bx_has_control(line, n) ? bx_strndup(a, line, n) : NULL;
}

void bx_source_says(const char *p, size_t size, bool yaml, struct bx_source *s, struct bx_arena *a)
{
    static const char page[] = "https://universe.roboflow.com/";
    bool in = !yaml;
    for (const char *end = p + size; p < end;) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((nl ? nl : end) - p);
        if (yaml && n && *p != ' ' && *p != '\t' && *p != '\r')
            in = n >= 9 && !memcmp(p, "roboflow:", 9);
        const char *license = in ? value_of(p, n, "license", a) : NULL, *url = in && yaml ? value_of(p, n, "url", a) : NULL;
        if (!yaml && !s->origin && n > sizeof page && n < 300 && !memcmp(p, page, sizeof page - 1)) {
            size_t k = n - (p[n - 1] == '\r');
            url = bx_utf8_valid(p, k) && !bx_has_control(p, k) ? bx_strndup(a, p, k) : NULL;
        }
        s->license = s->license ? s->license : license;
        s->origin = s->origin ? s->origin : url;
        p += n + (nl != NULL);
    }
}

static void look_into(const char *path, bool yaml, struct bx_source *s, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (bx_file_read(path, LARGEST, &text, NULL))
        bx_source_says(bx_buf_str(&text), text.n, yaml, s, a);
}

void bx_source_look(const char *folder, struct bx_source *s, struct bx_arena *a)
{
    look_into(bx_path_join(a, folder, "data.yaml"), true, s, a);
    look_into(bx_path_join(a, folder, "README.roboflow.txt"), false, s, a);
    look_into(bx_path_join(a, folder, "README.dataset.txt"), false, s, a);
}

/* What tools that look into a folder leave in it: a set with these is as it was fetched. */
static bool is_left_by_tools(const char *name)
{
    size_t n = strlen(name);
    return (n > 6 && !strcmp(name + n - 6, ".cache")) || !strcmp(name, ".DS_Store") || !strcmp(name, "Thumbs.db");
}

static bool count(const char *path, bool top, uint64_t *files, uint64_t *bytes, struct bx_err *e)
{
    DIR *d = opendir(path);
    if (!d)
        return bx_fail_errno(e, "cannot open folder '%s'", path);
    bool ok = true;
    struct bx_arena a = {0};
    for (struct dirent *entry; ok && (entry = readdir(d)) != NULL;) {
        struct stat st;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") || is_left_by_tools(entry->d_name) ||
            (top && !strcmp(entry->d_name, BX_SOURCE_FILE)))
            continue;
        if (fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            ok = bx_fail_errno(e, "cannot look at '%s/%s'", path, entry->d_name);
        else if (S_ISDIR(st.st_mode))
            ok = count(bx_path_join(&a, path, entry->d_name), false, files, bytes, e);
        else if (!S_ISREG(st.st_mode))
            ok = bx_fail(e, BX_DATA, "'%s/%s' is neither a file nor a folder", path, entry->d_name);
        else
            (*files)++, *bytes += (uint64_t)st.st_size;
    }
    closedir(d);
    bx_arena_release(&a);
    return ok;
}

bool bx_source_count(const char *folder, uint64_t *files, uint64_t *bytes, struct bx_err *e)
{
    *files = *bytes = 0;
    return count(folder, true, files, bytes, e);
}

bool bx_source_find(const char *path, struct bx_source *s, struct bx_arena *a)
{
    enum { FOLDERS = 4 };
    const char *folder = bx_path_absolute(a, path), *dir[FOLDERS];
    if (!bx_path_is_dir(folder))
        folder = bx_path_dir(a, folder);
    for (int i = 0; i < FOLDERS; i++, folder = bx_path_dir(a, folder)) {
        dir[i] = folder;
        if (bx_source_read(folder, s, a, NULL))
            return true;
    }
    *s = (struct bx_source){0};
    for (int i = 0; i < FOLDERS && !s->license && !s->origin; i++)
        bx_source_look(dir[i], s, a);
    return s->license || s->origin;
}
