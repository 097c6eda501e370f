/*
 * spdx.h: SPDX license expressions (SPDX 2.3, annex D): identifiers of the license list, "+", LicenseRef-…, WITH, AND, OR, parentheses.
 * Identifiers are matched whatever their case, as the specification wants it, and given back in the list's spelling.
 */
#pragma once
#include "core/base/arena.h"
#include <stdbool.h>
#include <stddef.h>

extern const char *const bx_spdx_licenses[]; /* ordered by their lower-case letters */
extern const size_t bx_spdx_nlicenses;
extern const char *const bx_spdx_exceptions[];
extern const size_t bx_spdx_nexceptions;
struct bx_spdx_deprecated {
    const char *id, *use; /* use: one or more expressions, "A' or 'B"; NULL: there is none */
};
extern const struct bx_spdx_deprecated bx_spdx_deprecated[];
extern const size_t bx_spdx_ndeprecated;

struct bx_spdx {
    const char *canonical; /* "Apache-2.0 OR (MIT AND GPL-2.0-only WITH Classpath-exception-2.0)"; NULL when it is none */
    const char *problem;   /* "unknown license 'Apache 2.0', did you mean 'Apache-2.0'?"; NULL when it is one */
    const char *warning;   /* a deprecated identifier; or NULL */
};

struct bx_spdx bx_spdx_parse(const char *expression, struct bx_arena *a);  /* texts in a */
const char *bx_spdx_canonical(const char *expression, struct bx_arena *a); /* NULL: it is none */
