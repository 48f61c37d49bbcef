/* fingerprint.h: a 64-bit hash of everything that a result depends on, so that a checkpoint is only gone on from
 * where it was made from the same. It guards against mixing things up, not against an enemy.
 *
 *     uint64_t print = FINGERPRINT_START;
 *     print = fingerprint_add(print, corpus->ids, bytes);
 *     print = fingerprint_add_text(print, "muon"); */
#ifndef LATENT_DREAM_TEXT_FINGERPRINT_H
#define LATENT_DREAM_TEXT_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

#define FINGERPRINT_START UINT64_C(0x6c61746472656d31)

uint64_t fingerprint_add(uint64_t print, const void *bytes, size_t size);
/* NULL is a text of its own. */
uint64_t fingerprint_add_text(uint64_t print, const char *text);
uint64_t fingerprint_add_number(uint64_t print, double number);

#endif
