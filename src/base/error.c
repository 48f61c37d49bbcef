#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(Error *error, const char *format, ...) {
    if (!error) return -1;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->message, sizeof error->message, format, arguments);
    va_end(arguments);
    return -1;
}

int error_prefix(Error *error, const char *format, ...) {
    if (!error) return -1;
    char before[sizeof error->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(before, sizeof before, format, arguments);
    va_end(arguments);
    char after[sizeof error->message];
    memcpy(after, error->message, sizeof after);
    size_t room = sizeof error->message - 3;
    size_t length = strnlen(before, room);
    size_t rest = strnlen(after, room - length);
    memcpy(error->message, before, length);
    memcpy(error->message + length, ": ", 2);
    memcpy(error->message + length + 2, after, rest);
    error->message[length + 2 + rest] = 0;
    return -1;
}
