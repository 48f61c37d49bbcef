/* utf8.h: what of a byte string is UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
#ifndef LATENT_DREAM_TEXT_UTF8_H
#define LATENT_DREAM_TEXT_UTF8_H

#include <stddef.h>

/* Bytes of the character that `text` begins with, 1 to 4; 0 where it begins with none. */
size_t utf8_character_size(const char *text, size_t size);
/* Bytes of the longest beginning of `text` that is UTF-8. */
size_t utf8_valid_size(const char *text, size_t size);
/* Characters; a byte outside UTF-8 counts as one. */
size_t utf8_characters(const char *text, size_t size);

#endif
