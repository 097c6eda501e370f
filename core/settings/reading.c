/* reading.c: texts, paths and lists of the settings, read. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/settings/internal.h"
#include <limits.h>
#include <string.h>

const char *bx_reading_str(struct bx_reading *r, const cJSON *o, const char *key, bool required, size_t max, const char *fallback)
{
    return bx_strdup(r->a, bx_conf_str(r->c, o, key, required, max, fallback));
}

const char *bx_reading_path(struct bx_reading *r, const cJSON *o, const char *key, bool required, const char *fallback)
{
    const char *v = bx_reading_str(r, o, key, required, PATH_MAX - 1, fallback);
    if (!v)
        return NULL;
    return bx_path_absolute(r->a, bx_path_join(r->a, r->s->dir, v));
}

const char **bx_reading_list(struct bx_reading *r, const cJSON *o, const char *key, bool required, size_t *n)
{
    const cJSON *v = bx_conf_get(o, key);
    *n = 0;
    if (v && cJSON_IsString(v)) {
        const char **one = BX_NEW(r->a, const char *, 1);
        one[0] = bx_reading_str(r, o, key, true, PATH_MAX - 1, "");
        *n = *one[0] != '\0';
        return one;
    }
    v = bx_conf_array(r->c, o, key, required);
    size_t size = v ? (size_t)cJSON_GetArraySize(v) : 0;
    const char **list = BX_NEW(r->a, const char *, size);
    for (const cJSON *e = v ? v->child : NULL; e; e = e->next) {
        if (!cJSON_IsString(e) || !e->valuestring[0] || strlen(e->valuestring) >= PATH_MAX ||
            bx_has_control(e->valuestring, strlen(e->valuestring)))
            bx_conf_problem(r->c, e, "expected a non-empty string in '%s'", key);
        else
            list[(*n)++] = bx_strdup(r->a, e->valuestring);
    }
    if (required && v && *n == 0 && size == 0)
        bx_conf_problem(r->c, v, "'%s' is empty", key);
    return list;
}
