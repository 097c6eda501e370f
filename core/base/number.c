/* number.c: the numbers that one exact multiplication does not give, and the lenient parser. */
#include "core/base/number.h"
#include "core/base/arena.h"
#include "core/base/banned.h"
#include "core/base/json_reader.h"
#include <locale.h>
#include <math.h>
#include <pthread.h>

enum { SMALLEST = BX_LEAST_POWER, LARGEST = 308, WORDS = 16 };

/* The first 128 bits of 5^q, for q < 0 those of the reciprocal, rounded up for q >= -27 where that makes exact ties visible
 * (Lemire 2021, section 5; Mushtak & Lemire, "Fast number parsing without fallback", 2023). */
struct bx_power bx_powers[LARGEST - SMALLEST + 1];
static locale_t c_locale;
static pthread_once_t once = PTHREAD_ONCE_INIT;

typedef unsigned __int128 wide;

static void store_top(const uint64_t *big, int q)
{
    int top = WORDS - 1;
    while (!big[top])
        top--;
    int shift = __builtin_clzll(big[top]);
    uint64_t w[3];
    for (int i = 0; i < 3; i++)
        w[i] = top - i >= 0 ? big[top - i] : 0;
    uint64_t hi = w[0], lo = w[1];
    if (shift) {
        hi = w[0] << shift | w[1] >> (64 - shift);
        lo = w[1] << shift | w[2] >> (64 - shift);
    }
    if (q < 0 && q >= -27 && ++lo == 0)
        hi++;
    bx_powers[q - SMALLEST].hi = hi;
    bx_powers[q - SMALLEST].lo = lo;
}

/* 5^q by repeated multiplication; 2^1023 / 5^k by repeated division, which rounds down to the same as one division would. */
static void make_powers(void)
{
    uint64_t big[WORDS] = {1};
    for (int q = 0; q <= LARGEST; q++) {
        store_top(big, q);
        uint64_t carry = 0;
        for (int i = 0; i < WORDS; i++) {
            wide v = (wide)big[i] * 5 + carry;
            big[i] = (uint64_t)v;
            carry = (uint64_t)(v >> 64);
        }
    }
    memset(big, 0, sizeof big);
    big[WORDS - 1] = UINT64_C(1) << 63;
    for (int q = -1; q >= SMALLEST; q--) {
        uint64_t rest = 0;
        for (int i = WORDS; i-- > 0;) {
            wide v = (wide)rest << 64 | big[i];
            big[i] = (uint64_t)(v / 5);
            rest = (uint64_t)(v % 5);
        }
        store_top(big, q);
    }
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c_locale)
        abort();
}

void bx_number_init(void)
{
    pthread_once(&once, make_powers);
}

static double from_bits(uint64_t mantissa, int64_t exponent)
{
    uint64_t bits = mantissa | (uint64_t)exponent << 52;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* The double nearest to w × 10^q; false when 128 bits do not decide. Infinity when it is too large. */
static bool nearest(uint64_t w, int64_t q, double *out)
{
    *out = 0;
    if (w == 0 || q < SMALLEST)
        return true;
    *out = INFINITY;
    if (q > LARGEST)
        return true;
    int zeros = __builtin_clzll(w);
    w <<= zeros;
    wide first = (wide)w * bx_powers[q - SMALLEST].hi;
    uint64_t hi = (uint64_t)(first >> 64), lo = (uint64_t)first;
    if ((hi & 0x1FF) == 0x1FF) { /* the low half may carry into the bits that decide */
        uint64_t second = (uint64_t)((wide)w * bx_powers[q - SMALLEST].lo >> 64);
        lo += second;
        hi += lo < second;
    }
    if (lo == UINT64_MAX && (q < -27 || q > 55))
        return false;
    int upper = (int)(hi >> 63), shift = upper + 64 - 52 - 3;
    uint64_t m = hi >> shift;
    int64_t exponent = ((217706 * q) >> 16) + 63 + upper - zeros + 1023;
    if (exponent <= 0) {
        if (exponent <= -63) {
            *out = 0;
            return true;
        }
        m >>= 1 - exponent;
        m = (m + (m & 1)) >> 1;
        *out = from_bits(m, 0); /* a carry into bit 52 is the smallest normal number, as it should be */
        return true;
    }
    if (lo <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << shift == hi)
        m &= ~UINT64_C(1); /* exactly half way: to even */
    m = (m + (m & 1)) >> 1;
    if (m >= UINT64_C(2) << 52) {
        m = UINT64_C(1) << 52;
        exponent++;
    }
    if (exponent < 0x7FF)
        *out = from_bits(m & ~(UINT64_C(1) << 52), exponent);
    return true;
}

static double ask_strtod(const char *text, size_t n)
{
    char small[512], *copy = n < sizeof small ? small : bx_xrealloc(NULL, n + 1, 1);
    memcpy(copy, text, n);
    copy[n] = '\0';
    double v = strtod_l(copy, NULL, c_locale);
    if (copy != small)
        free(copy);
    return v;
}

bool bx_number_value_slow(const struct bx_scan *s, double *out)
{
    double v, above;
    bool sure = nearest(s->w, s->q, &v);
    if (sure && s->truncated) /* the digits left out lie between w and w + 1 */
        sure = nearest(s->w + 1, s->q, &above) && v == above;
    if (sure)
        *out = s->negative ? -v : v;
    else
        *out = ask_strtod(s->text, (size_t)(s->after - s->text));
    return isfinite(*out);
}

void bx_number_rescan(struct bx_scan *s, const char *digits, const char *digits_end, int64_t exponent)
{
    s->w = 0;
    s->q = exponent;
    s->truncated = false;
    int n = 0;
    bool fraction = false;
    for (const char *p = digits; p < digits_end; p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        unsigned d = (unsigned char)(*p - '0');
        if (n < 19) {
            s->w = s->w * 10 + d;
            n += s->w != 0; /* leading zeros do not count */
            s->q -= fraction;
        } else {
            s->truncated |= d != 0;
            s->q += !fraction;
        }
    }
}

bool bx_number_parse(const char *p, const char *end, double *out, const char **after)
{
    bx_number_init();
    struct bx_scan s = {.text = p};
    if (p < end && (*p == '-' || *p == '+'))
        s.negative = *p++ == '-';
    const char *digits = p, *stop = bx_scan_digits(p, end, &s.w);
    int64_t count = stop - p, exponent = 0;
    if (stop < end && *stop == '.') {
        const char *fraction = stop + 1;
        stop = bx_scan_digits(fraction, end, &s.w);
        s.q = fraction - stop;
        count += stop - fraction;
    }
    if (count == 0)
        return false;
    s.after = stop;
    if (stop < end && (*stop | 0x20) == 'e') {
        const char *behind = bx_scan_exponent(stop + 1, end, &exponent);
        if (behind)
            s.after = behind;
    }
    s.q += exponent;
    if (count > 19)
        bx_number_rescan(&s, digits, stop, exponent);
    *after = s.after;
    return bx_number_value(&s, out);
}
