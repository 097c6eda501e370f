/* internal.h: what the registry's files share. */
#pragma once
#include "core/registry/registry.h"

/* Everything that one config alone can show. Problems go to c->problems. dir NULL: the config is a store's: files are not looked for, and
 * what is wrong is taken out of the tree, so that the rest can be extracted. */
void bx_registry_check(struct bx_conf *c, const char *dir);

/* A checked config -> the model; memory in a. The slug, path and dir are the caller's. */
void bx_registry_extract_backend(const cJSON *node, struct bx_backend_config *b, struct bx_arena *a);
void bx_registry_extract(const cJSON *root, struct bx_model *m, struct bx_arena *a);

/* NULL when all is well, otherwise what is wrong: "expected a relative path", … */
const char *bx_registry_url_problem(const char *s);
const char *bx_registry_path_problem(const char *s);
