/*
 * fuzz_names.c: libFuzzer's entry to what stands in for a data.yaml: classes.txt, Label Studio's notes.json, darknet's obj.data, and a list
 * of images. To fuzz: tests/README.md.
 */
#include "core/base/file.h"
#include "core/image/image.h"
#include "core/testset/readers.h"
#include "tests/testset/sound.h"

static char folder[4][240];
static const char *const made[4][2] = {{"classes.txt", NULL},
                                       {"notes.json", NULL},
                                       {"obj.data", NULL},
                                       {"test.txt", "test = test.txt\nnames = obj.names\n"}}; /* the text: of obj.data, beside it */

static void leave(void)
{
    for (int i = 0; i < 4; i++)
        bx_remove_tree(folder[i], NULL);
}

static void write_sets(void)
{
    const char *tmp = getenv("TMPDIR");
    struct bx_arena a = {0};
    struct bx_err e = {0};
    BX_CLEANUP_BUF struct bx_buf png = {0};
    struct bx_pixels px = {.w = 40, .h = 30, .channels = 3, .p = bx_alloc(&a, 40 * 30, 3)};
    require_that(bx_png_write(&px, &png, &e));
    for (int i = 0; i < 4; i++) {
        snprintf(folder[i], sizeof folder[i], "%s/boxscore-fuzz-XXXXXX", tmp && *tmp ? tmp : "/tmp");
        require_that(mkdtemp(folder[i]) != NULL);
        require_that(bx_mkdirs(bx_path_join(&a, folder[i], "images"), &e) && bx_mkdirs(bx_path_join(&a, folder[i], "labels"), &e));
        require_that(bx_file_write(bx_path_join(&a, folder[i], "images/a.png"), bx_buf_str(&png), png.n, &e));
        require_that(bx_file_write(bx_path_join(&a, folder[i], "labels/a.txt"), "1 .5 .5 .5 .5\n", 14, &e));
        if (i >= 2)
            require_that(bx_file_write(bx_path_join(&a, folder[i], "obj.names"), "x\ny\n", 4, &e) &&
                         bx_file_write(bx_path_join(&a, folder[i], "list.txt"), "a/images/a.png\n", 15, &e));
        if (made[i][1])
            require_that(bx_file_write(bx_path_join(&a, folder[i], "obj.data"), made[i][1], strlen(made[i][1]), &e));
    }
    atexit(leave);
    bx_arena_release(&a);
}

/* clang-format off */
const struct grown grown[] = {
    {"names", TEXT(""), TEXT("name #\n"), TEXT("")},
    {"one name", TEXT(""), TEXT("x\n"), TEXT("")},
    {"empty lines", TEXT("a"), TEXT("\r\n"), TEXT("b")},
    {"categories", TEXT("{\"categories\":[{\"id\":0,\"name\":\"a\"}"), TEXT(",{\"id\":#,\"name\":\"n#\"}"), TEXT("]}")},
    {"keys", TEXT(""), TEXT("k# = v\n"), TEXT("test = list.txt\nnames = obj.names\n")},
    {"an image of elsewhere", TEXT(""), TEXT("C:\\set\\images\\a.png\r\n"), TEXT("")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!folder[0][0])
        write_sets();
    for (int i = 0; i < 4; i++) {
        const struct bx_testset_options o = {.need_images = true};
        struct bx_testset t = {0};
        struct bx_arena a = {0};
        struct bx_err e = {0};
        /* Whole disks are not listed. */
        if (i == 2 && (memmem(data, n, "=/", 2) || memmem(data, n, "= /", 3) || memmem(data, n, "..", 2)))
            continue;
        require_that(bx_file_write(bx_path_join(&a, folder[i], made[i][0]), data, n, &e));
        if (bx_testset_read_yolo(folder[i], &o, &t, &a, &e)) {
            require_sound(&t);
            require_packs(&t, BX_GEOM_BOX, &a);
        } else
            require_said(&e, BX_DATA, i == 2 ? NULL : folder[i]); /* a list may name any folder */
        bx_arena_release(&a);
    }
    return 0;
}
