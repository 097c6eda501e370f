/* run.c: boxscore run: a night without the site. */
#include "cmd/night.h"
#include "core/base/arena.h"

static const struct bx_option options[] = {BX_NIGHT_OPTIONS, {0}};

/* clang-format off */
static const char details[] =
    "Runs the models that are due on the test set and stores what they answered and how they scored; with names, only these. A model is due when it was\n"
    "never evaluated on these images, when its config's evaluation part or its files changed, when its numbers are older than --max-age, and the night\n"
    "after it failed (after three failures weekly). Changed labels, class maps and operating confidences only score again.\n"
    "\n"
    "Boards on the same images share the answers: a model is asked once about them. With --board only one of the settings' boards is looked at.\n"
    "\n"
    "It may be stopped at any moment: the same command carries on at the image where it was. Exit status: 0 all well, 1 some models failed, wait after\n"
    "three failures or may not run, 3 invalid settings or a test set that cannot be read (the other boards' models are run all the same), 4 file system or database, 5 another run holds the store, 130 interrupted.\n"
    "\n"
    "  $ boxscore run --dry-run\n"
    "  $ boxscore run --retry yolo11n\n"
    "  $ boxscore run --board night\n";
/* clang-format on */

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct bx_night_args args = {.max_age = -1};
    int n;
    int status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    struct bx_arena a = {0};
    struct bx_settings s;
    struct bx_err e = {0};
    struct bx_held held;
    status = bx_night_settings(&args, &s, &a, &e)
                 ? bx_hold_night(v, &args, (const char *const *)argv + 1, (size_t)n, false, NULL, &s, &a, &held)
                 : bx_verb_fail(v, &e);
    bx_arena_release(&a);
    return status;
}

const struct bx_verb bx_verb_run = {"run", "[OPTION…] [MODEL…]", "run the models that are due", options, details, run};
