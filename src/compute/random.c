#include "compute/random.h"

#include <math.h>

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

Random random_stream_at(uint64_t seed, const char *stream, uint64_t index) {
    uint64_t name = 0xcbf29ce484222325u;  // FNV-1a over the stream's name
    for (const char *c = stream ? stream : ""; *c; c++) name = (name ^ (unsigned char)*c) * 0x100000001b3u;
    uint64_t state = seed;
    state = splitmix(&state) ^ name;
    state = splitmix(&state) ^ index;
    Random random;
    for (int i = 0; i < 4; i++) random.state[i] = splitmix(&state);
    return random;
}

Random random_stream(uint64_t seed, const char *stream) { return random_stream_at(seed, stream, 0); }

static uint64_t rotate_left(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

uint64_t random_bits(Random *random) {
    uint64_t *s = random->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

float random_uniform(Random *random) { return (float)(random_bits(random) >> 40) * 0x1p-24f; }

uint32_t random_below(Random *random, uint32_t limit) {
    // Multiply-shift; the bias is below limit / 2^64.
    return (uint32_t)(((unsigned __int128)random_bits(random) * limit) >> 64);
}

float random_normal(Random *random) {
    double radius = sqrt(-2.0 * log(1.0 - (double)random_uniform(random)));
    return (float)(radius * cos(6.283185307179586 * (double)random_uniform(random)));
}

void random_fill_normal(Random *random, float *values, size_t count, float deviation) {
    for (size_t i = 0; i < count; i++) values[i] = deviation * random_normal(random);
}

void random_shuffle(Random *random, uint32_t *indices, size_t count) {
    for (size_t i = count; i > 1; i--) {
        uint32_t j = random_below(random, (uint32_t)i);
        uint32_t kept = indices[i - 1];
        indices[i - 1] = indices[j];
        indices[j] = kept;
    }
}
