/* keys.c: the table of keys.h. */
#include "core/registry/keys.h"

enum { DAY = 86400 };

/* clang-format off */
const struct bx_key bx_registry_keys[] = {
    {"", "format",               BX_KEY_FORMAT,     true,  0,    0,    1, 1},
    {"", "$schema",              BX_KEY_ARGUMENT,   false, 0,    300,  0, 0},
    {"", "name",                 BX_KEY_TEXT,       true,  0,    100,  0, 0},
    {"", "family",               BX_KEY_TEXT,       false, 0,    100,  0, 0},
    {"", "task",                 BX_KEY_TASK,       true,  0,    0,    0, 0},
    {"", "license",              BX_KEY_LICENSE,    false, 0,    200,  0, 0},
    {"", "links",                BX_KEY_SECTION,    false, 0,    0,    0, 0},
    {"", "parameters",           BX_KEY_NUMBER,     false, 0,    0,    0, 1e15},
    {"", "flops",                BX_KEY_NUMBER,     false, 0,    0,    0, 1e18},
    {"", "input_size",           BX_KEY_SIZE,       false, 0,    0,    1, 65535},
    {"", "training_data",        BX_KEY_TEXT,       false, 50,   200,  0, 0},
    {"", "reported",             BX_KEY_SECTION,    false, 100,  0,    0, 0},
    {"", "tags",                 BX_KEY_TEXT,       false, 50,   40,   0, 0},
    {"", "operating_confidence", BX_KEY_NUMBER,     false, 0,    0,    0, 1},
    {"", "formerly",             BX_KEY_SLUG,       false, 50,   64,   0, 0},
    {"", "boards",               BX_KEY_SLUG,       false, 50,   64,   0, 0},
    {"", "class_map",            BX_KEY_CLASSES,    false, 0,    200,  0, 0},
    {"", "backend",              BX_KEY_BACKEND,    true,  0,    0,    0, 0},

    {"links", "code",            BX_KEY_URL,        false, 0,    2000, 0, 0},
    {"links", "paper",           BX_KEY_URL,        false, 0,    2000, 0, 0},
    {"links", "weights",         BX_KEY_URL,        false, 0,    2000, 0, 0},

    {"reported", "test_set",     BX_KEY_TEXT,       true,  0,    100,  0, 0},
    {"reported", "metric",       BX_KEY_METRIC,     true,  0,    64,   0, 0},
    {"reported", "value",        BX_KEY_NUMBER,     true,  0,    0,    -1e15, 1e15},
    {"reported", "source",       BX_KEY_TEXT,       false, 0,    2000, 0, 0},

    {"predictions", "type",       BX_KEY_TYPE,       true,  0,   0,    0, 0},
    {"predictions", "file",       BX_KEY_PATH,       true,  0,   1000, 0, 0},
    {"predictions", "categories", BX_KEY_CATEGORIES, false, 0,   200,  0, 0},

    {"command", "type",            BX_KEY_TYPE,     true,  0,    0,    0, 0},
    {"command", "program",         BX_KEY_PROGRAM,  true,  0,    1000, 0, 0},
    {"command", "args",            BX_KEY_ARGUMENT, false, 256,  4096, 0, 0},
    {"command", "env",             BX_KEY_VARIABLE, false, 50,   64,   0, 0},
    {"command", "files",           BX_KEY_PATH,     false, 256,  1000, 0, 0},
    {"command", "inflight",        BX_KEY_INTEGER,  false, 0,    0,    1, 64},
    {"command", "max_detections",  BX_KEY_INTEGER,  false, 0,    0,    1, 100000},
    {"command", "startup_timeout", BX_KEY_DURATION, false, 0,    0,    1, DAY},
    {"command", "image_timeout",   BX_KEY_DURATION, false, 0,    0,    0.1, DAY},
    {"command", "total_timeout",   BX_KEY_DURATION, false, 0,    0,    1, 30 * DAY},
};
/* clang-format on */
const size_t bx_registry_nkeys = sizeof bx_registry_keys / sizeof *bx_registry_keys;
