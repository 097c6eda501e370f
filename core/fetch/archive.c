/* archive.c: libarchive reads; what it says is judged here, name by name and byte by byte. */
#include "core/fetch/archive.h"
#include "core/base/banned.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/fetch/libarchive.h"
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
#include <zlib.h>

enum {
    FREELY = 256 << 20, /* bytes unpacked before their ratio to the archive matters */
    BLOCK = 4096,
};
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

static bool bearable(const struct unpacking *u, uint64_t bytes, struct bx_err *e)
{
    if (bytes > u->l->bytes)
        return bx_fail(e, BX_DATA, "more than %" PRIu64 " bytes when unpacked", u->l->bytes);
    if (bytes > FREELY && bytes / u->l->ratio > u->packed)
        return bx_fail(e, BX_DATA, "more than %" PRIu64 " times as large when unpacked: not a data set", u->l->ratio);
    return true;
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
    return bearable(u, u->r->bytes, e) && disk_bears(u, n, e);
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

static const char *words(struct archive *a)
{
    const char *s = bx_libarchive.error_string(a);
    return s && *s ? s : "it cannot be read";
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
            return bx_fail(e, BX_DATA, "'%.200s': %s", path, words(a));
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
        if (code == ARCHIVE_RETRY)
            continue;
        if (code != ARCHIVE_OK && code != ARCHIVE_WARN) /* a warning is about a name, an owner or a time */
            return bx_fail(e, BX_DATA, "%s", words(a));
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

/* libarchive does not look at the sum at a gzip's end, and a tar has none over its files: a changed bit would be a changed label. */
static bool sums_well(struct unpacking *u, int fd, struct archive *a, struct bx_err *e)
{
    int own = -1, n = 0, code = Z_OK;
    if (bx_libarchive.filter_count(a) < 2 || bx_libarchive.filter_code(a, 0) != ARCHIVE_FILTER_GZIP)
        return true;
    gzFile z = lseek(fd, 0, SEEK_SET) == 0 && (own = fcntl(fd, F_DUPFD_CLOEXEC, 0)) >= 0 ? gzdopen(own, "rb") : NULL;
    if (!z)
        return bx_fail_errno(e, "cannot read it again");
    bool ok = true;
    for (uint64_t bytes = 0; ok && (n = gzread(z, u->block, sizeof u->block)) > 0; bytes += (uint64_t)n)
        ok = bearable(u, bytes, e);
    const char *why = gzerror(z, &code);
    if (ok && (n < 0 || code != Z_OK))
        ok = bx_fail(e, BX_DATA, "its sum does not match: %s", why);
    gzclose(z);
    return ok;
}

/* A plain tar that was cut between two files is read to its end all the same; it should end in zeros. */
static bool ends_well(int fd, struct archive *a, uint64_t packed, struct bx_err *e)
{
    char last[1024];
    if ((bx_libarchive.format(a) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_TAR || bx_libarchive.filter_count(a) > 1)
        return true;
    if (packed >= sizeof last && pread(fd, last, sizeof last, (off_t)(packed - sizeof last)) == (ssize_t)sizeof last) {
        size_t i = 0;
        while (i < sizeof last && !last[i])
            i++;
        if (i == sizeof last)
            return true;
    }
    return bx_fail(e, BX_DATA, "the mark at its end is missing: truncated?");
}

static uint64_t little(const unsigned char *p, size_t n)
{
    uint64_t v = 0;
    while (n--)
        v = v << 8 | p[n];
    return v;
}

/* libarchive gives one of several entries that begin at the same place, and does not count those of the list at a zip's end. */
static bool lists_well(struct unpacking *u, int fd, struct archive *a, struct bx_err *e)
{
    enum { END = 22, LOCATOR = 20, END64 = 56 };
    unsigned char *p = (unsigned char *)u->block;
    if ((bx_libarchive.format(a) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_ZIP)
        return true;
    size_t n = u->packed < sizeof u->block ? (size_t)u->packed : sizeof u->block;
    if (pread(fd, p, n, (off_t)(u->packed - n)) != (ssize_t)n)
        return bx_fail_errno(e, "cannot read it again");
    size_t at = n < END ? 0 : n - END + 1;
    while (at && memcmp(p + at - 1, "PK\5\6", 4) != 0)
        at--;
    if (!at--) /* behind the longest of comments */
        return true;
    uint64_t said = little(p + at + 10, 2);
    if (at >= LOCATOR + END64 && !memcmp(p + at - LOCATOR, "PK\6\7", 4) && !memcmp(p + at - LOCATOR - END64, "PK\6\6", 4))
        said = little(p + at - LOCATOR - END64 + 32, 8);
    else if (said == 0xFFFF || said == (u->entries & 0xFFFF)) /* writers without zip64 count on from 0 */
        return true;
    return said == u->entries ||
           bx_fail(e, BX_DATA, "its list has %" PRIu64 " entries, but %" PRIu64 " can be read: several at one place, or one is missing",
                   said, u->entries);
}

static struct archive *reader(void)
{
    struct archive *a = bx_libarchive.read_new();
    bx_libarchive.read_support_filter_gzip(a);
    bx_libarchive.read_support_filter_bzip2(a);
    bx_libarchive.read_support_filter_xz(a);
    bx_libarchive.read_support_filter_zstd(a);
    bx_libarchive.read_support_format_tar(a);
    bx_libarchive.read_set_format_option(a, "tar", "read_concatenated_archives", "1"); /* cat a.tar b.tar: both, not the first alone */
    bx_libarchive.read_support_format_zip_seekable(a); /* by the list at its end alone: the other reader takes a part for the whole */
    return a;
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
    struct archive *a = reader();
    if (!u || !a)
        abort();
    *u = (struct unpacking){.name = name, .into = into, .l = l, .r = r, .tick = tick, .self = self, .packed = (uint64_t)st.st_size};
    /* Names are UTF-8 whatever the user's locale. */
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = utf8 ? uselocale(utf8) : (locale_t)0;
    bool ok = bx_libarchive.read_open_fd(a, fd, 1 << 16) == ARCHIVE_OK ||
              bx_fail(e, BX_DATA, "it is no zip or tar (gz, bz2, xz, zst) archive, or a part of one: %s", words(a));
    ok = ok && take_all(u, a, e) && lists_well(u, fd, a, e) && sums_well(u, fd, a, e) && ends_well(fd, a, u->packed, e);
    bx_libarchive.read_free(a);
    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    free(u);
    return ok || bx_wrap(e, "'%s'", name);
}
