/* csv.c: see csv.h. */
#include "core/base/csv.h"
#include "core/base/text.h"
#include <string.h>

void bx_csv_begin(struct bx_csv *c, const char *text, size_t n)
{
    size_t mark = bx_utf8_mark(text, n);
    *c = (struct bx_csv){.p = text + mark, .end = text + n, .line = 1, .next_line = 1};
}

/* c->p is at the opening quote, and then behind the closing one. */
static bool quoted(struct bx_csv *c, struct bx_slice *out)
{
    const char *from = ++c->p, *quote;
    size_t twice = 0;
    for (; (quote = memchr(c->p, '"', (size_t)(c->end - c->p))) != NULL && quote + 1 < c->end && quote[1] == '"'; twice++)
        c->p = quote + 2;
    if (!quote)
        return false;
    c->p = quote + 1;
    *out = (struct bx_slice){from, (size_t)(quote - from)};
    for (const char *nl = from; (nl = memchr(nl, '\n', (size_t)(quote - nl))) != NULL; nl++)
        c->next_line++;
    if (!twice)
        return true;
    char *to = bx_alloc(&c->row, out->n - twice, 1);
    out->p = to;
    out->n -= twice;
    for (const char *s = from; s < quote; s += 1 + (*s == '"'))
        *to++ = *s;
    return true;
}

static void bare(struct bx_csv *c, struct bx_slice *out)
{
    const char *from = c->p;
    while (c->p < c->end && *c->p != ',' && *c->p != '\n')
        c->p++;
    *out = (struct bx_slice){from, (size_t)(c->p - from)};
    if ((c->p == c->end || *c->p == '\n') && out->n && out->p[out->n - 1] == '\r')
        out->n--;
}

size_t bx_csv_row(struct bx_csv *c, struct bx_slice *cells, size_t most)
{
    bx_arena_release(&c->row);
    c->line = c->next_line;
    for (size_t n = 0; c->p < c->end || n;) { /* behind a last comma stands an empty cell */
        struct bx_slice cell;
        if (c->p == c->end || *c->p != '"')
            bare(c, &cell);
        else if (!quoted(c, &cell)) {
            c->broken = true;
            return 0;
        } else if (c->p < c->end && *c->p == '\r')
            c->p++;
        if (n < most)
            cells[n] = cell;
        n++;
        if (c->p == c->end)
            return n;
        char behind = *c->p++;
        if (behind == '\n') {
            c->next_line++;
            return n;
        }
        if (behind != ',') {
            c->broken = true;
            return 0;
        }
    }
    return 0;
}

void bx_csv_end(struct bx_csv *c)
{
    bx_arena_release(&c->row);
}
