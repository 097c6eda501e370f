/* rules_name.c: rules as text: the canonical name, and what the command line takes. */
#include "core/data/rules.h"
#include "core/base/buf.h"
#include "core/base/file.h"
#include "core/base/json_reader.h"
#include "core/base/text.h"
#include "core/data/terms.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_names(struct bx_buf *out, const char *key, const char *const *names, size_t n)
{
    if (!n)
        return;
    const char **sorted = bx_xrealloc(NULL, n, sizeof *sorted);
    memcpy(sorted, names, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_text);
    for (size_t i = 0; i < n; i++) {
        bx_buf_addf(out, i ? "," : ";%s=", key);
        bx_buf_add_url_segment(out, sorted[i], strlen(sorted[i]));
    }
    free(sorted);
}

char *bx_rules_subset(const struct bx_rules *r, struct bx_arena *a)
{
    char hex[17];
    size_t n = r->nimages;
    if (!n)
        return bx_strdup(a, "");
    bx_hex(hex, r->images_token, sizeof r->images_token);
    if (r->images) {
        uint8_t(*sorted)[32] = bx_xrealloc(NULL, n, sizeof *sorted), digest[32];
        memcpy(sorted, r->images, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, bx_sha256_order);
        n = 0;
        for (size_t i = 0; i < r->nimages; i++)
            if (!n || memcmp(sorted[n - 1], sorted[i], 32) != 0)
                memmove(sorted[n++], sorted[i], 32);
        struct bx_sha256 *sha = bx_sha256_new();
        static const char head[] = "boxscore subset 1\n";
        bx_sha256_add(sha, head, sizeof head - 1);
        bx_sha256_add_u32(sha, (uint32_t)n);
        bx_sha256_add(sha, sorted, n * 32);
        bx_sha256_end(sha, digest);
        bx_hex(hex, digest, 8);
        free(sorted);
    }
    return bx_printf(a, "%zu-%s%s", n, r->images_by_name ? "names-" : "", hex);
}

char *bx_rules_protocol_of(const char *base, const struct bx_rules *r, struct bx_arena *a)
{
    BX_CLEANUP_BUF struct bx_buf out = {0};
    const uint32_t own = strcmp(base, BX_PROTOCOL_LVIS) ? BX_RULES_LIMIT : BX_RULES_LVIS_LIMIT;
    bx_buf_adds(&out, base);
    if (r->max_detections && r->max_detections != own)
        bx_buf_addf(&out, ";dets=%u", r->max_detections);
    for (size_t i = 0; bx_rules_own_sizes(r) && i < r->nsizes; i++) {
        bx_buf_addf(&out, "%s%s:", i ? "," : r->relative ? ";relative-sizes=" : ";sizes=", r->size[i].name);
        bx_buf_add_double(&out, r->size[i].lo == 0 ? 0 : r->size[i].lo); /* never "-0" */
        bx_buf_addc(&out, '-');
        bx_buf_add_double(&out, r->size[i].hi);
    }
    for (size_t i = 0; bx_rules_own_ious(r) && i < r->niou; i++) {
        bx_buf_adds(&out, i ? "," : ";iou=");
        bx_buf_add_double(&out, r->iou[i]);
    }
    put_names(&out, "classes", r->classes, r->nclasses);
    put_names(&out, "ignore", r->ignore, r->nignore);
    put_names(&out, "regions", r->regions, r->nregions);
    if (r->nimages)
        bx_buf_addf(&out, ";images=%s", bx_rules_subset(r, a));
    return bx_strdup(a, bx_buf_str(&out));
}

char *bx_rules_protocol(const struct bx_rules *r, struct bx_arena *a)
{
    return bx_rules_protocol_of(r->lvis ? BX_PROTOCOL_LVIS : BX_PROTOCOL_COCO, r, a);
}

/* "1024" or "32^2" */
static bool parse_area(const char **p, const char *end, double *out)
{
    if (*p == end || *(*p) < '0' || *(*p) > '9' || !bx_number_parse(*p, end, out, p))
        return false;
    if (end - *p >= 2 && !memcmp(*p, "^2", 2)) {
        *out *= *out;
        *p += 2;
    }
    return true;
}

bool bx_rules_parse_sizes(const char *text, bool relative, struct bx_rules *r, struct bx_err *e)
{
    r->nsizes = 0;
    r->relative = relative;
    for (const char *p = text; *p || p == text; r->nsizes++) {
        const char *end = p + strcspn(p, ","), *colon = memchr(p, ':', (size_t)(end - p));
        struct bx_size_bin *b = &r->size[r->nsizes];
        if (r->nsizes == BX_RULES_SIZES)
            return bx_fail(e, BX_CONFIG, "found more than %d sizes", BX_RULES_SIZES);
        *b = (struct bx_size_bin){.hi = relative ? 1 : 1e10};
        const char *q = colon ? colon + 1 : end;
        bool ok = colon && (size_t)(colon - p) < sizeof b->name && parse_area(&q, end, &b->lo) && q < end && *q++ == '-' &&
                  (q == end || parse_area(&q, end, &b->hi)) && q == end && (!*end || end[1]);
        if (!ok)
            return bx_fail(e, BX_CONFIG, "found the size '%.*s', expected NAME:LOW-HIGH, as %s", (int)(end - p < 80 ? end - p : 80), p,
                           relative ? "tiny:0-0.001" : "small:0-1024 or small:0-32^2");
        memcpy(b->name, p, (size_t)(colon - p));
        p = *end ? end + 1 : end;
    }
    return bx_rules_check(r, e);
}

bool bx_rules_grid(double from, double to, double step, struct bx_rules *r, struct bx_err *e)
{
    double count = round((to - from) / step) + 1;
    if (!(step > 0 && count >= 1))
        return bx_fail(e, BX_CONFIG, "found IoU thresholds from %g to %g in steps of %g, expected to go upwards", from, to, step);
    if (!(fabs(from + (count - 1) * step - to) < 1e-9))
        return bx_fail(e, BX_CONFIG, "found IoU thresholds in steps of %g from %g, which do not end at %g", step, from, to);
    if (count > BX_RULES_IOUS)
        return bx_fail(e, BX_CONFIG, "found %.0f IoU thresholds, expected at most %d", count, BX_RULES_IOUS);
    r->niou = (size_t)count;
    double apart = r->niou > 1 ? (to - from) / (count - 1) : 0;
    for (size_t i = 0; i < r->niou; i++)
        r->iou[i] = i && i + 1 == r->niou ? to : (double)i * apart + from;
    return bx_rules_check(r, e);
}

bool bx_rules_parse_ious(const char *text, struct bx_rules *r, struct bx_err *e)
{
    const char *end = text + strlen(text), *p;
    double from, to, step;
    if (bx_number_parse(text, end, &from, &p) && p < end && *p == ':' && bx_number_parse(p + 1, end, &to, &p) && p < end && *p == ':' &&
        bx_number_parse(p + 1, end, &step, &p) && p == end)
        return bx_rules_grid(from, to, step, r, e);
    r->niou = 0;
    for (p = text;; p++) {
        if (r->niou == BX_RULES_IOUS)
            return bx_fail(e, BX_CONFIG, "found more than %d IoU thresholds", BX_RULES_IOUS);
        if (!bx_number_parse(p, end, &r->iou[r->niou++], &p) || (p < end && *p != ','))
            return bx_fail(e, BX_CONFIG, "found the IoU thresholds '%.80s', expected numbers, as 0.5,0.75 or 0.5:0.95:0.05", text);
        if (p == end)
            return bx_rules_check(r, e);
    }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A percent-encoded list; false when it is none. */
static bool read_names(const char *p, const char *end, const char ***names, size_t *n, struct bx_arena *a)
{
    size_t most = 1;
    for (const char *q = p; q < end; q++)
        most += *q == ',';
    *names = BX_NEW(a, const char *, most);
    for (*n = 0; *n < most; p++) {
        const char *stop = memchr(p, ',', (size_t)(end - p));
        stop = stop ? stop : end;
        char *name = BX_NEW(a, char, (size_t)(stop - p) + 1), *out = name;
        for (; p < stop; p++)
            if (*p != '%')
                *out++ = *p;
            else if (stop - p < 3 || hex_digit(p[1]) < 0 || hex_digit(p[2]) < 0)
                return false;
            else {
                *out++ = (char)(16 * hex_digit(p[1]) + hex_digit(p[2]));
                p += 2;
            }
        (*names)[(*n)++] = name;
    }
    return true;
}

static bool read_count(const char *p, const char *end, unsigned long long most, unsigned long long *out)
{
    *out = 0;
    for (; p < end && *p >= '0' && *p <= '9' && *out <= most; p++)
        *out = *out * 10 + (unsigned long long)(*p - '0');
    return p == end && *out && *out <= most;
}

static bool read_subset(const char *p, const char *end, struct bx_rules *r)
{
    const char *dash = memchr(p, '-', (size_t)(end - p));
    unsigned long long n;
    if (!dash || !read_count(p, dash, UINT32_MAX, &n))
        return false;
    r->nimages = (size_t)n;
    p = dash + 1;
    r->images_by_name = end - p > 6 && !memcmp(p, "names-", 6);
    p += r->images_by_name ? 6 : 0;
    char hex[17] = "";
    if (end - p != 16)
        return false;
    memcpy(hex, p, 16);
    return bx_unhex(r->images_token, hex, 8);
}

static bool read_rule(const char *key, size_t nkey, const char *p, const char *end, struct bx_rules *r, struct bx_arena *a)
{
    static const char *const keys[] = {"dets", "sizes", "relative-sizes", "iou", "classes", "ignore", "regions", "images"};
    size_t i = 0;
    unsigned long long n = 0;
    while (i < sizeof keys / sizeof *keys && (strlen(keys[i]) != nkey || memcmp(keys[i], key, nkey) != 0))
        i++;
    const char *text = bx_strndup(a, p, (size_t)(end - p));
    switch (i) {
    case 0: {
        bool ok = read_count(p, end, UINT32_MAX - 1, &n);
        r->max_detections = (uint32_t)n;
        return ok;
    }
    case 1:
    case 2:
        return bx_rules_parse_sizes(text, i == 2, r, NULL);
    case 3:
        return bx_rules_parse_ious(text, r, NULL);
    case 4:
        return read_names(p, end, &r->classes, &r->nclasses, a);
    case 5:
        return read_names(p, end, &r->ignore, &r->nignore, a);
    case 6:
        return read_names(p, end, &r->regions, &r->nregions, a);
    case 7:
        return read_subset(p, end, r);
    default:
        return false;
    }
}

bool bx_rules_parse(const char *protocol, struct bx_rules *out, struct bx_arena *a, struct bx_err *e)
{
    const bool lvis = !strncmp(protocol, BX_PROTOCOL_LVIS, strlen(BX_PROTOCOL_LVIS));
    const char *book = lvis ? BX_PROTOCOL_LVIS : BX_PROTOCOL_COCO;
    const size_t base = strlen(book);
    *out = (struct bx_rules){.lvis = lvis};
    if (strncmp(protocol, book, base) != 0 || (protocol[base] && protocol[base] != ';'))
        return bx_fail(e, BX_CONFIG, "protocol: found '%.80s', expected " BX_PROTOCOL_COCO ", " BX_PROTOCOL_LVIS " or rules on them",
                       protocol);
    for (const char *p = protocol + base; *p;) {
        const char *end = p + 1 + strcspn(p + 1, ";"), *equals = memchr(p, '=', (size_t)(end - p));
        if (!equals || !read_rule(p + 1, (size_t)(equals - p - 1), equals + 1, end, out, a))
            return bx_fail(e, BX_CONFIG, "protocol: found '%.*s', expected a rule", (int)(end - p - 1 < 80 ? end - p - 1 : 80), p + 1);
        p = end;
    }
    if (!bx_rules_check(out, e))
        return bx_wrap(e, "protocol");
    const char *canonical = bx_rules_protocol(out, a);
    if (strcmp(canonical, protocol) != 0)
        return bx_fail(e, BX_CONFIG, "protocol: found '%.160s', expected it as '%.160s'", protocol, canonical);
    return true;
}
