/*
 * How often a picture is known again, and how often another is taken for it: each of a folder's photos scaled, compressed again, brighter,
 * darker, mirrored and cropped is looked up among half of them. BOXSCORE_PHOTOS names folders of photos (with ':'); without it the pictures
 * are made here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/testset/contamination.h"
#include <jpeglib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t state = 88172645463325252u;
static uint64_t random_number(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}
static double random_share(void)
{
    return (double)(random_number() >> 11) / 9007199254740992.0;
}

static struct bx_pixels blank(struct bx_arena *a, uint32_t w, uint32_t h)
{
    return (struct bx_pixels){w, h, 3, BX_NEW(a, uint8_t, (size_t)w * h * 3)};
}

/* A ground that changes slowly, and ellipses on it. */
static struct bx_pixels made_up(struct bx_arena *a)
{
    struct bx_pixels px = blank(a, 200 + (uint32_t)(random_number() % 200), 150 + (uint32_t)(random_number() % 150));
    double gx = random_share() * 80, gy = random_share() * 80;
    for (uint32_t y = 0; y < px.h; y++)
        for (uint32_t x = 0; x < px.w; x++)
            for (int c = 0; c < 3; c++)
                px.p[((size_t)y * px.w + x) * 3 + (size_t)c] = (uint8_t)(60 + gx * x / px.w + gy * y / px.h);
    for (int k = 0; k < 25; k++) {
        double cx = random_share() * px.w, cy = random_share() * px.h, rx = 5 + random_share() * 50, ry = 5 + random_share() * 50;
        uint8_t rgb[3] = {(uint8_t)random_number(), (uint8_t)random_number(), (uint8_t)random_number()};
        for (uint32_t y = 0; y < px.h; y++)
            for (uint32_t x = 0; x < px.w; x++)
                if (pow((x - cx) / rx, 2) + pow((y - cy) / ry, 2) < 1)
                    memcpy(px.p + ((size_t)y * px.w + x) * 3, rgb, 3);
    }
    return px;
}

static struct bx_pixels photo(const char *path, struct bx_arena *a)
{
    struct bx_map m;
    struct bx_err e = {0};
    struct bx_pixels px = {0};
    if (!bx_map_open(&m, path, &e) || !bx_image_decode(path, m.data, m.n, 0, &px, a, &e))
        fail_msg("%s", e.text);
    bx_map_close(&m);
    return px;
}

/* ---- what is done to them ---- */

static struct bx_pixels scaled(const struct bx_pixels *in, double share, struct bx_arena *a)
{
    uint32_t w = (uint32_t)(in->w * share), h = (uint32_t)(in->h * share);
    return bx_image_scale(in, w ? w : 1, h ? h : 1, a);
}
static struct bx_pixels half(const struct bx_pixels *in, struct bx_arena *a)
{
    return scaled(in, .5, a);
}
static struct bx_pixels fifth(const struct bx_pixels *in, struct bx_arena *a)
{
    return scaled(in, .2, a);
}
static struct bx_pixels squeezed(const struct bx_pixels *in, struct bx_arena *a)
{
    return bx_image_scale(in, 150, 150, a);
}
static struct bx_pixels compressed(const struct bx_pixels *in, int quality, struct bx_arena *a)
{
    struct jpeg_compress_struct c = {0};
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long n = 0;
    struct bx_pixels out = {0};
    struct bx_err e = {0};
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &bytes, &n);
    c.image_width = in->w;
    c.image_height = in->h;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    jpeg_start_compress(&c, TRUE);
    for (uint32_t y = 0; y < in->h; y++) {
        JSAMPROW row = in->p + (size_t)y * in->w * 3;
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    if (!bx_image_decode("compressed", bytes, n, 0, &out, a, &e))
        fail_msg("%s", e.text);
    free(bytes);
    return out;
}
static struct bx_pixels again(const struct bx_pixels *in, struct bx_arena *a)
{
    return compressed(in, 20, a);
}
static struct bx_pixels light(const struct bx_pixels *in, double gain, double more, struct bx_arena *a)
{
    struct bx_pixels out = blank(a, in->w, in->h);
    for (size_t i = 0; i < (size_t)in->w * in->h * 3; i++) {
        double v = in->p[i] * gain + more;
        out.p[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
    }
    return out;
}
static struct bx_pixels brighter(const struct bx_pixels *in, struct bx_arena *a)
{
    return light(in, 1.3, 20, a);
}
static struct bx_pixels darker(const struct bx_pixels *in, struct bx_arena *a)
{
    return light(in, .5, 0, a);
}
static struct bx_pixels mirrored(const struct bx_pixels *in, struct bx_arena *a)
{
    struct bx_pixels out = blank(a, in->w, in->h);
    for (uint32_t y = 0; y < in->h; y++)
        for (uint32_t x = 0; x < in->w; x++)
            memcpy(out.p + ((size_t)y * in->w + x) * 3, in->p + ((size_t)y * in->w + in->w - 1 - x) * 3, 3);
    return out;
}
static struct bx_pixels headlong(const struct bx_pixels *in, struct bx_arena *a)
{
    struct bx_pixels out = blank(a, in->w, in->h);
    for (uint32_t y = 0; y < in->h; y++)
        memcpy(out.p + (size_t)y * in->w * 3, in->p + (size_t)(in->h - 1 - y) * in->w * 3, (size_t)in->w * 3);
    return out;
}
/* Up to `most` of each side, anywhere. */
static struct bx_pixels cut(const struct bx_pixels *in, double most, struct bx_arena *a)
{
    uint32_t dx = (uint32_t)(in->w * most * random_share()), dy = (uint32_t)(in->h * most * random_share());
    uint32_t x0 = (uint32_t)(dx * random_share()), y0 = (uint32_t)(dy * random_share());
    struct bx_pixels out = blank(a, in->w - dx, in->h - dy);
    for (uint32_t y = 0; y < out.h; y++)
        memcpy(out.p + (size_t)y * out.w * 3, in->p + ((size_t)(y + y0) * in->w + x0) * 3, (size_t)out.w * 3);
    return out;
}
static struct bx_pixels cropped(const struct bx_pixels *in, struct bx_arena *a)
{
    return cut(in, .1, a);
}
static struct bx_pixels corner(const struct bx_pixels *in, struct bx_arena *a)
{
    struct bx_pixels out = blank(a, in->w - in->w / 10, in->h - in->h / 10);
    for (uint32_t y = 0; y < out.h; y++)
        memcpy(out.p + (size_t)y * out.w * 3, in->p + ((size_t)(y + in->h / 10) * in->w + in->w / 10) * 3, (size_t)out.w * 3);
    return out;
}
static struct bx_pixels all_of_it(const struct bx_pixels *in, struct bx_arena *a)
{
    struct bx_pixels x = cropped(in, a);
    x = mirrored(&x, a);
    x = light(&x, 1.1, 10, a);
    x = scaled(&x, .6, a);
    return compressed(&x, 40, a);
}

static const struct {
    const char *name;
    struct bx_pixels (*of)(const struct bx_pixels *in, struct bx_arena *a);
    double least; /* of the photos: known again */
} changes[] = {
    {"half as large", half, .99},
    {"a fifth as large", fifth, .98},
    {"squeezed to 150 x 150", squeezed, .98},
    {"JPEG quality 20", again, .98},
    {"brighter", brighter, .95},
    {"half as bright", darker, .98},
    {"mirrored", mirrored, .98},
    {"upside down", headlong, .98},
    {"cropped by up to 10%", cropped, .95},
    {"cropped by 10% at a corner", corner, .93},
    {"cropped, mirrored, brighter, smaller, compressed", all_of_it, .90},
};
enum { CHANGES = sizeof changes / sizeof *changes, MOST = 1000 };

/* Pictures of BCCD that a microscope took twice: looked at, and the same indeed. */
static const char *const twins[][2] = {
    {"BloodImage_00037", "BloodImage_00038"}, {"BloodImage_00229", "BloodImage_00258"}, {"BloodImage_00231", "BloodImage_00256"},
    {"BloodImage_00386", "BloodImage_00391"}, {"BloodImage_00227", "BloodImage_00260"},
};
static bool are_twins(const char *x, const char *y)
{
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if ((strstr(x, twins[i][0]) && strstr(y, twins[i][1])) || (strstr(x, twins[i][1]) && strstr(y, twins[i][0])))
            return true;
    return false;
}

struct photos {
    struct bx_thumb *thumb;
    struct bx_hashed *self;
    struct bx_thumb *changed_thumb[CHANGES];
    struct bx_hashed *changed[CHANGES];
    size_t n;
};

static void add_photo(struct photos *p, const struct bx_pixels *px, const char *name)
{
    struct bx_arena a = {0};
    size_t i = p->n++;
    bx_thumb_make(px, &p->thumb[i]);
    bx_picture_make(&p->thumb[i], &p->self[i].picture);
    bx_sha256(px->p, (size_t)px->w * px->h * 3, p->self[i].sha);
    p->self[i].name = name;
    for (size_t k = 0; k < CHANGES; k++) {
        struct bx_pixels other = changes[k].of(px, &a);
        bx_thumb_make(&other, &p->changed_thumb[k][i]);
        bx_picture_make(&p->changed_thumb[k][i], &p->changed[k][i].picture);
        bx_sha256(other.p, (size_t)other.w * other.h * 3, p->changed[k][i].sha);
    }
    bx_arena_release(&a);
}

static void gather(struct photos *p, struct bx_arena *a)
{
    static const char *const jpeg[] = {"jpg", "jpeg"};
    const char *folders = getenv("BOXSCORE_PHOTOS");
    p->thumb = BX_NEW(a, struct bx_thumb, MOST);
    p->self = BX_NEW(a, struct bx_hashed, MOST);
    for (size_t k = 0; k < CHANGES; k++) {
        p->changed[k] = BX_NEW(a, struct bx_hashed, MOST);
        p->changed_thumb[k] = BX_NEW(a, struct bx_thumb, MOST);
    }
    for (char *list = bx_strdup(a, folders ? folders : ""), *folder; (folder = strsep(&list, ":"));) {
        char **names;
        size_t n;
        struct bx_err e = {0};
        if (!*folder)
            continue;
        if (!bx_dir_list(folder, true, jpeg, 2, a, &names, &n, &e))
            fail_msg("%s", e.text);
        for (size_t i = 0; i < n && p->n < MOST; i++) {
            struct bx_arena own = {0};
            struct bx_pixels px = photo(bx_path_join(&own, folder, names[i]), &own);
            add_photo(p, &px, names[i]);
            bx_arena_release(&own);
        }
    }
    while (!folders && p->n < 40) {
        struct bx_arena own = {0};
        struct bx_pixels px = made_up(&own);
        add_photo(p, &px, "");
        bx_arena_release(&own);
    }
}

static void look(const struct bx_thumb *thumbs, const struct bx_hashed *self, size_t n, const struct bx_hashed *others, size_t nothers,
                 struct bx_contact **out, size_t *nout, struct bx_arena *a)
{
    uint8_t(*sha)[32] = bx_alloc(a, n, 32);
    bool *has = BX_NEW(a, bool, n);
    struct bx_err e = {0};
    for (size_t i = 0; i < n; i++) {
        memcpy(sha[i], self[i].sha, 32);
        has[i] = true;
    }
    const struct bx_contamination c = {(const uint8_t(*)[32])sha, thumbs, has, n, others, nothers, 0, 0, NULL};
    if (!bx_contamination_find(&c, out, nout, a, &e))
        fail_msg("%s", e.text);
}

/* Of images 0, 2, 4 … the test set is made; the changed ones of all are looked up. */
static void test_rates(void **unused)
{
    (void)unused;
    struct bx_arena a = {0};
    struct photos p = {0};
    gather(&p, &a);
    size_t half_n = (p.n + 1) / 2, wrong_all = 0, pairs_all = 0;
    struct bx_thumb *thumbs = BX_NEW(&a, struct bx_thumb, half_n);
    struct bx_hashed *self = BX_NEW(&a, struct bx_hashed, half_n);
    for (size_t i = 0; i < half_n; i++) {
        thumbs[i] = p.thumb[2 * i];
        self[i] = p.self[2 * i];
    }
    for (size_t k = 0; k < 2 * CHANGES; k++) {
        /* The other way about: the changed ones are the test set. */
        bool back = k >= CHANGES;
        const size_t c = k % CHANGES;
        struct bx_contact *found;
        size_t n, hits = 0, wrong = 0;
        if (back)
            for (size_t i = 0; i < half_n; i++) {
                thumbs[i] = p.changed_thumb[c][2 * i];
                self[i] = p.changed[c][2 * i];
            }
        look(thumbs, self, half_n, back ? p.self : p.changed[c], p.n, &found, &n, &a);
        for (size_t i = 0; i < n; i++)
            if (found[i].other == 2 * found[i].image)
                hits++;
            else if (!are_twins(p.self[found[i].other].name, p.self[2 * found[i].image].name)) {
                wrong++;
                print_message("      %s: %u %s is taken for %u %s, %.2f\n", changes[c].name, found[i].other, p.self[found[i].other].name,
                              2 * found[i].image, p.self[2 * found[i].image].name, (double)found[i].likeness);
            }
        double rate = (double)hits / (double)half_n;
        print_message("%5.1f%% known, %zu others taken for one: %s%s\n", 100 * rate, wrong, changes[c].name, back ? ", the test set" : "");
        wrong_all += wrong;
        pairs_all += half_n * (p.n - 1);
        if ((double)(hits + 1) < changes[c].least * (double)half_n)
            fail_msg("%s%s: %zu of %zu are known again, expected %.0f%%", changes[c].name, back ? ", the test set" : "", hits, half_n,
                     100 * changes[c].least);
    }
    print_message("%zu of %zu pairs of different photos are taken for one\n", wrong_all, pairs_all);
    if (wrong_all * 100000 > pairs_all)
        fail_msg("%zu of %zu pairs of different photos are taken for one, expected at most one in 100,000", wrong_all, pairs_all);
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
