/* voc_pairs.c: which annotations are the split's, and which image each is of. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/image/image.h"
#include "core/testset/voc.h"
#include <string.h>
#include <strings.h>

/* The name in a line of a list: all of it, or up to white space (a class's list has a second column, others name the image and then its
 * annotations); without the extension. */
static const char *listed_name(struct bx_voc *v, const struct bx_stems *x, char *line, size_t *at, size_t *other, enum bx_match *how)
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

bool bx_voc_pick_listed(struct bx_voc *v, struct bx_err *e)
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

static void add_pairing(struct bx_voc *v, size_t image, const char *xml, const struct bx_voc_file *file)
{
    v->taken[image] = true;
    v->at[v->n++] = (struct bx_voc_pairing){v->m.names[image], xml, file ? *file : (struct bx_voc_file){0}};
}

/* The image of an annotation file, by its name, then by its <filename>, whatever folder and extension that has. */
static enum bx_match image_of(struct bx_voc *v, const struct bx_stems *x, const char *xml, const struct bx_voc_file *f, size_t *at,
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
static bool *folders_in_use(struct bx_voc *v)
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
static bool add_empty(struct bx_voc *v, const struct bx_stems *x, struct bx_err *e)
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
    const struct bx_voc_pairing *x = a, *y = b;
    int c = strcmp(x->image, y->image);
    return c || !x->xml || !y->xml ? c : strcmp(x->xml, y->xml);
}

bool bx_voc_pair(struct bx_voc *v, const struct bx_voc_file *files, struct bx_err *e)
{
    struct bx_stems in, all;
    struct bx_tally lost = {0};
    struct bx_err first = {0};
    size_t at = 0, other = 0;
    bx_stems_make(&in, v->m.names, v->m.n, v->m.scope, v->a);
    bx_stems_make(&all, v->m.names, v->m.n, "", v->a);
    v->taken = BX_NEW(v->a, bool, v->m.n);
    v->at = BX_NEW(v->a, struct bx_voc_pairing, v->m.n + v->npicked);
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
            bx_tally_at(&lost, v->a, xml, 0);
        }
    }
    if (v->o->faulty) {
        bx_testset_told(v->t, v->a, BX_SEVERITY_ERROR, &lost, "label {file has|files have} no image",
                        "left out here; a board refuses {it|them}");
        lost.n = 0;
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
