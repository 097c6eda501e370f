/* allow.c: boxscore allow: the operator says that a config's command may run, as it is now. */
#include "cmd/verb.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/registry/registry.h"
#include "core/settings/allow.h"
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
    "folder, \"allow\" in the settings names a glob and a reason instead. Nothing is run here.\n"
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

static bool say_one(const struct bx_settings *s, const struct bx_allowed *l, struct bx_model *m, struct bx_err *e)
{
    char why[200];
    if (!bx_backend_info(&m->backend)->runs)
        return true;
    if (!bx_registry_files(m, s->runner_path, s->nrunner_path, e))
        return bx_wrap(e, "model '%s'", m->slug);
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

static bool allow_one(const struct bx_settings *s, struct bx_allowed *l, struct bx_model *m, bool take_back, struct bx_arena *a,
                      struct bx_err *e)
{
    if (take_back) {
        printf("%s: %s\n", m->slug, bx_allowed_remove(l, m->slug) ? "no longer allowed" : "was not allowed");
        return true;
    }
    if (!bx_backend_info(&m->backend)->runs) {
        printf("%s: needs no permission: it runs nothing\n", m->slug);
        return true;
    }
    if (!bx_registry_files(m, s->runner_path, s->nrunner_path, e))
        return bx_wrap(e, "model '%s'", m->slug);
    bx_allowed_add(l, m, bx_time_now(), a);
    printf("%s: allowed: ", m->slug);
    print_command(m);
    return true;
}

static bool work(const struct args *args, char **slugs, size_t n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_settings s;
    struct bx_registry r = {0};
    struct bx_allowed l;
    if (!bx_settings_use(args->settings, &s, a, e))
        return false;
    struct bx_problems ps = {.arena = a};
    bool ok = bx_registry_load(s.models, &r, a, &ps, e);
    bx_problems_free(&ps);
    if (!ok || !bx_allowed_load(s.allowed, &l, a, e))
        return false;
    if (args->list) {
        for (size_t i = 0; i < r.n; i++)
            if (!say_one(&s, &l, &r.models[i], e))
                return false;
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        struct bx_model *m = NULL;
        for (size_t k = 0; k < r.n && !m; k++)
            m = strcmp(r.models[k].slug, slugs[i]) ? NULL : &r.models[k];
        for (size_t k = 0; k < r.nbad && !m; k++)
            if (r.bad[k].slug && !strcmp(r.bad[k].slug, slugs[i]))
                return bx_fail(e, BX_CONFIG, "the config of '%s' is wrong: %s", slugs[i], r.bad[k].reason);
        if (!m)
            return bx_fail(e, BX_USAGE, "there is no model '%s' in '%s'", slugs[i], s.models);
        if (!allow_one(&s, &l, m, args->remove, a, e))
            return false;
    }
    return bx_allowed_save(s.allowed, &l, e);
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
    struct bx_arena a = {0};
    struct bx_err e = {0};
    bool ok = work(&args, argv + 1, (size_t)n, &a, &e);
    bx_arena_release(&a);
    return ok ? 0 : bx_verb_fail(v, &e);
}

const struct bx_verb bx_verb_allow = {"allow", "MODEL…", "let a config's command run, as it is now", options, details, run};
