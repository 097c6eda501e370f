/*
 * ids.h: from the ids of a COCO file to indices: a hash table of 64-bit integers, and of strings for files whose image ids are.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/json_reader.h"
#include "core/data/testset.h"
#include <stddef.h>
#include <stdint.h>

#define BX_NO_INDEX SIZE_MAX
#define BX_IDS_LOW  256

struct bx_ids {
    size_t mask;
    uint32_t *slot; /* index + 1, 0: free */
    const int64_t *id;
    const char *const *key;
    uint32_t low[BX_IDS_LOW]; /* the same of the ids below, which those of classes most often are */
};
/* The n ids (or keys, when not NULL) stay the caller's. Of equal ones the last is found. */
void bx_ids_make(struct bx_ids *m, const int64_t *id, const char *const *key, size_t n, struct bx_arena *a);
size_t bx_ids_find(const struct bx_ids *m, int64_t id);
size_t bx_ids_find_key(const struct bx_ids *m, struct bx_slice key);

/* A set of numbers that grows: the index of id, added when it is new. {0} is empty. */
struct bx_growing_ids {
    int64_t *id;
    size_t n, cap, mask;
    uint32_t *slot;
};
size_t bx_growing_ids_add(struct bx_growing_ids *m, int64_t id);
void bx_growing_ids_free(struct bx_growing_ids *m); /* and it is empty */

/* An image id as the file has it: a whole number, or a string where the test set's are strings. */
struct bx_image_id {
    bool is_key;
    int64_t number;
    struct bx_slice key; /* valid until the reader reads on */
};
bool bx_image_id_read(struct bx_json *r, struct bx_image_id *id);
bool bx_image_id_number(struct bx_slice key, int64_t *number); /* a string that spells a whole number and nothing else: "12", not "012" */
