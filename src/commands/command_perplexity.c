#include "commands/text_commands.h"

#include "base/memory.h"
#include "commands/text_lines.h"
#include "compute/threads.h"
#include "text/loss.h"
#include "text/pass.h"
#include "text/utf8.h"

#include <math.h>
#include <string.h>

const Option PERPLEXITY_OPTIONS[] = {
    {"--model", "DIR", "The language model; default data/models/fairytale."},
    {"--start", NULL, "Counts the first token too, predicted from <|endoftext|>."},
    {0},
};

typedef struct Scorer {
    LanguageModel model;
    TextPass *pass;
    TextHead *head;
    float *embeddings;    // (context, C)
    float *token_losses;  // (context)
    TokenList tokens;
} Scorer;

/* What a text costs: nats of its predicted tokens, which hold so many characters. */
typedef struct Score {
    size_t tokens, characters;
    double nats;
} Score;

static int scorer_open(Scorer *scorer, Error *error) {
    TextNetwork *network = &scorer->model.network;
    size_t context = (size_t)network->shape.context;
    TextPassSettings settings = {.batch = 1,
                                 .positions = network->shape.context,
                                 .layer = network->shape.layers - 1,
                                 .site = TEXT_SITE_RESID_POST,
                                 .precision = PRECISION_F32};
    scorer->pass = text_pass_new(network, &settings, error);
    if (scorer->pass == NULL) return -1;
    scorer->head = text_head_new(network, PRECISION_F32, error);
    if (scorer->head == NULL) return -1;
    scorer->embeddings = memory_new(context * (size_t)network->shape.width, sizeof(float), "embeddings", error);
    scorer->token_losses = memory_new(context, sizeof(float), "losses", error);
    return scorer->embeddings == NULL || scorer->token_losses == NULL ? -1 : 0;
}

static void scorer_close(Scorer *scorer) {
    text_head_free(scorer->head);
    text_pass_free(scorer->pass);
    memory_free(scorer->embeddings);
    memory_free(scorer->token_losses);
    token_list_free(&scorer->tokens);
}

/* Puts <|endoftext|> before the sentence. */
static int add_start(Scorer *scorer, const TextLines *lines, Error *error) {
    TokenList *tokens = &scorer->tokens;
    int start = tokenizer_end_of_text(scorer->model.folder.tokenizer);
    if (start < 0) return error_set(error, "the tokenizer has no <|endoftext|>: leave --start out");
    if (token_list_append(tokens, start, error) != 0) return -1;
    if (tokens->count > (size_t)scorer->model.network.shape.context) {
        return error_set(error, "%s:%d: with <|endoftext|> the sentence has %zu tokens; the model's context holds %d",
                         lines->name, lines->number, tokens->count, scorer->model.network.shape.context);
    }
    memmove(tokens->ids + 1, tokens->ids, (tokens->count - 1) * sizeof *tokens->ids);
    tokens->ids[0] = start;
    return 0;
}

static int score_line(Scorer *scorer, TextLines *lines, bool from_start, Score *score, Error *error) {
    TokenList *tokens = &scorer->tokens;
    if (text_lines_tokens(lines, &scorer->model, tokens, error) != 0) return -1;
    if (from_start && add_start(scorer, lines, error) != 0) return -1;
    if (text_network_embed(&scorer->model.network, tokens->ids, tokens->count, scorer->embeddings, error) != 0) {
        return -1;
    }
    *score = (Score){.tokens = tokens->count - 1};
    if (score->tokens == 0) return 0;
    float loss;
    if (text_language_loss(scorer->pass, scorer->head, scorer->embeddings, 1, (int)tokens->count, NULL, tokens->ids,
                           &loss, scorer->token_losses, NULL, error) != 0) {
        return -1;
    }
    for (size_t t = 1; t < tokens->count; t++) score->nats += (double)scorer->token_losses[t];
    size_t first = 0;
    if (!from_start) tokenizer_token(scorer->model.folder.tokenizer, tokens->ids[0], &first);
    score->characters = utf8_characters(lines->text + first, lines->size - first);
    return 0;
}

static void print_score(const char *name, const Score *score, const char *text, size_t size) {
    double per_token = score->nats / (double)score->tokens;
    printf("%s\t%zu\t%zu\t%.6g", name, score->tokens, score->characters, score->nats);
    if (score->tokens > 0) {
        printf("\t%.6g\t%.6g\t%.6g\t", per_token, score->nats / (double)score->characters, exp(per_token));
    } else {
        fputs("\tnan\tnan\tnan\t", stdout);
    }
    print_cell(stdout, text, size);
    putchar('\n');
}

static int print_lines(Scorer *scorer, const char *path, bool from_start, Error *error) {
    TextLines lines;
    Score total = {0}, score;
    if (text_lines_open(&lines, path, error) != 0) return -1;
    puts("sentence\ttokens\tcharacters\tnats\tnats_per_token\tnats_per_character\tperplexity\ttext");
    int got, status = 0;
    while (status == 0 && (got = text_lines_next(&lines, error)) != 0) {
        status = got < 0 ? -1 : score_line(scorer, &lines, from_start, &score, error);
        if (status != 0) break;
        char name[24];
        snprintf(name, sizeof name, "%d", lines.number);
        print_score(name, &score, lines.text, lines.size);
        total.tokens += score.tokens;
        total.characters += score.characters;
        total.nats += score.nats;
    }
    if (status == 0) print_score("all", &total, "", 0);
    text_lines_close(&lines);
    return status;
}

int command_perplexity(int argc, char **argv, Error *error) {
    const char *folder = DEFAULT_MODEL, *path = NULL;
    bool from_start = false;
    Arguments arguments;
    arguments_open(&arguments, PERPLEXITY_OPTIONS, argc, argv);
    int got;
    while ((got = arguments_next(&arguments, error)) > 0) {
        if (!arguments.option) {
            path = arguments.value;
        } else if (strcmp(arguments.option, "--model") == 0) {
            folder = arguments.value;
        } else {
            from_start = true;
        }
    }
    if (got < 0) return COMMAND_USAGE;
    threads_set(threads_available());
    Scorer scorer = {.pass = NULL};
    if (language_model_open(&scorer.model, folder, error) != 0) return -1;
    int status = scorer_open(&scorer, error);
    if (status == 0) status = print_lines(&scorer, path, from_start, error);
    scorer_close(&scorer);
    language_model_close(&scorer.model);
    return status;
}
