/* results_names.c: numbers and names → their places in order of first use. */
#include "core/data/results_names.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include "core/data/synonyms.h"
#include <stdlib.h>
#include <string.h>

static uint32_t add(struct bx_extra_names *x, struct bx_extra_name one)
{
    x->at = bx_grow(x->at, &x->cap, x->n + 1, sizeof *x->at);
    x->at[x->n] = one;
    return (uint32_t)x->n++;
}

uint32_t bx_extra_number(struct bx_extra_names *x, int64_t number)
{
    size_t before = x->ids.n, k = bx_growing_ids_add(&x->ids, number);
    if (x->ids.n > before) {
        x->of_id = bx_grow(x->of_id, &x->of_id_cap, k + 1, sizeof *x->of_id);
        x->of_id[k] = add(x, (struct bx_extra_name){.number = number});
    }
    return x->of_id[k];
}

uint32_t bx_extra_text(struct bx_extra_names *x, struct bx_slice text, struct bx_arena *a)
{
    size_t before = x->texts.n, k = bx_name_list_add(&x->texts, text.p, text.n, a);
    if (x->texts.n > before) {
        x->of_text = bx_grow(x->of_text, &x->of_text_cap, k + 1, sizeof *x->of_text);
        x->of_text[k] = add(x, (struct bx_extra_name){.text = x->texts.at[k]});
    }
    return x->of_text[k];
}

void bx_extra_names_free(struct bx_extra_names *x)
{
    free(x->at);
    free(x->of_id);
    free(x->of_text);
    bx_growing_ids_free(&x->ids);
    bx_name_list_free(&x->texts);
    *x = (struct bx_extra_names){0};
}

struct bx_slice bx_name_shown(struct bx_slice name)
{
    static const char unfit[] = "(a name that cannot be shown)";
    bool fit = name.n && name.n <= 200 && bx_utf8_valid(name.p, name.n) && !bx_has_control(name.p, name.n);
    return fit ? name : (struct bx_slice){unfit, sizeof unfit - 1};
}

size_t bx_name_alike(struct bx_slice name, const char *const *classes, size_t n)
{
    size_t like = SIZE_MAX, found = 0;
    for (size_t i = 0; i < n; i++)
        if (bx_class_alike(name.p, name.n, classes[i])) {
            like = i;
            found++;
        }
    return found == 1 ? like : SIZE_MAX;
}
