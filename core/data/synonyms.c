/* synonyms.c: alike, another word, or near: in this order. */
#include "core/data/synonyms.h"
#include "core/base/text.h"
#include <ctype.h>
#include <string.h>

static const char *const synonyms[][2] = {
#define X(name, other) {name, other},
#include "core/data/synonyms.def"
#undef X
};

static bool is_gap(char c)
{
    return c == ' ' || c == '-' || c == '_';
}

bool bx_class_alike(const char *a, size_t n, const char *b)
{
    size_t i = 0;
    for (;;) {
        while (i < n && is_gap(a[i]))
            i++;
        while (is_gap(*b))
            b++;
        if (i == n || !*b)
            return i == n && !*b;
        if (tolower((unsigned char)a[i++]) != tolower((unsigned char)*b++))
            return false;
    }
}

static const char *like(const char *name, const char *const *classes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bx_class_alike(name, strlen(name), classes[i]))
            return classes[i];
    return NULL;
}

const char *bx_class_near(const char *name, const char *const *classes, size_t n)
{
    const char *near = like(name, classes, n);
    for (size_t i = 0; !near && i < sizeof synonyms / sizeof *synonyms; i++)
        for (int side = 0; side < 2 && !near; side++)
            if (bx_class_alike(name, strlen(name), synonyms[i][side]))
                near = like(synonyms[i][!side], classes, n);
    return near ? near : bx_nearest(name, classes, n);
}
