/* run_record.h: run.json, what a run was: version, command, seed, threads, precision, libraries, processor, the time
 * of each stage, peak memory. */
#ifndef LATENT_DREAM_COMMANDS_RUN_RECORD_H
#define LATENT_DREAM_COMMANDS_RUN_RECORD_H

#include "base/run.h"
#include "config/config.h"

/* Writes FOLDER/run.json. */
int run_record_write(const Config *config, const Run *run, double seconds, int argc, char **argv, Error *error);

#endif
