/* image_pictures.h: the pictures of an image experiment, under FOLDER/images. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_PICTURES_H
#define LATENT_DREAM_IMAGE_IMAGE_PICTURES_H

#include "image/image_dreams.h"

/* Of one arm: ARM-start.png and ARM-dream.png (a row for each target and group, a column for each of the first 16
 * restarts), ARM-strip.png (one dream of each class over its steps), and all dreams of classes as
 * ARM-dream.idx3-ubyte with ARM-dream.labels.idx1-ubyte, in the order of targets.tsv. */
int image_pictures_of_arm(const ImageDreams *dreams, const ImagePlan *plan, const Run *run, Error *error);

/* What images/arms.png and arms-hidden.png need of an arm: its first start and dream of each target and group. */
typedef struct ImageSample {
    const ImageArm *arm;
    float *starts, *dreams;  // (targets, groups, pixels)
} ImageSample;

int image_sample_open(ImageSample *sample, const ImageDreams *dreams, Error *error);
void image_sample_close(ImageSample *sample);

/* arms.png: the arms one under the other, start and dream of each class from noise, then from data, a column a class,
 * below a row of real images; arms-hidden.png: the same of hidden neurons. */
int image_pictures_of_arms(const ImageSample *samples, int count, const ImagePlan *plan, const Run *run,
                           Error *error);

#endif
