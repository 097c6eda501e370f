/* svg.c: reads what cairo's SVG backend writes (1.16 and 1.18) and writes it shorter. Not a general XML reader. */
#include "render/chart/svg.h"
#include "core/base/arena.h"
#include "core/base/json_reader.h"
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ATTRIBUTES = 48, DEPTH = 32 };

struct piece {
    const char *p;
    size_t n;
};
struct attribute {
    struct piece name, value;
};
struct tag {
    struct piece name;
    bool closing, empty; /* </x> and <x/> */
    struct attribute at[ATTRIBUTES];
    size_t n;
};
struct glyph {
    struct piece id;
    struct bx_buf path;
    size_t order; /* of first use, from 1; 0: unused */
};
/* A drawn path. The same one elsewhere is a <use> of the first: the panels of classes have the same grey lines, points the same circle. */
struct drawn {
    struct bx_buf shape; /* its tag without where it begins, and: */
    int64_t x, y;        /* hundredths */
    size_t at;           /* in the body, behind "<path" */
    size_t order;        /* its id's, among the glyphs'; 0: none uses it */
};
struct class
{
    bool stroke;
    size_t ink;
};
enum level { KEPT, DROPPED, RUN /* a <g> around a run of glyphs */ };

struct tidy {
    const char *p, *end;
    struct bx_buf body, defs;
    struct glyph *glyphs;
    size_t nglyphs, capglyphs, used;
    struct drawn *drawn;
    size_t ndrawn, capdrawn;
    struct piece *ids; /* other ids, in order of first sight */
    size_t nids, capids;
    const struct bx_colour *inks; /* NULL: no classes */
    size_t ninks;
    struct class *classes; /* in order of first use */
    size_t nclasses, capclasses;
    enum level open[DEPTH];
    size_t depth, in_defs; /* in_defs: the depth at which <defs> was opened, plus one */
    struct glyph *current; /* the glyph being defined */
    size_t glyph_depth;
    struct bx_buf run; /* the start tag of the run that may go on */
    bool run_waits;    /* its end tag was read and not yet written */
};

static bool is(struct piece s, const char *text)
{
    return s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

static bool starts(struct piece s, const char *text)
{
    return s.n >= strlen(text) && !memcmp(s.p, text, strlen(text));
}

static bool same(struct piece a, struct piece b)
{
    return a.n == b.n && !memcmp(a.p, b.p, a.n);
}

static const struct piece *get(const struct tag *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (is(t->at[i].name, name))
            return &t->at[i].value;
    return NULL;
}

static bool add_attribute(struct tag *t, struct piece name, struct piece value)
{
    if (t->n == ATTRIBUTES)
        return false;
    t->at[t->n++] = (struct attribute){name, value};
    return true;
}

static struct piece trimmed(const char *p, const char *end)
{
    while (p < end && isspace((unsigned char)*p))
        p++;
    while (end > p && isspace((unsigned char)end[-1]))
        end--;
    return (struct piece){p, (size_t)(end - p)};
}

/* style="a:b;c:d" is a list of attributes too. */
static bool split_style(struct tag *t, struct piece style)
{
    const char *p = style.p, *end = style.p + style.n;
    while (p < end) {
        const char *semicolon = memchr(p, ';', (size_t)(end - p));
        const char *stop = semicolon ? semicolon : end, *colon = memchr(p, ':', (size_t)(stop - p));
        if (colon && !add_attribute(t, trimmed(p, colon), trimmed(colon + 1, stop)))
            return false;
        p = semicolon ? semicolon + 1 : end;
    }
    return true;
}

/* The next tag; what stands between tags is white space. false at the end (p == end) and on what is not a tag. */
static bool next_tag(struct tidy *t, struct tag *tag)
{
    for (;;) {
        const char *start = t->p < t->end ? memchr(t->p, '<', (size_t)(t->end - t->p)) : NULL;
        if (!start) {
            t->p = t->end;
            return false;
        }
        t->p = start + 1;
        if (t->p < t->end && (*t->p == '?' || *t->p == '!')) {
            const char *stop = memchr(t->p, '>', (size_t)(t->end - t->p));
            t->p = stop ? stop + 1 : t->end;
            continue;
        }
        break;
    }
    *tag = (struct tag){.closing = t->p < t->end && *t->p == '/'};
    t->p += tag->closing;
    const char *name = t->p;
    while (t->p < t->end && !isspace((unsigned char)*t->p) && *t->p != '>' && *t->p != '/')
        t->p++;
    tag->name = (struct piece){name, (size_t)(t->p - name)};
    for (;;) {
        while (t->p < t->end && isspace((unsigned char)*t->p))
            t->p++;
        if (t->p == t->end)
            return false;
        if (*t->p == '>') {
            t->p++;
            return true;
        }
        if (*t->p == '/') {
            tag->empty = true;
            t->p++;
            continue;
        }
        const char *key = t->p, *equals = memchr(key, '=', (size_t)(t->end - key));
        if (!equals || equals + 1 == t->end || equals[1] != '"')
            return false;
        const char *value = equals + 2, *quote = memchr(value, '"', (size_t)(t->end - value));
        if (!quote)
            return false;
        struct piece k = {key, (size_t)(equals - key)}, v = {value, (size_t)(quote - value)};
        if (is(k, "style") ? !split_style(tag, v) : !add_attribute(tag, k, v))
            return false;
        t->p = quote + 1;
    }
}

/* A number as hundredths, in the fewest characters. `glue`: what was written before it is a number that ended so. */
enum glue { APART, AFTER_WHOLE, AFTER_FRACTION };
static enum glue add_hundredths(struct bx_buf *b, int64_t h, enum glue glue)
{
    uint64_t size = h < 0 ? (uint64_t)0 - (uint64_t)h : (uint64_t)h, whole = size / 100, fraction = size % 100;
    if (h >= 0 && glue != APART && !(whole == 0 && fraction && glue == AFTER_FRACTION))
        bx_buf_addc(b, ' ');
    if (h < 0)
        bx_buf_addc(b, '-');
    if (whole || !fraction)
        bx_buf_addf(b, "%llu", (unsigned long long)whole);
    if (!fraction)
        return AFTER_WHOLE;
    if (fraction % 10)
        bx_buf_addf(b, ".%02u", (unsigned)fraction);
    else
        bx_buf_addf(b, ".%u", (unsigned)(fraction / 10));
    return AFTER_FRACTION;
}

static bool read_hundredths(const char **p, const char *end, int64_t *h)
{
    while (*p < end && (isspace((unsigned char)**p) || **p == ','))
        (*p)++;
    double v;
    if (!bx_number_parse(*p, end, &v, p) || !(fabs(v) < 1e9))
        return false;
    *h = llround(v * 100);
    return true;
}

struct path {
    struct bx_buf *out;
    int64_t x, y, start_x, start_y;
    char last; /* the command that was written last */
    enum glue glue;
};

static void command(struct path *w, char c)
{
    if (c != w->last || c == 'm' || c == 'z') {
        bx_buf_addc(w->out, c);
        w->glue = APART;
    }
    w->last = c;
}

static void line_to(struct path *w, int64_t x, int64_t y)
{
    int64_t dx = x - w->x, dy = y - w->y;
    if (!dx && !dy && w->last != 'm' && w->last != 'M')
        return;
    command(w, dy == 0 ? 'h' : dx == 0 ? 'v' : 'l');
    if (dy == 0 || dx != 0)
        w->glue = add_hundredths(w->out, dx, w->glue);
    if (dy != 0)
        w->glue = add_hundredths(w->out, dy, w->glue);
    w->x = x, w->y = y;
}

/* cairo writes absolute M, L, C and Z, and an M after each Z. */
static bool shorten_path(struct piece d, struct bx_buf *out)
{
    const char *p = d.p, *end = d.p + d.n;
    struct path w = {.out = out};
    bool moved = false; /* an M that is not yet written */
    while (p < end) {
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        char c = *p++;
        int64_t v[6];
        size_t n = c == 'M' || c == 'L' ? 2 : c == 'C' ? 6 : 0;
        for (size_t i = 0; i < n; i++)
            if (!read_hundredths(&p, end, &v[i]))
                return false;
        if (c == 'M') {
            w.start_x = v[0], w.start_y = v[1];
            moved = true;
            continue;
        }
        if (moved && c != 'Z') {
            command(&w, w.last ? 'm' : 'M'); /* relative to where the last subpath ended */
            w.glue = add_hundredths(out, w.start_x - w.x, w.glue);
            w.glue = add_hundredths(out, w.start_y - w.y, w.glue);
            w.x = w.start_x, w.y = w.start_y;
            moved = false;
        }
        if (c == 'L')
            line_to(&w, v[0], v[1]);
        else if (c == 'C') {
            command(&w, 'c');
            for (size_t i = 0; i < 6; i++)
                w.glue = add_hundredths(out, v[i] - (i % 2 ? w.y : w.x), w.glue);
            w.x = v[4], w.y = v[5];
        } else if (c == 'Z') {
            if (!moved)
                command(&w, 'z');
            w.x = w.start_x, w.y = w.start_y;
        } else
            return false;
    }
    return true;
}

/* rgb(85.1%,87%,89.4%) -> 0xD9DEE4 */
static bool read_colour(struct piece v, uint32_t *colour)
{
    if (!starts(v, "rgb("))
        return false;
    const char *p = v.p + 4, *end = v.p + v.n;
    *colour = 0;
    for (int i = 0; i < 3; i++) {
        double percent;
        while (p < end && (*p == ',' || *p == ' '))
            p++;
        if (!bx_number_parse(p, end, &percent, &p) || p == end || *p++ != '%' || !(percent >= 0 && percent <= 100))
            return false;
        *colour = *colour << 8 | (uint32_t)lround(percent * 2.55);
    }
    return true;
}

static void add_colour(struct bx_buf *b, uint32_t colour)
{
    unsigned red = colour >> 16 & 255, green = colour >> 8 & 255, blue = colour & 255;
    if (red % 17 == 0 && green % 17 == 0 && blue % 17 == 0)
        bx_buf_addf(b, "#%x%x%x", red / 17, green / 17, blue / 17);
    else
        bx_buf_addf(b, "#%02x%02x%02x", red, green, blue);
}

static void add_letters(struct bx_buf *b, size_t order) /* 1 -> a, 26 -> z, 27 -> aa */
{
    char text[16], *p = text + sizeof text;
    size_t n = 0;
    for (; order; order = (order - 1) / 26, n++)
        *--p = (char)('a' + (order - 1) % 26);
    bx_buf_add(b, p, n);
}

static void add_id(struct tidy *t, struct bx_buf *b, struct piece id)
{
    for (size_t i = 0; i < t->nglyphs; i++)
        if (same(t->glyphs[i].id, id)) {
            if (!t->glyphs[i].order)
                t->glyphs[i].order = ++t->used;
            add_letters(b, t->glyphs[i].order);
            return;
        }
    size_t i = 0;
    while (i < t->nids && !same(t->ids[i], id))
        i++;
    if (i == t->nids) {
        t->ids = bx_grow(t->ids, &t->capids, t->nids + 1, sizeof *t->ids);
        t->ids[t->nids++] = id;
    }
    bx_buf_addf(b, "x%zu", i);
}

static void add_class(struct tidy *t, struct bx_buf *b, bool stroke, size_t ink)
{
    size_t i = 0;
    while (i < t->nclasses && (t->classes[i].stroke != stroke || t->classes[i].ink != ink))
        i++;
    if (i == t->nclasses) {
        t->classes = bx_grow(t->classes, &t->capclasses, t->nclasses + 1, sizeof *t->classes);
        t->classes[t->nclasses++] = (struct class){stroke, ink};
    }
    add_letters(b, i + 1);
}

/* The tag's fill and stroke as classes; false when a colour is no ink's number. */
static bool add_classes(struct tidy *t, struct bx_buf *b, const struct tag *tag)
{
    bool any = false;
    for (size_t i = 0; i < tag->n; i++) {
        uint32_t ink;
        bool stroke = is(tag->at[i].name, "stroke");
        if ((!stroke && !is(tag->at[i].name, "fill")) || !read_colour(tag->at[i].value, &ink))
            continue;
        if (ink >= t->ninks)
            return false;
        bx_buf_adds(b, any ? " " : " class=\"");
        add_class(t, b, stroke, ink);
        any = true;
    }
    bx_buf_adds(b, any ? "\"" : "");
    return true;
}

static void add_rules(const struct tidy *t, struct bx_buf *b, bool dark)
{
    for (size_t i = 0; i < t->nclasses; i++) {
        struct bx_colour c = t->inks[t->classes[i].ink];
        bx_buf_addc(b, '.');
        add_letters(b, i + 1);
        bx_buf_adds(b, t->classes[i].stroke ? "{stroke:" : "{fill:");
        add_colour(b, dark ? c.dark : c.light);
        bx_buf_addc(b, '}');
    }
}

static bool is_default(const struct attribute *a)
{
    static const char *const defaults[][2] = {{"fill-opacity", "1"},
                                              {"stroke-opacity", "1"},
                                              {"stroke", "none"},
                                              {"stroke-linecap", "butt"},
                                              {"stroke-linejoin", "round"} /* said once, on the root */,
                                              {"stroke-width", "1"},
                                              {"stroke-miterlimit", "4"},
                                              {"fill-rule", "nonzero"},
                                              {"clip-rule", "nonzero"}};
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        if (is(a->name, defaults[i][0]) && is(a->value, defaults[i][1]))
            return true;
    return false;
}

static bool is_length(struct piece name)
{
    return is(name, "x") || is(name, "y") || is(name, "width") || is(name, "height") || is(name, "stroke-width");
}

static bool add_value(struct tidy *t, struct bx_buf *b, const struct attribute *a)
{
    struct piece v = a->value;
    int64_t h;
    uint32_t colour;
    const char *p = v.p;
    if (is(a->name, "d"))
        return shorten_path(v, b);
    if (is(a->name, "id"))
        add_id(t, b, v);
    else if (v.n > 1 && v.p[0] == '#') {
        bx_buf_addc(b, '#');
        add_id(t, b, (struct piece){v.p + 1, v.n - 1});
    } else if (starts(v, "url(#") && v.p[v.n - 1] == ')') {
        bx_buf_adds(b, "url(#");
        add_id(t, b, (struct piece){v.p + 5, v.n - 6});
        bx_buf_addc(b, ')');
    } else if (is_length(a->name) && read_hundredths(&p, v.p + v.n, &h) && p == v.p + v.n)
        add_hundredths(b, h, APART);
    else if (read_colour(v, &colour))
        add_colour(b, colour);
    else
        bx_buf_add(b, v.p, v.n);
    return true;
}

/* "<name attributes", without the end. */
static bool add_start(struct tidy *t, struct bx_buf *b, const struct tag *tag)
{
    bx_buf_addc(b, '<');
    bx_buf_add(b, tag->name.p, tag->name.n);
    for (size_t i = 0; i < tag->n; i++) {
        const struct attribute *a = &tag->at[i];
        uint32_t ink;
        if (is_default(a) || (t->inks && read_colour(a->value, &ink)))
            continue;
        bx_buf_addc(b, ' ');
        if (is(a->name, "xlink:href"))
            bx_buf_adds(b, "href");
        else
            bx_buf_add(b, a->name.p, a->name.n);
        bx_buf_adds(b, "=\"");
        if (!add_value(t, b, a))
            return false;
        bx_buf_addc(b, '"');
    }
    return !t->inks || add_classes(t, b, tag);
}

/* Takes the coordinates of the first point out of a path's start tag. */
static bool split_path(const struct bx_buf *start, struct drawn *d)
{
    static const char before[] = " d=\"M";
    const char *at = strstr(bx_buf_str(start), before), *end = start->p + start->n, *p = at ? at + sizeof before - 1 : NULL;
    if (!p || !read_hundredths(&p, end, &d->x))
        return false;
    p += *p == ' ';
    if (!read_hundredths(&p, end, &d->y))
        return false;
    bx_buf_add(&d->shape, start->p, (size_t)(at - start->p));
    bx_buf_add(&d->shape, p, (size_t)(end - p));
    return true;
}

static struct drawn *find_drawn(const struct tidy *t, const struct drawn *d)
{
    for (size_t i = 0; i < t->ndrawn; i++)
        if (t->drawn[i].shape.n == d->shape.n && !memcmp(t->drawn[i].shape.p, d->shape.p, d->shape.n))
            return &t->drawn[i];
    return NULL;
}

static void add_offset(struct bx_buf *b, const char *name, int64_t hundredths)
{
    if (!hundredths)
        return;
    bx_buf_addf(b, " %s=\"", name);
    add_hundredths(b, hundredths, APART);
    bx_buf_addc(b, '"');
}

static bool add_path(struct tidy *t, const struct tag *tag)
{
    enum { WORTH = 60 }; /* bytes: a shorter path is not much longer than its <use> */
    struct bx_buf BX_CLEANUP_BUF start = {0};
    struct drawn d = {.at = t->body.n + strlen("<path")}, *first = NULL;
    if (!add_start(t, &start, tag))
        return false;
    if (start.n < WORTH || !split_path(&start, &d))
        bx_buf_free(&d.shape);
    else if (!(first = find_drawn(t, &d))) {
        t->drawn = bx_grow(t->drawn, &t->capdrawn, t->ndrawn + 1, sizeof *t->drawn);
        t->drawn[t->ndrawn++] = d;
    }
    if (!first) {
        bx_buf_add(&t->body, start.p, start.n);
        bx_buf_adds(&t->body, "/>");
        return true;
    }
    bx_buf_free(&d.shape);
    if (!first->order)
        first->order = ++t->used;
    bx_buf_adds(&t->body, "<use href=\"#");
    add_letters(&t->body, first->order);
    bx_buf_addc(&t->body, '"');
    add_offset(&t->body, "x", d.x - first->x);
    add_offset(&t->body, "y", d.y - first->y);
    bx_buf_adds(&t->body, "/>");
    return true;
}

static void end_run(struct tidy *t)
{
    if (t->run_waits)
        bx_buf_adds(&t->body, "</g>");
    t->run_waits = false;
}

static bool push(struct tidy *t, const struct tag *tag, enum level level)
{
    if (tag->empty)
        return true;
    if (t->depth == DEPTH)
        return false;
    t->open[t->depth++] = level;
    return true;
}

static bool close_tag(struct tidy *t, const struct tag *tag)
{
    if (!t->depth)
        return false;
    enum level level = t->open[--t->depth];
    if (t->current && t->depth == t->glyph_depth)
        t->current = NULL;
    if (t->in_defs == t->depth + 1)
        t->in_defs = 0;
    if (level == RUN) {
        if (t->run_waits) { /* a group in a group: neither is a plain run */
            end_run(t);
            bx_buf_clear(&t->run);
        }
        t->run_waits = true;
    } else if (level == KEPT) {
        end_run(t);
        struct bx_buf *b = t->in_defs ? &t->defs : &t->body;
        bx_buf_adds(b, "</");
        bx_buf_add(b, tag->name.p, tag->name.n);
        bx_buf_addc(b, '>');
    }
    return true;
}

/* <use> of an empty glyph (a space) draws nothing. */
static bool draws_nothing(const struct tidy *t, const struct tag *tag)
{
    const struct piece *href = get(tag, "xlink:href");
    href = href ? href : get(tag, "href");
    for (size_t i = 0; href && href->n && i < t->nglyphs; i++)
        if (same(t->glyphs[i].id, (struct piece){href->p + 1, href->n - 1}))
            return t->glyphs[i].path.n == 0;
    return false;
}

static bool definition(struct tidy *t, struct tag *tag)
{
    const struct piece *id = get(tag, "id"), *d = get(tag, "d");
    if (t->current && is(tag->name, "path") && d)
        return shorten_path(*d, &t->current->path) && push(t, tag, DROPPED);
    if (id && starts(*id, "glyph")) {
        t->glyphs = bx_grow(t->glyphs, &t->capglyphs, t->nglyphs + 1, sizeof *t->glyphs);
        t->glyphs[t->nglyphs] = (struct glyph){.id = *id};
        t->current = tag->empty ? NULL : &t->glyphs[t->nglyphs];
        t->nglyphs++;
        t->glyph_depth = t->depth;
        return push(t, tag, DROPPED);
    }
    if (is(tag->name, "g") && !tag->n)
        return push(t, tag, DROPPED);
    if (!add_start(t, &t->defs, tag))
        return false;
    bx_buf_adds(&t->defs, tag->empty ? "/>" : ">");
    return push(t, tag, KEPT);
}

static bool element(struct tidy *t, struct tag *tag)
{
    const struct piece *id = get(tag, "id");
    if (is(tag->name, "defs")) {
        t->in_defs = t->depth + 1;
        return push(t, tag, DROPPED);
    }
    if (t->in_defs)
        return definition(t, tag);
    if (is(tag->name, "g") && id && starts(*id, "surface") && tag->n == 1)
        return push(t, tag, DROPPED);
    if (is(tag->name, "use") && draws_nothing(t, tag))
        return push(t, tag, DROPPED);
    if (is(tag->name, "g") && !id && !tag->empty) {
        struct bx_buf start = {0};
        bool ok = add_start(t, &start, tag);
        if (ok && !(t->run_waits && t->run.n == start.n && !memcmp(t->run.p, start.p, start.n))) {
            end_run(t);
            bx_buf_add(&t->body, start.p, start.n);
            bx_buf_addc(&t->body, '>');
        }
        t->run_waits = false;
        bx_buf_free(&t->run);
        t->run = start;
        return ok && push(t, tag, RUN);
    }
    end_run(t);
    if (tag->empty && is(tag->name, "path") && !id && !get(tag, "transform"))
        return add_path(t, tag);
    if (!add_start(t, &t->body, tag))
        return false;
    bx_buf_adds(&t->body, tag->empty ? "/>" : ">");
    return push(t, tag, KEPT);
}

/* With the ids of the paths that are used again: that they would be was not known when they were written. */
static void add_body(const struct tidy *t, struct bx_buf *out)
{
    size_t from = 0;
    for (size_t i = 0; i < t->ndrawn; i++) {
        const struct drawn *d = &t->drawn[i];
        if (!d->order)
            continue;
        bx_buf_add(out, t->body.p + from, d->at - from);
        bx_buf_adds(out, " id=\"");
        add_letters(out, d->order);
        bx_buf_addc(out, '"');
        from = d->at;
    }
    bx_buf_add(out, bx_buf_str(&t->body) + from, t->body.n - from);
}

static void write_out(const struct tidy *t, struct piece width, struct piece height, struct bx_buf *out)
{
    bx_buf_addf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.*s\" height=\"%.*s\" viewBox=\"0 0 %.*s %.*s\" stroke-linejoin=\"round\">\n",
        (int)width.n, width.p, (int)height.n, height.p, (int)width.n, width.p, (int)height.n, height.p);
    if (t->nclasses) {
        bx_buf_adds(out, "<style>");
        add_rules(t, out, false);
        bx_buf_adds(out, "@media(prefers-color-scheme:dark){");
        add_rules(t, out, true);
        bx_buf_adds(out, "}</style>\n");
    }
    bx_buf_adds(out, "<defs>");
    for (size_t order = 1; order <= t->used; order++)
        for (size_t i = 0; i < t->nglyphs; i++)
            if (t->glyphs[i].order == order) {
                bx_buf_adds(out, "<path id=\"");
                add_letters(out, order);
                bx_buf_addf(out, "\" d=\"%s\"/>", bx_buf_str(&t->glyphs[i].path));
            }
    bx_buf_add(out, bx_buf_str(&t->defs), t->defs.n);
    bx_buf_adds(out, "</defs>\n");
    add_body(t, out);
    bx_buf_adds(out, "\n</svg>\n");
}

static struct piece without_unit(struct piece v)
{
    while (v.n && !isdigit((unsigned char)v.p[v.n - 1]))
        v.n--;
    return v;
}

bool bx_svg_tidy(const char *svg, size_t n, const struct bx_colour *inks, size_t ninks, struct bx_buf *out, struct bx_err *e)
{
    struct tidy t = {.p = svg, .end = svg + n, .inks = inks, .ninks = ninks};
    struct piece width = {"", 0}, height = {"", 0};
    struct tag tag;
    bool ok = true, root = false;
    while (ok && next_tag(&t, &tag)) {
        if (is(tag.name, "svg")) {
            const struct piece *w = get(&tag, "width"), *h = get(&tag, "height");
            root = root || tag.closing || (w && h);
            if (w && h)
                width = without_unit(*w), height = without_unit(*h);
            continue;
        }
        ok = root && (tag.closing ? close_tag(&t, &tag) : element(&t, &tag));
    }
    ok = ok && root && t.p == t.end && t.depth == 0;
    end_run(&t);
    if (ok)
        write_out(&t, width, height, out);
    for (size_t i = 0; i < t.nglyphs; i++)
        bx_buf_free(&t.glyphs[i].path);
    free(t.glyphs);
    for (size_t i = 0; i < t.ndrawn; i++)
        bx_buf_free(&t.drawn[i].shape);
    free(t.drawn);
    free(t.ids);
    free(t.classes);
    bx_buf_free(&t.body);
    bx_buf_free(&t.defs);
    bx_buf_free(&t.run);
    return ok || bx_fail(e, BX_DATA, "cannot read the SVG that cairo wrote");
}
