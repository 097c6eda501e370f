/*
 * tide.h: what kind of errors cost how much average precision, as TIDE counts it: every detection that is no hit goes into
 * the first bin that fits, and dAP is what AP at IoU 0.5 would gain if the errors of that bin were mended.
 *
 * A class without annotations but with detections counts as AP 0 in TIDE's mean (COCO leaves it out), so its AP is not COCO's AP50.
 */
#pragma once
#include "core/metric/scene.h"

enum bx_tide_error { BX_TIDE_CLS, BX_TIDE_LOC, BX_TIDE_BOTH, BX_TIDE_DUPE, BX_TIDE_BKG, BX_TIDE_MISS, BX_TIDE_ERRORS };
extern const char *const bx_tide_names[BX_TIDE_ERRORS]; /* "Cls", "Loc", "Both", "Dupe", "Bkg", "Miss" */

struct bx_tide {
    double ap50;                             /* percent */
    double dap[BX_TIDE_ERRORS];              /* percent points, never negative */
    double false_positives, false_negatives; /* without any of them; may be negative where scores are tied */
    uint64_t count[BX_TIDE_ERRORS];
};
void bx_tide(const struct bx_scene *s, struct bx_tide *out, struct bx_arena *a);
