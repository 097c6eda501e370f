/* number.c: see number.h. */
#include "render/view/number.h"
#include "core/base/text.h"
#include "core/base/utf8.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define MINUS "\xe2\x88\x92"

/* Fixed digits with U+2212; "-0.0" is "0.0". */
static char *fixed(struct bx_arena *a, double v, int decimals, bool sign)
{
    if (!isfinite(v))
        return NULL;
    char *s = bx_printf(a, "%.*f", decimals, fabs(v));
    bool zero = strspn(s, "0.") == strlen(s);
    return bx_printf(a, "%s%s", zero ? "" : v < 0 ? MINUS : sign ? "+" : "", s);
}

long bx_shown_tenths(double fraction)
{
    if (!isfinite(fraction))
        return 0;
    char text[64];
    double v, percent = fraction * 100, tenths = percent * 10;
    if (fabs(tenths) < 1e6 && fabs(fabs(tenths - trunc(tenths)) - .5) > 1e-6) /* what is not near the middle of two has one nearest */
        return lround(tenths);
    snprintf(text, sizeof text, "%.1f", percent);
    return sscanf(text, "%lf", &v) == 1 ? lround(v * 10) : 0;
}

char *bx_show_percent(struct bx_arena *a, double fraction)
{
    return fixed(a, fraction * 100, 1, false);
}

char *bx_show_signed(struct bx_arena *a, double fraction)
{
    return fixed(a, fraction * 100, 1, true);
}

char *bx_show_cost(struct bx_arena *a, double v)
{
    double m = fabs(v);
    int decimals = m > 0 && m < 99.95;
    for (double from = 0.995; decimals && decimals < 6 && m < from; from /= 10)
        decimals++;
    return fixed(a, v, decimals, false);
}

char *bx_show_count(struct bx_arena *a, double v)
{
    char *s = fixed(a, v, 0, false);
    if (!s)
        return NULL;
    size_t n = strlen(s), digits = v < 0 ? n - strlen(MINUS) : n;
    char *out = bx_alloc(a, n + n / 3 + 1, 1);
    size_t k = 0;
    for (size_t i = 0; i < n; i++) {
        size_t left = n - i;
        if (i > n - digits && left % 3 == 0)
            out[k++] = ',';
        out[k++] = s[i];
    }
    return out;
}

char *bx_show_metric(struct bx_arena *a, enum bx_metric m, double v)
{
    if (!isfinite(v))
        return NULL;
    switch (bx_metrics[m].unit) {
    case BX_UNIT_FRACTION:
        return bx_show_percent(a, v);
    case BX_UNIT_CONFIDENCE:
        return fixed(a, v, 3, false);
    case BX_UNIT_COUNT:
        return bx_show_count(a, v);
    case BX_UNIT_MS:
        break;
    }
    return bx_show_cost(a, v);
}

const char *bx_show_unit(enum bx_metric m)
{
    static const char *const units[] = {[BX_UNIT_FRACTION] = "%", [BX_UNIT_CONFIDENCE] = "", [BX_UNIT_COUNT] = "", [BX_UNIT_MS] = "ms"};
    return units[bx_metrics[m].unit];
}

char *bx_show_plural(struct bx_arena *a, uint64_t n, const char *one, const char *many)
{
    return bx_printf(a, "%s %s", bx_show_count(a, (double)n), n == 1 ? one : many);
}

char *bx_show_duration(struct bx_arena *a, int64_t ms)
{
    static const struct {
        int64_t ms;
        const char *one, *many;
    } units[] = {{86400000, "day", "days"}, {3600000, "hour", "hours"}, {60000, "minute", "minutes"}, {1000, "second", "seconds"}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (ms >= 2 * units[i].ms || (ms >= units[i].ms && ms % units[i].ms == 0) || units[i].ms == 1000)
            return bx_show_plural(a, (uint64_t)((ms < 0 ? 0 : ms) / units[i].ms), units[i].one, units[i].many);
    return NULL;
}

char *bx_show_iso(struct bx_arena *a, int64_t utc_ms)
{
    char *s = bx_alloc(a, 25, 1);
    bx_time_format(s, utc_ms);
    return s;
}

char *bx_show_date(struct bx_arena *a, int64_t utc_ms)
{
    static const char *const month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const char *iso = bx_show_iso(a, utc_ms);
    int y = 0, m = 1, d = 1;
    if (sscanf(iso, "%d-%d-%d", &y, &m, &d) != 3 || m < 1 || m > 12)
        return bx_strdup(a, iso);
    return bx_printf(a, "%d %s %d", d, month[m - 1], y);
}

char *bx_show_clock(struct bx_arena *a, int64_t utc_ms)
{
    const char *iso = bx_show_iso(a, utc_ms);
    const char *t = strchr(iso, 'T');
    return t ? bx_strndup(a, t + 1, 5) : bx_strdup(a, iso);
}

/* Behind an escape sequence: ESC [ … letter, or ESC and one byte. */
static size_t escape_length(const char *s, size_t n)
{
    size_t i = 1;
    if (i < n && s[i] == '[')
        for (i++; i < n && (unsigned char)s[i] < 0x40 && (unsigned char)s[i] >= 0x20; i++)
            ;
    return i < n && (unsigned char)s[i] >= 0x40 && (unsigned char)s[i] < 0x7f ? i + 1 : i;
}

static bool turns_direction(uint32_t cp)
{
    return (cp >= 0x202A && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069);
}

char *bx_show_text(struct bx_arena *a, const char *s, bool lines)
{
    enum { MOST = sizeof "[U+10FFFF]" }; /* written for one code point, of which an invisible one has at least two bytes */
    if (!s)
        return NULL;
    size_t n = strlen(s), m = 0, line = 0;
    const char *verbatim = s, *last;
    char *out = bx_alloc(a, MOST / 2 * n + MOST, 1);
    for (size_t i = 0, step, whole, length; i < n; i += step) {
        uint32_t cp = 0;
        step = bx_utf8_step(s + i, n - i, &cp);
        if (step == 0 || cp == 0xFFFE || cp == 0xFFFF) {
            step = step ? step : 1;
            memcpy(out + m, "\xEF\xBF\xBD", 3);
            m += 3;
        } else if (bx_utf8_is_invisible(cp) || turns_direction(cp)) {
            m += (size_t)snprintf(out + m, MOST, "[U+%04X]", (unsigned)cp);
        } else if (lines && cp == '/' && (whole = bx_absolute_path(s, s + i, &verbatim, &last, &length)) > 0 && last > s + i) {
            step = (size_t)(last - (s + i));
            verbatim = last + length;
        } else if (!bx_utf8_is_control(cp) || (lines && (cp == '\n' || cp == '\t'))) {
            memcpy(out + m, s + i, step);
            m += step;
            line = cp == '\n' ? m : line;
        } else if (lines && cp == '\r') {
            size_t next = i + 1;
            while (next < n && s[next] == '\r')
                next++;
            if (next < n && s[next] != '\n')
                m = line;
        } else if (lines && cp == 0x1b) {
            step = escape_length(s + i, n - i);
        } else {
            out[m++] = ' ';
        }
    }
    out[m] = '\0';
    return out;
}

const char *bx_show_geometry(enum bx_geometry g)
{
    static const char *const words[] = {[BX_GEOM_BOX] = "boxes", [BX_GEOM_MASK] = "instance masks", [BX_GEOM_OBB] = "oriented boxes"};
    return words[g];
}
