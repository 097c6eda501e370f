/* values.c: what a graph says in numbers and words: the attributes of a node, the sides and small values of a tensor. */
#include "core/backend/onnx/shapes.h"
#include <string.h>

int64_t bx_shaped_numbers(const struct bx_shaped *t)
{
    int64_t all = 1;
    if (t->rank < 0)
        return -1;
    for (int i = 0; i < t->rank; i++) {
        if (t->dim[i] < 0 || (t->dim[i] && all > BX_SHAPE_MOST / t->dim[i]))
            return -1;
        all *= t->dim[i];
    }
    return all;
}

/* One, or many in a packed field. */
static size_t add_ints(const struct bx_wire_field *f, int64_t *out, size_t n, size_t most)
{
    struct bx_wire w = f->body;
    uint64_t v = f->value;
    if (f->type == 0) {
        if (n < most)
            out[n] = (int64_t)v;
        return n + 1;
    }
    while (f->type == 2 && w.p < w.end && bx_wire_varint(&w, &v)) {
        if (n < most)
            out[n] = (int64_t)v;
        n++;
    }
    return n;
}

static bool attribute(const struct bx_onnx_node *n, const char *name, struct bx_wire *out)
{
    struct bx_wire w = n->body;
    struct bx_wire_field f, g;
    while (bx_wire_next(&w, &f) > 0)
        if (f.number == 5 && f.type == 2)
            for (struct bx_wire in = f.body; bx_wire_next(&in, &g) > 0;)
                if (g.number == 1 && g.type == 2 && bx_wire_is(g.body, name, strlen(name))) {
                    *out = f.body;
                    return true;
                }
    return false;
}

int64_t bx_node_int(const struct bx_onnx_node *n, const char *name, int64_t absent)
{
    struct bx_wire w;
    struct bx_wire_field f;
    if (attribute(n, name, &w))
        while (bx_wire_next(&w, &f) > 0)
            if (f.number == 3 && f.type == 0)
                absent = (int64_t)f.value;
    return absent;
}

size_t bx_node_ints(const struct bx_onnx_node *n, const char *name, int64_t *out, size_t most)
{
    struct bx_wire w;
    struct bx_wire_field f;
    size_t count = 0;
    if (attribute(n, name, &w))
        while (bx_wire_next(&w, &f) > 0)
            if (f.number == 8)
                count = add_ints(&f, out, count, most);
    return count < most ? count : most;
}

struct bx_wire bx_node_text(const struct bx_onnx_node *n, const char *name)
{
    struct bx_wire w, text = {NULL, NULL};
    struct bx_wire_field f;
    if (attribute(n, name, &w))
        while (bx_wire_next(&w, &f) > 0)
            if (f.number == 4 && f.type == 2)
                text = f.body;
    return text;
}

/* Of small ones the numbers, too: float, int64 and int32. */
static void read_values(struct bx_wire w, int64_t type, struct bx_shaped *t, struct bx_arena *a)
{
    const int64_t n = bx_shaped_numbers(t);
    struct bx_wire_field f;
    double v[BX_SHAPE_VALUES];
    size_t count = 0;
    if (n < 0 || n > BX_SHAPE_VALUES || (type != 1 && type != 6 && type != 7))
        return;
    const size_t size = type == 7 ? 8 : 4;
    while (bx_wire_next(&w, &f) > 0) {
        int64_t ints[BX_SHAPE_VALUES];
        if ((type == 7 && f.number == 7) || (type == 6 && f.number == 5)) {
            const size_t more = add_ints(&f, ints, 0, BX_SHAPE_VALUES);
            for (size_t i = 0; i < more && i < BX_SHAPE_VALUES && count < BX_SHAPE_VALUES; i++)
                v[count++] = (double)(type == 6 ? (int64_t)(int32_t)ints[i] : ints[i]);
        } else if (f.type == 2 && (f.number == 9 || (type == 1 && f.number == 4)))
            for (const uint8_t *p = f.body.p; (size_t)(f.body.end - p) >= size && count < BX_SHAPE_VALUES; p += size) {
                int64_t whole;
                int32_t half;
                float single;
                if (type == 7)
                    v[count++] = (memcpy(&whole, p, 8), (double)whole);
                else if (type == 6)
                    v[count++] = (memcpy(&half, p, 4), (double)half);
                else
                    v[count++] = (memcpy(&single, p, 4), (double)single);
            }
    }
    if (count != (size_t)n)
        return;
    t->value = bx_memdup(a, count ? (const void *)v : "", count * sizeof *v);
    t->n = count;
    t->whole = type != 1;
}

void bx_tensor_read(struct bx_wire w, struct bx_shaped *t, struct bx_wire *name, struct bx_arena *a)
{
    struct bx_wire all = w;
    struct bx_wire_field f;
    int64_t type = 0;
    size_t rank = 0;
    *t = (struct bx_shaped){.rank = -1, .constant = true};
    *name = (struct bx_wire){NULL, NULL};
    while (bx_wire_next(&w, &f) > 0)
        if (f.number == 1)
            rank = add_ints(&f, t->dim, rank, BX_SHAPE_RANK);
        else if (f.number == 2 && f.type == 0)
            type = (int64_t)f.value;
        else if (f.number == 8 && f.type == 2)
            *name = f.body;
    if (rank > BX_SHAPE_RANK)
        return;
    t->rank = (int)rank;
    t->own = bx_shaped_numbers(t);
    t->own = t->own < 0 ? 0 : t->own;
    read_values(all, type, t, a);
}
