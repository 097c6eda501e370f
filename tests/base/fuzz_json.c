/*
 * fuzz_json.c: libFuzzer's entry to the pull reader and the config reader. test_json_neighbours.c replays seeds and their neighbours
 * through it. To fuzz: tests/README.md.
 */
#include "core/base/conf.h"
#include "core/base/json_reader.h"
#include "core/base/text.h"
#include "tests/fuzz.h"

/* By the typed calls; every string must be valid UTF-8. */
static void walk(struct bx_json *r)
{
    struct bx_slice s;
    double d;
    int64_t i;
    bool b;
    switch (bx_json_peek(r)) {
    case BX_JSON_OBJECT:
        if (bx_json_object(r))
            while (bx_json_key(r, &s)) {
                require_that(bx_utf8_valid(s.p, s.n));
                walk(r);
            }
        break;
    case BX_JSON_ARRAY:
        if (bx_json_array(r))
            while (bx_json_element(r))
                walk(r);
        break;
    case BX_JSON_STRING:
        if (bx_json_string(r, &s))
            require_that(bx_utf8_valid(s.p, s.n));
        break;
    case BX_JSON_NUMBER: { /* an integer where it is one, and the same one as the double */
        struct bx_err e = {0};
        struct bx_json again = *r;
        again.err = &e;
        bool whole = bx_json_int(&again, &i);
        if (bx_json_double(r, &d) && whole)
            require_that(d == (double)i);
        break;
    }
    case BX_JSON_TRUE:
    case BX_JSON_FALSE:
        bx_json_bool(r, &b);
        break;
    case BX_JSON_NULL:
        bx_json_null(r);
        break;
    case BX_JSON_END:
        bx_json_fail(r, NULL, "found no value");
        break;
    case BX_JSON_BAD:
        break;
    }
}

static bool accepts(const char *data, size_t n, unsigned flags, bool skip)
{
    struct bx_err e = {0};
    struct bx_json r;
    bx_json_init(&r, "fuzz", data, n, flags, &e);
    if (skip)
        bx_json_skip(&r);
    else
        walk(&r);
    bool ok = bx_json_end(&r);
    require_that(ok == (e.code == BX_OK) && bx_utf8_valid(e.text, strlen(e.text)));
    return ok;
}

static void read_config(const char *data, size_t n)
{
    struct bx_arena a = {0};
    struct bx_problems ps = {.arena = &a};
    struct bx_conf c, again;
    if (bx_conf_parse(&c, "fuzz", data, n, &ps)) {
        char *canonical = bx_json_canonical(c.root, &a); /* reads back, to the same bytes */
        size_t problems = ps.n;
        require_that(bx_conf_parse(&again, "canonical", canonical, strlen(canonical), &ps) || strlen(canonical) > (1 << 20));
        require_that(!again.root || !strcmp(bx_json_canonical(again.root, &a), canonical));
        require_that(!again.root || ps.n - problems == problems);
        bx_conf_free(&again);
    } else {
        require_that(ps.errors > 0);
    }
    bx_conf_free(&c);
    bx_problems_free(&ps);
    bx_arena_release(&a);
}

/* clang-format off */
const struct grown grown[] = {
    {"keys", TEXT("{\"x\":1"), TEXT(",\"k#\":1"), TEXT("}")},
    {"one key", TEXT("{\"x\":1"), TEXT(",\"x\":1"), TEXT("}")},
    {"levels", TEXT(""), TEXT("{\"a\":"), TEXT("")},
    {"comments", TEXT(""), TEXT("/**/"), TEXT("{}")},
    {"comments that do not end", TEXT(""), TEXT("/* "), TEXT("")},
    {"a text", TEXT("{\"a\":\""), TEXT("\\ud83d\\ude00\xC3\xA9"), TEXT("\"}")},
    {"digits", TEXT("{\"a\":0."), TEXT("1"), TEXT("}")},
    {"zeros", TEXT("{\"a\":1"), TEXT("0"), TEXT("}")},
    {"an exponent", TEXT("{\"a\":1e-"), TEXT("0"), TEXT("5}")},
    {"numbers", TEXT("{\"a\":[1"), TEXT(",0.#1e#"), TEXT("]}")},
    {0},
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *exact = malloc(n ? n : 1); /* not one byte to spare: a read past the end is seen */
    require_that(exact != NULL);
    if (n)
        memcpy(exact, data, n);
    for (unsigned flags = 0; flags < 4; flags++) {
        bool skipped = accepts(exact, n, flags, true), walked = accepts(exact, n, flags, false);
        require_that(skipped || !walked); /* skipping does not see that a number is too large */
        require_that(walked || !accepts(exact, n, flags | BX_JSON_KEYS_ONCE, false));
    }
    read_config(exact, n);
    free(exact);
    return 0;
}
