/* match.c: greedy matching by score, all ranges and thresholds in one word, images over threads. */
#include "core/metric/match.h"
#include "core/base/file.h"
#include "core/base/parallel.h"
#include "core/metric/near.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_CHUNKS 256

struct candidate {
    double iou;
    uint32_t ann; /* place in the image's list */
};

/* One worker's room, reused from image to image. */
struct room {
    uint32_t *first, *count; /* [classes] where a class's annotations begin in the image's list; zero between images */
    uint32_t *rank;          /* [classes] detections seen; zero between images */
    size_t *npig;            /* [ranges][classes] */
    uint32_t *near_of;       /* [classes] index in near + 1, where an image has many annotations of the class; zero between images */
    struct bx_near *near;
    size_t nnear, near_cap;
    uint64_t *consumed, *counted;
    struct bx_near_row row;
    double *row_iou;
    struct candidate *candidates;
    size_t ann_cap;
    BX_APART;
};
/* A run of images, and the detections in it that met something. */
struct chunk {
    size_t first, end, nmet, cap;
    struct bx_met *met;
    BX_APART;
};
struct job {
    const struct bx_scene *s;
    struct bx_match_rules r;
    const struct bx_by_image *lists;
    struct bx_matches *m;
    struct room *rooms;
    struct chunk *chunks;
    size_t classes;
    double least;
};

/* The ranges of an area's share of its image; none beyond the first range, that of all. */
static unsigned shares_of(const struct bx_match_rules *r, double area, double whole)
{
    double share = area / whole < 1 ? area / whole : isnan(area) ? area : 1;
    unsigned w = !(area < r->range[0][0] || area > r->range[0][1]);
    for (size_t a = 1; w && a < r->nranges; a++)
        w |= (unsigned)!(share < r->range[a][0] || share > r->range[a][1]) << a;
    return w;
}

static inline unsigned ranges_of(const struct bx_match_rules *r, double area, double whole)
{
    if (r->relative)
        return shares_of(r, area, whole);
    unsigned w = 0;
    for (size_t a = 0; a < BX_RANGES; a++)
        w |= (unsigned)(a < r->nranges && !(area < r->range[a][0] || area > r->range[a][1]))
             << a; /* no number: in all, as in pycocotools */
    return w;
}

static void need_annotations(struct room *o, size_t n)
{
    if (n <= o->ann_cap)
        return;
    o->consumed = bx_xrealloc(o->consumed, n, sizeof *o->consumed);
    o->counted = bx_xrealloc(o->counted, n, sizeof *o->counted);
    o->row_iou = bx_xrealloc(o->row_iou, n, sizeof *o->row_iou);
    o->candidates = bx_xrealloc(o->candidates, n, sizeof *o->candidates);
    o->ann_cap = n;
}

static void room_free(struct room *o)
{
    free(o->first);
    free(o->count);
    free(o->rank);
    free(o->npig);
    free(o->near_of);
    for (size_t i = 0; i < o->near_cap; i++)
        bx_near_free(&o->near[i]);
    free(o->near);
    bx_near_row_free(&o->row);
    free(o->consumed);
    free(o->counted);
    free(o->row_iou);
    free(o->candidates);
}

static size_t class_of(const struct job *j, uint32_t class_index)
{
    return j->r.agnostic ? 0 : class_index;
}

static double whole_of(const struct bx_scene *s, const struct bx_match_rules *r, size_t image)
{
    return r->relative ? (double)s->t->image_w[image] * (double)s->t->image_h[image] : 0;
}

static unsigned counts_in(const struct bx_testset *t, const struct bx_match_rules *r, size_t g, double whole)
{
    uint8_t flags = t->ann_flags[g];
    bool ignored = (flags & BX_ANN_IGNORE) || (r->crowds && (flags & BX_ANN_CROWD));
    return ignored ? 0 : ranges_of(r, t->ann_area[g], whole);
}

unsigned bx_match_counts(const struct bx_scene *s, const struct bx_match_rules *rules, size_t annotation)
{
    uint32_t image = s->ann_image[annotation];
    return counts_in(s->t, rules, annotation, whole_of(s, rules, image));
}

/* Which annotations count in which range, and where each class's begin. */
static void enter_annotations(const struct job *j, double whole, const uint32_t *anns, size_t n, struct room *o)
{
    const struct bx_testset *t = j->s->t;
    need_annotations(o, n);
    for (size_t i = 0; i < n; i++) {
        size_t k = class_of(j, t->ann_class[anns[i]]);
        unsigned ranges = counts_in(t, &j->r, anns[i], whole);
        o->consumed[i] = 0;
        o->counted[i] = bx_match_lanes(ranges, j->m->everywhere);
        for (size_t a = 0; a < j->r.nranges; a++)
            o->npig[a * j->classes + k] += ranges >> a & 1;
        if (!o->count[k]++)
            o->first[k] = (uint32_t)i;
    }
}

/* In a crowded image a detection is compared with its neighbours alone. */
static void enter_crowds(const struct job *j, const uint32_t *anns, size_t n, struct room *o)
{
    o->nnear = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = class_of(j, j->s->t->ann_class[anns[i]]);
        if (i != o->first[k] || o->count[k] < BX_NEAR_LEAST)
            continue;
        if (o->nnear == o->near_cap) {
            size_t cap = 2 * o->near_cap + 1;
            o->near = bx_xrealloc(o->near, cap, sizeof *o->near);
            memset(o->near + o->near_cap, 0, (cap - o->near_cap) * sizeof *o->near);
            o->near_cap = cap;
        }
        bx_near_make(&o->near[o->nnear++], j->s, anns + i, o->count[k]);
        o->near_of[k] = (uint32_t)o->nnear;
    }
}

/* Best first: higher IoU, then the later annotation. */
static int by_iou(const void *pa, const void *pb)
{
    const struct candidate *a = pa, *b = pb;
    if (a->iou != b->iou)
        return a->iou > b->iou ? -1 : 1;
    return a->ann > b->ann ? -1 : a->ann < b->ann;
}

static void sort_candidates(struct candidate *c, size_t n)
{
    if (n > 24) {
        qsort(c, n, sizeof *c, by_iou);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct candidate v = c[i];
        size_t k = i;
        for (; k > 0 && by_iou(&v, &c[k - 1]) < 0; k--)
            c[k] = c[k - 1];
        c[k] = v;
    }
}

struct verdict {
    uint64_t tp, ignored, lost;
};

/* Annotations that count come before ignored ones, as in pycocotools' order; among each kind the best candidate that is still free. */
static struct verdict assign(const struct job *j, const uint32_t *anns, size_t n, struct room *o)
{
    struct verdict v = {0, 0, 0};
    uint64_t open = j->m->everywhere;
    for (int pass = 0; pass < 2 && open; pass++)
        for (size_t i = 0; i < n && open; i++) {
            uint32_t g = o->candidates[i].ann;
            uint8_t flags = j->s->t->ann_flags[anns[g]];
            uint64_t lanes = 0;
            for (size_t t = 0; t < j->r.niou; t++)
                lanes |= (uint64_t)(o->candidates[i].iou >= j->r.iou[t]) << t;
            lanes |= lanes << BX_LANES;
            lanes |= lanes << 2 * BX_LANES;
            uint64_t take = lanes & open & (pass ? ~o->counted[g] : o->counted[g]);
            if (!(j->r.crowds && (flags & BX_ANN_CROWD)))
                take &= ~o->consumed[g];
            o->consumed[g] |= take;
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

/* pycocotools' loop as it stands, lane by lane, for a detection whose IoU may be no number (a NaN in the results file, under --reference):
 * that is below no threshold, so it is taken, and then so is every later annotation that is free. */
static struct verdict assign_odd(const struct job *j, uint32_t d, const uint32_t *anns, size_t k, struct room *o)
{
    struct verdict v = {0, 0, 0};
    size_t first = o->first[k], count = o->count[k];
    bx_scene_iou(j->s, d, anns + first, count, j->r.crowds, o->row_iou);
    for (unsigned lane = 0; lane < BX_RANGES * BX_LANES; lane++) {
        uint64_t bit = (uint64_t)1 << lane;
        double best = j->r.iou[lane % BX_LANES];
        size_t found = SIZE_MAX;
        bool done = !(bit & j->m->everywhere);
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < count && !done; i++) {
                size_t g = first + i;
                bool counts = o->counted[g] & bit, crowd = j->r.crowds && (j->s->t->ann_flags[anns[g]] & BX_ANN_CROWD);
                if (counts != (pass == 0) || (o->consumed[g] & bit && !crowd))
                    continue;
                done = found != SIZE_MAX && (o->counted[found] & bit) && !counts;
                if (done || o->row_iou[i] < best)
                    continue;
                best = o->row_iou[i];
                found = g;
            }
        if (!(bit & j->m->everywhere))
            continue;
        bool lost = found == SIZE_MAX || (j->s->t->ann_flags[anns[found]] & BX_ANN_LOST);
        v.lost |= lost ? bit : 0;
        if (found == SIZE_MAX)
            continue;
        o->consumed[found] |= bit;
        if (!(o->counted[found] & bit))
            v.ignored |= bit;
        else if (!lost)
            v.tp |= bit;
    }
    return v;
}

static size_t box_candidates(const struct job *j, uint32_t d, const uint32_t *anns, size_t first, size_t count, struct candidate *out)
{
    const struct bx_testset *t = j->s->t;
    const double *box = j->s->d->box + 4 * (size_t)d;
    size_t n = 0;
    for (size_t i = first; i < first + count; i++) {
        double iou = bx_box_iou(box, t->ann_box + 4 * (size_t)anns[i], j->r.crowds && (t->ann_flags[anns[i]] & BX_ANN_CROWD));
        if (iou >= j->least)
            out[n++] = (struct candidate){iou, (uint32_t)i};
    }
    return n;
}

static size_t find_candidates(const struct job *j, uint32_t d, const uint32_t *anns, size_t k, struct room *o)
{
    static const struct bx_near none = {0};
    size_t n = 0, first = o->first[k], count = o->count[k];
    const struct bx_near *near = o->near_of[k] ? &o->near[o->near_of[k] - 1] : &none;
    if (!count)
        return 0;
    if (!near->n && j->s->in.geometry == BX_GEOM_BOX)
        return box_candidates(j, d, anns, first, count, o->candidates);
    bx_near_row(near, j->s, d, anns + first, count, &o->row);
    bx_scene_iou_from(j->s, d, o->row.ann, o->row.n, j->r.crowds, j->least, o->row_iou);
    for (size_t i = 0; i < o->row.n; i++)
        if (o->row_iou[i] >= j->least)
            o->candidates[n++] = (struct candidate){o->row_iou[i], (uint32_t)(first + bx_near_place(near, &o->row, i))};
    return n;
}

static void add_met(struct job *j, struct chunk *c, uint32_t d, struct bx_met met)
{
    c->met = bx_grow(c->met, &c->cap, c->nmet + 1, sizeof *c->met);
    c->met[c->nmet++] = met;
    j->m->place[d].hit = (uint32_t)c->nmet;
}

static void match_image(struct job *j, size_t image, struct room *o, struct chunk *c)
{
    const struct bx_by_image *l = j->lists;
    const struct bx_scene *s = j->s;
    const uint32_t *anns = l->ann + l->ann_begin[image], *det = l->det ? l->det + l->det_begin[image] : NULL;
    const uint32_t first = (uint32_t)l->det_begin[image];
    size_t nann = l->ann_begin[image + 1] - l->ann_begin[image], ndet = l->det_begin[image + 1] - l->det_begin[image];
    double whole = whole_of(s, &j->r, image);
    enter_annotations(j, whole, anns, nann, o);
    if (nann >= BX_NEAR_LEAST)
        enter_crowds(j, anns, nann, o);
    for (size_t i = 0; i < ndet; i++) {
        uint32_t d = det ? det[i] : first + (uint32_t)i;
        size_t k = class_of(j, s->det_class[d]), limit = 0;
        uint32_t rank = o->rank[k]++;
        for (size_t m = 0; m < j->r.nlimits; m++) /* they ascend */
            limit += rank >= j->r.limits[m];
        j->m->place[d].within = (uint8_t)limit;
        if (limit == j->r.nlimits && !j->r.beyond)
            continue;
        unsigned ranges = ranges_of(&j->r, bx_scene_area(s, d), whole);
        bool unsure = s->det_unsure && s->det_unsure[d];
        j->m->place[d].ranges = (uint8_t)(unsure ? 0 : ranges);
        bool odd = s->in.reference && s->in.geometry == BX_GEOM_BOX && o->count[k] && isnan(bx_scene_area(s, d));
        size_t n = odd ? 0 : find_candidates(j, d, anns, k, o);
        if (!n && !odd)
            continue;
        sort_candidates(o->candidates, n);
        struct verdict v = odd ? assign_odd(j, d, anns, k, o) : assign(j, anns, n, o);
        uint64_t out = v.ignored | (unsure ? v.lost : v.lost & ~bx_match_lanes(ranges, j->m->everywhere));
        add_met(j, c, d, (struct bx_met){v.tp, out});
    }
    for (size_t i = 0; i < ndet; i++)
        o->rank[class_of(j, s->det_class[det ? det[i] : first + i])] = 0;
    for (size_t i = 0; i < nann; i++)
        o->count[class_of(j, s->t->ann_class[anns[i]])] = o->near_of[class_of(j, s->t->ann_class[anns[i]])] = 0;
}

/* The masks of a run of images were read where the file has them, most often one behind the other. */
static void give_back_text(const struct bx_detections *d, size_t first, size_t end)
{
    const char *low = NULL, *high = NULL;
    size_t length = 0;
    if (!d->mapped || !d->mask_text)
        return;
    for (size_t i = d->image_begin[first]; i < d->image_begin[end]; i++) {
        const struct bx_rle_text *t = &d->mask_text[i];
        if (!t->escaped) /* in the arena */
            continue;
        low = !low || t->p < low ? t->p : low;
        high = !high || t->p + t->n > high ? t->p + t->n : high;
        length += t->n;
    }
    if (low && (size_t)(high - low) / 4 <= length)
        bx_map_give_back(low, high);
}

static void run_chunk(void *context, size_t i, size_t worker)
{
    struct job *j = context;
    struct chunk *c = &j->chunks[i];
    for (size_t image = c->first; image < c->end; image++)
        match_image(j, image, &j->rooms[worker], c);
    give_back_text(j->s->d, c->first, c->end);
}

static void make_rooms(struct job *j, size_t workers)
{
    j->rooms = bx_xrealloc(NULL, workers, sizeof *j->rooms);
    for (size_t i = 0; i < workers; i++) {
        struct room *o = &j->rooms[i];
        *o = (struct room){0};
        o->first = bx_xrealloc(NULL, j->classes, sizeof *o->first);
        o->count = bx_xrealloc(NULL, j->classes, sizeof *o->count);
        o->rank = bx_xrealloc(NULL, j->classes, sizeof *o->rank);
        o->near_of = bx_xrealloc(NULL, j->classes, sizeof *o->near_of);
        memset(o->near_of, 0, j->classes * sizeof *o->near_of);
        o->npig = bx_xrealloc(NULL, j->classes * BX_RANGES, sizeof *o->npig);
        memset(o->first, 0, j->classes * sizeof *o->first);
        memset(o->count, 0, j->classes * sizeof *o->count);
        memset(o->rank, 0, j->classes * sizeof *o->rank);
        memset(o->npig, 0, j->classes * BX_RANGES * sizeof *o->npig);
    }
}

/* The chunks' lists one behind the other, whatever thread made them. */
static void join_chunks(struct job *j, size_t nchunks, struct bx_arena *a)
{
    size_t total = 0;
    for (size_t i = 0; i < nchunks; i++)
        total += j->chunks[i].nmet;
    j->m->met = BX_NEW(a, struct bx_met, total);
    total = 0;
    for (size_t i = 0; i < nchunks; i++) {
        struct chunk *c = &j->chunks[i];
        if (c->nmet)
            memcpy(j->m->met + total, c->met, c->nmet * sizeof *c->met);
        const size_t *begin = j->s->d->image_begin;
        for (size_t d = begin[c->first]; total && d < begin[c->end]; d++)
            j->m->place[d].hit += j->m->place[d].hit ? (uint32_t)total : 0;
        total += c->nmet;
        free(c->met);
    }
}

void bx_match(const struct bx_scene *s, const struct bx_match_rules *rules, const struct bx_by_image *lists, int threads,
              struct bx_matches *m, size_t *npig, struct bx_arena *a)
{
    struct job j = {.s = s, .r = *rules, .lists = lists, .m = m, .classes = rules->agnostic ? 1 : s->t->nclasses, .least = INFINITY};
    for (size_t t = 0; t < j.r.niou; t++) {
        j.r.iou[t] = fmin(j.r.iou[t], 1 - 1e-10);
        j.least = fmin(j.least, j.r.iou[t]);
    }
    m->everywhere = ((uint64_t)1 << j.r.niou) - 1;
    for (size_t i = 1; i < j.r.nranges; i++)
        m->everywhere |= (((uint64_t)1 << j.r.niou) - 1) << (BX_LANES * i);
    size_t nchunks = s->nimages < MOST_CHUNKS ? s->nimages : MOST_CHUNKS, workers = bx_workers(threads, nchunks);
    make_rooms(&j, workers);
    j.chunks = bx_xrealloc(NULL, nchunks + 1, sizeof *j.chunks);
    for (size_t i = 0; i < nchunks; i++)
        j.chunks[i] = (struct chunk){.first = s->nimages * i / nchunks, .end = s->nimages * (i + 1) / nchunks};
    bx_parallel(workers, nchunks, run_chunk, &j);
    join_chunks(&j, nchunks, a);
    memset(npig, 0, j.r.nranges * j.classes * sizeof *npig);
    for (size_t w = 0; w < workers; w++) {
        for (size_t i = 0; i < j.r.nranges * j.classes; i++)
            npig[i] += j.rooms[w].npig[i];
        room_free(&j.rooms[w]);
    }
    free(j.rooms);
    free(j.chunks);
}
