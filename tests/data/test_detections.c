/* test_detections.c: the order of answers, their bytes and digest, and the class map. */
#include "core/data/detections.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct bx_detections_builder *b, size_t image, const char *name, double score, double x)
{
    struct bx_detection d = {
        .name = bx_detections_builder_name(b, name, strlen(name)), .score = score, .box = {x, 1, 2, 3}, .box_given = true};
    bx_detections_builder_add(b, image, &d);
}

static void answers_of_an_image_keep_their_order(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_detections_builder *b = bx_detections_builder_new();
    bx_detections_builder_name(b, "never used", 10);
    add(b, 2, "dog", 0.5, 1);
    add(b, 0, "cat", 0.5, 2);
    add(b, 2, "cat", 0.9, 3);
    add(b, 7, "cat", 0.9, 4); /* no such image */
    struct bx_detections d;
    bx_detections_builder_finish(b, 3, &d, &a);
    assert_int_equal(d.n, 3);
    const size_t begin[] = {0, 1, 1, 3};
    assert_memory_equal(d.image_begin, begin, sizeof begin);
    assert_int_equal(d.nnames, 2);
    assert_string_equal(d.names[0], "cat");
    assert_string_equal(d.names[1], "dog");
    assert_int_equal(d.name[1], 1);
    assert_true(d.box[4] == 1.0 && d.box[8] == 3.0);
    assert_null(d.mask);
    bx_arena_release(&a);
}

static void the_digest_does_not_depend_on_the_order_of_images(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    char digest[3][BX_DIGEST_SIZE];
    for (int turn = 0; turn < 3; turn++) {
        struct bx_detections_builder *b = bx_detections_builder_new();
        if (turn != 1)
            add(b, 0, "cat", 0.5, turn == 2 ? 2.5 : 2);
        add(b, 1, "dog", 0.25, 7);
        if (turn == 1)
            add(b, 0, "cat", 0.5, 2);
        struct bx_detections d;
        bx_detections_builder_finish(b, 2, &d, &a);
        assert_true(bx_detections_digest(&d, digest[turn], &e));
    }
    assert_string_equal(digest[0], digest[1]);
    assert_string_not_equal(digest[0], digest[2]);
    assert_int_equal(strlen(digest[0]), 9 + 64);
    bx_arena_release(&a);
}

static void a_number_that_is_not_finite_has_no_digest(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_detections_builder *b = bx_detections_builder_new();
    add(b, 0, "cat", NAN, 2);
    struct bx_detections d;
    bx_detections_builder_finish(b, 1, &d, &a);
    char digest[BX_DIGEST_SIZE];
    assert_false(bx_detections_digest(&d, digest, &e));
    assert_string_equal(e.text, "detection 0: its score holds NaN, expected a finite number");
    bx_arena_release(&a);
}

/* Everything a detection can have, on 600 images: three blocks. */
static void make(struct bx_detections *d, struct bx_arena *a)
{
    struct bx_detections_builder *b = bx_detections_builder_new();
    unsigned seed = 7;
    for (size_t image = 0; image < 600; image++)
        for (unsigned k = (seed = seed * 1103515245u + 12345u) >> 16 & 7; k--;) {
            seed = seed * 1103515245u + 12345u;
            uint32_t counts[] = {3, seed >> 20, 4, 9};
            struct bx_rle mask = {.h = 100, .w = 50, .n = 4, .counts = counts};
            double obb[8] = {1, 2, 3, 4, 5, 6, 7, seed};
            struct bx_detection x = {.name = bx_detections_builder_name(b, k & 1 ? "a" : "b", 1),
                                     .score = seed / 4294967296.0,
                                     .box = {seed % 97, 0.1 * k, 5, -0.0},
                                     .obb = image % 3 ? obb : NULL,
                                     .mask = image % 2 ? &mask : NULL,
                                     .box_given = k != 3};
            bx_detections_builder_add(b, image, &x);
        }
    bx_detections_builder_finish(b, 600, d, a);
}

static void blocks_read_back_to_the_same_columns(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_detections d, back;
    make(&d, &a);
    struct bx_buf block[3] = {0};
    const void *p[3];
    size_t n[3];
    for (size_t i = 0; i < 3; i++) {
        size_t first = i * BX_DETECTIONS_BLOCK, count = 600 - first < BX_DETECTIONS_BLOCK ? 600 - first : BX_DETECTIONS_BLOCK;
        bx_detections_pack(&d, first, count, &block[i]);
        p[i] = block[i].p, n[i] = block[i].n;
    }
    assert_true(bx_detections_unpack(p, n, 3, d.names, d.nnames, &back, &a, &e));
    assert_int_equal(back.n, d.n);
    assert_memory_equal(back.image_begin, d.image_begin, 601 * sizeof *d.image_begin);
    assert_memory_equal(back.name, d.name, d.n * sizeof *d.name);
    assert_memory_equal(back.score, d.score, d.n * sizeof *d.score);
    assert_memory_equal(back.box, d.box, 4 * d.n * sizeof *d.box);
    assert_memory_equal(back.obb, d.obb, 8 * d.n * sizeof *d.obb);
    assert_memory_equal(back.box_given, d.box_given, d.n);
    for (size_t i = 0; i < d.n; i++) {
        assert_int_equal(back.mask[i].n, d.mask[i].n);
        if (d.mask[i].n)
            assert_memory_equal(back.mask[i].counts, d.mask[i].counts, d.mask[i].n * sizeof(uint32_t));
    }
    char x[BX_DIGEST_SIZE], y[BX_DIGEST_SIZE];
    assert_true(bx_detections_digest(&d, x, &e) && bx_detections_digest(&back, y, &e));
    assert_string_equal(x, y);
    for (size_t i = 0; i < 3; i++)
        bx_buf_free(&block[i]);
    bx_arena_release(&a);
}

static void a_damaged_block_is_refused_or_read_but_never_crashes(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_detections d, back;
    make(&d, &a);
    struct bx_buf block = {0};
    bx_detections_pack(&d, 0, 256, &block);
    for (size_t cut = 0; cut < block.n; cut += 1 + block.n / 200) {
        struct bx_err e = {0};
        char *copy = malloc(cut + 1);
        memcpy(copy, block.p, cut);
        const void *p = copy;
        struct bx_arena_mark m = bx_arena_mark(&a);
        assert_false(bx_detections_unpack(&p, &cut, 1, d.names, d.nnames, &back, &a, &e));
        assert_int_equal(e.code, BX_DATA);
        bx_arena_pop(&a, m);
        free(copy);
    }
    for (size_t at = 0; at < block.n; at += 1 + block.n / 300) {
        struct bx_err e = {0};
        char *copy = malloc(block.n);
        memcpy(copy, block.p, block.n);
        copy[at] = (char)(copy[at] ^ 0x5a);
        const void *p = copy;
        struct bx_arena_mark m = bx_arena_mark(&a);
        /* zlib's checksum sees every flip of content; one in its own header or padding changes nothing. */
        if (bx_detections_unpack(&p, &block.n, 1, d.names, d.nnames, &back, &a, &e)) {
            assert_int_equal(back.n, d.image_begin[256]);
            assert_memory_equal(back.box, d.box, 4 * back.n * sizeof *d.box);
            assert_memory_equal(back.obb, d.obb, 8 * back.n * sizeof *d.obb);
        } else
            assert_int_equal(e.code, BX_DATA);
        bx_arena_pop(&a, m);
        free(copy);
    }
    struct bx_err e = {0};
    const void *p = block.p;
    assert_false(bx_detections_unpack(&p, &block.n, 1, d.names, 1, &back, &a, &e));
    assert_non_null(strstr(e.text, "class name 1 of 1"));
    bx_buf_free(&block);
    bx_arena_release(&a);
}

static void classes_map_by_name_and_by_the_explicit_pairs(void **state)
{
    (void)state;
    const char *classes[] = {"car", "dog"}, *names[] = {"dog", "automobile", "tree", "car"};
    struct bx_testset t = {.nclasses = 2, .class_name = classes};
    struct bx_detections d = {.nnames = 4, .names = names};
    struct bx_err e = {0};
    uint32_t to[4];
    const struct bx_classmap_pair pairs[] = {{"automobile", "car"}, {"dog", NULL}, {"never", "dog"}};
    assert_true(bx_classmap_resolve(&d, &t, pairs, 3, to, &e));
    const uint32_t expected[] = {BX_UNMAPPED, 0, BX_UNMAPPED, 0};
    assert_memory_equal(to, expected, sizeof expected);
    const struct bx_classmap_pair wrong = {"tree", "trees"};
    assert_false(bx_classmap_resolve(&d, &t, &wrong, 1, to, &e));
    assert_int_equal(e.code, BX_CONFIG);
    assert_string_equal(e.text, "class map: 'tree' is to be 'trees', and the test set has no such class");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_of_an_image_keep_their_order),
        cmocka_unit_test(the_digest_does_not_depend_on_the_order_of_images),
        cmocka_unit_test(a_number_that_is_not_finite_has_no_digest),
        cmocka_unit_test(blocks_read_back_to_the_same_columns),
        cmocka_unit_test(a_damaged_block_is_refused_or_read_but_never_crashes),
        cmocka_unit_test(classes_map_by_name_and_by_the_explicit_pairs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
