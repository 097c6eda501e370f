/* match.c: greedy matching by score, all ranges and thresholds in one word. */
#include "core/metric/match.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD 20 /* detections come in order of score: their columns are fetched before they are needed */

struct bx_candidate {
    double iou;
    uint32_t ann; /* index in the class's annotations */
};

void bx_match_room_init(struct bx_match_room *r, size_t nimages)
{
    *r = (struct bx_match_room){.nimages = nimages};
    r->first = bx_xrealloc(NULL, nimages + 1, sizeof *r->first);
    r->rank = bx_xrealloc(NULL, nimages + 1, sizeof *r->rank);
    memset(r->first, 0, (nimages + 1) * sizeof *r->first);
    memset(r->rank, 0, (nimages + 1) * sizeof *r->rank);
}

void bx_match_room_free(struct bx_match_room *r)
{
    free(r->first);
    free(r->rank);
    free(r->consumed);
    free(r->counted);
    free(r->iou);
    free(r->candidates);
    bx_sort_room_free(&r->sort);
}

/* The same bits in the lanes of every range. */
static uint64_t all_ranges(uint64_t lanes, size_t nranges)
{
    uint64_t w = 0;
    for (size_t a = 0; a < nranges; a++)
        w |= lanes << (BX_LANES * a);
    return w;
}

static inline uint64_t ranges_of(const struct bx_match_rules *r, double area)
{
    uint64_t lane = ((uint64_t)1 << r->niou) - 1, w = 0;
    for (size_t a = 0; a < BX_RANGES; a++)
        w |= (0 - (uint64_t)(a < r->nranges && area >= r->range[a][0] && area <= r->range[a][1])) & lane << (BX_LANES * a);
    return w;
}

/* Which annotations count in which range, where each image's begin, and how many an image has at most. */
static size_t enter_annotations(const struct bx_scene *s, const struct bx_match_rules *r, const uint32_t *anns, size_t n,
                                struct bx_match_room *room, struct bx_matches *m)
{
    if (n > room->ann_cap) {
        room->consumed = bx_xrealloc(room->consumed, n, sizeof *room->consumed);
        room->counted = bx_xrealloc(room->counted, n, sizeof *room->counted);
        room->ann_cap = n;
    }
    memset(m->npig, 0, sizeof m->npig);
    size_t widest = 0, run = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t g = anns[i], image = s->ann_image[g];
        uint8_t flags = s->t->ann_flags[g];
        bool ignored = (flags & BX_ANN_IGNORE) || (r->crowds && (flags & BX_ANN_CROWD));
        room->consumed[i] = 0;
        room->counted[i] = ignored ? 0 : ranges_of(r, s->t->ann_area[g]);
        for (size_t a = 0; a < r->nranges; a++)
            m->npig[a] += room->counted[i] >> (BX_LANES * a) & 1;
        if (!room->first[image]) {
            room->first[image] = (uint32_t)i + 1;
            run = 0;
        }
        if (++run > widest)
            widest = run;
    }
    if (widest > room->row_cap) {
        room->iou = bx_xrealloc(room->iou, widest, sizeof *room->iou);
        room->candidates = bx_xrealloc(room->candidates, widest, sizeof *room->candidates);
        room->row_cap = widest;
    }
    return widest;
}

/* Best first: higher IoU, then the later annotation. */
static int by_iou(const void *pa, const void *pb)
{
    const struct bx_candidate *a = pa, *b = pb;
    if (a->iou != b->iou)
        return a->iou > b->iou ? -1 : 1;
    return a->ann > b->ann ? -1 : a->ann < b->ann;
}

static void sort_candidates(struct bx_candidate *c, size_t n)
{
    if (n > 24) {
        qsort(c, n, sizeof *c, by_iou);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct bx_candidate v = c[i];
        size_t j = i;
        for (; j > 0 && by_iou(&v, &c[j - 1]) < 0; j--)
            c[j] = c[j - 1];
        c[j] = v;
    }
}

struct verdict {
    uint64_t tp, ignored, lost;
};

/* Annotations that count come before ignored ones, as in pycocotools' order; among each kind the best candidate that is still free. */
static struct verdict assign(const struct bx_scene *s, const struct bx_match_rules *r, const uint32_t *anns, const struct bx_candidate *c,
                             size_t n, struct bx_match_room *room)
{
    struct verdict v = {0, 0, 0};
    uint64_t open = all_ranges(((uint64_t)1 << r->niou) - 1, r->nranges);
    for (int pass = 0; pass < 2 && open; pass++)
        for (size_t i = 0; i < n && open; i++) {
            uint32_t g = c[i].ann;
            uint8_t flags = s->t->ann_flags[anns[g]];
            uint64_t lanes = 0;
            for (size_t t = 0; t < r->niou; t++)
                lanes |= (uint64_t)(c[i].iou >= r->iou[t]) << t;
            uint64_t take = all_ranges(lanes, r->nranges) & open & (pass ? ~room->counted[g] : room->counted[g]);
            if (!(r->crowds && (flags & BX_ANN_CROWD)))
                take &= ~room->consumed[g];
            room->consumed[g] |= take;
            open &= ~take;
            if (flags & BX_ANN_LOST)
                v.lost |= take;
            if (pass)
                v.ignored |= take;
            else if (!(flags & BX_ANN_LOST))
                v.tp |= take;
        }
    v.lost |= open;
    return v;
}

void bx_match_class(const struct bx_scene *s, const struct bx_match_rules *rules, uint32_t *det, size_t ndet, const uint32_t *anns,
                    size_t nanns, struct bx_match_room *room, struct bx_matches *m)
{
    struct bx_match_rules r = *rules;
    double least = INFINITY;
    for (size_t t = 0; t < r.niou; t++) {
        r.iou[t] = fmin(r.iou[t], 1 - 1e-10);
        least = fmin(least, r.iou[t]);
    }
    enter_annotations(s, &r, anns, nanns, room, m);
    bx_sort_by_score(det, ndet, s->d->score, &room->sort);
    uint64_t everywhere = all_ranges(((uint64_t)1 << r.niou) - 1, r.nranges);
    m->det = det;
    m->n = ndet;
    const struct bx_detections *all = s->d;
    const char *shapes = (const char *)all->box; /* what is asked of each detection */
    size_t size = 4 * sizeof *all->box;
    if (s->in.geometry == BX_GEOM_OBB) {
        shapes = (const char *)all->obb;
        size = 8 * sizeof *all->obb;
    } else if (all->mask_text) {
        shapes = (const char *)all->mask_text;
        size = sizeof *all->mask_text;
    }
    for (size_t k = 0; k < ndet; k++) {
        uint32_t d = det[k], image = s->det_image[d];
        if (k + 2 * AHEAD < ndet)
            __builtin_prefetch(&s->det_image[det[k + 2 * AHEAD]]);
        if (k + AHEAD < ndet) {
            const char *shape = shapes + size * det[k + AHEAD];
            __builtin_prefetch(shape);
            __builtin_prefetch(shape + size - 1); /* may be in the next cache line */
            __builtin_prefetch(&room->first[s->det_image[det[k + AHEAD]]]);
            __builtin_prefetch(&room->rank[s->det_image[det[k + AHEAD]]]);
        }
        m->rank[k] = room->rank[image]++;
        m->tp[k] = m->out[k] = 0;
        if (m->rank[k] >= r.limit)
            continue;
        size_t begin = room->first[image], n = 0, candidates = 0;
        if (begin) {
            for (begin--; begin + n < nanns && s->ann_image[anns[begin + n]] == image;)
                n++;
            bx_scene_iou_from(s, d, anns + begin, n, r.crowds, least, room->iou);
            for (size_t j = 0; j < n; j++)
                if (room->iou[j] >= least)
                    room->candidates[candidates++] = (struct bx_candidate){room->iou[j], (uint32_t)(begin + j)};
        }
        struct verdict v = {0, 0, everywhere};
        if (candidates) {
            sort_candidates(room->candidates, candidates);
            v = assign(s, &r, anns, room->candidates, candidates, room);
        }
        m->tp[k] = v.tp;
        m->out[k] = v.ignored | (v.lost & ~ranges_of(&r, bx_scene_area(s, d)));
        if (s->det_unsure && s->det_unsure[d])
            m->out[k] |= v.lost;
    }
    for (size_t i = 0; i < nanns; i++)
        room->first[s->ann_image[anns[i]]] = 0;
    for (size_t k = 0; k < ndet; k++)
        room->rank[s->det_image[det[k]]] = 0;
}
