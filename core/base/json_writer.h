/*
 * json_writer.h: JSON into a buffer, piece by piece. {.out = &buf} is a valid writer; the caller sees to it that brackets pair and that
 * members of an object have keys. Commas and spaces are the writer's. A long text may pass on to a file while it is written.
 *
 *     struct bx_jw w = {.out = &b, .spaced = true};
 *     bx_jw_object(&w, NULL);
 *     bx_jw_str(&w, "model", m->slug);
 *     bx_jw_array(&w, "box");
 *     for (int i = 0; i < 4; i++)
 *         bx_jw_num(&w, NULL, box[i]);
 *     bx_jw_array_end(&w);
 *     bx_jw_object_end(&w);              {"model": "fast", "box": [1, 2.5, 3, 4]}
 */
#pragma once
#include "core/base/buf.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct bx_jw {
    struct bx_buf *out;
    FILE *to;    /* NULL, or where out goes, and is emptied, whenever it has grown long; what remains at the end is the caller's */
    bool spaced; /* {"a": 1, "b": 2} in place of {"a":1,"b":2} */
    bool comma;  /* own: the next member follows another */
    int indent;  /* own: the next piece begins a line of so many spaces, less one */
};

/* A member of an object with its key, or of a list, or the whole text, with NULL. */
void bx_jw_object(struct bx_jw *w, const char *key);
void bx_jw_array(struct bx_jw *w, const char *key);
void bx_jw_str(struct bx_jw *w, const char *key, const char *s); /* NULL: null; invalid UTF-8 becomes U+FFFD */
void bx_jw_num(struct bx_jw *w, const char *key, double v);      /* the fewest digits that read back; null for NaN and infinities */
void bx_jw_int(struct bx_jw *w, const char *key, int64_t v);
void bx_jw_uint(struct bx_jw *w, const char *key, uint64_t v);
void bx_jw_bool(struct bx_jw *w, const char *key, bool v);
void bx_jw_null(struct bx_jw *w, const char *key);
void bx_jw_raw(struct bx_jw *w, const char *key, const char *json, size_t n); /* what another writer made */
void bx_jw_key(struct bx_jw *w, const char *key);                             /* alone: the next call, without one, is its value */

void bx_jw_object_end(struct bx_jw *w);
void bx_jw_array_end(struct bx_jw *w);

void bx_jw_line(struct bx_jw *w, int indent); /* what comes next, a member or a closing bracket, begins a new line */
void bx_jw_nums(struct bx_jw *w, const char *key, const double *v, size_t n); /* a list of numbers */

/* One text, with a line for each member and element; nothing but white space between tokens changes. Of what is no JSON the bytes stay,
 * too. */
void bx_json_indent(struct bx_buf *out, const char *json, size_t n);
