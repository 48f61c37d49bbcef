#include "text/sentences.h"

#include "base/file.h"
#include "base/memory.h"

#include <string.h>

enum { FILE_LIMIT = 64 << 20 };

int sentences_new(Sentences *sentences, int count, int tokens, Error *error) {
    *sentences = (Sentences){.count = count, .tokens = tokens};
    sentences->ids = memory_new((size_t)count * (size_t)tokens, sizeof(int), "sentences", error);
    sentences->lengths = memory_new((size_t)count, sizeof(int), "sentences", error);
    sentences->lines = memory_new((size_t)count, sizeof(int), "sentences", error);
    if (sentences->ids && sentences->lengths && sentences->lines) return 0;
    sentences_free(sentences);
    return -1;
}

void sentences_free(Sentences *sentences) {
    memory_free(sentences->ids);
    memory_free(sentences->lengths);
    memory_free(sentences->lines);
    memset(sentences, 0, sizeof *sentences);
}

/* Sentences of different length, one behind the other, until the longest is known. */
typedef struct Gathered {
    TokenList ids, starts, lines;
    size_t longest;
} Gathered;

static void gathered_free(Gathered *gathered) {
    token_list_free(&gathered->ids);
    token_list_free(&gathered->starts);
    token_list_free(&gathered->lines);
}

/* Ends the sentence that begins at the last of `starts`. */
static size_t last_length(const Gathered *gathered) {
    return gathered->ids.count - (size_t)gathered->starts.ids[gathered->starts.count - 1];
}

static int gather(Gathered *gathered, Tokenizer *tokenizer, const char *text, size_t size, int line, Error *error) {
    if (token_list_append(&gathered->starts, (int)gathered->ids.count, error) != 0 ||
        token_list_append(&gathered->lines, line, error) != 0 ||
        tokenizer_encode(tokenizer, text, size, &gathered->ids, error) != 0)
        return -1;
    size_t length = last_length(gathered);
    if (length > gathered->longest) gathered->longest = length;
    return 0;
}

static int spread(const Gathered *gathered, Sentences *sentences, Error *error) {
    if (sentences_new(sentences, (int)gathered->starts.count, (int)gathered->longest, error) != 0) return -1;
    for (int i = 0; i < sentences->count; i++) {
        int start = gathered->starts.ids[i];
        int end = i + 1 < sentences->count ? gathered->starts.ids[i + 1] : (int)gathered->ids.count;
        sentences->lengths[i] = end - start;
        sentences->lines[i] = gathered->lines.ids[i];
        memcpy(sentences->ids + (size_t)i * (size_t)sentences->tokens, gathered->ids.ids + start,
               (size_t)(end - start) * sizeof(int));
    }
    return 0;
}

static int read_line(Gathered *gathered, Tokenizer *tokenizer, const char *path, const char *text, size_t size,
                     int line, int context, Error *error) {
    if (size > 0 && text[size - 1] == '\r') size--;
    bool blank = true;
    for (size_t i = 0; i < size; i++) blank = blank && (text[i] == ' ' || text[i] == '\t');
    if (blank) return error_set(error, "%s:%d: the sentence is empty; write one, or remove the line", path, line);
    if (gather(gathered, tokenizer, text, size, line, error) != 0) return error_prefix(error, "%s:%d", path, line);
    size_t length = last_length(gathered);
    if (length > (size_t)context)
        return error_set(error, "%s:%d: the sentence has %zu tokens; the model's context holds %d: shorten it", path,
                         line, length, context);
    return 0;
}

int sentences_read(Sentences *sentences, const char *path, Tokenizer *tokenizer, int context, int limit,
                   Error *error) {
    memset(sentences, 0, sizeof *sentences);
    char *bytes;
    size_t size, at = 0;
    if (file_read(path, FILE_LIMIT, &bytes, &size, error) != 0) return -1;
    Gathered gathered = {.longest = 0}, rest = {.longest = 0};  // rest: past the limit, only checked
    int failed = 0, line = 0;
    while (size > 0 && (bytes[size - 1] == '\n' || bytes[size - 1] == '\r')) size--;
    while (!failed && at < size) {
        Gathered *into = limit == 0 || (int)gathered.starts.count < limit ? &gathered : &rest;
        const char *end = memchr(bytes + at, '\n', size - at);
        size_t length = end ? (size_t)(end - bytes) - at : size - at;
        failed = read_line(into, tokenizer, path, bytes + at, length, ++line, context, error);
        at += length + 1;
    }
    if (!failed && gathered.starts.count == 0)
        failed = error_set(error, "%s: no sentence in it; write one a line", path);
    if (!failed) failed = spread(&gathered, sentences, error);
    gathered_free(&gathered);
    gathered_free(&rest);
    memory_free(bytes);
    return failed;
}

int sentences_round_trip(const Sentences *sentences, Tokenizer *tokenizer, int context, Sentences *again,
                         Error *error) {
    memset(again, 0, sizeof *again);
    Gathered gathered = {.longest = 0};
    int failed = 0;
    for (int i = 0; !failed && i < sentences->count; i++) {
        char *text = NULL;
        size_t size;
        failed = tokenizer_decode(tokenizer, sentences->ids + (size_t)i * (size_t)sentences->tokens,
                                  (size_t)sentences->lengths[i], &text, &size, error);
        if (!failed) failed = gather(&gathered, tokenizer, text, size, 0, error);
        if (!failed && last_length(&gathered) > (size_t)context) {
            gathered.ids.count = (size_t)gathered.starts.ids[gathered.starts.count - 1] + (size_t)context;
            gathered.longest = (size_t)context;
        }
        memory_free(text);
    }
    if (!failed) failed = spread(&gathered, again, error);
    gathered_free(&gathered);
    return failed;
}
