/* The sort of scores is the naive one: descending, stable, NaN last, -0 equal to 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/metric/order.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static uint64_t seed = 0x9E3779B97F4A7C15u;
static uint64_t any64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * UINT64_C(0x2545F4914F6CDD1D);
}
static uint32_t any(uint32_t below)
{
    return (uint32_t)(any64() >> 33) % below;
}

static double from_bits(uint64_t bits)
{
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}
/* So many steps of the last place above v. */
static double above(double v, uint64_t steps)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return from_bits(bits + steps);
}

static double unit(void)
{
    return (double)(any64() >> 11) / 9007199254740992.0;
}
static double few(void)
{
    return (double)any(4) / 4;
}
static double equal(void)
{
    return 0.25;
}
static double low_bits(void)
{
    return above(0.5, any(50));
}
static double low_bits_of_some(void)
{
    return above(0.125 * (1 + any(5)), any(3) * UINT64_C(0x40000000) + any(3));
}
static double low_half_all(void)
{
    return above(0.75, any64() >> 32);
}
static double negative_low_bits(void)
{
    return -above(3, any(1000));
}
static double denormal(void)
{
    double v = from_bits(any64() >> (12 + any(50)));
    return any(2) ? v : -v;
}
static double zeros(void)
{
    return any(3) == 0 ? -0.0 : any(2) ? 0.0 : any(2) ? DBL_TRUE_MIN : -DBL_TRUE_MIN;
}
static double infinities(void)
{
    return any(3) == 0 ? INFINITY : any(2) ? -INFINITY : any(2) ? DBL_MAX : -DBL_MAX;
}
static double with_nan(void)
{
    return any(3) ? few() - 0.5 : any(2) ? NAN : -NAN;
}
static double nothing_but_nan(void)
{
    return from_bits(UINT64_C(0x7FF8000000000000) | any64() >> 13 | (uint64_t)any(2) << 63);
}
static double any_bits(void)
{
    return from_bits(any64());
}
static double either_sign(void)
{
    return unit() * 2 - 1;
}
static double one_float_apart(void)
{
    return above(0.5, any(8) * UINT64_C(0x10000000));
}
static double everything(void)
{
    static double (*const kinds[])(void) = {unit, few, low_bits, denormal, zeros, infinities, with_nan, either_sign};
    return kinds[any(COUNT(kinds))]();
}

static const struct {
    const char *name;
    double (*score)(void);
} kinds[] = {
    {"scores between 0 and 1", unit},
    {"four scores", few},
    {"one score", equal},
    {"last bits differ", low_bits},
    {"some have last bits that differ", low_bits_of_some},
    {"one upper half, any lower half", low_half_all},
    {"negative, last bits differ", negative_low_bits},
    {"denormal", denormal},
    {"zeros and what is next to them", zeros},
    {"infinities", infinities},
    {"NaN among others", with_nan},
    {"nothing but NaN", nothing_but_nan},
    {"any bits", any_bits},
    {"both signs", either_sign},
    {"equal and unequal as floats", one_float_apart},
    {"everything", everything},
};

struct entry {
    double score;
    uint32_t item;
    size_t place;
};
static int naively(const void *pa, const void *pb)
{
    const struct entry *a = pa, *b = pb;
    bool x = isnan(a->score), y = isnan(b->score);
    if (x != y)
        return x ? 1 : -1;
    if (!x && a->score != b->score)
        return a->score > b->score ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static void sort_naively(uint32_t *item, size_t n, const double *score, bool f32)
{
    struct entry *e = malloc((n + 1) * sizeof *e);
    for (size_t i = 0; i < n; i++)
        e[i] = (struct entry){f32 ? (double)(float)score[item[i]] : score[item[i]], item[i], i};
    if (n)
        qsort(e, n, sizeof *e, naively);
    for (size_t i = 0; i < n; i++)
        item[i] = e[i].item;
    free(e);
}

enum start { RISING, FALLING, SHUFFLED, SOME };
/* n indices of scores, of `total`. */
static void put_items(uint32_t *item, size_t n, size_t total, enum start start)
{
    uint32_t *all = malloc((total + 1) * sizeof *all);
    for (size_t i = 0; i < total; i++)
        all[i] = (uint32_t)(start == FALLING ? total - 1 - i : i);
    for (size_t i = total; start >= SHUFFLED && i > 1; i--) {
        uint32_t k = any((uint32_t)i), t = all[i - 1];
        all[i - 1] = all[k];
        all[k] = t;
    }
    if (n)
        memcpy(item, all, n * sizeof *item);
    free(all);
}

/* Every array is as long as it must be and no longer. */
static void check(size_t kind, size_t n, enum start start, struct bx_sort_room *room)
{
    size_t total = start == SOME ? 2 * n : n;
    double *score = malloc(total * sizeof *score + 1);
    uint32_t *item = malloc(n * sizeof *item + 1), *want = malloc(n * sizeof *want + 1);
    for (size_t i = 0; i < total; i++)
        score[i] = kinds[kind].score();
    for (int f32 = 0; f32 < 2; f32++) {
        put_items(item, n, total, start);
        memcpy(want, item, n * sizeof *item);
        sort_naively(want, n, score, f32);
        if (f32)
            bx_sort_by_score32(item, n, score, room);
        else
            bx_sort_by_score(item, n, score, room);
        for (size_t i = 0; i < n; i++)
            if (item[i] != want[i])
                fail_msg("%s, %zu%s: item %u at place %zu, expected %u", kinds[kind].name, n, f32 ? " floats" : "", item[i], i, want[i]);
    }
    free(score);
    free(item);
    free(want);
}

static void scores_sort_as_naively(void **state)
{
    (void)state;
    struct bx_sort_room room = {0};
    for (size_t kind = 0; kind < COUNT(kinds); kind++) {
        for (size_t n = 0; n <= 70; n++)
            for (enum start start = RISING; start <= SOME; start++)
                check(kind, n, start, &room);
        for (enum start start = RISING; start <= SOME; start++)
            check(kind, 1000, start, &room);
        check(kind, 20000, SHUFFLED, &room);
        check(kind, 20000, SOME, &room);
    }
    bx_sort_room_free(&room);
}

/* As the scores of COCO's detections are sorted: in entries that are used for other things afterwards. */
static void a_lent_room_is_used_and_stays_the_lenders(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 31, 32, 33, 64, 65, 100, 1000, 20000};
    for (size_t kind = 0; kind < COUNT(kinds); kind++)
        for (size_t i = 0; i < COUNT(sizes); i++) {
            size_t n = sizes[i];
            uint64_t *entry = malloc(n * sizeof *entry + 1), *entry2 = malloc(n * sizeof *entry2 + 1);
            struct bx_sort_room room = {.entry = entry, .entry2 = entry2, .cap = n};
            check(kind, n, SHUFFLED, &room);
            assert_true(room.entry == entry && room.entry2 == entry2);
            assert_null(room.a.head);
            bx_sort_room_free(&room);
            free(entry);
            free(entry2);
        }
}

static void a_lent_room_too_small_is_left_alone(void **state)
{
    (void)state;
    uint64_t entry[40], entry2[40];
    struct bx_sort_room room = {.entry = entry, .entry2 = entry2, .cap = COUNT(entry)};
    check(0, 40, SHUFFLED, &room);
    check(0, 41, SHUFFLED, &room);
    assert_true(room.entry != entry && room.entry2 != entry2);
    check(0, 1000, SHUFFLED, &room);
    bx_sort_room_free(&room);
}

/* Sorted in halves that are merged: the same order as in one go, which the tests above hold against a naive sort. */
static void two_threads_sort_as_one(void **state)
{
    (void)state;
    static const size_t sizes[] = {65535, 65536, 70001, 200000};
    for (size_t kind = 0; kind < COUNT(kinds); kind++)
        for (size_t i = 0; i < COUNT(sizes); i++) {
            size_t n = sizes[i];
            struct bx_sort_room room = {0};
            double *score = malloc(n * sizeof *score);
            uint32_t *item = malloc(n * sizeof *item), *want = malloc(n * sizeof *want);
            for (size_t k = 0; k < n; k++)
                score[k] = kinds[kind].score();
            put_items(item, n, n, SHUFFLED);
            memcpy(want, item, n * sizeof *item);
            bx_sort_by_score(want, n, score, &room);
            bx_sort_by_score_parallel(item, n, score, &room, 2);
            assert_memory_equal(item, want, n * sizeof *item);
            bx_sort_room_free(&room);
            free(score);
            free(item);
            free(want);
        }
}

static void a_room_serves_sorts_of_changing_size(void **state)
{
    (void)state;
    struct bx_sort_room room = {0};
    for (int round = 0; round < 200; round++)
        check(any(COUNT(kinds)), any(any(2) ? 100 : 3000), SHUFFLED, &room);
    bx_sort_room_free(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_sort_as_naively),
        cmocka_unit_test(a_lent_room_is_used_and_stays_the_lenders),
        cmocka_unit_test(a_lent_room_too_small_is_left_alone),
        cmocka_unit_test(a_room_serves_sorts_of_changing_size),
        cmocka_unit_test(two_threads_sort_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
