/* weights.c: counter-based random numbers, and Poisson(1) by the inverse of its distribution. */
#include "core/metric/weights.h"
#include "core/base/file.h"
#include <string.h>

uint64_t bx_weights_seed(const char *digest)
{
    struct bx_sha256 *sha = bx_sha256_new();
    uint8_t hash[32];
    uint64_t seed = 0;
    bx_sha256_add(sha, "boxscore bootstrap 1\n", 21);
    bx_sha256_add(sha, digest, strlen(digest));
    bx_sha256_add(sha, "\n", 1);
    bx_sha256_end(sha, hash);
    for (int i = 7; i >= 0; i--)
        seed = seed << 8 | hash[i];
    return seed;
}

void bx_philox(uint32_t key0, uint32_t key1, uint32_t c[4])
{
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)0xD2511F53u * c[0], q = (uint64_t)0xCD9E8D57u * c[2];
        const uint32_t next[4] = {(uint32_t)(q >> 32) ^ c[1] ^ key0, (uint32_t)q, (uint32_t)(p >> 32) ^ c[3] ^ key1, (uint32_t)p};
        memcpy(c, next, sizeof next);
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

/* How many of floor(2^32 P(Poisson(1) <= k)) are not above x. */
static uint8_t poisson(uint32_t x)
{
    static const uint32_t reached[] = {0x5E2D58D8, 0xBC5AB1B1, 0xEB715E1D, 0xFB239797, 0xFF1025F5, 0xFFD90F3B, 0xFFFA8B71,
                                       0xFFFF540C, 0xFFFFED1F, 0xFFFFFE21, 0xFFFFFFD4, 0xFFFFFFFC, 0xFFFFFFFF};
    uint8_t k = 0;
    while (k < sizeof reached / sizeof *reached && x >= reached[k])
        k++;
    return k;
}

void bx_weights(uint64_t seed, size_t nimages, uint32_t b0, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < nimages; i++)
        for (size_t b = 0; b < n; b += 4) {
            uint32_t c[4] = {(b0 + (uint32_t)b) >> 2, (uint32_t)i, 0, 0};
            bx_philox((uint32_t)seed, (uint32_t)(seed >> 32), c);
            for (size_t k = 0; k < 4; k++)
                out[i * n + b + k] = poisson(c[k]);
        }
}
