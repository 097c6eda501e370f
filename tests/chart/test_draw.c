/* Plots: equal input gives equal bytes, of the right kind and size, whatever the input. */
#include "render/chart/chart.h"
#include "render/chart/svg.h"
#include <float.h>
#include <math.h>
#include <png.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { MANY = 200, POINTS = 101 };

static uint64_t seed = 88172645463325252u;
static double uniform(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

/* One of each kind, of n items, nothing special about them. */
struct sample {
    char names[MANY][32];
    struct bx_plot_point points[MANY];
    struct bx_plot_size_row rows[MANY];
    double y[MANY][POINTS], ms[MANY];
    struct bx_plot_iou ious[3];
    struct bx_plot_class classes[MANY];
    struct bx_plot plots[8];
    size_t n;
};

static struct sample *make_sample(size_t n)
{
    struct sample *s = calloc(1, sizeof *s);
    assert_non_null(s);
    for (size_t i = 0; i < n; i++) {
        double q = uniform();
        snprintf(s->names[i], sizeof s->names[i], "model %zu", i);
        s->points[i] = (struct bx_plot_point){s->names[i], exp(4 * q) * (.5 + uniform()), .2 + .4 * q, NAN, NAN, NULL};
        if (i % 2) {
            s->points[i].lo = s->points[i].y - .01;
            s->points[i].hi = s->points[i].y + .01;
        }
        s->rows[i] = (struct bx_plot_size_row){s->names[i], {.5 * q, .8 * q, q}, (unsigned)(i / 2 + 1), NULL};
        s->ms[i] = 5 + uniform();
        for (size_t k = 0; k < POINTS; k++)
            s->y[i][k] = fmax(0, 1 - pow((double)k / 90, 1 + 3 * q));
        s->classes[i] = (struct bx_plot_class){s->names[i], q, {NULL, s->y[i], POINTS}, false};
    }
    for (size_t i = 0; i < 3; i++)
        s->ious[i] = (struct bx_plot_iou){i == 2 ? NAN : .5 + .25 * (double)i, .6 - .1 * (double)i, {NULL, s->y[i], n ? POINTS : 0}};
    struct bx_plot_curve a = {NULL, s->y[0], n ? POINTS : 0};
    struct bx_plot plots[] = {
        {BX_PLOT_SCATTER, .scatter = {BX_COST_LATENCY, NULL, s->points, n}},
        {BX_PLOT_SCATTER, .scatter = {BX_COST_PARAMETERS, NULL, s->points, n}},
        {BX_PLOT_MAP_BY_SIZE, .map_by_size = {.at = s->rows, .n = n}},
        {BX_PLOT_F1_BY_SIZE, .f1_by_size = {.at = s->rows, .n = n}},
        {BX_PLOT_PR, .pr = {s->ious, n < 3 ? n : 3, NULL}},
        {BX_PLOT_PR_BY_CLASS, .pr_by_class = {.5, s->classes, n}},
        {BX_PLOT_CONFIDENCE, .confidence = {a, a, a, NAN, NAN, .3, NAN}},
        {BX_PLOT_LATENCY, .latency = {s->ms, n, NAN}},
    };
    memcpy(s->plots, plots, sizeof plots);
    s->n = sizeof plots / sizeof *plots;
    return s;
}

enum { SVGS = 6, STYLES = 12 };
static struct bx_chart_style style(int k) /* the SVGs first */
{
    static const enum bx_chart_theme themes[] = {BX_CHART_LIGHT, BX_CHART_DARK, BX_CHART_BOTH};
    return (struct bx_chart_style){themes[k % 3], k / 3 % 2 ? BX_CHART_NARROW : BX_CHART_WIDE, k < SVGS ? BX_CHART_SVG : BX_CHART_PNG};
}

static struct bx_chart_image draw(const struct bx_plot *p, struct bx_chart_style s)
{
    struct bx_chart_image img;
    struct bx_err e = {0};
    if (!bx_chart_draw(p, s, &img, &e))
        fail_msg("%s", e.text);
    return img;
}

static void the_same_bytes_whatever_was_drawn_before(void **state)
{
    (void)state;
    struct sample *s = make_sample(14);
    struct bx_chart_image first[8][STYLES];
    for (size_t i = 0; i < s->n; i++)
        for (int k = 0; k < STYLES; k++)
            first[i][k] = draw(&s->plots[i], style(k));
    for (int k = STYLES - 1; k >= 0; k--)
        for (size_t i = s->n; i-- > 0;) {
            struct bx_chart_image again = draw(&s->plots[i], style(k));
            assert_int_equal(again.bytes.n, first[i][k].bytes.n);
            assert_memory_equal(again.bytes.p, first[i][k].bytes.p, again.bytes.n);
            assert_true(again.width == first[i][k].width && again.height == first[i][k].height);
            bx_chart_image_free(&again);
        }
    for (size_t i = 0; i < s->n; i++)
        for (int k = 0; k < STYLES; k++)
            bx_chart_image_free(&first[i][k]);
    free(s);
}

static void a_png_decodes_to_two_pixels_a_css_pixel(void **state)
{
    (void)state;
    struct sample *s = make_sample(6);
    for (size_t i = 0; i < s->n; i++)
        for (int k = SVGS; k < STYLES; k++) {
            struct bx_chart_image img = draw(&s->plots[i], style(k));
            png_image png = {.version = PNG_IMAGE_VERSION};
            assert_true(png_image_begin_read_from_memory(&png, img.bytes.p, img.bytes.n) != 0);
            assert_int_equal(png.width, 2 * img.width);
            assert_int_equal(png.height, 2 * img.height);
            bool narrow = style(k).width == BX_CHART_NARROW || bx_chart_narrow_only(s->plots[i].kind);
            assert_int_equal(img.width, narrow ? 328 : 680);
            png.format = PNG_FORMAT_RGB;
            unsigned char *pixels = malloc(PNG_IMAGE_SIZE(png));
            assert_true(png_image_finish_read(&png, NULL, pixels, 0, NULL) != 0);
            unsigned paper = style(k).theme == BX_CHART_DARK ? 0x11 : 0xFF; /* a PNG for both is light */
            assert_int_equal(pixels[PNG_IMAGE_SIZE(png) - 3], paper);       /* opaque paper in the corner */
            free(pixels);
            bx_chart_image_free(&img);
        }
    free(s);
}

static void an_svg_holds_only_what_it_needs(void **state)
{
    (void)state;
    static const char *const never[] = {"style=",  "surface", "cairo", "opacity", "<mask", "<image", "<!--",
                                        "version", "font",    "/tmp",  "/home",   "20%",   "nan",    "inf"};
    struct sample *s = make_sample(14);
    for (size_t i = 0; i < s->n; i++)
        for (int k = 0; k < SVGS; k++) {
            struct bx_chart_image img = draw(&s->plots[i], style(k));
            enum bx_chart_theme theme = style(k).theme;
            char head[120];
            snprintf(head, sizeof head, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\"",
                     img.width, img.height, img.width, img.height);
            assert_memory_equal(img.bytes.p, head, strlen(head));
            assert_true(img.bytes.n < 85000); /* what the design's mock needed */
            for (size_t w = 0; w < sizeof never / sizeof *never; w++)
                if (strstr(img.bytes.p, never[w]))
                    fail_msg("plot %zu has '%s'", i, never[w]);
            assert_int_equal(!strstr(img.bytes.p, "#fff"), theme == BX_CHART_DARK);
            assert_int_equal(!strstr(img.bytes.p, "#11151b"), theme == BX_CHART_LIGHT);
            assert_int_equal(!strstr(img.bytes.p, "<style>"), theme != BX_CHART_BOTH);
            bx_chart_image_free(&img);
        }
    free(s);
}

static void check_words(const struct bx_plot *p)
{
    struct bx_arena a = {0};
    struct bx_chart_words w;
    bx_chart_words(p, &a, &w);
    assert_true(w.title && *w.title && w.finding && *w.finding && w.alt && *w.alt);
    assert_true(w.finding[strlen(w.finding) - 1] == '.' && w.alt[strlen(w.alt) - 1] == '.');
    assert_non_null(strstr(w.alt, w.finding));
    for (size_t c = 0; c < w.table.cols; c++)
        assert_true(w.table.head[c] && *w.table.head[c]);
    for (size_t r = 0; r < w.table.n; r++)
        for (size_t c = 0; c < w.table.cols; c++)
            assert_true(w.table.rows[r].cells[c] && *w.table.rows[r].cells[c] && !strstr(w.table.rows[r].cells[c], "nan"));
    bx_arena_release(&a);
}

static void draw_all_ways(const struct bx_plot *p)
{
    for (int k = 0; k <= SVGS; k++) { /* one PNG is enough: it differs in the surface alone */
        struct bx_chart_image img = draw(p, style(k));
        assert_true(img.bytes.n > 100 && img.height >= 40);
        assert_true(img.height < 16000);
        if (k < SVGS)
            assert_null(strstr(img.bytes.p, "nan"));
        bx_chart_image_free(&img);
    }
    check_words(p);
}

static void any_number_of_items_is_drawn(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 2, 41, MANY};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        struct sample *s = make_sample(counts[c]);
        for (size_t i = 0; i < s->n; i++)
            draw_all_ways(&s->plots[i]);
        free(s);
    }
}

static void hostile_values_are_drawn_or_left_out(void **state)
{
    (void)state;
    static const double bad[] = {NAN, INFINITY, -INFINITY, -1, 0, 1, 5e-324, 1e-300, 1e300, DBL_MAX, 5};
    enum { N = sizeof bad / sizeof *bad };
    struct bx_plot_point points[N * N];
    struct bx_plot_size_row rows[N * N];
    double curve[N * N], x[N * N], ms[N * N];
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < N; k++) {
            size_t at = i * N + k;
            points[at] = (struct bx_plot_point){"m", bad[i], bad[k], bad[(i + k) % N], bad[(i + 2 * k) % N], NULL};
            rows[at] = (struct bx_plot_size_row){"m", {bad[i], bad[k], bad[(i + k) % N]}, (unsigned)k, NULL};
            curve[at] = bad[(i + k) % N];
            x[at] = (double)at / (N * N);
            ms[at] = bad[(2 * i + k) % N];
        }
    struct bx_plot_curve c = {x, curve, N * N}, none = {0}, gone = {NULL, bad, 1};
    struct bx_plot_iou ious[] = {{NAN, NAN, c}, {.5, INFINITY, none}, {9, -1, gone}, {.75, .5, c}, {.9, .1, c}};
    struct bx_plot_class classes[] = {{NULL, NAN, none, false}, {"a", .5, c, false}, {"b", INFINITY, gone, true}, {"", -1, c, false}};
    const struct bx_plot plots[] = {
        {BX_PLOT_SCATTER, .scatter = {BX_COST_FLOPS, NULL, points, N * N}},
        {BX_PLOT_MAP_BY_SIZE, .map_by_size = {.at = rows, .n = N * N}},
        {BX_PLOT_F1_BY_SIZE, .f1_by_size = {.at = rows, .n = N * N}},
        {BX_PLOT_MAP_BY_SIZE, .map_by_size = {.at = rows, .n = 24}},
        {BX_PLOT_F1_BY_SIZE, .f1_by_size = {.at = rows + 40, .n = 24}},
        {BX_PLOT_PR, .pr = {ious, 5, NULL}},
        {BX_PLOT_PR_BY_CLASS, .pr_by_class = {NAN, classes, 4}},
        {BX_PLOT_CONFIDENCE, .confidence = {c, none, gone, NAN, NAN, 2, NAN}},
        {BX_PLOT_CONFIDENCE, .confidence = {none, c, c, 1e300, -7, .5, INFINITY}},
        {BX_PLOT_LATENCY, .latency = {ms, N * N, -INFINITY}},
        {BX_PLOT_PR_BY_CLASS, .pr_by_class = {DBL_MAX, classes, 4}},
        {BX_PLOT_CONFIDENCE, .confidence = {none, c, c, .5, DBL_MAX, 5e-324, 1e-300}},
        {BX_PLOT_LATENCY, .latency = {ms, 1, 3}},
        {BX_PLOT_LATENCY, .latency = {(const double[]){0, DBL_MAX, DBL_MAX}, 3, NAN}},
        {BX_PLOT_LATENCY, .latency = {(const double[]){5e-324, 5e-324}, 2, 1e300}},
        {BX_PLOT_SCATTER,
         .scatter = {BX_COST_LATENCY, NULL,
                     (const struct bx_plot_point[]){{"a", 5e-324, 5e-324, NAN, NAN, NULL}, {"b", DBL_MAX, .5, NAN, NAN, NULL}}, 2}},
    };
    for (size_t i = 0; i < sizeof plots / sizeof *plots; i++)
        draw_all_ways(&plots[i]);
}

static void names_of_any_kind_are_drawn(void **state)
{
    (void)state;
    char endless[5000], marks[1201];
    memset(endless, 'W', sizeof endless - 1);
    endless[sizeof endless - 1] = 0;
    for (size_t i = 0; i + 2 < sizeof marks; i += 2)
        memcpy(marks + i, "\xCC\x81", 2); /* 600 combining accents */
    marks[1200] = 0;
    const char *names[] = {endless,
                           marks,
                           "形状检测器-快速",
                           "كاشف الأشكال السريع",
                           "",
                           NULL,
                           "\xFF\xFE\x80 not UTF-8",
                           "tab\there\nand a line",
                           "\xE2\x80\xAE"
                           "reversed",
                           "<b>&amp;\"'",
                           "%s%n%d",
                           "a b"};
    enum { N = sizeof names / sizeof *names };
    struct bx_plot_point points[N];
    struct bx_plot_size_row rows[N];
    double y[] = {1, .9, .2};
    struct bx_plot_class classes[N];
    for (size_t i = 0; i < N; i++) {
        points[i] = (struct bx_plot_point){names[i], (double)(i + 1), .3 + .01 * (double)i, NAN, NAN, NULL};
        rows[i] = (struct bx_plot_size_row){names[i], {.1, .2, .3 + .01 * (double)i}, 1, NULL};
        classes[i] = (struct bx_plot_class){names[i], .5, {NULL, y, 3}, false};
    }
    const struct bx_plot plots[] = {{BX_PLOT_SCATTER, .scatter = {BX_COST_LATENCY, NULL, points, N}},
                                    {BX_PLOT_MAP_BY_SIZE, .map_by_size = {.at = rows, .n = N}},
                                    {BX_PLOT_F1_BY_SIZE, .f1_by_size = {.at = rows, .n = N}},
                                    {BX_PLOT_PR_BY_CLASS, .pr_by_class = {.5, classes, N}}};
    for (size_t i = 0; i < sizeof plots / sizeof *plots; i++)
        draw_all_ways(&plots[i]);
}

/* Two colours that are alike on a light page and differ on a dark one: as the words and the marks of a series are. */
static void numbers_of_inks_become_classes_with_both_colours(void **state)
{
    (void)state;
    static const struct bx_colour inks[] = {{0xFFFFFF, 0x11151B}, {0xAA1B74, 0xD83973}, {0xAA1B74, 0xE4588C}};
    static const struct {
        const char *name, *in, *out; /* out NULL: refused */
    } cases[] = {
        {"a class for a colour of a property, by first use",
         "<rect x=\"0\" style=\"fill:rgb(0%,0%,0.784314%);\"/><path d=\"M 0 0 L 1 1\" style=\"fill:none;stroke:rgb(0%,0%,0.392157%);\"/>"
         "<rect x=\"1\" style=\"fill:rgb(0%,0%,0.784314%);\"/>",
         "<style>.a{fill:#aa1b74}.b{stroke:#aa1b74}@media(prefers-color-scheme:dark){.a{fill:#e4588c}.b{stroke:#d83973}}</style>\n"
         "<defs></defs>\n<rect x=\"0\" class=\"a\"/><path d=\"M0 0l1 1\" fill=\"none\" class=\"b\"/><rect x=\"1\" class=\"a\"/>"},
        {"both of one tag", "<path d=\"M 0 0 L 1 1\" style=\"fill:rgb(0%,0%,0%);stroke:rgb(0%,0%,0.392157%);\"/>",
         "<style>.a{fill:#fff}.b{stroke:#aa1b74}@media(prefers-color-scheme:dark){.a{fill:#11151b}.b{stroke:#d83973}}</style>\n"
         "<defs></defs>\n<path d=\"M0 0l1 1\" class=\"a b\"/>"},
        {"no colour", "<path d=\"M 0 0 L 1 1\"/>", "<defs></defs>\n<path d=\"M0 0l1 1\"/>"},
        {"the number of no ink", "<rect style=\"fill:rgb(0%,0%,1.176471%);\"/>", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char in[1000], out[1000];
        struct bx_buf b = {0};
        struct bx_err e = {0};
        snprintf(in, sizeof in, "<svg width=\"20px\" height=\"9px\">%s</svg>", cases[i].in);
        bool ok = bx_svg_tidy(in, strlen(in), inks, 3, &b, &e);
        assert_int_equal(ok, cases[i].out != NULL);
        if (ok) {
            snprintf(out, sizeof out,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" height=\"9\" viewBox=\"0 0 20 9\" "
                     "stroke-linejoin=\"round\">\n%s\n</svg>\n",
                     cases[i].out);
            assert_string_equal(bx_buf_str(&b), out);
        }
        bx_buf_free(&b);
    }
}

/* The same path elsewhere is a <use> of the first, with what lies between them; what differs in anything else stays. */
static void a_path_that_is_drawn_again_is_used_again(void **state)
{
    (void)state;
    static const char first[] =
        "<path fill=\"none\" stroke-width=\"2\" stroke=\"rgb(0%,0%,0%)\" d=\"M 10.5 20 L 30 20 L 30 40 L 50.25 40 L 50.25 60 L 70 60 \"/>",
                      second[] = "<path fill=\"none\" stroke-width=\"2\" stroke=\"rgb(0%,0%,0%)\" d=\"M 110.75 10 L 130.25 10 L 130.25 30 "
                                 "L 150.5 30 L 150.5 50 L 170.25 50 \"/>",
                      wider[] = "<path fill=\"none\" stroke-width=\"3\" stroke=\"rgb(0%,0%,0%)\" d=\"M 10.5 20 L 30 20 L 30 40 L 50.25 40 "
                                "L 50.25 60 L 70 60 \"/>";
    static const struct {
        const char *paths[3];
        const char *out;
    } cases[] = {
        {{first, second, first},
         "<path id=\"a\" fill=\"none\" stroke-width=\"2\" stroke=\"#000\" d=\"M10.5 20h19.5v20h20.25v20h19.75\"/><use href=\"#a\" "
         "x=\"100.25\" y=\"-10\"/><use href=\"#a\"/>"},
        {{first, wider, wider},
         "<path fill=\"none\" stroke-width=\"2\" stroke=\"#000\" d=\"M10.5 20h19.5v20h20.25v20h19.75\"/><path id=\"a\" fill=\"none\" "
         "stroke-width=\"3\" "
         "stroke=\"#000\" d=\"M10.5 20h19.5v20h20.25v20h19.75\"/><use href=\"#a\"/>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char in[1024];
        struct bx_buf b = {0};
        struct bx_err e = {0};
        snprintf(in, sizeof in, "<svg width=\"20px\" height=\"9px\">%s%s%s</svg>", cases[i].paths[0], cases[i].paths[1], cases[i].paths[2]);
        assert_true(bx_svg_tidy(in, strlen(in), NULL, 0, &b, &e));
        assert_non_null(strstr(bx_buf_str(&b), cases[i].out));
        bx_buf_free(&b);
    }
}

static struct bx_chart_image scatter_of(const struct bx_plot_point *at, size_t n, int k)
{
    return draw(&(struct bx_plot){BX_PLOT_SCATTER, .scatter = {BX_COST_LATENCY, NULL, at, n}}, style(k));
}

static void every_model_on_the_front_is_named(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 7, 60, MANY};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (int k = 0; k < SVGS; k += 3) { /* wide and narrow */
            char names[MANY][32];
            struct bx_plot_point at[MANY];
            for (size_t i = 0; i < counts[c]; i++) {
                snprintf(names[i], sizeof names[i], "W%03zu", i);
                at[i] = (struct bx_plot_point){names[i], 10 * pow(1.02, (double)i), .4 + .0005 * (double)i, NAN, NAN, NULL};
            }
            struct bx_chart_image img = scatter_of(at, counts[c], k);
            size_t letters = 0;
            for (const char *p = bx_buf_str(&img.bytes); (p = strstr(p, "<use ")); p++)
                letters++;
            assert_true(letters >= 4 * counts[c]);
            assert_int_equal(img.nspots, counts[c]);
            bx_chart_image_free(&img);
        }
}

/* Points of no difference would be one dot with one name: the same picture as of one point that is called by both. */
static void equal_points_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct bx_plot_point in[5], as[5];
        size_t nin, nas;
    } cases[] = {
        {"two on the front", {{"A", 2, .5, NAN, NAN, NULL}, {"B", 2, .5, NAN, NAN, NULL}}, {{"A, B", 2, .5, NAN, NAN, NULL}}, 2, 1},
        {"two behind it",
         {{"F", 1, .5, NAN, NAN, NULL}, {"A", 3, .4, NAN, NAN, NULL}, {"B", 3, .4, NAN, NAN, NULL}},
         {{"F", 1, .5, NAN, NAN, NULL}, {"A, B", 3, .4, NAN, NAN, NULL}},
         3,
         2},
        {"three behind it",
         {{"F", 1, .5, NAN, NAN, NULL}, {"A", 3, .4, NAN, NAN, NULL}, {"B", 3, .4, NAN, NAN, NULL}, {"C", 3, .4, NAN, NAN, NULL}},
         {{"F", 1, .5, NAN, NAN, NULL}, {"3 models", 3, .4, NAN, NAN, NULL}},
         4,
         2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int k = 0; k < SVGS; k++) {
            struct bx_chart_image in = scatter_of(cases[i].in, cases[i].nin, k), as = scatter_of(cases[i].as, cases[i].nas, k);
            assert_string_equal(bx_buf_str(&in.bytes), bx_buf_str(&as.bytes));
            assert_int_equal(in.nspots, cases[i].nin);
            bx_chart_image_free(&in);
            bx_chart_image_free(&as);
        }
}

/* Of more than 24 models, rows say nothing that the table does not. */
static void many_models_by_size_are_a_scatter(void **state)
{
    (void)state;
    static const struct {
        double v[3];
        size_t n, spots;
        bool rows;
    } cases[] = {{{.2, .4, .6}, 24, 0, true},
                 {{.2, .4, .6}, 25, 25, false},
                 {{.2, .4, NAN}, 25, 25, false}, /* small against medium */
                 {{NAN, .4, NAN}, 25, 0, false},
                 {{0, 0, 0}, MANY, MANY, false}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int f1 = 0; f1 < 2; f1++)
            for (int k = 0; k < SVGS; k += 3) {
                struct bx_plot_size_row rows[MANY];
                for (size_t i = 0; i < cases[c].n; i++) {
                    rows[i] = (struct bx_plot_size_row){"m", {0}, (unsigned)i + 1, NULL};
                    memcpy(rows[i].v, cases[c].v, sizeof rows[i].v);
                }
                struct bx_plot_by_size d = {.at = rows, .n = cases[c].n};
                struct bx_plot p = {BX_PLOT_MAP_BY_SIZE, .map_by_size = d};
                if (f1)
                    p = (struct bx_plot){BX_PLOT_F1_BY_SIZE, .f1_by_size = d};
                struct bx_chart_image img = draw(&p, style(k));
                assert_int_equal(img.nspots, cases[c].spots);
                assert_int_equal(img.height > 500, cases[c].rows);
                bx_chart_image_free(&img);
            }
}

static void what_no_font_has_is_told_and_not_drawn_as_boxes(void **state)
{
    (void)state;
    static const struct {
        const char *name, *drawn, *package; /* package NULL: all of it is in the fonts every test has */
        uint32_t missing;
    } cases[] = {
        {"plain-1.0", "plain-1.0", NULL, 0},
        {"größer", "größer", NULL, 0},
        {"\xF3\xB0\x80\x80 private", "? private", "fonts-noto-core", 0xF0000},
        {"a\xF0\x93\x80\x80\xF0\x93\x80\x81z", "a?z", "fonts-noto-core", 0x13000}, /* hieroglyphs */
        {"形状-快", "?-?", "fonts-noto-cjk", 0x5F62},
        {"\xF0\x9F\xAB\xA8", "?", "fonts-noto-color-emoji", 0x1FAE8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t c;
        const char *package = bx_chart_missing(cases[i].name, &c);
        if (!package && cases[i].package)
            continue; /* this machine has such a font */
        if (cases[i].package) {
            assert_string_equal(package, cases[i].package);
            assert_int_equal(c, cases[i].missing);
        } else
            assert_null(package);
        struct bx_plot_size_row named = {cases[i].name, {.1, .2, .3}, 1, NULL}, plain = {cases[i].drawn, {.1, .2, .3}, 1, NULL};
        struct bx_chart_image a = draw(&(struct bx_plot){BX_PLOT_MAP_BY_SIZE, .map_by_size = {.at = &named, .n = 1}}, style(0));
        struct bx_chart_image b = draw(&(struct bx_plot){BX_PLOT_MAP_BY_SIZE, .map_by_size = {.at = &plain, .n = 1}}, style(0));
        assert_string_equal(bx_buf_str(&a.bytes), bx_buf_str(&b.bytes));
        bx_chart_image_free(&a);
        bx_chart_image_free(&b);
    }
    assert_null(bx_chart_missing(NULL, NULL));
    assert_null(bx_chart_missing("", NULL));
}

/* In a child with a fontconfig that knows no font: it must say so and not die. The child is this program once more: fontconfig reads its
 * environment once. */
static void without_any_font_there_is_an_error(void **state)
{
    (void)state;
    char config[] = "/tmp/bx-nofonts-XXXXXX";
    int fd = mkstemp(config);
    assert_true(fd >= 0);
    static const char xml[] = "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\"><fontconfig></fontconfig>";
    assert_int_equal(write(fd, xml, sizeof xml - 1), (ssize_t)(sizeof xml - 1));
    close(fd);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        setenv("FONTCONFIG_FILE", config, 1);
        setenv("BX_TEST_WITHOUT_FONTS", "1", 1);
        execl("/proc/self/exe", "test_chart_draw", (char *)NULL);
        _exit(99);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    unlink(config);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
}

static int run_without_fonts(void)
{
    const struct bx_plot p = {.kind = BX_PLOT_SCATTER};
    struct bx_chart_image img;
    struct bx_err e = {0};
    if (bx_chart_draw(&p, style(0), &img, &e)) {
        bx_chart_image_free(&img);
        return 1;
    }
    return e.code == BX_IO && strstr(e.text, "font") ? 42 : 2;
}

static void what_cairo_writes_becomes_smaller_and_stays_the_same_picture(void **state)
{
    (void)state;
    static const struct {
        const char *name, *in, *out;
    } cases[] = {
        {"colours and defaults",
         "<rect x=\"0\" y=\"1.5\" width=\"10\" height=\"2.25\" "
         "style=\"fill:rgb(85.098039%,87.058824%,89.411765%);fill-opacity:1;stroke:none;\"/>",
         "<rect x=\"0\" y=\"1.5\" width=\"10\" height=\"2.25\" fill=\"#d9dee4\"/>"},
        {"a short colour", "<rect x=\"0\" style=\"fill:rgb(100%,0%,20%);\"/>", "<rect x=\"0\" fill=\"#f03\"/>"},
        {"a path, relative", "<path d=\"M 10 20 L 30.004 20 L 30 25.5 L 28.75 24 Z M 10 20 \"/>", "<path d=\"M10 20h20v5.5l-1.25-1.5z\"/>"},
        {"fractions without blanks", "<path d=\"M 0 0 L 0.5 0.25 C 0.75 0.5 1 1 1.5 1.5\"/>",
         "<path d=\"M0 0l.5.25c.25.25.5.75 1 1.25\"/>"},
        {"two runs of glyphs in one colour",
         "<g style=\"fill:rgb(0%,0%,0%);\"><use xlink:href=\"#glyph0-1\" x=\"1\" y=\"2\"/></g><g style=\"fill:rgb(0%,0%,0%);\"><use "
         "xlink:href=\"#glyph0-1\" x=\"3\" y=\"2\"/></g>",
         "<g fill=\"#000\"><use href=\"#a\" x=\"1\" y=\"2\"/><use href=\"#a\" x=\"3\" y=\"2\"/></g>"},
        {"a space", "<g style=\"fill:rgb(0%,0%,0%);\"><use xlink:href=\"#glyph0-2\" x=\"1\" y=\"2\"/></g>", "<g fill=\"#000\"></g>"},
        {"other ids by first use", "<g clip-path=\"url(#clip77)\"><path d=\"M 1 1 L 2 2\"/></g>",
         "<g clip-path=\"url(#x0)\"><path d=\"M1 1l1 1\"/></g>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char in[2000], out[2000];
        snprintf(in, sizeof in,
                 "<?xml version=\"1.0\"?>\n<svg width=\"20px\" height=\"9px\" viewBox=\"0 0 20 9\" version=\"1.1\"><defs><g><symbol "
                 "overflow=\"visible\" id=\"glyph0-0\"><path "
                 "style=\"stroke:none;\" d=\"M 0 0 L 1 1\"/></symbol><symbol id=\"glyph0-1\"><path d=\"M 0 0 L 1 0 Z M 0 0 "
                 "\"/></symbol><symbol id=\"glyph0-2\"><path "
                 "d=\"\"/></symbol></g></defs><g id=\"surface37\">%s</g></svg>",
                 cases[i].in);
        snprintf(out, sizeof out,
                 "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" height=\"9\" viewBox=\"0 0 20 9\" "
                 "stroke-linejoin=\"round\">\n<defs>%s</defs>\n%s\n</svg>\n",
                 strstr(cases[i].out, "#a\"") ? "<path id=\"a\" d=\"M0 0h1z\"/>" : "", cases[i].out);
        struct bx_buf b = {0};
        struct bx_err e = {0};
        assert_true(bx_svg_tidy(in, strlen(in), NULL, 0, &b, &e));
        assert_string_equal(bx_buf_str(&b), out);
        bx_buf_free(&b);
        for (size_t cut = 0; cut < strlen(in) - 1; cut++) { /* cut anywhere: an error or a document, never a crash */
            if (!bx_svg_tidy(in, cut, NULL, 0, &b, &e))
                assert_int_equal(e.code, BX_DATA);
            bx_buf_free(&b);
        }
    }
}

int main(void)
{
    if (getenv("BX_TEST_WITHOUT_FONTS"))
        return run_without_fonts();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cairo_writes_becomes_smaller_and_stays_the_same_picture),
        cmocka_unit_test(a_path_that_is_drawn_again_is_used_again),
        cmocka_unit_test(numbers_of_inks_become_classes_with_both_colours),
        cmocka_unit_test(the_same_bytes_whatever_was_drawn_before),
        cmocka_unit_test(a_png_decodes_to_two_pixels_a_css_pixel),
        cmocka_unit_test(an_svg_holds_only_what_it_needs),
        cmocka_unit_test(any_number_of_items_is_drawn),
        cmocka_unit_test(hostile_values_are_drawn_or_left_out),
        cmocka_unit_test(names_of_any_kind_are_drawn),
        cmocka_unit_test(every_model_on_the_front_is_named),
        cmocka_unit_test(equal_points_are_counted),
        cmocka_unit_test(many_models_by_size_are_a_scatter),
        cmocka_unit_test(what_no_font_has_is_told_and_not_drawn_as_boxes),
        cmocka_unit_test(without_any_font_there_is_an_error),
    };
    return cmocka_run_group_tests_name("chart_draw", tests, NULL, NULL);
}
