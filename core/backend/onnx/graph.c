/* graph.c: the file before the runtime sees it. Protocol buffers' wire format, by hand: only what may name another file is followed. */
#include "core/backend/onnx/onnx.h"
#include <string.h>

#define MOST_DEPTH 32 /* graphs within attributes of nodes of graphs */

struct wire {
    const uint8_t *p, *end;
};
struct field {
    uint64_t number, value;
    unsigned type;
    struct wire body; /* of type 2 */
};

static bool varint(struct wire *w, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; shift < 64 && w->p < w->end; shift += 7) {
        uint8_t b = *w->p++;
        *v |= (uint64_t)(b & 0x7F) << shift;
        if (!(b & 0x80))
            return true;
    }
    return false;
}

/* 1: a field; 0: the end; -1: broken. */
static int next_field(struct wire *w, struct field *f)
{
    uint64_t key;
    if (w->p == w->end)
        return 0;
    if (!varint(w, &key) || !(key >> 3))
        return -1;
    *f = (struct field){.number = key >> 3, .type = (unsigned)key & 7};
    size_t left = (size_t)(w->end - w->p), n = f->type == 1 ? 8 : f->type == 5 ? 4 : 0;
    switch (f->type) {
    case 0:
        return varint(w, &f->value) ? 1 : -1;
    case 2:
        if (!varint(w, &f->value) || f->value > (size_t)(w->end - w->p))
            return -1;
        f->body = (struct wire){w->p, w->p + f->value};
        w->p += f->value;
        return 1;
    case 1:
    case 5:
        if (left < n)
            return -1;
        w->p += n;
        return 1;
    default:
        return -1;
    }
}

enum message { NOTHING, MODEL, GRAPH, NODE, ATTRIBUTE, TENSOR, SPARSE, FUNCTION };

/* What a field of a message holds that has to be looked into. */
static const struct {
    enum message in;
    unsigned number;
    enum message is;
} inner[] = {
    {MODEL, 7, GRAPH},       {MODEL, 25, FUNCTION},   {FUNCTION, 7, NODE},     {FUNCTION, 11, ATTRIBUTE},
    {GRAPH, 1, NODE},        {GRAPH, 5, TENSOR},      {GRAPH, 15, SPARSE},     {NODE, 5, ATTRIBUTE},
    {ATTRIBUTE, 5, TENSOR},  {ATTRIBUTE, 6, GRAPH},   {ATTRIBUTE, 10, TENSOR}, {ATTRIBUTE, 11, GRAPH},
    {ATTRIBUTE, 22, SPARSE}, {ATTRIBUTE, 23, SPARSE}, {SPARSE, 1, TENSOR},     {SPARSE, 2, TENSOR},
};

static bool external(const char *name, struct wire entry, struct bx_err *e)
{
    struct field f;
    struct wire value = {0};
    while (next_field(&entry, &f) > 0)
        if (f.number == 2 && f.type == 2)
            value = f.body;
    return bx_fail(e, BX_DATA, "%s: found weights in another file, '%.*s', expected them all in this one", name,
                   (int)(value.p ? value.end - value.p > 200 ? 200 : value.end - value.p : 0), value.p ? (const char *)value.p : "");
}

static bool look(const char *name, struct wire w, enum message what, unsigned depth, bool *graph, struct bx_err *e)
{
    struct field f;
    int r;
    if (depth > MOST_DEPTH)
        return bx_fail(e, BX_DATA, "%s: graphs within graphs, more than %d deep", name, MOST_DEPTH);
    while ((r = next_field(&w, &f)) > 0) {
        if (what == TENSOR && f.type == 2 && f.number == 13)
            return external(name, f.body, e);
        if (what == TENSOR && f.type == 0 && f.number == 14 && f.value)
            return bx_fail(e, BX_DATA, "%s: found weights in another file, expected them all in this one", name);
        for (size_t i = 0; i < sizeof inner / sizeof *inner; i++)
            if (inner[i].in == what && inner[i].number == f.number && f.type == 2) {
                *graph |= inner[i].is == GRAPH;
                if (!look(name, f.body, inner[i].is, depth + 1, graph, e))
                    return false;
            }
    }
    return r == 0 || bx_fail(e, BX_DATA, "%s: found no whole ONNX model: it is cut short, or something else", name);
}

bool bx_onnx_look(const char *name, const void *data, size_t n, struct bx_err *e)
{
    static const char lfs[] = "version https://git-lfs";
    const uint8_t *p = data;
    bool graph = false;
    if (!n)
        return bx_fail(e, BX_DATA, "%s: the file is empty, expected an ONNX model", name);
    if (n >= sizeof lfs - 1 && !memcmp(p, lfs, sizeof lfs - 1))
        return bx_fail(e, BX_DATA, "%s: found a pointer of Git LFS, expected the model itself: 'git lfs pull' fetches it", name);
    if (*p == '<')
        return bx_fail(e, BX_DATA, "%s: found a web page, expected an ONNX model", name);
    if (!look(name, (struct wire){p, p + n}, MODEL, 0, &graph, e))
        return false;
    return graph || bx_fail(e, BX_DATA, "%s: found no graph in it, expected an ONNX model", name);
}
