/* wire.h: protocol buffers' wire format, as far as ONNX files have it. Nothing is copied: a field's body lies in the file's bytes. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bx_wire {
    const uint8_t *p, *end;
};
struct bx_wire_field {
    uint64_t number, value; /* value: of type 0; of types 1 and 5 the bits */
    unsigned type;
    struct bx_wire body; /* of type 2 */
};
/* 1: a field; 0: the end; -1: broken. */
int bx_wire_next(struct bx_wire *w, struct bx_wire_field *f);
bool bx_wire_varint(struct bx_wire *w, uint64_t *v); /* false: the end, or none */
static inline bool bx_wire_is(struct bx_wire w, const char *text, size_t n)
{
    return (size_t)(w.end - w.p) == n && (!n || !__builtin_memcmp(w.p, text, n));
}
#define BX_WIRE_IS(w, literal) bx_wire_is(w, literal, sizeof(literal) - 1)
