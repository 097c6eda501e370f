/* report.c: the catalogue of metrics, in a reader's words, and looking a value up. */
#include "core/data/report.h"
#include <string.h>

#define SV_SIZES(metric, label, averaging, how, threshold, iou, what)                                                                      \
    {"sv." metric "_" averaging "_" threshold,                                                                                             \
     "supervision " label " @" threshold " (" averaging ")",                                                                               \
     "fraction",                                                                                                                           \
     BX_HIGHER,                                                                                                                            \
     false,                                                                                                                                \
     what " as supervision 0.31 computes it: at IoU " iou ", " how ", over all detections whatever their confidence."},                    \
        {"sv." metric "_" averaging "_" threshold "_small",                                                                                \
         "supervision " label " @" threshold " (" averaging "), small",                                                                    \
         "fraction",                                                                                                                       \
         BX_HIGHER,                                                                                                                        \
         false,                                                                                                                            \
         what " of small objects (under 32x32 pixels) as supervision 0.31 computes it: at IoU " iou ", " how                               \
              ", whatever the confidence."},                                                                                               \
        {"sv." metric "_" averaging "_" threshold "_medium",                                                                               \
         "supervision " label " @" threshold " (" averaging "), medium",                                                                   \
         "fraction",                                                                                                                       \
         BX_HIGHER,                                                                                                                        \
         false,                                                                                                                            \
         what " of medium objects (from 32x32 to 96x96 pixels) as supervision 0.31 computes it: at IoU " iou ", " how                      \
              ", whatever the confidence."},                                                                                               \
    {                                                                                                                                      \
        "sv." metric "_" averaging "_" threshold "_large", "supervision " label " @" threshold " (" averaging "), large", "fraction",      \
            BX_HIGHER, false,                                                                                                              \
            what " of large objects (96x96 pixels and more) as supervision 0.31 computes it: at IoU " iou ", " how                         \
                 ", whatever the confidence."                                                                                              \
    }
#define SV_AVERAGINGS(metric, label, threshold, iou, what)                                                                                 \
    SV_SIZES(metric, label, "macro", "each class counting the same", threshold, iou, what),                                                \
        SV_SIZES(metric, label, "micro", "from the counts of all classes together", threshold, iou, what),                                 \
        SV_SIZES(metric, label, "weighted", "each class counting by its number of objects", threshold, iou, what)
#define SV(metric, label, what) SV_AVERAGINGS(metric, label, "50", "0.5", what), SV_AVERAGINGS(metric, label, "75", "0.75", what)

const struct bx_metric_info bx_metrics[] = {
    {"map", "mAP 50:95", "fraction", BX_HIGHER, true,
     "Average precision over the classes and over ten IoU thresholds from 0.50 to 0.95: the area under the precision-recall curve, as COCO "
     "defines it. The "
     "headline number."},
    {"map_50", "mAP 50", "fraction", BX_HIGHER, true,
     "Average precision at IoU 0.50, where a detection that covers an object roughly is good enough."},
    {"map_75", "mAP 75", "fraction", BX_HIGHER, true, "Average precision at IoU 0.75, which asks for tight detections."},
    {"map_small", "mAP small", "fraction", BX_HIGHER, false,
     "mAP 50:95 of objects up to 32x32 pixels; larger ones are left out on both sides."},
    {"map_medium", "mAP medium", "fraction", BX_HIGHER, false, "mAP 50:95 of objects from 32x32 to 96x96 pixels."},
    {"map_large", "mAP large", "fraction", BX_HIGHER, false, "mAP 50:95 of objects of 96x96 pixels and more."},
    {"ar_1", "AR 1", "fraction", BX_HIGHER, false,
     "Average recall when a model may name one object of each class an image, over ten IoU thresholds."},
    {"ar_10", "AR 10", "fraction", BX_HIGHER, false, "Average recall with at most 10 detections of each class an image."},
    {"ar_100", "AR 100", "fraction", BX_HIGHER, false,
     "Average recall with at most 100 detections of each class an image: the share of objects found at all."},
    {"ar_small", "AR small", "fraction", BX_HIGHER, false,
     "Average recall of objects up to 32x32 pixels, with at most 100 detections of each class an image."},
    {"ar_medium", "AR medium", "fraction", BX_HIGHER, false, "Average recall of objects from 32x32 to 96x96 pixels."},
    {"ar_large", "AR large", "fraction", BX_HIGHER, false, "Average recall of objects of 96x96 pixels and more."},
    {"f1", "F1", "fraction", BX_HIGHER, true,
     "The harmonic mean of precision and recall at IoU 0.50, counting only detections at or above the model's operating confidence; mean "
     "over the classes."},
    {"f1_micro", "F1 (micro)", "fraction", BX_HIGHER, false,
     "F1 at IoU 0.50 and the operating confidence from the counts of all classes together, so that frequent classes weigh more."},
    {"f1_small", "F1 small", "fraction", BX_HIGHER, false,
     "F1 of objects up to 32x32 pixels, at IoU 0.50 and the operating confidence; mean over the classes."},
    {"f1_medium", "F1 medium", "fraction", BX_HIGHER, false,
     "F1 of objects from 32x32 to 96x96 pixels, at IoU 0.50 and the operating confidence."},
    {"f1_large", "F1 large", "fraction", BX_HIGHER, false,
     "F1 of objects of 96x96 pixels and more, at IoU 0.50 and the operating confidence."},
    {"precision", "Precision", "fraction", BX_HIGHER, true,
     "Of the detections at or above the operating confidence, the share that hit an object of their class at IoU 0.50; mean over the "
     "classes."},
    {"recall", "Recall", "fraction", BX_HIGHER, true,
     "Of the objects, the share that a detection at or above the operating confidence hits at IoU 0.50; mean over the classes."},
    {"max_f1", "Max F1", "fraction", BX_HIGHER, true,
     "The highest F1 any confidence threshold would give at IoU 0.50 (overall: of the mean over the classes)."},
    {"max_f1_confidence", "Confidence at max F1", "confidence", BX_NEITHER, true, "The confidence threshold at which F1 is highest."},
    {"operating_confidence", "Operating confidence", "confidence", BX_NEITHER, false,
     "The threshold at which F1, precision and recall are taken: the one the model declares, otherwise that of its max F1."},
    {"objects", "Objects", "count", BX_NEITHER, true,
     "Annotated objects that count: crowd regions and those marked difficult are left out."},
    {"images", "Images", "count", BX_NEITHER, true, "Images of the test set; of a class, those that show it."},
    {"detections", "Detections", "count", BX_NEITHER, false,
     "Detections the model gave of the test set's classes, whatever their confidence."},
    SV("f1", "F1", "The harmonic mean of precision and recall"),
    SV("precision", "precision", "The share of detections that hit an object"),
    SV("recall", "recall", "The share of objects that were found"),
    {"sv.mar_1", "supervision mAR @1", "fraction", BX_HIGHER, false,
     "Mean average recall with one detection of each class an image, as supervision 0.31 computes it."},
    {"sv.mar_10", "supervision mAR @10", "fraction", BX_HIGHER, false,
     "Mean average recall with at most 10 detections of each class an image, as supervision 0.31 computes it."},
    {"sv.mar_100", "supervision mAR @100", "fraction", BX_HIGHER, false,
     "Mean average recall with at most 100 detections of each class an image, as supervision 0.31 computes it."},
};
const size_t bx_nmetrics = sizeof bx_metrics / sizeof *bx_metrics;

const struct bx_metric_info *bx_metric_find(const char *name)
{
    for (size_t i = 0; i < bx_nmetrics; i++)
        if (!strcmp(bx_metrics[i].name, name))
            return &bx_metrics[i];
    return NULL;
}

double bx_report_get(const struct bx_report *r, const char *metric, int32_t class_index)
{
    for (size_t i = 0; i < r->nvalues; i++)
        if (r->values[i].class_index == class_index && !strcmp(r->values[i].metric->name, metric))
            return r->values[i].value;
    return NAN;
}
