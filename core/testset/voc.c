/*
 * voc.c: Pascal VOC files → a test set. An annotation belongs to the image of the same name, whatever its extension; its <filename> counts
 * only when there is none. An image without annotations has nothing in it. The devkit's corners count from 1 and are inclusive: pixel
 * columns 1 to 10 are the box x 0, w 10.
 */
#include "core/testset/voc.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/image/image.h"
#include "core/testset/columns.h"
#include "core/testset/voc_xml.h"
#include <string.h>
#include <strings.h>

/* An image of the split, and its annotations where it has any. */
struct pairing {
    const char *image;
    const char *xml; /* NULL: none */
    struct bx_voc_file file;
};

struct voc {
    struct bx_testset *t;
    struct bx_arena *a;
    const struct bx_testset_options *o;
    struct bx_voc_layout l;
    char **xml; /* all .xml files, relative to l.annotations */
    size_t nxml;
    size_t *picked; /* those of the split: places in xml */
    size_t npicked;
    const char **bare; /* names of the list that have no .xml file */
    size_t *bare_line, nbare;
    struct bx_voc_images m;
    bool *taken; /* of m.names: is an image of the set */
    struct pairing *at;
    size_t n;
};

/* The name in a line of a list: all of it, or up to white space (a class's list has a second column, others name the image and then its
 * annotations); without the extension. */
static const char *listed_name(struct voc *v, const struct bx_stems *x, char *line, size_t *at, size_t *other, enum bx_match *how)
{
    for (char *s = line; *s; s++)
        if (*s == '\\')
            *s = '/';
    while (!strncmp(line, "./", 2))
        line += 2;
    for (int whole = 1;; whole = 0) {
        if (!whole)
            line[strcspn(line, " \t,")] = '\0';
        const char *dot = strrchr(line, '.');
        bool extension = dot && (bx_image_named(line) || !strcasecmp(dot, ".xml"));
        const char *name = extension ? bx_strndup(v->a, line, (size_t)(dot - line)) : line;
        *how = bx_stems_find(x, name, NULL, at, other);
        if (*how != BX_MATCH_NONE || !whole || !line[strcspn(line, " \t,")])
            return bx_strdup(v->a, name);
    }
}

/* Which annotations the list names; with names that have none. */
static bool pick_listed(struct voc *v, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct bx_stems x;
    if (!bx_file_read(v->l.list, 256 << 20, &text, e))
        return false;
    bx_stems_make(&x, v->xml, v->nxml, "", v->a);
    size_t lines = 1, line = 0, at = 0, other = 0;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    v->bare = BX_NEW(v->a, const char *, lines);
    v->bare_line = BX_NEW(v->a, size_t, lines);
    bool *seen = BX_NEW(v->a, bool, v->nxml);
    bx_buf_drop_mark(&text);
    char *rest = text.p;
    for (char *s; rest && (s = strsep(&rest, "\n")) != NULL;) {
        enum bx_match how;
        line++;
        s += strspn(s, " \t\r");
        for (size_t n = strlen(s); n && strchr(" \t\r", s[n - 1]);)
            s[--n] = '\0';
        if (!*s)
            continue;
        const char *name = listed_name(v, &x, s, &at, &other, &how);
        if (how == BX_MATCH_SEVERAL)
            return bx_fail(e, BX_DATA, "%s:%zu: '%s' is both '%s' and '%s' in '%s'", v->l.list, line, name, v->xml[at], v->xml[other],
                           v->l.annotations);
        if (how == BX_MATCH_NONE) {
            v->bare[v->nbare] = name;
            v->bare_line[v->nbare++] = line;
        } else if (!seen[at]) {
            seen[at] = true;
            v->picked[v->npicked++] = at;
        }
    }
    return true;
}

/* What was read otherwise than it stands there. */
static void tell_oddities(struct voc *v, const struct bx_voc_file *files)
{
    static const struct {
        enum bx_severity severity;
        const char *what, *done;
    } said[BX_VOC_ODDITIES] = {
        [BX_VOC_SWAPPED] = {BX_SEVERITY_WARNING, "{box ends before it begins|boxes end before they begin}",
                            "{its|their} corners were put in order"},
        [BX_VOC_TWO_BOXES] = {BX_SEVERITY_WARNING, "{object has|objects have} a second box", "the first is taken"},
        [BX_VOC_POLYGON] = {BX_SEVERITY_NOTE, "{polygon|polygons} beside a box {is|are} not as Roboflow writes {it|them}",
                            "left, the box is taken"},
        [BX_VOC_DIFFICULT] = {BX_SEVERITY_NOTE, "{object is|objects are} <difficult> in words that mean neither yes nor no",
                              "taken as not difficult"},
    };
    struct bx_tally y[BX_VOC_ODDITIES] = {0};
    for (size_t i = 0; i < v->npicked; i++)
        for (size_t k = 0; k < files[i].nobjects; k++)
            for (size_t what = 0; what < BX_VOC_ODDITIES; what++)
                if (files[i].objects[k].odd & 1u << what)
                    bx_tally_at(&y[what], v->a, v->xml[v->picked[i]], files[i].objects[k].line);
    for (size_t what = 0; what < BX_VOC_ODDITIES; what++)
        bx_testset_told(v->t, v->a, said[what].severity, &y[what], said[what].what, said[what].done);
}

static struct bx_voc_file *read_files(struct voc *v, struct bx_err *e)
{
    struct bx_voc_file *files = BX_NEW(v->a, struct bx_voc_file, v->npicked);
    struct bx_faults faults = {0};
    for (size_t i = 0; i < v->npicked; i++)
        if (!bx_voc_read(bx_path_join(v->a, v->l.annotations, v->xml[v->picked[i]]), &files[i], &faults, v->a, e))
            return NULL;
    if (faults.n) {
        bx_faults_fail(&faults, v->npicked, e);
        return NULL;
    }
    tell_oddities(v, files);
    return files;
}

static void add_pairing(struct voc *v, size_t image, const char *xml, const struct bx_voc_file *file)
{
    v->taken[image] = true;
    v->at[v->n++] = (struct pairing){v->m.names[image], xml, file ? *file : (struct bx_voc_file){0}};
}

/* The image of an annotation file, by its name, then by its <filename>, whatever folder and extension that has. */
static enum bx_match image_of(struct voc *v, const struct bx_stems *x, const char *xml, const struct bx_voc_file *f, size_t *at,
                              size_t *other)
{
    const char *file = f->filename, *slash = file ? strrchr(file, '\\') : NULL, *dot = strrchr(bx_path_base(xml), '.');
    char *name = bx_strndup(v->a, xml, (size_t)(dot - xml));
    if (slash)
        file = slash + 1;
    if (file)
        file = bx_path_base(file);
    if (bx_image_named(name)) /* "a.jpg.xml" */
        *strrchr(name, '.') = '\0';
    enum bx_match how = bx_stems_find(x, name, file, at, other);
    if (how != BX_MATCH_NONE || !file || !*file)
        return how;
    return bx_stems_find(x, bx_image_named(file) ? bx_path_stem(v->a, file) : file, file, at, other);
}

/* A set whose images are here and there: those that nobody annotated count where others of their folder are annotated. */
static bool *folders_in_use(struct voc *v)
{
    bool *used = BX_NEW(v->a, bool, v->m.n), any = false;
    for (size_t i = 0, end; i < v->m.n; i = end) {
        const char *slash = strrchr(v->m.names[i], '/');
        size_t skip = slash ? (size_t)(slash - v->m.names[i]) : 0;
        any = false;
        for (end = i; end < v->m.n; end++) {
            const char *other = strrchr(v->m.names[end], '/');
            if ((other ? (size_t)(other - v->m.names[end]) : 0) != skip || strncmp(v->m.names[end], v->m.names[i], skip) != 0)
                break;
            any = any || v->taken[end];
        }
        for (size_t k = i; k < end; k++)
            used[k] = any;
    }
    return used;
}

/* Is another image of the same name annotated? Those of one name stand together. */
static bool is_twin(const struct bx_stems *x, const bool *annotated, size_t i)
{
    size_t from = i, to = i;
    while (from && !strcmp(x->by_key[from - 1].key, x->by_key[i].key))
        from--;
    while (to + 1 < x->n && !strcmp(x->by_key[to + 1].key, x->by_key[i].key))
        to++;
    for (size_t k = from; k <= to; k++)
        if (k != i && annotated[x->by_key[k].i])
            return true;
    return false;
}

/* The images that have no annotations: what the list names, or all that are left. */
static bool add_empty(struct voc *v, const struct bx_stems *x, struct bx_err *e)
{
    struct bx_tally empty = {0}, twins = {0};
    size_t at = 0, other = 0;
    for (size_t i = 0; i < v->nbare; i++) {
        enum bx_match how = bx_stems_find(x, v->bare[i], NULL, &at, &other);
        if (how == BX_MATCH_NONE)
            return bx_fail(e, BX_DATA, "%s:%zu: '%s' has no annotation file in '%s' and no image in '%s'", v->l.list, v->bare_line[i],
                           v->bare[i], v->l.annotations, v->m.root);
        if (how == BX_MATCH_SEVERAL)
            return bx_fail(e, BX_DATA, "%s:%zu: both '%s' and '%s' could be '%s'", v->l.list, v->bare_line[i], v->m.names[at],
                           v->m.names[other], v->bare[i]);
        if (!v->taken[at]) {
            bx_tally_at(&empty, v->a, v->m.names[at], 0);
            add_pairing(v, at, NULL, NULL);
        }
    }
    if (!v->l.list) {
        const bool *used = v->m.sought ? folders_in_use(v) : NULL, *annotated = bx_memdup(v->a, v->taken, v->m.n * sizeof *v->taken);
        struct bx_stems others = {0};
        char **all;
        size_t n;
        if (v->l.inside[0] && v->l.devkit) { /* whose annotations lie in another split's folder are not without */
            static const char *const xml[] = {"xml"};
            if (!bx_dir_list(v->l.all, true, xml, 1, v->a, &all, &n, e))
                return false;
            bx_stems_make(&others, all, n, "", v->a);
        }
        for (size_t i = 0; i < x->n; i++) {
            size_t image = x->by_key[i].i;
            if (v->taken[image] || (used && !used[image]) ||
                (others.n && bx_stems_find(&others, x->by_key[i].base, NULL, &at, &other) != BX_MATCH_NONE))
                continue;
            if (is_twin(x, annotated, i)) {
                bx_tally_at(&twins, v->a, v->m.names[image], 0);
                continue;
            }
            bx_tally_at(&empty, v->a, v->m.names[image], 0);
            add_pairing(v, image, NULL, NULL);
        }
    }
    bx_testset_told(v->t, v->a, BX_SEVERITY_WARNING, &twins,
                    "{image has|images have} the name of one that is annotated, and another extension", "left out");
    bx_testset_told(v->t, v->a, BX_SEVERITY_NOTE, &empty, "{image has|images have} no annotation file", "nothing is in {it|them}");
    return true;
}

static int by_image(const void *a, const void *b)
{
    const struct pairing *x = a, *y = b;
    int c = strcmp(x->image, y->image);
    return c || !x->xml || !y->xml ? c : strcmp(x->xml, y->xml);
}

static bool pair(struct voc *v, const struct bx_voc_file *files, struct bx_err *e)
{
    struct bx_stems in, all;
    struct bx_tally lost = {0};
    struct bx_err first = {0};
    size_t at = 0, other = 0;
    bx_stems_make(&in, v->m.names, v->m.n, v->m.scope, v->a);
    bx_stems_make(&all, v->m.names, v->m.n, "", v->a);
    v->taken = BX_NEW(v->a, bool, v->m.n);
    v->at = BX_NEW(v->a, struct pairing, v->m.n + v->npicked);
    for (size_t i = 0; i < v->npicked; i++) {
        const char *xml = v->xml[v->picked[i]], *file = files[i].filename;
        enum bx_match how = image_of(v, &in, xml, &files[i], &at, &other);
        if (how == BX_MATCH_ONE)
            add_pairing(v, at, xml, &files[i]);
        else if (how == BX_MATCH_SEVERAL)
            return bx_fail(e, BX_DATA, "%s/%s: both '%s' and '%s' could be its image", v->l.annotations, xml, v->m.names[at],
                           v->m.names[other]);
        else if (!v->m.scope[0] || image_of(v, &all, xml, &files[i], &at, &other) == BX_MATCH_NONE) { /* not another split's */
            if (!lost.n)
                bx_fail(&first, BX_DATA, "%s/%s: no image '%s.*'%s%s%s in '%s'", v->l.annotations, xml, bx_path_stem(v->a, xml),
                        file ? " and no '" : "", file ? file : "", file ? "'" : "", v->m.root);
            bx_tally_add(&lost, "%s", xml);
        }
    }
    if (lost.n > 1)
        return bx_fail(e, BX_DATA, "%s (the first of %zu annotation files without image)", first.text, lost.n);
    if (lost.n)
        return bx_fail(e, BX_DATA, "%s", first.text);
    if (!add_empty(v, v->l.list ? &all : &in, e))
        return false;
    qsort(v->at, v->n, sizeof *v->at, by_image);
    for (size_t i = 1; i < v->n; i++)
        if (!strcmp(v->at[i].image, v->at[i - 1].image))
            return bx_fail(e, BX_DATA, "%s: '%s' and '%s' both annotate '%s'", v->l.annotations, v->at[i - 1].xml, v->at[i].xml,
                           v->at[i].image);
    return true;
}

static void put_images(struct voc *v)
{
    struct bx_testset *t = v->t;
    struct bx_tally sizeless = {0};
    char **names = BX_NEW(v->a, char *, v->n);
    for (size_t i = 0; i < v->n; i++)
        names[i] = bx_strdup(v->a, v->at[i].image);
    bx_testset_images(t, v->m.root, names, v->n, v->a);
    t->image_label = BX_NEW(v->a, const char *, v->n);
    for (size_t i = 0; i < v->n; i++) {
        const struct bx_voc_file *f = &v->at[i].file;
        if (f->w && f->h) {
            t->image_w[i] = f->w;
            t->image_h[i] = f->h;
        } else if (v->at[i].xml)
            bx_tally_at(&sizeless, v->a, v->at[i].xml, 0);
        t->image_label[i] = v->at[i].xml;
    }
    bx_testset_told(t, v->a, BX_SEVERITY_NOTE, &sizeless, "annotation {file states|files state} no size", "the image's is taken");
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b); /* equal names are one and the same */
}

/* Classes are the names that occur, sorted. */
static bool collect_classes(struct voc *v, struct bx_err *e)
{
    struct bx_testset *t = v->t;
    size_t all = 0;
    for (size_t i = 0; i < v->n; i++)
        all += v->at[i].file.nobjects;
    const char **names = BX_NEW(v->a, const char *, all);
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->at[i].file.nobjects; k++)
            names[n++] = v->at[i].file.objects[k].name;
    qsort(names, n, sizeof *names, by_bytes);
    for (size_t i = 0; i < n; i++)
        if (!i || strcmp(names[i], names[i - 1]) != 0)
            names[t->nclasses++] = names[i];
    if (!t->nclasses)
        return bx_fail(e, BX_DATA, "%s: no object in any of %zu annotation files, so there are no classes%s%s", v->l.annotations,
                       v->npicked, v->l.list ? "; the images are those of " : "", v->l.list ? v->l.list : "");
    t->class_name = names;
    t->class_id = BX_NEW(v->a, int64_t, t->nclasses);
    t->own_classes = true;
    for (size_t i = 0; i < t->nclasses; i++)
        t->class_id[i] = (int64_t)i;
    return true;
}

struct adding {
    struct bx_columns c;
    struct bx_tally flat, upright, turned;
};

/* The four corners, where they are asked for: the oriented box's, a polygon's of four points, the upright box's. */
static void put_corners(struct voc *v, struct adding *d, const struct bx_voc_object *o, const char *place, struct bx_annotation *ann,
                        double corners[8])
{
    const double *b = ann->box;
    if (v->o->task != BX_OBB) {
        if (o->has_corners && !o->has_box)
            bx_tally_at(&d->turned, v->a, place, o->line);
        return;
    }
    if (o->has_corners)
        memcpy(corners, o->corners, sizeof o->corners);
    else if (o->npoints == 4)
        memcpy(corners, o->points, sizeof o->corners);
    else {
        memcpy(corners, (double[8]){b[0], b[1], b[0] + b[2], b[1], b[0] + b[2], b[1] + b[3], b[0], b[1] + b[3]}, sizeof o->corners);
        bx_tally_at(&d->upright, v->a, place, o->line);
    }
    ann->corners = corners;
}

static void add_object(struct voc *v, struct adding *d, size_t image, const struct bx_voc_object *o)
{
    double offset = v->o->voc_from_zero ? 0 : 1, corners[8];
    const char **at = bsearch(&o->name, v->t->class_name, v->t->nclasses, sizeof *v->t->class_name, by_bytes);
    struct bx_annotation ann = {
        .class_index = (uint32_t)(at - v->t->class_name), .line = (uint32_t)o->line, .flags = o->difficult ? BX_ANN_IGNORE : 0};
    for (size_t i = 0; i < 2 * o->npoints; i++)
        o->points[i] -= offset;
    if (o->has_box) {
        ann.box[0] = o->box[0] - offset;
        ann.box[1] = o->box[1] - offset;
        ann.box[2] = o->box[2] - o->box[0] + offset;
        ann.box[3] = o->box[3] - o->box[1] + offset;
    } else
        bx_points_box(o->has_corners ? o->corners : o->points, o->has_corners ? 4 : o->npoints, ann.box);
    ann.area = o->has_corners ? o->area : o->points ? bx_points_area(o->points, o->npoints) : ann.box[2] * ann.box[3];
    uint32_t w = v->t->image_w[image], h = v->t->image_h[image];
    if (o->points && w && h)
        ann.mask = bx_rle_from_polygon(o->points, o->npoints, h, w, v->a);
    if (!(ann.box[2] > 0 && ann.box[3] > 0))
        bx_tally_at(&d->flat, v->a, v->at[image].xml, o->line);
    put_corners(v, d, o, v->at[image].xml, &ann, corners);
    bx_columns_add(&d->c, &ann);
}

static void add_annotations(struct voc *v)
{
    bool polygons = false;
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->at[i].file.nobjects; k++)
            polygons = polygons || v->at[i].file.objects[k].points;
    struct adding d = {.c = {.a = v->a, .masks = polygons, .obb = v->o->task == BX_OBB}};
    for (size_t i = 0; i < v->n; i++) {
        for (size_t k = 0; k < v->at[i].file.nobjects; k++)
            add_object(v, &d, i, &v->at[i].file.objects[k]);
        v->t->ann_begin[i + 1] = d.c.n;
    }
    bx_columns_end(&d.c, v->t);
    bx_testset_told(v->t, v->a, BX_SEVERITY_WARNING, &d.flat, "{box has|boxes have} no area", "kept");
    bx_testset_told(v->t, v->a, BX_SEVERITY_NOTE, &d.upright, "{object is an upright box|objects are upright boxes}",
                    "{its|their} corners are taken");
    bx_testset_told(v->t, v->a, BX_SEVERITY_NOTE, &d.turned, "{object is an oriented box|objects are oriented boxes}",
                    "the upright box around {it|them} is taken");
}

/* Sizes that no annotation states are needed before polygons can become masks. */
static bool size_of(struct voc *v, size_t i, struct bx_err *e)
{
    struct bx_map m;
    struct bx_image_info info;
    const char *path = bx_path_join(v->a, v->t->image_root, v->t->image_file[i]);
    if (!bx_map_open(&m, path, e))
        return false;
    bool ok = bx_image_info(path, m.data, m.n, &info, e);
    bx_map_close(&m);
    if (ok) {
        v->t->image_w[i] = info.w;
        v->t->image_h[i] = info.h;
    }
    return ok;
}

bool bx_testset_read_voc(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    static const char *const xml[] = {"xml"};
    struct voc v = {.t = t, .a = a, .o = o};
    t->source = bx_strdup(a, path);
    if (!bx_voc_layout_find(path, o, &v.l, t, a, e) || !bx_dir_list(v.l.annotations, v.l.below, xml, 1, a, &v.xml, &v.nxml, e))
        return false;
    if (!v.nxml)
        return bx_fail(e, BX_DATA, "%s: found no .xml files", v.l.annotations);
    v.picked = BX_NEW(a, size_t, v.nxml);
    if (v.l.list && !pick_listed(&v, e))
        return false;
    for (; !v.l.list && v.npicked < v.nxml; v.npicked++)
        v.picked[v.npicked] = v.npicked;
    const struct bx_voc_file *files = read_files(&v, e);
    if (!files || !bx_voc_images_find(&v.l, o, &v.m, t, a, e) || !pair(&v, files, e) || !collect_classes(&v, e))
        return false;
    put_images(&v);
    for (size_t i = 0; i < t->nimages; i++)
        if (!t->image_w[i] && !size_of(&v, i, e))
            return false;
    add_annotations(&v);
    return true;
}
