#include "commands/commands.h"

#include <string.h>
#include <unistd.h>

volatile sig_atomic_t interrupt_flag;

static void on_interrupt(int signal_number) {
    static const char WORDS[] = "\nstopping at the next safe point; once more to stop at once\n";
    (void)signal_number;
    interrupt_flag = 1;
    if (isatty(STDERR_FILENO) && write(STDERR_FILENO, WORDS, sizeof WORDS - 1) < 0) return;
}

void interrupt_catch(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    sigemptyset(&action.sa_mask);
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)SA_RESETHAND | SA_RESTART;  // the second one takes the default action
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}
