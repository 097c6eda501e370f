/* json_writer.c: see json_writer.h. */
#include "core/base/json_writer.h"
#include "core/base/banned.h"
#include <string.h>

static void pass_on(struct bx_jw *w)
{
    const size_t much = (size_t)1 << 20;
    if (w->to && w->out->n >= much) {
        fwrite(w->out->p, 1, w->out->n, w->to);
        bx_buf_clear(w->out);
    }
}

static void break_line(struct bx_jw *w)
{
    bx_buf_addc(w->out, '\n');
    while (--w->indent > 0)
        bx_buf_addc(w->out, ' ');
}

/* What stands before a member. */
static void begin(struct bx_jw *w, const char *key)
{
    pass_on(w);
    if (w->comma)
        bx_buf_addc(w->out, ',');
    if (w->indent)
        break_line(w);
    else if (w->comma && w->spaced)
        bx_buf_addc(w->out, ' ');
    w->comma = true;
    if (!key)
        return;
    bx_buf_add_json_string(w->out, key, strlen(key));
    bx_buf_adds(w->out, w->spaced ? ": " : ":");
}

static void end(struct bx_jw *w, char bracket)
{
    if (w->indent)
        break_line(w);
    bx_buf_addc(w->out, bracket);
    w->comma = true;
}

void bx_jw_key(struct bx_jw *w, const char *key)
{
    begin(w, key);
    w->comma = false;
}

void bx_jw_object(struct bx_jw *w, const char *key)
{
    begin(w, key);
    bx_buf_addc(w->out, '{');
    w->comma = false;
}

void bx_jw_array(struct bx_jw *w, const char *key)
{
    begin(w, key);
    bx_buf_addc(w->out, '[');
    w->comma = false;
}

void bx_jw_object_end(struct bx_jw *w)
{
    end(w, '}');
}

void bx_jw_array_end(struct bx_jw *w)
{
    end(w, ']');
}

void bx_jw_line(struct bx_jw *w, int indent)
{
    w->indent = indent + 1;
}

void bx_jw_str(struct bx_jw *w, const char *key, const char *s)
{
    if (!s) {
        bx_jw_null(w, key);
        return;
    }
    begin(w, key);
    bx_buf_add_json_string(w->out, s, strlen(s));
}

void bx_jw_num(struct bx_jw *w, const char *key, double v)
{
    begin(w, key);
    bx_buf_add_double(w->out, v);
}

void bx_jw_nums(struct bx_jw *w, const char *key, const double *v, size_t n)
{
    bx_jw_array(w, key);
    for (size_t i = 0; i < n; i++)
        bx_jw_num(w, NULL, v[i]);
    bx_jw_array_end(w);
}

void bx_jw_uint(struct bx_jw *w, const char *key, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + v % 10);
    while (v /= 10);
    begin(w, key);
    bx_buf_add(w->out, digits + at, sizeof digits - at);
}

void bx_jw_int(struct bx_jw *w, const char *key, int64_t v)
{
    begin(w, key);
    bx_buf_addf(w->out, "%lld", (long long)v);
}

void bx_jw_bool(struct bx_jw *w, const char *key, bool v)
{
    begin(w, key);
    bx_buf_adds(w->out, v ? "true" : "false");
}

void bx_jw_null(struct bx_jw *w, const char *key)
{
    begin(w, key);
    bx_buf_adds(w->out, "null");
}

void bx_jw_raw(struct bx_jw *w, const char *key, const char *json, size_t n)
{
    begin(w, key);
    bx_buf_add(w->out, json, n);
}

static void new_line(struct bx_buf *out, size_t depth)
{
    bx_buf_addc(out, '\n');
    for (size_t i = 0; i < depth && i < 64; i++)
        bx_buf_adds(out, "  ");
}

void bx_json_indent(struct bx_buf *out, const char *json, size_t n)
{
    size_t depth = 0;
    for (size_t i = 0; i < n; i++) {
        char c = json[i];
        bool empty = (c == '{' && i + 1 < n && json[i + 1] == '}') || (c == '[' && i + 1 < n && json[i + 1] == ']');
        if (c == '"') {
            size_t from = i++;
            while (i < n && json[i] != '"')
                i += json[i] == '\\' ? 2 : 1;
            bx_buf_add(out, json + from, (i < n ? i + 1 : n) - from);
        } else if (empty) {
            bx_buf_add(out, json + i++, 2);
        } else if (c == '{' || c == '[') {
            bx_buf_addc(out, c);
            new_line(out, ++depth);
        } else if (c == '}' || c == ']') {
            depth -= depth > 0;
            new_line(out, depth);
            bx_buf_addc(out, c);
        } else if (c == ',') {
            bx_buf_addc(out, c);
            new_line(out, depth);
        } else if (c == ':') {
            bx_buf_adds(out, ": ");
        } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            bx_buf_addc(out, c);
        }
    }
}
