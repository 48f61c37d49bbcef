/* report.h: what a run leaves for people: figures/ and report.html.
 *
 * Everything shown is read back from the folder's own files (see below), so that `latentdream plot DIR` draws the
 * same page again without running anything. Files that are absent leave their section out. What is read may be
 * anything: text is escaped, JSON and tables are checked, and a file that cannot be read becomes a line on the page.
 *
 *     summary.tsv targets.tsv sweep.tsv    tables, a row an arm, an arm and target, a latent size
 *     training.tsv samples.tsv             a row a network or model that was trained, a row a sample of what one
 * wrote models/NAME/                         a language model that was trained curves/ARM.tsv curves/train-*.tsv
 * values by step, losses by step images/ARM-start.png -dream.png -strip.png latent/points.tsv paths.tsv          the
 * latent plane sentences/ARM.jsonl                  a line a dream: see sentences.h run.json experiment.cfg cfg/ how
 * it was run
 */
#ifndef LATENT_DREAM_REPORT_REPORT_H
#define LATENT_DREAM_REPORT_REPORT_H

#include "base/error.h"
#include "base/run.h"
#include "config/config.h"

/* Draws the figures and writes FOLDER/report.html. `config` is the experiment after config_check; `run` may be NULL,
 * and only adds stage times where run.json has none. A figure that cannot be drawn (gnuplot is missing) is an error,
 * but the page is written all the same and says so. */
int report_write(const Config *config, const char *folder, const Run *run, Error *error);

#endif
