/* export.c: boxscore export: an evaluation as COCO files, on which pycocotools gives the board's numbers; or the board as CSV or JSON. */
#include "cmd/export.h"
#include "cmd/database.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/registry/registry.h"
#include "core/runner/score.h"
#include "render/view/json.h"
#include "render/view/view.h"
#include "render/view/pages.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

struct args {
    struct bx_database_args where;
    const char *board, *output;
    bool csv, json;
};

static const struct bx_option options[] = {
    BX_DATABASE_OPTIONS(struct args),
    {"board", 'b', BX_OPT_STR, "SLUG", "the board (default: the only one)", offsetof(struct args, board)},
    {"output", 'o', BX_OPT_STR, "DIR", "where the files go (default: here)", offsetof(struct args, output)},
    {"csv", 0, BX_OPT_FLAG, NULL, "print the board as CSV instead", offsetof(struct args, csv)},
    {"json", 0, BX_OPT_FLAG, NULL, "print the board as JSON instead", offsetof(struct args, json)},
    {0},
};

static const char details[] =
    "EVALUATION is a model's slug (its newest complete evaluation) or the first digits of an evaluation's id. "
    "Three files are written: gt.json, the board's\n"
    "ground truth; dt.json, the detections under the model's class map; numbers.json, what the board says. "
    "pycocotools gives the same numbers for these two\n"
    "files (ids start at 1, in the board's order). Of a board with rules of its own they hold the images and "
    "classes that are scored, and pycocotools needs\n"
    "the Params that numbers.json has as \"params\". With --csv or --json and no EVALUATION the board itself goes "
    "to standard output, with all digits.\n"
    "\n"
    "  $ boxscore export -o /tmp/fast fast-blobs\n"
    "  /tmp/fast: gt.json, dt.json, numbers.json: 'fast-blobs', 2026-11-23T04:00:12.345Z, mAP 50:95 0.4127\n"
    "  $ boxscore export --csv > board.csv\n"
    "  $ boxscore export --board night --json > night.json\n";

static bool find_model(struct bx_database *d, const char *slug, struct bx_model_row *out, struct bx_err *e)
{
    struct bx_model_row *rows;
    size_t n;
    if (!bx_store_models(d->store, &rows, &n, &d->arena, e))
        return false;
    *out = (struct bx_model_row){0};
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].slug, slug))
            *out = rows[i];
    return true;
}

/* A slug: the evaluation that the board shows, so the newest complete one on these images with what is scored, of the model's version of
 * now where there is one. Otherwise the beginning of one id. */
static bool find_evaluation(struct bx_database *d, const char *what, const char *images, enum bx_geometry g, struct bx_evaluation *out,
                            struct bx_err *e)
{
    struct bx_model_row m;
    struct bx_evaluation *rows, *best = NULL;
    size_t n, hits = 0;
    if (!find_model(d, what, &m, e) || !bx_store_evaluations(d->store, NULL, &rows, &n, &d->arena, e))
        return false;
    bool known = false, current = false;
    for (size_t i = 0; i < n && !current; i++) {
        struct bx_evaluation *ev = &rows[i];
        if (strcmp(ev->slug, what) != 0)
            continue;
        known = true;
        if (ev->status != BX_EVALUATION_OK || strcmp(ev->images, images) != 0)
            continue;
        current = m.has_version && ev->geometries & 1u << g && !memcmp(ev->version, m.version, sizeof m.version);
        if (!best || current || (ev->geometries & ~best->geometries & 1u << g))
            best = ev;
    }
    if (best) {
        *out = *best;
        return true;
    }
    if (known)
        return bx_fail(e, BX_DATA, "'%s' has no complete evaluation on this board's images", what);
    for (size_t i = 0; i < n; i++) {
        char id[33];
        bx_hex(id, rows[i].id.b, sizeof rows[i].id.b);
        if (strlen(what) < 4 || strncmp(id, what, strlen(what)) != 0)
            continue;
        *out = rows[i];
        hits++;
    }
    if (hits > 1)
        return bx_fail(e, BX_USAGE, "%zu evaluations begin with '%s', expected more digits", hits, what);
    return hits || bx_fail(e, BX_USAGE, "'%s' has neither a model nor an evaluation '%s'", d->path, what);
}

static bool find_scoring(struct bx_database *d, const char *slug, struct bx_model *m, struct bx_err *e)
{
    struct bx_model_row row;
    if (!find_model(d, slug, &row, e))
        return false;
    if (row.config)
        return bx_registry_stored(row.config, slug, m, &d->arena, e) || e->code == BX_CONFIG;
    return bx_fail(e, BX_DB, "'%s' has no config of '%s'", d->path, slug);
}

static bool write_file(const char *dir, const char *name, const struct bx_buf *b, struct bx_arena *a, struct bx_err *e)
{
    return bx_file_write(bx_path_join(a, dir, name), bx_buf_str(b), b->n, e);
}

/* The board's test set and the evaluation that `what` means. */
static bool load_evaluation(struct bx_database *d, const struct bx_board_row *board, const char *what, struct bx_export *x,
                            struct bx_evaluation *ev, struct bx_err *e)
{
    char images[BX_DIGEST_SIZE];
    bool found;
    if (!bx_store_testset_get(d->store, board->testset, &x->set, &x->geometry, &found, &d->arena, e))
        return false;
    if (!found)
        return bx_fail(e, BX_DB, "'%s' does not have the test set of board '%s'", d->path, board->board.slug);
    if (!bx_testset_images_digest(&x->set, images, e) || !find_evaluation(d, what, images, board->board.geometry, ev, e))
        return false;
    if (ev->status != BX_EVALUATION_OK)
        return bx_fail(e, BX_DATA, "this evaluation of '%s' is %s: it has no detections", ev->slug, bx_evaluation_status_name(ev->status));
    if (strcmp(ev->images, images) != 0)
        return bx_fail(e, BX_DATA, "this evaluation of '%s' is on other images than board '%s'", ev->slug, board->board.slug);
    if (!(ev->geometries & 1u << board->board.geometry))
        return bx_fail(e, BX_DATA, "this evaluation of '%s' has no %s for every detection, which board '%s' scores", ev->slug,
                       bx_geometry_name(board->board.geometry), board->board.slug);
    x->slug = ev->slug;
    x->evaluation = ev;
    return true;
}

/* Its detections under the model's class map, and what the board says of them. */
static bool load_numbers(struct bx_database *d, const struct bx_board_row *board, struct bx_export *x, struct bx_err *e)
{
    struct bx_arena *a = &d->arena;
    struct bx_model scoring;
    bool found;
    if (!bx_store_detections_get(d->store, x->evaluation->detections, &x->detections, &found, a, e))
        return false;
    if (!found)
        return bx_fail(e, BX_DATA, "the detections of this evaluation of '%s' are no longer kept (retention); newer ones are", x->slug);
    if (!find_scoring(d, x->slug, &scoring, e))
        return false;
    x->class_of = BX_NEW(a, uint32_t, x->detections.nnames);
    x->rules = &board->board.rules;
    if (!bx_score_classes(&x->set, &scoring, &x->detections, x->class_of, a, e) ||
        !bx_scope_make(x->rules, &x->set, &x->detections, x->class_of, x->geometry, false, &x->scope, a, e))
        return false;
    struct bx_report_key key = {x->evaluation->detections, board->testset, board->board.geometry, board->protocol, {0}, board->subset};
    memcpy(key.score_digest, scoring.score_digest, 32);
    if (!bx_store_report_get(d->store, &key, &x->report, &found, a, e))
        return false;
    return found || bx_fail(e, BX_DATA, "'%s' has no report on board '%s' yet: 'boxscore rescore' makes it", x->slug, board->board.slug);
}

static bool write_files(const struct bx_export *x, const char *dir, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf gt = {0}, dt = {0}, numbers = {0};
    bx_export_ground_truth(x, &gt, a);
    bx_export_detections(x, &dt, a);
    bx_export_numbers(x, &numbers);
    return bx_mkdirs(dir, e) && write_file(dir, "gt.json", &gt, a, e) && write_file(dir, "dt.json", &dt, a, e) &&
           write_file(dir, "numbers.json", &numbers, a, e);
}

static bool export_evaluation(struct bx_database *d, const struct args *args, const char *what, struct bx_err *e)
{
    struct bx_export x = {0};
    struct bx_board_row board = {0};
    struct bx_evaluation ev = {0};
    const char *dir = args->output ? args->output : ".";
    char when[25];
    if (!bx_database_board(d->store, bx_database_settings(d), args->board, &board, &d->arena, e) ||
        !load_evaluation(d, &board, what, &x, &ev, e) || !load_numbers(d, &board, &x, e) || !write_files(&x, dir, &d->arena, e))
        return false;
    if (board.private)
        bx_warn("the test set of board '%s' is private: these files have its images' names and labels", board.board.slug);
    size_t ignored = bx_export_ignored(&x);
    if (ignored)
        bx_warn("%zu annotation%s ignored and no crowd%s; pycocotools forgets that, and so gives other numbers for gt.json", ignored,
                ignored == 1 ? " is" : "s are", bx_plural(ignored));
    if (x.geometry == BX_GEOM_OBB)
        bx_warn("pycocotools knows no oriented boxes: they are under \"obb\", and \"bbox\" is their hull");
    const char *words = bx_rules_words(x.rules, &d->arena);
    if (x.rules->relative && x.rules->nsizes)
        bx_warn("pycocotools knows no sizes that are shares of an image: those numbers it cannot give");
    if (*words)
        bx_warn("this board has rules of its own (%s): pycocotools needs the params of numbers.json", words);
    const double map = bx_report_get(&x.report, BX_METRIC_MAP, -1);
    bx_time_format(when, ev.finished);
    if (bx_log_level() >= BX_LOG_NORMAL)
        printf("%s: gt.json, dt.json, numbers.json: '%s', %s, %s %s\n", dir, ev.slug, when,
               bx_rules_label(x.rules, BX_METRIC_MAP, &d->arena), isnan(map) ? "none" : bx_printf(&d->arena, "%.4f", map));
    return true;
}

static bool export_board(struct bx_database *d, const struct args *args, struct bx_err *e)
{
    struct bx_view_board b = {0};
    BX_CLEANUP_BUF struct bx_buf out = {0};
    struct bx_board_row board;
    if (!bx_database_board(d->store, bx_database_settings(d), args->board, &board, &d->arena, e) ||
        !bx_view_load(d->store, board.board.slug, (int64_t)(d->settings.max_age * 1000), &b, &d->arena, e))
        return false;
    if (args->csv) {
        bx_view_board_csv(&b, &out, &d->arena);
        fwrite(bx_buf_str(&out), 1, out.n, stdout);
        return true;
    }
    cJSON *tree = bx_view_board_json(&b, &d->arena);
    bx_tree_print(tree, &out); /* the digits that read back, as the site's file has them */
    fwrite(bx_buf_str(&out), 1, out.n, stdout);
    cJSON_Delete(tree);
    return true;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int n, status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    bool whole = args.csv || args.json;
    if (args.csv && args.json)
        return bx_verb_usage(v, "--csv and --json are two forms of one thing: give one");
    if (whole && n)
        return bx_verb_usage(v, "unexpected operand '%s': --csv and --json are of the whole board", argv[1]);
    if (!whole && n != 1)
        return bx_verb_usage(v, "found %d operands, expected one EVALUATION (or --csv or --json for the board)", n);
    struct bx_err e = {0};
    struct bx_database d;
    bool ok = bx_database_open(&d, &args.where, BX_STORE_READ, NULL, &e) &&
              (whole ? export_board(&d, &args, &e) : export_evaluation(&d, &args, argv[1], &e));
    bx_database_close(&d);
    return ok ? 0 : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_export = {
    "export", "EVALUATION | --csv | --json", "write an evaluation as COCO JSON, or the board as a table", options, details, run};
