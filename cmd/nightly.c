/* nightly.c: boxscore nightly: run what is due, then render the site: what cron calls. */
#include "cmd/render.h"
#include "cmd/night.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/text.h"

static const struct bx_option options[] = {
    BX_NIGHT_OPTIONS,
    {"site", 'o', BX_OPT_STR, "DIR", "write the site here", offsetof(struct bx_night_args, site)},
    {"allow-removal", 0, BX_OPT_FLAG, NULL, "publish also what takes away rows that the database should know of",
     offsetof(struct bx_night_args, allow_removal)},
    {"template", 't', BX_OPT_STR, "DIR", "use these templates", offsetof(struct bx_night_args, template)},
    {"output", 0, BX_OPT_STR, "DIR", NULL, offsetof(struct bx_night_args, site)},
    {"templates", 0, BX_OPT_STR, "DIR", NULL, offsetof(struct bx_night_args, template)},
    {0},
};

/* clang-format off */
static const char details[] =
    "The same as 'boxscore run', then 'boxscore render'. Off a terminal it prints one line, and one for each model that failed (-q: only these), which is\n"
    "what cron should mail. With --board only one board's models are run; the site is that of all boards. A night with nothing due is recorded too, and the site says so.\n"
    "\n"
    "  30 1 * * *  cd /srv/board && boxscore nightly --until 06:00\n";
/* clang-format on */

/* The most severe is what a night ends with. */
static int worse(int night, int site)
{
    return night > site ? night : site;
}

static int render(const struct bx_verb *v, const struct bx_night_args *args, const struct bx_settings *s, struct bx_arena *a)
{
    struct bx_site_result r;
    struct bx_err e = {0};
    if (!bx_render_site(s, NULL, args->site, args->template, args->allow_removal, &r, a, &e))
        return bx_verb_fail(v, &e);
    bx_verbose("%s/index.html: %llu page%s", args->site ? args->site : s->site, (unsigned long long)r.pages, bx_plural(r.pages));
    return 0;
}

/* With some of its models a night was killed: the site has to be there before they may do that again. */
static int hold(const struct bx_verb *v, const struct bx_night_args *args, const char *const *models, size_t n, const struct bx_settings *s,
                struct bx_arena *a)
{
    struct bx_held held, last = {0};
    int status = bx_hold_night(v, args, models, n, !args->dry_run, NULL, s, a, &held);
    if (!held.held || args->dry_run || status == 130) /* stopped: within seconds; the next night renders */
        return status;
    status = worse(status, render(v, args, s, a));
    if (!held.nsuspects)
        return status;
    bx_info("taken last, since a night was killed while it had them in work: %zu model%s", held.nsuspects, bx_plural(held.nsuspects));
    int again = bx_hold_night(v, args, held.suspects, held.nsuspects, false, &held, s, a, &last);
    if (again == 130)
        return 130;
    status = worse(status, again);
    return last.held ? worse(status, render(v, args, s, a)) : status;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct bx_night_args args = {.max_age = -1};
    struct bx_err e = {0};
    int n;
    int status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    struct bx_arena a = {0};
    struct bx_settings s;
    status = bx_night_settings(&args, &s, &a, &e) ? hold(v, &args, (const char *const *)argv + 1, (size_t)n, &s, &a) : bx_verb_fail(v, &e);
    bx_arena_release(&a);
    return status;
}

const struct bx_verb bx_verb_nightly = {"nightly", "[OPTION…] [MODEL…]", "run what is due and render the site", options, details, run};
