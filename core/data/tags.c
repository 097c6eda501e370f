/* tags.c: tags collected, kept, and made to slices. */
#include "core/data/tags.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include <stdlib.h>
#include <string.h>

void bx_tags_add(struct bx_tag_collector *c, size_t image, const char *name, size_t n)
{
    while (n && (*name == ' ' || *name == '\t'))
        name++, n--;
    while (n && (name[n - 1] == ' ' || name[n - 1] == '\t'))
        n--;
    if (!n)
        return;
    if (n > BX_TAG_LONGEST || !bx_utf8_valid(name, n) || bx_has_control(name, n) || memchr(name, 0, n)) {
        c->refused++;
        return;
    }
    c->pairs = bx_grow(c->pairs, &c->cap, c->n + 1, sizeof *c->pairs);
    c->pairs[c->n++] = (struct bx_tag_pair){bx_name_list_add(&c->names, name, n, &c->arena), (uint32_t)image};
}

static int by_tag_and_image(const void *pa, const void *pb)
{
    const struct bx_tag_pair *a = pa, *b = pb;
    return a->tag != b->tag ? (a->tag < b->tag ? -1 : 1) : a->image < b->image ? -1 : a->image > b->image;
}

struct counted {
    const char *name;
    size_t first, n; /* pairs */
};

static int most_images_first(const void *pa, const void *pb)
{
    const struct counted *a = pa, *b = pb;
    return a->n != b->n ? (a->n > b->n ? -1 : 1) : strcmp(a->name, b->name);
}

static int by_name(const void *pa, const void *pb)
{
    return strcmp(((const struct bx_tag *)pa)->name, ((const struct bx_tag *)pb)->name);
}

void bx_tags_finish(struct bx_tag_collector *c, size_t nimages, struct bx_tags *out, struct bx_arena *a)
{
    *out = (struct bx_tags){.nimages = nimages, .refused = c->refused};
    struct counted *list = bx_xrealloc(NULL, c->names.n + 1, sizeof *list);
    size_t kept = 0;
    if (c->n)
        qsort(c->pairs, c->n, sizeof *c->pairs, by_tag_and_image);
    for (size_t i = 0; i < c->names.n; i++)
        list[i] = (struct counted){c->names.at[i], 0, 0};
    for (size_t i = 0; i < c->n; i++)
        if (!i || by_tag_and_image(&c->pairs[i - 1], &c->pairs[i]) != 0) {
            struct counted *own = &list[c->pairs[i].tag];
            own->first = own->n++ ? own->first : kept;
            c->pairs[kept++] = c->pairs[i];
        }
    if (c->names.n)
        qsort(list, c->names.n, sizeof *list, most_images_first);
    out->n = c->names.n < BX_TAGS_MOST ? c->names.n : BX_TAGS_MOST;
    out->left_out = c->names.n - out->n;
    out->at = BX_NEW(a, struct bx_tag, out->n);
    for (size_t k = 0; k < out->n; k++) {
        struct bx_tag *t = &out->at[k];
        *t = (struct bx_tag){bx_strdup(a, list[k].name), list[k].n, BX_NEW(a, uint8_t, (nimages + 7) / 8)};
        for (size_t i = 0; i < list[k].n; i++) {
            const uint32_t image = c->pairs[list[k].first + i].image;
            t->images[image / 8] |= (uint8_t)(1u << (image & 7));
        }
    }
    if (out->n)
        qsort(out->at, out->n, sizeof *out->at, by_name);
    free(list);
    free(c->pairs);
    bx_name_list_free(&c->names);
    bx_arena_release(&c->arena);
    *c = (struct bx_tag_collector){0};
}

char *bx_tags_words(const struct bx_tags *t, struct bx_arena *a)
{
    char *s = NULL;
    if (t->left_out)
        s = bx_printf(a, "of %zu tags the %d with the most images are scored", t->n + t->left_out, BX_TAGS_MOST);
    if (t->refused)
        s = bx_printf(a, "%s%s%zu name%s of a tag left out: longer than %d bytes, or with characters that cannot be shown", s ? s : "",
                      s ? "; " : "", t->refused, t->refused == 1 ? "" : "s", BX_TAG_LONGEST);
    return s;
}

static void put_u32(struct bx_buf *out, size_t v)
{
    const uint8_t p[4] = {(uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16), (uint8_t)(v >> 24)};
    bx_buf_add(out, p, sizeof p);
}

void bx_tags_pack(const struct bx_tags *t, struct bx_buf *out)
{
    put_u32(out, t->nimages);
    for (size_t i = 0; i < t->n; i++) {
        put_u32(out, strlen(t->at[i].name));
        bx_buf_adds(out, t->at[i].name);
        bx_buf_add(out, t->at[i].images, (t->nimages + 7) / 8);
    }
}

static bool take_u32(const uint8_t **p, const uint8_t *end, size_t *v)
{
    if (end - *p < 4)
        return false;
    *v = (*p)[0] | (size_t)(*p)[1] << 8 | (size_t)(*p)[2] << 16 | (size_t)(*p)[3] << 24;
    *p += 4;
    return true;
}

bool bx_tags_unpack(const void *bytes, size_t n, struct bx_tags *out, struct bx_arena *a)
{
    const uint8_t *p = bytes, *end = p + n;
    *out = (struct bx_tags){0};
    if (!take_u32(&p, end, &out->nimages))
        return false;
    const size_t size = (out->nimages + 7) / 8;
    out->at = BX_NEW(a, struct bx_tag, BX_TAGS_MOST);
    while (p < end) {
        struct bx_tag *t = &out->at[out->n];
        size_t length;
        if (out->n == BX_TAGS_MOST || !take_u32(&p, end, &length) || !length || length > BX_TAG_LONGEST || (size_t)(end - p) < length ||
            (size_t)(end - p) - length < size || !bx_utf8_valid((const char *)p, length) || bx_has_control((const char *)p, length) ||
            memchr(p, 0, length))
            return false;
        t->name = bx_strndup(a, (const char *)p, length);
        t->images = bx_memdup(a, p + length, size);
        for (size_t i = 0; i < size * 8; i++)
            if (bx_tag_has(t, i)) {
                if (i >= out->nimages)
                    return false;
                t->nimages++;
            }
        if (out->n && strcmp(out->at[out->n - 1].name, t->name) >= 0)
            return false;
        p += length + size;
        out->n++;
    }
    return true;
}

static void name_image(const struct bx_testset *t, bool by_name_alone, size_t i, uint8_t out[32])
{
    if (by_name_alone)
        bx_sha256(t->image_file[i], strlen(t->image_file[i]), out);
    else
        memcpy(out, t->image_sha[i], 32);
}

size_t bx_slices_make(const struct bx_tags *tags, const struct bx_rules *board, const struct bx_testset *t, struct bx_slice_of **out,
                      struct bx_arena *a)
{
    size_t n = 0;
    if (!tags || tags->nimages != t->nimages || !tags->n)
        return 0;
    const char *protocol = bx_rules_protocol(board, a);
    bool *scored = BX_NEW(a, bool, t->nimages);
    bx_rules_pick(board, t, scored, NULL);
    *out = BX_NEW(a, struct bx_slice_of, tags->n);
    for (size_t k = 0; k < tags->n; k++) {
        struct bx_slice_of *s = &(*out)[n];
        *s = (struct bx_slice_of){.tag = tags->at[k].name, .rules = *board, .protocol = protocol};
        s->rules.images_by_name = !t->image_sha;
        s->rules.images = bx_alloc(a, tags->at[k].nimages, 32);
        s->rules.nimages = 0;
        for (size_t i = 0; i < t->nimages; i++)
            if (scored[i] && bx_tag_has(&tags->at[k], i))
                name_image(t, s->rules.images_by_name, i, s->rules.images[s->rules.nimages++]);
        s->nimages = s->rules.nimages;
        s->subset = bx_printf(a, BX_SLICE_PREFIX "%s", bx_rules_subset(&s->rules, a));
        n += s->nimages > 0;
    }
    return n;
}
