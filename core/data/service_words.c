/* service_words.c: the words in front of paths, and the paths: what a config or a preset says of where in an answer something stands. */
#include "core/data/service_making.h"
#include "core/base/banned.h"
#include "core/base/text.h"
#include <stdarg.h>
#include <stdlib.h>

bool bx_service_wrong(struct bx_making *m, const char *key, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    *m->key = key;
    bx_vfail(m->e, BX_CONFIG, fmt, ap);
    va_end(ap);
    return false;
}

static bool read_path(struct bx_making *m, const char *key, struct bx_word s, struct bx_json_path *out)
{
    *m->key = key;
    s = bx_word_trim(s);
    return bx_json_path_parse(s.p, s.n, out, m->a, m->e);
}

/* Paths with commas between them. */
static bool read_paths(struct bx_making *m, const char *key, struct bx_word s, struct bx_json_path *out, size_t most, size_t *n)
{
    struct bx_word one;
    bool more = true;
    for (*n = 0; more; ++*n) {
        more = bx_word_cut(&s, ',', &one);
        if (*n == most)
            return bx_service_wrong(m, key, "more than %zu paths", most);
        if (!read_path(m, key, one, &out[*n]))
            return false;
    }
    return true;
}

static bool one_path(struct bx_making *m, const char *key, const char *text, struct bx_json_path *out)
{
    return !text || read_path(m, key, (struct bx_word){text, strlen(text)}, out);
}

/* "640" or "640x480". */
static bool read_size(struct bx_word s, double *w, double *h)
{
    char text[32], *end;
    if (!s.n || s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *w = *h = (double)strtoul(text, &end, 10);
    if (*end == 'x')
        *h = (double)strtoul(end + 1, &end, 10);
    return !*end && *w >= 1 && *h >= 1 && *w <= 65535 && *h <= 65535;
}

static bool read_unit(struct bx_making *m, const char *key, struct bx_word *s, struct bx_place_unit *u)
{
    struct bx_word w = bx_word_next(s);
    if (bx_word_is(w, "px"))
        u->kind = BX_UNIT_PX;
    else if (bx_word_is(w, "unit"))
        u->kind = BX_UNIT_ONE;
    else if (bx_word_is(w, "net") || bx_word_is(w, "letterbox")) {
        u->kind = bx_word_is(w, "net") ? BX_UNIT_NET : BX_UNIT_LETTERBOX;
        if (!read_size(bx_word_next(s), &u->w, &u->h))
            return bx_service_wrong(m, key, "expected the network's input behind '%.*s', like 640x480", (int)w.n, w.p);
    } else
        return bx_service_wrong(m, key, "found '%.*s', expected px, unit, net WxH or letterbox WxH", (int)(w.n < 40 ? w.n : 40), w.p);
    return true;
}

static const struct {
    const char *word;
    enum bx_box_order order;
} orders[] = {
    {"xyxy", BX_XYXY}, {"xywh", BX_XYWH}, {"cxcywh", BX_CXCYWH}, {"yxyx", BX_YXYX}, {"xxyy", BX_XXYY},
};

/* "WORDS : PATHS" */
static bool read_place(struct bx_making *m, const char *key, const char *text, struct bx_mapped_place *out, bool obb)
{
    struct bx_word s = {text, strlen(text)}, words;
    if (!bx_word_cut(&s, ':', &words))
        return bx_service_wrong(m, key, "expected '%s : PATHS'", obb ? "UNIT" : "ORDER UNIT");
    out->order = obb ? BX_CORNERS : BX_XYXY;
    size_t numbers = obb ? 8 : 4;
    struct bx_word first = words, w = bx_word_next(&first);
    if (obb && (bx_word_is(w, "cxcywhr-rad") || bx_word_is(w, "cxcywhr-deg"))) {
        out->order = bx_word_is(w, "cxcywhr-rad") ? BX_CXCYWHR_RAD : BX_CXCYWHR_DEG;
        numbers = 5;
        words = first;
    } else if (!obb) {
        size_t i = 0, n = sizeof orders / sizeof *orders;
        while (i < n && !bx_word_is(w, orders[i].word))
            i++;
        if (i == n)
            return bx_service_wrong(m, key, "found '%.*s', expected xyxy, xywh, cxcywh, yxyx or xxyy first", (int)(w.n < 40 ? w.n : 40),
                                    w.p);
        out->order = orders[i].order;
        words = first;
    }
    if (!read_unit(m, key, &words, &out->unit))
        return false;
    if (words.n)
        return bx_service_wrong(m, key, "'%.*s' is one word too many", (int)(words.n < 40 ? words.n : 40), words.p);
    if (s.n > 2 && s.p[s.n - 2] == '/') /* "/4": lists are regrouped anyway */
        s = bx_word_trim((struct bx_word){s.p, s.n - 2});
    if (!read_paths(m, key, s, out->path, BX_PLACE_PATHS, &out->n))
        return false;
    return out->n == 1 || out->n == numbers ||
           bx_service_wrong(m, key, "%zu paths, expected %zu, or one to a list of as many", out->n, numbers);
}

static bool read_poly(struct bx_making *m, const char *text, struct bx_mapped_place *out)
{
    struct bx_word s = {text, strlen(text)}, words, points;
    if (!bx_word_cut(&s, ':', &words))
        return bx_service_wrong(m, "poly", "expected 'UNIT FORM : PATHS'");
    if (!read_unit(m, "poly", &words, &out->unit))
        return false;
    out->form = bx_word_is(words, "flat")      ? BX_POLY_FLAT
                : bx_word_is(words, "columns") ? BX_POLY_COLUMNS
                : bx_word_is(words, "pairs")   ? BX_POLY_PAIRS
                                               : BX_POLY_POINTS;
    if (words.n && out->form == BX_POLY_POINTS)
        return bx_service_wrong(m, "poly", "found '%.*s', expected flat, columns, pairs or nothing", (int)(words.n < 40 ? words.n : 40),
                                words.p);
    if (out->form != BX_POLY_POINTS) {
        size_t numbers = out->form == BX_POLY_COLUMNS ? 2 : 1;
        return read_paths(m, "poly", s, out->path, 2, &out->n) &&
               (out->n == numbers || bx_service_wrong(m, "poly", "%zu paths, expected %zu", out->n, numbers));
    }
    size_t n = 0;
    if (!bx_word_cut(&s, ':', &points))
        return bx_service_wrong(m, "poly", "expected 'UNIT : POINTS[] : x, y'");
    if (!read_path(m, "poly", points, &out->path[0]) || !read_paths(m, "poly", s, &out->path[1], 2, &n))
        return false;
    out->n = 3;
    return n == 2 || bx_service_wrong(m, "poly", "expected two paths behind the points'");
}

static bool read_class(struct bx_making *m, const char *text, struct bx_mapping *out)
{
    static const char *const forms[] = {"name", "id", "id-1", "key"};
    struct bx_word s = {text, strlen(text)}, w;
    if (!bx_word_cut(&s, ':', &w))
        return bx_service_wrong(m, "class", "expected 'name : PATH', 'id : PATH', 'id-1 : PATH' or 'key : PATH'");
    size_t i = 0;
    while (i < 4 && !bx_word_is(w, forms[i]))
        i++;
    if (i == 4)
        return bx_service_wrong(m, "class", "found '%.*s', expected name, id, id-1 or key", (int)(w.n < 40 ? w.n : 40), w.p);
    out->class_form = (enum bx_class_form)i;
    if (!read_path(m, "class", s, &out->class))
        return false;
    bool ids = out->class_form == BX_CLASS_ID || out->class_form == BX_CLASS_ID1;
    if (ids && !m->b->nclass_names && !m->b->ncategories)
        return bx_service_wrong(m, "class", "numbers need 'names', a list, or 'categories', {\"1\": \"car\"}");
    return true;
}

static bool read_time(struct bx_making *m, const char *text, struct bx_mapping *out)
{
    struct bx_word s = {text, strlen(text)}, w;
    if (!bx_word_cut(&s, ':', &w) || !(bx_word_is(w, "ms") || bx_word_is(w, "s")))
        return bx_service_wrong(m, "time", "expected 'ms : PATH' or 's : PATH'");
    out->time_ns = bx_word_is(w, "ms") ? 1e6 : 1e9;
    return read_path(m, "time", s, &out->time);
}

static bool read_each(struct bx_making *m, const char *text, struct bx_mapping *out)
{
    struct bx_word s = {text, strlen(text)}, w;
    bx_word_cut(&s, ':', &w);
    if (!bx_word_is(w, "columns"))
        return one_path(m, "each", text, &out->each);
    out->columns = true;
    return read_path(m, "each", s.n ? s : (struct bx_word){".", 1}, &out->each);
}

static bool read_errors(struct bx_making *m, const char *text, struct bx_mapping *out)
{
    struct bx_word s = {text, strlen(text)}, one;
    for (bool more = true; more; out->nerror++) {
        more = bx_word_cut(&s, '|', &one);
        if (out->nerror == BX_ERROR_PATHS)
            return bx_service_wrong(m, "error", "more than %d paths", BX_ERROR_PATHS);
        if (!read_path(m, "error", one, &out->error[out->nerror]))
            return false;
    }
    return true;
}

static const char *either(const char *given, const char *known)
{
    return given ? given : known;
}

/* What the task is not scored by is not read. */
bool bx_service_map(struct bx_making *m, const struct bx_preset *p)
{
    const struct bx_backend_config *b = m->b;
    struct bx_mapping *out = &m->s->mapping;
    const char *each = either(b->each, p->each), *box = either(b->box, p->box), *obb = either(b->obb, p->obb);
    const char *poly = either(b->poly, p->poly), *rle = either(b->rle, p->rle), *score = either(b->score, p->score);
    const char *class = either(b->class_, p->class_), *size = either(b->seen, p->size), *time = either(b->time, p->time);
    const char *error = either(b->error, p->error);
    size_t n = 0;
    out->score_scale = b->score_scale > 0 ? b->score_scale : 1;
    out->empty_ok = p->empty_ok || b->empty;
    out->thin_ok = p->thin_ok;
    if (b->empty && strcmp(b->empty, "ok") != 0)
        return bx_service_wrong(m, "empty", "expected 'ok'");
    if (!each)
        return bx_service_wrong(m, "each", "is missing: where the list of predictions is");
    if (!score || !class)
        return bx_service_wrong(m, score ? "class" : "score", "is missing: where a prediction's %s is", score ? "class" : "score");
    if (!read_each(m, each, out) || !one_path(m, "score", score, &out->score) || !read_class(m, class, out) ||
        !one_path(m, "count", either(b->count, p->count), &out->count) || (time && !read_time(m, time, out)) ||
        (error && !read_errors(m, error, out)))
        return false;
    if (m->task == BX_OBB ? !obb : m->task == BX_SEGMENT ? !poly && !rle : !box)
        return bx_service_wrong(m,
                                m->task == BX_OBB       ? "obb"
                                : m->task == BX_SEGMENT ? "poly"
                                                        : "box",
                                "is missing: task '%s' is scored by %s", bx_task_name(m->task),
                                m->task == BX_OBB       ? "it"
                                : m->task == BX_SEGMENT ? "it, or by 'rle'"
                                                        : "it");
    if ((obb && m->task == BX_OBB && !read_place(m, "obb", obb, &out->obb, true)) ||
        (box && m->task != BX_OBB && !read_place(m, "box", box, &out->box, false)))
        return false;
    if (m->task == BX_SEGMENT && ((poly && !read_poly(m, poly, &out->poly)) || !one_path(m, "rle", rle, &out->rle)))
        return false;
    if (out->columns && (out->poly.n || out->rle.text))
        return bx_service_wrong(m, "each", "columns have no masks");
    if (!size)
        return true;
    struct bx_json_path sides[2];
    if (!read_paths(m, "size", (struct bx_word){size, strlen(size)}, sides, 2, &n))
        return false;
    out->width = sides[0];
    out->height = sides[1];
    return n == 2 || bx_service_wrong(m, "size", "expected two paths, to the width and the height");
}

void bx_service_host(const char *url, char out[256])
{
    const char *slashes = strstr(url, "://"), *host = slashes ? slashes + 3 : url;
    size_t n = 0;
    bool brackets = *host == '[';
    for (host += brackets; *host && !strchr(brackets ? "]" : ":/?#", *host) && n < 255; host++)
        out[n++] = (char)(*host >= 'A' && *host <= 'Z' ? *host + 32 : *host);
    out[n] = '\0';
}
