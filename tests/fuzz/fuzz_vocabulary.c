/* Any bytes as vocab.json, and behind a zero byte as merges.txt: refused, or a text comes back whole. Bytes that are
 * no JSON object are merges for a small vocabulary, so that the second reader is reached too. */
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

/* GPT-2's alphabet and a few tokens more. */
static const char *small_vocabulary(void) {
    static char json[1 << 13];
    static const char *const MORE[] = {"th",       "the",       "in",         "ing",           "ki",
                                       "\\u0120t", "\\u0120th", "\\u0120the", "\\u010a\\u0120"};
    if (json[0] != 0) return json;
    int others = 0, id = 0;
    size_t at = 0;
    for (int byte = 0; byte < 256; byte++) {
        int printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
        at += (size_t)snprintf(json + at, sizeof json - at, "%s\"\\u%04x\": %d", byte > 0 ? "," : "{",
                               printable ? byte : 0x100 + others, id++);
        others += !printable;
    }
    for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++) {
        at += (size_t)snprintf(json + at, sizeof json - at, ",\"%s\": %d", MORE[i], id++);
    }
    snprintf(json + at, sizeof json - at, "}");
    return json;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Error error;
    const char *text = (const char *)data;
    if (size > 0 && data[0] == '{') {
        const char *zero = memchr(text, 0, size);
        size_t first = zero != NULL ? (size_t)(zero - text) : size;
        size_t merges = zero != NULL ? first + 1 : size;
        use(tokenizer_parse(text, first, "vocab.json", text + merges, size - merges, "merges.txt", &error));
    } else {
        const char *vocabulary = small_vocabulary();
        use(tokenizer_parse(vocabulary, strlen(vocabulary), "vocab.json", text, size, "merges.txt", &error));
    }
    return 0;
}
