/* Pixels are Pillow's, file by file, where a Python has it (make_pixels.py makes the files, and says where the stated rule is another). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/text.h"
#include "core/image/image.h"
#include "tests/folder.h"

static bool make(const char *python)
{
    char command[8192];
    snprintf(command, sizeof command, "'%s' -c 'import PIL' 2>/dev/null && '%s' '%s/image/make_pixels.py' '%s'", python, python, TESTS_DIR,
             folder);
    return system(command) == 0;
}

static uint32_t le32(const char *p)
{
    uint8_t b[4];
    memcpy(b, p, 4);
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static size_t differ(const char *name, const struct bx_buf *file, const struct bx_buf *want, struct bx_arena *a)
{
    struct bx_err e = {0};
    struct bx_pixels px;
    bool ok = bx_image_decode(name, file->p, file->n, 0, &px, a, &e);
    if (!want->n) {
        if (!ok)
            return 0;
        print_error("%s: decoded, expected a refusal\n", name);
        return 1;
    }
    if (!ok) {
        print_error("%s\n", e.text);
        return 1;
    }
    uint32_t w = le32(want->p), h = le32(want->p + 4), channels = le32(want->p + 8);
    if (px.w != w || px.h != h || px.channels != channels) {
        print_error("%s: %u x %u pixels of %u channels, expected %u x %u of %u\n", name, px.w, px.h, px.channels, w, h, channels);
        return 1;
    }
    for (size_t i = 0; i < (size_t)w * h * channels; i++)
        if (px.p[i] != (uint8_t)want->p[12 + i]) {
            print_error("%s: pixel %zu,%zu has %u in channel %zu, expected %u\n", name, i / channels % w, i / channels / w, px.p[i],
                        i % channels, (uint8_t)want->p[12 + i]);
            return 1;
        }
    return 0;
}

static void pixels_are_pillows(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    char **names;
    size_t n = 0, wrong = 0;
    static const char *const extensions[] = {"want"};
    assert_true(bx_dir_list(folder, false, extensions, 1, &a, &names, &n, &e));
    assert_true(n > 90);
    for (size_t i = 0; i < n; i++) {
        BX_CLEANUP_BUF struct bx_buf file = {0}, want = {0};
        char *path = bx_path_join(&a, folder, names[i]);
        if (!bx_file_read(path, 1 << 20, &want, &e))
            fail_msg("%s", e.text);
        path[strlen(path) - strlen(".want")] = '\0';
        if (!bx_file_read(path, 1 << 20, &file, &e))
            fail_msg("%s", e.text);
        wrong += differ(strrchr(path, '/') + 1, &file, &want, &a);
    }
    bx_arena_release(&a);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const char *python = getenv("BOXSCORE_PYTHON");
    if (make_folder(NULL))
        return 1;
    bool made = (python && make(python)) || make("python3");
    const struct CMUnitTest tests[] = {cmocka_unit_test(pixels_are_pillows)};
    int status = made ? cmocka_run_group_tests(tests, NULL, NULL) : 77;
    if (!made)
        printf("skipped: no Python with Pillow that makes the files\n");
    remove_folder(NULL);
    return status;
}
