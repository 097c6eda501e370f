/*
 * voc.c: a folder of Pascal VOC files. An annotation belongs to the image of the same name, whatever its extension; its
 * <filename> counts only when there is none. The devkit's corners count from 1 and are inclusive: pixel columns 1 to 10 are the box x 0,
 * w 10.
 */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/image/image.h"
#include "core/testset/columns.h"
#include "core/testset/readers.h"
#include "core/testset/voc_xml.h"
#include <strings.h>

struct voc {
    struct bx_testset *t;
    struct bx_arena *a;
    const struct bx_testset_options *o;
    const char *annotations; /* the folder of the .xml files */
    size_t n;
    char **xml; /* their names, in order of their images */
    struct bx_voc_file *files;
    bool split; /* a list says which files: other images are other splits' */
};

static bool holds_xml(const char *dir, struct bx_arena *a)
{
    static const char *const xml[] = {"xml"};
    char **names;
    size_t n;
    return bx_path_is_dir(dir) && bx_dir_list(dir, false, xml, 1, a, &names, &n, NULL) && n > 0;
}

enum bx_sure bx_testset_find_voc(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    static const enum bx_sure sure[] = {BX_SURE_VOC, BX_SURE_VOC_SPLIT, BX_SURE_VOC_OTHER_SPLIT};
    const char *place;
    if (bx_path_is_dir(bx_path_join(a, *path, "Annotations")))
        return BX_SURE_VOC;
    for (int i = 0; (place = bx_testset_place(*path, o, i, a)); i++)
        if (holds_xml(place, a)) {
            *path = place;
            return sure[i];
        }
    return BX_SURE_NOT;
}

/* The images' file names without extension, sorted, to look one up. */
struct stem {
    const char *stem, *file;
};
struct stems {
    struct stem *at;
    size_t n;
    const char *dir;
};

static int by_stem(const void *a, const void *b)
{
    const struct stem *x = a, *y = b;
    int c = strcmp(x->stem, y->stem);
    return c ? c : strcmp(x->file, y->file);
}

static bool list_images(struct voc *v, const char *dir, struct stems *s, struct bx_err *e)
{
    char **names;
    if (!bx_dir_list(dir, false, bx_image_extensions, bx_image_nextensions, v->a, &names, &s->n, e))
        return false;
    s->dir = dir;
    s->at = BX_NEW(v->a, struct stem, s->n);
    for (size_t i = 0; i < s->n; i++)
        s->at[i] = (struct stem){bx_path_stem(v->a, names[i]), names[i]};
    qsort(s->at, s->n, sizeof *s->at, by_stem);
    return true;
}

/* Where the images may be: as told, beside the annotations, or in the devkit's or Roboflow's place beside the folder. */
static bool find_images(struct voc *v, struct stems *s, struct bx_err *e)
{
    if (v->o->images)
        return list_images(v, v->o->images, s, e);
    static const char *const places[] = {".", "../JPEGImages", "../images", "images"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *dir = i ? bx_path_absolute(v->a, bx_path_join(v->a, v->annotations, places[i])) : v->annotations;
        if (!bx_path_is_dir(dir))
            continue;
        if (!list_images(v, dir, s, e))
            return false;
        if (s->n)
            return true;
    }
    return bx_fail(e, BX_DATA, "%s: found no images beside the annotations, in '../JPEGImages' or in '../images': name their folder",
                   v->annotations);
}

static const char *image_of(struct voc *v, const struct stems *s, size_t i, struct bx_err *e)
{
    const char *stem = bx_path_stem(v->a, v->xml[i]);
    struct stem key = {stem, ""};
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (by_stem(&s->at[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo < s->n && !strcmp(s->at[lo].stem, stem)) {
        if (lo + 1 == s->n || strcmp(s->at[lo + 1].stem, stem) != 0)
            return s->at[lo].file;
        /* Two images of one stem: the element decides. */
        for (size_t k = lo; k < s->n && !strcmp(s->at[k].stem, stem); k++)
            if (v->files[i].filename && !strcmp(s->at[k].file, v->files[i].filename))
                return s->at[k].file;
        bx_fail(e, BX_DATA, "%s/%s: both '%s' and '%s' could be its image", v->annotations, v->xml[i], s->at[lo].file, s->at[lo + 1].file);
        return NULL;
    }
    for (size_t k = 0; v->files[i].filename && k < s->n; k++)
        if (!strcmp(s->at[k].file, v->files[i].filename))
            return s->at[k].file;
    bx_fail(e, BX_DATA, "%s/%s: no image '%s.*'%s%s%s in '%s'", v->annotations, v->xml[i], stem, v->files[i].filename ? " and no '" : "",
            v->files[i].filename ? v->files[i].filename : "", v->files[i].filename ? "'" : "", s->dir);
    return NULL;
}

struct pairing {
    const char *image;
    char *xml;
    struct bx_voc_file file;
};
static int by_image(const void *a, const void *b)
{
    const struct pairing *x = a, *y = b;
    int c = strcmp(x->image, y->image);
    return c ? c : strcmp(x->xml, y->xml);
}

static bool pair(struct voc *v, struct bx_err *e)
{
    struct stems s;
    struct bx_testset *t = v->t;
    if (!find_images(v, &s, e))
        return false;
    struct pairing *at = BX_NEW(v->a, struct pairing, v->n);
    for (size_t i = 0; i < v->n; i++) {
        const char *image = image_of(v, &s, i, e);
        if (!image)
            return false;
        at[i] = (struct pairing){image, v->xml[i], v->files[i]};
    }
    qsort(at, v->n, sizeof *at, by_image);
    char **names = BX_NEW(v->a, char *, v->n);
    for (size_t i = 0; i < v->n; i++) {
        if (i && !strcmp(at[i].image, at[i - 1].image))
            return bx_fail(e, BX_DATA, "%s: '%s' and '%s' both annotate '%s'", v->annotations, at[i - 1].xml, at[i].xml, at[i].image);
        names[i] = bx_strdup(v->a, at[i].image);
        v->xml[i] = at[i].xml;
        v->files[i] = at[i].file;
    }
    bx_testset_images(t, s.dir, names, v->n, v->a);
    struct bx_tally sizeless = {0};
    for (size_t i = 0; i < v->n; i++) {
        t->image_w[i] = v->files[i].w;
        t->image_h[i] = v->files[i].h;
        if (!v->files[i].w || !v->files[i].h) {
            t->image_w[i] = t->image_h[i] = 0;
            bx_tally_add(&sizeless, "%s", v->xml[i]);
        }
    }
    if (sizeless.n)
        bx_testset_note(t, v->a, "%zu annotation files state no size (first: %s): the image's is taken", sizeless.n, sizeless.first);
    if (s.n > v->n && !v->split)
        bx_testset_note(t, v->a, "%zu of the %zu images have no annotation file: left out", s.n - v->n, s.n);
    return true;
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
        all += v->files[i].nobjects;
    const char **names = BX_NEW(v->a, const char *, all);
    size_t n = 0;
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->files[i].nobjects; k++)
            names[n++] = v->files[i].objects[k].name;
    qsort(names, n, sizeof *names, by_bytes);
    for (size_t i = 0; i < n; i++)
        if (!i || strcmp(names[i], names[i - 1]) != 0)
            names[t->nclasses++] = names[i];
    if (!t->nclasses)
        return bx_fail(e, BX_DATA, "%s: no object in any of %zu annotation files, so there are no classes", v->annotations, v->n);
    t->class_name = names;
    t->class_id = BX_NEW(v->a, int64_t, t->nclasses);
    for (size_t i = 0; i < t->nclasses; i++)
        t->class_id[i] = (int64_t)i;
    return true;
}

static void add_object(struct voc *v, struct bx_columns *c, size_t image, const struct bx_voc_object *o)
{
    int offset = v->o->voc_from_zero ? 0 : 1;
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
        bx_points_box(o->points, o->npoints, ann.box);
    ann.area = o->points ? bx_points_area(o->points, o->npoints) : ann.box[2] * ann.box[3];
    uint32_t w = v->t->image_w[image], h = v->t->image_h[image];
    if (o->points && w && h)
        ann.mask = bx_rle_from_polygon(o->points, o->npoints, h, w, v->a);
    bx_columns_add(c, &ann);
}

static void add_annotations(struct voc *v)
{
    bool polygons = false;
    for (size_t i = 0; i < v->n; i++)
        for (size_t k = 0; k < v->files[i].nobjects; k++)
            polygons = polygons || v->files[i].objects[k].points;
    struct bx_columns c = {.a = v->a, .masks = polygons};
    v->t->image_label = BX_NEW(v->a, const char *, v->n);
    for (size_t i = 0; i < v->n; i++) {
        v->t->image_label[i] = v->xml[i];
        for (size_t k = 0; k < v->files[i].nobjects; k++)
            add_object(v, &c, i, &v->files[i].objects[k]);
        v->t->ann_begin[i + 1] = c.n;
    }
    bx_columns_end(&c, v->t);
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

/* The devkit's ImageSets/Main/<split>.txt, where there is one: only the files it names. */
static bool keep_split(struct voc *v, const char *devkit, struct bx_err *e)
{
    const char *split = v->o->split ? v->o->split : "test";
    const char *list = bx_path_join(v->a, devkit, bx_printf(v->a, "ImageSets/Main/%s.txt", split));
    if (!bx_path_exists(list))
        return true;
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_file_read(list, 256 << 20, &text, e))
        return false;
    size_t n = 0, line = 0, all = v->n;
    char **kept = BX_NEW(v->a, char *, all);
    char *rest = text.p;
    for (char *s; rest && (s = strsep(&rest, "\n")) != NULL;) {
        line++;
        s[strcspn(s, " \t\r")] = '\0';
        if (!*s)
            continue;
        char *name = bx_printf(v->a, "%s.xml", s);
        char **at = bsearch(&name, v->xml, all, sizeof *v->xml, by_bytes);
        if (!at)
            return bx_fail(e, BX_DATA, "%s:%zu: '%s' has no annotation file in '%s'", list, line, s, v->annotations);
        if (n == all)
            return bx_fail(e, BX_DATA, "%s:%zu: names more files than there are", list, line);
        kept[n++] = *at;
    }
    v->xml = kept;
    v->n = n;
    v->split = true;
    return true;
}

bool bx_testset_read_voc(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    static const char *const xml[] = {"xml"};
    struct voc v = {.t = t, .a = a, .o = o, .annotations = path};
    const char *devkit = bx_path_join(a, path, "Annotations");
    bool is_devkit = bx_path_is_dir(devkit);
    if (is_devkit)
        v.annotations = devkit;
    t->source = bx_strdup(a, path);
    if (!bx_dir_list(v.annotations, false, xml, 1, a, &v.xml, &v.n, e) || (is_devkit && !keep_split(&v, path, e)))
        return false;
    if (!v.n)
        return bx_fail(e, BX_DATA, "%s: found no .xml files", v.annotations);
    v.files = BX_NEW(a, struct bx_voc_file, v.n);
    for (size_t i = 0; i < v.n; i++)
        if (!bx_voc_read(bx_path_join(a, v.annotations, v.xml[i]), &v.files[i], a, e))
            return false;
    if (!pair(&v, e) || !collect_classes(&v, e))
        return false;
    for (size_t i = 0; i < t->nimages; i++)
        if (!t->image_w[i] && !size_of(&v, i, e))
            return false;
    add_annotations(&v);
    return true;
}
