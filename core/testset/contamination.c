/* contamination.c: see contamination.h. */
#include "core/testset/contamination.h"
#include "core/base/banned.h"
#include "core/base/parallel.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

enum { SIDES = 6, WINDOWS = SIDES * SIDES, BANDS = 4, BAND = 16, BUCKETS = 1 << BAND, PROBES = 1 + BAND + BAND * (BAND - 1) / 2 };
enum {
    RADIUS = 11,  /* bits of the first word: two a band, and one less than would be three in each */
    SEEN = 65536, /* entries that one hash is compared with, at most: pictures all alike would be a quadratic number */
    FINE = 4,     /* images that one other picture is compared with finely, at most */
    BLOCK = 2048, /* others that are looked up before it is counted what has enough of them */
};

/* Which part of a side is seen where l and r are cut off; and where in what is left the middle of the whole lies. */
static const float cuts[SIDES][2] = {{0, 0}, {.05f, 0}, {0, .05f}, {.1f, 0}, {0, .1f}, {.05f, .05f}};

static void side(int kind, size_t i, float out[2])
{
    float l = cuts[i][0], r = cuts[i][1], left = 1 - l - r;
    out[0] = kind == BX_HASH_WHOLE ? l : (.1f - l) / left;
    out[1] = kind == BX_HASH_WHOLE ? 1 - r : (.9f - l) / left;
}

struct entry {
    uint32_t image;
    uint16_t window;
};
/* The windows of one kind of all images, in the order of one band of their words: four orders. */
struct index {
    uint32_t *start[BANDS]; /* [BUCKETS + 1] */
    uint64_t *word[BANDS];  /* what is looked at first, and whose it is */
    struct entry *at[BANDS];
};
struct hit {
    uint32_t image;
    uint16_t window, distance;
    uint8_t kind, turn;
};
struct found {
    struct bx_contact contact[FINE];
    size_t n;
};
struct worker {
    struct hit *hits;
    size_t n, cap;
    BX_APART;
};
struct search {
    const struct bx_contamination *c;
    struct index kind[BX_NHASHES];
    uint64_t (*words)[BX_NHASHES][WINDOWS]; /* an image */
    uint8_t *full;                          /* an image: it has enough */
    bool *flat;
    uint32_t nentries; /* of each kind */
    uint16_t probes[PROBES];
    struct worker *workers;
    struct found *found; /* BLOCK */
    size_t first;        /* of the others: the block's */
};

/* A band has every fourth bit, so that each has high and low terms. */
static unsigned band(uint64_t word, unsigned b)
{
    uint64_t x = word >> b & 0x1111111111111111;
    x = (x | x >> 3) & 0x0303030303030303;
    x = (x | x >> 6) & 0x000f000f000f000f;
    x = (x | x >> 12) & 0x000000ff000000ff;
    return (unsigned)(x | x >> 24) & 0xffff;
}

static void hash_windows(void *context, size_t i, size_t worker)
{
    struct search *s = context;
    (void)worker;
    if (!s->c->has_thumb[i])
        return;
    for (int k = 0; k < BX_NHASHES; k++) {
        float sides[SIDES][2];
        for (size_t j = 0; j < SIDES; j++)
            side(k, j, sides[j]);
        bx_hash_windows(&s->c->thumbs[i], (const float(*)[2])sides, (const float(*)[2])sides, SIDES, s->words[i][k]);
    }
}

static void make_index(void *context, size_t job, size_t worker)
{
    struct search *s = context;
    unsigned kind = (unsigned)job / BANDS, b = job % BANDS;
    struct index *x = &s->kind[kind];
    (void)worker;
    for (size_t i = 0; i < s->c->n; i++)
        for (size_t w = 0; !s->flat[i] && w < WINDOWS; w++)
            x->start[b][band(s->words[i][kind][w], b) + 1]++;
    for (size_t k = 0; k < BUCKETS; k++)
        x->start[b][k + 1] += x->start[b][k];
    for (size_t i = s->c->n; i-- > 0;)
        for (size_t w = WINDOWS; !s->flat[i] && w-- > 0;) {
            uint64_t word = s->words[i][kind][w];
            /* What is left of a bucket is filled from its end; start moves down to its beginning, and is the next one's end then. */
            uint32_t place = --x->start[b][band(word, b) + 1];
            x->word[b][place] = word;
            x->at[b][place] = (struct entry){(uint32_t)i, (uint16_t)w};
        }
    memmove(x->start[b], x->start[b] + 1, BUCKETS * sizeof *x->start[b]);
    x->start[b][BUCKETS] = s->nentries;
}

static void make_probes(struct search *s)
{
    size_t n = 0;
    s->probes[n++] = 0;
    for (unsigned i = 0; i < BAND; i++)
        s->probes[n++] = (uint16_t)(1u << i);
    for (unsigned i = 0; i < BAND; i++)
        for (unsigned k = 0; k < i; k++)
            s->probes[n++] = (uint16_t)(1u << i | 1u << k);
}

static void keep(struct worker *w, const struct hit *h)
{
    w->hits = bx_grow(w->hits, &w->cap, w->n + 1, sizeof *w->hits);
    w->hits[w->n++] = *h;
}

/* Without the instruction, which not every machine that this is built for has, a call a word would be most of the time. */
static inline int count(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (int)(x * 0x0101010101010101 >> 56);
}

/* Where nothing is near, memory is: it is asked for all the places before the first is looked at. */
static void look_up(const struct search *s, uint64_t word, uint8_t kind, uint8_t turn, struct worker *w)
{
    const struct index *x = &s->kind[kind];
    struct {
        uint32_t from, end;
    } at[PROBES][BANDS];
    unsigned bands[BANDS];
    size_t seen = 0;
    for (unsigned b = 0; b < BANDS; b++)
        bands[b] = band(word, b);
    for (unsigned p = 0; p < PROBES; p++)
        for (unsigned b = 0; b < BANDS; b++)
            __builtin_prefetch(&x->start[b][bands[b] ^ s->probes[p]]);
    for (unsigned p = 0; p < PROBES; p++)
        for (unsigned b = 0; b < BANDS; b++) {
            const uint32_t *start = &x->start[b][bands[b] ^ s->probes[p]];
            at[p][b].from = start[0];
            at[p][b].end = start[1];
            __builtin_prefetch(&x->word[b][start[0]]);
        }
    for (unsigned p = 0; p < PROBES && seen < SEEN; p++)
        for (unsigned b = 0; b < BANDS; b++) {
            uint32_t end = at[p][b].end, most = (uint32_t)(SEEN - seen);
            end = end - at[p][b].from > most ? at[p][b].from + most : end;
            seen += end - at[p][b].from;
            for (uint32_t i = at[p][b].from; i < end; i++) {
                int distance = count(x->word[b][i] ^ word);
                if (distance > RADIUS)
                    continue;
                const struct entry *y = &x->at[b][i];
                if (s->full[y->image] < BX_CONTACTS_MOST)
                    keep(w, &(struct hit){y->image, y->window, (uint16_t)distance, kind, turn});
            }
        }
}

static int by_image(const void *x, const void *y)
{
    const struct hit *a = x, *b = y;
    if (a->image != b->image)
        return (a->image > b->image) - (a->image < b->image);
    if (a->distance != b->distance)
        return a->distance - b->distance;
    if (a->kind != b->kind)
        return a->kind - b->kind;
    if (a->turn != b->turn)
        return a->turn - b->turn;
    return a->window - b->window;
}

static int by_distance(const void *x, const void *y)
{
    const struct hit *a = x, *b = y;
    return a->distance != b->distance ? a->distance - b->distance : by_image(x, y);
}

/* The best hit of each image, the best images first. */
static void best_hits(struct worker *w)
{
    size_t n = 0;
    if (!w->n)
        return;
    qsort(w->hits, w->n, sizeof *w->hits, by_image);
    for (size_t i = 0; i < w->n; i++)
        if (!n || w->hits[i].image != w->hits[n - 1].image)
            w->hits[n++] = w->hits[i];
    qsort(w->hits, n, sizeof *w->hits, by_distance);
    w->n = n;
}

static float fit(const struct search *s, const struct hit *h, const struct bx_hash *hash, const float at[4])
{
    float term[BX_HASH_TERMS];
    bx_hash_terms(&s->c->thumbs[h->image], &(struct bx_window){at[0], at[1], at[2], at[3]}, term);
    return bx_hash_likeness(term, hash, h->turn);
}

/* The window's edges are moved, one at a time, to where it fits best. */
static float look_finely(const struct search *s, const struct hit *h, const struct bx_hash *hash)
{
    static const float steps[] = {.025f, .0125f, .006f};
    float at[4];
    side(h->kind, h->window % SIDES, at);
    side(h->kind, h->window / SIDES, at + 2);
    float best = fit(s, h, hash, at);
    for (size_t k = 0; k < sizeof steps / sizeof *steps && best < .95f; k++)
        for (size_t i = 0; i < 4; i++)
            for (int sign = -1; sign <= 1; sign += 2) {
                float to[4] = {at[0], at[1], at[2], at[3]};
                to[i] += (float)sign * steps[k];
                if (to[i] < 0 || to[i] > 1)
                    continue;
                float now = fit(s, h, hash, to);
                if (now > best) {
                    best = now;
                    at[i] = to[i];
                    break;
                }
            }
    return best;
}

static void look_at_other(void *context, size_t job, size_t worker)
{
    struct search *s = context;
    struct worker *w = &s->workers[worker];
    struct found *f = &s->found[job];
    const struct bx_hashed *other = &s->c->others[s->first + job];
    f->n = w->n = 0;
    if (other->picture.flat)
        return;
    for (int kind = 0; kind < BX_NHASHES; kind++)
        for (unsigned turn = 0; turn < BX_TURNS; turn++)
            look_up(s, bx_hash_turn(other->picture.hash[kind].bits[0], 0, turn), (uint8_t)kind, (uint8_t)turn, w);
    best_hits(w);
    for (size_t i = 0; i < w->n && i < FINE; i++) {
        const struct hit *h = &w->hits[i];
        float likeness = look_finely(s, h, &other->picture.hash[h->kind]);
        if (likeness >= BX_SAME_PICTURE)
            f->contact[f->n++] = (struct bx_contact){h->image, (uint32_t)(s->first + job), false, likeness, h->turn};
    }
}

struct list {
    struct bx_contact *at;
    size_t n, cap;
};

static void add(struct list *l, const struct bx_contact *c)
{
    l->at = bx_grow(l->at, &l->cap, l->n + 1, sizeof *l->at);
    l->at[l->n++] = *c;
}

struct named_sha {
    const uint8_t *sha;
    uint32_t i;
};
static int by_sha(const void *x, const void *y)
{
    const struct named_sha *a = x, *b = y;
    int c = memcmp(a->sha, b->sha, 32);
    return c ? c : (a->i > b->i) - (a->i < b->i);
}

/* Of each of the set's images the first other with its bytes. */
static void find_exact(const struct bx_contamination *c, struct list *l, struct bx_arena *a)
{
    struct named_sha *at = BX_NEW(a, struct named_sha, c->nothers);
    for (size_t i = 0; i < c->nothers; i++)
        at[i] = (struct named_sha){c->others[i].sha, (uint32_t)i};
    if (c->nothers)
        qsort(at, c->nothers, sizeof *at, by_sha);
    for (size_t i = 0; i < c->n; i++) {
        size_t lo = 0, hi = c->nothers;
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;
            if (memcmp(at[mid].sha, c->sha[i], 32) < 0)
                lo = mid + 1;
            else
                hi = mid;
        }
        if (lo < c->nothers && !memcmp(at[lo].sha, c->sha[i], 32))
            add(l, &(struct bx_contact){(uint32_t)i, at[lo].i, true, 1, 0});
    }
}

static bool find_pictures(struct search *s, struct list *l, struct bx_arena *a, struct bx_err *e)
{
    const struct bx_contamination *c = s->c;
    size_t workers = bx_workers(c->threads, c->nothers);
    s->words = bx_alloc_large(a, c->n, sizeof *s->words);
    s->flat = BX_NEW(a, bool, c->n);
    bx_parallel(bx_workers(c->threads, c->n), c->n, hash_windows, s);
    for (size_t i = 0; i < c->n; i++) {
        struct bx_picture p = {.flat = true};
        if (c->has_thumb[i])
            bx_picture_make(&c->thumbs[i], &p);
        s->flat[i] = p.flat;
        s->nentries += p.flat ? 0 : WINDOWS;
    }
    for (size_t k = 0; k < BX_NHASHES; k++)
        for (size_t b = 0; b < BANDS; b++) {
            s->kind[k].start[b] = BX_NEW(a, uint32_t, BUCKETS + 2);
            s->kind[k].word[b] = bx_alloc_large(a, s->nentries, sizeof **s->kind[k].word);
            s->kind[k].at[b] = bx_alloc_large(a, s->nentries, sizeof **s->kind[k].at);
        }
    bx_parallel(bx_workers(c->threads, BX_NHASHES * BANDS), BX_NHASHES * BANDS, make_index, s);
    make_probes(s);
    s->workers = BX_NEW(a, struct worker, workers);
    s->found = BX_NEW(a, struct found, BLOCK);
    const int64_t until = bx_time_monotonic() + c->seconds * 1000000000;
    bool ok = true;
    for (s->first = 0; ok && s->first < c->nothers; s->first += BLOCK) {
        size_t n = c->nothers - s->first < BLOCK ? c->nothers - s->first : BLOCK;
        if (c->stop && *c->stop)
            ok = bx_fail(e, BX_INTERRUPTED, "interrupted");
        else if (c->seconds && bx_time_monotonic() > until)
            ok = bx_fail(e, BX_TIMEOUT, "looking up its %zu images among %zu took more than %lld s", c->nothers, c->n,
                         (long long)c->seconds);
        else
            bx_parallel(workers, n, look_at_other, s);
        for (size_t i = 0; ok && i < n; i++)
            for (size_t k = 0; k < s->found[i].n; k++) {
                const struct bx_contact *contact = &s->found[i].contact[k];
                if (s->full[contact->image] >= BX_CONTACTS_MOST || !memcmp(c->sha[contact->image], c->others[contact->other].sha, 32))
                    continue;
                s->full[contact->image]++;
                add(l, contact);
            }
    }
    for (size_t i = 0; i < workers; i++)
        free(s->workers[i].hits);
    return ok;
}

static int by_set(const void *x, const void *y)
{
    const struct bx_contact *a = x, *b = y;
    if (a->image != b->image)
        return (a->image > b->image) - (a->image < b->image);
    if (a->exact != b->exact)
        return b->exact - a->exact;
    if (a->likeness < b->likeness || a->likeness > b->likeness)
        return (a->likeness < b->likeness) - (a->likeness > b->likeness);
    return (a->other > b->other) - (a->other < b->other);
}

bool bx_contamination_find(const struct bx_contamination *c, struct bx_contact **out, size_t *n, struct bx_arena *a, struct bx_err *e)
{
    struct bx_arena scratch = {0};
    struct search s = {.c = c, .full = BX_NEW(&scratch, uint8_t, c->n)};
    struct list l = {0};
    find_exact(c, &l, &scratch);
    bool ok = !c->thumbs || !c->n || find_pictures(&s, &l, &scratch, e);
    if (l.n)
        qsort(l.at, l.n, sizeof *l.at, by_set);
    *out = bx_memdup(a, l.at, l.n * sizeof *l.at);
    *n = l.n;
    free(l.at);
    bx_arena_release(&scratch);
    return ok;
}
