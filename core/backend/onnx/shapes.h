/*
 * shapes.h: what shape each tensor of a graph has, as far as it can be known without running it; for count.c alone. Every number is a
 * stranger's: a size is -1 where it is not known, or not believable.
 */
#pragma once
#include "core/backend/onnx/onnx.h"
#include "core/backend/onnx/wire.h"
#include "core/base/arena.h"

enum { BX_SHAPE_RANK = 8, BX_SHAPE_VALUES = 64, BX_NODE_ENDS = 64 };
#define BX_SHAPE_MOST ((int64_t)1 << 40)

struct bx_shaped {
    int rank; /* -1: not known */
    int64_t dim[BX_SHAPE_RANK];
    double *value;            /* of a small constant; NULL: not known */
    size_t n;                 /* of values */
    bool whole;               /* integers */
    bool stored;              /* among the graph's initial values */
    bool constant;            /* made of what the file holds alone */
    int64_t own;              /* numbers that the file holds of it, not yet counted */
    struct bx_shaped *origin; /* whose numbers it has, itself or one that it is a copy of; NULL: none of the file */
};
struct bx_onnx_node {
    struct bx_wire body, op, domain;
    const struct bx_shaped *in[BX_NODE_ENDS]; /* NULL: not given */
    struct bx_shaped *out[BX_NODE_ENDS];
    size_t nin, nout;
    int64_t opset;
};
int64_t bx_shaped_numbers(const struct bx_shaped *t); /* -1: not known */
void bx_tensor_read(struct bx_wire w, struct bx_shaped *t, struct bx_wire *name, struct bx_arena *a);
/* Attributes. */
int64_t bx_node_int(const struct bx_onnx_node *n, const char *name, int64_t absent);
size_t bx_node_ints(const struct bx_onnx_node *n, const char *name, int64_t *out, size_t most);
struct bx_wire bx_node_text(const struct bx_onnx_node *n, const char *name);
/* Fills the outputs, which are unknown before. False: an operator that is not known here. */
bool bx_node_shape(struct bx_onnx_node *n, struct bx_arena *a);
