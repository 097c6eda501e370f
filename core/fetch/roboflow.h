/* roboflow.h: a version of a Roboflow project: how it is named, and what its REST interface says of an export. */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/net/net.h"
#include <stdbool.h>
#include <stdint.h>

#define BX_ROBOFLOW_API "https://api.roboflow.com"
#define BX_ROBOFLOW_KEY "ROBOFLOW_API_KEY"

struct bx_roboflow {
    const char *workspace, *project, *version;
    const char *source; /* "roboflow:workspace/project/version" */
};
/* "roboflow:W/P/V", or the address of a version's page. *is: it names one; otherwise it is some other URL. False: it means to, and does
 * not. */
bool bx_roboflow_parse(const char *text, struct bx_roboflow *r, bool *is, struct bx_arena *a, struct bx_err *e);
/* What the user calls a format → what Roboflow does: "yolov5" is "yolov5pytorch". NULL: boxscore reads no such labels. */
const char *bx_roboflow_format(const char *name, struct bx_err *e);

/* One answer, whatever it is about; what it does not say stays as {0} has it, numbers as -1. */
struct bx_roboflow_answer {
    bool version, generating; /* it has a "version"; which is still being made */
    double progress;          /* 0 to 1 */
    int64_t images;
    const char *type;  /* of the project: "object-detection" */
    const char *link;  /* of the export */
    const char *words; /* of an error, or NULL */
    bool error;        /* it says that there is one */
};
bool bx_roboflow_read(const char *name, const char *p, size_t n, struct bx_roboflow_answer *out, struct bx_arena *a, struct bx_err *e);

struct bx_roboflow_ask {
    struct bx_net *net;
    const char *api, *key;
    const char *format;                                           /* NULL: the one for the project's type */
    double seconds;                                               /* of patience */
    void (*progress)(void *self, const char *what, double share); /* share -1: unknown */
    void *self;
};
/* Waits until the version is made and exported. *link is where the archive is, *url where it was asked for, *format in what. */
bool bx_roboflow_link(const struct bx_roboflow_ask *ask, const struct bx_roboflow *r, const char **link, const char **url,
                      const char **format, struct bx_arena *a, struct bx_err *e);
