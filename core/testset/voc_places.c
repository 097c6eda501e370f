/* voc_places.c: where the annotations, the lists and the images of a Pascal VOC set lie, in the forms that people keep them in. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/image/image.h"
#include "core/testset/columns.h"
#include "core/testset/voc.h"
#include <strings.h>

/* In the order in which they are preferred. */
static const char *const annotation_folders[] = {"Annotations", "Annotation", "xmls", "xml", "labels", "label", NULL};
static const char *const list_folders[] = {"ImageSets", "ImageSet", NULL};

static bool ends_in_xml(const char *name)
{
    return bx_testset_ends_in(name, ".xml");
}

static void note_only(struct bx_testset *t, const char *what, const char *name, struct bx_arena *a)
{
    bx_testset_note(t, a, "its %s lie in '%s/', and there is no folder of another split: they are taken", what, name);
}

/* Goes down to what has .xml files: through folders that have nothing else, and into the split's. */
static bool find_inside(struct bx_voc_layout *l, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a,
                        struct bx_err *e)
{
    l->annotations = l->all;
    l->inside = "";
    l->below = true;
    for (int deep = 0; deep <= BX_DEEPEST && !bx_holds(l->annotations, ends_in_xml, 0); deep++) {
        BX_CLEANUP_BUF struct bx_buf others = {0};
        size_t n, kept = 0;
        char **names = bx_subfolders(l->annotations, &n, a);
        for (size_t i = 0; i < n; i++)
            if (bx_holds(bx_path_join(a, l->annotations, names[i]), ends_in_xml, BX_DEEPEST))
                names[kept++] = names[i];
        int split = bx_split_choose(names, kept, o, &others);
        if (split == -2)
            return bx_testset_no_split(o, e, "%s: found no folder of the split '%s', there are %s", l->annotations, bx_split_wanted(o),
                                       bx_buf_str(&others));
        if (split < 0 && kept != 1)
            break;
        const char *name = names[split < 0 ? 0 : split];
        if (split >= 0 && !bx_split_is_wanted(name, o))
            note_only(t, "annotations", name, a);
        if (split >= 0)
            t->split = bx_split_word(name, a);
        l->annotations = bx_path_join(a, l->annotations, name);
        l->inside = l->inside[0] ? bx_path_join(a, l->inside, name) : name;
    }
    return true;
}

/* Whether a folder is that of a devkit, or the like; otherwise whether .xml files are in it. Lists and splits are not looked at. */
static bool look_at(const char *dir, struct bx_voc_layout *l, struct bx_arena *a)
{
    const char *absolute = bx_path_absolute(a, dir), *parent = bx_path_dir(a, absolute);
    const char *all = bx_folder_named(dir, annotation_folders, ends_in_xml, a);
    if (!all && !bx_holds(dir, ends_in_xml, 0))
        return false;
    *l = (struct bx_voc_layout){.home = dir, .all = all ? all : dir, .annotations = all ? all : dir, .inside = "", .devkit = all};
    if (bx_holds(dir, bx_image_named, 0))
        return true;
    /* The folder of annotations itself was named, or a split's in it. */
    if (bx_one_of(bx_path_base(absolute), annotation_folders))
        l->home = parent;
    else if (!all && bx_one_of(bx_path_base(parent), annotation_folders)) {
        l->home = bx_path_dir(a, parent);
        l->inside = bx_path_base(absolute);
    }
    return true;
}

/* Devkits in subfolders: VOCdevkit/VOC2007. */
struct nested {
    const char *found[8];
    size_t n;
};
static void look_below(const char *dir, int deep, struct nested *s, struct bx_arena *a)
{
    size_t n;
    char **names = bx_subfolders(dir, &n, a);
    for (size_t i = 0; i < n && s->n < sizeof s->found / sizeof *s->found; i++) {
        const char *path = bx_path_join(a, dir, names[i]);
        if (bx_one_of(names[i], bx_image_folders))
            continue;
        if (bx_folder_named(path, annotation_folders, ends_in_xml, a))
            s->found[s->n++] = path;
        else if (deep)
            look_below(path, deep - 1, s, a);
    }
}

/* Annotations beside their images in subfolders that are no splits: day1/, day2/. */
static bool scattered(const char *dir, struct bx_arena *a)
{
    size_t n;
    char **names = bx_subfolders(dir, &n, a);
    for (size_t i = 0; i < n; i++)
        if (bx_split_of(names[i]) >= 0)
            return false;
    return n && bx_holds(dir, ends_in_xml, BX_DEEPEST);
}

static const char *images_split(const char *dir, const struct bx_testset_options *o, struct bx_arena *a)
{
    size_t n;
    const char *images = bx_folder_named(dir, bx_image_folders, ends_in_xml, a);
    char **names = images ? bx_subfolders(images, &n, a) : NULL;
    for (size_t i = 0; images && i < n; i++)
        if (bx_split_is_wanted(names[i], o) && bx_holds(bx_path_join(a, images, names[i]), ends_in_xml, 0))
            return bx_path_join(a, images, names[i]);
    return images && bx_holds(images, ends_in_xml, 0) ? images : NULL;
}

enum bx_sure bx_testset_find_voc(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    static const enum bx_sure sure[] = {BX_SURE_VOC, BX_SURE_VOC_SPLIT, BX_SURE_VOC_OTHER_SPLIT};
    const char *place;
    struct bx_voc_layout l;
    struct nested s = {0};
    if (!bx_path_is_dir(*path))
        return BX_SURE_NOT;
    for (int i = 0; (place = bx_testset_place(*path, o, i, a)); i++)
        if (look_at(place, &l, a)) {
            *path = place;
            return sure[i];
        }
    if ((place = images_split(*path, o, a)) != NULL) {
        *path = place;
        return BX_SURE_VOC_BELOW;
    }
    look_below(*path, 2, &s, a);
    if (s.n == 1)
        *path = s.found[0];
    return s.n || scattered(*path, a) ? BX_SURE_VOC_BELOW : BX_SURE_NOT;
}

static bool is_text(const char *name)
{
    return bx_testset_ends_in(name, ".txt");
}

/* "aeroplane_test": the images of a class, not of a split. */
static bool is_class_list(const char *stem)
{
    const char *last = strrchr(stem, '_');
    return last && bx_split_of(last + 1) >= 0;
}

/* "val" of ".../val_list.txt". */
static const char *stem_of_list(const char *path, struct bx_arena *a)
{
    const char *stem = bx_path_stem(a, path), *list = strstr(stem, "_list");
    return list && !list[5] ? bx_strndup(a, stem, (size_t)(list - stem)) : stem;
}

/* The list of the wanted split in a folder, or NULL; what others there are is added to `others`, the only one that is no split's to *only.
 */
static const char *list_in(const char *dir, const char *shown, bool splits_only, const struct bx_testset_options *o, struct bx_buf *others,
                           size_t *n_others, const char **only, struct bx_arena *a)
{
    static const char *const txt[] = {"txt"};
    char **names;
    size_t n;
    if (!bx_dir_list(dir, false, txt, 1, a, &names, &n, NULL))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const char *stem = splits_only ? stem_of_list(names[i], a) : bx_path_stem(a, names[i]);
        if (bx_split_is_wanted(stem, o))
            return bx_path_join(a, dir, names[i]);
        if (splits_only ? bx_split_of(stem) < 0 : is_class_list(stem))
            continue;
        if (++*n_others <= 12)
            bx_buf_addf(others, "%s'%s%s'", others->n ? ", " : "", shown, names[i]);
        *only = bx_split_of(stem) < 0 ? bx_path_join(a, dir, names[i]) : NULL;
    }
    return NULL;
}

/* The list of the split: in ImageSets/Main, in ImageSets itself, in another of its folders (Layout, Segmentation); or, as PaddleDetection
 * has it, beside the folders. Where there are lists and not this one, what is asked for is not there. */
static bool find_list(struct bx_voc_layout *l, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a,
                      struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf others = {0};
    size_t n = 0, n_others = 0;
    const char *sets = bx_folder_named(l->home, list_folders, NULL, a), *only = NULL;
    char **names = sets ? bx_subfolders(sets, &n, a) : NULL;
    for (int turn = 0; sets && turn < 3 && !l->list; turn++) {
        if (turn == 1) {
            l->list = list_in(sets, "", false, o, &others, &n_others, &only, a);
            continue;
        }
        for (size_t i = 0; i < n && !l->list; i++)
            if (!strcasecmp(names[i], "Main") == (turn == 0))
                l->list = list_in(bx_path_join(a, sets, names[i]), turn ? bx_printf(a, "%s/", names[i]) : "", false, o, &others, &n_others,
                                  &only, a);
        if (l->list && turn == 2)
            bx_testset_note(t, a, "the images are those of '%s/%s/%s': there is no such list in Main", bx_path_base(sets),
                            bx_path_base(bx_path_dir(a, l->list)), bx_path_base(l->list));
    }
    if (!l->list && !n_others && l->devkit && bx_holds(l->home, is_text, 0))
        l->list = list_in(l->home, "", true, o, &others, &n_others, &only, a);
    if (!l->list && n_others == 1 && only) {
        bx_testset_note(t, a, "the images are those of the only list, '%s'", bx_path_base(only));
        l->list = only;
    }
    if (l->list && bx_split_of(stem_of_list(l->list, a)) >= 0)
        t->split = bx_split_word(bx_path_base(l->list), a);
    if (l->list || !n_others)
        return true;
    return bx_testset_no_split(o, e, "%s: found no list of the split '%s', there are %s%s", sets ? sets : l->home, bx_split_wanted(o),
                               bx_buf_str(&others), n_others > 12 ? ", …" : "");
}

bool bx_voc_layout_find(const char *dir, const struct bx_testset_options *o, struct bx_voc_layout *l, struct bx_testset *t,
                        struct bx_arena *a, struct bx_err *e)
{
    struct nested s = {0};
    if (!look_at(dir, l, a)) {
        look_below(dir, 2, &s, a);
        BX_CLEANUP_BUF struct bx_buf b = {0};
        size_t splits = 0;
        for (size_t i = 0; i < s.n; i++)
            bx_buf_addf(&b, "%s'%s'", i ? ", " : "", s.found[i]);
        for (size_t i = 0; i < s.n; i++)
            splits += bx_split_of(bx_path_base(s.found[i])) >= 0;
        if (s.n > 1 && splits == s.n)
            return bx_testset_no_split(o, e, "%s: found no folder of the split '%s', there are %s", dir, bx_split_wanted(o),
                                       bx_buf_str(&b));
        if (s.n > 1)
            return bx_fail(e, BX_DATA, "%s: holds several sets, name one of them: %s", dir, bx_buf_str(&b));
        if (s.n)
            look_at(s.found[0], l, a);
        else if (scattered(dir, a))
            *l = (struct bx_voc_layout){.home = dir, .all = dir, .annotations = dir, .inside = "", .below = true};
        else
            return bx_fail(e, BX_DATA, "%s: found no .xml files", dir);
    }
    return (!l->devkit || find_inside(l, o, t, a, e)) && find_list(l, o, t, a, e);
}

/* Of images that lie in folders of splits only one split's are meant. */
static bool narrow(const struct bx_voc_layout *l, const struct bx_testset_options *o, struct bx_voc_images *m, struct bx_testset *t,
                   struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf others = {0};
    const char *inside = l->inside[0] ? bx_printf(a, "%s/", l->inside) : "";
    char **folders = BX_NEW(a, char *, m->n);
    size_t n = 0;
    m->scope = "";
    for (size_t i = 0; i < m->n; i++) {
        const char *slash = strchr(m->names[i], '/');
        if (l->inside[0] && !strncmp(m->names[i], inside, strlen(inside))) {
            m->scope = inside;
            return true;
        }
        /* Sorted, so that those of a folder stand together. */
        if (slash &&
            (!n || strncmp(folders[n - 1], m->names[i], (size_t)(slash - m->names[i])) != 0 || folders[n - 1][slash - m->names[i]] != '\0'))
            folders[n++] = bx_strndup(a, m->names[i], (size_t)(slash - m->names[i]));
    }
    if (l->list || (l->inside[0] && !m->sought))
        return true;
    int split = bx_split_choose(folders, n, o, &others);
    if (split == -2)
        return bx_testset_no_split(o, e, "%s: found no images of the split '%s', there are %s", m->root, bx_split_wanted(o),
                                   bx_buf_str(&others));
    if (split < 0)
        return true;
    if (!bx_split_is_wanted(folders[split], o))
        note_only(t, "images", folders[split], a);
    if (!t->split)
        t->split = bx_split_word(folders[split], a);
    m->scope = bx_printf(a, "%s/", folders[split]);
    return true;
}

static bool list(struct bx_voc_images *m, const char *root, bool below, struct bx_arena *a, struct bx_err *e)
{
    m->root = root;
    return bx_dir_list(root, below, bx_image_extensions, bx_image_nextensions, a, &m->names, &m->n, e);
}

bool bx_voc_images_find(const struct bx_voc_layout *l, const struct bx_testset_options *o, struct bx_voc_images *m, struct bx_testset *t,
                        struct bx_arena *a, struct bx_err *e)
{
    *m = (struct bx_voc_images){.scope = ""};
    if (o->images)
        return list(m, o->images, true, a, e) && narrow(l, o, m, t, a, e);
    if (!l->devkit && bx_holds(l->annotations, bx_image_named, l->below ? BX_DEEPEST : 0))
        return list(m, l->annotations, l->below, a, e);
    const char *homes[] = {l->home, l->devkit ? NULL : bx_path_dir(a, bx_path_absolute(a, l->all))};
    for (size_t i = 0; i < 2 && homes[i]; i++) {
        const char *dir = bx_folder_named(homes[i], bx_image_folders, bx_image_named, a);
        if (dir)
            return list(m, dir, true, a, e) && narrow(l, o, m, t, a, e);
    }
    if (!l->devkit && !strcmp(l->home, l->all))
        return bx_fail(e, BX_DATA, "%s: found no images beside the annotations, in '../JPEGImages' or in '../images': name their folder",
                       l->annotations);
    m->sought = true;
    return list(m, l->home, true, a, e) && narrow(l, o, m, t, a, e);
}
