/* fuzz.h: what fuzzers' entries share. A broken promise aborts: libFuzzer and ctest both see that. */
#pragma once
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Texts that a target takes no more time for than they are long: `before`, then `unit` again and again, each # in it the number of its
 * turn, then `after`. replay.c makes some of 128 and 512 KiB. An array `grown` of them ends in {0}. */
struct grown {
    const char *what;
    struct {
        const char *p;
        size_t n;
    } before, unit, after;
};
#define TEXT(s)                                                                                                                            \
    {                                                                                                                                      \
        s, sizeof s - 1                                                                                                                    \
    }
extern const struct grown grown[] __attribute__((weak));

#define require_that(promise) ((promise) ? (void)0 : broken(__FILE__, __LINE__, #promise))
static inline _Noreturn void broken(const char *file, int line, const char *promise)
{
    fprintf(stderr, "%s:%d: broken: %s\n", file, line, promise);
    abort();
}

/* A refusal says something that can be printed, and where: its text holds `place`, unless that is NULL. */
static inline void require_said(const struct bx_err *e, enum bx_code code, const char *place)
{
    require_that(e->code == code && e->text[0] && !bx_has_control(e->text, strlen(e->text)));
    require_that(!place || strstr(e->text, place));
}

/* For readers that take a path: the bytes in a file that nobody else sees, and that is gone with the process. */
static inline const char *memory_file(const void *data, size_t n)
{
    static int fd = -1;
    static char path[40];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        require_that(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    require_that(!ftruncate(fd, 0) && pwrite(fd, data, n, 0) == (ssize_t)n);
    return path;
}

/* The next part of the bytes, which a NUL ends; as a text in memory of exactly its size, for the caller to free. */
static inline char *next_part(const uint8_t **data, size_t *n, size_t *length)
{
    const uint8_t *nul = *n ? memchr(*data, 0, *n) : NULL;
    *length = nul ? (size_t)(nul - *data) : *n;
    char *text = malloc(*length + 1);
    require_that(text != NULL);
    if (*length)
        memcpy(text, *data, *length);
    text[*length] = '\0';
    *data += *length + (nul != NULL);
    *n -= *length + (nul != NULL);
    return text;
}
