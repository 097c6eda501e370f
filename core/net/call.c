/* call.c: one request: a transfer a hop, and what its end means: done, another hop, once more later, or failed. */
#include "core/base/banned.h"
#include "core/base/names.h"
#include "core/base/text.h"
#include "core/net/internal.h"
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { HOPS = 10, TRIES = 5, ERROR_BODY = 64 << 10, ERROR_READ = 4 << 20, SLOW = 256, CONNECT_MS = 20000, PROGRESS = 1 << 20 };
static const double LONGEST_WAIT = 600; /* that a server may ask for */

bool bx_call_fail(struct bx_net_call *c, enum bx_code code, const char *fmt, ...)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    BX_CLEANUP_BUF struct bx_buf clean = {0};
    va_list ap;
    va_start(ap, fmt);
    bx_buf_addf(&text, "'%.200s': ", bx_buf_str(&c->shown));
    bx_buf_vaddf(&text, fmt, ap);
    va_end(ap);
    bx_redact(c->net->options->secrets, c->net->options->nsecrets, text.p, text.n, &clean);
    c->state = BX_NET_ENDED;
    return bx_fail(&c->err, code, "%s", bx_buf_str(&clean));
}

void bx_call_show(const struct bx_net_call *c, const char *url, struct bx_buf *out)
{
    BX_CLEANUP_BUF struct bx_buf raw = {0};
    bx_url_shown(url, &raw);
    bx_buf_clear(out);
    bx_redact(c->net->options->secrets, c->net->options->nsecrets, bx_buf_str(&raw), raw.n, out); /* before it is cut */
}

static double left(const struct bx_net_call *c)
{
    return (double)(c->deadline_ns - bx_time_monotonic()) / 1e9;
}

/* May this hop lead to a private address: it is where the user wrote, or all may. */
static bool trusts(const struct bx_net_call *c)
{
    return c->net->options->private_addresses || bx_origin_same(&c->at, &c->trusted);
}

static const char *private_words(const struct bx_net_call *c)
{
    return c->net->options->private_words ? c->net->options->private_words : "which it may only with --allow-private";
}

static bool good(long status)
{
    return status >= 200 && status <= 299;
}

/* A part of something else than what is there, from a server that does not heed If-Range. */
static bool of_another(const struct bx_net_call *c, long status)
{
    const char *now = c->validator[0] == '"' ? c->reply->etag : c->reply->modified;
    return status == 206 && c->validator[0] && now[0] && strcmp(now, c->validator) != 0;
}

/* The first byte: of a part that was asked for, which goes behind what is there, or of all. */
static bool begin(struct bx_net_call *c, long status)
{
    if (status == 206 && (!c->ranged || !c->reply->bytes || c->range_from != c->reply->bytes || c->r->fd < 0))
        return bx_fail(&c->own, BX_NET, "a part was answered that is not the one asked for");
    c->body = true;
    c->to_file = c->r->fd >= 0;
    c->at_byte = status == 206 ? c->range_from : 0;
    c->reply->bytes = c->at_byte;
    return !c->to_file || c->at_byte || ftruncate(c->r->fd, 0) == 0 || bx_fail_errno(&c->own, "cannot write the download");
}

static size_t body(char *p, size_t size, size_t n, void *self)
{
    struct bx_net_call *c = self;
    struct bx_net_reply *out = c->reply;
    const struct bx_net_request *r = c->r;
    n *= size;
    long status = 0;
    bx_curl.easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (!good(status) || (r->fd >= 0 && status != 200 && status != 206)) {
        size_t room = ERROR_BODY - out->body.n;
        bx_buf_add(&out->body, p, n < room ? n : room);
        c->at_byte += n;
        return c->at_byte < ERROR_READ ? n : 0; /* libcurl knows a redirect once all was read */
    }
    if (!c->body) {
        if (of_another(c, status) || !begin(c, status))
            return 0;
        curl_off_t length = -1;
        bx_curl.easy_getinfo(c->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        out->total = length >= 0 ? c->at_byte + (uint64_t)length : 0;
        if (r->began && !r->began(r->self, out, &c->own))
            return 0;
    }
    if (c->at_byte + n > r->most || out->total > r->most) {
        bx_fail(&c->own, BX_DATA, "is larger than %" PRIu64 " bytes", r->most);
        return 0;
    }
    if (!c->to_file)
        bx_buf_add(&out->body, p, n);
    for (size_t done = 0; c->to_file && done < n;) {
        ssize_t k = pwrite(r->fd, p + done, n - done, (off_t)(c->at_byte + done));
        if (k <= 0) {
            bx_fail_errno(&c->own, "cannot write the download");
            return 0;
        }
        done += (size_t)k;
    }
    c->at_byte += n;
    out->bytes = c->at_byte;
    return !r->progress || r->progress(r->self, out->bytes, out->total, &c->own) ? n : 0;
}

/* The value of a header of that name; false when the line is another. */
static bool header_is(const char *p, size_t n, const char *name, char *out, size_t size)
{
    size_t length = strlen(name);
    if (n <= length || strncasecmp(p, name, length) != 0 || p[length] != ':')
        return false;
    for (p += length + 1, n -= length + 1; n && (*p == ' ' || *p == '\t'); p++)
        n--;
    while (n && strchr(" \t\r\n", p[n - 1]))
        n--;
    n = n < size && !bx_has_control(p, n) && bx_utf8_valid(p, n) ? n : 0; /* a value that does not fit is as good as none */
    memcpy(out, p, n);
    out[n] = '\0';
    return true;
}

static size_t header(char *p, size_t size, size_t n, void *self)
{
    struct bx_net_call *c = self;
    char value[256];
    n *= size;
    if (n > 5 && !strncasecmp(p, "HTTP/", 5)) { /* of the answer itself, not of a 100 or a proxy's before it */
        c->reply->etag[0] = c->reply->modified[0] = c->reply->type[0] = c->reply->coding[0] = '\0';
        c->retry_after = -1;
        c->ranged = false;
    } else if (header_is(p, n, "etag", value, sizeof value)) {
        if (value[0] == '"')
            memcpy(c->reply->etag, value, sizeof value);
    } else if (header_is(p, n, "last-modified", value, sizeof c->reply->modified))
        memcpy(c->reply->modified, value, sizeof c->reply->modified);
    else if (header_is(p, n, "content-type", value, sizeof c->reply->type))
        memcpy(c->reply->type, value, sizeof c->reply->type);
    else if (header_is(p, n, "content-encoding", value, sizeof c->reply->coding))
        memcpy(c->reply->coding, value, sizeof c->reply->coding);
    else if (header_is(p, n, "content-range", value, sizeof value)) {
        uint64_t last;
        c->ranged = sscanf(value, "bytes %" SCNu64 "-%" SCNu64, &c->range_from, &last) == 2;
    } else if (header_is(p, n, "retry-after", value, sizeof value) && value[0]) {
        time_t date = bx_curl.getdate(value, NULL);
        bool seconds = value[strspn(value, "0123456789")] == '\0';
        c->retry_after = seconds ? (strlen(value) < 8 ? atoll(value) : 9999999) : date >= 0 ? (long long)(date - time(NULL)) : -1;
        if (!seconds && date >= 0 && c->retry_after < 0)
            c->retry_after = 0;
    }
    return n;
}

static curl_socket_t open_socket(void *self, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct bx_net_call *c = self;
    (void)purpose;
    if (!trusts(c) && !bx_proxy_for(&c->at) && !bx_address_public(&to->addr)) {
        if (getnameinfo(&to->addr, to->addrlen, c->refused, sizeof c->refused, NULL, 0, NI_NUMERICHOST) != 0)
            snprintf(c->refused, sizeof c->refused, "a private address");
        return CURL_SOCKET_BAD;
    }
    return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static void add_header(struct bx_net_call *c, const char *name, const char *value)
{
    BX_CLEANUP_BUF struct bx_buf line = {0};
    bx_buf_addf(&line, "%s: %s", name, value);
    c->headers = bx_curl.slist_append(c->headers, bx_buf_str(&line));
}

/* In what is sent beside the URL. */
static bool secret_within(const struct bx_net_call *c)
{
    const struct bx_secret *secrets = c->net->options->secrets;
    size_t n = c->net->options->nsecrets;
    bool any = c->r->body && bx_has_secret(secrets, n, c->r->body, c->r->nbody);
    for (size_t i = 0; i < c->r->nheaders && !any; i++)
        any = bx_has_secret(secrets, n, c->r->headers[i], strlen(c->r->headers[i]));
    return any;
}

static void set_headers(struct bx_net_call *c)
{
    char text[64];
    bx_curl.slist_free_all(c->headers);
    c->headers = NULL;
    if (c->reply->bytes && c->validator[0]) {
        snprintf(text, sizeof text, "bytes=%" PRIu64 "-", c->reply->bytes);
        add_header(c, "Range", text);
        add_header(c, "If-Range", c->validator);
    }
    if (c->r->if_none_match)
        add_header(c, "If-None-Match", c->r->if_none_match);
    for (size_t i = 0; i < c->r->nheaders && (c->hops == 0 || !secret_within(c)); i++)
        c->headers = bx_curl.slist_append(c->headers, c->r->headers[i]);
    if (c->r->body) { /* at once: who waits for a 100 waits a second where none comes */
        c->headers = bx_curl.slist_append(c->headers, "Expect:");
        bx_curl.easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->r->nbody);
        bx_curl.easy_setopt(c->easy, CURLOPT_POSTFIELDS, (const char *)c->r->body);
    }
    if (c->r->method)
        bx_curl.easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, c->r->method);
    bx_curl.easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
}

static void set_secret(struct bx_net_call *c, struct bx_buf *url)
{
    bx_buf_adds(url, bx_buf_str(&c->url));
    if (!c->r->secret_query || !bx_origin_same(&c->at, &c->home) || strstr(bx_buf_str(url), c->r->secret_query))
        return;
    char *fragment = strchr(url->p, '#');
    if (fragment) {
        url->n = (size_t)(fragment - url->p);
        *fragment = '\0';
    }
    bx_buf_addc(url, strchr(url->p, '?') ? '&' : '?');
    bx_buf_adds(url, c->r->secret_query);
}

static void set_transport(struct bx_net_call *c)
{
    const char *proxy = bx_proxy_for(&c->at);
    double stall = c->r->stall > 0 ? c->r->stall : 60, rest = left(c);
    CURL *h = c->easy;
    bx_curl.easy_setopt(h, CURLOPT_PROTOCOLS_STR, c->at.scheme);
    bx_curl.easy_setopt(h, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS); /* where libcurl has it */
    bx_curl.easy_setopt(h, CURLOPT_SSL_VERIFYPEER, 1L);
    bx_curl.easy_setopt(h, CURLOPT_SSL_VERIFYHOST, 2L);
    if (c->net->ca_file)
        bx_curl.easy_setopt(h, CURLOPT_CAINFO, c->net->ca_file);
    else if (c->net->ca_path)
        bx_curl.easy_setopt(h, CURLOPT_CAPATH, c->net->ca_path);
    bx_curl.easy_setopt(h, CURLOPT_PROXY, proxy ? proxy : "");
    bx_curl.easy_setopt(h, CURLOPT_NOPROXY, "");
    bx_curl.easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    bx_curl.easy_setopt(h, CURLOPT_OPENSOCKETDATA, c);
    if (!trusts(c)) {
        bx_curl.easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L); /* one that is open was judged by the rules of another request */
        bx_curl.easy_setopt(h, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    }
    bx_curl.easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    bx_curl.easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW);
    bx_curl.easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)(stall < 1 ? 1 : stall));
    bx_curl.easy_setopt(h, CURLOPT_TIMEOUT_MS, rest * 1000 < INT_MAX ? (long)(rest * 1000) + 1 : INT_MAX);
    bx_curl.easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    bx_curl.easy_setopt(h, CURLOPT_USERAGENT, "boxscore/" BX_VERSION);
}

bool bx_call_hop(struct bx_net_call *c)
{
    BX_CLEANUP_BUF struct bx_buf url = {0};
    bx_call_show(c, bx_buf_str(&c->url), &c->shown);
    if (!bx_origin_of(bx_buf_str(&c->url), &c->at))
        return bx_call_fail(c, BX_NET, "it is no http:// or https:// address");
    if (!trusts(c) && bx_host_private(c->at.host))
        return bx_call_fail(c, BX_NET, "an answer of '%s' leads to a private address, %s", c->trusted.host, private_words(c));
    if (left(c) <= 0)
        return bx_call_fail(c, BX_TIMEOUT, "no answer in time");
    if (!c->hops)
        c->begun_ns = bx_time_monotonic();
    c->easy = bx_curl.easy_init();
    if (!c->easy)
        return bx_call_fail(c, BX_NET, "libcurl has no memory");
    set_secret(c, &url);
    bx_curl.easy_setopt(c->easy, CURLOPT_URL, bx_buf_str(&url));
    explicit_bzero(url.p, url.n);
    if (c->login && bx_origin_same(&c->at, &c->home)) { /* an answer that leads there again has left it out */
        bx_curl.easy_setopt(c->easy, CURLOPT_USERNAME, bx_buf_str(&c->user));
        bx_curl.easy_setopt(c->easy, CURLOPT_PASSWORD, bx_buf_str(&c->password));
    }
    set_transport(c);
    set_headers(c);
    c->refused[0] = c->why[0] = '\0';
    c->own = (struct bx_err){0};
    c->body = c->ranged = false;
    c->at_byte = 0;
    c->retry_after = -1;
    bx_buf_clear(&c->reply->body);
    bx_curl.easy_setopt(c->easy, CURLOPT_ERRORBUFFER, c->why);
    bx_curl.easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, body);
    bx_curl.easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
    bx_curl.easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, header);
    bx_curl.easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
    bx_curl.easy_setopt(c->easy, CURLOPT_PRIVATE, c);
    c->state = BX_NET_MOVING;
    return bx_curl.multi_add_handle(c->net->multi, c->easy) == CURLM_OK || bx_call_fail(c, BX_NET, "libcurl does not take it");
}

static bool carries_secret(const struct bx_net_call *c, const char *p, size_t n)
{
    const char *query = c->r->secret_query;
    return bx_has_secret(c->net->options->secrets, c->net->options->nsecrets, p, n) || (query && memmem(p, n, query, strlen(query)));
}

static bool drop_secret(const struct bx_net_call *c, const char *to, struct bx_buf *out)
{
    const char *p = to + strcspn(to, "?#");
    bx_buf_add(out, to, (size_t)(p - to));
    for (char join = '?'; *p && *p != '#';) {
        size_t n = strcspn(p + 1, "&#");
        if (!carries_secret(c, p + 1, n)) {
            bx_buf_addc(out, join);
            bx_buf_add(out, p + 1, n);
            join = '&';
        }
        p += 1 + n;
    }
    return !carries_secret(c, bx_buf_str(out), out->n);
}

bool bx_call_first_url(struct bx_net_call *c)
{
    bx_buf_clear(&c->url);
    if (c->r->from && !bx_origin_same(&c->home, &c->trusted))
        return drop_secret(c, c->r->url, &c->url);
    bx_buf_adds(&c->url, c->r->url);
    return true;
}

/* waits: it is there, and says that it is not ready. */
static bool again(struct bx_net_call *c, const char *why, bool waits)
{
    int most = c->r->tries > 0 ? c->r->tries : TRIES;
    if (++c->tries >= most && !(waits && c->r->patient))
        return bx_call_fail(c, BX_NET, "%s (tried %d time%s)", why, c->tries, c->tries == 1 ? "" : "s");
    double wait = (double)(1 << (c->tries - 1 < 5 ? c->tries - 1 : 5));
    uint64_t dice = bx_hash_number((uint64_t)bx_time_monotonic());
    wait *= 0.75 + 0.5 * (double)(dice >> 11) / 9007199254740992.0;
    if (c->retry_after >= 0)
        wait = (double)c->retry_after;
    if (c->retry_after < 0 && wait >= left(c))
        return bx_call_fail(c, BX_NET, "%s, and no time is left to try again", why);
    if (wait > LONGEST_WAIT || wait >= left(c))
        return bx_call_fail(c, BX_NET, "%s, and asks for %.0f s of patience, more than there is", why, wait);
    c->again_ns = bx_time_monotonic() + (int64_t)(wait * 1e9);
    c->state = BX_NET_WAITING;
    c->hops = 0;
    return bx_call_first_url(c);
}

static bool redirect(struct bx_net_call *c, const char *to, long status)
{
    struct bx_origin next;
    BX_CLEANUP_BUF struct bx_buf shown = {0};
    bx_call_show(c, to, &shown);
    if (++c->hops > HOPS)
        return bx_call_fail(c, BX_NET, "more than %d redirects", HOPS);
    if (!bx_origin_of(to, &next))
        return bx_call_fail(c, BX_NET, "redirects to '%.200s', another scheme or no address at all", bx_buf_str(&shown));
    if (strcmp(next.scheme, c->at.scheme) != 0 && strcmp(next.scheme, "https") != 0)
        return bx_call_fail(c, BX_NET, "redirects from https to http, '%.200s', which is not followed", bx_buf_str(&shown));
    if (c->r->body && status != 307 && status != 308)
        return bx_call_fail(c, BX_NET, "redirects to '%.200s' in a way that leaves behind what was sent", bx_buf_str(&shown));
    if (c->r->body && secret_within(c))
        return bx_call_fail(c, BX_NET, "redirects to '%.200s', where the key would go along, which is not followed", bx_buf_str(&shown));
    bx_buf_clear(&c->url);
    if (bx_origin_same(&next, &c->home))
        bx_buf_adds(&c->url, to);
    else if (!drop_secret(c, to, &c->url))
        return bx_call_fail(c, BX_NET, "redirects to '%.200s' with the key in the address, which is not followed", bx_buf_str(&shown));
    return bx_call_hop(c);
}

static bool passes(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_OPERATION_TIMEDOUT: /* a stall; the whole time is over elsewhere */
        return true;
    default:
        return false;
    }
}

static bool broke(struct bx_net_call *c, CURLcode code)
{
    const char *why = c->why[0] ? c->why : bx_curl.easy_strerror(code);
    if (c->own.code)
        return bx_call_fail(c, c->own.code, "%s", c->own.text);
    if (c->refused[0])
        return bx_call_fail(c, BX_NET, "an answer of '%s' leads to the private address %s, %s", c->trusted.host, c->refused,
                            private_words(c));
    if (left(c) <= (code == CURLE_OPERATION_TIMEDOUT ? 0.1 : 0)) /* libcurl's clock and this one */
        return bx_call_fail(c, BX_TIMEOUT, "not done in time, %" PRIu64 " byte%s came", c->reply->bytes, bx_plural(c->reply->bytes));
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return bx_call_fail(c, BX_NET, "its certificate is not trusted: %s; %s", why,
                            c->net->options->ca_words ? c->net->options->ca_words : "--ca-file FILE names an authority of your own");
    BX_CLEANUP_BUF struct bx_buf text = {0};
    bx_buf_adds(&text, why);
    /* What is there of a download stays; where nobody can say that the rest is still of the same, it begins anew. */
    if (c->body && c->to_file) {
        if (c->at_byte >= c->furthest + PROGRESS) { /* beyond all that came before: who begins anew each time gets no further */
            c->furthest = c->at_byte;
            c->tries = 0;
        }
        const char *same = c->reply->etag[0] ? c->reply->etag : c->reply->modified;
        memcpy(c->validator, same, strlen(same) + 1);
    }
    return passes(code) ? again(c, bx_buf_str(&text), false) : bx_call_fail(c, BX_NET, "%s", why);
}

static bool answered(struct bx_net_call *c, long status, const char *to)
{
    static const struct {
        long status;
        const char *words;
    } known[] = {
        {400, "bad request"},       {401, "not authorised"},
        {402, "payment required"},  {403, "forbidden"},
        {404, "not found"},         {410, "gone"},
        {429, "too many requests"}, {500, "server error"},
        {502, "bad gateway"},       {503, "service not available"},
        {504, "gateway timeout"},
    };
    char text[64];
    snprintf(text, sizeof text, "status %ld", status);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].status == status)
            snprintf(text, sizeof text, "status %ld, %s", status, known[i].words);
    if (to && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308))
        return redirect(c, to, status);
    bool another = of_another(c, status);
    if ((status == 416 || another) && c->reply->bytes && c->restarts++ == 0) { /* what is there is not of it, after all */
        c->reply->bytes = 0;
        c->validator[0] = '\0';
        return bx_call_hop(c);
    }
    if (another)
        return bx_call_fail(c, BX_NET, "it is another at each part of it");
    if ((status == 304 && c->r->if_none_match) || (good(status) && (c->r->fd < 0 || status == 200 || status == 206))) {
        if (good(status) && !c->body && !begin(c, status))
            return bx_call_fail(c, c->own.code, "%s", c->own.text);
        c->state = BX_NET_ENDED;
        return true;
    }
    if (status == 429 || status == 503 || status == 504 || (status == 502 && c->bad_gateways++ == 0))
        return again(c, text, status != 502);
    return bx_call_fail(c, BX_NET, "%s", text);
}

void bx_call_judge(struct bx_net_call *c, CURLcode code)
{
    char *to = NULL;
    long status = 0;
    bx_curl.easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    bx_curl.easy_getinfo(c->easy, CURLINFO_REDIRECT_URL, &to);
    c->reply->status = status;
    c->reply->wall_ns = bx_time_monotonic() - c->begun_ns;
    BX_CLEANUP_BUF struct bx_buf where = {0};
    if (to)
        bx_buf_adds(&where, to);
    bool whole = code == CURLE_OK || (code == CURLE_WRITE_ERROR && !c->own.code && !c->body && status);
    bx_curl.multi_remove_handle(c->net->multi, c->easy);
    bx_curl.easy_cleanup(c->easy);
    c->easy = NULL;
    if (whole)
        answered(c, status, to ? where.p : NULL);
    else
        broke(c, code);
}
