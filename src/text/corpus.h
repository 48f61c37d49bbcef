/* corpus.h: the books a language model is trained on, as token ids.
 *
 * The file holds one paragraph a line and a blank line between books (data/get-corpus.sh makes it); books are
 * numbered from 1 in the order of data/corpus/SOURCES.tsv. A book becomes <|endoftext|>, then its paragraphs with a
 * newline after each. Held-out books are kept whole, apart. */
#ifndef LATENT_DREAM_TEXT_CORPUS_H
#define LATENT_DREAM_TEXT_CORPUS_H

#include "base/error.h"
#include "base/progress.h"
#include "text/tokenizer.h"

#include <stddef.h>
#include <stdint.h>

/* Books one after the other. */
typedef struct CorpusPart {
    uint16_t *ids;  // (tokens)
    size_t tokens;
    size_t characters;  // Unicode characters of the text behind the ids; <|endoftext|> counts as none
    int books;
    size_t *starts;           // (books + 1) where each book's ids begin; starts[books] == tokens
    size_t *book_characters;  // (books)
    int *numbers;             // (books) each book's number in the file
} CorpusPart;

typedef struct Corpus {
    CorpusPart training, held_out;
} Corpus;

/* Reads and tokenizes the file. `held_out` lists book numbers; one that the file lacks is an error, and so is a
 * vocabulary of more than 65,536 tokens. `progress` may be NULL. */
int corpus_open(Corpus *corpus, const char *path, Tokenizer *tokenizer, const int *held_out, size_t held_out_count,
                Progress *progress, Error *error);
/* What corpus_open would say of the file and the list, without tokenizing the books. */
int corpus_check(const char *path, const int *held_out, size_t held_out_count, Error *error);
void corpus_close(Corpus *corpus);

/* Book numbers from the first column of a TSV file with a header row, such as data/corpus/held-out.tsv; at most
 * `limit` are written, *count says how many there are. */
int corpus_read_held_out(const char *path, int *numbers, size_t limit, size_t *count, Error *error);

#endif
