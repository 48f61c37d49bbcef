/* Which sections and keys a Darknet network cfg may have here. Darknet itself ignores what it does not know, and
 * exits on the rest; a name misspelled there is a default taken in silence. */
#include "image/darknet_internal.h"

#define KEY(key, kind, value, least, most, text) \
    { .name = key, .type = kind, .fallback = value, .minimum = least, .maximum = most, .help = text }
#define ACTIVATIONS "logistic|relu|relie|linear|ramp|tanh|plse|leaky|elu|loggy|stair|hardtan|lhtan|selu"
#define ACTIVATION_KEY(value)                                                                \
    {                                                                                        \
        .name = "activation", .type = KEY_CHOICE, .fallback = value, .choices = ACTIVATIONS, \
        .help = "The function applied to each output."                                       \
    }
#define BATCH_NORMALIZE_KEY                        \
    KEY("batch_normalize", KEY_BOOLEAN, "0", 0, 1, \
        "1 normalizes each channel by its mean and variance over the batch before the activation function.")

static const KeySchema NET[] = {
    KEY("height", KEY_INTEGER, "0", 0, 4096, "Rows of the input image."),
    KEY("width", KEY_INTEGER, "0", 0, 4096, "Columns of the input image."),
    KEY("channels", KEY_INTEGER, "0", 0, 4096, "Channels of the input image."),
    KEY("inputs", KEY_INTEGER, NULL, 1, 1 << 24, "Inputs of a network without an image; height*width*channels else."),
    KEY("batch", KEY_INTEGER, "1", 1, 1 << 20, "For stock Darknet; here the experiment says it."),
    KEY("subdivisions", KEY_INTEGER, "1", 1, 1 << 20, "For stock Darknet."),
    KEY("learning_rate", KEY_REAL, "0.001", 0, 1e6, "For stock Darknet; here the experiment says it."),
    KEY("momentum", KEY_REAL, "0.9", 0, 1, "For stock Darknet."),
    KEY("decay", KEY_REAL, "0.0001", 0, 1e6, "For stock Darknet."),
    KEY("adam", KEY_BOOLEAN, "0", 0, 1, "For stock Darknet."),
    KEY("policy", KEY_TEXT, "constant", 0, 0, "For stock Darknet."),
    KEY("steps", KEY_TEXT, NULL, 0, 0, "For stock Darknet."),
    KEY("scales", KEY_TEXT, NULL, 0, 0, "For stock Darknet."),
    KEY("step", KEY_INTEGER, "1", 0, 1 << 30, "For stock Darknet."),
    KEY("scale", KEY_REAL, "1", 0, 1e6, "For stock Darknet."),
    KEY("gamma", KEY_REAL, "1", -1e6, 1e6, "For stock Darknet."),
    KEY("B1", KEY_REAL, "0.9", 0, 1, "For stock Darknet."),
    KEY("B2", KEY_REAL, "0.999", 0, 1, "For stock Darknet."),
    KEY("eps", KEY_REAL, "1e-7", 0, 1, "For stock Darknet."),
    KEY("power", KEY_REAL, "4", -1e6, 1e6, "For stock Darknet."),
    KEY("burn_in", KEY_INTEGER, "0", 0, 1 << 30, "For stock Darknet."),
    KEY("max_batches", KEY_INTEGER, "0", 0, 1 << 30, "For stock Darknet."),
    KEY("max_crop", KEY_INTEGER, "0", 0, 1 << 16, "For stock Darknet."),
    KEY("min_crop", KEY_INTEGER, "0", 0, 1 << 16, "For stock Darknet."),
    KEY("angle", KEY_REAL, "0", -360, 360, "For stock Darknet."),
    KEY("aspect", KEY_REAL, "1", 0, 100, "For stock Darknet."),
    KEY("hue", KEY_REAL, "0", -1, 1, "For stock Darknet."),
    KEY("saturation", KEY_REAL, "1", 0, 100, "For stock Darknet."),
    KEY("exposure", KEY_REAL, "1", 0, 100, "For stock Darknet."),
    {0},
};

static const KeySchema CONVOLUTIONAL_KEYS[] = {
    KEY("filters", KEY_INTEGER, "1", 1, 65536, "Channels of the output."),
    KEY("size", KEY_INTEGER, "1", 1, 4096, "Rows and columns of a filter."),
    KEY("stride", KEY_INTEGER, "1", 1, 4096, "Pixels from one place of the filter to the next."),
    KEY("pad", KEY_BOOLEAN, "0", 0, 1, "1 pads by size/2."),
    KEY("padding", KEY_INTEGER, "0", 0, 4096, "Zero pixels put around the input, without pad=1."),
    KEY("groups", KEY_INTEGER, "1", 1, 65536, "Channels are split into this many groups convolved on their own."),
    BATCH_NORMALIZE_KEY,
    ACTIVATION_KEY("logistic"),
    {0},
};

static const KeySchema MAXPOOL_KEYS[] = {
    KEY("size", KEY_INTEGER, NULL, 1, 4096, "Rows and columns of the window; stride else."),
    KEY("stride", KEY_INTEGER, "1", 1, 4096, "Pixels from one window to the next."),
    KEY("padding", KEY_INTEGER, NULL, 0, 4096, "Pixels added to rows and columns together; size - 1 else."),
    {0},
};

static const KeySchema CONNECTED_KEYS[] = {
    KEY("output", KEY_INTEGER, "1", 1, 1 << 20, "Outputs."),
    BATCH_NORMALIZE_KEY,
    ACTIVATION_KEY("logistic"),
    {0},
};

static const KeySchema ACTIVATION_KEYS[] = {ACTIVATION_KEY("linear"), {0}};
static const KeySchema NO_KEYS[] = {{0}};
static const KeySchema DROPOUT_KEYS[] = {
    KEY("probability", KEY_REAL, "0.5", 0, 0.999, "Share of inputs set to zero in training."), {0}};
static const KeySchema SOFTMAX_KEYS[] = {
    KEY("groups", KEY_INTEGER, "1", 1, 65536, "Inputs are split into this many groups with a softmax each."),
    KEY("temperature", KEY_REAL, "1", 1e-6, 1e6, "What the inputs are divided by."),
    {0},
};
static const KeySchema COST_KEYS[] = {
    {.name = "type", .type = KEY_CHOICE, .fallback = "sse", .choices = "sse", .help = "Sum of squared errors."},
    KEY("scale", KEY_REAL, "1", 0, 1e6, "What the gradient is multiplied by."),
    {0},
};

#define SECTION(label, must, again, table, text) \
    { .name = label, .side = "image", .required = must, .repeats = again, .help = text, .keys = table }
static const SectionSchema SECTION_NET = SECTION("net", true, false, NET, "The input, and stock Darknet's training.");
static const SectionSchema SECTION_CONVOLUTIONAL =
    SECTION("convolutional", false, true, CONVOLUTIONAL_KEYS, "Filters moved over an image.");
static const SectionSchema SECTION_MAXPOOL =
    SECTION("maxpool", false, true, MAXPOOL_KEYS, "The largest value of each window.");
static const SectionSchema SECTION_AVGPOOL =
    SECTION("avgpool", false, true, NO_KEYS, "The mean of each channel over the image.");
static const SectionSchema SECTION_CONNECTED =
    SECTION("connected", false, true, CONNECTED_KEYS, "Every output from every input.");
static const SectionSchema SECTION_ACTIVATION =
    SECTION("activation", false, true, ACTIVATION_KEYS, "A function applied to each value.");
static const SectionSchema SECTION_DROPOUT =
    SECTION("dropout", false, true, DROPOUT_KEYS, "In training, some inputs are set to zero at random.");
static const SectionSchema SECTION_SOFTMAX =
    SECTION("softmax", false, false, SOFTMAX_KEYS, "Probabilities of classes; training minimizes cross-entropy.");
static const SectionSchema SECTION_LOGISTIC =
    SECTION("logistic", false, false, NO_KEYS, "A sigmoid each; training minimizes cross-entropy.");
static const SectionSchema SECTION_COST =
    SECTION("cost", false, false, COST_KEYS, "The error of the layer before, for training.");
static const SectionSchema *const SECTIONS[] = {
    &SECTION_NET,
    &SECTION_CONVOLUTIONAL,
    &SECTION_MAXPOOL,
    &SECTION_AVGPOOL,
    &SECTION_CONNECTED,
    &SECTION_ACTIVATION,
    &SECTION_DROPOUT,
    &SECTION_SOFTMAX,
    &SECTION_LOGISTIC,
    &SECTION_COST,
    NULL,
};

const Schema SCHEMA_DARKNET_NETWORK = {"Darknet network", SECTIONS};
