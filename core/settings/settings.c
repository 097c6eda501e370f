/* settings.c: boxscore.json → struct bx_settings. The file says what and where; nothing is opened or run here. */
#include "core/settings/settings.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/settings/internal.h"
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define DAY      86400.0

/* The variables any model may see: they choose devices and threads and carry no secret. */
static const char *const harmless[] = {
    "CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER",    "NVIDIA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",  "ROCR_VISIBLE_DEVICES", "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",      "OPENBLAS_NUM_THREADS", "TZ",
};

static void read_runner_path(struct bx_reading *r)
{
    struct bx_settings *s = r->s;
    size_t n;
    const char **given = bx_reading_list(r, r->c->root, "runner_path", false, &n);
    s->runner_path = BX_NEW(r->a, const char *, n + 2);
    for (size_t i = 0; i < n; i++)
        s->runner_path[s->nrunner_path++] = bx_path_absolute(r->a, bx_path_join(r->a, s->dir, given[i]));
    /* The shipped runners: beside the program (a build folder), or where it was installed with them. */
    char exe[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (len > 0) {
        exe[len] = '\0';
        const char *dir = bx_path_dir(r->a, exe);
        s->runner_path[s->nrunner_path++] = dir;
        s->runner_path[s->nrunner_path++] = bx_path_absolute(r->a, bx_path_join(r->a, dir, "../libexec/boxscore"));
    }
}

static void read_allow(struct bx_reading *r)
{
    static const char *const keys[] = {"models", "reason"};
    const cJSON *list = bx_conf_array(r->c, r->c->root, "allow", false);
    struct bx_allow_glob *out = BX_NEW(r->a, struct bx_allow_glob, list ? (size_t)cJSON_GetArraySize(list) : 0);
    r->s->allow = out;
    for (const cJSON *o = list ? list->child : NULL; o; o = o->next) {
        if (!cJSON_IsObject(o)) {
            bx_conf_problem(r->c, o, "expected {\"models\": GLOB, \"reason\": TEXT}");
            continue;
        }
        bx_conf_only(r->c, o, keys, COUNT(keys));
        struct bx_allow_glob *g = &out[r->s->nallow];
        g->models = bx_reading_str(r, o, "models", true, 200, NULL);
        g->reason = bx_reading_str(r, o, "reason", true, 1000, NULL);
        if (g->models && g->reason)
            r->s->nallow++;
    }
}

static bool variable_name(const char *s)
{
    if (!*s || (*s >= '0' && *s <= '9'))
        return false;
    return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static void read_secrets(struct bx_reading *r)
{
    static const char *const keys[] = {"models", "hosts"};
    const cJSON *all = bx_conf_object(r->c, r->c->root, "secrets", false);
    struct bx_secret_grant *out = BX_NEW(r->a, struct bx_secret_grant, all ? (size_t)cJSON_GetArraySize(all) : 0);
    r->s->secrets = out;
    for (const cJSON *o = all ? all->child : NULL; o; o = o->next) {
        if (!variable_name(o->string)) {
            bx_conf_problem(r->c, o, "'%s' is not the name of an environment variable", o->string);
            continue;
        }
        if (!cJSON_IsObject(o)) {
            bx_conf_problem(
                r->c, o,
                "expected {\"models\": [GLOB…], \"hosts\": [NAME…]}; the value itself belongs into the environment, never into a file");
            continue;
        }
        bx_conf_only(r->c, o, keys, COUNT(keys));
        struct bx_secret_grant *g = &out[r->s->nsecrets++];
        g->name = bx_strdup(r->a, o->string);
        g->hosts = bx_reading_list(r, o, "hosts", false, &g->nhosts);
        g->models = bx_reading_list(r, o, "models", !g->nhosts, &g->nmodels); /* a key to fetch test sets with is no model's */
    }
}

static void read_manifests(struct bx_reading *r)
{
    const cJSON *all = bx_conf_object(r->c, r->c->root, "training_data", false);
    struct bx_manifest_setting *out = BX_NEW(r->a, struct bx_manifest_setting, all ? (size_t)cJSON_GetArraySize(all) : 0);
    r->s->manifests = out;
    for (const cJSON *o = all ? all->child : NULL; o; o = o->next) {
        const char *path = bx_reading_path(r, all, o->string, true, NULL);
        if (!*o->string)
            bx_conf_problem(r->c, o, "found an empty name, expected what configs call that training data");
        else if (path)
            out[r->s->nmanifests++] = (struct bx_manifest_setting){bx_strdup(r->a, o->string), path};
    }
}

static void read_retention(struct bx_reading *r)
{
    static const char *const keys[] = {"newest", "first", "monthly"};
    struct bx_settings *s = r->s;
    const cJSON *o = bx_conf_object(r->c, r->c->root, "retention", false);
    if (o)
        bx_conf_only(r->c, o, keys, COUNT(keys));
    s->retention_newest = o ? bx_conf_int(r->c, o, "newest", false, 1, 1000000, 3) : 3;
    s->retention_first = o ? bx_conf_bool(r->c, o, "first", true) : true;
    s->retention_monthly = o ? bx_conf_bool(r->c, o, "monthly", true) : true;
}

static void read_limits(struct bx_reading *r)
{
    static const char *const keys[] = {"free_disk", "file_size", "open_files", "answers", "model_files", "night_files"};
    struct bx_settings *s = r->s;
    const int64_t gib = 1 << 30, most = INT64_C(1) << 53;
    const cJSON *o = bx_conf_object(r->c, r->c->root, "limits", false);
    if (o)
        bx_conf_only(r->c, o, keys, COUNT(keys));
    s->limit_free_disk = o ? bx_conf_int(r->c, o, "free_disk", false, 0, most, gib) : gib;
    s->limit_file_size = o ? bx_conf_int(r->c, o, "file_size", false, 1 << 20, most, 8 * gib) : 8 * gib;
    s->limit_open_files = o ? bx_conf_int(r->c, o, "open_files", false, 64, 1 << 20, 4096) : 4096;
    s->limit_answers = o ? bx_conf_int(r->c, o, "answers", false, 1 << 16, most, 4 * gib) : 4 * gib;
    s->limit_model_files = o ? bx_conf_int(r->c, o, "model_files", false, 1 << 20, most, 64 * gib) : 64 * gib;
    s->limit_night_files = o ? bx_conf_int(r->c, o, "night_files", false, 1 << 20, most, 1024 * gib) : 1024 * gib;
}

static void read_all(struct bx_reading *r)
{
    static const char *const keys[] = {
        "$schema",     "format",  "boards",  "models",  "database",         "site",          "template",
        "runner_path", "allow",   "allowed", "secrets", "max_age",          "stale_after",   "retention",
        "limits",      "threads", "confine", "ca_file", "onnxruntime_path", "training_data",
    };
    struct bx_settings *s = r->s;
    const cJSON *root = r->c->root;
    bx_conf_only(r->c, root, keys, COUNT(keys));
    (void)bx_conf_int(r->c, root, "format", true, 1, 1, 1);
    bx_reading_boards(r);
    s->models = bx_reading_path(r, root, "models", false, "models.d");
    s->database = bx_reading_path(r, root, "database", false, "boxscore.db");
    s->site = bx_reading_path(r, root, "site", false, "site");
    s->template = bx_reading_path(r, root, "template", false, NULL);
    s->allowed = bx_reading_path(r, root, "allowed", false, "allowed.json");
    read_runner_path(r);
    read_allow(r);
    read_secrets(r);
    read_manifests(r);
    s->max_age = bx_conf_duration(r->c, root, "max_age", 1, 36500 * DAY, 0);
    s->stale_after = bx_conf_duration(r->c, root, "stale_after", 1, 36500 * DAY, BX_STALE_AFTER);
    read_retention(r);
    read_limits(r);
    bx_reading_confine(r);
    s->onnxruntime_path = bx_reading_path(r, root, "onnxruntime_path", false, NULL);
    s->ca_file = bx_reading_path(r, root, "ca_file", false, NULL);
    s->threads = (int)bx_conf_int(r->c, root, "threads", false, 0, 1024, 0);
    /* A grant kept in the folder that contributors write to would be theirs to give. */
    size_t n = s->models ? strlen(s->models) : 0;
    if (n && s->allowed && !strncmp(s->allowed, s->models, n) && s->allowed[n] == '/')
        bx_conf_problem(r->c, bx_conf_get(root, "allowed"), "'allowed' lies inside the models folder '%s': who adds a model could allow it",
                        s->models);
}

bool bx_settings_load(const char *file, struct bx_settings *s, struct bx_arena *a, struct bx_problems *ps)
{
    *s = (struct bx_settings){0};
    const char *path = bx_path_absolute(a, file ? file : "boxscore.json");
    if (bx_path_is_dir(path))
        path = bx_path_join(a, path, "boxscore.json");
    s->path = path;
    s->dir = bx_path_dir(a, path);
    struct bx_conf c = {0};
    size_t before = ps->errors; /* a repeated key is one, and leaves a tree */
    if (!bx_conf_load(&c, path, ps))
        return false;
    struct bx_reading r = {s, a, &c};
    read_all(&r);
    bx_conf_free(&c);
    return ps->errors == before;
}

bool bx_settings_use(const char *file, struct bx_settings *s, struct bx_arena *a, struct bx_err *e)
{
    struct bx_problems ps = {.arena = a};
    bool ok = bx_settings_load(file, s, a, &ps);
    if (!ok && !file && !bx_path_exists(s->path))
        bx_fail(e, BX_CONFIG, "there is no boxscore.json here; 'boxscore init DIR' writes one, --settings FILE names another");
    else {
        for (size_t i = 0; i < ps.n; i++) {
            char *line;
            bx_problem_print(&ps.at[i], a, &line);
            fprintf(stderr, "%s\n", line);
        }
        if (!ok)
            bx_fail(e, BX_CONFIG, "'%s' has %zu problem%s", s->path, ps.errors, bx_plural(ps.errors));
    }
    bx_problems_free(&ps);
    return ok;
}

struct bx_look bx_settings_look(const struct bx_settings *s, const volatile sig_atomic_t *stop)
{
    return (struct bx_look){s->runner_path, s->nrunner_path, s->limit_file_size, s->limit_model_files, stop, NULL, 0, NULL};
}

bool bx_glob_any(const char *slug, const char *const *globs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fnmatch(globs[i], slug, 0) == 0)
            return true;
    return false;
}

const char *bx_settings_allows(const struct bx_settings *s, const char *slug)
{
    for (size_t i = 0; i < s->nallow; i++)
        if (fnmatch(s->allow[i].models, slug, 0) == 0)
            return s->allow[i].reason;
    return NULL;
}

bool bx_settings_grants(const struct bx_settings *s, const char *slug, const char *variable, bool *hidden)
{
    *hidden = true;
    for (size_t i = 0; i < s->nsecrets; i++)
        if (!strcmp(s->secrets[i].name, variable))
            return bx_glob_any(slug, s->secrets[i].models, s->secrets[i].nmodels);
    *hidden = false;
    for (size_t i = 0; i < COUNT(harmless); i++)
        if (!strcmp(harmless[i], variable))
            return true;
    *hidden = true;
    return false;
}

bool bx_settings_grants_host(const struct bx_settings *s, const char *host, const char *variable)
{
    for (size_t i = 0; i < s->nsecrets; i++)
        if (!strcmp(s->secrets[i].name, variable))
            return bx_glob_any(host, s->secrets[i].hosts, s->secrets[i].nhosts);
    return false;
}
