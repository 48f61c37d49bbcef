#include "base/memory.h"
#include "text/text_results.h"
#include "text/utf8.h"

#include <math.h>
#include <string.h>

/* A JSON string of bytes that may be anything: see text_results.h. */
static void write_string(FILE *stream, const char *text, size_t size) {
    fputc('"', stream);
    for (size_t at = 0; at < size;) {
        size_t length = utf8_character_size(text + at, size - at);
        unsigned char byte = (unsigned char)text[at];
        if (length == 0)
            fprintf(stream, "\\\\x%02X", byte);
        else if (byte == '\\')
            fputs("\\\\\\\\", stream);
        else if (byte == '"')
            fputs("\\\"", stream);
        else if (byte < ' ' || byte == 0x7f)
            fprintf(stream, "\\u%04x", byte);
        else
            fwrite(text + at, 1, length, stream);
        at += length > 0 ? length : 1;
    }
    fputc('"', stream);
}

static void write_number(FILE *stream, double number) {
    if (isfinite(number))
        fprintf(stream, "%.6g", number);
    else
        fputs("null", stream);
}

/* "PREFIXtokens": [...], "PREFIXids": [...], "PREFIXactivations": [...] behind the whole text. */
static int write_sentence(FILE *stream, Tokenizer *tokenizer, const char *whole, const char *prefix, const int *ids,
                          int length, const float *activations, Error *error) {
    char *text;
    size_t size;
    if (tokenizer_decode(tokenizer, ids, (size_t)length, &text, &size, error) != 0) return -1;
    fprintf(stream, ",\"%s\":", whole);
    write_string(stream, text, size);
    memory_free(text);
    fprintf(stream, ",\"%stokens\":[", prefix);
    for (int t = 0; t < length; t++) {
        const char *token = tokenizer_token(tokenizer, ids[t], &size);
        if (t > 0) fputc(',', stream);
        write_string(stream, token, size);
    }
    fprintf(stream, "],\"%sids\":[", prefix);
    for (int t = 0; t < length; t++) fprintf(stream, t > 0 ? ",%d" : "%d", ids[t]);
    fprintf(stream, "],\"%sactivations\":[", prefix);
    for (int t = 0; t < length; t++) {
        if (t > 0) fputc(',', stream);
        write_number(stream, (double)activations[t]);
    }
    fputc(']', stream);
    return 0;
}

static int write_dream(FILE *stream, const TextStage *stage, const TextArmResult *result, int i, int restart,
                       Error *error) {
    const TextDream *dream = &result->dreams[i];
    const TextCase *a_case = &stage->plan->cases[dream->number];
    Tokenizer *tokenizer = stage->model->folder.tokenizer;
    size_t T = (size_t)stage->starts.tokens, at = (size_t)i * T;
    int length = result->decoded.lengths[i];
    fprintf(stream, "{\"restart\":%d,\"target\":", restart);
    write_string(stream, a_case->name, strlen(a_case->name));
    fprintf(stream, ",\"layer\":%d,\"neuron\":%d,\"site\":\"%s\",\"sentence\":%d", a_case->layer, a_case->neuron,
            text_site_name(a_case->site), stage->starts.lines[dream->sentence]);
    if (write_sentence(stream, tokenizer, "start", "start_", stage->starts.ids + (size_t)dream->sentence * T, length,
                       result->start_activations + at, error) != 0 ||
        write_sentence(stream, tokenizer, "dream", "", result->decoded.ids + at, length, result->activations + at,
                       error) != 0)
        return -1;
    for (int m = 0; m < MEASURES; m++) {
        fprintf(stream, ",\"%s\":", dream_measure_name((DreamMeasure)m));
        write_number(stream, dream_measure(stage, dream, 1, (DreamMeasure)m));
    }
    fputs("}\n", stream);
    return 0;
}

int text_results_write_sentences(const TextStage *stage, const TextArm *arm, const TextArmResult *result,
                                 Error *error) {
    char path[PATH_LIMIT];
    FileWriter writer;
    if (path_join(path, error, stage->run->folder, "sentences") != 0 || folder_make(path, error) != 0) return -1;
    if (path_join(path, error, stage->run->folder, "sentences/%s.jsonl", arm->name) != 0) return -1;
    if (file_writer_open(&writer, path, error) != 0) return -1;
    int each = result->count / arm->case_count;
    for (int i = 0; i < result->count; i++)
        if (write_dream(writer.stream, stage, result, i, i % each, error) != 0)
            return file_writer_discard(&writer), -1;
    return file_writer_close(&writer, error);
}
