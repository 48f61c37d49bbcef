#include "commands/text_commands.h"

#include "base/memory.h"
#include "commands/text_lines.h"
#include "compute/random.h"
#include "compute/threads.h"
#include "text/sample_text.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const Option GENERATE_OPTIONS[] = {
    {"--model", "DIR", "The language model; default data/models/fairytale."},
    {"--prompt", "TEXT", "What the text begins with; default: the beginning of a book."},
    {"--tokens", "N",
     "Tokens to write; default 100. Where the model's context is full, it goes on from the last half of it."},
    {"--temperature", "T", "Below 1 keeps to likely tokens, 0 takes the likeliest; default 0.8."},
    {"--top-k", "K", "Draws from the K likeliest tokens; 0 from all; default 40."},
    {"--seed", "S", "Another seed, another text; default 1."},
    {0},
};

typedef struct Request {
    const char *model, *prompt;
    long tokens, top_k, seed;
    double temperature;
} Request;

static int parse_temperature(const char *text, double *temperature, Error *error) {
    char *end;
    errno = 0;
    *temperature = strtod(text, &end);
    if (*text != 0 && *end == 0 && errno == 0 && *temperature >= 0 && *temperature <= 1000) return 0;
    return error_set(error, "--temperature %s: expected a number from 0 to 1000", text);
}

static int parse_option(Request *request, const Arguments *arguments, Error *error) {
    const char *option = arguments->option;
    if (option == NULL) {
        return error_set(error, "generate: unexpected argument '%s'; a text to go on from is --prompt TEXT",
                         arguments->value);
    }
    if (strcmp(option, "--temperature") == 0) {
        return parse_temperature(arguments->value, &request->temperature, error);
    }
    if (strcmp(option, "--tokens") == 0) return arguments_integer(arguments, 1, 1000000, &request->tokens, error);
    if (strcmp(option, "--top-k") == 0) return arguments_integer(arguments, 0, INT_MAX, &request->top_k, error);
    if (strcmp(option, "--seed") == 0) return arguments_integer(arguments, 0, LONG_MAX, &request->seed, error);
    *(strcmp(option, "--model") == 0 ? &request->model : &request->prompt) = arguments->value;
    return 0;
}

static int generate(LanguageModel *model, const Request *request, TokenList *tokens, Error *error) {
    Tokenizer *tokenizer = model->folder.tokenizer;
    int end_of_text = tokenizer_end_of_text(tokenizer);
    if (tokenizer_encode(tokenizer, request->prompt, strlen(request->prompt), tokens, error) != 0) return -1;
    size_t first = tokens->count == 0;
    if (first && end_of_text < 0)
        return error_set(error, "the model has no <|endoftext|> to begin from: give --prompt");
    if (first && token_list_append(tokens, end_of_text, error) != 0) return -1;
    SampleSettings settings = {(int)request->tokens, (float)request->temperature, (int)request->top_k};
    Random random = random_stream((uint64_t)request->seed, "generate");
    if (text_sample(&model->network, &settings, end_of_text, &random, tokens, error) != 0) return -1;
    char *text;
    size_t size;
    if (tokenizer_decode(tokenizer, tokens->ids + first, tokens->count - first, &text, &size, error) != 0) return -1;
    fwrite(text, 1, size, stdout);
    putchar('\n');
    memory_free(text);
    return 0;
}

int command_generate(int argc, char **argv, Error *error) {
    Request request = {DEFAULT_MODEL, "", 100, 40, 1, 0.8};
    Arguments arguments;
    arguments_open(&arguments, GENERATE_OPTIONS, argc, argv);
    int got;
    while ((got = arguments_next(&arguments, error)) > 0) {
        if (parse_option(&request, &arguments, error) != 0) return COMMAND_USAGE;
    }
    if (got < 0) return COMMAND_USAGE;
    threads_set(threads_available());
    LanguageModel model;
    if (language_model_open(&model, request.model, error) != 0) return -1;
    TokenList tokens = {0};
    int status = generate(&model, &request, &tokens, error);
    token_list_free(&tokens);
    language_model_close(&model);
    return status;
}
