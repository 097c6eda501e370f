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
#include <string.h>

/* What was read otherwise than it stands there. */
static void tell_oddities(struct bx_voc *v, const struct bx_voc_file *files)
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

static struct bx_voc_file *read_files(struct bx_voc *v, struct bx_err *e)
{
    struct bx_voc_file *files = BX_NEW(v->a, struct bx_voc_file, v->npicked);
    struct bx_faults faults = {0};
    for (size_t i = 0; i < v->npicked; i++)
        if (!bx_voc_read(bx_path_join(v->a, v->l.annotations, v->xml[v->picked[i]]), &files[i], &faults, v->a, e))
            return NULL;
    if (!bx_faults_end(&faults, v->npicked, v->o, v->t, v->a, e))
        return NULL;
    tell_oddities(v, files);
    return files;
}

static void put_images(struct bx_voc *v)
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
static bool collect_classes(struct bx_voc *v, struct bx_err *e)
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
static void put_corners(struct bx_voc *v, struct adding *d, const struct bx_voc_object *o, const char *place, struct bx_annotation *ann,
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

static void add_object(struct bx_voc *v, struct adding *d, size_t image, const struct bx_voc_object *o)
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

static void add_annotations(struct bx_voc *v)
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
static bool size_of(struct bx_voc *v, size_t i, struct bx_err *e)
{
    struct bx_map m;
    struct bx_image_info info;
    const char *path = bx_path_join(v->a, v->t->image_root, v->t->image_file[i]);
    if (!bx_map_open(&m, path, e))
        return v->o->faulty; /* told by who looks at all of them */
    bool ok = bx_image_info(path, m.data, m.n, &info, e);
    bx_map_close(&m);
    if (ok) {
        v->t->image_w[i] = info.w;
        v->t->image_h[i] = info.h;
    }
    return ok || v->o->faulty;
}

bool bx_testset_read_voc(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    static const char *const xml[] = {"xml"};
    struct bx_voc v = {.t = t, .a = a, .o = o};
    t->source = bx_strdup(a, path);
    if (!bx_voc_layout_find(path, o, &v.l, t, a, e) || !bx_dir_list(v.l.annotations, v.l.below, xml, 1, a, &v.xml, &v.nxml, e))
        return false;
    if (!v.nxml)
        return bx_fail(e, BX_DATA, "%s: found no .xml files", v.l.annotations);
    v.picked = BX_NEW(a, size_t, v.nxml);
    if (v.l.list && !bx_voc_pick_listed(&v, e))
        return false;
    for (; !v.l.list && v.npicked < v.nxml; v.npicked++)
        v.picked[v.npicked] = v.npicked;
    const struct bx_voc_file *files = read_files(&v, e);
    if (!files || !bx_voc_images_find(&v.l, o, &v.m, t, a, e) || !bx_voc_pair(&v, files, e) || !collect_classes(&v, e))
        return false;
    put_images(&v);
    for (size_t i = 0; i < t->nimages; i++)
        if (!t->image_w[i] && !size_of(&v, i, e))
            return false;
    add_annotations(&v);
    return true;
}
