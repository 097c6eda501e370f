/* strips.c: the pixels of a TIFF's first image, strip by strip or tile by tile, by libtiff. */
#include "core/base/text.h"
#include "core/image/decode.h"
#include "core/image/libtiff.h"
#include <stdio.h>

/* libtiff asks for memory by what the file says. */
#define MOST_AT_ONCE ((tmsize_t)1 << 31)

enum { MOST_SAMPLES = 4 };

struct source {
    struct view v;
    uint64_t at;
    char text[200]; /* libtiff's first complaint: the cause of the others */
};

static tmsize_t on_read(thandle_t h, void *to, tmsize_t n)
{
    struct source *s = h;
    uint64_t left = s->at < s->v.n ? s->v.n - s->at : 0, take = n < 0 ? 0 : (uint64_t)n < left ? (uint64_t)n : left;
    memcpy(to, s->v.p + (left ? s->at : 0), take);
    s->at += take;
    return (tmsize_t)take;
}
static tmsize_t on_write(thandle_t h, void *from, tmsize_t n)
{
    (void)h, (void)from, (void)n;
    return -1;
}
static toff_t on_seek(thandle_t h, toff_t to, int whence)
{
    struct source *s = h;
    s->at = whence == SEEK_SET ? to : whence == SEEK_CUR ? s->at + to : s->v.n + to;
    return s->at;
}
static int on_close(thandle_t h)
{
    (void)h;
    return 0;
}
static toff_t on_size(thandle_t h)
{
    return ((struct source *)h)->v.n;
}
static int on_map(thandle_t h, void **base, toff_t *n)
{
    struct source *s = h;
    *base = (void *)(uintptr_t)s->v.p;
    *n = s->v.n;
    return 1;
}
static void on_unmap(thandle_t h, void *base, toff_t n)
{
    (void)h, (void)base, (void)n;
}
__attribute__((format(printf, 4, 0))) static int on_error(TIFF *t, void *data, const char *module, const char *fmt, va_list args)
{
    struct source *s = data;
    (void)t, (void)module;
    if (!*s->text) {
        vsnprintf(s->text, sizeof s->text, fmt, args);
        for (char *p = s->text; *p; p++)
            if (*p < ' ' || *p > '~')
                *p = '?';
    }
    return 1;
}
__attribute__((format(printf, 4, 0))) static int on_warning(TIFF *t, void *data, const char *module, const char *fmt, va_list args)
{
    (void)t, (void)data, (void)module, (void)fmt, (void)args;
    return 1;
}

static TIFF *open_tiff(struct source *s)
{
    const struct bx_libtiff *l = &bx_libtiff;
    TIFFOpenOptions *o = l->OpenOptionsAlloc();
    if (!o)
        return NULL;
    l->OpenOptionsSetMaxSingleMemAlloc(o, MOST_AT_ONCE);
    l->OpenOptionsSetErrorHandlerExtR(o, on_error, s);
    l->OpenOptionsSetWarningHandlerExtR(o, on_warning, s);
    TIFF *t = l->ClientOpenExt("", "r", s, on_read, on_write, on_seek, on_close, on_size, on_map, on_unmap, o);
    l->OpenOptionsFree(o);
    return t;
}
static void close_tiff(TIFF **t)
{
    if (*t)
        bx_libtiff.Close(*t);
}

struct tiff {
    const char *name;
    TIFF *t;
    uint32_t w, h, block_w, block_h;
    uint16_t bits, samples, colours, photometric;
    bool tiled, planes, alpha, associated; /* alpha: the sample behind the colours. associated: they are multiplied with it */
    uint16_t *map[3];                      /* of a palette */
    size_t row;                            /* bytes of a block's */
};

static const char *photometric_name(uint16_t p)
{
    static const char *const names[] = {"white is zero", "black is zero", "RGB", "palette", "mask", "CMYK", "YCbCr", NULL, "CIE Lab"};
    return p < sizeof names / sizeof *names && names[p] ? names[p] : "other";
}

/* How many of the samples are colours, and what one more is. */
static bool judge_samples(struct tiff *f, struct bx_err *e)
{
    uint16_t n = 0, *extra = NULL;
    if (!bx_libtiff.GetField(f->t, TIFFTAG_EXTRASAMPLES, &n, &extra))
        n = 0;
    bool said = n == 1 && (*extra == EXTRASAMPLE_ASSOCALPHA || *extra == EXTRASAMPLE_UNASSALPHA),
         grey = f->photometric <= PHOTOMETRIC_MINISBLACK;
    f->colours = f->photometric == PHOTOMETRIC_SEPARATED                               ? 4
                 : grey && f->samples == 3 && f->photometric == PHOTOMETRIC_MINISBLACK ? 3 /* bands, as GDAL writes them */
                 : grey || f->photometric == PHOTOMETRIC_PALETTE                       ? 1
                                                                                       : 3;
    f->alpha = f->samples == f->colours + 1 && (said || grey) && f->photometric != PHOTOMETRIC_SEPARATED;
    f->associated = f->alpha && said && *extra == EXTRASAMPLE_ASSOCALPHA;
    if (f->samples == f->colours + f->alpha)
        return true;
    return bx_fail(e, BX_DATA, "%s: found a TIFF of %u bands (%s), expected at most 3, or 4 of which one says that it is alpha", f->name,
                   f->samples, photometric_name(f->photometric));
}

static bool judge(struct tiff *f, struct bx_err *e)
{
    const struct bx_libtiff *l = &bx_libtiff;
    uint16_t format = SAMPLEFORMAT_UINT, planar = PLANARCONFIG_CONTIG, compression = COMPRESSION_NONE, inks = INKSET_CMYK;
    l->GetFieldDefaulted(f->t, TIFFTAG_BITSPERSAMPLE, &f->bits);
    l->GetFieldDefaulted(f->t, TIFFTAG_SAMPLESPERPIXEL, &f->samples);
    l->GetFieldDefaulted(f->t, TIFFTAG_SAMPLEFORMAT, &format);
    l->GetFieldDefaulted(f->t, TIFFTAG_PLANARCONFIG, &planar);
    l->GetFieldDefaulted(f->t, TIFFTAG_COMPRESSION, &compression);
    if (!l->GetField(f->t, TIFFTAG_PHOTOMETRIC, &f->photometric))
        f->photometric = f->samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
    f->planes = planar == PLANARCONFIG_SEPARATE && f->samples > 1;
    if (f->photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG && !f->planes)
        l->SetField(f->t, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB); /* libjpeg makes RGB of it */
    else if (f->photometric > PHOTOMETRIC_SEPARATED || f->photometric == PHOTOMETRIC_MASK ||
             (f->photometric == PHOTOMETRIC_SEPARATED && l->GetField(f->t, TIFFTAG_INKSET, &inks) && inks != INKSET_CMYK))
        return bx_fail(e, BX_DATA,
                       "%s: found a TIFF whose colours are of a kind (%u, %s) that is not decoded, expected grey, RGB, a palette, "
                       "CMYK, or JPEG's YCbCr",
                       f->name, f->photometric, photometric_name(f->photometric));
    if ((format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) ||
        (f->bits != 1 && f->bits != 2 && f->bits != 4 && f->bits != 8 && f->bits != 16))
        return bx_fail(e, BX_DATA, "%s: found a TIFF of %u-bit %s, expected whole numbers of 1, 2, 4, 8 or 16 bits", f->name, f->bits,
                       format == SAMPLEFORMAT_IEEEFP ? "floating-point numbers"
                       : format == SAMPLEFORMAT_INT  ? "numbers with a sign"
                                                     : "samples");
    if (!judge_samples(f, e))
        return false;
    if (f->photometric == PHOTOMETRIC_PALETTE && (f->bits > 8 || !l->GetField(f->t, TIFFTAG_COLORMAP, &f->map[0], &f->map[1], &f->map[2])))
        return bx_fail(e, BX_DATA, "%s: found a TIFF of %u-bit palette colours without their table", f->name, f->bits);
    return true;
}

static bool measure(struct tiff *f, uint64_t limit, struct bx_err *e)
{
    const struct bx_libtiff *l = &bx_libtiff;
    uint32_t w = 0, h = 0, rows = 0;
    l->GetField(f->t, TIFFTAG_IMAGEWIDTH, &w);
    l->GetField(f->t, TIFFTAG_IMAGELENGTH, &h);
    if (w != f->w || h != f->h)
        return bx_fail(e, BX_DATA, "%s: TIFF decodes to another size than its header says", f->name);
    f->tiled = l->IsTiled(f->t);
    if (f->tiled) {
        l->GetField(f->t, TIFFTAG_TILEWIDTH, &f->block_w);
        l->GetField(f->t, TIFFTAG_TILELENGTH, &f->block_h);
    } else {
        l->GetFieldDefaulted(f->t, TIFFTAG_ROWSPERSTRIP, &rows);
        f->block_w = w;
        f->block_h = rows < h ? rows : h;
    }
    if (!f->block_w || !f->block_h || (uint64_t)f->block_w * f->block_h > limit)
        return bx_fail(e, BX_DATA, "%s: TIFF in parts of %u x %u pixels, at most %llu are decoded", f->name, f->block_w, f->block_h,
                       (unsigned long long)limit);
    f->row = ((size_t)f->block_w * (f->planes ? 1 : f->samples) * f->bits + 7) / 8;
    if ((f->tiled ? l->TileRowSize64(f->t) : l->ScanlineSize64(f->t)) != f->row)
        return bx_fail(e, BX_DATA, "%s: found a TIFF whose rows are not as long as its %u-bit samples make them", f->name, f->bits);
    return true;
}

/* n samples as 8 bits: of 16 the high byte, as OpenCV and libpng take it; fewer are spread from 0 to 255, but for a palette's. */
static void widen(const struct tiff *f, const uint8_t *from, size_t n, uint8_t *to)
{
    unsigned spread = f->photometric == PHOTOMETRIC_PALETTE ? 1 : 255 / ((1u << (f->bits & 7)) - (f->bits < 8));
    if (f->bits == 8)
        memcpy(to, from, n);
    else if (f->bits == 16)
        for (size_t i = 0; i < n; i++) {
            uint16_t v;
            memcpy(&v, from + 2 * i, 2);
            to[i] = (uint8_t)(v >> 8);
        }
    else
        for (size_t i = 0; i < n; i++) {
            size_t bit = i * f->bits;
            to[i] = (uint8_t)(((unsigned)from[bit / 8] >> (8 - f->bits - bit % 8) & ((1u << f->bits) - 1)) * spread);
        }
}

static uint8_t divided(unsigned colour, unsigned alpha)
{
    unsigned v = alpha ? colour * 255 / alpha : colour;
    return (uint8_t)(v > 255 ? 255 : v);
}

/* One pixel of f->samples samples. CMYK as OpenCV (and libtiff) make RGB of it. */
static void paint(const struct tiff *f, const uint8_t *s, uint8_t *to)
{
    for (unsigned i = 0; i < 3; i++) {
        unsigned v = s[f->colours == 1 ? 0 : i];
        if (f->photometric == PHOTOMETRIC_PALETTE)
            v = f->map[i][v] >> 8;
        else if (f->photometric == PHOTOMETRIC_SEPARATED)
            v = (255u - v) * (255u - s[3]) / 255;
        if (f->associated)
            v = divided(v, s[f->colours]);
        to[i] = (uint8_t)(f->photometric == PHOTOMETRIC_MINISWHITE ? 255 - v : v);
    }
    if (f->alpha)
        to[3] = s[f->colours];
}

static bool read_block(const struct tiff *f, uint32_t x, uint32_t y, uint16_t plane, uint8_t *to, size_t rows)
{
    const struct bx_libtiff *l = &bx_libtiff;
    tmsize_t size = (tmsize_t)(f->row * rows);
    if (f->tiled)
        return l->ReadEncodedTile(f->t, l->ComputeTile(f->t, x, y, 0, plane), to, size) == size;
    return l->ReadEncodedStrip(f->t, l->ComputeStrip(f->t, y, plane), to, size) == size;
}

static bool read_blocks(const struct tiff *f, struct bx_pixels *px, struct bx_arena *a)
{
    const size_t planes = f->planes ? f->samples : 1, block = f->row * f->block_h, n = (size_t)f->block_w * f->samples;
    uint8_t *raw = bx_alloc_large(a, planes, block), *wide = BX_NEW(a, uint8_t, n), *mixed = BX_NEW(a, uint8_t, n);
    for (uint32_t y = 0; y < f->h; y += f->block_h)
        for (uint32_t x = 0; x < f->w; x += f->block_w) {
            uint32_t rows = f->h - y < f->block_h ? f->h - y : f->block_h, across = f->w - x < f->block_w ? f->w - x : f->block_w;
            for (uint16_t p = 0; p < planes; p++)
                if (!read_block(f, x, y, p, raw + p * block, f->tiled ? f->block_h : rows))
                    return false;
            for (uint32_t r = 0; r < rows; r++) {
                const uint8_t *samples = wide;
                if (!f->planes)
                    widen(f, raw + r * f->row, (size_t)across * f->samples, wide);
                else {
                    for (size_t p = 0; p < planes; p++) {
                        widen(f, raw + p * block + r * f->row, across, wide);
                        for (size_t i = 0; i < across; i++)
                            mixed[i * planes + p] = wide[i];
                    }
                    samples = mixed;
                }
                uint8_t *to = px->p + ((size_t)(y + r) * f->w + x) * px->channels;
                for (uint32_t i = 0; i < across; i++, to += px->channels)
                    paint(f, samples + (size_t)i * f->samples, to);
            }
        }
    return true;
}

bool bx_tiff_decode(const char *name, struct view v, uint64_t limit, struct bx_pixels *px, struct bx_arena *a, struct bx_err *e)
{
    struct source s = {.v = v};
    if (!bx_libtiff_open(e)) {
        e->code = BX_DATA; /* that image's failure */
        return bx_wrap(e, "%s", name);
    }
    __attribute__((cleanup(close_tiff))) TIFF *t = open_tiff(&s);
    struct tiff f = {.name = name, .t = t, .w = px->w, .h = px->h};
    if (!t)
        return bx_fail(e, BX_DATA, "%s: cannot decode TIFF: %s", name, s.text);
    if (!judge(&f, e) || !measure(&f, limit, e))
        return false;
    px->channels = f.alpha ? 4 : 3;
    px->p = BX_NEW(a, uint8_t, (size_t)px->w * px->h * px->channels);
    return read_blocks(&f, px, a) || bx_fail(e, BX_DATA, "%s: cannot decode TIFF: %s", name, *s.text ? s.text : "its data are damaged");
}
