/* threads.h: one setting for every thread of the program: OpenMP loops and oneDNN alike.
 *
 * Results do not depend on when threads run, only on how many there are: every reduction has a fixed order. */
#ifndef LATENT_DREAM_COMPUTE_THREADS_H
#define LATENT_DREAM_COMPUTE_THREADS_H

/* From now on `count` threads (at least 1). */
void threads_set(int count);
int threads_count(void);
/* What threads= defaults to: the processors this process may run on. */
int threads_available(void);

#endif
