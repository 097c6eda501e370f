/* board.c: the leaderboard on a terminal: `boxscore board`. */
#include "cmd/verb.h"
#include "core/settings.h"
#include "core/store/store.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct args {
    const char *settings, *database;
    int64_t top;
};

static const struct bx_option options[] = {
    {"settings", 's', BX_OPT_STR, "FILE", "the settings (default: boxscore.json)", offsetof(struct args, settings)},
    {"database", 'd', BX_OPT_STR, "FILE", "use this database", offsetof(struct args, database)},
    {"top", 'n', BX_OPT_INT, "N", "only the first N rows (0: all, the default)", offsetof(struct args, top)},
    {0}};

/* One row: the newest complete numbers of a model; without any, row.map is NaN. */
struct row {
    const char *name, *slug, *remark;
    double map, map_50, map_75, small, medium, large, f1, latency;
    bool ranked;
};

static int by_map(const void *x, const void *y)
{
    const struct row *a = x, *b = y;
    if (a->ranked != b->ranked)
        return a->ranked ? -1 : 1;
    double p = isnan(a->map) ? -1 : a->map, q = isnan(b->map) ? -1 : b->map;
    return p != q ? (p < q ? 1 : -1) : strcmp(a->slug, b->slug);
}

static bool numbers(struct bx_store *st, const struct bx_board_row *board, const struct bx_model_row *m, const struct bx_evaluation *ev,
                    struct row *row, struct bx_arena *a, bool *found, struct bx_err *e)
{
    struct bx_report_key k = {
        .detections = ev->detections, .testset = board->testset, .geometry = board->geometry, .protocol = BX_PROTOCOL_COCO, .subset = ""};
    struct bx_report r;
    memcpy(k.score_digest, m->score_digest, sizeof k.score_digest);
    if (!bx_store_report_get(st, &k, &r, found, a, e))
        return false;
    if (!*found)
        return true;
    row->map = bx_report_get(&r, "map", -1);
    row->map_50 = bx_report_get(&r, "map_50", -1);
    row->map_75 = bx_report_get(&r, "map_75", -1);
    row->small = bx_report_get(&r, "map_small", -1);
    row->medium = bx_report_get(&r, "map_medium", -1);
    row->large = bx_report_get(&r, "map_large", -1);
    row->f1 = bx_report_get(&r, "f1", -1);
    row->latency = ev->latency_ms;
    return true;
}

static const char *failure(const struct bx_evaluation *ev, struct bx_arena *a)
{
    const char *name = bx_evaluation_status_name(ev->status);
    return ev->reason && *ev->reason ? bx_printf(a, "%s: %s", name, ev->reason) : name;
}

static bool fill(struct bx_store *st, const struct bx_board_row *board, const struct bx_model_row *m, struct row *row, struct bx_arena *a,
                 struct bx_err *e)
{
    *row = (struct row){.name = m->name,
                        .slug = m->slug,
                        .map = NAN,
                        .map_50 = NAN,
                        .map_75 = NAN,
                        .small = NAN,
                        .medium = NAN,
                        .large = NAN,
                        .f1 = NAN,
                        .latency = NAN};
    struct bx_evaluation *evs;
    size_t n;
    if (!bx_store_evaluations(st, m->slug, &evs, &n, a, e))
        return false;
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) {
        if (evs[i].status != BX_EVALUATION_OK)
            continue;
        if (!numbers(st, board, m, &evs[i], row, a, &found, e))
            return false;
        row->ranked = found && !m->invalid && m->has_version && !memcmp(evs[i].version, m->version, sizeof m->version);
    }
    row->remark = m->invalid                               ? m->invalid
                  : m->blocked                             ? m->blocked
                  : n && evs[0].status != BX_EVALUATION_OK ? failure(&evs[0], a)
                  : !n                                     ? "never run"
                  : !row->ranked                           ? "changed, not run yet"
                                                           : "";
    return true;
}

static void cell(double v, double scale, int decimals, int width)
{
    if (isnan(v))
        printf("%*s", width, "-");
    else
        printf("%*.*f", width, decimals, v * scale);
}

/* Terminal columns, roughly: one a code point. Long names keep their first 27 and end in "…". */
static void print_name(const char *s, size_t width)
{
    size_t columns = 0, bytes = 0;
    while (s[bytes] && columns < width) {
        bytes++;
        while (((unsigned char)s[bytes] & 0xc0) == 0x80)
            bytes++;
        columns++;
    }
    bool cut = s[bytes] != 0;
    if (cut) {
        while (bytes && ((unsigned char)s[--bytes] & 0xc0) == 0x80)
            ;
        columns--;
    }
    printf("%.*s%s", (int)bytes, s, cut ? "…" : "");
    for (columns += cut; columns < width; columns++)
        putchar(' ');
}

static void print_rows(const struct row *rows, size_t n, size_t top)
{
    printf("%4s  %-28s %6s %6s %6s %6s %6s %6s %6s %8s\n", "", "model", "mAP", "50", "75", "small", "medium", "large", "F1", "ms");
    for (size_t i = 0; i < n && (!top || i < top); i++) {
        const struct row *r = &rows[i];
        if (r->ranked)
            printf("%4zu  ", i + 1);
        else
            printf("%4s  ", "-");
        print_name(r->name, 28);
        putchar(' ');
        const double v[] = {r->map, r->map_50, r->map_75, r->small, r->medium, r->large, r->f1};
        for (size_t k = 0; k < sizeof v / sizeof *v; k++) {
            cell(v[k], 100, 1, 6);
            putchar(' ');
        }
        cell(r->latency, 1, r->latency < 10 ? 2 : 1, 8);
        printf("%s%s\n", *r->remark ? "  " : "", r->remark);
    }
    if (top && n > top)
        printf("      and %zu more\n", n - top);
}

static bool print_board(struct bx_store *st, const struct bx_board_row *board, size_t top, struct bx_arena *a, struct bx_err *e)
{
    struct bx_model_row *models;
    size_t n, kept = 0;
    if (!bx_store_models(st, &models, &n, a, e))
        return false;
    struct row *rows = BX_NEW(a, struct row, n);
    for (size_t i = 0; i < n; i++)
        if (!models[i].retired && !fill(st, board, &models[i], &rows[kept++], a, e))
            return false;
    qsort(rows, kept, sizeof *rows, by_map);
    const char *hex = strrchr(board->testset, '-');
    printf("%s: mAP and F1 in %%, ms an image; test set %.8s\n", board->title, hex ? hex + 1 : board->testset);
    print_rows(rows, kept, top);
    return true;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int operands;
    int status = bx_options(v, argc, argv, &args, &operands);
    if (status >= 0)
        return status;
    if (operands)
        return bx_verb_usage(v, "unexpected operand '%s'", argv[1]);
    if (args.top < 0)
        return bx_verb_usage(v, "--top %lld, expected 0 or more", (long long)args.top);
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_settings s = {0};
    struct bx_store *st = NULL;
    struct bx_board_row *boards = NULL;
    size_t n = 0;
    bool ok = args.database || bx_settings_use(args.settings, &s, &a, &e);
    ok =
        ok && bx_store_open(args.database ? args.database : s.database, BX_STORE_READ, &st, &e) && bx_store_boards(st, &boards, &n, &a, &e);
    for (size_t i = 0; ok && i < n; i++)
        ok = print_board(st, &boards[i], (size_t)args.top, &a, &e);
    if (ok && !n)
        printf("no board yet: 'boxscore run' makes it\n");
    bx_store_close(st);
    bx_arena_release(&a);
    return ok ? 0 : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_board = {"board",
                                      "[--top N]",
                                      "print the leaderboard",
                                      options,
                                      "Models are sorted by mAP 50:95; those without complete numbers of their current version come last, "
                                      "with the reason.\n\nExample:\n  boxscore board --top 10",
                                      run};
