/* confine.c: "confine": what commands may reach beyond what all do, and which of them are not confined. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/settings/internal.h"
#include "core/settings/settings.h"

/* Paths or patterns of paths, absolute. */
static const char **paths(struct bx_reading *r, const cJSON *o, const char *key, size_t *n)
{
    const char **list = bx_reading_list(r, o, key, false, n);
    for (size_t i = 0; i < *n; i++)
        list[i] = bx_path_absolute(r->a, bx_path_join(r->a, r->s->dir, list[i]));
    return list;
}

void bx_reading_confine(struct bx_reading *r)
{
    static const char *const keys[] = {"except", "read", "devices", "network", "processes", "memory", "temporary"};
    const int64_t gib = 1 << 30, most = INT64_C(1) << 53;
    struct bx_confine_settings *s = &r->s->confine;
    *s = (struct bx_confine_settings){.on = true, .processes = 2048, .temporary = 8 * gib};
    const cJSON *o = bx_conf_get(r->c->root, "confine");
    if (!o || cJSON_IsBool(o)) {
        s->on = !cJSON_IsFalse(o);
        return;
    }
    if (!bx_conf_object(r->c, r->c->root, "confine", false))
        return;
    bx_conf_only(r->c, o, keys, sizeof keys / sizeof *keys);
    s->except = bx_reading_list(r, o, "except", false, &s->nexcept);
    s->read = paths(r, o, "read", &s->nread);
    s->devices = paths(r, o, "devices", &s->ndevices);
    s->network = bx_reading_list(r, o, "network", false, &s->nnetwork);
    s->processes = bx_conf_int(r->c, o, "processes", false, 16, 1 << 20, s->processes);
    s->memory = bx_conf_int(r->c, o, "memory", false, 1 << 20, most, 0);
    s->temporary = bx_conf_int(r->c, o, "temporary", false, 1 << 20, most, s->temporary);
}
