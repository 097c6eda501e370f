/* conversation.h: a sitting with a server. Private to http/. */
#pragma once
#include "core/backend/http/http.h"
#include "core/net/net.h"

struct bx_exchange { /* a request under way */
    bool used;
    size_t image;
    int64_t since;
    struct bx_net_call *call; /* NULL: it could not be sent; `error` says why */
    struct bx_err error;
    struct bx_net_request request;
    struct bx_net_reply reply;
    struct bx_http_message message;
    struct bx_arena arena;
};
enum bx_http_stage { BX_HTTP_ADDING, BX_HTTP_WARMING, BX_HTTP_ASKING };
struct bx_http {
    struct bx_backend base;
    const struct bx_model *model;
    const struct bx_backend_env *env;
    struct bx_service service;
    struct bx_body_rules rules;
    struct bx_http_values values;
    struct bx_names names;
    struct bx_net_options net_options;
    struct bx_net *net;
    enum bx_http_stage stage;
    bool cancelled;
    size_t thin;
    struct bx_exchange *at;
    size_t n;
    struct bx_buf log;
    struct bx_arena arena, answer;
};

/* added.c: what Roboflow's /model/add said of the model, against the task. */
bool bx_http_added(const char *p, size_t n, const char *model, enum bx_task task, struct bx_err *e);
