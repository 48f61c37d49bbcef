/* omp.h for fuzz targets: one thread. clang's own OpenMP library is a package of its own, and libFuzzer wants runs
 * that repeat. */
#ifndef LATENT_DREAM_FUZZ_OMP_H
#define LATENT_DREAM_FUZZ_OMP_H

#include <time.h>

static inline void omp_set_num_threads(int count) { (void)count; }
static inline void omp_set_dynamic(int dynamic) { (void)dynamic; }
static inline int omp_get_num_threads(void) { return 1; }
static inline int omp_get_max_threads(void) { return 1; }
static inline int omp_get_num_procs(void) { return 1; }
static inline int omp_get_thread_num(void) { return 0; }
static inline int omp_in_parallel(void) { return 0; }
static inline double omp_get_wtime(void) { return (double)clock() / CLOCKS_PER_SEC; }

#endif
