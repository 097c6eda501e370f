/*
 * http.h: the parts of the backend that asks a server: what is sent (request.c), what its answers say (find.c, body.c), and the
 * conversation (conversation.c), which is core/net's loop. What to send and where to look comes from the config (core/data/service.h).
 */
#pragma once
#include "core/backend/answer.h"
#include "core/base/buf.h"
#include "core/data/service.h"

/* find.c. What a path leads to: each value, as its text in the answer. `rest`: the last key that a * stood for. */
struct bx_finding {
    const char *answer, *end; /* the whole, for places */
    const char *const *taken; /* keys that no * means */
    size_t ntaken;
    bool (*found)(void *self, struct bx_slice value, struct bx_slice rest, struct bx_err *e);
    void *self;
    struct bx_slice rest;
};
/* False with e: something on the way is of another kind, a key stands twice, or `found` said so. What is not there, or null, is not found.
 */
bool bx_find(struct bx_finding *f, const struct bx_json_path *path, struct bx_slice value, struct bx_err *e);
/* The first value there; p NULL: there is none. */
bool bx_find_one(struct bx_finding *f, const struct bx_json_path *path, struct bx_slice value, struct bx_slice *out, struct bx_err *e);
void bx_find_begin(const struct bx_finding *f, struct bx_slice value, struct bx_json *r, struct bx_err *e);
/* All numbers of a list, lists in it included, or one number alone. *list is grown with *cap (free it). */
enum { BX_FIND_NUMBERS = 2000000 };
bool bx_find_numbers(struct bx_finding *f, const char *what, struct bx_slice value, double **list, size_t *n, size_t *cap,
                     struct bx_err *e);

/* body.c: an answer's text → detections, as displayed. */
struct bx_body_rules {
    const struct bx_mapping *map;
    const char *const *class_names; /* what numbers index; or categories name them */
    size_t nclass_names;
    const struct bx_classmap_pair *categories;
    size_t ncategories;
    const struct bx_testset *testset;
    unsigned geometries;
    size_t max_detections;
};
struct bx_body {
    struct bx_detection *at;
    size_t n;
    int64_t own_ns; /* -1: it does not say */
    uint32_t w, h;
    bool reframed;
    size_t thin; /* predictions left out: their outline is none */
};
bool bx_body_read(const char *p, size_t n, const struct bx_body_rules *rules, size_t image, struct bx_names *names, struct bx_body *out,
                  struct bx_arena *a, struct bx_err *e);
/* What a server says of an error, as its answer's `error` paths have it, or nothing. Appended. */
void bx_body_words(const char *p, size_t n, const struct bx_mapping *map, struct bx_buf *out);

/* request.c: what is sent for one image. */
struct bx_http_image {
    const char *name; /* neutral */
    const void *bytes;
    size_t n;
    uint32_t w, h;
};
struct bx_http_message {
    const char *const *headers;
    size_t nheaders;
    const char *query; /* NULL: none */
    struct bx_buf body;
};
struct bx_http_values {       /* of ${…} */
    const char *const *order; /* names, as the config has them: ${key} is the first */
    size_t norder;
    const struct bx_secret *env;
    size_t nenv;
};
/* image NULL: `json` alone is sent, without one. */
bool bx_http_message(const struct bx_service *s, const char *json, const struct bx_http_values *v, const struct bx_http_image *image,
                     struct bx_http_message *out, struct bx_arena *a, struct bx_err *e);
