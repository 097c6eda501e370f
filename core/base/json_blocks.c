/* json_blocks.c: blocks of a list, drawn and joined in order. */
#include "core/base/json_blocks.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/parallel.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define GIVE_BACK ((size_t)4 << 20)

/* One worker's reading of one block: whole elements from r.p to `stop` (NULL: to the end of the list). */
struct part {
    struct bx_json r;
    struct bx_err e;
    const char *stop;
    size_t n;
    bool ended;
    BX_APART;
};
struct queue {
    const struct bx_blocks_reader *reader;
    const struct bx_json list; /* behind its '[' */
    struct bx_json *out;       /* the caller's reader of it */
    struct part *parts;        /* [workers] */
    size_t nblocks, bytes, turn, elements;
    size_t last; /* the block that reads to the end of the list, as far as is known */
    bool over;
    enum bx_blocks_outcome outcome;
    pthread_mutex_t lock;
    pthread_cond_t turned;
};

static const char *space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* At the comma behind an element, by the look of it, at or after p; NULL: none. */
static const char *find_boundary(const char *p, const char *end)
{
    while ((p = memchr(p, '}', (size_t)(end - p))) != NULL) {
        const char *q = space(++p, end);
        if (q < end && *q == ',' && (q = space(q + 1, end)) < end && *q == '{')
            return p;
    }
    return NULL;
}

static const char *block_begin(const struct queue *b, size_t i)
{
    const char *p = b->list.p;
    return i == 0 ? p : i < b->nblocks ? find_boundary(p + i * b->bytes, b->list.end) : NULL;
}

/* The part's reader is a copy of the list's, but for what that owns. */
static void own(struct part *q)
{
    q->r.err = &q->e;
    q->r.scratch = NULL;
    q->r.scratch_cap = 0;
}

static void read_part(const struct bx_blocks_reader *reader, struct part *q, size_t worker)
{
    const char *kept = q->r.p;
    while (!q->stop || q->r.p < q->stop) {
        q->ended = !bx_json_element(&q->r);
        if (q->ended || !reader->element(reader->context, worker, &q->r))
            break;
        q->n++;
        if (reader->mapped && (size_t)(q->r.p - kept) > GIVE_BACK) {
            bx_map_give_back(kept, q->r.p);
            kept = q->r.p;
        }
    }
    if (reader->mapped)
        bx_map_give_back(kept, q->r.p);
}

/* What the reader of the whole list has come to, when the one of its part has. */
static void take_over(struct bx_json *list, struct part *q)
{
    if (q->r.failed)
        *list->err = q->e;
    list->failed = q->r.failed;
    list->p = q->r.p;
    list->depth = q->r.depth;
    list->first = q->r.first;
}

static void judge(struct queue *b, struct part *q)
{
    b->elements += q->n;
    b->outcome = q->r.failed ? BX_BLOCKS_REFUSED : !q->ended && q->r.p != q->stop ? BX_BLOCKS_DECEIVED : BX_BLOCKS_READ;
    b->over = q->ended || b->outcome != BX_BLOCKS_READ;
    if (b->over && b->outcome != BX_BLOCKS_DECEIVED)
        take_over(b->out, q);
}

static bool may_begin(struct queue *b, size_t i)
{
    pthread_mutex_lock(&b->lock);
    bool may = !b->over && i <= b->last;
    pthread_mutex_unlock(&b->lock);
    return may;
}

/* No boundary follows: nobody else need look for one. */
static void end_with(struct queue *b, size_t i)
{
    pthread_mutex_lock(&b->lock);
    b->last = i < b->last ? i : b->last;
    pthread_mutex_unlock(&b->lock);
}

static void run_block(void *context, size_t i, size_t worker)
{
    struct queue *b = context;
    struct part *q = &b->parts[worker];
    const struct bx_blocks_reader *reader = b->reader;
    const char *from = may_begin(b, i) ? block_begin(b, i) : NULL;
    *q = (struct part){.r = b->list};
    own(q);
    if (from) {
        q->stop = block_begin(b, i + 1);
        if (!q->stop)
            end_with(b, i);
        q->r.p = from;
        q->r.first = i == 0;
        reader->enter(reader->context, worker, (size_t)((q->stop ? q->stop : q->r.end) - from));
        read_part(reader, q, worker);
    }
    pthread_mutex_lock(&b->lock);
    while (b->turn != i && !b->over)
        pthread_cond_wait(&b->turned, &b->lock);
    bool mine = !b->over && from;
    if (mine)
        judge(b, q);
    size_t joined = mine && b->outcome == BX_BLOCKS_READ ? reader->join(reader->context, worker) : 0;
    mine = mine && b->outcome == BX_BLOCKS_READ;
    b->turn = i + 1 > b->turn ? i + 1 : b->turn;
    pthread_cond_broadcast(&b->turned);
    pthread_mutex_unlock(&b->lock);
    if (mine && reader->copy)
        reader->copy(reader->context, worker, joined);
    bx_json_release(&q->r);
}

enum bx_blocks_outcome bx_blocks_read(struct bx_json *list, size_t block, size_t workers, const struct bx_blocks_reader *reader,
                                      size_t *elements)
{
    struct queue b = {.reader = reader,
                      .list = *list,
                      .out = list,
                      .bytes = block,
                      .nblocks = (size_t)(list->end - list->p) / block + 1,
                      .last = SIZE_MAX};
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.turned, NULL);
    b.parts = bx_xrealloc(NULL, workers, sizeof *b.parts);
    bx_parallel(workers, b.nblocks, run_block, &b);
    free(b.parts);
    pthread_cond_destroy(&b.turned);
    pthread_mutex_destroy(&b.lock);
    *elements = b.elements;
    return b.outcome;
}

enum bx_blocks_outcome bx_blocks_read_alone(struct bx_json *list, const struct bx_blocks_reader *reader, size_t *elements)
{
    struct part q = {.r = *list};
    own(&q);
    read_part(reader, &q, 0);
    take_over(list, &q);
    bx_json_release(&q.r);
    *elements = q.n;
    if (!list->failed)
        reader->join(reader->context, 0);
    return list->failed ? BX_BLOCKS_REFUSED : BX_BLOCKS_READ;
}
