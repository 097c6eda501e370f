/* labels.h: a data set laid out in the test's folder, and read. Images are the header reader's seeds (tests/image/corpus). */
#pragma once
#include "core/testset/read.h"
#include "tests/folder.h"

/* A seed of the corpus under another name: plain.png and plain.jpg are 40 x 20, exif6.jpg is shown as 20 x 40, plain.bmp is 5 x 3. */
static inline void put_image(const char *name, const char *seed)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    BX_CLEANUP_BUF struct bx_buf b = {0};
    if (!bx_file_read(bx_path_join(&a, TESTS_DIR "/image/corpus", seed), 1 << 20, &b, &e))
        fail_msg("%s", e.text);
    /* Bytes after the end do not matter to the reader, and make each file another. */
    bx_buf_adds(&b, name);
    put_bytes(name, b.p, b.n);
    bx_arena_release(&a);
}

static inline void read_or_fail(const char *name, struct bx_testset_options o, struct bx_testset *t, struct bx_arena *a)
{
    struct bx_err e = {0};
    o.need_images = true;
    if (!bx_testset_read(in(a, name), &o, t, a, &e))
        fail_msg("%s", e.text);
}
/* It must fail, and say `said`. */
static inline void refused(const char *name, struct bx_testset_options o, const char *said)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_testset t;
    o.need_images = true;
    bool ok = bx_testset_read(in(&a, name), &o, &t, &a, &e);
    if (ok || !strstr(e.text, said))
        fail_msg("%s: '%s', expected '%s'", name, ok ? "read" : e.text, said);
    bx_arena_release(&a);
}
static inline bool noted(const struct bx_testset *t, const char *text)
{
    for (size_t i = 0; i < t->nnotes; i++)
        if (strstr(t->notes[i].text, text))
            return true;
    return false;
}
static inline void box_is(const struct bx_testset *t, size_t k, double x, double y, double w, double h)
{
    const double *b = t->ann_box + 4 * k, want[4] = {x, y, w, h};
    for (int i = 0; i < 4; i++)
        if (b[i] - want[i] > 1e-9 || want[i] - b[i] > 1e-9)
            fail_msg("box %zu is %g %g %g %g, expected %g %g %g %g", k, b[0], b[1], b[2], b[3], x, y, w, h);
}
