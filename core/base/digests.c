/* digests.c: see digests.h. The file: a head, the entries as they lie in memory, and a SHA-256 of all that. It is one machine's, and one
 * version's. */
#include "core/base/digests.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/text.h"

#define MS INT64_C(1000000)
static const int64_t believed = INT64_C(30) * 24 * 3600 * 1000; /* ms */
static const int64_t racy = 2000 * MS;                          /* the coarsest clock of a file system: FAT's */

struct head {
    char magic[24];
    uint64_t n, each;
    int64_t verified;
};
static const char magic[24] = "boxscore digests " BX_VERSION;

static int64_t ns_of(const struct timespec *t)
{
    return (int64_t)t->tv_sec * 1000 * MS + t->tv_nsec;
}

struct bx_seen_key bx_seen_key_of(const struct stat *st)
{
    return (struct bx_seen_key){st->st_dev, st->st_ino, (uint64_t)st->st_size, ns_of(&st->st_mtim), ns_of(&st->st_ctim)};
}

static int by_key(const void *a, const void *b)
{
    return memcmp(&((const struct bx_seen *)a)->key, &((const struct bx_seen *)b)->key, sizeof(struct bx_seen_key));
}

static bool is_whole(const struct bx_buf *b, struct head *h)
{
    uint8_t sum[32];
    if (b->n < sizeof *h + sizeof sum)
        return false;
    memcpy(h, b->p, sizeof *h);
    if (memcmp(h->magic, magic, sizeof magic) != 0 || h->each != sizeof(struct bx_seen) ||
        h->n != (b->n - sizeof *h - sizeof sum) / sizeof(struct bx_seen) || b->n != sizeof *h + h->n * sizeof(struct bx_seen) + sizeof sum)
        return false;
    bx_sha256(b->p, b->n - sizeof sum, sum);
    return !memcmp(sum, b->p + b->n - sizeof sum, sizeof sum);
}

void bx_digests_open(struct bx_digests *d, const char *path, bool verify)
{
    BX_CLEANUP_BUF struct bx_buf b = {0};
    struct head h;
    const int64_t now = bx_time_now();
    *d = (struct bx_digests){.path = path, .verified = now};
    if (!path || verify || !bx_path_exists(path) || !bx_file_read(path, (size_t)1 << 30, &b, NULL))
        return;
    if (!is_whole(&b, &h)) {
        bx_verbose("'%s' is not this boxscore's, or damaged: all is hashed again", path);
        return;
    }
    if (h.verified > now || now - h.verified >= believed)
        return;
    d->verified = h.verified;
    d->n = d->known = (size_t)h.n;
    d->at = bx_grow(NULL, &d->cap, d->n + 1, sizeof *d->at);
    memcpy(d->at, b.p + sizeof h, d->n * sizeof *d->at);
}

const struct bx_seen *bx_digests_find(const struct bx_digests *d, const struct bx_seen_key *k)
{
    const struct bx_seen key = {.key = *k};
    return d->known ? bsearch(&key, d->at, d->known, sizeof key, by_key) : NULL;
}

void bx_digests_add(struct bx_digests *d, const struct bx_seen *s, int64_t now)
{
    int64_t last = s->key.mtime > s->key.ctime ? s->key.mtime : s->key.ctime;
    if (!d->path || last > now - racy)
        return;
    d->at = bx_grow(d->at, &d->cap, d->n + 1, sizeof *d->at);
    struct bx_seen *to = &d->at[d->n++];
    memset(to, 0, sizeof *to); /* what lies between the members is written, too */
    to->key = s->key;
    memcpy(to->sha, s->sha, sizeof to->sha);
    memcpy(to->more, s->more, sizeof to->more);
}

void bx_digests_close(struct bx_digests *d, bool keep)
{
    if (d->path && keep && d->n > d->known) {
        BX_CLEANUP_BUF struct bx_buf b = {0};
        uint8_t sum[32];
        struct bx_err e = {0};
        qsort(d->at, d->n, sizeof *d->at, by_key);
        size_t n = 0;
        for (size_t i = 0; i < d->n; i++)
            if (!i || by_key(&d->at[i], &d->at[n - 1]))
                d->at[n++] = d->at[i];
        struct head h = {.n = n, .each = sizeof *d->at, .verified = d->verified};
        memcpy(h.magic, magic, sizeof magic);
        bx_buf_add(&b, &h, sizeof h);
        bx_buf_add(&b, d->at, n * sizeof *d->at);
        bx_sha256(b.p, b.n, sum);
        bx_buf_add(&b, sum, sizeof sum);
        if (!bx_file_write(d->path, b.p, b.n, &e))
            bx_verbose("digests are not kept: %s", e.text);
    }
    free(d->at);
    *d = (struct bx_digests){0};
}
