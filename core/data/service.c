/* service.c: a config's keys over a preset's → how a server is asked. */
#include "core/data/service_making.h"
#include "core/base/banned.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* "raw MIME", "base64 MIME", "multipart FIELD NAME=VALUE …", "json". */
static bool read_send(struct bx_making *m, const char *text)
{
    struct bx_word s = {text, strlen(text)}, kind = bx_word_next(&s);
    struct bx_service *out = m->s;
    out->send = bx_word_is(kind, "raw")         ? BX_SEND_RAW
                : bx_word_is(kind, "base64")    ? BX_SEND_BASE64
                : bx_word_is(kind, "multipart") ? BX_SEND_MULTIPART
                                                : BX_SEND_JSON;
    if (out->send == BX_SEND_JSON)
        return bx_word_is(kind, "json") && !s.n
                   ? out->json || bx_service_wrong(m, "send", "'json' needs the key 'json', a template")
                   : bx_service_wrong(m, "send", "found '%.40s', expected raw, base64, multipart or json", text);
    struct bx_word first = bx_word_next(&s);
    if (out->send != BX_SEND_MULTIPART) {
        out->mime = first.n ? bx_strndup(m->a, first.p, first.n) : NULL;
        return (!s.n && (!first.n || memchr(first.p, '/', first.n))) ||
               bx_service_wrong(m, "send", "expected one media type, like image/jpeg");
    }
    if (!first.n)
        return bx_service_wrong(m, "send", "expected 'multipart FIELD', the name of the image's field");
    out->field = bx_strndup(m->a, first.p, first.n);
    const char **parts = BX_NEW(m->a, const char *, s.n / 2 + 1);
    while (s.n) {
        struct bx_word w = bx_word_next(&s);
        if (w.n && (!memchr(w.p, '=', w.n) || *w.p == '='))
            return bx_service_wrong(m, "send", "found '%.*s', expected NAME=VALUE", (int)(w.n < 40 ? w.n : 40), w.p);
        if (w.n)
            parts[out->nparts++] = bx_strndup(m->a, w.p, w.n);
    }
    out->parts = parts;
    for (size_t i = 0; i < out->nparts; i++)
        if (strpbrk(out->parts[i], "\"\r\n"))
            return bx_service_wrong(m, "send", "a field has a quote");
    return !strpbrk(out->field, "\"\r\n") || bx_service_wrong(m, "send", "a field has a quote");
}

/* Each ${…} is known: of the image, or a variable that `env` names, so that the operator sees what is sent. */
static bool variables_known(struct bx_making *m, const char *key, const char *text)
{
    static const char *const known[] = {"image.base64", "image.datauri", "image.name", "image.width", "image.height"};
    const struct bx_backend_config *b = m->b;
    for (const char *p = text; p && (p = strstr(p, "${")) != NULL;) {
        const char *from = p + 2, *end = strchr(from, '}');
        if (!end)
            return bx_service_wrong(m, key, "a '${' without its '}'");
        struct bx_word name = {from, (size_t)(end - from)};
        bool found = false, image = !strcmp(key, "json");
        for (size_t i = 0; i < sizeof known / sizeof *known && !found; i++)
            found = image && bx_word_is(name, known[i]);
        for (size_t i = 0; i < b->nenv && !found; i++)
            found = bx_word_is(name, b->env[i]);
        found = found || (bx_word_is(name, "key") && b->nenv);
        if (!found && name.n > 6 && !memcmp(name.p, "image.", 6)) {
            const char *near = bx_nearest(bx_strndup(m->a, name.p, name.n), known, sizeof known / sizeof *known);
            return image ? bx_service_wrong(m, key, "there is no '${%.*s}'%s%s%s", (int)(name.n < 60 ? name.n : 60), name.p,
                                            near ? ", did you mean '${" : "", near ? near : "", near ? "}'?" : "")
                         : bx_service_wrong(m, key, "only 'json' has the image in it");
        }
        if (!found)
            return bx_service_wrong(m, key, "'${%.*s}' is no variable that 'env' names", (int)(name.n < 60 ? name.n : 60), name.p);
        p = end + 1;
    }
    return true;
}

/* "Name: value", of those that are not libcurl's own to say. */
static bool header_ok(struct bx_making *m, const char *line)
{
    static const char *const own[] = {"Content-Length", "Transfer-Encoding", "Connection", "Host",
                                      "Expect",         "Accept-Encoding",   "TE",         "Upgrade"};
    size_t n = strcspn(line, ":");
    if (!n || line[n] != ':' || strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != n || !line[n + 1])
        return bx_service_wrong(m, "headers", "found '%.60s', expected 'Name: value'", line);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (n == strlen(own[i]) && !strncasecmp(line, own[i], n))
            return bx_service_wrong(m, "headers", "'%s' is not a config's to say", own[i]);
    return true;
}

static bool texts_ok(struct bx_making *m)
{
    struct bx_service *s = m->s;
    for (size_t i = 0; i < s->nheaders; i++)
        if (!header_ok(m, s->headers[i]) || !variables_known(m, "headers", s->headers[i]))
            return false;
    for (size_t i = 0; i < s->nquery; i++) {
        if (!strchr(s->query[i], '=') || s->query[i][0] == '=')
            return bx_service_wrong(m, "query", "found '%.60s', expected 'name=value'", s->query[i]);
        if (!variables_known(m, "query", s->query[i]))
            return false;
    }
    for (size_t i = 0; i < s->nparts; i++)
        if (!variables_known(m, "send", s->parts[i]))
            return false;
    return variables_known(m, "json", s->json);
}

/* The preset's headers where there is a key for them, then the config's. */
static void gather_headers(struct bx_making *m, const struct bx_preset *p)
{
    const char **out = BX_NEW(m->a, const char *, m->b->nheaders + 2);
    for (size_t i = 0; i < 2 && m->b->nenv && p->headers[i]; i++)
        out[m->s->nheaders++] = p->headers[i];
    for (size_t i = 0; i < m->b->nheaders; i++)
        out[m->s->nheaders++] = m->b->headers[i];
    m->s->headers = out;
}

static bool make_http(struct bx_making *m)
{
    static const struct bx_preset none;
    const struct bx_backend_config *b = m->b;
    const struct bx_preset *p = &none;
    const char **names = BX_NEW(m->a, const char *, bx_npresets);
    for (size_t i = 0; i < bx_npresets; i++) {
        names[i] = bx_presets[i].name;
        if (b->preset && !strcmp(b->preset, names[i]))
            p = &bx_presets[i];
    }
    if (b->preset && p == &none) {
        const char *near = bx_nearest(b->preset, names, bx_npresets);
        BX_CLEANUP_BUF struct bx_buf list = {0};
        for (size_t i = 0; i < bx_npresets; i++)
            bx_buf_addf(&list, "%s'%s'", i == 0 ? "" : i + 1 < bx_npresets ? ", " : " or ", names[i]);
        return near ? bx_service_wrong(m, "preset", "found '%.60s', did you mean '%s'?", b->preset, near)
                    : bx_service_wrong(m, "preset", "found '%.60s', expected %s", b->preset, bx_buf_str(&list));
    }
    struct bx_service *s = m->s;
    s->url = b->url;
    s->method = b->method;
    s->query = b->query;
    s->nquery = b->nquery;
    s->json = b->json ? b->json : b->send ? NULL : p->json;
    gather_headers(m, p);
    if (b->method && strcmp(b->method, "POST") != 0 && strcmp(b->method, "PUT") != 0)
        return bx_service_wrong(m, "method", "found '%.20s', expected 'POST' or 'PUT'", b->method);
    const char *send = b->send ? b->send : s->json ? "json" : p->send;
    if (!send)
        return bx_service_wrong(m, "send", "is missing: 'raw', 'base64', 'multipart FIELD', or a template as 'json'");
    return read_send(m, send) && bx_service_map(m, p) && texts_ok(m);
}

bool bx_service_of(const struct bx_backend_config *b, enum bx_task task, struct bx_service *s, const char **key, struct bx_arena *a,
                   struct bx_err *e)
{
    *s = (struct bx_service){0};
    *key = "type";
    struct bx_making m = {b, task, s, key, a, e};
    return b->kind == BX_BACKEND_ROBOFLOW ? bx_service_roboflow(&m) : make_http(&m);
}
