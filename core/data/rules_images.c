/* rules_images.c: a file with the names of images → a board's subset. */
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "core/data/rules.h"
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)64 << 20)

struct named {
    const char *name;
    size_t image;
};

static int by_name(const void *a, const void *b)
{
    const struct named *p = a, *q = b;
    int order = strcmp(p->name, q->name);
    return order ? order : p->image < q->image ? -1 : p->image > q->image;
}

/* The first of that name. */
static const struct named *find(const struct named *names, size_t n, const char *name)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (strcmp(names[mid].name, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && !strcmp(names[lo].name, name) ? &names[lo] : NULL;
}

static bool no_such_image(const char *path, size_t line, const char *name, const struct bx_testset *t, struct bx_err *e)
{
    char clean[304];
    const char *near = strlen(name) <= 300 ? bx_nearest(name, t->image_file, t->nimages) : NULL;
    return bx_fail(e, BX_CONFIG, "%s:%zu: found '%s', expected the name of an image of the test set%s%s%s", path, line,
                   bx_reason_clean(clean, name), near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

bool bx_rules_read_images(const char *path, const struct bx_testset *t, struct bx_rules *r, struct bx_arena *a, struct bx_err *e)
{
    BX_CLEANUP_BUF struct bx_buf text = {0};
    if (!bx_file_read(path, MOST_BYTES, &text, e))
        return false;
    const char *nul = text.n ? memchr(text.p, 0, text.n) : NULL;
    if (nul)
        return bx_fail(e, BX_CONFIG, "%s: found a NUL at byte %zu, expected names as text, one a line", path, (size_t)(nul - text.p));
    struct named *names = BX_NEW(a, struct named, t->nimages), *bases = BX_NEW(a, struct named, t->nimages);
    for (size_t i = 0; i < t->nimages; i++) {
        names[i] = (struct named){t->image_file[i], i};
        bases[i] = (struct named){bx_path_base(t->image_file[i]), i};
    }
    qsort(names, t->nimages, sizeof *names, by_name);
    qsort(bases, t->nimages, sizeof *bases, by_name);
    bool *taken = BX_NEW(a, bool, t->nimages);
    r->images = bx_alloc(a, t->nimages, sizeof *r->images);
    r->nimages = 0;
    r->images_by_name = !t->image_sha;
    size_t line = 0;
    bx_buf_drop_mark(&text); /* editors' */
    for (char *s = text.p, *next; s && *s; s = next) {
        next = strchr(s, '\n');
        if (next)
            *next++ = '\0';
        line++;
        s += strspn(s, " \t");
        size_t n = strlen(s);
        while (n && (s[n - 1] == '\r' || s[n - 1] == ' ' || s[n - 1] == '\t'))
            s[--n] = '\0';
        if (!n)
            continue;
        const struct named *found = find(names, t->nimages, s);
        if (!found && (found = find(bases, t->nimages, s)) && found + 1 < bases + t->nimages && !strcmp(found[1].name, s))
            return bx_fail(e, BX_CONFIG, "%s:%zu: '%s' is more than one image of the test set, expected its folder too", path, line, s);
        if (!found)
            return no_such_image(path, line, s, t, e);
        if (!taken[found->image] && t->image_sha)
            memcpy(r->images[r->nimages++], t->image_sha[found->image], sizeof *r->images);
        else if (!taken[found->image])
            bx_sha256(t->image_file[found->image], strlen(t->image_file[found->image]), r->images[r->nimages++]);
        taken[found->image] = true;
    }
    return r->nimages || bx_fail(e, BX_CONFIG, "%s: found no name of an image, expected one a line", path);
}

static bool has(const uint8_t (*sorted)[32], size_t n, const uint8_t image[32])
{
    return n && bsearch(image, sorted, n, sizeof *sorted, bx_sha256_order);
}

size_t bx_rules_less(const struct bx_rules *r, const uint8_t (*all)[32], size_t nall, const uint8_t (*less)[32], size_t nless,
                     struct bx_rules *out, struct bx_arena *a)
{
    const size_t n = r->nimages ? r->nimages : nall;
    *out = *r;
    out->images = bx_alloc(a, n, sizeof *out->images);
    out->nimages = 0;
    if (n)
        memcpy(out->images, r->nimages ? (const uint8_t(*)[32])r->images : all, n * sizeof *out->images);
    qsort(out->images, n, sizeof *out->images, bx_sha256_order);
    /* One that is there twice follows itself: once it was kept, it is the last one that was. */
    for (size_t i = 0; i < n; i++)
        if (!has(less, nless, out->images[i]) && (!out->nimages || memcmp(out->images[out->nimages - 1], out->images[i], 32) != 0))
            memmove(out->images[out->nimages++], out->images[i], 32);
    return out->nimages;
}
