/* tokenizer.h: GPT-2's byte-level BPE, from a model's own vocab.json and merges.txt.
 *
 *     Tokenizer *tokenizer = tokenizer_open("data/models/fairytale", error);
 *     TokenList tokens = {0};
 *     tokenizer_encode(tokenizer, text, size, &tokens, error);      // appends ids
 *     ... tokens.ids[0 .. tokens.count - 1] ...
 *     token_list_free(&tokens);
 *     tokenizer_close(tokenizer);
 *
 * Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.2. A text is cut by GPT-2's
 * pattern (contractions, letters, numbers, other marks, each with at most one space before; runs of white space);
 * each piece starts as its bytes, and the adjacent pair with the lowest rank in merges.txt is merged until none is
 * left. The ids are those of Hugging Face's tokenizers for every valid UTF-8 text, "<|endoftext|>" included, which
 * becomes one id. The vocabulary holds all 256 bytes, so every byte sequence has ids, and
 * decode(encode(bytes)) == bytes: where a text is not UTF-8, its valid stretches are encoded as texts of their own
 * and each run of the bytes between them as one piece. Time grows as n log n in the longest piece.
 *
 * An open tokenizer is only read by encode and decode, except for the match buffers of encode: threads that encode
 * at once need a tokenizer each. */
#ifndef LATENT_DREAM_TEXT_TOKENIZER_H
#define LATENT_DREAM_TEXT_TOKENIZER_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Tokenizer Tokenizer;

/* Ids that grow by appending. Starts as {0}; freed with token_list_free. */
typedef struct TokenList {
    int *ids;
    size_t count, capacity;
} TokenList;

int token_list_append(TokenList *list, int id, Error *error);
void token_list_free(TokenList *list);

/* FOLDER/vocab.json and FOLDER/merges.txt. NULL with an error that names the file, the line and the token. */
Tokenizer *tokenizer_open(const char *folder, Error *error);
/* The same from bytes in memory; the paths only name them in messages. */
Tokenizer *tokenizer_parse(const char *vocabulary, size_t vocabulary_size, const char *vocabulary_path,
                           const char *merges, size_t merges_size, const char *merges_path, Error *error);
/* NULL is fine. */
void tokenizer_close(Tokenizer *tokenizer);

/* Ids are 0 .. size - 1. */
int tokenizer_size(const Tokenizer *tokenizer);
/* The id of <|endoftext|>, or -1 where the vocabulary lacks it. */
int tokenizer_end_of_text(const Tokenizer *tokenizer);
/* The bytes of one token, followed by a zero byte (tokens may hold zero bytes too: use the size). `id` must be
 * 0 .. size - 1. A token may be a part of a UTF-8 character. Lives as long as the tokenizer. */
const char *tokenizer_token(const Tokenizer *tokenizer, int id, size_t *size);
/* The id of the token with exactly these bytes, or -1. */
int tokenizer_find(const Tokenizer *tokenizer, const char *bytes, size_t size);

/* Appends the ids of `text` to `tokens`. Any bytes are allowed, zero too. */
int tokenizer_encode(Tokenizer *tokenizer, const char *text, size_t size, TokenList *tokens, Error *error);
/* *bytes = the text of the ids, followed by a zero byte, freed with memory_free. An id outside the vocabulary is an
 * error. */
int tokenizer_decode(const Tokenizer *tokenizer, const int *ids, size_t count, char **bytes, size_t *size,
                     Error *error);

#endif
