/* A list read in blocks comes out as one reader would have read it, wherever it is cut and however many read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/json_blocks.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/random.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))
#define MOST     64 /* elements of a list here */
#define WORKERS  4

struct item {
    const char *at, *end; /* in the text */
    int64_t id;
};
/* What came of a list. Workers may not fail a test: what they find wrong is kept in `wrong`. */
struct got {
    struct room {
        struct item item[MOST];
        size_t n, bytes;
    } room[WORKERS];
    struct item all[MOST];
    size_t n, elements;
    enum bx_blocks_outcome outcome;
    bool deceived, failed, slow;
    int64_t behind;
    struct bx_err e;
    atomic_bool joining;
    const char *_Atomic wrong;
};

static void enter(void *context, size_t worker, size_t bytes)
{
    struct got *g = context;
    g->room[worker].n = 0;
    g->room[worker].bytes = bytes;
}

static bool take(void *context, size_t worker, struct bx_json *r)
{
    struct got *g = context;
    struct room *m = &g->room[worker];
    struct item it = {.id = -1};
    struct bx_slice key;
    if (g->slow && worker % 2 == 0)
        nanosleep(&(struct timespec){0, 200000}, NULL);
    enum bx_json_kind kind = bx_json_peek(r);
    it.at = r->p;
    if (kind != BX_JSON_OBJECT)
        bx_json_skip(r);
    else if (bx_json_object(r))
        while (bx_json_key(r, &key)) {
            const char *at = r->p;
            if (!bx_slice_is(key, "id"))
                bx_json_skip(r);
            else if (bx_json_int(r, &it.id) && it.id < 0)
                bx_json_fail(r, at, "found the id %lld, expected 0 or more", (long long)it.id);
        }
    it.end = r->p;
    if (!r->failed && m->n < MOST)
        m->item[m->n++] = it;
    return !r->failed;
}

static size_t join(void *context, size_t worker)
{
    struct got *g = context;
    const struct room *m = &g->room[worker];
    size_t first = g->n, bytes = 0;
    if (atomic_exchange(&g->joining, true))
        g->wrong = "two joins at once";
    for (size_t i = 0; i < m->n; i++)
        bytes += (size_t)(m->item[i].end - m->item[i].at);
    if (bytes > m->bytes)
        g->wrong = "a block is longer than was said";
    if (first + m->n > MOST) {
        g->wrong = "more elements than there are";
        return first;
    }
    g->n += m->n;
    atomic_store(&g->joining, false);
    return first;
}

static void copy(void *context, size_t worker, size_t first)
{
    struct got *g = context;
    memcpy(g->all + first, g->room[worker].item, g->room[worker].n * sizeof *g->all);
}

static void read_alone(struct bx_json *r, struct got *g)
{
    const struct bx_blocks_reader reader = {.context = g, .element = take, .join = join};
    g->room[0].n = g->n = 0;
    g->room[0].bytes = SIZE_MAX;
    g->outcome = bx_blocks_read_alone(r, &reader, &g->elements);
    g->n = g->room[0].n;
    memcpy(g->all, g->room[0].item, g->n * sizeof *g->all);
}

/* The list is the first member of an object, whose other members are read behind it. block 0: by one reader. */
static void read_text(const char *text, size_t n, size_t block, size_t workers, bool slow, struct got *g)
{
    const struct bx_blocks_reader reader = {.context = g, .enter = enter, .element = take, .join = join, .copy = copy};
    struct bx_json r;
    struct bx_slice key;
    *g = (struct got){.slow = slow};
    bx_json_init(&r, "f", text, n, 0, &g->e);
    assert_true(bx_json_object(&r) && bx_json_key(&r, &key) && bx_json_array(&r));
    if (block)
        g->outcome = bx_blocks_read(&r, block, workers, &reader, &g->elements);
    g->deceived = block && g->outcome == BX_BLOCKS_DECEIVED;
    if (!block || g->deceived)
        read_alone(&r, g);
    assert_int_equal(r.failed, g->outcome == BX_BLOCKS_REFUSED);
    while (bx_json_key(&r, &key))
        if (bx_slice_is(key, "behind"))
            bx_json_int(&r, &g->behind);
        else
            bx_json_skip(&r);
    g->failed = !bx_json_end(&r);
}

static const char *difference(const struct got *alone, const struct got *g)
{
    if (g->wrong)
        return g->wrong;
    if (g->outcome != alone->outcome)
        return "another outcome";
    if (g->elements != alone->elements)
        return "another number of elements";
    if (g->outcome == BX_BLOCKS_READ && g->n != alone->n)
        return "another number of joined elements";
    for (size_t i = 0; i < g->n; i++)
        if (i >= alone->n || g->all[i].at != alone->all[i].at || g->all[i].end != alone->all[i].end || g->all[i].id != alone->all[i].id)
            return "another element";
    if (g->failed != alone->failed || g->behind != alone->behind)
        return "another reading of what follows";
    return alone->failed && strcmp(g->e.text, alone->e.text) != 0 ? g->e.text : NULL;
}

/* In blocks of all sizes, `step` apart. Returns how many readings were deceived. */
static size_t read_all_ways(const char *text, size_t n, size_t step)
{
    static const size_t workers[] = {1, 2, 4};
    char *exact = malloc(n); /* so that one byte too far is seen */
    struct got alone, g;
    size_t deceived = 0;
    memcpy(exact, text, n);
    read_text(exact, n, 0, 1, false, &alone);
    for (size_t block = 1; block <= n; block += step)
        for (size_t w = 0; w < COUNT(workers); w++) {
            read_text(exact, n, block, workers[w], false, &g);
            const char *wrong = difference(&alone, &g);
            if (wrong)
                fail_msg("%.*s in blocks of %zu by %zu: %s (alone: %s)", (int)n, text, block, workers[w], wrong, alone.e.text);
            deceived += g.deceived;
        }
    free(exact);
    return deceived;
}

#define LIST(text) "{\"list\":[" text "],\"behind\":7}"

static void blocks_of_every_size_give_what_one_reader_gives(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t elements;
    } cases[] = {
        {LIST(""), 0},
        {LIST(" \n"), 0},
        {LIST("{}"), 1},
        {LIST("1"), 1},
        {LIST("{\"id\":1},{\"id\":2},{\"id\":3},{\"id\":4},{\"id\":5},{\"id\":6},{\"id\":7},{\"id\":8}"), 8},
        {LIST(" {\"id\":1} ,\n\t{\"id\":2}\r\n,{ \"id\" : 3 } , {\"id\":4}\n"), 4},
        {LIST("{\"id\":1},2,{\"id\":3},[],{\"id\":4},null,\"x\",{\"id\":5},{\"id\":6}"), 9},
        {LIST("{\"x\":{\"y\":{}},\"id\":1},{\"x\":{\"y\":{}}},{\"id\":3}"), 3},
        {LIST("{\"id\":1,\"numbers\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]},{\"id\":2},{},{},{\"id\":3}"), 5},
        {LIST("{\"\\u0069d\":1,\"\\\"}\":\"\\\\\"},{\"\\u0069d\":2},{\"i\\u0064\":3}"), 3},
        {LIST("{},{},{},{},{},{},{},{},{},{},{},{}"), 12},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct got g;
        size_t n = strlen(cases[i].text);
        assert_int_equal(read_all_ways(cases[i].text, n, 1), 0);
        read_text(cases[i].text, n, 9, 2, false, &g);
        assert_false(g.failed);
        assert_int_equal(g.n, cases[i].elements);
        assert_int_equal(g.elements, cases[i].elements);
        assert_int_equal(g.behind, 7);
    }
}

static void places_that_look_like_the_end_of_an_element_are_found_out(void **state)
{
    (void)state;
    static const char *const cases[] = {
        LIST("{\"id\":1,\"t\":\"},{\"},{\"id\":2},{\"id\":3}"),
        LIST("{\"id\":1},{\"id\":2},{\"id\":3,\"t\":\"} ,  {},{},{\"},{\"id\":4}"),
        LIST("{\"t\":\"\\\"},{\\\"\",\"id\":1},{\"id\":2}"),
        LIST("{\"},{\":1,\"id\":4},{\"id\":5}"),
        LIST("{\"id\":1,\"parts\":[{\"id\":7},{\"id\":8},{\"id\":9}]},{\"id\":2}"),
        LIST("{\"parts\":[{\"id\":7},{\"id\":8}],\"id\":1},{\"parts\":[{\"id\":9},{\"id\":10}],\"id\":2}"),
        LIST("[{\"id\":1},{\"id\":2}],[{\"id\":3},{\"id\":4}]"),
        LIST("[[{\"id\":1},{\"id\":2},{\"id\":3},{\"id\":4}]]"),
        LIST("\"},{\",\"} , {\""),
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct got g;
        size_t n = strlen(cases[i]);
        if (!read_all_ways(cases[i], n, 1))
            fail_msg("%s: no block ended where no element does", cases[i]);
        read_text(cases[i], n, 9, 2, false, &g);
        if (g.failed)
            fail_msg("%s: %s", cases[i], g.e.text);
    }
}

static void what_follows_the_list_is_not_of_it(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "{\"list\":[{\"id\":1},{\"id\":2}],\"more\":[{\"id\":3},{\"id\":4},{\"id\":5},{\"id\":6}],\"behind\":7}",
        "{\"list\":[],\"more\":[{\"id\":3},{\"id\":4},{\"id\":5}],\"behind\":7}",
        "{\"list\":[{\"id\":1}],\"more\":\"},{\\\"id\\\":2},{},{},{\",\"behind\":7}",
        "{\"list\":[{\"a\":1}] ,{",
        "{\"list\":[{\"a\":1}]},{},{}",
        "{\"list\":[{\"id\":1},{\"id\":2}]]},{\"id\":3},{\"id\":4}",
        "{\"list\":[1]},{\"id\":2}]}",
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(read_all_ways(cases[i], strlen(cases[i]), 1), 0);
}

static void an_error_is_told_as_one_reader_tells_it(void **state)
{
    (void)state;
    static const char *const faults[] = {
        "{\"id\":-5}",
        "{\"id\":tru}",
        "{\"id\" 5}",
        "{\"id\":5,}",
        "{\"id\":5",
        "{\"id\":5}}",
        "{\"id\":1.5}",
        "",
        "{\"id\":5]",
        "{\"id\":5} {\"id\":6}",
        "{\"t\":\"\x01\"}",
        "\"never closed",
        "]",
        "1 2",
        "{\"t\":\"},{\",\"id\":-1}",
        "{\"id\":\"},{\"}",
        "[{\"id\":1},{\"id\":]",
        "{\"a\":nul}",
        "}",
        "{\"t\":\"\\x\"}",
    };
    enum { ELEMENTS = 7 };
    for (size_t f = 0; f < COUNT(faults); f++)
        for (size_t wrong = 0; wrong < ELEMENTS; wrong++) {
            BX_CLEANUP_BUF struct bx_buf b = {0};
            struct got g;
            bx_buf_adds(&b, "{\"list\":[");
            for (size_t i = 0; i < ELEMENTS; i++)
                if (i == wrong)
                    bx_buf_addf(&b, "%s%s", i ? "\n," : "", faults[f]);
                else
                    bx_buf_addf(&b, "%s{\"id\":%zu}", i ? "," : "", i);
            bx_buf_adds(&b, "],\"behind\":7}");
            read_all_ways(b.p, b.n, 5);
            read_text(b.p, b.n, 10, 2, false, &g);
            assert_true(g.failed);
        }
    struct got g;
    static const char text[] = "{\"list\":[{\"id\":0},{\"id\":1},{\"id\":2},\n{\"id\":3},{\"id\":-4},{\"id\":5},{\"id\":-6}]}";
    read_text(text, sizeof text - 1, 12, 4, false, &g);
    assert_int_equal(g.outcome, BX_BLOCKS_REFUSED);
    assert_int_equal(g.elements, 4);
    assert_string_equal(g.e.text, "f:2:16: found the id -4, expected 0 or more");
}

static void a_text_cut_off_anywhere_is_refused_alike(void **state)
{
    (void)state;
    static const char text[] = LIST("{\"id\":1},{\"t\":\"},{\"},{\"id\":2},[{\"id\":3},{\"id\":4}],{\"id\":5}");
    for (size_t n = strlen("{\"list\":["); n < sizeof text - 1; n++)
        read_all_ways(text, n, 7);
}

static void add_value(struct bx_buf *b, int depth)
{
    static const char *const texts[] = {"\"\"",     "\"},{\"", "\"} , {\"", "\"]\"",        "\"\\\"\"",
                                        "\"\\\\\"", "\"[{\"",  "\"}]\"",    "\"\\u007d,{\""};
    static const char *const spaces[] = {"", "", " ", "\n", "\t \r"};
    uint32_t kind = any(depth ? 6 : 2), n = any(4);
    if (kind < 2)
        bx_buf_addf(b, "%s", any(2) ? texts[any(COUNT(texts))] : any(2) ? "true" : "-1.5e3");
    else if (kind < 4) {
        bx_buf_adds(b, "[");
        for (uint32_t i = 0; i < n; i++) {
            bx_buf_adds(b, i ? "," : "");
            add_value(b, depth - 1);
        }
        bx_buf_adds(b, "]");
    } else {
        bx_buf_addf(b, "{\"id\":%u", any(1000));
        for (uint32_t i = 0; i < n; i++) {
            bx_buf_addf(b, ",%s%s:", spaces[any(COUNT(spaces))], texts[any(COUNT(texts))]);
            add_value(b, depth - 1);
        }
        bx_buf_addf(b, "}%s", spaces[any(COUNT(spaces))]);
    }
}

static void lists_of_anything_are_read_alike(void **state)
{
    (void)state;
    size_t deceived = 0;
    for (int round = 0; round < 150; round++) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        uint32_t n = any(30);
        bx_buf_adds(&b, "{\"list\":[");
        for (uint32_t i = 0; i < n; i++) {
            bx_buf_adds(&b, i ? "," : "");
            if (any(4))
                bx_buf_addf(&b, "{\"id\":%u}", i);
            else
                add_value(&b, 3);
        }
        bx_buf_adds(&b, "],\"behind\":7}");
        deceived += read_all_ways(b.p, b.n, 1 + b.n / 12);
    }
    assert_true(deceived > 0);
}

/* Every other worker is slow, so that later blocks are often ready first. */
static void blocks_are_joined_in_order_whoever_is_ready_first(void **state)
{
    (void)state;
    BX_CLEANUP_BUF struct bx_buf b = {0};
    bx_buf_adds(&b, "{\"list\":[");
    for (int i = 0; i < MOST; i++)
        bx_buf_addf(&b, "%s{\"id\":%d}", i ? "," : "", i);
    bx_buf_adds(&b, "],\"behind\":7}");
    for (size_t workers = 2; workers <= WORKERS; workers++)
        for (size_t block = 5; block < b.n; block = block * 3 / 2) {
            struct got g;
            read_text(b.p, b.n, block, workers, true, &g);
            assert_null(g.wrong);
            assert_int_equal(g.outcome, BX_BLOCKS_READ);
            assert_int_equal(g.n, MOST);
            for (int i = 0; i < MOST; i++)
                assert_int_equal(g.all[i].id, i);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_of_every_size_give_what_one_reader_gives),
        cmocka_unit_test(places_that_look_like_the_end_of_an_element_are_found_out),
        cmocka_unit_test(what_follows_the_list_is_not_of_it),
        cmocka_unit_test(an_error_is_told_as_one_reader_tells_it),
        cmocka_unit_test(a_text_cut_off_anywhere_is_refused_alike),
        cmocka_unit_test(lists_of_anything_are_read_alike),
        cmocka_unit_test(blocks_are_joined_in_order_whoever_is_ready_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
