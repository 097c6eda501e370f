/* A network's input: geometry and resizing worked out by hand, and the bits of the oracle pack where it is (BOXSCORE_ONNX_PACK). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/image/tensor.h"
#include <cjson/cJSON.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void frames_are_worked_out(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum bx_fit fit;
        uint32_t w, h, W, H, rect;
        struct bx_frame f;
        bool ok;
    } cases[] = {
        {"wide", BX_FIT_LETTERBOX, 320, 240, 160, 160, 0, {320, 240, 160, 160, 160, 120, 0, 20}, true},
        {"an odd row goes below", BX_FIT_LETTERBOX, 160, 119, 160, 160, 0, {160, 119, 160, 160, 160, 119, 0, 20}, true},
        {"scaled up", BX_FIT_LETTERBOX, 40, 80, 160, 160, 0, {40, 80, 160, 160, 80, 160, 40, 0}, true},
        {"thin: never 0", BX_FIT_LETTERBOX, 1000, 1, 160, 160, 0, {1000, 1, 160, 160, 160, 1, 0, 79}, true},
        {"no further than the stride", BX_FIT_LETTERBOX, 320, 240, 160, 160, 32, {320, 240, 160, 128, 160, 120, 0, 4}, true},
        {"stretched", BX_FIT_STRETCH, 320, 240, 160, 160, 0, {320, 240, 160, 160, 160, 160, 0, 0}, true},
        {"top left, truncated", BX_FIT_TOP_LEFT, 300, 199, 160, 160, 0, {300, 199, 160, 160, 160, 106, 0, 0}, true},
        {"top left, a side of 0", BX_FIT_TOP_LEFT, 1000, 1, 160, 160, 0, {0}, false},
        {"as it is", BX_FIT_NONE, 33, 17, 160, 160, 0, {33, 17, 33, 17, 33, 17, 0, 0}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_frame f;
        bool ok = bx_frame_make(cases[i].fit, cases[i].w, cases[i].h, cases[i].W, cases[i].H, cases[i].rect, &f);
        if (ok != cases[i].ok || (ok && memcmp(&f, &cases[i].f, sizeof f) != 0))
            fail_msg("%s: %u x %u in %u x %u at %u,%u", cases[i].name, f.nw, f.nh, f.W, f.H, f.left, f.top);
    }
}

/* 2 x 2 to 1 x 1 is the rounded mean; 2 to 4 has weights 3/4 and 1/4 within, and the edges alone without. */
static void bytes_are_mixed(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    const uint8_t four[12] = {1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0}, two[6] = {0, 0, 8, 100, 0, 8};
    uint8_t out[12];
    bx_resize_rgb(four, 2, 2, out, 1, 1, 3, &a);
    assert_int_equal(out[0], 3); /* 10 / 4 = 2.5 */
    bx_resize_rgb(two, 2, 1, out, 4, 1, 12, &a);
    const uint8_t red[4] = {0, 25, 75, 100};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(out[3 * i], red[i]);
        assert_int_equal(out[3 * i + 2], 8);
    }
    bx_arena_release(&a);
}

static void floats_are_mixed_and_only_the_part_asked_for(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    const float in[2] = {0, 1}, want[4] = {0, 0.25f, 0.75f, 1};
    float out[4] = {9, 9, 9, 9};
    bx_bilinear(in, 2, 1, 2, out, 4, 1, 0, 0, (struct bx_part){1, 0, 3, 1}, &a);
    assert_true(out[0] == 9 && out[3] == 9 && out[1] == want[1] && out[2] == want[2]);
    bx_bilinear(in, 2, 1, 2, out, 4, 1, 0, 0, (struct bx_part){0, 0, 4, 1}, &a);
    assert_memory_equal(out, want, sizeof want);
    bx_arena_release(&a);
}

static void values_and_channels(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    uint8_t rgba[4] = {255, 51, 0, 7};
    struct bx_pixels px = {1, 1, 4, rgba};
    struct bx_frame f = {1, 1, 1, 1, 1, 1, 0, 0};
    float out[3];
    bx_image_opaque(&px);
    assert_int_equal(px.channels, 3);
    bx_tensor_fill(&px, &f, BX_FIT_LETTERBOX, BX_VALUES_UNIT, out, &a);
    assert_true(out[0] == 1.0f && out[1] == 0.2f && out[2] == 0);
    bx_tensor_fill(&px, &f, BX_FIT_TOP_LEFT, BX_VALUES_BGR, out, &a);
    assert_true(out[0] == 0 && out[1] == 51 && out[2] == 255);
    bx_tensor_fill(&px, &f, BX_FIT_STRETCH_FLOAT, BX_VALUES_IMAGENET, out, &a);
    assert_true(out[0] == (1.0f - 0.485f) / 0.229f && out[2] == (0.0f - 0.406f) / 0.225f);
    bx_arena_release(&a);
}

static void hash(const void *p, size_t n, char hex[65])
{
    uint8_t sum[32];
    bx_sha256(p, n, sum);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
}

static const char *text(const cJSON *o, const char *key)
{
    const char *s = cJSON_GetStringValue(cJSON_GetObjectItem(o, key));
    return s ? s : "";
}

static void of_the_pack(const char *pack, const cJSON *model, const cJSON *image, size_t *seen)
{
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_map map;
    struct bx_pixels px;
    char hex[65];
    const cJSON *size = cJSON_GetObjectItem(model, "size"), *height = cJSON_GetArrayItem(size, 0);
    const char *resize = text(model, "resize"), *values = text(model, "values");
    enum bx_fit fit = !strcmp(resize, "none")      ? BX_FIT_NONE
                      : !strcmp(resize, "stretch") ? BX_FIT_STRETCH
                      : strstr(resize, "float32")  ? BX_FIT_STRETCH_FLOAT
                      : strstr(resize, "top left") ? BX_FIT_TOP_LEFT
                                                   : BX_FIT_LETTERBOX;
    enum bx_values v = strstr(values, "BGR") ? BX_VALUES_BGR : strstr(values, "ImageNet") ? BX_VALUES_IMAGENET : BX_VALUES_UNIT;
    struct bx_frame f;
    if (!bx_map_open(&map, bx_printf(&a, "%s/images/%s", pack, image->string), &e) ||
        !bx_image_decode(image->string, map.data, map.n, 0, &px, &a, &e))
        fail_msg("%s", e.text);
    bx_image_opaque(&px);
    hash(px.p, (size_t)px.w * px.h * 3, hex);
    if (*text(image, "rgb_sha256") && strcmp(hex, text(image, "rgb_sha256")) != 0) /* absent where the reference itself gave up */
        fail_msg("%s: other pixels", image->string);
    uint32_t H = cJSON_IsNumber(height) ? (uint32_t)height->valuedouble : 1,
             W = cJSON_IsNumber(height) ? (uint32_t)cJSON_GetArrayItem(size, 1)->valuedouble : 1;
    const char *want = text(image, "input_sha256");
    if (*want && bx_frame_make(fit, px.w, px.h, W, H, (uint32_t)cJSON_GetObjectItem(model, "rect")->valuedouble, &f)) {
        size_t n = (size_t)f.W * f.H * 3;
        float *out = BX_NEW(&a, float, n);
        bx_tensor_fill(&px, &f, fit, v, out, &a);
        hash(out, n * sizeof *out, hex);
        if (strcmp(hex, want) != 0)
            fail_msg("%s, %s: another input", text(model, "model"), image->string);
        ++*seen;
    }
    bx_map_close(&map);
    bx_arena_release(&a);
}

static void bits_of_the_references(void **state)
{
    (void)state;
    const char *pack = getenv("BOXSCORE_ONNX_PACK");
    if (!pack)
        skip();
    struct bx_arena a = {0};
    struct bx_err e = {0};
    size_t seen = 0;
    DIR *d = opendir(bx_printf(&a, "%s/expected", pack));
    for (struct dirent *f; d && (f = readdir(d));) {
        struct bx_map map;
        if (!strstr(f->d_name, ".json") || !strcmp(f->d_name, "hostile.json"))
            continue;
        if (!bx_map_open(&map, bx_printf(&a, "%s/expected/%s", pack, f->d_name), &e))
            fail_msg("%s", e.text);
        cJSON *model = cJSON_ParseWithLength(map.data, map.n);
        for (const cJSON *i = cJSON_GetObjectItem(model, "images")->child; i; i = i->next)
            of_the_pack(pack, model, i, &seen);
        cJSON_Delete(model);
        bx_map_close(&map);
    }
    if (d)
        closedir(d);
    assert_true(seen > 0);
    print_message("%zu inputs, every bit\n", seen);
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_worked_out),
        cmocka_unit_test(bytes_are_mixed),
        cmocka_unit_test(floats_are_mixed_and_only_the_part_asked_for),
        cmocka_unit_test(values_and_channels),
        cmocka_unit_test(bits_of_the_references),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
