#include "commands/text_lines.h"

#include "text/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char DEFAULT_MODEL[] = "data/models/fairytale";

int text_lines_open(TextLines *lines, const char *path, Error *error) {
    bool standard = path == NULL || strcmp(path, "-") == 0;
    *lines = (TextLines){.stream = standard ? stdin : fopen(path, "rb"), .name = standard ? "standard input" : path};
    if (lines->stream == NULL) return error_set(error, "%s: %s", path, strerror(errno));
    return 0;
}

int text_lines_next(TextLines *lines, Error *error) {
    errno = 0;
    ssize_t size = getline(&lines->text, &lines->capacity, lines->stream);
    if (size < 0) {
        if (!ferror(lines->stream) && errno != ENOMEM) return 0;
        return error_set(error, "%s:%d: %s", lines->name, lines->number + 1, strerror(errno));
    }
    if (size > 0 && lines->text[size - 1] == '\n') size--;
    lines->size = (size_t)size;
    lines->number++;
    return 1;
}

void text_lines_close(TextLines *lines) {
    if (lines->stream != NULL && lines->stream != stdin) fclose(lines->stream);
    free(lines->text);  // getline's own
    *lines = (TextLines){0};
}

int text_lines_tokens(TextLines *lines, LanguageModel *model, TokenList *tokens, Error *error) {
    tokens->count = 0;
    if (lines->size > 0 && lines->text[lines->size - 1] == '\r') lines->size--;
    size_t blanks = 0;
    while (blanks < lines->size && (lines->text[blanks] == ' ' || lines->text[blanks] == '\t')) blanks++;
    if (blanks == lines->size) {
        return error_set(error, "%s:%d: the sentence is empty; write one, or remove the line", lines->name,
                         lines->number);
    }
    if (tokenizer_encode(model->folder.tokenizer, lines->text, lines->size, tokens, error) != 0) return -1;
    if (tokens->count <= (size_t)model->network.shape.context) return 0;
    return error_set(error, "%s:%d: the sentence has %zu tokens; the model's context holds %d: shorten it",
                     lines->name, lines->number, tokens->count, model->network.shape.context);
}

/* The next character of a cell, escaped, into piece[8]; returns how many bytes it came from. */
static size_t cell_piece(char piece[8], const char *bytes, size_t size) {
    static const char ESCAPED[] = "\t\n\r\\", LETTERS[] = "tnr\\";
    unsigned char first = (unsigned char)bytes[0];
    const char *escaped = first != 0 ? strchr(ESCAPED, first) : NULL;
    size_t length = utf8_character_size(bytes, size);
    bool control = first < 0x20 || first == 0x7F || (first == 0xC2 && length == 2 && (unsigned char)bytes[1] < 0xA0);
    if (escaped != NULL) {
        snprintf(piece, 8, "\\%c", LETTERS[escaped - ESCAPED]);
    } else if (length == 0 || control) {
        snprintf(piece, 8, "\\x%02x", first);
        return 1;
    } else {
        memcpy(piece, bytes, length);
        piece[length] = 0;
    }
    return length;
}

void print_cell(FILE *stream, const char *bytes, size_t size) {
    char piece[8];
    for (size_t at = 0; at < size;) {
        at += cell_piece(piece, bytes + at, size - at);
        fputs(piece, stream);
    }
}

void cell_text(char *text, size_t text_size, const char *bytes, size_t size) {
    char piece[8];
    size_t used = 0;
    text[0] = 0;
    for (size_t at = 0; at < size;) {
        at += cell_piece(piece, bytes + at, size - at);
        size_t length = strlen(piece);
        if (used + length >= text_size) return;
        memcpy(text + used, piece, length + 1);
        used += length;
    }
}

bool output_wants_color(void) {
    const char *refused = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (refused == NULL || refused[0] == 0);
}
