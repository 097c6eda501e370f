/*
 * voc_xml.c: one Pascal VOC file, by expat. The elements that matter are known by their path from the root; a `part` of an object has a
 * name and a bndbox of its own and is passed over whole, as is all else. Of an element that may stand once the first counts, as every
 * reader that searches a tree has it.
 */
#include "core/testset/voc_xml.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/base/text.h"
#include "core/testset/columns.h"
#include <expat.h>
#include <math.h>
#include <strings.h>

enum { MAX_XML = 64 << 20, MAX_DEPTH = 64, MAX_TEXT = 4096, MAX_POINTS = 1 << 20, MAX_FAULTS = BX_FAULTS_SHOWN / 2 };

/* The four numbers of a box, the five and the eight of an oriented one follow each other. */
enum place {
    ELSEWHERE,
    ROOT,
    FILENAME,
    SIZE,
    WIDTH,
    HEIGHT,
    OBJECT,
    NAME,
    DIFFICULT,
    BNDBOX,
    XMIN,
    YMIN,
    XMAX,
    YMAX,
    ROBNDBOX,
    CX,
    CY,
    W,
    H,
    ANGLE,
    X_LEFT_TOP,
    Y_LEFT_TOP,
    X_RIGHT_TOP,
    Y_RIGHT_TOP,
    X_RIGHT_BOTTOM,
    Y_RIGHT_BOTTOM,
    X_LEFT_BOTTOM,
    Y_LEFT_BOTTOM,
    POLYGON,
    POINT,
    PT,
    PT_X,
    PT_Y,
};
static const struct {
    enum place parent;
    const char *element;
    enum place place;
} places[] = {
    {ROOT, "filename", FILENAME},
    {ROOT, "size", SIZE},
    {SIZE, "width", WIDTH},
    {SIZE, "height", HEIGHT},
    {ROOT, "object", OBJECT},
    {OBJECT, "name", NAME},
    {OBJECT, "difficult", DIFFICULT},
    {OBJECT, "bndbox", BNDBOX},
    {BNDBOX, "xmin", XMIN},
    {BNDBOX, "ymin", YMIN},
    {BNDBOX, "xmax", XMAX},
    {BNDBOX, "ymax", YMAX},
    {OBJECT, "robndbox", ROBNDBOX},
    /* roLabelImg's */
    {ROBNDBOX, "cx", CX},
    {ROBNDBOX, "cy", CY},
    {ROBNDBOX, "w", W},
    {ROBNDBOX, "h", H},
    {ROBNDBOX, "angle", ANGLE},
    /* DIOR-R's */
    {ROBNDBOX, "x_left_top", X_LEFT_TOP},
    {ROBNDBOX, "y_left_top", Y_LEFT_TOP},
    {ROBNDBOX, "x_right_top", X_RIGHT_TOP},
    {ROBNDBOX, "y_right_top", Y_RIGHT_TOP},
    {ROBNDBOX, "x_right_bottom", X_RIGHT_BOTTOM},
    {ROBNDBOX, "y_right_bottom", Y_RIGHT_BOTTOM},
    {ROBNDBOX, "x_left_bottom", X_LEFT_BOTTOM},
    {ROBNDBOX, "y_left_bottom", Y_LEFT_BOTTOM},
    {OBJECT, "polygon", POLYGON},
    /* LabelMe's */
    {POLYGON, "pt", PT},
    {PT, "x", PT_X},
    {PT, "y", PT_Y},
};

struct xml {
    const char *path;
    struct bx_arena *a;
    struct bx_voc_file *f;
    struct bx_faults *faults;
    XML_Parser parser;
    enum place stack[MAX_DEPTH];
    unsigned depth;
    size_t nfaults;
    bool stopped;
    char text[MAX_TEXT];
    size_t ntext;
    bool sized; /* a <size> was there */
    /* of the object */
    bool boxed, turned, difficulty; /* had such an element */
    bool roboflow;                  /* the polygon is in Roboflow's form */
    char trouble[120];              /* what is wrong with its polygon */
    unsigned numbers;               /* which of the box's, or of the oriented box's, numbers were read */
    double turn[13];                /* the oriented box's */
    char axis;                      /* of the polygon's number being read: 'x' or 'y' */
    struct bx_voc_object *objects;
    size_t cap, cap_points, nvalues;
    double *values; /* the polygon's numbers */
};

static void complain(struct xml *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void complain(struct xml *x, const char *fmt, ...)
{
    char text[400];
    if (x->stopped)
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    bx_faults_add(x->faults, x->a, x->path, "%s:%lu:%lu: %s", x->path, (unsigned long)XML_GetCurrentLineNumber(x->parser),
                  (unsigned long)XML_GetCurrentColumnNumber(x->parser) + 1, text);
    if (++x->nfaults == MAX_FAULTS) {
        x->stopped = true;
        XML_StopParser(x->parser, XML_FALSE);
    }
}

/* The rest of the file would only be misread. */
static void stop(struct xml *x)
{
    if (!x->stopped)
        XML_StopParser(x->parser, XML_FALSE);
    x->stopped = true;
}

static void polygon_trouble(struct xml *x, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void polygon_trouble(struct xml *x, const char *fmt, ...)
{
    if (x->trouble[0])
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(x->trouble, sizeof x->trouble, fmt, ap);
    va_end(ap);
}

static enum place here(const struct xml *x)
{
    return x->depth ? x->stack[x->depth - 1] : ELSEWHERE;
}

static struct bx_voc_object *object(struct xml *x)
{
    return &x->objects[x->f->nobjects - 1];
}

static void note_odd(struct xml *x, enum bx_voc_oddity what)
{
    object(x)->odd |= 1u << what;
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

/* The second of what an object, or the file, has once is passed over with all in it. */
static enum place first_only(struct xml *x, enum place p)
{
    bool *seen = p == BNDBOX ? &x->boxed : p == ROBNDBOX ? &x->turned : p == DIFFICULT ? &x->difficulty : p == SIZE ? &x->sized : NULL;
    bool second = seen && *seen;
    if (seen)
        *seen = true;
    if (second && (p == BNDBOX || p == ROBNDBOX))
        note_odd(x, BX_VOC_TWO_BOXES);
    if (p == POLYGON && x->objects[x->f->nobjects - 1].points) {
        polygon_trouble(x, "<object> has two polygons, expected one");
        second = true;
    }
    return second || (p == NAME && object(x)->name) || (p == FILENAME && x->f->filename) ? ELSEWHERE : p;
}

static void on_start(void *data, const XML_Char *element, const XML_Char **attributes)
{
    struct xml *x = data;
    (void)attributes;
    if (x->stopped)
        return;
    if (x->depth == MAX_DEPTH) {
        complain(x, "elements are nested deeper than %d", MAX_DEPTH);
        stop(x);
        return;
    }
    enum place p = first_only(x, enter(x, element));
    if (!x->depth && p != ROOT) {
        complain(x, "found <%.40s>, expected <annotation>", element);
        stop(x);
        return;
    }
    x->stack[x->depth++] = p;
    x->ntext = 0;
    if (p == OBJECT) {
        x->boxed = x->turned = x->difficulty = false;
        x->trouble[0] = '\0';
        x->objects = bx_grow(x->objects, &x->cap, x->f->nobjects + 1, sizeof *x->objects);
        x->objects[x->f->nobjects++] = (struct bx_voc_object){.line = XML_GetCurrentLineNumber(x->parser)};
    } else if (p == BNDBOX || p == ROBNDBOX)
        x->numbers = 0;
    else if (p == POLYGON) {
        x->nvalues = 0;
        x->roboflow = true;
    } else if (p == POINT || p == PT_X || p == PT_Y)
        x->axis = element[0];
}

static void on_text(void *data, const XML_Char *s, int n)
{
    struct xml *x = data;
    enum place p = here(x);
    if (x->stopped || p == ELSEWHERE || p == ROOT || p == OBJECT || p == SIZE || p == BNDBOX || p == ROBNDBOX || p == POLYGON || p == PT)
        return;
    if ((size_t)n >= MAX_TEXT - x->ntext) {
        complain(x, "a text is longer than %d bytes", MAX_TEXT);
        stop(x);
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

static bool parse(const char *s, double *out)
{
    const char *end = s + strlen(s), *after = s;
    return bx_number_parse(s, end, out, &after) && after == end && fabs(*out) <= BX_FAR;
}

static bool number(struct xml *x, const char *element, double *out)
{
    const char *s = trimmed(x);
    if (parse(s, out))
        return true;
    complain(x, "<%s> is '%.40s', expected a number", element, s);
    return false;
}

/* One that is wrong was told; that it is missing would be a second fault for the same thing. */
static void box_number(struct xml *x, const char *element, double *out, unsigned which)
{
    number(x, element, out);
    x->numbers |= 1u << which;
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
    *out = bx_strdup(x->a, s);
}

/* Tools that do not know write nothing, or "Unspecified". */
static void set_difficult(struct xml *x, bool *out)
{
    static const char *const yes[] = {"yes", "y", "true", "t"}, *const no[] = {"no", "n", "false", "f"};
    const char *s = trimmed(x);
    double v;
    if (parse(s, &v)) {
        *out = v != 0;
        return;
    }
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!strcasecmp(s, yes[i]) || !strcasecmp(s, no[i])) {
            *out = !strcasecmp(s, yes[i]);
            return;
        }
    if (*s)
        note_odd(x, BX_VOC_DIFFICULT);
}

static void order(double *low, double *high)
{
    double v = *low;
    *low = *high;
    *high = v;
}

static void end_box(struct xml *x)
{
    struct bx_voc_object *o = object(x);
    bool swapped = false;
    if (x->numbers != 15) {
        complain(x, "<bndbox> needs xmin, ymin, xmax and ymax");
        return;
    }
    for (size_t i = 0; i < 2; i++)
        if (o->box[i + 2] < o->box[i]) {
            order(&o->box[i], &o->box[i + 2]);
            swapped = true;
        }
    if (swapped)
        note_odd(x, BX_VOC_SWAPPED);
    o->has_box = true;
}

/* cx cy w h angle, in radians, clockwise as the picture is seen; or four corners. */
static void end_turned(struct xml *x)
{
    struct bx_voc_object *o = object(x);
    const double *v = x->turn;
    if (x->numbers == 0x1FE0) {
        memcpy(o->corners, v + 5, sizeof o->corners);
        o->area = bx_points_area(o->corners, 4);
    } else if (x->numbers != 0x1F) {
        complain(x, "<robndbox> needs cx, cy, w, h and angle");
        return;
    } else if (v[2] < 0 || v[3] < 0) {
        complain(x, "<robndbox> has the sides %g and %g, expected none below 0", v[2], v[3]);
        return;
    } else if (fabs(v[4]) > 6.2832) {
        complain(x, "<angle> is %g, expected radians, as roLabelImg writes them", v[4]);
        return;
    } else {
        double c = cos(v[4]), s = sin(v[4]), ux = v[2] / 2 * c, uy = v[2] / 2 * s, vx = -v[3] / 2 * s, vy = v[3] / 2 * c;
        memcpy(o->corners,
               (double[8]){v[0] + ux + vx, v[1] + uy + vy, v[0] + ux - vx, v[1] + uy - vy, v[0] - ux - vx, v[1] - uy - vy, v[0] - ux + vx,
                           v[1] - uy + vy},
               sizeof o->corners);
        o->area = v[2] * v[3];
    }
    o->has_corners = true;
}

/* Whether a polygon that is wrong matters is known when the object ends. */
static void end_polygon(struct xml *x)
{
    struct bx_voc_object *o = object(x);
    if (x->nvalues % 2 || x->nvalues < 6)
        polygon_trouble(x, "<polygon> has %zu numbers, expected 3 or more points", x->nvalues);
    if (x->trouble[0])
        return;
    o->npoints = x->nvalues / 2;
    o->points = bx_memdup(x->a, x->values, x->nvalues * sizeof *x->values);
}

static void add_point(struct xml *x, const char *element)
{
    double v;
    const char *s = trimmed(x);
    if (x->trouble[0])
        return;
    if (x->axis != "xy"[x->nvalues % 2] || x->nvalues > 2 * MAX_POINTS)
        polygon_trouble(x, "<%.20s> in <polygon>, expected x1, y1, x2, y2, … in turn", element);
    else if (!parse(s, &v))
        polygon_trouble(x, "<%.20s> is '%.40s', expected a number", element, s);
    else {
        x->values = bx_grow(x->values, &x->cap_points, x->nvalues + 1, sizeof *x->values);
        x->values[x->nvalues++] = v;
    }
}

static void end_object(struct xml *x)
{
    struct bx_voc_object *o = object(x);
    if (!o->name)
        complain(x, "<object> of line %zu has no <name>", o->line);
    if ((o->has_box || o->has_corners) && (x->trouble[0] || (o->points && !x->roboflow))) {
        note_odd(x, BX_VOC_POLYGON);
        o->points = NULL;
        o->npoints = 0;
    } else if (x->trouble[0])
        complain(x, "%s", x->trouble);
    else if (!x->boxed && !x->turned && !o->points)
        complain(x, "<object> of line %zu has no <bndbox>", o->line);
}

static void on_end(void *data, const XML_Char *element)
{
    struct xml *x = data;
    if (x->stopped)
        return;
    enum place p = here(x);
    if (p >= XMIN && p <= YMAX)
        box_number(x, element, &object(x)->box[p - XMIN], p - XMIN);
    else if (p >= CX && p <= Y_LEFT_BOTTOM)
        box_number(x, element, &x->turn[p - CX], p - CX);
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
        set_difficult(x, &object(x)->difficult);
        break;
    case BNDBOX:
        end_box(x);
        break;
    case ROBNDBOX:
        end_turned(x);
        break;
    case PT_X:
    case PT_Y:
        x->roboflow = false;
        add_point(x, element);
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
    stop(data);
}

/* expat compares each with all before it. */
static void on_attributes(void *data, const XML_Char *element, const XML_Char *attribute, const XML_Char *type, const XML_Char *value,
                          int required)
{
    (void)attribute, (void)type, (void)value, (void)required;
    complain(data, "declares attributes of <%.40s>; attribute declarations are refused", element);
    stop(data);
}

bool bx_voc_read(const char *path, struct bx_voc_file *f, struct bx_faults *faults, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    size_t line;
    char why[120];
    *f = (struct bx_voc_file){0};
    if (!bx_file_read(path, MAX_XML, &text, e))
        return false;
    if (!bx_voc_utf8(&text, &line, why)) {
        bx_faults_add(faults, a, path, "%s:%zu: %s", path, line, why);
        return true;
    }
    struct xml x = {.path = path, .a = a, .f = f, .faults = faults, .parser = XML_ParserCreate("UTF-8")};
    if (!x.parser)
        return bx_fail(e, BX_DATA, "%s: cannot start expat", path);
    XML_SetUserData(x.parser, &x);
    XML_SetElementHandler(x.parser, on_start, on_end);
    XML_SetCharacterDataHandler(x.parser, on_text);
    XML_SetEntityDeclHandler(x.parser, on_entity);
    XML_SetAttlistDeclHandler(x.parser, on_attributes);
    if (XML_Parse(x.parser, bx_buf_str(&text), (int)text.n, 1) != XML_STATUS_OK && !x.stopped)
        complain(&x, "not XML: %s%s", XML_ErrorString(XML_GetErrorCode(x.parser)),
                 bx_utf8_valid(bx_buf_str(&text), text.n) ? "" : " (it is not UTF-8, and declares no other encoding)");
    XML_ParserFree(x.parser);
    size_t sound = 0; /* of a file with faults, for lint */
    for (size_t i = 0; i < f->nobjects; i++)
        if (x.objects[i].name && (x.objects[i].has_box || x.objects[i].has_corners || x.objects[i].points))
            x.objects[sound++] = x.objects[i];
    f->nobjects = sound;
    f->objects = bx_memdup(a, x.objects, f->nobjects * sizeof *x.objects);
    free(x.objects);
    free(x.values);
    return true;
}
