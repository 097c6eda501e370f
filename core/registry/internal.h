/* internal.h: what the registry's files share. */
#pragma once
#include "core/registry/registry.h"

/* Everything that one config alone can show. Problems go to c->problems. */
void bx_registry_check(struct bx_conf *c, const char *dir);

/* A checked config -> the model; memory in a. The slug, path and dir are the caller's. */
void bx_registry_extract(const cJSON *root, struct bx_model *m, struct bx_arena *a);

/* An object of strings and nulls, as class_map and categories are. */
const struct bx_classmap_pair *bx_registry_pairs(const cJSON *object, size_t *n, struct bx_arena *a);
void bx_registry_digest_scoring(const cJSON *root, struct bx_arena *a, uint8_t out[32]);

/* NULL when all is well, otherwise what is wrong: "expected a relative path", … */
const char *bx_registry_url_problem(const char *s);
const char *bx_registry_path_problem(const char *s);
