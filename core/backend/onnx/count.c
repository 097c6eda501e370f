/*
 * count.c: parameters and multiply-adds of a graph, without running it. Parameters are the numbers that convolutions, matrix products and
 * normalisations read from the file, each once; multiply-adds those of the first two kinds. What depends on an operator that is not known
 * here, or on the picture, is left out and counted as left out. A constant among the operators is a parameter of a product alone: what
 * normalisations have of that kind are ones and zeros that an exporter made up.
 */
#include "core/backend/onnx/shapes.h"
#include "core/base/buf.h"
#include "core/base/names.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 32, MOST_PASSES = 16 };
#define MOST_PARTS 200000 /* nodes, and tensors in the file: networks have some thousands, and each costs memory */

struct tensors {
    struct bx_name_list names;
    struct bx_shaped **at; /* in their order */
    size_t cap;
    struct bx_arena *a;
};

static struct bx_shaped *find(const struct tensors *t, struct bx_wire name)
{
    size_t i = bx_name_find(&t->names.table, t->names.at, name.p ? (const char *)name.p : "", (size_t)(name.end - name.p));
    return i == SIZE_MAX ? NULL : t->at[i];
}

/* A second of that name is the first: files that say one twice are refused by the runtime. */
static struct bx_shaped *add(struct tensors *t, struct bx_wire name)
{
    struct bx_shaped *s = find(t, name);
    if (s)
        return s;
    const uint32_t i = bx_name_list_add(&t->names, name.p ? (const char *)name.p : "", (size_t)(name.end - name.p), t->a);
    t->at = bx_grow(t->at, &t->cap, (size_t)i + 1, sizeof *t->at);
    t->at[i] = BX_NEW(t->a, struct bx_shaped, 1);
    t->at[i]->rank = -1;
    return t->at[i];
}

/* ValueInfoProto: its name; its shape, where every side is said. */
static void read_value_info(struct bx_wire w, struct bx_wire *name, struct bx_shaped *t)
{
    struct bx_wire_field f, g, h, d, v;
    *name = (struct bx_wire){NULL, NULL};
    *t = (struct bx_shaped){.rank = -1};
    while (bx_wire_next(&w, &f) > 0) {
        if (f.number == 1 && f.type == 2)
            *name = f.body;
        if (f.number != 2 || f.type != 2)
            continue;
        for (struct bx_wire type = f.body; bx_wire_next(&type, &g) > 0;)
            for (struct bx_wire tensor = g.body; g.number == 1 && g.type == 2 && bx_wire_next(&tensor, &h) > 0;) {
                if (h.number != 2 || h.type != 2)
                    continue;
                t->rank = 0;
                for (struct bx_wire shape = h.body; bx_wire_next(&shape, &d) > 0 && t->rank < BX_SHAPE_RANK;) {
                    if (d.number != 1 || d.type != 2)
                        continue;
                    t->dim[t->rank] = -1;
                    for (struct bx_wire dim = d.body; bx_wire_next(&dim, &v) > 0;)
                        if (v.number == 1 && v.type == 0 && (int64_t)v.value >= 0 && (int64_t)v.value <= BX_SHAPE_MOST)
                            t->dim[t->rank] = (int64_t)v.value;
                    t->rank++;
                }
            }
    }
}

static bool is_product(struct bx_wire op)
{
    return BX_WIRE_IS(op, "Conv") || BX_WIRE_IS(op, "ConvTranspose") || BX_WIRE_IS(op, "Gemm") || BX_WIRE_IS(op, "MatMul");
}
static bool is_normalisation(struct bx_wire op)
{
    static const char tail[] = "Normalization";
    const size_t n = sizeof tail - 1;
    return (size_t)(op.end - op.p) >= n && !memcmp(op.end - n, tail, n);
}

/* Multiply-adds, or -1. */
static int64_t products(const struct bx_onnx_node *n)
{
    if (n->nin < 2 || !n->in[0] || !n->in[1] || !n->nout || !n->out[0] || n->in[1]->rank < 1)
        return -1;
    const bool back = BX_WIRE_IS(n->op, "ConvTranspose"), matrix = BX_WIRE_IS(n->op, "MatMul");
    int64_t all = bx_shaped_numbers(back ? n->in[0] : n->out[0]);
    const struct bx_shaped *w = n->in[1];
    const int first = matrix || BX_WIRE_IS(n->op, "Gemm") ? w->rank : 1;
    if (all < 0 || (first == w->rank && w->rank < 2))
        return -1;
    struct bx_shaped each = {.rank = 1};
    if (first == w->rank)
        each.dim[0] = matrix ? w->dim[w->rank - 2] : w->dim[bx_node_int(n, "transB", 0) != 0];
    else {
        each.rank = w->rank - 1;
        memcpy(each.dim, w->dim + 1, (size_t)each.rank * sizeof *each.dim);
    }
    const int64_t times = bx_shaped_numbers(&each);
    return times < 0 || (times && all > INT64_MAX / 2 / times) ? -1 : all * times;
}

/* Products within a graph that an operator holds (If, Loop): how often they run is not known. */
static size_t hidden(struct bx_wire w, unsigned depth)
{
    struct bx_wire_field f, g, h;
    size_t n = 0;
    while (depth < MOST_DEPTH && bx_wire_next(&w, &f) > 0)
        for (struct bx_wire in = f.body; f.number == 5 && f.type == 2 && bx_wire_next(&in, &g) > 0;)
            for (struct bx_wire graph = g.body; (g.number == 6 || g.number == 11) && g.type == 2 && bx_wire_next(&graph, &h) > 0;)
                if (h.number == 1 && h.type == 2) {
                    struct bx_wire node = h.body;
                    n += hidden(node, depth + 1);
                    while (bx_wire_next(&node, &f) > 0)
                        n += f.number == 4 && f.type == 2 && is_product(f.body);
                    f.number = 5, f.type = 2;
                }
    return n;
}

static const char *shown(struct bx_wire w, struct bx_arena *a)
{
    size_t n = (size_t)(w.end - w.p);
    char *s = bx_strndup(a, w.p ? (const char *)w.p : "", w.p ? n < 60 ? n : 60 : 0);
    for (char *p = s; *p; p++)
        if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7F)
            *p = '?';
    return s;
}

static void count_node(struct tensors *t, struct bx_wire body, int64_t opset, struct bx_onnx_counts *c)
{
    struct bx_onnx_node node = {.body = body, .opset = opset}, *n = &node;
    struct bx_wire w = body;
    struct bx_wire_field f;
    bool overfull = false, constant = true;
    while (bx_wire_next(&w, &f) > 0) {
        if (f.type != 2)
            continue;
        if (f.number == 4)
            n->op = f.body;
        else if (f.number == 7 && !BX_WIRE_IS(f.body, "ai.onnx"))
            n->domain = f.body;
        else if (f.number == 1 && n->nin < BX_NODE_ENDS)
            n->in[n->nin++] = find(t, f.body);
        else if (f.number == 2 && n->nout < BX_NODE_ENDS)
            n->out[n->nout++] = f.body.p == f.body.end ? NULL : add(t, f.body);
        else
            overfull |= f.number == 1 || f.number == 2;
    }
    for (size_t i = 0; i < n->nout; i++) /* of a name that stands twice nothing is known */
        if (n->out[i])
            *n->out[i] = (struct bx_shaped){.rank = -1};
    for (size_t i = 0; i < n->nin; i++)
        constant &= !n->in[i] || n->in[i]->constant;
    if (overfull || !bx_node_shape(n, t->a)) {
        c->strange++;
        if (!c->strangest)
            c->strangest = shown(n->op, t->a);
    }
    for (size_t i = 0; i < n->nout; i++)
        if (n->out[i])
            n->out[i]->constant |= constant && n->nin;
    c->left_out += hidden(body, 0);
    if (n->domain.p != n->domain.end)
        return;
    if (is_product(n->op) || is_normalisation(n->op))
        for (size_t i = is_normalisation(n->op) ? 1 : 0; i < n->nin; i++)
            if (n->in[i] && n->in[i]->origin) {
                struct bx_shaped *origin = n->in[i]->origin;
                if (is_product(n->op) || origin->stored)
                    c->parameters += (double)origin->own;
                origin->own = 0;
            }
    if (!is_product(n->op))
        return;
    const int64_t macs = products(n);
    if (macs < 0)
        c->left_out++;
    else
        c->macs += (double)macs;
}

static bool is_ready(const struct tensors *t, struct bx_wire node)
{
    struct bx_wire_field f;
    while (bx_wire_next(&node, &f) > 0)
        if (f.number == 1 && f.type == 2 && f.body.p != f.body.end && !find(t, f.body))
            return false;
    return true;
}

/* In the order of their work, which not every file keeps to. */
static void count_nodes(struct tensors *t, struct bx_wire graph, int64_t opset, struct bx_onnx_counts *c)
{
    struct bx_wire *waiting = NULL, w = graph;
    struct bx_wire_field f;
    size_t n = 0, cap = 0, before = 0;
    while (bx_wire_next(&w, &f) > 0)
        if (f.number == 1 && f.type == 2) {
            waiting = bx_grow(waiting, &cap, n + 1, sizeof *waiting);
            waiting[n++] = f.body;
        }
    if (n > MOST_PARTS) { /* no network has so many */
        c->left_out += n;
        n = 0;
    }
    for (int pass = 0; n && pass < MOST_PASSES && n != before; pass++) {
        size_t left = 0;
        before = n;
        for (size_t i = 0; i < n; i++)
            if (is_ready(t, waiting[i]))
                count_node(t, waiting[i], opset, c);
            else
                waiting[left++] = waiting[i];
        n = left;
    }
    for (size_t i = 0; i < n; i++)
        count_node(t, waiting[i], opset, c);
    free(waiting);
}

/* An open side of a picture's input is what it is given; the first is the number of pictures. */
static void close_input(struct bx_shaped *t, uint32_t W, uint32_t H)
{
    if (t->rank == 4 && t->dim[0] < 0)
        t->dim[0] = 1;
    if (t->rank != 3 && t->rank != 4)
        return;
    if (t->dim[t->rank - 1] < 0 && W)
        t->dim[t->rank - 1] = W;
    if (t->dim[t->rank - 2] < 0 && H)
        t->dim[t->rank - 2] = H;
    if (t->dim[t->rank - 3] < 0)
        t->dim[t->rank - 3] = 3;
}

static void add_shown(struct bx_buf *b, struct bx_wire name, const struct bx_shaped *t, struct bx_arena *a)
{
    enum { ENOUGH = 2000 }; /* bytes: nobody reads on */
    if (b->n > ENOUGH)
        return;
    bx_buf_addf(b, "%s'%s' ", b->n ? ", " : "", shown(name, a));
    if (t->rank < 0)
        bx_buf_adds(b, "of no known shape");
    for (int i = 0; i < t->rank; i++)
        if (t->dim[i] < 0)
            bx_buf_addf(b, "%s?", i ? ", " : "[");
        else
            bx_buf_addf(b, "%s%lld", i ? ", " : "[", (long long)t->dim[i]);
    if (t->rank >= 0)
        bx_buf_adds(b, t->rank ? "]" : "[]");
}

static void count_graph(struct bx_wire graph, int64_t opset, uint32_t W, uint32_t H, struct bx_onnx_counts *c, struct bx_arena *a)
{
    struct tensors t = {.a = a};
    struct bx_wire w = graph, name;
    struct bx_wire_field f;
    struct bx_shaped s;
    bool any = false;
    size_t parts = 0;
    BX_CLEANUP_BUF struct bx_buf inputs = {0};
    BX_CLEANUP_BUF struct bx_buf outputs = {0};
    while (bx_wire_next(&w, &f) > 0)
        if (f.number == 5 && f.type == 2 && parts++ < MOST_PARTS) {
            bx_tensor_read(f.body, &s, &name, a);
            s.stored = true;
            struct bx_shaped *at = add(&t, name);
            *at = s;
            at->origin = at;
        }
    for (w = graph; bx_wire_next(&w, &f) > 0;)
        if (f.number == 11 && f.type == 2 && parts++ < MOST_PARTS) {
            read_value_info(f.body, &name, &s);
            if (find(&t, name))
                continue; /* older files name their weights as inputs */
            add_shown(&inputs, name, &s, a);
            close_input(&s, W, H);
            if (!any && s.rank > 2 && s.dim[s.rank - 1] > 0 && s.dim[s.rank - 1] <= BX_ONNX_MOST_SIDE && s.dim[s.rank - 2] > 0 &&
                s.dim[s.rank - 2] <= BX_ONNX_MOST_SIDE)
                c->width = (uint32_t)s.dim[s.rank - 1], c->height = (uint32_t)s.dim[s.rank - 2];
            any = true;
            *add(&t, name) = s;
        }
    count_nodes(&t, graph, opset, c);
    for (w = graph; bx_wire_next(&w, &f) > 0;)
        if (f.number == 12 && f.type == 2) {
            read_value_info(f.body, &name, &s);
            const struct bx_shaped *own = find(&t, name);
            const struct bx_shaped *best = own && own->rank >= 0 ? own : &s;
            add_shown(&outputs, name, best, a);
            if (c->noutputs == BX_OUTPUTS) {
                c->noutputs_all++;
                continue;
            }
            struct bx_output *o = &c->outputs[c->noutputs++];
            c->noutputs_all++;
            *o = (struct bx_output){.name = shown(name, a),
                                    .rank = best->rank < 0 || best->rank > BX_OUTPUT_RANK ? SIZE_MAX : (size_t)best->rank};
            for (size_t i = 0; o->rank != SIZE_MAX && i < o->rank; i++)
                if (best->dim[i] < 0) {
                    o->rank = SIZE_MAX;
                    break;
                } else
                    o->dim[i] = (size_t)best->dim[i];
        }
    c->inputs_shown = bx_strdup(a, bx_buf_str(&inputs));
    c->outputs_shown = bx_strdup(a, bx_buf_str(&outputs));
    bx_name_list_free(&t.names);
    free(t.at);
}

static void read_metadata(struct bx_wire model, struct bx_onnx_counts *c, struct bx_arena *a)
{
    struct bx_wire_field f, g;
    while (bx_wire_next(&model, &f) > 0) {
        struct bx_wire key = {NULL, NULL}, value = key;
        for (struct bx_wire in = f.body; f.number == 14 && f.type == 2 && bx_wire_next(&in, &g) > 0;)
            if (g.type == 2 && g.number <= 2)
                *(g.number == 1 ? &key : &value) = g.body;
        const char **at = BX_WIRE_IS(key, "names")   ? &c->names
                          : BX_WIRE_IS(key, "task")  ? &c->task
                          : BX_WIRE_IS(key, "imgsz") ? &c->imgsz
                                                     : NULL;
        if (at && value.p)
            *at = bx_strndup(a, (const char *)value.p, (size_t)(value.end - value.p));
    }
}

void bx_onnx_count(const void *data, size_t n, uint32_t W, uint32_t H, struct bx_onnx_counts *c, struct bx_arena *a)
{
    struct bx_wire model = {data, (const uint8_t *)data + n}, w = model;
    struct bx_wire_field f, g;
    int64_t opset = 1;
    *c = (struct bx_onnx_counts){.inputs_shown = "", .outputs_shown = "", .names = "", .task = "", .imgsz = ""};
    while (bx_wire_next(&w, &f) > 0)
        if (f.number == 8 && f.type == 2) {
            int64_t version = 0;
            bool main = true;
            for (struct bx_wire in = f.body; bx_wire_next(&in, &g) > 0;)
                if (g.number == 2 && g.type == 0)
                    version = (int64_t)g.value;
                else if (g.number == 1 && g.type == 2)
                    main = g.body.p == g.body.end || BX_WIRE_IS(g.body, "ai.onnx");
            if (main)
                opset = version;
        }
    read_metadata(model, c, a);
    for (w = model; bx_wire_next(&w, &f) > 0;)
        if (f.number == 7 && f.type == 2) {
            count_graph(f.body, opset, W, H, c, a);
            return;
        }
}
