#include "report/sentences_read.h"

#include "report/jsonl.h"

typedef struct Reading {
    SentenceDreams *sentences;
    size_t line;
} Reading;

static int dream_count(void *context, const cJSON *dream, Error *error) {
    (void)dream;
    (void)error;
    ((Reading *)context)->line++;
    return 0;
}

/* Line i of n is the first of its sixtieth: floor(i * 60 / n) steps up there. */
static int dream_keep(void *context, const cJSON *dream, Error *error) {
    Reading *reading = context;
    SentenceDreams *sentences = reading->sentences;
    size_t line = reading->line++, count = sentences->count;
    if (count > SENTENCES_SHOWN && line * SENTENCES_SHOWN / count < sentences->shown) return 0;
    if (sentences->shown == SENTENCES_SHOWN) return 1;
    cJSON *copy = cJSON_Duplicate(dream, 1);
    if (!copy) return error_set(error, "sentences: out of memory");
    sentences->dreams[sentences->shown++] = copy;
    return 0;
}

int sentences_open(SentenceDreams *sentences, const char *path, Error *error) {
    *sentences = (SentenceDreams){0};
    Reading reading = {.sentences = sentences};
    if (jsonl_read(path, dream_count, &reading, error) != 0) return -1;
    sentences->count = reading.line;
    reading.line = 0;
    return jsonl_read(path, dream_keep, &reading, error);
}

void sentences_close(SentenceDreams *sentences) {
    for (size_t i = 0; i < sentences->shown; i++) cJSON_Delete(sentences->dreams[i]);
    *sentences = (SentenceDreams){0};
}
