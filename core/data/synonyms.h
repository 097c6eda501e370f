/* synonyms.h: the class of a test set that a name may have been meant as. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Are they the same but for case, spaces, '-' and '_'? */
bool bx_class_alike(const char *a, size_t n, const char *b);

/* The one of n classes that is alike, or another word for it (synonyms.def), or near by edit distance; NULL: none. */
const char *bx_class_near(const char *name, const char *const *classes, size_t n);
