/*
 * standing.h: what is known of the models that were here before: of two configs that want one name it decides which stays, so that a
 * newcomer puts nobody out.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bx_standing {
    const char *slug;
    const char *name, *file; /* as the last config of it that was taken had them; NULL: none ever was */
    bool taken;              /* one was, or the operator allowed it */
    bool numbers;            /* it has a complete evaluation */
    bool retired;
    int64_t since; /* when it was first seen or allowed, whichever came first */
};
struct bx_standings {
    const struct bx_standing *at;
    size_t n;
};
