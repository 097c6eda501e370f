/* conf_place.c: where each value of a tree stands in its file, and what is complained of there. */
#include "core/base/buf.h"
#include "core/base/conf_internal.h"

static int by_node(const void *a, const void *b)
{
    uintptr_t p = (uintptr_t)((const struct bx_conf_place *)a)->node, q = (uintptr_t)((const struct bx_conf_place *)b)->node;
    return p < q ? -1 : p > q;
}

void bx_conf_sort_places(struct bx_conf *c)
{
    if (c->nplaces)
        qsort(c->places, c->nplaces, sizeof *c->places, by_node);
}

const struct bx_conf_place *bx_conf_place(const struct bx_conf *c, const cJSON *node)
{
    struct bx_conf_place key = {.node = node};
    return node && c->nplaces ? bsearch(&key, c->places, c->nplaces, sizeof *c->places, by_node) : NULL;
}

void bx_conf_where(const struct bx_conf *c, const cJSON *node, size_t *line, size_t *column)
{
    const struct bx_conf_place *p = bx_conf_place(c, node);
    *line = p ? p->line : 0;
    *column = p ? p->column : 0;
}

static void complain(struct bx_conf *c, const cJSON *node, bool key, bool warning, const char *fmt, va_list ap)
    __attribute__((format(printf, 5, 0)));
static void complain(struct bx_conf *c, const cJSON *node, bool key, bool warning, const char *fmt, va_list ap)
{
    const struct bx_conf_place *p = bx_conf_place(c, node);
    key = key && p && p->key_line;
    bx_problem_add(c->problems, c->file,
                   !p    ? 0
                   : key ? p->key_line
                         : p->line,
                   !p    ? 0
                   : key ? p->key_column
                         : p->column,
                   warning, "%s", bx_vprintf(c->problems->arena, fmt, ap));
}

void bx_conf_problem(struct bx_conf *c, const cJSON *node, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(c, node, false, false, fmt, ap);
    va_end(ap);
}

void bx_conf_warning(struct bx_conf *c, const cJSON *node, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(c, node, false, true, fmt, ap);
    va_end(ap);
}

void bx_conf_problem_at_key(struct bx_conf *c, const cJSON *node, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    complain(c, node, true, false, fmt, ap);
    va_end(ap);
}
