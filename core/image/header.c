/* header.c: an image's size and orientation from its first bytes. No decoder, and no offset that is not checked. */
#include "core/image/header.h"
#include <strings.h>
#include <zlib.h>

/* What label formats call images (Ultralytics' list). Some of these we cannot read; then the file is an error by name, not left out in
 * silence. */
const char *const bx_image_extensions[] = {"bmp",  "dng",  "jpeg", "jpg",  "mpo",  "png",  "tif",
                                           "tiff", "webp", "pfm",  "heic", "heif", "avif", "jp2"};
const size_t bx_image_nextensions = sizeof bx_image_extensions / sizeof *bx_image_extensions;

const char *bx_image_extension(enum bx_image_kind k)
{
    static const char *const names[] = {"", "jpg", "png", "webp", "bmp", "tif", "gif", "heic", "avif", "jp2", ""};
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

static uint8_t exif_orientation(struct view v)
{
    struct bx_tiff t;
    return bx_tiff_read(v, &t) ? t.orientation : 1;
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
            info->orientation = exif_orientation(part(body, 6, body.n - 6));
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
            info->orientation = exif_orientation(part(v, at + 8, length));
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
            return exif_orientation(is(t, 0, "Exif\0\0", 6) ? part(t, 6, t.n - 6) : t);
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

static bool gif(const char *name, struct view v, struct bx_image_info *info, struct bx_err *e)
{
    info->raw_w = number(v, 6, 2, false);
    info->raw_h = number(v, 8, 2, false);
    return (info->raw_w && info->raw_h) || bx_fail(e, BX_DATA, "%s: GIF of %u x %u pixels", name, info->raw_w, info->raw_h);
}

static bool tiff(const char *name, struct view v, struct bx_image_info *info, struct bx_err *e)
{
    struct bx_tiff t;
    if (!bx_tiff_read(v, &t))
        return bx_fail(e, BX_DATA, "%s: TIFF without a first directory", name);
    if (t.reduced) { /* a camera's raw file: the image itself is not what is first */
        info->kind = BX_IMAGE_OTHER;
        return bx_fail(e, BX_DATA, "%s: found a TIFF file that begins with a thumbnail, expected the image first", name);
    }
    if (!t.w || !t.h || t.w > INT32_MAX || t.h > INT32_MAX)
        return bx_fail(e, BX_DATA, "%s: TIFF of %u x %u pixels", name, t.w, t.h);
    info->raw_w = t.w;
    info->raw_h = t.h;
    info->orientation = t.orientation;
    info->bands = t.bands ? t.bands : 1;
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
        {0, 3, "PF\n", "a PFM file", BX_IMAGE_OTHER},
        {0, 3, "Pf\n", "a PFM file", BX_IMAGE_OTHER},
        {0, 2, "\xFF\x0A", "a JPEG XL file", BX_IMAGE_OTHER},
        {4, 8, "JXL \r\n\x87\n", "a JPEG XL file", BX_IMAGE_OTHER},
        {0, 2, "PK", "a ZIP archive", BX_IMAGE_UNKNOWN},
        {0, 4, "%PDF", "a PDF file", BX_IMAGE_UNKNOWN},
        {0, 19, "version https://git", "a Git LFS pointer", BX_IMAGE_UNKNOWN},
        {0, 5, "<?xml", "an XML file", BX_IMAGE_UNKNOWN},
        {0, 1, "{", "a JSON file", BX_IMAGE_UNKNOWN},
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
    } else if (is(v, 0, "II*\0", 4) || is(v, 0, "MM\0*", 4) || is(v, 0, "II+\0", 4) || is(v, 0, "MM\0+", 4)) {
        info->kind = BX_IMAGE_TIFF;
        ok = tiff(name, v, info, e);
    } else if (is(v, 0, "GIF8", 4)) {
        info->kind = BX_IMAGE_GIF;
        ok = gif(name, v, info, e);
    } else if (bx_boxes_is(v, &info->kind))
        ok = bx_boxes_read(name, v, info, e);
    else
        return bx_fail(e, BX_DATA, "%s: found %s, expected an image: JPEG, PNG, WebP, BMP, TIFF, GIF, HEIC, AVIF or JPEG 2000", name,
                       other_kind(v, &info->kind));
    if (!ok)
        return false;
    bool turned = info->orientation >= 5;
    info->w = turned ? info->raw_h : info->raw_w;
    info->h = turned ? info->raw_w : info->raw_h;
    return true;
}
