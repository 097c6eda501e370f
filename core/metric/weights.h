/*
 * weights.h: how often each image stands in each resample of the Poisson bootstrap. A weight depends on the test set's digest, the image's
 * place in evaluation order and the resample's number alone: on no model, thread or number of resamples.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011). */
void bx_philox(const uint32_t key[2], const uint32_t counter[4], uint32_t out[4]);
/* The smallest n with P(Poisson(1) <= n) above x * 2^-32. */
uint8_t bx_poisson(uint32_t x);

/* The first 8 bytes, little-endian, of SHA-256("boxscore bootstrap 1\n" + digest + "\n"). */
uint64_t bx_weights_seed(const char *digest);
/* w[i * stride + j]: of image i in resample first + j, j below n. first: a multiple of 4. */
void bx_weights(uint64_t seed, size_t nimages, size_t first, size_t n, uint8_t *w, size_t stride);
