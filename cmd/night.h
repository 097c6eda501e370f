/* night.h: what the verbs that hold a night or touch the settings share. */
#pragma once
#include "cmd/verb.h"
#include "core/runner/runner.h"
#include <signal.h>

/* SIGINT and SIGTERM: the first asks for the end (*stop becomes 1, work in progress is committed), the second ends the process at once with
 * 130. */
extern volatile sig_atomic_t bx_stop;
void bx_stop_on_signals(void);
/* Set while an end at once would lose something: until then the first signal ends the process, too. */
extern volatile sig_atomic_t bx_holding;

/* The options of `run` and `nightly`: one table, one struct. */
struct bx_night_args {
    const char *settings;
    const char *database;
    const char *board;    /* NULL: all */
    const char *site;     /* nightly only */
    const char *template; /* nightly only */
    bool allow_removal;   /* nightly only */
    bool dry_run, retry, force, json, new, verify;
    double max_age; /* seconds; < 0: not given */
    const char *until;
};
/* clang-format off */
#define BX_NIGHT_OPTIONS                                                                                                                          \
    {"settings", 's', BX_OPT_STR, "FILE", "the settings (default: boxscore.json)", offsetof(struct bx_night_args, settings)},                      \
        {"database", 'd', BX_OPT_STR, "FILE", "use this database", offsetof(struct bx_night_args, database)},                                      \
        {"board", 'b', BX_OPT_STR, "SLUG", "only this board's test set, and the models that take part in it", offsetof(struct bx_night_args, board)},   \
        {"dry-run", 'n', BX_OPT_FLAG, NULL, "say what is due and why, run nothing, write nothing", offsetof(struct bx_night_args, dry_run)},         \
        {"retry", 0, BX_OPT_FLAG, NULL, "models that failed are due at once", offsetof(struct bx_night_args, retry)},                              \
        {"force", 0, BX_OPT_FLAG, NULL, "run models that are not due, from their first image", offsetof(struct bx_night_args, force)},             \
        {"max-age", 0, BX_OPT_DURATION, "TIME", "numbers older than this are due (\"30d\")", offsetof(struct bx_night_args, max_age)},             \
        {"until", 0, BX_OPT_STR, "HH:MM", "start no model after this local time", offsetof(struct bx_night_args, until)},                          \
        {"new", 0, BX_OPT_FLAG, NULL, "begin a new database, though a site shows that there was one", offsetof(struct bx_night_args, new)},        \
        {"verify", 0, BX_OPT_FLAG, NULL, "read every image and every file of a model again, also where none changed", offsetof(struct bx_night_args, verify)}, \
        {"json", 0, BX_OPT_FLAG, NULL, "print JSON", offsetof(struct bx_night_args, json)}
/* clang-format on */

/* Settings with the flags over them: what bx_hold_night takes; s stays valid as long as a. */
bool bx_night_settings(const struct bx_night_args *args, struct bx_settings *s, struct bx_arena *a, struct bx_err *e);

struct bx_held {
    bool held; /* there was a night */
    const char *const *suspects;
    size_t nsuspects; /* models that are due and were left, with which a night was killed */
    int64_t until;    /* no model was started after it; 0: no limit */
    const char *told; /* --json, and some were left: what is to be printed with them; otherwise NULL */
};
/* The night; prints as cron wants it. leave: the models with which a night was killed are left. before: what was held without them, just
 * now, or NULL. Returns the exit status. */
int bx_hold_night(const struct bx_verb *v, const struct bx_night_args *args, const char *const *models, size_t nmodels, bool leave,
                  const struct bx_held *before, const struct bx_settings *s, struct bx_arena *a, struct bx_held *held);
