/* spdx.c: a recursive descent over the grammar of license expressions, and guesses at what was meant. */
#include "core/registry/spdx.h"
#include "core/base/banned.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include <strings.h>

enum { MOST_DEPTH = 32, MOST_BYTES = 1000, SHOWN = 60 };

struct parser {
    const char *at; /* the next token begins here, after white space */
    const char *token;
    size_t n; /* its length; 0 at the end */
    int depth;
    struct bx_arena *a;
    struct bx_buf out;
    bool compound; /* there was an operator or a parenthesis */
    const char *problem, *warning;
    bool plain; /* nobody reads what was meant, and finding it takes a millisecond */
};

static bool is_id(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

static bool token_is(const struct parser *p, const char *s)
{
    return p->n == strlen(s) && !memcmp(p->token, s, p->n);
}

/* Operators are written in capitals, or all small. */
static bool operator_is(const struct parser *p, const char *upper, const char *lower)
{
    return token_is(p, upper) || token_is(p, lower);
}

/* A word, or one other character (a whole UTF-8 sequence). */
static void advance(struct parser *p)
{
    p->at += strspn(p->at, " \t");
    p->token = p->at;
    while (is_id(*p->at))
        p->at++;
    if (p->at == p->token && *p->at) {
        p->at++;
        while (((unsigned char)*p->at & 0xC0) == 0x80)
            p->at++;
    }
    p->n = (size_t)(p->at - p->token);
    if (*p->token == '(' || operator_is(p, "AND", "and") || operator_is(p, "OR", "or") || operator_is(p, "WITH", "with"))
        p->compound = true;
}

static const char *token_text(const struct parser *p)
{
    if (p->n > SHOWN)
        return bx_printf(p->a, "%.*s…", SHOWN, p->token);
    return bx_strndup(p->a, p->token, p->n);
}

static bool fail(struct parser *p, const char *expected)
{
    if (!p->problem)
        p->problem = p->n ? bx_printf(p->a, "found '%s', expected %s", token_text(p), expected)
                          : bx_printf(p->a, "found the end, expected %s", expected);
    return false;
}

static const char *find(const char *const *ids, size_t n, const char *word)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int order = strcasecmp(word, ids[mid]);
        if (order == 0)
            return ids[mid];
        if (order < 0)
            hi = mid;
        else
            lo = mid + 1;
    }
    return NULL;
}

/* How people write licenses who do not know the list; compared without case, white space and punctuation. */
static const struct {
    const char *said, *meant;
} habits[] = {
    {"apache", "Apache-2.0"},
    {"apache2", "Apache-2.0"},
    {"apachelicense20", "Apache-2.0"},
    {"apachelicenseversion20", "Apache-2.0"},
    {"agpl", "AGPL-3.0-only"},
    {"agpl3", "AGPL-3.0-only"},
    {"agpl30", "AGPL-3.0-only"},
    {"agplv3", "AGPL-3.0-only"},
    {"bsd", "BSD-3-Clause"},
    {"bsd2", "BSD-2-Clause"},
    {"bsd3", "BSD-3-Clause"},
    {"bsd2clause", "BSD-2-Clause"},
    {"bsd3clause", "BSD-3-Clause"},
    {"newbsd", "BSD-3-Clause"},
    {"simplifiedbsd", "BSD-2-Clause"},
    {"ccby", "CC-BY-4.0"},
    {"ccbync", "CC-BY-NC-4.0"},
    {"ccbyncsa", "CC-BY-NC-SA-4.0"},
    {"ccbysa", "CC-BY-SA-4.0"},
    {"cc0", "CC0-1.0"},
    {"closed", "LicenseRef-Proprietary"},
    {"commercial", "LicenseRef-Proprietary"},
    {"gpl", "GPL-3.0-only"},
    {"gpl2", "GPL-2.0-only"},
    {"gpl3", "GPL-3.0-only"},
    {"gpl20", "GPL-2.0-only"},
    {"gpl30", "GPL-3.0-only"},
    {"gplv2", "GPL-2.0-only"},
    {"gplv3", "GPL-3.0-only"},
    {"lgpl", "LGPL-3.0-only"},
    {"lgplv3", "LGPL-3.0-only"},
    {"lgpl21", "LGPL-2.1-only"},
    {"lgpl30", "LGPL-3.0-only"},
    {"mitlicense", "MIT"},
    {"mpl", "MPL-2.0"},
    {"openrail", "LicenseRef-OpenRAIL"},
    {"proprietary", "LicenseRef-Proprietary"},
    {"publicdomain", "CC0-1.0"},
    {"research", "LicenseRef-Research-Only"},
    {"researchonly", "LicenseRef-Research-Only"},
    {"unknown", "LicenseRef-Unknown"},
};

static void squeeze(char out[72], const char *s)
{
    size_t n = 0;
    for (; *s && n < 71; s++)
        if ((*s >= 'a' && *s <= 'z') || (*s >= '0' && *s <= '9'))
            out[n++] = *s;
        else if (*s >= 'A' && *s <= 'Z')
            out[n++] = (char)(*s + 32);
    out[n] = '\0';
}

static bool is_deprecated(const char *id)
{
    for (size_t i = 0; i < bx_spdx_ndeprecated; i++)
        if (!strcmp(bx_spdx_deprecated[i].id, id))
            return true;
    return false;
}

/* What was meant, or NULL. A deprecated identifier is never proposed. */
static const char *guess(const char *word, const char *const *ids, size_t n, struct bx_arena *a)
{
    char said[72], other[72];
    const char **current = BX_NEW(a, const char *, n);
    size_t ncurrent = 0;
    squeeze(said, word);
    for (size_t i = 0; i < n; i++) {
        if (is_deprecated(ids[i]))
            continue;
        current[ncurrent++] = ids[i];
        squeeze(other, ids[i]);
        if (!strcmp(said, other))
            return ids[i];
    }
    for (size_t i = 0; i < sizeof habits / sizeof *habits && ids == bx_spdx_licenses; i++)
        if (!strcmp(said, habits[i].said))
            return habits[i].meant;
    return bx_nearest(word, current, ncurrent);
}

static bool unknown(struct parser *p, const char *what, const char *word, const char *const *ids, size_t n)
{
    if (p->problem)
        return false;
    const char *near = p->plain ? NULL : guess(word, ids, n, p->a);
    if (near)
        p->problem = bx_printf(p->a, "unknown %s '%s', did you mean '%s'?", what, word, near);
    else
        p->problem = bx_printf(p->a, "unknown %s '%s', expected an identifier of https://spdx.org/licenses/ or 'LicenseRef-…'", what, word);
    return false;
}

/* "LicenseRef-x", "DocumentRef-x:LicenseRef-y": a text of the model's own, not of the list. */
static bool is_reference(const char *word)
{
    if (!strncasecmp(word, "DocumentRef-", 12)) {
        const char *colon = strchr(word, ':');
        if (!colon || colon == word + 12)
            return false;
        word = colon + 1;
    }
    return !strncasecmp(word, "LicenseRef-", 11) && word[11] && !strchr(word, ':');
}

static void warn_deprecated(struct parser *p, const char *id)
{
    for (size_t i = 0; i < bx_spdx_ndeprecated && !p->warning; i++)
        if (!strcmp(bx_spdx_deprecated[i].id, id))
            p->warning = bx_spdx_deprecated[i].use ? bx_printf(p->a, "'%s' is deprecated, say '%s'", id, bx_spdx_deprecated[i].use)
                                                   : bx_printf(p->a, "'%s' is deprecated", id);
}

static bool license(struct parser *p)
{
    if (!p->n || !is_id(*p->token) || operator_is(p, "AND", "and") || operator_is(p, "OR", "or") || operator_is(p, "WITH", "with"))
        return fail(p, "a license identifier or '('");
    const char *word = token_text(p), *id = find(bx_spdx_licenses, bx_spdx_nlicenses, word);
    if (!id && !is_reference(word))
        return unknown(p, "license", word, bx_spdx_licenses, bx_spdx_nlicenses);
    bx_buf_adds(&p->out, id ? id : word);
    bool plus = *p->at == '+';
    p->at += plus;
    advance(p);
    if (plus) {
        if (!id) {
            p->problem = bx_printf(p->a, "found '+' behind '%s', expected it behind an identifier of the license list only", word);
            return false;
        }
        bx_buf_addc(&p->out, '+');
    } else if (id) {
        warn_deprecated(p, id); /* "GPL-2.0+" is what "GPL-2.0-or-later" was called: still said by many */
    }
    if (!operator_is(p, "WITH", "with"))
        return true;
    advance(p);
    if (!p->n || !is_id(*p->token))
        return fail(p, "the identifier of an exception");
    word = token_text(p);
    id = find(bx_spdx_exceptions, bx_spdx_nexceptions, word);
    if (!id && strncasecmp(word, "AdditionRef-", 12) != 0)
        return unknown(p, "license exception", word, bx_spdx_exceptions, bx_spdx_nexceptions);
    bx_buf_addf(&p->out, " WITH %s", id ? id : word);
    advance(p);
    return true;
}

static bool any_of(struct parser *p);

static bool factor(struct parser *p)
{
    if (!token_is(p, "("))
        return license(p);
    if (++p->depth > MOST_DEPTH)
        return fail(p, "at most 32 levels of parentheses");
    bx_buf_addc(&p->out, '(');
    advance(p);
    if (!any_of(p))
        return false;
    if (!token_is(p, ")"))
        return fail(p, "AND, OR or ')'");
    bx_buf_addc(&p->out, ')');
    p->depth--;
    advance(p);
    return true;
}

static bool all_of(struct parser *p)
{
    if (!factor(p))
        return false;
    while (operator_is(p, "AND", "and")) {
        bx_buf_adds(&p->out, " AND ");
        advance(p);
        if (!factor(p))
            return false;
    }
    return true;
}

static bool any_of(struct parser *p)
{
    if (!all_of(p))
        return false;
    while (operator_is(p, "OR", "or")) {
        bx_buf_adds(&p->out, " OR ");
        advance(p);
        if (!all_of(p))
            return false;
    }
    return true;
}

static struct bx_spdx parse(const char *expression, bool plain, struct bx_arena *a)
{
    struct parser p = {.at = expression, .a = a, .plain = plain};
    struct bx_spdx result = {0};
    size_t n = strnlen(expression, MOST_BYTES + 1);
    if (n > MOST_BYTES) {
        result.problem = bx_printf(a, "found more than %d bytes, expected a license expression", MOST_BYTES);
        return result;
    }
    advance(&p);
    bool ok = any_of(&p);
    if (ok && p.n)
        ok = fail(&p, "AND, OR, WITH or the end");
    if (!ok) { /* "Apache License 2.0" is a name as a whole, not a broken expression */
        const char *whole = n <= SHOWN && !p.compound && !plain ? guess(expression, bx_spdx_licenses, bx_spdx_nlicenses, a) : NULL;
        if (whole && strpbrk(expression, " _/,"))
            p.problem = bx_printf(a, "unknown license '%s', did you mean '%s'?", expression, whole);
        result.problem = p.problem;
    } else {
        result.canonical = bx_strdup(a, bx_buf_str(&p.out));
        result.warning = p.warning;
    }
    bx_buf_free(&p.out);
    return result;
}

struct bx_spdx bx_spdx_parse(const char *expression, struct bx_arena *a)
{
    return parse(expression, false, a);
}

const char *bx_spdx_canonical(const char *expression, struct bx_arena *a)
{
    return parse(expression, true, a).canonical;
}
