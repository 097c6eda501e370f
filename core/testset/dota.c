/*
 * dota.c: DOTA's labelTxt: perhaps "imagesource:…" and "gsd:…", then "x1 y1 x2 y2 x3 y3 x4 y4 class difficult" in pixels. Difficult ones
 * (1 and 2) are ignored, as DOTA's own evaluation has it; a line that does not say is not difficult.
 */
#include "core/base/banned.h"
#include "core/base/json_reader.h"
#include "core/base/names.h"
#include "core/base/text.h"
#include "core/testset/texts.h"
#include <strings.h>

enum { CLASS = 8, DIFFICULT, WORDS };

static bool is_folder(const char *name)
{
    return !strncasecmp(name, "labelTxt", 8) || !strcasecmp(name, "annfiles");
}

static bool is_header(const char *line)
{
    return !strncasecmp(line, "imagesource", 11) || !strncasecmp(line, "gsd", 3);
}

static int looks(char *line)
{
    char *words[WORDS];
    double v;
    if (is_header(line))
        return 0;
    size_t n = bx_texts_words(line, " \t", words, WORDS);
    if (n != WORDS && n != DIFFICULT)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const char *end = words[i] + strlen(words[i]), *after = words[i];
        bool number = bx_number_parse(words[i], end, &v, &after) && after == end;
        if (number != (i != CLASS))
            return -1;
    }
    return 1;
}

static void read_line(struct bx_texts *x, char *line)
{
    char *words[WORDS];
    double corners[8], difficult = 0;
    struct bx_annotation ann = {.corners = corners};
    if (is_header(line))
        return;
    size_t n = bx_texts_words(line, " \t", words, WORDS);
    if (n != WORDS && n != DIFFICULT) {
        bx_texts_fault(x, "found %zu words, expected x1 y1 x2 y2 x3 y3 x4 y4 class difficult", n);
        return;
    }
    for (size_t i = 0; i < 8; i++)
        if (!bx_texts_number(x, words[i], "a coordinate", &corners[i]))
            return;
    if (n == WORDS && !bx_texts_number(x, words[DIFFICULT], "difficult", &difficult))
        return;
    if (!bx_utf8_valid(words[CLASS], strlen(words[CLASS])) || bx_has_control(words[CLASS], strlen(words[CLASS]))) {
        bx_texts_fault(x, "found a class that is not UTF-8, or holds a control character");
        return;
    }
    ann.class_index = bx_name_list_add(x->context, words[CLASS], strlen(words[CLASS]), x->a);
    ann.flags = difficult != 0 ? BX_ANN_IGNORE : 0;
    bx_points_box(corners, 4, ann.box);
    ann.area = bx_points_area(corners, 4);
    bx_texts_add(x, &ann);
}

static const struct bx_texts_kind dota = {"DOTA", is_folder, looks, read_line};

enum bx_sure bx_testset_find_dota(const char **path, const struct bx_testset_options *o, struct bx_arena *a)
{
    return bx_texts_find(&dota, path, o, BX_SURE_DOTA, BX_SURE_DOTA_PLAIN, a);
}

/* Classes go by name: what was counted as they came is counted again. */
static bool sort_classes(struct bx_texts *x, struct bx_err *e)
{
    const struct bx_name_list *met = x->context;
    uint32_t *place = BX_NEW(x->a, uint32_t, met->n);
    if (!met->n)
        return bx_fail(e, BX_DATA, "%s: no object in any of its label files, so there are no classes", x->t->source);
    bx_testset_classes(x->t, met->at, met->n, place, x->a);
    for (size_t i = 0; i < x->c.n; i++)
        x->c.class_index[i] = place[x->c.class_index[i]];
    return true;
}

bool bx_testset_read_dota(const char *path, const struct bx_testset_options *o, struct bx_testset *t, struct bx_arena *a, struct bx_err *e)
{
    struct bx_name_list classes = {0};
    struct bx_texts x = {.t = t, .a = a, .o = o, .c = {.a = a, .obb = true}, .context = &classes};
    bool ok = bx_texts_read(&dota, path, &x, e) && sort_classes(&x, e);
    if (ok)
        bx_columns_end(&x.c, t);
    bx_texts_end(&x);
    bx_name_list_free(&classes);
    return ok;
}
