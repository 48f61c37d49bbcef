/* version.h: the program's version, and what it runs on. */
#ifndef LATENT_DREAM_COMMANDS_VERSION_H
#define LATENT_DREAM_COMMANDS_VERSION_H

#include <stddef.h>

#define LATENT_DREAM_VERSION "0.1.0"

typedef struct Library {
    const char *name;
    char version[64];
} Library;

/* The libraries in use with their versions, into libraries[limit]; returns how many. */
size_t library_versions(Library *libraries, size_t limit);

/* The processor's name as /proc/cpuinfo gives it, or "unknown". */
void processor_name(char *name, size_t size);

#endif
