/* ids.c: open addressing, at most half full. */
#include "core/data/ids.h"
#include "core/base/names.h"
#include <stdlib.h>
#include <string.h>

void bx_ids_make(struct bx_ids *m, const int64_t *id, const char *const *key, size_t n, struct bx_arena *a)
{
    size_t size = 16;
    while (size < 2 * n)
        size *= 2;
    *m = (struct bx_ids){.mask = size - 1, .slot = BX_NEW(a, uint32_t, size), .id = id, .key = key};
    for (size_t i = 0; i < n; i++) {
        size_t h = (key ? bx_hash_text(key[i], strlen(key[i])) : bx_hash_number((uint64_t)id[i])) & m->mask;
        while (m->slot[h] && !(key ? !strcmp(key[m->slot[h] - 1], key[i]) : id[m->slot[h] - 1] == id[i]))
            h = (h + 1) & m->mask;
        m->slot[h] = (uint32_t)i + 1;
        if (!key && (uint64_t)id[i] < BX_IDS_LOW)
            m->low[id[i]] = (uint32_t)i + 1;
    }
}

size_t bx_ids_find(const struct bx_ids *m, int64_t id)
{
    if ((uint64_t)id < BX_IDS_LOW)
        return m->low[id] ? m->low[id] - 1 : BX_NO_INDEX;
    for (size_t h = bx_hash_number((uint64_t)id) & m->mask; !m->key && m->slot[h]; h = (h + 1) & m->mask)
        if (m->id[m->slot[h] - 1] == id)
            return m->slot[h] - 1;
    return BX_NO_INDEX;
}

size_t bx_ids_find_key(const struct bx_ids *m, struct bx_slice key)
{
    for (size_t h = bx_hash_text(key.p, key.n) & m->mask; m->key && m->slot[h]; h = (h + 1) & m->mask) {
        const char *k = m->key[m->slot[h] - 1];
        if (strlen(k) == key.n && !memcmp(k, key.p, key.n))
            return m->slot[h] - 1;
    }
    return BX_NO_INDEX;
}

static void rehash(struct bx_growing_ids *m)
{
    size_t size = m->slot ? 2 * (m->mask + 1) : 16;
    free(m->slot);
    m->slot = bx_xrealloc(NULL, size, sizeof *m->slot);
    memset(m->slot, 0, size * sizeof *m->slot);
    m->mask = size - 1;
    for (size_t i = 0; i < m->n; i++) {
        size_t h = bx_hash_number((uint64_t)m->id[i]) & m->mask;
        while (m->slot[h])
            h = (h + 1) & m->mask;
        m->slot[h] = (uint32_t)i + 1;
    }
}

size_t bx_growing_ids_add(struct bx_growing_ids *m, int64_t id)
{
    if (!m->slot || 2 * m->n >= m->mask)
        rehash(m);
    size_t h = bx_hash_number((uint64_t)id) & m->mask;
    for (; m->slot[h]; h = (h + 1) & m->mask)
        if (m->id[m->slot[h] - 1] == id)
            return m->slot[h] - 1;
    m->id = bx_grow(m->id, &m->cap, m->n + 1, sizeof *m->id);
    m->id[m->n++] = id;
    m->slot[h] = (uint32_t)m->n;
    return m->n - 1;
}

void bx_growing_ids_free(struct bx_growing_ids *m)
{
    free(m->id);
    free(m->slot);
    *m = (struct bx_growing_ids){0};
}

bool bx_image_id_read(struct bx_json *r, struct bx_image_id *id)
{
    id->is_key = bx_json_peek(r) == BX_JSON_STRING;
    if (!id->is_key)
        return bx_json_int(r, &id->number);
    const char *at = r->p;
    if (!bx_json_string(r, &id->key))
        return false;
    if (memchr(id->key.p, 0, id->key.n))
        return bx_json_fail(r, at, "found an id with a NUL character");
    return true;
}

bool bx_image_id_number(struct bx_slice key, int64_t *number)
{
    struct bx_err ignored = {0};
    struct bx_json r = {.name = "", .start = key.p, .p = key.p, .end = key.p + key.n, .first = true, .err = &ignored};
    return key.n && (key.p[0] == '-' || (key.p[0] >= '0' && key.p[0] <= '9')) && !memchr(key.p, '.', key.n) && !memchr(key.p, 'e', key.n) &&
           !memchr(key.p, 'E', key.n) && bx_json_int(&r, number) && r.p == r.end;
}
