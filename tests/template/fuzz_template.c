/*
 * fuzz_template.c: libFuzzer's entry to templates: the page's, two that it may name, "p" and "q", and its context as JSON, each ended by a
 * NUL. What strict mode renders, the specification's mode renders to the same; every error names template, line and column. To fuzz:
 * tests/README.md.
 */
#include "render/template/template.h"
#include "tests/fuzz.h"

static bool render(enum bx_template_mode mode, char *const *text, const size_t *length, const cJSON *context, struct bx_buf *out,
                   struct bx_err *e)
{
    static const char *const names[] = {"page", "p", "q"};
    struct bx_templates *ts = bx_templates_new(mode);
    bool ok = true;
    for (size_t i = 0; ok && i < 3; i++)
        ok = bx_templates_add(ts, names[i], text[i], length[i], e);
    ok = ok && bx_template_render(ts, "page", context, out, e);
    bx_templates_free(ts);
    return ok;
}

static void require_placed(const struct bx_err *e)
{
    require_that(e->code == BX_CONFIG && (!strncmp(e->text, "page:", 5) || !strncmp(e->text, "p:", 2) || !strncmp(e->text, "q:", 2)));
    require_that(bx_utf8_valid(e->text, strlen(e->text)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char *part[4];
    size_t length[4];
    for (size_t i = 0; i < 4; i++)
        part[i] = next_part(&data, &n, &length[i]);
    cJSON *context = cJSON_Parse(part[3]);
    if (!context)
        context = cJSON_CreateObject();
    BX_CLEANUP_BUF struct bx_buf strict = {0}, loose = {0};
    struct bx_err e = {0}, f = {0};
    bool ok = render(BX_TEMPLATE_STRICT, part, length, context, &strict, &e);
    bool also = render(BX_TEMPLATE_SPEC, part, length, context, &loose, &f);
    if (ok)
        require_that(also && strict.n == loose.n && !memcmp(bx_buf_str(&strict), bx_buf_str(&loose), strict.n));
    else
        require_placed(&e);
    if (!also)
        require_placed(&f);
    cJSON_Delete(context);
    for (size_t i = 0; i < 4; i++)
        free(part[i]);
    return 0;
}
