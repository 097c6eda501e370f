/*
 * err.h: how every room reports failure.
 *
 * A function that can fail returns bool and takes a caller-owned `struct bx_err *` as its last parameter; it fills it
 * exactly when it returns false. Errors live on the caller's stack and are never allocated. A text is lower case, quotes
 * its subject ('like this'), has no full stop, and names the file, the place (line:column, JSON path or element
 * index), what was found and what was expected.
 *
 *     struct bx_err e = {0};
 *     if (!bx_thing_do(x, &e))
 *         return bx_wrap(err, "model '%s'", slug);       // "model 'fast': <text of the inner error>"
 */
#pragma once
#include "core/base/banned.h"
#include <stdarg.h>
#include <stdbool.h>

enum bx_code {
    BX_OK,
    BX_USAGE,       /* wrong command line                                  exit status 2 */
    BX_CONFIG,      /* settings or a model config are invalid              3 */
    BX_DATA,        /* test set, predictions or a model's answer invalid   3 */
    BX_IO,          /* file system                                         4 */
    BX_NET,         /* network                                             4 */
    BX_TIMEOUT,     /* a deadline passed                                   1 */
    BX_DB,          /* the database                                        4 */
    BX_BUSY,        /* another run holds the store                         5 */
    BX_INTERRUPTED, /* SIGINT or SIGTERM                                   130 */
};

struct bx_err {
    enum bx_code code;
    char text[512]; /* always NUL-terminated; a longer message is cut at a UTF-8 boundary, and control characters are made visible */
};

/* Fill e (NULL allowed: the text is dropped) and return false, always. */
bool bx_fail(struct bx_err *e, enum bx_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

bool bx_vfail(struct bx_err *e, enum bx_code code, const char *fmt, va_list ap) __attribute__((format(printf, 3, 0)));

/* bx_fail with ": <strerror(errno)>" appended; code BX_IO. */
bool bx_fail_errno(struct bx_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Put context in front of e's text: "<context>: <text>". Returns false, always. */
bool bx_wrap(struct bx_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The process exit status that belongs to a code (the table above). */
int bx_exit_status(enum bx_code code);
