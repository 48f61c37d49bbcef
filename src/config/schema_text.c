/* What text experiments add to the common sections. */
#include "config/schema_parts.h"

static const KeySchema LANGUAGE_MODEL_KEYS[] = {
    {.name = "name", .type = KEY_NAME, .fallback = "model", .help = "Names the model in the report."},
    {.name = "weights",
     .type = KEY_PATH,
     .help =
         "A folder in Hugging Face's layout: config.json, model.safetensors, vocab.json, merges.txt. Where absent, "
         "a [train] section makes the weights."},
    {.name = "shape",
     .type = KEY_PATH,
     .help =
         "With [train]: a folder whose config.json is the shape of the model that is trained, and whose vocab.json "
         "and merges.txt are its tokenizer."},
    {.name = "precision",
     .type = KEY_CHOICE,
     .fallback = "f32",
     .choices = "f32|bf16",
     .help = "Numbers that frozen weights are multiplied in."},
    {0},
};
const SectionSchema SECTION_LANGUAGE_MODEL = {
    .name = "language_model",
    .side = "text",
    .help = "The language model whose neurons are dreamed of, or that is trained. Makes the file a text experiment.",
    .keys = LANGUAGE_MODEL_KEYS,
};

static const KeySchema SENTENCES_KEYS[] = {
    {.name = "file",
     .type = KEY_PATH,
     .required = true,
     .help = "One starting sentence a line, UTF-8. Restart number i of each target starts from sentence number i; a "
             "file of fewer sentences than restarts= makes as many dreams as it has sentences."},
    {.name = "reference",
     .type = KEY_PATH,
     .help = "Sentences whose strongest activation the dreams are held against; `file` where absent."},
    {0},
};
const SectionSchema SECTION_SENTENCES = {
    .name = "sentences", .side = "text", .help = "Where dreams start.", .keys = SENTENCES_KEYS};

static const KeySchema CORPUS_KEYS[] = {
    {.name = "file",
     .type = KEY_PATH,
     .required = true,
     .help = "UTF-8 text: one paragraph a line, a blank line between books."},
    {.name = "held_out",
     .type = KEY_PATH,
     .required = true,
     .help =
         "A TSV file with a header row whose first column lists the books, counted from 1, that are never trained "
         "on."},
    {0},
};
const SectionSchema SECTION_CORPUS = {
    .name = "corpus",
    .side = "text",
    .help = "The text that a language model is trained on. Makes the file a text experiment.",
    .keys = CORPUS_KEYS,
};

static const KeySchema TRAIN_KEYS[] = {
    {.name = "steps",
     .type = KEY_INTEGER,
     .fallback = "1000",
     .minimum = 1,
     .maximum = 100000000,
     .unit = "steps",
     .help = "Steps of the whole stage."},
    {.name = "tokens",
     .type = KEY_INTEGER,
     .fallback = "256",
     .minimum = 2,
     .maximum = 1048576,
     .unit = "tokens",
     .help = "Length of one training sequence; at most the model's context."},
    {.name = "optimizer",
     .type = KEY_CHOICE,
     .fallback = "adamw",
     .choices = "adamw|muon",
     .help = "How weights move. muon orthogonalizes the update of each matrix inside a layer; embeddings, norms and "
             "biases move by AdamW all the same."},
    {.name = "beta1",
     .type = KEY_REAL,
     .fallback = "0.9",
     .minimum = 0,
     .maximum = 0.999999,
     .help = "AdamW: decay of the gradient's mean."},
    {.name = "beta2",
     .type = KEY_REAL,
     .fallback = "0.95",
     .minimum = 0,
     .maximum = 0.9999999,
     .help = "AdamW: decay of the squared gradient's mean."},
    {.name = "matrix_learning_rate",
     .type = KEY_REAL,
     .fallback = "0.003",
     .minimum = 0,
     .maximum = 100,
     .help = "muon: length of a step of the matrices; it rises and falls as learning_rate does."},
    {.name = "matrix_momentum",
     .type = KEY_REAL,
     .fallback = "0.95",
     .minimum = 0,
     .maximum = 0.999999,
     .help = "muon: decay of the gradient's mean."},
    {.name = "warm_up",
     .type = KEY_INTEGER,
     .fallback = "100",
     .minimum = 0,
     .maximum = 10000000,
     .unit = "steps",
     .help = "Steps in which the learning rate rises from zero."},
    {.name = "cool_down",
     .type = KEY_INTEGER,
     .fallback = "0",
     .minimum = 0,
     .maximum = 10000000,
     .unit = "steps",
     .help = "Steps at the end in which the learning rate falls along a line to zero. With schedule=constant, a "
             "training that has not begun to cool down can be resumed with more steps=."},
    {.name = "clip",
     .type = KEY_REAL,
     .fallback = "1",
     .minimum = 0,
     .maximum = 1e9,
     .help = "The most that the gradient's norm may be; a longer one is scaled down. 0: any."},
    {.name = "precision",
     .type = KEY_CHOICE,
     .fallback = "f32",
     .choices = "f32|bf16",
     .help =
         "Numbers that matrix products multiply, always summed in f32; master weights stay f32. bf16 saves time only "
         "where the processor multiplies bf16 itself (AVX-512 BF16, AMX); elsewhere numbers are rounded to bf16 and "
         "multiplied in f32, which gives the same up to the order of summation and is no faster than f32."},
    {.name = "evaluate_every",
     .type = KEY_INTEGER,
     .fallback = "100",
     .minimum = 1,
     .maximum = 10000000,
     .unit = "steps",
     .help = "Steps between measures of the held-out loss, each a row of curves/train-NAME.tsv."},
    {.name = "evaluate_windows",
     .type = KEY_INTEGER,
     .fallback = "32",
     .minimum = 1,
     .maximum = 1000000,
     .unit = "sequences",
     .help = "How much of the held-out books those measures read, spread evenly. At the end all is read."},
    {.name = "sample_every",
     .type = KEY_INTEGER,
     .fallback = "0",
     .minimum = 0,
     .maximum = 10000000,
     .unit = "steps",
     .help = "Steps between samples of what the model writes, each a row of samples.tsv; 0: none."},
    {.name = "store",
     .type = KEY_CHOICE,
     .fallback = "bf16",
     .choices = "bf16|f32",
     .help = "Numbers of the model folder that is written at the end."},
    {0},
};
const SectionSchema SECTION_TRAIN_TEXT = {.name = "train", .side = "text", .keys = TRAIN_KEYS};

static const KeySchema TARGET_KEYS[] = {
    {.name = "site",
     .type = KEY_CHOICE,
     .fallback = "mlp_post",
     .choices = "resid_pre|attn_out|resid_mid|mlp_pre|mlp_post|mlp_out|resid_post",
     .help =
         "Where in the layer: the residual stream before it, what attention adds, the stream between attention and "
         "MLP, the MLP's neurons before and after GELU, what the MLP adds, the residual stream after the layer."},
    {.name = "count_token",
     .type = KEY_TEXT,
     .help = "A word: the share of this target's decoded tokens that are it, with or without a space before, is "
             "measured."},
    {0},
};
const SectionSchema SECTION_TARGET_TEXT = {.name = "target", .side = "text", .keys = TARGET_KEYS};

static const KeySchema DREAM_KEYS[] = {
    {.name = "fluency",
     .type = KEY_REAL,
     .fallback = "0",
     .minimum = 0,
     .maximum = 1e6,
     .help = "Weight of the language model's own loss on the soft tokens, in nats a token."},
    {.name = "fluency_candidates",
     .type = KEY_INTEGER,
     .fallback = "16",
     .minimum = 1,
     .maximum = 1024,
     .unit = "tokens",
     .help = "fluency: how many of the nearest real tokens a soft token is a mixture of."},
    {.name = "fluency_temperature",
     .type = KEY_REAL,
     .fallback = "0.1",
     .minimum = 1e-6,
     .maximum = 1e6,
     .help = "fluency: how evenly the mixture is spread, in units of the embeddings' variance."},
    {.name = "decode",
     .type = KEY_CHOICE,
     .fallback = "dot",
     .choices = "dot|cosine",
     .help = "How an embedding becomes a token: the largest dot product, or the largest cosine."},
    {.name = "hard_every",
     .type = KEY_INTEGER,
     .fallback = "0",
     .minimum = 0,
     .maximum = 10000000,
     .unit = "steps",
     .help = "Steps between decoding the dream and measuring the decoded tokens, for the curve of hard values; 0: at "
             "the start and at the end alone."},
    {0},
};
const SectionSchema SECTION_DREAM_TEXT = {.name = "dream", .side = "text", .keys = DREAM_KEYS};
