/* number_text.c: double -> text: the fewest digits that read back, laid out as ECMAScript's Number::toString does (and so RFC 8785). */
#include "core/base/banned.h"
#include "core/base/buf.h"
#include "core/base/number.h"
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

static locale_t c_locale;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale)
        abort();
}

/* v = 0.d1d2d3… × 10^point with n digits. */
struct decimal {
    char digits[20];
    int n, point;
};

/* The nearest decimal of n digits; the digits and exponent are taken by position, so the locale's point does not matter. */
static struct decimal round_to(double v, int n)
{
    char text[40];
    struct decimal d = {.n = n};
    snprintf(text, sizeof text, "%.*e", n - 1, v);
    const char *s = text;
    for (int i = 0; i < n; s++)
        if (*s >= '0' && *s <= '9')
            d.digits[i++] = *s;
    d.point = (int)strtol(strchr(s, 'e') + 1, NULL, 10) + 1;
    return d;
}

static bool reads_back(const struct decimal *d, double v)
{
    char text[40];
    snprintf(text, sizeof text, "0%.*se%d", d->n, d->digits, d->point - d->n);
    return strtod_l(text, NULL, c_locale) == v;
}

/* One unit more in the last place. */
static void step_up(struct decimal *d)
{
    int i = d->n - 1;
    while (i >= 0 && d->digits[i] == '9')
        d->digits[i--] = '0';
    if (i >= 0) {
        d->digits[i]++;
    } else {
        d->digits[0] = '1';
        d->point++;
    }
}

/* v = k / 10^after, for a v between 1e-7 and 1e15 of at most 15 digits: k and the power are exact, so the quotient is what k's text reads
 * as, and two decimals of 15 digits never read as the same double. Most numbers that are printed are so short. */
static bool short_one(double v, struct decimal *d)
{
    int after = 14;
    if (!(v >= 1e-7 && v < 1e15))
        return false;
    for (double top = v; top >= 10 && after > 0; top /= 10)
        after--;
    for (double top = v; top < 1 && after < 22; top *= 10)
        after++;
    uint64_t k = (uint64_t)(v * bx_exact_tens[after] + .5);
    if (k > UINT64_C(1000000000000000) || (double)k / bx_exact_tens[after] != v)
        return false;
    int n = 0;
    for (uint64_t rest = k; rest; rest /= 10)
        n++;
    d->n = n;
    d->point = n - after;
    for (uint64_t rest = k; n; rest /= 10)
        d->digits[--n] = (char)('0' + rest % 10);
    while (d->n > 1 && d->digits[d->n - 1] == '0')
        d->n--;
    return true;
}

double bx_float_short(float v)
{
    enum { LEAST = 6, MOST = 9 };
    double x = (double)v, tail = 1e-4;
    if (x == 0)
        return 0;
    /* x × 10^12 is exact, 24 bits by 28, and so is its rounding; the quotient is what the digits read as. As a float it is what they read
     * as too, unless it lies half way between two. */
    for (int after = LEAST, n = LEAST; x >= tail && x < 1 && n <= MOST; n++, after++) {
        if (n == LEAST)
            for (double top = x * 10; top < 1; top *= 10)
                after++;
        double read = rint(x * bx_exact_tens[after]) / bx_exact_tens[after];
        uint64_t bits;
        memcpy(&bits, &read, sizeof bits);
        if ((bits & 0x1FFFFFFF) == 0x10000000)
            break;
        if ((float)read == v)
            return read;
    }
    char text[32];
    int digits = LEAST - 1;
    pthread_once(&once, make_locale);
    do
        snprintf(text, sizeof text, "%.*e", ++digits - 1, x);
    while (digits < MOST && strtof_l(text, NULL, c_locale) != v);
    return strtod_l(text, NULL, c_locale);
}

static struct decimal shortest(double v)
{
    int exponent;
    struct decimal short_decimal;
    if (short_one(v, &short_decimal))
        return short_decimal;
    /* Above a power of two the doubles are twice as far apart as below: the nearest decimal may miss where the next one up reads back. */
    bool lopsided = frexp(v, &exponent) == 0.5;
    int from = v < 0x1p-1021 ? 1 : 15; /* any 15 digits survive a normal double, so 15 finds all shorter ones too */
    for (int n = from; n < 17; n++) {
        struct decimal d = round_to(v, n);
        bool ok = reads_back(&d, v);
        if (!ok && lopsided) {
            step_up(&d);
            ok = reads_back(&d, v);
        }
        if (ok) {
            while (d.n > 1 && d.digits[d.n - 1] == '0')
                d.n--;
            return d;
        }
    }
    return round_to(v, 17);
}

static void add_zeros(struct bx_buf *b, int n)
{
    while (n-- > 0)
        bx_buf_addc(b, '0');
}

void bx_buf_add_double(struct bx_buf *b, double v)
{
    if (!isfinite(v)) {
        bx_buf_adds(b, "null");
        return;
    }
    if (fabs(v) < 1e15 && v == (double)(int64_t)v && !(v == 0 && signbit(v))) {
        bx_buf_addf(b, "%lld", (long long)v);
        return;
    }
    pthread_once(&once, make_locale);
    if (signbit(v))
        bx_buf_addc(b, '-');
    if (v == 0) {
        bx_buf_addc(b, '0');
        return;
    }
    struct decimal d = shortest(fabs(v));
    if (d.point > 21 || d.point < -5) {
        bx_buf_addc(b, d.digits[0]);
        if (d.n > 1)
            bx_buf_addc(b, '.');
        bx_buf_add(b, d.digits + 1, (size_t)d.n - 1);
        bx_buf_addf(b, "e%+d", d.point - 1);
    } else if (d.point <= 0) {
        bx_buf_adds(b, "0.");
        add_zeros(b, -d.point);
        bx_buf_add(b, d.digits, (size_t)d.n);
    } else if (d.n <= d.point) {
        bx_buf_add(b, d.digits, (size_t)d.n);
        add_zeros(b, d.point - d.n);
    } else {
        bx_buf_add(b, d.digits, (size_t)d.point);
        bx_buf_addc(b, '.');
        bx_buf_add(b, d.digits + d.point, (size_t)(d.n - d.point));
    }
}
