/* text.c: formats of lines: DOTA's tasks, the VOC devkit's as darknet writes them, Ultralytics' label files. */
#include "core/base/file.h"
#include "core/base/names.h"
#include "core/dump/read.h"
#include <stdlib.h>
#include <string.h>

static bool refuse(struct bx_dump_reading *r, const struct bx_dump_place *where, size_t words, const char *expected)
{
    return bx_dump_fail(r, where, "found %zu words, expected %s", words, expected);
}

/* Lines of "image score number…", one file a class: 4 numbers, or 8. */
static bool read_scored(struct bx_dump_reading *r, const struct bx_dump_file *f, uint32_t name, size_t numbers, double first)
{
    const char *p = f->data, *end = p + f->n;
    struct bx_slice line, words[10];
    struct bx_dump_detection d = {.name = name, .has_box = numbers == 4, .has_corners = numbers == 8};
    for (struct bx_dump_place where = {.name = f->name, .line = 1}; bx_dump_line(&p, end, &line); where.line++) {
        size_t n = bx_dump_words(line, words, 10);
        double v[8];
        if (!n)
            continue;
        if (n != numbers + 2)
            return refuse(r, &where, n, numbers == 8 ? "an image, a score and x1 y1 … x4 y4" : "an image, a score and xmin ymin xmax ymax");
        bool ok = bx_dump_number(words[1], &d.score);
        for (size_t i = 0; ok && i < numbers; i++)
            ok = bx_dump_number(words[2 + i], &v[i]);
        if (!ok)
            return bx_dump_fail(r, &where, "found a word that is no number, expected a score and %zu coordinates", numbers);
        if (!bx_dump_image(r, words[0], &d))
            continue;
        if (numbers == 8)
            memcpy(d.corners, v, sizeof d.corners);
        else
            memcpy(d.box, (double[4]){v[0] - first, v[1] - first, v[2] - v[0], v[3] - v[1]}, sizeof d.box);
        if (!bx_dump_add(r, &d, &where))
            return false;
    }
    return true;
}

bool bx_dump_is_dota(const struct bx_dump *dump)
{
    for (size_t i = 0; i < dump->nfiles; i++)
        if (!bx_dump_called(dump->files[i].name, "Task1_").n && !bx_dump_called(dump->files[i].name, "Task2_").n)
            return false;
    return dump->nfiles;
}

bool bx_dump_read_dota(struct bx_dump_reading *r)
{
    for (size_t i = 0; i < r->dump->nfiles; i++) {
        const struct bx_dump_file *f = &r->dump->files[i];
        struct bx_slice class = bx_dump_called(f->name, "Task1_");
        size_t numbers = class.n ? 8 : 4;
        if (!class.n)
            class = bx_dump_called(f->name, "Task2_");
        if (!read_scored(r, f, bx_dump_class_like(r, class), numbers, 0))
            return false;
    }
    return true;
}

/* "comp4_det_test_dining_table.txt" → "dining_table" */
static struct bx_slice devkit_class(const char *name)
{
    const char *base = bx_path_base(name), *set = strstr(base, "_det_"), *class = set ? strchr(set + 5, '_') : NULL;
    if (strncmp(base, "comp", 4) != 0 || !class)
        return (struct bx_slice){base, 0};
    size_t before = (size_t)(class + 1 - base);
    size_t n = strlen(base);
    return n > before + 4 && !strcmp(base + n - 4, ".txt") ? (struct bx_slice){base + before, n - before - 4} : (struct bx_slice){base, 0};
}

bool bx_dump_is_devkit(const struct bx_dump *dump)
{
    for (size_t i = 0; i < dump->nfiles; i++)
        if (!devkit_class(dump->files[i].name).n)
            return false;
    return dump->nfiles;
}

bool bx_dump_read_devkit(struct bx_dump_reading *r)
{
    for (size_t i = 0; i < r->dump->nfiles; i++) {
        const struct bx_dump_file *f = &r->dump->files[i];
        if (!read_scored(r, f, bx_dump_class_like(r, devkit_class(f->name)), 4, 1)) /* the first pixel is 1 */
            return false;
    }
    return true;
}

bool bx_dump_is_labels(const struct bx_dump *dump)
{
    if (!dump->folder)
        return false;
    for (size_t i = 0; i < dump->nfiles; i++) {
        size_t n = strlen(dump->files[i].name);
        if (n < 5 || strcmp(dump->files[i].name + n - 4, ".txt") != 0)
            return false;
    }
    return dump->nfiles;
}

struct label_file {
    const struct bx_dump_file *f;
    const char **names; /* of classes.txt, or NULL */
    size_t nnames;
    double w, h;
    struct bx_slice *words;
    double *xy;
    size_t cap, xy_cap;
};

/* class x y w h confidence; class x1 y1 … x4 y4 confidence; class x1 y1 … confidence; each may have the number of a track behind it. */
static bool read_label(struct bx_dump_reading *r, struct label_file *l, struct bx_slice line, struct bx_dump_detection *d,
                       const struct bx_dump_place *where)
{
    size_t n = bx_dump_words(line, NULL, 0);
    l->words = bx_grow(l->words, &l->cap, n + 1, sizeof *l->words);
    l->xy = bx_grow(l->xy, &l->xy_cap, n + 1, sizeof *l->xy);
    bx_dump_words(line, l->words, n);
    int64_t class, track;
    if ((n == 7 || n == 11) && bx_dump_whole(l->words[n - 1], &track) && track > 0)
        n--;
    if (n < 6 || n == 9 || n % 2)
        return refuse(r, where, n, "a class, coordinates and a confidence: without save_conf=True there is none to rank by");
    if (!bx_dump_whole(l->words[0], &class) || class < 0)
        return bx_dump_fail(r, where, "found the class '%.*s', expected a whole number from 0",
                            (int)(l->words[0].n < 40 ? l->words[0].n : 40), l->words[0].p);
    for (size_t i = 1; i < n; i++)
        if (!bx_dump_number(l->words[i], &l->xy[i - 1]))
            return bx_dump_fail(r, where, "found '%.*s', expected a number", (int)(l->words[i].n < 40 ? l->words[i].n : 40), l->words[i].p);
    d->score = l->xy[n - 2];
    if (d->score < 0 || d->score > 1)
        return bx_dump_fail(r, where, "found the confidence %g, expected 0 to 1 (is it the number of a track?)", d->score);
    d->has_box = n == 6;
    d->has_corners = n == 10;
    d->outline = n > 6 ? l->xy : NULL;
    d->noutline = n > 6 ? n / 2 - 1 : 0;
    for (size_t i = 0; i < n - 2; i++)
        l->xy[i] *= i % 2 ? l->h : l->w;
    if (n == 6)
        memcpy(d->box, (double[4]){l->xy[0] - l->xy[2] / 2, l->xy[1] - l->xy[3] / 2, l->xy[2], l->xy[3]}, sizeof d->box);
    if (n == 10)
        memcpy(d->corners, l->xy, sizeof d->corners);
    d->name = (size_t) class < l->nnames ? bx_dump_class(r, (struct bx_slice){l->names[class], strlen(l->names[class])})
                                         : bx_dump_class_number(r, class);
    return bx_dump_add(r, d, where);
}

/* A file that was appended to by a second run has its lines twice. */
static bool read_labels_of(struct bx_dump_reading *r, struct label_file *l, struct bx_slice who)
{
    const char *p = l->f->data, *end = p + l->f->n;
    struct bx_slice line;
    struct bx_dump_detection d = {0};
    struct bx_name_list seen = {0};
    struct bx_arena lines = {0};
    bool ok = true;
    for (struct bx_dump_place where = {.name = l->f->name, .line = 1}; ok && bx_dump_line(&p, end, &line); where.line++) {
        if (!bx_dump_words(line, NULL, 0))
            continue;
        if (!bx_dump_image(r, who, &d))
            continue;
        size_t before = seen.n;
        bx_name_list_add(&seen, line.p, line.n, &lines);
        if (seen.n == before) {
            r->elements--;
            r->twice++;
            continue;
        }
        ok = bx_dump_size(r, d.image, &where, &l->w, &l->h) && read_label(r, l, line, &d, &where);
    }
    bx_name_list_free(&seen);
    bx_arena_release(&lines);
    return ok;
}

static void read_class_names(struct bx_dump_reading *r, const struct bx_dump_file *f, struct label_file *l)
{
    const char *p = f->data, *end = p + f->n;
    struct bx_slice line;
    size_t cap = 0;
    while (bx_dump_line(&p, end, &line)) {
        l->names = bx_grow(l->names, &cap, l->nnames + 1, sizeof *l->names);
        l->names[l->nnames++] = bx_strndup(r->a, line.p, line.n);
    }
    while (l->nnames && !l->names[l->nnames - 1][0])
        l->nnames--;
}

bool bx_dump_read_labels(struct bx_dump_reading *r)
{
    const struct bx_dump *dump = r->dump;
    struct label_file l = {0};
    bool ok = true;
    for (size_t i = 0; i < dump->nfiles; i++)
        if (!strcmp(bx_path_base(dump->files[i].name), "classes.txt") && !r->o->categories && !l.names)
            read_class_names(r, &dump->files[i], &l);
    for (size_t i = 0; ok && i < dump->nfiles; i++) {
        const char *base = bx_path_base(dump->files[i].name);
        l.f = &dump->files[i];
        if (strcmp(base, "classes.txt") != 0)
            ok = read_labels_of(r, &l, (struct bx_slice){base, strlen(base) - 4});
    }
    free(l.names);
    free(l.words);
    free(l.xy);
    return ok;
}
