/* Heads by their shapes, and what each makes of outputs worked out by hand; names and files that are hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/backend/onnx/onnx.h"
#include <math.h>
#include <string.h>

static void heads_are_told_by_shape(void **state)
{
    (void)state;
    static const struct {
        const char *name, *task;
        size_t nnames, n;
        struct bx_output o[3];
        int head; /* -1: none */
        size_t nc;
    } cases[] = {
        {"boxes", "detect", 5, 1, {{"output0", 3, {1, 9, 525}, 0, NULL, false}}, BX_HEAD_DETECT, 5},
        {"boxes, names too few", "detect", 3, 1, {{"output0", 3, {1, 9, 60}, 0, NULL, false}}, BX_HEAD_DETECT, 5},
        {"oriented", "obb", 5, 1, {{"output0", 3, {1, 10, 525}, 0, NULL, false}}, BX_HEAD_OBB, 5},
        {"oriented, unsaid", "", 0, 1, {{"output0", 3, {1, 10, 60}, 0, NULL, false}}, BX_HEAD_DETECT, 6},
        {"end to end", "detect", 5, 1, {{"output0", 3, {1, 300, 6}, 0, NULL, false}}, BX_HEAD_END_DETECT, 5},
        {"end to end, oriented", "obb", 5, 1, {{"output0", 3, {1, 300, 7}, 0, NULL, false}}, BX_HEAD_END_OBB, 5},
        {"masks",
         "segment",
         5,
         2,
         {{"output0", 3, {1, 41, 525}, 0, NULL, false}, {"output1", 4, {1, 32, 40, 40}, 0, NULL, false}},
         BX_HEAD_SEGMENT,
         5},
        {"masks without prototypes", "segment", 5, 1, {{"output0", 3, {1, 41, 525}, 0, NULL, false}}, -1, 0},
        {"other prototypes",
         "segment",
         5,
         2,
         {{"output0", 3, {1, 41, 525}, 0, NULL, false}, {"output1", 4, {1, 16, 40, 40}, 0, NULL, false}},
         -1,
         0},
        {"RF-DETR", "", 0, 2, {{"labels", 3, {1, 300, 6}, 0, NULL, false}, {"dets", 3, {1, 300, 4}, 0, NULL, false}}, BX_HEAD_RFDETR, 5},
        {"DETR", "", 0, 2, {{"logits", 3, {1, 9, 4}, 0, NULL, false}, {"pred_boxes", 3, {1, 9, 4}, 0, NULL, false}}, BX_HEAD_DETR, 3},
        {"torchvision, by type and rank",
         "",
         2,
         3,
         {{"a", 1, {7}, 7, NULL, false}, {"b", 2, {7, 4}, 28, NULL, false}, {"c", 1, {7}, 7, NULL, true}},
         BX_HEAD_TORCHVISION,
         2},
        {"a classifier", "", 0, 1, {{"output0", 2, {1, 10}, 0, NULL, false}}, -1, 0},
        {"no class", "", 0, 1, {{"output0", 3, {1, 4, 525}, 0, NULL, false}}, -1, 0},
        {"two images", "", 0, 1, {{"output0", 3, {2, 9, 525}, 0, NULL, false}}, -1, 0},
        {"a number", "", 0, 1, {{"output0", 0, {0}, 1, NULL, false}}, -1, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_decoder d;
        struct bx_err e = {0};
        bool ok = bx_head_choose(cases[i].o, cases[i].n, 160, 160, cases[i].task, cases[i].nnames, BX_HEAD_BY_SHAPE, &d, &e);
        if (ok != (cases[i].head >= 0) || (ok && ((int)d.head != cases[i].head || d.nc != cases[i].nc)))
            fail_msg("%s: %s, %zu classes; %s", cases[i].name, ok ? bx_heads[d.head].name : "none", d.nc, e.text);
        if (!ok && !strstr(e.text, cases[i].o[0].name))
            fail_msg("%s: '%s' does not say what the outputs are", cases[i].name, e.text);
    }
}

/* [1, 4 + 2, 5]: a box, one of another class over it, one that overlaps it by 9 tenths, one below the threshold, one that is none. */
static void boxes_are_decoded(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    const float v[] = {
        40,   40, 40,   40,     NAN, /* cx */
        40,   40, 40,   40,     40,  /* cy */
        20,   20, 18,   20,     20,  /* w */
        20,   20, 20,   20,     20,  /* h */
        0.9f, 0,  0.8f, 0.001f, 0.5f, 0, 0.7f, 0.1f, 0, 0,
    };
    const struct bx_output o = {"output0", 3, {1, 6, 5}, 30, v, false};
    struct bx_frame f;
    struct bx_decoder d;
    struct bx_founds out;
    /* 160 x 80 in 80 x 80: half, and 20 rows above. */
    assert_true(bx_frame_make(BX_FIT_LETTERBOX, 160, 80, 80, 80, 0, &f));
    assert_true(bx_head_choose(&o, 1, 80, 80, "detect", 2, BX_HEAD_BY_SHAPE, &d, &e));
    if (!bx_decode(&d, &o, 1, &f, &out, &a, &e))
        fail_msg("%s", e.text);
    assert_int_equal(out.n, 2);
    assert_int_equal(out.left_out, 1);
    const float want[4] = {60, 20, 100, 60};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(out.at[i].class, i);
        assert_memory_equal(out.at[i].box, want, sizeof want);
    }
    assert_true(out.at[0].score == 0.9f && out.at[1].score == 0.7f);
    d.most = 1;
    assert_true(bx_decode(&d, &o, 1, &f, &out, &a, &e) && out.n == 1);
    bx_arena_release(&a);
}

static void rows_of_no_class_are_left_out(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    const float v[] = {1, 2,        30, 40, 0.9f, 1,    1,  2, 3,  4, 0.8f, 5,   1, 2, 3, 4, 0.7f, -1,
                       1, 2,        3,  4,  0.6f, 0.5f, 1,  2, 3,  4, 0.5f, NAN, 1, 2, 3, 4, 0.4f, 1e9f,
                       1, INFINITY, 3,  4,  0.3f, 0,    -5, 2, 90, 4, 0.2f, 0,   0, 0, 0, 0, 0,    0};
    const struct bx_output o = {"output0", 3, {1, 9, 6}, 54, v, false};
    struct bx_frame f;
    struct bx_decoder d;
    struct bx_founds out;
    assert_true(bx_frame_make(BX_FIT_LETTERBOX, 80, 80, 80, 80, 0, &f));
    assert_true(bx_head_choose(&o, 1, 80, 80, "detect", 2, BX_HEAD_BY_SHAPE, &d, &e) && d.head == BX_HEAD_END_DETECT);
    assert_true(bx_decode(&d, &o, 1, &f, &out, &a, &e));
    assert_int_equal(out.n, 2);
    assert_int_equal(out.left_out, 6);
    assert_true(out.at[1].box[0] == 0 && out.at[1].box[2] == 80);
    bx_arena_release(&a);
}

/* One prototype of 2 x 2, 1 at the left and -1 at the right: the left half of the box. */
static void masks_are_enlarged_and_cropped(void **state)
{
    (void)state;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    const float v[] = {4, 4, 8, 4, 0.9f, 1, 4, 4, 8, 4, 0.8f, -0.0f}, p[] = {1, -1, 1, -1};
    const struct bx_output o[] = {{"output0", 3, {1, 6, 1}, 6, v, false}, {"output1", 4, {1, 1, 2, 2}, 4, p, false}};
    struct bx_frame f;
    struct bx_decoder d;
    struct bx_founds out;
    assert_true(bx_frame_make(BX_FIT_LETTERBOX, 8, 8, 8, 8, 0, &f));
    if (!bx_head_choose(o, 2, 8, 8, "segment", 1, BX_HEAD_BY_SHAPE, &d, &e) || !bx_decode(&d, o, 2, &f, &out, &a, &e))
        fail_msg("%s", e.text);
    assert_int_equal(out.n, 1);
    assert_int_equal(bx_rle_area(&out.at[0].mask), 4 * 4); /* 4 columns of the box's 4 rows */
    assert_true(bx_rle_valid(&out.at[0].mask, &e));
    const float none[] = {4, 4, 8, 4, 0.9f, 0};
    const struct bx_output empty[] = {{"output0", 3, {1, 6, 1}, 6, none, false}, o[1]};
    assert_true(bx_decode(&d, empty, 2, &f, &out, &a, &e) && out.n == 0);
    bx_arena_release(&a);
}

static void names_are_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *literal;
        size_t n;
        const char *names[3];
    } cases[] = {
        {"{0: 'disc', 1: \"it's\"}", 2, {"disc", "it's"}},
        {"{2: 'c', 0: 'a',}", 3, {"a", NULL, "c"}},
        {"['a', 'b']", 2, {"a", "b"}},
        {"{0: 'a\\'b\\x41\\u00e9\\101\\q'}",
         1,
         {"a'bA\xC3\xA9"
          "A\\q"}},
        {"{0: 'a\\nb', 1: '\\xff'}", 2, {"a\nb", "\xC3\xBF"}}, /* as they are: who shows them escapes them */
        {"{0: 'e\\\nf'}", 1, {"ef"}},
        {"{0: 'a\\x00b', 1: ''}", 2, {NULL, NULL}},
        {"{4294967296: 'a', -1: 'b'}", 0, {NULL}},
        {"__import__('os').system('touch pwned')", 0, {NULL}},
        {"{0: 'a', 1: 'open", 0, {NULL}},
        {"{0: 'a' 1: 'b'}", 0, {NULL}},
        {"{0: '\\xZZ'}", 0, {NULL}},
        {"[[[[[[", 0, {NULL}},
        {"", 0, {NULL}},
        {NULL, 0, {NULL}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_arena a = {0};
        size_t n;
        const char **names = bx_onnx_names(cases[i].literal, &n, &a);
        if (n != cases[i].n)
            fail_msg("%s: %zu names", cases[i].literal, n);
        for (size_t k = 0; k < n; k++)
            if (!names[k] != !cases[i].names[k] || (names[k] && strcmp(names[k], cases[i].names[k]) != 0))
                fail_msg("%s: %zu is '%s'", cases[i].literal, k, names[k] ? names[k] : "none");
        bx_arena_release(&a);
    }
}

static void files_are_looked_at_first(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *bytes;
        size_t n;
        const char *said; /* NULL: well */
    } cases[] = {
#define BYTES(s) s, sizeof s - 1
        {"empty", BYTES(""), "is empty"},
        {"a pointer", BYTES("version https://git-lfs.github.com/spec/v1\n"), "Git LFS"},
        {"a page", BYTES("<!DOCTYPE html>"), "web page"},
        {"noise", BYTES("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), "no whole ONNX model"},
        {"a length beyond the end", BYTES("\x3A\x7F\x0A"), "no whole ONNX model"},
        {"no graph", BYTES("\x08\x09"), "no graph"},
        {"a graph", BYTES("\x08\x09\x3A\x04\x2A\x02\x08\x01"), NULL},
        {"weights elsewhere",
         BYTES("\x3A\x13\x2A\x11\x6A\x0F\x0A\x08location\x12\x03"
               "w.b"),
         "'w.b'"},
        {"elsewhere, unnamed", BYTES("\x3A\x04\x2A\x02\x70\x01"), "another file"},
        {"in a node's graph", BYTES("\x3A\x0C\x0A\x0A\x2A\x08\x32\x06\x2A\x04\x70\x01\x08\x01"), "another file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_err e = {0};
        bool ok = bx_onnx_look("m.onnx", cases[i].bytes, cases[i].n, &e);
        if (ok != !cases[i].said || (!ok && !strstr(e.text, cases[i].said)))
            fail_msg("%s: %s", cases[i].name, ok ? "well" : e.text);
    }
}

/* They are typed, as --head has them. */
static void heads_have_plain_names(void **state)
{
    (void)state;
    for (int i = 0; i < BX_NHEADS; i++) {
        const char *name = bx_heads[i].name;
        assert_true(name[0] && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name));
        assert_true(!strncmp(name, "end-", 4) == (i >= BX_HEAD_END_DETECT && i <= BX_HEAD_END_OBB));
    }
}

/* A file of a few megabytes may say millions of nodes: they are counted, and cost no memory. */
static void more_nodes_than_any_network_has_are_left_out(void **state)
{
    (void)state;
    enum { NODES = 2000000, GRAPH = 2 * NODES }; /* each an empty message */
    struct bx_arena a = {0};
    struct bx_onnx_counts c;
    uint8_t *file = bx_alloc(&a, GRAPH + 6, 1), *p = file;
    *p++ = 7 << 3 | 2;
    for (size_t n = GRAPH; n; n >>= 7)
        *p++ = (uint8_t)((n & 127) | (n > 127 ? 128 : 0));
    for (size_t i = 0; i < NODES; i++)
        *p++ = 1 << 3 | 2, *p++ = 0;
    bx_onnx_count(file, (size_t)(p - file), 0, 0, &c, &a);
    assert_int_equal(c.left_out, NODES);
    bx_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_have_plain_names),
        cmocka_unit_test(more_nodes_than_any_network_has_are_left_out),
        cmocka_unit_test(heads_are_told_by_shape),
        cmocka_unit_test(boxes_are_decoded),
        cmocka_unit_test(rows_of_no_class_are_left_out),
        cmocka_unit_test(masks_are_enlarged_and_cropped),
        cmocka_unit_test(names_are_parsed),
        cmocka_unit_test(files_are_looked_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
