#include "commands/commands.h"

#include "config/schema.h"
#include "config/value.h"

#include <string.h>

void arguments_open(Arguments *arguments, const Option *options, int argc, char **argv) {
    *arguments = (Arguments){.options = options, .argc = argc, .argv = argv, .next = 1};
}

static const Option *find_option(const Option *options, const char *name, size_t length) {
    for (; options && options->name; options++)
        if (strlen(options->name) == length && strncmp(options->name, name, length) == 0) return options;
    return NULL;
}

static int unknown_option(const Arguments *arguments, const char *name, Error *error) {
    const char *names[64];
    size_t count = 0;
    for (const Option *option = arguments->options; option && option->name && count < 64; option++)
        names[count++] = option->name;
    const char *nearest = name_nearest(name, names, count);
    return error_set(error, "%s: unknown option '%.60s'%s%s%s", arguments->argv[0], name,
                     nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

int arguments_next(Arguments *arguments, Error *error) {
    if (arguments->next >= arguments->argc) return 0;
    const char *word = arguments->argv[arguments->next++];
    arguments->option = NULL;
    arguments->value = word;
    if (arguments->ended || word[0] != '-' || !word[1]) return 1;
    if (strcmp(word, "--") == 0) {
        arguments->ended = true;
        return arguments_next(arguments, error);
    }
    size_t length = strcspn(word, "=");
    const Option *option = find_option(arguments->options, word, length);
    if (!option) return unknown_option(arguments, word, error);
    arguments->option = option->name;
    arguments->value = word[length] ? word + length + 1 : NULL;
    if (!option->argument) {
        if (!arguments->value) return 1;
        return error_set(error, "%s: %s takes no value", arguments->argv[0], option->name);
    }
    if (!arguments->value && arguments->next < arguments->argc) arguments->value = arguments->argv[arguments->next++];
    if (arguments->value) return 1;
    return error_set(error, "%s: %s needs a value, %s", arguments->argv[0], option->name, option->argument);
}

int arguments_integer(const Arguments *arguments, long minimum, long maximum, long *value, Error *error) {
    if (value_integer(arguments->value, value) == 0 && *value >= minimum && *value <= maximum) return 0;
    return error_set(error, "%s: %s %.40s: a whole number within %ld..%ld is expected", arguments->argv[0],
                     arguments->option, arguments->value, minimum, maximum);
}

int overrides_take(Overrides *overrides, const Arguments *arguments, Error *error) {
    if (overrides->count == OVERRIDE_LIMIT)
        return error_set(error, "%s: more than %d times --set", arguments->argv[0], OVERRIDE_LIMIT);
    overrides->items[overrides->count++] = arguments->value;
    return 0;
}
