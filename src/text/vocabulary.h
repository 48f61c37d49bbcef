/* vocabulary.h: the two tables of a byte-level BPE, checked and made fast to look up.
 *
 * vocab.json is one object, token to id; ids are 0 .. size - 1, each once. Tokens are written in GPT-2's alphabet: a
 * printable Latin-1 character stands for its byte, and U+0100, U+0101, ... for the other 68 bytes in order (a space
 * is U+0120). merges.txt has a line "LEFT RIGHT" a merge, the most important first, perhaps after "#version: 0.2".
 * Every byte must be a token, and so must both parts and the result of each merge. */
#ifndef LATENT_DREAM_TEXT_VOCABULARY_H
#define LATENT_DREAM_TEXT_VOCABULARY_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Merge {
    int left, right, result;  // ids
} Merge;

typedef struct Vocabulary {
    int size;
    char *bytes;        // all tokens, each followed by a zero byte
    uint32_t *starts;   // (size + 1) where each begins
    int byte_ids[256];  // the token of each single byte
    int *slots;         // open hash of tokens, id + 1; 0: empty
    uint32_t slot_mask;
    Merge *merges;  // (merge_count) in the order of rank
    int merge_count;
    int *pairs;  // open hash of merges by (left, right), rank + 1; 0: empty
    uint32_t pair_mask;
} Vocabulary;

/* Paths only name the files in messages. `vocabulary` is freed with vocabulary_free, also after a failure. */
int vocabulary_parse(Vocabulary *vocabulary, const char *bytes, size_t size, const char *path, Error *error);
int vocabulary_parse_merges(Vocabulary *vocabulary, const char *bytes, size_t size, const char *path, Error *error);
void vocabulary_free(Vocabulary *vocabulary);

/* The id of a token's bytes, or -1. */
int vocabulary_find(const Vocabulary *vocabulary, const char *bytes, size_t size);
/* The rank of merging two neighbors, or -1. */
int vocabulary_rank(const Vocabulary *vocabulary, int left, int right);
size_t vocabulary_token_size(const Vocabulary *vocabulary, int id);

#endif
