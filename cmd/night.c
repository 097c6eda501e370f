/* night.c: holding a night from the command line: flags over settings, signals, and the lines that cron mails. */
#include "cmd/night.h"
#include "cmd/database.h"
#include "core/base/file.h"
#include "core/base/json_writer.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/runner/boards.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t bx_stop;
volatile sig_atomic_t bx_holding;

static void on_signal(int sig)
{
    (void)sig;
    /* Before and after the night itself nothing is lost: a test set is read, a site rendered beside the old one. A second signal may end
     * anything: the keepers see our end and kill what runs. */
    if (bx_stop || !bx_holding)
        _exit(130);
    bx_stop = 1;
}

void bx_stop_on_signals(void)
{
    struct sigaction sa = {.sa_handler = on_signal};
    sigemptyset(&sa.sa_mask);
    /* No SA_RESTART: a poll in progress returns. */
    sigaction(SIGINT, &sa, NULL);
    sigaction(SIGTERM, &sa, NULL);
}

/* "06:00": the next time the clock on the wall shows it, UTC ms; 0 when it is no time. */
static int64_t next_time(const char *s)
{
    int h, m, used = 0;
    if (sscanf(s, "%2d:%2d%n", &h, &m, &used) != 2 || s[used] || h > 23 || m > 59 || h < 0 || m < 0)
        return 0;
    int64_t now = bx_time_now();
    time_t t = (time_t)(now / 1000);
    struct tm local;
    localtime_r(&t, &local);
    bool tomorrow = local.tm_hour * 60 + local.tm_min >= h * 60 + m;
    local.tm_hour = h;
    local.tm_min = m;
    local.tm_sec = 0;
    local.tm_mday += tomorrow;
    local.tm_isdst = -1;
    return (int64_t)mktime(&local) * 1000;
}

struct telling {
    const struct bx_night_args *args;
    enum bx_log_level level; /* as the user wants it; during the night the log may be quieter */
    struct bx_buf models;    /* --json: those told so far */
    struct bx_jw json;
};

static void tell_json(struct telling *t, const struct bx_outcome *o)
{
    struct bx_jw *w = &t->json;
    bx_jw_line(w, 4);
    bx_jw_object(w, NULL);
    bx_jw_str(w, "model", o->slug);
    bx_jw_str(w, "board", o->board);
    bx_jw_str(w, "outcome", bx_outcome_name(o->kind));
    bx_jw_str(w, "reason", o->reason ? o->reason : "");
    bx_jw_uint(w, "images", o->images);
    bx_jw_uint(w, "resumed", o->resumed);
    bx_jw_str(w, "fallen", o->fallen);
    bx_jw_num(w, "map", o->score);
    bx_jw_object_end(w);
}

/* Off a terminal: failures only, as cron mails them; with -v, or on a terminal, everything that happened; with --dry-run every model. */
static void tell(void *self, const struct bx_outcome *o)
{
    struct telling *t = self;
    if (t->args->json) {
        tell_json(t, o);
        return;
    }
    /* All of them set the exit status. */
    bool failure = o->kind == BX_NIGHT_FAILED || o->kind == BX_NIGHT_PARTIAL || o->kind == BX_NIGHT_BLOCKED || o->kind == BX_NIGHT_WAITING;
    bool chatty = t->level >= BX_LOG_VERBOSE || (bx_log_terminal() && t->level >= BX_LOG_NORMAL && o->kind != BX_NIGHT_CURRENT);
    bool fallen = o->fallen && t->level >= BX_LOG_NORMAL;
    if (!failure && !chatty && !fallen && !t->args->dry_run)
        return;
    struct bx_buf b = {0};
    bx_buf_addf(&b, "%s%s%s%s: %s", o->slug, o->board ? " (" : "", o->board ? o->board : "", o->board ? ")" : "", bx_outcome_name(o->kind));
    if (!isnan(o->score))
        bx_buf_addf(&b, ", mAP %.1f", o->score * 100);
    if (o->images && o->seconds > 0)
        bx_buf_addf(&b, ", %zu image%s in %.1f s", o->images, bx_plural(o->images), o->seconds);
    if (o->resumed)
        bx_buf_addf(&b, ", %zu answer%s of an earlier night", o->resumed, bx_plural(o->resumed));
    if (o->reason && *o->reason)
        bx_buf_addf(&b, ": %s", o->reason);
    if (fallen)
        bx_buf_addf(&b, "; %s", o->fallen);
    puts(bx_buf_str(&b));
    bx_buf_free(&b);
}

static void add_count(struct bx_buf *b, size_t n, const char *what)
{
    if (n)
        bx_buf_addf(b, ", %zu %s", n, what);
}

/* What a line or a text is of: the boards that were looked at. */
static size_t boards_of(const struct bx_settings *s, const struct bx_night_args *args)
{
    return args->board ? 1 : s->nboards;
}

static const char *first_board(const struct bx_settings *s, const struct bx_night_args *args)
{
    return args->board ? args->board : s->boards[0].board.slug;
}

/* A model that is asked about two sets of images has two outcomes, one after the other. */
static size_t models_of(const struct bx_night *night)
{
    size_t n = 0;
    for (size_t i = 0; i < night->n; i++)
        n += i == 0 || strcmp(night->at[i].slug, night->at[i - 1].slug) != 0;
    return n;
}

static void summary_json(const struct bx_settings *s, const struct bx_night *night, const struct telling *t)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct bx_jw w = {.out = &b, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_line(&w, 2);
    bx_jw_uint(&w, "format", 1);
    bx_jw_str(&w, "board", first_board(s, t->args));
    bx_jw_array(&w, "boards");
    for (size_t i = 0; i < s->nboards; i++)
        if (!t->args->board || !strcmp(t->args->board, s->boards[i].board.slug))
            bx_jw_str(&w, NULL, s->boards[i].board.slug);
    bx_jw_array_end(&w);
    bx_jw_array(&w, "unread_boards");
    for (size_t i = 0; i < night->nbad; i++) {
        bx_jw_object(&w, NULL);
        bx_jw_str(&w, "board", night->bad[i].slug);
        bx_jw_str(&w, "reason", night->bad[i].why.text);
        bx_jw_object_end(&w);
    }
    bx_jw_array_end(&w);
    bx_jw_str(&w, "run", night->run_id);
    bx_jw_bool(&w, "interrupted", night->interrupted);
    bx_jw_line(&w, 2);
    bx_jw_array(&w, "models");
    bx_jw_raw(&w, NULL, bx_buf_str(&t->models), t->models.n);
    bx_jw_line(&w, 2);
    bx_jw_array_end(&w);
    bx_jw_line(&w, 0);
    bx_jw_object_end(&w);
    puts(bx_buf_str(&b));
}

static void summary(const struct bx_settings *s, const struct bx_night *night, const struct bx_night_args *args, const struct telling *t)
{
    const size_t *c = night->counts;
    if (args->json) {
        summary_json(s, night, t);
        return;
    }
    if (t->level < BX_LOG_NORMAL)
        return;
    struct bx_buf b = {0};
    size_t failed = c[BX_NIGHT_FAILED] + c[BX_NIGHT_PARTIAL], done = c[BX_NIGHT_DONE] + c[BX_NIGHT_RESCORED];
    size_t boards = boards_of(s, args), models = models_of(night);
    if (boards == 1)
        bx_buf_addf(&b, "%s: ", first_board(s, args));
    else
        bx_buf_addf(&b, "%zu boards: ", boards);
    bx_buf_addf(&b, "%zu model%s", models, bx_plural(models));
    /* Who may not run is due, and what a board that was not read would ask for is not known. */
    bool due = c[BX_NIGHT_DUE] || c[BX_NIGHT_RESCORE] || c[BX_NIGHT_POSTPONED] || c[BX_NIGHT_BLOCKED];
    if (!done && !failed && !due && !night->nbad)
        bx_buf_adds(&b, ", nothing is due");
    add_count(&b, c[BX_NIGHT_DONE], "evaluated");
    add_count(&b, c[BX_NIGHT_RESCORED], "scored again");
    add_count(&b, c[BX_NIGHT_DUE], "due");
    add_count(&b, c[BX_NIGHT_RESCORE], "to score again");
    add_count(&b, failed, "failed");
    add_count(&b, c[BX_NIGHT_CURRENT], "current");
    add_count(&b, c[BX_NIGHT_WAITING], "failed before and waiting");
    add_count(&b, c[BX_NIGHT_BLOCKED], "not run");
    add_count(&b, c[BX_NIGHT_POSTPONED], "postponed");
    add_count(&b, c[BX_NIGHT_RETIRED], "retired");
    if (night->nbad)
        bx_buf_addf(&b, "; %zu of %zu board%s could not be read", night->nbad, boards, bx_plural(boards));
    if (night->interrupted)
        bx_buf_adds(&b, "; interrupted, the same command carries on");
    puts(bx_buf_str(&b));
    bx_buf_free(&b);
}

bool bx_night_settings(const struct bx_night_args *args, struct bx_settings *s, struct bx_arena *a, struct bx_err *e)
{
    if (!bx_settings_use(args->settings, s, a, e))
        return false;
    if (args->database)
        s->database = bx_path_absolute(a, args->database);
    if (args->site)
        s->site = bx_path_absolute(a, args->site);
    if (args->template)
        s->template = bx_path_absolute(a, args->template);
    s->keep_digests = !args->dry_run;
    s->verify = args->verify;
    return true;
}

int bx_hold_night(const struct bx_verb *v, const struct bx_night_args *args, const char *const *models, size_t nmodels, bool leave,
                  const struct bx_held *before, const struct bx_settings *s, struct bx_arena *a, struct bx_held *held)
{
    struct bx_err e = {0};
    *held = (struct bx_held){0};
    /* `run -d` touches no site. */
    bool of_site = !args->database || !strcmp(v->name, "nightly");
    if (of_site && !args->new &&bx_database_lost(s->database, s->site, &e))
        return bx_verb_fail(v, &e);
    int64_t until = before ? before->until : args->until ? next_time(args->until) : 0; /* after it, "the next" is tomorrow's */
    if (args->until && !until)
        return bx_verb_usage(v, "'%s' is no time of day, expected HH:MM", args->until);
    struct telling t = {.args = args, .level = bx_log_level(), .json = {.out = &t.models, .spaced = true}};
    if (before && before->told) { /* one document tells of both */
        bx_buf_adds(&t.models, before->told);
        t.json.comma = t.models.n > 0;
    }
    held->until = until;
    const struct bx_night_options o = {
        .models = models,
        .nmodels = nmodels,
        .board = args->board,
        .dry_run = args->dry_run,
        .retry = args->retry,
        .force = args->force,
        .leave_suspects = leave,
        .max_age = args->max_age,
        .until = until,
        .verb = v->name,
        .stop = &bx_stop,
        .holding = &bx_holding,
        .tell = tell,
        .self = &t,
    };
    struct bx_night night;
    bx_stop_on_signals();
    if (t.level == BX_LOG_NORMAL && !bx_log_terminal()) /* cron mails one line, not what is the same every night */
        bx_log_init(BX_LOG_QUIET);
    held->held = bx_night_run(s, &o, &night, a, &e);
    bx_log_init(t.level);
    int status = held->held ? bx_night_status(&night) : bx_verb_fail(v, &e);
    if (held->held) {
        for (size_t i = 0; i < night.nbad; i++)
            bx_verb_fail(v, &night.bad[i].why);
        held->suspects = night.suspects;
        held->nsuspects = night.nsuspects;
        if (args->json && night.nsuspects && status != 130)
            held->told = bx_strdup(a, bx_buf_str(&t.models));
    }
    if ((held->held && !held->told) || (before && before->told))
        summary(s, &night, args, &t);
    bx_buf_free(&t.models);
    return status;
}
