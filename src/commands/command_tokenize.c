#include "commands/text_commands.h"

#include "base/memory.h"
#include "base/share.h"
#include "commands/text_lines.h"

#include <cjson/cJSON.h>
#include <string.h>

const Option TOKENIZE_OPTIONS[] = {
    {"--model", "DIR", "Folder with vocab.json and merges.txt; default data/models/fairytale."},
    {"--decode", NULL, "The way back: JSON arrays of ids in, text out."},
    {0},
};

static int encode_line(Tokenizer *tokenizer, const TextLines *lines, TokenList *tokens, Error *error) {
    tokens->count = 0;
    if (tokenizer_encode(tokenizer, lines->text, lines->size, tokens, error) != 0) return -1;
    putchar('[');
    for (size_t i = 0; i < tokens->count; i++) printf(i > 0 ? ", %d" : "%d", tokens->ids[i]);
    fputs("]\n", stdout);
    return 0;
}

static int read_ids(const cJSON *json, TokenList *tokens, Error *error) {
    const cJSON *item;
    if (!cJSON_IsArray(json)) return error_set(error, "no JSON array of ids, such as [1, 2, 3]");
    cJSON_ArrayForEach(item, json) {
        if (!cJSON_IsNumber(item) || item->valuedouble != item->valueint) {
            return error_set(error, "an id is no whole number");
        }
        if (token_list_append(tokens, item->valueint, error) != 0) return -1;
    }
    return 0;
}

static int decode_line(Tokenizer *tokenizer, const TextLines *lines, TokenList *tokens, Error *error) {
    tokens->count = 0;
    const char *end = NULL;
    cJSON *json = cJSON_ParseWithLengthOpts(lines->text, lines->size, &end, 0);
    while (json != NULL && end < lines->text + lines->size && strchr(" \t\r", *end) != NULL) end++;
    bool whole = json != NULL && end == lines->text + lines->size;
    int status = read_ids(whole ? json : NULL, tokens, error);
    cJSON_Delete(json);
    char *text;
    size_t size;
    if (status != 0 || tokenizer_decode(tokenizer, tokens->ids, tokens->count, &text, &size, error) != 0) return -1;
    fwrite(text, 1, size, stdout);
    putchar('\n');
    memory_free(text);
    return 0;
}

static int tokenize_lines(Tokenizer *tokenizer, const char *path, bool decode, Error *error) {
    TextLines lines;
    TokenList tokens = {0};
    int got, status = 0;
    if (text_lines_open(&lines, path, error) != 0) return -1;
    while (status == 0 && (got = text_lines_next(&lines, error)) != 0) {
        if (got < 0) {
            status = -1;
        } else {
            status = (decode ? decode_line : encode_line)(tokenizer, &lines, &tokens, error);
            if (status != 0) error_prefix(error, "%s:%d", lines.name, lines.number);
        }
    }
    token_list_free(&tokens);
    text_lines_close(&lines);
    return status;
}

int command_tokenize(int argc, char **argv, Error *error) {
    const char *model = DEFAULT_MODEL, *path = NULL;
    bool decode = false;
    Arguments arguments;
    arguments_open(&arguments, TOKENIZE_OPTIONS, argc, argv);
    int got;
    while ((got = arguments_next(&arguments, error)) > 0) {
        if (!arguments.option) {
            path = arguments.value;
        } else if (strcmp(arguments.option, "--model") == 0) {
            model = arguments.value;
        } else if (strcmp(arguments.option, "--decode") == 0) {
            decode = true;
        }
    }
    if (got < 0) return COMMAND_USAGE;
    char folder[PATH_LIMIT];
    if (share_find(folder, model, error) != 0) return -1;
    Tokenizer *tokenizer = tokenizer_open(folder, error);
    if (tokenizer == NULL) return -1;
    int status = tokenize_lines(tokenizer, path, decode, error);
    tokenizer_close(tokenizer);
    return status;
}
