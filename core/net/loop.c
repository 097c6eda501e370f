/* loop.c: libcurl's loop, and what is begun, waited for and collected in it. */
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/net/internal.h"
#include <stdlib.h>
#include <string.h>

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
    *n = (struct bx_net){.multi = bx_curl.multi_init(), .options = o};
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
    bx_curl.multi_cleanup(n->multi);
    free(n);
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
    else
        bx_call_hop(c);
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

void bx_net_step(struct bx_net *n, int ms)
{
    int moving = 0;
    int64_t now = bx_time_monotonic();
    for (struct bx_net_call *c = n->first; c; c = c->next)
        if (c->state == BX_NET_WAITING && c->again_ns <= now)
            bx_call_hop(c);
        else if (c->state == BX_NET_WAITING && (c->again_ns - now) / 1000000 < ms)
            ms = (int)((c->again_ns - now) / 1000000) + 1;
    bx_curl.multi_perform(n->multi, &moving);
    collect(n);
    bool ended = false, waiting = false;
    for (struct bx_net_call *c = n->first; c; c = c->next) {
        ended |= c->state == BX_NET_ENDED;
        waiting |= c->state != BX_NET_ENDED;
    }
    if (waiting && !ended)
        bx_curl.multi_poll(n->multi, NULL, 0, ms, NULL);
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
