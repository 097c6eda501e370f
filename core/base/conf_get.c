/* conf_get.c: strict getters. */
#include "core/base/buf.h"
#include "core/base/conf_internal.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <math.h>

enum { MOST_UNKNOWN = 20, SHOWN = 60 };

#define LARGEST_INT INT64_C(9007199254740992) /* 2^53: above it a double skips integers */

/* A stranger's text, short enough for a message. */
static const char *shown(struct bx_conf *c, const char *s)
{
    size_t n = strnlen(s, SHOWN + 1);
    if (n <= SHOWN)
        return s;
    n = bx_utf8_cut(s, SHOWN);
    return bx_printf(c->problems->arena, "%.*s…", (int)n, s);
}

const char *bx_conf_found(struct bx_conf *c, const cJSON *node)
{
    struct bx_arena *a = c->problems->arena;
    if (!node)
        return "nothing";
    if (cJSON_IsString(node))
        return bx_printf(a, "'%s'", shown(c, node->valuestring));
    if (cJSON_IsNumber(node)) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        bx_buf_add_double(&b, node->valuedouble);
        return bx_strdup(a, bx_buf_str(&b));
    }
    return cJSON_IsObject(node)  ? "an object"
           : cJSON_IsArray(node) ? "an array"
           : cJSON_IsTrue(node)  ? "true"
           : cJSON_IsFalse(node) ? "false"
                                 : "null";
}

void bx_conf_only(struct bx_conf *c, const cJSON *object, const char *const *known, size_t n)
{
    size_t unknown = 0;
    const cJSON *more_at = NULL;
    for (const cJSON *child = object ? object->child : NULL; child; child = child->next) {
        bool ok = !child->string;
        for (size_t i = 0; i < n && !ok; i++)
            ok = !strcmp(child->string, known[i]);
        if (ok)
            continue;
        if (unknown++ >= MOST_UNKNOWN) {
            more_at = more_at ? more_at : child;
            continue;
        }
        const char *near = bx_nearest(child->string, known, n);
        if (near)
            bx_conf_problem_at_key(c, child, "unknown key '%s', did you mean '%s'?", shown(c, child->string), near);
        else
            bx_conf_problem_at_key(c, child, "unknown key '%s'", shown(c, child->string));
    }
    if (more_at)
        bx_conf_problem_at_key(c, more_at, "and %zu more unknown key%s", unknown - MOST_UNKNOWN, bx_plural(unknown - MOST_UNKNOWN));
}

const cJSON *bx_conf_get(const cJSON *object, const char *key)
{
    for (const cJSON *child = object ? object->child : NULL; child; child = child->next)
        if (child->string && !strcmp(child->string, key))
            return child;
    return NULL;
}

static const cJSON *member(struct bx_conf *c, const cJSON *object, const char *key, bool required, const char *expected)
{
    const cJSON *node = bx_conf_get(object, key);
    if (!node && required)
        bx_conf_problem(c, object, "'%s' is missing, expected %s", key, expected);
    return node;
}

const char *bx_conf_text(struct bx_conf *c, const cJSON *node, const char *what, size_t max_bytes)
{
    if (!cJSON_IsString(node)) {
        bx_conf_problem(c, node, "%s: found %s, expected a string", what, bx_conf_found(c, node));
        return NULL;
    }
    size_t n = strlen(node->valuestring);
    if (n == 0)
        bx_conf_problem(c, node, "%s: found an empty string", what);
    else if (n > max_bytes)
        bx_conf_problem(c, node, "%s: found %zu bytes, expected at most %zu", what, n, max_bytes);
    else if (bx_has_control(node->valuestring, n))
        bx_conf_problem(c, node, "%s: found a control character in '%s'", what, shown(c, node->valuestring));
    else
        return node->valuestring;
    return NULL;
}

const char *bx_conf_str(struct bx_conf *c, const cJSON *object, const char *key, bool required, size_t max_bytes, const char *fallback)
{
    const cJSON *node = member(c, object, key, required, "a string");
    if (!node)
        return fallback;
    const char *text = bx_conf_text(c, node, bx_printf(c->problems->arena, "'%s'", key), max_bytes);
    return text ? text : fallback;
}

static const char *range_of(struct bx_conf *c, double lo, double hi)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    if (isfinite(lo) && isfinite(hi)) {
        bx_buf_adds(&b, " from ");
        bx_buf_add_double(&b, lo);
        bx_buf_adds(&b, " to ");
        bx_buf_add_double(&b, hi);
    } else if (isfinite(lo) || isfinite(hi)) {
        bx_buf_adds(&b, isfinite(lo) ? " of at least " : " of at most ");
        bx_buf_add_double(&b, isfinite(lo) ? lo : hi);
    }
    return bx_strdup(c->problems->arena, bx_buf_str(&b));
}

double bx_conf_num(struct bx_conf *c, const cJSON *object, const char *key, bool required, double lo, double hi, double fallback)
{
    const cJSON *node = member(c, object, key, required, "a number");
    if (!node)
        return fallback;
    if (cJSON_IsNumber(node) && node->valuedouble >= lo && node->valuedouble <= hi)
        return node->valuedouble;
    bx_conf_problem(c, node, "'%s': found %s, expected a number%s", key, bx_conf_found(c, node), range_of(c, lo, hi));
    return fallback;
}

int64_t bx_conf_int(struct bx_conf *c, const cJSON *object, const char *key, bool required, int64_t lo, int64_t hi, int64_t fallback)
{
    const cJSON *node = member(c, object, key, required, "a whole number");
    if (!node)
        return fallback;
    if (lo < -LARGEST_INT)
        lo = -LARGEST_INT;
    if (hi > LARGEST_INT)
        hi = LARGEST_INT;
    double v = cJSON_IsNumber(node) ? node->valuedouble : (double)NAN;
    if (v >= (double)lo && v <= (double)hi && v == floor(v))
        return (int64_t)v;
    bx_conf_problem(c, node, "'%s': found %s, expected a whole number%s", key, bx_conf_found(c, node), range_of(c, (double)lo, (double)hi));
    return fallback;
}

bool bx_conf_bool(struct bx_conf *c, const cJSON *object, const char *key, bool fallback)
{
    const cJSON *node = bx_conf_get(object, key);
    if (node && !cJSON_IsBool(node))
        bx_conf_problem(c, node, "'%s': found %s, expected true or false", key, bx_conf_found(c, node));
    return node && cJSON_IsBool(node) ? cJSON_IsTrue(node) : fallback;
}

const cJSON *bx_conf_object(struct bx_conf *c, const cJSON *object, const char *key, bool required)
{
    const cJSON *node = member(c, object, key, required, "an object");
    if (!node || cJSON_IsObject(node))
        return node;
    bx_conf_problem(c, node, "'%s': found %s, expected an object", key, bx_conf_found(c, node));
    return NULL;
}

const cJSON *bx_conf_array(struct bx_conf *c, const cJSON *object, const char *key, bool required)
{
    const cJSON *node = member(c, object, key, required, "an array");
    if (!node || cJSON_IsArray(node))
        return node;
    bx_conf_problem(c, node, "'%s': found %s, expected an array", key, bx_conf_found(c, node));
    return NULL;
}

double bx_conf_duration(struct bx_conf *c, const cJSON *object, const char *key, double lo, double hi, double fallback)
{
    const cJSON *node = bx_conf_get(object, key);
    double v = (double)NAN;
    if (!node)
        return fallback;
    if (cJSON_IsNumber(node))
        v = node->valuedouble;
    else if (cJSON_IsString(node) && !bx_duration_parse(node->valuestring, &v))
        v = (double)NAN;
    if (v >= lo && v <= hi)
        return v;
    bx_conf_problem(c, node, "'%s': found %s, expected seconds or a time like '90s', '5m', '6h' or '7d'%s%s", key, bx_conf_found(c, node),
                    isnan(v) ? "" : range_of(c, lo, hi), isnan(v) ? "" : " seconds");
    return fallback;
}
