/* What image experiments add to the common sections. */
#include "config/schema_parts.h"

static const KeySchema DATA_KEYS[] = {
    {.name = "folder",
     .type = KEY_PATH,
     .help = "A folder with the four files that MNIST and its likes come in, in place of the four paths below: "
             "train-images-idx3-ubyte, train-labels-idx1-ubyte and, as held-out images, t10k-images-idx3-ubyte and "
             "t10k-labels-idx1-ubyte, each plain or .gz."},
    {.name = "images", .type = KEY_PATH, .help = "Training images: an IDX file of bytes, plain or .gz."},
    {.name = "labels", .type = KEY_PATH, .help = "Their labels, 0 to 9: an IDX file."},
    {.name = "held_out_images",
     .type = KEY_PATH,
     .help = "Images that nothing trains on; where absent, held_out of the training images are set aside."},
    {.name = "held_out_labels", .type = KEY_PATH, .help = "Their labels."},
    {.name = "held_out",
     .type = KEY_INTEGER,
     .fallback = "1000",
     .minimum = 1,
     .maximum = 1000000,
     .unit = "images",
     .help = "How many images at the end of the training file are held out where held_out_images is absent."},
    {.name = "class_names",
     .type = KEY_NAMES,
     .fallback = "0,1,2,3,4,5,6,7,8,9",
     .help = "Words for the labels, in order, for figures."},
    {0},
};
const SectionSchema SECTION_DATA = {
    .name = "data",
    .side = "image",
    .required = true,
    .help =
        "The labelled images that networks train on and dreams are measured against. Makes the file an image "
        "experiment.",
    .keys = DATA_KEYS,
};

static const KeySchema NETWORK_KEYS[] = {
    {.name = "name", .type = KEY_NAME, .required = true, .help = "Names the network for train and target sections."},
    {.name = "role",
     .type = KEY_CHOICE,
     .required = true,
     .choices = "subject|judge|autoencoder",
     .help = "subject: its neurons are dreamed of. judge: only measures dreams. autoencoder: decodes latents."},
    {.name = "cfg", .type = KEY_PATH, .required = true, .help = "A Darknet network cfg."},
    {.name = "weights", .type = KEY_PATH, .help = "Its .weights; where absent, a [train] section makes them."},
    {.name = "latent",
     .type = KEY_INTEGER,
     .minimum = 1,
     .maximum = 65536,
     .unit = "numbers",
     .help = "autoencoder: the size of its latent, in place of the one in its cfg."},
    {.name = "features",
     .type = KEY_INTEGER,
     .minimum = 0,
     .maximum = 9999,
     .help = "judge: the layer whose outputs are the features that the Frechet distance compares; where absent, the "
             "one before the last [connected] layer."},
    {0},
};
const SectionSchema SECTION_NETWORK = {
    .name = "network",
    .side = "image",
    .repeats = true,
    .help = "A Darknet network, run by libdarknet.",
    .keys = NETWORK_KEYS,
};

static const KeySchema TRAIN_KEYS[] = {
    {.name = "network", .type = KEY_NAME, .refers = "network", .help = "Name of the [network] that is trained."},
    {.name = "epochs",
     .type = KEY_INTEGER,
     .fallback = "10",
     .minimum = 0,
     .maximum = 100000,
     .unit = "epochs",
     .help = "Passes over the training images."},
    {.name = "first",
     .type = KEY_INTEGER,
     .fallback = "0",
     .minimum = 0,
     .maximum = 10000000,
     .help = "First training image used, so that subject and judge can learn from different digits."},
    {.name = "count",
     .type = KEY_INTEGER,
     .fallback = "0",
     .minimum = 0,
     .maximum = 10000000,
     .unit = "images",
     .help = "How many training images are used from `first` on; 0: all that follow."},
    {.name = "shift",
     .type = KEY_INTEGER,
     .fallback = "0",
     .minimum = 0,
     .maximum = 8,
     .unit = "pixels",
     .help = "Each image is moved by up to this much in both directions, at random, each time it is learned from."},
    {.name = "latent_noise",
     .type = KEY_REAL,
     .fallback = "0",
     .minimum = 0,
     .maximum = 10,
     .help = "autoencoder: noise added to the latent while training, in units of the latent's own deviation."},
    {0},
};
const SectionSchema SECTION_TRAIN_IMAGE = {
    .name = "train", .side = "image", .keys = TRAIN_KEYS, .also = &SECTION_TRAIN_TEXT};

static const KeySchema TARGET_KEYS[] = {
    {.name = "network",
     .type = KEY_NAME,
     .refers = "network",
     .help = "Name of the [network] whose neuron it is; the subject's if absent."},
    {.name = "activation",
     .type = KEY_CHOICE,
     .fallback = "after",
     .choices = "before|after",
     .help = "The value before or after the layer's activation function."},
    {.name = "classes",
     .type = KEY_BOOLEAN,
     .fallback = "0",
     .help = "1: neuron i of the layer stands for class i of the data, so the judge can say whether a dream is one."},
    {0},
};
const SectionSchema SECTION_TARGET_IMAGE = {
    .name = "target", .side = "image", .keys = TARGET_KEYS, .also = &SECTION_TARGET_TEXT};

static const KeySchema DREAM_KEYS[] = {
    {.name = "starts",
     .type = KEY_CHOICE,
     .fallback = "both",
     .choices = "noise|data|both",
     .help = "Where dreams begin: from noise, from real images that were held out (of another class than the "
             "target's), or, as two groups of `restarts` dreams each, both."},
    {.name = "noise",
     .type = KEY_REAL,
     .fallback = "1",
     .minimum = 0,
     .maximum = 10,
     .help = "Strength of the noise that dreams start from. input: pixels are uniform in 0..noise; autoencoder: "
             "latents are normal with the mean and `noise` times the spread of real images' latents."},
    {.name = "autoencoder",
     .type = KEY_NAME,
     .refers = "network",
     .help = "Name of the [network] that decodes; the only one if absent."},
    {.name = "total_variation",
     .type = KEY_REAL,
     .fallback = "0",
     .minimum = 0,
     .maximum = 1e6,
     .help =
         "Weight of the total variation of the image, the mean length of its pixels' gradient. In image experiments "
         "all weights are multiples of the mean activation of the strongest 1% of real images, so that they mean "
         "the same for neurons of every layer."},
    {.name = "ceiling",
     .type = KEY_REAL,
     .fallback = "0",
     .minimum = 0,
     .maximum = 1000,
     .help = "A dream climbs up to this many times the mean activation of the strongest 1% of real images, and from "
             "there on only becomes more plausible; 0: it climbs on."},
    {.name = "darkness",
     .type = KEY_REAL,
     .fallback = "0",
     .minimum = 0,
     .maximum = 1e6,
     .help = "Weight of the mean squared pixel: L2 decay towards black."},
    {.name = "jitter",
     .type = KEY_REAL,
     .fallback = "0",
     .minimum = 0,
     .maximum = 64,
     .unit = "pixels",
     .help = "Each step shifts the image by up to this much, at random."},
    {.name = "rotation",
     .type = KEY_REAL,
     .fallback = "0",
     .minimum = 0,
     .maximum = 180,
     .unit = "degrees",
     .help = "Each step turns the image by up to this much, at random."},
    {.name = "scale",
     .type = KEY_REAL,
     .fallback = "0",
     .minimum = 0,
     .maximum = 0.9,
     .help = "Each step scales the image by a factor within 1 - scale to 1 + scale, at random."},
    {.name = "transforms",
     .type = KEY_INTEGER,
     .fallback = "1",
     .minimum = 1,
     .maximum = 256,
     .unit = "copies",
     .help = "Random transforms averaged over in each step."},
    {0},
};
const SectionSchema SECTION_DREAM_IMAGE = {
    .name = "dream", .side = "image", .keys = DREAM_KEYS, .also = &SECTION_DREAM_TEXT};

static const KeySchema SWEEP_KEYS[] = {
    {.name = "latent",
     .type = KEY_INTEGERS,
     .required = true,
     .minimum = 1,
     .maximum = 65536,
     .unit = "numbers",
     .help = "Latent sizes: the autoencoder is trained and the arms are dreamed once for each."},
    {0},
};
const SectionSchema SECTION_SWEEP = {
    .name = "sweep",
    .side = "image",
    .help = "Repeats the experiment over the size of the latent; sweep.tsv has a row each.",
    .keys = SWEEP_KEYS,
};
