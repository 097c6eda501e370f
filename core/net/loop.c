/* loop.c: libcurl's loop, and what is begun, waited for and collected in it. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/net/internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* What libcurl waits for. A socket that is closed is no longer in the set by itself. */
static int on_socket(CURL *easy, curl_socket_t s, int what, void *self, void *unused)
{
    (void)easy;
    (void)unused;
    struct bx_net *n = self;
    struct epoll_event ev = {.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u), .data.fd = s};
    if (what == CURL_POLL_REMOVE)
        epoll_ctl(n->ready, EPOLL_CTL_DEL, s, &ev);
    else if (epoll_ctl(n->ready, EPOLL_CTL_MOD, s, &ev) != 0 && errno == ENOENT)
        epoll_ctl(n->ready, EPOLL_CTL_ADD, s, &ev);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *self)
{
    (void)multi;
    struct bx_net *n = self;
    struct itimerspec t = {.it_value = {ms > 0 ? ms / 1000 : 0, ms > 0 ? ms % 1000 * 1000000 : 1}};
    if (ms < 0)
        t.it_value.tv_nsec = 0; /* none */
    timerfd_settime(n->timer, 0, &t, NULL);
    return 0;
}

static bool open_loop(struct bx_net *n, struct bx_err *e)
{
    n->multi = bx_curl.multi_init();
    n->ready = epoll_create1(EPOLL_CLOEXEC);
    n->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = n->timer};
    if (!n->multi || n->ready < 0 || n->timer < 0 || epoll_ctl(n->ready, EPOLL_CTL_ADD, n->timer, &ev) != 0)
        return bx_fail_errno(e, "cannot wait for the network");
    bx_curl.multi_setopt(n->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    bx_curl.multi_setopt(n->multi, CURLMOPT_SOCKETDATA, n);
    bx_curl.multi_setopt(n->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    bx_curl.multi_setopt(n->multi, CURLMOPT_TIMERDATA, n);
    return true;
}

struct bx_net *bx_net_open(const struct bx_net_options *o, struct bx_err *e)
{
    static bool ready;
    if (!bx_curl_open(e))
        return NULL;
    if (!ready && bx_curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        bx_fail(e, BX_NET, "libcurl does not start");
        return NULL;
    }
    ready = true;
    struct bx_net *n = bx_xrealloc(NULL, 1, sizeof *n);
    *n = (struct bx_net){.options = o};
    if (!open_loop(n, e)) {
        bx_net_close(n);
        return NULL;
    }
    const char *const asked[] = {o->ca_file, getenv("CURL_CA_BUNDLE"), getenv("SSL_CERT_FILE")};
    for (size_t i = 0; i < 3 && !n->ca_file; i++)
        n->ca_file = asked[i] && *asked[i] ? asked[i] : NULL;
    const char *folder = getenv("SSL_CERT_DIR");
    n->ca_path = !n->ca_file && folder && *folder ? folder : NULL;
    if (o->ca_file && !bx_path_exists(o->ca_file)) {
        bx_fail(e, BX_CONFIG, "the file of certificates '%s' is not there", o->ca_file);
        bx_net_close(n);
        return NULL;
    }
    return n;
}

void bx_net_close(struct bx_net *n)
{
    if (!n)
        return;
    while (n->first)
        bx_net_end(n->first, NULL);
    if (n->multi)
        bx_curl.multi_cleanup(n->multi);
    if (n->ready >= 0)
        close(n->ready);
    if (n->timer >= 0)
        close(n->timer);
    free(n);
}

int bx_net_fd(const struct bx_net *n)
{
    return n->ready;
}

void bx_net_reply_free(struct bx_net_reply *r)
{
    bx_buf_free(&r->body);
    *r = (struct bx_net_reply){0};
}

struct bx_net_call *bx_net_begin(struct bx_net *n, const struct bx_net_request *r, struct bx_net_reply *reply)
{
    struct bx_net_call *c = bx_xrealloc(NULL, 1, sizeof *c);
    *c = (struct bx_net_call){.net = n, .r = r, .reply = reply, .next = n->first};
    n->first = c;
    bx_net_reply_free(reply);
    c->deadline_ns = bx_time_monotonic() + (int64_t)((r->timeout > 0 ? r->timeout : 600) * 1e9);
    if (r->validator && r->have && strlen(r->validator) < sizeof c->validator) {
        memcpy(c->validator, r->validator, strlen(r->validator) + 1);
        reply->bytes = r->have;
    }
    c->furthest = reply->bytes;
    bx_call_show(c, r->url, &c->shown);
    if (!bx_origin_of(r->url, &c->home) || !bx_origin_of(r->from ? r->from : r->url, &c->trusted))
        bx_call_fail(c, BX_NET, "it is no http:// or https:// address");
    else if (!bx_call_first_url(c))
        bx_call_fail(c, BX_NET, "an answer of '%s' leads there with the key in the address", c->trusted.host);
    else if (r->from && strcmp(c->trusted.scheme, c->home.scheme) != 0 && strcmp(c->home.scheme, "https") != 0)
        bx_call_fail(c, BX_NET, "an answer of '%s' leads there from https to http", c->trusted.host);
    else {
        c->login = !r->from && bx_url_login(r->url, &c->user, &c->password);
        bx_call_hop(c);
    }
    return c;
}

static void collect(struct bx_net *n)
{
    int left;
    for (CURLMsg *m; (m = bx_curl.multi_info_read(n->multi, &left)) != NULL;) {
        struct bx_net_call *c = NULL;
        CURLcode code = m->data.result;
        if (m->msg == CURLMSG_DONE && bx_curl.easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c) == CURLE_OK)
            bx_call_judge(c, code); /* m is gone with its handle */
    }
}

/* Moves what is ready within so long. */
static void move(struct bx_net *n, int ms)
{
    struct epoll_event ev[16];
    int moving = 0, count = epoll_wait(n->ready, ev, sizeof ev / sizeof *ev, ms);
    for (int i = 0; i < count; i++) {
        uint64_t rings;
        unsigned what = ev[i].events;
        int flags = (what & EPOLLIN ? CURL_CSELECT_IN : 0) | (what & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                    (what & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        if (ev[i].data.fd != n->timer)
            bx_curl.multi_socket_action(n->multi, ev[i].data.fd, flags, &moving);
        else if (read(n->timer, &rings, sizeof rings) == sizeof rings)
            bx_curl.multi_socket_action(n->multi, CURL_SOCKET_TIMEOUT, 0, &moving);
    }
    collect(n);
}

void bx_net_step(struct bx_net *n, int ms)
{
    int64_t now = bx_time_monotonic();
    for (struct bx_net_call *c = n->first; c; c = c->next)
        if (c->state == BX_NET_WAITING && c->again_ns <= now)
            bx_call_hop(c);
        else if (c->state == BX_NET_WAITING && (c->again_ns - now) / 1000000 < ms)
            ms = (int)((c->again_ns - now) / 1000000) + 1;
    bool ended = false, waiting = false;
    for (struct bx_net_call *c = n->first; c; c = c->next) {
        ended |= c->state == BX_NET_ENDED;
        waiting |= c->state != BX_NET_ENDED;
    }
    if (waiting)
        move(n, ended ? 0 : ms);
}

bool bx_net_ended(const struct bx_net_call *c)
{
    return c->state == BX_NET_ENDED;
}

bool bx_net_end(struct bx_net_call *c, struct bx_err *e)
{
    struct bx_net_call **at = &c->net->first;
    while (*at != c)
        at = &(*at)->next;
    *at = c->next;
    if (c->easy) {
        bx_curl.multi_remove_handle(c->net->multi, c->easy);
        bx_curl.easy_cleanup(c->easy);
    }
    bx_curl.slist_free_all(c->headers);
    bool ok = c->state == BX_NET_ENDED && !c->err.code;
    if (c->state != BX_NET_ENDED)
        bx_fail(&c->err, BX_INTERRUPTED, "given up");
    if (!ok && e)
        *e = c->err;
    if (c->user.n)
        explicit_bzero(c->user.p, c->user.n);
    if (c->password.n)
        explicit_bzero(c->password.p, c->password.n);
    bx_buf_free(&c->user);
    bx_buf_free(&c->password);
    bx_buf_free(&c->url);
    bx_buf_free(&c->shown);
    free(c);
    return ok;
}

bool bx_net_get(struct bx_net *n, const struct bx_net_request *r, struct bx_net_reply *reply, struct bx_err *e)
{
    struct bx_net_call *c = bx_net_begin(n, r, reply);
    while (!bx_net_ended(c))
        bx_net_step(n, 500);
    return bx_net_end(c, e);
}
