/* sink.c: rows of supervision's JSONSink and CSVSink: corners, class, confidence, and whatever columns their user added, one of which must
 * say the image. */
#include "core/base/csv.h"
#include "core/dump/read.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A column's names; of those for the image the first that a row has. */
enum { X1, Y1, X2, Y2, CONFIDENCE, CLASS_ID, CLASS_NAME, CORNERS, IMAGE, COLUMNS };
static const struct {
    int column;
    const char *name;
} names[] = {
    {X1, "x_min"},
    {Y1, "y_min"},
    {X2, "x_max"},
    {Y2, "y_max"},
    {CONFIDENCE, "confidence"},
    {CLASS_ID, "class_id"},
    {CLASS_NAME, "class_name"},
    {CORNERS, "xyxyxyxy"},
    {IMAGE, "file_name"},
    {IMAGE, "filename"},
    {IMAGE, "image_name"},
    {IMAGE, "image"},
    {IMAGE, "image_path"},
    {IMAGE, "image_id"},
    {IMAGE, "path"},
    {IMAGE, "source_image"},
    {IMAGE, "source"},
};
enum { NAMES = sizeof names / sizeof *names };

/* The last name of `names` before the column's own wins nothing: rank is the place in the list. */
struct row {
    struct bx_slice value[COLUMNS];
    size_t rank[COLUMNS];
};

static void put(struct row *row, struct bx_slice key, struct bx_slice value)
{
    for (size_t i = 0; i < NAMES; i++)
        if (bx_slice_is(key, names[i].name) && (!row->value[names[i].column].p || i < row->rank[names[i].column])) {
            row->value[names[i].column] = value;
            row->rank[names[i].column] = i;
        }
}

/* NumPy's text of four corners: numbers between brackets and white space. */
static bool read_corners(struct bx_slice text, double out[8])
{
    size_t n = 0;
    for (const char *p = text.p, *end = p + text.n; p < end;) {
        if (strchr("[], \t\r\n", *p) && *p) {
            p++;
            continue;
        }
        if (n == 8 || !bx_number_parse(p, end, &out[n++], &p))
            return false;
    }
    return n == 8;
}

static bool take(struct bx_dump_reading *r, const struct row *row, const struct bx_dump_place *where)
{
    struct bx_dump_detection d = {.has_box = true};
    int64_t number;
    double c[4];
    for (int i = X1; i <= Y2; i++)
        if (!bx_dump_number(row->value[i], &c[i]))
            return bx_dump_fail(r, where, "found '%.*s' as %s, expected a number", (int)(row->value[i].n < 40 ? row->value[i].n : 40),
                                row->value[i].p ? row->value[i].p : "", names[i].name);
    if (!bx_dump_number(row->value[CONFIDENCE], &d.score))
        return bx_dump_fail(r, where, "found a row without 'confidence', which nothing can be ranked by");
    if (!row->value[IMAGE].n)
        return bx_dump_fail(r, where,
                            "found no column that says the image, expected 'file_name', 'image', 'image_name', 'image_path' or 'image_id' "
                            "(custom_data of the sink's append)");
    if (!row->value[CLASS_NAME].n && !bx_dump_whole(row->value[CLASS_ID], &number))
        return bx_dump_fail(r, where, "found neither 'class_name' nor 'class_id'");
    if (!bx_dump_image(r, row->value[IMAGE], &d))
        return true;
    d.name = row->value[CLASS_NAME].n ? bx_dump_class(r, row->value[CLASS_NAME]) : bx_dump_class_number(r, number);
    memcpy(d.box, (double[4]){c[0], c[1], c[2] - c[0], c[3] - c[1]}, sizeof d.box);
    d.has_corners = row->value[CORNERS].n && read_corners(row->value[CORNERS], d.corners);
    return bx_dump_add(r, &d, where);
}

bool bx_dump_is_sink_json(const struct bx_dump *dump)
{
    const struct bx_dump_file *f = &dump->files[0];
    size_t n = dump->nfiles == 1 ? f->n < 400 ? f->n : 400 : 0, i = 0;
    while (i < n && isspace((unsigned char)f->data[i]))
        i++;
    return i < n && f->data[i] == '[' && memmem(f->data, n, "\"x_min\"", 7);
}

/* What is no text is taken as it stands. */
static bool read_value(struct bx_dump_reading *r, struct bx_json *j, struct bx_slice *out)
{
    if (bx_json_peek(j) == BX_JSON_NULL)
        return bx_json_null(j);
    if (bx_json_peek(j) != BX_JSON_STRING)
        return bx_json_raw(j, out);
    struct bx_slice text;
    if (!bx_json_string(j, &text))
        return false;
    *out = bx_dump_keep(r, text);
    return true;
}

bool bx_dump_read_sink_json(struct bx_dump_reading *r)
{
    const struct bx_dump_file *f = &r->dump->files[0];
    struct bx_json j;
    struct bx_slice key;
    bx_json_init(&j, f->name, f->data, f->n, 0, r->e);
    bool ok = bx_json_array(&j);
    while (ok && bx_json_element(&j)) {
        struct row row = {0};
        const struct bx_dump_place where = {.name = f->name, .json = &j, .at = j.p};
        ok = bx_json_object(&j);
        while (ok && bx_json_key(&j, &key)) {
            const struct bx_slice own = bx_dump_keep(r, key);
            struct bx_slice value = {NULL, 0};
            ok = read_value(r, &j, &value);
            put(&row, own, value);
        }
        ok = ok && !j.failed && take(r, &row, &where);
        j.failed = j.failed || !ok;
    }
    return bx_json_end(&j) && ok;
}

/* By its head, which is not looked for in all of a file: one of JSON has no line to end, and its pages would be touched before they are
 * read. */
bool bx_dump_is_sink_csv(const struct bx_dump *dump)
{
    enum { HEAD = 1 << 16 };
    const struct bx_dump_file *f = &dump->files[0];
    const size_t most = dump->nfiles != 1 ? 0 : f->n < HEAD ? f->n : HEAD;
    const char *end = most ? memchr(f->data, '\n', most) : NULL;
    size_t n = end ? (size_t)(end - f->data) : most, i = 0;
    while (i < n && strchr(" \t\xEF\xBB\xBF\"", f->data[i]))
        i++;
    return i < n && f->data[i] != '[' && f->data[i] != '{' && memmem(f->data, n, "x_min", 5) && memchr(f->data, ',', n);
}

bool bx_dump_read_sink_csv(struct bx_dump_reading *r)
{
    enum { MOST = 256 };
    const struct bx_dump_file *f = &r->dump->files[0];
    struct bx_dump_place where = {.name = f->name, .line = 1};
    struct bx_slice head[MOST], cells[MOST];
    struct bx_csv c;
    size_t columns, n;
    bool ok = true;
    bx_csv_begin(&c, f->data, f->n);
    columns = bx_csv_row(&c, head, MOST);
    if (!columns || columns > MOST)
        ok = bx_dump_fail(r, &where, "found a head that cannot be read, expected names of at most %d columns", MOST);
    for (size_t i = 0; ok && i < columns; i++) /* cells live for a row */
        head[i] = bx_dump_keep(r, head[i]);
    while (ok && (n = bx_csv_row(&c, cells, MOST)) > 0) {
        struct row row = {0};
        where.line = c.line;
        if (n == 1 && !cells[0].n)
            continue;
        if (n != columns)
            ok = bx_dump_fail(r, &where, "found %zu cells, expected %zu as in the head", n, columns);
        for (size_t i = 0; ok && i < columns; i++)
            put(&row, head[i], cells[i]);
        ok = ok && take(r, &row, &where);
    }
    where.line = c.line;
    if (ok && c.broken)
        ok = bx_dump_fail(r, &where, "found a cell that does not end, or goes on behind its quotes");
    bx_csv_end(&c);
    return ok;
}
