/* keys.c: the table of keys.h. */
#include "core/registry/keys.h"

enum { DAY = 86400 };

#define KEY(...)                                                                                                                           \
    {                                                                                                                                      \
        __VA_ARGS__, 0, 0                                                                                                                  \
    }
#define AT(member)   offsetof(struct bx_backend_config, member)
#define LIST(member) _Static_assert(AT(n##member) == AT(member) + sizeof(void *), "a list is followed by its length")
LIST(categories);
LIST(args);
LIST(env);
LIST(files);
LIST(class_names);
LIST(headers);
LIST(query);

/* clang-format off */
const struct bx_key bx_registry_keys[] = {
    KEY("", "format",               BX_KEY_FORMAT,     true,  0,    0,    1, 1),
    KEY("", "$schema",              BX_KEY_ARGUMENT,   false, 0,    300,  0, 0),
    KEY("", "name",                 BX_KEY_TEXT,       true,  0,    100,  0, 0),
    KEY("", "family",               BX_KEY_TEXT,       false, 0,    100,  0, 0),
    KEY("", "task",                 BX_KEY_TASK,       true,  0,    0,    0, 0),
    KEY("", "license",              BX_KEY_LICENSE,    false, 0,    200,  0, 0),
    KEY("", "links",                BX_KEY_SECTION,    false, 0,    0,    0, 0),
    KEY("", "parameters",           BX_KEY_NUMBER,     false, 0,    0,    0, 1e15),
    KEY("", "flops",                BX_KEY_NUMBER,     false, 0,    0,    0, 1e18),
    KEY("", "input_size",           BX_KEY_SIZE,       false, 0,    0,    1, 65535),
    KEY("", "training_data",        BX_KEY_TEXT,       false, 50,   200,  0, 0),
    KEY("", "reported",             BX_KEY_SECTION,    false, 100,  0,    0, 0),
    KEY("", "tags",                 BX_KEY_TEXT,       false, 50,   40,   0, 0),
    KEY("", "operating_confidence", BX_KEY_NUMBER,     false, 0,    0,    0, 1),
    KEY("", "formerly",             BX_KEY_SLUG,       false, 50,   64,   0, 0),
    KEY("", "boards",               BX_KEY_SLUG,       false, 50,   64,   0, 0),
    KEY("", "class_map",            BX_KEY_CLASSES,    false, 0,    200,  0, 0),
    KEY("", "backend",              BX_KEY_BACKEND,    true,  0,    0,    0, 0),

    KEY("links", "code",            BX_KEY_URL,        false, 0,    2000, 0, 0),
    KEY("links", "paper",           BX_KEY_URL,        false, 0,    2000, 0, 0),
    KEY("links", "weights",         BX_KEY_URL,        false, 0,    2000, 0, 0),

    KEY("reported", "test_set",     BX_KEY_TEXT,       true,  0,    100,  0, 0),
    KEY("reported", "metric",       BX_KEY_METRIC,     true,  0,    64,   0, 0),
    KEY("reported", "value",        BX_KEY_NUMBER,     true,  0,    0,    -1e15, 1e15),
    KEY("reported", "source",       BX_KEY_TEXT,       false, 0,    2000, 0, 0),

    {"predictions", "type",       BX_KEY_TYPE,       true,  0,   0,    0, 0, 0,                   0},
    {"predictions", "file",       BX_KEY_SOURCE,     true,  0,   1000, 0, 0, AT(file),            0},
    {"predictions", "categories", BX_KEY_CATEGORIES, false, 0,   200,  0, 0, AT(categories),      0},
    {"predictions", "category_base", BX_KEY_BASE,    false, 0,  0,    0, 0, AT(category_base),   BX_NBASES},
    {"predictions", "max_detections", BX_KEY_INTEGER, false, 0,  0,    1, 100000, AT(max_detections), 10000},

    {"command", "type",            BX_KEY_TYPE,     true,  0,    0,    0, 0, 0,                           0},
    {"command", "program",         BX_KEY_PROGRAM,  true,  0,    1000, 0, 0,         AT(program),         0},
    {"command", "args",            BX_KEY_ARGUMENT, false, 256,  4096, 0, 0,         AT(args),            0},
    {"command", "env",             BX_KEY_VARIABLE, false, 50,   64,   0, 0,         AT(env),             0},
    {"command", "files",           BX_KEY_PATH,     false, 256,  1000, 0, 0,         AT(files),           0},
    {"command", "inflight",        BX_KEY_INTEGER,  false, 0,    0,    1, 64,        AT(inflight),        1},
    {"command", "max_detections",  BX_KEY_INTEGER,  false, 0,    0,    1, 100000,    AT(max_detections),  1000},
    {"command", "startup_timeout", BX_KEY_DURATION, false, 0,    0,    1, DAY,       AT(startup_timeout), 300},
    {"command", "image_timeout",   BX_KEY_DURATION, false, 0,    0,    0.1, DAY,     AT(image_timeout),   60},
    {"command", "total_timeout",   BX_KEY_DURATION, false, 0,    0,    1, 30 * DAY,  AT(total_timeout),   21600},

    {"onnx", "type",            BX_KEY_TYPE,     true,  0,    0,    0, 0, 0,                             0},
    {"onnx", "file",            BX_KEY_PATH,     true,  0,    1000, 0, 0,         AT(file),              0},
    {"onnx", "head",            BX_KEY_HEAD,     false, 0,    64,   0, 0,         AT(head),              0},
    {"onnx", "size",            BX_KEY_SIZE,     false, 0,    0,    1, 8192,      AT(size),              0},
    {"onnx", "resize",          BX_KEY_FIT,      false, 0,    64,   0, 0,         AT(resize),            0},
    {"onnx", "values",          BX_KEY_VALUES,   false, 0,    64,   0, 0,         AT(values),            0},
    {"onnx", "rect",            BX_KEY_INTEGER,  false, 0,    0,    0, 256,       AT(rect),              -1},
    {"onnx", "conf",            BX_KEY_NUMBER,   false, 0,    0,    0, 1,         AT(conf),              -1},
    {"onnx", "iou",             BX_KEY_NUMBER,   false, 0,    0,    0, 1,         AT(iou),               -1},
    {"onnx", "max_det",         BX_KEY_INTEGER,  false, 0,    0,    1, 10000,     AT(most),              300},
    {"onnx", "threads",         BX_KEY_INTEGER,  false, 0,    0,    1, 1024,      AT(threads),           0},
    {"onnx", "names",           BX_KEY_TEXT,     false, 1000, 200, 0, 0,         AT(class_names),       0},
    {"onnx", "names_file",      BX_KEY_PATH,     false, 0,    1000, 0, 0,         AT(names_file),        0},
    {"onnx", "startup_timeout", BX_KEY_DURATION, false, 0,    0,    1, DAY,       AT(startup_timeout),   300},
    {"onnx", "image_timeout",   BX_KEY_DURATION, false, 0,    0,    0.1, DAY,     AT(image_timeout),     60},
    {"onnx", "total_timeout",   BX_KEY_DURATION, false, 0,    0,    1, 30 * DAY,  AT(total_timeout),     21600},

    {"http", "type",            BX_KEY_TYPE,       true,  0,    0,    0, 0, 0,                        0},
    {"http", "url",             BX_KEY_URL,        true,  0,    2000, 0, 0,        AT(url),             0},
    {"http", "preset",          BX_KEY_TEXT,       false, 0,    64,   0, 0,        AT(preset),          0},
    {"http", "env",             BX_KEY_VARIABLE,   false, 50,   64,   0, 0,        AT(env),             0},
    {"http", "method",          BX_KEY_TEXT,       false, 0,    16,   0, 0,        AT(method),          0},
    {"http", "headers",         BX_KEY_ARGUMENT,   false, 32,   2000, 0, 0,        AT(headers),         0},
    {"http", "query",           BX_KEY_ARGUMENT,   false, 32,   2000, 0, 0,        AT(query),           0},
    {"http", "send",            BX_KEY_TEXT,       false, 0,    2000, 0, 0,        AT(send),            0},
    {"http", "json",            BX_KEY_TEMPLATE,   false, 0,    0,    0, 0,        AT(json),            0},
    {"http", "each",            BX_KEY_TEXT,       false, 0,    300,  0, 0,        AT(each),            0},
    {"http", "count",           BX_KEY_TEXT,       false, 0,    300,  0, 0,        AT(count),           0},
    {"http", "empty",           BX_KEY_TEXT,       false, 0,    16,   0, 0,        AT(empty),           0},
    {"http", "box",             BX_KEY_TEXT,       false, 0,    1000, 0, 0,        AT(box),             0},
    {"http", "obb",             BX_KEY_TEXT,       false, 0,    1000, 0, 0,        AT(obb),             0},
    {"http", "poly",            BX_KEY_TEXT,       false, 0,    1000, 0, 0,        AT(poly),            0},
    {"http", "rle",             BX_KEY_TEXT,       false, 0,    300,  0, 0,        AT(rle),             0},
    {"http", "score",           BX_KEY_TEXT,       false, 0,    300,  0, 0,        AT(score),           0},
    {"http", "score_scale",     BX_KEY_NUMBER,     false, 0,    0,    1e-6, 1e6,   AT(score_scale),     1},
    {"http", "class",           BX_KEY_TEXT,       false, 0,    300,  0, 0,        AT(class_),          0},
    {"http", "names",           BX_KEY_TEXT,       false, 2000, 200,  0, 0,        AT(class_names),           0},
    {"http", "categories",      BX_KEY_CATEGORIES, false, 0,    200,  0, 0,        AT(categories),      0},
    {"http", "size",            BX_KEY_TEXT,       false, 0,    300,  0, 0,        AT(seen),            0},
    {"http", "time",            BX_KEY_TEXT,       false, 0,    300,  0, 0,        AT(time),            0},
    {"http", "error",           BX_KEY_TEXT,       false, 0,    1000, 0, 0,        AT(error),           0},
    {"http", "inflight",        BX_KEY_INTEGER,    false, 0,    0,    1, 64,       AT(inflight),        1},
    {"http", "max_detections",  BX_KEY_INTEGER,    false, 0,    0,    1, 100000,   AT(max_detections),  1000},
    {"http", "startup_timeout", BX_KEY_DURATION,   false, 0,    0,    1, DAY,      AT(startup_timeout), 300},
    {"http", "image_timeout",   BX_KEY_DURATION,   false, 0,    0,    0.1, DAY,    AT(image_timeout),   60},
    {"http", "total_timeout",   BX_KEY_DURATION,   false, 0,    0,    1, 30 * DAY, AT(total_timeout),   21600},

    {"roboflow", "type",            BX_KEY_TYPE,     true,  0,  0,    0, 0, 0,                        0},
    {"roboflow", "model",           BX_KEY_TEXT,     true,  0,  200,  0, 0,        AT(hosted),          0},
    {"roboflow", "url",             BX_KEY_URL,      false, 0,  2000, 0, 0,        AT(url),             0},
    {"roboflow", "env",             BX_KEY_VARIABLE, false, 50, 64,   0, 0,        AT(env),             0},
    {"roboflow", "route",           BX_KEY_TEXT,     false, 0,  16,   0, 0,        AT(route),           0},
    {"roboflow", "confidence",      BX_KEY_NUMBER,   false, 0,  0,    0, 0.999,    AT(confidence),      0.001},
    {"roboflow", "iou_threshold",   BX_KEY_NUMBER,   false, 0,  0,    0, 0.999,    AT(iou_threshold),   0.7},
    {"roboflow", "max_predictions", BX_KEY_INTEGER,  false, 0,  0,    1, 10000,    AT(max_predictions), 300},
    {"roboflow", "inflight",        BX_KEY_INTEGER,  false, 0,  0,    1, 64,       AT(inflight),        1},
    {"roboflow", "max_detections",  BX_KEY_INTEGER,  false, 0,  0,    1, 100000,   AT(max_detections),  1000},
    {"roboflow", "startup_timeout", BX_KEY_DURATION, false, 0,  0,    1, DAY,      AT(startup_timeout), 300},
    {"roboflow", "image_timeout",   BX_KEY_DURATION, false, 0,  0,    0.1, DAY,    AT(image_timeout),   60},
    {"roboflow", "total_timeout",   BX_KEY_DURATION, false, 0,  0,    1, 30 * DAY, AT(total_timeout),   21600},
};
/* clang-format on */
const size_t bx_registry_nkeys = sizeof bx_registry_keys / sizeof *bx_registry_keys;

const struct bx_words *bx_key_words(enum bx_key_kind kind)
{
    return kind == BX_KEY_HEAD ? &bx_head_words : kind == BX_KEY_FIT ? &bx_fit_words : kind == BX_KEY_VALUES ? &bx_values_words : NULL;
}
