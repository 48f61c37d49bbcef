#include "text/utf8.h"

size_t utf8_character_size(const char *text, size_t size) {
    const unsigned char *bytes = (const unsigned char *)text;
    if (size == 0) return 0;
    unsigned char first = bytes[0];
    if (first < 0x80) return 1;
    size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                    : (first & 0xF0) == 0xE0         ? 3
                    : first >= 0xF0 && first <= 0xF4 ? 4
                                                     : 0;
    if (length == 0 || length > size) return 0;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) return 0;
    }
    /* Overlong forms, surrogates and characters past U+10FFFF show in the second byte. */
    if (first == 0xE0 && bytes[1] < 0xA0) return 0;
    if (first == 0xED && bytes[1] > 0x9F) return 0;
    if (first == 0xF0 && bytes[1] < 0x90) return 0;
    if (first == 0xF4 && bytes[1] > 0x8F) return 0;
    return length;
}

size_t utf8_valid_size(const char *text, size_t size) {
    size_t at = 0;
    for (size_t length; at < size && (length = utf8_character_size(text + at, size - at)) > 0;) at += length;
    return at;
}

size_t utf8_characters(const char *text, size_t size) {
    size_t count = 0;
    for (size_t at = 0; at < size; count++) {
        size_t length = utf8_character_size(text + at, size - at);
        at += length > 0 ? length : 1;
    }
    return count;
}
