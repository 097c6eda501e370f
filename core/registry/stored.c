/* stored.c: a config that comes from a store, which an older boxscore or somebody else may have written: checked again. */
#include "core/registry/internal.h"
#include <math.h>
#include <string.h>

/* Without these it would be scored by other rules than its own. */
static bool scores(const cJSON *root, bool had_map, bool had_confidence)
{
    return had_map == !!bx_conf_get(root, "class_map") && had_confidence == !!bx_conf_get(root, "operating_confidence");
}

static bool read_it(struct bx_conf *c, const char *config_json, struct bx_model *m, struct bx_arena *a, struct bx_err *e)
{
    struct bx_problems *ps = c->problems;
    if (!bx_conf_parse(c, "stored config", config_json, strlen(config_json), ps))
        return bx_fail(e, BX_DB, "a stored config is damaged: %s", ps->n ? ps->at[0].text : "it is not read");
    bool map = bx_conf_get(c->root, "class_map"), confidence = bx_conf_get(c->root, "operating_confidence");
    bx_registry_check(c, NULL);
    bx_registry_extract(c->root, m, a);
    m->config_json = bx_strdup(a, config_json);
    if (!scores(c->root, map, confidence))
        return bx_fail(e, BX_DB, "a stored config is damaged: its class map or its operating confidence is none");
    return !ps->errors || bx_fail(e, BX_CONFIG, "a stored config is none of today's: %s", ps->at[0].text);
}

bool bx_registry_stored(const char *config_json, const char *slug, struct bx_model *m, struct bx_arena *a, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    struct bx_problems ps = {.arena = &scratch};
    struct bx_conf c = {.problems = &ps};
    *m = (struct bx_model){.slug = slug, .parameters = (double)NAN, .flops = (double)NAN, .operating_confidence = (double)NAN};
    bool ok = read_it(&c, config_json, m, a, e);
    bx_conf_free(&c);
    bx_problems_free(&ps);
    bx_arena_release(&scratch);
    return ok;
}
