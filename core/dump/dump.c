/* dump.c: which format it is; what is in a folder. */
#include "core/dump/dump.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/dump/read.h"
#include <stdlib.h>
#include <string.h>

static const struct format {
    const char *words;
    bool (*is)(const struct bx_dump *dump);
    bool (*read)(struct bx_dump_reading *r);
} formats[] = {
#define X(name, words) {words, bx_dump_is_##name, bx_dump_read_##name},
#include "core/dump/formats.def"
#undef X
};
enum { LONGEST_LINE = 1 << 20 };
enum { FORMATS = sizeof formats / sizeof *formats };

static bool read_as(const struct format *f, struct bx_dump_reading *r, struct bx_detections *d)
{
    bx_join_make(&r->join, r->t, false, r->a);
    r->b = bx_detections_builder_new();
    r->said.kind = f->words;
    bool ok = f->read(r);
    bx_join_free(&r->join);
    if (ok && r->elements && r->said.joined[BX_JOIN_NONE] + r->said.shapeless == r->elements)
        ok = r->said.shapeless
                 ? bx_fail(r->e, BX_DATA, "%s: found %zu detections, none of them with %s", r->dump->name, r->elements, r->said.shape)
                 : bx_fail(r->e, BX_DATA, "%s: found detections of '%s' and of no image of the test set, expected names as '%s'",
                           r->dump->name, r->said.example[0], r->t->nimages ? r->t->image_file[0] : "");
    if (!ok) {
        bx_detections_builder_free(r->b);
        return false;
    }
    bx_detections_builder_finish(r->b, r->t->nimages, d, r->a);
    struct bx_err why;
    if (r->tiled && !bx_tiles_merge(d, r->tiled, r->o->geometry, &r->said.merged, &why))
        return bx_fail(r->e, BX_DATA, "%s: %s", r->dump->name, why.text);
    r->said.twice = r->twice;
    if (r->o->said)
        *r->o->said = r->said;
    return true;
}

static bool looks_like_json(const struct bx_dump_file *f)
{
    const char *p = f->data + bx_utf8_mark(f->data, f->n), *end = f->data + f->n;
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    return p == end || *p == '[' || *p == '{';
}

/* JSON Lines: an object a line, two or more. They become the list that they are, each in its own line. What is a list, or has longer
 * lines than detections are, is told by its head: to look for the end of its line would bring all of the file into memory. */
static bool is_lines(struct bx_slice text)
{
    const char *p = text.p, *end = p + text.n;
    struct bx_slice line;
    size_t n = 0;
    while (p < end && strchr(" \t\r\n", *p))
        p++;
    if (p == end || *p != '{' || ((size_t)(end - p) > LONGEST_LINE && !memchr(p, '\n', LONGEST_LINE)))
        return false;
    while (n < 2 && bx_dump_line(&p, end, &line)) {
        while (line.n && strchr(" \t", line.p[line.n - 1]))
            line.n--;
        if (line.n && (line.p[0] != '{' || line.p[line.n - 1] != '}'))
            return false;
        n += line.n > 0;
    }
    return n == 2;
}

static struct bx_slice list_of_lines(struct bx_slice text, struct bx_arena *a)
{
    const char *p = text.p, *end = p + text.n;
    char *out = bx_alloc_large(a, 2 * text.n + 3, 1), *q = out;
    struct bx_slice line;
    bool any = false;
    *q++ = '[';
    while (bx_dump_line(&p, end, &line)) {
        bool blank = true;
        for (size_t i = 0; i < line.n && blank; i++)
            blank = line.p[i] == ' ' || line.p[i] == '\t';
        if (any && !blank)
            *q++ = ',';
        memcpy(q, line.p, line.n);
        q += line.n;
        *q++ = '\n';
        any = any || !blank;
    }
    *q++ = ']';
    return (struct bx_slice){out, (size_t)(q - out)};
}

/* A list of what one image has, as Ultralytics' to_json writes it: it does not say of which. */
static bool of_one_image(const struct bx_dump_file *f)
{
    size_t n = f->n < 200 ? f->n : 200;
    return memmem(f->data, n, "\"name\"", 6) && memmem(f->data, n, "\"confidence\"", 12) && memmem(f->data, n, "\"box\"", 5) &&
           !memmem(f->data, n, "image", 5);
}

bool bx_dump_read(const struct bx_dump *dump, const struct bx_testset *t, const struct bx_results_options *o, struct bx_detections *d,
                  struct bx_arena *a, struct bx_err *e)
{
    struct bx_dump_reading r = {.dump = dump, .t = t, .o = o, .a = a, .e = e};
    const struct bx_dump_file *f = dump->files;
    for (size_t i = 0; i < FORMATS && !o->reference; i++)
        if (formats[i].is(dump))
            return read_as(&formats[i], &r, d);
    if (dump->nfiles != 1)
        return bx_fail(e, BX_DATA, "%s: found %zu files, expected one", dump->name, dump->nfiles);
    const char *name = dump->folder ? bx_path_join(a, dump->name, f->name) : dump->name;
    if (!o->reference && of_one_image(f))
        return bx_fail(
            e, BX_DATA,
            "%s: found the detections of one image, which it does not name; expected predictions.json of val(save_json=True), or "
            "the folder of save_txt=True, save_conf=True",
            name);
    if (!looks_like_json(f))
        return bx_fail(e, BX_DATA, "%s: found neither JSON nor %s, %s, %s or %s", name, formats[0].words, formats[1].words,
                       formats[2].words, formats[3].words);
    size_t mark = bx_utf8_mark(f->data, f->n);
    struct bx_slice text = {f->data + mark, f->n - mark};
    struct bx_results_options own = *o;
    if (!o->reference && is_lines(text)) {
        own.mapped = false;
        text = list_of_lines(text, a);
    } else
        text = (struct bx_slice){f->data, f->n};
    r.o = &own;
    return bx_dump_has_tiles(text, o) ? bx_dump_read_tiled(&r, name, text, d) : bx_results_read(name, text.p, text.n, t, &own, d, a, e);
}

bool bx_dump_list(const char *dir, struct bx_arena *a, char ***names, size_t *n, struct bx_err *e)
{
    static const char *const extensions[] = {"json", "txt", "csv"};
    char **own, **labels = NULL;
    size_t nown, nlabels = 0;
    const char *below = bx_path_join(a, dir, "labels");
    if (!bx_dir_list(dir, false, extensions, 3, a, &own, &nown, e) ||
        (bx_path_is_dir(below) && !bx_dir_list(below, false, extensions + 1, 1, a, &labels, &nlabels, e)))
        return false;
    *names = BX_NEW(a, char *, nown + nlabels);
    for (size_t i = 0; i < nown; i++)
        (*names)[i] = own[i];
    for (size_t i = 0; i < nlabels; i++)
        (*names)[nown + i] = bx_printf(a, "labels/%s", labels[i]);
    *n = nown + nlabels;
    return true;
}

enum kind { OTHER, TASK1, TASK2, DEVKIT, DUMP, JSON, LABEL, TEXT, CSV };
static enum kind kind_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (strchr(name, '/'))
        return LABEL;
    if (bx_dump_called(name, "Task1_").n)
        return TASK1;
    if (bx_dump_called(name, "Task2_").n)
        return TASK2;
    if (!strncmp(name, "comp", 4) && strstr(name, "_det_"))
        return DEVKIT;
    if (!strcmp(name, "predictions.json"))
        return DUMP;
    return !dot ? OTHER : !strcmp(dot, ".json") ? JSON : !strcmp(dot, ".csv") ? CSV : TEXT;
}

size_t bx_dump_pick(char **names, size_t n, enum bx_geometry g, const char *folder, struct bx_err *e)
{
    const enum kind order[] = {g == BX_GEOM_OBB ? TASK1 : TASK2, g == BX_GEOM_OBB ? TASK2 : TASK1, DEVKIT, DUMP, LABEL, JSON, CSV, TEXT};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        size_t picked = 0;
        for (size_t i = 0; i < n; i++)
            picked += kind_of(names[i]) == order[k];
        if (!picked || ((order[k] == JSON || order[k] == CSV) && picked > 1))
            continue;
        picked = 0;
        for (size_t i = 0; i < n; i++)
            if (kind_of(names[i]) == order[k]) {
                char *name = names[i];
                names[i] = names[picked];
                names[picked++] = name;
            }
        return picked;
    }
    bx_fail(
        e, BX_DATA,
        "'%s' is no folder of predictions: expected predictions.json, labels/*.txt, Task1_<class>.txt, comp4_det_test_<class>.txt, or one "
        ".json or .csv",
        folder);
    return 0;
}
