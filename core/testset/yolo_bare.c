/*
 * yolo_bare.c: YOLO labels without a data.yaml: what names the classes, and where the images are.
 *
 *     classes.txt, images/, labels/                Label Studio; with notes.json, where classes.txt was lost
 *     a.jpg, a.txt, classes.txt                    labelImg, in the folder or in images/; names also one folder up
 *     obj.data, obj.names, train.txt, obj_…_data/  darknet, CVAT
 *     test/: a.jpg, a.txt, _darknet.labels         Roboflow's "darknet"
 */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/image/image.h"
#include "core/testset/readers.h"
#include "core/testset/yolo.h"
#include <strings.h>

enum { MAX_NAMES = 16 << 20 };

static const char *const names_files[] = {"classes.txt", "obj.names", "_darknet.labels", "predefined_classes.txt", "classes.names"};
static const char *const splits[] = {"test", "valid", "val", "validation", "train"};
enum { NSPLITS = sizeof splits / sizeof *splits };
static const char NOTES[] = "notes.json";

bool bx_yolo_names_file(const char *name)
{
    for (size_t i = 0; i < sizeof names_files / sizeof *names_files; i++)
        if (!strcmp(name, names_files[i]))
            return true;
    return false;
}

bool bx_yolo_text(const char *file, size_t most, struct bx_buf *out, struct bx_err *e)
{
    if (!bx_file_read(file, most, out, e))
        return false;
    const char *s = bx_buf_str(out);
    if (out->n >= 2 && (!memcmp(s, "\xFF\xFE", 2) || !memcmp(s, "\xFE\xFF", 2) || !s[0] != !s[1]))
        return bx_fail(e, BX_DATA, "%s:1:1: found UTF-16 text, expected UTF-8", file);
    bx_buf_drop_mark(out);
    return true;
}

bool bx_yolo_line(struct bx_yolo_line *l)
{
    if (l->p >= l->end)
        return false;
    const char *eol = memchr(l->p, '\n', (size_t)(l->end - l->p)), *from = l->p, *stop = eol ? eol : l->end;
    l->p = eol ? eol + 1 : l->end;
    l->number++;
    while (from < stop && strchr(" \t\r", *from))
        from++;
    while (stop > from && strchr(" \t\r", stop[-1]))
        stop--;
    l->text = (struct bx_slice){from, (size_t)(stop - from)};
    return true;
}

static const char *only_file(const char *dir, const char *extension, struct bx_arena *a)
{
    char **names;
    size_t n;
    return bx_path_is_dir(dir) && bx_dir_list(dir, false, &extension, 1, a, &names, &n, NULL) && n == 1 ? bx_path_join(a, dir, names[0])
                                                                                                        : NULL;
}

static const char *only_data_file(const char *dir, struct bx_arena *a)
{
    const char *usual = bx_path_join(a, dir, "obj.data");
    return bx_path_exists(usual) ? usual : only_file(dir, "data", a);
}

/* Where a folder, its split's folder or its parent names the classes; NULL: nowhere. */
static const char *find_names(const char *dir, const struct bx_testset_options *o, struct bx_arena *a)
{
    static const char *const within[] = {".", "labels", "images"};
    const char *places[] = {bx_testset_place(dir, o, 1, a), bx_testset_place(dir, o, 2, a), dir, bx_path_dir(a, bx_path_absolute(a, dir))};
    for (size_t p = 0; p < sizeof places / sizeof *places; p++)
        for (size_t w = 0; w < sizeof within / sizeof *within; w++)
            for (size_t i = 0; i <= sizeof names_files / sizeof *names_files; i++) {
                const char *name = i < sizeof names_files / sizeof *names_files ? names_files[i] : NOTES;
                const char *file = w ? bx_path_join(a, bx_path_join(a, places[p], within[w]), name) : bx_path_join(a, places[p], name);
                /* Of what lies above only what nothing else is called. */
                if ((p < 3 || (!w && i < 2)) && bx_path_exists(file) && !bx_path_is_dir(file))
                    return file;
            }
    for (size_t p = 0; p < 3; p++) { /* "coco.names" */
        const char *file = only_file(places[p], "names", a);
        if (file)
            return file;
    }
    return NULL;
}

static void set_name(struct bx_yolo_yaml *y, size_t *cap, size_t i, const char *name)
{
    y->names = bx_grow(y->names, cap, i + 1, sizeof *y->names);
    while (y->nclasses <= i)
        y->names[y->nclasses++] = NULL;
    y->names[i] = name;
}

/* One a line; an empty line inside is a number that no class has. */
static bool names_of_lines(const char *file, struct bx_yolo_yaml *y, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_yolo_text(file, MAX_NAMES, &text, e))
        return false;
    struct bx_yolo_line line = {bx_buf_str(&text), bx_buf_str(&text) + text.n, {0}, 0};
    size_t cap = 0;
    while (bx_yolo_line(&line)) {
        if (bx_has_control(line.text.p, line.text.n))
            return bx_fail(e, BX_DATA, "%s:%zu: found %s, expected the name of a class", file, line.number,
                           bx_utf8_valid(line.text.p, line.text.n) ? "a control character" : "bytes that are not UTF-8");
        if (line.text.n)
            set_name(y, &cap, line.number - 1, bx_strndup(a, line.text.p, line.text.n));
    }
    return true;
}

/* Label Studio's {"categories": [{"id": 0, "name": "bolt"}, …]}. */
static bool names_of_notes(const char *file, struct bx_yolo_yaml *y, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct bx_json r;
    struct bx_slice key, s;
    size_t cap = 0;
    if (!bx_file_read(file, MAX_NAMES, &text, e))
        return false;
    bx_json_init(&r, file, bx_buf_str(&text), text.n, BX_JSON_TEXT_NUMBERS, e);
    bool ok = bx_json_object(&r);
    while (ok && bx_json_key(&r, &key)) {
        if (!bx_slice_is(key, "categories")) {
            bx_json_skip(&r);
            continue;
        }
        ok = bx_json_array(&r);
        while (ok && bx_json_element(&r)) {
            const char *at = r.p, *name = NULL;
            int64_t id = -1;
            ok = bx_json_object(&r);
            while (ok && bx_json_key(&r, &key))
                if (bx_slice_is(key, "id"))
                    ok = bx_json_int(&r, &id);
                else if (bx_slice_is(key, "name") && (ok = bx_json_string(&r, &s)))
                    name = memchr(s.p, 0, s.n) ? NULL : bx_strndup(a, s.p, s.n);
                else
                    ok = bx_json_skip(&r);
            if (ok && !r.failed && (id < 0 || id >= 1000000 || !name))
                ok = bx_json_fail(&r, at, "expected a category with an 'id' from 0 and a 'name'");
            if (ok && !r.failed)
                set_name(y, &cap, (size_t)id, name);
        }
    }
    return bx_json_end(&r);
}

static bool read_names(const char *file, struct bx_yolo_yaml *y, struct bx_arena *a, struct bx_err *e)
{
    y->file = file;
    bool ok = strcmp(bx_path_base(file), NOTES) ? names_of_lines(file, y, a, e) : names_of_notes(file, y, a, e);
    const char **names = bx_memdup(a, y->names, y->nclasses * sizeof *names);
    free(y->names);
    y->names = names;
    return ok && (y->nclasses || bx_fail(e, BX_DATA, "%s: names no class, expected one a line", file));
}

static bool has_images(const char *dir, bool below, struct bx_arena *a)
{
    char **names;
    size_t n;
    return bx_path_is_dir(dir) && bx_dir_list(dir, below, bx_image_extensions, bx_image_nextensions, a, &names, &n, NULL) && n;
}

static bool has_labels(const char *dir, bool below, struct bx_arena *a)
{
    static const char *const txt[] = {"txt"};
    char **names;
    size_t n, labels = 0;
    if (!bx_path_is_dir(dir) || !bx_dir_list(dir, below, txt, 1, a, &names, &n, NULL))
        return false;
    for (size_t i = 0; i < n; i++)
        labels += !bx_yolo_names_file(bx_path_base(names[i]));
    return labels > 0;
}

bool bx_yolo_is_bare(const char *dir, const struct bx_testset_options *o, bool *labelled, struct bx_arena *a)
{
    *labelled = only_data_file(dir, a) != NULL;
    if (*labelled)
        return true;
    if (!find_names(dir, o, a))
        return false;
    for (size_t i = 0; !*labelled && i <= NSPLITS; i++) {
        const char *place = i < NSPLITS ? bx_path_join(a, dir, splits[i]) : dir;
        *labelled = has_labels(bx_path_join(a, place, "labels"), true, a) || (has_images(place, false, a) && has_labels(place, false, a));
    }
    *labelled = *labelled || has_labels(bx_path_join(a, dir, "data"), false, a); /* FiftyOne's YOLOv4 */
    return *labelled || has_images(bx_path_join(a, dir, "images"), true, a);
}

/* "train  = data/train.txt" of darknet's obj.data, or NULL. */
static const char *value_of(const struct bx_buf *text, const char *key, size_t *number, struct bx_arena *a)
{
    struct bx_yolo_line line = {bx_buf_str(text), bx_buf_str(text) + text->n, {0}, 0};
    while (bx_yolo_line(&line)) {
        const char *equals = memchr(line.text.p, '=', line.text.n), *end = equals;
        if (!equals)
            continue;
        while (end > line.text.p && strchr(" \t", end[-1]))
            end--;
        if ((size_t)(end - line.text.p) != strlen(key) || strncasecmp(line.text.p, key, strlen(key)) != 0)
            continue;
        equals++;
        while (equals < line.text.p + line.text.n && strchr(" \t", *equals))
            equals++;
        *number = line.number;
        return bx_strndup(a, equals, (size_t)(line.text.p + line.text.n - equals));
    }
    return NULL;
}

static bool one_entry(struct bx_yolo_yaml *y, const char *split, const char *entry, struct bx_arena *a)
{
    y->split = split;
    y->nentries = 1;
    y->entries = BX_NEW(a, const char *, 1);
    y->entries[0] = entry;
    return true;
}

/* darknet: lists of images by key, "valid" for val. CVAT writes a task without subsets as "train": where that is all there is, it is the
 * set, and said; but that nobody trained on it only its owner knows. */
static bool read_data_file(const char *file, const char *dir, const struct bx_testset_options *o, struct bx_yolo_yaml *y,
                           struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    const char *split = o->split ? o->split : "test", *found[4] = {NULL};
    static const char *const keys[] = {"test", "valid", "val", "train"};
    size_t number = 0, line = 0, n = 0;
    if (!bx_yolo_text(file, MAX_NAMES, &text, e))
        return false;
    const char *names = value_of(&text, "names", &number, a), *below = names ? bx_testset_below(dir, names, a) : NULL;
    const char *other = find_names(dir, o, a);
    if (!below && !other)
        return bx_fail(e, BX_DATA, "%s:%zu: names: '%s' is not there", file, number, names ? names : "obj.names");
    if (!read_names(below ? bx_path_join(a, dir, below) : other, y, a, e))
        return false;
    struct bx_buf have = {0};
    for (size_t i = 0; i < 4; i++) {
        found[i] = value_of(&text, keys[i], &number, a);
        n += found[i] != NULL;
        if (found[i])
            bx_buf_addf(&have, "%s'%s'", have.n ? ", " : "", keys[i]);
    }
    size_t k = 0;
    while (k < 4 && !(found[k] && (!strcmp(keys[k], split) || (!strcmp(split, "val") && !strcmp(keys[k], "valid")))))
        k++;
    if (k == 4 && n == 1 && found[3] && !o->split) {
        bx_buf_free(&have);
        if (o->test_only && !o->images)
            return bx_fail(
                e, BX_DATA,
                "%s: lists only 'train', and a training split is scored only with --i-know (in settings \"i_know\": true); where "
                "it is what CVAT calls a task without subsets, call the list 'test'",
                file);
        k = 3;
        bx_testset_note(t, a, "%s lists only 'train', which is what CVAT calls a task without subsets: those images are read",
                        bx_path_base(file));
        t->notes[t->nnotes - 1].severity = BX_SEVERITY_WARNING;
    }
    y->no_split = k == 4;
    if (k == 4) {
        bx_fail(e, BX_DATA, "%s: has no '%s' list; it has %s", file, split, have.n ? bx_buf_str(&have) : "none");
        bx_buf_free(&have);
        return false;
    }
    bx_buf_free(&have);
    value_of(&text, keys[k], &line, a);
    y->file = file;
    y->split_line = line;
    return one_entry(y, keys[k], found[k], a);
}

static bool is_list(const char *file, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_path_exists(file) || bx_path_is_dir(file) || !bx_yolo_text(file, 256 << 20, &text, NULL))
        return false;
    struct bx_yolo_line line = {bx_buf_str(&text), bx_buf_str(&text) + text.n, {0}, 0};
    while (bx_yolo_line(&line))
        if (line.text.n)
            return bx_image_named(bx_strndup(a, line.text.p, line.text.n));
    return false;
}

/* The images of the split: its list, its folder (with images/ in it or not), its folder in images/; without any split, images/ or the
 * folder itself. */
static bool find_images(const char *dir, const struct bx_testset_options *o, struct bx_yolo_yaml *y, struct bx_arena *a, struct bx_err *e)
{
    const char *split = o->split ? o->split : "test", *images = bx_path_join(a, dir, "images"), *data = bx_path_join(a, dir, "data");
    const char *list = bx_path_join(a, dir, bx_printf(a, "%s.txt", split));
    if (is_list(list, a))
        return one_entry(y, split, bx_path_absolute(a, list), a);
    for (int i = 1; i <= 2; i++) {
        const char *place = bx_testset_place(dir, o, i, a), *name = bx_path_base(place);
        const char *tried[] = {bx_path_join(a, place, "images"), bx_path_join(a, images, name), place};
        for (size_t k = 0; k < 3; k++)
            if (has_images(tried[k], true, a))
                return one_entry(y, bx_strdup(a, name), bx_path_absolute(a, tried[k]), a);
    }
    struct bx_buf have = {0};
    for (size_t i = 0; i < NSPLITS; i++)
        if (has_images(bx_path_join(a, dir, splits[i]), true, a) || has_images(bx_path_join(a, images, splits[i]), true, a))
            bx_buf_addf(&have, "%s'%s'", have.n ? ", " : "", splits[i]);
    bool ok = true;
    y->no_split = have.n > 0;
    if (have.n)
        ok = bx_fail(e, BX_DATA, "%s: has no '%s' folder; it has %s", dir, split, bx_buf_str(&have));
    else
        one_entry(y, "images", bx_path_absolute(a, has_images(images, true, a) ? images : has_images(data, false, a) ? data : dir), a);
    bx_buf_free(&have);
    return ok;
}

bool bx_yolo_bare_read(const char *dir, const struct bx_testset_options *o, struct bx_yolo_yaml *y, struct bx_testset *t,
                       struct bx_arena *a, struct bx_err *e)
{
    *y = (struct bx_yolo_yaml){.split = "images"};
    const char *data = only_data_file(dir, a);
    if (data)
        return read_data_file(data, dir, o, y, t, a, e);
    return read_names(find_names(dir, o, a), y, a, e) && (o->images || find_images(dir, o, y, a, e));
}
