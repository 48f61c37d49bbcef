#include "report/measures.h"

#include <stdio.h>
#include <string.h>

static const Measure MEASURES[] = {
    /* what a row is about */
    {"arm", "arm", NULL, "One way to dream, run for every target.", 0},
    {"target", "target", NULL, "The neuron that is dreamed of.", 0},
    {"starts", "starts", NULL, "Where the dreams began: from noise, or from real data that was held out.", 0},
    {"parameterization", "what is optimized", NULL,
     "The input itself, or the latent of an autoencoder that decodes to it.", 0},
    {"k", "latent size k", "numbers", "How many numbers the autoencoder's latent has.", 0},
    {"latent_size", "latent size", "numbers", "How many numbers the autoencoder's latent has.", 0},
    {"dreams", "dreams", NULL, "Independent restarts, all counted.", 0},
    {"class_dreams", "dreams of classes", NULL, "Dreams whose target is the neuron of a class.", 0},
    {"hidden_dreams", "dreams of hidden neurons", NULL, "Dreams whose target is a neuron inside the network.", 0},
    {"steps", "steps", NULL, "Steps until a dream no longer moved, mean.", 0},
    /* how strong */
    {"value_start", "value at the start", "activation", "Activation of the target before the first step, mean.", 0},
    {"value_dream", "value reached", "activation", "Activation of the target by the dream, mean.", 1},
    {"value_top1_percent_real", "strongest real images", "activation",
     "Mean activation by the hundredth of real images that activate the target most: the mark to hold dreams "
     "against.",
     0},
    {"value_ratio", "value against strongest real", NULL,
     "Value reached, divided by that of the strongest 1% of real images; 1 is as strong.", 1},
    {"value_ratio_lowest", "value against strongest real, weakest target", NULL,
     "The lowest ratio of any class target.", 1},
    {"value_quantile_real", "real images below", "share",
     "Share of real images that activate the target less than the dreams do.", 1},
    /* whether it looks like data */
    {"judge_agreement", "judge agrees", "share",
     "Share of dreams that a network that was never optimized against, the judge, gives the target's class.", 1},
    {"judge_confidence", "judge's confidence", "probability", "The judge's largest class probability, mean.", 1},
    {"frechet_distance", "Fréchet distance", NULL,
     "Between Gaussians fitted to the judge's features of the dreams and of held-out real images; less is more "
     "alike.",
     -1},
    {"frechet_distance_real", "Fréchet distance, real images", NULL,
     "The same between other real images and the held-out ones: as near as it gets with so few.", 0},
    {"nearest_training_distance", "distance to training data", "L2",
     "Euclidean distance, pixels from 0 to 1, from a dream to the nearest training image, mean; far below that of "
     "real images would mean "
     "that training images are copied.",
     0},
    {"nearest_training_distance_real", "distance to training data, real images", "L2",
     "The same for held-out real images.", 0},
    {"diversity", "diversity", "L2",
     "Mean Euclidean distance between two dreams of one target; near zero, it is the same dream again and again.", 0},
    {"diversity_real", "diversity of real images", "L2", "The same between two held-out real images.", 0},
    /* of sentences */
    {"hard_mean", "activation of the decoded tokens", "activation",
     "Activation of the tokens that the embeddings decode to, read again as real text.", 1},
    {"objective_mean", "what was optimized", NULL, "The target with its squash, mean over dreams.", 0},
    {"activation_soft_start", "soft activation at the start", "activation",
     "Activation of the target by the embeddings before the first step.", 0},
    {"activation_soft", "soft activation", "activation",
     "Activation of the target by the dreamed embeddings, which need not be real tokens.", 0},
    {"start_activation", "activation of the start", "activation",
     "Activation of the target by the starting sentence.", 0},
    {"activation_hard", "hard activation", "activation",
     "Activation of the target by the decoded tokens, read again as real text: what is left of the soft one.", 1},
    {"activation_round_trip", "after a round trip", "activation",
     "The same for the text that those tokens spell, tokenized afresh.", 1},
    {"activation_strongest", "strongest reference sentence", "activation",
     "The strongest activation of any reference sentence: the mark to hold dreams against.", 0},
    {"activation_strongest_token", "strongest reference token", "activation",
     "The strongest activation of any token in the reference sentences.", 0},
    {"start_perplexity", "perplexity of the start", NULL, "Perplexity of the starting sentence under the model.", 0},
    {"perplexity", "perplexity", NULL, "Perplexity of the decoded tokens under the model; low is fluent.", -1},
    {"tokens_changed", "tokens changed", "share", "Share of tokens that are not the starting sentence's.", 0},
    {"nearest_token_distance", "distance to real tokens", "L2",
     "Mean Euclidean distance of a dreamed embedding to the nearest token's.", 0},
    {"nearest_token_distance_relative", "distance to real tokens, in token spacings", NULL,
     "That distance, divided by the mean distance of a token to its nearest neighbor; far above 1 is between tokens.",
     0},
    {"counted_tokens", "counted tokens", NULL, "Decoded tokens that are the word the target counts.", 0},
    {"layer", "layer", NULL, "Layer of the target, counted from 0.", 0},
    {"neuron", "neuron", NULL, "Neuron of the target, counted from 0.", 0},
    {"site", "site", NULL, "Where in the layer the target is.", 0},
    /* of hidden neurons */
    {"hidden_value_ratio", "hidden: value against strongest real", NULL,
     "Value reached on hidden neurons, divided by that of the strongest 1% of real images.", 1},
    {"hidden_value_quantile_real", "hidden: real images below", "share",
     "Share of real images that activate the hidden neuron less than the dreams do.", 1},
    {"hidden_judge_confidence", "hidden: judge's confidence", "probability",
     "The judge's largest class probability for dreams of hidden neurons, mean.", 1},
    {"hidden_frechet_distance", "hidden: Fréchet distance", NULL,
     "To the tenth of the held-out images that activate the hidden neuron most.", -1},
    {"hidden_nearest_training_distance", "hidden: distance to training data", "L2",
     "From a dream of a hidden neuron to the nearest training image, mean.", 0},
    {"hidden_nearest_training_distance_real", "hidden: distance to training data, real images", "L2",
     "The same for the held-out images that activate the neuron most.", 0},
    {"hidden_diversity", "hidden: diversity", "L2", "Mean distance between two dreams of one hidden neuron.", 0},
    {"hidden_diversity_real", "hidden: diversity of real images", "L2",
     "Mean distance between two of the held-out images that activate the neuron most.", 0},
    /* of the networks */
    {"reconstruction_error", "reconstruction error", "squared error a pixel",
     "Mean squared error of the autoencoder on held-out images, pixels from 0 to 1.", -1},
    {"model", "model", NULL, "The language model that was trained.", 0},
    {"network", "network", NULL, "The network that was trained.", 0},
    {"role", "role", NULL,
     "What it is for: its neurons are dreamed of (subject), it judges the dreams (judge), or it decodes latents "
     "(autoencoder).",
     0},
    {"parameters", "parameters", "numbers", "How many numbers were trained.", 0},
    {"weights", "weights", NULL, "The file that holds them, in the folder of the run.", 0},
    {"training_books", "training books", NULL, "Books that it was trained on.", 0},
    {"training_tokens", "training text", "tokens", "Length of those books.", 0},
    {"training_images", "training images", NULL, "Images that it was trained on.", 0},
    {"training_steps", "training steps", NULL, "Batches that it was trained on, one after the other.", 0},
    {"tokens_seen", "tokens seen", "tokens", "Tokens in all of those batches.", 0},
    {"epochs", "epochs", NULL, "Passes over the training data.", 0},
    {"training_nats_per_token", "training loss", "nats a token",
     "Mean cross-entropy of the next token over the last steps, those since the last row but one of the curve.", 0},
    {"training_loss", "training loss", NULL,
     "Mean over the last epoch: of a classifier cross-entropy in nats, of an autoencoder the squared error a pixel.",
     0},
    {"held_out_books", "books held out", NULL,
     "Whole books that it was never trained on; the measures below are of them.", 0},
    {"held_out_tokens", "held-out text", "tokens", "Tokens of those books that were predicted, each once.", 0},
    {"held_out_characters", "held-out text", "characters", "Length of the same books as people count it.", 0},
    {"held_out_images", "images held out", NULL, "Images that it was never trained on.", 0},
    {"held_out_nats_per_token", "held-out loss", "nats a token",
     "Mean cross-entropy of the next token with the stored weights, over every token of the held-out books.", -1},
    {"held_out_nats_per_character", "held-out loss", "nats a character",
     "The same sum divided by characters, which compares models of different tokenizers.", -1},
    {"held_out_perplexity", "held-out perplexity", NULL,
     "The exponential of the loss a token: among how many equally likely tokens the model is in doubt, on average.",
     -1},
    {"held_out_loss", "held-out loss", NULL, "The same as the training loss, over the images held out.", 0},
    {"held_out_accuracy", "held-out accuracy", "share", "Share of the held-out images that a classifier names right.",
     0},
    {"subject_accuracy", "subject's accuracy", "share", "Share of held-out images that the subject names right.", 0},
    {"judge_accuracy", "judge's accuracy", "share", "Share of held-out images that the judge names right.", 0},
};

const Measure *measure_find(const char *column) {
    for (size_t i = 0; i < sizeof MEASURES / sizeof *MEASURES; i++)
        if (strcmp(MEASURES[i].column, column) == 0) return &MEASURES[i];
    return NULL;
}

const char *measure_title(char *title, size_t size, const char *column, int unit) {
    const Measure *measure = measure_find(column);
    if (measure && unit && measure->unit && !strstr(measure->title, measure->unit)) {
        snprintf(title, size, "%s (%s)", measure->title, measure->unit);
    } else {
        snprintf(title, size, "%s", measure ? measure->title : column);
        for (char *byte = title; !measure && *byte; byte++)
            if (*byte == '_') *byte = ' ';
    }
    return title;
}
