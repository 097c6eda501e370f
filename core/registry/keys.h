/*
 * keys.h: every key that a model config may have, as a table: what reads configs (check.c) and what the JSON Schema
 * beside the configs is compared with (tests/registry). Private to the registry and its tests.
 */
#pragma once
#include "core/data/bases.h"
#include "core/data/model.h"
#include "core/data/networks.h"
#include <stdbool.h>
#include <stddef.h>

enum bx_key_kind {
    BX_KEY_FORMAT, /* the number 1 */
    BX_KEY_TEXT,   /* a line for people: no control or invisible characters, no white space around it */
    BX_KEY_URL,    /* http or https */
    BX_KEY_SLUG,
    BX_KEY_TASK,
    BX_KEY_LICENSE,    /* SPDX expression */
    BX_KEY_NUMBER,     /* lo..hi */
    BX_KEY_INTEGER,    /* lo..hi */
    BX_KEY_DURATION,   /* lo..hi seconds */
    BX_KEY_SIZE,       /* a whole number, or two: width, height; each lo..hi */
    BX_KEY_METRIC,     /* a name of the catalogue */
    BX_KEY_CLASSES,    /* an object: class name -> class name or null */
    BX_KEY_CATEGORIES, /* "test-set", or an object: decimal id -> class name */
    BX_KEY_BASE,       /* what category numbers count from: 0, 1, or a name (core/data/bases.h) */
    BX_KEY_PATH,       /* of a file inside the config's folder, which is there */
    BX_KEY_SOURCE,     /* the same, or of a folder */
    BX_KEY_PROGRAM,    /* a bare name, or such a path to an executable file */
    BX_KEY_ARGUMENT,   /* any text without control characters, also none */
    BX_KEY_TEMPLATE,   /* an object or a list, whose text is kept */
    BX_KEY_VARIABLE,   /* the name of an environment variable */
    BX_KEY_HEAD,       /* a word of core/data/networks.h, each of its list */
    BX_KEY_FIT,
    BX_KEY_VALUES,
    BX_KEY_TYPE,    /* of the backend: the name of its section */
    BX_KEY_SECTION, /* an object: the section of that name */
    BX_KEY_BACKEND, /* an object: the section that its "type" names */
};

struct bx_key {
    const char *section; /* "" at the top; "links", "reported"; a kind of backend (core/data/backends.h) */
    const char *name;
    enum bx_key_kind kind;
    bool required;
    size_t items; /* not 0: an array of at most so many; without repetition unless they are arguments or objects */
    size_t bytes; /* the longest string */
    double lo, hi;
    size_t at;     /* of a backend's key: where its value goes in struct bx_backend_config; 0: nowhere */
    double absent; /* and a number's value when it does not stand there */
};

extern const struct bx_key bx_registry_keys[];
extern const size_t bx_registry_nkeys;
/* What a key of a word may be; NULL: it is none. */
const struct bx_words *bx_key_words(enum bx_key_kind kind);
