/*
 * The engine as a C library: two files, a handful of calls, all the numbers. Nothing here knows of boards, stores or command lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/file.h"
#include "core/data/results.h"
#include "core/metric/calibration.h"
#include "core/metric/coco.h"
#include "core/metric/confusion.h"
#include "core/metric/curves.h"
#include "core/metric/supervision.h"
#include "core/metric/tide.h"
#include "core/testset/read.h"
#include <math.h>

/* Results that find every second annotation of the test set, with falling scores; what a model would have written. */
static void write_results(const struct bx_testset *t, struct bx_buf *out)
{
    bx_buf_addc(out, '[');
    for (size_t m = 0; m < t->nimages; m++)
        for (size_t i = t->ann_begin[m]; i < t->ann_begin[m + 1]; i++) {
            const double *b = t->ann_box + 4 * i;
            if (i % 2 || (t->ann_flags[i] & BX_ANN_CROWD))
                continue;
            bx_buf_addf(out, "%s{\"image_id\":%lld,\"category_id\":%lld,\"bbox\":[%.17g,%.17g,%.17g,%.17g],\"score\":%.4f}",
                        out->n > 1 ? "," : "", (long long)t->image_id[m], (long long)t->class_id[t->ann_class[i]], b[0], b[1], b[2], b[3],
                        1 - (double)i / (double)t->nanns);
        }
    bx_buf_addc(out, ']');
}

static void evaluate_two_files(void **state)
{
    (void)state;
    struct bx_arena arena = {0};
    struct bx_err e = {0};
    struct bx_buf results = {0};

    struct bx_testset testset;
    struct bx_testset_options how = {.format = "coco", .boxes_only = true};
    assert_true(bx_testset_read(TESTS_DIR "/data/shapes/test/annotations.json", &how, &testset, &arena, &e));
    write_results(&testset, &results);

    struct bx_detections detections;
    struct bx_results_options which = {.geometry = BX_GEOM_BOX};
    assert_true(bx_results_read("results", results.p, results.n, &testset, &which, &detections, &arena, &e));

    uint32_t class_of[64]; /* results name the test set's own categories */
    for (uint32_t i = 0; i < detections.nnames; i++)
        class_of[i] = i < testset.nclasses ? i : BX_UNMAPPED;
    struct bx_metric_input input = {.testset = &testset, .detections = &detections, .class_of = class_of, .geometry = BX_GEOM_BOX};
    struct bx_scene scene;
    assert_true(bx_scene_make(&input, &scene, &arena, &e));

    struct bx_coco coco;
    struct bx_coco_options options = {.matches = true, .threads = 2};
    bx_coco_eval(&scene, &options, &coco, &arena);
    double ap = bx_coco_ap(&coco, BX_COCO_ANY, BX_SIZE_ALL, -1), ar = bx_coco_ar(&coco, BX_SIZE_ALL, 2, -1);
    assert_true(ap > .3 && ap < .7);
    assert_true(fabs(ap - ar) < .02); /* every detection is right, so precision is 1 up to the last recall */

    struct bx_sv sv;
    bx_sv_eval(&scene, false, 2, &sv, &arena);
    assert_true(bx_sv_overall(&sv, BX_SV_PRECISION, BX_SV_MICRO, BX_SIZE_ALL, 0) == 1);

    struct bx_confidence_curve curve;
    bx_confidence(&scene, &coco, bx_verdicts(&scene, &coco, 0, BX_SIZE_ALL, &arena), BX_SIZE_ALL, true, &curve, &arena);
    assert_true(curve.n > 0 && curve.max.score == curve.point[curve.n - 1].score); /* nothing is gained by leaving any out */

    struct bx_confusion confusion;
    bx_confusion(&scene, 0, 0.5, &confusion, &arena);
    for (size_t i = 0; i < confusion.ncells; i++)
        assert_true(confusion.cell[i].row + 1 != confusion.n); /* no false positives */

    struct bx_tide tide;
    bx_tide(&scene, &tide, &arena);
    assert_true(tide.dap[BX_TIDE_MISS] > 30 && tide.dap[BX_TIDE_BKG] == 0);

    struct bx_calibration calibration;
    assert_true(bx_calibrate(&scene, &coco, 0, &calibration, &arena, &e));
    assert_true(calibration.count == detections.n && calibration.ece > 0);

    bx_buf_free(&results);
    bx_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(evaluate_two_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
