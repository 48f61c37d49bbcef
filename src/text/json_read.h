/* json_read.h: JSON from files that nobody vouches for, over cJSON. */
#ifndef LATENT_DREAM_TEXT_JSON_READ_H
#define LATENT_DREAM_TEXT_JSON_READ_H

#include "base/error.h"

#include <cjson/cJSON.h>
#include <stddef.h>

/* One JSON object and nothing behind it, or NULL with an error that names `path` and the line. `what` says what the
 * file should be ("the vocabulary"). Freed with cJSON_Delete. */
cJSON *json_parse_object(const char *bytes, size_t size, const char *path, const char *what, Error *error);

/* A whole number in minimum..maximum into *value; -1 where `item` is none (also NULL). */
int json_whole(const cJSON *item, double minimum, double maximum, double *value);

/* A name for a message: at most JSON_NAME - 1 bytes of it, control characters as '?'. Returns `name`. */
enum { JSON_NAME = 84 };
const char *json_name(char name[JSON_NAME], const char *text);

#endif
