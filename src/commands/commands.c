#include "commands/commands.h"

#include "commands/text_commands.h"
#include "config/schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SET_OPTION \
    { "--set", "WHERE.KEY=VALUE", "Overrides a value in the section, or in the arm, called WHERE. May repeat." }
#define SET_DETAILS                                                                                               \
    "WHERE is the name of a section, [WHERE], or what one is called by its name=. A key goes to every section\n"  \
    "[WHERE]; where none of them knows it, to the section with name=WHERE that does: of a [language_model] and\n" \
    "a [train] that are both called fairytale, fairytale.steps=5 means the [train]."

static const Option RUN_OPTIONS[] = {
    {"--out", "DIR", "Where results go; default results/NAME, with the experiment's name."},
    SET_OPTION,
    {"--resume", NULL, "Goes on from the checkpoints and finished stages in DIR."},
    {"--force", NULL, "Writes over another experiment's results in DIR."},
    {"--threads", "N", "Threads, in place of the cfg's threads=."},
    {"--quiet", NULL, "No progress lines."},
    {0},
};

static const Option CHECK_OPTIONS[] = {
    {"--no-files", NULL, "Looks at the cfg alone, not at the data and networks that it names."}, SET_OPTION, {0}};

static const Option PLOT_OPTIONS[] = {{"--quiet", NULL, "No progress lines."}, {0}};

static const Option HELP_OPTIONS[] = {{"--markdown", NULL, "Prints cfg/README.md."}, {0}};

const Command COMMANDS[] = {
    {
        .name = "run",
        .arguments = "FILE.cfg [--out DIR] [--set WHERE.KEY=VALUE]... [--resume] [--force] [--threads N] [--quiet]",
        .summary = "Run an experiment and write its report.",
        .options = RUN_OPTIONS,
        .details =
            "DIR gets the cfg as run, tables, images or sentences, figures, and report.html.\n"
            "A folder that holds another experiment is left alone unless --force is given.\n"
            "Ctrl-C stops at the next safe point; the same command with --resume goes on from there.\n\n" SET_DETAILS,
        .run = command_run,
    },
    {
        .name = "check",
        .arguments = "FILE... [--set WHERE.KEY=VALUE]... [--no-files]",
        .summary = "Report every error of cfg files at once; nothing runs.",
        .options = CHECK_OPTIONS,
        .details =
            "Data, models and networks that an experiment names are opened too, and sentences read: what `run`\n"
            "would refuse is told here, a line each. --set holds for every FILE.\n\n" SET_DETAILS,
        .run = command_check,
    },
    {
        .name = "plot",
        .arguments = "DIR [--quiet]",
        .summary = "Draw the figures and the report of a finished run again.",
        .options = PLOT_OPTIONS,
        .run = command_plot,
    },
    {
        .name = "tokenize",
        .arguments = "[FILE] [--model DIR] [--decode]",
        .summary = "Text to token ids, a JSON array a line, and back.",
        .options = TOKENIZE_OPTIONS,
        .run = command_tokenize,
    },
    {
        .name = "activations",
        .arguments = "[FILE] --layer L --neuron N [options]",
        .summary = "Show how much each token of each sentence activates a neuron.",
        .options = ACTIVATIONS_OPTIONS,
        .run = command_activations,
    },
    {
        .name = "perplexity",
        .arguments = "[FILE] [options]",
        .summary = "Score sentences: how well a language model predicts them.",
        .options = PERPLEXITY_OPTIONS,
        .run = command_perplexity,
    },
    {
        .name = "generate",
        .arguments = "[options]",
        .summary = "Let a language model write.",
        .options = GENERATE_OPTIONS,
        .run = command_generate,
    },
    {
        .name = "lens",
        .arguments = "[FILE] [options]",
        .summary = "Show what each layer of a language model would predict next.",
        .options = LENS_OPTIONS,
        .run = command_lens,
    },
    {
        .name = "help",
        .arguments = "[COMMAND | SECTION | KEY | cfg | --markdown]",
        .summary = "Explain a command, a section or a key of cfg files; `help cfg` prints all of them.",
        .options = HELP_OPTIONS,
        .run = command_help,
    },
    {
        .name = "version",
        .arguments = "",
        .summary = "Print the version of the program and of its libraries.",
        .run = command_version,
    },
    {0},
};

const Command *command_find(const char *name) {
    for (const Command *command = COMMANDS; command->name; command++)
        if (strcmp(command->name, name) == 0) return command;
    return NULL;
}

static int unknown_command(const char *name) {
    const char *names[64];
    size_t count = 0;
    for (const Command *command = COMMANDS; command->name && count < 64; command++) names[count++] = command->name;
    const char *nearest = name_nearest(name, names, count);
    fprintf(stderr, "latentdream: unknown command '%.60s'%s%s%s\n", name, nearest ? "; did you mean " : "",
            nearest ? nearest : "", nearest ? "?" : "");
    fputs("usage: latentdream COMMAND ...; `latentdream help` lists the commands\n", stderr);
    return COMMAND_USAGE;
}

/* A command without an option table prints its own help. */
static int asks_for_help(const Command *command, int argc, char **argv) {
    if (command->run == command_help) return 0;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return 1;
    return 0;
}

/* What was printed must have arrived: a full disk behind `> file` is a failure. */
static int flush_output(Error *error) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return 0;
    return error_set(error, "cannot write to the standard output: %s", strerror(errno ? errno : EIO));
}

/* A line each, all of them marked as this program's. */
static void print_error(const char *message) {
    while (*message) {
        size_t length = strcspn(message, "\n");
        fprintf(stderr, "latentdream: %.*s\n", (int)length, message);
        message += length + (message[length] == '\n');
    }
}

static int run_command(const Command *command, int argc, char **argv) {
    Error error = {""};
    int result = 0;
    errno = 0;
    if (asks_for_help(command, argc, argv))
        command_print_help(command);
    else
        result = command->run(argc, argv, &error);
    Error output = {""};
    if (flush_output(&output) != 0 && result == 0) {
        result = -1;
        error = output;
    }
    if (result == 0) return 0;
    print_error(error.message);
    if (result == COMMAND_USAGE) {
        fprintf(stderr, "usage: latentdream %s %s\n", command->name, command->arguments);
        return COMMAND_USAGE;
    }
    return 1;
}

int commands_run(int argc, char **argv) {
    if (argc < 2) {
        fputs(
            "latentdream: a command is expected\n"
            "usage: latentdream COMMAND ...; `latentdream help` lists the commands\n",
            stderr);
        return COMMAND_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) name = "help";
    if (strcmp(name, "--version") == 0) name = "version";
    const Command *command = command_find(name);
    if (!command) return unknown_command(name);
    return run_command(command, argc - 1, argv + 1);
}
