/* json_internal.h: what the files of the pull reader share. */
#pragma once
#include "core/base/json_reader.h"

static inline bool bx_json_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* White space and, where they are allowed, comments. false after an error. */
bool bx_json_space_slow(struct bx_json *r);
static inline bool bx_json_space(struct bx_json *r)
{
    if (r->p < r->end) {
        if (*r->p == ' ')
            r->p++;
        if (r->p < r->end && !bx_json_is_space(*r->p) && *r->p != '/')
            return true;
    }
    return bx_json_space_slow(r);
}

/* Always false. The text at `at` is not what was expected. */
bool bx_json_unexpected(struct bx_json *r, const char *at, const char *expected);

bool bx_json_push(struct bx_json *r, bool object); /* enters the container whose bracket is at r->p */
bool bx_json_word(struct bx_json *r, const char *word, size_t n);
bool bx_json_read_string(struct bx_json *r, struct bx_slice *out); /* r->p is at the opening quote */
bool bx_json_skip_string(struct bx_json *r);
bool bx_json_skip_number(struct bx_json *r);
