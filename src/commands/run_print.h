/* run_print.h: the last lines of `run` and `plot`: where the report and the figures are. */
#ifndef LATENT_DREAM_COMMANDS_RUN_PRINT_H
#define LATENT_DREAM_COMMANDS_RUN_PRINT_H

void run_print_results(const char *folder);

#endif
