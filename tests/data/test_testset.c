/* A test set's canonical bytes: the digest of an example worked out by hand, what packing keeps, and what unpacking refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/data/testset.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two images of 4 x 3 pixels, two classes, three annotations that have all three geometries. */
static const char *names[] = {"cat", "h\xC3\xA9ron"}, *files[] = {"a.png", "b/c.png"}, *keys[] = {"x", "y"};
static int64_t class_ids[] = {3, 90}, image_ids[] = {7, 9}, ann_ids[] = {11, 12, 13};
static uint32_t widths[] = {4, 4}, heights[] = {3, 3};
static uint8_t orientation[] = {1, 6}, sha[2][32] = {{1}, {2}};
static size_t begin[] = {0, 2, 3};
static uint32_t classes[] = {1, 0, 1};
static uint8_t flags[] = {0, BX_ANN_CROWD, BX_ANN_IGNORE | BX_ANN_LOST};
static double areas[] = {6, 0.5, 2}, boxes[] = {-0.0, 0, 2, 3, 1, 1, 1, 1, 0, 0, 4, 3};
static double corners[24] = {0, 0, 2, 0, 2, 3, 0, 3, 1, 1, 2, 1, 2, 2, 1, 2, 0, 0, 4, 0, 4, 3, 0, 3};
static uint32_t counts0[] = {0, 6, 6}, counts1[] = {4, 1, 7}, counts2[] = {12};
static struct bx_rle masks[] = {{3, 4, 3, counts0}, {3, 4, 3, counts1}, {3, 4, 1, counts2}};
static uint32_t negative_0[] = {1, 0, 1}, *negative[] = {negative_0, NULL}, *nonexhaustive[] = {NULL, negative_0};
static size_t nnegative[] = {3, 0}, nnonexhaustive[] = {0, 1};

static struct bx_testset example(void)
{
    return (struct bx_testset){.source = "example",
                               .nclasses = 2,
                               .class_name = names,
                               .class_id = class_ids,
                               .nimages = 2,
                               .image_file = files,
                               .image_root = "/data",
                               .image_id = image_ids,
                               .image_key = keys,
                               .image_w = widths,
                               .image_h = heights,
                               .image_orientation = orientation,
                               .image_sha = sha,
                               .nanns = 3,
                               .ann_begin = begin,
                               .ann_class = classes,
                               .ann_flags = flags,
                               .ann_area = areas,
                               .ann_id = ann_ids,
                               .ann_box = boxes,
                               .ann_obb = corners,
                               .ann_mask = masks};
}
static struct bx_testset lvis_example(void)
{
    struct bx_testset t = example();
    static char frequency[] = {'r', 'f'};
    t.class_frequency = frequency;
    t.image_negative = negative;
    t.image_nnegative = nnegative;
    t.image_nonexhaustive = nonexhaustive;
    t.image_nnonexhaustive = nnonexhaustive;
    return t;
}

/*
 * By Python, from the definition (u = little-endian u32, d = f64 bits):
 *   common = u(2)+u(3)+b"cat"+u(6)+"héron".encode()+u(2)
 *   image  = lambda n, count: bytes([n])+bytes(31)+u(4)+u(3)+u(count)
 *   box:  b"boxscore testset 1
 * box\n"+common+image(1,2)+u(1)+b"\0"+d(6)+d(0)+d(0)+d(2)+d(3)+u(0)+b"\1"+d(.5)+d(1)*4+image(2,1)+u(1)+b"\2"+d(2)+d(0)+d(0)+d(4)+d(3) mask:
 * b"boxscore testset 1
 * mask\n"+common+image(1,2)+u(1)+b"\0"+d(6)+u(3)+u(0)+u(6)+u(6)+u(0)+b"\1"+d(.5)+u(3)+u(4)+u(1)+u(7)+image(2,1)+u(1)+b"\2"+d(2)+u(1)+u(12)
 *   obb:  the corners as 8 d each
 *   images: b"boxscore images 1\n"+u(2)+b"\1"+bytes(31)+b"\2"+bytes(31)
 */
static const char *const want[BX_NGEOMETRIES] = {
    "bx1-box-6745344bc62d3ad9ad84954a672348a8fd74890153e4177eed423a4940effa75",
    "bx1-mask-dec80fa4672c5dd684d32d2fb436ad4bde6a53399cb5042d920feb7fea5621f4",
    "bx1-obb-b3b7b29980ef0debc4e3663f8c456c308bbbb193760eaae7c934bed87b64dab5",
};
static const char want_images[] = "bx1-images-f54943f6105972bfc9b2f1332949a8a46dc507f9bf48104d69296f121daaede9";

static void digests_are_the_definition_s(void **state)
{
    (void)state;
    struct bx_testset t = example();
    struct bx_err e = {0};
    char got[BX_DIGEST_SIZE];
    for (int g = 0; g < BX_NGEOMETRIES; g++) {
        assert_true(bx_testset_digest(&t, (enum bx_geometry)g, got, &e));
        assert_string_equal(got, want[g]);
    }
    assert_true(bx_testset_images_digest(&t, got, &e));
    assert_string_equal(got, want_images);
}

static void packing_keeps_all(void **state)
{
    (void)state;
    for (int lvis = 0; lvis < 2; lvis++)
        for (int g = 0; g < BX_NGEOMETRIES; g++) {
            struct bx_testset t = lvis ? lvis_example() : example(), back;
            struct bx_arena a = {0};
            struct bx_err e = {0};
            BX_CLEANUP_BUF struct bx_buf b = {0}, again = {0};
            enum bx_geometry got;
            size_t hashed, hashed_again;
            uint8_t digest[32];
            char text[BX_DIGEST_SIZE], hex[BX_DIGEST_SIZE];
            bx_buf_adds(&b, "before");
            assert_true(bx_testset_pack(&t, (enum bx_geometry)g, &b, &hashed, &e));
            bx_sha256(b.p + 6, hashed, digest);
            assert_true(bx_testset_digest(&t, (enum bx_geometry)g, text, &e));
            for (int i = 0; i < 32; i++)
                snprintf(hex + 2 * i, 3, "%02x", digest[i]);
            assert_non_null(strstr(text, hex));
            if (!bx_testset_unpack(b.p + 6, b.n - 6, &back, &got, &a, &e))
                fail_msg("%s", e.text);
            assert_int_equal(got, g);
            assert_null(back.image_root);
            assert_string_equal(back.source, "example");
            assert_string_equal(back.class_name[1], names[1]);
            assert_string_equal(back.image_file[1], "b/c.png");
            assert_string_equal(back.image_key[1], "y");
            assert_int_equal(back.class_id[1], 90);
            assert_int_equal(back.image_id[0], 7);
            assert_int_equal(back.ann_id[2], 13);
            assert_int_equal(back.image_orientation[1], 6);
            assert_int_equal(back.ann_flags[2], BX_ANN_IGNORE);
            for (int i = 0; i < 12; i++)
                assert_true(fabs(back.ann_box[i] - boxes[i]) <= 0);
            assert_int_equal(back.ann_begin[1], 2);
            if (lvis) {
                assert_true(back.class_frequency[0] == 'r' && back.image_nnegative[0] == 2 && back.image_negative[0][0] == 0 &&
                            back.image_nonexhaustive[1][0] == 1);
                assert_string_not_equal(text, want[g]);
            }
            assert_true(bx_testset_pack(&back, (enum bx_geometry)g, &again, &hashed_again, &e));
            assert_int_equal(again.n, b.n - 6);
            assert_memory_equal(again.p, b.p + 6, again.n);
            bx_arena_release(&a);
        }
}

static void the_order_of_class_lists_means_nothing(void **state)
{
    (void)state;
    struct bx_testset t = lvis_example();
    struct bx_err e = {0};
    char one[BX_DIGEST_SIZE], two[BX_DIGEST_SIZE];
    static uint32_t other[] = {0, 1}, *list[] = {other, NULL};
    static size_t n[] = {2, 0};
    assert_true(bx_testset_digest(&t, BX_GEOM_BOX, one, &e));
    t.image_negative = list;
    t.image_nnegative = n;
    assert_true(bx_testset_digest(&t, BX_GEOM_BOX, two, &e));
    assert_string_equal(one, two);
}

static void what_cannot_be_scored_has_no_digest(void **state)
{
    (void)state;
    struct bx_err e = {0};
    char out[BX_DIGEST_SIZE];
    struct bx_testset t = example();
    double nan_areas[] = {6, NAN, 2}, inf_boxes[12] = {0};
    inf_boxes[9] = INFINITY;
    t.ann_area = nan_areas;
    assert_false(bx_testset_digest(&t, BX_GEOM_BOX, out, &e));
    assert_non_null(strstr(e.text, "annotation 12 (image 'a.png') has an area that is not a finite number"));
    t = example();
    t.ann_box = inf_boxes;
    assert_false(bx_testset_digest(&t, BX_GEOM_BOX, out, &e));
    assert_non_null(strstr(e.text, "annotation 13 (image 'b/c.png') has a box"));
    t = example();
    struct bx_rle some[] = {masks[0], {0}, masks[2]};
    t.ann_mask = some;
    assert_false(bx_testset_has(&t, BX_GEOM_MASK));
    assert_false(bx_testset_digest(&t, BX_GEOM_MASK, out, &e));
    assert_non_null(strstr(e.text, "annotation 12 (image 'a.png') has no mask"));
    t = example();
    t.ann_obb = NULL;
    assert_false(bx_testset_has(&t, BX_GEOM_OBB));
    assert_false(bx_testset_digest(&t, BX_GEOM_OBB, out, &e));
    t.image_sha = NULL;
    assert_false(bx_testset_digest(&t, BX_GEOM_BOX, out, &e));
    assert_non_null(strstr(e.text, "they were not looked at"));
}

/* Cut anywhere or changed anywhere, it is refused and nothing breaks. Each on memory of its exact size. */
static void damage_is_noticed(void **state)
{
    (void)state;
    for (int lvis = 0; lvis < 2; lvis++)
        for (int g = 0; g < BX_NGEOMETRIES; g++) {
            struct bx_testset t = lvis ? lvis_example() : example(), back;
            struct bx_err e = {0};
            BX_CLEANUP_BUF struct bx_buf b = {0};
            size_t hashed;
            enum bx_geometry got;
            assert_true(bx_testset_pack(&t, (enum bx_geometry)g, &b, &hashed, &e));
            for (size_t n = 0; n < b.n; n++) {
                struct bx_arena a = {0};
                char *cut = malloc(n ? n : 1);
                memcpy(cut, b.p, n);
                if (bx_testset_unpack(cut, n, &back, &got, &a, &e))
                    fail_msg("%zu of %zu bytes were taken", n, b.n);
                free(cut);
                bx_arena_release(&a);
            }
            char *copy = malloc(b.n + 1);
            for (size_t at = 0; at < b.n; at++)
                for (unsigned flip = 1; flip < 256; flip += flip) {
                    struct bx_arena a = {0};
                    memcpy(copy, b.p, b.n);
                    copy[at] = (char)((unsigned char)copy[at] ^ flip);
                    if (bx_testset_unpack(copy, b.n, &back, &got, &a, &e))
                        fail_msg("byte %zu changed by %u was taken", at, flip);
                    bx_arena_release(&a);
                }
            struct bx_arena a = {0};
            memcpy(copy, b.p, b.n);
            copy[b.n] = 0;
            assert_false(bx_testset_unpack(copy, b.n + 1, &back, &got, &a, &e));
            assert_non_null(strstr(e.text, "something follows the end"));
            bx_arena_release(&a);
            free(copy);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_the_definition_s),
        cmocka_unit_test(packing_keeps_all),
        cmocka_unit_test(the_order_of_class_lists_means_nothing),
        cmocka_unit_test(what_cannot_be_scored_has_no_digest),
        cmocka_unit_test(damage_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
