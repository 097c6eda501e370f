/* url.c: URLs taken apart by libcurl's own parser, so that what is judged is what is connected to. */
#include "core/net/url.h"
#include "core/base/banned.h"
#include "core/base/secret.h"
#include "core/net/net.h"
#include <arpa/inet.h>
#include "core/net/curl.h"
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool copy_part(CURLU *u, CURLUPart part, unsigned flags, char *out, size_t size)
{
    char *text = NULL;
    bool ok = bx_curl.url_get(u, part, &text, flags) == CURLUE_OK && strlen(text) < size;
    if (ok)
        memcpy(out, text, strlen(text) + 1);
    bx_curl.free(text);
    for (char *p = out; ok && *p; p++)
        *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
    return ok;
}

bool bx_origin_of(const char *url, struct bx_origin *o)
{
    *o = (struct bx_origin){0};
    if (!bx_curl_open(NULL))
        return false;
    CURLU *u = bx_curl.url();
    CURLUcode code = u ? bx_curl.url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) : CURLUE_OUT_OF_MEMORY;
    bool ok = code == CURLUE_OK && copy_part(u, CURLUPART_SCHEME, 0, o->scheme, sizeof o->scheme) &&
              copy_part(u, CURLUPART_HOST, 0, o->host, sizeof o->host) &&
              copy_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, o->port, sizeof o->port);
    ok = ok && (!strcmp(o->scheme, "http") || !strcmp(o->scheme, "https"));
    bx_curl.url_cleanup(u);
    return ok;
}

bool bx_url_login(const char *url, struct bx_buf *user, struct bx_buf *password)
{
    struct bx_buf *const out[] = {user, password};
    const CURLUPart part[] = {CURLUPART_USER, CURLUPART_PASSWORD};
    bool any = false;
    if (!bx_curl_open(NULL))
        return false;
    CURLU *u = bx_curl.url();
    bool ok = u && bx_curl.url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
    for (size_t i = 0; ok && i < 2; i++) {
        char *text = NULL;
        if (bx_curl.url_get(u, part[i], &text, CURLU_URLDECODE) == CURLUE_OK) {
            bx_buf_adds(out[i], text);
            explicit_bzero(text, strlen(text));
            any = true;
        }
        bx_curl.free(text);
    }
    bx_curl.url_cleanup(u);
    return any;
}

bool bx_origin_same(const struct bx_origin *a, const struct bx_origin *b)
{
    return !strcmp(a->scheme, b->scheme) && !strcmp(a->host, b->host) && !strcmp(a->port, b->port);
}

/* The parser is not asked: what it refuses must be shown without secrets, too. */
void bx_url_shown(const char *url, struct bx_buf *out)
{
    const char *slashes = strstr(url, "://"), *host = slashes ? slashes + 3 : url;
    size_t n = strcspn(host, "/?#");
    bx_buf_add(out, url, (size_t)(host - url));
    const char *at = memrchr(host, '@', n);
    const char *from = at ? at + 1 : host;
    bx_buf_add(out, from, (size_t)(host + n - from));
    const char *p = host + n;
    n = strcspn(p, "?#");
    bx_buf_add(out, p, n);
    p += n;
    if (*p != '?')
        return;
    for (const char *end = p + strcspn(p, "#"); p < end;) {
        size_t part = 1 + strcspn(p + 1, "&#"), name = strcspn(p, "=");
        bx_buf_add(out, p, name < part ? name + 1 : 1);
        bx_buf_adds(out, "***");
        p += part;
    }
}

static const struct range4 {
    uint32_t from;
    int bits;
} reserved4[] = {
    {0x00000000, 8},  {0x0A000000, 8},  {0x64400000, 10}, {0x7F000000, 8},  {0xA9FE0000, 16}, {0xAC100000, 12}, {0xC0000000, 24},
    {0xC0000200, 24}, {0xC0A80000, 16}, {0xC6120000, 15}, {0xC6336400, 24}, {0xCB007100, 24}, {0xE0000000, 4},  {0xF0000000, 4},
};

static bool public4(uint32_t address)
{
    for (size_t i = 0; i < sizeof reserved4 / sizeof *reserved4; i++)
        if ((address ^ reserved4[i].from) >> (32 - reserved4[i].bits) == 0)
            return false;
    return true;
}

static uint32_t four(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* What is now given out is 2000::/3; of it, what carries an IPv4 address or is for documents alone is not. */
static bool public6(const uint8_t *p)
{
    static const uint8_t zeros[12], mapped[12] = {[10] = 0xFF, [11] = 0xFF}, nat64[12] = {0, 0x64, 0xFF, 0x9B};
    if (!memcmp(p, mapped, 12) || !memcmp(p, nat64, 12))
        return public4(four(p + 12));
    if (!memcmp(p, zeros, 12) || (p[0] & 0xE0) != 0x20)
        return false;
    if (p[0] == 0x20 && p[1] == 0x02) /* 6to4 */
        return public4(four(p + 2));
    return four(p) != 0x20010000 && four(p) != 0x20010DB8; /* Teredo */
}

bool bx_address_public(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, a, sizeof in);
        return public4(ntohl(in.sin_addr.s_addr));
    }
    if (a->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, a, sizeof in6);
        return public6(in6.sin6_addr.s6_addr);
    }
    return false;
}

bool bx_host_private(const char *host)
{
    char bare[260];
    struct in_addr in;
    struct in6_addr in6;
    size_t n = strlen(host);
    if (n && n < sizeof bare && host[n - 1] == '.') { /* the same without it */
        memcpy(bare, host, --n);
        bare[n] = '\0';
        host = bare;
    }
    if (inet_pton(AF_INET, host, &in) == 1)
        return !public4(ntohl(in.s_addr));
    if (n > 2 && host[0] == '[' && n < sizeof bare) {
        memcpy(bare, host + 1, n - 2);
        bare[strcspn(bare, "%]") < n - 2 ? strcspn(bare, "%]") : n - 2] = '\0';
        return inet_pton(AF_INET6, bare, &in6) != 1 || !public6(in6.s6_addr);
    }
    return !strcasecmp(host, "localhost") || (n > 10 && !strcasecmp(host + n - 10, ".localhost"));
}

static const char *variable(const char *lower, const char *upper)
{
    const char *v = getenv(lower);
    if ((!v || !*v) && upper)
        v = getenv(upper);
    return v && *v ? v : NULL;
}

/* no_proxy: names and suffixes of them, separated by commas or spaces; * is all. */
static bool excepted(const char *host)
{
    const char *list = variable("no_proxy", "NO_PROXY");
    size_t length = strlen(host);
    while (list && *list) {
        list += strspn(list, ", ");
        size_t n = strcspn(list, ", ");
        const char *name = list;
        list += n;
        if (n == 1 && *name == '*')
            return true;
        if (n && *name == '.')
            name++, n--;
        if (n && n <= length && !strncasecmp(host + length - n, name, n) && (n == length || host[length - n - 1] == '.'))
            return true;
    }
    return false;
}

/* HTTP_PROXY in capitals is what a web server would hand its programs of a header named Proxy, so nobody heeds it. */
const char *bx_proxy_for(const struct bx_origin *o)
{
    if (excepted(o->host))
        return NULL;
    const char *own = !strcmp(o->scheme, "https") ? variable("https_proxy", "HTTPS_PROXY") : variable("http_proxy", NULL);
    return own ? own : variable("all_proxy", "ALL_PROXY");
}
