/* json_canonical.c: the one spelling of a tree: RFC 8785, but with keys in the order of their bytes instead of their UTF-16 units. */
#include "core/base/conf_internal.h"
#include "core/base/json_writer.h"

static int by_key(const void *a, const void *b)
{
    const struct bx_conf_member *p = a, *q = b;
    int keys = strcmp(p->node->string, q->node->string);
    return keys ? keys : p->index < q->index ? -1 : p->index > q->index;
}

struct bx_conf_member *bx_conf_sorted(const cJSON *object, size_t *n)
{
    size_t cap = 0;
    struct bx_conf_member *members = NULL;
    *n = 0;
    for (const cJSON *child = object->child; child; child = child->next, ++*n) {
        members = bx_grow(members, &cap, *n + 1, sizeof *members);
        members[*n] = (struct bx_conf_member){child, *n};
    }
    if (*n)
        qsort(members, *n, sizeof *members, by_key);
    return members;
}

static void add(struct bx_jw *w, const char *key, const cJSON *node);

static void add_object(struct bx_jw *w, const char *key, const cJSON *node)
{
    size_t n;
    struct bx_conf_member *members = bx_conf_sorted(node, &n);
    bx_jw_object(w, key);
    for (size_t i = 0; i < n; i++)
        add(w, members[i].node->string, members[i].node);
    bx_jw_object_end(w);
    free(members);
}

static void add(struct bx_jw *w, const char *key, const cJSON *node)
{
    if (cJSON_IsObject(node)) {
        add_object(w, key, node);
    } else if (cJSON_IsArray(node)) {
        bx_jw_array(w, key);
        for (const cJSON *child = node->child; child; child = child->next)
            add(w, NULL, child);
        bx_jw_array_end(w);
    } else if (cJSON_IsNumber(node)) {
        bx_jw_num(w, key, node->valuedouble == 0 ? 0 : node->valuedouble); /* -0 as 0 */
    } else if (cJSON_IsBool(node)) {
        bx_jw_bool(w, key, cJSON_IsTrue(node));
    } else {
        bx_jw_str(w, key, cJSON_IsString(node) ? node->valuestring : NULL);
    }
}

char *bx_json_canonical(const cJSON *node, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b};
    add(&w, NULL, node);
    return bx_strndup(a, bx_buf_str(&b), b.n);
}
