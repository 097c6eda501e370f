/* fuzz_yaml.c: libFuzzer's entry to data.yaml: classes and entries are there and printable, or the error names its place. To fuzz:
 * tests/README.md. */
#include "core/testset/yolo.h"
#include "tests/fuzz.h"

static void require_texts(const char *const *at, size_t n)
{
    require_that(n > 0);
    for (size_t i = 0; i < n; i++)
        require_that(at[i] && !bx_has_control(at[i], strlen(at[i])));
}

/* clang-format off */
const struct grown grown[] = {
    {"names", TEXT("test: x\nval: y\ntrain: z\nnames:\n"), TEXT("- n#\n"), TEXT("")},
    {"names by number", TEXT("test: x\nval: y\ntrain: z\nnames:\n"), TEXT("  #: n\n"), TEXT("")},
    {"names in a row", TEXT("test: x\nnames: [a"), TEXT(",b#"), TEXT("]\n")},
    {"keys", TEXT("test: x\nnames: [a]\n"), TEXT("k#: 1\n"), TEXT("")},
    {"folders", TEXT("names: [a]\ntest:\n"), TEXT("- f#\n"), TEXT("")},
    {"anchors", TEXT("test: x\nnames:\n"), TEXT("- &a# n\n"), TEXT("")},
    {"aliases", TEXT("test: &a x\nnames:\n"), TEXT("- *a\n"), TEXT("")},
    {"levels", TEXT("names: "), TEXT("["), TEXT("")},
    {"levels of keys", TEXT("names: "), TEXT("{a: "), TEXT("")},
    {"lists in a line", TEXT("names:\n"), TEXT("- "), TEXT("")},
    {"question marks", TEXT(""), TEXT("? "), TEXT("")},
    {"a text over lines", TEXT("names: \""), TEXT("a\n\n "), TEXT("\"\n")},
    {"comments", TEXT("test: x\nnames: [a]\n"), TEXT("# #\n"), TEXT("")},
    {"documents", TEXT("test: x\nnames: [a]\n"), TEXT("--- \n"), TEXT("")},
    {"tags", TEXT(""), TEXT("%TAG !a# b\n"), TEXT("--- \n")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const splits[] = {"test", "val", "train"};
    const char *path = memory_file(data, n);
    for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct bx_yolo_yaml y;
        if (bx_yolo_yaml_read(path, splits[i], &y, &a, &e)) {
            const char *named[4096];
            size_t names = 0;
            for (size_t k = 0; k < y.nclasses && names < 4096; k++) /* a number may have no name */
                if (y.names[k])
                    named[names++] = y.names[k];
            require_texts(named, names);
            require_texts(y.entries, y.nentries);
            require_that(y.split_line > 0 && !strncmp(y.split, splits[i], 3));
        } else
            require_said(&e, BX_DATA, path);
        bx_arena_release(&a);
    }
    return 0;
}
