/* status.c: boxscore status: when it last ran, what is due, who failed and why, and how much room there is. */
#include "cmd/database.h"
#include "core/base/file.h"
#include "core/base/json_writer.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/data/split.h"
#include "core/registry/registry.h"
#include "core/runner/boards.h"
#include "core/runner/runner.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

struct args {
    struct bx_database_args where;
    const char *board;
    bool json, verify;
};

static const struct bx_option options[] = {
    BX_DATABASE_OPTIONS(struct args),
    {"board", 'b', BX_OPT_STR, "SLUG", "only the models that take part in this board, and what they are on it",
     offsetof(struct args, board)},
    {"verify", 0, BX_OPT_FLAG, NULL, "read the whole database and check every checksum", offsetof(struct args, verify)},
    {"json", 0, BX_OPT_FLAG, NULL, "print JSON", offsetof(struct args, json)},
    {0},
};

static const char details[] =
    "Nothing is run and nothing is written; it may be asked while a night is going on. What is due is what 'boxscore run --dry-run' says; "
    "with --database, and so\n"
    "without settings, only what the database knows is told.\n"
    "\n"
    "  $ boxscore status\n"
    "  database  boxscore.db: 12.3 MB, schema 1, 34.1 GB free on its disk\n"
    "  lock      free\n"
    "  last run  nightly, 2026-11-23T04:00:00.012Z to 2026-11-23T04:02:10.500Z: complete, 6 models, 1 failed, on ws-04\n"
    "  models    6: 4 current, 1 due, 1 failed\n"
    "  fast      current: evaluated 2026-11-23T04:00:12.345Z\n"
    "  slow      failed 2 times in a row, last 2026-11-23T04:02:10.400Z: image 37: no answer within 60 s; last complete "
    "2026-11-20T04:01:00.000Z\n"
    "            due: failed 1 day ago\n"
    "  $ boxscore status --board night\n"
    "  $ boxscore status --verify\n";

/* What is known of one model: its row, its last attempts, and what a night would do. */
struct model {
    const char *slug;
    const struct bx_model_row *row;          /* NULL: not in the database yet */
    const struct bx_outcome *night;          /* NULL: not known */
    const struct bx_evaluation *last, *good; /* the newest one; the newest complete one; NULL */
    unsigned failures;                       /* in a row */
    const char *fallen;                      /* what its numbers leave out, on the first board where it is any; NULL */
};
struct status {
    struct bx_database d;
    const char *path; /* of the database */
    bool exists, verified;
    uint64_t size, free_bytes;
    int schema;
    char holder[160];
    bool held;
    struct bx_board_row *boards; /* of --board that one */
    size_t nboards;
    struct bx_run_row *runs;
    struct bx_model_row *rows;
    struct bx_evaluation *evaluations;
    size_t nruns, nrows, nevaluations;
    struct bx_night night;
    bool planned;           /* the night's plan is known */
    struct bx_err plan_err; /* why not */
    struct model *models;
    size_t nmodels;
};

static void measure(struct status *s)
{
    struct statvfs fs;
    s->held = bx_lock_holder(s->path, s->holder);
    if (statvfs(bx_path_dir(&s->d.arena, s->path), &fs) == 0)
        s->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
}

static bool read_store(struct status *s, const char *board, struct bx_err *e)
{
    struct bx_arena *a = &s->d.arena;
    s->exists = bx_path_exists(s->path);
    if (!s->exists)
        return true;
    if (!bx_store_open(s->path, BX_STORE_READ, &s->d.store, e) || !bx_store_runs(s->d.store, &s->runs, &s->nruns, a, e) ||
        !bx_store_models(s->d.store, &s->rows, &s->nrows, a, e) ||
        !bx_store_evaluations(s->d.store, NULL, &s->evaluations, &s->nevaluations, a, e))
        return false;
    if (board) {
        s->nboards = 1;
        s->boards = BX_NEW(a, struct bx_board_row, 1);
        if (!bx_database_board(s->d.store, bx_database_settings(&s->d), board, s->boards, a, e))
            return false;
    } else if (!bx_store_boards(s->d.store, &s->boards, &s->nboards, a, e))
        return false;
    s->size = bx_store_size(s->d.store);
    s->schema = bx_store_schema(s->d.store);
    return true;
}

static void plan(struct status *s, const char *board)
{
    const struct bx_night_options o = {.dry_run = true, .max_age = -1, .verb = "status", .board = board};
    if (s->d.has_settings)
        s->planned = bx_night_run(&s->d.settings, &o, &s->night, &s->d.arena, &s->plan_err);
}

static int by_slug(const void *x, const void *y)
{
    return strcmp(((const struct model *)x)->slug, ((const struct model *)y)->slug); /* each slug is there once */
}

static struct model *find_model(const struct status *s, const char *slug)
{
    const struct model key = {.slug = slug};
    return s->nmodels ? bsearch(&key, s->models, s->nmodels, sizeof key, by_slug) : NULL;
}

/* Of several boards the first that a model takes part in is enough. */
static bool takes_part(struct status *s, const struct bx_model_row *row)
{
    struct bx_model m;
    struct bx_err ignored = {0};
    (void)bx_registry_stored(row->config ? row->config : "{}", row->slug, &m, &s->d.arena, &ignored);
    m.task = row->task;
    for (size_t i = 0; i < s->nboards; i++)
        if (bx_board_takes(&s->boards[i].board, &m))
            return true;
    return false;
}

/* Those of the database and of the night's plan, each once. */
static void list_models(struct status *s, bool one_board)
{
    s->models = BX_NEW(&s->d.arena, struct model, s->nrows + s->night.n);
    for (size_t i = 0; i < s->nrows; i++)
        if (!one_board || takes_part(s, &s->rows[i]))
            s->models[s->nmodels++] = (struct model){.slug = s->rows[i].slug, .row = &s->rows[i]};
    if (s->nmodels)
        qsort(s->models, s->nmodels, sizeof *s->models, by_slug);
    size_t known = s->nmodels;
    for (size_t i = 0; s->planned && i < s->night.n; i++) { /* by slug */
        const struct bx_outcome *o = &s->night.at[i];
        const struct model key = {.slug = o->slug};
        bool there = known && bsearch(&key, s->models, known, sizeof key, by_slug);
        bool again = i > 0 && !strcmp(o->slug, s->night.at[i - 1].slug);
        if (!there && !again && !(one_board && o->kind == BX_NIGHT_RETIRED))
            s->models[s->nmodels++] = key;
    }
    if (s->nmodels)
        qsort(s->models, s->nmodels, sizeof *s->models, by_slug);
}

/* Of a model's outcomes, one for each set of images, that which matters most is told. */
static int weight(enum bx_outcome_kind k)
{
    static const enum bx_outcome_kind order[] = {BX_NIGHT_CURRENT, BX_NIGHT_WAITING, BX_NIGHT_RESCORE,
                                                 BX_NIGHT_DUE,     BX_NIGHT_BLOCKED, BX_NIGHT_FAILED};
    for (int i = 0; i < (int)(sizeof order / sizeof *order); i++)
        if (order[i] == k)
            return i;
    return -1;
}

/* What became of a model on one set of images. */
struct attempts {
    const struct bx_evaluation *last, *good;
    unsigned failures;
    bool of_version; /* of what it is now; else of what it was */
};

static size_t images_of(const struct status *s, const char *images)
{
    size_t i = 0;
    while (i < s->nboards && (!images || strcmp(s->boards[i].images, images) != 0))
        i++;
    return i;
}

static bool read_fallen(struct status *s, struct model *m, const struct bx_board_row *b, const struct bx_evaluation *good, struct bx_err *e)
{
    struct bx_report r;
    if (m->fallen || !m->row || !m->row->has_version || !good || !good->detections)
        return true;
    struct bx_report_key k = {good->detections, b->testset, b->board.geometry, b->protocol, {0}, b->subset};
    memcpy(k.score_digest, m->row->score_digest, sizeof k.score_digest);
    if (!bx_store_fallen_get(s->d.store, &k, &r, &s->d.arena, e))
        return false;
    char clean[304];
    const char *words = bx_fallen_words(&r, &s->d.arena);
    m->fallen = words ? bx_strdup(&s->d.arena, bx_reason_clean(clean, words)) : NULL;
    return true;
}

/* Evaluations come newest first. The set of images with the most failures in a row speaks for the model; else the newest. */
static bool read_attempts(struct status *s, struct bx_err *e)
{
    struct attempts *all = BX_NEW(&s->d.arena, struct attempts, s->nmodels * s->nboards);
    for (size_t k = 0; k < s->nevaluations; k++) {
        const struct bx_evaluation *ev = &s->evaluations[k];
        struct model *m = find_model(s, ev->slug);
        size_t images = images_of(s, ev->images);
        if (!m || images == s->nboards)
            continue;
        struct attempts *t = &all[(size_t)(m - s->models) * s->nboards + images];
        bool of_version = m->row && m->row->has_version && !memcmp(ev->version, m->row->version, sizeof ev->version);
        if (t->of_version && !of_version)
            continue;
        if (of_version && !t->of_version)
            *t = (struct attempts){.of_version = true};
        if (!t->last)
            t->last = ev;
        if (!t->good && ev->status == BX_EVALUATION_OK)
            t->good = ev;
        t->failures += !t->good;
    }
    for (size_t i = 0; i < s->nmodels; i++)
        for (size_t k = 0; k < s->nboards; k++) {
            const struct attempts *t = &all[i * s->nboards + k];
            struct model *m = &s->models[i];
            if (!read_fallen(s, m, &s->boards[k], all[i * s->nboards + images_of(s, s->boards[k].images)].good, e))
                return false;
            if (!t->last || (m->last && (t->failures < m->failures || (t->failures == m->failures && t->last->seq < m->last->seq))))
                continue;
            m->last = t->last;
            m->good = t->good;
            m->failures = t->failures;
        }
    return true;
}

static bool put_together(struct status *s, bool one_board, struct bx_err *e)
{
    list_models(s, one_board);
    for (size_t i = 0; s->planned && i < s->night.n; i++) {
        struct model *m = find_model(s, s->night.at[i].slug);
        if (m && (!m->night || weight(s->night.at[i].kind) > weight(m->night->kind)))
            m->night = &s->night.at[i];
    }
    return read_attempts(s, e);
}

/* One word for a model, and the sentence that goes with it (NULL: none). */
static const char *state_of(const struct model *m, const char **why)
{
    const struct bx_model_row *row = m->row;
    const struct bx_outcome *o = m->night;
    *why = o ? o->reason : NULL;
    if (o && (o->kind == BX_NIGHT_FAILED || o->kind == BX_NIGHT_BLOCKED))
        return o->kind == BX_NIGHT_BLOCKED ? "blocked" : "invalid";
    if (!o && row && row->invalid) {
        *why = row->invalid;
        return "invalid";
    }
    if (!o && row && row->blocked) {
        *why = row->blocked;
        return "blocked";
    }
    if ((row && row->retired && !o) || (o && o->kind == BX_NIGHT_RETIRED)) {
        *why = NULL;
        return "retired";
    }
    if (m->failures)
        return m->last->status == BX_EVALUATION_PARTIAL ? "partial" : "failed";
    if (o && (o->kind == BX_NIGHT_DUE || o->kind == BX_NIGHT_RESCORE))
        return "due";
    *why = NULL;
    if (row && m->good)
        return row->has_version && memcmp(m->good->version, row->version, 32) != 0 ? "changed" : "current";
    return "never run";
}

static bool is_due(const struct model *m)
{
    return m->night && (m->night->kind == BX_NIGHT_DUE || m->night->kind == BX_NIGHT_RESCORE);
}

static void print_model(const struct model *m, int width)
{
    const char *why, *state = state_of(m, &why);
    char when[25];
    printf("%-*s  %s", width, m->slug, state);
    if (m->failures && !strcmp(state, m->last->status == BX_EVALUATION_PARTIAL ? "partial" : "failed")) {
        bx_time_format(when, m->last->finished);
        printf(" %u time%s in a row, last %s: %s", m->failures, bx_plural(m->failures), when,
               m->last->reason ? m->last->reason : "no reason was kept");
    } else if (why && *why) {
        printf(": %s", why);
        if (m->night && m->night->board)
            printf(" (%s)", m->night->board);
    }
    if (m->good) {
        bx_time_format(when, m->good->finished);
        printf("%s %s", strcmp(state, "current") ? "; last complete" : ": evaluated", when);
    }
    printf("\n");
    if (is_due(m) && strcmp(state, "due") != 0)
        printf("%-*s  due: %s\n", width, "", m->night->reason ? m->night->reason : "");
    if (m->fallen)
        printf("%-*s  left out: %s\n", width, "", m->fallen);
    if (m->good && m->good->reason)
        printf("%-*s  remark: %s\n", width, "", m->good->reason);
}

static void print_counts(const struct status *s)
{
    static const char *const states[] = {"current", "due", "changed", "failed", "partial", "invalid", "blocked", "never run", "retired"};
    const char *why, *gap = ": ";
    printf("%zu", s->nmodels);
    for (size_t k = 0; k < sizeof states / sizeof *states; k++) {
        size_t n = 0;
        for (size_t i = 0; i < s->nmodels; i++)
            n += !strcmp(state_of(&s->models[i], &why), states[k]);
        if (n) {
            printf("%s%zu %s", gap, n, states[k]);
            gap = ", ";
        }
    }
    printf("\n");
}

static void print_text(struct status *s)
{
    int width = 8;
    char from[25], to[25];
    for (size_t i = 0; i < s->nmodels; i++)
        if ((int)strlen(s->models[i].slug) > width)
            width = (int)strlen(s->models[i].slug);
    if (s->exists)
        printf("%-*s  %s: %s, schema %d%s, %s free on its disk\n", width, "database", s->path, bx_size_text(&s->d.arena, s->size),
               s->schema, s->verified ? ", checked" : "", bx_size_text(&s->d.arena, s->free_bytes));
    else
        printf("%-*s  %s: not there yet, 'boxscore run' makes it; %s free on its disk\n", width, "database", s->path,
               bx_size_text(&s->d.arena, s->free_bytes));
    printf("%-*s  %s\n", width, "lock", s->held ? s->holder : "free");
    if (s->nruns) {
        const struct bx_run_row *r = &s->runs[0];
        bx_time_format(from, r->started);
        bx_time_format(to, r->finished);
        bool killed = !strcmp(r->outcome, "running") && !s->held;
        printf("%-*s  %s, %s%s%s: %s, %u model%s, %u failed", width, "last run", r->verb, from, r->finished ? " to " : "",
               r->finished ? to : "", killed ? "killed" : r->outcome, r->models, bx_plural(r->models), r->failed);
        printf("%s%s\n", r->host.name ? ", on " : "", r->host.name ? r->host.name : "");
    } else {
        printf("%-*s  never\n", width, "last run");
    }
    printf("%-*s  ", width, "models");
    print_counts(s);
    for (size_t i = 0; i < s->nboards; i++)
        if (bx_split_caution(bx_split_kind(s->boards[i].split)))
            printf("%-*s  %s: %s (%s)\n", width, "board", s->boards[i].board.slug, bx_split_caution(bx_split_kind(s->boards[i].split)),
                   s->boards[i].split);
    for (size_t i = 0; i < s->nmodels; i++)
        print_model(&s->models[i], width);
    if (s->d.has_settings && !s->planned && !s->night.nbad)
        bx_warn("what is due cannot be said: %s", s->plan_err.text);
    for (size_t i = 0; i < s->night.nbad; i++)
        bx_warn("%s; what is due there cannot be said", s->night.bad[i].why.text);
}

/* ---- JSON ---- */

static void add_time(struct bx_jw *w, const char *key, int64_t ms)
{
    char text[25];
    bx_time_format(text, ms);
    bx_jw_str(w, key, ms ? text : NULL);
}

static void add_model(struct bx_jw *w, const struct model *m)
{
    const char *why, *state = state_of(m, &why);
    bx_jw_object(w, NULL);
    bx_jw_str(w, "model", m->slug);
    bx_jw_str(w, "state", state);
    if (m->night)
        bx_jw_bool(w, "due", is_due(m));
    else
        bx_jw_null(w, "due");
    bx_jw_str(w, "why", why && *why ? why : NULL);
    bx_jw_str(w, "board", m->night ? m->night->board : NULL);
    bx_jw_uint(w, "failures", m->failures);
    bx_jw_str(w, "reason", m->failures ? m->last->reason : NULL);
    add_time(w, "last", m->last ? m->last->finished : 0);
    add_time(w, "last_complete", m->good ? m->good->finished : 0);
    bx_jw_str(w, "fallen", m->fallen);
    bx_jw_str(w, "remark", m->good ? m->good->reason : NULL);
    bx_jw_object_end(w);
}

static void add_run(struct bx_jw *w, const struct status *s, const struct bx_run_row *r)
{
    char id[33];
    bx_hex(id, r->id.b, sizeof r->id.b);
    bx_jw_object(w, "last_run");
    bx_jw_str(w, "id", id);
    bx_jw_str(w, "verb", r->verb);
    add_time(w, "started", r->started);
    add_time(w, "finished", r->finished);
    bx_jw_str(w, "outcome", !strcmp(r->outcome, "running") && !s->held ? "killed" : r->outcome);
    bx_jw_int(w, "exit_status", r->exit_status);
    bx_jw_uint(w, "models", r->models);
    bx_jw_uint(w, "failed", r->failed);
    bx_jw_str(w, "host", r->host.name);
    bx_jw_object_end(w);
}

static void print_json(const struct status *s)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_uint(&w, "format", 1);
    bx_jw_line(&w, 2);
    bx_jw_str(&w, "database", s->path);
    bx_jw_bool(&w, "exists", s->exists);
    bx_jw_int(&w, "schema", s->schema);
    bx_jw_bool(&w, "checked", s->verified);
    bx_jw_uint(&w, "bytes", s->size);
    bx_jw_uint(&w, "free_bytes", s->free_bytes);
    bx_jw_line(&w, 2);
    bx_jw_str(&w, "locked_by", s->held ? s->holder : NULL);
    bx_jw_line(&w, 2);
    if (s->nruns)
        add_run(&w, s, &s->runs[0]);
    else
        bx_jw_null(&w, "last_run");
    bx_jw_line(&w, 2);
    const char *problem = s->d.has_settings && !s->planned ? s->plan_err.text : s->night.nbad ? s->night.bad[0].why.text : NULL;
    bx_jw_str(&w, "plan_problem", problem);
    bx_jw_line(&w, 2);
    bx_jw_array(&w, "boards");
    for (size_t i = 0; i < s->nboards; i++) {
        bx_jw_object(&w, NULL);
        bx_jw_str(&w, "board", s->boards[i].board.slug);
        bx_jw_str(&w, "split", s->boards[i].split);
        bx_jw_str(&w, "caution", bx_split_caution(bx_split_kind(s->boards[i].split)));
        bx_jw_object_end(&w);
    }
    bx_jw_array_end(&w);
    bx_jw_line(&w, 2);
    bx_jw_array(&w, "models");
    for (size_t i = 0; i < s->nmodels; i++) {
        bx_jw_line(&w, 4);
        add_model(&w, &s->models[i]);
    }
    bx_jw_array_end(&w);
    bx_jw_object_end(&w);
    puts(bx_buf_str(&b));
}

static bool look(struct status *s, const struct args *args, struct bx_err *e)
{
    struct bx_database *d = &s->d;
    *d = (struct bx_database){.lock = {.fd = -1}};
    if (!args->where.database) {
        if (!bx_settings_use(args->where.settings, &d->settings, &d->arena, e))
            return false;
        d->has_settings = true;
    }
    s->path = args->where.database ? args->where.database : d->settings.database;
    if (args->where.database && !bx_path_exists(s->path))
        return bx_fail(e, BX_DB, "there is no database '%s'", s->path);
    if (d->has_settings && args->board && !bx_settings_board(&d->settings, args->board, e))
        return false;
    measure(s);
    if (d->has_settings && bx_database_lost(s->path, d->settings.site, e))
        return false;
    if (!read_store(s, args->board, e) || (args->verify && s->exists && !bx_store_verify(d->store, e)))
        return false;
    s->verified = args->verify && s->exists;
    plan(s, args->board);
    if (s->d.has_settings && !s->planned && s->plan_err.code == BX_DB) {
        *e = s->plan_err;
        return false;
    }
    return put_together(s, args->board != NULL, e);
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int status = bx_options(v, argc, argv, &args, NULL);
    if (status >= 0)
        return status;
    struct bx_err e = {0};
    struct status s = {0};
    bool ok = look(&s, &args, &e);
    if (ok && args.json)
        print_json(&s);
    else if (ok)
        print_text(&s);
    bx_database_close(&s.d);
    return ok ? 0 : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_status = {"status", "[--json]", "say what is due, what failed and why", options, details, run};
