/* wire.c: the wire format, by hand. */
#include "core/backend/onnx/wire.h"
#include <string.h>

bool bx_wire_varint(struct bx_wire *w, uint64_t *v)
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

int bx_wire_next(struct bx_wire *w, struct bx_wire_field *f)
{
    uint64_t key;
    if (w->p == w->end)
        return 0;
    if (!bx_wire_varint(w, &key) || !(key >> 3))
        return -1;
    *f = (struct bx_wire_field){.number = key >> 3, .type = (unsigned)key & 7};
    size_t left = (size_t)(w->end - w->p), n = f->type == 1 ? 8 : f->type == 5 ? 4 : 0;
    switch (f->type) {
    case 0:
        return bx_wire_varint(w, &f->value) ? 1 : -1;
    case 2:
        if (!bx_wire_varint(w, &f->value) || f->value > (size_t)(w->end - w->p))
            return -1;
        f->body = (struct bx_wire){w->p, w->p + f->value};
        w->p += f->value;
        return 1;
    case 1:
    case 5:
        if (left < n)
            return -1;
        memcpy(&f->value, w->p, n); /* little endian, as the file */
        w->p += n;
        return 1;
    default:
        return -1;
    }
}
