/* folder.c: reading and writing manifests, and telling our folders from other people's. */
#include "render/publish/folder.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include "render/publish/publish.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_MANIFEST = 512 << 20, MAX_DEPTH = 32, MAX_PATH = 1024 };

static bool component_valid(const char *p, size_t n)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._~@+=,-";
    if (!n || n > 255 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!strchr(allowed, p[i]))
            return false;
    return true;
}

bool bx_site_path_valid(const char *path)
{
    if (strlen(path) > MAX_PATH || !strcmp(path, BX_SITE_MANIFEST) || !strcmp(path, BX_SITE_MARKER))
        return false;
    int depth = 0;
    for (const char *p = path;; p++) {
        size_t n = strcspn(p, "/");
        if (!component_valid(p, n) || ++depth > MAX_DEPTH)
            return false;
        p += n;
        if (!*p)
            return true;
    }
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const struct bx_site_file *)a)->path, ((const struct bx_site_file *)b)->path); /* paths are unique */
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void bx_site_sort(struct bx_site *s)
{
    if (s->n)
        qsort(s->files, s->n, sizeof *s->files, by_path);
    if (s->nnotes)
        qsort(s->notes, s->nnotes, sizeof *s->notes, by_text);
}

/* The first file whose path is not below `path`. */
static size_t lower_bound(const struct bx_site *s, const char *path)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (strcmp(s->files[mid].path, path) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

const struct bx_site_file *bx_site_find(const struct bx_site *s, const char *path)
{
    size_t i = lower_bound(s, path);
    return i < s->n && !strcmp(s->files[i].path, path) ? &s->files[i] : NULL;
}

static bool holds_below(const struct bx_site *s, const char *folder_slash)
{
    size_t i = lower_bound(s, folder_slash);
    return i < s->n && !strncmp(s->files[i].path, folder_slash, strlen(folder_slash));
}

void bx_site_write(const struct bx_site *s, struct bx_buf *out)
{
    struct bx_jw w = {.out = out, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    if (s->nnotes) {
        bx_jw_array(&w, "notes");
        for (size_t i = 0; i < s->nnotes; i++) {
            bx_jw_line(&w, 0);
            bx_jw_str(&w, NULL, s->notes[i]);
        }
        bx_jw_line(&w, 0);
        bx_jw_array_end(&w);
    }
    bx_jw_array(&w, "files");
    for (size_t i = 0; i < s->n; i++) {
        char hex[65];
        bx_hex(hex, s->files[i].sha, 32);
        bx_jw_line(&w, 0);
        bx_jw_object(&w, NULL);
        bx_jw_str(&w, "path", s->files[i].path);
        bx_jw_uint(&w, "bytes", s->files[i].bytes);
        bx_jw_str(&w, "sha256", hex);
        if (s->files[i].kept)
            bx_jw_bool(&w, "kept", true);
        bx_jw_object_end(&w);
    }
    bx_jw_line(&w, 0);
    bx_jw_array_end(&w);
    bx_jw_object_end(&w);
    bx_buf_addc(out, '\n');
}

static bool read_file_entry(struct bx_json *r, struct bx_site_file *f, struct bx_arena *a)
{
    struct bx_slice key, s;
    int64_t bytes = -1;
    bool sha = false;
    const char *at = r->p;
    if (!bx_json_object(r))
        return false;
    while (bx_json_key(r, &key)) {
        if (bx_slice_is(key, "path")) {
            if (!bx_json_string(r, &s))
                return false;
            f->path = bx_strndup(a, s.p, s.n);
        } else if (bx_slice_is(key, "bytes")) {
            if (!bx_json_int(r, &bytes))
                return false;
        } else if (bx_slice_is(key, "sha256")) {
            if (!bx_json_string(r, &s))
                return false;
            sha = s.n == 64 && bx_unhex(f->sha, bx_strndup(a, s.p, s.n), 32);
        } else if (bx_slice_is(key, "kept")) {
            if (!bx_json_bool(r, &f->kept))
                return false;
        } else if (!bx_json_skip(r))
            return false;
    }
    if (r->failed)
        return false;
    if (!f->path || !bx_site_path_valid(f->path) || bytes < 0 || !sha)
        return bx_json_fail(r, at, "found a file without a valid path, bytes and sha256");
    f->bytes = (uint64_t)bytes;
    return true;
}

static bool read_files(struct bx_json *r, struct bx_site *s, struct bx_arena *a)
{
    size_t cap = 0;
    struct bx_site_file *grown = NULL;
    bool ok = bx_json_array(r);
    while (ok && bx_json_element(r)) {
        grown = bx_grow(grown, &cap, s->n + 1, sizeof *grown);
        grown[s->n] = (struct bx_site_file){0};
        ok = read_file_entry(r, &grown[s->n], a);
        s->n += ok;
    }
    s->files = bx_memdup(a, grown, s->n * sizeof *grown);
    free(grown);
    bx_site_sort(s);
    for (size_t i = 1; i < s->n && ok; i++)
        if (!strcmp(s->files[i].path, s->files[i - 1].path))
            ok = bx_json_fail(r, NULL, "found '%s' twice", s->files[i].path);
    return ok && !r->failed;
}

static bool read_notes(struct bx_json *r, struct bx_site *s, struct bx_arena *a)
{
    size_t cap = 0;
    const char **grown = NULL;
    struct bx_slice text;
    bool ok = bx_json_array(r);
    s->nnotes = 0;
    while (ok && bx_json_element(r) && (ok = bx_json_string(r, &text))) {
        grown = bx_grow(grown, &cap, s->nnotes + 1, sizeof *grown);
        grown[s->nnotes++] = bx_strndup(a, text.p, text.n);
    }
    s->notes = bx_memdup(a, grown, s->nnotes * sizeof *grown);
    free(grown);
    return ok && !r->failed;
}

bool bx_site_read(const char *path, const char *text, size_t n, struct bx_site *s, struct bx_arena *a, struct bx_err *e)
{
    struct bx_json r;
    struct bx_slice key;
    int64_t format = 0;
    *s = (struct bx_site){0};
    bx_json_init(&r, path, text, n, BX_JSON_KEYS_ONCE, e);
    bool ok = bx_json_object(&r);
    while (ok && bx_json_key(&r, &key)) {
        if (bx_slice_is(key, "format"))
            ok = bx_json_int(&r, &format);
        else if (bx_slice_is(key, "files"))
            ok = read_files(&r, s, a);
        else if (bx_slice_is(key, "notes"))
            ok = read_notes(&r, s, a);
        else
            ok = bx_json_skip(&r);
    }
    if (!bx_json_end(&r) || !ok)
        return false;
    return format == 1 ||
           bx_fail(e, BX_CONFIG, "%s: format %lld, expected 1: another version of boxscore made this site", path, (long long)format);
}

bool bx_site_load(const char *path, struct bx_site *s, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    return bx_file_read(path, MAX_MANIFEST, &text, e) && bx_site_read(path, bx_buf_str(&text), text.n, s, a, e);
}

struct walk {
    const struct bx_site *s;     /* NULL: everything is a stranger */
    char path[4 * MAX_PATH];     /* where we are, ending in '/' but at the root */
    char stranger[4 * MAX_PATH]; /* the first in bytewise order; empty: none */
};

static void strange(struct walk *w)
{
    if (!w->stranger[0] || strcmp(w->path, w->stranger) < 0)
        memcpy(w->stranger, w->path, sizeof w->stranger);
}

static bool walk_folder(struct walk *w, int fd, int depth, struct bx_err *e);

static bool walk_entry(struct walk *w, int fd, const char *name, size_t at, int depth, struct bx_err *e)
{
    struct stat st;
    int n = snprintf(w->path + at, sizeof w->path - at, "%s", name);
    if (n < 0 || (size_t)n >= sizeof w->path - at - 2) {
        w->path[sizeof w->path - 1] = '\0';
        strange(w);
        return true;
    }
    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT || bx_fail_errno(e, "cannot look at '%s'", w->path);
    if (S_ISREG(st.st_mode)) {
        if (!w->s || (!bx_site_find(w->s, w->path) && strcmp(w->path, BX_SITE_MANIFEST) != 0))
            strange(w);
        return true;
    }
    if (!S_ISDIR(st.st_mode) || depth >= MAX_DEPTH) {
        strange(w);
        return true;
    }
    w->path[at + (size_t)n] = '/';
    w->path[at + (size_t)n + 1] = '\0';
    if (!w->s || !holds_below(w->s, w->path)) {
        strange(w);
        return true;
    }
    int sub = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return sub < 0 ? bx_fail_errno(e, "cannot open '%s'", w->path) : walk_folder(w, sub, depth + 1, e);
}

/* Consumes fd. */
static bool walk_folder(struct walk *w, int fd, int depth, struct bx_err *e)
{
    size_t at = strlen(w->path);
    DIR *d = fdopendir(fd);
    if (!d) {
        close(fd);
        return bx_fail_errno(e, "cannot list '%s'", w->path);
    }
    bool ok = true;
    for (struct dirent *entry; ok && (errno = 0, entry = readdir(d)) != NULL; w->path[at] = '\0')
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = walk_entry(w, dirfd(d), entry->d_name, at, depth, e);
    if (ok && errno)
        ok = bx_fail_errno(e, "cannot list '%s'", w->path);
    closedir(d);
    return ok;
}

/* At most this much of a foreign name is shown, without control characters. */
static const char *shown(const char *name, struct bx_arena *a)
{
    char *s = bx_strndup(a, name, strnlen(name, 120));
    for (char *p = s; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = '?';
    return s;
}

bool bx_folder_judge(const char *path, enum bx_folder *what, struct bx_site *s, struct bx_arena *a, struct bx_err *e)
{
    *s = (struct bx_site){0};
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        *what = BX_FOLDER_ABSENT;
        if (errno == ENOENT)
            return true;
        return errno == ENOTDIR ? bx_fail(e, BX_CONFIG, "output '%s' is not a folder", path) : bx_fail_errno(e, "cannot open '%s'", path);
    }
    if (faccessat(fd, BX_SITE_MARKER, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        *what = BX_FOLDER_RENDERING;
        close(fd);
        return true;
    }
    bool ours = faccessat(fd, BX_SITE_MANIFEST, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (ours && !bx_site_load(bx_path_join(a, path, BX_SITE_MANIFEST), s, a, e)) {
        close(fd);
        return false;
    }
    struct walk *w = BX_NEW(a, struct walk, 1);
    w->s = ours ? s : NULL;
    if (!walk_folder(w, fd, 1, e))
        return bx_wrap(e, "output '%s'", path);
    *what = ours ? BX_FOLDER_SITE : BX_FOLDER_EMPTY;
    if (!w->stranger[0])
        return true;
    if (ours)
        return bx_fail(
            e, BX_CONFIG,
            "output '%s' holds '%s', which boxscore did not write: move it away (into static/ of your template folder, if it belongs to "
            "the site), or choose another output",
            path, shown(w->stranger, a));
    return bx_fail(e, BX_CONFIG, "output '%s' is not empty and not a site of boxscore's (it holds '%s'): choose another output", path,
                   shown(w->stranger, a));
}
