/* idx.h: the IDX files that MNIST and Fashion-MNIST come in, gzipped or plain.
 *
 * An IDX file is two zero bytes, a type byte (8: unsigned bytes, the only type read here), the number of
 * dimensions, each size as a big-endian 32-bit integer, and the values, last dimension fastest.
 * Source: http://yann.lecun.com/exdb/mnist/, "the IDX file format".
 *
 *     IdxArray images;
 *     if (idx_read(&images, "train-images-idx3-ubyte.gz", 3, error) != 0) return -1;
 *     ... images.bytes, images.sizes[0] images of images.sizes[1] x images.sizes[2] pixels ...
 *     idx_free(&images);
 */
#ifndef LATENT_DREAM_IMAGE_IDX_H
#define LATENT_DREAM_IMAGE_IDX_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum { IDX_DIMENSIONS = 4 };

typedef struct IdxArray {
    int dimensions;
    size_t sizes[IDX_DIMENSIONS];
    size_t count;    // the product of the sizes
    uint8_t *bytes;  // count values
} IdxArray;

/* Reads a whole file. `dimensions` is how many it must have (1: labels, 3: images). A wrong magic or number of
 * dimensions, a size of zero, a file cut short, bytes after the last value, a damaged gzip stream: each has its own
 * error. Memory grows with the bytes that the file really holds, never with the sizes that it claims. At most
 * 1 GiB of values. */
int idx_read(IdxArray *array, const char *path, int dimensions, Error *error);
void idx_free(IdxArray *array);

/* Writes a plain (not gzipped) file, whole or not at all. */
int idx_write(const char *path, const uint8_t *bytes, int dimensions, const size_t *sizes, Error *error);

#endif
