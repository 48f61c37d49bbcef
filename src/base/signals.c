#include "base/signals.h"

#include <string.h>

// AVX-512 and AMX registers take some 11 KiB of a signal's frame.
enum { STACK_SIZE = 64 << 10 };

static void stack_set(void) {
    static char bytes[STACK_SIZE];
    stack_t present;
    if (sigaltstack(NULL, &present) == 0 && !(present.ss_flags & SS_DISABLE)) return;
    stack_t own = {.ss_sp = bytes, .ss_size = sizeof bytes};
    sigaltstack(&own, NULL);
}

void signal_catch(int signal_number, void (*handler)(int), int flags) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = handler;
    action.sa_flags = flags | SA_ONSTACK;
    stack_set();
    sigaction(signal_number, &action, NULL);
}
