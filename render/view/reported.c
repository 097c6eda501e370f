/* reported.c: what a model's authors published for this test set, beside what is measured. */
#include "render/view/view.h"
#include <strings.h>

const struct bx_reported *bx_view_reported(const struct bx_view_board *b, const struct bx_view_model *m, const struct bx_reported *last)
{
    if (!bx_rules_are_cocos(&b->by))
        return NULL;
    for (size_t i = last ? (size_t)(last - m->config.reported) + 1 : 0; i < m->config.nreported; i++)
        for (size_t k = 0; k < b->nnames; k++)
            if (!strcasecmp(m->config.reported[i].test_set, b->names[k]))
                return &m->config.reported[i];
    return NULL;
}
