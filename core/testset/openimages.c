/*
 * openimages.c: Open Images' boxes: a CSV whose header names its columns (ImageID, LabelName, XMin, XMax, YMin, YMax and others, in any
 * order), boxes as shares of the image. Classes are called by another CSV, class-descriptions, which lies near; IsGroupOf is a crowd. Of a
 * data set of millions people have some images: rows of others are left out, and counted.
 */
#include "core/base/banned.h"
#include "core/base/csv.h"
#include "core/base/file.h"
#include "core/base/names.h"
#include "core/base/text.h"
#include "core/image/image.h"
#include "core/testset/columns.h"
#include "core/testset/folders.h"
#include "core/testset/readers.h"
#include <math.h>
#include <strings.h>

enum { MOST_CELLS = 64 };
enum column { IMAGE, LABEL, XMIN, XMAX, YMIN, YMAX, NEEDED, CONFIDENCE = NEEDED, GROUP, NCOLUMNS };
static const char *const columns[NCOLUMNS] = {"ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax", "Confidence", "IsGroupOf"};
static const char *const label_folders[] = {"csv_folder", "labels", "annotations", "csv", NULL};

/* The next row, without the white space around its cells. */
static size_t read_row(struct bx_csv *c, struct bx_slice cells[MOST_CELLS])
{
    size_t n = bx_csv_row(c, cells, MOST_CELLS);
    for (size_t i = 0; i < n && i < MOST_CELLS; i++) {
        struct bx_slice *s = &cells[i];
        while (s->n && strchr(" \t", s->p[s->n - 1]))
            s->n--;
        while (s->n && strchr(" \t", s->p[0]))
            *s = (struct bx_slice){s->p + 1, s->n - 1};
    }
    return n;
}

static bool broken(const char *name, const struct bx_csv *c, struct bx_err *e)
{
    return bx_fail(e, BX_DATA, "%s:%zu: found a cell that does not end, or goes on behind its quotes", name, c->line);
}

/* Which cell has each column; false: one that is needed is missing, *missing. */
static bool read_header(struct bx_csv *c, size_t at[NCOLUMNS], const char **missing)
{
    struct bx_slice cells[MOST_CELLS];
    size_t n = read_row(c, cells);
    for (int k = 0; k < NCOLUMNS; k++) {
        at[k] = MOST_CELLS;
        for (size_t i = 0; i < n && i < MOST_CELLS && at[k] == MOST_CELLS; i++)
            if (cells[i].n == strlen(columns[k]) && !strncasecmp(cells[i].p, columns[k], cells[i].n))
                at[k] = i;
        if (at[k] == MOST_CELLS && k < NEEDED) {
            *missing = columns[k];
            return false;
        }
    }
    return true;
}

static bool has_header(const char *path)
{
    struct bx_map m;
    struct bx_csv c;
    size_t at[NCOLUMNS];
    const char *missing;
    if (!bx_map_open(&m, path, NULL))
        return false;
    m.n = m.n < 4096 ? m.n : 4096; /* as much as a header needs */
    bx_csv_begin(&c, m.data, m.n);
    bool ok = read_header(&c, at, &missing);
    bx_csv_end(&c);
    bx_map_close(&m);
    return ok;
}

/* The CSV of the split in a folder, or the only one; NULL, and `others`: there are several. */
static const char *csv_in(const char *dir, const struct bx_testset_options *o, struct bx_buf *others, struct bx_arena *a)
{
    static const char *const csv[] = {"csv"};
    char **names;
    const char *only = NULL;
    size_t n, right = 0;
    if (!bx_path_is_dir(dir) || !bx_dir_list(dir, false, csv, 1, a, &names, &n, NULL))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const char *path = bx_path_join(a, dir, names[i]);
        if (!has_header(path))
            continue;
        const char *word = bx_split_word(names[i], a);
        if (word && bx_split_is_wanted(word, o))
            return path;
        only = path;
        bx_buf_addf(others, "%s'%s'", right++ ? ", " : "", names[i]);
    }
    return right == 1 ? only : NULL;
}

static const char *find_csv(const char *dir, const struct bx_testset_options *o, struct bx_buf *others, struct bx_arena *a)
{
    const char *place, *found;
    size_t n;
    for (int i = 0; (place = bx_testset_place(dir, o, i, a)); i++)
        if ((found = csv_in(place, o, others, a)) != NULL || others->n)
            return found;
    char **names = bx_subfolders(dir, &n, a);
    for (size_t i = 0; i < n; i++)
        if (bx_one_of(names[i], label_folders) && ((found = csv_in(bx_path_join(a, dir, names[i]), o, others, a)) != NULL || others->n))
            return found;
    return NULL;
}

enum bx_sure bx_testset_find_openimages(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf others = {0};
    if (!bx_path_is_dir(*path))
        return bx_testset_ends_in(*path, ".csv") ? BX_SURE_FILE : BX_SURE_NOT;
    const char *csv = find_csv(*path, o, &others, a);
    if (csv)
        *path = csv;
    return csv || others.n ? BX_SURE_OPENIMAGES : BX_SURE_NOT;
}

/* What classes are called: "/m/0cmf2,Airplane". */
struct descriptions {
    struct bx_name_list id;
    const char **name;
    size_t cap;
};

static bool read_descriptions(const char *path, struct descriptions *d, struct bx_arena *a, struct bx_err *e)
{
    struct bx_map m;
    struct bx_csv c;
    struct bx_slice cells[MOST_CELLS];
    if (!bx_map_open(&m, path, e))
        return false;
    bx_csv_begin(&c, m.data, m.n);
    bool ok = true;
    for (size_t n; ok && (n = read_row(&c, cells)) > 0;) {
        if (n < 2 || bx_slice_is(cells[0], "LabelName") || !cells[0].n)
            continue;
        if (!cells[1].n || !bx_utf8_valid(cells[1].p, cells[1].n) || bx_has_control(cells[1].p, cells[1].n)) {
            ok = bx_fail(e, BX_DATA, "%s:%zu: found a name that is empty, not UTF-8, or holds a control character", path, c.line);
            break;
        }
        size_t before = d->id.n, k = bx_name_list_add(&d->id, cells[0].p, cells[0].n, a);
        if (d->id.n == before) /* the first counts */
            continue;
        d->name = bx_grow(d->name, &d->cap, k + 1, sizeof *d->name);
        d->name[k] = bx_strndup(a, cells[1].p, cells[1].n);
    }
    ok = ok && (!c.broken || broken(path, &c, e));
    bx_csv_end(&c);
    bx_map_close(&m);
    return ok;
}

static bool is_descriptions(const char *name)
{
    return bx_testset_ends_in(name, ".csv") && (strcasestr(name, "class-descriptions") || !strcasecmp(name, "classes.csv"));
}

/* Beside the boxes, or in a folder beside theirs. */
static const char *find_descriptions(const char *dir, const char *home, struct bx_arena *a)
{
    static const char *const csv[] = {"csv"};
    const char *places[] = {dir, home, bx_path_join(a, home, "metadata"), bx_path_join(a, home, "csv_folder")};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char **names;
        size_t n;
        if (!bx_path_is_dir(places[i]) || !bx_dir_list(places[i], false, csv, 1, a, &names, &n, NULL))
            continue;
        for (size_t k = 0; k < n; k++)
            if (is_descriptions(names[k]))
                return bx_path_join(a, places[i], names[k]);
    }
    return NULL;
}

struct row {
    uint32_t image, class;
    uint8_t flags;
    uint32_t line;
    double box[4]; /* shares: x y w h */
};

struct reading {
    struct bx_testset *t;
    struct bx_arena *a;
    const struct bx_testset_options *o;
    const char *file, *home;
    struct bx_stems stems;
    struct descriptions d;
    struct bx_faults faults;
    struct row *rows;
    size_t n, cap;
    struct bx_name_list classes; /* LabelName as it stands */
    struct bx_tally absent, unnamed, swapped, outside, denied, flat;
};

/* Images beside the CSV, in the split's folder, in one of images, or anywhere below. */
static bool find_images(struct reading *g, const char **root, char ***names, size_t *n, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf others = {0};
    const char *dir = g->o->images;
    bool below = true;
    size_t count;
    if (!dir && bx_holds(g->home, bx_image_named, 0)) {
        dir = g->home;
        below = false;
    }
    for (int level = 0; !dir && level < 2; level++) {
        const char *in = level ? bx_folder_named(g->home, bx_image_folders, bx_image_named, g->a) : g->home;
        char **folders = in ? bx_subfolders(in, &count, g->a) : NULL;
        size_t kept = 0;
        for (size_t i = 0; in && i < count; i++)
            if (bx_holds(bx_path_join(g->a, in, folders[i]), bx_image_named, BX_DEEPEST))
                folders[kept++] = folders[i];
        int split = in ? bx_split_choose(folders, kept, g->o, &others) : -1;
        if (split == -2)
            return bx_testset_no_split(g->o, e, "%s: found no images of the split '%s', there are %s", in, bx_split_wanted(g->o),
                                       bx_buf_str(&others));
        dir = split >= 0 ? bx_path_join(g->a, in, folders[split]) : level ? in : NULL;
    }
    *root = dir ? dir : g->home;
    if (!bx_dir_list(*root, below, bx_image_extensions, bx_image_nextensions, g->a, names, n, e))
        return false;
    return *n || bx_fail(e, BX_DATA, "%s: found no images in '%s': name their folder", g->file, *root);
}

static bool share(struct reading *g, const struct bx_csv *c, struct bx_slice cell, const char *what, double *out)
{
    const char *after = cell.p;
    if (!bx_number_parse(cell.p, cell.p + cell.n, out, &after) || after != cell.p + cell.n || !(*out >= -1 && *out <= 2)) {
        bx_faults_add(&g->faults, g->a, g->file, "%s:%zu: found '%.*s' as %s, expected a share of the image from 0 to 1", g->file, c->line,
                      (int)(cell.n < 40 ? cell.n : 40), cell.p, what);
        return false;
    }
    return true;
}

static double optional(const struct bx_slice *cells, size_t at, double otherwise)
{
    double v;
    const char *after;
    return at < MOST_CELLS && bx_number_parse(cells[at].p, cells[at].p + cells[at].n, &v, &after) ? v : otherwise;
}

static void add_row(struct reading *g, const struct bx_csv *c, const struct bx_slice *cells, const size_t at[NCOLUMNS], size_t image)
{
    struct row r = {.image = (uint32_t)image, .line = (uint32_t)c->line};
    const char *file = bx_path_base(g->file);
    struct bx_slice label = cells[at[LABEL]];
    double v[4];
    for (int k = 0; k < 4; k++)
        if (!share(g, c, cells[at[XMIN + k]], columns[XMIN + k], &v[k]))
            return;
    if (!label.n || memchr(label.p, 0, label.n) || !bx_utf8_valid(label.p, label.n) || bx_has_control(label.p, label.n)) {
        bx_faults_add(&g->faults, g->a, g->file, "%s:%zu: found a LabelName that is empty, not UTF-8, or holds a control character",
                      g->file, c->line);
        return;
    }
    if (optional(cells, at[CONFIDENCE], 1) <= 0) { /* verified to be absent */
        bx_tally_at(&g->denied, g->a, file, c->line);
        return;
    }
    if (v[1] < v[0] || v[3] < v[2])
        bx_tally_at(&g->swapped, g->a, file, c->line);
    double x0 = fmin(v[0], v[1]), x1 = fmax(v[0], v[1]), y0 = fmin(v[2], v[3]), y1 = fmax(v[2], v[3]);
    if (x0 < 0 || y0 < 0 || x1 > 1 || y1 > 1)
        bx_tally_at(&g->outside, g->a, file, c->line);
    if (!(x1 > x0 && y1 > y0))
        bx_tally_at(&g->flat, g->a, file, c->line);
    memcpy(r.box, (double[4]){x0, y0, x1 - x0, y1 - y0}, sizeof r.box);
    r.class = bx_name_list_add(&g->classes, label.p, label.n, g->a);
    r.flags = optional(cells, at[GROUP], 0) > 0 ? BX_ANN_CROWD : 0; /* -1: not known */
    g->rows = bx_grow(g->rows, &g->cap, g->n + 1, sizeof *g->rows);
    g->rows[g->n++] = r;
}

static bool read_rows(struct reading *g, struct bx_csv *c, struct bx_err *e)
{
    struct bx_slice cells[MOST_CELLS];
    size_t at[NCOLUMNS], most = 0, n, image = 0, other = 0, all = 0;
    const char *missing;
    char last[200] = "";
    enum bx_match how = BX_MATCH_NONE;
    if (!read_header(c, at, &missing))
        return bx_fail(e, BX_DATA, "%s:1: found no column '%s', expected those of Open Images' boxes", g->file, missing);
    for (int k = 0; k < NEEDED; k++)
        most = at[k] > most ? at[k] : most;
    while ((n = read_row(c, cells)) > 0 && g->faults.n < BX_FAULTS_SHOWN) {
        if (n == 1 && !cells[0].n)
            continue;
        if (n <= most) {
            bx_faults_add(&g->faults, g->a, g->file, "%s:%zu: found %zu cells, expected %zu or more", g->file, c->line, n, most + 1);
            continue;
        }
        for (int k = NEEDED; k < NCOLUMNS; k++)
            if (at[k] < MOST_CELLS && at[k] >= n)
                cells[at[k]] = (struct bx_slice){"", 0};
        struct bx_slice id = cells[at[IMAGE]];
        if (!id.n || id.n >= sizeof last || memchr(id.p, 0, id.n)) {
            bx_faults_add(&g->faults, g->a, g->file, "%s:%zu: found an ImageID of %zu bytes, expected one of 1 to %zu", g->file, c->line,
                          id.n, sizeof last - 1);
            continue;
        }
        if (!bx_slice_is(id, last)) {
            memcpy(last, id.p, id.n);
            last[id.n] = '\0';
            how = bx_stems_find(&g->stems, last, NULL, &image, &other);
            if (how == BX_MATCH_SEVERAL)
                return bx_fail(e, BX_DATA, "%s:%zu: both '%s' and '%s' could be the image '%s'", g->file, c->line, g->stems.names[image],
                               g->stems.names[other], last);
        }
        all++;
        if (how == BX_MATCH_ONE)
            add_row(g, c, cells, at, image);
        else
            bx_tally_at(&g->absent, g->a, bx_path_base(g->file), c->line);
    }
    if (c->broken)
        return broken(g->file, c, e);
    if (!bx_faults_end(&g->faults, 1, g->o, g->t, g->a, e))
        return false;
    if (!g->n)
        return bx_fail(e, BX_DATA, "%s: %s of an image that is there: name the images' folder", g->file,
                       bx_agree(g->a, all, "{its only box is not|none of its boxes is}"));
    return true;
}

/* Classes by the names that people know them by. */
static void put_classes(struct reading *g, uint32_t *place)
{
    const char **names = BX_NEW(g->a, const char *, g->classes.n);
    for (size_t i = 0; i < g->classes.n; i++) {
        const char *id = g->classes.at[i];
        size_t k = bx_name_find(&g->d.id.table, g->d.id.at, id, strlen(id));
        if (k == SIZE_MAX && g->d.id.n)
            bx_tally_add(&g->unnamed, "%s", id);
        names[i] = k == SIZE_MAX ? id : g->d.name[k];
    }
    bx_testset_classes(g->t, names, g->classes.n, place, g->a);
}

static int by_image(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->image != y->image ? (x->image < y->image ? -1 : 1) : (x->line > y->line) - (x->line < y->line);
}

static void put_boxes(struct reading *g)
{
    struct bx_testset *t = g->t;
    struct bx_columns c = {.a = g->a};
    uint32_t *place = BX_NEW(g->a, uint32_t, g->classes.n);
    struct bx_tally empty = {0};
    size_t k = 0;
    put_classes(g, place);
    qsort(g->rows, g->n, sizeof *g->rows, by_image);
    for (size_t i = 0; i < t->nimages; i++) {
        size_t before = k;
        for (; k < g->n && g->rows[k].image == i; k++) {
            const struct row *r = &g->rows[k];
            struct bx_annotation ann = {.class_index = place[r->class], .flags = r->flags, .line = r->line};
            memcpy(ann.box,
                   (double[4]){r->box[0] * t->image_w[i], r->box[1] * t->image_h[i], r->box[2] * t->image_w[i], r->box[3] * t->image_h[i]},
                   sizeof ann.box);
            ann.area = ann.box[2] * ann.box[3];
            bx_columns_add(&c, &ann);
        }
        if (k == before)
            bx_tally_at(&empty, g->a, t->image_file[i], 0);
        t->ann_begin[i + 1] = c.n;
    }
    bx_columns_end(&c, t);
    bx_testset_told(t, g->a, BX_SEVERITY_NOTE, &empty, "{image has|images have} no box in the CSV", "nothing is in {it|them}");
}

static void tell(struct reading *g)
{
    const struct {
        const struct bx_tally *y;
        enum bx_severity severity;
        const char *what, *done;
    } notes[] = {
        {&g->absent, BX_SEVERITY_WARNING, "{box is of an image that is|boxes are of images that are} not there", "left out"},
        {&g->denied, BX_SEVERITY_NOTE, "{box has|boxes have} the confidence 0", "left out"},
        {&g->swapped, BX_SEVERITY_WARNING, "{box ends before it begins|boxes end before they begin}",
         "{its|their} corners were put in order"},
        {&g->outside, BX_SEVERITY_WARNING, "{box lies|boxes lie} outside the image", "kept as {it is|they are}"},
        {&g->flat, BX_SEVERITY_WARNING, "{box has|boxes have} no area", "kept"},
        {&g->unnamed, BX_SEVERITY_WARNING, "{class is|classes are} not in the class descriptions", "called as {it stands|they stand}"},
    };
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        bx_testset_told(g->t, g->a, notes[i].severity, notes[i].y, notes[i].what, notes[i].done);
}

static bool read_boxes(struct reading *g, struct bx_err *e)
{
    const char *root = NULL, *dir = bx_path_dir(g->a, g->file), *absolute = bx_path_absolute(g->a, dir);
    char **names;
    size_t n;
    struct bx_map m;
    struct bx_csv c;
    g->home = bx_one_of(bx_path_base(absolute), label_folders) ? bx_path_dir(g->a, absolute) : dir;
    const char *descriptions = find_descriptions(dir, g->home, g->a);
    if (descriptions && !read_descriptions(descriptions, &g->d, g->a, e))
        return false;
    if (!find_images(g, &root, &names, &n, e))
        return false;
    bx_stems_make(&g->stems, names, n, "", g->a);
    bx_testset_images(g->t, root, names, n, g->a);
    if (!bx_map_open(&m, g->file, e))
        return false;
    bx_csv_begin(&c, m.data, m.n);
    bool ok = read_rows(g, &c, e);
    bx_csv_end(&c);
    bx_map_close(&m);
    /* Boxes are shares of the image's size, so the images come first. */
    if (!ok || !bx_testset_look(g->t, g->o, g->a, e))
        return false;
    put_boxes(g);
    tell(g);
    if (!descriptions)
        bx_testset_note(g->t, g->a, "there is no class-descriptions CSV: classes are called '%s' and the like", g->t->class_name[0]);
    return true;
}

bool bx_testset_read_openimages(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a,
                                struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf others = {0};
    struct reading g = {.t = t, .a = a, .o = o, .file = path};
    if (bx_path_is_dir(path)) {
        g.file = find_csv(path, o, &others, a);
        if (!g.file)
            return bx_testset_no_split(o, e, "%s: found no CSV of the split '%s'%s%s", path, bx_split_wanted(o),
                                       others.n ? ", there are " : "", bx_buf_str(&others));
    }
    t->source = bx_strdup(a, g.file);
    t->split = bx_split_word(bx_path_base(g.file), a);
    bool ok = read_boxes(&g, e);
    free(g.rows);
    free(g.d.name);
    bx_name_list_free(&g.classes);
    bx_name_list_free(&g.d.id);
    return ok;
}
