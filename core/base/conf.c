/* conf.c: text -> tree with places. */
#include "core/base/conf_internal.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include <unistd.h>

enum { MOST_DEPTH = 64, MOST_BYTES = 1 << 20, MOST_REPEATS = 20 };

struct builder {
    struct bx_conf *c;
    struct bx_json r;
    const char *seen, *line_start; /* how far lines are counted: places come in the order of the text */
    uint32_t line;
};

static cJSON *made(cJSON *node)
{
    if (!node) {
        fputs("boxscore: out of memory\n", stderr);
        abort();
    }
    return node;
}

static void find_place(struct builder *b, const char *at, uint32_t *line, uint32_t *column)
{
    for (const char *nl; b->seen < at && (nl = memchr(b->seen, '\n', (size_t)(at - b->seen))) != NULL; b->seen = nl + 1) {
        b->line++;
        b->line_start = nl + 1;
    }
    b->seen = b->seen < at ? at : b->seen; /* a line may be the whole file */
    *line = b->line;
    *column = (uint32_t)(at - b->line_start) + 1;
}

/* cJSON's strings end at a NUL: one inside would cut the rest off, silently. */
static char *copy_text(struct builder *b, struct bx_slice s)
{
    if (memchr(s.p, '\0', s.n)) {
        bx_json_fail(&b->r, b->r.string_at, "found the character \\u0000 in a string, expected none");
        return NULL;
    }
    char *copy = bx_xrealloc(NULL, s.n + 1, 1);
    memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return copy;
}

static void remember(struct builder *b, const cJSON *node, const char *at, uint32_t key_line, uint32_t key_column)
{
    struct bx_conf *c = b->c;
    c->places = bx_grow(c->places, &c->places_cap, c->nplaces + 1, sizeof *c->places);
    struct bx_conf_place *p = &c->places[c->nplaces++];
    *p = (struct bx_conf_place){.node = node, .key_line = key_line, .key_column = key_column};
    find_place(b, at, &p->line, &p->column);
}

static cJSON *read_scalar(struct builder *b, enum bx_json_kind kind)
{
    struct bx_slice s;
    double v;
    bool yes;
    cJSON *node = NULL;
    if (kind == BX_JSON_STRING && bx_json_string(&b->r, &s)) {
        char *text = copy_text(b, s);
        node = text ? made(cJSON_CreateString(text)) : NULL;
        free(text);
    } else if (kind == BX_JSON_NUMBER && bx_json_double(&b->r, &v)) {
        node = made(cJSON_CreateNumber(v));
    } else if ((kind == BX_JSON_TRUE || kind == BX_JSON_FALSE) && bx_json_bool(&b->r, &yes)) {
        node = made(cJSON_CreateBool(yes));
    } else if (kind == BX_JSON_NULL && bx_json_null(&b->r)) {
        node = made(cJSON_CreateNull());
    } else if (kind == BX_JSON_END) {
        bx_json_fail(&b->r, NULL, "found %s, expected a value", b->r.p < b->r.end ? "nothing" : "the end of the file");
    }
    return node;
}

/* NULL after a failure; what was read until then is freed. */
static cJSON *read_value(struct builder *b, int depth, uint32_t key_line, uint32_t key_column)
{
    struct bx_slice s;
    enum bx_json_kind kind = bx_json_peek(&b->r);
    const char *at = b->r.p;
    if (kind != BX_JSON_OBJECT && kind != BX_JSON_ARRAY) {
        cJSON *node = kind == BX_JSON_BAD ? NULL : read_scalar(b, kind);
        if (node)
            remember(b, node, at, key_line, key_column);
        return node;
    }
    if (depth >= MOST_DEPTH) {
        bx_json_fail(&b->r, at, "found more than %d levels of nesting", MOST_DEPTH);
        return NULL;
    }
    cJSON *node = made(kind == BX_JSON_OBJECT ? cJSON_CreateObject() : cJSON_CreateArray());
    remember(b, node, at, key_line, key_column);
    if (kind == BX_JSON_ARRAY) {
        bx_json_array(&b->r);
        while (bx_json_element(&b->r)) {
            cJSON *child = read_value(b, depth + 1, 0, 0);
            if (child)
                cJSON_AddItemToArray(node, child);
        }
    } else {
        bx_json_object(&b->r);
        while (bx_json_key(&b->r, &s)) {
            uint32_t line, column;
            find_place(b, b->r.string_at, &line, &column);
            char *key = copy_text(b, s);
            cJSON *child = key ? read_value(b, depth + 1, line, column) : NULL;
            if (child && !cJSON_AddItemToObject(node, key, child))
                made(NULL);
            free(key);
        }
    }
    if (!b->r.failed)
        return node;
    cJSON_Delete(node);
    return NULL;
}

/* Sorted, not each against each: an object of a hundred thousand keys is no reason to be slow. */
static void refuse_repeated_keys(struct bx_conf *c, const cJSON *node)
{
    size_t n = 0, repeats = 0;
    struct bx_conf_member *members = cJSON_IsObject(node) ? bx_conf_sorted(node, &n) : NULL;
    for (const cJSON *child = node->child; child; child = child->next)
        refuse_repeated_keys(c, child);
    for (size_t i = 1, first = 0; i < n && repeats < MOST_REPEATS; i++) {
        if (strcmp(members[first].node->string, members[i].node->string) != 0) {
            first = i;
            continue;
        }
        const struct bx_conf_place *before = bx_conf_place(c, members[first].node);
        bx_conf_problem_at_key(c, members[i].node, "key '%.60s' is given twice, the first time at %u:%u", members[i].node->string,
                               before->key_line, before->key_column);
        repeats++;
    }
    free(members);
}

/* The reader's text is "FILE:LINE:COLUMN: what"; the list keeps the place apart. */
static void keep_reader_error(struct builder *b, const struct bx_err *e, struct bx_problems *ps)
{
    const char *file = b->c->file, *text = e->text;
    size_t n = strlen(file);
    unsigned long line = 0, column = 0;
    if (!strncmp(text, file, n) && text[n] == ':') {
        char *after;
        line = strtoul(text + n + 1, &after, 10);
        column = *after == ':' ? strtoul(after + 1, &after, 10) : 0;
        if (*after == ':')
            text = after + 2;
    }
    bx_problem_add(ps, file, line, column, false, "%s", text);
}

bool bx_conf_parse(struct bx_conf *c, const char *file, const char *text, size_t n, struct bx_problems *ps)
{
    *c = (struct bx_conf){.file = bx_strdup(ps->arena, file), .problems = ps};
    if (n > MOST_BYTES) {
        bx_problem_add(ps, file, 0, 0, false, "has %zu bytes, at most %d are allowed", n, MOST_BYTES);
        return false;
    }
    size_t from = ps->n;
    struct bx_err e = {0};
    struct builder b = {.c = c, .seen = text, .line_start = text, .line = 1};
    bx_json_init(&b.r, c->file, text, n, BX_JSON_COMMENTS, &e);
    enum bx_json_kind kind = bx_json_peek(&b.r);
    if (kind != BX_JSON_OBJECT && !b.r.failed)
        bx_json_fail(&b.r, NULL, "found %s, expected an object",
                     b.r.p >= b.r.end        ? "an empty file"
                     : kind == BX_JSON_ARRAY ? "an array"
                                             : "another value");
    c->root = b.r.failed ? NULL : read_value(&b, 0, 0, 0);
    if (!bx_json_end(&b.r)) {
        keep_reader_error(&b, &e, ps);
        bx_conf_free(c);
        return false;
    }
    bx_conf_sort_places(c);
    refuse_repeated_keys(c, c->root);
    bx_problems_sort(ps, from);
    return true;
}

bool bx_conf_load_fd(struct bx_conf *c, int fd, const char *path, struct bx_problems *ps)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct bx_err e = {0};
    bool ok = bx_file_read_fd(fd, path, MOST_BYTES, &text, &e);
    close(fd);
    if (ok)
        return bx_conf_parse(c, path, bx_buf_str(&text), text.n, ps);
    *c = (struct bx_conf){.file = bx_strdup(ps->arena, path), .problems = ps};
    bx_problem_add(ps, path, 0, 0, false, "%s", e.text);
    return false;
}

bool bx_conf_load(struct bx_conf *c, const char *path, struct bx_problems *ps)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    struct bx_err e = {0};
    if (bx_file_read(path, MOST_BYTES, &text, &e))
        return bx_conf_parse(c, path, bx_buf_str(&text), text.n, ps);
    *c = (struct bx_conf){.file = bx_strdup(ps->arena, path), .problems = ps};
    bx_problem_add(ps, path, 0, 0, false, "%s", e.text);
    return false;
}

void bx_conf_free(struct bx_conf *c)
{
    cJSON_Delete(c->root);
    free(c->places);
    c->root = NULL;
    c->places = NULL;
    c->nplaces = c->places_cap = 0;
}
