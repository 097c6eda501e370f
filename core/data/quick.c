/* quick.c: a detection or annotation as nearly every program writes it. */
#include "core/data/quick.h"
#include "core/base/number.h"
#include <string.h>

#define LONGEST_KEY 16

static inline char at(const char *p, const char *end)
{
    return p < end ? *p : '\0';
}

static inline const char *space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* The first n of eight bytes of digits as a number. */
static inline uint64_t first_digits(uint64_t v, unsigned n)
{
    return n == 8 ? bx_eight_value(v) : bx_eight_value(v << (64 - 8 * n) | 0x3030303030303030u >> 8 * n);
}

/* The first n of eight bytes of digits as a number, n from 0 to 8, and how many come first: without a branch, which would be mispredicted.
 */
static inline uint64_t some_digits(uint64_t v, unsigned n)
{
    v = v << 4 * (8 - n) << 4 * (8 - n);
    return bx_eight_value(v | 0x3030303030303030u >> 4 * n >> 4 * n);
}

static inline unsigned leading_digits(uint64_t v)
{
    uint64_t stop = bx_no_digits(v);
    return stop ? (unsigned)__builtin_ctzll(stop) / 8 : 8;
}

/* Digits with a point among the first eight bytes, which is how programs write coordinates and scores: read in one go. The digits without
 * their point lie in `first`, and behind it at the ninth and the seventeenth byte, wherever the point is, so that nothing waits for it.
 * NULL: another kind, or more than 19 digits that mean something. */
static inline const char *usual_number(const char *text, const char *end, double *out)
{
    if (end - text < 40)
        return NULL;
    bool negative = *text == '-';
    const char *p = text + negative;
    uint64_t v = bx_load8(p), stop = bx_no_digits(v), stop2 = stop & (stop - 1); /* of a point bx_no_digits sets one bit */
    unsigned before = (unsigned)__builtin_ctzll(stop | UINT64_C(1) << 63) / 8, digits;
    if (!stop || before == 0 || p[before] != '.' || (*p == '0' && before > 1))
        return NULL;
    uint64_t whole = ((uint64_t)1 << 8 * before) - 1, first = (v & whole) | (bx_load8(p + 1) & ~whole);
    if (stop2 || bx_no_digits(first)) { /* seven digits at most: the quotient of two exact doubles is the nearest one */
        digits = stop2 ? (unsigned)__builtin_ctzll(stop2) / 8 - 1 : 7;
        if (digits == before || (p[digits + 1] | 0x20) == 'e')
            return NULL;
        double x = (double)first_digits(first, digits) / bx_exact_tens[digits - before];
        *out = negative ? -x : x;
        return p + digits + 1;
    }
    uint64_t second = bx_load8(p + 9), zeros = first ^ 0x3030303030303030u;
    unsigned more = leading_digits(second);
    uint64_t w = bx_eight_value(first) * bx_tens[more] + some_digits(second, more);
    digits = 8 + more;
    if (more == 8) {
        uint64_t third = bx_load8(p + 17);
        more = leading_digits(third);
        w = w * bx_tens[more] + some_digits(third, more);
        digits += more;
    }
    p += digits + 1;
    if (!zeros || digits - (unsigned)__builtin_ctzll(zeros) / 8 > 19 || (*p | 0x20) == 'e' || (unsigned char)(*p - '0') <= 9)
        return NULL;
    unsigned after = digits - before;
    double x = after < BX_LEAST_FRACTION ? (double)w / bx_exact_tens[after] : bx_number_fraction(w, after);
    *out = negative ? -x : x;
    return p;
}

/* Digits, and a fraction; NULL for an exponent, for more digits than 64 bits hold, and for what is no number. */
static inline const char *number(const char *p, const char *end, double *out)
{
    const char *behind = usual_number(p, end, out);
    if (behind)
        return behind;
    struct bx_scan s = {.text = p, .negative = at(p, end) == '-'};
    p += s.negative;
    const char *digits = p;
    p = bx_scan_digits(p, end, &s.w);
    long count = p - digits;
    if (count == 0 || (*digits == '0' && count > 1))
        return NULL;
    if (at(p, end) == '.') {
        const char *fraction = p + 1;
        p = bx_scan_digits(fraction, end, &s.w);
        if (p == fraction)
            return NULL;
        s.q = fraction - p;
        count += p - fraction;
    }
    if (count > 19 || (at(p, end) | 0x20) == 'e')
        return NULL;
    s.after = p;
    return bx_number_value(&s, out) ? p : NULL;
}

static inline const char *whole(const char *p, const char *end, int64_t *out)
{
    uint64_t w = 0;
    bool negative = at(p, end) == '-';
    p += negative;
    const char *digits = p;
    p = bx_scan_digits(p, end, &w);
    if (p == digits || p - digits > 18 || (*digits == '0' && p - digits > 1) || at(p, end) == '.' || (at(p, end) | 0x20) == 'e')
        return NULL;
    *out = negative ? -(int64_t)w : (int64_t)w;
    return p;
}

static inline const char *skip_digits(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t stop = bx_no_digits(bx_load8(p));
        if (stop)
            return p + (__builtin_ctzll(stop) >> 3);
        p += 8;
    }
    while (p < end && (unsigned char)(*p - '0') <= 9)
        p++;
    return p;
}

static inline const char *skip_number(const char *p, const char *end)
{
    p += at(p, end) == '-';
    const char *digits = p;
    p = skip_digits(p, end);
    if (p == digits || (*digits == '0' && p - digits > 1))
        return NULL;
    if (at(p, end) == '.') {
        const char *fraction = p + 1;
        p = skip_digits(fraction, end);
        if (p == fraction)
            return NULL;
    }
    return p - digits > 300 || (at(p, end) | 0x20) == 'e' ? NULL : p; /* no double is too small or large for what is left */
}

/* Lists of numbers within lists, as polygons are: behind the outer ']', or NULL: something else is there. The numbers are checked, not
 * read. */
static const char *skip_lists(const char *p, const char *end)
{
    int depth = 0;
    for (;;) {
        p = space(p, end);
        if (at(p, end) == '[') {
            p++;
            if (++depth > 3)
                return NULL;
            p = space(p, end);
            if (at(p, end) != ']')
                continue;
        } else if (depth == 0 || (p = skip_number(p, end)) == NULL)
            return NULL;
        for (p = space(p, end); at(p, end) == ']'; p = space(p + 1, end))
            if (--depth == 0)
                return p + 1;
        if (at(p++, end) != ',')
            return NULL;
    }
}

/* The numbers of an object are noted as they are read, to make a form of it. */
struct reader {
    const char *end, *since; /* since: behind the number before */
    struct bx_quick *q;
    struct bx_quick_form *form; /* NULL: not wanted, or the object is none for a form */
};

static void note_text(struct reader *r, const char *to, struct bx_quick_step *s)
{
    size_t n = (size_t)(to - r->since);
    if (n > BX_QUICK_BETWEEN) {
        r->form->n = 0;
        r->form = NULL;
        return;
    }
    char text[BX_QUICK_BETWEEN] = {0}, mask[BX_QUICK_BETWEEN] = {0};
    memcpy(text, r->since, n);
    memset(mask, 0xFF, n);
    memcpy(s->text, text, sizeof text);
    memcpy(s->mask, mask, sizeof mask);
    s->length = (uint8_t)n;
}

enum { NUMBER, WHOLE, RUN_LENGTHS, LISTS, KEY_TEXT, FILE_TEXT };
static void note(struct reader *r, const char *from, const char *to, uint8_t kind, const void *number)
{
    struct bx_quick_form *f = r->form;
    if (!f)
        return;
    if (f->n == BX_QUICK_STEPS) {
        f->n = 0;
        r->form = NULL;
        return;
    }
    struct bx_quick_step *s = &f->step[f->n];
    note_text(r, from, s);
    s->kind = kind;
    s->offset = (uint16_t)((const char *)number - (const char *)r->q);
    f->n += r->form != NULL;
    r->since = to;
}

/* A member that comes twice is for the pull reader to judge. */
static inline bool once(struct bx_quick *q, unsigned member)
{
    bool first = !(q->seen & member);
    q->seen |= member;
    return first;
}

static inline const char *take_number(struct reader *r, const char *p, double *out)
{
    const char *behind = number(p, r->end, out);
    if (behind)
        note(r, p, behind, NUMBER, out);
    return behind;
}

static inline const char *take_whole(struct reader *r, const char *p, int64_t *out)
{
    const char *behind = whole(p, r->end, out);
    if (behind)
        note(r, p, behind, WHOLE, out);
    return behind;
}

/* Up to the closing quote. What a text may hold is not checked here, but no escape hides a quote: run lengths have no backslash before one.
 */
static inline const char *run_lengths(const char *p, const char *end, struct bx_quick *q)
{
    q->counts = p;
    q->counts_end = memchr(p, '"', (size_t)(end - p));
    return q->counts_end;
}

/* Up to the closing quote of text as it stands: printable ASCII without a backslash. NULL: another kind. */
static inline const char *plain_text(const char *p, const char *end)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    for (; end - p >= 8; p += 8) {
        uint64_t v = bx_load8(p), quote = v ^ 0x22 * ones, backslash = v ^ 0x5C * ones;
        uint64_t stop = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | (v - 0x20 * ones) | v;
        if ((stop &= tops) != 0) {
            p += __builtin_ctzll(stop) / 8;
            return *p == '"' ? p : NULL;
        }
    }
    return NULL;
}

static inline const char *key_text(const char *p, const char *end, struct bx_quick *q)
{
    q->key = p;
    q->key_end = plain_text(p, end);
    return q->key_end;
}

static inline const char *file_text(const char *p, const char *end, struct bx_quick *q)
{
    q->file = p;
    q->file_end = plain_text(p, end);
    return q->file_end;
}

static inline const char *lists(const char *p, const char *end, struct bx_quick *q)
{
    q->lists = p;
    q->lists_end = skip_lists(p, end);
    return q->lists_end;
}

static inline const char *list(struct reader *r, const char *p, double *out, int n)
{
    const char *end = r->end;
    if (at(p++, end) != '[')
        return NULL;
    for (int i = 0; i < n; i++) {
        p = take_number(r, space(p, end), &out[i]);
        if (!p)
            return NULL;
        p = space(p, end);
        if (at(p++, end) != (i + 1 < n ? ',' : ']'))
            return NULL;
    }
    return p;
}

/* From the opening quote to behind the closing one. */
static inline const char *take_text(struct reader *r, const char *p, bool key)
{
    const char *behind = at(p, r->end) != '"' ? NULL : key ? key_text(p + 1, r->end, r->q) : file_text(p + 1, r->end, r->q);
    if (!behind)
        return NULL;
    note(r, p + 1, behind, key ? KEY_TEXT : FILE_TEXT, r->q);
    return behind + 1;
}

static inline const char *image_of(struct reader *r, const char *p)
{
    if (r->q->seen & (BX_QUICK_IMAGE | BX_QUICK_KEY))
        return NULL;
    bool key = at(p, r->end) == '"';
    r->q->seen |= key ? BX_QUICK_KEY : BX_QUICK_IMAGE;
    return key ? take_text(r, p, true) : take_whole(r, p, &r->q->image);
}

/* Past `name` and the colon; NULL when this is another key. */
#define KEY(p, name) (!memcmp((p), name "\"", sizeof name) ? colon((p) + sizeof name, end) : NULL)
static inline const char *colon(const char *p, const char *end)
{
    p = space(p, end);
    return at(p, end) == ':' ? space(p + 1, end) : NULL;
}

/* {"size": [h, w], "counts": "..."}; NULL: another segmentation. */
static const char *rle(struct reader *r, const char *p)
{
    const char *end = r->end;
    struct bx_quick *q = r->q;
    if (at(p++, end) != '{')
        return NULL;
    p = space(p, end);
    if (end - p < LONGEST_KEY || *p++ != '"' || (p = KEY(p, "size")) == NULL || at(p++, end) != '[')
        return NULL;
    for (int i = 0; i < 2; i++) {
        p = take_whole(r, space(p, end), &q->size[i]);
        p = p ? space(p, end) : NULL;
        if (!p || at(p++, end) != (i ? ']' : ','))
            return NULL;
    }
    p = space(p, end);
    if (at(p++, end) != ',')
        return NULL;
    p = space(p, end);
    if (end - p < LONGEST_KEY || *p++ != '"' || (p = KEY(p, "counts")) == NULL || at(p++, end) != '"')
        return NULL;
    const char *from = p;
    p = run_lengths(p, end, q);
    if (!p)
        return NULL;
    note(r, from, p, RUN_LENGTHS, q);
    p = space(p + 1, end);
    if (at(p, end) != '}') /* there is more in it */
        return NULL;
    q->seen |= BX_QUICK_RLE;
    return p + 1;
}

/* Polygons or run lengths; any other kind is the caller's (*other). */
static inline const char *segmentation_of(struct reader *r, const char *v, bool *other)
{
    const char *p = NULL;
    if (at(v, r->end) == '[') {
        if ((p = lists(v, r->end, r->q)) != NULL) {
            note(r, v, p, LISTS, r->q);
            r->q->seen |= BX_QUICK_LISTS;
        }
    } else if (r->form && !r->form->no_rle)
        p = rle(r, v);
    *other = p == NULL;
    return p ? p : v;
}

static inline const char *member(struct reader *r, const char *p, bool *segmentation)
{
    const char *v, *end = r->end;
    struct bx_quick *q = r->q;
    if (end - p < LONGEST_KEY)
        return NULL;
    switch (*p) {
    case 'i':
        if ((v = KEY(p, "image_id")) != NULL)
            return image_of(r, v);
        if ((v = KEY(p, "id")) != NULL)
            return once(q, BX_QUICK_ID) ? take_whole(r, v, &q->id) : NULL;
        if ((v = KEY(p, "iscrowd")) == NULL)
            return NULL;
        return once(q, BX_QUICK_CROWD) ? take_whole(r, v, &q->crowd) : NULL;
    case 'c':
        if ((v = KEY(p, "category_id")) == NULL)
            return NULL;
        return once(q, BX_QUICK_CATEGORY) ? take_whole(r, v, &q->category) : NULL;
    case 'b':
        if ((v = KEY(p, "bbox")) == NULL)
            return NULL;
        return once(q, BX_QUICK_BOX) ? list(r, v, q->box, 4) : NULL;
    case 's':
        if ((v = KEY(p, "score")) != NULL)
            return once(q, BX_QUICK_SCORE) ? take_number(r, v, &q->score) : NULL;
        if ((v = KEY(p, "segmentation")) == NULL || !once(q, BX_QUICK_SEGMENTATION))
            return NULL;
        return segmentation_of(r, v, segmentation);
    case 'o':
        if ((v = KEY(p, "obb")) == NULL)
            return NULL;
        return once(q, BX_QUICK_OBB) ? list(r, v, q->obb, 8) : NULL;
    case 'f':
        if ((v = KEY(p, "file_name")) == NULL)
            return NULL;
        return once(q, BX_QUICK_FILE) ? take_text(r, v, false) : NULL;
    case 'p':
        if ((v = KEY(p, "poly")) == NULL)
            return NULL;
        return once(q, BX_QUICK_OBB) ? list(r, v, q->obb, 8) : NULL;
    case 'r':
        if ((v = KEY(p, "rbox")) == NULL)
            return NULL;
        return once(q, BX_QUICK_RBOX) ? list(r, v, q->rbox, 5) : NULL;
    case 'a':
        if ((v = KEY(p, "area")) == NULL)
            return NULL;
        return once(q, BX_QUICK_AREA) ? take_number(r, v, &q->area) : NULL;
    default:
        return NULL;
    }
}

static const char *members(struct reader *r, const char *p, bool *segmentation)
{
    for (;;) {
        p = space(p, r->end);
        if (at(p, r->end) != '"')
            return NULL;
        p = member(r, p + 1, segmentation);
        if (!p || *segmentation)
            return p;
        p = space(p, r->end);
        if (at(p, r->end) == '}')
            return p + 1;
        if (at(p++, r->end) != ',')
            return NULL;
    }
}

static inline bool spelled_so(const char *p, const struct bx_quick_step *s)
{
    uint64_t v[BX_QUICK_BETWEEN / 8], other;
    memcpy(v, p, sizeof v);
    other = ((v[0] ^ s->text[0]) & s->mask[0]) | ((v[1] ^ s->text[1]) & s->mask[1]);
    if (s->length > 16)
        other |= ((v[2] ^ s->text[2]) & s->mask[2]) | ((v[3] ^ s->text[3]) & s->mask[3]);
    return !other;
}

/* An object that is spelled as the one before; NULL: it is not. */
static const char *by_form(const char *p, const char *end, struct bx_quick *q, const struct bx_quick_form *f)
{
    for (const struct bx_quick_step *s = f->step; s < f->step + f->n; s++) {
        if (end - p < BX_QUICK_BETWEEN || !spelled_so(p, s))
            return NULL;
        p += s->length;
        char *to = (char *)q + s->offset;
        if (s->kind == NUMBER)
            p = number(p, end, (double *)(void *)to);
        else if (s->kind == WHOLE)
            p = whole(p, end, (int64_t *)(void *)to);
        else if (s->kind == KEY_TEXT)
            p = key_text(p, end, q);
        else if (s->kind == FILE_TEXT)
            p = file_text(p, end, q);
        else
            p = s->kind == LISTS ? lists(p, end, q) : run_lengths(p, end, q);
        if (!p)
            return NULL;
    }
    const struct bx_quick_step *last = &f->step[f->n];
    if (end - p < BX_QUICK_BETWEEN || !spelled_so(p, last))
        return NULL;
    q->seen = f->seen;
    return p + last->length;
}

const char *bx_quick_begin(const char *p, const char *end, struct bx_quick *q, bool *segmentation, struct bx_quick_form *form)
{
    *segmentation = false;
    if (at(p, end) != '{')
        return NULL;
    const char *behind = form->n ? by_form(p, end, q, form) : NULL;
    if (behind)
        return behind;
    struct reader r = {end, p, q, form};
    form->n = q->seen = 0;
    behind = members(&r, p + 1, segmentation);
    if (r.form && behind && !*segmentation) {
        note_text(&r, behind, &form->step[form->n]);
        form->seen = q->seen;
    } else
        form->n = 0;
    return behind;
}

const char *bx_quick_resume(const char *p, const char *end, struct bx_quick *q, bool *segmentation)
{
    struct reader r = {end, p, q, NULL};
    *segmentation = false;
    p = space(p, end);
    if (at(p, end) == '}')
        return p + 1;
    return at(p, end) == ',' ? members(&r, p + 1, segmentation) : NULL;
}

const char *bx_quick_number(const char *p, const char *end, double *out)
{
    return number(p, end, out);
}
