/*
 * fuzz_rle.c: libFuzzer's entry to compressed run lengths: two bytes of size, then the texts of two masks. The readers agree, what is read
 * is written back, and what is computed over runs is what counting pixels gives. To fuzz: tests/README.md.
 */
#include "core/data/rle.h"
#include "tests/fuzz.h"

enum { MOST_SIDE = 32 };

struct pixels {
    uint8_t on[MOST_SIDE * MOST_SIDE]; /* column by column */
    size_t n, sum;
};

static struct pixels draw(const struct bx_rle *m)
{
    struct pixels p = {.n = (size_t)m->h * m->w};
    size_t at = 0;
    for (size_t i = 0; i < m->n && at < p.n; i++)
        for (uint32_t k = 0; k < m->counts[i] && at < p.n; k++)
            p.sum += p.on[at++] = i % 2;
    return p;
}

/* JSON's spelling of a text: each backslash twice. */
static size_t escape(const char *s, size_t n, char *out)
{
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        out[m++] = s[i];
        if (s[i] == '\\')
            out[m++] = '\\';
    }
    return m;
}

static void same_text(const struct bx_rle_text *t, const struct bx_rle *m)
{
    uint32_t *counts = malloc((t->n + 1) * sizeof *counts);
    struct bx_rle again = bx_rle_text_counts(t, counts);
    require_that(again.n == m->n && (!m->n || !memcmp(again.counts, m->counts, m->n * sizeof *counts)));
    require_that(t->area == bx_rle_area(m) && (bool)t->plain == bx_rle_plain(m));
    free(counts);
}

/* True, and the mask, when the text is one. */
static bool read_mask(const char *s, size_t n, uint32_t h, uint32_t w, struct bx_rle *m, struct bx_arena *a)
{
    struct bx_err e = {0}, f = {0};
    struct bx_rle_text t, u;
    uint64_t sum = 0, escaped_sum = 0;
    char *escaped = malloc(2 * n + 1);
    size_t length = escape(s, n, escaped);
    bool ok = bx_rle_from_string(s, n, h, w, m, a, &e);
    require_that(ok == bx_rle_text_read(s, n, h, w, &t, &sum, &f));
    require_that(ok == bx_rle_text_scan(escaped, escaped + length, h, w, &u, &escaped_sum));
    if (ok) {
        const char *written = bx_rle_to_string(m, a);
        struct bx_rle again;
        require_that(sum == escaped_sum);
        same_text(&t, m);
        same_text(&u, m);
        require_that(bx_rle_from_string(written, strlen(written), h, w, &again, a, &e) && again.n == m->n &&
                     (!m->n || !memcmp(again.counts, m->counts, m->n * sizeof *m->counts)));
    } else {
        require_said(&e, BX_DATA, NULL);
        require_that(!strcmp(e.text, f.text));
    }
    free(escaped);
    return ok;
}

static void box_of(const struct pixels *p, uint32_t h, double box[4])
{
    size_t x0 = SIZE_MAX, y0 = SIZE_MAX, x1 = 0, y1 = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->on[i]) {
            size_t x = i / h, y = i % h;
            x0 = x < x0 ? x : x0, x1 = x > x1 ? x : x1;
            y0 = y < y0 ? y : y0, y1 = y > y1 ? y : y1;
        }
    memcpy(box, (double[4]){(double)x0, (double)y0, (double)(x1 - x0 + 1), (double)(y1 - y0 + 1)}, 4 * sizeof *box);
    if (x0 == SIZE_MAX)
        memset(box, 0, 4 * sizeof *box);
}

static void same_pixels(const struct bx_rle *m, const struct pixels *p)
{
    double box[4], drawn[4];
    struct pixels q = draw(m);
    require_that(q.n == p->n && !memcmp(q.on, p->on, p->n) && bx_rle_area(m) == p->sum);
    bx_rle_box(m, box);
    box_of(p, m->h, drawn);
    if (bx_rle_plain(m)) /* of others the box is pycocotools' */
        require_that(!memcmp(box, drawn, sizeof box));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2)
        return 0;
    uint32_t h = data[0] % (MOST_SIDE + 1u), w = data[1] % (MOST_SIDE + 1u);
    struct bx_arena a = {0};
    struct bx_rle m[2];
    bool ok = true;
    data += 2;
    n -= 2;
    for (int i = 0; i < 2; i++) {
        size_t length;
        char *text = next_part(&data, &n, &length);
        struct bx_err e;
        ok = read_mask(text, length, h, w, &m[i], &a) && bx_rle_valid(&m[i], &e) && ok;
        free(text);
    }
    if (ok && h && w) { /* masks that fill the image */
        struct bx_rle plain[2] = {bx_rle_made_plain(&m[0], &a), bx_rle_made_plain(&m[1], &a)};
        struct pixels p = draw(&m[0]), q = draw(&m[1]), both = p, either = p;
        both.sum = either.sum = 0;
        for (size_t i = 0; i < p.n; i++) {
            both.sum += both.on[i] = p.on[i] && q.on[i];
            either.sum += either.on[i] = p.on[i] || q.on[i];
        }
        same_pixels(&m[0], &p);
        same_pixels(&plain[0], &p);
        require_that(bx_rle_plain(&plain[0]) && bx_rle_plain(&plain[1]) && bx_rle_intersection(&plain[0], &plain[1]) == both.sum);
        double iou = bx_rle_iou(&plain[0], &plain[1], false), crowd = bx_rle_iou(&plain[0], &plain[1], true);
        require_that(both.sum ? iou == (double)both.sum / (double)either.sum && crowd == (double)both.sum / (double)p.sum
                              : iou == 0 && crowd == 0);
        struct bx_rle x = bx_rle_merge(plain, 2, true, &a), y = bx_rle_merge(plain, 2, false, &a);
        same_pixels(&x, &both);
        same_pixels(&y, &either);
    }
    bx_arena_release(&a);
    return 0;
}
