/* Labels never leave the frame, never touch one another or a mark; the Pareto front is the brute-force one. */
#include "render/chart/chart.h"
#include "render/chart/label.h"
#include "render/chart/pen.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 88172645463325252u;
static double uniform(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static void lengths_inside_a_box(void **state)
{
    (void)state;
    static const struct {
        struct bx_segment s;
        double expected;
    } cases[] = {
        {{-5, 5, 15, 5}, 10}, {{2, 2, 5, 6}, 5}, {{-5, -5, 15, 15}, 14.142135623730951},
        {{11, 0, 11, 10}, 0}, {{5, 5, 5, 5}, 0}, {{-1, 20, 20, -1}, 1.4142135623730951},
        {{5, -3, 5, 4}, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(fabs(bx_rect_length_inside((struct bx_rect){0, 0, 10, 10}, cases[i].s) - cases[i].expected) < 1e-9);
    assert_true(bx_rect_common((struct bx_rect){0, 0, 10, 10}, (struct bx_rect){5, 8, 20, 20}) == 10);
    assert_false(bx_rect_meets((struct bx_rect){0, 0, 10, 10}, (struct bx_rect){10, 0, 20, 10})); /* touching is not overlapping */
}

/* By many points of the segment, one by one. */
static double away_by_points(struct bx_rect r, struct bx_segment s)
{
    double best = INFINITY, nx, ny;
    for (int i = 0; i <= 4000; i++) {
        double x = s.x0 + (s.x1 - s.x0) * i / 4000, y = s.y0 + (s.y1 - s.y0) * i / 4000;
        bx_rect_nearest(r, x, y, &nx, &ny);
        best = fmin(best, hypot(nx - x, ny - y));
    }
    return best;
}

static void how_far_a_line_is_from_a_box(void **state)
{
    (void)state;
    size_t met = 0;
    for (int round = 0; round < 2000; round++) {
        struct bx_rect r = {40 * uniform(), 40 * uniform(), 0, 0};
        r.x1 = r.x0 + 30 * uniform();
        r.y1 = r.y0 + 15 * uniform();
        struct bx_segment s = {80 * uniform(), 60 * uniform(), 80 * uniform(), 60 * uniform()};
        if (round % 10 == 0)
            s.x1 = s.x0, s.y1 = s.y0;
        double expected = away_by_points(r, s), found = bx_rect_away(r, s, INFINITY);
        assert_true(fabs(found - expected) < .03);
        assert_true(bx_rect_away(r, s, 5) == fmin(found, 5));
        met += found == 0;
    }
    assert_true(met > 200 && met < 1800);
}

/* Every point that went is as near as was said to the line that stayed; ends and gaps stay. */
static void a_thinner_line_is_the_same_line(void **state)
{
    (void)state;
    enum { MOST = 400 };
    size_t all = 0, left = 0;
    for (size_t round = 0; round < 300; round++) {
        double x[MOST], y[MOST], tx[MOST], ty[MOST], near = .05 + uniform();
        size_t n = round < 6 ? round : (size_t)(uniform() * MOST), gaps = 0, kept_gaps = 0;
        for (size_t i = 0; i < n; i++) {
            x[i] = tx[i] = (double)i * (round % 3 ? .7 : 0);
            y[i] = ty[i] = round % 7 == 0 ? 5 : uniform() < .02 ? (double)NAN : 30 * sin((double)i / 20) + uniform() * (double)(round % 5);
            gaps += isnan(y[i]) != 0;
        }
        size_t m = bx_thin(tx, ty, n, near);
        for (size_t k = 0; k < m; k++)
            kept_gaps += isnan(ty[k]) != 0;
        assert_true(m <= n && kept_gaps == gaps && (!n || m));
        if (round == 7) /* a straight one is its ends */
            assert_true(m == (n > 1 ? 2 : n));
        all += n, left += m;
        for (size_t i = 0, k = 0; i < n; i++) { /* k: the last of those left at or before i */
            while (k + 1 < m && tx[k + 1] <= x[i] && round % 3)
                k++;
            if (isnan(y[i]) || !(round % 3))
                continue;
            struct bx_rect at = {x[i], y[i], x[i], y[i]};
            double away = INFINITY;
            if (!isnan(ty[k]))
                away = bx_rect_away(at, (struct bx_segment){tx[k], ty[k], tx[k], ty[k]}, INFINITY);
            if (!isnan(ty[k]) && k + 1 < m && !isnan(ty[k + 1]))
                away = fmin(away, bx_rect_away(at, (struct bx_segment){tx[k], ty[k], tx[k + 1], ty[k + 1]}, INFINITY));
            assert_true(away <= near + 1e-9);
        }
    }
    assert_true(left * 2 < all);
}

/* To the last digit: what a page shows must not depend on how the lines are looked through. */
static void a_place_costs_what_all_lines_cost_one_by_one(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct bx_taken p = {.frame = {0, 0, 640, 360}};
        struct bx_segment s[256];
        size_t n = (size_t)round < 70 ? (size_t)round : 1 + (size_t)(uniform() * 255), crossed = 0;
        double x = 0, y = 180;
        for (size_t i = 0; i < n; i++) {
            s[i] = (struct bx_segment){x, y, uniform() * 20 + (i % 50 ? x : 0), y + 40 * (uniform() - .5)};
            x = s[i].x1, y = s[i].y1;
            bx_taken_line(&p, s[i].x0, s[i].y0, s[i].x1, s[i].y1);
        }
        for (int k = 0; k < 400; k++) {
            struct bx_rect r = {uniform() * 500, uniform() * 300, 0, 0};
            r.x1 = r.x0 + 1 + uniform() * 100;
            r.y1 = r.y0 + 15;
            if (k % 3 == 0 && n) /* its edge on a line's end */
                r = (struct bx_rect){fmax(s[(size_t)k % n].x1, 0), 100, fmax(s[(size_t)k % n].x1, 0) + 20, 200};
            double expected = 0;
            for (size_t i = 0; i < n; i++)
                expected += bx_rect_length_inside(r, s[i]);
            if (r.x1 <= 640)
                assert_true(bx_taken_cost(&p, r, false) == 10 * expected);
            crossed += expected > 0;
        }
        assert_true(n < 40 || crossed > 0);
        bx_taken_free(&p);
    }
}

static void labels_of_random_points_never_collide(void **state)
{
    (void)state;
    size_t placed = 0, tried = 0;
    for (int round = 0; round < 200; round++) {
        struct bx_taken p = {.frame = {0, 0, round % 2 ? 640 : 290, 360}};
        size_t n = 1 + (size_t)(uniform() * 60);
        double x[64], y[64];
        for (size_t i = 0; i < n; i++) {
            x[i] = 5 + uniform() * (p.frame.x1 - 10);
            y[i] = 5 + uniform() * 350;
            bx_taken_mark(&p, (struct bx_rect){x[i] - 5, y[i] - 5, x[i] + 5, y[i] + 5});
            bx_taken_line(&p, x[i], y[i] - 15, x[i], y[i] + 15);
        }
        for (size_t i = 0; i < n; i++) {
            struct bx_rect r;
            bool leader;
            double w = 10 + uniform() * (i % 9 ? 120 : 500);
            tried++;
            if (!bx_taken_around(&p, x[i], y[i], w, 15, i % 2 ? BX_RINGS : 4, &r, &leader))
                continue;
            placed++;
            assert_true(r.x0 >= p.frame.x0 && r.y0 >= p.frame.y0 && r.x1 <= p.frame.x1 && r.y1 <= p.frame.y1);
            assert_true(fabs(r.x1 - r.x0 - w) < 1e-9 && fabs(r.y1 - r.y0 - 15) < 1e-9);
            for (size_t k = 0; k < p.nlabels; k++)
                assert_false(bx_rect_meets(r, p.labels[k]));
            for (size_t k = 0; k < p.nmarks; k++)
                assert_false(bx_rect_meets(r, p.marks[k]));
            double nx, ny;
            bx_rect_nearest(r, x[i], y[i], &nx, &ny);
            assert_true(leader == (hypot(nx - x[i], ny - y[i]) > 14)); /* far from its mark: with a line to it */
            bx_taken_label(&p, r);
        }
        bx_taken_free(&p);
    }
    assert_true(placed * 10 > tried * 6);
}

static void a_lone_label_stands_to_the_right_of_its_mark(void **state)
{
    (void)state;
    struct bx_taken p = {.frame = {0, 0, 300, 100}};
    struct bx_rect r;
    bool leader;
    assert_true(bx_taken_around(&p, 50, 50, 60, 15, 4, &r, &leader));
    assert_true(r.x0 == 57 && r.y0 == 42.5 && !leader);
    assert_true(bx_taken_around(&p, 290, 50, 60, 15, 4, &r, &leader)); /* no room there */
    assert_true(r.x1 < 290);
    assert_false(bx_taken_around(&p, 150, 50, 301, 15, BX_RINGS, &r, &leader)); /* wider than the frame */
    bx_taken_free(&p);
}

static bool beats(const struct bx_plot_point *a, const struct bx_plot_point *b)
{
    return a->x <= b->x && a->y >= b->y && (a->x < b->x || a->y > b->y);
}

static void the_front_is_the_brute_force_front(void **state)
{
    (void)state;
    for (int round = 0; round < 500; round++) {
        struct bx_plot_point q[40];
        size_t n = (size_t)(uniform() * 40);
        bool on[40], usable[40];
        for (size_t i = 0; i < n; i++) { /* a coarse grid, so that equals are common */
            q[i] = (struct bx_plot_point){"m", floor(uniform() * 8), floor(uniform() * 8) / 8, NAN, NAN, NULL};
            if (uniform() < .05)
                q[i].x = NAN;
            if (uniform() < .05)
                q[i].y = NAN;
            usable[i] = q[i].x > 0 && !isnan(q[i].y);
        }
        bx_chart_front(q, n, on);
        for (size_t i = 0; i < n; i++) {
            bool expected = usable[i];
            for (size_t k = 0; k < n && expected; k++)
                expected = !(usable[k] && beats(&q[k], &q[i]));
            assert_int_equal(on[i], expected);
        }
    }
    bx_chart_front(NULL, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_inside_a_box),
        cmocka_unit_test(how_far_a_line_is_from_a_box),
        cmocka_unit_test(a_thinner_line_is_the_same_line),
        cmocka_unit_test(a_place_costs_what_all_lines_cost_one_by_one),
        cmocka_unit_test(labels_of_random_points_never_collide),
        cmocka_unit_test(a_lone_label_stands_to_the_right_of_its_mark),
        cmocka_unit_test(the_front_is_the_brute_force_front),
    };
    return cmocka_run_group_tests_name("chart_label", tests, NULL, NULL);
}
