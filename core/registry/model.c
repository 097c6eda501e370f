/* model.c: a checked config becomes a model, with its digests. */
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/registry/internal.h"
#include "core/registry/keys.h"
#include "core/registry/spdx.h"
#include <math.h>

static const char *text(const cJSON *object, const char *key, struct bx_arena *a)
{
    const cJSON *node = bx_conf_get(object, key);
    return node ? bx_strdup(a, node->valuestring) : NULL;
}

static double number(const cJSON *object, const char *key, double fallback)
{
    const cJSON *node = bx_conf_get(object, key);
    return node ? node->valuedouble : fallback;
}

static double seconds(const cJSON *object, const char *key, double fallback)
{
    const cJSON *node = bx_conf_get(object, key);
    double v = fallback;
    if (cJSON_IsNumber(node))
        return node->valuedouble;
    if (node)
        bx_duration_parse(node->valuestring, &v);
    return v;
}

static const char **texts(const cJSON *object, const char *key, size_t *n, struct bx_arena *a)
{
    const cJSON *list = bx_conf_get(object, key);
    *n = list ? (size_t)cJSON_GetArraySize(list) : 0;
    const char **out = BX_NEW(a, const char *, *n);
    size_t i = 0;
    for (const cJSON *child = list ? list->child : NULL; child; child = child->next)
        out[i++] = bx_strdup(a, child->valuestring);
    return out;
}

static const struct bx_classmap_pair *pairs(const cJSON *object, size_t *n, struct bx_arena *a)
{
    *n = cJSON_IsObject(object) ? (size_t)cJSON_GetArraySize(object) : 0;
    if (!*n)
        return NULL;
    struct bx_classmap_pair *out = BX_NEW(a, struct bx_classmap_pair, *n);
    size_t i = 0;
    for (const cJSON *child = object->child; child; child = child->next, i++) {
        out[i].from = bx_strdup(a, child->string);
        out[i].to = cJSON_IsNull(child) ? NULL : bx_strdup(a, child->valuestring);
    }
    return out;
}

static const struct bx_reported *reported(const cJSON *root, size_t *n, struct bx_arena *a)
{
    const cJSON *list = bx_conf_get(root, "reported");
    *n = list ? (size_t)cJSON_GetArraySize(list) : 0;
    struct bx_reported *out = BX_NEW(a, struct bx_reported, *n);
    size_t i = 0;
    for (const cJSON *one = list ? list->child : NULL; one; one = one->next, i++) {
        out[i].test_set = text(one, "test_set", a);
        out[i].metric = text(one, "metric", a);
        out[i].source = text(one, "source", a);
        out[i].value = number(one, "value", 0);
    }
    return out;
}

/* A number stands for both. */
static void size_of(const cJSON *node, uint32_t size[2])
{
    const cJSON *w = cJSON_IsArray(node) ? node->child : node;
    size[0] = w ? (uint32_t)w->valuedouble : 0;
    size[1] = w && w->next && cJSON_IsArray(node) ? (uint32_t)w->next->valuedouble : size[0];
}

static int64_t base_of(const cJSON *node, int64_t absent)
{
    enum bx_base base;
    if (cJSON_IsNumber(node))
        return node->valuedouble > 0 ? BX_BASE_ONE : BX_BASE_ZERO;
    return cJSON_IsString(node) && bx_base_parse(node->valuestring, &base) ? (int64_t)base : absent;
}

/* By the kind of the key, where the table says; the length of a list stands behind it. */
static void extract_value(const cJSON *node, const struct bx_key *key, struct bx_backend_config *b, struct bx_arena *a)
{
    void *at = (char *)b + key->at;
    size_t *n = (size_t *)(void *)((char *)at + sizeof(void *));
    switch (key->kind) {
    case BX_KEY_INTEGER:
        *(int64_t *)at = (int64_t)number(node, key->name, key->absent);
        break;
    case BX_KEY_NUMBER:
        *(double *)at = number(node, key->name, key->absent);
        break;
    case BX_KEY_DURATION:
        *(double *)at = seconds(node, key->name, key->absent);
        break;
    case BX_KEY_SIZE:
        size_of(bx_conf_get(node, key->name), at);
        break;
    case BX_KEY_TEMPLATE:
        *(const char **)at = bx_conf_get(node, key->name) ? bx_json_canonical(bx_conf_get(node, key->name), a) : NULL;
        break;
    case BX_KEY_BASE:
        *(int64_t *)at = base_of(bx_conf_get(node, key->name), (int64_t)key->absent);
        break;
    case BX_KEY_CLASSES:
    case BX_KEY_CATEGORIES:
        *(const struct bx_classmap_pair **)at = pairs(bx_conf_get(node, key->name), n, a);
        break;
    default:
        if (key->items)
            *(const char ***)at = texts(node, key->name, n, a);
        else
            *(const char **)at = text(node, key->name, a);
    }
}

void bx_registry_extract_backend(const cJSON *node, struct bx_backend_config *b, struct bx_arena *a)
{
    const cJSON *type = bx_conf_get(node, "type");
    const struct bx_backend_info *info = type ? bx_backend_find(type->valuestring) : NULL;
    b->kind = info ? (enum bx_backend_kind)(info - bx_backends) : BX_NBACKENDS;
    for (int stands = 0; stands < 2; stands++) /* kinds may share a key: first what all are when absent */
        for (size_t i = 0; i < bx_registry_nkeys; i++) {
            const struct bx_key *key = &bx_registry_keys[i];
            if (key->at && (!stands || (info && !strcmp(key->section, info->name))))
                extract_value(stands ? node : NULL, key, b, a);
        }
}

/* SHA-256 over `domain` and the canonical bytes of the object, which is consumed. */
static void digest(const char *domain, cJSON *object, struct bx_arena *a, uint8_t out[32])
{
    struct bx_arena_mark mark = bx_arena_mark(a);
    char *bytes = bx_json_canonical(object, a);
    struct bx_sha256 *s = bx_sha256_new();
    bx_sha256_add(s, domain, strlen(domain));
    bx_sha256_add(s, bytes, strlen(bytes));
    bx_sha256_end(s, out);
    bx_arena_pop(a, mark);
    cJSON_Delete(object);
}

static cJSON *must(cJSON *node)
{
    if (!node) {
        fputs("boxscore: out of memory\n", stderr);
        abort();
    }
    return node;
}

/* {"backend": {… as written, without the timeouts}, "task": "…"}: what an answer can depend on. */
static void digest_evaluation(const cJSON *root, struct bx_model *m, struct bx_arena *a)
{
    const cJSON *written = bx_conf_get(root, "backend"); /* NULL only in a store's: stored.c */
    cJSON *object = must(cJSON_CreateObject()), *backend = must(written ? cJSON_Duplicate(written, true) : cJSON_CreateObject());
    for (size_t i = 0; i < bx_registry_nkeys; i++)
        if (bx_registry_keys[i].at && bx_registry_keys[i].kind == BX_KEY_DURATION)
            cJSON_DeleteItemFromObjectCaseSensitive(backend, bx_registry_keys[i].name);
    cJSON_AddItemToObject(object, "backend", backend);
    must(cJSON_AddStringToObject(object, "task", bx_task_name(m->task)));
    digest("boxscore evaluation 1\n", object, a, m->eval_digest);
}

static void digest_scoring(const cJSON *root, struct bx_arena *a, uint8_t out[32])
{
    static const char *const keys[] = {"class_map", "operating_confidence"};
    cJSON *object = must(cJSON_CreateObject());
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const cJSON *node = bx_conf_get(root, keys[i]);
        if (node && !(cJSON_IsObject(node) && !node->child)) /* an empty map is none */
            cJSON_AddItemToObject(object, keys[i], must(cJSON_Duplicate(node, true)));
    }
    digest("boxscore scoring 1\n", object, a, out);
}

void bx_registry_extract(const cJSON *root, struct bx_model *m, struct bx_arena *a)
{
    const cJSON *links = bx_conf_get(root, "links"), *size = bx_conf_get(root, "input_size"), *license = bx_conf_get(root, "license");
    uint32_t inputs[2];
    m->name = text(root, "name", a);
    m->family = text(root, "family", a);
    if (bx_conf_get(root, "task"))
        bx_task_parse(bx_conf_get(root, "task")->valuestring, &m->task);
    m->license = license ? bx_spdx_canonical(license->valuestring, a) : NULL;
    if (license && !m->license) /* only a store's: check.c */
        m->license = bx_strdup(a, license->valuestring);
    m->link_code = text(links, "code", a);
    m->link_paper = text(links, "paper", a);
    m->link_weights = text(links, "weights", a);
    m->parameters = number(root, "parameters", (double)NAN);
    m->flops = number(root, "flops", (double)NAN);
    size_of(size, inputs);
    m->input_w = inputs[0];
    m->input_h = inputs[1];
    m->training_data = texts(root, "training_data", &m->ntraining_data, a);
    m->reported = reported(root, &m->nreported, a);
    m->tags = texts(root, "tags", &m->ntags, a);
    m->formerly = texts(root, "formerly", &m->nformerly, a);
    m->boards = texts(root, "boards", &m->nboards, a);
    m->operating_confidence = number(root, "operating_confidence", (double)NAN);
    m->class_map = pairs(bx_conf_get(root, "class_map"), &m->nclass_map, a);
    bx_registry_extract_backend(bx_conf_get(root, "backend"), &m->backend, a);
    m->config_json = bx_json_canonical(root, a);
    digest_evaluation(root, m, a);
    digest_scoring(root, a, m->score_digest);
}
