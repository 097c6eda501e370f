/* sums.c: sums whose order is NumPy's. */
#include "core/metric/sums.h"

double bx_sum(const double *v, size_t n)
{
    if (n < 8) {
        double s = 0;
        for (size_t i = 0; i < n; i++)
            s += v[i];
        return s;
    }
    if (n <= 128) {
        double r[8];
        for (size_t i = 0; i < 8; i++)
            r[i] = v[i];
        size_t i = 8;
        for (; i < n - n % 8; i += 8)
            for (size_t j = 0; j < 8; j++)
                r[j] += v[i + j];
        double s = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
        for (; i < n; i++)
            s += v[i];
        return s;
    }
    size_t half = n / 2;
    half -= half % 8;
    return bx_sum(v, half) + bx_sum(v + half, n - half);
}

double bx_mean(const double *v, size_t n)
{
    return bx_sum(v, n) / (double)n;
}

double bx_mean_defined(const double *v, size_t n, double *room)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (v[i] > -1)
            room[k++] = v[i];
    return k ? bx_mean(room, k) : -1;
}
