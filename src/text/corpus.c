#define _GNU_SOURCE  // memmem
#include "text/corpus.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/tsv.h"
#include "text/utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const size_t CORPUS_LIMIT = (size_t)1 << 30;
enum { BOOKS_LIMIT = 1 << 20 };

/* ---- one part, grown book by book */

static int part_reserve(CorpusPart *part, size_t *capacity, size_t more, Error *error) {
    if (part->tokens + more > *capacity) {
        size_t grown =
            *capacity + *capacity / 2 > part->tokens + more ? *capacity + *capacity / 2 : part->tokens + more;
        uint16_t *ids = memory_grow(part->ids, *capacity * sizeof *ids, grown, sizeof *ids, "the corpus", error);
        if (ids == NULL) return -1;
        part->ids = ids;
        *capacity = grown;
    }
    size_t books = (size_t)part->books;
    size_t *starts = memory_grow(part->starts, books > 0 ? (books + 1) * sizeof *starts : 0, books + 2,
                                 sizeof *starts, "the corpus", error);
    if (starts == NULL) return -1;
    part->starts = starts;
    size_t *characters = memory_grow(part->book_characters, books * sizeof *characters, books + 1, sizeof *characters,
                                     "the corpus", error);
    if (characters == NULL) return -1;
    part->book_characters = characters;
    int *numbers =
        memory_grow(part->numbers, books * sizeof *numbers, books + 1, sizeof *numbers, "the corpus", error);
    if (numbers == NULL) return -1;
    part->numbers = numbers;
    return 0;
}

/* `tokens` is an empty list with room from the book before. */
static int part_add(CorpusPart *part, size_t *capacity, Tokenizer *tokenizer, const char *text, size_t size,
                    int number, TokenList *tokens, Error *error) {
    int end_of_text = tokenizer_end_of_text(tokenizer);
    if (end_of_text >= 0 && token_list_append(tokens, end_of_text, error) != 0) return -1;
    if (tokenizer_encode(tokenizer, text, size, tokens, error) != 0) return -1;
    if (part_reserve(part, capacity, tokens->count, error) != 0) return -1;
    for (size_t i = 0; i < tokens->count; i++) part->ids[part->tokens + i] = (uint16_t)tokens->ids[i];
    size_t characters = utf8_characters(text, size);
    part->numbers[part->books] = number;
    part->book_characters[part->books] = characters;
    part->starts[part->books] = part->tokens;
    part->tokens += tokens->count;
    part->characters += characters;
    part->starts[++part->books] = part->tokens;
    return 0;
}

static void part_free(CorpusPart *part) {
    memory_free(part->ids);
    memory_free(part->starts);
    memory_free(part->book_characters);
    memory_free(part->numbers);
    *part = (CorpusPart){0};
}

/* ---- the file */

/* The next book in at .. end: its paragraphs with a newline after each. *at moves behind the blank lines after it. */
static size_t next_book(const char **at, const char *end, const char **book) {
    while (*at < end && **at == '\n') ++*at;
    *book = *at;
    const char *blank = memmem(*at, (size_t)(end - *at), "\n\n", 2);
    const char *stop = blank != NULL ? blank + 1 : end;
    *at = stop;
    while (*at < end && **at == '\n') ++*at;
    return (size_t)(stop - *book);
}

static bool contains(const int *numbers, size_t count, int number) {
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number) return true;
    }
    return false;
}

static int read_books(Corpus *corpus, const char *bytes, size_t size, Tokenizer *tokenizer, const int *held_out,
                      size_t held_out_count, Progress *progress, Error *error) {
    size_t training_capacity = 0, held_out_capacity = 0;
    TokenList tokens = {0};
    const char *at = bytes, *end = bytes + size;
    int status = 0;
    if (progress != NULL) progress_start(progress, (long)size, "reading the corpus");
    for (int number = 1; at < end && status == 0; number++) {
        const char *book;
        size_t book_size = next_book(&at, end, &book);
        if (book_size == 0) continue;
        bool apart = contains(held_out, held_out_count, number);
        tokens.count = 0;
        status =
            part_add(apart ? &corpus->held_out : &corpus->training, apart ? &held_out_capacity : &training_capacity,
                     tokenizer, book, book_size, number, &tokens, error);
        if (progress != NULL) progress_update(progress, (long)(at - bytes), "%d books", number);
    }
    token_list_free(&tokens);
    if (progress != NULL) {
        progress_finish(progress, "%zu tokens, %zu held out", corpus->training.tokens, corpus->held_out.tokens);
    }
    return status;
}

static int check_books(const char *path, const char *bytes, size_t size, const int *held_out, size_t held_out_count,
                       Error *error) {
    const char *at = bytes, *end = bytes + size, *book;
    int books = 0, apart = 0;
    while (at < end && books <= BOOKS_LIMIT) books += next_book(&at, end, &book) > 0;
    if (books > BOOKS_LIMIT) return error_set(error, "%s: more than %d books", path, BOOKS_LIMIT);
    for (size_t i = 0; i < held_out_count; i++) {
        if (held_out[i] < 1 || held_out[i] > books)
            return error_set(error,
                             "%s: book %d is to be held out, but there are %d books; make the file again with "
                             "data/get-corpus.sh",
                             path, held_out[i], books);
        apart += !contains(held_out, i, held_out[i]);
    }
    if (books > apart) return 0;
    return error_set(
        error, "%s: no book to train on; a paragraph a line and a blank line between books were expected", path);
}

int corpus_check(const char *path, const int *held_out, size_t held_out_count, Error *error) {
    char *bytes;
    size_t size;
    if (file_read(path, CORPUS_LIMIT, &bytes, &size, error) != 0) return -1;
    int status = check_books(path, bytes, size, held_out, held_out_count, error);
    memory_free(bytes);
    return status;
}

int corpus_open(Corpus *corpus, const char *path, Tokenizer *tokenizer, const int *held_out, size_t held_out_count,
                Progress *progress, Error *error) {
    *corpus = (Corpus){0};
    if (tokenizer_size(tokenizer) > UINT16_MAX + 1) {
        return error_set(error, "a vocabulary of %d tokens; a corpus is kept in 16 bits a token, at most %d",
                         tokenizer_size(tokenizer), UINT16_MAX + 1);
    }
    char *bytes;
    size_t size;
    if (file_read(path, CORPUS_LIMIT, &bytes, &size, error) != 0) return -1;
    int status = check_books(path, bytes, size, held_out, held_out_count, error);
    if (status == 0) status = read_books(corpus, bytes, size, tokenizer, held_out, held_out_count, progress, error);
    memory_free(bytes);
    if (status != 0) corpus_close(corpus);
    return status;
}

void corpus_close(Corpus *corpus) {
    part_free(&corpus->training);
    part_free(&corpus->held_out);
}

int corpus_read_held_out(const char *path, int *numbers, size_t limit, size_t *count, Error *error) {
    TsvTable table;
    int status = tsv_table_read(&table, path, error);
    *count = status == 0 ? table.rows : 0;
    for (size_t row = 0; status == 0 && row < table.rows; row++) {
        const char *cell = tsv_table_text(&table, row, 0);
        char *end;
        long number = strtol(cell, &end, 10);
        if (*cell == 0 || *end != 0 || number < 1 || number > BOOKS_LIMIT) {
            status = error_set(error, "%s:%zu: \"%.40s\" is no book number", path, row + 2, cell);
        } else if (row < limit) {
            numbers[row] = (int)number;
        }
    }
    tsv_table_free(&table);
    return status;
}
