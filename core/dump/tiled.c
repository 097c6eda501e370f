/* tiled.c: COCO results whose images are tiles of the test set's. For the reading the tiles that the text names are images beside the
 * others; then their detections go to the images they were cut from. */
#include "core/dump/read.h"
#include <stdlib.h>
#include <string.h>

enum { HEAD = 1 << 16, LONGEST_NAME = 1000 };

struct tiles {
    struct bx_name_list names; /* without folders, each once: names that many share take long to tell apart */
    uint32_t *whole;           /* [names.n] whose tile it is */
    struct bx_tile *tile;
    size_t cap, tile_cap;
};

/* The text between the quotes around `at`; n 0: there are none near. *p: where to look on, so that no text is gone through twice. */
static struct bx_slice quoted(struct bx_slice text, const char *at, const char **p)
{
    const char *begin = at, *end = at + 3, *first = text.p, *last = text.p + text.n;
    while (begin > first && at - begin < LONGEST_NAME && begin[-1] != '"' && begin[-1] != '\n')
        begin--;
    while (end < last && end - at < LONGEST_NAME && *end != '"' && *end != '\n')
        end++;
    bool both = begin > first && begin[-1] == '"' && end < last && *end == '"';
    *p = end;
    return (struct bx_slice){begin, both ? (size_t)(end - begin) : 0};
}

static bool find(struct tiles *s, struct bx_dump_reading *r, struct bx_slice text)
{
    const char *p = text.p, *end = text.p + text.n, *at;
    struct bx_slice last = {NULL, 0};
    while ((at = memmem(p, (size_t)(end - p), "___", 3))) {
        const struct bx_slice name = quoted(text, at, &p);
        struct bx_slice image;
        struct bx_tile tile;
        enum bx_join_rule rule;
        size_t n = s->names.n, whole;
        if (!name.n || (name.n == last.n && !memcmp(name.p, last.p, name.n)) || bx_join_key(&r->join, name, &rule) != BX_NO_INDEX ||
            !bx_tile_name(name, &image, &tile) || (whole = bx_join_key(&r->join, image, &rule)) == BX_NO_INDEX)
            continue;
        last = name;
        size_t folders = name.n;
        while (folders && name.p[folders - 1] != '/' && name.p[folders - 1] != '\\')
            folders--;
        const uint32_t k = bx_name_list_add(&s->names, name.p + folders, name.n - folders, r->a);
        if (k < n && s->whole[k] != whole)
            return bx_fail(r->e, BX_DATA, "%s: found the tile '%s' of the image '%s', and in another folder one of '%s'", r->dump->name,
                           s->names.at[k], r->t->image_file[s->whole[k]], r->t->image_file[whole]);
        if (k < n)
            continue;
        s->whole = bx_grow(s->whole, &s->cap, n + 1, sizeof *s->whole);
        s->tile = bx_grow(s->tile, &s->tile_cap, n + 1, sizeof *s->tile);
        s->whole[n] = (uint32_t)whole;
        s->tile[n] = tile;
        if (!bx_dump_tile_fits(r->t, whole, name, &tile, r->e))
            return bx_wrap(r->e, "%s", r->dump->name);
    }
    return true;
}

/* The test set's images, and the tiles behind them. */
static struct bx_testset with_tiles(const struct bx_testset *t, const struct tiles *s, struct bx_arena *a)
{
    struct bx_testset u = *t;
    size_t n = t->nimages, all = n + s->names.n;
    int64_t next = 0;
    u.nimages = all;
    u.image_file = BX_NEW(a, const char *, all);
    u.image_id = BX_NEW(a, int64_t, all);
    u.image_w = BX_NEW(a, uint32_t, all);
    u.image_h = BX_NEW(a, uint32_t, all);
    u.image_key = t->image_key ? BX_NEW(a, const char *, all) : NULL;
    for (size_t i = 0; i < all; i++) {
        u.image_file[i] = i < n ? t->image_file[i] : bx_printf(a, "%s.tile", s->names.at[i - n]); /* all of the name is the stem */
        u.image_id[i] = i < n ? t->image_id[i] : next - 1; /* no file counts downwards from below 0 and all its ids */
        next = u.image_id[i] < next ? u.image_id[i] : next;
        if (u.image_key)
            u.image_key[i] = i < n ? t->image_key[i] : s->names.at[i - n];
        if (i < n) {
            u.image_w[i] = t->image_w[i];
            u.image_h[i] = t->image_h[i];
        }
    }
    return u;
}

/* `from` is of the tiles, too; names stay in their places. */
static void put_back(const struct bx_testset *t, const struct tiles *s, const struct bx_detections *from, struct bx_results_said *said,
                     bool *tiled, struct bx_detections *d, struct bx_arena *a)
{
    *d = *from;
    d->nimages = t->nimages;
    d->image_begin = BX_NEW(a, size_t, t->nimages + 1);
    d->name = BX_NEW(a, uint32_t, d->n);
    d->score = BX_NEW(a, double, d->n);
    d->box = BX_NEW(a, double, 4 * d->n);
    d->obb = from->obb ? BX_NEW(a, double, 8 * d->n) : NULL;
    d->box_given = from->box_given ? BX_NEW(a, uint8_t, d->n) : NULL;
    size_t *next = BX_NEW(a, size_t, t->nimages + 1);
    for (size_t i = 0; i < from->nimages; i++)
        d->image_begin[(i < t->nimages ? i : s->whole[i - t->nimages]) + 1] += from->image_begin[i + 1] - from->image_begin[i];
    for (size_t i = 0; i < t->nimages; i++) {
        d->image_begin[i + 1] += d->image_begin[i];
        next[i] = d->image_begin[i];
    }
    for (size_t i = 0; i < from->nimages; i++) {
        const struct bx_tile *tile = i < t->nimages ? NULL : &s->tile[i - t->nimages];
        const size_t image = tile ? s->whole[i - t->nimages] : i;
        for (size_t k = from->image_begin[i]; k < from->image_begin[i + 1]; k++) {
            const size_t to = next[image]++;
            d->name[to] = from->name[k];
            d->score[to] = from->score[k];
            memcpy(d->box + 4 * to, from->box + 4 * k, 4 * sizeof *d->box);
            if (d->obb)
                memcpy(d->obb + 8 * to, from->obb + 8 * k, 8 * sizeof *d->obb);
            if (d->box_given)
                d->box_given[to] = from->box_given[k];
            if (!tile)
                continue;
            bx_tile_box(tile, d->box + 4 * to);
            if (d->obb)
                bx_tile_points(tile, d->obb + 8 * to, 4);
            tiled[image] = true;
            said->tiled++;
        }
    }
}

/* with_tiles counts downwards from the least id. */
static bool ids_are_left(const struct bx_testset *t, const struct tiles *s, const char *name, struct bx_err *e)
{
    for (size_t i = 0; i < t->nimages; i++)
        if (t->image_id[i] < INT64_MIN + (int64_t)s->names.n)
            return bx_fail(e, BX_DATA,
                           "%s: found tiles of images, and the test set's image '%s' has the id %lld: none is left for %zu tiles", name,
                           t->image_file[i], (long long)t->image_id[i], s->names.n);
    return true;
}

bool bx_dump_has_tiles(struct bx_slice text, const struct bx_results_options *o)
{
    return !o->reference && o->geometry != BX_GEOM_MASK && text.n && memmem(text.p, text.n < HEAD ? text.n : HEAD, "___", 3);
}

bool bx_dump_read_tiled(struct bx_dump_reading *r, const char *name, struct bx_slice text, struct bx_detections *d)
{
    struct tiles s = {0};
    struct bx_detections all;
    struct bx_results_said said = {0};
    struct bx_results_options o = *r->o;
    o.said = &said;
    bx_join_make(&r->join, r->t, false, r->a);
    bool ok = find(&s, r, text);
    bx_join_free(&r->join);
    if (ok && !s.names.n)
        ok = bx_results_read(name, text.p, text.n, r->t, r->o, d, r->a, r->e);
    else if (ok && (ok = ids_are_left(r->t, &s, name, r->e))) {
        const struct bx_testset t = with_tiles(r->t, &s, r->a);
        bool *tiled = BX_NEW(r->a, bool, r->t->nimages);
        ok = bx_results_read(name, text.p, text.n, &t, &o, &all, r->a, r->e);
        if (ok) {
            put_back(r->t, &s, &all, &said, tiled, d, r->a);
            ok = bx_tiles_merge(d, tiled, o.geometry, &said.merged, r->e) || bx_wrap(r->e, "%s", name);
        }
        if (ok && r->o->said)
            *r->o->said = said;
    }
    bx_name_list_free(&s.names);
    free(s.whole);
    free(s.tile);
    return ok;
}
