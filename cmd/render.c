/* render.c: boxscore render: the database as a site. */
#include "cmd/render.h"
#include "cmd/verb.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/store/store.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct args {
    const char *settings, *database, *board, *output, *templates;
    bool dump, allow_removal;
};

static const struct bx_option options[] = {
    {"settings", 's', BX_OPT_STR, "FILE", "the settings (default: boxscore.json)", offsetof(struct args, settings)},
    {"database", 'd', BX_OPT_STR, "FILE", "use this database; with --site no settings are needed", offsetof(struct args, database)},
    {"board", 'b', BX_OPT_STR, "SLUG", "a site of this board alone; needs --site", offsetof(struct args, board)},
    {"site", 'o', BX_OPT_STR, "DIR", "write the site here", offsetof(struct args, output)},
    {"template", 't', BX_OPT_STR, "DIR", "use these templates", offsetof(struct args, templates)},
    {"output", 0, BX_OPT_STR, "DIR", NULL, offsetof(struct args, output)},
    {"templates", 0, BX_OPT_STR, "DIR", NULL, offsetof(struct args, templates)},
    {"allow-removal", 0, BX_OPT_FLAG, NULL, "publish also what takes away rows that the database should know of",
     offsetof(struct args, allow_removal)},
    {"dump", 0, BX_OPT_FLAG, NULL, "print what the template of PAGE sees, as JSON; write nothing", offsetof(struct args, dump)},
    {0},
};

static const char details[] =
    "Reads the database only, and puts the whole site in place at once: a reader never sees half of one, and after an error the old one is "
    "still there.\n"
    "The same database gives the same bytes. A folder that is not a site of boxscore's own is never replaced.\n"
    "\n"
    "PAGE is a path below the site: index.html (the default), b/BOARD/plots.html, b/BOARD/m/MODEL.html, methodology.html, …\n"
    "\n"
    "  $ boxscore render --site /srv/www/board\n"
    "  $ boxscore render --board night --site /srv/www/night\n"
    "  $ boxscore render --dump b/shapes/m/fast-blobs.html | less\n";

/* The shipped templates: in the build folder, below share/ beside the program's bin/, or where this program was configured to be installed.
 */
static const char *shipped_templates(struct bx_arena *a)
{
    static const char *const places[] = {"site-template", "../share/boxscore/site-template"};
    char exe[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (len > 0) {
        exe[len] = '\0';
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
            const char *dir = bx_path_absolute(a, bx_path_join(a, bx_path_dir(a, exe), places[i]));
            if (bx_path_exists(bx_path_join(a, dir, "template.json")))
                return dir;
        }
    }
    return BX_DATADIR "/site-template";
}

static struct bx_site_options options_of(const struct bx_settings *s, const char *board, const char *site, const char *templates,
                                         struct bx_arena *a)
{
    const char *shipped = shipped_templates(a);
    return (struct bx_site_options){.database = s->database,
                                    .board = board,
                                    .output = site ? site : s->site,
                                    .templates = templates     ? templates
                                                 : s->template ? s->template
                                                               : shipped,
                                    .shipped = bx_path_is_dir(shipped) ? shipped : NULL,
                                    .stale_after_ms = (int64_t)(s->stale_after * 1000),
                                    .max_age_ms = (int64_t)(s->max_age * 1000)};
}

/* Numbers of a damaged file are told before they are published. */
static bool check(const char *database, struct bx_err *e)
{
    struct bx_store *st;
    if (!bx_store_open(database, BX_STORE_READ, &st, e))
        return false;
    bool ok = bx_store_check(st, e);
    bx_store_close(st);
    return ok;
}

bool bx_render_site(const struct bx_settings *s, const char *board, const char *site, const char *templates, bool allow_removal,
                    struct bx_site_result *r, struct bx_arena *a, struct bx_err *e)
{
    struct bx_site_options o = options_of(s, board, site, templates, a);
    o.allow_removal = allow_removal;
    return bx_site_current(&o, r) || (check(o.database, e) && bx_site_render(&o, r, e));
}

/* A site of one board in place of that of all would take the others' pages away. */
static bool beside_the_site(const struct args *args, const struct bx_settings *s, struct bx_arena *a, struct bx_err *e)
{
    if (!args->output)
        return bx_fail(e, BX_USAGE, "--board makes a site of one board alone: expected --site and a folder other than '%s'", s->site);
    const char *out = bx_path_absolute(a, args->output), *site = bx_path_absolute(a, s->site);
    char real_out[PATH_MAX], real_site[PATH_MAX];
    if (!strcmp(out, site) || (realpath(out, real_out) && realpath(site, real_site) && !strcmp(real_out, real_site)))
        return bx_fail(e, BX_USAGE, "--site '%s' is the site of all boards, expected another folder for the board '%s' alone", args->output,
                       args->board);
    return true;
}

/* From which database and to where is all that is needed. Settings, where there are some, say the rest. */
static bool use_settings(const struct args *args, struct bx_settings *s, struct bx_arena *a, struct bx_err *e)
{
    if (args->settings || !args->database || !(args->output || args->dump) || bx_path_exists("boxscore.json"))
        return bx_settings_use(args->settings, s, a, e) && (!args->board || bx_settings_board(s, args->board, e));
    *s = (struct bx_settings){.stale_after = BX_STALE_AFTER};
    return true;
}

static bool render(const struct args *args, const char *page, struct bx_arena *a, struct bx_err *e)
{
    struct bx_settings s;
    struct bx_site_result r;
    if (!use_settings(args, &s, a, e))
        return false;
    if (args->database)
        s.database = args->database;
    if (args->dump) {
        struct bx_buf BX_CLEANUP_BUF out = {0};
        struct bx_site_options o = options_of(&s, args->board, args->output, args->templates, a);
        if (!bx_site_dump(&o, page, &out, e))
            return false;
        fwrite(bx_buf_str(&out), 1, out.n, stdout);
        return true;
    }
    if (args->board && s.site && !beside_the_site(args, &s, a, e))
        return false;
    if (!bx_render_site(&s, args->board, args->output, args->templates, args->allow_removal, &r, a, e))
        return false;
    printf("%s: %llu page%s, %llu file%s, %.1f MB, %llu of them as before\n",
           bx_path_join(a, args->output ? args->output : s.site, "index.html"), (unsigned long long)r.pages, bx_plural(r.pages),
           (unsigned long long)r.files, bx_plural(r.files), (double)r.bytes / 1e6, (unsigned long long)r.linked);
    return true;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    struct bx_err e = {0};
    struct bx_arena a = {0};
    int n;
    int status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    if (n > (args.dump ? 1 : 0))
        return bx_verb_usage(v, "unexpected operand '%s'", argv[1 + (args.dump ? 1 : 0)]);
    status = render(&args, n ? argv[1] : "index.html", &a, &e) ? 0 : bx_verb_fail(v, &e);
    bx_arena_release(&a);
    return status;
}

const struct bx_verb bx_verb_render = {
    "render", "[--site DIR] [--template DIR] [--dump [PAGE]]", "the database as a site", options, details, run};
