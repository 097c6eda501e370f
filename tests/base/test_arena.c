/* Memory that changes hands, and columns on large pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/arena.h"
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void fill(unsigned char *p, size_t n, unsigned char with)
{
    memset(p, with, n);
}
static void holds(const unsigned char *p, size_t n, unsigned char with)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != with)
            fail_msg("byte %zu of %zu is %u, expected %u", i, n, p[i], with);
}

/* Few bytes share a block, many take several. */
static const size_t sizes[] = {1, 100, 32 << 10, 5 << 20};

static void adopted_memory_outlives_its_arena(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++)
        for (size_t k = 0; k < COUNT(sizes); k++) {
            struct bx_arena to = {0}, from = {0};
            unsigned char *own = bx_alloc(&to, sizes[i], 1), *theirs = bx_alloc(&from, sizes[k], 1), *last = bx_alloc(&from, 3000, 50);
            fill(own, sizes[i], 1);
            fill(theirs, sizes[k], 2);
            fill(last, 150000, 3);
            bx_arena_adopt(&to, &from);
            assert_null(from.head);
            bx_arena_release(&from);
            unsigned char *later = bx_alloc(&to, sizes[i], 1), *again = bx_alloc(&from, sizes[k], 1);
            holds(later, sizes[i], 0);
            fill(later, sizes[i], 4);
            fill(again, sizes[k], 5);
            bx_arena_release(&from);
            holds(own, sizes[i], 1);
            holds(theirs, sizes[k], 2);
            holds(last, 150000, 3);
            holds(later, sizes[i], 4);
            bx_arena_release(&to);
        }
}

static void arenas_may_be_empty_when_they_are_adopted_or_adopt(void **state)
{
    (void)state;
    struct bx_arena to = {0}, from = {0};
    bx_arena_adopt(&to, &from);
    assert_null(to.head);
    assert_null(from.head);
    char *s = bx_strdup(&from, "text");
    bx_arena_adopt(&to, &from);
    assert_null(from.head);
    bx_arena_adopt(&to, &from);
    assert_string_equal(s, "text");
    assert_string_equal(bx_printf(&to, "%s", "more"), "more");
    assert_string_equal(s, "text");
    bx_arena_release(&to);
}

static void a_mark_pops_what_was_adopted_since(void **state)
{
    (void)state;
    for (int empty = 0; empty < 2; empty++) {
        struct bx_arena to = {0}, from = {0};
        char *kept = empty ? NULL : bx_strdup(&to, "kept");
        struct bx_arena_mark mark = bx_arena_mark(&to);
        const struct bx_arena_block *head = to.head;
        for (int round = 0; round < 3; round++) {
            fill(bx_alloc(&from, 40 << 10, 1), 40 << 10, 7);
            fill(bx_alloc(&from, 40 << 10, 1), 40 << 10, 7);
            bx_arena_adopt(&to, &from);
            assert_null(from.head);
            fill(bx_alloc(&to, 10, 1), 10, 7);
        }
        assert_true(to.head != head);
        bx_arena_pop(&to, mark);
        assert_true(to.head == head);
        holds(bx_alloc(&to, 1000, 1), 1000, 0);
        if (kept)
            assert_string_equal(kept, "kept");
        bx_arena_release(&to);
    }
}

static void a_mark_taken_after_adopting_keeps_what_was_adopted(void **state)
{
    (void)state;
    struct bx_arena to = {0}, from = {0};
    bx_strdup(&to, "own");
    char *s = bx_strdup(&from, "adopted");
    bx_arena_adopt(&to, &from);
    struct bx_arena_mark mark = bx_arena_mark(&to);
    fill(bx_alloc(&to, 1 << 20, 1), 1 << 20, 7);
    fill(bx_alloc(&to, 100, 1), 100, 7);
    bx_arena_pop(&to, mark);
    assert_string_equal(s, "adopted");
    holds(bx_alloc(&to, 100, 1), 100, 0);
    assert_string_equal(s, "adopted");
    bx_arena_release(&to);
}

static void large_columns_are_zero_and_lie_apart(void **state)
{
    (void)state;
    static const size_t bytes[] = {0, 8, (256 << 10) - 8, 256 << 10, 3 << 20, (48 << 20) - 8, 48 << 20, (48 << 20) + 8};
    for (size_t i = 0; i < COUNT(bytes); i++) {
        struct bx_arena a = {0};
        char *before = bx_strdup(&a, "before");
        uint64_t *p = BX_NEW_LARGE(&a, uint64_t, bytes[i] / 8), *q = BX_NEW_LARGE(&a, uint64_t, bytes[i] / 8);
        char *behind = bx_strdup(&a, "behind");
        assert_non_null(p);
        assert_true((uintptr_t)p % 16 == 0 && (uintptr_t)q % 16 == 0);
        for (size_t k = 0; k < bytes[i] / 8; k++)
            if (p[k] || q[k])
                fail_msg("%zu bytes: element %zu is not 0", bytes[i], k);
        fill((unsigned char *)p, bytes[i], 1);
        fill((unsigned char *)q, bytes[i], 2);
        holds((unsigned char *)p, bytes[i] < 4096 ? bytes[i] : 4096, 1);
        if (bytes[i])
            assert_true(p[bytes[i] / 8 - 1] == UINT64_C(0x0101010101010101) && q[0] == UINT64_C(0x0202020202020202));
        assert_string_equal(before, "before");
        assert_string_equal(behind, "behind");
        bx_arena_release(&a);
    }
}

static void columns_taken_again_after_a_pop_are_zero(void **state)
{
    (void)state;
    static const size_t bytes[] = {16, 1000, 1400000, 5000};
    struct bx_arena a = {0};
    unsigned char *room = bx_alloc_large(&a, 300 << 10, 1); /* where pages are large, all that follows lies in its block */
    const char *kept = bx_strdup(&a, "kept");
    struct bx_arena_mark mark = bx_arena_mark(&a);
    fill(room, 300 << 10, 1);
    for (size_t i = 0; i < 3 * COUNT(bytes); i++) {
        size_t n = bytes[i % COUNT(bytes)];
        unsigned char *p = i % 2 ? bx_alloc_large(&a, n / 2, 2) : bx_alloc(&a, n, 1);
        holds(p, n, 0);
        fill(p, n, 0xFF);
        bx_arena_pop(&a, mark);
        holds(room, 300 << 10, 1);
        assert_string_equal(kept, "kept");
    }
    bx_arena_release(&a);
}

static void large_columns_are_adopted_too(void **state)
{
    (void)state;
    struct bx_arena to = {0}, from = {0};
    unsigned char *p = bx_alloc_large(&from, 1 << 20, 1);
    fill(p, 1 << 20, 9);
    bx_arena_adopt(&to, &from);
    bx_arena_release(&from);
    unsigned char *q = bx_alloc_large(&to, 1 << 20, 1);
    holds(q, 1 << 20, 0);
    holds(p, 1 << 20, 9);
    bx_arena_release(&to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adopted_memory_outlives_its_arena),    cmocka_unit_test(arenas_may_be_empty_when_they_are_adopted_or_adopt),
        cmocka_unit_test(a_mark_pops_what_was_adopted_since),   cmocka_unit_test(a_mark_taken_after_adopting_keeps_what_was_adopted),
        cmocka_unit_test(large_columns_are_zero_and_lie_apart), cmocka_unit_test(columns_taken_again_after_a_pop_are_zero),
        cmocka_unit_test(large_columns_are_adopted_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
