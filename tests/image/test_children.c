/* A file that ends a process costs that file: crashes, sleepers, files that are none, and all the others are decoded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/image/children.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FILES = 40 };
struct seen {
    char dir[64];
    char path[FILES + 3][128];
    size_t n, done[FILES + 3];
    char text[FILES + 3][sizeof(((struct bx_err *)0)->text)];
    uint32_t width[FILES + 3];
    bool stayed; /* it is this process that `done` is called in */
    pid_t self;
};

static const char *path_of(void *self, size_t i)
{
    return ((struct seen *)self)->path[i];
}

/* What a broken decoder would do, of files of certain widths. */
static size_t work(void *self, size_t i, const struct bx_pixels *px, void *out)
{
    (void)self, (void)i;
    if (px->w == 7) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGSEGV, SIG_DFL);
        raise(SIGSEGV);
    }
    if (px->w == 8)
        _exit(0);
    if (px->w == 9)
        return 100000; /* more than there is room */
    memcpy(out, &px->w, sizeof px->w);
    return sizeof px->w;
}

static void done(void *self, size_t i, const struct bx_decoded *d)
{
    struct seen *s = self;
    s->done[i]++;
    s->stayed = s->stayed && getpid() == s->self;
    if (d->p)
        memcpy(&s->width[i], d->p, sizeof s->width[i]);
    else
        snprintf(s->text[i], sizeof s->text[i], "%s", d->why->text);
}

static void write_picture(const char *path, uint32_t w)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_err e = {0};
    uint8_t pixels[64 * 3] = {0};
    if (!bx_png_write(&(struct bx_pixels){w, 1, 3, pixels}, &b, &e) || !bx_file_write(path, b.p, b.n, &e))
        fail_msg("%s", e.text);
}

static void test_others_go_on(void **unused)
{
    (void)unused;
    struct seen s = {.dir = "/tmp/boxscore-children-XXXXXX", .stayed = true, .self = getpid()};
    struct bx_err e = {0};
    assert_non_null(mkdtemp(s.dir));
    for (size_t i = 0; i < FILES; i++) {
        snprintf(s.path[i], sizeof s.path[i], "%s/%zu.png", s.dir, i);
        write_picture(s.path[i], (uint32_t)i + 1);
    }
    snprintf(s.path[FILES], sizeof s.path[0], "%s/none.png", s.dir);
    snprintf(s.path[FILES + 1], sizeof s.path[0], "%s", s.dir);
    snprintf(s.path[FILES + 2], sizeof s.path[0], "%s/text.png", s.dir);
    bx_file_write(s.path[FILES + 2], "no picture", 10, &e);
    for (int children = 1; children <= 3; children += 2) {
        memset(s.done, 0, sizeof s.done);
        const struct bx_decoding d = {
            .n = FILES + 3, .path = path_of, .room = 64, .work = work, .done = done, .children = children, .self = &s};
        if (!bx_images_decode(&d, &e))
            fail_msg("%s", e.text);
        for (size_t i = 0; i < FILES + 3; i++)
            assert_int_equal(s.done[i], 1);
        for (size_t i = 0; i < FILES; i++)
            if (i < 6 || i > 8)
                assert_int_equal(s.width[i], i + 1);
        assert_non_null(strstr(s.text[6], "was ended by signal 11"));
        assert_non_null(strstr(s.text[7], "7.png': the process that decodes it ended"));
        assert_non_null(strstr(s.text[8], "8.png"));
        assert_non_null(strstr(s.text[FILES], "cannot open"));
        assert_non_null(strstr(s.text[FILES + 1], "is no regular file"));
        assert_non_null(strstr(s.text[FILES + 2], "text.png"));
        assert_true(s.stayed);
    }
    bx_remove_tree(s.dir, &e);
}

static bool refuse(struct bx_err *e)
{
    return bx_fail(e, BX_IO, "there is no confining here");
}

static void test_never_unconfined(void **unused)
{
    (void)unused;
    struct seen s = {.self = getpid()};
    struct bx_err e = {0};
    snprintf(s.path[0], sizeof s.path[0], "/dev/null");
    const struct bx_decoding d = {.n = 1, .path = path_of, .room = 64, .work = work, .done = done, .confine = refuse, .self = &s};
    assert_false(bx_images_decode(&d, &e));
    assert_string_equal(e.text, "there is no confining here");
    assert_int_equal(s.done[0], 0);
}

static void test_stops(void **unused)
{
    (void)unused;
    struct seen s = {.self = getpid()};
    struct bx_err e = {0};
    const sig_atomic_t stop = 1;
    snprintf(s.path[0], sizeof s.path[0], "/dev/null");
    const struct bx_decoding d = {.n = 1, .path = path_of, .room = 64, .work = work, .done = done, .stop = &stop, .self = &s};
    assert_false(bx_images_decode(&d, &e));
    assert_int_equal(e.code, BX_INTERRUPTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others_go_on),
        cmocka_unit_test(test_never_unconfined),
        cmocka_unit_test(test_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
