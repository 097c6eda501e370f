/* opening.c: what a night knows before any model: the configs, the boards, and what the store is told of both. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "core/runner/night.h"
#include "core/runner/standing.h"
#include <string.h>

bool bx_night_chosen(const struct bx_night_state *n, const char *slug)
{
    if (!n->o->nmodels)
        return true;
    for (size_t i = 0; slug && i < n->o->nmodels; i++)
        if (!strcmp(n->o->models[i], slug))
            return true;
    return false;
}

static void say_problems(struct bx_night_state *n, const struct bx_problems *ps)
{
    for (size_t i = 0; i < ps->n; i++) {
        char *line;
        bx_problem_print(&ps->at[i], n->arena, &line);
        bx_verbose("%s", line); /* `check` is where they belong; a config that is wrong comes up as that model's failure */
    }
    n->out->warnings += ps->n;
}

/* Slugs named on the command line that no config has are a mistake of the user. */
static bool check_names(struct bx_night_state *n, struct bx_err *e)
{
    const struct bx_registry *r = &n->registry;
    const char **known = BX_NEW(n->arena, const char *, r->n + r->nbad);
    size_t count = 0;
    for (size_t i = 0; i < r->n; i++)
        known[count++] = r->models[i].slug;
    for (size_t i = 0; i < r->nbad; i++)
        if (r->bad[i].slug)
            known[count++] = r->bad[i].slug;
    for (size_t i = 0; i < n->o->nmodels; i++) {
        bool found = false;
        for (size_t k = 0; k < count && !found; k++)
            found = !strcmp(known[k], n->o->models[i]);
        if (found)
            continue;
        const char *near = bx_nearest(n->o->models[i], known, count);
        return bx_fail(e, BX_USAGE, "there is no model '%s' in '%s'%s%s%s", n->o->models[i], n->s->models, near ? ", did you mean '" : "",
                       near ? near : "", near ? "'?" : "");
    }
    return true;
}

bool bx_night_read_configs(struct bx_night_state *n, struct bx_err *e)
{
    struct bx_problems ps = {.arena = n->arena};
    struct bx_standings known;
    if (!bx_allowed_load(n->s->allowed, &n->allowed, n->arena, e) || !bx_standings_of(n->store, &n->allowed, &known, n->arena, e))
        return false;
    bool ok = bx_registry_load(n->s->models, &known, &n->registry, n->arena, &ps, e);
    say_problems(n, &ps);
    bx_problems_free(&ps);
    return ok && check_names(n, e);
}

/* So are models that are on another board than the one to be run. */
static bool check_parts(const struct bx_night_state *n, struct bx_err *e)
{
    for (size_t i = 0; n->o->board && n->o->nmodels && i < n->registry.n; i++) {
        const struct bx_model *m = &n->registry.models[i];
        if (bx_night_chosen(n, m->slug) && !bx_board_takes(bx_settings_board(n->s, n->o->board, e), m))
            return bx_fail(e, BX_USAGE, "the model '%s' takes no part in the board '%s'", m->slug, n->o->board);
    }
    return true;
}

bool bx_night_read_boards(struct bx_night_state *n, struct bx_err *e)
{
    struct bx_boards *b = &n->boards;
    if (!bx_boards_read(n->s, n->o->board, b, n->arena, e))
        return false;
    n->out->bad = b->bad;
    n->out->nbad = b->nbad;
    /* Where there is nothing at all to score on, a night can only tell it on pages that are there. */
    if (!b->n && (n->o->dry_run || n->o->board || !bx_path_exists(n->s->database))) {
        *e = b->bad[0].why;
        return false;
    }
    n->ngroups = b->nimages;
    n->groups = BX_NEW(n->arena, struct bx_night_group, n->ngroups);
    for (size_t i = 0; i < n->ngroups; i++) {
        n->groups[i].images = b->images[i].digest;
        n->groups[i].set = b->images[i].set;
        n->groups[i].boards = BX_NEW(n->arena, const struct bx_ready_board *, b->n);
    }
    for (size_t i = 0; i < b->n; i++) {
        struct bx_night_group *g = &n->groups[b->at[i].images];
        g->boards[g->nboards++] = &b->at[i];
    }
    return check_parts(n, e);
}

bool bx_night_open_store(struct bx_night_state *n, struct bx_err *e)
{
    const struct bx_settings *s = n->s;
    if (n->store || (n->o->dry_run && !bx_path_exists(s->database)))
        return true;
    if (n->o->dry_run)
        return bx_store_open(s->database, BX_STORE_READ, &n->store, e);
    return bx_store_open(s->database, BX_STORE_WRITE, &n->store, e);
}

/* The others stand as they were, and say why. */
static bool put_boards(struct bx_night_state *n, int64_t now, struct bx_err *e)
{
    const struct bx_boards *b = &n->boards;
    struct bx_board_row *rows = BX_NEW(n->arena, struct bx_board_row, n->s->nboards);
    char clean[304];
    for (size_t i = 0, good = 0, bad = 0; i < b->n + b->nbad; i++) {
        if (bad < b->nbad && (b->bad[bad].position == i || n->o->board)) {
            rows[i].board.slug = b->bad[bad].slug;
            rows[i].private = n->s->boards[b->bad[bad].position].private;
            rows[i].problem = bx_strdup(n->arena, bx_reason_clean(clean, b->bad[bad++].why.text));
            continue;
        }
        const struct bx_ready_board *r = &b->at[good++];
        bool private = false;
        for (size_t k = 0; k < n->s->nboards; k++)
        private |= n->s->boards[k].private && !strcmp(n->s->boards[k].board.slug, r->board.slug);
        rows[i] = (struct bx_board_row){.board = r->board,
                                        .testset = r->digest,
                                        .protocol = r->protocol,
                                        .subset = r->subset,
                                        .split = r->set->split,
                                        .tags = r->tags,
                                        .private = private};
        if (!bx_store_testset_put(n->store, r->set, r->board.geometry, r->digest, now, e))
            return false;
    }
    if (!n->o->board)
        return bx_store_boards_put(n->store, rows, n->s->nboards, e);
    size_t position = 0;
    while (strcmp(n->s->boards[position].board.slug, n->o->board) != 0)
        position++;
    return bx_store_board_put(n->store, rows, position, e);
}

bool bx_night_put_members(struct bx_night_state *n, struct bx_err *e)
{
    const struct bx_registry *r = &n->registry;
    const char **slugs = BX_NEW(n->arena, const char *, r->n);
    for (size_t i = 0; i < n->s->nboards; i++) {
        const struct bx_board *b = &n->s->boards[i].board;
        size_t count = 0;
        for (size_t k = 0; k < r->n; k++)
            if (bx_board_takes(b, &r->models[k]))
                slugs[count++] = r->models[k].slug;
        if (count && !bx_store_members_put(n->store, b->slug, slugs, count, e))
            return false;
    }
    return true;
}

bool bx_night_meet_store(struct bx_night_state *n, struct bx_err *e)
{
    if (!n->store)
        return true;
    if (!bx_store_models(n->store, &n->rows, &n->nrows, n->arena, e))
        return false;
    if (n->o->dry_run)
        return true;
    int64_t now = bx_time_now();
    if (!put_boards(n, now, e))
        return false;
    const struct bx_registry *r = &n->registry;
    const char **present = BX_NEW(n->arena, const char *, r->n + r->nbad);
    size_t count = 0;
    for (size_t i = 0; i < r->n; i++)
        present[count++] = r->models[i].slug;
    for (size_t i = 0; i < r->nbad; i++)
        if (r->bad[i].slug)
            present[count++] = r->bad[i].slug;
    return bx_store_models_present(n->store, present, count, now, e);
}
