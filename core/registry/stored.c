/* stored.c: class map and operating confidence of a config that comes from a store, which may have been somebody else's: checked
 * again. */
#include "core/registry/internal.h"
#include <math.h>
#include <string.h>

static bool is_map(const cJSON *object)
{
    if (!object)
        return true;
    if (!cJSON_IsObject(object))
        return false;
    for (const cJSON *child = object->child; child; child = child->next)
        if (!cJSON_IsNull(child) && !cJSON_IsString(child))
            return false;
    return true;
}

static bool extract(const cJSON *root, struct bx_scoring *s, struct bx_arena *a)
{
    const cJSON *map = bx_conf_get(root, "class_map"), *confidence = bx_conf_get(root, "operating_confidence");
    if (!is_map(map) || (confidence && (!cJSON_IsNumber(confidence) || !(confidence->valuedouble >= 0 && confidence->valuedouble <= 1))))
        return false;
    s->class_map = bx_registry_pairs(map, &s->nclass_map, a);
    s->operating_confidence = confidence ? confidence->valuedouble : (double)NAN;
    bx_registry_digest_scoring(root, a, s->digest);
    return true;
}

bool bx_registry_scoring(const char *config_json, struct bx_scoring *s, struct bx_arena *a, struct bx_err *e)
{
    struct bx_problems ps = {.arena = a};
    struct bx_conf c = {0};
    *s = (struct bx_scoring){.operating_confidence = (double)NAN};
    bool ok = bx_conf_parse(&c, "stored config", config_json, strlen(config_json), &ps) && !ps.errors;
    if (!ok)
        bx_fail(e, BX_DB, "a stored config is damaged: %s", ps.n ? ps.at[0].text : "it is not read");
    else if (!(ok = extract(c.root, s, a)))
        bx_fail(e, BX_DB, "a stored config is damaged: its class map or its operating confidence is none");
    bx_conf_free(&c);
    bx_problems_free(&ps);
    return ok;
}
