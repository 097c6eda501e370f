/*
 * parse.c: Mustache text into a tree.
 *
 * One pass over the text with a stack of open elements. White space around a tag that is alone on its line goes with it ("standalone"); a
 * parent
 * ({{<p}}…{{/p}}) counts as one tag for that, and a block whose content begins on a line of its own gives up that content's
 * indentation, so that whoever fills it in elsewhere is indented as the place asks.
 */
#include "render/template/node.h"
#include <string.h>

struct open_element { /* an element whose closing tag is still to come */
    struct bx_node *node;
    struct bx_node **tail;  /* where its next child goes */
    struct bx_node *before; /* parent: the text in front of it, whose last `lead` bytes are its line's white space */
    size_t lead;
    bool lead_ok;
};

struct parser {
    const char *file;
    const char *src;
    size_t n, at;
    const char *open, *close; /* delimiters */
    size_t nopen, nclose;
    uint32_t line;
    size_t line_begin; /* offset of the current line */
    struct open_element stack[BX_TEMPLATE_NESTING + 1];
    size_t depth;
    struct bx_node *last; /* the node added last in the current element, or NULL */
    struct bx_arena *arena;
    struct bx_err *err;
};

struct tag {
    char kind;         /* # ^ / > < $ & { = ! or v for a value */
    size_t begin, end; /* offsets in the source, delimiters included */
    const char *name;
    size_t nname;
    uint32_t line, column;
};

static bool fail_at(struct parser *p, const struct tag *t, const char *what, const char *name, size_t n)
{
    return bx_fail(p->err, BX_CONFIG, "%s:%u:%u: %s%s%.*s%s", p->file, t->line, t->column, what, name ? " '" : "",
                   name ? (int)(n > 80 ? 80 : n) : 0, name ? name : "", name ? "'" : "");
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool space(char c)
{
    return blank(c) || c == '\n' || c == '\r';
}

static void advance_lines(struct parser *p, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (p->src[i] == '\n') {
            p->line++;
            p->line_begin = i + 1;
        }
}

static const char *find(const char *p, size_t n, const char *what, size_t m)
{
    return n < m ? NULL : memmem(p, n, what, m);
}

/* Is there only white space between the line's begin and `at`? *begin is that line's offset. */
static bool lead_blank(const struct parser *p, size_t at, size_t *begin)
{
    while (at > 0 && blank(p->src[at - 1]))
        at--;
    *begin = at;
    return at == 0 || p->src[at - 1] == '\n';
}

/* Is there only white space from `at` to the line's end? *end is the offset behind the line break. */
static bool tail_blank(const struct parser *p, size_t at, size_t *end)
{
    while (at < p->n && blank(p->src[at]))
        at++;
    if (at < p->n && p->src[at] == '\r' && at + 1 < p->n && p->src[at + 1] == '\n')
        at++;
    *end = at < p->n ? at + 1 : at;
    return at == p->n || p->src[at] == '\n';
}

static struct open_element *top(struct parser *p)
{
    return &p->stack[p->depth];
}

static struct bx_node *add(struct parser *p, enum bx_node_kind kind, const char *text, size_t n)
{
    struct bx_node *node = BX_NEW(p->arena, struct bx_node, 1);
    node->kind = kind;
    node->text = text;
    node->n = n;
    node->indent = "";
    *top(p)->tail = node;
    top(p)->tail = &node->next;
    p->last = node;
    return node;
}

static void add_text(struct parser *p, size_t from, size_t to)
{
    if (to <= from)
        return;
    struct bx_node *node = add(p, BX_NODE_TEXT, p->src + from, to - from);
    node->line_start = from == 0 || p->src[from - 1] == '\n';
}

static struct bx_node *add_tag(struct parser *p, const struct tag *t, enum bx_node_kind kind)
{
    struct bx_node *node = add(p, kind, t->name, t->nname);
    node->line = t->line;
    node->column = t->column;
    return node;
}

/* Take `prefix`, as far as it is there, from the begin of each line. */
static void dedent_text(struct bx_node *node, const char *prefix, struct bx_arena *a)
{
    char *out = bx_alloc(a, node->n + 1, 1);
    size_t m = 0;
    bool start = node->line_start;
    for (size_t i = 0; i < node->n;) {
        if (start)
            for (const char *w = prefix; *w && i < node->n && node->text[i] == *w; w++)
                i++;
        start = false;
        while (i < node->n && !start) {
            start = node->text[i] == '\n';
            out[m++] = node->text[i++];
        }
    }
    node->text = out;
    node->n = m;
}

static void dedent(struct bx_node *node, const char *prefix, struct bx_arena *a)
{
    for (; node; node = node->next) {
        switch (node->kind) {
        case BX_NODE_TEXT:
            dedent_text(node, prefix, a);
            break;
        case BX_NODE_PARTIAL:
        case BX_NODE_PARENT:
        case BX_NODE_BLOCK: {
            size_t k = 0;
            while (prefix[k] && node->indent[k] == prefix[k])
                k++;
            node->indent += k;
            if (node->kind == BX_NODE_BLOCK && !node->own_line)
                dedent(node->child, prefix, a);
            break;
        }
        case BX_NODE_SECTION:
        case BX_NODE_INVERTED:
            dedent(node->child, prefix, a);
            break;
        case BX_NODE_VALUE:
        case BX_NODE_RAW:
            break;
        }
    }
}

static bool push(struct parser *p, const struct tag *t, struct bx_node *node)
{
    if (p->depth >= BX_TEMPLATE_NESTING)
        return fail_at(p, t, "more than 100 elements inside one another at", t->name, t->nname);
    p->depth++;
    *top(p) = (struct open_element){.node = node, .tail = &node->child};
    p->last = NULL;
    return true;
}

/* A tag that goes with its line when alone on it: adds the text before it, moves p->at behind it. Gives the indentation. */
static bool take_line(struct parser *p, const struct tag *t, size_t text_from, const char **indent)
{
    size_t begin, end;
    bool alone = lead_blank(p, t->begin, &begin) && tail_blank(p, t->end, &end);
    if (alone && begin < text_from)
        alone = false; /* another tag stands before it on its line */
    add_text(p, text_from, alone ? begin : t->begin);
    p->at = alone ? end : t->end;
    if (indent)
        *indent = alone ? bx_strndup(p->arena, p->src + begin, t->begin - begin) : "";
    return alone;
}

static bool open_parent(struct parser *p, const struct tag *t, size_t text_from)
{
    size_t begin;
    bool ok = lead_blank(p, t->begin, &begin) && begin >= text_from;
    add_text(p, text_from, t->begin);
    struct bx_node *before = t->begin > text_from ? p->last : NULL;
    struct bx_node *node = add_tag(p, t, BX_NODE_PARENT);
    p->at = t->end;
    if (!push(p, t, node))
        return false;
    top(p)->before = before;
    top(p)->lead = t->begin - begin;
    top(p)->lead_ok = ok;
    return true;
}

static void close_parent(struct parser *p, const struct tag *t)
{
    struct open_element *o = top(p);
    size_t end;
    p->at = t->end;
    if (o->lead_ok && tail_blank(p, t->end, &end)) {
        p->at = end;
        o->node->own_line = true;
        if (o->before) {
            o->before->n -= o->lead;
            o->node->indent = bx_strndup(p->arena, o->before->text + o->before->n, o->lead);
        }
    }
    p->depth--;
    p->last = o->node;
}

static bool open_block(struct parser *p, const struct tag *t, size_t text_from)
{
    size_t begin, end;
    bool inside_parent = top(p)->node && top(p)->node->kind == BX_NODE_PARENT;
    bool lead = lead_blank(p, t->begin, &begin) && begin >= text_from;
    bool own_line = (lead || inside_parent) && tail_blank(p, t->end, &end) && end > t->end;
    add_text(p, text_from, own_line && lead ? begin : t->begin);
    struct bx_node *node = add_tag(p, t, BX_NODE_BLOCK);
    node->own_line = own_line;
    node->indent = lead ? bx_strndup(p->arena, p->src + begin, t->begin - begin) : "";
    p->at = own_line ? end : t->end;
    return push(p, t, node);
}

static void close_block(struct parser *p, const struct tag *t, size_t text_from)
{
    struct bx_node *node = top(p)->node;
    struct bx_node *outer = p->stack[p->depth - 1].node;
    size_t begin, end;
    bool lead = lead_blank(p, t->begin, &begin) && begin >= text_from;
    bool tail = tail_blank(p, t->end, &end);
    bool inside_parent = outer && outer->kind == BX_NODE_PARENT;
    bool alone = lead && (tail || inside_parent);
    add_text(p, text_from, alone ? begin : t->begin);
    p->at = alone && tail ? end : t->end;
    if (node->own_line && node->child) {
        const struct bx_node *first = node->child;
        size_t k = 0;
        if (first->kind == BX_NODE_TEXT)
            while (k < first->n && blank(first->text[k]))
                k++;
        node->indent = bx_strndup(p->arena, first->text, first->kind == BX_NODE_TEXT ? k : 0);
        dedent(node->child, node->indent, p->arena);
    }
    p->depth--;
    p->last = node;
}

static bool close_tag(struct parser *p, const struct tag *t, size_t text_from)
{
    struct bx_node *node = top(p)->node;
    if (!node)
        return fail_at(p, t, "closes what is not open:", t->name, t->nname);
    if (node->n != t->nname || memcmp(node->text, t->name, t->nname) != 0)
        return bx_fail(p->err, BX_CONFIG, "%s:%u:%u: found closing tag '%.*s', expected '%.*s' (opened in line %u)", p->file, t->line,
                       t->column, (int)(t->nname > 60 ? 60 : t->nname), t->name, (int)(node->n > 60 ? 60 : node->n), node->text,
                       node->line);
    if (node->kind == BX_NODE_BLOCK) {
        close_block(p, t, text_from);
    } else if (node->kind == BX_NODE_PARENT) {
        close_parent(p, t);
    } else {
        take_line(p, t, text_from, NULL);
        p->depth--;
        p->last = node;
    }
    return true;
}

static bool set_delimiters(struct parser *p, const struct tag *t)
{
    const char *s = t->name, *end = t->name + t->nname, *a, *b;
    for (a = s; a < end && !space(*a) && *a != '='; a++)
        ;
    for (b = a; b < end && space(*b); b++)
        ;
    const char *c = b;
    while (c < end && !space(*c) && *c != '=')
        c++;
    if (a == s || b == a || c == b || c != end)
        return fail_at(p, t, "expected two delimiters, separated by a space, found", t->name, t->nname);
    p->open = s;
    p->nopen = (size_t)(a - s);
    p->close = b;
    p->nclose = (size_t)(c - b);
    return true;
}

static bool apply(struct parser *p, const struct tag *t, size_t text_from)
{
    struct bx_node *node;
    const char *indent;
    switch (t->kind) {
    case '!':
        take_line(p, t, text_from, NULL);
        return true;
    case '=':
        take_line(p, t, text_from, NULL);
        return set_delimiters(p, t);
    case '#':
    case '^':
        take_line(p, t, text_from, NULL);
        node = add_tag(p, t, t->kind == '#' ? BX_NODE_SECTION : BX_NODE_INVERTED);
        return push(p, t, node);
    case '/':
        return close_tag(p, t, text_from);
    case '>': {
        bool alone = take_line(p, t, text_from, &indent);
        node = add_tag(p, t, BX_NODE_PARTIAL);
        node->own_line = alone;
        node->indent = indent;
        return true;
    }
    case '<':
        return open_parent(p, t, text_from);
    case '$':
        return open_block(p, t, text_from);
    default:
        add_text(p, text_from, t->begin);
        add_tag(p, t, t->kind == 'v' ? BX_NODE_VALUE : BX_NODE_RAW);
        p->at = t->end;
        return true;
    }
}

/* Read the tag whose opening delimiter is at `at`. */
static bool read_tag(struct parser *p, size_t at, struct tag *t)
{
    *t = (struct tag){.kind = 'v', .begin = at, .line = p->line, .column = (uint32_t)(at - p->line_begin + 1)};
    size_t i = at + p->nopen;
    bool triple = i < p->n && p->src[i] == '{';
    if (i < p->n && strchr("#^/><$&{=!", p->src[i]) && p->src[i])
        t->kind = p->src[i++];
    char closer[64];
    size_t m = 0;
    if (p->nclose + 2 > sizeof closer)
        return fail_at(p, t, "a delimiter of more than 60 bytes", NULL, 0);
    if (triple)
        closer[m++] = '}';
    else if (t->kind == '=')
        closer[m++] = '=';
    memcpy(closer + m, p->close, p->nclose);
    m += p->nclose;
    const char *end = find(p->src + i, p->n - i, closer, m);
    if (!end)
        return fail_at(p, t, "this tag is never closed", NULL, 0);
    const char *a = p->src + i, *b = end;
    while (a < b && space(*a))
        a++;
    while (b > a && space(b[-1]))
        b--;
    t->name = a;
    t->nname = (size_t)(b - a);
    t->end = (size_t)(end - p->src) + m;
    if (t->kind != '!' && t->nname == 0)
        return fail_at(p, t, "this tag has no name", NULL, 0);
    if (t->kind != '!' && memchr(t->name, 0, t->nname))
        return fail_at(p, t, "a NUL byte in a tag's name", NULL, 0);
    return true;
}

bool bx_template_parse(struct bx_template *t, const char *text, size_t n, struct bx_arena *a, struct bx_err *e)
{
    if (n > BX_TEMPLATE_SIZE)
        return bx_fail(e, BX_CONFIG, "%s: a template of %zu bytes, expected at most %u", t->name, n, BX_TEMPLATE_SIZE);
    struct parser *p = BX_NEW(a, struct parser, 1);
    *p = (struct parser){.file = t->name,
                         .src = bx_strndup(a, "", 0),
                         .n = n,
                         .open = "{{",
                         .close = "}}",
                         .nopen = 2,
                         .nclose = 2,
                         .line = 1,
                         .arena = a,
                         .err = e};
    if (n)
        p->src = bx_memdup(a, text, n);
    p->stack[0].tail = &t->root;
    t->root = NULL;
    for (;;) {
        size_t from = p->at;
        const char *open = find(p->src + from, p->n - from, p->open, p->nopen);
        if (!open) {
            add_text(p, from, p->n);
            break;
        }
        struct tag tag;
        size_t at = (size_t)(open - p->src);
        advance_lines(p, from, at);
        if (!read_tag(p, at, &tag) || !apply(p, &tag, from))
            return false;
        advance_lines(p, at, p->at);
    }
    if (p->depth > 0) {
        const struct bx_node *node = top(p)->node;
        return bx_fail(e, BX_CONFIG, "%s:%u:%u: '%.*s' is never closed", t->name, node->line, node->column,
                       (int)(node->n > 80 ? 80 : node->n), node->text);
    }
    return true;
}
