/*
 * number.h: text -> double inside core/base. A number is scanned once into w × 10^q, and most are done by one multiplication:
 * exact products (Clinger 1990) for short ones, a 128-bit product (Lemire, "Number parsing at a gigabyte per second", 2021) for nearly all
 * others, strtod in the C locale for the few where 128 bits do not decide.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bx_scan {
    uint64_t w; /* the significant digits, at most 19 of them */
    int64_t q;  /* value = w × 10^q */
    bool negative;
    bool truncated;   /* there were more digits, and one of those left out is not 0 */
    const char *text; /* the number's text, for strtod */
    const char *after;
};

void bx_number_init(void); /* makes the table of powers; call before bx_number_value. Cheap when done before */

/* The nearest double; false when it is too large for one. */
bool bx_number_value_slow(const struct bx_scan *s, double *out);

/* Digits beyond the 19th: scan again with care. [digits, after) holds digits and at most one '.'. */
void bx_number_rescan(struct bx_scan *s, const char *digits, const char *digits_end, int64_t exponent);

/* Eight bytes as text, the first in the lowest byte. */
static inline uint64_t bx_load8(const char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

/* 0 when all eight bytes are digits; otherwise the lowest byte that is not 0 is the first that is none. */
static inline uint64_t bx_no_digits(uint64_t v)
{
    return ((v & 0xF0F0F0F0F0F0F0F0u) ^ 0x3030303030303030u) | (((v + 0x0606060606060606u) & 0xF0F0F0F0F0F0F0F0u) ^ 0x3030303030303030u);
}

/* The value of eight digits: pairs, then fours, then all, in one register. */
static inline uint64_t bx_eight_value(uint64_t v)
{
    const uint64_t mask = 0x000000FF000000FFu;
    v -= 0x3030303030303030u;
    v = v * 10 + (v >> 8);
    return ((v & mask) * 0x000F424000000064u + ((v >> 16) & mask) * 0x0000271000000001u) >> 32;
}

static const uint64_t bx_tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};

/* Adds the digits at p to *w, which may wrap: the caller counts them. Eight at a time, and the rest as one step: a loop over the bytes
 * would mispredict its end once a number. */
static inline const char *bx_scan_digits(const char *p, const char *end, uint64_t *w)
{
    while (end - p >= 8) {
        uint64_t v = bx_load8(p), stop = bx_no_digits(v);
        if (stop) {
            unsigned n = (unsigned)__builtin_ctzll(stop) >> 3;
            if (n) /* the n digits move to the end, with zeros before them */
                *w = *w * bx_tens[n] + bx_eight_value(v << (64 - 8 * n) | 0x3030303030303030u >> 8 * n);
            return p + n;
        }
        *w = *w * 100000000u + bx_eight_value(v);
        p += 8;
    }
    for (; p < end && (unsigned char)(*p - '0') <= 9; p++)
        *w = *w * 10 + (unsigned char)(*p - '0');
    return p;
}

/* The exponent behind 'e', sign first. NULL when there is no digit. Saturates far beyond any double. */
static inline const char *bx_scan_exponent(const char *p, const char *end, int64_t *exponent)
{
    bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    if (p >= end || (unsigned char)(*p - '0') > 9)
        return NULL;
    int64_t v = 0;
    for (; p < end && (unsigned char)(*p - '0') <= 9; p++)
        if (v < INT64_C(1000000000000000))
            v = v * 10 + (*p - '0');
    *exponent = negative ? -v : v;
    return p;
}

static const double bx_exact_tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* w / 10^after, w > 0, 5 <= after <= 27: of bx_number_value_slow what such a fraction needs, no more. It is never half way between two
 * doubles, 128 bits always decide, and it is neither too large nor too small. */
#define BX_LEAST_FRACTION 5
struct bx_power {
    uint64_t hi, lo;
};
#define BX_LEAST_POWER (-342)
extern struct bx_power bx_powers[]; /* of 10 from BX_LEAST_POWER on */
static inline double bx_number_fraction(uint64_t w, unsigned after)
{
    const struct bx_power *power = &bx_powers[-BX_LEAST_POWER - (int)after];
    int zeros = __builtin_clzll(w);
    w <<= zeros;
    unsigned __int128 product = (unsigned __int128)w * power->hi;
    uint64_t hi = (uint64_t)(product >> 64);
    if ((hi & 0x1FF) == 0x1FF) { /* the low half may carry into the bits that decide */
        uint64_t lo = (uint64_t)product, second = (uint64_t)((unsigned __int128)w * power->lo >> 64);
        hi += lo + second < second;
    }
    uint64_t upper = hi >> 63, m = hi >> (upper + 9), bits;
    int exponent = ((-217706 * (int)after) >> 16) + 63 + (int)upper - zeros + 1023;
    m = (m + (m & 1)) >> 1;
    bits = ((uint64_t)(exponent - 1) << 52) + m; /* the mantissa's upper bit, and a carry out of it, count the exponent up */
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline bool bx_number_value(const struct bx_scan *s, double *out)
{
    if (s->w <= UINT64_C(1) << 53 && s->q >= -22 && s->q <= 22 && !s->truncated) {
        double v = (double)s->w;
        v = s->q < 0 ? v / bx_exact_tens[-s->q] : v * bx_exact_tens[s->q];
        *out = s->negative ? -v : v;
        return true;
    }
    return bx_number_value_slow(s, out);
}
