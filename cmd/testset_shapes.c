/* testset_shapes.c: see testset_shapes.h. Crowds and ignored objects have no part in it, as in the table of classes. */
#include "cmd/testset_shapes.h"
#include "core/base/arena.h"
#include "core/base/banned.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MOST_BINS = 12, MOST_SIZES = 8, LABEL = 16, WIDEST_BAR = 60, NARROWEST_BAR = 10 };

/* Bin i holds from edge[i] up to edge[i + 1], which is not in it; the last has no end. */
struct histogram {
    const char *key, *title; /* in JSON; above the bars */
    size_t nbins;
    double edge[MOST_BINS];
    const char *label[MOST_BINS]; /* NULL: made of the edges */
    size_t n[MOST_BINS];
};

enum { SIDE, SHARE, ASPECT, LONGER, OBJECTS, NHISTOGRAMS };
/* The sides' edges hold COCO's: small is below 32, large from 96. */
static const struct histogram forms[NHISTOGRAMS] = {
    [SIDE] = {"side", "objects by side (the root of their area, in pixels)", 10, {0, 8, 16, 32, 64, 96, 128, 256, 512, 1024}, {NULL}, {0}},
    [SHARE] = {"share",
               "objects by share of their image's area",
               8,
               {0, 0.0001, 0.001, 0.01, 0.05, 0.1, 0.25, 0.5},
               {"< 0.01%", "0.01 to 0.1%", "0.1 to 1%", "1 to 5%", "5 to 10%", "10 to 25%", "25 to 50%", ">= 50%"},
               {0}},
    [ASPECT] = {"aspect",
                "objects by shape (width : height of their box)",
                9,
                {0, 0.2, 1.0 / 3, 0.5, 0.8, 1.25, 2, 3, 5},
                {"< 1:5", "1:5 to 1:3", "1:3 to 1:2", "1:2 to 4:5", "about square", "5:4 to 2:1", "2:1 to 3:1", "3:1 to 5:1", ">= 5:1"},
                {0}},
    [LONGER] =
        {"longer_side", "images by their longer side, in pixels", 10, {0, 256, 512, 640, 800, 1024, 1280, 2048, 4096, 8192}, {NULL}, {0}},
    [OBJECTS] = {"objects",
                 "images by number of objects",
                 10,
                 {0, 1, 2, 3, 6, 11, 21, 51, 101, 301},
                 {"0", "1", "2", "3 to 5", "6 to 10", "11 to 20", "21 to 50", "51 to 100", "101 to 300", "> 300"},
                 {0}},
};

struct size {
    uint32_t w, h;
    size_t n;
};
struct shapes {
    struct histogram at[NHISTOGRAMS];
    struct size *sizes; /* the most frequent first */
    size_t nsizes;
};

static void put(struct histogram *h, double v)
{
    size_t i = h->nbins;
    if (!(v >= 0)) /* no number is in no bin */
        return;
    while (i > 1 && v < h->edge[i - 1])
        i--;
    h->n[i - 1]++;
}

static int by_size(const void *a, const void *b)
{
    const struct size *x = a, *y = b;
    return x->w != y->w ? (x->w > y->w) - (x->w < y->w) : (x->h > y->h) - (x->h < y->h);
}
static int by_count(const void *a, const void *b)
{
    const struct size *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n) - (x->n > y->n) : by_size(a, b);
}

static void count_sizes(struct shapes *s, const struct bx_testset *t, struct bx_arena *a)
{
    s->sizes = BX_NEW(a, struct size, t->nimages);
    for (size_t i = 0; i < t->nimages; i++)
        s->sizes[i] = (struct size){t->image_w[i], t->image_h[i], 1};
    qsort(s->sizes, t->nimages, sizeof *s->sizes, by_size);
    for (size_t i = 0; i < t->nimages; i++)
        if (s->nsizes && !by_size(&s->sizes[s->nsizes - 1], &s->sizes[i]))
            s->sizes[s->nsizes - 1].n++;
        else
            s->sizes[s->nsizes++] = s->sizes[i];
    qsort(s->sizes, s->nsizes, sizeof *s->sizes, by_count);
}

static void count(struct shapes *s, const struct bx_testset *t, struct bx_arena *a)
{
    memcpy(s->at, forms, sizeof s->at);
    count_sizes(s, t, a);
    for (size_t i = 0; i < t->nimages; i++) {
        size_t objects = 0;
        double w = t->image_w[i], h = t->image_h[i];
        put(&s->at[LONGER], w > h ? w : h);
        for (size_t k = t->ann_begin[i]; k < t->ann_begin[i + 1]; k++) {
            const double *box = t->ann_box + 4 * k, area = t->ann_area[k];
            if (t->ann_flags[k] & (BX_ANN_CROWD | BX_ANN_IGNORE))
                continue;
            objects++;
            put(&s->at[SIDE], sqrt(area));
            put(&s->at[SHARE], w * h > 0 ? area / (w * h) : NAN);
            put(&s->at[ASPECT], box[2] > 0 && box[3] > 0 ? box[2] / box[3] : NAN);
        }
        put(&s->at[OBJECTS], (double)objects);
    }
}

/* Of the terminal, or of what COLUMNS says; 80 where nothing does, so that a file has the same lines everywhere. */
static size_t columns(void)
{
    struct winsize w;
    const char *said = getenv("COLUMNS");
    long n = said ? strtol(said, NULL, 10) : 0;
    if (n < 20 && isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0)
        n = w.ws_col;
    return n >= 20 && n < 10000 ? (size_t)n : 80;
}

/* A bar is as long as its part of the longest; what is there at all is seen. */
static void print_bar(const char *label, size_t n, size_t all, size_t most)
{
    static const char bar[WIDEST_BAR + 1] = "############################################################";
    size_t width = columns(), taken = 4 + LABEL + 2 + 9 + 2 + 6 + 2;
    width = width < taken + NARROWEST_BAR ? NARROWEST_BAR : width - taken;
    width = width > WIDEST_BAR ? WIDEST_BAR : width;
    size_t length = (size_t)((double)n / (double)most * (double)width + 0.5);
    printf("    %-*s  %9zu  %5.1f%%", LABEL, label, n, 100 * (double)n / (double)all);
    if (n)
        printf("  %.*s", (int)(length ? length : 1), bar);
    putchar('\n');
}

static const char *label_of(const struct histogram *h, size_t i, char *text, size_t size)
{
    if (h->label[i])
        return h->label[i];
    if (i && i + 1 < h->nbins)
        snprintf(text, size, "%g to %g", h->edge[i], h->edge[i + 1]);
    else
        snprintf(text, size, "%s %g", i ? ">=" : "<", h->edge[i + !i]);
    return text;
}

/* Without the empty bins before the first and behind the last. */
static void print_histogram(const struct histogram *h)
{
    size_t all = 0, most = 0, first = h->nbins, last = 0;
    char text[64];
    for (size_t i = 0; i < h->nbins; i++) {
        all += h->n[i];
        most = h->n[i] > most ? h->n[i] : most;
        first = h->n[i] && i < first ? i : first;
        last = h->n[i] ? i : last;
    }
    if (!all)
        return;
    printf("\n  %s\n", h->title);
    for (size_t i = first; i <= last; i++)
        print_bar(label_of(h, i, text, sizeof text), h->n[i], all, most);
}

void bx_shapes_print(const struct bx_testset *t)
{
    struct bx_arena a = {0};
    struct shapes s = {0};
    count(&s, t, &a);
    for (int i = SIDE; i <= ASPECT; i++)
        print_histogram(&s.at[i]);
    print_histogram(&s.at[OBJECTS]);
    if (s.nsizes <= MOST_SIZES) {
        printf("\n  images by size, in pixels\n");
        for (size_t i = 0; i < s.nsizes; i++) {
            char text[LABEL + 16];
            snprintf(text, sizeof text, "%u x %u", s.sizes[i].w, s.sizes[i].h);
            print_bar(text, s.sizes[i].n, t->nimages, s.sizes[0].n);
        }
    } else {
        print_histogram(&s.at[LONGER]);
        printf("    (%zu sizes; the most frequent is %u x %u: %zu image%s)\n", s.nsizes, s.sizes[0].w, s.sizes[0].h, s.sizes[0].n,
               s.sizes[0].n == 1 ? "" : "s");
    }
    bx_arena_release(&a);
}

static void histogram_json(struct bx_jw *w, const struct histogram *h)
{
    bx_jw_line(w, 2);
    bx_jw_array(w, h->key);
    for (size_t i = 0; i < h->nbins; i++) {
        bx_jw_object(w, NULL);
        bx_jw_num(w, "from", h->edge[i]);
        if (i + 1 < h->nbins)
            bx_jw_num(w, "below", h->edge[i + 1]);
        else
            bx_jw_null(w, "below");
        bx_jw_uint(w, "n", h->n[i]);
        bx_jw_object_end(w);
    }
    bx_jw_array_end(w);
}

void bx_shapes_json(struct bx_jw *w, const struct bx_testset *t)
{
    struct bx_arena a = {0};
    struct shapes s = {0};
    count(&s, t, &a);
    bx_jw_line(w, 1);
    bx_jw_object(w, "histograms");
    for (int i = 0; i < NHISTOGRAMS; i++)
        histogram_json(w, &s.at[i]);
    bx_jw_line(w, 2);
    bx_jw_array(w, "sizes");
    for (size_t i = 0; i < s.nsizes; i++) {
        bx_jw_object(w, NULL);
        bx_jw_uint(w, "width", s.sizes[i].w);
        bx_jw_uint(w, "height", s.sizes[i].h);
        bx_jw_uint(w, "n", s.sizes[i].n);
        bx_jw_object_end(w);
    }
    bx_jw_array_end(w);
    bx_jw_object_end(w);
    bx_arena_release(&a);
}
