/* seen.c: see seen.h. */
#include "render/view/seen.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "render/view/number.h"
#include <stdlib.h>
#include <string.h>

enum { SHOWN = 200 }; /* pairs on a page */

void bx_view_seen_on(struct bx_seen_on *on, struct bx_store *st, const struct bx_board_row *board, const struct bx_testset *t,
                     struct bx_arena *a)
{
    *on = (struct bx_seen_on){.st = st, .board = board, .a = a};
    bx_rules_less(&board->board.rules, (const uint8_t(*)[32])t->image_sha, t->nimages, NULL, 0, &on->scored, a);
}

/* Models share training data. */
static bool find(struct bx_seen_on *on, const uint8_t manifest[32], const struct bx_seen_in **out, struct bx_err *e)
{
    bool found;
    for (size_t i = 0; i < on->n; i++)
        if (!memcmp(on->in[i].manifest, manifest, 32)) {
            *out = &on->in[i];
            return true;
        }
    if (on->n == on->cap) { /* arena memory: the old half stays, which is little */
        on->cap = on->cap ? 2 * on->cap : 8;
        struct bx_seen_in *more = BX_NEW(on->a, struct bx_seen_in, on->cap);
        if (on->n)
            memcpy(more, on->in, on->n * sizeof *more);
        on->in = more;
    }
    *out = &on->in[on->n];
    return bx_store_seen_get(on->st, on->board->images, manifest, &on->in[on->n++], &found, on->a, e);
}

static bool is_scored(const struct bx_seen_on *on, const uint8_t image[32])
{
    return on->scored.nimages && bsearch(image, on->scored.images, on->scored.nimages, 32, bx_sha256_order);
}

static struct bx_view_pair show_pair(const struct bx_seen_image *x, const char *in, struct bx_arena *a)
{
    char digits[17];
    bx_hex(digits, x->other, 8);
    struct bx_view_pair p = {.file = bx_show_text(a, x->file, false),
                             .exact = x->exact,
                             .likeness = x->likeness,
                             .turn = x->turn,
                             .other = x->name ? bx_show_text(a, x->name, false) : bx_strdup(a, digits),
                             .in = in};
    memcpy(p.sha, x->image, 32);
    return p;
}

static int by_image(const void *x, const void *y)
{
    const struct bx_view_pair *a = x, *b = y;
    int c = strcmp(a->file, b->file);
    if (!c)
        c = memcmp(a->sha, b->sha, 32);
    if (!c)
        c = b->exact - a->exact;
    if (!c)
        c = (a->likeness < b->likeness) - (a->likeness > b->likeness);
    if (!c)
        c = strcmp(a->in, b->in);
    return c ? c : strcmp(a->other, b->other);
}

static bool read_report(struct bx_seen_on *on, const struct bx_model_row *row, const char *detections, const struct bx_view_seen *s,
                        const struct bx_report **out, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    struct bx_rules rules;
    uint8_t(*less)[32] = bx_alloc(&scratch, s->npairs, 32);
    for (size_t i = 0; i < s->npairs; i++)
        memcpy(less[i], s->pairs[i].sha, 32);
    qsort(less, s->npairs, 32, bx_sha256_order);
    bool found = false, ok = true;
    if (bx_rules_less(&on->scored, NULL, 0, (const uint8_t(*)[32])less, s->npairs, &rules, &scratch)) {
        struct bx_report *r = BX_NEW(on->a, struct bx_report, 1);
        struct bx_report_key k = {.detections = detections,
                                  .testset = on->board->testset,
                                  .geometry = on->board->board.geometry,
                                  .protocol = bx_rules_protocol(&rules, &scratch),
                                  .subset = bx_rules_subset(&rules, &scratch)};
        memcpy(k.score_digest, row->score_digest, 32);
        ok = bx_store_report_get(on->st, &k, r, &found, on->a, e);
        *out = ok && found ? r : NULL;
    }
    bx_arena_release(&scratch);
    return ok;
}

bool bx_view_load_seen(struct bx_seen_on *on, const struct bx_model_row *row, const char *detections, const struct bx_view_seen **out,
                       struct bx_err *e)
{
    struct bx_trained *t;
    size_t n, most = 0;
    *out = NULL;
    if (!bx_store_trained_get(on->st, row->slug, &t, &n, on->a, e))
        return false;
    if (!n)
        return true;
    struct bx_view_seen *s = BX_NEW(on->a, struct bx_view_seen, 1);
    struct bx_view_training *trainings = BX_NEW(on->a, struct bx_view_training, n);
    const struct bx_seen_in **in = BX_NEW(on->a, const struct bx_seen_in *, n);
    for (size_t i = 0; i < n; i++) {
        trainings[i] =
            (struct bx_view_training){.name = bx_show_text(on->a, t[i].name, false), .problem = bx_show_text(on->a, t[i].problem, false)};
        if (t[i].problem)
            continue;
        if (!find(on, t[i].manifest, &in[i], e))
            return false;
        s->nknown++;
        most += in[i]->n;
    }
    struct bx_view_pair *pairs = BX_NEW(on->a, struct bx_view_pair, most);
    for (size_t i = 0; i < n; i++) {
        const uint8_t *last = NULL;
        for (size_t k = 0; in[i] && k < in[i]->n; k++) {
            const struct bx_seen_image *x = &in[i]->at[k];
            if (!is_scored(on, x->image))
                continue;
            trainings[i].images += !last || memcmp(last, x->image, 32) != 0;
            last = x->image;
            pairs[s->npairs++] = show_pair(x, trainings[i].name, on->a);
        }
        trainings[i].others = in[i] ? in[i]->others : 0;
        trainings[i].title = in[i] ? bx_show_text(on->a, in[i]->title, false) : NULL;
    }
    if (s->npairs)
        qsort(pairs, s->npairs, sizeof *pairs, by_image);
    for (size_t i = 0; i < s->npairs; i++)
        if (!i || memcmp(pairs[i - 1].sha, pairs[i].sha, 32) != 0) {
            s->images++;
            s->exact += pairs[i].exact;
        }
    s->trainings = trainings;
    s->ntrainings = n;
    s->pairs = pairs;
    *out = s;
    return !s->npairs || !detections || read_report(on, row, detections, s, &s->report, e);
}

/* ---- a model's page ---- */

static const char *how(const struct bx_view_pair *p, struct bx_arena *a)
{
    static const char *const turned[] = {"", ", mirrored", ", upside down and mirrored", ", turned by 180°"};
    return p->exact ? "the same file" : bx_printf(a, "the same picture (%.2f%s)", p->likeness, turned[p->turn & 3]);
}

static const char *sentence(const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    const struct bx_view_seen *s = m->seen;
    if (!s->nknown)
        return "What it was trained on could not be looked up: which of the images it has seen is not known.";
    if (!s->images)
        return bx_printf(a, "None of the %s is in its training data, as far as %s.", bx_show_plural(a, b->nimages, "image", "images"),
                         s->ntrainings == 1 ? "that is told" : "those that are told go");
    const char *found =
        bx_printf(a, "%s of %s %s in its training data: %s as the same file, %s as the same picture.", bx_show_count(a, (double)s->images),
                  bx_show_plural(a, b->nimages, "image", "images"), s->images == 1 ? "is" : "are", bx_show_count(a, (double)s->exact),
                  bx_show_count(a, (double)(s->images - s->exact)));
    double without = s->report ? bx_report_get(s->report, BX_METRIC_MAP, -1) : (double)NAN;
    if (isfinite(without) && isfinite(bx_view_get(m, BX_METRIC_MAP)))
        return bx_printf(a, "%s Without %s its mAP is %s%%, with %s %s%%.", found, s->images == 1 ? "it" : "them",
                         bx_show_percent(a, without), s->images == 1 ? "it" : "them", bx_show_percent(a, bx_view_get(m, BX_METRIC_MAP)));
    return s->images >= b->nimages ? bx_printf(a, "%s No other is left to say how good it is.", found) : found;
}

void bx_put_seen(cJSON *o, const struct bx_view_board *b, const struct bx_view_model *m, struct bx_arena *a)
{
    const struct bx_view_seen *s = m->seen;
    cJSON *t = bx_put(o, "seen", s ? bx_tree() : NULL);
    if (!s)
        return;
    bx_put_str(t, "sentence", sentence(b, m, a));
    cJSON *list = bx_put(t, "trainings", bx_list());
    for (size_t i = 0; i < s->ntrainings; i++) {
        const struct bx_view_training *x = &s->trainings[i];
        cJSON *one = bx_push(list, bx_tree());
        bx_put_str(one, "name", x->name);
        bx_put_str(one, "title", x->title && strcmp(x->title, x->name) != 0 ? x->title : NULL);
        bx_put_str(one, "others", x->problem ? NULL : bx_show_plural(a, x->others, "image", "images"));
        bx_put_str(one, "found", x->problem ? NULL : bx_show_count(a, (double)x->images));
        bx_put_str(one, "problem", x->problem);
    }
    cJSON *pairs = bx_put(t, "pairs", bx_list());
    for (size_t i = 0; i < s->npairs && i < SHOWN; i++) {
        const struct bx_view_pair *p = &s->pairs[i];
        cJSON *one = bx_push(pairs, bx_tree());
        bx_put_str(one, "file", p->file);
        bx_put_str(one, "how", how(p, a));
        bx_put_str(one, "other", p->other);
        bx_put_str(one, "in", p->in);
    }
    bx_put_bool(t, "has_pairs", s->npairs > 0);
    bx_put_str(t, "more", s->npairs > SHOWN ? bx_printf(a, "The first %d of %s.", SHOWN, bx_show_count(a, (double)s->npairs)) : NULL);
}
