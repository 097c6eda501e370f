/*
 * template.h: Mustache (the public specification: core modules and inheritance), with a cJSON tree as its context.
 *
 * Templates are data: whatever they hold, rendering ends, in bounded memory, with text or with an error "NAME:LINE:COLUMN: …".
 * {{name}} is escaped for HTML text and quoted attributes, {{{name}}} and {{&name}} are not. false, null, "" and [] are false in a section,
 * everything else (0 too) is true. "a.b" walks down, "." is the current value. There are no lambdas.
 *
 * Two modes. BX_TEMPLATE_SPEC does what the specification says: what resolves to nothing is nothing. BX_TEMPLATE_STRICT is what the site
 * uses: a name that resolves to nothing, a partial that does not exist, and an object or array printed as text are errors which name the
 * nearest name there is. A key that is there with the value null is known: it prints nothing and is false.
 */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>

enum bx_template_mode { BX_TEMPLATE_STRICT, BX_TEMPLATE_SPEC };

struct bx_templates; /* a set of parsed templates that may name one another */

struct bx_templates *bx_templates_new(enum bx_template_mode mode);
void bx_templates_free(struct bx_templates *ts); /* NULL allowed */

/* Parse one template (text is copied). A name that is there already is replaced. */
bool bx_templates_add(struct bx_templates *ts, const char *name, const char *text, size_t n, struct bx_err *e);

/* Every *.mustache below dir; a template's name is its path below dir without the ending: "model", "part/head".
 * None at all is an error where the set has none yet. */
bool bx_templates_load(struct bx_templates *ts, const char *dir, struct bx_err *e);

/* The digest of a template's text and of those it names, and they name: what a page may be made with. */
void bx_template_input(const struct bx_templates *ts, const char *name, uint8_t out[32]);

bool bx_templates_has(const struct bx_templates *ts, const char *name);

/* Append the rendered template to out. On failure out holds what was rendered until then. */
bool bx_template_render(const struct bx_templates *ts, const char *name, const cJSON *context, struct bx_buf *out, struct bx_err *e);

/* What a template may cost. */
#define BX_TEMPLATE_SIZE    (4u << 20)   /* bytes of one template */
#define BX_TEMPLATE_NESTING 100          /* sections and blocks inside one another in one template */
#define BX_TEMPLATE_DEPTH   200          /* partials, sections and blocks inside one another while rendering */
#define BX_TEMPLATE_OUTPUT  (256u << 20) /* bytes of one page */
#define BX_TEMPLATE_STEPS   20000000u    /* tags and texts visited for one page */
