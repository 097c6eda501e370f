/* whole.c: see whole.h. */
#include "core/fetch/whole.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { FREELY = 256 << 20 }; /* bytes unpacked before their ratio to the archive matters */

struct archive *bx_archive_reader(bool raw)
{
    struct archive *a = bx_libarchive.read_new();
    if (!a)
        abort();
    bx_libarchive.read_support_filter_gzip(a);
    bx_libarchive.read_support_filter_bzip2(a);
    bx_libarchive.read_support_filter_xz(a);
    bx_libarchive.read_support_filter_zstd(a);
    if (raw) {
        bx_libarchive.read_support_format_raw(a);
        return a;
    }
    bx_libarchive.read_support_format_tar(a);
    bx_libarchive.read_set_format_option(a, "tar", "read_concatenated_archives", "1"); /* cat a.tar b.tar: both, not the first alone */
    bx_libarchive.read_support_format_zip_seekable(a); /* by the list at its end alone: the other reader takes a part for the whole */
    return a;
}

const char *bx_archive_words(struct archive *a)
{
    static char text[200]; /* of the last error: who unpacks has one thread */
    const char *s = bx_libarchive.error_string(a);
    snprintf(text, sizeof text, "%s", s && *s ? s : "it cannot be read");
    for (size_t n = strlen(text); n && (text[n - 1] == '\n' || text[n - 1] == ' '); n--)
        text[n - 1] = '\0';
    return text;
}

bool bx_archive_bearable(const struct bx_archive_limits *l, uint64_t packed, uint64_t bytes, struct bx_err *e)
{
    if (bytes > l->bytes)
        return bx_fail(e, BX_DATA, "more than %" PRIu64 " bytes when unpacked", l->bytes);
    if (bytes > FREELY && bytes / l->ratio > packed)
        return bx_fail(e, BX_DATA, "more than %" PRIu64 " times as large when unpacked: not a data set", l->ratio);
    return true;
}

static int format_of(struct archive *a)
{
    return bx_libarchive.format(a) & ARCHIVE_FORMAT_BASE_MASK;
}

/* ---- zip ---- */

static uint64_t little(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    while (n--)
        v = v << 8 | p[n];
    return v;
}

static bool get(int fd, uint64_t at, void *p, size_t n)
{
    return at <= INT64_MAX && pread(fd, p, n, (off_t)at) == (ssize_t)n;
}

/* The value of n bytes of a zip64 field, in the order of those that the record has no room for. */
static bool wide(const uint8_t *extra, size_t n, size_t which, uint64_t *out)
{
    for (size_t at = 0; at + 4 <= n; at += 4 + little(extra + at + 2, 2)) {
        size_t length = little(extra + at + 2, 2);
        if (little(extra + at, 2) != 1)
            continue;
        if (at + 4 + length > n || (which + 1) * 8 > length)
            return false;
        *out = little(extra + at + 4 + 8 * which, 8);
        return true;
    }
    return false;
}

struct zip {
    int fd;
    uint64_t base; /* of its offsets: what stands before the archive is not counted in them */
    uint8_t name[UINT16_MAX], twin[UINT16_MAX], extra[UINT16_MAX];
};

/* An entry of the list at `at`, and what stands at the file. *next: of the list. */
static bool entry_is_well(struct zip *z, uint64_t at, uint64_t *next, struct bx_err *e)
{
    enum { ENTRY = 46, LOCAL = 30, STREAMED = 8, FULL = UINT32_MAX };
    uint8_t p[ENTRY], q[LOCAL];
    size_t n, extra, wides = 0;
    uint64_t said[3], place; /* sum, size packed, size */
    if (!get(z->fd, at, p, sizeof p) || memcmp(p, "PK\1\2", 4) != 0 || (n = little(p + 28, 2), extra = little(p + 30, 2), false) ||
        !get(z->fd, at + ENTRY, z->name, n) || !get(z->fd, at + ENTRY + n, z->extra, extra))
        return bx_fail(e, BX_DATA, "its list is damaged at byte %" PRIu64, at);
    *next = at + ENTRY + n + extra + little(p + 32, 2);
    for (size_t i = 0; i < 3; i++)
        said[i] = little(p + 16 + 4 * i, 4);
    place = little(p + 42, 4);
    /* Their order in a zip64 field is another: size, size packed, place. */
    if ((said[2] == FULL && !wide(z->extra, extra, wides++, &said[2])) || (said[1] == FULL && !wide(z->extra, extra, wides++, &said[1])) ||
        (place == FULL && !wide(z->extra, extra, wides++, &place)))
        return bx_fail(e, BX_DATA, "its list is damaged at byte %" PRIu64, at);
    if (!get(z->fd, z->base + place, q, sizeof q) || memcmp(q, "PK\3\4", 4) != 0 ||
        (little(q + 26, 2) && !get(z->fd, z->base + place + LOCAL, z->twin, little(q + 26, 2))))
        return bx_fail(e, BX_DATA, "its list names a file at byte %" PRIu64 ", where there is none", z->base + place);
    if (memchr(z->name, '\0', n) || memchr(z->twin, '\0', little(q + 26, 2)))
        return bx_fail(e, BX_DATA, "the name '%.*s' has a NUL behind it", (int)(n < 200 ? n : 200), (const char *)z->name);
    if (little(q + 26, 2) != n || memcmp(z->name, z->twin, n) != 0)
        return bx_fail(e, BX_DATA, "its list has another name than stands at the file itself, at byte %" PRIu64, z->base + place);
    for (size_t i = 0; i < 3; i++) {
        uint64_t own = little(q + 14 + 4 * i, 4);
        if (!(little(q + 6, 2) & STREAMED) && own && own != said[i] && !(i && own == FULL))
            return bx_fail(e, BX_DATA, "its list says another %s of '%.*s' than stands at the file itself (%" PRIu64 ", %" PRIu64 ")",
                           i ? "size" : "sum", (int)(n < 200 ? n : 200), (const char *)z->name, said[i], own);
    }
    return true;
}

/* libarchive gives one of several entries that begin at the same place, and goes by what stands at the files: not by the list at the end,
 * which is what other programs read. */
static bool lists_well(int fd, const struct bx_archive_read *r, struct bx_err *e)
{
    enum { END = 22, LOCATOR = 20, END64 = 56 };
    static uint8_t p[64 << 10];
    size_t n = r->packed < sizeof p ? (size_t)r->packed : sizeof p;
    if (!get(fd, r->packed - n, p, n))
        return bx_fail_errno(e, "cannot read it again");
    size_t at = n < END ? 0 : n - END + 1;
    while (at && memcmp(p + at - 1, "PK\5\6", 4) != 0)
        at--;
    if (!at--)
        return bx_fail(e, BX_DATA, "its list has no end within 64 KiB of its own");
    uint64_t said = little(p + at + 10, 2), length = little(p + at + 12, 4), begin = little(p + at + 16, 4), end = r->packed - n + at;
    bool large = at >= LOCATOR + END64 && !memcmp(p + at - LOCATOR, "PK\6\7", 4) && !memcmp(p + at - LOCATOR - END64, "PK\6\6", 4);
    if (large) {
        const uint8_t *q = p + at - LOCATOR - END64;
        said = little(q + 32, 8), length = little(q + 40, 8), begin = little(q + 48, 8);
        end -= LOCATOR + END64;
    }
    if (length > end || begin > end - length)
        return bx_fail(e, BX_DATA, "its list is said to be at byte %" PRIu64 ", which it does not have", begin);
    struct zip *z = malloc(sizeof *z);
    if (!z)
        abort();
    *z = (struct zip){.fd = fd, .base = end - length - begin};
    uint64_t entries = 0;
    bool ok = true;
    for (uint64_t next = end - length; ok && next < end; entries++)
        ok = entry_is_well(z, next, &next, e);
    free(z);
    if (!ok)
        return false;
    if (entries != r->entries || (said != entries && (large || said != (entries & 0xFFFF)))) /* writers without zip64 count on from 0 */
        return bx_fail(e, BX_DATA,
                       "its list says %" PRIu64 " entries and has %" PRIu64 ", of which %" PRIu64
                       " can be read: several at one place, or one is missing",
                       said, entries, r->entries);
    return true;
}

/* ---- tar, and what is compressed ---- */

/* What is unpacked again: how much, and what it ends in. */
struct tail {
    uint64_t bytes, zeros; /* zeros: at its end */
};

static void feed(struct tail *t, const uint8_t *p, size_t n)
{
    size_t k = n;
    while (k && !p[k - 1])
        k--;
    t->bytes += n;
    t->zeros = k ? n - k : t->zeros + n;
}

static bool zeros_from(int fd, uint64_t at, uint64_t end)
{
    uint8_t p[4096];
    for (size_t n; at < end; at += n) {
        n = end - at < sizeof p ? (size_t)(end - at) : sizeof p;
        struct tail t = {0};
        if (!get(fd, at, p, n))
            return false;
        feed(&t, p, n);
        if (t.zeros != n)
            return false;
    }
    return true;
}

/* libarchive does not look at the sum at a gzip's end, and a tar has none over its files: a changed bit would be a changed label. */
static bool unzip(int fd, const struct bx_archive_read *r, struct tail *t, struct bx_err *e)
{
    static uint8_t from[64 << 10], to[64 << 10];
    z_stream z = {0};
    uint64_t at = 0;
    int code = inflateInit2(&z, 15 + 16) == Z_OK ? Z_OK : Z_MEM_ERROR;
    bool ok = true;
    while (ok) {
        if (!z.avail_in && at < r->packed) {
            size_t n = r->packed - at < sizeof from ? (size_t)(r->packed - at) : sizeof from;
            if (!(ok = get(fd, at, from, n) || bx_fail_errno(e, "cannot read it again")))
                break;
            at += n;
            z.next_in = from, z.avail_in = (uInt)n;
        }
        if (code == Z_STREAM_END) { /* another member, zeros, or what does not belong there */
            uint64_t rest = at - z.avail_in;
            uint8_t magic[2];
            if (get(fd, rest, magic, 2) && magic[0] == 0x1F && magic[1] == 0x8B)
                code = inflateReset(&z);
            else if (zeros_from(fd, rest, r->packed))
                break;
            else
                ok = bx_fail(e, BX_DATA, "behind its end, at byte %" PRIu64 ", follows what is no gzip", rest);
            continue;
        }
        z.next_out = to, z.avail_out = sizeof to;
        code = inflate(&z, Z_NO_FLUSH);
        if (code == Z_BUF_ERROR && !z.avail_in && at == r->packed)
            ok = bx_fail(e, BX_DATA, "it is truncated");
        else if (code != Z_OK && code != Z_STREAM_END)
            ok = bx_fail(e, BX_DATA, "its sum does not match: %s", z.msg ? z.msg : "damaged");
        feed(t, to, sizeof to - z.avail_out);
        ok = ok && bx_archive_bearable(r->limits, r->packed, t->bytes, e);
    }
    inflateEnd(&z);
    return ok;
}

/* The same by libarchive, which checks the sums of the other kinds. */
static bool unpack(int fd, const struct bx_archive_read *r, struct tail *t, struct bx_err *e)
{
    static uint8_t block[64 << 10];
    struct archive *a = bx_archive_reader(true);
    struct archive_entry *entry;
    la_ssize_t n = 0;
    bool ok = (lseek(fd, 0, SEEK_SET) == 0 && bx_libarchive.read_open_fd(a, fd, 1 << 16) == ARCHIVE_OK &&
               bx_libarchive.read_next_header(a, &entry) == ARCHIVE_OK) ||
              bx_fail(e, BX_DATA, "%s", bx_archive_words(a));
    while (ok && (n = bx_libarchive.read_data(a, block, sizeof block)) > 0) {
        feed(t, block, (size_t)n);
        ok = bx_archive_bearable(r->limits, r->packed, t->bytes, e);
    }
    if (ok && n < 0)
        ok = bx_fail(e, BX_DATA, "%s", bx_archive_words(a));
    uint64_t taken = (uint64_t)bx_libarchive.filter_bytes(a, -1);
    if (ok && taken < r->packed && !zeros_from(fd, taken, r->packed))
        ok = bx_fail(e, BX_DATA, "behind its end, at byte %" PRIu64 ", follows what does not belong to it", taken);
    bx_libarchive.read_free(a);
    return ok;
}

bool bx_archive_whole(int fd, struct archive *a, const struct bx_archive_read *r, struct bx_err *e)
{
    enum { MARK = 1024 };
    struct tail t = {0};
    bool packed = bx_libarchive.filter_count(a) > 1;
    if (format_of(a) == ARCHIVE_FORMAT_ZIP && !packed)
        return lists_well(fd, r, e);
    if (!packed)
        t = (struct tail){r->packed, r->packed >= MARK && zeros_from(fd, r->packed - MARK, r->packed) ? MARK : 0};
    else if (!(bx_libarchive.filter_code(a, 0) == ARCHIVE_FILTER_GZIP ? unzip : unpack)(fd, r, &t, e))
        return false;
    return format_of(a) != ARCHIVE_FORMAT_TAR || t.zeros >= MARK || bx_fail(e, BX_DATA, "the mark at its end is missing: truncated?");
}
