/* internal.h: one request and the loop that moves it. */
#pragma once
#include "core/net/net.h"
#include "core/net/url.h"
#include "core/net/curl.h"

struct bx_net {
    CURLM *multi;
    int ready, timer; /* epoll over libcurl's sockets and that timerfd, libcurl's next */
    const struct bx_net_options *options;
    const char *ca_file, *ca_path; /* NULL: the system's */
    struct bx_net_call *first;     /* those that have not ended */
};

enum bx_net_state { BX_NET_MOVING, BX_NET_WAITING, BX_NET_ENDED };
struct bx_net_call {
    struct bx_net_call *next;
    struct bx_net *net;
    const struct bx_net_request *r;
    struct bx_net_reply *reply;
    enum bx_net_state state;
    struct bx_err err;                       /* code 0: all is well */
    int64_t deadline_ns, again_ns, begun_ns; /* begun_ns: this try */
    int tries, bad_gateways, hops, restarts;

    struct bx_origin home;    /* of the request's own URL: where its secret goes */
    struct bx_origin trusted; /* what the user wrote */
    struct bx_origin at;
    struct bx_buf url, shown; /* of this hop; the former may hold a secret, the latter does not */
    bool login;               /* the user wrote one: user:password@ */
    struct bx_buf user, password;
    CURL *easy;
    struct curl_slist *headers;
    char why[CURL_ERROR_SIZE];

    char refused[64];      /* the address that an answer led to, and must not */
    struct bx_err own;     /* why the body was not taken */
    bool body, to_file;    /* of this hop: it has begun, and goes to fd */
    uint64_t at_byte;      /* where the next of it goes */
    uint64_t furthest;     /* at which the tries were counted anew */
    long long retry_after; /* seconds; -1: it did not say */
    uint64_t range_from, range_total;
    bool ranged;
    char validator[256]; /* of what fd has */
};

/* c ends; the text begins with where it was. False. */
bool bx_call_fail(struct bx_net_call *c, enum bx_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void bx_call_show(const struct bx_net_call *c, const char *url, struct bx_buf *out); /* as bx_url_shown, and without keys in its path */
bool bx_call_hop(struct bx_net_call *c);                  /* call.c: the transfer of c->url, added to the loop; false: it has ended */
void bx_call_judge(struct bx_net_call *c, CURLcode code); /* what the transfer's end means */
/* c->url is where the request begins; from an answer, without what holds a secret there. False: it stands elsewhere in it. */
bool bx_call_first_url(struct bx_net_call *c);
