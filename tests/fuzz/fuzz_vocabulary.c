/* Any bytes as vocab.json, and behind a zero byte as merges.txt: refused, or a text comes back whole. Bytes that are
 * no JSON object are merges for the fairy-tale model's vocabulary, so that the second reader is reached too. */
#include "base/file.h"
#include "base/memory.h"
#include "text/tokenizer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(Tokenizer *tokenizer) {
    static const char TEXT[] = "the thing\n that the king sang";
    if (tokenizer == NULL) return;
    Error error;
    TokenList tokens = {0};
    char *bytes;
    size_t count;
    if (tokenizer_encode(tokenizer, TEXT, sizeof TEXT, &tokens, &error) != 0) abort();
    if (tokenizer_decode(tokenizer, tokens.ids, tokens.count, &bytes, &count, &error) != 0) abort();
    if (count != sizeof TEXT || memcmp(bytes, TEXT, count) != 0) abort();
    memory_free(bytes);
    token_list_free(&tokens);
    tokenizer_close(tokenizer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char *vocabulary;
    static size_t vocabulary_size;
    Error error;
    if (vocabulary == NULL &&
        file_read("data/models/fairytale/vocab.json", 1 << 20, &vocabulary, &vocabulary_size, &error) != 0) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    const char *text = (const char *)data;
    if (size > 0 && data[0] == '{') {
        const char *zero = memchr(text, 0, size);
        size_t first = zero != NULL ? (size_t)(zero - text) : size;
        size_t merges = zero != NULL ? first + 1 : size;
        use(tokenizer_parse(text, first, "vocab.json", text + merges, size - merges, "merges.txt", &error));
    } else {
        use(tokenizer_parse(vocabulary, vocabulary_size, "vocab.json", text, size, "merges.txt", &error));
    }
    return 0;
}
