/* results_words.c: what is to be said of a file of predictions. */
#include "core/base/text.h"
#include "core/data/results.h"

static const char *const rules[BX_JOIN_RULES] = {
    [BX_JOIN_FILE] = "by file name",
    [BX_JOIN_STEM] = "by the stem of the file name",
    [BX_JOIN_ID] = "by id",
    [BX_JOIN_PLACE] = "by place",
};

static void examples(const struct bx_results_said *s, struct bx_buf *out)
{
    for (size_t i = 0; i < s->nexamples; i++)
        bx_buf_addf(out, "%s%s", i ? ", " : ": ", s->example[i]);
    bx_buf_adds(out, s->nexamples == BX_SAID_EXAMPLES ? ", …\n" : "\n");
}

static void images_without(const struct bx_testset *t, const struct bx_detections *d, struct bx_buf *out)
{
    size_t n = 0, first = 0;
    for (size_t i = d->nimages; i-- > 0;)
        if (d->image_begin[i] == d->image_begin[i + 1]) {
            n++;
            first = i;
        }
    if (n)
        bx_buf_addf(out, "; %zu of the test set's %zu image%s %s no detections, as '%s'", n, d->nimages, bx_plural(d->nimages),
                    n == 1 ? "has" : "have", t->image_file[first]);
}

void bx_results_words(const struct bx_results_said *s, const struct bx_testset *t, const struct bx_detections *d, struct bx_buf *out)
{
    size_t told = 0;
    bx_buf_addf(out, "%s: its images are told", s->kind);
    for (int i = 0; i < BX_JOIN_NONE; i++)
        if (s->joined[i])
            bx_buf_addf(out, "%s %s", told++ ? " or" : "", rules[i]);
    if (!told)
        bx_buf_adds(out, " by nothing: it has no detections");
    images_without(t, d, out);
    bx_buf_addc(out, '\n');
    if (s->own_order)
        bx_buf_addf(
            out,
            "the test set's classes have no numbers; its category ids are taken for their place in the order of names, so that 0 is "
            "'%s': with a name for each number nothing has to be guessed\n",
            t->nclasses ? t->class_name[0] : "");
    if (s->joined[BX_JOIN_NONE]) {
        bx_buf_addf(out, "%zu detection%s left out, on images that the test set does not have", s->joined[BX_JOIN_NONE],
                    s->joined[BX_JOIN_NONE] == 1 ? " is" : "s are");
        examples(s, out);
    }
    if (s->shapeless)
        bx_buf_addf(out, "%zu detection%s left out, without %s: the first is element %zu\n", s->shapeless,
                    s->shapeless == 1 ? " is" : "s are", s->shape, s->first_shapeless);
    if (s->tiled)
        bx_buf_addf(
            out, "%zu detection%s on tiles (IMAGE__SCALE__X___Y) and %s put on %s whole image; %zu saw what another one did and %s out\n",
            s->tiled, s->tiled == 1 ? " was" : "s were", s->tiled == 1 ? "was" : "were", s->tiled == 1 ? "its" : "their", s->merged,
            s->merged == 1 ? "is left" : "are left");
    if (s->twice)
        bx_buf_addf(out,
                    "%zu line%s left out that stood there before: save_txt appends, and this folder was written to by more than one run\n",
                    s->twice, s->twice == 1 ? " is" : "s are");
}

bool bx_results_lost(const struct bx_results_said *s)
{
    return s->joined[BX_JOIN_NONE] || s->shapeless || s->twice || s->tiled || s->own_order;
}
