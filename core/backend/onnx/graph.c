/* graph.c: the file before the runtime sees it. Only what may name another file is followed. */
#include "core/backend/onnx/onnx.h"
#include "core/backend/onnx/wire.h"
#include <string.h>

#define MOST_DEPTH 32 /* graphs within attributes of nodes of graphs */

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

static bool external(const char *name, struct bx_wire entry, struct bx_err *e)
{
    struct bx_wire_field f;
    struct bx_wire value = {0};
    while (bx_wire_next(&entry, &f) > 0)
        if (f.number == 2 && f.type == 2)
            value = f.body;
    return bx_fail(e, BX_DATA, "%s: found weights in another file, '%.*s', expected them all in this one", name,
                   (int)(value.p ? value.end - value.p > 200 ? 200 : value.end - value.p : 0), value.p ? (const char *)value.p : "");
}

static bool look(const char *name, struct bx_wire w, enum message what, unsigned depth, bool *graph, struct bx_err *e)
{
    struct bx_wire_field f;
    int r;
    if (depth > MOST_DEPTH)
        return bx_fail(e, BX_DATA, "%s: graphs within graphs, more than %d deep", name, MOST_DEPTH);
    while ((r = bx_wire_next(&w, &f)) > 0) {
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
    if (!look(name, (struct bx_wire){p, p + n}, MODEL, 0, &graph, e))
        return false;
    return graph || bx_fail(e, BX_DATA, "%s: found no graph in it, expected an ONNX model", name);
}
