/* commands.h: what can stand after `latentdream` on the command line.
 *
 * A command is a file command_NAME.c and a row in commands.c. Its function gets argv[0] = the command's name, prints
 * results to stdout, and returns
 *     0               done
 *     -1              failed: main prints `error`, each of its lines behind "latentdream: ", and exits 1
 *     COMMAND_USAGE   bad usage: main prints `error` and the usage line, and exits 2
 * `--help` is answered from the row before the function is called, so a command need not know it.
 *
 *     static const Option OPTIONS[] = {{"--out", "DIR", "Where results go."}, {"--quiet", NULL, "No progress."},
 * {0}}; Arguments arguments; arguments_open(&arguments, OPTIONS, argc, argv); int got; while ((got =
 * arguments_next(&arguments, error)) > 0) { if (!arguments.option) file = arguments.value; else if
 * (strcmp(arguments.option, "--out") == 0) out = arguments.value;
 *     }
 *     if (got < 0) return COMMAND_USAGE;
 */
#ifndef LATENT_DREAM_COMMANDS_COMMANDS_H
#define LATENT_DREAM_COMMANDS_COMMANDS_H

#include "base/error.h"

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

enum { COMMAND_USAGE = 2 };

typedef struct Option {
    const char *name;      // "--out"
    const char *argument;  // "DIR"; NULL: a flag
    const char *help;
} Option;

typedef struct Command {
    const char *name;
    const char *arguments;  // "FILE.cfg [options]", for the usage line
    const char *summary;    // one line for `latentdream help`
    const Option *options;  // ends with a row whose name is NULL; NULL: none
    const char *details;    // paragraphs for `latentdream help NAME`; NULL: none
    int (*run)(int argc, char **argv, Error *error);
} Command;

extern const Command COMMANDS[];  // ends with a row whose name is NULL

/* The row of that name, or NULL. */
const Command *command_find(const char *name);
/* Usage, options and details of one command. */
void command_print_help(const Command *command);

/* The program: finds the command, runs it, prints its error, returns the exit status. */
int commands_run(int argc, char **argv);

/* Walks over argv. "--name value" and "--name=value" mean the same; "--" ends the options; "-" is an argument. */
typedef struct Arguments {
    const Option *options;
    int argc, next;
    char **argv;
    bool ended;          // "--" was seen
    const char *option;  // name of the option just read; NULL: an argument
    const char *value;   // its value, or the argument; NULL: a flag
} Arguments;

void arguments_open(Arguments *arguments, const Option *options, int argc, char **argv);
/* 1: one more is in option and value; 0: no more; -1: unknown option, or its value is missing. */
int arguments_next(Arguments *arguments, Error *error);
/* A whole number within minimum..maximum. 0, or -1 with an error naming the option. */
int arguments_integer(const Arguments *arguments, long minimum, long maximum, long *value, Error *error);

/* What --set said, in order; borrowed from argv. */
enum { OVERRIDE_LIMIT = 256 };
typedef struct Overrides {
    const char *items[OVERRIDE_LIMIT];
    size_t count;
} Overrides;
/* One more, from the option just read; an error when there are too many. */
int overrides_take(Overrides *overrides, const Arguments *arguments, Error *error);

/* Set by Ctrl-C and by SIGTERM once interrupt_catch was called; a second Ctrl-C ends the program at once. */
extern volatile sig_atomic_t interrupt_flag;
void interrupt_catch(void);

int command_run(int argc, char **argv, Error *error);
int command_plot(int argc, char **argv, Error *error);
int command_check(int argc, char **argv, Error *error);
int command_help(int argc, char **argv, Error *error);
int command_version(int argc, char **argv, Error *error);

#endif
