/* private.c: what a private board's pages do not have, taken out once, before any page is made: reasons and outputs (they may name an
 * image), times and counts by image, pairs of images, and the numbers of classes and tags on fewer images than BX_VIEW_ENOUGH. */
#include "core/data/model.h"
#include "render/view/view.h"
#include <math.h>
#include <string.h>

#define ELSEWHERE "the test set is private: 'boxscore status' says why"

static void hide_evaluations(struct bx_view_model *m, struct bx_arena *a)
{
    struct bx_view_evaluation *list = m->nhistory ? bx_memdup(a, m->history, m->nhistory * sizeof *list) : NULL;
    for (size_t i = 0; i < m->nhistory; i++) {
        if (list[i].reason)
            list[i].reason = list[i].status == BX_VIEW_PARTIAL
                                 ? bx_printf(a, "%u of %u images without an answer; " ELSEWHERE, list[i].images_failed, list[i].images)
                                 : ELSEWHERE;
        list[i].output = NULL;
    }
    m->current = m->current ? list + (m->current - m->history) : NULL;
    m->last = m->last ? list + (m->last - m->history) : NULL;
    m->history = list;
}

static const struct bx_report *hide_few(const struct bx_view_board *b, const struct bx_report *r, struct bx_arena *a)
{
    struct bx_report *own = bx_memdup(a, r, sizeof *r);
    own->by_class = bx_memdup(a, r->by_class, r->nclasses * BX_NCLASS_METRICS * sizeof *r->by_class);
    own->curves = bx_memdup(a, r->curves, r->ncurves * sizeof *r->curves);
    own->images = NULL;
    own->ncurves = 0;
    for (size_t i = 0; i < r->ncurves; i++) {
        const int32_t k = r->curves[i].class_index;
        if (k < 0 || (size_t)k >= b->nclasses || !b->classes[k].left_out)
            own->curves[own->ncurves++] = r->curves[i];
    }
    for (size_t k = 0; k < r->nclasses; k++)
        for (size_t i = 0; k < b->nclasses && b->classes[k].left_out && i < BX_NCLASS_METRICS; i++)
            own->by_class[k * BX_NCLASS_METRICS + i] = (double)NAN;
    return own;
}

static void hide_model(const struct bx_view_board *b, struct bx_view_model *m, struct bx_arena *a)
{
    hide_evaluations(m, a);
    m->note = m->note ? ELSEWHERE : NULL;
    m->latencies = NULL;
    m->nlatencies = 0;
    m->report = m->report ? hide_few(b, m->report, a) : NULL;
    if (m->seen) {
        struct bx_view_seen *seen = bx_memdup(a, m->seen, sizeof *seen);
        seen->pairs = NULL;
        seen->npairs = 0;
        if (seen->images < BX_VIEW_ENOUGH) /* what they change tells their numbers */
            seen->report = NULL;
        m->seen = seen;
    }
    size_t kept = 0;
    struct bx_view_slice *slices = m->nslices ? bx_memdup(a, m->slices, m->nslices * sizeof *slices) : NULL;
    for (size_t i = 0; i < m->nslices; i++)
        if (slices[i].nimages >= BX_VIEW_ENOUGH)
            slices[kept++] = slices[i];
    m->slices = slices;
    m->nslices = kept;
}

void bx_view_hide_private(struct bx_view_board *b, struct bx_arena *a)
{
    for (size_t k = 0; k < b->nclasses; k++)
        b->classes[k].left_out |= b->classes[k].images < BX_VIEW_ENOUGH;
    for (size_t i = 0; i < b->nmodels; i++)
        hide_model(b, &b->models[i], a);
    b->problem = b->problem ? ELSEWHERE : NULL;
    b->rules = bx_printf(a, "%s%sprivate: no image, and no class or tag on fewer than %d images, is shown", b->rules ? b->rules : "",
                         b->rules && *b->rules ? ", " : "", BX_VIEW_ENOUGH);
}
