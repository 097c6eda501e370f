/*
 * fuzz_texts.c: libFuzzer's entry to DOTA's and VisDrone's label files, as the labels of one image of 40 x 30, and to Open Images' boxes of
 * it: what is taken packs and unpacks, or the error names the file. To fuzz: tests/README.md.
 */
#include "core/base/file.h"
#include "core/image/image.h"
#include "core/testset/readers.h"
#include "tests/testset/sound.h"
#include <fcntl.h>

static char folder[200];

static void leave(void)
{
    bx_remove_tree(folder, NULL);
}

static void make(void)
{
    static const char *const folders[] = {"images", "dota/labelTxt", "visdrone/annotations"};
    static const char descriptions[] = "/m/01,cat\n/m/02,\"a, b\"\n";
    const char *tmp = getenv("TMPDIR");
    struct bx_arena a = {0};
    struct bx_err e = {0};
    BX_CLEANUP_BUF struct bx_buf png = {0};
    struct bx_pixels px = {.w = 40, .h = 30, .channels = 3, .p = bx_alloc(&a, 40 * 30, 3)};
    snprintf(folder, sizeof folder, "%s/boxscore-fuzz-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    require_that(mkdtemp(folder) != NULL);
    atexit(leave);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        require_that(bx_mkdirs(bx_path_join(&a, folder, folders[i]), &e));
    require_that(bx_png_write(&px, &png, &e) && bx_file_write(bx_path_join(&a, folder, "images/a.png"), bx_buf_str(&png), png.n, &e));
    require_that(bx_file_write(bx_path_join(&a, folder, "class-descriptions.csv"), descriptions, sizeof descriptions - 1, &e));
    bx_arena_release(&a);
}

/* clang-format off */
const struct grown grown[] = {
    {"oriented boxes", TEXT(""), TEXT("1 1 4 1 4 3 1 3 class# 0\n"), TEXT("")},
    {"boxes", TEXT(""), TEXT("1,2,3,4,1,4,0,0\n"), TEXT("")},
    {"regions", TEXT(""), TEXT("0,0,9,9,0,0,0,0\n"), TEXT("")},
    {"rows", TEXT("ImageID,LabelName,XMin,XMax,YMin,YMax\n"), TEXT("a,/m/#,0,1,0,1\n"), TEXT("")},
    {"rows of other images", TEXT("ImageID,LabelName,XMin,XMax,YMin,YMax\n"), TEXT("b#,/m/01,0,1,0,1\n"), TEXT("a,x,0,1,0,1\n")},
    {"cells", TEXT("ImageID,LabelName,XMin,XMax,YMin,YMax\na,x,0,1,0,1"), TEXT(","), TEXT("\n")},
    {"a quoted cell", TEXT("ImageID,LabelName,XMin,XMax,YMin,YMax\na,\""), TEXT("\"\"\n"), TEXT("\",0,1,0,1\n")},
    {"words", TEXT("1 1 4 1 4 3 1 3 class"), TEXT(" 0"), TEXT("\n")},
    {"empty lines and an error", TEXT("1 1 4 1 4 3 1 3 x 0\n"), TEXT("\r\n"), TEXT("x\n")},
    {"faults", TEXT("1 1 4 1 4 3 1 3 x 0\n"), TEXT("x\n"), TEXT("")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct {
        const char *file, *set;
        bool (*read)(const char *, const struct bx_testset_options *, struct bx_testset *, struct bx_arena *, struct bx_err *);
    } forms[] = {
        {"dota/labelTxt/a.txt", "dota", bx_testset_read_dota},
        {"visdrone/annotations/a.txt", "visdrone", bx_testset_read_visdrone},
        {"boxes.csv", "boxes.csv", bx_testset_read_openimages},
    };
    if (!folder[0])
        make();
    for (size_t k = 0; k < 2 * (sizeof forms / sizeof *forms); k++) {
        const size_t i = k / 2;
        struct bx_testset t = {0};
        struct bx_arena a = {0};
        struct bx_err e = {0};
        const char *images = bx_path_join(&a, folder, "images"), *set = bx_path_join(&a, folder, forms[i].set);
        const struct bx_testset_options o = {.task = BX_OBB, .images = images, .need_images = true, .faulty = k & 1};
        int fd = open(bx_path_join(&a, folder, forms[i].file), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        require_that(fd >= 0 && write(fd, data, n) == (ssize_t)n);
        close(fd);
        if (forms[i].read(set, &o, &t, &a, &e) && (t.image_sha || bx_testset_look(&t, &o, &a, &e))) {
            require_sound(&t);
            require_packs(&t, BX_GEOM_BOX, &a);
            if (bx_testset_has(&t, BX_GEOM_OBB))
                require_packs(&t, BX_GEOM_OBB, &a);
        } else
            require_said(&e, BX_DATA, set);
        bx_arena_release(&a);
    }
    return 0;
}
