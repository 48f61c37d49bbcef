/* judge.h: what the judge, a network that saw other images than the subject, says of images. */
#ifndef LATENT_DREAM_IMAGE_JUDGE_H
#define LATENT_DREAM_IMAGE_JUDGE_H

#include "image/darknet_network.h"

#include <stdint.h>

typedef struct Judgment {
    size_t count, feature_size;
    uint8_t *classes;    // (count) the class of the largest probability
    float *confidences;  // (count) that probability
    float *features;     // (count, feature_size) outputs of the feature layer
} Judgment;

/* Judges images (count, pixels); freed with judgment_close, also after a failure. */
int judgment_open(Judgment *judgment, DarknetNetwork *judge, int feature_layer, const float *images, size_t count,
                  Error *error);
void judgment_close(Judgment *judgment);

#endif
