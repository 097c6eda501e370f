/* service_making.h: a service while it is made. Private to service*.c. */
#pragma once
#include "core/data/service.h"
#include <string.h>

/* A piece of a key's text. */
struct bx_word {
    const char *p;
    size_t n;
};

static inline struct bx_word bx_word_trim(struct bx_word s)
{
    while (s.n && *s.p == ' ')
        s.p++, s.n--;
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

static inline bool bx_word_is(struct bx_word s, const char *word)
{
    return s.n == strlen(word) && !memcmp(s.p, word, s.n);
}
/* What stands before the first c that is in no quotes; *s is what stands behind it. False: there is none, and it is all of *s. */
static inline bool bx_word_cut(struct bx_word *s, char c, struct bx_word *before)
{
    bool quoted = false;
    for (size_t i = 0; i < s->n; i++) {
        quoted ^= s->p[i] == '"';
        if (s->p[i] != c || quoted)
            continue;
        *before = bx_word_trim((struct bx_word){s->p, i});
        *s = bx_word_trim((struct bx_word){s->p + i + 1, s->n - i - 1});
        return true;
    }
    *before = bx_word_trim(*s);
    *s = (struct bx_word){s->p + s->n, 0};
    return false;
}

/* The next word of *s. */
static inline struct bx_word bx_word_next(struct bx_word *s)
{
    struct bx_word w;
    bx_word_cut(s, ' ', &w);
    return w;
}

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
