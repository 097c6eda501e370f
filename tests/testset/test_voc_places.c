/* Pascal VOC: how people keep annotations, images and lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/data/split.h"
#include "core/image/image.h"
#include "tests/testset/labels.h"

enum { MOST = 8 };

static void xml(const char *name, const char *filename)
{
    char text[1000];
    snprintf(text, sizeof text,
             "<annotation><filename>%s</filename><object><name>x</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>2</xmax><ymax>2</ymax>"
             "</bndbox></object></annotation>",
             filename);
    put(name, text);
}

/* Files of a set, as they are named: images, annotations, and lists, whose text stands behind the colon. */
static void lay_out(const char *const files[MOST])
{
    empty_folder(NULL);
    for (size_t i = 0; i < MOST && files[i]; i++) {
        char name[200];
        const char *colon = strchr(files[i], ':');
        snprintf(name, sizeof name, "%.*s", (int)(colon ? (size_t)(colon - files[i]) : strlen(files[i])), files[i]);
        if (bx_image_named(name))
            put_image(name, "plain.png");
        else if (strcasestr(name, ".xml"))
            xml(name, colon ? colon + 1 : "other.jpg");
        else
            put(name, colon + 1);
    }
}

/* What was read: the images' names, those with nothing in them in brackets. */
static const char *images_of(const struct bx_testset *t, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    for (size_t i = 0; i < t->nimages; i++) {
        bool empty = t->ann_begin[i] == t->ann_begin[i + 1];
        bx_buf_addf(&b, "%s%s%s%s", i ? " " : "", empty ? "(" : "", t->image_file[i], empty ? ")" : "");
    }
    return bx_strdup(a, bx_buf_str(&b));
}

static void sets_are_found_as_people_keep_them(void **state)
{
    (void)state;
    static const struct {
        const char *at, *split, *images; /* images: what is read, or "! " and the error, or "~ " and a note behind it */
        const char *files[MOST];
    } table[] = {
        {"", NULL, "a.png", {"a.png", "a.xml"}},
        {"", NULL, "a.PNG", {"a.PNG", "a.XML"}},
        {"", NULL, "other.jpg", {"other.jpg", "a.xml"}},
        {"", NULL, "b.png", {"b.png", "a.xml:C:\\data\\b.jpg"}},
        {"", NULL, "b.png", {"b.png", "a.xml:/home/x/b.jpg"}},
        {"", NULL, "b.png", {"b.png", "a.xml:b"}},
        {"", NULL, "a.png", {"a.png", "a.png.xml"}},
        {"", NULL, "a.b.png", {"a.b.png", "a.b.xml"}},
        {"", NULL, "a.png", {"test/a.png", "test/a.xml", "train/b.png", "train/b.xml"}},
        {"", "val", "b.png", {"valid/b.png", "valid/b.xml", "train/a.png", "train/a.xml"}},
        /* two folders */
        {"", NULL, "a.png", {"JPEGImages/a.png", "Annotations/a.xml"}},
        {"", NULL, "a.png", {"images/a.png", "annotations/a.xml"}},
        {"", NULL, "a.png", {"Images/a.png", "ANNOTATIONS/a.xml"}},
        {"", NULL, "a.png", {"images/a.png", "labels/a.xml"}},
        {"labels", NULL, "a.png", {"images/a.png", "labels/a.xml"}},
        {"annotations", NULL, "a.png", {"images/a.png", "annotations/a.xml"}},
        {"", NULL, "a.png", {"images/a.png", "annotations/xmls/a.xml", "annotations/trimaps/a.png"}},
        {"annotations", NULL, "a.png", {"images/a.png", "annotations/xmls/a.xml"}},
        {"", NULL, "images/a.png", {"images/a.png", "images/annotations/a.xml"}},
        {"", NULL, "a.png", {"a.png", "annotations/a.xml"}},
        {"", NULL, "a.png", {"JPEGImages/a.png", "Annotations/a.xml", "SegmentationClass/a.png"}},
        {"", NULL, "shots/a.png shots/b.png", {"shots/a.png", "shots/b.png", "Annotations/a.xml", "Annotations/b.xml"}},
        {"", NULL, "shots/a.png (shots/b.png)", {"shots/b.png", "shots/a.png", "Annotations/a.xml", "plots/p.png"}},
        /* subfolders */
        {"", NULL, "d1/a.png d2/a.png", {"JPEGImages/d1/a.png", "JPEGImages/d2/a.png", "Annotations/d1/a.xml", "Annotations/d2/a.xml"}},
        {"", NULL, "a.png d1/b.png", {"JPEGImages/d1/b.png", "JPEGImages/a.png", "Annotations/d1/b.xml", "Annotations/a.xml"}},
        {"", NULL, "a.png b.png", {"images/a.png", "images/b.png", "Annotations/d1/a.xml", "Annotations/d2/b.xml"}},
        {"", NULL, "d1/a.png d2/b.png", {"d1/a.png", "d1/a.xml", "d2/b.png", "d2/b.xml"}},
        {"", NULL, "a.png", {"VOCdevkit/VOC2007/JPEGImages/a.png", "VOCdevkit/VOC2007/Annotations/a.xml"}},
        {"", NULL, "a.png", {"VOC2012/JPEGImages/a.png", "VOC2012/Annotations/a.xml"}},
        {"",
         NULL,
         "! holds several sets, name one of them:",
         {"VOC2007/a/a.png", "VOC2007/Annotations/a.xml", "VOC2012/Annotations/a.xml"}},
        /* splits as folders */
        {"", NULL, "a.png", {"images/test/a.png", "images/test/a.xml", "images/train/b.png", "images/train/b.xml"}},
        {"", NULL, "test/a.png", {"images/test/a.png", "images/train/b.png", "annotations/a.xml", "annotations/b.xml"}},
        {"", NULL, "test/a.png", {"test/a.png", "train/b.png", "annotations/a.xml", "annotations/b.xml"}},
        {"", "val", "valid/b.png", {"test/a.png", "valid/b.png", "annotations/a.xml", "annotations/b.xml"}},
        {"", "train", "! found no images of the split 'train', there are 'test', 'val'", {"test/a.png", "val/b.png", "annotations/a.xml"}},
        {"", NULL, "train/a.png ~ its images lie in 'train/'", {"train/a.png", "annotations/a.xml"}},
        {"", NULL, "train/a.png ~ its images lie in 'train/'", {"images/train/a.png", "annotations/a.xml"}},
        {"", NULL, "test/a.png", {"images/test/a.png", "images/train/b.png", "annotations/test/a.xml", "annotations/train/b.xml"}},
        {"annotations/test",
         NULL,
         "test/a.png",
         {"images/test/a.png", "images/train/b.png", "annotations/test/a.xml", "annotations/train/b.xml"}},
        {"", NULL, "a.png", {"images/a.png", "images/b.png", "annotations/test/a.xml", "annotations/train/b.xml"}},
        {"",
         NULL,
         "! found no folder of the split 'test', there are 'train', 'trainval'",
         {"images/a.png", "annotations/train/a.xml", "annotations/trainval/b.xml"}},
        {"",
         "val",
         "DET/val/a.png",
         {"Data/DET/val/a.png", "Annotations/DET/val/a.xml", "Annotations/DET/train/b.xml", "ImageSets/DET/val.txt:a 1"}},
        /* without annotations */
        {"",
         NULL,
         "a.png (b.png) (c.png) ~ 2 images have no annotation file (first: b.png): nothing is in them",
         {"c.png", "b.png", "a.png", "a.xml"}},
        {"", NULL, "a.png (b.png)", {"images/a.png", "images/b.png", "annotations/a.xml"}},
        {"", NULL, "test/a.png (test/b.png)", {"test/a.png", "test/b.png", "train/c.png", "annotations/a.xml"}},
        {"",
         NULL,
         "a.png (b.png) ~ 1 image has no annotation file",
         {"JPEGImages/a.png", "JPEGImages/b.png", "JPEGImages/c.png", "Annotations/a.xml", "Annotations/c.xml",
          "ImageSets/Main/test.txt:a\nb\n"}},
        {"",
         NULL,
         "a.jpg ~ 1 image has the name of one that is annotated, and another extension (first: a.png): left out",
         {"a.jpg", "a.png", "a.xml:a.jpg"}},
        {"", NULL, "(a.jpg) (a.png) b.png", {"a.jpg", "a.png", "b.png", "b.xml"}},
        /* lists */
        {"",
         NULL,
         "b.png",
         {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "Annotations/b.xml", "ImageSets/Main/test.txt:b\r\n"}},
        {"Annotations",
         NULL,
         "b.png",
         {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "Annotations/b.xml", "ImageSets/Main/test.txt:b\r\n"}},
        {"",
         NULL,
         "b.png",
         {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "Annotations/b.xml",
          "ImageSets/Main/test.txt:\xEF\xBB\xBF"
          "b"}},
        {"",
         NULL,
         "b c.png",
         {"JPEGImages/a.png", "JPEGImages/b c.png", "Annotations/a.xml", "Annotations/b c.xml", "ImageSets/Main/test.txt:b c"}},
        {"",
         NULL,
         "b.png",
         {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "Annotations/b.xml", "ImageSets/Main/test.txt:b  1"}},
        {"",
         NULL,
         "b.png",
         {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "Annotations/b.xml", "ImageSets/Main/test.txt:JPEGImages/b.jpg\n"}},
        {"",
         NULL,
         "d/b.png",
         {"JPEGImages/a.png", "JPEGImages/d/b.png", "Annotations/a.xml", "Annotations/d/b.xml", "ImageSets/Main/test.txt:d/b\n"}},
        {"",
         NULL,
         "d/b.png",
         {"JPEGImages/a.png", "JPEGImages/d/b.png", "Annotations/a.xml", "Annotations/d/b.xml", "ImageSets/Main/test.txt:b\n"}},
        {"",
         "val",
         "b.png",
         {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "Annotations/b.xml", "imagesets/main/Valid.txt:b",
          "imagesets/main/train.txt:a"}},
        {"", NULL, "b.png", {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "Annotations/b.xml", "ImageSets/test.txt:b"}},
        {"",
         NULL,
         "b.png ~ the images are those of 'ImageSets/Layout/test.txt': there is no such list in Main",
         {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "Annotations/b.xml", "ImageSets/Layout/test.txt:b",
          "ImageSets/Main/val.txt:a"}},
        {"",
         NULL,
         "b.png",
         {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "Annotations/b.xml",
          "test.txt:./JPEGImages/b.jpg ./Annotations/b.xml", "valid.txt:JPEGImages/a.jpg Annotations/a.xml"}},
        {"",
         NULL,
         "a.png ~ the images are those of the only list, 'default.txt'",
         {"JPEGImages/a.png", "Annotations/a.xml", "ImageSets/Main/default.txt:a"}},
        {"",
         NULL,
         "a.png ~ no test split (",
         {"JPEGImages/a.png", "Annotations/a.xml", "ImageSets/Main/val.txt:a", "ImageSets/Main/train.txt:b"}},
        {"", NULL, "a.png ~ no test split (", {"images/a.png", "annotations/val/a.xml", "annotations/train/b.xml"}},
        {"",
         NULL,
         "! ImageSets: found no list of the split 'test', there are 'train.txt', 'trainval.txt'",
         {"JPEGImages/a.png", "Annotations/a.xml", "ImageSets/Main/train.txt:a", "ImageSets/Main/trainval.txt:a",
          "ImageSets/Main/cat_train.txt:a 1"}},
        {"",
         NULL,
         "! found no list of the split 'test', there are 'train.txt', 'Segmentation/trainval.txt'",
         {"JPEGImages/a.png", "Annotations/a.xml", "ImageSets/Main/train.txt:a", "ImageSets/Segmentation/trainval.txt:b"}},
        {"",
         NULL,
         "! test.txt:2: 'c' has no annotation file in",
         {"JPEGImages/a.png", "Annotations/a.xml", "ImageSets/Main/test.txt:a\nc\n"}},
        {"",
         NULL,
         "! test.txt:1: 'a' is both 'd1/a.xml' and 'd2/a.xml' in",
         {"JPEGImages/a.png", "Annotations/d1/a.xml", "Annotations/d2/a.xml", "ImageSets/Main/test.txt:a\n"}},
        {"",
         NULL,
         "! no object in any of 0 annotation files",
         {"JPEGImages/a.png", "JPEGImages/b.png", "Annotations/a.xml", "ImageSets/Main/test.txt:b\n"}},
        {"", NULL, "! 'a.xml' and 'd/a.xml' both annotate 'a.png'", {"JPEGImages/a.png", "Annotations/a.xml", "Annotations/d/a.xml"}},
        {"", NULL, "! found no images beside the annotations", {"a.xml"}},
        {"", NULL, "! found neither", {"Annotations/a.txt:", "images/a.png"}},
    };
    size_t wrong = 0;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_arena a = {0};
        struct bx_testset t;
        struct bx_err e = {0};
        const struct bx_testset_options o = {.format = "auto", .split = table[i].split, .need_images = true};
        const char *note = strstr(table[i].images, " ~ "),
                   *want = note ? bx_strndup(&a, table[i].images, (size_t)(note - table[i].images)) : table[i].images;
        lay_out(table[i].files);
        bool ok = bx_testset_read(in(&a, table[i].at), &o, &t, &a, &e);
        bool right = *want == '!' ? !ok && strstr(e.text, want + 2) : ok && !strcmp(images_of(&t, &a), want);
        if (right && (!note || noted(&t, note + 3))) {
            bx_arena_release(&a);
            continue;
        }
        wrong++;
        print_error("row %zu (%s, %s, …): %s, expected %s\n", i, table[i].files[0], table[i].files[1], ok ? images_of(&t, &a) : e.text,
                    table[i].images);
        bx_arena_release(&a);
    }
    assert_int_equal(wrong, 0);
}

/* What nobody asked for is scored only by who knows what it is, however it was come by. */
static void a_training_split_is_one_wherever_it_lies(void **state)
{
    (void)state;
    static const struct {
        const char *at, *split, *said; /* said: where it is refused; NULL: it is not */
        const char *files[MOST];
    } table[] = {
        {"", "train", "split 'train': models have seen its images", {"train/a.png", "annotations/a.xml"}},
        {"", "train", "split 'train'", {"images/train/a.png", "annotations/a.xml"}},
        {"", "train", "split 'train'", {"images/a.png", "annotations/train/a.xml"}},
        {"train", "train", "split 'train'", {"train/a.png", "train/a.xml"}},
        {"", "valid", NULL, {"images/valid/a.png", "annotations/a.xml"}},
        {"train", "test", NULL, {"train/test/a.png", "train/test/a.xml"}},
        {"", "valid", NULL, {"train/images/a.png", "train/Annotations/a.xml", "valid/images/a.png", "valid/Annotations/a.xml"}},
        {"",
         "train",
         "lists only 'train', and a training split is scored only with --i-know",
         {"obj.data:train = train.txt\nnames = obj.names\n", "obj.names:cat\n", "train.txt:obj_train_data/a.png\n", "obj_train_data/a.png",
          "obj_train_data/a.txt:0 .5 .5 .5 .5\n"}},
        {"instances_train2017.json",
         "train",
         "split 'train'",
         {"instances_train2017.json:{\"images\": [{\"id\": 1, \"file_name\": \"a.png\"}], \"categories\": [{\"id\": 1, \"name\": "
          "\"cat\"}], "
          "\"annotations\": [{\"id\": 1, \"image_id\": 1, \"category_id\": 1, \"bbox\": [1, 1, 2, 2]}]}",
          "a.png"}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int known = 0; known < 2; known++) {
            struct bx_arena a = {0};
            struct bx_testset t;
            struct bx_err e = {0};
            const struct bx_testset_options o = {.need_images = true, .test_only = !known};
            lay_out(table[i].files);
            bool ok = bx_testset_read(in(&a, table[i].at), &o, &t, &a, &e);
            if (!known && table[i].said ? ok || e.code != BX_DATA || !strstr(e.text, table[i].said)
                                        : !ok || bx_split_kind(t.split) != bx_split_kind(table[i].split))
                fail_msg("row %zu (%s): %s", i, known ? "known" : "not known", ok ? t.split ? t.split : "no split" : e.text);
            bx_arena_release(&a);
        }
}

#define T(f) cmocka_unit_test_setup(f, empty_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(sets_are_found_as_people_keep_them),
        T(a_training_split_is_one_wherever_it_lies),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
