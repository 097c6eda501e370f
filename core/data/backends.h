/*
 * backends.h: the kinds of backend, as a list: the one place that whoever has to know them reads. The registry takes its sections of keys
 * from it (core/registry/keys.c), core/backend what opens them (bx_<name>_open), settings and verbs who needs a permission, the runner
 * who needs images, pages and --help the words.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* X(constant, name, member, noun, runs, confined, server, images, test_set_ids, asked): see struct bx_backend_info. */
#define BX_BACKENDS(X)                                                                                                                     \
    X(PREDICTIONS, predictions, file, "predictions", false, false, false, false, true, "reading a file of predictions")                    \
    X(COMMAND, command, program, "program", true, true, false, true, false, "running a program")                                           \
    X(ONNX, onnx, file, "network", false, true, false, true, false, "running a network in ONNX Runtime")                                   \
    X(HTTP, http, url, "url", false, false, true, true, false, "asking a server")                                                          \
    X(ROBOFLOW, roboflow, hosted, "model", false, false, true, true, false, "asking a Roboflow server")

enum bx_backend_kind {
#define X(constant, ...) BX_BACKEND_##constant,
    BX_BACKENDS(X)
#undef X
        BX_NBACKENDS
};

struct bx_backend_info {
    const char *name;  /* "type" in a config, and the section of its keys */
    const char *noun;  /* what `what` is called where it is shown */
    size_t what;       /* offset in struct bx_backend_config: the text that tells one model of the kind from another */
    bool runs;         /* a program of the contributor's: only after `boxscore allow` */
    bool confined;     /* a process of its own answers, which the settings confine */
    bool server;       /* somebody else's, sent the images: only after `boxscore allow`, too; nobody knows whether it stays the same */
    bool images;       /* is given image files: they are staged before, and looked at again afterwards */
    bool test_set_ids; /* its classes may be category ids of the test set: what is stored has the names of then */
    const char *asked; /* "asked by …" */
};

struct bx_backend_config;
extern const struct bx_backend_info bx_backends[BX_NBACKENDS];
/* NULL: of a kind that there is not, or no longer (BX_NBACKENDS). Only a config from a store can be that. */
const struct bx_backend_info *bx_backend_info(const struct bx_backend_config *b);
bool bx_backend_needs_leave(const struct bx_backend_config *b);  /* only after `boxscore allow` */
const struct bx_backend_info *bx_backend_find(const char *name); /* NULL: no such kind */
const char *bx_backend_what(const struct bx_backend_config *b);  /* its program, its file, … */
