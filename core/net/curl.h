/*
 * curl.h: libcurl, loaded when it is first needed (core/base/library.h). bx_curl.easy_getinfo(...) is curl_easy_getinfo(...); what is
 * called stands in curl.def.
 */
#pragma once
#include "core/base/err.h"
#include <curl/curl.h>

struct bx_curl {
#define X(f) __typeof__(curl_##f) *f;
#include "core/net/curl.def"
#undef X
};
extern struct bx_curl bx_curl;

bool bx_curl_open(struct bx_err *e); /* before any of them */
