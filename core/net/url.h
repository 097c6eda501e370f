/* url.h: where a URL leads, and whether an answer may lead there. */
#pragma once
#include "core/base/buf.h"
#include <stdbool.h>
#include <sys/socket.h>

struct bx_origin {
    char scheme[8], host[260], port[8]; /* lower case; the port always there; IPv6 in brackets */
};
/* False: it is no http or https URL. */
bool bx_origin_of(const char *url, struct bx_origin *o);
/* Its user:password@, decoded, each appended; false: it has none. */
bool bx_url_login(const char *url, struct bx_buf *user, struct bx_buf *password);
bool bx_origin_same(const struct bx_origin *a, const struct bx_origin *b);

/* No address of a private network, of this machine, of a link, of many, or that is reserved; and none that carries such a one. */
bool bx_address_public(const struct sockaddr *a);
/* A host that is written as an address, or as localhost, and is not public. */
bool bx_host_private(const char *host);

/* The proxy for this origin, by the environment's words for it; NULL: none. */
const char *bx_proxy_for(const struct bx_origin *o);
