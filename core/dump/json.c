/* json.c: darknet's detections, also where it cut names or lists short of JSON; FiftyOne's labels. */
#include "core/base/json_reader.h"
#include "core/dump/read.h"
#include <stdlib.h>
#include <string.h>

/* The first key of the first object of a list; no list: of the object itself. */
static bool first_key_is(const struct bx_dump_file *f, bool list, const char *const *keys)
{
    struct bx_err unsaid;
    struct bx_json r;
    struct bx_slice key;
    bool is = false;
    bx_json_init(&r, "", f->data, f->n, 0, &unsaid);
    if ((!list || (bx_json_peek(&r) == BX_JSON_ARRAY && bx_json_array(&r) && bx_json_element(&r))) && bx_json_peek(&r) == BX_JSON_OBJECT &&
        bx_json_object(&r) && bx_json_key(&r, &key))
        for (; *keys && !is; keys++)
            is = bx_slice_is(key, *keys);
    bx_json_release(&r);
    return is;
}

static void open_json(struct bx_dump_reading *r, struct bx_json *j, struct bx_err *e)
{
    const struct bx_dump_file *f = &r->dump->files[0];
    bx_json_init(j, f->name, f->data, f->n, 0, e);
}

bool bx_dump_is_darknet(const struct bx_dump *dump)
{
    return dump->nfiles == 1 && first_key_is(&dump->files[0], true, (const char *const[]){"frame_id", "filename", "objects", NULL});
}

struct darknet {
    struct bx_dump_detection d;
    struct bx_slice file;
    double part[4]; /* centre x, y, width, height: of the image */
    unsigned has;   /* a bit each */
    int64_t class;
    const char *name;
    bool has_class, has_score;
};
static const char *const parts[4] = {"center_x", "center_y", "width", "height"};

static bool add_darknet(struct bx_dump_reading *r, struct darknet *k, const struct bx_dump_place *where)
{
    double w, h;
    if (k->has != 15 || !k->has_score || (!k->has_class && !k->name))
        return bx_dump_fail(r, where, "found an object without %s",
                            k->has != 15    ? "its four relative_coordinates"
                            : !k->has_score ? "'confidence'"
                                            : "'name' and 'class_id'");
    if (!bx_dump_image(r, k->file, &k->d))
        return true;
    if (!bx_dump_size(r, k->d.image, where, &w, &h))
        return false;
    k->d.name = k->name ? bx_dump_class_like(r, (struct bx_slice){k->name, strlen(k->name)}) : bx_dump_class_number(r, k->class);
    k->d.has_box = true;
    memcpy(k->d.box, (double[4]){(k->part[0] - k->part[2] / 2) * w, (k->part[1] - k->part[3] / 2) * h, k->part[2] * w, k->part[3] * h},
           sizeof k->d.box);
    return bx_dump_add(r, &k->d, where);
}

static bool read_coordinates(struct bx_json *j, struct darknet *k)
{
    struct bx_slice key;
    if (!bx_json_object(j))
        return false;
    while (bx_json_key(j, &key)) {
        int i = 0;
        while (i < 4 && !bx_slice_is(key, parts[i]))
            i++;
        if (i == 4)
            bx_json_skip(j);
        else if (bx_json_double(j, &k->part[i]))
            k->has |= 1u << i;
    }
    return !j->failed;
}

static bool read_object(struct bx_dump_reading *r, struct bx_json *j, struct darknet *k)
{
    struct bx_slice key, text;
    const struct bx_dump_place where = {.name = j->name, .json = j, .at = j->p};
    k->has = 0;
    k->name = NULL;
    k->has_class = k->has_score = false;
    if (!bx_json_object(j))
        return false;
    while (bx_json_key(j, &key)) {
        if (bx_slice_is(key, "class_id"))
            k->has_class = bx_json_int(j, &k->class);
        else if (bx_slice_is(key, "confidence"))
            k->has_score = bx_json_double(j, &k->d.score);
        else if (bx_slice_is(key, "relative_coordinates"))
            read_coordinates(j, k);
        else if (bx_slice_is(key, "name") && bx_json_peek(j) == BX_JSON_STRING && bx_json_string(j, &text))
            k->name = text.n ? bx_strndup(r->a, text.p, text.n) : NULL;
        else
            bx_json_skip(j);
    }
    return !j->failed && (add_darknet(r, k, &where) || !(j->failed = true));
}

static bool read_frame(struct bx_dump_reading *r, struct bx_json *j)
{
    struct bx_slice key, text, objects = {NULL, 0};
    struct darknet k = {0};
    if (!bx_json_object(j))
        return false;
    while (bx_json_key(j, &key)) {
        if (bx_slice_is(key, "filename") && bx_json_peek(j) == BX_JSON_STRING && bx_json_string(j, &text))
            k.file = bx_dump_keep(r, text);
        else if (bx_slice_is(key, "objects"))
            bx_json_raw(j, &objects);
        else
            bx_json_skip(j);
    }
    if (j->failed || !objects.p)
        return !j->failed;
    if (!k.file.p)
        return bx_json_fail(j, objects.p, "found objects of no 'filename'");
    struct bx_json list = *j;
    list.p = objects.p;
    list.end = objects.p + objects.n;
    list.scratch = NULL;
    list.scratch_cap = 0;
    bool ok = bx_json_array(&list);
    while (ok && bx_json_element(&list))
        ok = read_object(r, &list, &k);
    ok = ok && !list.failed;
    bx_json_release(&list);
    j->failed = j->failed || !ok;
    return ok;
}

/* "key": text up to the last quote of the line, or before `until`: what darknet prints is not escaped. */
static bool raw_text(struct bx_slice line, const char *key, const char *until, struct bx_slice *out)
{
    const char *p = memmem(line.p, line.n, key, strlen(key)), *end = line.p + line.n, *stop;
    if (!p)
        return false;
    p += strlen(key);
    stop = until ? memmem(p, (size_t)(end - p), until, strlen(until)) : memrchr(p, '"', (size_t)(end - p));
    if (!stop)
        return false;
    *out = (struct bx_slice){p, (size_t)(stop - p)};
    return true;
}

static bool raw_number(struct bx_slice line, const char *key, double *out)
{
    char quoted[40];
    int n = snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *p = memmem(line.p, line.n, quoted, (size_t)n), *after;
    return p && bx_number_parse(p + n, line.p + line.n, out, &after);
}

/* As darknet writes it, an object a line. */
static bool read_lines(struct bx_dump_reading *r)
{
    const struct bx_dump_file *f = &r->dump->files[0];
    const char *p = f->data, *end = p + f->n;
    struct bx_slice line, name;
    struct darknet k = {0};
    for (struct bx_dump_place where = {.name = f->name, .line = 1}; bx_dump_line(&p, end, &line); where.line++) {
        double class;
        if (raw_text(line, "\"filename\":\"", NULL, &k.file) || !memmem(line.p, line.n, "\"class_id\":", 11))
            continue;
        if (!memchr(line.p, '}', line.n) && p >= end)
            break; /* cut off in the middle of a line */
        k.has = 0;
        for (int i = 0; i < 4; i++)
            k.has |= raw_number(line, parts[i], &k.part[i]) ? 1u << i : 0;
        k.has_score = raw_number(line, "confidence", &k.d.score);
        k.has_class = raw_number(line, "class_id", &class) && class >= 0 && class < 1e9;
        k.class = k.has_class ? (int64_t) class : 0;
        k.name = raw_text(line, "\"name\":\"", "\", \"relative_coordinates\"", &name) ? bx_strndup(r->a, name.p, name.n) : NULL;
        if (!k.file.p)
            return bx_dump_fail(r, &where, "found an object of no 'filename'");
        if (!add_darknet(r, &k, &where))
            return false;
    }
    return true;
}

static bool is_json(struct bx_dump_reading *r)
{
    struct bx_err unsaid = {0};
    struct bx_json j;
    open_json(r, &j, &unsaid);
    bx_json_skip(&j);
    return bx_json_end(&j);
}

bool bx_dump_read_darknet(struct bx_dump_reading *r)
{
    struct bx_json j;
    if (!is_json(r))
        return read_lines(r);
    open_json(r, &j, r->e);
    bool ok = bx_json_array(&j);
    while (ok && bx_json_element(&j))
        ok = read_frame(r, &j);
    return bx_json_end(&j) && ok;
}

bool bx_dump_is_fiftyone(const struct bx_dump *dump)
{
    static const char *const keys[] = {"classes", "labels", NULL};
    return dump->nfiles == 1 && first_key_is(&dump->files[0], false, keys) &&
           memmem(dump->files[0].data, dump->files[0].n, "\"labels\"", 8);
}

/* [{"label": "cat" or 0, "bounding_box": [x, y, w, h] of the image, "confidence": 0.5}] */
static bool read_label(struct bx_dump_reading *r, struct bx_json *j, const char *const *classes, size_t n, struct bx_slice who)
{
    struct bx_slice key, text;
    struct bx_dump_detection d = {0};
    bool has_label = false, has_score = false;
    double w, h;
    int64_t index;
    const char *at = j->p;
    const struct bx_dump_place where = {.name = j->name, .json = j, .at = at};
    if (!bx_json_object(j))
        return false;
    while (bx_json_key(j, &key)) {
        if (bx_slice_is(key, "label") && bx_json_peek(j) == BX_JSON_STRING) {
            if ((has_label = bx_json_string(j, &text)))
                d.name = bx_dump_class(r, text);
        } else if (bx_slice_is(key, "label")) {
            if ((has_label = bx_json_int(j, &index)))
                d.name = index >= 0 && (uint64_t)index < n ? bx_dump_class(r, (struct bx_slice){classes[index], strlen(classes[index])})
                                                           : bx_dump_class_number(r, index);
        } else if (bx_slice_is(key, "bounding_box"))
            bx_json_numbers(j, d.box, 4, &d.has_box, "[x, y, width, height], of the image");
        else if (bx_slice_is(key, "confidence") && bx_json_peek(j) == BX_JSON_NUMBER)
            has_score = bx_json_double(j, &d.score);
        else
            bx_json_skip(j);
    }
    if (j->failed)
        return false;
    if (!has_label || !has_score)
        return bx_json_fail(j, at, "found a detection without '%s'", has_label ? "confidence" : "label");
    if (!bx_dump_image(r, who, &d))
        return true;
    if (!bx_dump_size(r, d.image, &where, &w, &h))
        return !(j->failed = true);
    for (int i = 0; i < 4; i++)
        d.box[i] *= i % 2 ? h : w;
    return bx_dump_add(r, &d, &where) || !(j->failed = true);
}

static bool read_image(struct bx_dump_reading *r, struct bx_json *j, const char *const *classes, size_t n, struct bx_slice who)
{
    if (bx_json_peek(j) == BX_JSON_NULL)
        return bx_json_null(j);
    if (!bx_json_array(j))
        return false;
    while (bx_json_element(j))
        if (!read_label(r, j, classes, n, who))
            return false;
    return !j->failed;
}

/* "classes" may stand behind "labels". */
static bool read_classes(struct bx_dump_reading *r, const char ***classes, size_t *n)
{
    struct bx_json j;
    struct bx_slice key, text;
    size_t cap = 0;
    open_json(r, &j, r->e);
    bool ok = bx_json_object(&j);
    while (ok && bx_json_key(&j, &key)) {
        if (!bx_slice_is(key, "classes") || bx_json_peek(&j) != BX_JSON_ARRAY) {
            bx_json_skip(&j);
            continue;
        }
        ok = bx_json_array(&j);
        while (ok && bx_json_element(&j) && (ok = bx_json_string(&j, &text))) {
            *classes = bx_grow(*classes, &cap, *n + 1, sizeof **classes);
            (*classes)[(*n)++] = bx_strndup(r->a, text.p, text.n);
        }
    }
    return bx_json_end(&j) && ok;
}

bool bx_dump_read_fiftyone(struct bx_dump_reading *r)
{
    struct bx_json j;
    struct bx_slice key;
    const char **classes = NULL;
    size_t n = 0;
    bool ok = read_classes(r, &classes, &n);
    if (ok) {
        open_json(r, &j, r->e);
        ok = bx_json_object(&j);
        while (ok && bx_json_key(&j, &key)) {
            if (!bx_slice_is(key, "labels")) {
                bx_json_skip(&j);
                continue;
            }
            ok = bx_json_object(&j);
            while (ok && bx_json_key(&j, &key)) {
                struct bx_slice who = bx_dump_keep(r, key);
                ok = read_image(r, &j, classes, n, who);
            }
        }
        ok = bx_json_end(&j) && ok;
    }
    free(classes);
    return ok;
}
