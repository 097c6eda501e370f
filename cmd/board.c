/* board.c: the leaderboard on a terminal: `boxscore board`. */
#include "cmd/database.h"
#include "core/data/split.h"
#include "core/settings/settings.h"
#include "core/store/store.h"
#include "render/view/columns.h"
#include "render/view/pages.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

struct args {
    const char *settings, *database, *board;
    int64_t top;
};

static const struct bx_option options[] = {
    {"settings", 's', BX_OPT_STR, "FILE", "the settings (default: boxscore.json)", offsetof(struct args, settings)},
    {"database", 'd', BX_OPT_STR, "FILE", "use this database", offsetof(struct args, database)},
    {"board", 'b', BX_OPT_STR, "SLUG", "only this board (default: all)", offsetof(struct args, board)},
    {"top", 'n', BX_OPT_INT, "N", "only the first N rows (0: all, the default)", offsetof(struct args, top)},
    {0}};

enum { METRIC_WIDTH = 6, NUMBER_WIDTH = 8 };

static bool any_has(const struct bx_view_board *b, enum bx_column c)
{
    for (size_t i = 0; i < b->nmodels; i++)
        if (isfinite(bx_column_number(c, &b->models[i])))
            return true;
    return false;
}

/* A metric that the board's rules do not give, or give as mAP, has no column. */
static bool is_there(const struct bx_view_board *b, enum bx_column c)
{
    if (((c == BX_COLUMN_MAP_HALF || c == BX_COLUMN_RANKS) && !b->certain) || (c == BX_COLUMN_UNSEEN && !any_has(b, c)))
        return false;
    return bx_columns[c].head && (bx_columns[c].kind != BX_KIND_METRIC || bx_rules_tell(&b->by, bx_columns[c].metric));
}

static int width_of(enum bx_column c)
{
    return bx_columns[c].kind == BX_KIND_METRIC ? METRIC_WIDTH : NUMBER_WIDTH;
}

/* Of the columns that a terminal has: percent for fractions. */
static void print_cell(enum bx_column c, const struct bx_view_model *m, struct bx_arena *a)
{
    double v = bx_column_number(c, m);
    if (c == BX_COLUMN_RANKS) {
        printf(" %*s", width_of(c),
               !m->ranked                ? "-"
               : m->rank == m->rank_last ? bx_printf(a, "%u", m->rank)
                                         : bx_printf(a, "%u-%u", m->rank, m->rank_last));
        return;
    }
    if (isnan(v))
        printf(" %*s", width_of(c), "-");
    else if ((bx_columns[c].kind == BX_KIND_METRIC && bx_metrics[bx_columns[c].metric].unit == BX_UNIT_FRACTION) ||
             bx_columns[c].format == BX_FORMAT_PERCENT)
        printf(" %*.1f", width_of(c), v * 100);
    else
        printf(" %*.*f", width_of(c), v < 10 ? 2 : 1, v);
}

static void print_name(const char *s, size_t width)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_add_cell(&b, s, width, width);
    fwrite(bx_buf_str(&b), 1, b.n, stdout);
}

/* Why there is no rank; what failed is said by that word first. */
static const char *remark(const struct bx_view_model *m, struct bx_arena *a)
{
    const char *reason = m->ranked ? NULL : bx_view_reason(m, a);
    const char *word = m->ranked ? NULL : m->status == BX_VIEW_FAILED ? "failed" : m->status == BX_VIEW_PARTIAL ? "partial" : NULL;
    return word && reason ? bx_printf(a, "%s: %s", word, reason) : reason ? reason : word;
}

/* Rows, ranks and reasons are the site's own: one rule for both. */
static void print_rows(const struct bx_view_board *b, size_t top, struct bx_arena *a)
{
    size_t n = b->nmodels - b->nretired;
    printf("%4s   %-28s", "", "model");
    for (enum bx_column c = 0; c < BX_NCOLUMNS; c++)
        if (is_there(b, c)) {
            const char *own = bx_columns[c].kind == BX_KIND_METRIC ? bx_rules_own_label(&b->by, bx_columns[c].metric, a) : NULL;
            printf(" %*.*s", width_of(c), width_of(c), own && c != BX_COLUMN_MAP ? own : bx_columns[c].head);
        }
    printf("\n");
    for (size_t i = 0; i < n && (!top || i < top); i++) {
        const struct bx_view_model *m = &b->models[i];
        if (m->ranked)
            printf("%4u%c  ", m->rank, m->shared ? '=' : ' ');
        else
            printf("%4s   ", "-");
        print_name(m->name, 28);
        for (enum bx_column c = 0; c < BX_NCOLUMNS; c++)
            if (is_there(b, c))
                print_cell(c, m, a);
        const char *why = remark(m, a);
        printf("%s%s\n", why ? "  " : "", why ? why : "");
    }
    if (top && n > top)
        printf("      and %zu more\n", n - top);
}

/* several: there are others that may have the same title. */
static bool print_board(struct bx_store *st, const struct bx_board_row *board, bool several, int64_t max_age_ms, size_t top,
                        struct bx_arena *a, struct bx_err *e)
{
    struct bx_view_board b;
    if (!bx_view_load(st, board->board.slug, max_age_ms, &b, a, e))
        return false;
    const char *hex = strrchr(board->testset, '-');
    printf("%s%s: %s%s%s; mAP and F1 in %%, ms an image; test set %.8s\n", board->board.title,
           several ? bx_printf(a, " (%s)", board->board.slug) : "", bx_geometry_name(b.geometry), *b.rules ? ", " : "", b.rules,
           hex ? hex + 1 : board->testset);
    const char *caution = bx_split_caution(bx_split_kind(b.split));
    if (caution)
        printf("%s (%s)\n", caution, b.split);
    if (b.nmodels > b.nretired) {
        print_rows(&b, top, a);
        const char *interval = bx_view_interval_words(&b, a);
        if (interval)
            printf("%s%s\n", b.certain ? "±: " : "", interval);
    } else
        printf("no model yet\n");
    return true;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int status = bx_options(v, argc, argv, &args, NULL);
    if (status >= 0)
        return status;
    if (args.top < 0)
        return bx_verb_usage(v, "--top %lld, expected 0 or more", (long long)args.top);
    struct bx_arena a = {0};
    struct bx_err e = {0};
    struct bx_settings s = {0};
    struct bx_store *st = NULL;
    struct bx_board_row *boards = NULL;
    size_t n = 0;
    bool several = false;
    bool ok = args.database || bx_settings_use(args.settings, &s, &a, &e);
    ok =
        ok && bx_store_open(args.database ? args.database : s.database, BX_STORE_READ, &st, &e) && bx_store_boards(st, &boards, &n, &a, &e);
    if (ok && args.board) {
        several = n > 1;
        n = 1;
        boards = BX_NEW(&a, struct bx_board_row, 1);
        ok = bx_database_board(st, args.database ? NULL : &s, args.board, boards, &a, &e);
    }
    for (size_t i = 0; ok && i < n; i++) {
        if (i)
            printf("\n");
        ok = print_board(st, &boards[i], several || n > 1, (int64_t)(s.max_age * 1000), (size_t)args.top, &a, &e);
    }
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
                                      "Models are sorted by mAP; those without complete numbers of their current version come last, "
                                      "with the reason.\n\n  $ boxscore board --top 10\n  $ boxscore board --board night\n",
                                      run};
