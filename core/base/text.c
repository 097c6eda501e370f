/* text.c: questions about strings that come from others, and time as text. */
#include "core/base/text.h"
#include "core/base/arena.h"
#include "core/base/banned.h"
#include "core/base/json_reader.h"
#include "core/base/utf8.h"
#include <math.h>
#include <time.h>

size_t bx_utf8_mark(const char *s, size_t n)
{
    return n >= 3 && !memcmp(s, "\xEF\xBB\xBF", 3) ? 3 : 0;
}

bool bx_utf8_valid(const char *s, size_t n)
{
    uint32_t cp;
    for (size_t i = 0, step; i < n; i += step) {
        step = bx_utf8_step(s + i, n - i, &cp);
        if (!step)
            return false;
    }
    return true;
}

bool bx_has_control(const char *s, size_t n)
{
    uint32_t cp;
    for (size_t i = 0, step; i < n; i += step) {
        step = bx_utf8_step(s + i, n - i, &cp);
        if (!step || bx_utf8_is_control(cp))
            return true;
    }
    return false;
}

size_t bx_visible_step(const char *s, size_t n, char out[12], size_t *took)
{
    uint32_t cp;
    size_t step = bx_utf8_step(s, n, &cp);
    *took = step ? step : 1;
    if (step && !bx_utf8_is_control(cp) && !bx_utf8_is_invisible(cp) && cp != 0x200C && cp != 0x200D) {
        memcpy(out, s, step);
        return step;
    }
    int length = snprintf(out, 12, step ? "\\u%04x" : "\\x%02x", step ? (unsigned)cp : (unsigned char)*s);
    return length > 0 ? (size_t)length : 0;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '~' ||
           c == '/' || (unsigned char)c >= 0x80;
}

/* Where the path that begins at s ends: at the quote that encloses it, else at white space or punctuation. */
static size_t path_length(const char *s, char before)
{
    if (before == '\'' || before == '"') {
        const char *close = strchr(s, before);
        if (close && (size_t)(close - s) < strcspn(s, "\n"))
            return (size_t)(close - s);
    }
    return strcspn(s, " \t\r\n\v\f'\"<>|:;,()[]{}");
}

static const char *last_component(const char *s, size_t *n)
{
    while (*n > 1 && s[*n - 1] == '/')
        --*n;
    size_t at = *n;
    while (at > 0 && s[at - 1] != '/')
        at--;
    if (at < *n) {
        *n -= at;
        return s + at;
    }
    return s;
}

size_t bx_absolute_path(const char *begin, const char *s, const char **verbatim, const char **last, size_t *n)
{
    char before = s > begin ? s[-1] : ' ';
    if (*s != '/' || s < *verbatim || is_word(before))
        return 0;
    if (before == ':' && s[1] == '/' && !(s - begin >= 5 && !memcmp(s - 5, "file:", 5))) {
        *verbatim = s + strcspn(s, " \t\r\n'\"<>");
        return 0;
    }
    size_t whole = path_length(s, before);
    *n = whole;
    *last = last_component(s, n);
    return whole;
}

char *bx_reason_clean(char out[304], const char *s)
{
    enum { MOST = 300 };
    size_t n = 0;
    bool cut = false, space = true; /* space: the last byte written is one, or nothing is written yet */
    const char *begin = s, *verbatim = s, *end = s + strlen(s);
    while (s < end && !cut) {
        uint32_t cp;
        const char *from = s;
        size_t len = bx_utf8_step(s, (size_t)(end - s), &cp);
        size_t whole;
        const char *last;
        if (!len) {
            from = "\xEF\xBF\xBD";
            len = 3;
            s++;
        } else if (bx_utf8_is_control(cp) || cp == ' ') {
            s += len;
            if (space)
                continue;
            from = " ";
            len = 1;
        } else if ((whole = bx_absolute_path(begin, s, &verbatim, &last, &len)) > 0) {
            s += whole;
            from = last;
            if (bx_has_control(from, len)) { /* judge it again, byte by byte, as a relative name */
                s = from;
                verbatim = from + len;
                continue;
            }
        } else {
            s += len;
        }
        if (n + len > MOST) {
            cut = true;
            len = len > 4 ? bx_utf8_cut(from, MOST - n) : 0;
        }
        memcpy(out + n, from, len);
        n += len;
        space = n > 0 && out[n - 1] == ' ';
    }
    while (n && out[n - 1] == ' ')
        n--;
    if (cut) {
        if (n > MOST - 3)
            n = bx_utf8_cut(out, MOST - 3);
        memcpy(out + n, "\xE2\x80\xA6", 3);
        n += 3;
    }
    out[n] = '\0';
    return out;
}

enum { LONGEST_WORD = 64 };

static unsigned lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : (unsigned char)c;
}

/* Edit distance with neighbours swapped as one edit (optimal string alignment). */
static unsigned distance(const char *a, size_t na, const char *b, size_t nb)
{
    unsigned rows[3][LONGEST_WORD + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= nb; j++)
        above[j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            unsigned best = above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));
            if (above[j] + 1 < best)
                best = above[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) && before[j - 2] + 1 < best)
                best = before[j - 2] + 1;
            row[j] = best;
        }
        unsigned *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return above[nb];
}

const char *bx_nearest(const char *word, const char *const *candidates, size_t n)
{
    const char *nearest = NULL;
    size_t len = strnlen(word, LONGEST_WORD + 1);
    if (len > LONGEST_WORD)
        return NULL;
    unsigned best = (unsigned)(len < 6 ? 1 : len / 3);
    for (size_t i = 0; i < n; i++) {
        size_t other = strlen(candidates[i]);
        if (other > LONGEST_WORD || (other > len ? other - len : len - other) > best)
            continue;
        unsigned d = distance(word, len, candidates[i], other);
        if (d < best || (d == best && !nearest && d < len)) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}

const char *bx_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

char *bx_agree(struct bx_arena *a, uint64_t n, const char *words)
{
    char *out = bx_strdup(a, words), *to = out;
    for (const char *p = words; *p;) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL, *bar = end ? memchr(p, '|', (size_t)(end - p)) : NULL;
        if (!bar) {
            *to++ = *p++;
            continue;
        }
        const char *from = n == 1 ? p + 1 : bar + 1;
        size_t length = (size_t)((n == 1 ? bar : end) - from);
        memcpy(to, from, length);
        to += length;
        p = end + 1;
    }
    *to = '\0';
    return out;
}

bool bx_slug_valid(const char *s)
{
    size_t n = strnlen(s, 65);
    if (n == 0 || n > 64 || s[0] == '.' || s[0] == '_' || s[0] == '-')
        return false;
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '.' || s[i] == '_' || s[i] == '-'))
            return false;
    return true;
}

bool bx_duration_parse(const char *s, double *seconds)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    const char *end = s + strlen(s), *after;
    double v, scale = 1;
    if (*s < '0' || *s > '9' || !bx_number_parse(s, end, &v, &after))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (after + 1 == end && *after == units[i].unit) {
            scale = units[i].seconds;
            after++;
        }
    *seconds = v * scale;
    return after == end && isfinite(*seconds);
}

/* Days since 1970-01-01 of a proleptic Gregorian date, and back (H. Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_from_civil(int64_t y, unsigned m, unsigned d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    unsigned yoe = (unsigned)(y - era * 400), doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1,
             doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int64_t)doe - 719468;
}

static void civil_from_days(int64_t z, unsigned *y, unsigned *m, unsigned *d)
{
    z += 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned doe = (unsigned)(z - era * 146097), yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = (unsigned)((int64_t)yoe + era * 400 + (*m <= 2));
}

#define YEAR_0     INT64_C(-62167219200000)
#define YEAR_10000 INT64_C(253402300800000)

static void put(char *out, unsigned v, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; v /= 10)
        out[i] = (char)('0' + v % 10);
}

void bx_time_format(char out[25], int64_t utc_ms)
{
    if (utc_ms < YEAR_0)
        utc_ms = YEAR_0;
    if (utc_ms >= YEAR_10000)
        utc_ms = YEAR_10000 - 1;
    int64_t days = (utc_ms - YEAR_0) / 86400000 + YEAR_0 / 86400000;
    unsigned ms = (unsigned)((utc_ms - YEAR_0) % 86400000), y, m, d;
    civil_from_days(days, &y, &m, &d);
    memcpy(out, "0000-00-00T00:00:00.000Z", 25);
    put(out, y, 4);
    put(out + 5, m, 2);
    put(out + 8, d, 2);
    put(out + 11, ms / 3600000, 2);
    put(out + 14, ms / 60000 % 60, 2);
    put(out + 17, ms / 1000 % 60, 2);
    put(out + 20, ms % 1000, 3);
}

static bool take(const char **s, unsigned digits, unsigned lo, unsigned hi, unsigned *out)
{
    unsigned v = 0;
    for (unsigned i = 0; i < digits; i++, ++*s) {
        if (**s < '0' || **s > '9')
            return false;
        v = v * 10 + (unsigned)(**s - '0');
    }
    *out = v;
    return v >= lo && v <= hi;
}

static bool expect(const char **s, char c)
{
    if (**s != c)
        return false;
    ++*s;
    return true;
}

bool bx_time_parse(const char *s, int64_t *utc_ms)
{
    static const unsigned char lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned y, mo, d, h = 0, mi = 0, sec = 0, ms = 0;
    if (!take(&s, 4, 0, 9999, &y) || !expect(&s, '-') || !take(&s, 2, 1, 12, &mo) || !expect(&s, '-') || !take(&s, 2, 1, 31, &d))
        return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (d > lengths[mo - 1] + (mo == 2 && leap ? 1u : 0u))
        return false;
    if (*s) {
        if (!expect(&s, 'T') || !take(&s, 2, 0, 23, &h) || !expect(&s, ':') || !take(&s, 2, 0, 59, &mi) || !expect(&s, ':') ||
            !take(&s, 2, 0, 59, &sec))
            return false;
        if (*s == '.') {
            s++;
            unsigned scale = 100;
            if (*s < '0' || *s > '9')
                return false;
            for (; *s >= '0' && *s <= '9'; s++, scale /= 10)
                ms += (unsigned)(*s - '0') * scale;
        }
        if (!expect(&s, 'Z') || *s)
            return false;
    }
    *utc_ms = days_from_civil(y, mo, d) * 86400000 + ((h * 60 + mi) * 60 + sec) * INT64_C(1000) + ms;
    return true;
}

int64_t bx_time_now(void)
{
    const char *fixed = getenv("BOXSCORE_NOW");
    if (fixed && *fixed) {
        char *end;
        long long v = strtoll(fixed, &end, 10);
        if (!*end)
            return v;
    }
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t bx_time_monotonic(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void bx_hex(char *out, const void *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *s = p;
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[s[i] >> 4];
        out[2 * i + 1] = digits[s[i] & 15];
    }
    out[2 * n] = '\0';
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool bx_unhex(void *out, const char *hex, size_t n)
{
    unsigned char *to = out;
    for (size_t i = 0; i < n; i++) {
        int hi = nibble(hex[2 * i]), lo = hi < 0 ? -1 : nibble(hex[2 * i + 1]);
        if (lo < 0)
            return false;
        to[i] = (unsigned char)(hi << 4 | lo);
    }
    return hex[2 * n] == '\0';
}
