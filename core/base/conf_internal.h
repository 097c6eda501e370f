/* conf_internal.h: the table of places, shared by the files of conf. */
#pragma once
#include "core/base/conf.h"

struct bx_conf_place {
    const cJSON *node;
    uint32_t line, column;         /* of the value */
    uint32_t key_line, key_column; /* of its key; 0 when it has none */
};

void bx_conf_sort_places(struct bx_conf *c);                                           /* once all are there: before it none is found */
const struct bx_conf_place *bx_conf_place(const struct bx_conf *c, const cJSON *node); /* NULL when it is not of this tree */
void bx_conf_problem_at_key(struct bx_conf *c, const cJSON *node, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* json_canonical.c: an object's members by their keys' bytes, equal ones in their order: for who must not look at each against each. *n of
 * them, to be freed. */
struct bx_conf_member {
    const cJSON *node;
    size_t index;
};
struct bx_conf_member *bx_conf_sorted(const cJSON *object, size_t *n);
