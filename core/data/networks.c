/* networks.c: the lists of networks.h as words. */
#include "core/data/networks.h"
#include <string.h>

#define X(constant, name, ...) name,
static const char *const heads[] = {BX_HEADS(X)}, *const fits[] = {BX_FITS(X)}, *const values[] = {BX_VALUES(X)};
#undef X

const struct bx_words bx_head_words = {heads, sizeof heads / sizeof *heads}, bx_fit_words = {fits, sizeof fits / sizeof *fits},
                      bx_values_words = {values, sizeof values / sizeof *values};

size_t bx_words_find(const struct bx_words *w, const char *word)
{
    size_t i = 0;
    while (i < w->n && strcmp(w->at[i], word) != 0)
        i++;
    return i;
}
