/* tags_csv.c: a CSV of images and their tags. */
#include "core/base/csv.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/join.h"
#include "core/data/tags.h"
#include <string.h>
#include <strings.h>

#define MOST_BYTES ((size_t)256 << 20)
enum { MOST_CELLS = 256, NAMED = 3 };

struct reading {
    const char *path;
    const struct bx_testset *t;
    struct bx_join join;
    struct bx_tag_collector c;
    const char *heading[MOST_CELLS]; /* NULL: its values are tags */
    size_t rows, strange;            /* strange: of no image */
    struct bx_buf note;
    struct bx_arena *a;
};

static bool is_word(struct bx_slice s, const char *const *words)
{
    for (; *words; words++)
        if (s.n == strlen(*words) && !strncasecmp(s.p, *words, s.n))
            return true;
    return false;
}

static struct bx_slice trimmed(struct bx_slice s)
{
    while (s.n && (*s.p == ' ' || *s.p == '\t'))
        s.p++, s.n--;
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static const char *const tag_words[] = {"tag", "tags", "label", "labels", NULL};

static size_t image_of(const struct reading *r, struct bx_slice name)
{
    enum bx_join_rule rule;
    return name.n ? bx_join_key(&r->join, name, &rule) : BX_NO_INDEX;
}

static bool headings(struct reading *r, const struct bx_slice *cells, size_t n)
{
    static const char *const file_words[] = {"file",       "file_name", "filename", "file name",  "image",
                                             "image_name", "imagename", "images",   "image_path", "image_file",
                                             "name",       "path",      "id",       "image_id",   NULL};
    bool is = is_word(cells[0], file_words);
    for (size_t i = 1; i < n && !is; i++)
        is = is_word(cells[i], tag_words);
    if (!is || image_of(r, cells[0]) != BX_NO_INDEX)
        return false;
    for (size_t i = 1; i < n; i++)
        r->heading[i] = is_word(cells[i], tag_words) || !cells[i].n ? NULL : bx_strndup(r->a, cells[i].p, cells[i].n);
    return true;
}

static void add_cell(struct reading *r, size_t image, struct bx_slice cell, const char *heading)
{
    static const char *const yes[] = {"true", "yes", "1", NULL}, *const no[] = {"false", "no", "0", "null", "none", "nan", NULL};
    const char *end = cell.p + cell.n;
    for (const char *p = cell.p, *stop; p < end; p = stop + 1) {
        for (stop = p; stop < end && !strchr(";|,", *stop);)
            stop++;
        const struct bx_slice one = trimmed((struct bx_slice){p, (size_t)(stop - p)});
        if (!heading)
            bx_tags_add(&r->c, image, one.p, one.n);
        else if (is_word(one, yes))
            bx_tags_add(&r->c, image, heading, strlen(heading));
        else if (one.n && !is_word(one, no)) {
            const char *both = bx_printf(r->a, "%s: %.*s", heading, (int)(one.n < 2 * BX_TAG_LONGEST ? one.n : 2 * BX_TAG_LONGEST), one.p);
            bx_tags_add(&r->c, image, both, strlen(both));
        }
    }
}

static void say_strange(struct reading *r, size_t line, struct bx_slice name)
{
    if (r->strange++ >= NAMED)
        return;
    const char *text = bx_strndup(r->a, name.p, name.n < 200 ? name.n : 200);
    const char *near = bx_nearest(text, r->t->image_file, r->t->nimages);
    char clean[304];
    bx_buf_addf(&r->note, "%sline %zu: '%s'", r->note.n ? ", " : "", line, bx_reason_clean(clean, text));
    if (near)
        bx_buf_addf(&r->note, " (is '%s' meant?)", bx_reason_clean(clean, near));
}

static bool read_rows(struct reading *r, struct bx_csv *csv, struct bx_err *e)
{
    struct bx_slice cells[MOST_CELLS];
    size_t n;
    for (bool first = true; (n = bx_csv_row(csv, cells, MOST_CELLS)) > 0; first = false) {
        if (n > MOST_CELLS)
            return bx_fail(e, BX_CONFIG, "%s:%zu: found %zu cells, expected at most %d", r->path, csv->line, n, MOST_CELLS);
        for (size_t i = 0; i < n; i++)
            cells[i] = trimmed(cells[i]);
        if ((n == 1 && !cells[0].n) || (first && headings(r, cells, n)))
            continue;
        if (n == 1)
            return bx_fail(e, BX_CONFIG, "%s:%zu: found one cell, expected the name of an image and its tags", r->path, csv->line);
        r->rows++;
        size_t image = image_of(r, cells[0]);
        if (image == BX_NO_INDEX)
            say_strange(r, csv->line, cells[0]);
        for (size_t i = 1; image != BX_NO_INDEX && i < n; i++)
            add_cell(r, image, cells[i], r->heading[i]);
    }
    if (csv->broken)
        return bx_fail(e, BX_CONFIG, "%s:%zu: found quotes that do not end, or more text behind them", r->path, csv->line);
    if (!r->rows)
        return bx_fail(e, BX_CONFIG, "%s: found no row, expected the name of an image and its tags in each", r->path);
    if (r->strange == r->rows)
        return bx_fail(e, BX_CONFIG, "%s: found no image of the test set: %s%s", r->path, bx_buf_str(&r->note),
                       r->strange > NAMED ? ", …" : "");
    return true;
}

bool bx_tags_read(const char *path, const struct bx_testset *t, struct bx_tags *out, const char **note, struct bx_arena *a,
                  struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct bx_csv csv;
    *note = NULL;
    if (!bx_file_read(path, MOST_BYTES, &text, e))
        return false;
    const char *nul = text.n ? memchr(text.p, 0, text.n) : NULL;
    if (nul)
        return bx_fail(e, BX_CONFIG, "%s: found a NUL at byte %zu, expected text", path, (size_t)(nul - text.p));
    struct reading r = {.path = path, .t = t, .a = a};
    bx_join_make(&r.join, t, false, a);
    bx_csv_begin(&csv, bx_buf_str(&text), text.n);
    bool ok = read_rows(&r, &csv, e);
    bx_csv_end(&csv);
    bx_join_free(&r.join);
    bx_tags_finish(&r.c, t->nimages, out, a);
    if (ok && r.strange)
        *note = bx_printf(a, "%zu of %zu rows %s no image of the test set: %s%s", r.strange, r.rows, r.strange == 1 ? "names" : "name",
                          bx_buf_str(&r.note), r.strange > NAMED ? ", …" : "");
    bx_buf_free(&r.note);
    return ok;
}
