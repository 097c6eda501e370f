/* json_path.c: the grammar of json_path.h. */
#include "core/data/json_path.h"
#include "core/base/banned.h"
#include <string.h>

struct reading {
    const char *begin, *p, *end;
    struct bx_arena *a;
    struct bx_err *e;
};

static bool wrong(const struct reading *r, const char *expected)
{
    return bx_fail(r->e, BX_CONFIG, "'%.*s', character %zu: expected %s", (int)(r->end - r->begin < 120 ? r->end - r->begin : 120),
                   r->begin, (size_t)(r->p - r->begin) + 1, expected);
}

static bool is_name(char c)
{
    return (unsigned char)c > ' ' && !strchr(".[]*=\"',|:", c);
}

/* Characters of a name, or what stands in quotes. */
static bool read_name(struct reading *r, const char **out)
{
    const char *from = r->p;
    if (r->p < r->end && *r->p == '"') {
        from++;
        const char *close = memchr(from, '"', (size_t)(r->end - from));
        if (!close || close == from)
            return wrong(r, "a name and its closing quote");
        *out = bx_strndup(r->a, from, (size_t)(close - from));
        r->p = close + 1;
        return true;
    }
    while (r->p < r->end && is_name(*r->p))
        r->p++;
    *out = bx_strndup(r->a, from, (size_t)(r->p - from));
    return r->p > from || wrong(r, "a name");
}

static bool read_bracket(struct reading *r, struct bx_step *s)
{
    const char *p = ++r->p;
    if (p < r->end && *p == ']') {
        s->kind = BX_STEP_EACH;
    } else if (p < r->end && *p >= '0' && *p <= '9') {
        s->kind = BX_STEP_INDEX;
        for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++)
            if ((s->index = 10 * s->index + (size_t)(*r->p - '0')) > 1000000)
                return wrong(r, "a number up to 1000000");
    } else {
        bool quoted = p < r->end && *p == '"';
        if (!read_name(r, &s->name))
            return false;
        if (r->p < r->end && *r->p == '=') {
            s->kind = BX_STEP_PICK;
            r->p++;
            if (!read_name(r, &s->value))
                return false;
        } else if (!quoted)
            return wrong(r, "'=' and a word, or quotes around the name");
    }
    if (r->p == r->end || *r->p != ']')
        return wrong(r, "']'");
    r->p++;
    return true;
}

bool bx_json_path_parse(const char *text, size_t n, struct bx_json_path *out, struct bx_arena *a, struct bx_err *e)
{
    struct reading r = {text, text, text + n, a, e};
    struct bx_step steps[BX_PATH_STEPS];
    size_t count = 0;
    if (n == 1 && *text == '.')
        r.p++;
    while (r.p < r.end) {
        struct bx_step s = {.kind = BX_STEP_NAME};
        if (count == BX_PATH_STEPS)
            return wrong(&r, "no more steps");
        if (*r.p == '[') {
            if (!read_bracket(&r, &s))
                return false;
        } else if (*r.p == '*') {
            s.kind = BX_STEP_REST;
            r.p++;
        } else {
            if (*r.p == '.' && count)
                r.p++;
            else if (count)
                return wrong(&r, "'.', '[' or the end");
            if (!read_name(&r, &s.name))
                return false;
        }
        steps[count++] = s;
    }
    *out = (struct bx_json_path){bx_strndup(a, text, n), bx_memdup(a, steps, count * sizeof *steps), count};
    return true;
}
