/* hashes.c: see hashes.h. */
#include "core/testset/hashes.h"
#include "core/base/banned.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/parallel.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is kept: a file of equal records, each with its own checksum, in no order ---- */

enum { MAGIC = 32, KEPT_MOST = 2000000 };
struct kept_picture {
    uint8_t sha[32];
    struct bx_picture picture;
    uint8_t sum[8];
};
struct kept_thumb {
    uint8_t sha[32];
    struct bx_thumb thumb;
    uint8_t sum[8];
};
struct kept {
    const char *path;
    char magic[MAGIC];
    size_t size; /* of a record */
    const char *old;
    const char **at; /* the old records that are sound, by sha */
    size_t n;
    struct bx_map map;
    bool mapped;
    struct bx_buf fresh;
};

static void sum_up(const void *record, size_t size, uint8_t sum[8])
{
    uint8_t sha[32];
    bx_sha256(record, size - 8, sha);
    memcpy(sum, sha, 8);
}

static int by_record(const void *x, const void *y)
{
    const char *a = *(const char *const *)x, *b = *(const char *const *)y;
    int c = memcmp(a, b, 32);
    return c ? c : (a > b) - (a < b);
}

static void open_kept(struct kept *k, const char *folder, bool thumbs, struct bx_arena *a)
{
    struct bx_err ignored = {0};
    *k = (struct kept){.size = thumbs ? sizeof(struct kept_thumb) : sizeof(struct kept_picture)};
    snprintf(k->magic, sizeof k->magic, "boxscore %s 1", thumbs ? "thumbs" : "hashes");
    if (!folder)
        return;
    k->path = bx_path_join(a, folder, thumbs ? "thumbs" : "hashes");
    if (!bx_map_open(&k->map, k->path, &ignored))
        return;
    k->mapped = true;
    if (k->map.n < MAGIC || memcmp(k->map.data, k->magic, MAGIC) != 0)
        return;
    size_t n = (k->map.n - MAGIC) / k->size;
    k->at = BX_NEW(a, const char *, n);
    for (size_t i = 0; i < n; i++) {
        const char *record = k->map.data + MAGIC + i * k->size;
        uint8_t sum[8];
        sum_up(record, k->size, sum);
        if (!memcmp(sum, record + k->size - 8, 8))
            k->at[k->n++] = record;
    }
    if (k->n)
        qsort(k->at, k->n, sizeof *k->at, by_record);
}

static const char *find_kept(const struct kept *k, const uint8_t sha[32])
{
    size_t lo = 0, hi = k->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (memcmp(k->at[mid], sha, 32) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < k->n && !memcmp(k->at[lo], sha, 32) ? k->at[lo] : NULL;
}

static void keep(struct kept *k, const uint8_t sha[32], const struct bx_thumb *t)
{
    if (!k->path)
        return;
    union {
        struct kept_picture picture;
        struct kept_thumb thumb;
    } record;
    memset(&record, 0, sizeof record);
    memcpy(&record, sha, 32);
    if (k->size == sizeof record.thumb)
        record.thumb.thumb = *t;
    else
        bx_picture_make(t, &record.picture.picture);
    sum_up(&record, k->size, (uint8_t *)&record + k->size - 8);
    bx_buf_add(&k->fresh, &record, k->size);
}

/* That it cannot be kept is no more than slow. */
static void close_kept(struct kept *k, struct bx_arena *a)
{
    struct bx_err e = {0};
    if (k->fresh.n && k->n + k->fresh.n / k->size <= KEPT_MOST) {
        BX_CLEANUP_BUF struct bx_buf all = {0};
        bx_buf_add(&all, k->magic, MAGIC);
        for (size_t i = 0; i < k->n; i++)
            bx_buf_add(&all, k->at[i], k->size);
        bx_buf_add(&all, k->fresh.p, k->fresh.n);
        if (!bx_mkdirs(bx_path_dir(a, k->path), &e) || !bx_file_write(k->path, all.p, all.n, &e))
            bx_verbose("hashes are not kept: %s", e.text);
    }
    bx_buf_free(&k->fresh);
    if (k->mapped)
        bx_map_close(&k->map);
}

/* ---- the files ---- */

struct job {
    const struct bx_hashing *h;
    const char **path;
    uint8_t (*sha)[32];
    struct bx_err *why; /* of what cannot be read, or decoded */
    bool *read, *got;   /* got: thumb or picture is there */
    struct bx_picture *picture;
    struct bx_thumb *thumb;
    size_t *todo, ntodo; /* whose bytes are not known */
    struct kept kept;
    struct bx_progress progress;
    atomic_size_t done;
};

static void hash_bytes(void *context, size_t i, size_t worker)
{
    struct job *j = context;
    if (!j->h->stop || !*j->h->stop)
        j->read[i] = bx_sha256_file(j->path[i], j->sha[i], &j->why[i]);
    size_t done = atomic_fetch_add(&j->done, 1) + 1;
    if (!worker)
        bx_progress_set(&j->progress, done);
}

static const char *path_of(void *self, size_t i)
{
    const struct job *j = self;
    return j->path[j->todo[i]];
}

static size_t make_thumb(void *self, size_t i, const struct bx_pixels *px, void *out)
{
    (void)self, (void)i;
    bx_thumb_make(px, out);
    return sizeof(struct bx_thumb);
}

static void take(struct job *j, size_t i, const struct bx_thumb *t)
{
    j->got[i] = true;
    if (j->h->thumbs)
        j->thumb[i] = *t;
    else
        bx_picture_make(t, &j->picture[i]);
}

static void on_done(void *self, size_t k, const struct bx_decoded *d)
{
    struct job *j = self;
    size_t i = j->todo[k];
    if (d->p && d->n == sizeof(struct bx_thumb)) {
        struct bx_thumb t;
        memcpy(&t, d->p, sizeof t);
        take(j, i, &t);
        if (!memcmp(d->sha, j->sha[i], 32)) /* not another file by now */
            keep(&j->kept, j->sha[i], &t);
    } else if (d->why)
        j->why[i] = *d->why;
    bx_progress_set(&j->progress, atomic_fetch_add(&j->done, 1) + 1);
}

static void know(struct job *j)
{
    for (size_t i = 0; i < j->h->n; i++) {
        const char *record = j->read[i] ? find_kept(&j->kept, j->sha[i]) : NULL;
        if (record && j->h->thumbs)
            memcpy(&j->thumb[i], record + offsetof(struct kept_thumb, thumb), sizeof *j->thumb);
        else if (record)
            memcpy(&j->picture[i], record + offsetof(struct kept_picture, picture), sizeof *j->picture);
        else if (j->read[i])
            j->todo[j->ntodo++] = i;
        j->got[i] = record != NULL;
    }
}

static void give(const struct job *j, struct bx_hashes *out, struct bx_arena *a)
{
    size_t n = j->h->n;
    *out = (struct bx_hashes){.at = BX_NEW(a, struct bx_hashed, n), .faults = BX_NEW(a, struct bx_hash_fault, n), .decoded = j->ntodo};
    if (j->h->thumbs) {
        out->thumbs = j->thumb;
        out->has_thumb = BX_NEW(a, bool, n);
    }
    for (size_t i = 0; i < n; i++) {
        if (!j->got[i])
            out->faults[out->nfaults++] = (struct bx_hash_fault){j->h->names[i], bx_strdup(a, j->why[i].text)};
        if (!j->read[i])
            continue;
        struct bx_hashed *to = &out->at[out->n];
        *to = (struct bx_hashed){.picture.flat = true, .name = j->h->names[i]};
        memcpy(to->sha, j->sha[i], 32);
        if (j->got[i] && !j->h->thumbs)
            to->picture = j->picture[i];
        if (out->thumbs) {
            out->thumbs[out->n] = j->thumb[i];
            out->has_thumb[out->n] = j->got[i];
        }
        out->n++;
    }
}

bool bx_hashes_make(const struct bx_hashing *h, struct bx_hashes *out, struct bx_arena *a, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    struct job j = {.h = h,
                    .path = BX_NEW(&scratch, const char *, h->n),
                    .sha = bx_alloc(&scratch, h->n, 32),
                    .why = bx_alloc_large(&scratch, h->n, sizeof *j.why),
                    .read = BX_NEW(&scratch, bool, h->n),
                    .got = BX_NEW(&scratch, bool, h->n),
                    .todo = BX_NEW(&scratch, size_t, h->n)};
    if (h->thumbs)
        j.thumb = bx_alloc_large(a, h->n, sizeof *j.thumb);
    else
        j.picture = bx_alloc_large(&scratch, h->n, sizeof *j.picture);
    for (size_t i = 0; i < h->n; i++)
        j.path[i] = h->root ? bx_path_join(&scratch, h->root, h->names[i]) : h->names[i];
    bx_progress_begin(&j.progress, "bytes", "images", h->n);
    bx_parallel(bx_workers(0, h->n), h->n, hash_bytes, &j);
    bx_progress_end(&j.progress);
    open_kept(&j.kept, h->cache, h->thumbs, &scratch);
    know(&j);
    const struct bx_decoding d = {.n = j.ntodo,
                                  .path = path_of,
                                  .room = sizeof(struct bx_thumb),
                                  .work = make_thumb,
                                  .done = on_done,
                                  .confine = h->confine,
                                  .stop = h->stop,
                                  .self = &j};
    atomic_store(&j.done, 0);
    bx_progress_begin(&j.progress, "pictures", "images", j.ntodo);
    bool ok = h->stop && *h->stop ? bx_fail(e, BX_INTERRUPTED, "interrupted") : bx_images_decode(&d, e);
    bx_progress_end(&j.progress);
    close_kept(&j.kept, &scratch);
    if (ok)
        give(&j, out, a);
    bx_arena_release(&scratch);
    return ok;
}

bool bx_hashes_list(const char *folder, const char *const **names, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    char **found;
    if (!bx_dir_list(folder, true, bx_image_extensions, bx_image_nextensions, a, &found, n, e))
        return false;
    *names = (const char *const *)found;
    return true;
}
