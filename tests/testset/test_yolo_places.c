/* YOLO sets as tools and people leave them on a disk: with paths of other machines, without a data.yaml, in every layout the same set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/testset/labels.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* The set: two images, a box of class 1 ("nut") on the first, nothing on the second. */
static const char LABEL[] = "1 0.5 0.5 0.5 0.5\n";

struct file {
    const char *name, *text; /* NULL: the first image, and, of "im2", the second */
};
struct layout {
    const char *note; /* that must be there, or NULL */
    struct file at[10];
};

static void image_at(const char *name)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    const char *plain = strstr(name, "im2") ? "im2.png" : "im1.png", *to = in(&a, name);
    put_image(plain, "plain.png");
    assert_true(bx_mkdirs(bx_path_dir(&a, to), &e));
    assert_int_equal(rename(in(&a, plain), to), 0);
    bx_arena_release(&a);
}

static void lay_out(const struct file *at)
{
    empty_folder(NULL);
    for (; at->name; at++)
        if (at->text)
            put(at->name, at->text);
        else
            image_at(at->name);
}

static void all_the_same(const struct layout *table, size_t n)
{
    static const struct file plain[] = {{"data.yaml", "test: images\nnames: [bolt, nut]\n"},
                                        {"images/im1.png", NULL},
                                        {"images/im2.png", NULL},
                                        {"labels/im1.txt", LABEL},
                                        {0}};
    char want[BX_DIGEST_SIZE] = "";
    for (size_t i = 0; i <= n; i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        struct bx_err e = {0};
        char digest[BX_DIGEST_SIZE];
        const struct bx_testset_options o = {.need_images = true};
        lay_out(i ? table[i - 1].at : plain);
        if (!bx_testset_read(folder, &o, &t, &a, &e) || !bx_testset_digest(&t, BX_GEOM_BOX, digest, &e))
            fail_msg("layout %zu: %s", i, e.text);
        if (!i)
            memcpy(want, digest, sizeof want);
        if (strcmp(digest, want) != 0)
            fail_msg("layout %zu: another set: %zu classes, %zu images, %zu annotations", i, t.nclasses, t.nimages, t.nanns);
        if (i && table[i - 1].note && !noted(&t, table[i - 1].note))
            fail_msg("layout %zu: no note says '%s'", i, table[i - 1].note);
        bx_arena_release(&a);
    }
}

#define NAMES "\nnames: [bolt, nut]\n"
#define IN(folder, labels)                                                                                                                 \
    {folder "im1.png", NULL}, {folder "im2.png", NULL},                                                                                    \
    {                                                                                                                                      \
        labels "im1.txt", LABEL                                                                                                            \
    }
#define TEST IN("test/images/", "test/labels/")

static void paths_of_other_machines_are_found_beside(void **state)
{
    (void)state;
    static const struct layout table[] = {
        {"data.yaml:1: its test is not there: 'test/images' is taken",
         {{"data.yaml", "test: C:\\Users\\you\\set\\test\\images" NAMES}, TEST}},
        {"its test is not there", {{"data.yaml", "train: x\nval: y\ntest: /content/drive/set/test/images" NAMES}, TEST}},
        {"its test is not there", {{"data.yaml", "test: datasets/set/test/images" NAMES}, TEST}},
        {"its test is not there", {{"data.yaml", "test: D:/you/test" NAMES}, IN("test/", "test/")}},
        {"its path", {{"data.yaml", "path: C:\\you\\set\ntest: test\\images" NAMES}, TEST}},
        {NULL, {{"data.yaml", "test: test\\images" NAMES}, TEST}},
        {NULL, {{"data.yaml", "test: ..\\test\\images" NAMES}, TEST}},
        {NULL, {{"data.yaml", "test: ../../test/images" NAMES}, TEST}},
        {NULL, {{"data.yaml", "test: ./test/images" NAMES}, TEST}},
        {NULL, {{"data.yml", "test: test/images" NAMES}, TEST}},
        {NULL, {{"data.yaml", "\xEF\xBB\xBFtest: test/images\r\nnames:\r\n- bolt\r\n- nut\r\n"}, TEST}},
        {NULL,
         {{"data.yaml", "test: images\nnc: 2\nnames: {1: nut, 0: bolt}"},
          {"images/deep/im1.png", NULL},
          {"images/deep/im2.png", NULL},
          {"labels/deep/im1.txt", LABEL}}},
        {"its test is not there: 'Test/Images' is taken",
         {{"data.yaml", "test: ../test/images" NAMES}, IN("Test/Images/", "Test/Labels/")}},
        {NULL, {{"data.yaml", "test: Images" NAMES}, IN("Images/", "LABELS/")}},
        {NULL, {{"data.yaml", "Test: test/images" NAMES}, TEST}},
        /* a folder in a folder, as archives have it */
        {"'archive/set' is read: the only folder there",
         {{"archive/set/data.yaml", "test: test/images" NAMES},
          IN("archive/set/test/images/", "archive/set/test/labels/"),
          {"archive/read.md", "x"},
          {"__MACOSX/x", "x"}}},
        /* lists */
        {"2 images are not where the list names them (first: test.txt:1)",
         {{"data.yaml", "test: test.txt" NAMES},
          {"test.txt", "/home/you/set/images/im1.png\n/home/you/set/images/im2.png"},
          IN("images/", "labels/")}},
        {"not where the list names them",
         {{"data.yaml", "test: E:\\set\\test.txt" NAMES},
          {"test.txt", "E:\\set\\images\\im1.png\r\nE:\\set\\images\\im2.png\r\n"},
          IN("images/", "labels/")}},
        {NULL,
         {{"data.yaml", "test: test.txt" NAMES},
          {"test.txt", "\xEF\xBB\xBF./images/im1.png\n\n  images/im2.png \n"},
          IN("images/", "labels/")}},
        {"1 image is not where",
         {{"data.yaml", "test: lists/test.txt" NAMES},
          {"lists/test.txt", "images\\im1.png\n./images/im2.png\n"},
          {"images/im1.png", NULL},
          {"lists/images/im2.png", NULL},
          {"labels/im1.txt", LABEL}}},
        /* what lies beside */
        {"1 file beside the images is of no kind that is read as an image (first: im3.xcf): left out",
         {{"data.yaml", "test: test/images" NAMES}, TEST, {"test/images/im3.xcf", "x"}, {"test/images/Thumbs.db", "x"}}},
        /* labelImg saves beside the images, whatever their folder is called */
        {NULL, {{"data.yaml", "test: images" NAMES}, IN("images/", "images/"), {"images/classes.txt", "bolt\nnut\n"}}},
        /* one of two .yaml files is a data.yaml */
        {NULL, {{"set.yaml", "test: test/images" NAMES}, {"hyp.yaml", "lr0: 0.01\n"}, TEST}},
        {NULL, {{"coco8.yaml", "test: test/images" NAMES}, {"classes.txt", "x\ny\nz\n"}, TEST}},
    };
    all_the_same(table, COUNT(table));
}

static void no_data_yaml_is_needed(void **state)
{
    (void)state;
#define CLASSES                                                                                                                            \
    {                                                                                                                                      \
        "classes.txt", "bolt\nnut\n"                                                                                                       \
    }
    static const struct layout table[] = {
        /* Label Studio */
        {NULL, {CLASSES, IN("images/", "labels/"), {"notes.json", "{\"categories\": [{\"id\": 0, \"name\": \"x\"}]}"}}},
        {NULL,
         {IN("images/", "labels/"),
          {"notes.json", "{\"info\": {}, \"categories\": [{\"id\": 1, \"name\": \"nut\"}, {\"id\": 0, \"name\": \"bolt\"}]}"}}},
        {NULL,
         {{"labels/classes.txt", "\xEF\xBB\xBF"
                                 "bolt\r\nnut\r\n\r\n"},
          IN("images/", "labels/")}},
        /* labelImg */
        {NULL, {CLASSES, IN("", "")}},
        {NULL, {{"images/classes.txt", "bolt\nnut"}, IN("images/", "images/")}},
        {NULL, {{"predefined_classes.txt", "bolt\nnut"}, IN("images/", "labels/")}},
        /* splits */
        {NULL, {CLASSES, TEST, {"train/images/im3.png", NULL}, {"train/labels/im3.txt", LABEL}}},
        {NULL, {CLASSES, IN("images/test/", "labels/test/"), {"images/train/im3.png", NULL}}},
        {NULL, {CLASSES, IN("images/", "labels/"), {"images/im3.png", NULL}, {"test.txt", "images/im1.png\nimages/im2.png\n"}}},
        {NULL, {{"test/_darknet.labels", "bolt\nnut\n"}, IN("test/", "test/")}},
        {NULL, {{"_darknet.labels", "bolt\nnut\n"}, IN("", "")}},
        {NULL, {{"my.names", "bolt\nnut\n"}, IN("images/", "labels/")}},
        /* FiftyOne's YOLOv4 */
        {NULL, {{"obj.names", "bolt\nnut\n"}, {"images.txt", "data/im1.png\ndata/im2.png\n"}, IN("data/", "data/")}},
        /* darknet, CVAT */
        {NULL,
         {{"obj.data", "classes = 2\nTest = data/Test.txt\nnames = data/obj.names\n"},
          {"obj.names", "bolt\nnut\n"},
          {"Test.txt", "data/obj_Test_data/im1.png\ndata/obj_Test_data/im2.png\n"},
          IN("obj_Test_data/", "obj_Test_data/")}},
        {NULL,
         {{"obj.data", "classes = 2\ntrain = data/train.txt\ntest = data/test.txt\nnames = data/obj.names\nbackup = backup/\n"},
          {"obj.names", "bolt\nnut\n"},
          {"test.txt", "data/obj_test_data/im1.png\ndata/obj_test_data/im2.png\n"},
          {"train.txt", "data/obj_train_data/im3.png\n"},
          IN("obj_test_data/", "obj_test_data/")}},
        {"lists only 'train', which is what CVAT calls a task without subsets",
         {{"obj.data", "classes=2\r\ntrain=data/train.txt\r\nnames=data/obj.names\r\n"},
          {"obj.names", "bolt\r\nnut\r\n"},
          {"train.txt", "data/obj_train_data/im1.png\r\ndata/obj_train_data/im2.png\r\n"},
          IN("obj_train_data/", "obj_train_data/")}},
        {NULL,
         {{"cfg.data", "names = C:\\x\\my.names\ntest = C:\\x\\test.txt\n"},
          {"my.names", "bolt\nnut\n"},
          {"test.txt", "C:\\x\\images\\im1.png\nC:\\x\\images\\im2.png\n"},
          IN("images/", "labels/")}},
    };
    all_the_same(table, COUNT(table));
}

/* A folder of a folder whose parent names the classes, and the files themselves. */
static void the_names_may_lie_above(void **state)
{
    (void)state;
    static const struct file at[] = {{"classes.txt", "bolt\nnut\n"}, {"set/images/im1.png", NULL}, {"set/labels/im1.txt", LABEL}, {0}};
    static const char *const named[] = {"set", "classes.txt"};
    for (size_t i = 0; i < 2; i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        lay_out(i ? (const struct file[]){CLASSES, IN("images/", "labels/"), {0}} : at);
        read_or_fail(named[i], (struct bx_testset_options){0}, &t, &a);
        assert_int_equal(t.nanns, 1);
        assert_string_equal(t.class_name[t.ann_class[0]], "nut");
        bx_arena_release(&a);
    }
}

static void splits_are_chosen(void **state)
{
    (void)state;
    static const struct file at[] = {
        CLASSES, {"valid/images/im1.png", NULL}, {"valid/labels/im1.txt", LABEL}, {"train/images/im2.png", NULL}, {0}};
    static const struct file data[] = {{"obj.data", "train = train.txt\nvalid = valid.txt\nnames = obj.names\n"},
                                       {"obj.names", "bolt\nnut\n"},
                                       {"valid.txt", "im1.png\n"},
                                       {"train.txt", "im2.png\n"},
                                       IN("", ""),
                                       {0}};
    for (size_t i = 0; i < 2; i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        lay_out(i ? data : at);
        read_or_fail("", (struct bx_testset_options){.split = "val"}, &t, &a);
        assert_int_equal(t.nimages, 1);
        assert_string_equal(t.image_file[0], "im1.png");
        refused("", (struct bx_testset_options){.split = "test"},
                i ? "obj.data: has no 'test' list; it has 'valid', 'train'" : "has no 'test' folder; it has 'valid', 'train'");
        bx_arena_release(&a);
    }
}

static void numbers_without_a_name_are_no_class(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_testset t;
    static const char *const names[][2] = {{"data.yaml", "test: images\nnames:\n  0: bolt\n  7: nut\n"},
                                           {"data.yaml", "test: images\nnc: 8\nnames: {7: nut, 0: bolt}\n"},
                                           {"classes.txt", "bolt\n\n\n\n\n\n\nnut\n"}};
    for (size_t i = 0; i < COUNT(names); i++) {
        lay_out((const struct file[]){{names[i][0], names[i][1]}, IN("images/", "labels/"), {0}});
        put("labels/im1.txt", "7 0.5 0.5 0.5 0.5\n0.0 0.5 0.5 0.5 0.5\n");
        read_or_fail("", (struct bx_testset_options){0}, &t, &a);
        assert_true(t.nclasses == 2 && t.class_id[1] == 7 && t.ann_class[0] == 1 && t.ann_class[1] == 0);
        put("labels/im1.txt", "3 0.5 0.5 0.5 0.5\n");
        refused("", (struct bx_testset_options){0}, "im1.txt:1:1: class 3, which '");
        put("labels/im1.txt", "8 0.5 0.5 0.5 0.5\n");
        refused("", (struct bx_testset_options){0}, "im1.txt:1:1: class 8, expected a whole number from 0 to 7");
    }
    bx_arena_release(&a);
}

static void faults_are_told(void **state)
{
    (void)state;
    static const struct {
        struct file at[10];
        const char *said;
    } table[] = {
        {{{"a.yaml", "test: test/images" NAMES}, {"b.yaml", "names: [a]\n"}, TEST},
         "found 'a.yaml' and 'b.yaml', expected the test set's own to be named"},
        {{{"a.yml", "x: 1"}, {"b.yaml", "y: 1"}, {"c.yaml", ""}, TEST}, "found 'a.yml' and 'b.yaml', and more, expected"},
        /* "images" alone would be the training images too */
        {{{"data.yaml", "test: /old/test/images" NAMES}, IN("images/", "labels/")}, "data.yaml:1: test: '/old/test/images' is not there"},
        {{{"data.yaml", "test: test.txt" NAMES}, {"test.txt", "/old/a/im1.png\n/old/b/im1.png\n"}, IN("", "")},
         "' is there for both '/old/a/im1.png' and '/old/b/im1.png'"},
        {{{"data.yaml", "test: test.txt" NAMES}, {"test.txt", "/old/a/gone.png\n"}, IN("", "")},
         "test.txt:1: image '/old/a/gone.png' is not there"},
        {{CLASSES, {"images/im1.png", NULL}}, "none of the 1 images has a label file"},
        {{{"classes.txt", "\n\n"}, IN("images/", "labels/")}, "classes.txt: names no class"},
        {{{"classes.txt", "bolt\n\x01\n"}, IN("images/", "labels/")}, "classes.txt:2: found a control character"},
        {{{"classes.txt", "bolt\n\xE9\n"}, IN("images/", "labels/")},
         "classes.txt:2: found bytes that are not UTF-8, expected the name of a class"},
        {{{"classes.txt", "bolt\nbolt\n"}, IN("images/", "labels/")}, "are both called 'bolt'"},
        {{{"classes.txt", "bolt\n"}, IN("images/", "labels/")}, "labels/im1.txt:1:1: class 1, expected a whole number from 0 to 0"},
        {{{"notes.json", "{\"categories\": [{\"id\": 0}]}"}, IN("images/", "labels/")},
         "notes.json:1:17: expected a category with an 'id' from 0 and a 'name'"},
        {{{"obj.data", "test = test.txt\nnames = gone.names\n"}, {"test.txt", "im1.png"}, IN("", "")},
         "obj.data:2: names: 'gone.names' is not there"},
        {{{"obj.data", "test = gone.txt\nnames = obj.names\n"}, {"obj.names", "bolt\nnut\n"}, IN("", "")}, "obj.data:1: test: '"},
        {{CLASSES, {"labels/im1.txt", LABEL}}, "images: holds no images"},
        /* what is not read is named, and whose it is */
        {{{"test/im1.png", NULL}, {"test/_annotations.createml.json", "[]"}}, "; not read: 'test/_annotations.createml.json' (CreateML)"},
        {{{"test/im1.png", NULL}, {"test/_annotations.csv", "filename,width,height,class,xmin,ymin,xmax,ymax\n"}},
         "; not read: 'test/_annotations.csv' (Roboflow's CSV for TensorFlow)"},
        {{{"test/im1.png", NULL}, {"test/metadata.jsonl", "{}\n"}}, "; not read: 'test/metadata.jsonl' (Hugging Face's image folder)"},
        {{{"a/im1.png", NULL}, {"b/im1.json", "{\"version\": \"5\", \"shapes\": [], \"imagePath\": \"im1.png\"}"}},
         "; not read: 'b/im1.json' (labelme)"},
        {{{"a/im1.png", NULL}, {"ann/im1.png.json", "{\"objects\": [{\"classTitle\": \"x\"}]}"}, {"meta.json", "{}"}},
         "; not read: 'ann/im1.png.json' (Supervisely), 'meta.json'"},
        /* the only folder is the training split; and whatever the case */
        {{{"Train/classes.txt", "bolt\nnut\n"}, IN("Train/images/", "Train/labels/")}, "found neither data.yaml"},
        {{{"sets/train/data.yaml", "test: images" NAMES}, IN("sets/train/images/", "sets/train/labels/")}, "found neither data.yaml"},
        {{{"im1.png", NULL}, {"via.json", "{\"im1.png9\": {\"filename\": \"im1.png\", \"regions\": []}}"}, {"all.csv", "a,b\n"}},
         "; not read: 'all.csv', 'via.json' (VGG Image Annotator)"},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        lay_out(table[i].at);
        refused("", (struct bx_testset_options){0}, table[i].said);
    }
    lay_out((const struct file[]){{"Train/classes.txt", "bolt\nnut\n"}, IN("Train/images/", "Train/labels/"), {0}});
    refused("Train", (struct bx_testset_options){.test_only = true}, "split 'train': models have seen its images");
    lay_out((const struct file[]){CLASSES, IN("images/", "labels/"), {0}});
    put_bytes("classes.txt",
              "\xFF\xFE"
              "b\0\n\0",
              6);
    refused("", (struct bx_testset_options){0}, "classes.txt:1:1: found UTF-16 text, expected UTF-8");
    put("classes.txt", "bolt\nnut\n");
    put_bytes("labels/im1.txt", "1\0 \0", 4);
    refused("", (struct bx_testset_options){0}, "im1.txt:1:1: found UTF-16 text, expected UTF-8");
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(paths_of_other_machines_are_found_beside), T(no_data_yaml_is_needed), T(the_names_may_lie_above), T(splits_are_chosen),
        T(numbers_without_a_name_are_no_class),      T(faults_are_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
