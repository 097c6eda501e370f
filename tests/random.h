/* random.h: numbers for tests, the same at every run. */
#pragma once
#include <stdint.h>

static uint64_t seed = 0x9E3779B97F4A7C15u;
static inline uint32_t any(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % below;
}
