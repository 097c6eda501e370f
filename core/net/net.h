/*
 * net.h: the one wrapper of libcurl. Requests are begun, stepped together by one loop, and collected; or one is made and waited for.
 *
 *     struct bx_net *net = bx_net_open(&(struct bx_net_options){.ca_file = file}, err);
 *     struct bx_net_request r = {.url = "https://example.com/a.json", .most = 1 << 20, .fd = -1};
 *     struct bx_net_reply reply = {0};
 *     bool ok = bx_net_get(net, &r, &reply, err);          // bx_net_begin, bx_net_step until it has ended, bx_net_end
 *     bx_net_reply_free(&reply);
 *     bx_net_close(net);
 *
 * What holds for each request:
 *   TLS        certificates and names are always verified
 *   redirects  at most 10; never to another scheme but from http to https; what an answer names (a redirect, or a URL with `from`) must
 *              have a public address, asked of the address that is connected to, unless it is of the origin that the user wrote. What has
 *              a body goes along only after 307 and 308, and not with a secret in it or its headers
 *   secrets    are sent to the origin of the request's own URL alone, and are *** in all texts; so is user:password@ of a URL that the
 *              user wrote, wherever that origin leads within itself
 *   proxies    http_proxy, https_proxy, all_proxy and no_proxy are followed; whom a proxy connects to is its own business, but for private
 *              addresses that a URL names as such
 *   retries    429, 503, 504, one 502 and failing connections, `tries` times, after Retry-After or 1, 2, 4, 8 s give or take a quarter;
 *              a download goes on where it broke off, if the server says that it is still the same (If-Range)
 *   limits     of bytes, of time, and of slowness
 */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/secret.h"
#include <stdbool.h>
#include <stdint.h>

struct bx_net_options {
    const char *ca_file;             /* PEM; NULL: CURL_CA_BUNDLE, SSL_CERT_FILE, or the system's */
    bool private_addresses;          /* answers may lead there */
    const char *private_words;       /* how that is allowed, for messages; NULL: "which it may only with --allow-private" */
    const char *ca_words;            /* how ca_file is given; NULL: "--ca-file FILE names an authority of your own" */
    const struct bx_secret *secrets; /* in no text */
    size_t nsecrets;
};
struct bx_net;
struct bx_net *bx_net_open(const struct bx_net_options *o, struct bx_err *e); /* NULL: e says why; what o points to stays the caller's */
void bx_net_close(struct bx_net *n);
int bx_net_fd(const struct bx_net *n); /* to be polled for reading with others: bx_net_step has something to do */

struct bx_net_reply {
    long status;                  /* 200, 202, 206, 304, …: of the last answer */
    struct bx_buf body;           /* what did not go to fd: of an answer that is an error its first 64 KiB */
    char etag[256], modified[64]; /* "" when it did not say; a weak ETag is none */
    char type[64], coding[32];    /* Content-Type and Content-Encoding, the same; nothing that comes is decoded */
    uint64_t bytes, total;        /* got and expected of the whole, what was there before included; total 0: unknown */
    int64_t wall_ns;              /* of the last try, redirects included: what was waited between tries is not in it */
};
void bx_net_reply_free(struct bx_net_reply *r);

struct bx_net_request {
    const char *url;            /* without secrets; user:password@ is sent, and not shown */
    const char *from;           /* the URL whose answer named this one; NULL: the user wrote it */
    const char *secret_query;   /* "api_key=…", encoded: joins the URL at its own origin */
    const char *if_none_match;  /* an ETag: 304 is an answer, then */
    const char *const *headers; /* "Name: value"; they may hold secrets */
    size_t nheaders;
    const char *method; /* NULL: GET, or POST with a body */
    const void *body;   /* NULL: none */
    size_t nbody;
    bool patient;          /* 429, 503 and 504 are no tries: until the time is over */
    int fd;                /* where the body goes; -1: into the reply */
    uint64_t have;         /* bytes that fd has from before, of what `validator` says */
    const char *validator; /* a strong ETag, or the date of the last change; NULL: begin anew */
    uint64_t most;         /* bytes of the body at most */
    double stall;          /* seconds for which less than 256 bytes a second may come; 0: 60 */
    double timeout;        /* seconds of all, waiting included; 0: 600 */
    int tries;             /* 0: 5 */
    /* The body of a 200 or 206 begins; reply says what is known. And so many bytes are there. False, with e, ends it. NULL allowed. */
    bool (*began)(void *self, const struct bx_net_reply *reply, struct bx_err *e);
    bool (*progress)(void *self, uint64_t bytes, uint64_t total, struct bx_err *e);
    void *self;
};

/* One request, waited for. True: the status is 2xx, or 304 where it was asked for. False: e says what went wrong and at which URL
 * (BX_NET, BX_TIMEOUT, BX_IO; BX_DATA: what came is too large); reply->status is 0 where there was no answer. */
bool bx_net_get(struct bx_net *n, const struct bx_net_request *r, struct bx_net_reply *reply, struct bx_err *e);

/* Several at once: begin each, step until they have ended. What r points to must stay until the end. */
struct bx_net_call;
struct bx_net_call *bx_net_begin(struct bx_net *n, const struct bx_net_request *r, struct bx_net_reply *reply);
void bx_net_step(struct bx_net *n, int ms); /* moves all that are open; waits for at most so long when nothing can move */
bool bx_net_ended(const struct bx_net_call *c);
bool bx_net_end(struct bx_net_call *c, struct bx_err *e); /* what became of it; one that is still open is given up */

/* A URL as it may be shown and kept: without user:password@ and #fragment, and what is asked for with ?name=value is ?name=***. */
void bx_url_shown(const char *url, struct bx_buf *out);
