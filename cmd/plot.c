/* plot.c: boxscore plot: any plot of the board or of a model, as a file. Reads the database only. */
#include "cmd/database.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/settings/settings.h"
#include "core/store/store.h"
#include "render/site/plots.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct args {
    const char *model, *board, *output, *database, *settings;
    bool light, dark, narrow, alt;
};

static const struct bx_option options[] = {
    {"model", 'm', BX_OPT_STR, "SLUG", "the model, for a plot of one model", offsetof(struct args, model)},
    {"board", 'b', BX_OPT_STR, "SLUG", "the board (default: the only one)", offsetof(struct args, board)},
    {"output", 'o', BX_OPT_STR, "FILE", "where to: FILE.svg or FILE.png (default: SVG on standard output)", offsetof(struct args, output)},
    {"light", 0, BX_OPT_FLAG, NULL, "for a light page (a PNG's default)", offsetof(struct args, light)},
    {"dark", 0, BX_OPT_FLAG, NULL, "for a dark page", offsetof(struct args, dark)},
    {"narrow", 0, BX_OPT_FLAG, NULL, "328 pixels wide instead of 680 (curves of one model always are)", offsetof(struct args, narrow)},
    {"alt", 0, BX_OPT_FLAG, NULL, "print the plot's alt text instead of drawing it", offsetof(struct args, alt)},
    {"database", 'd', BX_OPT_STR, "FILE", "use this database; no settings are read", offsetof(struct args, database)},
    {"settings", 's', BX_OPT_STR, "FILE", "the settings (default: boxscore.json)", offsetof(struct args, settings)},
    {0},
};

#define SAY(name)       "  " name "\n"
#define BOARDS_FRONT(n) SAY(n)
#define BOARDS_PLOTS(n) SAY(n)
#define BOARDS_CURVES(n)
#define BOARDS_CLASSES(n)
#define MODELS_FRONT(n)
#define MODELS_PLOTS(n)
#define MODELS_CURVES(n)  SAY(n)
#define MODELS_CLASSES(n) SAY(n)
static const char details[] = "KIND is one of the board's plots:\n"
#define PLOT(id, name, place, format, note) BOARDS_##place(name)
#include "render/site/plots.def"
                              "or, with --model, one of a model's:\n"
#define PLOT(id, name, place, format, note) MODELS_##place(name)
#include "render/site/plots.def"
                              "An SVG follows the colour scheme of the page that shows it, and is light on paper, unless\n"
                              "--light or --dark fixes it. A PNG has two pixels a pixel of the page.\n"
                              "\n"
                              "  $ boxscore plot latency -o pareto.png\n"
                              "  $ boxscore plot map-by-size --board night -o night.svg\n"
                              "  $ boxscore plot precision-recall --model fast-blobs > pr.svg\n";

static bool ends_in(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n > m && !strcasecmp(s + n - m, end);
}

static bool load(const struct args *args, struct bx_view_board *b, struct bx_arena *a, struct bx_err *e)
{
    const char *database = args->database;
    struct bx_settings settings;
    if (!database) {
        if (!bx_settings_use(args->settings, &settings, a, e))
            return false;
        database = settings.database;
    }
    struct bx_store *store;
    if (!bx_store_open(database, BX_STORE_READ, &store, e))
        return false;
    struct bx_board_row board;
    bool ok = bx_database_board(store, args->database ? NULL : &settings, args->board, &board, a, e) &&
              bx_view_load(store, board.board.slug, 0, b, a, e);
    bx_store_close(store);
    return ok;
}

static const struct bx_view_model *find_model(const struct bx_view_board *b, const char *slug, struct bx_arena *a, struct bx_err *e)
{
    const char **slugs = bx_alloc(a, b->nmodels, sizeof *slugs);
    for (size_t i = 0; i < b->nmodels; i++) {
        if (!strcmp(b->models[i].slug, slug))
            return &b->models[i];
        slugs[i] = b->models[i].slug;
    }
    const char *near = bx_nearest(slug, slugs, b->nmodels);
    bx_fail(e, BX_USAGE, near ? "there is no model '%s' on the board '%s', did you mean '%s'?" : "there is no model '%s' on the board '%s'",
            slug, b->slug, near);
    return NULL;
}

static const struct bx_plot *find_plot(const struct args *args, const char *kind, const struct bx_view_board *b, struct bx_arena *a,
                                       struct bx_err *e)
{
    const struct bx_view_model *m = args->model ? find_model(b, args->model, a, e) : NULL;
    if (args->model && !m)
        return NULL;
    size_t n;
    const struct bx_site_plot *plots = bx_site_plots(b, m, &n, a);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(plots[i].info->name, kind)) {
            if (plots[i].item)
                bx_warn_models(b);
            if (plots[i].info->place == BX_AT_CLASSES)
                bx_warn_classes(b);
            return &plots[i].plot;
        }
    if (args->model)
        bx_fail(e, BX_DATA, "the model '%s' has no numbers for the plot '%s' yet", args->model, kind);
    else
        bx_fail(e, BX_DATA, "the board '%s' has no numbers for the plot '%s' yet", b->slug, kind);
    return NULL;
}

static bool write_plot(const struct args *args, const struct bx_plot *p, struct bx_arena *a, struct bx_err *e)
{
    if (args->alt) {
        struct bx_chart_words words;
        bx_chart_words(p, a, &words);
        printf("%s\n", words.alt);
        return true;
    }
    struct bx_chart_style style = {args->dark    ? BX_CHART_DARK
                                   : args->light ? BX_CHART_LIGHT
                                                 : BX_CHART_BOTH,
                                   args->narrow ? BX_CHART_NARROW : BX_CHART_WIDE,
                                   args->output && ends_in(args->output, ".png") ? BX_CHART_PNG : BX_CHART_SVG};
    struct bx_chart_image img;
    if (!bx_chart_draw(p, style, &img, e))
        return false;
    bool ok = true;
    if (args->output)
        ok = bx_file_write(args->output, img.bytes.p, img.bytes.n, e);
    else
        fwrite(img.bytes.p, 1, img.bytes.n, stdout); /* main checks stdout */
    bx_chart_image_free(&img);
    return ok;
}

/* Is KIND a plot, and of the right sort for what was asked? -1, or the exit status of the complaint. */
static int check_kind(const struct bx_verb *v, const struct args *args, const char *kind)
{
    const char *names[BX_NPLOTS];
    const struct bx_plot_info *info = NULL;
    for (size_t i = 0; i < BX_NPLOTS; i++) {
        names[i] = bx_plots[i].name;
        if (!strcmp(names[i], kind))
            info = &bx_plots[i];
    }
    if (!info) {
        const char *near = bx_nearest(kind, names, BX_NPLOTS);
        return near ? bx_verb_usage(v, "there is no plot '%s', did you mean '%s'?", kind, near)
                    : bx_verb_usage(v, "there is no plot '%s'", kind);
    }
    if (bx_plot_is_models(info) && !args->model)
        return bx_verb_usage(v, "the plot '%s' is of one model: name it with --model", kind);
    if (!bx_plot_is_models(info) && args->model)
        return bx_verb_usage(v, "the plot '%s' is of the whole board: it takes no --model", kind);
    return -1;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int operands, status = bx_options(v, argc, argv, &args, &operands);
    if (status >= 0)
        return status;
    if (operands != 1)
        return bx_verb_usage(v, operands ? "one KIND at a time" : "which plot? KIND is missing");
    if ((status = check_kind(v, &args, argv[1])) >= 0)
        return status;
    if (args.database && args.settings)
        return bx_verb_usage(v, "--database and --settings exclude each other");
    if (args.light && args.dark)
        return bx_verb_usage(v, "--light and --dark exclude each other");
    if (args.output && !ends_in(args.output, ".svg") && !ends_in(args.output, ".png"))
        return bx_verb_usage(v, "the output '%s' must end in .svg or .png", args.output);
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_view_board b = {0};
    const struct bx_plot *p = load(&args, &b, &a, &e) ? find_plot(&args, argv[1], &b, &a, &e) : NULL;
    status = p && write_plot(&args, p, &a, &e) ? 0 : bx_verb_fail(v, &e);
    bx_arena_release(&a);
    return status;
}

const struct bx_verb bx_verb_plot = {
    "plot", "KIND [-m SLUG] [-o FILE.svg|FILE.png] [--light | --dark] [--narrow]", "write a plot as SVG or PNG", options, details, run};
