#include "commands/text_commands.h"

#include "base/memory.h"
#include "commands/text_lines.h"
#include "compute/threads.h"
#include "text/pass.h"

#include <limits.h>
#include <math.h>
#include <string.h>

const Option ACTIVATIONS_OPTIONS[] = {
    {"--model", "DIR", "The language model; default data/models/fairytale."},
    {"--layer", "L", "Its layer, counted from 0. Must be given."},
    {"--neuron", "N", "The neuron, counted from 0. Must be given."},
    {"--site", "SITE", "resid_pre, attn_out, resid_mid, mlp_pre, mlp_post, mlp_out or resid_post; default mlp_post."},
    {"--tsv", NULL, "A table also on a terminal, in place of colored text."},
    {0},
};

typedef struct Request {
    const char *model, *path;
    long layer, neuron;  // -1: not given
    TextSite site;
    bool colored;
} Request;

typedef struct Reader {
    LanguageModel model;
    TextPass *pass;
    float *embeddings;  // (context, C)
    float *values;      // (context)
    TokenList tokens;
} Reader;

static int reader_open(Reader *reader, const Request *request, Error *error) {
    TextNetwork *network = &reader->model.network;
    const TextNetworkShape *shape = &network->shape;
    if (request->layer >= shape->layers) {
        return error_set(error, "%s has the layers 0 to %d; there is no layer %ld", request->model, shape->layers - 1,
                         request->layer);
    }
    int width = text_site_width(shape, request->site);
    if (request->neuron >= width) {
        return error_set(error, "%s of a layer of %s has the neurons 0 to %d; there is no neuron %ld",
                         text_site_name(request->site), request->model, width - 1, request->neuron);
    }
    TextPassSettings settings = {.batch = 1,
                                 .positions = shape->context,
                                 .layer = (int)request->layer,
                                 .site = request->site,
                                 .precision = PRECISION_F32};
    size_t context = (size_t)shape->context;
    reader->pass = text_pass_new(network, &settings, error);
    if (reader->pass == NULL) return -1;
    reader->embeddings = memory_new(context * (size_t)shape->width, sizeof(float), "embeddings", error);
    reader->values = memory_new(context, sizeof(float), "activations", error);
    return reader->embeddings == NULL || reader->values == NULL ? -1 : 0;
}

static void reader_close(Reader *reader) {
    text_pass_free(reader->pass);
    memory_free(reader->embeddings);
    memory_free(reader->values);
    token_list_free(&reader->tokens);
}

/* values (T) = the neuron at each token of the line. */
static int read_activations(Reader *reader, const Request *request, TextLines *lines, Error *error) {
    TextNetwork *network = &reader->model.network;
    TokenList *tokens = &reader->tokens;
    if (text_lines_tokens(lines, &reader->model, tokens, error) != 0) return -1;
    if (text_network_embed(network, tokens->ids, tokens->count, reader->embeddings, error) != 0) return -1;
    if (text_pass_forward(reader->pass, reader->embeddings, 1, (int)tokens->count, NULL, error) != 0) return -1;
    const float *site = text_pass_site(reader->pass, (int)request->layer, request->site);
    size_t width = (size_t)text_site_width(&network->shape, request->site);
    for (size_t t = 0; t < tokens->count; t++) reader->values[t] = site[t * width + (size_t)request->neuron];
    return 0;
}

static void print_table(const Reader *reader, int number) {
    for (size_t t = 0; t < reader->tokens.count; t++) {
        int id = reader->tokens.ids[t];
        size_t size;
        const char *token = tokenizer_token(reader->model.folder.tokenizer, id, &size);
        printf("%d\t%zu\t%d\t", number, t, id);
        print_cell(stdout, token, size);
        printf("\t%.6g\n", (double)reader->values[t]);
    }
}

/* Each token on a background of its activation: orange above zero, blue below, white at zero; the strongest of the
 * sentence in full color. */
static void print_colored(const Reader *reader) {
    static const int ORANGE[3] = {240, 140, 40}, BLUE[3] = {70, 140, 230};
    size_t strongest = 0, count = reader->tokens.count;
    for (size_t t = 1; t < count; t++) {
        if (fabsf(reader->values[t]) > fabsf(reader->values[strongest])) strongest = t;
    }
    float most = fabsf(reader->values[strongest]);
    for (size_t t = 0; t < count; t++) {
        float share = most > 0 ? reader->values[t] / most : 0;
        const int *color = share >= 0 ? ORANGE : BLUE;
        int rgb[3];
        for (int i = 0; i < 3; i++) rgb[i] = 255 - (int)(fabsf(share) * (float)(255 - color[i]));
        size_t size;
        const char *token = tokenizer_token(reader->model.folder.tokenizer, reader->tokens.ids[t], &size);
        printf("\033[30;48;2;%d;%d;%dm", rgb[0], rgb[1], rgb[2]);
        print_cell(stdout, token, size);
    }
    printf("\033[0m  strongest %.4g at token %zu\n", (double)reader->values[strongest], strongest);
}

static int print_lines(Reader *reader, const Request *request, Error *error) {
    TextLines lines;
    if (text_lines_open(&lines, request->path, error) != 0) return -1;
    if (!request->colored) puts("sentence\tposition\tid\ttoken\tactivation");
    int got, status = 0;
    while (status == 0 && (got = text_lines_next(&lines, error)) != 0) {
        status = got < 0 ? -1 : read_activations(reader, request, &lines, error);
        if (status != 0) break;
        if (request->colored) {
            print_colored(reader);
        } else {
            print_table(reader, lines.number);
        }
    }
    text_lines_close(&lines);
    return status;
}

static int parse_arguments(Request *request, int argc, char **argv, Error *error) {
    Arguments arguments;
    arguments_open(&arguments, ACTIVATIONS_OPTIONS, argc, argv);
    int got;
    while ((got = arguments_next(&arguments, error)) > 0) {
        const char *option = arguments.option;
        if (option == NULL) {
            request->path = arguments.value;
        } else if (strcmp(option, "--model") == 0) {
            request->model = arguments.value;
        } else if (strcmp(option, "--tsv") == 0) {
            request->colored = false;
        } else if (strcmp(option, "--site") == 0) {
            if (text_site_from_name(arguments.value, &request->site) != 0) {
                return error_set(error,
                                 "--site %s: expected resid_pre, attn_out, resid_mid, mlp_pre, mlp_post, "
                                 "mlp_out or resid_post",
                                 arguments.value);
            }
        } else if (arguments_integer(&arguments, 0, INT_MAX,
                                     strcmp(option, "--layer") == 0 ? &request->layer : &request->neuron,
                                     error) != 0) {
            return -1;
        }
    }
    if (got < 0) return -1;
    if (request->layer < 0) return error_set(error, "activations: --layer must be given");
    if (request->neuron < 0) return error_set(error, "activations: --neuron must be given");
    return 0;
}

int command_activations(int argc, char **argv, Error *error) {
    Request request = {.model = DEFAULT_MODEL, .layer = -1, .neuron = -1, .site = TEXT_SITE_MLP_POST};
    request.colored = output_wants_color();
    if (parse_arguments(&request, argc, argv, error) != 0) return COMMAND_USAGE;
    threads_set(threads_available());
    Reader reader = {.pass = NULL};
    if (language_model_open(&reader.model, request.model, error) != 0) return -1;
    int status = reader_open(&reader, &request, error);
    if (status == 0) status = print_lines(&reader, &request, error);
    reader_close(&reader);
    language_model_close(&reader.model);
    return status;
}
