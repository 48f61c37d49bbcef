#define _GNU_SOURCE  // memmem
#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/tokenizer.h"

#include "base/file.h"
#include "base/memory.h"
#include "text/bpe.h"
#include "text/tokenizer_pattern.h"
#include "text/utf8.h"
#include "text/vocabulary.h"

#include <limits.h>
#include <pcre2.h>
#include <string.h>

static const char PATTERN[] = TOKENIZER_PATTERN;
static const char END_OF_TEXT[] = "<|endoftext|>";
static const size_t FILE_LIMIT = (size_t)64 << 20;

struct Tokenizer {
    Vocabulary vocabulary;
    BpeScratch scratch;
    pcre2_code *pattern;
    pcre2_match_data *match;
    int end_of_text;
};

/* ---- lists */

static int token_list_reserve(TokenList *list, size_t more, Error *error) {
    if (more <= list->capacity - list->count) return 0;
    size_t capacity = list->capacity < 64 ? 64 : 2 * list->capacity;
    if (capacity < list->count + more) capacity = list->count + more;
    size_t old = list->capacity * sizeof *list->ids;
    int *ids = memory_grow(list->ids, old, capacity, sizeof *list->ids, "token ids", error);
    if (ids == NULL) return -1;
    list->ids = ids;
    list->capacity = capacity;
    return 0;
}

int token_list_append(TokenList *list, int id, Error *error) {
    if (token_list_reserve(list, 1, error) != 0) return -1;
    list->ids[list->count++] = id;
    return 0;
}

void token_list_free(TokenList *list) {
    memory_free(list->ids);
    *list = (TokenList){0};
}

/* ---- open and close */

static int pattern_compile(Tokenizer *tokenizer, Error *error) {
    int code;
    PCRE2_SIZE offset;
    tokenizer->pattern =
        pcre2_compile((PCRE2_SPTR)PATTERN, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &code, &offset, NULL);
    if (tokenizer->pattern == NULL)
        return error_set(error, "the split pattern does not compile (PCRE2 error %d)", code);
    pcre2_jit_compile(tokenizer->pattern, PCRE2_JIT_COMPLETE);  // without it matching is slower, and right
    tokenizer->match = pcre2_match_data_create_from_pattern(tokenizer->pattern, NULL);
    return tokenizer->match != NULL ? 0 : error_set(error, "out of memory: the split pattern's matches");
}

Tokenizer *tokenizer_parse(const char *vocabulary, size_t vocabulary_size, const char *vocabulary_path,
                           const char *merges, size_t merges_size, const char *merges_path, Error *error) {
    Tokenizer *tokenizer = memory_new(1, sizeof *tokenizer, "a tokenizer", error);
    if (tokenizer == NULL) return NULL;
    if (vocabulary_parse(&tokenizer->vocabulary, vocabulary, vocabulary_size, vocabulary_path, error) != 0 ||
        vocabulary_parse_merges(&tokenizer->vocabulary, merges, merges_size, merges_path, error) != 0 ||
        pattern_compile(tokenizer, error) != 0) {
        tokenizer_close(tokenizer);
        return NULL;
    }
    tokenizer->end_of_text = tokenizer_find(tokenizer, END_OF_TEXT, sizeof END_OF_TEXT - 1);
    return tokenizer;
}

Tokenizer *tokenizer_open(const char *folder, Error *error) {
    char vocabulary_path[PATH_LIMIT], merges_path[PATH_LIMIT];
    char *vocabulary = NULL, *merges = NULL;
    size_t vocabulary_size, merges_size;
    Tokenizer *tokenizer = NULL;
    if (path_join(vocabulary_path, error, folder, "vocab.json") == 0 &&
        path_join(merges_path, error, folder, "merges.txt") == 0 &&
        file_read(vocabulary_path, FILE_LIMIT, &vocabulary, &vocabulary_size, error) == 0 &&
        file_read(merges_path, FILE_LIMIT, &merges, &merges_size, error) == 0) {
        tokenizer =
            tokenizer_parse(vocabulary, vocabulary_size, vocabulary_path, merges, merges_size, merges_path, error);
    }
    memory_free(vocabulary);
    memory_free(merges);
    return tokenizer;
}

void tokenizer_close(Tokenizer *tokenizer) {
    if (tokenizer == NULL) return;
    pcre2_match_data_free(tokenizer->match);
    pcre2_code_free(tokenizer->pattern);
    bpe_scratch_free(&tokenizer->scratch);
    vocabulary_free(&tokenizer->vocabulary);
    memory_free(tokenizer);
}

int tokenizer_size(const Tokenizer *tokenizer) { return tokenizer->vocabulary.size; }
int tokenizer_end_of_text(const Tokenizer *tokenizer) { return tokenizer->end_of_text; }

const char *tokenizer_token(const Tokenizer *tokenizer, int id, size_t *size) {
    *size = vocabulary_token_size(&tokenizer->vocabulary, id);
    return tokenizer->vocabulary.bytes + tokenizer->vocabulary.starts[id];
}

int tokenizer_find(const Tokenizer *tokenizer, const char *bytes, size_t size) {
    return vocabulary_find(&tokenizer->vocabulary, bytes, size);
}

/* ---- text to ids */

static int encode_piece(Tokenizer *tokenizer, const char *piece, size_t size, TokenList *tokens, Error *error) {
    if (token_list_reserve(tokens, size, error) != 0) return -1;
    size_t count;
    int *ids = tokens->ids + tokens->count;
    if (bpe_encode(&tokenizer->vocabulary, &tokenizer->scratch, piece, size, ids, &count, error) != 0) return -1;
    tokens->count += count;
    return 0;
}

/* `text` is UTF-8. */
static int encode_characters(Tokenizer *tokenizer, const char *text, size_t size, TokenList *tokens, Error *error) {
    for (size_t at = 0; at < size;) {
        int code = pcre2_match(tokenizer->pattern, (PCRE2_SPTR)text, size, at, PCRE2_NO_UTF_CHECK | PCRE2_ANCHORED,
                               tokenizer->match, NULL);
        if (code < 0) {
            PCRE2_UCHAR reason[128] = "";
            pcre2_get_error_message(code, reason, sizeof reason);
            return error_set(error, "the text cannot be split at byte %zu: %s", at, (const char *)reason);
        }
        size_t end = pcre2_get_ovector_pointer(tokenizer->match)[1];
        if (encode_piece(tokenizer, text + at, end - at, tokens, error) != 0) return -1;
        at = end;
    }
    return 0;
}

static int encode_bytes(Tokenizer *tokenizer, const char *text, size_t size, TokenList *tokens, Error *error) {
    for (size_t at = 0; at < size;) {
        size_t valid = utf8_valid_size(text + at, size - at);
        if (encode_characters(tokenizer, text + at, valid, tokens, error) != 0) return -1;
        at += valid;
        size_t broken = at;
        while (broken < size && utf8_character_size(text + broken, size - broken) == 0) broken++;
        if (encode_piece(tokenizer, text + at, broken - at, tokens, error) != 0) return -1;
        at = broken;
    }
    return 0;
}

int tokenizer_encode(Tokenizer *tokenizer, const char *text, size_t size, TokenList *tokens, Error *error) {
    if (size > INT_MAX)
        return error_set(error, "a text of %zu bytes; at most %d are tokenized at once", size, INT_MAX);
    const char *at = text, *end = text + size;
    while (at < end) {
        const char *special = NULL;
        if (tokenizer->end_of_text >= 0)
            special = memmem(at, (size_t)(end - at), END_OF_TEXT, sizeof END_OF_TEXT - 1);
        size_t before = (size_t)((special != NULL ? special : end) - at);
        if (encode_bytes(tokenizer, at, before, tokens, error) != 0) return -1;
        at += before;
        if (special != NULL) {
            if (token_list_append(tokens, tokenizer->end_of_text, error) != 0) return -1;
            at += sizeof END_OF_TEXT - 1;
        }
    }
    return 0;
}

/* ---- ids to text */

int tokenizer_decode(const Tokenizer *tokenizer, const int *ids, size_t count, char **bytes, size_t *size,
                     Error *error) {
    size_t total = 0, token_size;
    for (size_t i = 0; i < count; i++) {
        if (ids[i] < 0 || ids[i] >= tokenizer->vocabulary.size) {
            return error_set(error, "token %zu has the id %d; this vocabulary has the ids 0 to %d", i, ids[i],
                             tokenizer->vocabulary.size - 1);
        }
        total += vocabulary_token_size(&tokenizer->vocabulary, ids[i]);
    }
    char *text = memory_new(total + 1, 1, "a decoded text", error);
    if (text == NULL) return -1;
    *bytes = text;
    *size = total;
    for (size_t i = 0; i < count; i++) {
        const char *token = tokenizer_token(tokenizer, ids[i], &token_size);
        memcpy(text, token, token_size);
        text += token_size;
    }
    return 0;
}
