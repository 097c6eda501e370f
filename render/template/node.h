/* node.h: a parsed template, between parse.c (which makes it) and render.c (which walks it). */
#pragma once
#include "core/base/arena.h"
#include "render/template/template.h"
#include <stdint.h>

enum bx_node_kind {
    BX_NODE_TEXT,
    BX_NODE_VALUE,
    BX_NODE_RAW,
    BX_NODE_SECTION,
    BX_NODE_INVERTED,
    BX_NODE_PARTIAL,
    BX_NODE_PARENT,
    BX_NODE_BLOCK
};

struct bx_node {
    enum bx_node_kind kind;
    const char *text; /* the text, or the tag's name */
    size_t n;
    bool line_start;    /* of a text: it begins a line of the template */
    bool own_line;      /* partial, parent: alone on its lines, so its lines are indented; block: its content begins on a line of its own */
    const char *indent; /* partial, parent, block: what its lines get in front */
    uint32_t line, column;
    struct bx_node *child, *next;
};

struct bx_template {
    const char *name;
    uint8_t sha[32]; /* of its text */
    struct bx_node *root;
};

struct bx_templates {
    enum bx_template_mode mode;
    struct bx_arena arena;
    struct bx_template *at;
    size_t n, cap;
};

/* Parse text into t->root, all memory from a. */
bool bx_template_parse(struct bx_template *t, const char *text, size_t n, struct bx_arena *a, struct bx_err *e);

const struct bx_template *bx_template_find(const struct bx_templates *ts, const char *name, size_t n);
