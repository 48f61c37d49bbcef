/* image_measures.h: what the dreams of an arm are worth, beside the same figures of real images.
 *
 * Each cell (a target from one group of starts) has a reference: the held-out images of the target's class, or, for a
 * hidden neuron, the tenth of the held-out images that activate it most. Real activations are those of all images of
 * the data; "the strongest 1%" is the mean over that hundredth, a harder mark than the weakest of them. */
#ifndef LATENT_DREAM_IMAGE_IMAGE_MEASURES_H
#define LATENT_DREAM_IMAGE_IMAGE_MEASURES_H

#include "image/image_dreams.h"
#include "image/judge.h"

#include <stddef.h>

/* What is known of real images; made once. */
typedef struct ImageReal {
    size_t pixels;
    float *held_out;              // (held_out_count, pixels)
    float *activations;           // (targets, digits.count)
    double *strongest;            // (targets) mean activation of the strongest 1% of all images
    float *sorted;                // the same, ascending for each target
    Judgment judgment;            // of the held-out images; empty without a judge
    const ImageNetwork *teacher;  // whose training images the two below are
    float *taught;                // (taught_count, pixels)
    size_t taught_count;
    double *nearest;  // (held_out_count) distance of each held-out image to the nearest of them
} ImageReal;

int image_real_open(ImageReal *real, const ImagePlan *plan, Error *error);
void image_real_close(ImageReal *real);

enum { IMAGE_FIGURES = 14 };

/* One cell's figures, by name or by number, or the mean of several cells'; NAN where there is none. */
typedef struct ImageMeasures {
    int dreams;
    union {
        struct {
            double value_start, value_dream;
            double value_top1_percent_real;
            double value_ratio;            // value_dream / value_top1_percent_real
            double value_quantile_real;    // share of real images that activate the neuron less than the dream does
            double judge_agreement;        // share of dreams that the judge gives the target's class
            double judge_confidence;       // the judge's largest probability, mean
            double frechet_distance;       // of the judge's features, dreams to reference
            double frechet_distance_real;  // training images, as many as restarts, to reference: as near as it gets
            double nearest_training_distance;
            double nearest_training_distance_real;  // of the reference
            double diversity;                       // mean distance between two dreams of the cell
            double diversity_real;                  // between two images of the reference
            double steps;                           // until the dream no longer moved
        };
        double figures[IMAGE_FIGURES];
    };
} ImageMeasures;
_Static_assert(offsetof(ImageMeasures, steps) == offsetof(ImageMeasures, figures[IMAGE_FIGURES - 1]),
               "every figure has a number");

/* cells (targets, groups) of an arm, in the order of arm->targets. */
int image_measure(const ImageDreams *dreams, const ImagePlan *plan, ImageReal *real, ImageMeasures *cells,
                  Error *error);

/* The mean over cells: of_classes chooses class targets, else hidden neurons. dreams is 0 where there is none. */
ImageMeasures image_measures_mean(const ImageArm *arm, const ImagePlan *plan, const ImageMeasures *cells,
                                  bool of_classes);

#endif
