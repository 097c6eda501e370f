/*
 * fuzz_yolo.c: libFuzzer's entry to YOLO's label files, as boxes, polygons and oriented boxes of one image of 40 x 30: what is taken packs
 * and unpacks, or the error names file and line. To fuzz: tests/README.md.
 */
#include "core/base/file.h"
#include "core/image/image.h"
#include "core/testset/readers.h"
#include "tests/testset/sound.h"
#include <fcntl.h>

static char folder[200], label[240];

static void leave(void)
{
    bx_remove_tree(folder, NULL);
}

static void write_set(void)
{
    static const char yaml[] = "test: images\nnames: [cat, dog, 'a b']\n";
    const char *tmp = getenv("TMPDIR");
    struct bx_arena a = {0};
    struct bx_err e = {0};
    BX_CLEANUP_BUF struct bx_buf png = {0};
    struct bx_pixels px = {.w = 40, .h = 30, .channels = 3, .p = bx_alloc(&a, 40 * 30, 3)};
    snprintf(folder, sizeof folder, "%s/boxscore-fuzz-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    require_that(mkdtemp(folder) != NULL);
    atexit(leave);
    snprintf(label, sizeof label, "%s/labels/a.txt", folder);
    require_that(bx_png_write(&px, &png, &e) && bx_mkdirs(bx_path_join(&a, folder, "images"), &e) &&
                 bx_mkdirs(bx_path_join(&a, folder, "labels"), &e));
    require_that(bx_file_write(bx_path_join(&a, folder, "images/a.png"), bx_buf_str(&png), png.n, &e));
    require_that(bx_file_write(bx_path_join(&a, folder, "data.yaml"), yaml, sizeof yaml - 1, &e));
    bx_arena_release(&a);
}

/* clang-format off */
const struct grown grown[] = {
    {"boxes", TEXT(""), TEXT("0 0.5 0.5 0.# 0.1\n"), TEXT("")},
    {"one box", TEXT(""), TEXT("1 0.5 0.5 0.1 0.1\n"), TEXT("")},
    {"corners", TEXT("0"), TEXT(" 0.1 0.2 0.9 0.8"), TEXT(" 0.5 0.5\n")},
    {"polygons", TEXT(""), TEXT("2 0.1 0.1 0.9 0.1 0.9 0.9\n"), TEXT("")},
    {"far away", TEXT("0"), TEXT(" 1e9 -1e9 -1e9 1e9"), TEXT(" 0.5 0.5\n")},
    {"empty lines and an error", TEXT(""), TEXT("\r\n"), TEXT("x\n")},
    {"one number", TEXT("0 0.5 0.5 0."), TEXT("1"), TEXT(" 0.1\n")},
    {"white space", TEXT("0"), TEXT(" \t"), TEXT("0.5 0.5 0.1 0.1\n")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!folder[0])
        write_set();
    int fd = open(label, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    require_that(fd >= 0 && write(fd, data, n) == (ssize_t)n);
    close(fd);
    for (int way = 0; way < 2 * BX_NTASKS; way++) {
        const struct bx_testset_options o = {.task = (enum bx_task)(way / 2), .need_images = true, .faulty = way & 1};
        struct bx_testset t = {0};
        struct bx_arena a = {0};
        struct bx_err e = {0};
        if (bx_testset_read_yolo(bx_path_join(&a, folder, "data.yaml"), &o, &t, &a, &e)) {
            require_sound(&t);
            for (int g = 0; g < BX_NGEOMETRIES; g++)
                if (bx_testset_has(&t, (enum bx_geometry)g))
                    require_packs(&t, (enum bx_geometry)g, &a);
        } else
            require_said(&e, BX_DATA, label);
        bx_arena_release(&a);
    }
    return 0;
}
