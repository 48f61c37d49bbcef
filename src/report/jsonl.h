/* jsonl.h: files of one JSON object a line, from whoever wrote them. */
#ifndef LATENT_DREAM_REPORT_JSONL_H
#define LATENT_DREAM_REPORT_JSONL_H

#include "base/error.h"

#include <cjson/cJSON.h>

/* Calls `each` with every line's object until it returns nonzero; a positive value only ends the reading. A line
 * that is no JSON object is an error that names it; blank lines are passed over. At most 512 MiB. */
int jsonl_read(const char *path, int (*each)(void *context, const cJSON *object, Error *error), void *context,
               Error *error);

/* The number of that name; NAN where it is absent or no number. */
double jsonl_number(const cJSON *object, const char *name);
/* The text of that name, or NULL. */
const char *jsonl_text(const cJSON *object, const char *name);

#endif
