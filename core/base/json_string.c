/* json_string.c: strings of the pull reader: found in place when nothing is escaped, unescaped into the reader's scratch otherwise. */
#include "core/base/arena.h"
#include "core/base/json_internal.h"
#include "core/base/number.h"
#include "core/base/utf8.h"

#define ONES 0x0101010101010101u
#define HIGH 0x8080808080808080u

/* The first byte that is a quote, a backslash, a control character or not ASCII. */
static inline const char *plain_run(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t v = bx_load8(p), quote = v ^ ONES * '"', slash = v ^ ONES * '\\';
        /* A byte below n sets its high bit in (v - n), and so may bytes above it: the lowest one set is exact. */
        uint64_t hit = ((v - ONES * 0x20) | (quote - ONES) | (slash - ONES) | v) & HIGH;
        if (hit)
            return p + (__builtin_ctzll(hit) >> 3);
        p += 8;
    }
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

static bool bad_byte(struct bx_json *r, const char *p)
{
    if (p >= r->end)
        return bx_json_fail(r, p, "found the end of the file in a string, expected '\"'");
    if ((unsigned char)*p < 0x20)
        return bx_json_fail(r, p, "found control character 0x%02X in a string, expected it escaped", (unsigned char)*p);
    return bx_json_fail(r, p, "found byte 0x%02X, which is not valid UTF-8 here", (unsigned char)*p);
}

static int hex4(const char *p, const char *end)
{
    int v = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = p[i];
        int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (d < 0)
            return -1;
        v = v << 4 | d;
    }
    return v;
}

/* The escape at p (a backslash) as UTF-8 in out; *n its length. Returns what follows, or NULL after a failure. */
static const char *unescape(struct bx_json *r, const char *p, char out[4], size_t *n)
{
    static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (r->end - p < 2) {
        bad_byte(r, r->end);
        return NULL;
    }
    for (const char *l = letters; *l; l += 2)
        if (p[1] == l[0]) {
            out[0] = l[1];
            *n = 1;
            return p + 2;
        }
    if (p[1] != 'u') {
        bx_json_fail(r, p, "found an unknown escape, expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
        return NULL;
    }
    int v = hex4(p + 2, r->end);
    if (v < 0) {
        bx_json_fail(r, p, "found '\\u' without four hexadecimal digits");
        return NULL;
    }
    const char *after = p + 6;
    uint32_t cp = (uint32_t)v;
    if (cp >= 0xD800 && cp <= 0xDFFF) {
        int low = cp < 0xDC00 && r->end - after >= 6 && after[0] == '\\' && after[1] == 'u' ? hex4(after + 2, r->end) : -1;
        if (low < 0xDC00 || low > 0xDFFF) {
            bx_json_fail(r, p, "found half of a surrogate pair, '\\u%04x', expected both", (unsigned)v);
            return NULL;
        }
        cp = 0x10000 + ((cp - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
        after += 6;
    }
    *n = bx_utf8_put(out, cp);
    return after;
}

static void keep(struct bx_json *r, size_t used, const char *p, size_t n)
{
    r->scratch = bx_grow(r->scratch, &r->scratch_cap, used + n, 1);
    if (n)
        memcpy(r->scratch + used, p, n);
}

/* From `from` on (begin <= from, all before it is plain). With `store`, an escape makes the text move into the scratch. */
static bool scan(struct bx_json *r, const char *begin, bool store, struct bx_slice *out)
{
    const char *p = begin, *kept = begin; /* kept: what precedes it is in the scratch already, once there was an escape */
    bool escaped = false;
    size_t used = 0;
    for (;;) {
        p = plain_run(p, r->end);
        if (p < r->end && *p == '"')
            break;
        uint32_t cp;
        size_t step = p < r->end && (unsigned char)*p >= 0x80 ? bx_utf8_step(p, (size_t)(r->end - p), &cp) : 0;
        if (step) {
            p += step;
            continue;
        }
        if (p >= r->end || *p != '\\')
            return bad_byte(r, p);
        char bytes[4];
        size_t n = 0;
        const char *after = unescape(r, p, bytes, &n);
        if (!after)
            return false;
        if (store) {
            keep(r, used, kept, (size_t)(p - kept));
            used += (size_t)(p - kept);
            keep(r, used, bytes, n);
            used += n;
            escaped = true;
        }
        p = kept = after;
    }
    r->p = p + 1;
    if (!store)
        return true;
    if (!escaped) {
        *out = (struct bx_slice){begin, (size_t)(p - begin)};
        return true;
    }
    keep(r, used, kept, (size_t)(p - kept));
    used += (size_t)(p - kept);
    *out = (struct bx_slice){r->scratch, used};
    return true;
}

bool bx_json_read_string(struct bx_json *r, struct bx_slice *out)
{
    const char *begin = r->p + 1, *p = plain_run(begin, r->end);
    r->string_at = r->p;
    if (p < r->end && *p == '"') {
        *out = (struct bx_slice){begin, (size_t)(p - begin)};
        r->p = p + 1;
        return true;
    }
    return scan(r, begin, true, out);
}

bool bx_json_skip_string(struct bx_json *r)
{
    return scan(r, r->p + 1, false, NULL);
}

bool bx_json_string(struct bx_json *r, struct bx_slice *out)
{
    if (r->failed || !bx_json_space(r))
        return false;
    if (r->p >= r->end || *r->p != '"')
        return bx_json_unexpected(r, r->p, "a string");
    return bx_json_read_string(r, out);
}
