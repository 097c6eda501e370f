/*
 * fuzz_config.c: libFuzzer's entry to models' configs: what is taken means the same when it comes back from a store, and every problem has
 * its place and can be printed. To fuzz: tests/README.md.
 */
#include "core/registry/internal.h"
#include "tests/fuzz.h"
#include <math.h>

static bool same(const char *x, const char *y)
{
    return x == y || (x && y && !strcmp(x, y));
}

/* A store keeps the canonical bytes. */
static void require_stored(const struct bx_model *m, struct bx_arena *a)
{
    struct bx_model s;
    struct bx_err e = {0};
    require_that(bx_registry_stored(m->config_json, "fuzz", &s, a, &e));
    require_that(same(s.config_json, m->config_json) && same(s.name, m->name) && same(s.license, m->license) && s.task == m->task);
    require_that(!memcmp(s.eval_digest, m->eval_digest, 32) && !memcmp(s.score_digest, m->score_digest, 32));
    require_that(s.nclass_map == m->nclass_map && s.nreported == m->nreported && s.ntags == m->ntags && s.nboards == m->nboards);
    require_that(s.backend.kind == m->backend.kind && s.backend.nargs == m->backend.nargs && same(s.backend.program, m->backend.program));
}

static void require_sound(const struct bx_model *m)
{
    require_that(m->name && m->task < BX_NTASKS && m->config_json);
    require_that(isnan(m->operating_confidence) || (m->operating_confidence >= 0 && m->operating_confidence <= 1));
    require_that(m->backend.kind < BX_NBACKENDS && bx_backend_what(&m->backend));
    for (size_t i = 0; i < m->nreported; i++)
        require_that(isfinite(m->reported[i].value) && m->reported[i].test_set && m->reported[i].metric);
}

static void require_told(const struct bx_problems *ps, size_t n, struct bx_arena *a)
{
    require_that(ps->n <= n + 64); /* a problem takes bytes to make */
    for (size_t i = 0; i < ps->n; i++) {
        char *line;
        bx_problem_print(&ps->at[i], a, &line);
        require_that(!strncmp(line, "fuzz", 4) && !bx_has_control(line, strlen(line)));
    }
}

/* clang-format off */
const struct grown grown[] = {
    {"tags", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"},\"tags\":[\"x\""), TEXT(",\"t#\""), TEXT("]}")},
    {"boards", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"},\"boards\":[\"x\""), TEXT(",\"b#\""), TEXT("]}")},
    {"former names", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"},\"formerly\":[\"x\""), TEXT(",\"f#\""), TEXT("]}")},
    {"a class map", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"},\"class_map\":{\"x\":\"x\""), TEXT(",\"k#\":\"v\""), TEXT("}}")},
    {"reported", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"},\"reported\":[{\"test_set\":\"x\",\"metric\":\"map\",\"value\":0.5}"), TEXT(",{\"test_set\":\"s#\",\"metric\":\"map\",\"value\":0.5}"), TEXT("]}")},
    {"unknown keys", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"}"), TEXT(",\"k#\":1"), TEXT("}")},
    {"a key again", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"}"), TEXT(",\"name\":1"), TEXT("}")},
    {"what is wrong", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"},\"tags\":[1"), TEXT(",1"), TEXT("]}")},
    {"metrics that are none", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"},\"reported\":[{}"), TEXT(",{\"test_set\":\"s\",\"metric\":\"mapp\",\"value\":5}"), TEXT("]}")},
    {"comments", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"}"), TEXT("/* # */ // x\n"), TEXT("}")},
    {"lines and an error", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\"}"), TEXT("\n"), TEXT("x}")},
    {"levels", TEXT("{\"x\":"), TEXT("["), TEXT("}")},
    {"arguments", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\",\"args\":[\"x\""), TEXT(",\"a#\""), TEXT("]}}")},
    {"files", TEXT("{\"format\":1,\"name\":\"x\",\"task\":\"detect\",\"license\":\"MIT\",\"backend\":{\"type\":\"command\",\"program\":\"p\",\"files\":[\"README.md\""), TEXT(",\"f#\""), TEXT("]}}")},
    {"a license", TEXT("{\"format\":1,\"name\":\"x\",\"license\":\"MIT"), TEXT(" OR MIT"), TEXT("\"}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct bx_arena a = {0};
    struct bx_problems ps = {.arena = &a};
    struct bx_conf c;
    if (bx_conf_parse(&c, "fuzz", (const char *)data, n, &ps)) {
        bx_registry_check(&c, TESTS_DIR); /* where README.md is the file to name */
        if (!ps.errors) {
            struct bx_model m = {.slug = "fuzz", .path = "fuzz", .dir = TESTS_DIR};
            bx_registry_extract(c.root, &m, &a);
            require_sound(&m);
            require_stored(&m, &a);
        }
    } else
        require_that(ps.errors > 0);
    require_told(&ps, n, &a);
    bx_conf_free(&c);
    bx_problems_free(&ps);
    bx_arena_release(&a);
    return 0;
}
