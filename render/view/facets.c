/* facets.c: the filters of a board: license, family, latency, status. */
#include "render/view/facets.h"
#include "core/base/quantile.h"
#include "render/view/json.h"
#include <math.h>
#include <string.h>

/* A round limit that parts the models about in the middle. */
static double latency_limit(const struct bx_view_board *b, struct bx_arena *a)
{
    double *v = BX_NEW(a, double, b->nmodels + 1);
    size_t n = 0;
    for (size_t i = 0; i < b->nmodels; i++)
        if (bx_view_on_board(&b->models[i]) && isfinite(b->models[i].latency_ms))
            v[n++] = b->models[i].latency_ms;
    bx_sort_numbers(v, n);
    static const double round[] = {1, 2, 5};
    double best = (double)NAN;
    size_t best_off = n;
    for (double ten = 0.01; ten < 1e6; ten *= 10)
        for (size_t k = 0; k < 3; k++) {
            size_t under = 0;
            while (under < n && v[under] <= round[k] * ten)
                under++;
            size_t off = under > n / 2 ? under - n / 2 : n / 2 - under;
            if (under > 0 && under < n && off < best_off) {
                best_off = off;
                best = round[k] * ten;
            }
        }
    return best;
}

static void look_at_families(struct bx_facets *f)
{
    for (size_t i = 0; i < f->b->nmodels; i++) {
        const struct bx_view_model *m = &f->b->models[i];
        if (!bx_view_on_board(m) || !m->config.family)
            continue;
        size_t k = 0;
        while (k < f->nfamilies && strcmp(f->families[k], m->config.family) != 0)
            k++;
        if (k < f->nfamilies)
            continue;
        if (f->nfamilies == 8) {
            f->nfamilies = 0; /* too many to choose from by radio buttons */
            return;
        }
        f->families[f->nfamilies++] = m->config.family;
    }
    if (f->nfamilies < 2)
        f->nfamilies = 0;
    for (size_t i = 1; i < f->nfamilies; i++) /* by name, whatever the order of the models */
        for (size_t k = i; k > 0 && strcmp(f->families[k], f->families[k - 1]) < 0; k--) {
            const char *swap = f->families[k];
            f->families[k] = f->families[k - 1];
            f->families[k - 1] = swap;
        }
}

enum license_kind { LICENSE_PERMISSIVE = 1, LICENSE_COPYLEFT, LICENSE_OTHER };

static enum license_kind license_kind(const char *l)
{
    static const char *const permissive[] = {"MIT",     "Apache-", "BSD-",      "ISC",       "Zlib",       "Unlicense",  "CC0-",
                                             "BSL-1.0", "0BSD",    "CC-BY-4.0", "CC-BY-3.0", "PostgreSQL", "Python-2.0", "WTFPL"};
    static const char *const copyleft[] = {"GPL-", "AGPL-", "LGPL-", "MPL-", "EUPL-", "EPL-", "CDDL-", "CC-BY-SA-"};
    if (!l)
        return LICENSE_OTHER;
    if (*l == '(')
        l++;
    for (size_t i = 0; i < sizeof copyleft / sizeof *copyleft; i++)
        if (strstr(l, copyleft[i]))
            return LICENSE_COPYLEFT;
    for (size_t i = 0; i < sizeof permissive / sizeof *permissive; i++)
        if (!strncmp(l, permissive[i], strlen(permissive[i])))
            return LICENSE_PERMISSIVE;
    return LICENSE_OTHER;
}

static cJSON *add_facet(cJSON *facets, const char *label)
{
    cJSON *o = bx_push(facets, bx_tree());
    bx_put_str(o, "label", label);
    return bx_put(o, "options", bx_list());
}

static void add_option(cJSON *options, const char *facet, int index, int value, const char *word, const char *label, struct bx_arena *a)
{
    cJSON *o = bx_push(options, bx_tree());
    bx_put_str(o, "facet", facet);
    bx_put_str(o, "id", bx_printf(a, "f%d-%d", index, value));
    bx_put_str(o, "value", word);
    bx_put_str(o, "label", label);
    bx_put_bool(o, "checked", value == 0);
}

cJSON *bx_facets_tree(const struct bx_facets *f)
{
    static const char *const kinds[] = {NULL, "permissive", "copyleft", "other"};
    cJSON *facets = bx_list();
    bool have[4] = {false};
    bool ranked = false, apart = false;
    for (size_t i = 0; i < f->b->nmodels; i++)
        if (bx_view_on_board(&f->b->models[i])) {
            have[license_kind(f->b->models[i].config.license)] = true;
            ranked |= f->b->models[i].ranked;
            apart |= !f->b->models[i].ranked;
        }
    if (have[1] + have[2] + have[3] > 1) {
        cJSON *o = add_facet(facets, "License");
        add_option(o, "license", 1, 0, "", "any", f->a);
        for (int k = 1; k < 4; k++)
            if (have[k])
                add_option(o, "license", 1, k, kinds[k], kinds[k], f->a);
    }
    if (f->nfamilies) {
        cJSON *o = add_facet(facets, "Family");
        add_option(o, "family", 2, 0, "", "any", f->a);
        for (size_t k = 0; k < f->nfamilies; k++)
            add_option(o, "family", 2, (int)k + 1, f->families[k], f->families[k], f->a);
    }
    if (isfinite(f->latency_limit)) {
        cJSON *o = add_facet(facets, "Latency");
        add_option(o, "latency", 3, 0, "", "any", f->a);
        add_option(o, "latency", 3, 1, "fast", bx_printf(f->a, "%g ms or less", f->latency_limit), f->a);
    }
    if (ranked && apart) {
        cJSON *o = add_facet(facets, "Status");
        add_option(o, "status", 4, 0, "", "all", f->a);
        add_option(o, "status", 4, 1, "ranked", "ranked", f->a);
    }
    if (f->front) {
        cJSON *o = add_facet(facets, "Pareto front");
        add_option(o, "front", 5, 0, "", "all", f->a);
        add_option(o, "front", 5, 1, "only", "only", f->a);
    }
    return facets;
}

char *bx_facets_classes(const struct bx_facets *f, const struct bx_view_model *m)
{
    size_t family = 0;
    while (family < f->nfamilies && (!m->config.family || strcmp(f->families[family], m->config.family) != 0))
        family++;
    return bx_printf(f->a, " f1-%d%s%s%s%s", (int)license_kind(m->config.license),
                     family < f->nfamilies ? bx_printf(f->a, " f2-%zu", family + 1) : "", m->latency_ms <= f->latency_limit ? " f3-1" : "",
                     m->ranked ? " f4-1" : "", f->front && m->ranked && f->front[m - f->b->models] ? " f5-1" : "");
}

void bx_facets_look(struct bx_facets *f, const struct bx_view_board *b, struct bx_arena *a)
{
    *f = (struct bx_facets){.b = b, .a = a, .latency_limit = latency_limit(b, a)};
    look_at_families(f);
    bool *front = BX_NEW(a, bool, b->nranked + 1);
    size_t n = bx_view_front(b, front);
    f->front = n > 0 && n < b->nranked ? front : NULL;
}
