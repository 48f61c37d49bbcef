/* total_variation.h: the roughness of a picture, as a regularizer on x. */
#ifndef LATENT_DREAM_IMAGE_TOTAL_VARIATION_H
#define LATENT_DREAM_IMAGE_TOTAL_VARIATION_H

#include "engine/regularizer.h"

/* Mean over pixels of sqrt(dx^2 + dy^2 + e^2) - e, with dx and dy the differences to the right and the lower
 * neighbor (0 at the border) and e = 0.01, which makes it smooth (Rudin, Osher and Fatemi 1992; as a prior for
 * feature visualization, Mahendran and Vedaldi 2015). Pictures are (height, width), pixels 0..1. */
Regularizer *regularizer_total_variation(float weight, int height, int width, Error *error);

#endif
