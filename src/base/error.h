/* error.h: how every function of this program reports a failure.
 *
 * A function that can fail takes an `Error *` as its last argument and returns 0, or -1 after it has
 * written one line there that says what is wrong, where, and what to do. Only main prints it.
 *
 *     Error error;
 *     if (digits_load(&digits, path, &error) != 0) return -1;   // pass it up
 */
#ifndef LATENT_DREAM_BASE_ERROR_H
#define LATENT_DREAM_BASE_ERROR_H

typedef struct Error {
    char message[2048];
} Error;

/* Writes the formatted message and returns -1, so that a caller can `return error_set(...)`.
 * `error` may be NULL where nobody listens. */
int error_set(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts the formatted text and ": " before the message already there. Returns -1. */
int error_prefix(Error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
