/* json_canonical.c: the one spelling of a tree: RFC 8785, but with keys in the order of their bytes instead of their UTF-16 units. */
#include "core/base/buf.h"
#include "core/base/conf.h"

struct member {
    const cJSON *node;
    size_t index;
};

static int by_key(const void *a, const void *b)
{
    const struct member *p = a, *q = b;
    int keys = strcmp(p->node->string, q->node->string);
    return keys ? keys : p->index < q->index ? -1 : p->index > q->index;
}

static void add(struct bx_buf *b, const cJSON *node);

static void add_object(struct bx_buf *b, const cJSON *node)
{
    size_t n = 0, cap = 0;
    struct member *members = NULL;
    for (const cJSON *child = node->child; child; child = child->next, n++) {
        members = bx_grow(members, &cap, n + 1, sizeof *members);
        members[n] = (struct member){child, n};
    }
    if (n)
        qsort(members, n, sizeof *members, by_key);
    bx_buf_addc(b, '{');
    for (size_t i = 0; i < n; i++) {
        if (i)
            bx_buf_addc(b, ',');
        bx_buf_add_json_string(b, members[i].node->string, strlen(members[i].node->string));
        bx_buf_addc(b, ':');
        add(b, members[i].node);
    }
    bx_buf_addc(b, '}');
    free(members);
}

static void add(struct bx_buf *b, const cJSON *node)
{
    if (cJSON_IsObject(node)) {
        add_object(b, node);
    } else if (cJSON_IsArray(node)) {
        bx_buf_addc(b, '[');
        for (const cJSON *child = node->child; child; child = child->next) {
            add(b, child);
            if (child->next)
                bx_buf_addc(b, ',');
        }
        bx_buf_addc(b, ']');
    } else if (cJSON_IsString(node)) {
        bx_buf_add_json_string(b, node->valuestring, strlen(node->valuestring));
    } else if (cJSON_IsNumber(node)) {
        bx_buf_add_double(b, node->valuedouble == 0 ? 0 : node->valuedouble); /* -0 as 0 */
    } else {
        bx_buf_adds(b, cJSON_IsTrue(node) ? "true" : cJSON_IsFalse(node) ? "false" : "null");
    }
}

char *bx_json_canonical(const cJSON *node, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    add(&b, node);
    return bx_strndup(a, bx_buf_str(&b), b.n);
}
