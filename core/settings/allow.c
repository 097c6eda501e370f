/* allow.c: the file of `boxscore allow`. */
#include "core/settings/allow.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/json_writer.h"
#include "core/base/text.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool digest_of(struct bx_conf *c, const cJSON *o, const char *key, uint8_t out[32])
{
    const char *hex = bx_conf_str(c, o, key, true, 64, NULL);
    if (!hex)
        return false;
    if (strlen(hex) == 64 && bx_unhex(out, hex, 32))
        return true;
    bx_conf_problem(c, bx_conf_get(o, key), "'%s' is no SHA-256, expected 64 hex digits", key);
    return false;
}

bool bx_allowed_load(const char *path, struct bx_allowed *l, struct bx_arena *a, struct bx_err *e)
{
    *l = (struct bx_allowed){0};
    if (!bx_path_exists(path))
        return true;
    struct bx_problems ps = {.arena = a};
    struct bx_conf c = {0};
    if (bx_conf_load(&c, path, &ps)) {
        (void)bx_conf_int(&c, c.root, "format", true, 1, 1, 1);
        const cJSON *models = bx_conf_object(&c, c.root, "models", true);
        l->at = BX_NEW(a, struct bx_allowed_model, models ? (size_t)cJSON_GetArraySize(models) : 0);
        for (const cJSON *o = models ? models->child : NULL; o; o = o->next) {
            struct bx_allowed_model *m = &l->at[l->n];
            const char *time = NULL;
            if (!cJSON_IsObject(o) || !bx_slug_valid(o->string)) {
                bx_conf_problem(&c, o, "expected \"slug\": {\"version\": …}");
                continue;
            }
            if (digest_of(&c, o, "version", m->version) && digest_of(&c, o, "config", m->config) && digest_of(&c, o, "files", m->files))
                time = bx_conf_str(&c, o, "time", true, 40, NULL);
            if (!time)
                continue;
            if (!bx_time_parse(time, &m->time))
                bx_conf_problem(&c, bx_conf_get(o, "time"), "'%s' is no time", time);
            m->slug = bx_strdup(a, o->string);
            l->n++;
        }
        bx_conf_free(&c);
    }
    bool ok = ps.errors == 0;
    if (!ok) {
        char *line;
        bx_problem_print(&ps.at[0], a, &line);
        bx_fail(e, BX_CONFIG, "%s", line);
    }
    bx_problems_free(&ps);
    return ok;
}

bool bx_allowed_save(const char *path, const struct bx_allowed *l, struct bx_err *e)
{
    struct bx_buf b = {0};
    struct bx_jw w = {.out = &b, .spaced = true};
    bx_jw_object(&w, NULL);
    bx_jw_line(&w, 2);
    bx_jw_uint(&w, "format", 1);
    bx_jw_line(&w, 2);
    bx_jw_object(&w, "models");
    for (size_t i = 0; i < l->n; i++) {
        const struct bx_allowed_model *m = &l->at[i];
        char version[65], config[65], files[65], time[25];
        bx_hex(version, m->version, 32);
        bx_hex(config, m->config, 32);
        bx_hex(files, m->files, 32);
        bx_time_format(time, m->time);
        bx_jw_line(&w, 4);
        bx_jw_object(&w, m->slug);
        bx_jw_str(&w, "version", version);
        bx_jw_str(&w, "config", config);
        bx_jw_str(&w, "files", files);
        bx_jw_str(&w, "time", time);
        bx_jw_object_end(&w);
    }
    if (l->n)
        bx_jw_line(&w, 2);
    bx_jw_object_end(&w);
    bx_jw_line(&w, 0);
    bx_jw_object_end(&w);
    bx_buf_addc(&b, '\n');
    mode_t before = umask(077);
    bool ok = bx_file_write(path, b.p, b.n, e);
    umask(before);
    bx_buf_free(&b);
    return ok;
}

static struct bx_allowed_model *find(const struct bx_allowed *l, const char *slug)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->at[i].slug, slug))
            return &l->at[i];
    return NULL;
}

void bx_allowed_add(struct bx_allowed *l, const struct bx_model *m, int64_t now, struct bx_arena *a)
{
    struct bx_allowed_model *at = find(l, m->slug);
    if (!at) { /* in slug order, so that the file changes little */
        struct bx_allowed_model *more = BX_NEW(a, struct bx_allowed_model, l->n + 1);
        size_t i = 0;
        for (; i < l->n && strcmp(l->at[i].slug, m->slug) < 0; i++)
            more[i] = l->at[i];
        at = &more[i];
        for (; i < l->n; i++)
            more[i + 1] = l->at[i];
        l->at = more;
        l->n++;
    }
    at->slug = bx_strdup(a, m->slug);
    at->time = now;
    memcpy(at->version, m->version, 32);
    memcpy(at->config, m->eval_digest, 32);
    memcpy(at->files, m->files_digest, 32);
}

bool bx_allowed_remove(struct bx_allowed *l, const char *slug)
{
    struct bx_allowed_model *m = find(l, slug);
    if (!m)
        return false;
    size_t i = (size_t)(m - l->at);
    memmove(m, m + 1, (l->n - i - 1) * sizeof *m);
    l->n--;
    return true;
}

/* Under its name, or one that it had: a rename changes nothing of what was allowed, and what was is compared. */
static const struct bx_allowed_model *find_ever(const struct bx_allowed *l, const struct bx_model *m)
{
    const struct bx_allowed_model *was = find(l, m->slug);
    for (size_t i = 0; !was && i < m->nformerly; i++)
        was = find(l, m->formerly[i]);
    return was;
}

bool bx_model_ever_allowed(const struct bx_settings *s, const struct bx_allowed *l, const struct bx_model *m)
{
    return !bx_backend_needs_leave(&m->backend) || bx_settings_allows(s, m->slug) || find_ever(l, m);
}

bool bx_model_allowed(const struct bx_settings *s, const struct bx_allowed *l, const struct bx_model *m, char why[200])
{
    why[0] = '\0';
    if (!bx_backend_needs_leave(&m->backend) || bx_settings_allows(s, m->slug))
        return true;
    const struct bx_allowed_model *was = find_ever(l, m);
    if (was && !memcmp(was->version, m->version, 32))
        return true;
    if (!was)
        snprintf(why, 200, "not allowed to run: it %s; look at it, then 'boxscore allow %s'",
                 bx_backend_info(&m->backend)->server ? "sends the images to a server" : "is a command", m->slug);
    else {
        bool config = memcmp(was->config, m->eval_digest, 32) != 0, files = memcmp(was->files, m->files_digest, 32) != 0;
        snprintf(why, 200, "no longer allowed to run: %s changed since; look at it, then 'boxscore allow %s'",
                 config && files ? "its config and its files"
                 : config        ? "its config"
                                 : "its program or files",
                 m->slug);
    }
    return false;
}
