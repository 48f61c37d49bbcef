/* darknet_library.h: libdarknet, opened when the first network is.
 *
 * Loading it pulls in some 250 shared libraries (OpenCV among them), a third of a second, so the program is not
 * linked against it. It is looked for in $LATENTDREAM_DARKNET (a file), then where Debian's package `darknet` puts
 * it, then wherever the dynamic linker finds libdarknet.so.
 *
 * The program exports fast twins of libdarknet's own loops under libdarknet's own names (darknet_fast_*.c). The
 * dynamic linker binds libdarknet's calls to them, because the program stands before the library in the search
 * order (ELF symbol interposition; the program is linked with -rdynamic for it).
 */
#ifndef LATENT_DREAM_IMAGE_DARKNET_LIBRARY_H
#define LATENT_DREAM_IMAGE_DARKNET_LIBRARY_H

#include "base/error.h"

#include <stdbool.h>

/* Opens libdarknet if that has not happened yet. Without it: an error with the command that installs it. */
int darknet_library_open(Error *error);

/* true: the twins hand over to libdarknet's own loops, for tests and benchmarks that compare the two. Also switched
 * on by a nonempty $LATENTDREAM_DARKNET_STOCK. */
void darknet_use_stock(bool stock);
bool darknet_is_stock(void);

#endif
