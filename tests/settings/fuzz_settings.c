/*
 * fuzz_settings.c: libFuzzer's entry to boxscore.json, and to what `boxscore allow` keeps: what is taken is complete and its rules have a
 * name that reads back; every problem can be printed. To fuzz: tests/README.md.
 */
#include "core/settings/allow.h"
#include "core/settings/settings.h"
#include "tests/fuzz.h"

static void require_board(const struct bx_settings *s, const struct bx_board_settings *b, struct bx_arena *a)
{
    struct bx_err e = {0};
    struct bx_rules again;
    require_that(b->board.slug && b->board.title && b->set < s->nsets && bx_settings_board(s, b->board.slug, &e) == &b->board);
    require_that(bx_rules_check(&b->board.rules, &e));
    const char *name = bx_rules_protocol(&b->board.rules, a);
    require_that(bx_rules_parse(name, &again, a, &e) && !strcmp(bx_rules_protocol(&again, a), name));
}

static void require_settings(const struct bx_settings *s, struct bx_arena *a)
{
    const char *const paths[] = {s->models, s->database, s->site, s->allowed};
    require_that(s->nboards > 0 && s->nsets > 0 && s->nsets <= s->nboards);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        require_that(paths[i] && paths[i][0] == '/');
    for (size_t i = 0; i < s->nboards; i++)
        require_board(s, &s->boards[i], a);
    for (size_t i = 0; i < s->nsets; i++)
        require_that(s->sets[i].path && s->sets[i].path[0] == '/' && s->sets[i].task < BX_NTASKS);
    for (size_t i = 0; i < s->nallow; i++)
        require_that(s->allow[i].models && s->allow[i].reason);
    require_that(s->retention_newest >= 0 && s->max_age >= 0 && s->stale_after >= 0 && s->threads >= 0);
}

static void read_allowed(const char *path, struct bx_arena *a)
{
    struct bx_allowed l;
    struct bx_err e = {0};
    if (bx_allowed_load(path, &l, a, &e))
        for (size_t i = 0; i < l.n; i++)
            require_that(bx_slug_valid(l.at[i].slug));
    else
        require_said(&e, BX_CONFIG, NULL);
}

/* clang-format off */
const struct grown grown[] = {
    {"classes", TEXT("{\"format\":1,\"boards\":[{\"slug\":\"x\",\"test_set\":{\"path\":\"x\"},\"classes\":[\"x\""), TEXT(",\"c#\""), TEXT("]}]}")},
    {"ignored classes", TEXT("{\"format\":1,\"boards\":[{\"slug\":\"x\",\"test_set\":{\"path\":\"x\"},\"classes\":[\"x\"],\"ignore_classes\":[\"y\""), TEXT(",\"c#\""), TEXT("]}]}")},
    {"unknown keys", TEXT("{\"format\":1"), TEXT(",\"k#\":1"), TEXT("}")},
    {"allow", TEXT("{\"format\":1,\"boards\":[{\"slug\":\"x\",\"test_set\":{\"path\":\"x\"}}],\"allow\":[{\"models\":\"x\",\"reason\":\"y\"}"), TEXT(",{\"models\":\"m#\",\"reason\":\"y\"}"), TEXT("]}")},
    {"secrets", TEXT("{\"format\":1,\"boards\":[{\"slug\":\"x\",\"test_set\":{\"path\":\"x\"}}],\"secrets\":{\"X\":{\"models\":\"x\"}"), TEXT(",\"K#\":{\"models\":\"x\"}"), TEXT("}}")},
    {"what was allowed", TEXT("{\"format\":1,\"models\":{\"x\":1"), TEXT(",\"m#\":{\"version\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"config\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"files\":\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"time\":\"2026-11-23T04:12:05.123Z\"}"), TEXT("}}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_arena a = {0};
    struct bx_problems ps = {.arena = &a};
    struct bx_settings s;
    const char *path = memory_file(data, n);
    bool ok = bx_settings_load(path, &s, &a, &ps);
    require_that(ok == !ps.errors && ps.n <= n + 64);
    if (ok)
        require_settings(&s, &a);
    for (size_t i = 0; i < ps.n; i++) {
        char *line;
        bx_problem_print(&ps.at[i], &a, &line);
        require_that(!strncmp(line, path, strlen(path)) && !bx_has_control(line, strlen(line)));
    }
    read_allowed(path, &a);
    bx_problems_free(&ps);
    bx_arena_release(&a);
    return 0;
}
