/* digits.h: a labelled set of small grey images: MNIST's digits, Fashion-MNIST's clothes.
 *
 *     Digits digits;
 *     if (digits_open(&digits, "data/mnist/images-idx3-ubyte.gz", "data/mnist/labels-idx1-ubyte.gz", 10, error) != 0)
 *         return -1;
 *     digits_floats(&digits, indices, B, x);   // (B, height * width), 0 black .. 1 white
 *     digits_close(&digits);
 */
#ifndef LATENT_DREAM_IMAGE_DIGITS_H
#define LATENT_DREAM_IMAGE_DIGITS_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct Digits {
    size_t count;
    int height, width;
    int classes;
    size_t pixels;    // height * width
    uint8_t *images;  // (count, height, width), 0..255
    uint8_t *labels;  // (count), 0..classes-1
} Digits;

/* Reads both files. Paths are looked up as share_find does. A label of `classes` or more, or another number of
 * labels than of images, is an error that names the file. */
int digits_open(Digits *digits, const char *images, const char *labels, int classes, Error *error);
void digits_close(Digits *digits);

/* x (count, pixels) = the images of `indices` scaled to 0..1; indices NULL: the first `count`. */
void digits_floats(const Digits *digits, const uint32_t *indices, size_t count, float *x);

/* Writes the indices, ascending, of all digits of a class (class -1: of any class) among `among` (NULL: all of them;
 * then among_count is ignored) into found, of at most `limit`; returns how many there are. found NULL: only counts.
 */
size_t digits_of_class(const Digits *digits, int class, const uint32_t *among, size_t among_count, uint32_t *found,
                       size_t limit);

/* A fixed partition of 0..count-1 into `parts` sets, drawn from `seed`: writes part `part` (0..parts-1), ascending,
 * into *indices (freed with memory_free). parts_shares gives each part's share (sum at most 1). */
int digits_split(size_t count, const double *part_shares, int parts, int part, uint64_t seed, uint32_t **indices,
                 size_t *index_count, Error *error);

/* Rounds `count` values from 0..1 to bytes, clamped; NaN becomes 0. */
void digits_bytes(const float *x, size_t count, uint8_t *bytes);

#endif
