#include "commands/commands.h"

#include "config/schema.h"

#include <stdio.h>
#include <string.h>

static const Schema *const SCHEMAS[] = {&SCHEMA_EXPERIMENT, &SCHEMA_TEXT_NETWORK};

enum { SCHEMA_COUNT = sizeof SCHEMAS / sizeof *SCHEMAS };

void command_print_help(const Command *command) {
    printf("usage: latentdream %s %s\n\n%s\n", command->name, command->arguments, command->summary);
    if (command->options && command->options->name) putchar('\n');
    for (const Option *option = command->options; option && option->name; option++) {
        char left[64];
        snprintf(left, sizeof left, "%s%s%s", option->name, option->argument ? " " : "",
                 option->argument ? option->argument : "");
        printf("  %-24s %s\n", left, option->help);
    }
    if (command->details) printf("\n%s\n", command->details);
}

static void print_overview(void) {
    puts(
        "Latent Dream: which input makes this neuron fire?\n\n"
        "usage: latentdream COMMAND ...\n");
    for (const Command *command = COMMANDS; command->name; command++)
        printf("  %-12s %s\n", command->name, command->summary);
    puts(
        "\nlatentdream help COMMAND    its options\n"
        "latentdream help KEY        a section or key of cfg files: type, unit, default, range\n"
        "latentdream help cfg        all sections and keys");
}

static void print_every_schema(void) {
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        printf("%s==== %s cfg files ====\n\n", i ? "\n" : "", SCHEMAS[i]->name);
        schema_print(stdout, SCHEMAS[i], NULL, NULL);
    }
}

/* The name nearest to a topic that nothing is called: a command, or what a schema suggested. */
static const char *nearest_topic(const char *topic, const char *const *suggested) {
    const char *names[64 + SCHEMA_COUNT];
    size_t count = 0;
    for (const Command *command = COMMANDS; command->name && count < 64; command++) names[count++] = command->name;
    for (size_t i = 0; i < SCHEMA_COUNT; i++)
        if (suggested[i]) names[count++] = suggested[i];
    return name_nearest(topic, names, count);
}

static int print_topic(const char *topic, Error *error) {
    if (strcmp(topic, "cfg") == 0) {
        print_every_schema();
        return 0;
    }
    const Command *command = command_find(topic);
    if (command) {
        command_print_help(command);
        return 0;
    }
    const char *suggested[SCHEMA_COUNT];
    int found = 0;
    for (size_t i = 0; i < SCHEMA_COUNT; i++) {
        if (!schema_knows(SCHEMAS[i], topic, &suggested[i])) continue;
        if (found++) putchar('\n');
        schema_print(stdout, SCHEMAS[i], topic, NULL);
    }
    if (found) return 0;
    const char *nearest = nearest_topic(topic, suggested);
    error_set(error, "nothing is called '%.60s'%s%s%s", topic, nearest ? "; did you mean " : "",
              nearest ? nearest : "", nearest ? "?" : "");
    return COMMAND_USAGE;
}

int command_help(int argc, char **argv, Error *error) {
    Arguments arguments;
    arguments_open(&arguments, command_find("help")->options, argc, argv);
    const char *topic = NULL;
    bool markdown = false;
    int got;
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) topic = "help", arguments.next++;
    while ((got = arguments_next(&arguments, error)) > 0) {
        if (arguments.option) {
            markdown = true;
        } else if (topic) {
            error_set(error, "help: one topic at a time, not also '%.60s'", arguments.value);
            return COMMAND_USAGE;
        } else {
            topic = arguments.value;
        }
    }
    if (got < 0) return COMMAND_USAGE;
    if (markdown)
        schema_print_markdown(stdout, SCHEMAS, SCHEMA_COUNT);
    else if (topic)
        return print_topic(topic, error);
    else
        print_overview();
    return 0;
}
