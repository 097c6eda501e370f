/* words.c: what the board's plots say: the finding, the alt text, the table. */
#include "render/chart/words.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

const char *bx_count_word(struct bx_arena *a, size_t n, bool capital)
{
    static const char *const words[] = {"no",    "one",   "two",  "three", "four",   "five",  "six",
                                        "seven", "eight", "nine", "ten",   "eleven", "twelve"};
    if (n >= sizeof words / sizeof *words)
        return bx_printf(a, "%zu", n);
    char *word = bx_strdup(a, words[n]);
    if (capital)
        word[0] = (char)(word[0] - 'a' + 'A');
    return word;
}

char *bx_fixed_text(struct bx_arena *a, double v, int decimals)
{
    char text[BX_NUMBER];
    return bx_strdup(a, bx_fixed(text, v, decimals));
}

char *bx_cost_text(struct bx_arena *a, double v)
{
    char text[BX_NUMBER];
    return bx_strdup(a, bx_cost(text, v));
}

char *bx_percent_text(struct bx_arena *a, double fraction)
{
    char text[BX_NUMBER];
    return bx_strdup(a, bx_percent(text, fraction));
}

char *bx_keep(struct bx_arena *a, struct bx_buf *b)
{
    char *text = bx_strndup(a, bx_buf_str(b), b->n);
    bx_buf_free(b);
    return text;
}

void bx_table_make(struct bx_chart_table *t, struct bx_arena *a, const char *const *head, size_t cols, size_t rows, bool names)
{
    *t = (struct bx_chart_table){.cols = cols, .names = names, .n = rows};
    t->head = bx_alloc(a, cols, sizeof *t->head);
    t->rows = BX_NEW(a, struct bx_chart_row, rows);
    memcpy(t->head, head, cols * sizeof *head);
    for (size_t i = 0; i < rows; i++) {
        t->rows[i].cells = bx_alloc(a, cols, sizeof *t->rows[i].cells);
        t->rows[i].item = SIZE_MAX;
        for (size_t c = 0; c < cols; c++)
            t->rows[i].cells[c] = "–";
    }
}

const struct bx_cost_names *bx_cost_names(enum bx_plot_cost cost)
{
    static const struct bx_cost_names names[] = {
        {"Accuracy and latency", "latency, ms per image", "ms", "ms", "for their time", "needs the least time",
         "No model has a latency from this machine yet."},
        {"Accuracy and parameters", "parameters, millions", "M par.", "M", "for their size", "is the smallest",
         "No model states its parameters."},
        {"Accuracy and operations", "operations, GFLOP per image", "GFLOP", "GFLOP", "for their operations", "needs the fewest operations",
         "No model states its operations."},
    };
    return &names[(size_t)cost < 3 ? cost : 0];
}

struct entry {
    const struct bx_plot_point *q;
    size_t i;
};

/* By cost; what has none comes last, in the order given. */
static int compare_entry(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    bool sx = bx_point_shown(x->q), sy = bx_point_shown(y->q);
    if (sx != sy)
        return sx ? -1 : 1;
    if (sx && x->q->x != y->q->x)
        return x->q->x < y->q->x ? -1 : 1;
    if (sx && x->q->y != y->q->y)
        return x->q->y > y->q->y ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

struct front {
    const struct bx_plot_scatter *d;
    struct entry *order;
    bool *on;
    size_t shown, n, stale; /* drawn; on the front; drawn and stale */
};

static struct front front_of(const struct bx_plot_scatter *d, struct bx_arena *a)
{
    struct front f = {.d = d, .order = BX_NEW(a, struct entry, d->n), .on = BX_NEW(a, bool, d->n)};
    bx_chart_front(d->at, d->n, f.on);
    for (size_t i = 0; i < d->n; i++) {
        f.order[i] = (struct entry){&d->at[i], i};
        f.n += f.on[i];
        if (!bx_point_shown(&d->at[i]))
            continue;
        f.shown++;
        f.stale += d->at[i].stale;
    }
    qsort(f.order, d->n, sizeof *f.order, compare_entry);
    return f;
}

const char *bx_name_of(const char *name)
{
    return name && *name ? name : "(no name)";
}

static const char *scatter_finding(const struct front *f, struct bx_arena *a)
{
    const struct bx_cost_names *c = bx_cost_names(f->d->cost);
    if (!f->shown)
        return c->none;
    if (!f->n)
        return "No model has recent numbers.";
    const struct bx_plot_point *first = NULL;
    for (size_t k = 0; k < f->d->n && !first; k++)
        if (f->on[f->order[k].i])
            first = f->order[k].q;
    if (f->shown == 1)
        return bx_printf(a, "%s reaches %s%% at %s %s.", bx_name_of(first->name), bx_percent_text(a, first->y), bx_cost_text(a, first->x),
                         c->unit);
    if (f->n == 1)
        return bx_printf(a, "%s is the most accurate and %s.", bx_name_of(first->name), c->least);
    if (f->n == f->shown)
        return bx_printf(a, "Each of the %s models is the most accurate %s.", bx_count_word(a, f->n, false),
                         f->d->cost == BX_COST_PARAMETERS ? "of its size"
                         : f->d->cost == BX_COST_FLOPS    ? "for its operations"
                                                          : "for its time");
    return bx_printf(a, "%s models give the most accuracy %s.", bx_count_word(a, f->n, true), c->their);
}

static const char *scatter_alt(const struct front *f, const char *finding, struct bx_arena *a)
{
    const struct bx_cost_names *c = bx_cost_names(f->d->cost);
    enum { NAMED = 10 };
    struct bx_buf b = {0};
    bx_buf_addf(&b, "%s in percent against %s, log scale, for %zu model%s. %s", f->d->metric ? f->d->metric : "mAP 50:95", c->axis,
                f->shown, f->shown == 1 ? "" : "s", finding);
    if (f->n)
        bx_buf_addf(&b, " The Pareto front, cheapest first:");
    size_t named = 0;
    for (size_t k = 0; k < f->d->n && f->n; k++) {
        const struct entry *q = &f->order[k];
        if (!f->on[q->i] || named == NAMED)
            continue;
        bx_buf_addf(&b, "%s %s %s%% at %s %s", named ? "," : "", bx_name_of(q->q->name), bx_percent_text(a, q->q->y),
                    bx_cost_text(a, q->q->x), c->unit);
        named++;
    }
    if (f->n > named)
        bx_buf_addf(&b, " and %zu more", f->n - named);
    if (f->n)
        bx_buf_addc(&b, '.');
    if (f->stale)
        bx_buf_addf(&b, " %zu %s stale.", f->stale, f->stale == 1 ? "is" : "are");
    if (f->shown < f->d->n)
        bx_buf_addf(&b, " %zu %s in the table only: a value is missing.", f->d->n - f->shown, f->d->n - f->shown == 1 ? "is" : "are");
    return bx_keep(a, &b);
}

void bx_words_scatter(const struct bx_plot_scatter *d, struct bx_arena *a, struct bx_chart_words *w)
{
    const struct bx_cost_names *c = bx_cost_names(d->cost);
    struct front f = front_of(d, a);
    bool intervals = false;
    for (size_t i = 0; i < d->n; i++)
        intervals = intervals || (isfinite(d->at[i].lo) && isfinite(d->at[i].hi));
    w->title = c->title;
    w->finding = scatter_finding(&f, a);
    w->alt = scatter_alt(&f, w->finding, a);
    const char *const head[] = {"Model", c->head, d->metric ? d->metric : "mAP", "from", "to"};
    bx_table_make(&w->table, a, head, intervals ? 5 : 3, d->n, true);
    for (size_t k = 0; k < d->n; k++) {
        const struct bx_plot_point *q = f.order[k].q;
        struct bx_chart_row *row = &w->table.rows[k];
        row->item = f.order[k].i;
        row->strong = f.on[row->item];
        row->cells[0] = bx_printf(a, q->stale ? "%s (stale)" : "%s", bx_name_of(q->name));
        row->cells[1] = bx_cost_text(a, q->x > 0 ? q->x : NAN);
        row->cells[2] = bx_percent_text(a, q->y);
        if (intervals) {
            row->cells[3] = bx_percent_text(a, q->lo);
            row->cells[4] = bx_percent_text(a, q->hi);
        }
    }
}

/* Who is best at a size: the models that show the best number. */
struct leader {
    const char *who; /* NULL: nobody has a value */
    size_t n, first;
    double v;
};

static struct leader leader_of(const struct bx_plot_by_size *d, int s, struct bx_arena *a)
{
    struct leader l = {.v = bx_size_top(d, s)};
    size_t second = 0;
    for (size_t i = 0; i < d->n && isfinite(l.v); i++)
        if (bx_size_best(d, i, s)) {
            if (l.n == 0)
                l.first = i;
            if (l.n == 1)
                second = i;
            l.n++;
        }
    if (l.n == 1)
        l.who = bx_name_of(d->at[l.first].name);
    else if (l.n == 2)
        l.who = bx_printf(a, "%s and %s", bx_name_of(d->at[l.first].name), bx_name_of(d->at[second].name));
    else if (l.n)
        l.who = bx_printf(a, "%s models", bx_count_word(a, l.n, false));
    return l;
}

static bool same_leader(const struct leader *x, const struct leader *y)
{
    return x->n == y->n && x->first == y->first && x->who && y->who && !strcmp(x->who, y->who);
}

static const char *const size_words[] = {"small", "medium", "large"};

static const char *leads(const struct leader *l)
{
    return l->n == 1 ? "leads" : "lead";
}

static char *size_leads(const struct leader l[3], struct bx_arena *a)
{
    int with[3], n = 0;
    for (int s = 0; s < 3; s++)
        if (l[s].who)
            with[n++] = s;
    if (!n)
        return bx_strdup(a, "No model has numbers by object size");
    const struct leader *x = &l[with[0]], *y = n > 1 ? &l[with[1]] : NULL, *z = n > 2 ? &l[with[2]] : NULL;
    if (n == 1)
        return bx_printf(a, "%s %s on %s objects", x->who, leads(x), size_words[with[0]]);
    if (same_leader(x, y) && (!z || same_leader(x, z)))
        return bx_printf(a, n == 3 ? "%s %s at every size" : "%s %s on both sizes", x->who, leads(x));
    if (!z)
        return bx_printf(a, "%s %s on %s objects, %s on %s", x->who, leads(x), size_words[with[0]], y->who, size_words[with[1]]);
    for (int odd = 0; odd < 3; odd++) { /* two sizes have the same leader */
        const struct leader *o = &l[odd], *p = &l[(odd + 1) % 3], *q = &l[(odd + 2) % 3];
        if (same_leader(p, q))
            return bx_printf(a, "%s %s on %s objects, %s on the others", o->who, leads(o), size_words[odd], p->who);
    }
    return bx_printf(a, "%s %s on small objects, %s on medium, %s on large", x->who, leads(x), y->who, z->who);
}

/* The least any ranked model loses from large objects to small, as a share; NaN when fewer than two can be compared. */
static double least_loss(const struct bx_plot_by_size *d)
{
    double least = INFINITY;
    size_t n = 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct bx_plot_size_row *r = &d->at[i];
        if (!r->rank || !isfinite(r->v[BX_PLOT_SMALL]) || !isfinite(r->v[BX_PLOT_LARGE]) || !(r->v[BX_PLOT_LARGE] > 0))
            continue;
        least = fmin(least, 1 - r->v[BX_PLOT_SMALL] / r->v[BX_PLOT_LARGE]);
        n++;
    }
    return n > 1 ? least : NAN;
}

static void capital(char *s)
{
    if (*s >= 'a' && *s <= 'z' && (!strncmp(s, "two ", 4) || !strncmp(s, "three ", 6) || strstr(s, " models lead")))
        *s = (char)(*s - 'a' + 'A');
}

void bx_words_by_size(const struct bx_plot_by_size *d, bool f1, struct bx_arena *a, struct bx_chart_words *w)
{
    struct leader l[3];
    for (int s = 0; s < 3; s++)
        l[s] = leader_of(d, s, a);
    char *leading = size_leads(l, a);
    if (l[0].n > 2 || l[1].n > 2 || l[2].n > 2)
        capital(leading);
    double loss = f1 ? floor(least_loss(d) * 20 + 1e-9) * 5 : NAN;
    w->title = f1 ? "F1 by object size" : "mAP by object size";
    if (loss >= 10)
        w->finding = bx_printf(a, "%s; every model loses %.0f%% or more from large objects to small.", leading, loss);
    else
        w->finding = bx_printf(a, "%s.", leading);
    struct bx_buf b = {0};
    bx_buf_addf(&b, "%s in percent of %zu model%s on small, medium and large objects. %s", f1 ? "F1" : "mAP 50:95", d->n,
                d->n == 1 ? "" : "s", w->finding);
    int n = 0;
    for (int s = 0; s < 3; s++)
        if (l[s].who)
            bx_buf_addf(&b, "%s %s %s (%s)", n++ ? "," : " Best:", size_words[s], bx_percent_text(a, l[s].v), l[s].who);
    bx_buf_adds(&b, n ? "." : "");
    w->alt = bx_keep(a, &b);
    const char *const head[] = {"Model", "small", "medium", "large"};
    bx_table_make(&w->table, a, head, 4, d->n, true);
    for (size_t i = 0; i < d->n; i++) {
        w->table.rows[i].item = i;
        w->table.rows[i].cells[0] = bx_strdup(a, bx_name_of(d->at[i].name));
        for (int s = 0; s < 3; s++)
            w->table.rows[i].cells[s + 1] = bx_percent_text(a, d->at[i].v[s]);
    }
}
