/* allow.c: boxscore allow: the operator says that a config's command may run, as it is now. */
#include "cmd/verb.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/registry/registry.h"
#include "core/runner/standing.h"
#include <stdio.h>
#include <string.h>

struct args {
    const char *settings;
    bool list, remove;
};

static const struct bx_option options[] = {
    {"settings", 's', BX_OPT_STR, "FILE", "the settings (default: boxscore.json)", offsetof(struct args, settings)},
    {"list", 'l', BX_OPT_FLAG, NULL, "say of every command whether it may run", offsetof(struct args, list)},
    {"remove", 0, BX_OPT_FLAG, NULL, "take the permission back", offsetof(struct args, remove)},
    {0},
};

/* clang-format off */
static const char details[] =
    "A model config with a command is somebody's program: it runs only after you have looked at it and said so. What is remembered, in allowed.json beside the\n"
    "settings, is the digest of the config's evaluation part and of its program, its files and those that its arguments name: when any of them changes, the permission is gone. For a private\n"
    "folder, \"allow\" in the settings names a glob and a reason instead. Nothing is run here. Of several models each is taken for itself: those that can be are\n"
    "allowed, the others are said, and the exit status is theirs (2 no such model, 3 a wrong config).\n"
    "\n"
    "  $ boxscore allow yolo11n rf-detr-base\n"
    "  yolo11n: allowed: yolo11n/run.py yolo11n/weights.pt\n"
    "  rf-detr-base: allowed: rf-detr/run.sh\n";
/* clang-format on */

static void print_command(const struct bx_model *m)
{
    printf("%s", bx_backend_what(&m->backend));
    for (size_t i = 0; i < m->backend.nargs; i++) {
        char clean[304];
        printf(" %s", bx_reason_clean(clean, m->backend.args[i]));
    }
    printf("\n");
}

/* What is wrong with one says nothing about the others; the most severe is the exit status. */
static void complain(const struct bx_err *e, int *status)
{
    int own = bx_exit_status(e->code);
    bx_error("boxscore allow: %s", e->text);
    *status = own > *status ? own : *status;
}

static bool say_one(const struct bx_settings *s, const struct bx_allowed *l, struct bx_model *m, struct bx_err *e)
{
    char why[200];
    if (!bx_backend_needs_leave(&m->backend))
        return true;
    const struct bx_look look = bx_settings_look(s, NULL);
    if (bx_model_ever_allowed(s, l, m) && !bx_registry_files(m, &look, e))
        return false;
    const char *reason = bx_settings_allows(s, m->slug);
    if (reason)
        printf("%s: allowed by the settings (%s): ", m->slug, reason);
    else if (bx_model_allowed(s, l, m, why))
        printf("%s: allowed: ", m->slug);
    else
        printf("%s: %s: ", m->slug, why);
    print_command(m);
    return true;
}

static void say_all(const struct bx_settings *s, const struct bx_registry *r, const struct bx_allowed *l, int *status)
{
    for (size_t i = 0; i < r->n; i++) {
        struct bx_err e = {0};
        if (!say_one(s, l, &r->models[i], &e))
            complain(&e, status);
    }
    for (size_t i = 0; i < r->nbad; i++) {
        struct bx_err e = {0};
        bx_fail(&e, BX_CONFIG, "%s: %s", r->bad[i].path, r->bad[i].reason);
        complain(&e, status);
    }
}

static struct bx_model *find_model(const struct bx_settings *s, const struct bx_registry *r, const char *slug, struct bx_err *e)
{
    for (size_t i = 0; i < r->n; i++)
        if (!strcmp(r->models[i].slug, slug))
            return &r->models[i];
    for (size_t i = 0; i < r->nbad; i++)
        if (r->bad[i].slug && !strcmp(r->bad[i].slug, slug)) {
            bx_fail(e, BX_CONFIG, "the config of '%s' is wrong: %s", slug, r->bad[i].reason);
            return NULL;
        }
    bx_fail(e, BX_USAGE, "there is no model '%s' in '%s'", slug, s->models);
    return NULL;
}

/* *said: what to print when it is on disk. */
static bool allow_one(const struct bx_settings *s, struct bx_allowed *l, struct bx_model *m, const char **said, struct bx_arena *a,
                      struct bx_err *e)
{
    const struct bx_backend_info *info = bx_backend_info(&m->backend);
    *said = info->confined ? "needs no permission: it runs no program but boxscore itself" : "needs no permission: it runs nothing";
    if (!bx_backend_needs_leave(&m->backend))
        return true;
    const struct bx_look look = bx_settings_look(s, NULL);
    if (!bx_registry_files(m, &look, e))
        return false;
    bx_allowed_add(l, m, bx_time_now(), a);
    *said = NULL;
    return true;
}

/* Of a model whose config is gone, or wrong, the permission can be taken back, too; and with it what its earlier names were given, which
 * would hold for it again. */
static bool remove_one(const struct bx_registry *r, struct bx_allowed *l, const char *slug, const char **said, const struct bx_settings *s,
                       struct bx_err *e)
{
    bool was = bx_allowed_remove(l, slug);
    struct bx_err unknown = {0};
    const struct bx_model *m = find_model(s, r, slug, &unknown);
    for (size_t i = 0; m && i < m->nformerly; i++)
        was = bx_allowed_remove(l, m->formerly[i]) || was;
    *said = was ? "no longer allowed" : "was not allowed";
    if (was || m || unknown.code == BX_CONFIG)
        return true;
    *e = unknown;
    return false;
}

static bool work(const struct args *args, char **slugs, size_t n, struct bx_arena *a, int *status, struct bx_err *e)
{
    struct bx_settings s;
    struct bx_registry r = {0};
    struct bx_allowed l;
    if (!bx_settings_use(args->settings, &s, a, e))
        return false;
    struct bx_problems ps = {.arena = a};
    struct bx_standings known = {0};
    struct bx_err unknown = {0};
    if (!bx_allowed_load(s.allowed, &l, a, e))
        return false;
    if (!bx_standings_read(&s, &known, a, &unknown))
        bx_warn("of two models with one name it is not known which was first: %s", unknown.text);
    bool ok = bx_registry_load(s.models, &known, &r, a, &ps, e);
    bx_problems_free(&ps);
    if (!ok)
        return false;
    if (args->list) {
        say_all(&s, &r, &l, status);
        return true;
    }
    const struct bx_model **models = BX_NEW(a, const struct bx_model *, n);
    const char **said = BX_NEW(a, const char *, n);
    bool *done = BX_NEW(a, bool, n), any = false;
    for (size_t i = 0; i < n; i++) {
        struct bx_err own = {0};
        struct bx_model *m = args->remove ? NULL : find_model(&s, &r, slugs[i], &own);
        models[i] = m;
        done[i] = args->remove ? remove_one(&r, &l, slugs[i], &said[i], &s, &own) : m && allow_one(&s, &l, m, &said[i], a, &own);
        any |= done[i];
        if (!done[i])
            complain(&own, status);
    }
    if (any && !bx_allowed_save(s.allowed, &l, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (done[i] && said[i])
            printf("%s: %s\n", slugs[i], said[i]);
        else if (done[i]) {
            printf("%s: allowed: ", slugs[i]);
            print_command(models[i]);
        }
    return true;
}

static int run(const struct bx_verb *v, int argc, char **argv)
{
    struct args args = {0};
    int n;
    int status = bx_options(v, argc, argv, &args, &n);
    if (status >= 0)
        return status;
    if (!n && !args.list)
        return bx_verb_usage(v, "which model?");
    status = 0;
    struct bx_arena a = {0};
    struct bx_err e = {0};
    bool ok = work(&args, argv + 1, (size_t)n, &a, &status, &e);
    bx_arena_release(&a);
    return ok ? status : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_allow = {"allow", "MODEL…", "let a config's command run, as it is now", options, details, run};
