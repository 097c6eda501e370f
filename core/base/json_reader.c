/* json_reader.c: the pull reader: containers and scalars. Places and white space are in json_place.c, strings in json_string.c, skipping in
 * json_skip.c. */
#include "core/base/json_reader.h"
#include "core/base/arena.h"
#include "core/base/json_internal.h"
#include "core/base/number.h"
#include "core/base/text.h"
#include <math.h>
#include <string.h>

void bx_json_init(struct bx_json *r, const char *name, const char *data, size_t n, unsigned flags, struct bx_err *err)
{
    *r = (struct bx_json){.name = name, .start = data, .p = data, .end = data + n, .flags = flags, .first = true, .err = err};
    bx_number_init();
    r->p += bx_utf8_mark(data, n);
    if (r->p != data)
        return;
    if (n >= 2 && (!memcmp(data, "\xFF\xFE", 2) || !memcmp(data, "\xFE\xFF", 2)))
        bx_json_fail(r, data, "found a UTF-16 byte order mark, expected JSON in UTF-8");
    else if (n >= 2 && !data[0] != !data[1])
        bx_json_fail(r, data, "found UTF-16 text, expected JSON in UTF-8");
}

static bool enter(struct bx_json *r, char bracket, const char *expected)
{
    if (r->failed || !bx_json_space(r))
        return false;
    if (r->p >= r->end || *r->p != bracket)
        return bx_json_unexpected(r, r->p, expected);
    return bx_json_push(r, bracket == '{');
}

bool bx_json_push(struct bx_json *r, bool object)
{
    if (r->depth >= BX_JSON_DEPTH)
        return bx_json_fail(r, r->p, "found more than %d levels of nesting", BX_JSON_DEPTH);
    unsigned char bit = (unsigned char)(1u << (r->depth & 7)), *byte = &r->open[r->depth >> 3];
    *byte = (unsigned char)(object ? *byte | bit : *byte & ~bit);
    r->depth++;
    r->first = true;
    r->p++;
    if (object && r->flags & BX_JSON_KEYS_ONCE) {
        r->keys = bx_grow(r->keys, &r->keys_cap, r->nkeys + 1, sizeof *r->keys);
        r->keys[r->nkeys++] = r->first_key;
        r->first_key = r->nkeys;
    }
    return true;
}

/* Behind the closing bracket. */
static inline void leave(struct bx_json *r, char bracket)
{
    r->p++;
    r->depth--;
    if (bracket == '}' && r->flags & BX_JSON_KEYS_ONCE) {
        r->nkeys = r->first_key - 1;
        r->first_key = r->keys[r->nkeys];
    }
}

bool bx_json_object(struct bx_json *r)
{
    return enter(r, '{', "an object");
}

bool bx_json_array(struct bx_json *r)
{
    return enter(r, '[', "an array");
}

/* Past the comma before the next member or element; false behind the closing bracket, and on error. */
static inline bool next(struct bx_json *r, char bracket, const char *expected, const char *expected_first)
{
    if (r->failed || !bx_json_space(r))
        return false;
    if (r->p >= r->end)
        return bx_json_unexpected(r, r->p, r->first ? expected_first : expected);
    if (*r->p == bracket) {
        leave(r, bracket);
        r->first = false;
        return false;
    }
    if (r->first) {
        r->first = false;
        return true;
    }
    if (*r->p != ',')
        return bx_json_unexpected(r, r->p, expected);
    const char *comma = r->p++;
    if (!bx_json_space(r))
        return false;
    if (r->p < r->end && *r->p == bracket) {
        if (!(r->flags & BX_JSON_COMMENTS))
            return bx_json_fail(r, comma, "found a comma before '%c', expected none", bracket);
        leave(r, bracket);
        return false;
    }
    return true;
}

/* Two keys of one hash are taken for one: who looks for such a pair finds his own file refused. */
static bool first_of_its_name(struct bx_json *r, struct bx_slice key)
{
    uint64_t hash = 0xCBF29CE484222325u; /* FNV-1a */
    for (size_t i = 0; i < key.n; i++)
        hash = (hash ^ (unsigned char)key.p[i]) * 0x100000001B3u;
    for (size_t i = r->first_key; i < r->nkeys; i++)
        if (r->keys[i] == hash)
            return bx_json_fail(r, r->string_at, "found the key '%.*s' twice", key.n < 60 ? (int)key.n : 60, key.p);
    if (r->nkeys - r->first_key == BX_JSON_KEYS)
        return bx_json_fail(r, r->string_at, "found more than %d keys in an object", BX_JSON_KEYS);
    r->keys = bx_grow(r->keys, &r->keys_cap, r->nkeys + 1, sizeof *r->keys);
    r->keys[r->nkeys++] = hash;
    return true;
}

bool bx_json_key(struct bx_json *r, struct bx_slice *key)
{
    if (!next(r, '}', "',' or '}'", "a key or '}'"))
        return false;
    if (r->p >= r->end || *r->p != '"')
        return bx_json_unexpected(r, r->p, "a key in double quotes");
    if (!bx_json_read_string(r, key) || !bx_json_space(r))
        return false;
    if (r->p >= r->end || *r->p != ':')
        return bx_json_unexpected(r, r->p, "':'");
    r->p++;
    return !(r->flags & BX_JSON_KEYS_ONCE) || first_of_its_name(r, *key);
}

bool bx_json_element(struct bx_json *r)
{
    return next(r, ']', "',' or ']'", "a value or ']'");
}

enum bx_json_kind bx_json_peek(struct bx_json *r)
{
    if (r->failed || !bx_json_space(r))
        return BX_JSON_BAD;
    if (r->p >= r->end)
        return BX_JSON_END;
    switch (*r->p) {
    case '{':
        return BX_JSON_OBJECT;
    case '[':
        return BX_JSON_ARRAY;
    case '"':
        return BX_JSON_STRING;
    case 't':
        return BX_JSON_TRUE;
    case 'f':
        return BX_JSON_FALSE;
    case 'n':
        return BX_JSON_NULL;
    case ']':
    case '}':
        return BX_JSON_END;
    case 'N':
    case 'I':
        if (r->flags & BX_JSON_ALLOW_NAN)
            return BX_JSON_NUMBER;
        break;
    default:
        if (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'))
            return BX_JSON_NUMBER;
    }
    bx_json_unexpected(r, r->p, "a value");
    return BX_JSON_BAD;
}

bool bx_json_word(struct bx_json *r, const char *word, size_t n)
{
    if ((size_t)(r->end - r->p) < n || memcmp(r->p, word, n) != 0)
        return false;
    r->p += n;
    return true;
}

bool bx_json_bool(struct bx_json *r, bool *out)
{
    if (r->failed || !bx_json_space(r))
        return false;
    *out = bx_json_word(r, "true", 4);
    return *out || bx_json_word(r, "false", 5) || bx_json_unexpected(r, r->p, "true or false");
}

bool bx_json_null(struct bx_json *r)
{
    if (r->failed || !bx_json_space(r))
        return false;
    return bx_json_word(r, "null", 4) || bx_json_unexpected(r, r->p, "null");
}

/* The words that are no JSON but that Python writes. */
static bool read_nan(struct bx_json *r, double *out)
{
    if (!(r->flags & BX_JSON_ALLOW_NAN))
        return false;
    if (bx_json_word(r, "NaN", 3)) {
        *out = (double)NAN;
        return true;
    }
    if (bx_json_word(r, "Infinity", 8)) {
        *out = (double)INFINITY;
        return true;
    }
    if (bx_json_word(r, "-Infinity", 9)) {
        *out = -(double)INFINITY;
        return true;
    }
    return false;
}

/* The number at r->p, by the grammar of RFC 8259. Does not move r->p. */
__attribute__((always_inline)) static inline bool scan_number(struct bx_json *r, struct bx_scan *s, const char *expected)
{
    const char *p = r->p, *end = r->end;
    s->text = p;
    s->w = 0;
    s->q = 0;
    s->truncated = false;
    s->negative = p < end && *p == '-';
    p += s->negative;
    const char *digits = p;
    p = bx_scan_digits(p, end, &s->w);
    int64_t count = p - digits, exponent = 0;
    if (__builtin_expect(count == 0, 0))
        return s->negative && p > r->p ? bx_json_unexpected(r, p, "a digit behind '-'") : bx_json_unexpected(r, r->p, expected);
    if (__builtin_expect(*digits == '0' && count > 1, 0))
        return bx_json_fail(r, r->p, "found a number with a leading zero");
    if (p < end && *p == '.') {
        const char *fraction = p + 1;
        p = bx_scan_digits(fraction, end, &s->w);
        if (__builtin_expect(p == fraction, 0))
            return bx_json_unexpected(r, p, "a digit behind '.'");
        s->q = fraction - p;
        count += p - fraction;
    }
    const char *digits_end = p;
    if (p < end && (*p | 0x20) == 'e') {
        const char *after = bx_scan_exponent(p + 1, end, &exponent);
        if (!after)
            return bx_json_unexpected(r, p + 1, "a digit in the exponent");
        p = after;
        s->q += exponent;
    }
    s->after = p;
    if (__builtin_expect(count > 19, 0))
        bx_number_rescan(s, digits, digits_end, exponent);
    return true;
}

static bool is_text(const struct bx_json *r)
{
    return r->flags & BX_JSON_TEXT_NUMBERS && r->p < r->end && *r->p == '"';
}

/* The text's content without the blanks around it, to be read as a number by a reader of its own. */
static bool open_text(struct bx_json *r, struct bx_json *inner, struct bx_err *e)
{
    struct bx_slice s;
    if (!bx_json_string(r, &s))
        return false;
    while (s.n && strchr(" \t\r\n", s.p[0]))
        s.p++, s.n--;
    while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
        s.n--;
    *inner = (struct bx_json){.name = "", .start = s.p, .p = s.p, .end = s.p + s.n, .first = true, .err = e};
    return true;
}

static bool no_number(struct bx_json *r, const char *at, const struct bx_json *text, const char *expected)
{
    size_t n = (size_t)(text->end - text->start);
    return bx_json_fail(r, at, "found the text '%.*s', expected %s", n < 40 ? (int)n : 40, text->start, expected);
}

static bool double_of_text(struct bx_json *r, double *out)
{
    struct bx_json text;
    struct bx_err ignored;
    const char *at = r->p, *after;
    if (!open_text(r, &text, &ignored))
        return false;
    return (bx_number_parse(text.p, text.end, out, &after) && after == text.end && isfinite(*out)) || no_number(r, at, &text, "a number");
}

static bool int_of_text(struct bx_json *r, int64_t *out)
{
    struct bx_json text;
    struct bx_err ignored;
    const char *at = r->p;
    if (!open_text(r, &text, &ignored))
        return false;
    while (text.end - text.p > 1 && text.p[0] == '0' && text.p[1] >= '0' && text.p[1] <= '9')
        text.p++;
    return (bx_json_int(&text, out) && text.p == text.end) || no_number(r, at, &text, "a whole number");
}

bool bx_json_double(struct bx_json *r, double *out)
{
    if (r->failed || !bx_json_space(r))
        return false;
    struct bx_scan s;
    if (__builtin_expect(r->flags & BX_JSON_ALLOW_NAN, 0) && read_nan(r, out))
        return true;
    if (is_text(r))
        return double_of_text(r, out);
    if (!scan_number(r, &s, "a number"))
        return false;
    if (!bx_number_value(&s, out))
        return bx_json_fail(r, r->p, "found %.*s%s, expected a number below 1.8e308", (int)(s.after - s.text < 40 ? s.after - s.text : 40),
                            s.text, s.after - s.text > 40 ? "…" : "");
    r->p = s.after;
    return true;
}

bool bx_json_int(struct bx_json *r, int64_t *out)
{
    if (r->failed || !bx_json_space(r))
        return false;
    struct bx_scan s;
    if (is_text(r))
        return int_of_text(r, out);
    if (!scan_number(r, &s, "a whole number"))
        return false;
    uint64_t w = s.w;
    int64_t q = w ? s.q : 0;
    bool whole = !s.truncated;
    for (; q < 0 && whole; q++, w /= 10)
        whole = w % 10 == 0;
    for (; q > 0 && whole; q--)
        whole = !__builtin_mul_overflow(w, UINT64_C(10), &w);
    if (!whole || w > (UINT64_C(1) << 63) - !s.negative)
        return bx_json_fail(r, r->p, "found %.*s%s, expected a whole number of at most 63 bits",
                            (int)(s.after - s.text < 40 ? s.after - s.text : 40), s.text, s.after - s.text > 40 ? "…" : "");
    *out = s.negative ? (int64_t)(0 - w) : (int64_t)w;
    r->p = s.after;
    return true;
}

bool bx_json_skip_number(struct bx_json *r)
{
    struct bx_scan s;
    double ignored;
    if ((r->flags & BX_JSON_ALLOW_NAN) && read_nan(r, &ignored))
        return true;
    if (!scan_number(r, &s, "a value"))
        return false;
    r->p = s.after;
    return true;
}

bool bx_json_numbers(struct bx_json *r, double *out, size_t n, bool *has, const char *what)
{
    const char *at = r->p;
    size_t got = 0;
    *has = false;
    if (bx_json_peek(r) == BX_JSON_NULL)
        return bx_json_null(r);
    if (!bx_json_array(r))
        return false;
    while (bx_json_element(r)) {
        double v;
        if (!bx_json_double(r, &v))
            return false;
        if (got < n)
            out[got] = v;
        got++;
    }
    if (!r->failed && got && got != n)
        return bx_json_fail(r, at, "found %zu numbers, expected %s", got, what);
    *has = !r->failed && got == n;
    return !r->failed;
}

bool bx_json_end(struct bx_json *r)
{
    if (!r->failed && bx_json_space(r)) {
        if (r->depth)
            bx_json_unexpected(r, r->p, r->open[(r->depth - 1) >> 3] >> ((r->depth - 1) & 7) & 1 ? "'}'" : "']'");
        else if (r->p < r->end)
            bx_json_unexpected(r, r->p, "nothing more");
    }
    bx_json_release(r);
    return !r->failed;
}

void bx_json_release(struct bx_json *r)
{
    if (!r)
        return;
    free(r->scratch);
    free(r->keys);
    r->scratch = NULL;
    r->keys = NULL;
    r->scratch_cap = r->keys_cap = 0;
}
