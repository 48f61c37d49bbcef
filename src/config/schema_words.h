/* schema_words.h: a row of the schema in words, for messages and for the reference. */
#ifndef LATENT_DREAM_CONFIG_SCHEMA_WORDS_H
#define LATENT_DREAM_CONFIG_SCHEMA_WORDS_H

#include "config/schema.h"

/* "within 0..9", "at least 0", or "" where the row sets no bounds. */
void schema_range(char *text, size_t size, const KeySchema *key);
/* "sgd, momentum or adam". */
void schema_choice_list(char *text, size_t size, const KeySchema *key);
/* The choices as separate words: cut apart in words[size], pointed to by names. Returns how many. */
size_t schema_choices(char *words, size_t size, const char **names, size_t limit, const KeySchema *key);
/* What may stand behind the '=': "whole number within 0..9", "sgd, momentum or adam", ... with the unit. */
void schema_type(char *text, size_t size, const KeySchema *key);

#endif
