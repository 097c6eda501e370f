/*
 * weights.h: how often each image of a test set stands in each resample of the bootstrap: Poisson(1), from the test set's digest alone, so
 * that every model of a board is resampled alike, on any machine, for ever.
 *
 * Philox4x32-10 (Salmon et al., SC 2011): key: the seed; counter: (resample / 4, image, 0, 0); word resample % 4.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The first 8 bytes, little-endian, of SHA-256("boxscore bootstrap 1\n" digest "\n"). */
uint64_t bx_weights_seed(const char *digest);
/* out[image * n + i]: of image and resample b0 + i; b0 and n are multiples of 4. At most 13. */
void bx_weights(uint64_t seed, size_t nimages, uint32_t b0, size_t n, uint8_t *out);

void bx_philox(uint32_t key0, uint32_t key1, uint32_t counter[4]); /* in place */
