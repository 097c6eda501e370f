/* archive.c: libarchive reads; what it says is judged here, name by name and byte by byte. */
#include "core/fetch/archive.h"
#include "core/base/banned.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/fetch/libarchive.h"
#include "core/fetch/whole.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { BLOCK = 4096 };
const struct bx_archive_limits bx_archive_limits = {
    .bytes = UINT64_C(200) << 30, .entries = 2000000, .ratio = 100, .free_disk = 1 << 30, .seconds = 2 * 3600};

struct unpacking {
    const char *name;
    int into;
    const struct bx_archive_limits *l;
    struct bx_archive_result *r;
    void (*tick)(void *, const struct bx_archive_result *);
    void *self;
    uint64_t packed, since;           /* bytes of the archive; bytes since the disk was asked */
    uint64_t entries;                 /* that libarchive gave, also those passed over */
    bool several;                     /* not all in one folder */
    char folder[BX_ARCHIVE_PATH + 1]; /* the last one that was made, or found */
    char block[64 << 10];
};

static bool starts(const char *p, size_t n, const char *with)
{
    size_t k = strlen(with);
    return n >= k && !strncasecmp(p, with, k);
}

bool bx_archive_begins(const char *p, size_t n, struct bx_err *e)
{
    if (!n)
        return bx_fail(e, BX_DATA, "it is empty");
    if (n > 262 && !memcmp(p + 257, "ustar", 5)) /* a tar begins with a name, which may be [a], {b} or <html> */
        return true;
    if (starts(p, n, "Rar!") || starts(p, n, "7z\xBC\xAF"))
        return bx_fail(e, BX_DATA, "it is a %s archive, expected zip or tar (gz, bz2, xz, zst)", *p == 'R' ? "RAR" : "7z");
    if (starts(p, n, "\xEF\xBB\xBF"))
        p += 3, n -= 3;
    while (n && memchr(" \t\r\n", *p, 4))
        p++, n--;
    if (starts(p, n, "<!doctype html") || starts(p, n, "<html") || starts(p, n, "<head") || starts(p, n, "<!--"))
        return bx_fail(e, BX_DATA, "it is an HTML page, not an archive: a page to log in, or one that has the link?");
    if (starts(p, n, "<?xml"))
        return bx_fail(e, BX_DATA, "it is XML, not an archive: what a store says in place of a file?");
    if (n && (*p == '{' || *p == '['))
        return bx_fail(e, BX_DATA, "it is JSON, not an archive");
    return true;
}

bool bx_archive_path(const char *name, char *out, struct bx_err *e)
{
    size_t n = 0, depth = 0;
    const char *p = name;
    if (*p == '/' || *p == '\\' || (((*p | 32) >= 'a' && (*p | 32) <= 'z') && p[1] == ':' && (p[2] == '\\' || p[2] == '/')))
        return bx_fail(e, BX_DATA, "'%.200s' is an absolute path", name);
    if (!bx_utf8_valid(name, strlen(name)))
        return bx_fail(e, BX_DATA,
                       "the name '%.200s' is not UTF-8, but in some other encoding (GBK, CP437?): pack it again with names in UTF-8", name);
    if (bx_has_control(name, strlen(name)))
        return bx_fail(e, BX_DATA, "the name '%.200s' has control characters", name);
    while (*p) {
        size_t k = strcspn(p, "/\\");
        if (k == 2 && p[0] == '.' && p[1] == '.')
            return bx_fail(e, BX_DATA, "'%.200s' leads out of its folder", name);
        if (k > BX_ARCHIVE_NAME)
            return bx_fail(e, BX_DATA, "'%.60s…' has a name of %zu bytes, expected at most %d", name, k, BX_ARCHIVE_NAME);
        if (k && !(k == 1 && *p == '.')) {
            if (n + k + 1 > BX_ARCHIVE_PATH || ++depth > BX_ARCHIVE_DEPTH)
                return bx_fail(e, BX_DATA, "'%.60s…' is a path of more than %d bytes or %d folders", name, BX_ARCHIVE_PATH,
                               BX_ARCHIVE_DEPTH);
            if (n)
                out[n++] = '/';
            memcpy(out + n, p, k);
            n += k;
        }
        p += k + (p[k] != '\0');
    }
    out[n] = '\0';
    return true;
}

static bool passed_over(const char *path)
{
    const char *last = strrchr(path, '/');
    last = last ? last + 1 : path;
    return !strncmp(path, "__MACOSX", 8) ? path[8] == '/' || !path[8] : !strcmp(last, ".DS_Store") || !strcmp(last, "Thumbs.db");
}

/* So many bytes more are of the disk. */
static bool disk_bears(struct unpacking *u, size_t n, struct bx_err *e)
{
    u->since += n;
    if (u->since < 16 << 20)
        return true;
    u->since = 0;
    if (u->tick)
        u->tick(u->self, u->r);
    struct statvfs v;
    if (u->into >= 0 && fstatvfs(u->into, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize < u->l->free_disk)
        return bx_fail(e, BX_IO, "less than %" PRIu64 " bytes of disk are left", u->l->free_disk);
    return true;
}

static bool within(struct unpacking *u, size_t n, struct bx_err *e)
{
    u->r->bytes += n;
    return bx_archive_bearable(u->l, u->packed, u->r->bytes, e) && disk_bears(u, n, e);
}

/* A file or folder more: one name may make thirty folders, and each of them takes a block of the disk. */
static bool one_more(struct unpacking *u, uint64_t *of, struct bx_err *e)
{
    ++*of;
    if (u->r->files + u->r->folders > u->l->entries)
        return bx_fail(e, BX_DATA, "more than %" PRIu64 " files and folders", u->l->entries);
    return disk_bears(u, BLOCK, e);
}

/* Every folder of the path, and with `whole` the path itself. */
static bool make_folders(struct unpacking *u, const char *path, bool whole, struct bx_err *e)
{
    char part[BX_ARCHIVE_PATH + 1];
    size_t end = strlen(path);
    while (!whole && end && path[end] != '/')
        end--;
    if (u->into < 0 || (strlen(u->folder) == end && !memcmp(u->folder, path, end)))
        return true;
    for (size_t i = 1; i <= end; i++) {
        if (i < end && path[i] != '/')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        struct stat st;
        if (mkdirat(u->into, part, 0777) == 0) {
            if (!one_more(u, &u->r->folders, e))
                return false;
        } else if (errno != EEXIST || fstatat(u->into, part, &st, AT_SYMLINK_NOFOLLOW) != 0)
            return bx_fail_errno(e, "cannot make the folder '%.200s'", part);
        else if (!S_ISDIR(st.st_mode))
            return bx_fail(e, BX_DATA, "'%.200s' is both a file and a folder", part);
    }
    memcpy(u->folder, path, end);
    u->folder[end] = '\0';
    return true;
}

static bool write_all(int fd, const char *p, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t k = write(fd, p + done, n - done);
        if (k <= 0)
            return false;
        done += (size_t)k;
    }
    return true;
}

/* Of one entry; fd -1: nowhere. */
static bool copy(struct unpacking *u, struct archive *a, int fd, const char *path, struct bx_err *e)
{
    for (;;) {
        la_ssize_t n = bx_libarchive.read_data(a, u->block, sizeof u->block);
        if (n == 0)
            return true;
        if (n == ARCHIVE_RETRY)
            continue;
        if (n < 0)
            return bx_fail(e, BX_DATA, "'%.200s': %s", path, bx_archive_words(a));
        if (!within(u, (size_t)n, e))
            return false;
        if (fd >= 0 && !write_all(fd, u->block, (size_t)n))
            return bx_fail_errno(e, "cannot write '%.200s'", path);
    }
}

static bool take_file(struct unpacking *u, struct archive *a, const char *path, struct bx_err *e)
{
    if (!make_folders(u, path, false, e))
        return false;
    int fd = -1;
    if (u->into >= 0) {
        fd = openat(u->into, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST)
            return bx_fail(e, BX_DATA, "'%.200s' stands in it twice, or by a name that this file system takes for the same", path);
        if (fd < 0)
            return bx_fail_errno(e, "cannot write '%.200s'", path);
    }
    bool ok = copy(u, a, fd, path, e);
    if (fd >= 0 && close(fd) != 0 && ok)
        ok = bx_fail_errno(e, "cannot write '%.200s'", path);
    return ok && one_more(u, &u->r->files, e);
}

static void note_top(struct unpacking *u, const char *path, bool folder)
{
    size_t n = strcspn(path, "/");
    if (!folder && !path[n])
        u->several = true;
    if (!u->r->top[0] && n <= BX_ARCHIVE_NAME) {
        memcpy(u->r->top, path, n);
        u->r->top[n] = '\0';
    } else if (strlen(u->r->top) != n || memcmp(u->r->top, path, n) != 0)
        u->several = true;
}

static bool take_entry(struct unpacking *u, struct archive *a, struct archive_entry *entry, struct bx_err *e)
{
    static const struct {
        mode_t type;
        const char *words;
    } refused[] = {
        {AE_IFLNK, "a symbolic link"}, {AE_IFCHR, "a device"}, {AE_IFBLK, "a device"}, {AE_IFIFO, "a pipe"}, {AE_IFSOCK, "a socket"},
    };
    char path[BX_ARCHIVE_PATH + 1];
    const char *name = bx_libarchive.entry_pathname(entry);
    if (!name)
        name = bx_libarchive.entry_pathname_utf8(entry);
    if (!name || !*name)
        return bx_fail(e, BX_DATA, "an entry without a name");
    if (!bx_archive_path(name, path, e))
        return false;
    mode_t type = bx_libarchive.entry_filetype(entry);
    if (bx_libarchive.entry_hardlink(entry))
        return bx_fail(e, BX_DATA, "'%.200s' is a link", path);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (type == refused[i].type)
            return bx_fail(e, BX_DATA, "'%.200s' is %s", path, refused[i].words);
    if (bx_libarchive.entry_is_encrypted(entry))
        return bx_fail(e, BX_DATA, "'%.200s' is encrypted", path);
    size_t n = strlen(name);
    bool folder = type == AE_IFDIR || name[n - 1] == '/' || name[n - 1] == '\\';
    if (path[0] && passed_over(path)) {
        u->r->passed_over++;
        return copy(u, a, -1, path, e);
    }
    if (!path[0])
        return folder || bx_fail(e, BX_DATA, "an entry without a name");
    note_top(u, path, folder);
    return folder ? make_folders(u, path, true, e) && copy(u, a, -1, path, e) : take_file(u, a, path, e);
}

static bool take_all(struct unpacking *u, struct archive *a, struct bx_err *e)
{
    for (uint64_t n = 0;; n++) {
        struct archive_entry *entry;
        int code = bx_libarchive.read_next_header(a, &entry);
        if (code == ARCHIVE_EOF)
            break;
        /* A warning is about a name, an owner or a time; to try again is to go on without a file. */
        if (code == ARCHIVE_RETRY)
            return bx_fail(e, BX_DATA, "%s: a header is damaged, or what follows its end is no tar", bx_archive_words(a));
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
            return bx_fail(e, BX_DATA, "%s", bx_archive_words(a));
        if (n >= u->l->entries)
            return bx_fail(e, BX_DATA, "more than %" PRIu64 " entries", u->l->entries);
        if (!take_entry(u, a, entry, e))
            return false;
        u->entries++;
    }
    if (u->several)
        u->r->top[0] = '\0';
    return u->r->files || bx_fail(e, BX_DATA, "there is no file in it");
}

bool bx_archive_extract(int fd, const char *name, int into, const struct bx_archive_limits *l, struct bx_archive_result *r,
                        void (*tick)(void *self, const struct bx_archive_result *r), void *self, struct bx_err *e)
{
    struct stat st;
    char first[512];
    *r = (struct bx_archive_result){0};
    if (fstat(fd, &st) != 0 || lseek(fd, 0, SEEK_SET) != 0)
        return bx_fail_errno(e, "cannot read '%s'", name);
    ssize_t n = pread(fd, first, sizeof first, 0);
    if (n < 0)
        return bx_fail_errno(e, "cannot read '%s'", name);
    if (!bx_archive_begins(first, (size_t)n, e))
        return bx_wrap(e, "'%s'", name);
    if (!bx_libarchive_open(e))
        return false;
    struct unpacking *u = calloc(1, sizeof *u);
    struct archive *a = bx_archive_reader(false);
    if (!u || !a)
        abort();
    *u = (struct unpacking){.name = name, .into = into, .l = l, .r = r, .tick = tick, .self = self, .packed = (uint64_t)st.st_size};
    /* Names are UTF-8 whatever the user's locale. */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = utf8 ? uselocale(utf8) : (locale_t)0;
    bool ok = bx_libarchive.read_open_fd(a, fd, 1 << 16) == ARCHIVE_OK ||
              bx_fail(e, BX_DATA, "it is no zip or tar (gz, bz2, xz, zst) archive, or a part of one: %s", bx_archive_words(a));
    ok = ok && take_all(u, a, e) && bx_archive_whole(fd, a, &(struct bx_archive_read){u->packed, u->entries, l}, e);
    bx_libarchive.read_free(a);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    free(u);
    return ok || bx_wrap(e, "'%s'", name);
}
