/* share.h: where the program's own data, plots and cfg files are.
 *
 * A name such as "plots/curves.gp" is looked for from the current folder, then under $LATENTDREAM_SHARE, then in the
 * source tree or PREFIX/share/latentdream, whichever the program stands in. */
#ifndef LATENT_DREAM_BASE_SHARE_H
#define LATENT_DREAM_BASE_SHARE_H

#include "base/error.h"

/* Writes the path found into path[PATH_LIMIT]. Absolute names are taken as they are. -1 with an error that lists
 * where it was looked for. */
int share_find(char *path, const char *name, Error *error);

#endif
