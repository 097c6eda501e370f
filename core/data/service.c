/* service.c: a config's keys over a preset's → how a server is asked. The words in front of paths are read here. */
#include "core/data/service_making.h"
#include "core/base/banned.h"
#include "core/base/buf.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct slice {
    const char *p;
    size_t n;
};

static struct slice trim(struct slice s)
{
    while (s.n && *s.p == ' ')
        s.p++, s.n--;
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

static bool is(struct slice s, const char *word)
{
    return s.n == strlen(word) && !memcmp(s.p, word, s.n);
}

/* What stands before the first c that is in no quotes; *s is what stands behind it. False: there is none, and it is all of *s. */
static bool cut(struct slice *s, char c, struct slice *before)
{
    bool quoted = false;
    for (size_t i = 0; i < s->n; i++) {
        quoted ^= s->p[i] == '"';
        if (s->p[i] != c || quoted)
            continue;
        *before = trim((struct slice){s->p, i});
        *s = trim((struct slice){s->p + i + 1, s->n - i - 1});
        return true;
    }
    *before = trim(*s);
    *s = (struct slice){s->p + s->n, 0};
    return false;
}

bool bx_service_wrong(struct bx_making *m, const char *key, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    *m->key = key;
    bx_vfail(m->e, BX_CONFIG, fmt, ap);
    va_end(ap);
    return false;
}

static bool read_path(struct bx_making *m, const char *key, struct slice s, struct bx_json_path *out)
{
    *m->key = key;
    s = trim(s);
    return bx_json_path_parse(s.p, s.n, out, m->a, m->e);
}

/* Paths with commas between them. */
static bool read_paths(struct bx_making *m, const char *key, struct slice s, struct bx_json_path *out, size_t most, size_t *n)
{
    struct slice one;
    bool more = true;
    for (*n = 0; more; ++*n) {
        more = cut(&s, ',', &one);
        if (*n == most)
            return bx_service_wrong(m, key, "more than %zu paths", most);
        if (!read_path(m, key, one, &out[*n]))
            return false;
    }
    return true;
}

static bool one_path(struct bx_making *m, const char *key, const char *text, struct bx_json_path *out)
{
    return !text || read_path(m, key, (struct slice){text, strlen(text)}, out);
}

/* "640" or "640x480". */
static bool read_size(struct slice s, double *w, double *h)
{
    char text[32], *end;
    if (!s.n || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *w = *h = (double)strtoul(text, &end, 10);
    if (*end == 'x')
        *h = (double)strtoul(end + 1, &end, 10);
    return !*end && *w >= 1 && *h >= 1 && *w <= 65535 && *h <= 65535;
}

/* The next word of *s. */
static struct slice word(struct slice *s)
{
    struct slice w;
    cut(s, ' ', &w);
    return w;
}

static bool read_unit(struct bx_making *m, const char *key, struct slice *s, struct bx_place_unit *u)
{
    struct slice w = word(s);
    if (is(w, "px"))
        u->kind = BX_UNIT_PX;
    else if (is(w, "unit"))
        u->kind = BX_UNIT_ONE;
    else if (is(w, "net") || is(w, "letterbox")) {
        u->kind = is(w, "net") ? BX_UNIT_NET : BX_UNIT_LETTERBOX;
        if (!read_size(word(s), &u->w, &u->h))
            return bx_service_wrong(m, key, "expected the network's input behind '%.*s', like 640x480", (int)w.n, w.p);
    } else
        return bx_service_wrong(m, key, "found '%.*s', expected px, unit, net WxH or letterbox WxH", (int)(w.n < 40 ? w.n : 40), w.p);
    return true;
}

static const struct {
    const char *word;
    enum bx_box_order order;
} orders[] = {
    {"xyxy", BX_XYXY}, {"xywh", BX_XYWH}, {"cxcywh", BX_CXCYWH}, {"yxyx", BX_YXYX}, {"xxyy", BX_XXYY},
};

/* "WORDS : PATHS" */
static bool read_place(struct bx_making *m, const char *key, const char *text, struct bx_mapped_place *out, bool obb)
{
    struct slice s = {text, strlen(text)}, words;
    if (!cut(&s, ':', &words))
        return bx_service_wrong(m, key, "expected '%s : PATHS'", obb ? "UNIT" : "ORDER UNIT");
    out->order = obb ? BX_CORNERS : BX_XYXY;
    size_t numbers = obb ? 8 : 4;
    struct slice first = words, w = word(&first);
    if (obb && (is(w, "cxcywhr-rad") || is(w, "cxcywhr-deg"))) {
        out->order = is(w, "cxcywhr-rad") ? BX_CXCYWHR_RAD : BX_CXCYWHR_DEG;
        numbers = 5;
        words = first;
    } else if (!obb) {
        size_t i = 0, n = sizeof orders / sizeof *orders;
        while (i < n && !is(w, orders[i].word))
            i++;
        if (i == n)
            return bx_service_wrong(m, key, "found '%.*s', expected xyxy, xywh, cxcywh, yxyx or xxyy first", (int)(w.n < 40 ? w.n : 40),
                                    w.p);
        out->order = orders[i].order;
        words = first;
    }
    if (!read_unit(m, key, &words, &out->unit))
        return false;
    if (words.n)
        return bx_service_wrong(m, key, "'%.*s' is one word too many", (int)(words.n < 40 ? words.n : 40), words.p);
    if (s.n > 2 && s.p[s.n - 2] == '/') /* "/4": lists are regrouped anyway */
        s = trim((struct slice){s.p, s.n - 2});
    if (!read_paths(m, key, s, out->path, BX_PLACE_PATHS, &out->n))
        return false;
    return out->n == 1 || out->n == numbers ||
           bx_service_wrong(m, key, "%zu paths, expected %zu, or one to a list of as many", out->n, numbers);
}

static bool read_poly(struct bx_making *m, const char *text, struct bx_mapped_place *out)
{
    struct slice s = {text, strlen(text)}, words, points;
    if (!cut(&s, ':', &words))
        return bx_service_wrong(m, "poly", "expected 'UNIT FORM : PATHS'");
    if (!read_unit(m, "poly", &words, &out->unit))
        return false;
    out->form = is(words, "flat")      ? BX_POLY_FLAT
                : is(words, "columns") ? BX_POLY_COLUMNS
                : is(words, "pairs")   ? BX_POLY_PAIRS
                                       : BX_POLY_POINTS;
    if (words.n && out->form == BX_POLY_POINTS)
        return bx_service_wrong(m, "poly", "found '%.*s', expected flat, columns, pairs or nothing", (int)(words.n < 40 ? words.n : 40),
                                words.p);
    if (out->form != BX_POLY_POINTS) {
        size_t numbers = out->form == BX_POLY_COLUMNS ? 2 : 1;
        return read_paths(m, "poly", s, out->path, 2, &out->n) &&
               (out->n == numbers || bx_service_wrong(m, "poly", "%zu paths, expected %zu", out->n, numbers));
    }
    size_t n = 0;
    if (!cut(&s, ':', &points))
        return bx_service_wrong(m, "poly", "expected 'UNIT : POINTS[] : x, y'");
    if (!read_path(m, "poly", points, &out->path[0]) || !read_paths(m, "poly", s, &out->path[1], 2, &n))
        return false;
    out->n = 3;
    return n == 2 || bx_service_wrong(m, "poly", "expected two paths behind the points'");
}

static bool read_class(struct bx_making *m, const char *text, struct bx_mapping *out)
{
    static const char *const forms[] = {"name", "id", "id-1", "key"};
    struct slice s = {text, strlen(text)}, w;
    if (!cut(&s, ':', &w))
        return bx_service_wrong(m, "class", "expected 'name : PATH', 'id : PATH', 'id-1 : PATH' or 'key : PATH'");
    size_t i = 0;
    while (i < 4 && !is(w, forms[i]))
        i++;
    if (i == 4)
        return bx_service_wrong(m, "class", "found '%.*s', expected name, id, id-1 or key", (int)(w.n < 40 ? w.n : 40), w.p);
    out->class_form = (enum bx_class_form)i;
    if (!read_path(m, "class", s, &out->class))
        return false;
    bool ids = out->class_form == BX_CLASS_ID || out->class_form == BX_CLASS_ID1;
    if (ids && !m->b->nclass_names && !m->b->ncategories)
        return bx_service_wrong(m, "class", "numbers need 'names', a list, or 'categories', {\"1\": \"car\"}");
    return true;
}

static bool read_time(struct bx_making *m, const char *text, struct bx_mapping *out)
{
    struct slice s = {text, strlen(text)}, w;
    if (!cut(&s, ':', &w) || !(is(w, "ms") || is(w, "s")))
        return bx_service_wrong(m, "time", "expected 'ms : PATH' or 's : PATH'");
    out->time_ns = is(w, "ms") ? 1e6 : 1e9;
    return read_path(m, "time", s, &out->time);
}

static bool read_each(struct bx_making *m, const char *text, struct bx_mapping *out)
{
    struct slice s = {text, strlen(text)}, w;
    cut(&s, ':', &w);
    if (!is(w, "columns"))
        return one_path(m, "each", text, &out->each);
    out->columns = true;
    return read_path(m, "each", s.n ? s : (struct slice){".", 1}, &out->each);
}

static bool read_errors(struct bx_making *m, const char *text, struct bx_mapping *out)
{
    struct slice s = {text, strlen(text)}, one;
    for (bool more = true; more; out->nerror++) {
        more = cut(&s, '|', &one);
        if (out->nerror == BX_ERROR_PATHS)
            return bx_service_wrong(m, "error", "more than %d paths", BX_ERROR_PATHS);
        if (!read_path(m, "error", one, &out->error[out->nerror]))
            return false;
    }
    return true;
}

static const char *either(const char *given, const char *known)
{
    return given ? given : known;
}

/* What the task is not scored by is not read. */
bool bx_service_map(struct bx_making *m, const struct bx_preset *p)
{
    const struct bx_backend_config *b = m->b;
    struct bx_mapping *out = &m->s->mapping;
    const char *each = either(b->each, p->each), *box = either(b->box, p->box), *obb = either(b->obb, p->obb);
    const char *poly = either(b->poly, p->poly), *rle = either(b->rle, p->rle), *score = either(b->score, p->score);
    const char *class = either(b->class_, p->class_), *size = either(b->seen, p->size), *time = either(b->time, p->time);
    const char *error = either(b->error, p->error);
    size_t n = 0;
    out->score_scale = b->score_scale > 0 ? b->score_scale : 1;
    out->empty_ok = p->empty_ok || b->empty;
    out->thin_ok = p->thin_ok;
    if (b->empty && strcmp(b->empty, "ok") != 0)
        return bx_service_wrong(m, "empty", "expected 'ok'");
    if (!each)
        return bx_service_wrong(m, "each", "is missing: where the list of predictions is");
    if (!score || !class)
        return bx_service_wrong(m, score ? "class" : "score", "is missing: where a prediction's %s is", score ? "class" : "score");
    if (!read_each(m, each, out) || !one_path(m, "score", score, &out->score) || !read_class(m, class, out) ||
        !one_path(m, "count", either(b->count, p->count), &out->count) || (time && !read_time(m, time, out)) ||
        (error && !read_errors(m, error, out)))
        return false;
    if (m->task == BX_OBB ? !obb : m->task == BX_SEGMENT ? !poly && !rle : !box)
        return bx_service_wrong(m,
                                m->task == BX_OBB       ? "obb"
                                : m->task == BX_SEGMENT ? "poly"
                                                        : "box",
                                "is missing: task '%s' is scored by %s", bx_task_name(m->task),
                                m->task == BX_OBB       ? "it"
                                : m->task == BX_SEGMENT ? "it, or by 'rle'"
                                                        : "it");
    if ((obb && m->task == BX_OBB && !read_place(m, "obb", obb, &out->obb, true)) ||
        (box && m->task != BX_OBB && !read_place(m, "box", box, &out->box, false)))
        return false;
    if (m->task == BX_SEGMENT && ((poly && !read_poly(m, poly, &out->poly)) || !one_path(m, "rle", rle, &out->rle)))
        return false;
    if (out->columns && (out->poly.n || out->rle.text))
        return bx_service_wrong(m, "each", "columns have no masks");
    if (!size)
        return true;
    struct bx_json_path sides[2];
    if (!read_paths(m, "size", (struct slice){size, strlen(size)}, sides, 2, &n))
        return false;
    out->width = sides[0];
    out->height = sides[1];
    return n == 2 || bx_service_wrong(m, "size", "expected two paths, to the width and the height");
}

/* "raw MIME", "base64 MIME", "multipart FIELD NAME=VALUE …", "json". */
static bool read_send(struct bx_making *m, const char *text)
{
    struct slice s = {text, strlen(text)}, kind = word(&s);
    struct bx_service *out = m->s;
    out->send = is(kind, "raw")         ? BX_SEND_RAW
                : is(kind, "base64")    ? BX_SEND_BASE64
                : is(kind, "multipart") ? BX_SEND_MULTIPART
                                        : BX_SEND_JSON;
    if (out->send == BX_SEND_JSON)
        return is(kind, "json") && !s.n ? out->json || bx_service_wrong(m, "send", "'json' needs the key 'json', a template")
                                        : bx_service_wrong(m, "send", "found '%.40s', expected raw, base64, multipart or json", text);
    struct slice first = word(&s);
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
        struct slice w = word(&s);
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
        struct slice name = {from, (size_t)(end - from)};
        bool found = false, image = !strcmp(key, "json");
        for (size_t i = 0; i < sizeof known / sizeof *known && !found; i++)
            found = image && is(name, known[i]);
        for (size_t i = 0; i < b->nenv && !found; i++)
            found = is(name, b->env[i]);
        found = found || (is(name, "key") && b->nenv);
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

void bx_service_host(const char *url, char out[256])
{
    const char *slashes = strstr(url, "://"), *host = slashes ? slashes + 3 : url;
    size_t n = 0;
    bool brackets = *host == '[';
    for (host += brackets; *host && !strchr(brackets ? "]" : ":/?#", *host) && n < 255; host++)
        out[n++] = (char)(*host >= 'A' && *host <= 'Z' ? *host + 32 : *host);
    out[n] = '\0';
}
