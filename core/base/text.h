/*
 * text.h: questions about strings that come from others.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bx_arena;

bool bx_utf8_valid(const char *s, size_t n);
size_t bx_utf8_mark(const char *s, size_t n); /* bytes of the byte order mark that it begins with: 3 or 0 */
bool bx_has_control(const char *s,
                    size_t n); /* C0, DEL, C1, U+2028/2029, and bidirectional overrides: what can fake a line of a log or a page */

/* The first character of s (n > 0 bytes are there) as it can be printed: itself, "\u001b" for a control, as above, and for
 * what is not seen ("\u200b"), or "\xff" for what
 * is no UTF-8. How many bytes out holds; *took: of how many of s. */
size_t bx_visible_step(const char *s, size_t n, char out[12], size_t *took);

/* A reason fit for the site: one line, valid UTF-8, control characters become spaces, absolute paths become their last
 * component, at most 300 bytes (cut at a UTF-8 boundary, with "…"). out must hold 304 bytes. Returns out. */
char *bx_reason_clean(char out[304], const char *s);

/* The bytes of the absolute path that begins at s, in a text that begins at `begin`, and its last component; 0: none does. URLs are none:
 * *verbatim, which begins as `begin`, is behind the one that s stands in. */
size_t bx_absolute_path(const char *begin, const char *s, const char **verbatim, const char **last, size_t *n);

/* The nearest of n candidates by edit distance (case ignored), or NULL when none is near enough to be meant. */
const char *bx_nearest(const char *word, const char *const *candidates, size_t n);

/* Words of a count. bx_plural: "s" but for 1. bx_agree: "{line is|lines are} empty" with those for 1 or those for any other n. */
const char *bx_plural(uint64_t n);
char *bx_agree(struct bx_arena *a, uint64_t n, const char *words);

bool bx_slug_valid(const char *s); /* [a-z0-9][a-z0-9._-]{0,63} */

bool bx_duration_parse(const char *s, double *seconds); /* "90", "90s", "5m", "6h", "7d", also "1.5h": not negative, finite */

/* UTC milliseconds since 1970 <-> "2026-11-23T04:12:05.123Z"; out holds 25 bytes. Parsing accepts a date alone. */
void bx_time_format(char out[25], int64_t utc_ms);
bool bx_time_parse(const char *s, int64_t *utc_ms);
int64_t bx_time_now(void);       /* CLOCK_REALTIME, UTC ms; BOXSCORE_NOW=<ms> overrides it in tests */
int64_t bx_time_monotonic(void); /* CLOCK_MONOTONIC, nanoseconds */

void bx_hex(char *out, const void *p, size_t n); /* 2n+1 bytes written */
bool bx_unhex(void *out, const char *hex, size_t n);
