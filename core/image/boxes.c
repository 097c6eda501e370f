/* boxes.c: HEIC, AVIF (ISO/IEC 23008-12: ispe, clap, irot, imir of the primary item) and JPEG 2000 (jp2h/ihdr, or a bare codestream's SIZ).
 */
#include "core/image/header.h"

struct box {
    char type[4];
    struct view body;
};

/* The box at *at, which moves behind it; false: none is left, or it is broken. */
static bool next_box(struct view v, size_t *at, struct box *b)
{
    if (!has(v, *at, 8))
        return false;
    uint64_t n = number(v, *at, 4, true);
    size_t head = 8;
    memcpy(b->type, v.p + *at + 4, 4);
    if (n == 1) {
        head = 16;
        n = (uint64_t)number(v, *at + 8, 4, true) << 32 | number(v, *at + 12, 4, true);
    } else if (n == 0)
        n = v.n - *at;
    if (n < head || n > v.n - *at)
        return false;
    b->body = part(v, *at + head, (size_t)n - head);
    *at += (size_t)n;
    return true;
}

/* The first of its kind in v, from `at`. */
static bool find_box(struct view v, size_t at, const char *type, struct view *body)
{
    struct box b;
    while (next_box(v, &at, &b))
        if (!memcmp(b.type, type, 4)) {
            *body = b.body;
            return true;
        }
    return false;
}

bool bx_boxes_is(struct view v, enum bx_image_kind *kind)
{
    static const struct {
        const char *brand;
        enum bx_image_kind kind;
    } brands[] = {{"avif", BX_IMAGE_AVIF}, {"avis", BX_IMAGE_AVIF}, {"heic", BX_IMAGE_HEIC},
                  {"heix", BX_IMAGE_HEIC}, {"heim", BX_IMAGE_HEIC}, {"heis", BX_IMAGE_HEIC},
                  {"hevc", BX_IMAGE_HEIC}, {"mif1", BX_IMAGE_HEIC}, {"msf1", BX_IMAGE_HEIC}};
    struct box b;
    size_t at = 0;
    if (is(v, 0, "\0\0\0\x0CjP  \r\n\x87\n", 12) || is(v, 0, "\xFF\x4F\xFF\x51", 4)) {
        *kind = BX_IMAGE_JP2;
        return true;
    }
    if (!is(v, 4, "ftyp", 4) || !next_box(v, &at, &b))
        return false;
    /* The major brand, then those it is compatible with: an AVIF may call itself mif1. */
    bool found = false;
    for (size_t i = 0; i < sizeof brands / sizeof *brands; i++)
        for (size_t p = 0; has(b.body, p, 4); p += p ? 4 : 8)
            if (!found && is(b.body, p, brands[i].brand, 4)) {
                *kind = brands[i].kind;
                found = true;
            }
    return found;
}

/* One orientation after another, as one. */
static uint8_t turned(uint8_t first, uint8_t second)
{
    double x = 0.25, y = 0.125;
    bx_orient_point(first, 1, 1, &x, &y);
    bx_orient_point(second, 1, 1, &x, &y);
    for (uint8_t o = 1; o <= 8; o++) {
        double u = 0.25, v = 0.125;
        bx_orient_point(o, 1, 1, &u, &v);
        if (u > x - 0.01 && u < x + 0.01 && v > y - 0.01 && v < y + 0.01)
            return o;
    }
    return 1;
}

/* A side of the clean aperture, n/d: encoders fill up to whole blocks, which nobody shows. */
static void crop(struct view v, size_t at, uint32_t *side)
{
    uint32_t n = number(v, at, 4, true), d = number(v, at + 4, 4, true);
    if (d && n / d && n / d <= *side)
        *side = n / d;
}

/* Property `index`, from 1, of the container. */
static void apply(struct view properties, uint32_t index, struct bx_image_info *info)
{
    static const uint8_t rotated[4] = {1, 8, 3, 6}; /* by quarters against the clock */
    struct box b;
    size_t at = 0;
    for (uint32_t i = 1; index && next_box(properties, &at, &b); i++) {
        if (i != index)
            continue;
        if (!memcmp(b.type, "ispe", 4) && has(b.body, 0, 12)) {
            info->raw_w = number(b.body, 4, 4, true);
            info->raw_h = number(b.body, 8, 4, true);
        } else if (!memcmp(b.type, "clap", 4) && has(b.body, 0, 32)) {
            bool swapped = info->orientation >= 5;
            crop(b.body, 0, swapped ? &info->raw_h : &info->raw_w);
            crop(b.body, 8, swapped ? &info->raw_w : &info->raw_h);
        } else if (!memcmp(b.type, "irot", 4) && has(b.body, 0, 1))
            info->orientation = turned(info->orientation, rotated[b.body.p[0] & 3]);
        else if (!memcmp(b.type, "imir", 4) && has(b.body, 0, 1))
            info->orientation = turned(info->orientation, b.body.p[0] & 1 ? 2 : 4); /* 0: top and bottom are exchanged */
        return;
    }
}

static void primary_item(struct view meta, struct bx_image_info *info)
{
    struct view pitm, iprp, properties, ipma;
    if (!find_box(meta, 4, "pitm", &pitm) || !find_box(meta, 4, "iprp", &iprp) || !find_box(iprp, 0, "ipco", &properties) ||
        !find_box(iprp, 0, "ipma", &ipma) || !has(pitm, 0, 6) || !has(ipma, 0, 8))
        return;
    uint32_t primary = number(pitm, 4, pitm.p[0] ? 4 : 2, true), entries = number(ipma, 4, 4, true);
    const size_t id = ipma.p[0] ? 4 : 2, index = ipma.p[3] & 1 ? 2 : 1;
    size_t at = 8;
    for (uint32_t i = 0; i < entries && has(ipma, at, id + 1); i++) {
        bool mine = number(ipma, at, id, true) == primary;
        size_t n = ipma.p[at + id];
        at += id + 1;
        for (size_t k = 0; k < n && has(ipma, at, index); k++, at += index)
            if (mine)
                apply(properties, number(ipma, at, index, true) & (index == 2 ? 0x7FFF : 0x7F), info);
        if (mine)
            return;
    }
}

static void jpeg_2000(struct view v, struct bx_image_info *info)
{
    struct view head, ihdr;
    if (is(v, 0, "\xFF\x4F", 2) && has(v, 0, 24)) {
        uint32_t right = number(v, 8, 4, true), bottom = number(v, 12, 4, true), left = number(v, 16, 4, true),
                 top = number(v, 20, 4, true);
        info->raw_w = right > left ? right - left : 0;
        info->raw_h = bottom > top ? bottom - top : 0;
    } else if (find_box(v, 0, "jp2h", &head) && find_box(head, 0, "ihdr", &ihdr) && has(ihdr, 0, 8)) {
        info->raw_h = number(ihdr, 0, 4, true);
        info->raw_w = number(ihdr, 4, 4, true);
    }
}

bool bx_boxes_read(const char *name, struct view v, struct bx_image_info *info, struct bx_err *e)
{
    struct view meta;
    const char *what = info->kind == BX_IMAGE_JP2 ? "JPEG 2000" : info->kind == BX_IMAGE_AVIF ? "AVIF" : "HEIC";
    if (info->kind == BX_IMAGE_JP2)
        jpeg_2000(v, info);
    else if (find_box(v, 0, "meta", &meta) && has(meta, 0, 4))
        primary_item(meta, info);
    if (!info->raw_w || !info->raw_h || info->raw_w > INT32_MAX || info->raw_h > INT32_MAX)
        return bx_fail(e, BX_DATA, "%s: %s file that does not say its size, or says %u x %u pixels", name, what, info->raw_w, info->raw_h);
    return true;
}
