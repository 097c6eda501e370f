/* rules.c: the rules of a board, as boxscore.json has them → struct bx_rules. What makes sense in them is core/data/rules.c's to say. */
#include "core/base/banned.h"
#include "core/settings/internal.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* {"name": …, "min": …, "max": …}: no end is none. */
static void read_bin(struct bx_reading *r, const cJSON *o, struct bx_rules *rules)
{
    static const char *const keys[] = {"name", "min", "max"};
    struct bx_size_bin *b = &rules->size[rules->nsizes];
    if (!cJSON_IsObject(o)) {
        bx_conf_problem(r->c, o, "expected {\"name\": …, \"min\": …, \"max\": …}");
        return;
    }
    bx_conf_only(r->c, o, keys, COUNT(keys));
    double most = rules->relative ? 1 : 1e10;
    b->lo = bx_conf_num(r->c, o, "min", false, 0, most, 0);
    b->hi = bx_conf_num(r->c, o, "max", false, 0, most, most);
    const char *name = bx_conf_str(r->c, o, "name", true, sizeof b->name - 1, NULL);
    if (!name)
        return;
    snprintf(b->name, sizeof b->name, "%s", name);
    rules->nsizes++;
}

static void read_sizes(struct bx_reading *r, const cJSON *board, struct bx_rules *rules)
{
    static const char *const keys[] = {"relative", "bins"};
    const cJSON *o = bx_conf_get(board, "sizes"), *list;
    if (o && cJSON_IsObject(o)) {
        bx_conf_only(r->c, o, keys, COUNT(keys));
        rules->relative = bx_conf_bool(r->c, o, "relative", false);
        list = bx_conf_array(r->c, o, "bins", true);
    } else
        list = bx_conf_array(r->c, board, "sizes", false);
    int n = list ? cJSON_GetArraySize(list) : 1;
    if (n < 1 || n > BX_RULES_SIZES)
        bx_conf_problem(r->c, list, "'sizes' has %d entries, expected 1 to %d", n, BX_RULES_SIZES);
    else
        for (const cJSON *e = list ? list->child : NULL; e; e = e->next)
            read_bin(r, e, rules);
}

static void read_steps(struct bx_reading *r, const cJSON *o, struct bx_rules *rules)
{
    static const char *const keys[] = {"from", "to", "step"};
    struct bx_err e = {0};
    bx_conf_only(r->c, o, keys, COUNT(keys));
    double from = bx_conf_num(r->c, o, "from", true, 0.001, 1, NAN), to = bx_conf_num(r->c, o, "to", true, 0.001, 1, NAN);
    double step = bx_conf_num(r->c, o, "step", true, 0.001, 1, NAN);
    if (!isnan(from + to + step) && !bx_rules_grid(from, to, step, rules, &e))
        bx_conf_problem(r->c, o, "%s", e.text);
}

static void read_list(struct bx_reading *r, const cJSON *list, struct bx_rules *rules)
{
    int n = cJSON_GetArraySize(list);
    if (n < 1 || n > BX_RULES_IOUS) {
        bx_conf_problem(r->c, list, "'iou' has %d thresholds, expected 1 to %d", n, BX_RULES_IOUS);
        return;
    }
    for (const cJSON *e = list->child; e; e = e->next)
        if (cJSON_IsNumber(e))
            rules->iou[rules->niou++] = e->valuedouble;
        else
            bx_conf_problem(r->c, e, "'iou': found %s, expected a number above 0, at most 1", bx_conf_found(r->c, e));
}

static void read_iou(struct bx_reading *r, const cJSON *board, struct bx_rules *rules)
{
    const cJSON *o = bx_conf_get(board, "iou");
    if (cJSON_IsObject(o))
        read_steps(r, o, rules);
    else if (cJSON_IsArray(o))
        read_list(r, o, rules);
    else if (cJSON_IsNumber(o))
        rules->iou[rules->niou++] = o->valuedouble;
    else if (o)
        bx_conf_problem(r->c, o, "'iou': found %s, expected thresholds in a list, or {\"from\": …, \"to\": …, \"step\": …}",
                        bx_conf_found(r->c, o));
}

static void read_classes(struct bx_reading *r, const cJSON *board, struct bx_rules *rules)
{
    rules->classes = bx_reading_list(r, board, "classes", false, &rules->nclasses);
}

/* Last: classes that are scored and ignored show only together. */
static void read_ignored(struct bx_reading *r, const cJSON *board, struct bx_rules *rules)
{
    rules->ignore = bx_reading_list(r, board, "ignore_classes", false, &rules->nignore);
}

static void read_regions(struct bx_reading *r, const cJSON *board, struct bx_rules *rules)
{
    rules->regions = bx_reading_list(r, board, "ignore_regions", false, &rules->nregions);
}

void bx_reading_rules(struct bx_reading *r, const cJSON *board, struct bx_rules *rules)
{
    static const struct {
        const char *key;
        void (*read)(struct bx_reading *r, const cJSON *board, struct bx_rules *rules);
    } parts[] = {{"sizes", read_sizes},
                 {"iou", read_iou},
                 {"classes", read_classes},
                 {"ignore_classes", read_ignored},
                 {"ignore_regions", read_regions}};
    struct bx_err own = {0};
    rules->max_detections = (uint32_t)bx_conf_int(r->c, board, "max_detections", false, 1, 100000, 0);
    if (rules->lvis && !bx_rules_check(rules, &own)) {
        bx_conf_problem(r->c, bx_conf_get(board, "max_detections"), "%s", own.text);
        rules->max_detections = 0;
    }
    for (size_t i = 0; i < COUNT(parts); i++) {
        struct bx_err e = {0};
        const struct bx_rules before = *rules;
        size_t errors = r->c->problems->errors;
        parts[i].read(r, board, rules);
        if (r->c->problems->errors == errors && !bx_rules_check(rules, &e))
            bx_conf_problem(r->c, bx_conf_get(board, parts[i].key), "%s", e.text);
        if (r->c->problems->errors > errors) /* said once */
            *rules = before;
    }
}
