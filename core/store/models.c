/* models.c: what the configs say, as last seen. */
#include "core/base/file.h"
#include "core/store/sql.h"
#include <stdlib.h>
#include <string.h>

bool bx_store_former(struct bx_store *st, const struct bx_model *m, bool would, const char **slug, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    *slug = NULL;
    if (!m->nformerly)
        return true;
    if (!bx_q_open(&q, st, "former", "find what a model was formerly", e))
        return false;
    bx_q_text(&q, bx_names_json(m->formerly, m->nformerly, a));
    bx_q_int(&q, would);
    bx_q_text(&q, m->slug);
    if (bx_q_row(&q))
        *slug = bx_q_str(&q, 0, a);
    return bx_q_end(&q);
}

static bool rename_former(struct bx_store *st, const struct bx_model *m, struct bx_err *e)
{
    struct bx_arena a = {0};
    struct bx_q q;
    const char *former;
    bool ok = bx_store_former(st, m, false, &former, &a, e);
    if (ok && former) {
        ok = bx_q_open(&q, st, "model_rename", "rename a model", e);
        bx_q_text(&q, m->slug);
        bx_q_text(&q, former);
        ok = bx_q_run(&q) && ok;
    }
    bx_arena_release(&a);
    return ok;
}

static bool put_row(struct bx_store *st, const struct bx_model *m, bool has_version, int64_t now, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "model_put", "store the model", e))
        return false;
    bx_q_text(&q, m->slug);
    bx_q_text(&q, m->name);
    bx_q_text(&q, bx_task_name(m->task));
    bx_q_text(&q, m->config_json);
    bx_q_text(&q, bx_path_base(m->path));
    bx_q_blob(&q, has_version ? m->version : NULL, has_version ? 32 : 0);
    bx_q_blob(&q, has_version ? m->files_digest : NULL, has_version ? 32 : 0);
    bx_q_blob(&q, m->score_digest, 32);
    bx_q_real(&q, m->operating_confidence);
    bx_q_int(&q, now);
    if (!bx_q_run(&q))
        return false;
    if (!has_version)
        return true;
    if (!bx_q_open(&q, st, "version_put", "store the model's version", e))
        return false;
    bx_q_text(&q, m->slug);
    bx_q_blob(&q, m->version, 32);
    bx_q_blob(&q, m->files_digest, 32);
    bx_q_text(&q, m->config_json);
    bx_q_int(&q, now);
    return bx_q_run(&q);
}

bool bx_store_model_put(struct bx_store *st, const struct bx_model *m, bool has_version, int64_t now, struct bx_err *e)
{
    if (!bx_store_begin(st, "store the model", e))
        return false;
    return bx_store_commit(st, rename_former(st, m, e) && put_row(st, m, has_version, now, e), "store the model", e);
}

bool bx_store_model_invalid(struct bx_store *st, const char *slug, const char *reason, int64_t now, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "model_invalid", "store a config's failure", e))
        return false;
    bx_q_text(&q, slug);
    bx_q_text(&q, reason);
    bx_q_int(&q, now);
    return bx_q_run(&q);
}

bool bx_store_model_blocked(struct bx_store *st, const char *slug, const char *reason, struct bx_err *e)
{
    struct bx_q q;
    if (!bx_q_open(&q, st, "model_blocked", "store why a model is not run", e))
        return false;
    bx_q_text(&q, reason);
    bx_q_text(&q, slug);
    return bx_q_run(&q);
}

bool bx_store_models_present(struct bx_store *st, const char *const *slugs, size_t n, int64_t now, struct bx_err *e)
{
    static const char what[] = "mark retired models";
    struct bx_arena a = {0};
    struct bx_q q;
    bool ok = bx_q_open(&q, st, "models_present", what, e);
    bx_q_text(&q, bx_names_json(slugs, n, &a));
    bx_q_int(&q, now);
    ok = bx_q_run(&q) && ok;
    bx_arena_release(&a);
    return ok;
}

bool bx_store_models(struct bx_store *st, struct bx_model_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_model_row *list = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "models", "read the models", e))
        return false;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        struct bx_model_row *m = &list[(*n)++];
        *m = (struct bx_model_row){.slug = bx_q_need(&q, 0, a),
                                   .name = bx_q_need(&q, 1, a),
                                   .config = bx_q_str(&q, 3, a),
                                   .config_file = bx_q_need(&q, 4, a),
                                   .operating_confidence = bx_q_f64(&q, 8),
                                   .retired = bx_q_flag(&q, 9),
                                   .invalid = bx_q_str(&q, 10, a),
                                   .blocked = bx_q_str(&q, 11, a),
                                   .first_seen = bx_q_time(&q, 12),
                                   .updated = bx_q_time(&q, 13),
                                   .elsewhere = bx_q_flag(&q, 14)};
        if (!bx_task_parse(bx_q_view(&q, 2), &m->task))
            bx_q_damaged(&q, 2, "is no task");
        m->has_version = bx_q_fixed(&q, 5, m->version, 32);
        bx_q_fixed(&q, 6, m->files_digest, 32);
        bx_q_fixed(&q, 7, m->score_digest, 32);
    }
    *rows = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}

bool bx_store_standings(struct bx_store *st, struct bx_standing **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_standing *list = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "standings", "read who was here before", e))
        return false;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        list[(*n)++] = (struct bx_standing){.slug = bx_q_need(&q, 0, a),
                                            .name = bx_q_str(&q, 1, a),
                                            .file = bx_q_str(&q, 2, a),
                                            .taken = bx_q_flag(&q, 3),
                                            .retired = bx_q_flag(&q, 4),
                                            .since = bx_q_time(&q, 5),
                                            .numbers = bx_q_flag(&q, 6)};
    }
    *rows = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}

bool bx_store_versions(struct bx_store *st, struct bx_version_row **rows, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_q q;
    struct bx_version_row *list = NULL;
    size_t cap = 0;
    *n = 0;
    if (!bx_q_open(&q, st, "versions", "read the models' versions", e))
        return false;
    while (bx_q_row(&q)) {
        list = bx_grow(list, &cap, *n + 1, sizeof *list);
        struct bx_version_row *v = &list[(*n)++];
        *v = (struct bx_version_row){.slug = bx_q_need(&q, 0, a), .config = bx_q_need(&q, 2, a), .first_seen = bx_q_time(&q, 3)};
        bx_q_fixed(&q, 1, v->version, 32);
    }
    *rows = bx_memdup(a, list, *n * sizeof *list);
    free(list);
    return bx_q_end(&q);
}
