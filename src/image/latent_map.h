/* latent_map.h: the autoencoder's latent space in two dimensions, with the ways of dreams through it.
 *
 * latent/points.tsv: x, y, label: the held-out images, in the plane of largest variance of their latents.
 * latent/paths.tsv: arm, restart, step, x, y, label: a blank line between two paths; label is the dreamed class. The
 * arms are those whose dreams live in that latent space; in a sweep, that of the first autoencoder. */
#ifndef LATENT_DREAM_IMAGE_LATENT_MAP_H
#define LATENT_DREAM_IMAGE_LATENT_MAP_H

#include "base/tsv.h"
#include "image/image_dreams.h"
#include "image/plane.h"

typedef struct LatentMap {
    const ImageNetwork *autoencoder;  // NULL: no arm has one, and nothing is written
    Plane plane;
    TsvWriter paths;
    bool writing;
    bool begun;
} LatentMap;

/* Fits the plane and writes points.tsv. `held_out` (held_out_count, pixels). */
int latent_map_open(LatentMap *map, const ImagePlan *plan, const float *held_out, const Run *run, Error *error);
int latent_map_add(LatentMap *map, const ImageDreams *dreams, const ImagePlan *plan);
/* Finishes paths.tsv. */
int latent_map_close(LatentMap *map, Error *error);
void latent_map_discard(LatentMap *map);

#endif
