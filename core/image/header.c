/* header.c: an image's size and orientation from its first bytes. No decoder, and no offset that is not checked. */
#include "core/image/image.h"
#include <string.h>
#include <strings.h>
#include <zlib.h>

/* What label formats call images (Ultralytics' list). Some of these we cannot read; then the file is an error by name, not left out in
 * silence. */
const char *const bx_image_extensions[] = {"bmp", "dng", "jpeg", "jpg", "mpo", "png", "tif", "tiff", "webp", "pfm", "heic", "avif"};
const size_t bx_image_nextensions = sizeof bx_image_extensions / sizeof *bx_image_extensions;

const char *bx_image_extension(enum bx_image_kind k)
{
    static const char *const names[] = {"", "jpg", "png", "webp", "bmp", ""};
    return names[k];
}

bool bx_image_named(const char *file_name)
{
    const char *dot = strrchr(file_name, '.');
    if (!dot || strchr(dot, '/'))
        return false;
    for (size_t i = 0; i < bx_image_nextensions; i++)
        if (!strcasecmp(dot + 1, bx_image_extensions[i]))
            return true;
    return false;
}

/* A window on bytes. The readers below may be asked for any offset. */
struct view {
    const uint8_t *p;
    size_t n;
};

static bool has(struct view v, size_t at, size_t n)
{
    return at <= v.n && n <= v.n - at;
}
static bool is(struct view v, size_t at, const char *text, size_t n)
{
    return has(v, at, n) && !memcmp(v.p + at, text, n);
}
static uint32_t number(struct view v, size_t at, size_t bytes, bool big)
{
    uint32_t r = 0;
    if (!has(v, at, bytes))
        return 0;
    for (size_t i = 0; i < bytes; i++)
        r |= (uint32_t)v.p[at + i] << (8 * (big ? bytes - 1 - i : i));
    return r;
}
static struct view part(struct view v, size_t at, size_t n)
{
    return has(v, at, n) ? (struct view){v.p + at, n} : (struct view){v.p, 0};
}

/* The orientation in a TIFF structure's first directory; 1 when there is none or anything is broken. */
static uint8_t tiff_orientation(struct view t)
{
    bool big = is(t, 0, "MM", 2);
    if ((!big && !is(t, 0, "II", 2)) || !has(t, 0, 8) || number(t, 2, 2, big) != 42)
        return 1;
    size_t at = number(t, 4, 4, big);
    if (!has(t, at, 2))
        return 1;
    uint32_t entries = number(t, at, 2, big);
    at += 2;
    for (uint32_t i = 0; i < entries && has(t, at, 12); i++, at += 12)
        if (number(t, at, 2, big) == 0x0112) {
            uint32_t type = number(t, at + 2, 2, big), value = number(t, at + 8, 2, big);
            return type == 3 && value >= 1 && value <= 8 ? (uint8_t)value : 1;
        }
    return 1;
}

static bool jpeg(const char *name, struct view v, struct bx_image_info *info, struct bx_err *e)
{
    bool sized = false, exif = false;
    size_t at = 2;
    for (;;) {
        /* Stray bytes before a marker are skipped, as every decoder does; then any number of fill bytes. */
        while (has(v, at, 1) && v.p[at] != 0xFF)
            at++;
        while (has(v, at, 1) && v.p[at] == 0xFF)
            at++;
        if (!has(v, at, 1))
            return bx_fail(e, BX_DATA, "%s: JPEG ends at byte %zu before its image data", name, v.n);
        unsigned marker = v.p[at++];
        if (marker == 0 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8))
            continue;
        if (marker == 0xDA || marker == 0xD9) {
            if (sized)
                return true;
            return bx_fail(e, BX_DATA, "%s: JPEG without a frame header (byte %zu: image data or end, expected a frame first)", name,
                           at - 2);
        }
        uint32_t length = number(v, at, 2, true);
        if (!has(v, at, 2) || length < 2 || !has(v, at, length))
            return bx_fail(e, BX_DATA, "%s: JPEG segment FF%02X at byte %zu has length %u, but %zu bytes are left", name, marker, at - 2,
                           length, v.n - at);
        struct view body = part(v, at + 2, length - 2);
        if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC && !sized) {
            if (body.n < 6)
                return bx_fail(e, BX_DATA, "%s: JPEG frame header at byte %zu is %zu bytes, expected at least 6", name, at - 2, body.n);
            info->raw_h = number(body, 1, 2, true);
            info->raw_w = number(body, 3, 2, true);
            if (!info->raw_w || !info->raw_h)
                return bx_fail(e, BX_DATA, "%s: JPEG of %u x %u pixels (a height given after the image data is not supported)", name,
                               info->raw_w, info->raw_h);
            sized = true;
        } else if (marker == 0xE1 && !exif && is(body, 0, "Exif\0\0", 6)) {
            info->orientation = tiff_orientation(part(body, 6, body.n - 6));
            exif = true;
        }
        at += length;
    }
}

static bool png(const char *name, struct view v, struct bx_image_info *info, struct bx_err *e)
{
    if (!has(v, 8, 25) || number(v, 8, 4, true) != 13 || !is(v, 12, "IHDR", 4))
        return bx_fail(e, BX_DATA, "%s: PNG does not begin with an IHDR chunk of 13 bytes", name);
    if (number(v, 29, 4, true) != crc32(0, v.p + 12, 17))
        return bx_fail(e, BX_DATA, "%s: PNG header's checksum is wrong", name);
    info->raw_w = number(v, 16, 4, true);
    info->raw_h = number(v, 20, 4, true);
    if (!info->raw_w || !info->raw_h || info->raw_w > INT32_MAX || info->raw_h > INT32_MAX)
        return bx_fail(e, BX_DATA, "%s: PNG of %u x %u pixels", name, info->raw_w, info->raw_h);
    /* A file cut short still has a size; what orientation it may have had is not to be known. */
    for (size_t at = 33; has(v, at, 12);) {
        size_t length = number(v, at, 4, true);
        if (is(v, at + 4, "IEND", 4) || !has(v, at + 8, length) || !has(v, at + 8 + length, 4))
            break;
        if (is(v, at + 4, "eXIf", 4) && number(v, at + 8 + length, 4, true) == crc32(0, v.p + at + 4, (uInt)(length + 4))) {
            info->orientation = tiff_orientation(part(v, at + 8, length));
            break;
        }
        at += 12 + length;
    }
    return true;
}

static uint8_t webp_orientation(struct view v)
{
    for (size_t at = 12; has(v, at, 8);) {
        size_t length = number(v, at + 4, 4, false);
        if (!has(v, at + 8, length))
            break;
        if (is(v, at, "EXIF", 4)) {
            struct view t = part(v, at + 8, length);
            return tiff_orientation(is(t, 0, "Exif\0\0", 6) ? part(t, 6, t.n - 6) : t);
        }
        at += 8 + length;
        at += length & 1; /* chunks are padded to even sizes */
    }
    return 1;
}

static bool webp(const char *name, struct view v, struct bx_image_info *info, struct bx_err *e)
{
    if (is(v, 12, "VP8X", 4) && has(v, 20, 10)) {
        info->raw_w = number(v, 24, 3, false) + 1;
        info->raw_h = number(v, 27, 3, false) + 1;
        if (v.p[20] & 0x08)
            info->orientation = webp_orientation(v);
        return true;
    }
    if (is(v, 12, "VP8L", 4) && has(v, 20, 5) && v.p[20] == 0x2F) {
        uint32_t bits = number(v, 21, 4, false);
        info->raw_w = (bits & 0x3FFF) + 1;
        info->raw_h = (bits >> 14 & 0x3FFF) + 1;
        return true;
    }
    if (is(v, 12, "VP8 ", 4) && has(v, 20, 10) && !(v.p[20] & 1) && is(v, 23, "\x9D\x01\x2A", 3)) {
        info->raw_w = number(v, 26, 2, false) & 0x3FFF;
        info->raw_h = number(v, 28, 2, false) & 0x3FFF;
        if (info->raw_w && info->raw_h)
            return true;
        return bx_fail(e, BX_DATA, "%s: WebP of %u x %u pixels", name, info->raw_w, info->raw_h);
    }
    return bx_fail(e, BX_DATA, "%s: WebP without a VP8, VP8L or VP8X header", name);
}

static bool bmp(const char *name, struct view v, struct bx_image_info *info, struct bx_err *e)
{
    uint32_t header = number(v, 14, 4, false);
    if (header == 12 && has(v, 18, 8)) {
        info->raw_w = number(v, 18, 2, false);
        info->raw_h = number(v, 20, 2, false);
    } else if (header >= 40 && has(v, 18, 36)) {
        info->raw_w = number(v, 18, 4, false);
        uint32_t h = number(v, 22, 4, false);
        info->raw_h = h > INT32_MAX ? 0u - h : h; /* negative: rows from the top */
    } else
        return bx_fail(e, BX_DATA, "%s: BMP with a header of %u bytes, expected 12, or 40 and more", name, header);
    if (!info->raw_w || !info->raw_h || info->raw_w > INT32_MAX || info->raw_h > INT32_MAX)
        return bx_fail(e, BX_DATA, "%s: BMP of %u x %u pixels", name, info->raw_w, info->raw_h);
    return true;
}

/* What it is instead, for the message. */
static const char *other_kind(struct view v, enum bx_image_kind *kind)
{
    static const struct {
        size_t at, n;
        const char *magic, *what;
        enum bx_image_kind kind;
    } kinds[] = {
        {0, 4, "II*\0", "a TIFF file", BX_IMAGE_OTHER},       {0, 4, "MM\0*", "a TIFF file", BX_IMAGE_OTHER},
        {0, 4, "GIF8", "a GIF file", BX_IMAGE_OTHER},         {4, 8, "ftypheic", "a HEIC file", BX_IMAGE_OTHER},
        {4, 8, "ftypavif", "an AVIF file", BX_IMAGE_OTHER},   {0, 2, "PK", "a ZIP archive", BX_IMAGE_UNKNOWN},
        {0, 4, "%PDF", "a PDF file", BX_IMAGE_UNKNOWN},       {0, 19, "version https://git", "a Git LFS pointer", BX_IMAGE_UNKNOWN},
        {0, 5, "<?xml", "an XML file", BX_IMAGE_UNKNOWN},     {0, 1, "{", "a JSON file", BX_IMAGE_UNKNOWN},
        {0, 1, "<", "an HTML or XML file", BX_IMAGE_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (is(v, kinds[i].at, kinds[i].magic, kinds[i].n)) {
            *kind = kinds[i].kind;
            return kinds[i].what;
        }
    return v.n ? "something else" : "an empty file";
}

bool bx_image_info(const char *name, const void *data, size_t n, struct bx_image_info *info, struct bx_err *e)
{
    struct view v = {data, n};
    *info = (struct bx_image_info){.orientation = 1};
    bool ok;
    if (is(v, 0, "\xFF\xD8\xFF", 3)) {
        info->kind = BX_IMAGE_JPEG;
        ok = jpeg(name, v, info, e);
    } else if (is(v, 0, "\x89PNG\r\n\x1A\n", 8)) {
        info->kind = BX_IMAGE_PNG;
        ok = png(name, v, info, e);
    } else if (is(v, 0, "RIFF", 4) && is(v, 8, "WEBP", 4)) {
        info->kind = BX_IMAGE_WEBP;
        ok = webp(name, v, info, e);
    } else if (is(v, 0, "BM", 2)) {
        info->kind = BX_IMAGE_BMP;
        ok = bmp(name, v, info, e);
    } else
        return bx_fail(e, BX_DATA, "%s: found %s, expected a JPEG, PNG, WebP or BMP image", name, other_kind(v, &info->kind));
    if (!ok)
        return false;
    bool turned = info->orientation >= 5;
    info->w = turned ? info->raw_h : info->raw_w;
    info->h = turned ? info->raw_w : info->raw_h;
    return true;
}
