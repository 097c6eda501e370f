/* problem.c: what is wrong with a config, all of it, in the order of the file. */
#include "core/base/buf.h"
#include "core/base/conf.h"

void bx_problems_free(struct bx_problems *ps)
{
    free(ps->at);
    *ps = (struct bx_problems){.arena = ps->arena};
}

static void add(struct bx_problems *ps, const char *file, size_t line, size_t column, bool warning, const char *fmt, va_list ap)
    __attribute__((format(printf, 6, 0)));
static void add(struct bx_problems *ps, const char *file, size_t line, size_t column, bool warning, const char *fmt, va_list ap)
{
    ps->at = bx_grow(ps->at, &ps->cap, ps->n + 1, sizeof *ps->at);
    ps->at[ps->n++] = (struct bx_problem){bx_strdup(ps->arena, file), line, column, warning, bx_vprintf(ps->arena, fmt, ap)};
    ps->errors += !warning;
}

void bx_problem_add(struct bx_problems *ps, const char *file, size_t line, size_t column, bool warning, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    add(ps, file, line, column, warning, fmt, ap);
    va_end(ap);
}

static int by_place(const void *a, const void *b)
{
    const struct bx_problem *p = a, *q = b;
    int files = strcmp(p->file, q->file);
    if (files)
        return files;
    if (p->line != q->line)
        return p->line < q->line ? -1 : 1;
    if (p->column != q->column)
        return p->column < q->column ? -1 : 1;
    return strcmp(p->text, q->text); /* equal ones are the same in every respect but `warning` */
}

void bx_problems_sort(struct bx_problems *ps, size_t from)
{
    if (ps->n > from)
        qsort(ps->at + from, ps->n - from, sizeof *ps->at, by_place);
}

void bx_problem_print(const struct bx_problem *p, struct bx_arena *a, char **line)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_add_visible(&b, p->file, strlen(p->file));
    if (p->line)
        bx_buf_addf(&b, ":%zu:%zu", p->line, p->column);
    bx_buf_adds(&b, p->warning ? ": warning: " : ": ");
    bx_buf_add_visible(&b, p->text, strlen(p->text));
    *line = bx_strndup(a, bx_buf_str(&b), b.n);
}
