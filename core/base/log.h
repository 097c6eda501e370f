/*
 * log.h: what the program says while it works, on stderr. Results go to stdout and are cmd/'s business.
 *
 * On a terminal (and neither NO_COLOR nor TERM=dumb) progress is one line redrawn in place; off a terminal it is silent unless
 * verbose: then plain lines, at most one every 10 s. A log line never breaks a progress line. Control characters in what is
 * logged become '?'.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum bx_log_level { BX_LOG_QUIET, BX_LOG_NORMAL, BX_LOG_VERBOSE };

void bx_log_init(enum bx_log_level level); /* once, from cmd/main.c; default NORMAL */
enum bx_log_level bx_log_level(void);
bool bx_log_terminal(void); /* stderr is a terminal we may draw on */

void bx_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));   /* the text as it stands, always: for cmd/ */
void bx_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));    /* "boxscore: warning: …", always */
void bx_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));    /* NORMAL and up */
void bx_verbose(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* VERBOSE */

/* One running count with rate and time left: "fast-blobs  37/60 images  41.2/s  1 s left". */
struct bx_progress {
    char what[80];
    const char *unit; /* "images" */
    uint64_t done, total;
    int64_t started_ns, drawn_ns;
};
void bx_progress_begin(struct bx_progress *p, const char *what, const char *unit, uint64_t total);
void bx_progress_set(struct bx_progress *p, uint64_t done);
void bx_progress_end(struct bx_progress *p);
