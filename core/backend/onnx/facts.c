/* facts.c: what can be told of a network without running it. */
#include "core/backend/onnx/onnx.h"
#include "core/base/file.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

uint32_t bx_onnx_side(const char *text, int which)
{
    char *end;
    text += strspn(text, "[( ");
    long v = strtol(text, &end, 10);
    if (which && end != text && *end == ',')
        v = strtol(end + 1, NULL, 10);
    return v > 0 && v <= BX_ONNX_MOST_SIDE ? (uint32_t)v : 0;
}

static bool told_names(const struct bx_model *m, struct bx_onnx_facts *f, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_backend_config *b = &m->backend;
    if (b->names_file)
        return bx_onnx_names_file(bx_path_join(a, m->dir, b->names_file), &f->names, &f->nnames, a, e);
    if (b->nclass_names)
        f->names = b->class_names, f->nnames = b->nclass_names;
    else
        f->names = bx_onnx_names(f->counts.names, &f->nnames, a);
    return true;
}

bool bx_onnx_facts(const struct bx_model *m, struct bx_onnx_facts *f, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_backend_config *b = &m->backend;
    struct bx_map map;
    struct bx_decoder d;
    *f = (struct bx_onnx_facts){0};
    int fd = bx_open_beneath(m->dir, b->file, e);
    if (fd < 0)
        return false;
    close(fd);
    if (!bx_map_open(&map, bx_path_join(a, m->dir, b->file), e))
        return false;
    bool ok = bx_onnx_look(b->file, map.data, map.n, e);
    if (ok)
        bx_onnx_count(map.data, map.n, b->size[0], b->size[1], &f->counts, a);
    if (ok && !b->size[0]) {
        f->width = bx_onnx_side(f->counts.imgsz, 1);
        f->height = bx_onnx_side(f->counts.imgsz, 0);
        bx_onnx_count(map.data, map.n, f->width, f->height, &f->counts, a);
    }
    bx_map_close(&map);
    if (!ok || !told_names(m, f, a, e))
        return false;
    const size_t head = b->head ? bx_words_find(&bx_head_words, b->head) : BX_HEAD_BY_SHAPE;
    for (size_t i = 0; i < f->counts.noutputs; i++)
        ok &= f->counts.outputs[i].rank != SIZE_MAX;
    f->head = b->head;
    if (f->counts.width)
        f->width = f->counts.width, f->height = f->counts.height;
    if (!ok || f->counts.noutputs != f->counts.noutputs_all)
        return true;
    if (!bx_head_choose(f->counts.outputs, f->counts.noutputs, f->width, f->height, f->counts.task, f->nnames, (enum bx_head)head, &d, e))
        return bx_wrap(e, "%s", b->file);
    f->task = bx_heads[d.head].task;
    f->head = d.head == BX_HEAD_YOLOV5 && !b->head ? "yolov5 or yolox" : bx_heads[d.head].name; /* what their boxes say */
    f->nclasses = d.nc;
    return true;
}
