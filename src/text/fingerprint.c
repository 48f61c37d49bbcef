#include "text/fingerprint.h"

#include <string.h>

/* The finalizer of SplitMix64: every bit of the sum reaches every bit of the result. */
static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t fingerprint_add(uint64_t print, const void *bytes, size_t size) {
    const unsigned char *at = bytes;
    print = mix(print + UINT64_C(0x9e3779b97f4a7c15) + size);
    for (; size >= sizeof(uint64_t); at += sizeof(uint64_t), size -= sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        print = mix(print ^ word) + UINT64_C(0x9e3779b97f4a7c15);
    }
    uint64_t rest = 0;
    if (size > 0) memcpy(&rest, at, size);
    return mix(print ^ rest);
}

uint64_t fingerprint_add_text(uint64_t print, const char *text) {
    return text ? fingerprint_add(print, text, strlen(text)) : fingerprint_add(print, "\xff\xfe none", 7);
}

uint64_t fingerprint_add_number(uint64_t print, double number) {
    return fingerprint_add(print, &number, sizeof number);
}
