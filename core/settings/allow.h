/*
 * allow.h: which commands may run. `boxscore allow` keeps, beside the settings and so outside the models' folder and the database,
 * what exactly was allowed: the model's version (its config's evaluation part and the bytes of program and files). Any change revokes it.
 * Settings may allow a glob of slugs instead.
 *
 *     {"format": 1, "models": {"fast": {"version": "<64 hex>", "config": "<64 hex>", "files": "<64 hex>", "time":
 * "2026-11-23T04:12:05.123Z"}}}
 */
#pragma once
#include "core/data/model.h"
#include "core/settings/settings.h"

struct bx_allowed_model {
    const char *slug;
    uint8_t version[32], config[32], files[32];
    int64_t time;
};
struct bx_allowed {
    struct bx_allowed_model *at;
    size_t n;
};
bool bx_allowed_load(const char *path, struct bx_allowed *l, struct bx_arena *a, struct bx_err *e); /* an absent file allows nothing */
bool bx_allowed_save(const char *path, const struct bx_allowed *l, struct bx_err *e);               /* mode 0600, replaced atomically */
void bx_allowed_add(struct bx_allowed *l, const struct bx_model *m, int64_t now, struct bx_arena *a);
bool bx_allowed_remove(struct bx_allowed *l, const char *slug);

/* Is it of those that need no permission, or is there one of some version of it, under its name or a former one? Its files need not have
 * been read: nobody but the operator has those of a stranger's command read. */
bool bx_model_ever_allowed(const struct bx_settings *s, const struct bx_allowed *l, const struct bx_model *m);

/* May m run? Prediction files always. m's version must be known, where one ever was allowed. When not, why says what to do: "not allowed to
 * run: boxscore allow fast", or what changed since. */
bool bx_model_allowed(const struct bx_settings *s, const struct bx_allowed *l, const struct bx_model *m, char why[200]);
