/* test_rules.c: the canonical name of a board's rules, and back. */
#include "core/data/rules.h"
#include "tests/random.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/folder.h"

static const char *cat[] = {"cat"}, *cat_dog[] = {"dog", "cat"}, *odd[] = {"a;b=c,d%", "naïve", "."}, *twice[] = {"cat", "cat"},
                  *none[] = {""};
static uint8_t two_images[2][32] = {{2}, {1}}, same_images[3][32] = {{1}, {2}, {1}};

static const struct {
    struct bx_rules rules;
    const char *name, *words;
} table[] = {
    {{0}, "coco/1", ""},
    {{.max_detections = 100}, "coco/1", ""},
    {{.max_detections = 500}, "coco/1;dets=500", "500 detections"},
    {{.max_detections = 1}, "coco/1;dets=1", "1 detection"},
    {{.lvis = true}, "lvis/1", "LVIS’ federated rules (of an image only the classes that somebody looked for there), 300 detections"},
    {{.lvis = true, .niou = 1, .iou = {0.5}},
     "lvis/1;iou=0.5",
     "LVIS’ federated rules (of an image only the classes that somebody looked for there), 300 detections, IoU 0.50"},
    {{.nsizes = 3, .size = {{"small", 0, 1024}, {"medium", 1024, 9216}, {"large", 9216, 1e10}}}, "coco/1", ""},
    {{.nsizes = 2, .size = {{"small", 0, 1024}, {"medium", 1024, 9216}}},
     "coco/1;sizes=small:0-1024,medium:1024-9216",
     "sizes small (0 to 32² px), medium (32² to 96² px)"},
    {{.nsizes = 1, .relative = true, .size = {{"tiny", 1e-7, 0.001}}},
     "coco/1;relative-sizes=tiny:1e-7-0.001",
     "sizes tiny (1e-05% to 0.1% of the image)"},
    {{.nsizes = 1, .size = {{"a", -0.0, 256}}}, "coco/1;sizes=a:0-256", "sizes a (0 to 16² px)"},
    {{.nsizes = 1, .relative = true, .size = {{"big", 0.25, 1}}}, "coco/1;relative-sizes=big:0.25-1", "sizes big (from 25% of the image)"},
    {{.niou = 10, .iou = {0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.8999999999999999, 0.95}}, "coco/1", ""},
    {{.niou = 10, .iou = {0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95}}, "coco/1", ""}, /* the same, as one writes it */
    {{.niou = 3, .iou = {0.25, 0.5, 0.75}}, "coco/1;iou=0.25,0.5,0.75", "IoU 0.25:0.75:0.25"},
    {{.niou = 2, .iou = {0.5, 0.625}}, "coco/1;iou=0.5,0.625", "IoU 0.50, 0.625"},
    {{.niou = 2, .iou = {0.12344, 0.12346}}, "coco/1;iou=0.12344,0.12346", "IoU 0.12344, 0.12346"},
    {{.classes = cat_dog, .nclasses = 2}, "coco/1;classes=cat,dog", "of dog and cat"},
    {{.ignore = odd, .nignore = 3}, "coco/1;ignore=%2E,a%3Bb%3Dc%2Cd%25,na%C3%AFve", "without a;b=c,d%, naïve and ."},
    {{.regions = cat_dog, .nregions = 2}, "coco/1;regions=cat,dog", "outside dog and cat"},
    {{.ignore = odd + 1, .nignore = 1, .regions = cat, .nregions = 1},
     "coco/1;ignore=na%C3%AFve;regions=cat",
     "without naïve, outside cat"},
    /* SHA-256 of "boxscore subset 1\n", 2 0 0 0, {1, 0…}, {2, 0…}, by Python's hashlib */
    {{.images = two_images, .nimages = 2}, "coco/1;images=2-a58c60070e8c4a9a", "2 images"},
    {{.images = same_images, .nimages = 3}, "coco/1;images=2-a58c60070e8c4a9a", "2 images"},
    {{.images = two_images, .nimages = 2, .images_by_name = true}, "coco/1;images=2-names-a58c60070e8c4a9a", "2 images"},
    {{.max_detections = 300,
      .nsizes = 1,
      .size = {{"any", 0, 1e10}},
      .niou = 1,
      .iou = {0.5},
      .classes = cat,
      .nclasses = 1,
      .ignore = odd + 1,
      .nignore = 1},
     "coco/1;dets=300;sizes=any:0-10000000000;iou=0.5;classes=cat;ignore=na%C3%AFve",
     "300 detections, IoU 0.50, sizes any (from 0 px), of cat, without naïve"},
};

static void rules_have_a_canonical_name(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct bx_rules back;
        assert_true(bx_rules_check(&table[i].rules, &e));
        assert_string_equal(bx_rules_protocol(&table[i].rules, &a), table[i].name);
        assert_string_equal(bx_rules_words(&table[i].rules, &a), table[i].words);
        assert_int_equal(bx_rules_are_cocos(&table[i].rules), !strcmp(table[i].name, "coco/1"));
        assert_true(bx_rules_parse(table[i].name, &back, &a, &e));
        assert_string_equal(bx_rules_protocol(&back, &a), table[i].name);
    }
    bx_arena_release(&a);
}

static void rules_without_sense_are_refused(void **state)
{
    (void)state;
    static const struct {
        struct bx_rules rules;
        const char *say;
    } wrong[] = {
        {{.nsizes = 7}, "found 7 sizes, expected at most 6"},
        {{.relative = true}, "found no sizes"},
        {{.nsizes = 1, .size = {{"Tiny", 0, 1}}}, "the name 'Tiny'"},
        {{.nsizes = 1, .size = {{"all", 0, 1}}}, "the name 'all'"},
        {{.nsizes = 1, .size = {{"", 0, 1}}}, "the name ''"},
        {{.nsizes = 1, .size = {{"aaaaaaaaaaaaaaaaaaaaaaaa", 0, 1}}}, "the name 'aaaaaaaaaaaaaaaaaaaaaaaa'"},
        {{.nsizes = 2, .size = {{"a", 0, 1}, {"a", 1, 2}}}, "'a' a second time"},
        {{.nsizes = 1, .size = {{"a", 5, 5}}}, "size 'a': found 5 to 5"},
        {{.nsizes = 1, .size = {{"a", 5, 4}}}, "size 'a': found 5 to 4"},
        {{.nsizes = 1, .size = {{"a", -1, 4}}}, "size 'a'"},
        {{.nsizes = 1, .size = {{"a", NAN, 4}}}, "size 'a'"},
        {{.nsizes = 1, .size = {{"a", 0, 2e10}}}, "1e10 square pixels"},
        {{.nsizes = 1, .relative = true, .size = {{"a", 0, 1.5}}}, "shares of the image's area"},
        {{.niou = 129}, "found 129 IoU thresholds, expected at most 128"},
        {{.niou = 1, .iou = {0}}, "the IoU threshold 0, expected numbers above 0"},
        {{.niou = 1, .iou = {1.01}}, "threshold 1.01"},
        {{.niou = 1, .iou = {NAN}}, "IoU threshold nan"},
        {{.niou = 2, .iou = {0.5, 0.5}}, "threshold 0.5 after 0.5, expected ascending ones"},
        {{.classes = twice, .nclasses = 2}, "classes: found 'cat' a second time"},
        {{.ignore = none, .nignore = 1}, "classes to ignore: found an empty name"},
        {{.ignore = cat, .nignore = 1, .classes = cat_dog, .nclasses = 2}, "'cat' among those to score and those to ignore"},
        {{.regions = none, .nregions = 1}, "classes of regions: found an empty name"},
        {{.regions = cat, .nregions = 1, .ignore = cat_dog, .nignore = 2}, "'cat' among those to ignore and those of ignored regions"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bx_err e = {0};
        assert_false(bx_rules_check(&wrong[i].rules, &e));
        assert_int_equal(e.code, BX_CONFIG);
        if (!strstr(e.text, wrong[i].say))
            fail_msg("'%s' is not in '%s'", wrong[i].say, e.text);
    }
}

static void only_canonical_names_are_read(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "coco",
                                        "coco/2",
                                        "lvis/2",
                                        "lvis/1x",
                                        "lvis/1;dets=300",
                                        "lvis/1;sizes=a:0-256",
                                        "lvis/1;classes=cat",
                                        "lvis/1;ignore=cat",
                                        "lvis/1;regions=cat",
                                        "coco/1x",
                                        "coco/1;",
                                        "coco/1;dets",
                                        "coco/1;dets=",
                                        "coco/1;dets=0",
                                        "coco/1;dets=100",
                                        "coco/1;dets=0500",
                                        "coco/1;dets=-5",
                                        "coco/1;dets=5000000000",
                                        "coco/1;dets=5;dets=5",
                                        "coco/1;iou=0.5;dets=500",
                                        "coco/1;iou=0.50",
                                        "coco/1;iou=0.5:0.95:0.05",
                                        "coco/1;iou=0.5,",
                                        "coco/1;iou=.5",
                                        "coco/1;iou=0.75,0.5",
                                        "coco/1;sizes=",
                                        "coco/1;sizes=a",
                                        "coco/1;sizes=a:0-",
                                        "coco/1;sizes=a:0-32^2",
                                        "coco/1;sizes=a:0-5,",
                                        "coco/1;sizes=a:0-5 ",
                                        "coco/1;sizes=a:5-0",
                                        "coco/1;sizes=A:0-5",
                                        "coco/1;relative-sizes=a:0-5",
                                        "coco/1;sizes=small:0-1024,medium:1024-9216,large:9216-10000000000",
                                        "coco/1;classes=",
                                        "coco/1;classes=dog,cat",
                                        "coco/1;classes=cat,cat",
                                        "coco/1;classes=c%61t",
                                        "coco/1;classes=%",
                                        "coco/1;classes=%4",
                                        "coco/1;classes=%C3",
                                        "coco/1;classes=cat,",
                                        "coco/1;classes=a b",
                                        "coco/1;ignore=cat;classes=dog",
                                        "coco/1;images=2",
                                        "coco/1;images=0-0123456789abcdef",
                                        "coco/1;images=2-0123456789ABCDEF",
                                        "coco/1;images=2-0123456789abcde",
                                        "coco/1;images=2-name-0123456789abcdef",
                                        "coco/1;what=1",
                                        "coco/1;=1",
                                        "coco/1;dets=5;"};
    struct bx_arena a = {0};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bx_rules r;
        struct bx_err e = {0};
        if (bx_rules_parse(wrong[i], &r, &a, &e))
            fail_msg("'%s' was read", wrong[i]);
        assert_int_equal(e.code, BX_CONFIG);
    }
    bx_arena_release(&a);
}

static double any_double(double most)
{
    return any(3) ? any(1000) / 1000.0 * most : ldexp((double)any(UINT32_MAX), -32) * most;
}

static struct bx_rules any_rules(struct bx_arena *a)
{
    struct bx_rules r = {
        .max_detections = any(3) ? 0 : any(2000), .nsizes = any(3) ? 0 : any(BX_RULES_SIZES + 1), .niou = any(3) ? 0 : any(BX_RULES_IOUS)};
    r.relative = r.nsizes && any(2);
    for (size_t i = 0; i < r.nsizes; i++) {
        snprintf(r.size[i].name, sizeof r.size[i].name, "%c%u%zu", 'a' + (int)any(26), any(5), i);
        r.size[i].lo = any_double(r.relative ? 0.5 : 1e4);
        r.size[i].hi = r.size[i].lo + 1e-9 + any_double(r.relative ? 0.49 : 1e6);
    }
    for (size_t i = 0; i < r.niou; i++)
        r.iou[i] = ((double)i + 0.001 + any_double(0.99)) / (double)r.niou;
    for (int list = 0; list < 2; list++) {
        size_t n = any(3) ? 0 : any(5);
        const char **names = BX_NEW(a, const char *, n + 1);
        for (size_t i = 0; i < n; i++)
            names[i] = bx_printf(a, "%d%zu%c%c", list, i, 32 + (int)any(95), 32 + (int)any(95));
        *(list ? &r.ignore : &r.classes) = names;
        *(list ? &r.nignore : &r.nclasses) = n;
    }
    return r;
}

static void names_read_back_to_the_same_rules(void **state)
{
    (void)state;
    for (int turn = 0; turn < 2000; turn++) {
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct bx_rules r = any_rules(&a), back;
        if (!bx_rules_check(&r, &e))
            fail_msg("%s", e.text);
        const char *name = bx_rules_protocol(&r, &a);
        if (!bx_rules_parse(name, &back, &a, &e))
            fail_msg("%s: %s", name, e.text);
        assert_int_equal(bx_rules_limit(&back), bx_rules_limit(&r));
        const double *iou[2];
        const struct bx_size_bin *bins[2];
        size_t n = bx_rules_ious(&r, &iou[0]), nbins = bx_rules_sizes(&r, &bins[0]);
        assert_int_equal(bx_rules_ious(&back, &iou[1]), n);
        assert_memory_equal(iou[0], iou[1], n * sizeof(double));
        assert_int_equal(bx_rules_sizes(&back, &bins[1]), nbins);
        assert_int_equal(back.relative, r.relative);
        for (size_t i = 0; i < nbins; i++) {
            assert_string_equal(bins[0][i].name, bins[1][i].name);
            assert_true(bins[0][i].lo == bins[1][i].lo && bins[0][i].hi == bins[1][i].hi);
        }
        assert_int_equal(back.nclasses, r.nclasses);
        assert_int_equal(back.nignore, r.nignore);
        assert_string_equal(bx_rules_protocol(&back, &a), name);
        char *broken = bx_strdup(&a, name); /* any byte changed: other rules with that very name, or none */
        broken[any((uint32_t)strlen(name))] = (char)(1 + any(255));
        if (bx_rules_parse(broken, &back, &a, &e))
            assert_string_equal(bx_rules_protocol(&back, &a), broken);
        bx_arena_release(&a);
    }
}

static void the_command_lines_forms_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *sizes, *ious, *name;
    } good[] = {
        {"tiny:0-16^2,rest:16^2-", NULL, "coco/1;sizes=tiny:0-256,rest:256-10000000000"},
        {"small:0-32^2,medium:32^2-96^2,large:96^2-", NULL, "coco/1"},
        {NULL, "0.5:0.95:0.05", "coco/1"},
        {NULL, "0.5,0.55,0.6,0.65,0.7,0.75,0.8,0.85,0.9,0.95", "coco/1"},
        {NULL, "0.5:0.6:0.05", "coco/1;iou=0.5,0.55,0.6"},
        {NULL, "0.5", "coco/1;iou=0.5"},
        {NULL, ".5,0.750", "coco/1;iou=0.5,0.75"},
    };
    static const struct {
        const char *sizes, *ious;
    } wrong[] = {{"", NULL},
                 {"tiny", NULL},
                 {"tiny:", NULL},
                 {"tiny:0-5,", NULL},
                 {"tiny:0-5^3", NULL},
                 {"tiny:-5-5", NULL},
                 {"a:0-1,b:0-1,c:0-1,d:0-1,e:0-1,f:0-1,g:0-1", NULL},
                 {NULL, ""},
                 {NULL, "0.5,"},
                 {NULL, "0.5:0.4:0.05"},
                 {NULL, "0.5:0.9:0"},
                 {NULL, "0.5:0.9:nan"},
                 {NULL, "0.5:0.95:0.1"},
                 {NULL, "0.5:0.95:1e300"},
                 {NULL, "0:1:0.0001"},
                 {NULL, "x"}};
    struct bx_arena a = {0};
    struct bx_err e;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct bx_rules r = {0};
        assert_true(good[i].sizes ? bx_rules_parse_sizes(good[i].sizes, false, &r, &e) : bx_rules_parse_ious(good[i].ious, &r, &e));
        assert_string_equal(bx_rules_protocol(&r, &a), good[i].name);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct bx_rules r = {0};
        assert_false(wrong[i].sizes ? bx_rules_parse_sizes(wrong[i].sizes, false, &r, &e) : bx_rules_parse_ious(wrong[i].ious, &r, &e));
    }
    bx_arena_release(&a);
}

static void a_test_set_must_have_what_rules_name(void **state)
{
    (void)state;
    const char *class_name[] = {"cat", "dog"}, *image_file[] = {"a.jpg", "b.jpg"}, *cats[] = {"cats"};
    uint32_t w[] = {10, 10}, h[] = {10, 0};
    uint8_t sha[2][32] = {{1}, {2}}, other[1][32] = {{3}};
    struct bx_testset t = {
        .nclasses = 2, .class_name = class_name, .nimages = 2, .image_file = image_file, .image_w = w, .image_h = h, .image_sha = sha};
    const struct {
        struct bx_rules rules;
        const char *say; /* NULL: it fits */
    } cases[] = {
        {{.classes = cat_dog, .nclasses = 2, .images = two_images, .nimages = 2}, NULL},
        {{.images = two_images, .nimages = 2, .images_by_name = true}, "found 2 of the subset's 2 that the test set lacks"},
        {{.images = other, .nimages = 1}, "found 1 of the subset's 1"},
        {{.nimages = 1}, "not which images"},
        {{.classes = cats, .nclasses = 1}, "did you mean 'cat'?"},
        {{.ignore = odd, .nignore = 1}, "classes to ignore: found 'a;b=c,d%'"},
        {{.relative = true, .nsizes = 1, .size = {{"a", 0, 1}}}, "image 'b.jpg': found no width and height"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_err e = {0};
        assert_int_equal(bx_rules_fit(&cases[i].rules, &t, &e), !cases[i].say);
        if (cases[i].say && !strstr(e.text, cases[i].say))
            fail_msg("'%s' is not in '%s'", cases[i].say, e.text);
    }
}

static void a_file_names_the_images(void **state)
{
    (void)state;
    const char *image_file[] = {"a/1.jpg", "a/2.jpg", "b/2.jpg", "3.jpg"};
    uint8_t sha[4][32] = {{1}, {2}, {3}, {1}};
    static const struct {
        const char *text, *name, *say;
    } cases[] = {
        {"a/2.jpg\r\n\n1.jpg \n", "coco/1;images=2-a58c60070e8c4a9a", NULL},
        {"a/1.jpg\na/2.jpg\n1.jpg", "coco/1;images=2-a58c60070e8c4a9a", NULL},
        {"\xEF\xBB\xBF  a/2.jpg\n\t1.jpg", "coco/1;images=2-a58c60070e8c4a9a", NULL},
        {"3.jpg\na/1.jpg\na/2.jpg", "coco/1;images=2-a58c60070e8c4a9a", NULL}, /* two of the same bytes */
        {"2.jpg\n", NULL, ":1: '2.jpg' is more than one image"},
        {"3.jpg\na/3.jpg", NULL, ":2: found 'a/3.jpg', expected the name of an image of the test set; did you mean '"},
        {"\n \n", NULL, "found no name of an image"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_arena a = {0};
        struct bx_err e = {0};
        struct bx_testset t = {.nimages = 4, .image_file = image_file, .image_sha = sha};
        struct bx_rules r = {0}, by_name = {0};
        const char *path = in(&a, "images.txt");
        put("images.txt", cases[i].text);
        assert_int_equal(bx_rules_read_images(path, &t, &r, &a, &e), !cases[i].say);
        if (cases[i].say && !strstr(e.text, cases[i].say))
            fail_msg("'%s' is not in '%s'", cases[i].say, e.text);
        if (!cases[i].say) {
            assert_string_equal(bx_rules_protocol(&r, &a), cases[i].name);
            assert_true(bx_rules_fit(&r, &t, &e));
            t.image_sha = NULL;
            assert_true(bx_rules_read_images(path, &t, &by_name, &a, &e) && bx_rules_fit(&by_name, &t, &e));
            assert_true(strstr(bx_rules_protocol(&by_name, &a), "-names-"));
            assert_int_equal(by_name.nimages, i == 3 ? 3 : 2);
        }
        bx_arena_release(&a);
    }
}

static void labels_say_the_rules(void **state)
{
    (void)state;
    static const struct {
        struct bx_rules rules;
        enum bx_metric metric;
        const char *label; /* NULL: such a report has it not */
    } cases[] = {
        {{0}, BX_METRIC_MAP, "mAP 50:95"},
        {{0}, BX_METRIC_AR_100, "AR 100"},
        {{0}, BX_METRIC_AR_MAX, NULL},
        {{0}, BX_METRIC_MAP_SIZE_1, NULL},
        {{0}, BX_METRIC_SV_MAR_1, "supervision mAR @1"},
        {{.max_detections = 500}, BX_METRIC_AR_MAX, "AR 500"},
        {{.max_detections = 500}, BX_METRIC_AR_100, NULL},
        {{.max_detections = 500}, BX_METRIC_SV_MAR_1, NULL},
        {{.max_detections = 9}, BX_METRIC_AR_10, NULL},
        {{.max_detections = 10}, BX_METRIC_AR_10, "AR 10"},
        {{.max_detections = 1}, BX_METRIC_AR_1, "AR 1"},
        {{.niou = 3, .iou = {0.5, 0.55, 0.6}}, BX_METRIC_MAP, "mAP 50:60"},
        {{.niou = 1, .iou = {0.5}}, BX_METRIC_MAP, "mAP 50"},
        {{.niou = 2, .iou = {0.25, 0.625}}, BX_METRIC_MAP, "mAP 25,62.5"},
        {{.niou = 2, .iou = {0.12344, 0.12346}}, BX_METRIC_MAP, "mAP 12.344,12.346"},
        {{.niou = 2, .iou = {0.25, 0.625}}, BX_METRIC_MAP_50, NULL},
        {{.niou = 2, .iou = {0.25, 0.75}}, BX_METRIC_MAP_75, "mAP 75"},
        {{.niou = 2, .iou = {0.25, 0.625}}, BX_METRIC_F1, "F1"},
        {{.nsizes = 2, .size = {{"tiny", 0, 256}, {"rest", 256, 1e10}}}, BX_METRIC_MAP_SIZE_1, "mAP tiny"},
        {{.nsizes = 2, .size = {{"tiny", 0, 256}, {"rest", 256, 1e10}}}, BX_METRIC_AR_SIZE_2, "AR rest"},
        {{.nsizes = 2, .size = {{"tiny", 0, 256}, {"rest", 256, 1e10}}}, BX_METRIC_F1_SIZE_2, "F1 rest"},
        {{.nsizes = 2, .size = {{"tiny", 0, 256}, {"rest", 256, 1e10}}}, BX_METRIC_F1_SIZE_3, NULL},
        {{.nsizes = 2, .size = {{"tiny", 0, 256}, {"rest", 256, 1e10}}}, BX_METRIC_MAP_SMALL, NULL},
        {{.classes = cat, .nclasses = 1}, BX_METRIC_SV_MAR_1, "supervision mAR @1"},
        {{.ignore = cat, .nignore = 1}, BX_METRIC_SV_MAR_1, NULL},
    };
    struct bx_arena a = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(bx_rules_give(&cases[i].rules, cases[i].metric), cases[i].label != NULL);
        if (cases[i].label)
            assert_string_equal(bx_rules_label(&cases[i].rules, cases[i].metric, &a), cases[i].label);
        const struct bx_rules *r = &cases[i].rules; /* and of what is told no two have one name */
        for (enum bx_metric m = 0; m < BX_NMETRICS; m++)
            for (enum bx_metric k = 0; k < m; k++)
                if (bx_rules_tell(r, m) && bx_rules_tell(r, k) && !strcmp(bx_rules_label(r, m, &a), bx_rules_label(r, k, &a)))
                    fail_msg("case %zu: '%s' twice", i, bx_rules_label(r, m, &a));
    }
    struct bx_rules sized = {.nsizes = 1, .size = {{"tiny", 0, 256}}};
    assert_string_equal(
        bx_rules_definition(&sized, BX_METRIC_MAP_SIZE_1, &a),
        "mAP of objects of the size tiny (0 to 16² px); all others are left out on both sides. By this board's rules: sizes "
        "tiny (0 to 16² px).");
    const struct bx_rules two = {.max_detections = 500, .niou = 2, .iou = {0.6, 0.8}}, one = {.niou = 1, .iou = {0.75}};
    const struct {
        const struct bx_rules *rules;
        enum bx_metric metric;
        const char *definition;
    } defined[] = {
        {&two, BX_METRIC_MAP,
         "Average precision over the classes and over IoU 0.60, 0.80: the area under the precision-recall curve. The headline number. By "
         "this board's rules: 500 detections, IoU 0.60, 0.80."},
        {&one, BX_METRIC_MAP,
         "Average precision over the classes and at IoU 0.75: the area under the precision-recall curve. The headline number. By this "
         "board's rules: IoU 0.75."},
        {&two, BX_METRIC_MAP_SMALL,
         "mAP 60,80 of objects up to 32x32 pixels; larger ones are left out on both sides. By this board's rules: 500 detections, IoU "
         "0.60, 0.80."},
        {&two, BX_METRIC_AR_SMALL,
         "Average recall of objects up to 32x32 pixels, with at most 500 detections of each class an image. By this board's rules: 500 "
         "detections, IoU 0.60, 0.80."},
        {&two, BX_METRIC_F1, bx_metrics[BX_METRIC_F1].definition}, /* at 0.5, without a limit */
        {&sized, BX_METRIC_MAP, bx_metrics[BX_METRIC_MAP].definition},
    };
    for (size_t i = 0; i < sizeof defined / sizeof *defined; i++)
        assert_string_equal(bx_rules_definition(defined[i].rules, defined[i].metric, &a), defined[i].definition);
    assert_string_equal(bx_rules_iou_words(&(struct bx_rules){.niou = 6, .iou = {0.1, 0.2, 0.4, 0.5, 0.6, 0.9}}, &a),
                        "0.10, 0.20, 0.40, 0.50, … 0.90");
    struct bx_rules scoped = {
        .max_detections = 500, .classes = cat_dog, .nclasses = 2, .ignore = odd, .nignore = 1, .niou = 1, .iou = {0.5}};
    assert_string_equal(bx_rules_short(&scoped, true, &a), "500 detections, 2 classes, 1 class ignored");
    assert_string_equal(bx_rules_short(&scoped, false, &a), "2 classes, 1 class ignored");
    assert_string_equal(bx_rules_short(&sized, true, &a), "");
    assert_string_equal(bx_rules_own_label(&scoped, BX_METRIC_MAP, &a), "50");
    assert_string_equal(bx_rules_own_label(&sized, BX_METRIC_F1_SIZE_1, &a), "tiny");
    assert_null(bx_rules_own_label(&sized, BX_METRIC_F1, &a));
    assert_string_equal(bx_rules_definition(&(struct bx_rules){0}, BX_METRIC_F1, &a), bx_metrics[BX_METRIC_F1].definition);
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_have_a_canonical_name),
        cmocka_unit_test(rules_without_sense_are_refused),
        cmocka_unit_test(only_canonical_names_are_read),
        cmocka_unit_test(names_read_back_to_the_same_rules),
        cmocka_unit_test(the_command_lines_forms_are_understood),
        cmocka_unit_test(a_test_set_must_have_what_rules_name),
        cmocka_unit_test(a_file_names_the_images),
        cmocka_unit_test(labels_say_the_rules),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
