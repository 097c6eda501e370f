/* read.c: whose format is this? Then its reader, and a look at the images. */
#include "core/testset/read.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/split.h"
#include "core/testset/columns.h"
#include "core/testset/folders.h"
#include "core/testset/readers.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef bool reader(const char *, const struct bx_testset_options *, struct bx_testset *, struct bx_arena *, struct bx_err *);
typedef enum bx_sure finder(const char **, const struct bx_testset_options *, struct bx_arena *);

static const struct {
    finder *find;
    reader *read;
} formats[BX_NFORMATS] = {
#define X(name, ...) {bx_testset_find_##name, bx_testset_read_##name},
    BX_FORMATS(X)
#undef X
};

/* What other tools write, by its name or by how it begins. */
static const char *whose(const char *dir, const char *name, struct bx_arena *a)
{
    static const struct {
        const char *name, *tool, *begins[2];
    } table[] = {
        {"_annotations.createml.json", "CreateML", {NULL}},
        {"_annotations.csv", "Roboflow's CSV for TensorFlow", {NULL}},
        {"metadata.jsonl", "Hugging Face's image folder", {NULL}},
        {".parquet", "Parquet", {NULL}},
        {".tfrecord", "TFRecord", {NULL}},
        {".json", "labelme", {"\"shapes\"", "\"imagePath\""}},
        {".json", "Supervisely", {"\"classTitle\"", "\"objects\""}},
        {".json", "VGG Image Annotator", {"\"regions\"", "\"filename\""}},
        {".json", "FiftyOne's own labels", {"\"labels\"", "\"classes\""}},
    };
    char head[4096] = "";
    FILE *f = fopen(bx_path_join(a, dir, name), "rb");
    size_t n = f ? fread(head, 1, sizeof head, f) : 0;
    if (f)
        fclose(f);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        bool is = bx_testset_ends_in(name, table[i].name) || !strcasecmp(name, table[i].name);
        for (size_t k = 0; is && k < 2 && table[i].begins[k]; k++)
            is = memmem(head, n, table[i].begins[k], strlen(table[i].begins[k]));
        if (is)
            return table[i].tool;
    }
    return NULL;
}

/* Files of labels that nobody reads, so that who has them knows what to export. What is another split's is not meant. */
static void name_others(const char *path, struct bx_buf *b)
{
    enum { NAMED = 2 };
    static const char *const kinds[] = {"json", "jsonl", "csv", "parquet", "tfrecord"};
    struct bx_arena a = {0};
    char **names;
    size_t n, told = 0;
    if (!bx_dir_list(path, true, kinds, sizeof kinds / sizeof *kinds, &a, &names, &n, NULL))
        n = 0;
    for (size_t i = 0; i < n && told < NAMED; i++) {
        const char *tool = whose(path, names[i], &a);
        if (tool || !bx_testset_ends_in(names[i], ".json") || !bx_coco_split_of(names[i], &a))
            bx_buf_addf(b, "%s'%.80s'%s%s%s", told++ ? ", " : "; not read: ", names[i], tool ? " (" : "", tool ? tool : "",
                        tool ? ")" : "");
    }
    bx_arena_release(&a);
}

/* Nobody knows it: what would they have known it by? */
static bool unknown(const char *path, const struct bx_testset_options *o, struct bx_err *e)
{
    bool folder = bx_path_is_dir(path);
    BX_CLEANUP_BUF struct bx_buf b = {0};
    for (size_t i = 0; i < BX_NFORMATS; i++)
        if (folder)
            bx_buf_addf(&b, "%s%s", i ? ", nor " : "found neither ", bx_formats[i].sign);
        else if (bx_formats[i].extension)
            bx_buf_addf(&b, "%sa %s file (%s)", b.n ? ", " : "expected ", bx_formats[i].extension, bx_formats[i].title);
    if (folder) {
        bx_buf_addf(&b, " (also not in '%s/'), expected a test set", o->split ? o->split : "test");
        name_others(path, &b);
    } else
        bx_buf_adds(&b, " or a folder");
    if (folder)
        return bx_testset_no_split(o, e, "%s: %s", path, bx_buf_str(&b));
    return bx_fail(e, BX_DATA, "%s: %s", path, bx_buf_str(&b));
}

/* The only folder in one that holds nothing else that could be meant, as archives have it; NULL: none. That of a split is the readers'. */
static const char *only_folder(const char *dir, struct bx_arena *a)
{
    size_t n, kept = 0;
    char **names = bx_subfolders(dir, &n, a);
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], "__MACOSX") != 0)
            names[kept++] = names[i];
    return kept == 1 && !bx_split_word(names[0], a) ? bx_path_join(a, dir, names[0]) : NULL;
}

/* *path becomes what the reader wants; *into: the folder below it that was gone down to, as many levels as `deep`, or NULL. */
static reader *choose(const char **path, const struct bx_testset_options *o, int deep, const char **into, struct bx_arena *a,
                      struct bx_err *e)
{
    const char *name = o->format ? o->format : BX_FORMAT_AUTO, *found = *path;
    bool any = !strcmp(name, BX_FORMAT_AUTO);
    enum bx_sure most = BX_SURE_NOT;
    reader *read = NULL;
    if (!any && !bx_format_find(name))
        bx_fail(e, BX_CONFIG, "test set format '%s', expected one of " BX_FORMAT_NAMES, name);
    else if (!bx_path_exists(*path))
        bx_fail(e, BX_DATA, "test set '%s' is not there", *path);
    else {
        for (size_t i = 0; i < BX_NFORMATS; i++) {
            bool named = !strcmp(name, bx_formats[i].name);
            const char *its = *path;
            enum bx_sure sure = any || named ? formats[i].find(&its, o, a) : BX_SURE_NOT;
            if (sure > most || named) { /* who is named has to say what is wrong with the path */
                most = sure;
                read = formats[i].read;
                found = its;
            }
        }
        struct bx_err unsaid = {0};
        const char *below = read || !any || !deep || !bx_path_is_dir(*path) ? NULL : only_folder(*path, a), *its = below;
        if (below && (read = choose(&its, o, deep - 1, into, a, &unsaid))) {
            *into = *into ? *into : below;
            found = its;
        } else if (!read)
            unknown(*path, o, e);
    }
    *path = found;
    return read;
}

static int by_name(const void *x, const void *y, void *arg)
{
    const char *const *names = arg;
    size_t i = *(const size_t *)x, j = *(const size_t *)y;
    int c = strcmp(names[i], names[j]);
    return c ? c : (i > j) - (i < j);
}

/* A board maps classes by name and writes them on pages: each needs one of its own that is fit to print. (Scoring a file alone goes by ids
 * and takes any.) */
static bool names_fit(const struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    size_t *order = BX_NEW(a, size_t, t->nclasses);
    for (size_t i = 0; i < t->nclasses; i++) {
        const char *name = t->class_name[i];
        size_t n = strlen(name);
        order[i] = i;
        if (!n || n > BX_CLASS_NAME_BYTES || !bx_utf8_valid(name, n) || bx_has_control(name, n))
            return bx_fail(e, BX_DATA, "%s: class %lld has %s for a name, expected 1 to %d bytes of UTF-8 without control characters",
                           t->source, (long long)t->class_id[i],
                           !n                        ? "nothing"
                           : n > BX_CLASS_NAME_BYTES ? "too long a text"
                           : !bx_utf8_valid(name, n) ? "bytes that are not UTF-8"
                                                     : "a text with control characters",
                           BX_CLASS_NAME_BYTES);
    }
    qsort_r(order, t->nclasses, sizeof *order, by_name, t->class_name);
    for (size_t i = 1; i < t->nclasses; i++)
        if (!strcmp(t->class_name[order[i]], t->class_name[order[i - 1]]))
            return bx_fail(e, BX_DATA, "%s: classes %lld and %lld are both called '%s', expected a name for each", t->source,
                           (long long)t->class_id[order[i - 1]], (long long)t->class_id[order[i]], t->class_name[order[i]]);
    return true;
}

/* "valid" of "set" and "set/valid/annotations.json": the folder's own name, or the one it was found in. */
static const char *split_of_place(const char *file, struct bx_arena *a)
{
    const char *dir = bx_path_is_dir(file) ? file : bx_path_dir(a, file);
    const char *name = bx_path_base(strcmp(bx_path_base(dir), "annotations") ? dir : bx_path_dir(a, dir));
    static const char *const folders[] = {"test", "val", "valid", "validation", "train"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (!strcasecmp(name, folders[i]))
            return folders[i];
    return NULL;
}

/* Nobody asked for the training split, and it is what there is: what is wrong is the set, not the command line. */
static bool unseen(const struct bx_testset *t, struct bx_err *e)
{
    struct bx_err why = {0};
    bx_split_fit(t->split, false, &why);
    return bx_fail(e, BX_DATA, "%s: %s", t->source, why.text);
}

static bool read_split(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    const bool folder = bx_path_is_dir(path);
    *t = (struct bx_testset){0};
    const char *into = NULL, *asked = path;
    reader *read = choose(&path, o, BX_DEEPEST, &into, a, e);
    if (!read || !read(path, o, t, a, e))
        return false;
    if (!t->nimages)
        return bx_fail(e, BX_DATA, "%s: holds no images", t->source);
    if (into)
        bx_testset_note(t, a, "'%s' is read: the only folder there", into + strlen(asked) + strspn(into + strlen(asked), "/"));
    if (o->split && !folder && bx_testset_ends_in(path, ".json"))
        bx_testset_note(t, a, "the split '%s' was asked for: a file has no splits, and is read whole", o->split);
    if (o->voc_from_zero && read != bx_testset_read_voc)
        bx_testset_note(t, a, "that coordinates count from 0 is said of Pascal VOC alone, and changes nothing here");
    if (!t->split && bx_testset_ends_in(path, ".json"))
        t->split = bx_coco_split_of(path, a);
    if (!t->split)
        t->split = split_of_place(bx_path_absolute(a, path), a);
    if (o->split && folder && t->split && bx_split_kind(t->split) != bx_split_kind(o->split))
        bx_testset_note(t, a, "the split '%s' was asked for: what is there is '%s', and is read", o->split, t->split);
    if (!t->split && o->split) { /* nothing there says of which it is, so that who asks knows */
        t->split = bx_strdup(a, o->split);
        if (folder && !o->images)
            bx_testset_note(t, a, "the split '%s' was asked for: nothing there says what is of it, all is read", o->split);
    }
    if (o->test_only && bx_split_kind(t->split) == BX_SPLIT_TRAIN) /* the only one there is, or the one that was named */
        return unseen(t, e);
    if (o->need_images && !names_fit(t, a, e))
        return false;
    if (t->image_sha || !(o->need_images || o->look_if_there))
        return true;
    return o->need_images ? bx_testset_look(t, o, a, e) : bx_testset_look_if_there(t, o->images != NULL, a, e);
}

/* Without the test split, the validation split; never the training split. */
static bool read_default(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    bool no_split = false;
    struct bx_err other = {0};
    struct bx_testset_options one = *o;
    one.no_split = &no_split;
    /* Not asked for: who finds one part alone may take it, and says so. */
    if (read_split(path, &one, t, a, e))
        return true;
    if (!no_split)
        return false;
    no_split = false;
    one.split = "val";
    if (read_split(path, &one, t, a, &other)) {
        bx_testset_note(t, a, "no test split (%s): %s is read instead", e->text, t->split ? t->split : "val");
        return true;
    }
    if (!no_split)
        *e = other;
    return false;
}

bool bx_testset_read(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    *t = (struct bx_testset){0};
    if (!bx_split_fit(o->split, !o->test_only, e))
        return false;
    if (!(o->split ? read_split(path, o, t, a, e) : read_default(path, o, t, a, e)))
        return false;
    const char *caution = bx_split_caution(bx_split_kind(t->split));
    if (caution) {
        bx_testset_note(t, a, "%s (%s)", caution, t->split);
        t->notes[t->nnotes - 1].severity = BX_SEVERITY_WARNING;
    }
    return true;
}
