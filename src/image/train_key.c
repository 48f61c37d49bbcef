#include "image/darknet_library.h"
#include "image/train_internal.h"

#include <stdio.h>
#include <string.h>

/* FIPS 180-4: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, int n) { return x >> n | x << (32 - n); }

static void sha256_block(Sha256 *sha, const uint8_t *block) {
    uint32_t w[64];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 |
               block[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3;
        uint32_t b = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10;
        w[i] = w[i - 16] + a + w[i - 7] + b;
    }
    const uint32_t *s = sha->state;
    uint32_t a = s[0], b = s[1], c = s[2], d = s[3], e = s[4], f = s[5], g = s[6], h = s[7];
    for (int i = 0; i < 64; i++) {
        uint32_t one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i];
        uint32_t two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + one;
        d = c;
        c = b;
        b = a;
        a = one + two;
    }
    const uint32_t turned[8] = {a, b, c, d, e, f, g, h};
    for (int i = 0; i < 8; i++) sha->state[i] += turned[i];
}

void sha256_begin(Sha256 *sha) {
    static const uint32_t START[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memset(sha, 0, sizeof *sha);
    memcpy(sha->state, START, sizeof START);
}

void sha256_add(Sha256 *sha, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    while (size > 0) {
        size_t held = sha->bytes % 64, part = 64 - held < size ? 64 - held : size;
        memcpy(sha->block + held, from, part);
        sha->bytes += part;
        from += part;
        size -= part;
        if (held + part == 64) sha256_block(sha, sha->block);
    }
}

void sha256_end(Sha256 *sha, char hex[65]) {
    uint64_t bits = sha->bytes * 8;
    uint8_t pad[72] = {0x80}, length[8];
    size_t held = sha->bytes % 64;
    for (int i = 0; i < 8; i++) length[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha256_add(sha, pad, (held < 56 ? 56 : 120) - held);
    sha256_add(sha, length, sizeof length);
    for (int i = 0; i < 8; i++) snprintf(hex + 8 * i, 9, "%08x", sha->state[i]);
}

void train_key(const DarknetNetwork *network, const Digits *digits, const uint32_t *indices, size_t count,
               const TrainSettings *settings, const Run *run, char key[65]) {
    Sha256 sha;
    sha256_begin(&sha);
    char text[640];
    /* The parameters before training stand for the seed they were drawn from. */
    int length = snprintf(text, sizeof text,
                          "training 1\nkind %d epochs %.17g batch %d rate %.9g beta1 %.9g beta2 %.9g epsilon %.9g "
                          "decay %.9g shift %d noise %.9g seed %llu threads %d stock %d\n%dx%d %zu\n",
                          settings->kind, settings->epochs, settings->batch, settings->learning_rate, settings->beta1,
                          settings->beta2, settings->epsilon, settings->weight_decay, settings->shift,
                          settings->latent_noise, (unsigned long long)settings->seed, run->threads,
                          darknet_is_stock(), digits->height, digits->width, count);
    sha256_add(&sha, text, (size_t)length);
    sha256_add(&sha, network->plan.text, strlen(network->plan.text));
    sha256_add(&sha, network->parameters, network->plan.parameters * sizeof(float));
    for (size_t i = 0; i < count; i++) {
        sha256_add(&sha, digits->images + indices[i] * digits->pixels, digits->pixels);
        sha256_add(&sha, digits->labels + indices[i], 1);
    }
    sha256_end(&sha, key);
}
