/* html.h: text and files into HTML.
 *
 * Text is untrusted: it may hold markup, quotes, control characters and bytes that are no UTF-8. */
#ifndef LATENT_DREAM_REPORT_HTML_H
#define LATENT_DREAM_REPORT_HTML_H

#include "base/error.h"

#include <stddef.h>
#include <stdio.h>

/* Writes text so that it is text, in an element and in a quoted attribute alike: & < > " ' become entities, control
 * characters other than tab and newline, and bytes that are no UTF-8, become \xNN. NULL writes nothing. */
void html_text(FILE *stream, const char *text);
void html_bytes(FILE *stream, const char *bytes, size_t size);

/* One token: as html_text, with newlines as a visible sign and a tab as one. */
void html_token(FILE *stream, const char *text);
void html_token_bytes(FILE *stream, const char *bytes, size_t size);

/* A relative address: what is not plain in a path becomes %NN. */
void html_address(FILE *stream, const char *path);

/* The file as "data:TYPE;base64,...", for src="". */
int html_data_uri(FILE *stream, const char *path, const char *type, Error *error);

/* A number for people: four significant digits, thousands without exponent, "–" for not a number. */
void html_number(FILE *stream, double number);

#endif
