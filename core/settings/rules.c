/* rules.c: the rules of a board, as boxscore.json has them → struct bx_rules. What is COCO's own is left at its default. */
#include "core/base/banned.h"
#include "core/data/terms.h"
#include "core/settings/internal.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool bin_name(const char *s)
{
    return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0' && strcmp(s, "all") != 0;
}

static void read_bin(struct bx_reading *r, const cJSON *o, struct bx_rules *rules)
{
    static const char *const keys[] = {"name", "min", "max"};
    struct bx_size_bin *b = &rules->size[rules->nsizes];
    if (!cJSON_IsObject(o)) {
        bx_conf_problem(r->c, o, "expected {\"name\": …, \"min\": …, \"max\": …}");
        return;
    }
    bx_conf_only(r->c, o, keys, COUNT(keys));
    double most = rules->relative ? 1 : bx_size_range[BX_SIZE_ALL][1];
    b->lo = bx_conf_num(r->c, o, "min", false, 0, most, 0);
    b->hi = bx_conf_num(r->c, o, "max", false, 0, most, most);
    const char *name = bx_conf_str(r->c, o, "name", true, sizeof b->name - 1, NULL);
    if (!name)
        return;
    if (!bin_name(name))
        bx_conf_problem(r->c, bx_conf_get(o, "name"), "'%s' cannot name a size: a-z, 0-9 and '_' only, and not 'all'", name);
    for (size_t i = 0; i < rules->nsizes; i++)
        if (!strcmp(rules->size[i].name, name))
            bx_conf_problem(r->c, bx_conf_get(o, "name"), "two sizes have the name '%s'", name);
    if (b->lo >= b->hi)
        bx_conf_problem(r->c, o, "size '%s': 'min' is not less than 'max'", name);
    snprintf(b->name, sizeof b->name, "%s", name);
    rules->nsizes++;
}

/* "sizes": [{"name": "tiny", "min": 0, "max": 256}, …] in pixels squared, or {"relative": true, "bins": […]} as shares of the image. */
static void read_sizes(struct bx_reading *r, const cJSON *board, struct bx_rules *rules)
{
    static const char *const keys[] = {"relative", "bins"};
    const cJSON *o = bx_conf_get(board, "sizes"), *list = o;
    if (!o)
        return;
    if (cJSON_IsObject(o)) {
        bx_conf_only(r->c, o, keys, COUNT(keys));
        rules->relative = bx_conf_bool(r->c, o, "relative", false);
        list = bx_conf_array(r->c, o, "bins", true);
    } else
        list = bx_conf_array(r->c, board, "sizes", true);
    if (!list)
        return;
    int n = cJSON_GetArraySize(list);
    if (n < 1 || n > BX_RULES_SIZES) {
        bx_conf_problem(r->c, list, "'sizes' has %d entries, expected 1 to %d", n, BX_RULES_SIZES);
        return;
    }
    for (const cJSON *e = list->child; e; e = e->next)
        read_bin(r, e, rules);
    bool coco = !rules->relative && rules->nsizes == BX_NSIZES - 1;
    for (size_t i = 0; coco && i < rules->nsizes; i++) {
        const struct bx_size_bin *b = &rules->size[i];
        coco =
            !strcmp(b->name, bx_size_name((enum bx_size)(i + 1))) && b->lo == bx_size_range[i + 1][0] && b->hi == bx_size_range[i + 1][1];
    }
    if (coco)
        rules->nsizes = 0;
}

/* As numpy's linspace makes them: what someone who set pycocotools' iouThrs has. */
static void read_steps(struct bx_reading *r, const cJSON *o, struct bx_rules *rules)
{
    static const char *const keys[] = {"from", "to", "step"};
    bx_conf_only(r->c, o, keys, COUNT(keys));
    double from = bx_conf_num(r->c, o, "from", true, 0.01, 1, NAN), to = bx_conf_num(r->c, o, "to", true, 0.01, 1, NAN);
    double step = bx_conf_num(r->c, o, "step", true, 0.001, 1, NAN), n = round((to - from) / step);
    if (isnan(n))
        return;
    if (to < from || fabs(from + n * step - to) > 1e-9)
        bx_conf_problem(r->c, o, "'iou': steps of %g from %g do not end at %g", step, from, to);
    else if (n >= BX_RULES_IOUS)
        bx_conf_problem(r->c, o, "'iou' has %.0f thresholds, expected at most %d", n + 1, BX_RULES_IOUS);
    else
        for (int i = 0; i <= (int)n; i++)
            rules->iou[rules->niou++] = i == (int)n ? to : i * ((to - from) / n) + from;
}

static void read_iou(struct bx_reading *r, const cJSON *board, struct bx_rules *rules)
{
    const cJSON *o = bx_conf_get(board, "iou");
    if (!o)
        return;
    if (cJSON_IsObject(o))
        read_steps(r, o, rules);
    else if (cJSON_IsArray(o) || cJSON_IsNumber(o)) {
        int n = cJSON_IsArray(o) ? cJSON_GetArraySize(o) : 1;
        if (n < 1 || n > BX_RULES_IOUS) {
            bx_conf_problem(r->c, o, "'iou' has %d thresholds, expected 1 to %d", n, BX_RULES_IOUS);
            return;
        }
        for (const cJSON *e = cJSON_IsArray(o) ? o->child : o; e; e = cJSON_IsArray(o) ? e->next : NULL) {
            double last = rules->niou ? rules->iou[rules->niou - 1] : 0;
            if (!cJSON_IsNumber(e) || !(e->valuedouble > 0 && e->valuedouble <= 1))
                bx_conf_problem(r->c, e, "'iou': found %s, expected a number above 0, at most 1", bx_conf_found(r->c, e));
            else if (e->valuedouble <= last)
                bx_conf_problem(r->c, e, "'iou': %g does not come after %g, expected thresholds in rising order", e->valuedouble, last);
            else
                rules->iou[rules->niou++] = e->valuedouble;
        }
    } else
        bx_conf_problem(r->c, o, "'iou': found %s, expected a list of thresholds, or {\"from\": …, \"to\": …, \"step\": …}",
                        bx_conf_found(r->c, o));
    bool coco = rules->niou == 10;
    for (size_t i = 0; coco && i < 10; i++)
        coco = fabs(rules->iou[i] - (0.5 + 0.05 * (double)i)) < 1e-9;
    if (coco)
        rules->niou = 0;
}

static void no_repeats(struct bx_reading *r, const cJSON *board, const char *key, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (!strcmp(list[i], list[k])) {
                bx_conf_problem(r->c, bx_conf_get(board, key), "'%s' names '%s' twice", key, list[i]);
                return;
            }
}

void bx_reading_rules(struct bx_reading *r, const cJSON *board, struct bx_rules *rules)
{
    rules->max_detections = (uint32_t)bx_conf_int(r->c, board, "max_detections", false, 1, 100000, 0);
    if (rules->max_detections == BX_RULES_LIMIT)
        rules->max_detections = 0;
    read_sizes(r, board, rules);
    read_iou(r, board, rules);
    rules->classes = bx_reading_list(r, board, "classes", false, &rules->nclasses);
    rules->ignore = bx_reading_list(r, board, "ignore_classes", false, &rules->nignore);
    no_repeats(r, board, "classes", rules->classes, rules->nclasses);
    no_repeats(r, board, "ignore_classes", rules->ignore, rules->nignore);
    for (size_t i = 0; i < rules->nignore; i++)
        for (size_t k = 0; k < rules->nclasses; k++)
            if (!strcmp(rules->ignore[i], rules->classes[k]))
                bx_conf_problem(r->c, bx_conf_get(board, "ignore_classes"), "'%s' is among 'classes' too: scored or ignored, not both",
                                rules->ignore[i]);
}
