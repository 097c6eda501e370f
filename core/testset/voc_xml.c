/*
 * voc_xml.c: one Pascal VOC file, by expat. The elements that matter are known by their path from the root; a `part` of an object has a
 * name and a bndbox of its own and is passed over whole, as is all else.
 */
#include "core/testset/voc_xml.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/base/text.h"
#include <expat.h>
#include <math.h>

enum { MAX_XML = 64 << 20, MAX_DEPTH = 64, MAX_TEXT = 4096, MAX_POINTS = 1 << 20 };

enum place { ELSEWHERE, ROOT, FILENAME, SIZE, WIDTH, HEIGHT, OBJECT, NAME, DIFFICULT, BNDBOX, XMIN, YMIN, XMAX, YMAX, POLYGON, POINT };
static const struct {
    enum place parent;
    const char *element;
    enum place place;
} places[] = {
    {ROOT, "filename", FILENAME}, {ROOT, "size", SIZE},   {SIZE, "width", WIDTH},           {SIZE, "height", HEIGHT},
    {ROOT, "object", OBJECT},     {OBJECT, "name", NAME}, {OBJECT, "difficult", DIFFICULT}, {OBJECT, "bndbox", BNDBOX},
    {BNDBOX, "xmin", XMIN},       {BNDBOX, "ymin", YMIN}, {BNDBOX, "xmax", XMAX},           {BNDBOX, "ymax", YMAX},
    {OBJECT, "polygon", POLYGON},
};

struct xml {
    const char *path;
    struct bx_arena *a;
    struct bx_err *e;
    struct bx_voc_file *f;
    XML_Parser parser;
    enum place stack[MAX_DEPTH];
    unsigned depth;
    bool failed;
    char text[MAX_TEXT];
    size_t ntext;
    unsigned corners; /* which of the bndbox's four were read */
    char axis;        /* of the polygon's number being read: 'x' or 'y' */
    struct bx_voc_object *objects;
    size_t cap, cap_points, nvalues;
    double *values; /* the polygon's numbers */
};

static void complain(struct xml *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct xml *x, const char *fmt, ...)
{
    if (x->failed)
        return;
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    x->failed = true;
    bx_fail(x->e, BX_DATA, "%s:%lu:%lu: %s", x->path, (unsigned long)XML_GetCurrentLineNumber(x->parser),
            (unsigned long)XML_GetCurrentColumnNumber(x->parser) + 1, text);
    XML_StopParser(x->parser, XML_FALSE);
}

static enum place here(const struct xml *x)
{
    return x->depth ? x->stack[x->depth - 1] : ELSEWHERE;
}

static struct bx_voc_object *object(struct xml *x)
{
    return &x->objects[x->f->nobjects - 1];
}

static enum place enter(const struct xml *x, const char *element)
{
    if (!x->depth)
        return !strcmp(element, "annotation") ? ROOT : ELSEWHERE;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i].parent == here(x) && !strcmp(places[i].element, element))
            return places[i].place;
    if (here(x) == POLYGON && (element[0] == 'x' || element[0] == 'y'))
        return POINT;
    return ELSEWHERE;
}

static void on_start(void *data, const XML_Char *element, const XML_Char **attributes)
{
    struct xml *x = data;
    (void)attributes;
    if (x->failed)
        return;
    if (x->depth == MAX_DEPTH) {
        complain(x, "elements are nested deeper than %d", MAX_DEPTH);
        return;
    }
    enum place p = enter(x, element);
    if (!x->depth && p != ROOT) {
        complain(x, "found <%.40s>, expected <annotation>", element);
        return;
    }
    x->stack[x->depth++] = p;
    x->ntext = 0;
    if (p == OBJECT) {
        x->objects = bx_grow(x->objects, &x->cap, x->f->nobjects + 1, sizeof *x->objects);
        x->objects[x->f->nobjects++] = (struct bx_voc_object){.line = XML_GetCurrentLineNumber(x->parser)};
    } else if (p == BNDBOX)
        x->corners = 0;
    else if (p == POLYGON)
        x->nvalues = 0;
    else if (p == POINT)
        x->axis = element[0];
}

static void on_text(void *data, const XML_Char *s, int n)
{
    struct xml *x = data;
    enum place p = here(x);
    if (x->failed || p == ELSEWHERE || p == ROOT || p == OBJECT || p == SIZE || p == BNDBOX || p == POLYGON)
        return;
    if ((size_t)n >= MAX_TEXT - x->ntext) {
        complain(x, "a text is longer than %d bytes", MAX_TEXT);
        return;
    }
    memcpy(x->text + x->ntext, s, (size_t)n);
    x->ntext += (size_t)n;
}

/* The element's text without the white space around it, NUL-terminated in place. */
static char *trimmed(struct xml *x)
{
    char *s = x->text, *end = s + x->ntext;
    while (s < end && strchr(" \t\r\n", *s))
        s++;
    while (end > s && strchr(" \t\r\n", end[-1]))
        end--;
    *end = '\0';
    return s;
}

static bool number(struct xml *x, const char *element, double *out)
{
    const char *s = trimmed(x), *end = s + strlen(s), *after = s;
    if (bx_number_parse(s, end, out, &after) && after == end && isfinite(*out))
        return true;
    complain(x, "<%s> is '%.40s', expected a number", element, s);
    return false;
}

static void set_side(struct xml *x, const char *element, uint32_t *side)
{
    double v;
    if (!number(x, element, &v))
        return;
    if (v < 0 || v > INT32_MAX || v != floor(v))
        complain(x, "<%s> is %g, expected a number of pixels", element, v);
    else
        *side = (uint32_t)v;
}

static void set_name(struct xml *x, const char **out, const char *element)
{
    char *s = trimmed(x);
    if (!*s || bx_has_control(s, strlen(s)))
        complain(x, "<%s> is empty or holds a control character", element);
    else
        *out = bx_strdup(x->a, s);
}

static void end_box(struct xml *x)
{
    struct bx_voc_object *o = object(x);
    if (x->corners != 15)
        complain(x, "<bndbox> needs xmin, ymin, xmax and ymax");
    else if (o->box[2] < o->box[0] || o->box[3] < o->box[1])
        complain(x, "<bndbox> ends before it begins: xmin %g, ymin %g, xmax %g, ymax %g", o->box[0], o->box[1], o->box[2], o->box[3]);
    else
        o->has_box = true;
}

static void end_polygon(struct xml *x)
{
    struct bx_voc_object *o = object(x);
    if (x->nvalues % 2 || x->nvalues < 6)
        complain(x, "<polygon> has %zu numbers, expected 3 or more points", x->nvalues);
    else if (o->points)
        complain(x, "<object> has two polygons, expected one");
    else {
        o->npoints = x->nvalues / 2;
        o->points = bx_memdup(x->a, x->values, x->nvalues * sizeof *x->values);
    }
}

static void add_point(struct xml *x, const char *element)
{
    double v;
    if (x->axis != "xy"[x->nvalues % 2] || x->nvalues > 2 * MAX_POINTS) {
        complain(x, "<%.20s> in <polygon>, expected x1, y1, x2, y2, … in turn", element);
        return;
    }
    if (!number(x, element, &v))
        return;
    x->values = bx_grow(x->values, &x->cap_points, x->nvalues + 1, sizeof *x->values);
    x->values[x->nvalues++] = v;
}

static void end_object(struct xml *x)
{
    struct bx_voc_object *o = object(x);
    if (!o->name)
        complain(x, "<object> of line %zu has no <name>", o->line);
    else if (!o->has_box && !o->points)
        complain(x, "<object> of line %zu has no <bndbox>", o->line);
}

static void on_end(void *data, const XML_Char *element)
{
    struct xml *x = data;
    double v;
    if (x->failed)
        return;
    enum place p = here(x);
    switch (p) {
    case FILENAME:
        x->f->filename = bx_strdup(x->a, trimmed(x));
        break;
    case WIDTH:
        set_side(x, element, &x->f->w);
        break;
    case HEIGHT:
        set_side(x, element, &x->f->h);
        break;
    case NAME:
        set_name(x, &object(x)->name, element);
        break;
    case DIFFICULT:
        if (number(x, element, &v))
            object(x)->difficult = v != 0;
        break;
    case XMIN:
    case YMIN:
    case XMAX:
    case YMAX:
        if (number(x, element, &object(x)->box[p - XMIN]))
            x->corners |= 1u << (p - XMIN);
        break;
    case BNDBOX:
        end_box(x);
        break;
    case POINT:
        add_point(x, element);
        break;
    case POLYGON:
        end_polygon(x);
        break;
    case OBJECT:
        end_object(x);
        break;
    default:
        break;
    }
    x->depth--;
    x->ntext = 0;
}

static void on_entity(void *data, const XML_Char *name, int is_parameter, const XML_Char *value, int n, const XML_Char *base,
                      const XML_Char *system, const XML_Char *public, const XML_Char *notation)
{
    (void)is_parameter, (void)value, (void)n, (void)base, (void)system, (void)public, (void)notation;
    complain(data, "declares the entity '%.40s'; entity declarations are refused", name);
}

/* expat compares each with all before it. */
static void on_attributes(void *data, const XML_Char *element, const XML_Char *attribute, const XML_Char *type, const XML_Char *value,
                          int required)
{
    (void)attribute, (void)type, (void)value, (void)required;
    complain(data, "declares attributes of <%.40s>; attribute declarations are refused", element);
}

bool bx_voc_read(const char *path, struct bx_voc_file *f, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_file_read(path, MAX_XML, &text, e))
        return false;
    *f = (struct bx_voc_file){0};
    struct xml x = {.path = path, .a = a, .e = e, .f = f, .parser = XML_ParserCreate(NULL)};
    if (!x.parser)
        return bx_fail(e, BX_DATA, "%s: cannot start expat", path);
    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, on_start, on_end);
    XML_SetCharacterDataHandler(x.parser, on_text);
    XML_SetEntityDeclHandler(x.parser, on_entity);
    XML_SetAttlistDeclHandler(x.parser, on_attributes);
    bool ok = XML_Parse(x.parser, bx_buf_str(&text), (int)text.n, 1) == XML_STATUS_OK && !x.failed;
    if (!ok && !x.failed)
        complain(&x, "not XML: %s", XML_ErrorString(XML_GetErrorCode(x.parser)));
    XML_ParserFree(x.parser);
    if (ok)
        f->objects = bx_memdup(a, x.objects, f->nobjects * sizeof *x.objects);
    free(x.objects);
    free(x.values);
    return ok;
}
