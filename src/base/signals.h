/* signals.h: catching signals in a program whose threads are inside oneDNN most of the time. */
#ifndef LATENT_DREAM_BASE_SIGNALS_H
#define LATENT_DREAM_BASE_SIGNALS_H

#include <signal.h>

/* Calls `handler` at each `signal_number`, on a stack of its own. oneDNN's generated float32 products let the stack
 * pointer stand inside a buffer of the heap (seen with 2.6 on AVX2): a handler on the ordinary stack would write over
 * what lies before that buffer. `flags` as for sigaction(2). To be called from the main thread, which is the one that
 * Linux gives a process's signals to. */
void signal_catch(int signal_number, void (*handler)(int), int flags);

#endif
