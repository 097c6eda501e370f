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
};
/* clang-format on */
const size_t bx_registry_nkeys = sizeof bx_registry_keys / sizeof *bx_registry_keys;

const struct bx_words *bx_key_words(enum bx_key_kind kind)
{
    return kind == BX_KEY_HEAD ? &bx_head_words : kind == BX_KEY_FIT ? &bx_fit_words : kind == BX_KEY_VALUES ? &bx_values_words : NULL;
}
