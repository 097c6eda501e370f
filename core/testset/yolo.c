/*
 * yolo.c: YOLO label files: boxes, polygons, oriented boxes. What Ultralytics drops in silence (values outside the image,
 * repeated lines, small images) is kept here and told. A line of 5 numbers is a box, of 7 and more a polygon; of 9, the four corners of an
 * oriented box when that is the task.
 */
#include "core/testset/yolo.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/data/split.h"
#include "core/testset/readers.h"
#include <math.h>

enum { MAX_LABELS = 256 << 20, MAX_POINTS = 1 << 20 };

struct labels {
    struct bx_testset *t;
    struct bx_arena *a;
    const struct bx_testset_options *o;
    struct bx_columns c;
    const struct bx_yolo_yaml *y;
    uint32_t *class_of; /* a class by its number */
    double *values;     /* the numbers of one line */
    size_t nvalues, cap;
    struct bx_tally missing, outside, repeated, flat, boxes, upright, polygons, mixed, unread;
    bool some_boxes, some_points; /* in the file being read */
    const char *home;             /* data.yaml's folder, absolute: notes name files relative to it, for they may be published */
    /* the file being read */
    const char *file;
    uint32_t w, h;
};

static const char *shown(const struct labels *l, const char *path)
{
    size_t n = strlen(l->home);
    return !strncmp(path, l->home, n) && path[n] == '/' ? path + n + 1 : bx_path_base(path);
}

static bool split_line(struct labels *l, const char *p, const char *end, size_t line, struct bx_err *e)
{
    const char *start = p;
    l->nvalues = 0;
    for (;;) {
        while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == ','))
            p++;
        if (p == end)
            return true;
        const char *token = p;
        while (p < end && *p != ' ' && *p != '\t' && *p != '\r')
            p++;
        double v;
        const char *after = token;
        if (!bx_number_parse(token, p, &v, &after) || after != p || !isfinite(v))
            return bx_fail(e, BX_DATA, "%s:%zu:%td: found '%.*s', expected a number", l->file, line, token - start + 1,
                           (int)(p - token < 40 ? p - token : 40), token);
        if (l->nvalues > 2 * MAX_POINTS)
            return bx_fail(e, BX_DATA, "%s:%zu: a polygon of more than %d points", l->file, line, MAX_POINTS);
        l->values = bx_grow(l->values, &l->cap, l->nvalues + 1, sizeof *l->values);
        l->values[l->nvalues++] = v;
    }
}

static bool class_of(struct labels *l, size_t line, uint32_t *out, struct bx_err *e)
{
    double v = l->values[0];
    if (v != floor(v) || v < 0 || v >= (double)l->y->nclasses)
        return bx_fail(e, BX_DATA, "%s:%zu:1: class %g, expected a whole number from 0 to %zu", l->file, line, v, l->y->nclasses - 1);
    *out = l->class_of[(size_t)v];
    return l->y->names[(size_t)v] || bx_fail(e, BX_DATA, "%s:%zu:1: class %g, which '%s' does not name", l->file, line, v, l->y->file);
}

/* cx cy w h to the corner and sides, as Ultralytics and supervision compute them. */
static void box_of(const struct labels *l, const double *v, double box[4])
{
    box[0] = (v[0] - v[2] / 2) * l->w;
    box[1] = (v[1] - v[3] / 2) * l->h;
    box[2] = v[2] * l->w;
    box[3] = v[3] * l->h;
}

static void tell_outside(struct labels *l, size_t line)
{
    for (size_t i = 1; i < l->nvalues; i++)
        if (l->values[i] < -0.01 || l->values[i] > 1.01) {
            bx_tally_at(&l->outside, l->a, shown(l, l->file), line);
            return;
        }
}

static void add_box(struct labels *l, size_t line, struct bx_annotation *ann)
{
    double corners[8];
    box_of(l, l->values + 1, ann->box);
    ann->area = ann->box[2] * ann->box[3];
    if (l->o->task == BX_OBB) {
        double x0 = ann->box[0], y0 = ann->box[1], x1 = x0 + ann->box[2], y1 = y0 + ann->box[3];
        memcpy(corners, (double[8]){x0, y0, x1, y0, x1, y1, x0, y1}, sizeof corners);
        ann->corners = corners;
        bx_tally_at(&l->upright, l->a, shown(l, l->file), line);
    } else if (l->o->task == BX_SEGMENT)
        bx_tally_at(&l->boxes, l->a, shown(l, l->file), line);
    bx_columns_add(&l->c, ann);
}

static void add_points(struct labels *l, size_t line, struct bx_annotation *ann)
{
    double *xy = l->values + 1;
    size_t n = (l->nvalues - 1) / 2;
    for (size_t i = 0; i < n; i++) {
        xy[2 * i] *= l->w;
        xy[2 * i + 1] *= l->h;
    }
    bx_points_box(xy, n, ann->box);
    ann->area = bx_points_area(xy, n);
    if (l->o->task == BX_OBB)
        ann->corners = xy;
    else if (l->o->task == BX_SEGMENT)
        ann->mask = bx_rle_from_polygon(xy, n, l->h, l->w, l->a);
    else
        bx_tally_at(&l->polygons, l->a, shown(l, l->file), line);
    bx_columns_add(&l->c, ann);
}

static bool read_line(struct labels *l, const char *p, const char *end, size_t line, struct bx_err *e)
{
    struct bx_annotation ann = {.line = (uint32_t)line};
    if (!split_line(l, p, end, line, e))
        return false;
    if (!l->nvalues)
        return true;
    size_t n = l->nvalues;
    bool points = n >= 7 && n % 2 == 1;
    if (l->o->task == BX_OBB ? n != 5 && n != 9 : n != 5 && !points)
        return bx_fail(e, BX_DATA, "%s:%zu: found %zu numbers, expected %s%s", l->file, line, n,
                       l->o->task == BX_OBB ? "9 (class and four corners)" : "5 (class cx cy w h), or a class and 3 or more points",
                       n == 6 ? " (a sixth is a confidence: are these predictions?)" : "");
    if (!class_of(l, line, &ann.class_index, e))
        return false;
    tell_outside(l, line);
    l->some_boxes |= n == 5;
    l->some_points |= n != 5;
    if (n == 5)
        add_box(l, line, &ann);
    else
        add_points(l, line, &ann);
    const double *box = l->c.box + 4 * (l->c.n - 1);
    if (box[2] <= 0 || box[3] <= 0)
        bx_tally_at(&l->flat, l->a, shown(l, l->file), line);
    return true;
}

struct sortable {
    const struct bx_columns *c;
    size_t i;
};
static int by_content(const void *a, const void *b)
{
    const struct sortable *x = a, *y = b;
    const struct bx_columns *c = x->c;
    if (c->class_index[x->i] != c->class_index[y->i])
        return c->class_index[x->i] < c->class_index[y->i] ? -1 : 1;
    if (c->area[x->i] < c->area[y->i] || c->area[x->i] > c->area[y->i])
        return c->area[x->i] < c->area[y->i] ? -1 : 1;
    int order = memcmp(c->box + 4 * x->i, c->box + 4 * y->i, 4 * sizeof *c->box);
    return order ? order : (x->i > y->i) - (x->i < y->i);
}

/* The same object twice in one file. */
static void tell_repeated(struct labels *l, size_t from)
{
    const struct bx_columns *c = &l->c;
    size_t n = c->n - from;
    if (n < 2)
        return;
    struct bx_arena scratch = {0};
    struct sortable *at = BX_NEW(&scratch, struct sortable, n);
    for (size_t i = 0; i < n; i++)
        at[i] = (struct sortable){c, from + i};
    qsort(at, n, sizeof *at, by_content);
    for (size_t i = 1; i < n; i++) {
        size_t x = at[i - 1].i, y = at[i].i;
        if (c->class_index[x] == c->class_index[y] && !memcmp(c->box + 4 * x, c->box + 4 * y, 4 * sizeof *c->box) &&
            !memcmp(c->area + x, c->area + y, sizeof *c->area))
            bx_tally_at(&l->repeated, l->a, shown(l, l->file), c->line[y]);
    }
    bx_arena_release(&scratch);
}

static bool read_file(struct labels *l, const char *path, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_yolo_text(path, MAX_LABELS, &text, e))
        return false;
    l->file = path;
    size_t before = l->c.n;
    l->some_boxes = l->some_points = false;
    const char *p = bx_buf_str(&text), *end = p + text.n;
    for (size_t line = 1; p < end; line++) {
        const char *eol = memchr(p, '\n', (size_t)(end - p)), *stop = eol ? eol : end;
        if (!read_line(l, p, stop, line, e)) {
            if (!l->o->faulty)
                return false;
            bx_tally_fault(&l->unread, l->a, shown(l, path), path, e->text); /* for lint: left out */
        }
        p = eol ? eol + 1 : end;
    }
    if (l->some_boxes && l->some_points)
        bx_tally_at(&l->mixed, l->a, shown(l, path), 0);
    tell_repeated(l, before);
    return true;
}

static bool read_all(struct labels *l, struct bx_err *e)
{
    struct bx_testset *t = l->t;
    t->image_label = BX_NEW(l->a, const char *, t->nimages);
    for (size_t i = 0; i < t->nimages; i++) {
        const char *label = bx_yolo_label_path(bx_path_join(l->a, t->image_root, t->image_file[i]), l->a);
        l->w = t->image_w[i];
        l->h = t->image_h[i];
        if (!bx_path_exists(label))
            bx_tally_at(&l->missing, l->a, shown(l, label), 0);
        else {
            t->image_label[i] = bx_strdup(l->a, shown(l, label));
            if (!read_file(l, label, e))
                return false;
        }
        t->ann_begin[i + 1] = l->c.n;
    }
    if (l->missing.n == t->nimages)
        return bx_fail(e, BX_DATA, "%s: none of the %zu images has a label file; the first was looked for as '%s'", t->source, t->nimages,
                       l->missing.first);
    return true;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b); /* equal paths are one and the same */
}

/* Label files whose image is not there: told, because somebody labelled something that will not be scored. */
static bool tell_strays(struct labels *l, struct bx_err *e)
{
    struct bx_testset *t = l->t;
    static const char *const txt[] = {"txt"};
    struct bx_tally strays = {0};
    const char **wanted = BX_NEW(l->a, const char *, t->nimages), *last = "";
    for (size_t i = 0; i < t->nimages; i++)
        wanted[i] = bx_yolo_label_path(bx_path_join(l->a, t->image_root, t->image_file[i]), l->a);
    qsort(wanted, t->nimages, sizeof *wanted, by_bytes);
    for (size_t i = 0; i < t->nimages; i++) {
        const char *dir = bx_path_dir(l->a, wanted[i]);
        /* Beside the images anything may lie; only a folder of labels is counted. */
        if (!strcmp(dir, last) || strcmp(bx_path_base(dir), "labels") != 0 || !bx_path_is_dir(dir))
            continue;
        last = dir;
        char **names;
        size_t n;
        if (!bx_dir_list(dir, false, txt, 1, l->a, &names, &n, e))
            return false;
        for (size_t k = 0; k < n; k++) {
            const char *path = bx_path_join(l->a, dir, names[k]);
            if (!bx_yolo_names_file(names[k]) && !bsearch(&path, wanted, t->nimages, sizeof *wanted, by_bytes))
                bx_tally_at(&strays, l->a, shown(l, path), 0);
        }
    }
    bx_testset_told(t, l->a, BX_SEVERITY_WARNING, &strays, "label {file has|files have} no image in this split", "left out");
    return true;
}

static void tell(struct labels *l)
{
    const struct {
        const struct bx_tally *y;
        enum bx_severity severity;
        const char *what, *done;
    } notes[] = {
        {&l->missing, BX_SEVERITY_NOTE, "{image has|images have} no label file", "nothing is in {it|them}"},
        {&l->outside, BX_SEVERITY_WARNING, "{line has|lines have} values outside the image", "kept as {it is|they are}"},
        {&l->repeated, BX_SEVERITY_WARNING, "{line repeats another of its|lines repeat another of their} file", "kept"},
        {&l->flat, BX_SEVERITY_WARNING, "{box has|boxes have} no area", "kept"},
        {&l->boxes, BX_SEVERITY_WARNING, "{line is a box, not a polygon|lines are boxes, not polygons}", "{it has|they have} no mask"},
        {&l->upright, BX_SEVERITY_NOTE, "{line is an upright box|lines are upright boxes}", "{its|their} corners are taken"},
        {&l->mixed, BX_SEVERITY_WARNING, "{file mixes|files mix} boxes with polygons or corners", "each line is read as it stands"},
        {&l->polygons, BX_SEVERITY_NOTE, "{line is a polygon|lines are polygons}", "{its|their} upright box is taken"},
    };
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        bx_testset_told(l->t, l->a, notes[i].severity, notes[i].y, notes[i].what, notes[i].done);
    bx_testset_unread(l->t, &l->unread, l->a);
}

static void tell_names(struct bx_testset *t, struct bx_arena *a)
{
    const char **sorted = bx_memdup(a, t->class_name, t->nclasses * sizeof *sorted);
    qsort(sorted, t->nclasses, sizeof *sorted, by_bytes);
    for (size_t i = 1; i < t->nclasses; i++)
        if (!strcmp(sorted[i], sorted[i - 1])) {
            bx_testset_note(t, a, "two classes are called '%s': models' answers go to the first", sorted[i]);
            return;
        }
}

/* A number that has no name is no class. */
static uint32_t *put_classes(const struct bx_yolo_yaml *y, struct bx_testset *t, struct bx_arena *a)
{
    uint32_t *class_of = BX_NEW(a, uint32_t, y->nclasses);
    t->class_name = BX_NEW(a, const char *, y->nclasses);
    t->class_id = BX_NEW(a, int64_t, y->nclasses);
    for (size_t i = 0; i < y->nclasses; i++) {
        class_of[i] = (uint32_t)t->nclasses;
        if (!y->names[i])
            continue;
        t->class_id[t->nclasses] = (int64_t)i;
        t->class_name[t->nclasses++] = y->names[i];
    }
    return class_of;
}

bool bx_testset_read_yolo(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    struct bx_yolo_yaml y = {0};
    const bool bare = bx_path_is_dir(path);
    bool labelled;
    if (bare && !bx_yolo_is_bare(path, o, &labelled, a))
        return bx_yolo_no_yaml(path, a, e);
    if (bare ? !bx_yolo_bare_read(path, o, &y, t, a, e) : !bx_yolo_yaml_read(path, o->split ? o->split : "test", &y, a, e))
        return y.no_split ? bx_testset_no_split(o, e, "%s", bx_strdup(a, e->text)) : false;
    t->source = bx_strdup(a, y.file);
    /* A folder that is named stands in its place. */
    t->split = o->images || bx_split_kind(y.split) == BX_SPLIT_NONE ? NULL : bx_strdup(a, y.split);
    uint32_t *class_of = put_classes(&y, t, a);
    tell_names(t, a);
    /* Labels are parts of the image's size, so the images come first. */
    if (!bx_yolo_images(&y, o->images, t, a, e))
        return y.no_split ? bx_testset_no_split(o, e, "%s", bx_strdup(a, e->text)) : false;
    if (!bx_testset_look(t, o, a, e))
        return false;
    struct labels l = {.t = t,
                       .a = a,
                       .o = o,
                       .y = &y,
                       .class_of = class_of,
                       .home = bx_path_absolute(a, bare ? path : bx_path_dir(a, path)),
                       .c = {.a = a, .obb = o->task == BX_OBB, .masks = o->task == BX_SEGMENT}};
    bool ok = read_all(&l, e) && tell_strays(&l, e);
    if (ok) {
        bx_columns_end(&l.c, t);
        tell(&l);
    }
    bx_columns_free(&l.c);
    free(l.values);
    return ok;
}
