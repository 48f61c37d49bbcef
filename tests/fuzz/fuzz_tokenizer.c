/* Any bytes through the tokenizer and back to the same bytes. */
#include "base/memory.h"
#include "text/tokenizer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static Tokenizer *tokenizer;
    Error error;
    if (tokenizer == NULL) tokenizer = tokenizer_open("data/models/fairytale", &error);
    if (tokenizer == NULL) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    TokenList tokens = {0};
    char *bytes;
    size_t count;
    if (tokenizer_encode(tokenizer, (const char *)data, size, &tokens, &error) != 0) abort();
    if (tokenizer_decode(tokenizer, tokens.ids, tokens.count, &bytes, &count, &error) != 0) abort();
    if (count != size || (size > 0 && memcmp(bytes, data, size) != 0)) abort();
    memory_free(bytes);
    token_list_free(&tokens);
    return 0;
}
