/* sentences.h: sentences as rows of token ids, all padded to one length. */
#ifndef LATENT_DREAM_TEXT_SENTENCES_H
#define LATENT_DREAM_TEXT_SENTENCES_H

#include "base/error.h"
#include "text/tokenizer.h"

typedef struct Sentences {
    int count;
    int tokens;    // T, the longest
    int *ids;      // (count, T); zero behind a sentence's end
    int *lengths;  // (count)
    int *lines;    // (count) in the file; 0: not from a file
} Sentences;

/* One sentence a line; a blank line is refused, except at the end of the file. A sentence of more than `context`
 * tokens is refused with its line. limit 0: all are kept; else the first so many, and the others are only checked. */
int sentences_read(Sentences *sentences, const char *path, Tokenizer *tokenizer, int context, int limit,
                   Error *error);
/* `count` rows of at most `tokens` ids, to be filled in by the caller. */
int sentences_new(Sentences *sentences, int count, int tokens, Error *error);
void sentences_free(Sentences *sentences);

/* The rows decoded to bytes and encoded again, as a reader of the text would; cut at `context` tokens. */
int sentences_round_trip(const Sentences *sentences, Tokenizer *tokenizer, int context, Sentences *again,
                         Error *error);

#endif
