/*
 * names.h: where a name or a number is found again: hashes, and a table over a list of names that the caller owns.
 *
 * The hashes are keyed by random bytes of this process: names and ids come from files that nobody vouches for, and whoever knows the
 * function could choose them so that all meet in one place, and each search walks through all of them. No result may depend on a hash.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

extern uint64_t bx_hash_key[2]; /* drawn before main begins, odd */
static inline uint64_t bx_hash_number(uint64_t x)
{
    unsigned __int128 product = (unsigned __int128)(x ^ bx_hash_key[1]) * bx_hash_key[0];
    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}
uint64_t bx_hash_text(const char *p, size_t n);

struct bx_name_table { /* {0} is empty */
    uint32_t *slot;    /* index + 1, 0: free */
    size_t size;       /* of slot: 0, or a power of two */
};
/* The slot of `name` among the table's n names, with room for one more: 0 where it is not yet there, and the caller puts its index + 1. */
uint32_t *bx_name_slot(struct bx_name_table *t, const char *const *names, size_t n, const char *name, size_t length);
/* Of n names as they are; of equal ones the first. */
void bx_name_table_fill(struct bx_name_table *t, const char *const *names, size_t n);
size_t bx_name_find(const struct bx_name_table *t, const char *const *names, const char *name,
                    size_t length);               /* its index, SIZE_MAX: none */
void bx_name_table_free(struct bx_name_table *t); /* and it is empty */

/* Different names in the order in which they are met. {0} is empty. */
struct bx_name_list {
    const char **at;
    size_t n, cap;
    struct bx_name_table table;
};
struct bx_arena;
/* Its place, new or old; a new one is copied to a. */
uint32_t bx_name_list_add(struct bx_name_list *l, const char *name, size_t length, struct bx_arena *a);
void bx_name_list_free(struct bx_name_list *l); /* and it is empty */
