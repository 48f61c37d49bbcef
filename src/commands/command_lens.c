#include "commands/text_commands.h"

#include "commands/lens.h"
#include "commands/text_lines.h"
#include "compute/threads.h"

#include <string.h>
#include <unistd.h>

const Option LENS_OPTIONS[] = {
    {"--model", "DIR", "The language model; default data/models/fairytale."},
    {"--tsv", NULL, "A table also on a terminal, in place of the grid."},
    {"--figure", "FILE.png", "Draws the first sentence as a heatmap; FILE.pdf and FILE.tsv stand beside it."},
    {0},
};

typedef struct Request {
    const char *model, *path, *figure;
    bool table;
} Request;

static int show_line(LanguageModel *model, const Request *request, TextLines *lines, TokenList *tokens,
                     Error *error) {
    Lens lens;
    if (text_lines_tokens(lines, model, tokens, error) != 0) return -1;
    if (lens_open(&lens, model, tokens, error) != 0) return -1;
    if (request->table) {
        lens_print_table(&lens, lines->number);
    } else {
        lens_print_grid(&lens, output_wants_color());
    }
    int status = 0;
    if (request->figure != NULL && lines->number == 1) status = lens_draw(&lens, request->figure, error);
    lens_close(&lens);
    return status;
}

static int show_lines(LanguageModel *model, const Request *request, Error *error) {
    TextLines lines;
    TokenList tokens = {0};
    if (text_lines_open(&lines, request->path, error) != 0) return -1;
    if (request->table) {
        puts("sentence\tlayer\tposition\ttoken\tprediction\tprobability\tnext\tnext_probability\tnext_rank");
    }
    int got, status = 0;
    while (status == 0 && (got = text_lines_next(&lines, error)) != 0) {
        status = got < 0 ? -1 : show_line(model, request, &lines, &tokens, error);
    }
    token_list_free(&tokens);
    text_lines_close(&lines);
    return status;
}

int command_lens(int argc, char **argv, Error *error) {
    Request request = {.model = DEFAULT_MODEL, .table = !isatty(STDOUT_FILENO)};
    Arguments arguments;
    arguments_open(&arguments, LENS_OPTIONS, argc, argv);
    int got;
    while ((got = arguments_next(&arguments, error)) > 0) {
        if (!arguments.option) {
            request.path = arguments.value;
        } else if (strcmp(arguments.option, "--model") == 0) {
            request.model = arguments.value;
        } else if (strcmp(arguments.option, "--figure") == 0) {
            request.figure = arguments.value;
        } else {
            request.table = true;
        }
    }
    if (got < 0) return COMMAND_USAGE;
    threads_set(threads_available());
    LanguageModel model;
    if (language_model_open(&model, request.model, error) != 0) return -1;
    int status = show_lines(&model, &request, error);
    language_model_close(&model);
    return status;
}
