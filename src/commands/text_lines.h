/* text_lines.h: what the text commands share: sentences in, one a line, and tokens out.
 *
 *     TextLines lines;
 *     if (text_lines_open(&lines, path, error) != 0) return -1;     // NULL or "-": the standard input
 *     while ((got = text_lines_next(&lines, error)) > 0) ... lines.text, lines.size, lines.number
 *     text_lines_close(&lines);
 */
#ifndef LATENT_DREAM_COMMANDS_TEXT_LINES_H
#define LATENT_DREAM_COMMANDS_TEXT_LINES_H

#include "base/error.h"
#include "text/language_model.h"
#include "text/tokenizer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

extern const char DEFAULT_MODEL[];  // data/models/fairytale

typedef struct TextLines {
    FILE *stream;
    const char *name;  // for messages
    char *text;        // the line without its newline; zero bytes may be in it
    size_t size, capacity;
    int number;  // 1-based
} TextLines;

int text_lines_open(TextLines *lines, const char *path, Error *error);
/* 1: a line is in text and size; 0: no more; -1: it cannot be read. */
int text_lines_next(TextLines *lines, Error *error);
void text_lines_close(TextLines *lines);

/* The line's ids into `tokens`, emptied first; a carriage return at its end is dropped. A blank line, or one with
 * more tokens than the model's context, is an error that names it. */
int text_lines_tokens(TextLines *lines, LanguageModel *model, TokenList *tokens, Error *error);

/* Prints bytes as a TSV cell: tab, newline, carriage return, backslash as \t \n \r \\, other control bytes and bytes
 * that are no UTF-8 as \xNN. */
void print_cell(FILE *stream, const char *bytes, size_t size);
/* The same into text[size], cut where it is full, never inside a character. */
void cell_text(char *text, size_t text_size, const char *bytes, size_t size);

/* Whether the standard output is a terminal that wants color (NO_COLOR is not set). */
bool output_wants_color(void);

#endif
