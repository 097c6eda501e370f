/* The palette is readable: WCAG 2 contrast, as the design states it; and the style sheet has the same colours. */
#include "core/base/buf.h"
#include "core/base/file.h"
#include "render/chart/theme.h"
#include <ctype.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
static double luminance(uint32_t c)
{
    static const double weight[] = {.2126, .7152, .0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double v = (double)(c >> (16 - 8 * i) & 255) / 255;
        sum += weight[i] * (v <= .04045 ? v / 12.92 : pow((v + .055) / 1.055, 2.4));
    }
    return sum;
}

static double contrast(uint32_t a, uint32_t b)
{
    double x = luminance(a), y = luminance(b);
    return (fmax(x, y) + .05) / (fmin(x, y) + .05);
}

static uint32_t token(const char *name, bool dark)
{
    for (size_t i = 0; i < bx_ntokens; i++)
        if (!strcmp(bx_tokens[i].name, name))
            return dark ? bx_tokens[i].colour.dark : bx_tokens[i].colour.light;
    fail_msg("no token '%s'", name);
    return 0;
}

static void tokens_have_the_contrast_the_design_states(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double light, dark; /* on paper */
        bool text;
    } cases[] = {{"ink", 18.2, 15.4, true}, {"ink2", 7.9, 9.0, true}, {"ink3", 5.3, 6.2, true}, {"rule2", 3.4, 4.0, false},
                 {"link", 8.0, 9.2, true},  {"warn", 6.3, 9.2, true}, {"bad", 6.6, 8.4, true},  {"iv", 3.0, 4.3, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int dark = 0; dark < 2; dark++) {
            double c = contrast(token(cases[i].name, dark), token("paper", dark));
            assert_true(fabs(c - (dark ? cases[i].dark : cases[i].light)) <= .051);
            if (cases[i].text)
                assert_true(contrast(token(cases[i].name, dark), token("panel", dark)) >= 4.5);
        }
}

static void series_and_their_words_can_be_told_from_the_paper(void **state)
{
    (void)state;
    const struct bx_palette *t = &bx_palette;
    for (int i = 0; i < BX_SERIES; i++) {
        assert_true(contrast(t->series[i].light, t->paper.light) >= 3.15);
        assert_true(contrast(t->series[i].dark, t->paper.dark) >= 4.05);
        assert_true(contrast(t->word[i].light, t->paper.light) >= 4.5);
        assert_true(contrast(t->word[i].dark, t->paper.dark) >= 4.5);
    }
}

static void text_on_heat_cells_is_readable(void **state)
{
    (void)state;
    for (int dark = 0; dark < 2; dark++)
        for (int h = 0; h < 8; h++) {
            char name[4];
            snprintf(name, sizeof name, "h%d", h);
            const char *text = h == 0 ? "ink3" : h < 5 ? "ink" : "paper";
            assert_true(contrast(token(text, dark), token(name, dark)) >= 4.75);
        }
}

static void mixing_is_linear_between_its_ends(void **state)
{
    (void)state;
    static const struct {
        struct bx_colour a, b, mixed;
        double t;
    } cases[] = {{{0x000000, 0xFF8800}, {0xFFFFFF, 0x000000}, {0x000000, 0xFF8800}, 0},
                 {{0x000000, 0xFF8800}, {0xFFFFFF, 0x000000}, {0xFFFFFF, 0x000000}, 1},
                 {{0x102030, 0x300000}, {0x304050, 0x10FF00}, {0x203040, 0x208000}, .5}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bx_colour c = bx_mix(cases[i].a, cases[i].b, cases[i].t);
        assert_int_equal(c.light, cases[i].mixed.light);
        assert_int_equal(c.dark, cases[i].mixed.dark);
    }
}

/* "#abc" or "#aabbcc" -> 0xAABBCC */
static bool read_hex(const char *p, uint32_t *c)
{
    size_t n = 0;
    while (isxdigit((unsigned char)p[n]))
        n++;
    uint32_t v = (uint32_t)strtoul(p, NULL, 16);
    if (n == 3)
        v = (v >> 8 & 15) * 0x110000 + (v >> 4 & 15) * 0x1100 + (v & 15) * 0x11;
    *c = v;
    return n == 3 || n == 6;
}

static void the_style_sheet_has_the_same_colours(void **state)
{
    (void)state;
    const char *dir = TESTS_DIR "/../site-template/assets";
    const char *css[] = {"css"};
    struct bx_arena a = {0};
    struct bx_err e = {0};
    char **names;
    size_t n = 0, found = 0;
    if (!bx_dir_list(dir, true, css, 1, &a, &names, &n, &e) || n == 0) {
        bx_arena_release(&a);
        printf("skipped: no style sheet in site-template/assets yet\n");
        skip();
    }
    for (size_t i = 0; i < n; i++) {
        struct bx_map m;
        assert_true(bx_map_open(&m, bx_path_join(&a, dir, names[i]), &e));
        char *text = bx_strndup(&a, m.data, m.n);
        bx_map_close(&m);
        for (size_t k = 0; k < bx_ntokens; k++) {
            char property[24];
            snprintf(property, sizeof property, "--%s:", bx_tokens[k].name);
            for (char *p = strstr(text, property); p; p = strstr(p + 1, property)) {
                const char *value = p + strlen(property);
                while (isspace((unsigned char)*value))
                    value++;
                uint32_t c;
                if (*value != '#' || !read_hex(value + 1, &c))
                    continue;
                struct bx_colour plots = bx_tokens[k].colour;
                if (c != plots.light && c != plots.dark)
                    fail_msg("%s: %s is #%06X, the plots have #%06X and #%06X", names[i], property, c, plots.light, plots.dark);
                found++;
            }
        }
    }
    bx_arena_release(&a);
    assert_true(found >= 2 * 8); /* paper, ink and the like, in both themes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_have_the_contrast_the_design_states),
        cmocka_unit_test(series_and_their_words_can_be_told_from_the_paper),
        cmocka_unit_test(text_on_heat_cells_is_readable),
        cmocka_unit_test(mixing_is_linear_between_its_ends),
        cmocka_unit_test(the_style_sheet_has_the_same_colours),
    };
    return cmocka_run_group_tests_name("chart_theme", tests, NULL, NULL);
}
