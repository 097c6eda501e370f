/* texts.c: see texts.h. */
#include "core/testset/texts.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/image/image.h"
#include "core/testset/folders.h"
#include <math.h>

enum { MAX_TEXT = 256 << 20, ASKED = 20 };

static const char *const txt[] = {"txt"};

struct layout {
    const char *labels, *inside; /* the folder that is read, and its path in the folder of labels ("val") */
    const char *home;            /* what the folder of labels lies in */
    bool own;                    /* it has a name of its own */
};

static char *trim(char *s)
{
    s += strspn(s, " \t\r");
    for (size_t n = strlen(s); n && strchr(" \t\r", s[n - 1]);)
        s[--n] = '\0';
    return s;
}

/* What the first lines of a file say. */
static int ask(const struct bx_texts_kind *k, const char *path)
{
    enum { FIRST = 4096 };
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct bx_map m;
    int answer = 0;
    if (!bx_map_open(&m, path, NULL))
        return 0;
    bx_buf_add(&text, m.data, m.n < FIRST ? m.n : FIRST);
    bool whole = m.n <= FIRST;
    bx_map_close(&m);
    bx_buf_drop_mark(&text);
    char *rest = text.n ? text.p : NULL;
    for (char *line; rest && !answer && (line = strsep(&rest, "\n")) != NULL;) {
        line = trim(line);
        if (*line && (rest || whole))
            answer = k->looks(line);
    }
    return answer;
}

static bool looks_right(const struct bx_texts_kind *k, const char *dir)
{
    struct bx_arena a = {0};
    char **names;
    size_t n = 0;
    int answer = 0;
    if (!bx_dir_list(dir, false, txt, 1, &a, &names, &n, NULL))
        n = 0;
    for (size_t i = 0; i < n && i < ASKED && answer <= 0; i++)
        answer = ask(k, bx_path_join(&a, dir, names[i]));
    bx_arena_release(&a);
    return answer > 0;
}

/* The folder of labels in a folder, or in one of that name in it ("labelTxt-v1.0/labelTxt"); with splits in it, or not. */
static bool labels_in(const struct bx_texts_kind *k, const char *dir, int deep, const struct bx_testset_options *o, struct layout *l,
                      struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf others = {0};
    size_t n, m;
    char **names = bx_subfolders(dir, &n, a);
    for (size_t i = 0; i < n; i++) {
        const char *path = bx_path_join(a, dir, names[i]);
        if (!k->folder(names[i]))
            continue;
        *l = (struct layout){.labels = path, .inside = "", .home = dir, .own = true};
        if (looks_right(k, path) || (deep && labels_in(k, path, deep - 1, o, l, a))) {
            l->home = dir;
            return true;
        }
        char **splits = bx_subfolders(path, &m, a);
        int split = bx_split_choose(splits, m, o, &others);
        if (split >= 0 && looks_right(k, bx_path_join(a, path, splits[split]))) {
            l->labels = bx_path_join(a, path, splits[split]);
            l->inside = splits[split];
            return true;
        }
    }
    return false;
}

static bool look_at(const struct bx_texts_kind *k, const char *dir, const struct bx_testset_options *o, struct layout *l,
                    struct bx_arena *a)
{
    const char *absolute = bx_path_absolute(a, dir);
    if (labels_in(k, dir, 1, o, l, a))
        return true;
    if (!looks_right(k, dir))
        return false;
    *l = (struct layout){.labels = dir, .inside = "", .home = dir, .own = k->folder(bx_path_base(absolute))};
    if (l->own) {
        l->home = bx_path_dir(a, absolute);
        if (k->folder(bx_path_base(l->home)))
            l->home = bx_path_dir(a, l->home);
    }
    return true;
}

enum bx_sure bx_texts_find(const struct bx_texts_kind *k, const char **path, const struct bx_testset_options *o, enum bx_sure own,
                           enum bx_sure plain, struct bx_arena *a)
{
    const char *place;
    struct layout l;
    if (!bx_path_is_dir(*path))
        return BX_SURE_NOT;
    for (int i = 0; (place = bx_testset_place(*path, o, i, a)); i++)
        if (look_at(k, place, o, &l, a)) {
            *path = place;
            return l.own ? own : plain;
        }
    size_t n, m;
    char **names = bx_subfolders(*path, &n, a);
    for (size_t i = 0; i < n; i++) {
        const char *word = bx_split_word(names[i], a); /* "VisDrone2019-DET-val" */
        if (!word || !bx_split_is_wanted(word, o))
            continue;
        place = bx_path_join(a, *path, names[i]);
        char **below = bx_subfolders(place, &m, a);
        if (m == 1 && !strcmp(below[0], names[i])) /* as it is unpacked */
            place = bx_path_join(a, place, below[0]);
        if (look_at(k, place, o, &l, a)) {
            *path = place;
            return l.own ? own : plain;
        }
    }
    return BX_SURE_NOT;
}

struct images {
    const char *root, *scope;
    char **names;
    size_t n;
};

static bool find_images(const struct layout *l, struct bx_texts *x, struct images *m, struct bx_err *e)
{
    const char *dir = x->o->images, *in = l->inside[0] ? bx_printf(x->a, "%s/", l->inside) : "";
    bool below = true;
    if (!dir && bx_holds(l->labels, bx_image_named, 0)) {
        dir = l->labels;
        below = false;
    } else if (!dir)
        dir = bx_folder_named(l->home, bx_image_folders, bx_image_named, x->a);
    m->root = dir ? dir : l->home;
    m->scope = "";
    if (!bx_dir_list(m->root, below, bx_image_extensions, bx_image_nextensions, x->a, &m->names, &m->n, e))
        return false;
    for (size_t i = 0; i < m->n && *in && !m->scope[0]; i++)
        if (!strncmp(m->names[i], in, strlen(in)))
            m->scope = in;
    return m->n || bx_fail(e, BX_DATA, "%s: found no images beside the labels or in '%s/images': name their folder", l->labels, l->home);
}

struct pairing {
    const char *image, *text;
};
static int by_image(const void *a, const void *b)
{
    return strcmp(((const struct pairing *)a)->image, ((const struct pairing *)b)->image); /* each is there once */
}

/* Whose labels a text file has. */
static bool pair(const struct bx_texts_kind *kind, const struct layout *l, struct bx_texts *x, const struct images *m, struct pairing *at,
                 size_t *count, struct bx_err *e)
{
    struct bx_stems stems;
    struct bx_tally lost = {0};
    size_t n, i = 0, other = 0;
    char **names, **text = BX_NEW(x->a, char *, m->n);
    if (!bx_dir_list(l->labels, l->own, txt, 1, x->a, &names, &n, e))
        return false;
    bx_stems_make(&stems, m->names, m->n, m->scope, x->a);
    for (size_t k = 0; k < n; k++) {
        const char *stem = bx_strndup(x->a, names[k], strlen(names[k]) - 4);
        enum bx_match how = bx_stems_find(&stems, stem, NULL, &i, &other);
        if (how == BX_MATCH_NONE) {
            if (ask(kind, bx_path_join(x->a, l->labels, names[k])) >= 0) /* no README.txt */
                bx_tally_at(&lost, x->a, names[k], 0);
        } else if (how == BX_MATCH_SEVERAL)
            return bx_fail(e, BX_DATA, "%s/%s: both '%s' and '%s' could be its image", l->labels, names[k], m->names[i], m->names[other]);
        else if (text[i])
            return bx_fail(e, BX_DATA, "%s: '%s' and '%s' both annotate '%s'", l->labels, text[i], names[k], m->names[i]);
        else
            text[i] = names[k];
    }
    if (x->o->faulty)
        bx_testset_told(x->t, x->a, BX_SEVERITY_ERROR, &lost, "label {file has|files have} no image",
                        "left out here; a board refuses {it|them}");
    else if (lost.n)
        return bx_fail(e, BX_DATA, "%s/%s: no image '%.*s.*' in '%s'%s", l->labels, lost.first, (int)(strlen(lost.first) - 4), lost.first,
                       m->root, lost.n > 1 ? bx_printf(x->a, " (the first of %zu label files without image)", lost.n) : "");
    *count = 0;
    for (size_t k = 0; k < m->n; k++)
        if (!strncmp(m->names[k], m->scope, strlen(m->scope)))
            at[(*count)++] = (struct pairing){m->names[k], text[k]};
    qsort(at, *count, sizeof *at, by_image);
    return true;
}

static bool read_file(const struct bx_texts_kind *k, struct bx_texts *x, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_file_read(x->path, MAX_TEXT, &text, e))
        return false;
    x->line = 0;
    if (text.n && memchr(text.p, 0, text.n)) {
        bx_faults_add(&x->faults, x->a, x->path, "%s: found a NUL byte, expected text", x->path);
        return true;
    }
    bx_buf_drop_mark(&text);
    char *rest = text.n ? text.p : NULL;
    size_t faults = x->faults.n;
    for (char *line; rest && (line = strsep(&rest, "\n")) != NULL && x->faults.n < faults + BX_FAULTS_SHOWN / 2;) {
        x->line++;
        line = trim(line);
        if (*line)
            k->read(x, line);
    }
    return true;
}

bool bx_texts_read(const struct bx_texts_kind *k, const char *path, struct bx_texts *x, struct bx_err *e)
{
    struct layout l;
    struct images m;
    struct bx_tally empty = {0};
    struct bx_testset *t = x->t;
    size_t n = 0, nfiles = 0;
    t->source = bx_strdup(x->a, path);
    if (!look_at(k, path, x->o, &l, x->a))
        return bx_fail(e, BX_DATA, "%s: found no %s labels", path, k->title);
    t->split = bx_split_word(l.inside[0] ? l.inside : bx_path_base(bx_path_absolute(x->a, path)), x->a);
    if (!find_images(&l, x, &m, e))
        return false;
    struct pairing *at = BX_NEW(x->a, struct pairing, m.n);
    if (!pair(k, &l, x, &m, at, &n, e))
        return false;
    char **names = BX_NEW(x->a, char *, n);
    for (size_t i = 0; i < n; i++)
        names[i] = bx_strdup(x->a, at[i].image);
    bx_testset_images(t, m.root, names, n, x->a);
    t->image_label = BX_NEW(x->a, const char *, n);
    for (size_t i = 0; i < n; i++) {
        if (at[i].text) {
            nfiles++;
            x->file = t->image_label[i] = at[i].text;
            x->path = bx_path_join(x->a, l.labels, at[i].text);
            if (!read_file(k, x, e))
                return false;
        } else
            bx_tally_at(&empty, x->a, at[i].image, 0);
        t->ann_begin[i + 1] = x->c.n;
    }
    if (!bx_faults_end(&x->faults, nfiles, x->o, t, x->a, e))
        return false;
    bx_testset_told(t, x->a, BX_SEVERITY_NOTE, &empty, "{image has|images have} no label file", "nothing is in {it|them}");
    bx_testset_told(t, x->a, BX_SEVERITY_WARNING, &x->flat, "{box has|boxes have} no area", "kept");
    return true;
}

void bx_texts_end(struct bx_texts *x)
{
    bx_columns_free(&x->c);
}

size_t bx_texts_words(char *line, const char *separators, char **words, size_t most)
{
    size_t n = 0;
    for (char *save = NULL, *word = strtok_r(line, separators, &save); word; word = strtok_r(NULL, separators, &save), n++)
        if (n < most)
            words[n] = word;
    return n;
}

void bx_texts_fault(struct bx_texts *x, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    bx_faults_add(&x->faults, x->a, x->path, "%s:%zu: %s", x->path, x->line, text);
}

bool bx_texts_number(struct bx_texts *x, const char *word, const char *what, double *out)
{
    const char *end = word + strlen(word), *after = word;
    if (bx_number_parse(word, end, out, &after) && after == end && fabs(*out) <= BX_FAR)
        return true;
    bx_texts_fault(x, "found '%.40s' as %s, expected a number", word, what);
    return false;
}

void bx_texts_add(struct bx_texts *x, struct bx_annotation *ann)
{
    ann->line = (uint32_t)x->line;
    if (!(ann->box[2] > 0 && ann->box[3] > 0))
        bx_tally_at(&x->flat, x->a, x->file, x->line);
    bx_columns_add(&x->c, ann);
}
