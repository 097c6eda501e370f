/* presets.c: servers whose requests and answers are known. */
#include "core/data/service.h"

const struct bx_preset bx_presets[] = {
    {
        .name = "huggingface",
        .words = "an endpoint of Hugging Face for object detection",
        .headers = {"Authorization: Bearer ${key}"},
        .json = "{\"inputs\":\"${image.base64}\",\"parameters\":{\"threshold\":0.001}}", /* its own is 0.5 or 0.9 */
        .each = "[]",
        .box = "xyxy px : box.xmin, box.ymin, box.xmax, box.ymax",
        .score = "score",
        .class_ = "name : label",
        .error = "error",
    },
    {
        .name = "ultralytics-hub",
        .words = "Ultralytics HUB, as it answered until 2024: normalised centres",
        .headers = {"x-api-key: ${key}"},
        .send = "multipart image size=640 confidence=0.01 iou=0.7", /* it takes no confidence below */
        .each = "data[]",
        .box = "cxcywh unit : xcenter, ycenter, width, height",
        .obb = "unit : obb",
        .poly = "unit flat : segment",
        .score = "confidence",
        .class_ = "name : name",
        .error = "message | error | detail",
        .thin_ok = true,
    },
    {
        .name = "ultralytics",
        .words = "Ultralytics' platform: images[0].results",
        .headers = {"x-api-key: ${key}"},
        .send = "multipart file imgsz=640 conf=0.01 iou=0.7",
        .each = "images[0].results[]",
        .box = "xyxy px : box.x1, box.y1, box.x2, box.y2",
        .obb = "px : box.x1, box.y1, box.x2, box.y2, box.x3, box.y3, box.x4, box.y4",
        .poly = "px columns : segments.x, segments.y",
        .score = "confidence",
        .class_ = "name : name",
        .error = "message | error | detail",
        .thin_ok = true,
    },
    {
        .name = "tf-serving",
        .words = "TensorFlow Serving with the object detection API's signature; `names` or `categories` says what its numbers are",
        .json = "{\"instances\":[{\"b64\":\"${image.base64}\"}]}",
        .each = "columns",
        .count = "predictions[0].num_detections",
        .box = "yxyx unit : predictions[0].detection_boxes",
        .score = "predictions[0].detection_scores",
        .class_ = "id-1 : predictions[0].detection_classes",
        .error = "error",
    },
    {
        .name = "torchserve",
        .words = "TorchServe with its stock object detector, whose rows have the class as a key",
        .send = "raw",
        .each = "[]",
        .box = "xyxy px : *",
        .score = "score",
        .class_ = "key : *",
        .error = "message",
    },
    {
        .name = "kserve",
        .words = "KServe v2 and Triton, where the model takes an encoded image (`image`, BYTES, base64) and gives `boxes`, `scores` and "
                 "`classes`",
        .headers = {"Authorization: Bearer ${key}"},
        .json = "{\"inputs\":[{\"name\":\"image\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"${image.base64}\"]}]}",
        .each = "columns",
        .box = "xyxy px : outputs[name=boxes].data",
        .score = "outputs[name=scores].data",
        .class_ = "id : outputs[name=classes].data",
        .error = "error",
    },
};
const size_t bx_npresets = sizeof bx_presets / sizeof *bx_presets;

const struct bx_preset bx_preset_roboflow = {
    .name = "roboflow",
    .each = "predictions[]",
    .box = "cxcywh px : x, y, width, height",
    .poly = "px : points[] : x, y",
    .rle = "rle",
    .score = "confidence",
    .class_ = "name : class",
    .size = "image.width, image.height",
    .time = "s : time",
    .error = "message | detail[0].msg | detail | error",
    .thin_ok = true,
};
