/* request.c: what is sent for an image: ${…} filled in, each where it stands with the escapes of that place. */
#include "core/backend/http/http.h"
#include "core/base/banned.h"
#include "core/base/names.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum place { PLAIN, IN_JSON, IN_QUERY };

static const char *media_type(const struct bx_http_image *image)
{
    static const struct {
        const char *begin;
        size_t n, at;
        const char *type;
    } kinds[] = {
        {"\xFF\xD8\xFF", 3, 0, "image/jpeg"}, {"\x89PNG", 4, 0, "image/png"}, {"WEBP", 4, 8, "image/webp"}, {"BM", 2, 0, "image/bmp"},
        {"II*\0", 4, 0, "image/tiff"},        {"MM\0*", 4, 0, "image/tiff"},  {"GIF8", 4, 0, "image/gif"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (image->n >= kinds[i].at + kinds[i].n && !memcmp((const char *)image->bytes + kinds[i].at, kinds[i].begin, kinds[i].n))
            return kinds[i].type;
    return "application/octet-stream";
}

/* NULL: there is none of that name, or it is not set. */
static const char *variable(const struct bx_http_values *v, const char *name, size_t n)
{
    if (n == 3 && !memcmp(name, "key", 3) && v->norder) {
        name = v->order[0];
        n = strlen(name);
    }
    for (size_t i = 0; i < v->nenv; i++)
        if (strlen(v->env[i].name) == n && !memcmp(v->env[i].name, name, n))
            return v->env[i].value;
    return NULL;
}

static void add_text(struct bx_buf *out, const char *s, size_t n, enum place place)
{
    BX_CLEANUP_BUF struct bx_buf quoted = {0};
    if (place == PLAIN)
        bx_buf_add(out, s, n);
    else if (place == IN_QUERY)
        bx_buf_add_url_segment(out, s, n);
    else {
        bx_buf_add_json_string(&quoted, s, n);
        bx_buf_add(out, quoted.p + 1, quoted.n - 2);
        explicit_bzero(quoted.p, quoted.n);
    }
}

static bool add_image(struct bx_buf *out, const char *name, size_t n, const struct bx_http_image *image)
{
    struct bx_slice s = {name, n};
    if (bx_slice_is(s, "image.datauri"))
        bx_buf_addf(out, "data:%s;base64,", media_type(image));
    if (bx_slice_is(s, "image.datauri") || bx_slice_is(s, "image.base64"))
        bx_buf_add_base64(out, image->bytes, image->n);
    else if (bx_slice_is(s, "image.name"))
        bx_buf_adds(out, image->name);
    else if (bx_slice_is(s, "image.width") || bx_slice_is(s, "image.height"))
        bx_buf_addf(out, "%u", bx_slice_is(s, "image.width") ? image->w : image->h);
    else
        return false;
    return true;
}

/* In a template a text that is nothing but a side of the image is a number. */
static bool is_side(const char *p, const char *begin, const char **end)
{
    static const char *const sides[] = {"${image.width}\"", "${image.height}\""};
    for (size_t i = 0; i < 2; i++)
        if (p > begin && p[-1] == '"' && !strncmp(p, sides[i], strlen(sides[i]))) {
            *end = p + strlen(sides[i]);
            return true;
        }
    return false;
}

static void fill(struct bx_buf *out, const char *text, enum place place, const struct bx_http_values *v, const struct bx_http_image *image)
{
    for (const char *p = text, *at, *end; *p; p = end) {
        at = strstr(p, "${");
        end = at ? strchr(at, '}') : NULL;
        if (!end) {
            add_text(out, p, strlen(p), place == IN_JSON ? PLAIN : place); /* a template's own text is JSON already */
            return;
        }
        add_text(out, p, (size_t)(at - p), place == IN_JSON ? PLAIN : place);
        const char *name = at + 2, *after;
        size_t n = (size_t)(end - name);
        if (place == IN_JSON && image && is_side(at, text, &after)) {
            out->p[--out->n] = '\0';
            end = after;
            add_image(out, name, n, image);
            continue;
        }
        end++;
        const char *value = image && place == IN_JSON && add_image(out, name, n, image) ? NULL : variable(v, name, n);
        if (value)
            add_text(out, value, strlen(value), place);
    }
}

static bool add_header(const char **list, size_t *n, const char *line, const struct bx_http_values *v, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    fill(&b, line, PLAIN, v, NULL);
    if (bx_has_control(bx_buf_str(&b), b.n))
        return bx_fail(e, BX_CONFIG, "the value that the header '%.*s' gets has control characters", (int)strcspn(line, ":"), line);
    list[(*n)++] = bx_strndup(a, b.p, b.n);
    return true;
}

static bool says_type(const struct bx_service *s)
{
    for (size_t i = 0; i < s->nheaders; i++)
        if (!strncasecmp(s->headers[i], "content-type:", 13))
            return true;
    return false;
}

static void add_parts(struct bx_buf *out, const struct bx_service *s, const char *boundary, const struct bx_http_values *v,
                      const struct bx_http_image *image)
{
    for (size_t i = 0; i < s->nparts; i++) {
        size_t n = strcspn(s->parts[i], "=");
        bx_buf_addf(out, "--%s\r\nContent-Disposition: form-data; name=\"%.*s\"\r\n\r\n", boundary, (int)n, s->parts[i]);
        fill(out, s->parts[i] + n + 1, PLAIN, v, NULL);
        bx_buf_adds(out, "\r\n");
    }
    bx_buf_addf(out, "--%s\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"%s\"\r\nContent-Type: %s\r\n\r\n", boundary, s->field,
                image->name, media_type(image));
    bx_buf_add(out, image->bytes, image->n);
    bx_buf_addf(out, "\r\n--%s--\r\n", boundary);
}

bool bx_http_message(const struct bx_service *s, const char *json, const struct bx_http_values *v, const struct bx_http_image *image,
                     struct bx_http_message *out, struct bx_arena *a, struct bx_err *e)
{
    const char **headers = BX_NEW(a, const char *, s->nheaders + 2);
    BX_CLEANUP_BUF struct bx_buf query = {0};
    char boundary[40];
    const char *type = "application/json";
    *out = (struct bx_http_message){.headers = headers};
    for (size_t i = 0; i < s->nheaders; i++)
        if (!add_header(headers, &out->nheaders, s->headers[i], v, a, e))
            return false;
    for (size_t i = 0; i < s->nquery; i++) {
        size_t n = strcspn(s->query[i], "=");
        bx_buf_adds(&query, i ? "&" : "");
        bx_buf_add_url_segment(&query, s->query[i], n);
        bx_buf_addc(&query, '=');
        fill(&query, s->query[i] + n + 1, IN_QUERY, v, NULL);
    }
    out->query = query.n ? bx_strndup(a, query.p, query.n) : NULL;
    if (!image || s->send == BX_SEND_JSON)
        fill(&out->body, json, IN_JSON, v, image);
    else if (s->send == BX_SEND_MULTIPART) {
        snprintf(boundary, sizeof boundary, "boxscore%016llx", (unsigned long long)bx_hash_text(image->bytes, image->n));
        type = bx_printf(a, "multipart/form-data; boundary=%s", boundary);
        add_parts(&out->body, s, boundary, v, image);
    } else if (s->send == BX_SEND_BASE64) {
        type = s->mime ? s->mime : "application/x-www-form-urlencoded";
        bx_buf_add_base64(&out->body, image->bytes, image->n);
    } else {
        type = s->mime ? s->mime : media_type(image);
        bx_buf_add(&out->body, image->bytes, image->n);
    }
    if (!says_type(s))
        headers[out->nheaders++] = bx_printf(a, "Content-Type: %s", type);
    return true;
}
