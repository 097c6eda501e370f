/*
 * due.h: is a model due? One pure function over what the store remembers and what the folder says.
 */
#pragma once
#include "core/base/arena.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum bx_due_kind {
    BX_DUE_NOT,     /* current */
    BX_DUE_WAIT,    /* failed three times or more: weekly */
    BX_DUE_RESCORE, /* the answers are there, the numbers are not */
    BX_DUE_RUN,
};

struct bx_due_facts {
    /* the newest complete evaluation of this very version on these very images, with all that is scored: the oldest of these */
    bool complete;
    const char *lacks;     /* it is there, without what a board scores: "masks", "oriented boxes"; or NULL */
    int64_t complete_time; /* UTC ms, when it finished */
    bool scored;           /* and it has a report under today's labels, class map and operating confidence */
    /* what else is known */
    bool other_version;  /* an evaluation of another version exists */
    bool other_images;   /* an evaluation on other images exists */
    size_t partial;      /* answers of this version kept from a stopped night */
    size_t failures;     /* of this version since its last complete evaluation, in a row */
    int64_t failed_time; /* UTC ms of the last of them */
    /* now */
    int64_t now;    /* UTC ms */
    double max_age; /* seconds; 0: none */
    bool retry, force;
    size_t images;
};

#define BX_DUE_PATIENCE 3                       /* failures after which a model is tried weekly */
#define BX_DUE_WEEK     (INT64_C(7) * 86400000) /* less half a day, so that a weekly night does not drift to eight days */
#define BX_DUE_SLACK    (INT64_C(12) * 3600000)

struct bx_due {
    enum bx_due_kind kind;
    bool afresh;        /* answers kept from before must not be used */
    bool clock_warning; /* a time in the store lies in the future */
    char why[200];
};
void bx_due_decide(const struct bx_due_facts *f, struct bx_due *d);
