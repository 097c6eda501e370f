/*
 * conf.h: settings and model configs: JSON with comments, read strictly, every problem in one pass.
 *
 * The pull reader reads (and so gives the verdict: syntax, depth <= 64, size <= 1 MiB, UTF-8, no NUL) and builds cJSON's tree, with numbers
 * exact as doubles; a table beside the tree gives each node its line and column. Getters are strict: a wrong type is a problem, an unknown
 * or repeated key is a problem, one that is unknown names the nearest known one. Nothing is ever read by cJSON's case-insensitive lookup.
 */
#pragma once
#include "core/base/arena.h"
#include "core/base/err.h"
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bx_problem {
    const char *file;
    size_t line, column; /* 0: the file as a whole */
    bool warning;        /* a remark: does not make the config invalid */
    const char *text;    /* "unknown key 'licence', did you mean 'license'?" */
};
struct bx_problems { /* a list; {0} with an arena is empty */
    struct bx_arena *arena;
    struct bx_problem *at;
    size_t n, cap, errors; /* errors: how many are not warnings */
};
void bx_problems_free(struct bx_problems *ps);              /* the list; texts die with the arena */
void bx_problems_sort(struct bx_problems *ps, size_t from); /* those from `from` on by file, line and column */
void bx_problem_add(struct bx_problems *ps, const char *file, size_t line, size_t column, bool warning, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
void bx_problem_print(const struct bx_problem *p, struct bx_arena *a,
                      char **line); /* "FILE:LINE:COLUMN: text", control characters made visible */

struct bx_conf {
    const char *file;
    cJSON *root; /* an object */
    struct bx_conf_place *places;
    size_t nplaces, places_cap;
    struct bx_problems *problems;
};

/* Read and judge text. false when there is no tree to go on with (problems has the reason). `file` is only used in messages. */
bool bx_conf_parse(struct bx_conf *c, const char *file, const char *text, size_t n, struct bx_problems *ps);
bool bx_conf_load(struct bx_conf *c, const char *path, struct bx_problems *ps);
bool bx_conf_load_fd(struct bx_conf *c, int fd, const char *path, struct bx_problems *ps); /* closes fd */
void bx_conf_free(struct bx_conf *c);

/* Line and column of a node of this tree, both from 1; 0 for another. */
void bx_conf_where(const struct bx_conf *c, const cJSON *node, size_t *line, size_t *column);

/* A problem at a node (NULL: at the file). */
void bx_conf_problem(struct bx_conf *c, const cJSON *node, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void bx_conf_warning(struct bx_conf *c, const cJSON *node, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Every key of `object` must be among the n known ones; each other is a problem, at its key, with the nearest known. */
void bx_conf_only(struct bx_conf *c, const cJSON *object, const char *const *known, size_t n);

/* The member, by exact name, or NULL. */
const cJSON *bx_conf_get(const cJSON *object, const char *key);

/* A string as bx_conf_str wants it, for elements of arrays: not empty, at most max_bytes, no control characters. NULL after a problem,
 * which says `what`. */
const char *bx_conf_text(struct bx_conf *c, const cJSON *node, const char *what, size_t max_bytes);
/* What a node is, for messages: "'abc'", "3", "an object". */
const char *bx_conf_found(struct bx_conf *c, const cJSON *node);

/* Typed getters: absent -> fallback, no problem (unless required); wrong type or out of range -> a problem and the fallback. */
const char *bx_conf_str(struct bx_conf *c, const cJSON *object, const char *key, bool required, size_t max_bytes, const char *fallback);
double bx_conf_num(struct bx_conf *c, const cJSON *object, const char *key, bool required, double lo, double hi, double fallback);
int64_t bx_conf_int(struct bx_conf *c, const cJSON *object, const char *key, bool required, int64_t lo, int64_t hi, int64_t fallback);
bool bx_conf_bool(struct bx_conf *c, const cJSON *object, const char *key, bool fallback);
const cJSON *bx_conf_object(struct bx_conf *c, const cJSON *object, const char *key, bool required);
const cJSON *bx_conf_array(struct bx_conf *c, const cJSON *object, const char *key, bool required);
/* "90", "90s", "5m", "6h", "7d" or a number of seconds -> seconds. */
double bx_conf_duration(struct bx_conf *c, const cJSON *object, const char *key, double lo, double hi, double fallback);

/* Canonical bytes of a tree: keys sorted bytewise, no white space, numbers as RFC 8785: what digests are taken over. */
char *bx_json_canonical(const cJSON *node, struct bx_arena *a);
