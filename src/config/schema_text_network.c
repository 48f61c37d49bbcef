/* Text network cfg files: the shape of a transformer, in Darknet's manner. */
#include "config/schema.h"

static const KeySchema NET_KEYS[] = {
    {.name = "context",
     .type = KEY_INTEGER,
     .required = true,
     .minimum = 1,
     .maximum = 1048576,
     .unit = "tokens",
     .help = "The longest sentence, and the number of position embeddings."},
    {0},
};
static const SectionSchema NET = {
    .name = "net", .side = "text", .required = true, .help = "The whole network.", .keys = NET_KEYS};

static const KeySchema EMBEDDING_KEYS[] = {
    {.name = "vocabulary",
     .type = KEY_INTEGER,
     .required = true,
     .minimum = 1,
     .maximum = 16777216,
     .unit = "tokens",
     .help = "Tokens that the tokenizer knows."},
    {.name = "width",
     .type = KEY_INTEGER,
     .required = true,
     .minimum = 1,
     .maximum = 65536,
     .help = "Size of the residual stream."},
    {0},
};
static const SectionSchema EMBEDDING = {.name = "embedding",
                                        .side = "text",
                                        .required = true,
                                        .help = "Token embeddings plus learned position embeddings.",
                                        .keys = EMBEDDING_KEYS};

static const KeySchema TRANSFORMER_KEYS[] = {
    {.name = "heads",
     .type = KEY_INTEGER,
     .required = true,
     .minimum = 1,
     .maximum = 4096,
     .help = "Attention heads; they divide the width."},
    {.name = "hidden",
     .type = KEY_INTEGER,
     .fallback = "0",
     .minimum = 0,
     .maximum = 1048576,
     .help = "Neurons of the MLP; 0: four times the width."},
    {.name = "causal",
     .type = KEY_BOOLEAN,
     .fallback = "1",
     .help = "1: a token sees itself and those before it. 0: every token sees every other."},
    {.name = "epsilon",
     .type = KEY_REAL,
     .fallback = "1e-5",
     .minimum = 0,
     .maximum = 1,
     .help = "Added to the variance in its layer norms."},
    {0},
};
static const SectionSchema TRANSFORMER = {
    .name = "transformer",
    .side = "text",
    .required = true,
    .repeats = true,
    .help =
        "A pre-norm block: layer norm, attention, layer norm, MLP with GELU; each half added to the residual "
        "stream.",
    .keys = TRANSFORMER_KEYS};

static const KeySchema LAYERNORM_KEYS[] = {
    {.name = "epsilon",
     .type = KEY_REAL,
     .fallback = "1e-5",
     .minimum = 0,
     .maximum = 1,
     .help = "Added to the variance."},
    {0},
};
static const SectionSchema LAYERNORM = {
    .name = "layernorm", .side = "text", .help = "The norm before the unembedding.", .keys = LAYERNORM_KEYS};

static const KeySchema UNEMBEDDING_KEYS[] = {
    {.name = "tied",
     .type = KEY_BOOLEAN,
     .fallback = "1",
     .help = "1: the token embeddings, transposed, make the logits. 0: a matrix of its own."},
    {0},
};
static const SectionSchema UNEMBEDDING = {
    .name = "unembedding", .side = "text", .help = "From the residual stream to logits.", .keys = UNEMBEDDING_KEYS};

static const SectionSchema *const SECTIONS[] = {&NET, &EMBEDDING, &TRANSFORMER, &LAYERNORM, &UNEMBEDDING, NULL};

const Schema SCHEMA_TEXT_NETWORK = {"text network", SECTIONS};
