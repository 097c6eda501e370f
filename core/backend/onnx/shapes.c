/* shapes.c: the operators that detectors are made of, as functions of shapes, and of the small numbers that shapes are computed from. */
#include "core/backend/onnx/shapes.h"
#include <math.h>
#include <string.h>

typedef void rule(struct bx_onnx_node *n, struct bx_arena *a);

/* Beyond belief is unknown. */
static void put(struct bx_shaped *t, int rank, const int64_t *dim)
{
    t->rank = rank < 0 || rank > BX_SHAPE_RANK ? -1 : rank;
    for (int i = 0; i < t->rank; i++)
        t->dim[i] = dim[i] < 0 || dim[i] > BX_SHAPE_MOST ? -1 : dim[i];
}

static void put_values(struct bx_shaped *t, const double *v, size_t n, bool whole, struct bx_arena *a)
{
    if (n > BX_SHAPE_VALUES)
        return;
    t->value = bx_memdup(a, n ? (const void *)v : "", n * sizeof *v);
    t->n = n;
    t->whole = whole;
}

static bool known(const struct bx_onnx_node *n, size_t i)
{
    return i < n->nin && n->in[i] && n->in[i]->rank >= 0;
}
static bool valued(const struct bx_onnx_node *n, size_t i)
{
    return i < n->nin && n->in[i] && n->in[i]->value;
}

/* "To the end" is written as the greatest number there is. */
static int64_t as_int(double v)
{
    return v >= 9e15 ? INT64_C(9000000000000000) : v >= -9e15 ? (int64_t)v : -INT64_C(9000000000000000);
}

/* Whole numbers of an input, or of the attribute that older opsets had for it: some room is left to add to them. */
static size_t numbers(const struct bx_onnx_node *n, size_t input, const char *name, int64_t *out, size_t most)
{
    const struct bx_shaped *t = valued(n, input) ? n->in[input] : NULL;
    if (!t && input < n->nin && n->in[input])
        return 0;
    const size_t given = t ? t->n : bx_node_ints(n, name, out, most), count = given < most ? given : most;
    for (size_t i = 0; i < count; i++)
        out[i] = as_int(t ? t->value[i] : (double)out[i]);
    return count;
}

static int axis_of(int64_t axis, int rank)
{
    axis += axis < 0 ? rank : 0;
    return axis >= 0 && axis < rank ? (int)axis : -1;
}

static void same(struct bx_onnx_node *n, struct bx_arena *a)
{
    if (!known(n, 0))
        return;
    put(n->out[0], n->in[0]->rank, n->in[0]->dim);
    if (n->in[0]->value &&
        (BX_WIRE_IS(n->op, "Identity") || BX_WIRE_IS(n->op, "Cast") || BX_WIRE_IS(n->op, "Floor") || BX_WIRE_IS(n->op, "Ceil"))) {
        double v[BX_SHAPE_VALUES];
        const int64_t to = bx_node_int(n, "to", 0);
        const bool whole = BX_WIRE_IS(n->op, "Cast") ? to == 6 || to == 7 : n->in[0]->whole;
        for (size_t i = 0; i < n->in[0]->n; i++) {
            v[i] = n->in[0]->value[i];
            v[i] = BX_WIRE_IS(n->op, "Floor") ? floor(v[i]) : BX_WIRE_IS(n->op, "Ceil") ? ceil(v[i]) : whole ? trunc(v[i]) : v[i];
        }
        put_values(n->out[0], v, n->in[0]->n, whole, a);
    }
    /* A number that the file holds in another form is the same number. */
    if (n->in[0]->constant)
        n->out[0]->origin = n->in[0]->origin;
}

static bool join(struct bx_shaped *t, const struct bx_shaped *x)
{
    int rank = t->rank > x->rank ? t->rank : x->rank;
    int64_t dim[BX_SHAPE_RANK];
    for (int i = 1; i <= rank; i++) {
        int64_t p = i <= t->rank ? t->dim[t->rank - i] : 1, q = i <= x->rank ? x->dim[x->rank - i] : 1;
        dim[rank - i] = p == 1 ? q : q == 1 || p == q ? p : p < 0 ? q : q < 0 ? p : -2;
        if (dim[rank - i] == -2)
            return false;
    }
    put(t, rank, dim);
    return true;
}

static void fold(struct bx_onnx_node *n, struct bx_arena *a)
{
    const struct bx_shaped *x = n->in[0], *y = n->in[1];
    double v[BX_SHAPE_VALUES];
    size_t count = x->n > y->n ? x->n : y->n;
    if ((x->n != count && x->n != 1) || (y->n != count && y->n != 1))
        return;
    for (size_t i = 0; i < count; i++) {
        double p = x->value[x->n == 1 ? 0 : i], q = y->value[y->n == 1 ? 0 : i];
        v[i] = BX_WIRE_IS(n->op, "Add") ? p + q : BX_WIRE_IS(n->op, "Sub") ? p - q : BX_WIRE_IS(n->op, "Mul") ? p * q : q != 0 ? p / q : 0;
        v[i] = x->whole && y->whole ? trunc(v[i]) : v[i];
    }
    put_values(n->out[0], v, count, x->whole && y->whole, a);
}

static void broadcast(struct bx_onnx_node *n, struct bx_arena *a)
{
    struct bx_shaped t = {.rank = 0};
    for (size_t i = 0; i < n->nin; i++)
        if (!known(n, i) || !join(&t, n->in[i]))
            return;
    put(n->out[0], t.rank, t.dim);
    if (n->nin == 2 && valued(n, 0) && valued(n, 1) &&
        (BX_WIRE_IS(n->op, "Add") || BX_WIRE_IS(n->op, "Sub") || BX_WIRE_IS(n->op, "Mul") || BX_WIRE_IS(n->op, "Div")))
        fold(n, a);
}

/* Spatial sides of a window that slides. */
static int64_t slid(int64_t side, int64_t kernel, int64_t stride, int64_t dilation, int64_t pads, struct bx_wire automatic, bool up)
{
    if (side < 0 || kernel < 1 || kernel > 1 << 20 || stride < 1 || dilation < 1 || dilation > 1 << 20 || pads < 0 || pads > 1 << 20)
        return -1;
    if (automatic.end - automatic.p >= 4 && !memcmp(automatic.p, "SAME", 4))
        return side / stride + (side % stride > 0);
    int64_t room = side + (BX_WIRE_IS(automatic, "VALID") ? 0 : pads) - (dilation * (kernel - 1) + 1);
    return room < 0 ? -1 : room / stride + (up && room % stride) + 1;
}

static void window(struct bx_onnx_node *n, int64_t channels, const int64_t *kernel)
{
    const struct bx_shaped *x = n->in[0];
    int64_t dim[BX_SHAPE_RANK] = {x->dim[0], channels}, strides[6] = {1, 1, 1, 1, 1, 1}, dilations[6] = {1, 1, 1, 1, 1, 1}, pads[12] = {0};
    const int k = x->rank - 2;
    bx_node_ints(n, "strides", strides, 6);
    bx_node_ints(n, "dilations", dilations, 6);
    bx_node_ints(n, "pads", pads, 12);
    for (int i = 0; i < k; i++)
        dim[2 + i] = slid(x->dim[2 + i], kernel[i], strides[i], dilations[i],
                          pads[i] < 0 || pads[k + i] < 0 || pads[i] > 1 << 20 || pads[k + i] > 1 << 20 ? -1 : pads[i] + pads[k + i],
                          bx_node_text(n, "auto_pad"), bx_node_int(n, "ceil_mode", 0));
    put(n->out[0], x->rank, dim);
}

static void conv(struct bx_onnx_node *n, struct bx_arena *a)
{
    (void)a;
    if (known(n, 0) && known(n, 1) && n->in[0]->rank > 2 && n->in[1]->rank == n->in[0]->rank)
        window(n, n->in[1]->dim[0], n->in[1]->dim + 2);
}

static void pool(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t kernel[6] = {0};
    (void)a;
    bx_node_ints(n, "kernel_shape", kernel, 6);
    if (known(n, 0) && n->in[0]->rank > 2)
        window(n, n->in[0]->dim[1], kernel);
}

static void pool_all(struct bx_onnx_node *n, struct bx_arena *a)
{
    (void)a;
    if (!known(n, 0) || n->in[0]->rank < 2)
        return;
    int64_t dim[BX_SHAPE_RANK] = {n->in[0]->dim[0], n->in[0]->dim[1], 1, 1, 1, 1, 1, 1};
    put(n->out[0], n->in[0]->rank, dim);
}

static void conv_back(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t dim[BX_SHAPE_RANK], strides[6] = {1, 1, 1, 1, 1, 1}, dilations[6] = {1, 1, 1, 1, 1, 1}, pads[12] = {0}, more[6] = {0};
    (void)a;
    if (!known(n, 0) || !known(n, 1) || n->in[0]->rank < 3 || n->in[1]->rank != n->in[0]->rank)
        return;
    const struct bx_shaped *x = n->in[0], *w = n->in[1];
    const int k = x->rank - 2;
    const int64_t group = bx_node_int(n, "group", 1), most = 1 << 20;
    struct bx_wire automatic = bx_node_text(n, "auto_pad");
    bx_node_ints(n, "strides", strides, 6);
    bx_node_ints(n, "dilations", dilations, 6);
    bx_node_ints(n, "pads", pads, 12);
    bx_node_ints(n, "output_padding", more, 6);
    dim[0] = x->dim[0];
    dim[1] = group < 1 || group > most || w->dim[1] > most ? -1 : w->dim[1] * group;
    for (int i = 0; i < k; i++) {
        const int64_t side = x->dim[2 + i], kernel = w->dim[2 + i];
        const bool sane = side >= 0 && side <= most && kernel > 0 && kernel <= most && strides[i] > 0 && strides[i] <= most &&
                          dilations[i] > 0 && dilations[i] <= most && pads[i] >= 0 && pads[i] <= most && pads[k + i] >= 0 &&
                          pads[k + i] <= most && more[i] >= 0 && more[i] <= most &&
                          (automatic.p == automatic.end || BX_WIRE_IS(automatic, "NOTSET"));
        dim[2 + i] = sane ? strides[i] * (side - 1) + more[i] + (kernel - 1) * dilations[i] + 1 - pads[i] - pads[k + i] : -1;
    }
    put(n->out[0], x->rank, dim);
}

static void concat(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t dim[BX_SHAPE_RANK];
    double v[BX_SHAPE_VALUES];
    size_t count = 0;
    bool values = true, whole = true;
    if (!known(n, 0))
        return;
    const int rank = n->in[0]->rank, axis = axis_of(bx_node_int(n, "axis", 0), rank);
    memcpy(dim, n->in[0]->dim, sizeof dim);
    for (size_t i = 0; i < n->nin; i++) {
        if (!known(n, i) || n->in[i]->rank != rank || axis < 0)
            return;
        if (i && dim[axis] >= 0)
            dim[axis] = n->in[i]->dim[axis] < 0 || n->in[i]->dim[axis] > BX_SHAPE_MOST ? -1 : dim[axis] + n->in[i]->dim[axis];
        values = values && n->in[i]->value && count + n->in[i]->n <= BX_SHAPE_VALUES;
        for (size_t k = 0; values && k < n->in[i]->n; k++)
            v[count++] = n->in[i]->value[k];
        whole &= n->in[i]->whole;
    }
    put(n->out[0], rank, dim);
    if (values && rank == 1)
        put_values(n->out[0], v, count, whole, a);
}

static void split(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t parts[BX_NODE_ENDS], dim[BX_SHAPE_RANK];
    (void)a;
    if (!known(n, 0))
        return;
    const struct bx_shaped *x = n->in[0];
    const int axis = axis_of(bx_node_int(n, "axis", 0), x->rank);
    const size_t said = numbers(n, 1, "split", parts, BX_NODE_ENDS);
    if (axis < 0 || (said && said != n->nout))
        return;
    memcpy(dim, x->dim, sizeof dim);
    const int64_t each = x->dim[axis] < 0 ? -1 : (x->dim[axis] + (int64_t)n->nout - 1) / (int64_t)n->nout;
    for (size_t i = 0; i < n->nout; i++) {
        const bool last = i + 1 == n->nout;
        dim[axis] = said ? parts[i] : each < 0 ? -1 : last ? x->dim[axis] - each * (int64_t)i : each;
        if (n->out[i])
            put(n->out[i], x->rank, dim);
    }
}

static void slice(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t from[BX_SHAPE_RANK], to[BX_SHAPE_RANK], axes[BX_SHAPE_RANK], steps[BX_SHAPE_RANK], dim[BX_SHAPE_RANK];
    if (!known(n, 0))
        return;
    const struct bx_shaped *x = n->in[0];
    const size_t k = numbers(n, 1, "starts", from, BX_SHAPE_RANK);
    size_t naxes = numbers(n, 3, "axes", axes, BX_SHAPE_RANK), nsteps = numbers(n, 4, "steps", steps, BX_SHAPE_RANK);
    memcpy(dim, x->dim, sizeof dim);
    if (!k || numbers(n, 2, "ends", to, BX_SHAPE_RANK) != k || (naxes && naxes != k) || (nsteps && nsteps != k)) {
        for (int i = 0; i < x->rank; i++) /* which sides it cuts is not known */
            dim[i] = -1;
        put(n->out[0], x->rank, dim);
        return;
    }
    for (size_t i = 0; i < k; i++) {
        const int axis = axis_of(naxes ? axes[i] : (int64_t)i, x->rank);
        const int64_t step = nsteps ? steps[i] : 1;
        if (axis < 0 || !step || step > BX_SHAPE_MOST || step < -BX_SHAPE_MOST)
            return;
        const int64_t side = x->dim[axis], low = step > 0 ? 0 : -1, high = step > 0 ? side : side - 1;
        int64_t p = from[i] < 0 ? from[i] + side : from[i], q = to[i] < 0 ? to[i] + side : to[i];
        p = p < 0 ? 0 : p > high ? high : p;
        q = q < low ? low : q > side ? side : q;
        const int64_t room = step > 0 ? q - p : p - q, stride = step > 0 ? step : -step;
        dim[axis] = side < 0 ? -1 : room <= 0 ? 0 : (room + stride - 1) / stride;
        if (x->value && x->rank == 1 && step == 1 && p >= 0 && room > 0 && (size_t)(p + room) <= x->n)
            put_values(n->out[0], x->value + p, (size_t)room, x->whole, a);
    }
    put(n->out[0], x->rank, dim);
}

static void reshape(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t dim[BX_SHAPE_RANK], rest = 1;
    int open = -1;
    if (!valued(n, 1) || n->in[1]->n > BX_SHAPE_RANK) {
        if (known(n, 1) && n->in[1]->rank == 1 && n->in[1]->dim[0] >= 0 && n->in[1]->dim[0] <= BX_SHAPE_RANK) {
            for (int i = 0; i < BX_SHAPE_RANK; i++)
                dim[i] = -1;
            put(n->out[0], (int)n->in[1]->dim[0], dim);
        }
        return;
    }
    const int rank = (int)n->in[1]->n;
    const int64_t all = known(n, 0) ? bx_shaped_numbers(n->in[0]) : -1;
    bool whole = true;
    for (int i = 0; i < rank; i++) {
        dim[i] = as_int(n->in[1]->value[i]);
        if (!dim[i] && !bx_node_int(n, "allowzero", 0))
            dim[i] = known(n, 0) && i < n->in[0]->rank ? n->in[0]->dim[i] : -2;
        if (n->in[1]->value[i] == -1 && open < 0)
            open = i;
        else if (dim[i] < 0 || (dim[i] && rest > BX_SHAPE_MOST / dim[i]))
            whole = false;
        else
            rest *= dim[i];
    }
    if (open >= 0)
        dim[open] = whole && all >= 0 && rest > 0 && all % rest == 0 ? all / rest : -1;
    put(n->out[0], rank, dim);
    if (n->in[0] && n->in[0]->value)
        put_values(n->out[0], n->in[0]->value, n->in[0]->n, n->in[0]->whole, a);
    if (n->in[0] && n->in[0]->constant)
        n->out[0]->origin = n->in[0]->origin;
}

static void transpose(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t order[BX_SHAPE_RANK], dim[BX_SHAPE_RANK];
    (void)a;
    if (!known(n, 0))
        return;
    const int rank = n->in[0]->rank;
    const size_t said = bx_node_ints(n, "perm", order, BX_SHAPE_RANK);
    if (said && said != (size_t)rank)
        return;
    for (int i = 0; i < rank; i++) {
        const int64_t from = said ? order[i] : rank - 1 - i;
        if (from < 0 || from >= rank)
            return;
        dim[i] = n->in[0]->dim[from];
    }
    put(n->out[0], rank, dim);
    if (n->in[0]->constant)
        n->out[0]->origin = n->in[0]->origin;
}

static void resize(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t dim[BX_SHAPE_RANK];
    (void)a;
    if (!known(n, 0))
        return;
    const int rank = n->in[0]->rank;
    const size_t scales = BX_WIRE_IS(n->op, "Upsample") || n->opset < 11 ? 1 : 2;
    for (int i = 0; i < rank; i++)
        if (valued(n, 3) && n->in[3]->n == (size_t)rank)
            dim[i] = as_int(n->in[3]->value[i]);
        else if (valued(n, scales) && n->in[scales]->n == (size_t)rank && n->in[0]->dim[i] >= 0)
            dim[i] = as_int(floor((double)n->in[0]->dim[i] * n->in[scales]->value[i]));
        else
            dim[i] = -1;
    put(n->out[0], rank, dim);
}

static void squeeze(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t axes[BX_SHAPE_RANK], dim[BX_SHAPE_RANK];
    int rank = 0;
    if (!known(n, 0))
        return;
    const size_t k = numbers(n, 1, "axes", axes, BX_SHAPE_RANK);
    for (int i = 0; i < n->in[0]->rank; i++) {
        bool gone = !k && n->in[0]->dim[i] == 1;
        if (!k && n->in[0]->dim[i] < 0)
            return;
        for (size_t j = 0; j < k; j++)
            gone |= axis_of(axes[j], n->in[0]->rank) == i;
        if (!gone)
            dim[rank++] = n->in[0]->dim[i];
    }
    put(n->out[0], rank, dim);
    if (n->in[0]->value)
        put_values(n->out[0], n->in[0]->value, n->in[0]->n, n->in[0]->whole, a);
}

static void unsqueeze(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t axes[BX_SHAPE_RANK], dim[BX_SHAPE_RANK];
    if (!known(n, 0))
        return;
    const size_t k = numbers(n, 1, "axes", axes, BX_SHAPE_RANK);
    const int rank = n->in[0]->rank + (int)k;
    if (!k || rank > BX_SHAPE_RANK)
        return;
    for (int i = 0, from = 0; i < rank; i++) {
        bool new = false;
        for (size_t j = 0; j < k; j++)
            new |= axis_of(axes[j], rank) == i;
        if (!new &&from == n->in[0]->rank)
            return; /* an axis twice */
        dim[i] = new ? 1 : n->in[0]->dim[from++];
    }
    put(n->out[0], rank, dim);
    if (n->in[0]->value)
        put_values(n->out[0], n->in[0]->value, n->in[0]->n, n->in[0]->whole, a);
}

static void gather(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t dim[2 * BX_SHAPE_RANK];
    int rank = 0;
    if (!known(n, 0) || !known(n, 1))
        return;
    const struct bx_shaped *x = n->in[0], *at = n->in[1];
    const int axis = axis_of(bx_node_int(n, "axis", 0), x->rank);
    if (axis < 0)
        return;
    for (int i = 0; i < axis; i++)
        dim[rank++] = x->dim[i];
    for (int i = 0; i < at->rank; i++)
        dim[rank++] = at->dim[i];
    for (int i = axis + 1; i < x->rank; i++)
        dim[rank++] = x->dim[i];
    put(n->out[0], rank, dim);
    double v[BX_SHAPE_VALUES];
    for (size_t i = 0; x->value && x->rank == 1 && at->value && i < at->n; i++) {
        const int64_t k = as_int(at->value[i]) + (at->value[i] < 0 ? (int64_t)x->n : 0);
        if (k < 0 || (size_t)k >= x->n)
            return;
        v[i] = x->value[k];
        if (i + 1 == at->n)
            put_values(n->out[0], v, at->n, x->whole, a);
    }
}

static void shape(struct bx_onnx_node *n, struct bx_arena *a)
{
    double v[BX_SHAPE_RANK];
    if (!known(n, 0) || bx_node_int(n, "start", 0) || bx_node_int(n, "end", INT64_MAX) != INT64_MAX)
        return;
    bool all = true;
    for (int i = 0; i < n->in[0]->rank; i++) {
        v[i] = (double)n->in[0]->dim[i];
        all &= n->in[0]->dim[i] >= 0;
    }
    const int64_t dim[] = {n->in[0]->rank};
    put(n->out[0], 1, dim);
    if (all)
        put_values(n->out[0], v, (size_t)n->in[0]->rank, true, a);
}

/* The shape is an input's numbers. */
static void shaped(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t dim[BX_SHAPE_RANK];
    const size_t at = BX_WIRE_IS(n->op, "Expand"), k = valued(n, at) ? n->in[at]->n : SIZE_MAX;
    (void)a;
    if (k > BX_SHAPE_RANK)
        return;
    for (size_t i = 0; i < k; i++)
        dim[i] = as_int(n->in[at]->value[i]);
    struct bx_shaped t = {.rank = (int)k};
    memcpy(t.dim, dim, sizeof dim);
    if (at && (!known(n, 0) || !join(&t, n->in[0])))
        return;
    put(n->out[0], t.rank, t.dim);
}

static void matmul(struct bx_onnx_node *n, struct bx_arena *a)
{
    (void)a;
    if (!known(n, 0) || !known(n, 1) || n->in[0]->rank < 2 || n->in[1]->rank < 2)
        return;
    struct bx_shaped p = *n->in[0], q = *n->in[1];
    const int64_t rows = p.dim[p.rank - 2], columns = q.dim[q.rank - 1];
    p.rank -= 2, q.rank -= 2;
    if (!join(&p, &q) || p.rank + 2 > BX_SHAPE_RANK)
        return;
    p.dim[p.rank] = rows, p.dim[p.rank + 1] = columns;
    put(n->out[0], p.rank + 2, p.dim);
}

static void gemm(struct bx_onnx_node *n, struct bx_arena *a)
{
    (void)a;
    if (!known(n, 0) || !known(n, 1) || n->in[0]->rank != 2 || n->in[1]->rank != 2)
        return;
    const int64_t dim[] = {n->in[0]->dim[bx_node_int(n, "transA", 0) != 0], n->in[1]->dim[bx_node_int(n, "transB", 0) == 0]};
    put(n->out[0], 2, dim);
}

static void flatten(struct bx_onnx_node *n, struct bx_arena *a)
{
    (void)a;
    if (!known(n, 0))
        return;
    int64_t axis = bx_node_int(n, "axis", 1), dim[2];
    axis += axis < 0 ? n->in[0]->rank : 0;
    if (axis < 0 || axis > n->in[0]->rank)
        return;
    struct bx_shaped p = *n->in[0], q = *n->in[0];
    p.rank = (int)axis;
    q.rank -= (int)axis;
    memmove(q.dim, q.dim + axis, (size_t)q.rank * sizeof *q.dim);
    dim[0] = bx_shaped_numbers(&p);
    dim[1] = bx_shaped_numbers(&q);
    put(n->out[0], 2, dim);
}

static void reduce(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t axes[BX_SHAPE_RANK], dim[BX_SHAPE_RANK];
    int rank = 0;
    (void)a;
    if (!known(n, 0))
        return;
    const bool arg = BX_WIRE_IS(n->op, "ArgMax") || BX_WIRE_IS(n->op, "ArgMin"), keep = bx_node_int(n, "keepdims", 1);
    size_t k = arg ? 1 : numbers(n, 1, "axes", axes, BX_SHAPE_RANK);
    if (arg)
        axes[0] = bx_node_int(n, "axis", 0);
    if (!k && n->nin > 1 && n->in[1])
        return;
    for (int i = 0; i < n->in[0]->rank; i++) {
        bool gone = !k;
        for (size_t j = 0; j < k; j++)
            gone |= axis_of(axes[j], n->in[0]->rank) == i;
        if (!gone || keep)
            dim[rank++] = gone ? 1 : n->in[0]->dim[i];
    }
    put(n->out[0], rank, dim);
}

static void pad(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t pads[2 * BX_SHAPE_RANK], dim[BX_SHAPE_RANK];
    (void)a;
    if (!known(n, 0))
        return;
    const int rank = n->in[0]->rank;
    const bool all = numbers(n, 1, "pads", pads, 2 * BX_SHAPE_RANK) == 2 * (size_t)rank;
    for (int i = 0; i < rank; i++)
        dim[i] = all && n->in[0]->dim[i] >= 0 && llabs(pads[i]) < BX_SHAPE_MOST && llabs(pads[rank + i]) < BX_SHAPE_MOST
                     ? n->in[0]->dim[i] + pads[i] + pads[rank + i]
                     : -1;
    put(n->out[0], rank, dim);
}

static void topk(struct bx_onnx_node *n, struct bx_arena *a)
{
    (void)a;
    if (!known(n, 0))
        return;
    int64_t dim[BX_SHAPE_RANK], k = -1;
    const int axis = axis_of(bx_node_int(n, "axis", -1), n->in[0]->rank);
    memcpy(dim, n->in[0]->dim, sizeof dim);
    if (axis < 0)
        return;
    if (!numbers(n, 1, "k", &k, 1))
        k = n->nin > 1 ? -1 : bx_node_int(n, "k", -1);
    dim[axis] = k;
    for (size_t i = 0; i < n->nout; i++)
        if (n->out[i])
            put(n->out[i], n->in[0]->rank, dim);
}

static void of_indices(struct bx_onnx_node *n, struct bx_arena *a)
{
    (void)a;
    if (known(n, 1))
        put(n->out[0], n->in[1]->rank, n->in[1]->dim);
}

static void gather_nd(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t dim[2 * BX_SHAPE_RANK];
    int rank = 0;
    (void)a;
    if (!known(n, 0) || !known(n, 1) || n->in[1]->rank < 1)
        return;
    const struct bx_shaped *x = n->in[0], *at = n->in[1];
    const int64_t batch = bx_node_int(n, "batch_dims", 0), k = at->dim[at->rank - 1];
    if (batch < 0 || batch > x->rank || k < 0 || k > x->rank - batch)
        return;
    for (int i = 0; i < at->rank - 1; i++)
        dim[rank++] = at->dim[i];
    for (int64_t i = batch + k; i < x->rank; i++)
        dim[rank++] = x->dim[i];
    put(n->out[0], rank, dim);
}

static void tile(struct bx_onnx_node *n, struct bx_arena *a)
{
    int64_t times[BX_SHAPE_RANK], dim[BX_SHAPE_RANK];
    (void)a;
    if (!known(n, 0))
        return;
    const int rank = n->in[0]->rank;
    const bool all = valued(n, 1) && numbers(n, 1, "repeats", times, BX_SHAPE_RANK) == (size_t)rank;
    for (int i = 0; i < rank; i++)
        dim[i] = all && n->in[0]->dim[i] >= 0 && times[i] >= 0 && times[i] < 1 << 20 && n->in[0]->dim[i] < BX_SHAPE_MOST >> 20
                     ? n->in[0]->dim[i] * times[i]
                     : -1;
    put(n->out[0], rank, dim);
}

static void sampled(struct bx_onnx_node *n, struct bx_arena *a)
{
    (void)a;
    if (!known(n, 0) || !known(n, 1) || n->in[0]->rank != 4 || n->in[1]->rank != 4)
        return;
    const int64_t dim[] = {n->in[0]->dim[0], n->in[0]->dim[1], n->in[1]->dim[1], n->in[1]->dim[2]};
    put(n->out[0], 4, dim);
}

static void blocks(struct bx_onnx_node *n, struct bx_arena *a)
{
    (void)a;
    if (!known(n, 0) || n->in[0]->rank != 4)
        return;
    const struct bx_shaped *x = n->in[0];
    const int64_t b = bx_node_int(n, "blocksize", 0);
    if (b < 1 || b > 1 << 10 || x->dim[1] < 0 || x->dim[2] < 0 || x->dim[3] < 0 || x->dim[1] > 1 << 20 || x->dim[2] > 1 << 20 ||
        x->dim[3] > 1 << 20)
        return;
    const bool to_space = BX_WIRE_IS(n->op, "DepthToSpace");
    const int64_t dim[] = {x->dim[0], to_space ? x->dim[1] / (b * b) : x->dim[1] * b * b, to_space ? x->dim[2] * b : x->dim[2] / b,
                           to_space ? x->dim[3] * b : x->dim[3] / b};
    put(n->out[0], 4, dim);
}

static void constant(struct bx_onnx_node *n, struct bx_arena *a)
{
    struct bx_wire w = n->body, name;
    struct bx_wire_field f, g;
    while (bx_wire_next(&w, &f) > 0) {
        if (f.number != 5 || f.type != 2)
            continue;
        for (struct bx_wire in = f.body; bx_wire_next(&in, &g) > 0;) {
            double v;
            if (g.number == 5 && g.type == 2)
                bx_tensor_read(g.body, n->out[0], &name, a);
            else if (g.number == 3 && g.type == 0) {
                v = (double)(int64_t)g.value;
                put(n->out[0], 0, NULL);
                put_values(n->out[0], &v, 1, true, a);
            } else if (g.number == 2 && g.type == 5) {
                float single;
                uint32_t bits = (uint32_t)g.value;
                memcpy(&single, &bits, sizeof single);
                v = (double)single;
                put(n->out[0], 0, NULL);
                put_values(n->out[0], &v, 1, false, a);
            }
        }
    }
    int64_t many[BX_SHAPE_VALUES];
    const size_t k = bx_node_ints(n, "value_ints", many, BX_SHAPE_VALUES);
    double v[BX_SHAPE_VALUES];
    for (size_t i = 0; i < k; i++)
        v[i] = (double)many[i];
    if (k) {
        const int64_t dim[] = {(int64_t)k};
        put(n->out[0], 1, dim);
        put_values(n->out[0], v, k, true, a);
    }
    n->out[0]->constant = true;
    n->out[0]->origin = n->out[0];
}

static const struct {
    const char *op;
    rule *rule;
} rules[] = {
    {"Abs", same},
    {"Acos", same},
    {"Add", broadcast},
    {"And", broadcast},
    {"ArgMax", reduce},
    {"ArgMin", reduce},
    {"Asin", same},
    {"Atan", same},
    {"AveragePool", pool},
    {"BatchNormalization", same},
    {"Cast", same},
    {"Ceil", same},
    {"Celu", same},
    {"Clip", same},
    {"Concat", concat},
    {"Constant", constant},
    {"ConstantOfShape", shaped},
    {"Conv", conv},
    {"ConvTranspose", conv_back},
    {"Cos", same},
    {"CumSum", same},
    {"DepthToSpace", blocks},
    {"DequantizeLinear", same},
    {"Div", broadcast},
    {"Dropout", same},
    {"Elu", same},
    {"Equal", broadcast},
    {"Erf", same},
    {"Exp", same},
    {"Expand", shaped},
    {"Flatten", flatten},
    {"Floor", same},
    {"Gather", gather},
    {"GatherElements", of_indices},
    {"GatherND", gather_nd},
    {"Gelu", same},
    {"Gemm", gemm},
    {"GlobalAveragePool", pool_all},
    {"GlobalMaxPool", pool_all},
    {"Greater", broadcast},
    {"GreaterOrEqual", broadcast},
    {"GridSample", sampled},
    {"GroupNormalization", same},
    {"HardSigmoid", same},
    {"HardSwish", same},
    {"Identity", same},
    {"InstanceNormalization", same},
    {"IsNaN", same},
    {"LayerNormalization", same},
    {"LeakyRelu", same},
    {"Less", broadcast},
    {"LessOrEqual", broadcast},
    {"Log", same},
    {"LogSoftmax", same},
    {"LpNormalization", same},
    {"MatMul", matmul},
    {"Max", broadcast},
    {"MaxPool", pool},
    {"Mean", broadcast},
    {"Min", broadcast},
    {"Mish", same},
    {"Mod", broadcast},
    {"Mul", broadcast},
    {"Neg", same},
    {"Not", same},
    {"Or", broadcast},
    {"PRelu", same},
    {"Pad", pad},
    {"Pow", broadcast},
    {"QuantizeLinear", same},
    {"Reciprocal", same},
    {"ReduceL2", reduce},
    {"ReduceMax", reduce},
    {"ReduceMean", reduce},
    {"ReduceMin", reduce},
    {"ReduceProd", reduce},
    {"ReduceSum", reduce},
    {"Relu", same},
    {"Reshape", reshape},
    {"Resize", resize},
    {"Round", same},
    {"ScatterElements", same},
    {"ScatterND", same},
    {"Selu", same},
    {"Shape", shape},
    {"Sigmoid", same},
    {"Sign", same},
    {"SimplifiedLayerNormalization", same},
    {"Sin", same},
    {"Slice", slice},
    {"Softmax", same},
    {"Softplus", same},
    {"Softsign", same},
    {"SpaceToDepth", blocks},
    {"Split", split},
    {"Sqrt", same},
    {"Squeeze", squeeze},
    {"Sub", broadcast},
    {"Sum", broadcast},
    {"Tan", same},
    {"Tanh", same},
    {"ThresholdedRelu", same},
    {"Tile", tile},
    {"TopK", topk},
    {"Transpose", transpose},
    {"Trilu", same},
    {"Unsqueeze", unsqueeze},
    {"Upsample", resize},
    {"Where", broadcast},
    {"Xor", broadcast},
};

bool bx_node_shape(struct bx_onnx_node *n, struct bx_arena *a)
{
    if (!n->nout || !n->out[0] || n->domain.p != n->domain.end)
        return n->domain.p == n->domain.end;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (bx_wire_is(n->op, rules[i].op, strlen(rules[i].op))) {
            rules[i].rule(n, a);
            return true;
        }
    return false;
}
