/*
 * fuzz_dump.c: libFuzzer's entry to the readers of what programs leave of their predictions. The bytes are a file's name, which tells some
 * of them, a NUL, and its text; once as a file, once as a folder of it. To fuzz: tests/README.md.
 */
#include "core/dump/dump.h"
#include "tests/build.h"
#include "tests/fuzz.h"
#include <math.h>

/* "a.jpg" of 160 x 100 pixels, "b.c.jpg" of 80 x 40, ids that no file knows. */
static struct bx_testset set_of_two(struct bx_arena *a)
{
    static const char *const names[] = {"bolt", "wing nut"};
    struct bx_testset t = build_testset(a, names, 2, 2, NULL, 0);
    t.own_ids = true;
    t.image_file[0] = "a.jpg", t.image_file[1] = "b.c.jpg";
    t.image_w[0] = 160, t.image_h[0] = 100;
    t.image_w[1] = 80, t.image_h[1] = 40;
    return t;
}

/* clang-format off */
const struct grown grown[] = {
    {"labels", TEXT("a.txt\0"), TEXT("0 0.5 0.5 0.2 0.2 0.#\n"), TEXT("")},
    {"one line", TEXT("a.txt\0"), TEXT("0 "), TEXT("")},
    {"names", TEXT("classes.txt\0"), TEXT("#\n"), TEXT("")},
    {"results", TEXT("comp4_det_test_bolt.txt\0"), TEXT("a.#.jpg 0.5 1 1 2 2\n"), TEXT("")},
    {"tiles", TEXT("Task2_bolt.txt\0"), TEXT("a__1__#___0 0.5 # 1 2 2\n"), TEXT("")},
    {"rows", TEXT("s.csv\0x_min,y_min,x_max,y_max,class_id,confidence,image\n"), TEXT("1,2,3,4,#,0.5,a.jpg\n"), TEXT("")},
    {"columns", TEXT("s.csv\0x_min,"), TEXT("c#,"), TEXT("\n")},
    {"objects", TEXT("s.json\0["), TEXT("{\"x_min\":1,\"y_min\":2,\"x_max\":3,\"y_max\":4,\"class_name\":\"c#\",\"confidence\":0.5,\"image\":\"a\"},"), TEXT("{}]")},
    {"objects, a line each", TEXT("s.json\0[\n"), TEXT("{\"x_min\":1,\"y_min\":2,\"x_max\":3,\"y_max\":4,\"class_id\":0,\"confidence\":0.5,\"image\":\"a\"},\n"), TEXT("{}]")},
    {"labels, a line each", TEXT("l.json\0{\"labels\":{\"a\":[\n"), TEXT("{\"label\":\"c\",\"bounding_box\":[0,0,1,1],\"confidence\":0.#},\n"), TEXT("{}]}}")},
    {"frames, a line each", TEXT("r.json\0[\n"), TEXT("{\"filename\":\"a\",\"objects\":[{\"class_id\":0,\"relative_coordinates\":{\"center_x\":0,\"center_y\":0,\"width\":0,\"height\":0},\"confidence\":0}]},\n"), TEXT("{}]")},
    {"frames", TEXT("r.json\0["), TEXT("{\"frame_id\":#,\"filename\":\"a.jpg\",\"objects\":[{\"name\":\"c#\",\"relative_coordinates\":{\"center_x\":0,\"center_y\":0,\"width\":0,\"height\":0},\"confidence\":0}]},"), TEXT("{}]")},
    {"classes", TEXT("l.json\0{\"classes\":["), TEXT("\"c#\","), TEXT("\"\"],\"labels\":{}}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct bx_arena kept;
    static struct bx_testset t;
    if (!t.nimages)
        t = set_of_two(&kept);
    size_t length;
    char *name = next_part(&data, &n, &length);
    for (unsigned mode = 0; mode < 6; mode++) {
        const struct bx_dump_file file = {name, n ? (const char *)data : "", n};
        const struct bx_dump dump = {mode & 1 ? "folder" : name, mode & 1, &file, 1};
        struct bx_results_said said = {0};
        const struct bx_results_options o = {.geometry = (enum bx_geometry)(mode / 2), .said = &said, .threads = 1};
        struct bx_detections d;
        struct bx_arena a = {0};
        struct bx_err e = {0};
        if (bx_dump_read(&dump, &t, &o, &d, &a, &e)) {
            size_t told = 0;
            for (int i = 0; i < BX_JOIN_NONE; i++)
                told += said.joined[i];
            require_that(told == d.n + said.merged && d.image_begin[2] == d.n && said.nexamples <= BX_SAID_EXAMPLES);
            for (size_t i = 0; i < d.n; i++) {
                const char *class = d.names[d.name[i]];
                require_that(isfinite(d.score[i]) && d.box[4 * i + 2] >= 0 && d.box[4 * i + 3] >= 0);
                require_that(bx_utf8_valid(class, strlen(class)) && !bx_has_control(class, strlen(class)));
            }
            require_that(!d.n || o.geometry != BX_GEOM_OBB || d.obb);
            require_that(!d.n || o.geometry != BX_GEOM_MASK || d.mask);
        } else
            require_said(&e, BX_DATA, NULL);
        bx_arena_release(&a);
    }
    free(name);
    return 0;
}
