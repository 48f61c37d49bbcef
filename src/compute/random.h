/* random.h: random numbers that depend on nothing but their seed.
 *
 * xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), seeded by
 * SplitMix64. Each purpose takes a stream of its own, so that adding a draw in one place changes nothing in
 * another. The struct is plain data: a checkpoint stores it as it is. */
#ifndef LATENT_DREAM_COMPUTE_RANDOM_H
#define LATENT_DREAM_COMPUTE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct Random {
    uint64_t state[4];
} Random;

/* The stream `stream` (a short name such as "shuffle", or NULL) of `seed`. */
Random random_stream(uint64_t seed, const char *stream);
/* The same with a number behind the name: one stream a restart, an epoch, a step. */
Random random_stream_at(uint64_t seed, const char *stream, uint64_t index);

uint64_t random_bits(Random *random);
/* Uniform in [0, 1). */
float random_uniform(Random *random);
/* Uniform in 0..limit-1; limit > 0. */
uint32_t random_below(Random *random, uint32_t limit);
/* Standard normal (Box and Muller). */
float random_normal(Random *random);
void random_fill_normal(Random *random, float *values, size_t count, float deviation);
/* Shuffles `count` indices in place (Fisher and Yates). */
void random_shuffle(Random *random, uint32_t *indices, size_t count);

#endif
