/* weights.c: random bits from a counter, and Poisson weights from a table of their distribution. */
#include "core/metric/weights.h"
#include "core/base/file.h"
#include <string.h>

void bx_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4])
{
    uint32_t k0 = key[0], k1 = key[1], c[4];
    memcpy(c, counter, sizeof c);
    for (int round = 0; round < 10; round++) {
        uint64_t p = UINT64_C(0xD2511F53) * c[0], q = UINT64_C(0xCD9E8D57) * c[2];
        uint32_t next[4] = {(uint32_t)(q >> 32) ^ c[1] ^ k0, (uint32_t)q, (uint32_t)(p >> 32) ^ c[3] ^ k1, (uint32_t)p};
        memcpy(c, next, sizeof c);
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    memcpy(out, c, sizeof c);
}

/* floor(2^32 * P(Poisson(1) <= k)) */
static const uint32_t below[] = {0x5E2D58D8, 0xBC5AB1B1, 0xEB715E1D, 0xFB239797, 0xFF1025F5, 0xFFD90F3B, 0xFFFA8B71,
                                 0xFFFF540C, 0xFFFFED1F, 0xFFFFFE21, 0xFFFFFFD4, 0xFFFFFFFC, 0xFFFFFFFF};

uint8_t bx_poisson(uint32_t x)
{
    uint8_t w = 0;
    while (w < sizeof below / sizeof *below && x >= below[w])
        w++;
    return w;
}

uint64_t bx_weights_seed(const char *digest)
{
    struct bx_sha256 *sha = bx_sha256_new();
    uint8_t out[32];
    uint64_t seed = 0;
    bx_sha256_add(sha, "boxscore bootstrap 1\n", 21);
    bx_sha256_add(sha, digest, strlen(digest));
    bx_sha256_add(sha, "\n", 1);
    bx_sha256_end(sha, out);
    for (int i = 8; i-- > 0;)
        seed = seed << 8 | out[i];
    return seed;
}

void bx_weights(uint64_t seed, size_t nimages, size_t first, size_t n, uint8_t *w, size_t stride)
{
    const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    for (size_t i = 0; i < nimages; i++)
        for (size_t j = 0; j < n; j += 4) {
            uint32_t x[4];
            bx_philox(key, (const uint32_t[4]){(uint32_t)((first + j) >> 2), (uint32_t)i, 0, 0}, x);
            for (size_t b = 0; b < 4 && j + b < n; b++)
                w[i * stride + j + b] = bx_poisson(x[b]);
        }
}
