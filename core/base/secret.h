/* secret.h: values that no text may hold: they are *** in everything that is shown, logged or kept. */
#pragma once
#include "core/base/buf.h"
#include <stdbool.h>
#include <stddef.h>

struct bx_secret {
    const char *name, *value;
    bool hidden; /* false: a harmless variable (CUDA_VISIBLE_DEVICES, …) that is passed on but never searched for in texts */
};
/* The secret that s begins with (its length), or 0. *partial: s ends before it can be told. The longest one wins. */
size_t bx_secret_at(const struct bx_secret *secrets, size_t nsecrets, const char *s, size_t n, bool *partial);
/* s with every secret as ***, appended to out. */
void bx_redact(const struct bx_secret *secrets, size_t n, const char *s, size_t len, struct bx_buf *out);
bool bx_has_secret(const struct bx_secret *secrets, size_t n, const char *s, size_t len);
