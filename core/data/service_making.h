/* service_making.h: a service while it is made. Private to service*.c. */
#pragma once
#include "core/data/service.h"

struct bx_making {
    const struct bx_backend_config *b;
    enum bx_task task;
    struct bx_service *s;
    const char **key;
    struct bx_arena *a;
    struct bx_err *e;
};

bool bx_service_wrong(struct bx_making *m, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool bx_service_map(struct bx_making *m, const struct bx_preset *p); /* the mapping, by the config and else the preset */
bool bx_service_roboflow(struct bx_making *m);
