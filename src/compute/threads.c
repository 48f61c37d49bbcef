#define _GNU_SOURCE
#include "compute/threads.h"

#include <omp.h>
#include <sched.h>

// oneDNN, built on OpenMP, asks OpenMP for its number of threads: one setting serves both.
void threads_set(int count) {
    omp_set_dynamic(0);
    omp_set_num_threads(count < 1 ? 1 : count);
}

int threads_count(void) { return omp_get_max_threads(); }

int threads_available(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return omp_get_num_procs();
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count;
}
