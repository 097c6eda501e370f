/* axis.c: nice steps, ticks, and numbers as text. */
#include "render/chart/axis.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 1e-300 /* between them a step, its ten-fold and its hundredth are numbers too */
#define MOST  1e300

double bx_axis_at(const struct bx_axis *a, double v)
{
    v = fmin(fmax(v, a->lo), a->hi);
    double t = a->log ? log(v / a->lo) / log(a->hi / a->lo) : (v - a->lo) / (a->hi - a->lo);
    return a->at_lo + (a->at_hi - a->at_lo) * fmin(1, fmax(0, t)); /* NaN: at lo */
}

double bx_nice_step(double length, size_t most)
{
    if (!(length > 0) || !isfinite(length))
        return 1;
    length = fmin(fmax(length, LEAST), MOST);
    double gaps = (double)(most > 1 ? most - 1 : 1);
    int exponent = (int)floor(log10(length / gaps));
    static const double nice[] = {1, 2, 5, 10, 20};
    double step = 0;
    for (size_t i = 0; i < sizeof nice / sizeof *nice; i++) {
        step = nice[i] * pow(10, exponent);
        if (step * gaps >= length * (1 - 1e-9))
            break;
    }
    return step;
}

static int decimals_of(double step)
{
    int exponent = (int)floor(log10(step) + 1e-9);
    return exponent < 0 ? (exponent < -9 ? 9 : -exponent) : 0;
}

static void linear_ticks(struct bx_axis *a, size_t most)
{
    double length = a->hi - a->lo, step = bx_nice_step(length, most);
    double first = ceil(a->lo / step - 1e-6);
    a->n = 0;
    a->decimals = decimals_of(step);
    for (double i = first; i * step <= a->hi + step * 1e-6 && a->n < most && i + 1 > i; i++) /* a step may be too small to be added */
        a->tick[a->n++] = i * step;
    for (size_t i = 0; i < a->n; i++)
        if (fabs(a->tick[i]) < step * 1e-6)
            a->tick[i] = 0;
}

static int own_decimals(double v)
{
    int d = 0;
    for (; d < 9 && fabs(v - round(v)) > 1e-6 * fabs(v); d++)
        v *= 10;
    return d;
}

static void log_ticks(struct bx_axis *a, size_t most)
{
    static const double nice[] = {1, 2, 5};
    a->n = 0;
    if (!(a->lo >= LEAST && a->hi <= MOST))
        return;
    int low = (int)floor(log10(a->lo)) - 1, high = (int)ceil(log10(a->hi)) + 1;
    for (int every = 0; every <= 64; every++) { /* 0: 1-2-5; then only powers of ten, every one, every second… */
        a->n = 0;
        size_t found = 0;
        for (int k = low; k <= high; k++) {
            if (every && ((k % every) + every) % every)
                continue;
            for (size_t i = 0; i < (every ? 1u : 3u); i++) {
                double v = nice[i] * pow(10, k);
                if (v < a->lo * (1 - 1e-9) || v > a->hi * (1 + 1e-9))
                    continue;
                if (a->n < most)
                    a->tick[a->n++] = v;
                found++;
            }
        }
        if (found <= most)
            break;
    }
    if (a->n < 3 && a->hi / a->lo < 20) /* a range too short for 1-2-5 */
        linear_ticks(a, most > 5 ? 5 : most);
    a->decimals = 0;
    for (size_t i = 0; i < a->n; i++)
        if (own_decimals(a->tick[i]) > a->decimals)
            a->decimals = own_decimals(a->tick[i]);
}

int bx_tick_decimals(const struct bx_axis *a, size_t i)
{
    return a->log ? own_decimals(a->tick[i]) : a->decimals;
}

void bx_axis_ticks(struct bx_axis *a, size_t most)
{
    most = most < 2 ? 2 : most > BX_TICKS ? BX_TICKS : most;
    if (a->log)
        log_ticks(a, most);
    else
        linear_ticks(a, most);
}

void bx_axis_around(struct bx_axis *a, double lo, double hi, double headroom, double floor_, double ceiling, size_t most)
{
    lo = fmin(fmax(lo, floor_), ceiling);
    hi = fmin(fmax(hi, lo), ceiling);
    if (!(hi - lo > 1e-9 * (ceiling - floor_))) { /* one value: some room on both sides of it */
        double room = fmax(fabs(hi) * .05, (ceiling - floor_) * .025);
        lo = fmax(floor_, lo - room);
        hi = fmin(ceiling, hi + room);
    }
    double step = bx_nice_step(hi - lo, most);
    a->log = false;
    a->lo = fmax(floor_, floor((lo - .04 * (hi - lo)) / step + 1e-9) * step); /* no mark sits on the axis */
    a->hi = fmin(ceiling, hi + headroom * (hi - a->lo));
    if (!(a->hi > a->lo))
        a->hi = a->lo + step;
    bx_axis_ticks(a, most);
}

void bx_axis_around_log(struct bx_axis *a, double lo, double hi, size_t most)
{
    lo = fmin(fmax(lo, 1e-12), 1e15); /* costs beyond are nonsense, and stand at the end */
    hi = fmin(fmax(hi, lo), 1e15);
    double ratio = fmax(hi / lo, 1.5), room = pow(ratio, .07);
    a->log = true;
    a->lo = lo / room;
    a->hi = hi * room;
    if (hi / lo < 1.5) {
        a->lo = lo / 1.4;
        a->hi = hi * 1.4;
    }
    /* When the tick below is near, the axis starts just before it. */
    double below = pow(10, floor(log10(a->lo)));
    double candidate = below;
    static const double nice[] = {1, 2, 5};
    for (size_t i = 0; i < 3; i++)
        if (nice[i] * below <= a->lo)
            candidate = nice[i] * below;
    if (log(a->lo / candidate) < .12 * log(a->hi / a->lo))
        a->lo = candidate / pow(a->hi / candidate, .01);
    bx_axis_ticks(a, most);
}

char *bx_fixed(char out[BX_NUMBER], double v, int decimals)
{
    if (!isfinite(v)) {
        snprintf(out, BX_NUMBER, "–");
        return out;
    }
    char digits[360];
    snprintf(digits, sizeof digits, "%.*f", decimals, fabs(v));
    if (strlen(digits) > 24)
        snprintf(digits, sizeof digits, "%.3e", fabs(v));
    for (char *p = digits; *p; p++) /* the locale's decimal mark */
        if (*p == ',')
            *p = '.';
    bool zero = strspn(digits, "0.") == strlen(digits);
    snprintf(out, BX_NUMBER, "%s%.32s", v < 0 && !zero ? "−" : "", digits);
    return out;
}

char *bx_percent(char out[BX_NUMBER], double fraction)
{
    return bx_fixed(out, fraction * 100, 1);
}

char *bx_tick_text(char out[BX_NUMBER], double v, int decimals)
{
    static const char *const raised[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    double size = fabs(v);
    if (size < LEAST)
        return bx_fixed(out, 0, 0);
    if (!isfinite(v) || (size < 999999.5 && size >= 1e-4))
        return bx_fixed(out, v, decimals);
    int exponent = (int)floor(log10(size) + 1e-9);
    int mantissa = (int)lround(size / pow(10, exponent));
    if (mantissa == 10) {
        mantissa = 1;
        exponent++;
    }
    char power[8], lead[8] = "";
    snprintf(power, sizeof power, "%d", abs(exponent) % 1000);
    if (mantissa != 1)
        snprintf(lead, sizeof lead, "%d·", mantissa);
    size_t n = (size_t)snprintf(out, BX_NUMBER, "%s%s10%s", v < 0 ? "−" : "", lead, exponent < 0 ? "⁻" : "");
    for (const char *p = power; *p; p++)
        n += (size_t)snprintf(out + n, BX_NUMBER - n, "%s", raised[*p - '0']);
    return out;
}

char *bx_cost(char out[BX_NUMBER], double v)
{
    double size = fabs(v);
    return bx_fixed(out, v, size >= 99.95 ? 0 : size >= .995 ? 1 : size >= .0995 ? 2 : size >= .00995 ? 3 : size > 0 ? 4 : 0);
}

char *bx_iou(char out[BX_NUMBER], double iou)
{
    char text[BX_NUMBER];
    bx_fixed(text, iou, 2);
    snprintf(out, BX_NUMBER, "%.16s", isnan(iou) ? ".50:.95" : text[0] == '0' ? text + 1 : text);
    return out;
}
