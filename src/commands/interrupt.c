#include "base/signals.h"
#include "commands/commands.h"

#include <unistd.h>

volatile sig_atomic_t interrupt_flag;

static void on_interrupt(int signal_number) {
    static const char WORDS[] = "\nstopping at the next safe point; once more to stop at once\n";
    (void)signal_number;
    interrupt_flag = 1;
    if (isatty(STDERR_FILENO) && write(STDERR_FILENO, WORDS, sizeof WORDS - 1) < 0) return;
}

void interrupt_catch(void) {
    const int flags = (int)SA_RESETHAND | SA_RESTART;  // the second one takes the default action
    signal_catch(SIGINT, on_interrupt, flags);
    signal_catch(SIGTERM, on_interrupt, flags);
}
