/* text_commands.h: the commands that look into a language model; see commands.h for what a command is. */
#ifndef LATENT_DREAM_COMMANDS_TEXT_COMMANDS_H
#define LATENT_DREAM_COMMANDS_TEXT_COMMANDS_H

#include "commands/commands.h"

extern const Option TOKENIZE_OPTIONS[];
extern const Option ACTIVATIONS_OPTIONS[];
extern const Option PERPLEXITY_OPTIONS[];
extern const Option GENERATE_OPTIONS[];
extern const Option LENS_OPTIONS[];

int command_tokenize(int argc, char **argv, Error *error);
int command_activations(int argc, char **argv, Error *error);
int command_perplexity(int argc, char **argv, Error *error);
int command_generate(int argc, char **argv, Error *error);
int command_lens(int argc, char **argv, Error *error);

#endif
