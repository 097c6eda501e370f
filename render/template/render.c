/* render.c: walk a parsed template with a stack of contexts. */
#include "core/base/text.h"
#include "render/template/node.h"
#include <stdlib.h>
#include <string.h>

struct walk {
    const struct bx_templates *set;
    const struct bx_template *file; /* whose nodes are walked, for messages */
    struct bx_buf *out;
    size_t out_begin;
    struct bx_buf indent; /* what each line of the template gets in front */
    bool line_start;      /* the next thing begins a line: its indentation is due */
    const cJSON *context[BX_TEMPLATE_DEPTH + 2];
    size_t ncontext;
    struct filled { /* parents being rendered, outermost first: their blocks fill in */
        const struct bx_node *blocks;
        const struct bx_template *file;
    } filled[BX_TEMPLATE_DEPTH + 1];
    size_t nfilled;
    unsigned depth;
    size_t steps;
    struct bx_err *err;
};

static int shown(size_t n)
{
    return (int)(n > 80 ? 80 : n);
}

/* The nearest key visible from here: for messages only. */
static const char *nearest(const struct walk *w, const cJSON *object, const char *word)
{
    enum { LIMIT = 2000 };
    const char **names = bx_xrealloc(NULL, LIMIT, sizeof *names);
    size_t n = 0;
    for (size_t i = object ? 1 : w->ncontext; i-- > 0;) {
        const cJSON *o = object ? object : w->context[i];
        if (!cJSON_IsObject(o))
            continue;
        for (const cJSON *c = o->child; c && n < LIMIT; c = c->next)
            names[n++] = c->string;
    }
    const char *found = bx_nearest(word, names, n);
    free(names);
    return found;
}

static bool unknown(struct walk *w, const struct bx_node *node, const cJSON *object, const char *word)
{
    const char *near = nearest(w, object, word);
    return bx_fail(w->err, BX_CONFIG, "%s:%u:%u: '%.*s' resolves to nothing%s%s%s", w->file->name, node->line, node->column, shown(node->n),
                   node->text, near ? "; the nearest name here is '" : "", near ? near : "", near ? "'" : "");
}

static const cJSON *member(const cJSON *object, const char *name, size_t n)
{
    if (!cJSON_IsObject(object))
        return NULL;
    for (const cJSON *c = object->child; c; c = c->next)
        if (c->string && strlen(c->string) == n && !memcmp(c->string, name, n))
            return c;
    return NULL;
}

/* Find a name's value: *value is NULL when there is none, which is an error in strict mode. */
static bool resolve(struct walk *w, const struct bx_node *node, const cJSON **value)
{
    *value = NULL;
    if (node->n == 1 && node->text[0] == '.') {
        *value = w->context[w->ncontext - 1];
        return true;
    }
    const char *p = node->text, *end = node->text + node->n;
    const cJSON *at = NULL, *object = NULL;
    for (bool first = true; p <= end; first = false) {
        const char *dot = memchr(p, '.', (size_t)(end - p));
        size_t n = dot ? (size_t)(dot - p) : (size_t)(end - p);
        object = at;
        if (first)
            for (size_t i = w->ncontext; i-- > 0 && !at;)
                at = member(w->context[i], p, n);
        else
            at = member(at, p, n);
        if (!at) {
            if (w->set->mode == BX_TEMPLATE_SPEC)
                return true;
            char *word = bx_xrealloc(NULL, n + 1, 1);
            memcpy(word, p, n);
            word[n] = 0;
            bool r = unknown(w, node, object, word);
            free(word);
            return r;
        }
        p += n + 1;
    }
    *value = at;
    return true;
}

static bool is_true(const cJSON *v)
{
    if (!v || cJSON_IsFalse(v) || cJSON_IsNull(v) || cJSON_IsInvalid(v))
        return false;
    if (cJSON_IsArray(v))
        return v->child != NULL;
    if (cJSON_IsString(v))
        return v->valuestring && v->valuestring[0];
    return true;
}

static bool room(struct walk *w, size_t more)
{
    if (w->out->n - w->out_begin + more > BX_TEMPLATE_OUTPUT)
        return bx_fail(w->err, BX_CONFIG, "%s: the page is larger than %u MiB", w->file->name, BX_TEMPLATE_OUTPUT >> 20);
    return true;
}

static bool put_indent(struct walk *w)
{
    if (w->line_start && w->indent.n) {
        if (!room(w, w->indent.n))
            return false;
        bx_buf_add(w->out, w->indent.p, w->indent.n);
    }
    w->line_start = false;
    return true;
}

static bool put_text(struct walk *w, const char *s, size_t n)
{
    if (!room(w, n))
        return false;
    if (!w->indent.n) {
        bx_buf_add(w->out, s, n);
        if (n)
            w->line_start = s[n - 1] == '\n';
        return true;
    }
    while (n) {
        const char *nl = memchr(s, '\n', n);
        size_t k = nl ? (size_t)(nl - s) + 1 : n;
        if (!put_indent(w) || !room(w, k))
            return false;
        bx_buf_add(w->out, s, k);
        w->line_start = nl != NULL;
        s += k;
        n -= k;
    }
    return true;
}

static bool put_value(struct walk *w, const struct bx_node *node)
{
    const cJSON *v;
    if (!resolve(w, node, &v) || !put_indent(w))
        return false;
    if (!v || cJSON_IsNull(v))
        return true;
    struct bx_buf BX_CLEANUP_BUF number = {0};
    const char *s = NULL;
    if (cJSON_IsString(v)) {
        s = v->valuestring ? v->valuestring : "";
    } else if (cJSON_IsNumber(v)) {
        bx_buf_add_double(&number, v->valuedouble);
        s = bx_buf_str(&number);
    } else if (cJSON_IsBool(v)) {
        s = cJSON_IsTrue(v) ? "true" : "false";
    } else if (w->set->mode == BX_TEMPLATE_SPEC) {
        return true;
    } else {
        return bx_fail(w->err, BX_CONFIG, "%s:%u:%u: '%.*s' is %s, expected a text or a number", w->file->name, node->line, node->column,
                       shown(node->n), node->text, cJSON_IsArray(v) ? "a list" : "an object");
    }
    size_t n = strlen(s);
    if (!room(w, n))
        return false;
    if (node->kind == BX_NODE_RAW)
        bx_buf_add(w->out, s, n);
    else
        bx_buf_add_html(w->out, s, n);
    return true;
}

static bool walk_list(struct walk *w, const struct bx_node *node);

static bool enter(struct walk *w, const struct bx_node *node)
{
    if (++w->depth > BX_TEMPLATE_DEPTH)
        return bx_fail(w->err, BX_CONFIG, "%s:%u:%u: '%.*s' is more than %d elements deep (does it hold itself?)", w->file->name,
                       node->line, node->column, shown(node->n), node->text, BX_TEMPLATE_DEPTH);
    return true;
}

static bool walk_with(struct walk *w, const struct bx_node *list, const cJSON *context)
{
    w->context[w->ncontext++] = context; /* depth <= BX_TEMPLATE_DEPTH keeps this inside */
    bool ok = walk_list(w, list);
    w->ncontext--;
    return ok;
}

static bool put_section(struct walk *w, const struct bx_node *node)
{
    const cJSON *v;
    if (!resolve(w, node, &v))
        return false;
    if (node->kind == BX_NODE_INVERTED)
        return is_true(v) || walk_list(w, node->child);
    if (!is_true(v))
        return true;
    if (!cJSON_IsArray(v))
        return walk_with(w, node->child, v);
    for (const cJSON *c = v->child; c; c = c->next)
        if (!walk_with(w, node->child, c))
            return false;
    return true;
}

/* Walk another file's nodes. An element on a line of its own passes its indentation on; inside a line it starts anew. */
static bool walk_file(struct walk *w, const struct bx_node *node, const struct bx_template *t)
{
    const struct bx_template *file = w->file;
    struct bx_buf outer = {0};
    if (node->own_line) {
        bx_buf_adds(&w->indent, node->indent);
    } else {
        if (!put_indent(w))
            return false;
        outer = w->indent;
        w->indent = (struct bx_buf){0};
    }
    w->file = t;
    bool ok = walk_list(w, t->root);
    w->file = file;
    if (node->own_line) {
        w->indent.n -= strlen(node->indent);
    } else {
        bx_buf_free(&w->indent);
        w->indent = outer;
    }
    return ok;
}

static bool put_partial(struct walk *w, const struct bx_node *node)
{
    const struct bx_template *t = bx_template_find(w->set, node->text, node->n);
    if (!t) {
        if (w->set->mode == BX_TEMPLATE_SPEC)
            return true;
        const char **names = bx_xrealloc(NULL, w->set->n + 1, sizeof *names);
        for (size_t i = 0; i < w->set->n; i++)
            names[i] = w->set->at[i].name;
        char *word = bx_xrealloc(NULL, node->n + 1, 1);
        memcpy(word, node->text, node->n);
        word[node->n] = 0;
        const char *near = bx_nearest(word, names, w->set->n);
        bx_fail(w->err, BX_CONFIG, "%s:%u:%u: there is no template '%.*s'%s%s%s", w->file->name, node->line, node->column, shown(node->n),
                node->text, near ? "; the nearest is '" : "", near ? near : "", near ? "'" : "");
        free(word);
        free(names);
        return false;
    }
    if (node->kind == BX_NODE_PARTIAL)
        return walk_file(w, node, t);
    w->filled[w->nfilled++] = (struct filled){node->child, w->file};
    bool ok = walk_file(w, node, t);
    w->nfilled--;
    return ok;
}

/* A block: what the outermost child fills in, or its own content. */
static bool put_block(struct walk *w, const struct bx_node *node)
{
    const struct bx_node *content = node->child;
    const struct bx_template *file = w->file;
    for (size_t i = 0; i < w->nfilled; i++) {
        const struct bx_node *b = w->filled[i].blocks;
        while (b && !(b->kind == BX_NODE_BLOCK && b->n == node->n && !memcmp(b->text, node->text, b->n)))
            b = b->next;
        if (b) {
            content = b->child;
            w->file = w->filled[i].file;
            break;
        }
    }
    size_t before = w->indent.n;
    bx_buf_adds(&w->indent, node->indent);
    bool ok = walk_list(w, content);
    w->indent.n = before;
    w->file = file;
    return ok;
}

static bool walk_node(struct walk *w, const struct bx_node *node)
{
    bool ok = true;
    switch (node->kind) {
    case BX_NODE_TEXT:
        return put_text(w, node->text, node->n);
    case BX_NODE_VALUE:
    case BX_NODE_RAW:
        return put_value(w, node);
    case BX_NODE_SECTION:
    case BX_NODE_INVERTED:
        ok = enter(w, node) && put_section(w, node);
        break;
    case BX_NODE_PARTIAL:
    case BX_NODE_PARENT:
        ok = enter(w, node) && put_partial(w, node);
        break;
    case BX_NODE_BLOCK:
        ok = enter(w, node) && put_block(w, node);
        break;
    }
    w->depth--;
    return ok;
}

static bool walk_list(struct walk *w, const struct bx_node *node)
{
    for (; node; node = node->next) {
        if (++w->steps > BX_TEMPLATE_STEPS)
            return bx_fail(w->err, BX_CONFIG, "%s:%u:%u: this page takes more than %u steps", w->file->name, node->line, node->column,
                           BX_TEMPLATE_STEPS);
        if (!walk_node(w, node))
            return false;
    }
    return true;
}

bool bx_template_render(const struct bx_templates *ts, const char *name, const cJSON *context, struct bx_buf *out, struct bx_err *e)
{
    const struct bx_template *t = bx_template_find(ts, name, strlen(name));
    if (!t)
        return bx_fail(e, BX_CONFIG, "there is no template '%s'", name);
    struct walk *w = bx_xrealloc(NULL, 1, sizeof *w);
    *w = (struct walk){.set = ts, .file = t, .out = out, .out_begin = out->n, .line_start = true, .err = e};
    w->context[w->ncontext++] = context;
    bool ok = walk_list(w, t->root);
    bx_buf_free(&w->indent);
    free(w);
    return ok;
}
