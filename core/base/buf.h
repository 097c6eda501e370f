/*
 * buf.h: a growing byte string. {0} is a valid empty buffer; p is NUL-terminated whenever it is not NULL.
 * The escapers are named after the context they are for: there is no general one.
 */
#pragma once
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct bx_buf {
    char *p;
    size_t n, cap;
};

void bx_buf_free(struct bx_buf *b);      /* NULL allowed */
void bx_buf_clear(struct bx_buf *b);     /* empty, keeps its memory */
bool bx_buf_drop_mark(struct bx_buf *b); /* the byte order mark of UTF-8 that it begins with; was there one? */
void bx_buf_add(struct bx_buf *b, const void *p, size_t n);
void bx_buf_adds(struct bx_buf *b, const char *s);
void bx_buf_addc(struct bx_buf *b, char c);
void bx_buf_addf(struct bx_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void bx_buf_vaddf(struct bx_buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
const char *bx_buf_str(const struct bx_buf *b); /* never NULL: "" for an empty buffer */

void bx_buf_add_html(struct bx_buf *b, const char *s, size_t n);        /* & < > " ' for text and quoted attributes */
void bx_buf_add_json_string(struct bx_buf *b, const char *s, size_t n); /* with its quotes; invalid UTF-8 becomes U+FFFD */
void bx_buf_add_url_segment(struct bx_buf *b, const char *s, size_t n); /* one path segment, percent-encoded */
void bx_buf_add_base64(struct bx_buf *b, const void *p, size_t n);      /* RFC 4648, padded, no line breaks */
void bx_buf_add_csv(struct bx_buf *b, const char *s, size_t n);         /* RFC 4180, and no cell that starts a formula */
void bx_buf_add_double(struct bx_buf *b, double v); /* shortest text that reads back to the same double; "null" for NaN and infinities */
double bx_float_short(float v); /* the double of the fewest digits, at least 6, that read back to the same float: it prints as they are */

void bx_buf_add_visible(struct bx_buf *b, const char *s, size_t n); /* for a terminal: bx_visible_step (text.h) over all of it */
/* The same for a cell of a table: at most `most` columns, roughly one a character, ending in "…" where more would be, and then spaces up to
 * `width`. */
void bx_buf_add_cell(struct bx_buf *b, const char *s, size_t width, size_t most);

#define BX_CLEANUP_BUF __attribute__((cleanup(bx_buf_free)))
