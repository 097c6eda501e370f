/*
 * yolo_yaml.c: data.yaml, by libyaml. Only what a test set needs of it: path, names or nc, and one split. Scalars are always text: a class
 * called "no" or "1" keeps its name. Aliases are nodes that are met twice, so nothing is ever expanded.
 */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/testset/yolo.h"
#include <stdint.h>
#include <yaml.h>

enum { MAX_YAML = 16 << 20, MAX_CLASSES = 1000000, MAX_LEVELS = 64, MAX_ANCHORS = 1000 };

struct doc {
    const char *file;
    yaml_document_t *d;
    struct bx_arena *a;
    struct bx_err *e;
};

static bool complain(const struct doc *c, const yaml_node_t *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static bool complain(const struct doc *c, const yaml_node_t *at, const char *fmt, ...)
{
    char text[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return bx_fail(c->e, BX_DATA, "%s:%zu:%zu: %s", c->file, at->start_mark.line + 1, at->start_mark.column + 1, text);
}

static const char *kind(const yaml_node_t *n)
{
    return n->type == YAML_SCALAR_NODE     ? "a scalar"
           : n->type == YAML_SEQUENCE_NODE ? "a list"
           : n->type == YAML_MAPPING_NODE  ? "a mapping"
                                           : "nothing";
}

static bool text_of(const struct doc *c, const yaml_node_t *n, const char *what, const char **out)
{
    if (!n || n->type != YAML_SCALAR_NODE)
        return complain(c, n ? n : yaml_document_get_root_node(c->d), "found %s, expected %s", n ? kind(n) : "nothing", what);
    const char *s = (const char *)n->data.scalar.value;
    size_t length = n->data.scalar.length;
    if (bx_has_control(s, length))
        return complain(c, n, "%s holds a control character", what);
    *out = bx_strndup(c->a, s, length);
    return true;
}

/* "", ~ and null, unquoted. */
static bool is_null(const yaml_node_t *n)
{
    const char *s = n->type == YAML_SCALAR_NODE ? (const char *)n->data.scalar.value : "x";
    return n->type == YAML_NO_NODE || (n->type == YAML_SCALAR_NODE && n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                                       (!*s || !strcmp(s, "~") || !strcmp(s, "null")));
}

/* A key of the root mapping; a key that is there twice is an error, because readers differ in which one they take. */
static bool find(const struct doc *c, const char *key, const yaml_node_t **out)
{
    const yaml_node_t *root = yaml_document_get_root_node(c->d);
    *out = NULL;
    for (yaml_node_pair_t *p = root->data.mapping.pairs.start; p < root->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(c->d, p->key);
        if (!k || k->type != YAML_SCALAR_NODE || strcasecmp((const char *)k->data.scalar.value, key)) /* CVAT's "Test" */
            continue;
        if (*out)
            return complain(c, k, "key '%s' is there twice", key);
        *out = yaml_document_get_node(c->d, p->value);
    }
    if (*out && is_null(*out))
        *out = NULL;
    return true;
}

static bool whole(const char *s, size_t *out)
{
    size_t v = 0;
    if (!*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9' || v > MAX_CLASSES)
            return false;
        v = v * 10 + (size_t)(*s - '0');
    }
    *out = v;
    return true;
}

/* A map may leave numbers out: then no class has them. */
static bool names_by_key(const struct doc *c, const yaml_node_t *n, struct bx_yolo_yaml *y)
{
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(c->d, p->key);
        const char *key;
        size_t i;
        if (!text_of(c, k, "a class index", &key))
            return false;
        if (!whole(key, &i) || i >= MAX_CLASSES)
            return complain(c, k, "class index '%s' in names, expected a whole number from 0 to %d", key, MAX_CLASSES - 1);
        y->nclasses = i < y->nclasses ? y->nclasses : i + 1;
    }
    y->names = BX_NEW(c->a, const char *, y->nclasses);
    for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
        const yaml_node_t *k = yaml_document_get_node(c->d, p->key);
        size_t i = 0;
        whole((const char *)k->data.scalar.value, &i);
        if (y->names[i])
            return complain(c, k, "class index %zu is there twice", i);
        if (!text_of(c, yaml_document_get_node(c->d, p->value), "a class name", &y->names[i]))
            return false;
    }
    return true;
}

static bool names_by_place(const struct doc *c, const yaml_node_t *n, struct bx_yolo_yaml *y)
{
    y->nclasses = (size_t)(n->data.sequence.items.top - n->data.sequence.items.start);
    y->names = BX_NEW(c->a, const char *, y->nclasses);
    for (size_t i = 0; i < y->nclasses; i++)
        if (!text_of(c, yaml_document_get_node(c->d, n->data.sequence.items.start[i]), "a class name", &y->names[i]))
            return false;
    return true;
}

static bool read_names(const struct doc *c, struct bx_yolo_yaml *y)
{
    const yaml_node_t *names, *nc;
    size_t count = 0;
    if (!find(c, "names", &names) || !find(c, "nc", &nc))
        return false;
    if (nc && (nc->type != YAML_SCALAR_NODE || !whole((const char *)nc->data.scalar.value, &count) || !count || count > MAX_CLASSES))
        return complain(c, nc, "nc must be the number of classes, from 1 to %d", MAX_CLASSES);
    if (!names && !nc)
        return bx_fail(c->e, BX_DATA, "%s: found neither 'names' nor 'nc' in its %zu lines, expected the classes", c->file,
                       yaml_document_get_root_node(c->d)->end_mark.line);
    if (!names) {
        y->nclasses = count;
        y->names = BX_NEW(c->a, const char *, count);
        for (size_t i = 0; i < count; i++)
            y->names[i] = bx_printf(c->a, "class_%zu", i); /* what Ultralytics calls them */
        return true;
    }
    if (names->type == YAML_SCALAR_NODE)
        return complain(c, names, "names is a scalar, expected a list or a mapping of class names");
    if (names->type == YAML_MAPPING_NODE ? !names_by_key(c, names, y) : !names_by_place(c, names, y))
        return false;
    if (!y->nclasses)
        return complain(c, names, "names is empty, expected at least one class");
    size_t named = 0;
    for (size_t i = 0; i < y->nclasses; i++)
        named += y->names[i] != NULL;
    if (nc && count != named && (count < y->nclasses || named == y->nclasses))
        return complain(c, nc, "nc is %zu, but names has %zu", count, y->nclasses);
    return true;
}

static const char *const split_keys[] = {"test", "val", "valid", "validation", "train", "minival"};
static const char *const val_keys[] = {"val", "valid", "validation"}; /* one thing */

static bool no_split(const struct doc *c, const char *split, struct bx_yolo_yaml *y)
{
    struct bx_buf have = {0};
    for (size_t i = 0; i < sizeof split_keys / sizeof *split_keys; i++) {
        const yaml_node_t *n;
        if (find(c, split_keys[i], &n) && n)
            bx_buf_addf(&have, "%s'%s'", have.n ? ", " : "", split_keys[i]);
    }
    bx_fail(c->e, BX_DATA, "%s: has no '%s' split; it has %s", c->file, split, have.n ? have.p : "none");
    bx_buf_free(&have);
    y->no_split = true;
    return false;
}

static bool read_split(const struct doc *c, const char *split, struct bx_yolo_yaml *y)
{
    const yaml_node_t *n;
    y->split = split;
    if (!find(c, split, &n))
        return false;
    bool val = false;
    for (size_t i = 0; i < 3; i++)
        val = val || !strcmp(split, val_keys[i]);
    for (size_t i = 0; i < 3 && val && !n; i++) {
        if (!find(c, val_keys[i], &n))
            return false;
        if (n)
            y->split = val_keys[i];
    }
    if (!n)
        return no_split(c, split, y);
    y->split_line = n->start_mark.line + 1;
    bool list = n->type == YAML_SEQUENCE_NODE;
    y->nentries = list ? (size_t)(n->data.sequence.items.top - n->data.sequence.items.start) : 1;
    if (!y->nentries)
        return no_split(c, split, y);
    y->entries = BX_NEW(c->a, const char *, y->nentries);
    for (size_t i = 0; i < y->nentries; i++)
        if (!text_of(c, list ? yaml_document_get_node(c->d, n->data.sequence.items.start[i]) : n, "a folder or a list file",
                     &y->entries[i]))
            return false;
    return true;
}

static bool read_root(const struct doc *c, const char *split, struct bx_yolo_yaml *y)
{
    const yaml_node_t *root = yaml_document_get_root_node(c->d), *n;
    if (!root || root->type != YAML_MAPPING_NODE)
        return bx_fail(c->e, BX_DATA, "%s: found %s, expected a mapping with 'names' and '%s'", c->file, root ? kind(root) : "nothing",
                       split);
    if (!find(c, "kpt_shape", &n))
        return false;
    if (n)
        return complain(c, n, "kpt_shape: key point sets are not supported, expected boxes, polygons or oriented boxes");
    if (!find(c, "path", &n) || (n && !text_of(c, n, "a folder", &y->path)))
        return false;
    return read_names(c, y) && read_split(c, split, y);
}

/* libyaml looks at every open level for each token and at every anchor for each anchor, so a few kilobytes of either keep it for hours.
 * What is no YAML is left for it to say. */
static bool is_plain(const char *file, const struct bx_buf *text, struct bx_err *e)
{
    yaml_parser_t parser;
    yaml_token_t token;
    size_t levels = 0, anchors = 0;
    bool ok = true, more = true;
    if (!yaml_parser_initialize(&parser))
        return bx_fail(e, BX_DATA, "%s: cannot start libyaml", file);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bx_buf_str(text), text->n);
    while (ok && more && yaml_parser_scan(&parser, &token)) {
        yaml_token_type_t type = token.type;
        more = type != YAML_STREAM_END_TOKEN && type != YAML_NO_TOKEN;
        levels += type == YAML_BLOCK_SEQUENCE_START_TOKEN || type == YAML_BLOCK_MAPPING_START_TOKEN ||
                  type == YAML_FLOW_SEQUENCE_START_TOKEN || type == YAML_FLOW_MAPPING_START_TOKEN;
        levels -= levels && (type == YAML_BLOCK_END_TOKEN || type == YAML_FLOW_SEQUENCE_END_TOKEN || type == YAML_FLOW_MAPPING_END_TOKEN);
        anchors += type == YAML_ANCHOR_TOKEN;
        if (levels > MAX_LEVELS || anchors > MAX_ANCHORS)
            ok = bx_fail(e, BX_DATA, "%s:%zu:%zu: found more than %d %s, expected a plain data.yaml", file, token.start_mark.line + 1,
                         token.start_mark.column + 1, levels > MAX_LEVELS ? MAX_LEVELS : MAX_ANCHORS,
                         levels > MAX_LEVELS ? "levels of nesting" : "anchors");
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
    return ok;
}

/* libyaml gives no place for bytes that are no text, and one behind the last line for what ends too early. */
static bool no_yaml(const char *file, const yaml_parser_t *p, const struct bx_buf *text, struct bx_err *e)
{
    size_t line = p->problem_mark.line + 1, column = p->problem_mark.column + 1, lines = 1, begin = 0;
    const size_t stop = p->error == YAML_READER_ERROR && p->problem_offset < text->n ? p->problem_offset : text->n;
    for (size_t i = 0; i + 1 < stop || (i < stop && stop < text->n); i++)
        if (text->p[i] == '\n') {
            lines++;
            begin = i + 1;
        }
    if (p->error == YAML_READER_ERROR || line > lines) {
        line = lines;
        column = stop - begin + 1;
    }
    return bx_fail(e, BX_DATA, "%s:%zu:%zu: not YAML: %s", file, line, column, p->problem ? p->problem : "out of memory");
}

/* What follows the first document is passed over by no reader: a line indented by mistake ends one. */
static bool is_all(const char *file, yaml_parser_t *p, const struct bx_buf *text, struct bx_err *e)
{
    yaml_document_t more;
    if (!yaml_parser_load(p, &more))
        return no_yaml(file, p, text, e);
    const yaml_node_t *root = yaml_document_get_root_node(&more);
    bool ok = !root || bx_fail(e, BX_DATA, "%s:%zu:1: found a second document, expected one", file, more.start_mark.line + 1);
    yaml_document_delete(&more);
    return ok;
}

bool bx_yolo_yaml_read(const char *file, const char *split, struct bx_yolo_yaml *y, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_file_read(file, MAX_YAML, &text, e) || !is_plain(file, &text, e))
        return false;
    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser))
        return bx_fail(e, BX_DATA, "%s: cannot start libyaml", file);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bx_buf_str(&text), text.n);
    *y = (struct bx_yolo_yaml){.file = file};
    bool ok;
    if (yaml_parser_load(&parser, &document)) {
        struct doc c = {file, &document, a, e};
        ok = is_all(file, &parser, &text, e) && read_root(&c, split, y);
        yaml_document_delete(&document);
    } else
        ok = no_yaml(file, &parser, &text, e);
    yaml_parser_delete(&parser);
    return ok;
}
