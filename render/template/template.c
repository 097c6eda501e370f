/* template.c: a set of templates by name. */
#include "core/base/file.h"
#include "render/template/node.h"
#include <stdlib.h>
#include <string.h>

struct bx_templates *bx_templates_new(enum bx_template_mode mode)
{
    struct bx_templates *ts = bx_xrealloc(NULL, 1, sizeof *ts);
    *ts = (struct bx_templates){.mode = mode};
    return ts;
}

void bx_templates_free(struct bx_templates *ts)
{
    if (!ts)
        return;
    bx_arena_release(&ts->arena);
    free(ts->at);
    free(ts);
}

const struct bx_template *bx_template_find(const struct bx_templates *ts, const char *name, size_t n)
{
    for (size_t i = 0; i < ts->n; i++)
        if (strlen(ts->at[i].name) == n && !memcmp(ts->at[i].name, name, n))
            return &ts->at[i];
    return NULL;
}

bool bx_templates_has(const struct bx_templates *ts, const char *name)
{
    return bx_template_find(ts, name, strlen(name)) != NULL;
}

bool bx_templates_add(struct bx_templates *ts, const char *name, const char *text, size_t n, struct bx_err *e)
{
    struct bx_template t = {.name = bx_strdup(&ts->arena, name)};
    bx_sha256(text, n, t.sha);
    if (!bx_template_parse(&t, text, n, &ts->arena, e))
        return false;
    struct bx_template *old = (struct bx_template *)bx_template_find(ts, name, strlen(name));
    if (old) {
        *old = t;
        return true;
    }
    ts->at = bx_grow(ts->at, &ts->cap, ts->n + 1, sizeof *ts->at);
    ts->at[ts->n++] = t;
    return true;
}

bool bx_templates_load(struct bx_templates *ts, const char *dir, struct bx_err *e)
{
    static const char *const ending[] = {"mustache"};
    char **names;
    size_t n;
    if (!bx_dir_list(dir, true, ending, 1, &ts->arena, &names, &n, e))
        return false;
    if (n == 0 && ts->n == 0)
        return bx_fail(e, BX_CONFIG, "'%s' holds no *.mustache file", dir);
    for (size_t i = 0; i < n; i++) {
        struct bx_buf BX_CLEANUP_BUF text = {0};
        char *name = bx_strndup(&ts->arena, names[i], strlen(names[i]) - strlen(".mustache"));
        if (!bx_file_read(bx_path_join(&ts->arena, dir, names[i]), BX_TEMPLATE_SIZE, &text, e) ||
            !bx_templates_add(ts, name, bx_buf_str(&text), text.n, e))
            return false;
    }
    return true;
}

/* Marks the template and all that can be reached from it. */
static void mark(const struct bx_templates *ts, const struct bx_template *t, bool *marked);
static void mark_named(const struct bx_templates *ts, const struct bx_node *n, bool *marked)
{
    for (; n; n = n->next) {
        if (n->kind == BX_NODE_PARTIAL || n->kind == BX_NODE_PARENT)
            mark(ts, bx_template_find(ts, n->text, n->n), marked);
        mark_named(ts, n->child, marked);
    }
}

static void mark(const struct bx_templates *ts, const struct bx_template *t, bool *marked)
{
    if (!t || marked[t - ts->at])
        return;
    marked[t - ts->at] = true;
    mark_named(ts, t->root, marked);
}

void bx_template_input(const struct bx_templates *ts, const char *name, uint8_t out[32])
{
    bool *marked = bx_xrealloc(NULL, ts->n + 1, sizeof *marked);
    struct bx_buf all = {0};
    for (size_t i = 0; i < ts->n; i++)
        marked[i] = false;
    mark(ts, bx_template_find(ts, name, strlen(name)), marked);
    for (size_t i = 0; i < ts->n; i++)
        if (marked[i]) {
            bx_buf_add(&all, ts->at[i].name, strlen(ts->at[i].name) + 1);
            bx_buf_add(&all, ts->at[i].sha, sizeof ts->at[i].sha);
        }
    bx_sha256(bx_buf_str(&all), all.n, out);
    bx_buf_free(&all);
    free(marked);
}
