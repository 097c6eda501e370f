/*
 * json_reader.h: a pull reader for JSON in memory (RFC 8259), for verdicts and for bulk: annotation and prediction files
 * never become a tree.
 *
 * The caller knows the shape it expects and asks for it; what is not asked for is skipped, and still checked. The first error
 * sticks: every later call returns false at once, so a caller may check once at the end of a loop. An error text is
 * "NAME:LINE:COLUMN: found X, expected Y" (line and column from 1, the column in bytes), and names the JSON path where the caller has
 * given it with bx_json_fail. Depth is limited to 512 (BX_JSON_DEPTH). Numbers are correctly rounded (equal to strtod in the C
 * locale), whatever the locale. A UTF-8 byte order mark at the start is passed over (RFC 8259 §8.1); UTF-16, invalid UTF-8, and lone
 * surrogates in \u escapes are refused.
 *
 *     struct bx_json r;
 *     bx_json_init(&r, "gt.json", data, n, 0, err);
 *     if (!bx_json_object(&r)) return false;
 *     struct bx_slice key;
 *     while (bx_json_key(&r, &key)) {
 *         if (bx_slice_is(key, "images")) {
 *             if (!bx_json_array(&r)) return false;
 *             while (bx_json_element(&r)) ...read one value...
 *         } else
 *             bx_json_skip(&r);
 *     }
 *     return bx_json_end(&r);      // false when anything above failed, or something follows the value
 */
#pragma once
#include "core/base/err.h"
#include <stddef.h>
#include <stdint.h>

#define BX_JSON_DEPTH 512
#define BX_JSON_KEYS  256

struct bx_slice {
    const char *p; /* not NUL-terminated */
    size_t n;
};
static inline bool bx_slice_is(struct bx_slice s, const char *text) /* inline: with a literal it is one or two comparisons */
{
    return s.n == __builtin_strlen(text) && !__builtin_memcmp(s.p, text, s.n);
}

enum bx_json_kind {
    BX_JSON_BAD,
    BX_JSON_END,
    BX_JSON_OBJECT,
    BX_JSON_ARRAY,
    BX_JSON_STRING,
    BX_JSON_NUMBER,
    BX_JSON_TRUE,
    BX_JSON_FALSE,
    BX_JSON_NULL
};

enum bx_json_flags {
    BX_JSON_ALLOW_NAN = 1,    /* NaN, Infinity and -Infinity are numbers (prediction files under --reference only) */
    BX_JSON_COMMENTS = 2,     /* // and slash-star comments, and a trailing comma, are white space (configs) */
    BX_JSON_TEXT_NUMBERS = 8, /* a text that is a number is that number where one is asked for: "14.5" (annotation files) */
    BX_JSON_KEYS_ONCE = 4,    /* an object that is entered has no key twice, and at most BX_JSON_KEYS of them; what is skipped may */
};

struct bx_json {
    const char *name;            /* the file's name, for messages; not owned */
    const char *start, *p, *end; /* p: the next byte to look at */
    const char *string_at;       /* the opening quote of the last string or key read, for places */
    unsigned flags;
    int depth;
    bool first; /* no member or element of the current container was read yet */
    bool failed;
    unsigned char open[BX_JSON_DEPTH / 8]; /* bit d: container d is an object */
    uint64_t *keys;                        /* under BX_JSON_KEYS_ONCE: hashes of the keys of the open objects; owned as scratch is */
    size_t nkeys, first_key, keys_cap;     /* first_key: where those of the innermost one begin; before it stands where its parent's did */
    struct bx_err *err;                    /* filled at the first failure; never NULL */
    char *scratch;                         /* unescaped strings; owned, freed by bx_json_end */
    size_t scratch_cap;
};

void bx_json_init(struct bx_json *r, const char *name, const char *data, size_t n, unsigned flags, struct bx_err *err);

/* The kind of the next value, without reading it. BX_JSON_END after the last one, BX_JSON_BAD after an error. */
enum bx_json_kind bx_json_peek(struct bx_json *r);

bool bx_json_object(struct bx_json *r); /* enter */
bool bx_json_key(struct bx_json *r,
                 struct bx_slice *key);  /* the next member's key; false at the end (which leaves the object) or on error */
bool bx_json_array(struct bx_json *r);   /* enter */
bool bx_json_element(struct bx_json *r); /* is there another element; false at the end (which leaves the array) or on error */

bool bx_json_double(struct bx_json *r, double *out); /* a number too large for a double is an error, too small is 0 */
/* A list of n numbers, *has; null and an empty list stand for none. `what` they should be is for the message. */
bool bx_json_numbers(struct bx_json *r, double *out, size_t n, bool *has, const char *what);
bool bx_json_int(struct bx_json *r, int64_t *out); /* "1", also "1.0" and "1e2"; a fraction or what does not fit is an error */
bool bx_json_bool(struct bx_json *r, bool *out);   /* true, false */
bool bx_json_null(struct bx_json *r);
bool bx_json_string(struct bx_json *r, struct bx_slice *out); /* valid until the next string or key is read; may hold NUL bytes (\u0000) */
bool bx_json_skip(struct bx_json *r);                         /* any value, checked */
bool bx_json_raw(struct bx_json *r, struct bx_slice *out); /* any value, checked, as its text in the input (valid as long as the input) */

/* The caller's own complaint about the value that begins at `at` (a pointer into the input; NULL: here). Returns false. */
bool bx_json_fail(struct bx_json *r, const char *at, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void bx_json_place(const struct bx_json *r, const char *at, size_t *line, size_t *column);

/* Nothing but white space may follow. Frees the reader's scratch; call it in every case. */
bool bx_json_end(struct bx_json *r);
void bx_json_release(struct bx_json *r); /* frees without checking; NULL-safe, for early returns */

/* Text -> double, correctly rounded, for the other text formats (YOLO, VOC). Reads a JSON-like number, with a leading '+', ".5" and "5."
 * allowed too; *end points behind it. False when there is none. */
bool bx_number_parse(const char *p, const char *end, double *out, const char **after);
